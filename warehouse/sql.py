"""Shared helpers for SQL: a query's rows, transactions, quoting, types and errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

import duckdb
import polars as pl

from pipeline.contract import Kind

# A column's kind in the contract -> its type in DuckDB.
SQL_TYPES: dict[Kind, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "strings": "VARCHAR[]",
    "integers": "INTEGER[]",
    "dates": "DATE[]",
}


# Memory for each attached file. A query over a view of several files keeps blocks of 256 KB of all of them: one for
# each column that it reads, some 21 in the largest join of the ledger.
FILE_MEGABYTES = 8
# The schema that a connection writes, if that is not `stored`.
_written: WeakKeyDictionary[duckdb.DuckDBPyConnection, str] = WeakKeyDictionary()


class StoreError(RuntimeError):
    """The store cannot be used; the message says why in one line."""


class StoreLocked(StoreError):
    """Another process holds what is needed and did not release it in time: trying again later may help."""


def quoted(name: str) -> str:
    """Quote an identifier for SQL: `start`, `end` and `table` are columns of the contract, and keywords."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """Return a string literal, for statements that take no parameters (ATTACH, COMMENT, CREATE VIEW)."""
    return "'" + str(text).replace("'", "''") + "'"


def written(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the schema in which rows are written: `stored`, or that of the connection's main file if `stored` also
    has views over several files (warehouse.shards)."""
    return _written.get(connection, "stored")


def write_to(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Set the schema in which `written` says that rows are written."""
    _written[connection] = schema


@contextmanager
def writing(connection: duckdb.DuckDBPyConnection, schema: str) -> Iterator[None]:
    """Write to the tables of another schema within the block."""
    before = written(connection)
    write_to(connection, schema)
    try:
        yield
    finally:
        write_to(connection, before)


def set_memory_limit(connection: duckdb.DuckDBPyConnection, limit: str) -> None:
    """Limit a connection's memory to `limit`, as in "128MB", and FILE_MEGABYTES for each attached file."""
    files = fetch_one(connection, "SELECT count(path) FROM duckdb_databases() WHERE NOT internal")
    attached = max(0, files[0] - 1) if files else 0
    connection.execute(f"SET memory_limit = '{int(limit.removesuffix('MB')) + attached * FILE_MEGABYTES}MB'")


def cursor(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Return another connection to the same database, in which names refer to the same tables."""
    found = connection.cursor()
    place = written(connection)
    if place != "stored":
        path = fetch_one(connection, "SELECT current_setting('search_path')")
        assert path is not None
        found.execute(f"SET search_path = {literal(path[0])}")
        write_to(found, place)
    return found


def fetch_one(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> tuple[Any, ...] | None:
    """Return a query's first row. Reads to the end: DuckDB refuses the next query while a result is half read."""
    values: Any = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
    rows = connection.execute(sql, values).fetchall()
    return rows[0] if rows else None


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> pl.DataFrame:
    """Return a query's rows as a frame. Pass values as parameters, never in the text."""
    values: Any = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
    frame = pl.from_arrow(connection.sql(sql, params=values).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run the block in a transaction: commit at the end, roll back on any exception."""
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # If the disk is full, DuckDB has ended the transaction itself; report the first error.
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise
