"""Temporary DuckDB database that spills to disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse.sql import cursor, set_memory_limit

# Memory limit; the rest spills to the folder. Enough for the bands of a million articles. It also limits the store
# while a stage runs a large query.
MEMORY = "128MB"
# Rows per batch.
ROWS = 20_000


@contextmanager
def temporary_database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty database. Its folder exists only while needed; what a killed process left is deleted first."""
    shutil.rmtree(folder, ignore_errors=True)
    connection = duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": str(folder)})
    try:
        connection.execute("SET enable_progress_bar = false")
        # Queries that need an order say ORDER BY; preserving insertion order takes memory.
        connection.execute("SET preserve_insertion_order = false")
        yield connection
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def limit_memory(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Limit a connection's memory to MEMORY; large queries spill to the temporary folder, rows come in any order."""
    set_memory_limit(connection, MEMORY)
    connection.execute("SET preserve_insertion_order = false")
    try:
        yield
    finally:
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("RESET memory_limit")


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Insert rows into a table, which is created from the first ones."""
    connection.register("incoming", rows.to_arrow())
    try:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} AS FROM incoming LIMIT 0")
        connection.execute(f"INSERT INTO {table} BY NAME FROM incoming")
    finally:
        connection.unregister("incoming")


def batches(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None, rows: int = ROWS
) -> Iterator[pl.DataFrame]:
    """Yield a query's rows in batches. The connection can run other queries meanwhile."""
    with cursor(connection) as reading:
        for batch in reading.sql(sql, params=parameters or {}).to_arrow_reader(rows):
            found = pl.from_arrow(batch)
            assert isinstance(found, pl.DataFrame)
            if found.height:
                yield found
