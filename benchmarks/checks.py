"""Cost of the checks: for a first build, with nothing changed, with a hundred articles changed.

    uv run python -m benchmarks.checks [articles ...]

The sample is built, and its rows are copied under other ids, in DuckDB: texts, spans and numbers stay valid, so every
check has its work to do. An article counts as changed if its ledger lines have changed, as after a stage. CPU seconds
of this process, without Great Expectations' import.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from assets.settings import Settings
from expectations.check_runner import run_checks
from pipeline.contract import BY_NAME, LEDGER, STORED
from warehouse.sql import quoted
from warehouse.store import Store

AS_OF = date(2026, 11, 22)
CHANGED = 100
# Tables of the whole corpus, and their counts that grow with the copies.
_COUNTS = {"entities": ("mentions", "documents"), "statements": ("quotes", "documents")}
# A copy's names begin with its number instead of the first digits of its document's id.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Seconds:
    """CPU seconds of the checks: for the first time, with nothing changed, with some articles changed."""

    articles: int
    first: float
    nothing: float
    changed: float


def sample_store(folder: Path) -> Store:
    """Build the sample and return its store."""
    from assets.cli.build_output import run_build

    with contextlib.redirect_stdout(io.StringIO()):
        assert run_build(Settings(warehouse=folder)) == 0
    return Store(folder)


def _copied(column: str, alias: str = "row") -> str:
    """Return SQL for a name that begins with a document's id, or a quotation's, in the n-th copy."""
    return f"printf('%0{_DIGITS}x', n) || substr({alias}.{quoted(column)}, {_DIGITS + 1})"


def grow(sample: Store, store: Store, articles: int) -> None:
    """Fill an empty store with copies of the sample's rows up to this many articles, or a few more."""
    store.folder.mkdir(parents=True, exist_ok=True)
    with store.open() as connection:
        connection.execute(f"ATTACH '{sample.database}' AS sample (READ_ONLY)")
        ((each,),) = connection.execute("SELECT count(*) FROM sample.stored.documents").fetchall()
        copies = -(-articles // each)
        for table in (*STORED, LEDGER):
            _copy(connection, table.name, copies)
        connection.execute("DETACH sample")
        connection.execute("CHECKPOINT")


def _copy(connection: duckdb.DuckDBPyConnection, name: str, copies: int) -> None:
    table = LEDGER if name == "ledger" else BY_NAME[name]
    source = f"sample.stored.{quoted(name)}"
    if name in _COUNTS:
        grown = ", ".join(f"{c} * {copies} AS {c}" for c in _COUNTS[name])
        connection.execute(f"INSERT INTO stored.{name} SELECT * REPLACE ({grown}) FROM {source}")  # noqa: S608
        return
    if name == "refusals":
        connection.execute(f"INSERT INTO stored.{name} FROM {source}")
        return
    named = [
        c.name
        for c in table.stored
        if c.name in ("document_id", "sentence_id", "mention_id", "quote_id", "date_id", "part_of", "duplicate_of")
    ]
    replaced = [f"{_copied(c)} AS {quoted(c)}" for c in named]
    own = {"origin", "path", "source", "url"} & {c.name for c in table.stored}
    replaced += [f"row.{c} || '~' || n AS {c}" for c in sorted(own)]
    where = ""
    if name == "ledger":
        replaced = [
            f"CASE WHEN row.document_id = '*' THEN '*' ELSE {_copied('document_id')} END AS document_id",
            "sha256(row.fingerprint || n) AS fingerprint",
        ]
        where = "WHERE row.document_id <> '*' OR n = 0"
    connection.execute(
        f"INSERT INTO stored.{name} SELECT row.* REPLACE ({', '.join(replaced)}) "  # noqa: S608
        f"FROM range({copies}) AS copy(n), {source} AS row {where} ORDER BY n"
    )


def change(store: Store, articles: int, round_: int) -> None:
    """Change the ledger as if every stage had processed this many articles again."""
    with store.open() as connection:
        connection.execute(
            "UPDATE stored.ledger SET fingerprint = sha256(fingerprint || $round) WHERE document_id IN "
            "(SELECT document_id FROM stored.documents ORDER BY sha256(document_id || $round) LIMIT $articles)",
            {"round": str(round_), "articles": articles},
        )


def measure(sizes: Sequence[int], rounds: int = 1) -> list[Seconds]:
    """Measure the checks at each size; the best time of the rounds counts."""
    import great_expectations as gx

    gx.get_context(mode="ephemeral")
    out = []
    with tempfile.TemporaryDirectory() as scratch:
        sample = sample_store(Path(scratch) / "sample")
        for size in sizes:
            store = Store(Path(scratch) / str(size))
            grow(sample, store, size)
            taken: dict[str, list[float]] = {"first": [], "nothing": [], "changed": []}
            for round_ in range(rounds):
                with store.open() as connection:
                    connection.execute("DELETE FROM stored.verdicts")
                taken["first"].append(_timed(store))
                taken["nothing"].append(_timed(store))
                change(store, CHANGED, round_)
                taken["changed"].append(_timed(store))
            out.append(Seconds(size, *(min(taken[name]) for name in ("first", "nothing", "changed"))))
            shutil.rmtree(store.folder)
    return out


def _timed(store: Store) -> float:
    begin = time.process_time()
    verdicts = run_checks(store, AS_OF)
    seconds = time.process_time() - begin
    failed = [v for v in verdicts if not v.passed and v.severity == "error"]
    assert not failed, failed
    return seconds


if __name__ == "__main__":
    wanted = [int(size) for size in sys.argv[1:]] or [1_000, 10_000]
    print(f"{'articles':>10} {'first':>8} {'nothing':>8} {CHANGED:>4} changed   CPU seconds")
    for row in measure(wanted):
        print(f"{row.articles:>10,} {row.first:>8.1f} {row.nothing:>8.2f} {row.changed:>12.1f}")
