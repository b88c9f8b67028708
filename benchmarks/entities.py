"""Entities on annotated articles, beside the bare model: `uv run python -m benchmarks.entities`.

Runs text -> sentences -> parse -> mentions -> chains -> candidates -> entities on the gold texts (no cleaning) and
calls the gold's own scorer. The gold folder is ONRECORD_GOLD, by default ../shared/gold beside the project.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from benchmarks.gold import gold_folder, parsed
from pipeline import rows
from pipeline.mentions import mentions
from pipeline.parse import Parse
from pipeline.schema import frame
from pipeline.sentences import Sentence, split
from pipeline.tables import CHAINS, RESOLUTIONS_TABLE
from warehouse.ledger import CorpusPending
from warehouse.migration import ddl
from warehouse.resolution import resolve

GOLD_FILES = ("entities/gum_news.jsonl", "seeds/scored_entities.jsonl")
NAMING = ("name", "alias", "acronym", "demonym")


def read(path: Path) -> list[tuple[str, str, list[Sentence], Parse]]:
    """(id, text, sentences, parse) of each article of a gold file."""
    with path.open(encoding="utf-8") as lines:
        articles = [(row["doc_id"], row["text"], split(row["text"])) for row in map(json.loads, lines)]
    found = parsed((text, sentences) for _, text, sentences in articles)
    return [(*article, parse) for article, parse in zip(articles, found, strict=True)]


def ours(articles: Sequence[tuple[str, str, list[Sentence], Parse]]) -> Iterator[dict[str, Any]]:
    """The project's mentions with their entities, in the scorer's form."""
    found = {
        name: [
            {"document_id": name, "start": m.start, "end": m.end, "text": text[m.start : m.end], "label": m.label,
             "chain": m.chain, "resolution": m.resolution}
            for m in mentions(text, sentences, parse)
        ]
        for name, text, sentences, parse in articles
    }  # fmt: skip
    _, ids = resolved(found)
    for name, *_ in articles:
        yield {
            "doc_id": name,
            "mentions": [
                {"start": r["start"], "end": r["end"], "label": r["label"], "entity_id": ids[name, r["chain"]]}
                for r in found[name]
                if r["resolution"] in NAMING
            ],
        }


def resolved(
    mentions: Mapping[str, Sequence[dict[str, Any]]], days: Mapping[str, date] | None = None
) -> tuple[pl.DataFrame, dict[tuple[str, int], str]]:
    """The rows of `entities`, and (document, chain) -> entity, of documents' mentions in memory."""
    chains = (row for name in mentions for row in rows.chains({"mentions": mentions[name]})["chains"])
    documents = [(name, (days or {}).get(name)) for name in mentions]
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA stored")
        connection.execute(
            "CREATE TABLE stored.documents (document_id VARCHAR, published_earliest DATE, published_latest DATE)"
        )
        if documents:
            connection.executemany("INSERT INTO stored.documents VALUES ($1, $2, $2)", documents)
        for table, held in ((CHAINS, chains), (RESOLUTIONS_TABLE, ())):
            connection.execute(ddl(table))
            connection.register("incoming", frame(table.stored, held).to_arrow())
            connection.execute(f"INSERT INTO stored.{table.name} SELECT * FROM incoming")  # noqa: S608
        patches = resolve(lambda: nullcontext(connection), CorpusPending("", {}, (), True))
    led = patches["resolutions"].rows.select("document_id", "chain", "entity_id")
    return patches["entities"].rows, {(document, chain): entity for document, chain, entity in led.iter_rows()}


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
