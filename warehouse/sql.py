"""What every module that speaks SQL shares: one row, a frame, all or nothing, names and errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import polars as pl


class StoreError(RuntimeError):
    """The store cannot be used; the message says why in one line."""


class StoreHeld(StoreError):
    """Somebody else has what is needed, and did not let go in time: trying again later may help."""


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


def first_line(error: BaseException) -> str:
    """An error's message on one line, without control characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(ch if ch.isprintable() else "?" for ch in text)[:500]
