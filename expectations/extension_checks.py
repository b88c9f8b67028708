"""Run the SQL checks of an extension, and collect the rows for its expectations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from expectations.extension import Added, SqlCheck, TableExpectation
from expectations.findings import Finding, examine_sql, number
from expectations.suites import published
from warehouse.sql import query
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class AddedSuite:
    """The expectations that an extension adds to a published table, and all rows of the table."""

    table: str
    checks: tuple[TableExpectation, ...]
    frame: pl.DataFrame


def run_extension_checks(store: Store, checks: Sequence[Added]) -> tuple[dict[str, Finding], list[AddedSuite]]:
    """Return the findings of all checks, by name, and a suite for each table that has expectations. Opens the store for
    queries only, and only if there are checks."""
    if not checks:
        return {}, []
    found: dict[str, Finding] = {}
    suites = []
    with store.sandboxed() as connection:
        for table in dict.fromkeys(check.table for check in checks):
            rows = number(connection, f"SELECT count(*) FROM {published(table)}")  # noqa: S608 - a name of the contract
            theirs = [check for check in checks if check.table == table]
            for check in theirs:
                sql = check.sql if isinstance(check, SqlCheck) else None
                found[check.id] = (
                    Finding(0, rows) if sql is None else examine_sql(connection, sql, {}, partial(int, rows))
                )
            expected = tuple(check for check in theirs if isinstance(check, TableExpectation))
            if expected:
                suites.append(AddedSuite(table, expected, query(connection, f"FROM {published(table)}")))
    return found, suites
