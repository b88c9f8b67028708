"""Write rows of stored tables.

All writes to a table with digests use `change`, so that rows, digests and the state change in one transaction. Updating
digests and state costs more per statement than per row: `deferred_bookkeeping` updates them once for many writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from pipeline.contract import DIGESTS, STATES, Table
from warehouse import digests, states
from warehouse.change_counts import Changes, Tally, hashes
from warehouse.sql import fetch_one, query, quoted, written
from warehouse.temp_database import batches

# A table, the written rows with the columns for digests and state, and 1 if they were inserted, -1 if deleted.
type _Write = tuple[Table, pl.DataFrame, int]
_deferred_writes: ContextVar[list[_Write] | None] = ContextVar("_deferred_writes", default=None)


@dataclass(frozen=True, slots=True)
class RowFiles:
    """Rows of a table in files that tasks wrote in their final form, with their digests (warehouse.row_files). Rows of
    an empty table are inserted from the files; otherwise they are read in batches.

    connection  a temporary database that reads them
    rows        SQL for the rows, in their order
    digests     SQL for their digests: columns `owner`, `rows` and `digest`
    """

    connection: duckdb.DuckDBPyConnection
    rows: str
    digests: str

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Yield the rows in batches."""
        return batches(self.connection, self.rows)


@contextmanager
def deferred_bookkeeping(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Update digests and state once, at the end, with everything written in the block. Call in a transaction; after an
    error nothing is updated, and the transaction has to be rolled back."""
    writes: list[_Write] = []
    token = _deferred_writes.set(writes)
    try:
        yield
    finally:
        _deferred_writes.reset(token)
    _note(connection, writes)


def _note(connection: duckdb.DuckDBPyConnection, writes: Sequence[_Write]) -> None:
    digests.note(connection, writes)
    states.note(connection, [(rows, sign) for table, rows, sign in writes if states.covers_table(table)])


def insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame) -> None:
    """Append rows with exactly the stored columns. Call in a transaction."""
    _insert(connection, table, frame, None)


def insert_counted(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame, tally: Tally) -> None:
    """Do the same, and count the rows in the tally."""
    _insert(connection, table, frame, tally)


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame, tally: Tally | None) -> None:
    if frame.is_empty():
        return
    columns = ", ".join(quoted(c.name) for c in table.stored)
    connection.register("incoming", frame.select(c.name for c in table.stored).to_arrow())
    try:
        sql = f"INSERT INTO stored.{quoted(table.name)} ({columns}) SELECT {columns} FROM incoming"  # noqa: S608
        change(connection, table, sql, [], 1, tally)
    finally:
        with suppress(duckdb.TransactionException):  # after a broken constraint, whose error must not be hidden
            connection.unregister("incoming")


def change(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any],
    sign: int,
    tally: Tally | None = None,
) -> None:
    """Run an INSERT (sign 1) or DELETE (-1) on a stored table, and update digests and state. Call in a transaction.
    Only the connection's main file is written, not attached shards.

    Every write to a table with digests uses this function (tests/integration/test_digests.py). The tally counts rows.
    """
    assert table not in (DIGESTS, STATES)
    wanted = [digests.columns(table) if tally is None else hashes(table)]
    if states.covers_table(table):
        wanted.append(states.columns(table))
    # The first name is that of the table that is written; those after it may be views over several files.
    sql = sql.replace("stored.", f"{written(connection)}.", 1)
    rows = query(connection, f"{sql} RETURNING {', '.join(wanted)}", parameters)
    waiting = _deferred_writes.get()
    if waiting is None:
        _note(connection, [(table, rows, sign)])
    else:
        waiting.append((table, rows, sign))
    if tally is not None:
        (tally.count_inserted if sign > 0 else tally.count_deleted)(rows)


def replace_rows(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    where: str,
    parameters: Sequence[Any],
    rows: pl.DataFrame | Iterable[pl.DataFrame],
) -> Changes:
    """Replace the rows found by `where` with these rows, possibly in batches or RowFiles. Returns the changes."""
    tally, added = Tally(), 0
    delete_counted(connection, table, where, parameters, tally)
    fresh = tally.empty
    if fresh and isinstance(rows, RowFiles):
        return Changes(added=_insert_files(connection, table, rows))
    for frame in (rows,) if isinstance(rows, pl.DataFrame) else rows:
        if fresh:
            insert(connection, table, frame)
            added += frame.height
        else:
            insert_counted(connection, table, frame, tally)
    return Changes(added=added) if fresh else tally.changes


def _insert_files(connection: duckdb.DuckDBPyConnection, table: Table, files: RowFiles) -> int:
    """Insert the rows of files, and update the digests. Returns the number of rows."""
    assert not states.covers_table(table)
    columns = ", ".join(quoted(column.name) for column in table.stored)
    place = f"{written(connection)}.{quoted(table.name)}"
    inserted = fetch_one(connection, f"INSERT INTO {place} ({columns}) SELECT {columns} FROM ({files.rows})")  # noqa: S608
    assert inserted is not None
    digests.add(connection, table, files.digests)
    return int(inserted[0])


def delete_counted(
    connection: duckdb.DuckDBPyConnection, table: Table, where: str, parameters: Sequence[Any], tally: Tally
) -> None:
    """Delete rows, and count them in the tally. `where` is ours; values of articles are passed as parameters."""
    change(connection, table, f"DELETE FROM stored.{quoted(table.name)} WHERE {where}", parameters, -1, tally)  # noqa: S608


def delete(
    connection: duckdb.DuckDBPyConnection, table: Table, where: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> None:
    """Delete rows. Call in a transaction. `where` is ours, as in `delete_counted`."""
    change(connection, table, f"DELETE FROM stored.{quoted(table.name)} WHERE {where}", parameters, -1)  # noqa: S608
