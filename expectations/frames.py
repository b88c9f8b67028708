"""The frames that Great Expectations receives: rows of a table, and what DuckDB found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from expectations.extension import SqlCheck
from expectations.findings import EXAMPLE_CHARACTERS, EXAMPLES, BuiltinCheck, Finding, source
from expectations.sql_checks import BuiltinSqlCheck
from expectations.suites import ROWWISE, ContractCheck, violation_condition
from pipeline.contract import Table
from warehouse.sql import query, quoted

# Rows of a table that Great Expectations sees: the first ones of the documents that were looked at, and rows that
# DuckDB, which checks all rows, found to violate a check. So its work does not grow with the corpus.
ROWS_SHOWN = 20_000
MAX_VIOLATIONS_SHOWN = 1_000
# What HTML or Great Expectations' string templates would interpret; its data docs escape nothing.
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "$": "&#36;", "`": "&#96;"}


def escape_html(text: pl.Expr) -> pl.Expr:
    """Escape text for HTML. Different texts stay different, and none becomes a value that the contract allows."""
    return text.str.replace_many(list(_SPECIAL), list(_SPECIAL.values()))


def table_frame(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    checks: Sequence[ContractCheck],
    found: Mapping[str, Finding],
    documents: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Return a published table for Great Expectations: its actual columns in their order, each with only what its
    checks need. Prose, and any column that is only checked for null, is `present` or null.

    documents   only rows of these documents, and all violating rows; None: rows of all
    """
    described = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_catalog = current_database() AND table_schema = 'published' AND table_name = ? "
        "ORDER BY ordinal_position",
        [table.name],
    ).fetchall()
    names = [str(name) for name, _ in described]
    texts = {str(name) for name, kind in described if kind == "VARCHAR"}
    columns = ", ".join(f"{_projected_column(table, name, checks, name in texts)} AS {quoted(name)}" for name in names)
    key = ", ".join(quoted(k) for k in table.key if k in names) or "ALL"
    faults = [_at_fault(p, key) for p in checks if found[p.id].found and not found[p.id].broken]
    meant = "true"
    if documents is not None and "document_id" in names:
        connection.execute("CREATE OR REPLACE TEMP TABLE looked AS SELECT unnest(CAST(? AS VARCHAR[]))", [documents])
        meant = "document_id IN (FROM looked)"
    sql = _sample(table, columns, key, meant, [fault for fault in faults if fault])
    frame = query(connection, sql)
    return frame.with_columns(escape_html(pl.col(name)) for name, kind in frame.schema.items() if kind == pl.String)


def _sample(table: Table, columns: str, key: str, meant: str, faults: Sequence[str]) -> str:
    """Return SQL for the first wanted rows and, if there are any, the violating rows anywhere in the table."""
    rows = source(table)
    if not faults:
        return f"SELECT {columns} FROM {rows} WHERE {meant} ORDER BY {key} LIMIT {ROWS_SHOWN}"  # noqa: S608
    order = key if meant == "true" else f"{meant} DESC, {key}"
    also = " UNION ALL ".join(f"(SELECT rowid_ FROM numbered {fault} LIMIT {MAX_VIOLATIONS_SHOWN})" for fault in faults)  # noqa: S608
    return (
        f"WITH numbered AS (SELECT *, row_number() OVER (ORDER BY {order}) AS rowid_ FROM {rows}) "  # noqa: S608
        f"SELECT {columns} FROM numbered WHERE rowid_ <= {ROWS_SHOWN} OR rowid_ IN ({also}) ORDER BY rowid_"
    )


def _at_fault(check: ContractCheck, key: str) -> str | None:
    """Return the clause that selects rows that violate a contract check; None if the check is not about rows."""
    if check.kind in ROWWISE:
        return f"WHERE {violation_condition(check)}"
    if check.kind in ("key", "unique"):
        name = key if check.column is None else quoted(check.column)
        return f"QUALIFY count(*) OVER (PARTITION BY {name}) > 1"
    return None


def _projected_column(table: Table, name: str, checks: Sequence[ContractCheck], is_text: bool) -> str:
    kinds = {p.kind for p in checks if p.column == name}
    column = quoted(name)
    if (name in table.key and any(p.kind == "key" for p in checks)) or "unique" in kinds:
        return column
    if kinds & {"enum", "pattern"} and is_text:
        most = EXAMPLE_CHARACTERS
        return f"CASE WHEN length({column}) > {most} THEN left({column}, {most}) || '…' ELSE {column} END"
    if kinds & {"minimum", "maximum"}:
        return column
    return f"CASE WHEN {column} IS NOT NULL THEN 'present' END" if "not_null" in kinds else "CAST(NULL AS VARCHAR)"


def findings_frame(checks: Sequence[BuiltinCheck | SqlCheck], found: Mapping[str, Finding]) -> pl.DataFrame:
    """Return a frame with one column a check: its violating rows as text or, for a share, its value; null elsewhere.
    The frame is never empty."""
    columns = []
    for check in checks:
        finding = found[check.id]
        if isinstance(check, BuiltinSqlCheck) and check.thresholds is not None and not finding.broken:
            value = check.thresholds.value(finding.found, finding.judged, finding.previous)
            columns.append(pl.Series(check.id, [value] + [None] * (EXAMPLES - 1), dtype=pl.Float64))
        else:
            shown = [finding.broken] if finding.broken else [_line(row) for row in finding.examples]
            if finding.found and not shown:
                shown = [f"{finding.found} rows"]
            columns.append(pl.Series(check.id, shown + [None] * (EXAMPLES - len(shown)), dtype=pl.String))
    frame = pl.DataFrame(columns)
    return frame.with_columns(escape_html(pl.col(name)) for name, kind in frame.schema.items() if kind == pl.String)


def _line(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in row.items())
