"""Entities on annotated articles, beside the bare model: `uv run python -m benchmarks.entities`.

Runs text -> sentences -> parse -> mentions -> chains -> candidates -> entities on the gold texts (no cleaning) and
calls the gold's own scorer. The gold folder is ONRECORD_GOLD, by default ../shared/gold beside the project.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.entities import chains, resolve
from pipeline.mentions import mentions
from pipeline.parse import Parse, parses
from pipeline.sentences import Sentence, split
from warehouse.candidates import pairs

GOLD_FILES = ("entities/gum_news.jsonl", "seeds/scored_entities.jsonl")
NAMING = ("name", "alias", "acronym", "demonym")


def gold_folder() -> Path:
    """Where the annotated articles are. Raises FileNotFoundError."""
    folder = Path(os.environ.get("ONRECORD_GOLD", Path(__file__).parents[2] / "shared" / "gold"))
    if not (folder / "score_entities.py").is_file():
        raise FileNotFoundError(f"no gold in {folder}: set ONRECORD_GOLD")
    return folder


def read(path: Path) -> list[tuple[str, str, list[Sentence], Parse]]:
    """(id, text, sentences, parse) of each article of a gold file."""
    with path.open(encoding="utf-8") as lines:
        articles = [(row["doc_id"], row["text"], split(row["text"])) for row in map(json.loads, lines)]
    found = parses((text, sentences) for _, text, sentences in articles)
    return [(*article, parse) for article, parse in zip(articles, found, strict=True)]


def ours(articles: Sequence[tuple[str, str, list[Sentence], Parse]]) -> Iterator[dict[str, Any]]:
    """The project's mentions with their entities, in the scorer's form."""
    rows = [
        {"document_id": name, "start": m.start, "end": m.end, "text": text[m.start : m.end], "label": m.label,
         "chain": m.chain, "resolution": m.resolution}
        for name, text, sentences, parse in articles
        for m in mentions(text, sentences, parse)
    ]  # fmt: skip
    found = pl.DataFrame(rows)
    nothing = pl.Series([None] * len(articles), dtype=pl.Date)
    documents = pl.DataFrame({"document_id": [a[0] for a in articles]}).with_columns(
        published_earliest=nothing, published_latest=nothing
    )
    profiles = chains(found)
    with duckdb.connect() as connection:
        _, resolutions = resolve(profiles, pairs(connection, profiles), documents)
    ids = {(d, c): e for d, c, e in resolutions.iter_rows()}
    for name, *_ in articles:
        yield {
            "doc_id": name,
            "mentions": [
                {"start": r["start"], "end": r["end"], "label": r["label"], "entity_id": ids[name, r["chain"]]}
                for r in rows
                if r["document_id"] == name and r["resolution"] in NAMING
            ],
        }


def bare(articles: Sequence[tuple[str, str, list[Sentence], Parse]]) -> Iterator[dict[str, Any]]:
    """The model's entities, one string one entity."""
    for name, text, _, parse in articles:
        found = [{"start": s, "end": e, "label": label, "entity_id": text[s:e]} for s, e, label in parse.entities]
        yield {"doc_id": name, "mentions": found}


def score(gold: Path, path: Path, rows: Iterator[dict[str, Any]], show: int = 0) -> str:
    """What the gold's scorer prints."""
    with tempfile.TemporaryDirectory() as folder:
        predicted = Path(folder) / "mentions.jsonl"
        predicted.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        command = [sys.executable, str(gold / "score_entities.py"), str(path), str(predicted), "--show", str(show)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Scores for each gold file, the bare model's and ours, and what ours took."""
    gold = gold_folder()
    show = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for name in GOLD_FILES:
        articles = read(gold / name)
        print(f"{name}: {len(articles)} articles\nbare model\n{score(gold, gold / name, bare(articles))}", end="")
        begin = time.perf_counter()
        rows = list(ours(articles))
        seconds = time.perf_counter() - begin
        print(f"onrecord ({seconds:.2f} s after the parse)\n{score(gold, gold / name, iter(rows), show)}")


if __name__ == "__main__":
    main()
