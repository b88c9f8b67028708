"""Speed of the one writer: write the rows of a build's stages into a new store, in chunks like a build."""

from __future__ import annotations

import tempfile
import time
from itertools import batched
from pathlib import Path

from assets.build.incremental import CHUNK, update_article_stages, update_from_raw_folder
from assets.build.incremental import step as step_of
from assets.settings import Settings
from benchmarks.articles import given
from benchmarks.figures import Figure
from pipeline.contract import BY_NAME
from pipeline.stages import DOCUMENT_STAGES, STAGES
from warehouse import ledger
from warehouse.sql import query
from warehouse.store import Store, inputs


def writer(raw: Path) -> list[Figure]:
    """Measure articles per second for each stage's tables and for all of them, and rows per second."""
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(raw=raw, warehouse=Path(place, "made"))
        made, fresh = Store(settings.warehouse), Store(Path(place, "fresh"))
        update_from_raw_folder(made, settings, lambda _: None)
        update_article_stages(made, DOCUMENT_STAGES, STAGES, settings, lambda _: None)
        with made.open() as connection:
            names = query(connection, "SELECT document_id FROM stored.documents ORDER BY 1")["document_id"].to_list()
        articles, rows, every = len(names), 0, 0.0
        out: list[Figure] = []
        for stage in DOCUMENT_STAGES:
            step, spent = step_of(stage, settings), 0.0
            for part in batched(names, CHUNK):
                with made.open() as connection:
                    frames = inputs(connection, [BY_NAME[name] for name in stage.writes], part)
                rows += sum(frame.height for frame in frames.values())
                begin = time.process_time()
                with fresh.open() as connection:
                    ledger.replace(connection, [ledger.StageRows(step, dict.fromkeys(part, "0" * 64), frames)])
                spent += time.process_time() - begin
            every += spent
            out.append(Figure(f"writing {stage.name}", 1000 * spent / articles, "CPU ms an article"))
        size = sum(file.stat().st_size for file in fresh.folder.glob("onrecord.duckdb*"))
    sizes = sum(len(text.encode()) for text in given(raw))
    return [
        *out,
        Figure("the writer, all article-wise stages", articles / every, "articles a CPU second"),
        Figure("the writer", rows / every, "rows a CPU second"),
        Figure("what it wrote", size / articles / 1024, "KB an article"),
        Figure("the articles themselves", sizes / articles / 1024, "KB an article"),
    ]
