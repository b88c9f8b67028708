"""What DuckDB finds: for each check the number of offending rows, a few of them, and how many were judged.

Belongs here: running the SQL of promises and beliefs, and the frames that Great Expectations is handed. Does not
belong here: what is promised (suites, beliefs), the verdict (judge), Great Expectations (validation).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import polars as pl

from expectations.beliefs import Belief
from expectations.suites import ROWWISE, Promise, breach, offenders
from pipeline.tables import BY_NAME, Table
from warehouse.published import quoted
from warehouse.store import first_line, query

# Offending rows shown, and code points of each of their values: enough to find the fault by.
EXAMPLES = 5
EXAMPLE_CHARACTERS = 80
# Rows of a table that Great Expectations sees. A larger table is handed to it as its first rows and those that DuckDB,
# which has judged all of them, found at fault: memory does not grow with the corpus.
ROWS_SHOWN = 100_000
FAULTS_SHOWN = 1_000
# What HTML or Great Expectations' string templates would read as more than text; its data docs escape nothing.
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "$": "&#36;", "`": "&#96;"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one check. `broken` says in one line why it could not be judged, where it could not."""

    found: int
    judged: int
    examples: tuple[Mapping[str, Any], ...] = field(default=())
    broken: str | None = None


def examine(connection: duckdb.DuckDBPyConnection, check: Promise | Belief, as_of: date) -> Finding:
    """One check by its own SQL. A query that cannot run (a column that is not there) is a finding, not an error."""
    sql = check.sql if isinstance(check, Belief) else offenders(check)
    parameters = {"as_of": as_of}
    try:
        rows = query(
            connection,
            f"SELECT *, count(*) OVER () AS found_in_all FROM ({sql}) ORDER BY ALL LIMIT {EXAMPLES}",  # noqa: S608
            {name: value for name, value in parameters.items() if f"${name}" in sql},
        )
        found = int(rows["found_in_all"][0]) if rows.height else 0
        judged = _number(connection, check.judged) if isinstance(check, Belief) and check.judged else None
        if judged is None:
            judged = _number(connection, f"SELECT count(*) FROM {_source(BY_NAME[check.table])}")  # noqa: S608
    except duckdb.Error as error:
        return Finding(0, 0, broken=first_line(error))
    examples = tuple({k: _short(v) for k, v in row.items() if k != "found_in_all"} for row in rows.to_dicts())
    return Finding(found, judged, examples)


def examine_rowwise(
    connection: duckdb.DuckDBPyConnection, table: Table, promises: Sequence[Promise], as_of: date
) -> dict[str, Finding]:
    """Promises about single rows of one table, in one pass; those that are broken are then looked at one by one."""
    promises = [p for p in promises if p.kind in ROWWISE]
    if not promises:
        return {}
    counts = ", ".join(f"count(*) FILTER (WHERE {breach(p)})" for p in promises)
    try:
        ((judged, *found),) = connection.execute(
            f"SELECT count(*), {counts} FROM {_source(table)}"  # noqa: S608
        ).fetchall()
    except duckdb.Error:
        return {p.id: examine(connection, p, as_of) for p in promises}
    return {
        p.id: examine(connection, p, as_of) if number else Finding(0, judged)
        for p, number in zip(promises, found, strict=True)
    }


def _source(table: Table) -> str:
    schema = "stored" if table.where == "stored" else "published"
    return f"{schema}.{quoted(table.name)}"


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((number,),) = connection.execute(sql).fetchall()
    return int(number)


def _short(value: Any) -> Any:
    """A value fit for JSON: finite numbers and truth as they are, all else as a short text."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    text = str(value)
    return text if len(text) <= EXAMPLE_CHARACTERS else text[: EXAMPLE_CHARACTERS - 1] + "…"


def harmless(text: pl.Expr) -> pl.Expr:
    """Text that HTML shows as it is. No two texts become the same, and none becomes one that the contract allows."""
    return text.str.replace_many(list(_SPECIAL), list(_SPECIAL.values()))


def table_frame(
    connection: duckdb.DuckDBPyConnection, table: Table, promises: Sequence[Promise], found: Mapping[str, Finding]
) -> pl.DataFrame:
    """A published table as Great Expectations judges it: the columns that it really has, in their order, each with no
    more than its promises need. Prose and all that only has to be there is `present` or null."""
    described = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'published' AND table_name = ? ORDER BY ordinal_position",
        [table.name],
    ).fetchall()
    names = [str(name) for name, _ in described]
    texts = {str(name) for name, kind in described if kind == "VARCHAR"}
    columns = ", ".join(f"{_carried(table, name, promises, name in texts)} AS {quoted(name)}" for name in names)
    key = ", ".join(quoted(k) for k in table.key if k in names) or "ALL"
    count = _number(connection, f"SELECT count(*) FROM {_source(table)}")  # noqa: S608
    if count <= ROWS_SHOWN:
        sql = f"SELECT {columns} FROM {_source(table)} ORDER BY {key}"  # noqa: S608
    else:
        sql = _sample(table, columns, key, [p for p in promises if found[p.id].found and not found[p.id].broken])
    frame = query(connection, sql)
    return frame.with_columns(harmless(pl.col(name)) for name, kind in frame.schema.items() if kind == pl.String)


def _sample(table: Table, columns: str, key: str, broken: Sequence[Promise]) -> str:
    source = _source(table)
    at_fault = []
    for promise in broken:
        if promise.kind in ROWWISE:
            at_fault.append(f"WHERE {breach(promise)}")
        elif promise.kind in ("key", "unique"):
            name = key if promise.column is None else quoted(promise.column)
            at_fault.append(f"QUALIFY count(*) OVER (PARTITION BY {name}) > 1")
    faults = [f"(SELECT rowid_ FROM numbered {where} LIMIT {FAULTS_SHOWN})" for where in at_fault]  # noqa: S608
    also = f" OR rowid_ IN ({' UNION ALL '.join(faults)})" if faults else ""
    return (
        f"WITH numbered AS (SELECT *, row_number() OVER (ORDER BY {key}) AS rowid_ FROM {source}) "  # noqa: S608
        f"SELECT {columns} FROM numbered WHERE rowid_ <= {ROWS_SHOWN}{also} ORDER BY rowid_"
    )


def _carried(table: Table, name: str, promises: Sequence[Promise], is_text: bool) -> str:
    kinds = {p.kind for p in promises if p.column == name}
    column = quoted(name)
    if (name in table.key and any(p.kind == "key" for p in promises)) or "unique" in kinds:
        return column
    if kinds & {"enum", "pattern"} and is_text:
        most = EXAMPLE_CHARACTERS
        return f"CASE WHEN length({column}) > {most} THEN left({column}, {most}) || '…' ELSE {column} END"
    if kinds & {"minimum", "maximum"}:
        return column
    return f"CASE WHEN {column} IS NOT NULL THEN 'present' END" if "not_null" in kinds else "CAST(NULL AS VARCHAR)"


def findings_frame(checks: Sequence[Promise | Belief], found: Mapping[str, Finding]) -> pl.DataFrame:
    """One column a check: its offending rows as text, or, for a bound, the share; null elsewhere. Never empty."""
    columns = []
    for check in checks:
        finding = found[check.id]
        if isinstance(check, Belief) and check.bound is not None and not finding.broken:
            value = check.bound.value(finding.found, finding.judged)
            columns.append(pl.Series(check.id, [value] + [None] * (EXAMPLES - 1), dtype=pl.Float64))
        else:
            shown = [finding.broken] if finding.broken else [_line(row) for row in finding.examples]
            if finding.found and not shown:
                shown = [f"{finding.found} rows"]
            columns.append(pl.Series(check.id, shown + [None] * (EXAMPLES - len(shown)), dtype=pl.String))
    frame = pl.DataFrame(columns)
    return frame.with_columns(harmless(pl.col(name)) for name, kind in frame.schema.items() if kind == pl.String)


def _line(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in row.items())
