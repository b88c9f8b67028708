"""Rows that tasks write in the final form of a stored table, with their digests, so that the driver only inserts them
(warehouse.writes.RowFiles)."""

from __future__ import annotations

import duckdb

from pipeline.contract import Table
from warehouse import digests
from warehouse.shard_tasks import ShardTasks, ShardWriter, source
from warehouse.sql import SQL_TYPES, quoted
from warehouse.writes import RowFiles


def write_rows(
    connection: duckdb.DuckDBPyConnection, write: ShardWriter, table: Table, sql: str, number: int = 0
) -> None:
    """Write the rows of a query, which has the stored columns of a table, and their digests. `number`: of the batch."""
    columns = ", ".join(f"{quoted(c.name)}::{SQL_TYPES[c.kind]} AS {quoted(c.name)}" for c in table.stored)
    path = write.query(connection, _rows(table), f"SELECT {columns} FROM ({sql})", number=number)  # noqa: S608
    write.query(connection, _digests(table), digests.sums(table, source([path])), number=number)


def row_files(connection: duckdb.DuckDBPyConnection, parts: ShardTasks, table: Table, order: str = "") -> RowFiles:
    """Return the rows of a table that tasks wrote, of which there is at least one file. `order`: columns; by default,
    in any order. `connection`: a temporary database."""
    rows = f"FROM {parts.files(_rows(table))}"
    return RowFiles(connection, f"{rows} ORDER BY {order}" if order else rows, f"FROM {parts.files(_digests(table))}")


def _rows(table: Table) -> str:
    return f"rows_of_{table.name}"


def _digests(table: Table) -> str:
    return f"digests_of_{table.name}"
