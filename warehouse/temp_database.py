"""A database of a stage's own, for what is too much for memory and nothing to keep."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

# What it may hold in memory; the rest stands in its folder meanwhile. Enough for the bands of a million articles. The
# same bounds the store where a stage reads much of it in one turn.
MEMORY = "128MB"
# Rows that are handed out at a time.
ROWS = 20_000


@contextmanager
def scratch(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database. The folder is there only while it needs one, and goes with it; what a killed process left in
    it goes before."""
    shutil.rmtree(folder, ignore_errors=True)
    connection = duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": str(folder)})
    try:
        connection.execute("SET enable_progress_bar = false")
        # Whoever wants an order asks for it; to keep one takes memory.
        connection.execute("SET preserve_insertion_order = false")
        yield connection
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def bounded(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let the database of a connection hold MEMORY and put the rest of a large query into its temporary folder. Rows
    come in any order meanwhile."""
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute("SET preserve_insertion_order = false")
    try:
        yield
    finally:
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("RESET memory_limit")


def put(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Rows into a table of ours, which is made of the first ones."""
    connection.register("incoming", rows.to_arrow())
    try:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} AS FROM incoming LIMIT 0")
        connection.execute(f"INSERT INTO {table} BY NAME FROM incoming")
    finally:
        connection.unregister("incoming")


def batches(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None, rows: int = ROWS
) -> Iterator[pl.DataFrame]:
    """A query's rows, so many at a time. The connection may be asked other things meanwhile."""
    with connection.cursor() as reading:
        for batch in reading.sql(sql, params=parameters or {}).to_arrow_reader(rows):
            found = pl.from_arrow(batch)
            assert isinstance(found, pl.DataFrame)
            if found.height:
                yield found
