"""Writing rows of stored tables.

All writes to a table with digests go through `change`, so that rows, digests and the state change in one transaction.
Digests and state cost more a statement than a row: many writes of one transaction note theirs together (`noted_once`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import duckdb
import polars as pl

from pipeline.contract import DIGESTS, STATES, Table
from warehouse import digests, states
from warehouse.change_counts import Changes, Tally, hashes
from warehouse.sql import query, quoted

# A table, the rows that were written, as the digests and the state want them, and whether they came (1) or went (-1).
type _Write = tuple[Table, pl.DataFrame, int]
_waiting: ContextVar[list[_Write] | None] = ContextVar("_waiting", default=None)


@contextmanager
def noted_once(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Within the caller's transaction: digests and state are brought up to date once, at the end, with all that is
    written meanwhile. After an error nothing is noted: the transaction has to be undone."""
    writes: list[_Write] = []
    token = _waiting.set(writes)
    try:
        yield
    finally:
        _waiting.reset(token)
    _note(connection, writes)


def _note(connection: duckdb.DuckDBPyConnection, writes: Sequence[_Write]) -> None:
    digests.note(connection, writes)
    states.note(connection, [(rows, sign) for table, rows, sign in writes if states.has(table)])


def insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame) -> None:
    """Append rows with exactly the stored columns, inside the caller's transaction."""
    _insert(connection, table, frame, None)


def insert_counted(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame, tally: Tally) -> None:
    """The same, and the tally hears of it."""
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
        with suppress(duckdb.TransactionException):  # after a broken constraint: that is the error to be seen
            connection.unregister("incoming")


def change(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any],
    sign: int,
    tally: Tally | None = None,
) -> None:
    """Run an INSERT (sign 1) or DELETE (-1) on a stored table and keep its digests and the
    state, inside the caller's transaction.

    Every write to a table with digests comes through here (tests/integration/test_digests.py). The tally hears of it.
    """
    assert table not in (DIGESTS, STATES)
    wanted = [digests.columns(table) if tally is None else hashes(table)]
    if states.has(table):
        wanted.append(states.columns(table))
    rows = query(connection, f"{sql} RETURNING {', '.join(wanted)}", parameters)
    waiting = _waiting.get()
    if waiting is None:
        _note(connection, [(table, rows, sign)])
    else:
        waiting.append((table, rows, sign))
    if tally is not None:
        (tally.put_in if sign > 0 else tally.take_out)(rows)


def exchange(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    where: str,
    parameters: Sequence[Any],
    rows: pl.DataFrame | Iterable[pl.DataFrame],
) -> Changes:
    """Put these rows, which may come in batches, in the place of those found by `where`, and say what that changed."""
    tally, added = Tally(), 0
    delete_counted(connection, table, where, parameters, tally)
    fresh = tally.empty
    for frame in (rows,) if isinstance(rows, pl.DataFrame) else rows:
        if fresh:
            insert(connection, table, frame)
            added += frame.height
        else:
            insert_counted(connection, table, frame, tally)
    return Changes(added=added) if fresh else tally.changes


def delete_counted(
    connection: duckdb.DuckDBPyConnection, table: Table, where: str, parameters: Sequence[Any], tally: Tally
) -> None:
    """Remove rows, and the tally hears of it. `where` is ours; values of articles go in as parameters."""
    change(connection, table, f"DELETE FROM stored.{quoted(table.name)} WHERE {where}", parameters, -1, tally)  # noqa: S608


def delete(
    connection: duckdb.DuckDBPyConnection, table: Table, where: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> None:
    """Remove rows, inside the caller's transaction. `where` is ours, as in `delete_counted`."""
    change(connection, table, f"DELETE FROM stored.{quoted(table.name)} WHERE {where}", parameters, -1)  # noqa: S608
