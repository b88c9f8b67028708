"""Entities on annotated articles, beside the bare model: `uv run python -m benchmarks.entities`.

Runs text -> sentences -> parse -> mentions -> chains -> candidates -> entities on the gold texts (no cleaning) and
calls the gold's own scorer. ONRECORD_GOLD names the gold folder.
"""

from __future__ import annotations

import io
import json
import runpy
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import polars as pl

from assets.settings import Settings
from benchmarks.gold import documents, gold_folder
from benchmarks.scores import Score, f1, table
from pipeline.article import Article
from pipeline.contract import CHAINS, RESOLUTIONS_TABLE
from pipeline.contract.schema import frame
from pipeline.document import Document
from pipeline.mentions import mentions
from pipeline.stages import BY_NAME as STAGES
from warehouse.corpus.entities import resolve
from warehouse.ledger import CorpusPending
from warehouse.migration import ddl

GOLD_FILES = {"entities/gum_news.jsonl": "GUM news", "seeds/scored_entities.jsonl": "seed articles"}
COMMAND = "benchmarks.entities"
TYPED, CUBED = "names: span and type, F1", "who is who: B-cubed"
MERGED = "entities that hold two identities or more"
NAMING = ("name", "alias", "acronym", "demonym")


def read(path: Path) -> list[tuple[str, Document]]:
    """Read a gold file. Returns (id, document) of each article."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return list(zip([row["doc_id"] for row in rows], documents([row["text"] for row in rows]), strict=True))


def ours(articles: Sequence[tuple[str, Document]]) -> Iterator[dict[str, Any]]:
    """Yield the project's mentions with their entities, in the scorer's form."""
    found: dict[str, list[dict[str, Any]]] = {
        name: [
            {"document_id": name, "start": m.start, "end": m.end, "text": document.text[m.start : m.end],
             "label": m.label, "chain": m.chain, "resolution": m.resolution}
            for m in mentions(document)
        ]
        for name, document in articles
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
    """Resolve documents' mentions in memory. Returns the rows of `entities`, and (document, chain) -> entity."""
    made = STAGES["chains"].run([Article({"mentions": rows}) for rows in mentions.values()], Settings())
    chains = [row for document in made for row in document["chains"]]
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
        deltas = resolve(lambda: nullcontext(connection), CorpusPending("", {}, (), True))
    entities, resolutions = (_whole(deltas[name].rows) for name in ("entities", "resolutions"))
    chosen = resolutions.select("document_id", "chain", "entity_id")
    return entities, {(document, chain): entity for document, chain, entity in chosen.iter_rows()}


def _whole(rows: pl.DataFrame | Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return a table's new rows, which may be in batches, as one frame."""
    return rows if isinstance(rows, pl.DataFrame) else pl.concat(rows)


def model_only_entities(articles: Sequence[tuple[str, Document]]) -> Iterator[dict[str, Any]]:
    """Yield the model's entities; equal strings are one entity."""
    for name, document in articles:
        found = [
            {"start": s, "end": e, "label": label, "entity_id": document.text[s:e]} for s, e, label in document.entities
        ]
        yield {"doc_id": name, "mentions": found}


def score(gold: Path, path: Path, rows: Iterable[dict[str, Any]], show: int = 0) -> tuple[list[Score], str]:
    """Run the gold's scorer on a gold file. Returns scores, and what it prints."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()) as printed:
        predicted = Path(folder) / "mentions.jsonl"
        predicted.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        # The scorer is a program: its unrounded figures are in its globals.
        with patch.object(sys, "argv", ["score_entities.py", str(path), str(predicted), "--show", str(show)]):
            found = runpy.run_path(str(gold / "score_entities.py"))
    named = GOLD_FILES.get(f"{path.parent.name}/{path.name}", path.stem)
    names, precision, recall = (found["n_pred"], found["n_gold"]), found["precision"], found["recall"]
    figures = {
        TYPED: f1(found["typed"], *names),
        "names: span, F1": f1(found["spans"], *names),
        f"{CUBED} precision": 100 * precision,
        f"{CUBED} recall": 100 * recall,
        f"{CUBED} F1": 200 * precision * recall / (precision + recall) if precision + recall else 0,
    }
    merged = Score(
        "entities that hold two identities or more", named, len(found["wrong"]), "entities", "lower", COMMAND
    )
    scores = [Score(what, named, figure, "%", "higher", COMMAND) for what, figure in figures.items()]
    return [*scores, merged], printed.getvalue()


def scores() -> list[Score]:
    """Return all scores of the project's entities. Raises FileNotFoundError if there is no gold."""
    gold = gold_folder()
    return [one for name in GOLD_FILES for one in score(gold, gold / name, ours(read(gold / name)))[0]]


def main() -> None:
    """Print the scores for each gold file, the bare model's and ours, and the time of ours."""
    gold = gold_folder()
    show = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for name, called in GOLD_FILES.items():
        articles = read(gold / name)
        theirs, said = score(gold, gold / name, model_only_entities(articles))
        begin = time.perf_counter()
        rows = list(ours(articles))
        seconds = time.perf_counter() - begin
        mine, told = score(gold, gold / name, rows, show)
        print(f"{called}: {len(articles)} articles\n{table({'onrecord': mine, 'bare model': theirs})}")
        print(f"bare model\n{said}onrecord ({seconds:.2f} s after the parse)\n{told}")


if __name__ == "__main__":
    main()
