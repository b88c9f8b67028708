"""Queries of a build with nothing to do, on a store of many articles: `python -m benchmarks store`.

Rows of `raws`, `documents` and `files`, and the ledger's lines of all stages, are written straight into a store,
without texts and without the rows of other tables. The store is opened for each query.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from assets.build.incremental import steps
from assets.settings import Settings
from benchmarks.figures import Figure
from expectations.check_state import changed
from pipeline.contract import DOCUMENTS, LEDGER, RAWS, Table
from pipeline.read import Entry
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES
from warehouse import intake, ledger, pending, states
from warehouse.sql import quoted, transaction
from warehouse.store import Store

SIZES = (10_000, 100_000)
ARTICLES_PER_FILE = 10_000

_VALUES = {
    "document_id": "substr(sha256(n::VARCHAR), 1, 16)",
    "origin": f"'f' || n // {ARTICLES_PER_FILE} || '.jsonl#' || n",
    "path": f"'f' || n // {ARTICLES_PER_FILE} || '.jsonl'",
    "source": f"'f' || n // {ARTICLES_PER_FILE} || '.jsonl#' || n",
    "standing": "true",
    "record_sha256": "sha256(n::VARCHAR)",
}
_OF_KIND = {"string": "'x'", "integer": "1", "number": "1.0", "boolean": "true", "strings": "[]", "integers": "[]"}


def fill(store: Store, settings: Settings, count: int) -> None:
    """Fill a store with this many articles that every stage has processed."""
    with store.open() as connection, transaction(connection):
        for table in (RAWS, DOCUMENTS):
            columns = ", ".join(f"{_value(table, c.name)} AS {quoted(c.name)}" for c in table.stored)
            order = "ORDER BY document_id" if table is DOCUMENTS else ""
            connection.execute(
                f"INSERT INTO stored.{table.name} BY NAME SELECT {columns} FROM range(?) AS r(n) {order}",  # noqa: S608
                [count],
            )
        connection.execute(
            "INSERT INTO stored.files BY NAME SELECT 'f' || n || '.jsonl' AS path, 1 AS bytes, 1 AS modified_ns, "
            "repeat('0', 64) AS content_sha256, ? AS read_version FROM range(?) AS r(n)",
            [settings.read_version, -(-count // ARTICLES_PER_FILE)],
        )
        connection.execute(
            f"INSERT INTO stored.{LEDGER.name} SELECT ?, document_id, fingerprint FROM ({ledger.ROOTS})",  # noqa: S608
            [ledger.ROOT],
        )
        _lines(connection, settings)


def _value(table: Table, name: str) -> str:
    column = table.column(name)
    if name in _VALUES:
        return _VALUES[name]
    return f"'{column.enum[0]}'" if column.enum else _OF_KIND[column.kind] if column.required else "NULL"


def _lines(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    known = steps(settings)
    for stage in (*DOCUMENT_STAGES, *CORPUS_STAGES):
        step = known[stage.name]
        first, *rest = step.reads
        joins = " ".join(
            f"JOIN stored.ledger AS {name} ON {name}.stage = '{name}' AND {name}.document_id = {first}.document_id"
            for name in rest
        )
        made = " || '/' || ".join(f"{name}.fingerprint" for name in step.reads)
        connection.execute(
            f"INSERT INTO stored.ledger SELECT ?, {first}.document_id, sha256(? || '/' || {made}) "  # noqa: S608
            f"FROM stored.ledger AS {first} {joins} WHERE {first}.stage = '{first}' AND {first}.document_id <> '*'",
            [stage.name, step.key],
        )
        if stage.corpus_wide:
            states.fill(connection)
            fingerprint = ledger.corpus_pending(connection, step)
            connection.execute("INSERT INTO stored.ledger VALUES (?, ?, ?)", [stage.name, ledger.CORPUS, fingerprint])
            states.fill(connection)


def store(sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Measure the CPU time of each query, at each size."""
    out: list[Figure] = []
    for size in sorted(sizes):
        with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
            settings = Settings(warehouse=Path(folder))
            filled = Store(settings.warehouse)
            fill(filled, settings, size)
            for name, ask in _questions(settings, size).items():
                with filled.open() as connection:
                    begin = time.process_time()
                    ask(connection)
                    spent = time.process_time() - begin
                out.append(Figure(f"{size:,} articles: {name}", 1000 * spent, "CPU ms"))
            stored = sum(file.stat().st_size for file in filled.folder.glob("onrecord.duckdb*"))
            out.append(Figure(f"{size:,} articles: the store", stored / size, "bytes an article"))
    return out


def _questions(settings: Settings, size: int) -> dict[str, Callable[[duckdb.DuckDBPyConnection], object]]:
    entries = [Entry(f"f{n}.jsonl", 1, 1) for n in range(-(-size // ARTICLES_PER_FILE))]
    corpus = {stage.name for stage in CORPUS_STAGES}
    return {
        "the raw folder against the store": lambda c: intake.plan(c, entries, settings.read_version),
        "hashes of files": lambda c: intake.known_hashes(c, settings.read_version),
        "numbers of rows": intake.summary,
        "the state": ledger.state,
        "what is unfinished": lambda c: _none(pending.stages_with_work(c, steps(settings), corpus, tried=True)),
        "which articles are to be judged": changed,
    }


def _none(found: Sequence[str]) -> None:
    if found:
        raise RuntimeError(f"something was to do: {', '.join(found)}")
