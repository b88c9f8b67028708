"""Run checks in DuckDB: for each, count violating rows and judged rows, and return a few examples."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import duckdb

from expectations.check_state import Changed, stored_violations
from expectations.sql_checks import BUILTIN_SQL_CHECKS, BuiltinSqlCheck
from expectations.sql_checks.sql_check import Share
from expectations.suites import (
    CONTRACT_CHECKS,
    ROWWISE,
    ContractCheck,
    violating_rows_of_sql,
    violating_rows_sql,
    violation_condition,
)
from pipeline.contract import BY_NAME, Table
from pipeline.stages import DOCUMENT_TABLES
from warehouse.sql import query, quoted
from warehouse.text import one_line

# Violating rows shown, and code points of each of their values: enough to find the fault.
EXAMPLES = 5
EXAMPLE_CHARACTERS = 80
_STORED = re.compile(rf"\bstored\.({'|'.join(DOCUMENT_TABLES)})\b")


type BuiltinCheck = ContractCheck | BuiltinSqlCheck
BUILTIN_CHECKS: tuple[BuiltinCheck, ...] = (*CONTRACT_CHECKS, *BUILTIN_SQL_CHECKS)
# Document -> violating rows, or why a check could not run.
type Counted = Mapping[str, int] | str


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
    violations: Mapping[str, Mapping[str, int]]


def examine(connection: duckdb.DuckDBPyConnection, check: BuiltinCheck, as_of: date) -> Finding:
    """Run one check by its own SQL, on all rows. If the query fails (e.g. a column is missing), return a finding."""
    sql = _own_sql(check)
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
    try:
        judged, *found = _count_rowwise(connection, source(table), checks)
    except duckdb.Error:
        return {p.id: examine(connection, p, as_of) for p in checks}
    return {
        p.id: examine(connection, p, as_of) if count else Finding(0, judged)
        for p, count in zip(checks, found, strict=True)
    }


def totals(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[BuiltinCheck],
    only_judged: Sequence[BuiltinCheck],
    as_of: date,
) -> dict[str, Share]:
    """Return check -> violating rows and judged rows; of `only_judged`, judged rows alone. Empty if a query fails."""
    out: dict[str, Share] = {}
    try:
        for table in (BY_NAME[name] for name in dict.fromkeys(c.table for c in checks)):
            rowwise = [
                c for c in checks if isinstance(c, ContractCheck) and c.table == table.name and c.kind in ROWWISE
            ]
            if rowwise:
                judged, *found = _count_rowwise(connection, source(table), rowwise)
                out |= {c.id: (count, judged) for c, count in zip(rowwise, found, strict=True)}
        others = [c for c in checks if c.id not in out]
        found_sql = [f"SELECT count(*) FROM ({_own_sql(c)})" for c in others]  # noqa: S608
        # One after another: together, they need more than the memory limit.
        values = {
            sql: number(connection, sql, {"as_of": as_of} if "$as_of" in sql else {})
            for sql in dict.fromkeys([*found_sql, *map(_judged_sql, (*others, *only_judged))])
        }
    except duckdb.Error:
        return {}
    out |= {c.id: (values[sql], values[_judged_sql(c)]) for c, sql in zip(others, found_sql, strict=True)}
    return out | {c.id: (0, values[_judged_sql(c)]) for c in only_judged}


def _own_sql(check: BuiltinCheck) -> str:
    return check.sql if isinstance(check, BuiltinSqlCheck) else violating_rows_sql(check)


def _count_rowwise(
    connection: duckdb.DuckDBPyConnection, rows: str, checks: Sequence[ContractCheck]
) -> tuple[int, ...]:
    """Return the number of rows of a relation, and of those that violate each check."""
    counts = ", ".join(f"count(*) FILTER (WHERE {violation_condition(p)})" for p in checks)
    (found,) = connection.execute(f"SELECT count(*), {counts} FROM {rows}").fetchall()  # noqa: S608
    return found


def document_results(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[BuiltinCheck],
    counted: Mapping[str, Counted],
) -> DocumentResults:
    """Return a finding for each check of single documents from what it counts."""
    violations = {name: of for name, of in counted.items() if not isinstance(of, str)}
    first = sorted({document for of in violations.values() for document in sorted(of)[:EXAMPLES]})
    if first:
        _copy_changed_rows(connection, first)
    out = {}
    judged: dict[str, int] = {}
    for check in checks:
        of = counted[check.id]
        if isinstance(of, str):
            out[check.id] = Finding(0, 0, broken=of)
        else:
            sql = _judged_sql(check)
            if sql not in judged:
                judged[sql] = number(connection, sql)
            examples = _examples(connection, check) if of else ()
            out[check.id] = Finding(sum(of.values()), judged[sql], examples)
    return DocumentResults(out, violations)


@dataclass(frozen=True, slots=True)
class CountPlan:
    """Which checks of single documents run on which documents.

    near    checks that run on the changed documents: `before` has their violations in the others
    far     checks that run on all documents
    """

    near: tuple[BuiltinCheck, ...]
    far: tuple[BuiltinCheck, ...]
    before: Mapping[str, Mapping[str, int]]


def plan_counts(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[BuiltinCheck],
    changes: Changed,
    judged_before: Collection[str],
) -> CountPlan:
    """Return the plan: checks in `judged_before` run on changed documents if these are less than half of all."""
    near = tuple(c for c in checks if c.id in judged_before) if 2 * len(changes.due) < changes.total else ()
    known = {c.id for c in near}
    before = stored_violations(connection, [c.id for c in near], changes.names) if near else {}
    return CountPlan(near, tuple(c for c in checks if c.id not in known), before)


def count_planned(connection: duckdb.DuckDBPyConnection, plan: CountPlan, due: Sequence[str]) -> Mapping[str, Counted]:
    """Return what the checks of a plan find; `due`: the changed documents."""
    found: dict[str, Counted] = {}
    if plan.near and due:
        _copy_changed_rows(connection, due)
        found |= _count(connection, plan.near, narrow=True)
    return found | _count(connection, plan.far, narrow=False)


def with_earlier(plan: CountPlan, counts: Iterable[Mapping[str, Counted]]) -> dict[str, Counted]:
    """Return what the checks of a plan find in all documents, from their counts in parts of the corpus."""
    out: dict[str, Counted] = {c.id: dict(plan.before.get(c.id, {})) for c in plan.near}
    out |= {c.id: {} for c in plan.far}
    for found in counts:
        for name, now in found.items():
            had = out[name]
            if not isinstance(had, str):
                out[name] = now if isinstance(now, str) else {**had, **now}
    return out


def count_violations(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[BuiltinCheck],
    changes: Changed,
    judged_before: Collection[str],
) -> dict[str, Counted]:
    """Return check -> document -> violating rows, or why the check could not run, in the whole corpus."""
    plan = plan_counts(connection, checks, changes, judged_before)
    return with_earlier(plan, [count_planned(connection, plan, list(changes.due))])


def _count(
    connection: duckdb.DuckDBPyConnection, checks: Sequence[BuiltinCheck], *, narrow: bool
) -> dict[str, Counted]:
    """Return check -> document -> rows found, in all or in the narrowed documents; or why the check could not run."""
    out: dict[str, Counted] = {}
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
    try:
        _, *found = _count_rowwise(connection, _place(table, narrow=narrow), checks)
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


def _sql(check: BuiltinCheck, *, narrow: bool) -> str:
    if isinstance(check, ContractCheck):
        return violating_rows_of_sql(check, partial(_place, narrow=narrow))
    return _STORED.sub(r"temp.near_\1", check.sql) if narrow else check.sql


def _examples(connection: duckdb.DuckDBPyConnection, check: BuiltinCheck) -> tuple[dict[str, Any], ...]:
    """Return the first violating rows. The narrowed documents hold them: rows are ordered by document first."""
    sql = f"SELECT * FROM ({_sql(check, narrow=True)}) ORDER BY ALL LIMIT {EXAMPLES}"  # noqa: S608
    return tuple(_shown(row) for row in query(connection, sql).to_dicts())


def first_rows(
    connection: duckdb.DuckDBPyConnection, check: BuiltinCheck, documents: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return document -> its first row that breaks a check of single documents, for `documents` that break it."""
    _copy_changed_rows(connection, documents)
    sql = f"SELECT DISTINCT ON (document_id) * FROM ({_sql(check, narrow=True)}) ORDER BY ALL"  # noqa: S608
    return {str(row["document_id"]): row for row in query(connection, sql).to_dicts()}


def _judged(connection: duckdb.DuckDBPyConnection, check: ContractCheck | BuiltinSqlCheck) -> int:
    """Count the rows that a check covers."""
    return number(connection, _judged_sql(check))


def _judged_sql(check: ContractCheck | BuiltinSqlCheck) -> str:
    """Return SQL for that number. A view has as many rows as its table; counting the table saves the joins."""
    if isinstance(check, BuiltinSqlCheck) and check.judged is not None:
        return check.judged
    return f"SELECT count(*) FROM stored.{quoted(check.table)}"  # noqa: S608


def source(table: Table) -> str:
    """Return the relation of a table's rows: as published, or as stored if the table is not published."""
    schema = "stored" if table.where == "stored" else "published"
    return f"{schema}.{quoted(table.name)}"


def number(connection: duckdb.DuckDBPyConnection, sql: str, given: Mapping[str, Any] | None = None) -> int:
    """Return a query's only value."""
    ((value,),) = connection.execute(sql, dict(given or {})).fetchall()
    return int(value)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _short(value) for name, value in row.items() if name != "found_in_all"}


def _short(value: Any) -> Any:
    """Convert a value for JSON: keep None, booleans, integers and finite floats; shorten all else to a text."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    text = str(value)
    return text if len(text) <= EXAMPLE_CHARACTERS else text[: EXAMPLE_CHARACTERS - 1] + "…"
