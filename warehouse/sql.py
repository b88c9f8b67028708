"""What every module that speaks SQL shares: a query's rows, transactions, quoting, types and errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

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


class StoreError(RuntimeError):
    """The store cannot be used; the message says why in one line."""


class StoreHeld(StoreError):
    """Somebody else has what is needed, and did not let go in time: trying again later may help."""


def quoted(name: str) -> str:
    """An identifier, quoted for SQL: `start`, `end` and `table` are columns of the contract, and keywords."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """A string literal, for the statements that take no parameters (ATTACH, COMMENT, CREATE VIEW)."""
    return "'" + str(text).replace("'", "''") + "'"


def one(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> tuple[Any, ...] | None:
    """A query's first row. Reads to the end: DuckDB refuses the next query while a result stands half read."""
    values: Any = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
    rows = connection.execute(sql, values).fetchall()
    return rows[0] if rows else None


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> pl.DataFrame:
    """A query's rows as a frame. Values go in as parameters, never into the text."""
    values: Any = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
    frame = pl.from_arrow(connection.sql(sql, params=values).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # Where the disk is full DuckDB has ended the transaction itself; the first error is the one to hear of.
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise
