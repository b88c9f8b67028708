"""Run checks in DuckDB: for each, count violating rows and judged rows, and return a few examples."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import duckdb

from expectations.check_state import Changed, stored_violations
from expectations.sql_checks import BuiltinSqlCheck
from expectations.sql_checks.sql_check import Share
from expectations.suites import ROWWISE, ContractCheck, violating_documents_sql, violating_rows_sql, violation_condition
from pipeline.contract import Table
from pipeline.stages import DOCUMENT_TABLES
from warehouse.sql import query, quoted
from warehouse.text import one_line

# Violating rows shown, and code points of each of their values: enough to find the fault.
EXAMPLES = 5
EXAMPLE_CHARACTERS = 80
_STORED = re.compile(rf"\bstored\.({'|'.join(DOCUMENT_TABLES)})\b")


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `broken` says in one line why it could not run; `previous` is the result of the last
    release, for drift checks."""

    found: int
    judged: int
    examples: tuple[Mapping[str, Any], ...] = field(default=())
    broken: str | None = None
    previous: Share | None = None


@dataclass(frozen=True, slots=True)
class DocumentResults:
    """Results of checks of single documents: a finding per check, and check -> document -> rows. Checks that could not
    run are missing in the latter."""

    found: dict[str, Finding]
    violations: dict[str, dict[str, int]]


def examine(connection: duckdb.DuckDBPyConnection, check: ContractCheck | BuiltinSqlCheck, as_of: date) -> Finding:
    """Run one check by its own SQL, on all rows. If the query fails (e.g. a column is missing), return a finding."""
    sql = check.sql if isinstance(check, BuiltinSqlCheck) else violating_rows_sql(check)
    given = {"as_of": as_of} if "$as_of" in sql else {}
    return examine_sql(connection, sql, given, lambda: _judged(connection, check))


def examine_sql(
    connection: duckdb.DuckDBPyConnection, sql: str, given: Mapping[str, Any], judged: Callable[[], int]
) -> Finding:
    """Count the rows that a query returns, and keep the first ones; `judged` counts the rows checked. A query that
    fails gives a finding."""
    try:
        rows = query(
            connection,
            f"SELECT *, count(*) OVER () AS found_in_all FROM ({sql}) ORDER BY ALL LIMIT {EXAMPLES}",  # noqa: S608
            given,
        )
        found = int(rows["found_in_all"][0]) if rows.height else 0
        return Finding(found, judged(), tuple(_shown(row) for row in rows.to_dicts()))
    except duckdb.Error as error:
        return Finding(0, 0, broken=one_line(error))


def examine_rowwise(
    connection: duckdb.DuckDBPyConnection, table: Table, checks: Sequence[ContractCheck], as_of: date
) -> dict[str, Finding]:
    """Run contract checks of single rows of one table in one pass, then run each broken one by itself for examples."""
    checks = [p for p in checks if p.kind in ROWWISE]
    if not checks:
        return {}
    counts = ", ".join(f"count(*) FILTER (WHERE {violation_condition(p)})" for p in checks)
    try:
        ((judged, *found),) = connection.execute(
            f"SELECT count(*), {counts} FROM {source(table)}"  # noqa: S608
        ).fetchall()
    except duckdb.Error:
        return {p.id: examine(connection, p, as_of) for p in checks}
    return {
        p.id: examine(connection, p, as_of) if count else Finding(0, judged)
        for p, count in zip(checks, found, strict=True)
    }


def examine_documents(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[ContractCheck | BuiltinSqlCheck],
    changes: Changed,
    judged_before: Collection[str],
) -> DocumentResults:
    """Run checks of single documents, and return a finding for each."""
    found = count_violations(connection, checks, changes, judged_before)
    offences = {name: of for name, of in found.items() if not isinstance(of, str)}
    first = sorted({document for of in offences.values() for document in sorted(of)[:EXAMPLES]})
    if first:
        _copy_changed_rows(connection, first)
    out = {}
    for check in checks:
        of = found[check.id]
        if isinstance(of, str):
            out[check.id] = Finding(0, 0, broken=of)
        else:
            examples = _examples(connection, check) if of else ()
            out[check.id] = Finding(sum(of.values()), _judged(connection, check), examples)
    return DocumentResults(out, offences)


def count_violations(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[ContractCheck | BuiltinSqlCheck],
    changes: Changed,
    judged_before: Collection[str],
) -> dict[str, dict[str, int] | str]:
    """Return check -> document -> violating rows, or why the check could not run. Checks in `judged_before` run on
    changed documents, and their stored violations in the others are added. The other checks run on all documents."""
    near = [c for c in checks if c.id in judged_before] if 2 * len(changes.due) < changes.total else []
    found: dict[str, dict[str, int] | str] = {}
    if near:
        before = stored_violations(connection, [c.id for c in near], changes.names)
        found |= {c.id: before.get(c.id, {}) for c in near}
    if near and changes.due:
        _copy_changed_rows(connection, list(changes.due))
        for name, now in _count(connection, near, narrow=True).items():
            found[name] = now if isinstance(now, str) else {**before.get(name, {}), **now}
    return found | _count(connection, [c for c in checks if c.id not in found], narrow=False)


def _count(
    connection: duckdb.DuckDBPyConnection, checks: Sequence[ContractCheck | BuiltinSqlCheck], *, narrow: bool
) -> dict[str, dict[str, int] | str]:
    """Return check -> document -> rows found, in all or in the narrowed documents; or why the check could not run."""
    out: dict[str, dict[str, int] | str] = {}
    for table in {check.table: None for check in checks}:
        rowwise = [c for c in checks if isinstance(c, ContractCheck) and c.table == table and c.kind in ROWWISE]
        for contract_check in _unbroken(connection, table, rowwise, narrow=narrow):
            out[contract_check.id] = {}
    for check in checks:
        if check.id in out:
            continue
        sql = f"SELECT document_id, count(*) FROM ({_sql(check, narrow=narrow)}) GROUP BY 1 ORDER BY 1"  # noqa: S608
        try:
            out[check.id] = {str(name): int(count) for name, count in connection.execute(sql).fetchall()}
        except duckdb.Error as error:
            out[check.id] = one_line(error)
    return out


def _unbroken(
    connection: duckdb.DuckDBPyConnection, table: str, checks: Sequence[ContractCheck], *, narrow: bool
) -> list[ContractCheck]:
    """Return the contract checks that no row violates, found in one pass over the table; none if the pass fails."""
    if not checks:
        return []
    counts = ", ".join(f"count(*) FILTER (WHERE {violation_condition(p)})" for p in checks)
    try:
        (found,) = connection.execute(f"SELECT {counts} FROM {_place(table, narrow=narrow)}").fetchall()  # noqa: S608
    except duckdb.Error:
        return []
    return [p for p, count in zip(checks, found, strict=True) if not count]


def _copy_changed_rows(connection: duckdb.DuckDBPyConnection, documents: Sequence[str]) -> None:
    """Copy the rows of these documents into temporary tables of this connection."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE near AS SELECT unnest(CAST(? AS VARCHAR[])) AS document_id", [list(documents)]
    )
    for name in DOCUMENT_TABLES:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE near_{name} AS "  # noqa: S608
            f"SELECT * FROM stored.{name} WHERE document_id IN (FROM near)"
        )


def _place(table: str, *, narrow: bool) -> str:
    return f"temp.near_{table}" if narrow else f"stored.{quoted(table)}"


def _sql(check: ContractCheck | BuiltinSqlCheck, *, narrow: bool) -> str:
    if isinstance(check, ContractCheck):
        return violating_documents_sql(check, partial(_place, narrow=narrow))
    return _STORED.sub(r"temp.near_\1", check.sql) if narrow else check.sql


def _examples(
    connection: duckdb.DuckDBPyConnection, check: ContractCheck | BuiltinSqlCheck
) -> tuple[dict[str, Any], ...]:
    """Return the first violating rows. The narrowed documents hold them: rows are ordered by document first."""
    sql = f"SELECT * FROM ({_sql(check, narrow=True)}) ORDER BY ALL LIMIT {EXAMPLES}"  # noqa: S608
    return tuple(_shown(row) for row in query(connection, sql).to_dicts())


def first_rows(
    connection: duckdb.DuckDBPyConnection, check: ContractCheck | BuiltinSqlCheck, documents: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return document -> its first row that breaks a check of single documents, for `documents` that break it."""
    _copy_changed_rows(connection, documents)
    sql = f"SELECT DISTINCT ON (document_id) * FROM ({_sql(check, narrow=True)}) ORDER BY ALL"  # noqa: S608
    return {str(row["document_id"]): row for row in query(connection, sql).to_dicts()}


def _judged(connection: duckdb.DuckDBPyConnection, check: ContractCheck | BuiltinSqlCheck) -> int:
    """Count the rows that a check covers. A view has as many rows as its table; counting the table saves the joins."""
    if isinstance(check, BuiltinSqlCheck) and check.judged is not None:
        return number(connection, check.judged)
    return number(connection, f"SELECT count(*) FROM stored.{quoted(check.table)}")  # noqa: S608


def source(table: Table) -> str:
    """Return the relation of a table's rows: as published, or as stored if the table is not published."""
    schema = "stored" if table.where == "stored" else "published"
    return f"{schema}.{quoted(table.name)}"


def number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Return a query's only value."""
    ((value,),) = connection.execute(sql).fetchall()
    return int(value)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _short(value) for name, value in row.items() if name != "found_in_all"}


def _short(value: Any) -> Any:
    """Convert a value for JSON: keep None, booleans, integers and finite floats; shorten all else to a text."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    text = str(value)
    return text if len(text) <= EXAMPLE_CHARACTERS else text[: EXAMPLE_CHARACTERS - 1] + "…"
