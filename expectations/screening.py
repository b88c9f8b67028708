"""Structural checks of single rows and documents, run before the corpus-wide stages."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from expectations.check_runner import definitions, judged_before
from expectations.check_state import Changed, changed
from expectations.findings import BUILTIN_CHECKS, BuiltinCheck, Counted, count_violations, first_rows, plan_counts
from expectations.shard_checks import count_in_shards
from pipeline.contract import BY_NAME
from warehouse.quarantine import Violation
from warehouse.shard_tasks import RunTasks
from warehouse.sql import fetch_one, quoted
from warehouse.store import Store

# In the order in which their tables are made, so that the first violation is nearest to the cause.
CHECKS: tuple[BuiltinCheck, ...] = tuple(
    check
    for table in BY_NAME
    for check in BUILTIN_CHECKS
    if check.table == table and check.by_document and check.severity == "error"
)
_OFFSET_COLUMNS = (("start", "end"), ("raw_start", "raw_end"))


@dataclass(frozen=True, slots=True)
class Screened:
    """How many articles were checked, and one violation for each that breaks a check, by document_id."""

    articles: int
    violations: tuple[Violation, ...]


def checks_digest() -> str:
    """Return the SHA-256 of these checks' definitions. If it changes, quarantined articles are tried again."""
    known = definitions()
    return hashlib.sha256("\n".join(known[check.id] for check in CHECKS).encode()).hexdigest()


def screen_store(store: Store, run: RunTasks) -> Screened:
    """Run the checks shard by shard, or on the one file. Raises StoreError."""
    if not store.parts:
        with store.open() as connection:
            return screen(connection)
    with store.open() as connection:
        changes = changed(connection)
        plan = plan_counts(connection, CHECKS, changes, judged_before(connection))
    counted = count_in_shards(store, plan, changes, run)
    with store.open() as connection:
        return _screened(connection, CHECKS, changes, counted)


def screen(connection: duckdb.DuckDBPyConnection, checks: Sequence[BuiltinCheck] = CHECKS) -> Screened:
    """Run the checks on the articles changed since the last run, and on all articles for a new check.

    Checks that cannot run, and rows that name no article, are left out. The run of all checks reports them, and
    both stop the release.
    """
    changes = changed(connection)
    counted = count_violations(connection, checks, changes, judged_before(connection))
    return _screened(connection, checks, changes, counted)


def _screened(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[BuiltinCheck],
    changes: Changed,
    counted: Mapping[str, Counted],
) -> Screened:
    """Return one violation for each article that breaks a check, from what the checks count."""
    articles = {
        str(name) for (name,) in connection.execute("SELECT document_id FROM stored.raws WHERE standing").fetchall()
    }
    found = {
        check: {document: rows for document, rows in by_document.items() if document in articles}
        for check, by_document in counted.items()
        if not isinstance(by_document, str)
    }
    total: Counter[str] = Counter()
    for by_document in found.values():
        total.update(by_document)
    violations: dict[str, Violation] = {}
    for check in checks:
        documents = sorted(found.get(check.id, {}).keys() - violations.keys())
        if documents:
            rows = first_rows(connection, check, documents)
            # `rows` lacks a row that breaks its check only together with the rows of another article.
            for document in documents:
                violations[document] = _violation(connection, check, document, rows.get(document, {}), total[document])
    return Screened(len(changes.due), tuple(violations[name] for name in sorted(violations)))


def _violation(
    connection: duckdb.DuckDBPyConnection,
    check: BuiltinCheck,
    document: str,
    row: Mapping[str, Any],
    found: int,
) -> Violation:
    key = {name: row[name] for name in BY_NAME[check.table].key if row.get(name) is not None}
    start, end = _place(connection, check.table, key)
    return Violation(
        document, check.id, check.table, " ".join(str(value) for value in key.values()) or document, start, end, found
    )


def _place(
    connection: duckdb.DuckDBPyConnection, name: str, key: Mapping[str, Any]
) -> tuple[int, int] | tuple[None, None]:
    """Return the span of the row with this key, if the table has one and the key is complete."""
    table = BY_NAME[name]
    columns = {column.name for column in table.stored}
    place = next((pair for pair in _OFFSET_COLUMNS if columns.issuperset(pair)), None)
    if place is None or key.keys() != set(table.key):
        return None, None
    where = " AND ".join(f"{quoted(column)} = ${column}" for column in key)
    found = fetch_one(
        connection,
        f"SELECT {quoted(place[0])}, {quoted(place[1])} FROM stored.{quoted(name)} WHERE {where}",  # noqa: S608
        dict(key),
    )
    return (int(found[0]), int(found[1])) if found and None not in found else (None, None)
