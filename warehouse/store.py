"""The store: one DuckDB file, opened for short turns under a lock, its tables made from the contract.

Belongs here: opening and locking, DDL, replacing a document's rows in one transaction, reading frames.
Does not belong here: which documents are due (warehouse.ledger), what the raw folder changes (warehouse.intake).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from filelock import FileLock, Timeout

from pipeline.tables import OURS, STORED, Column, Kind, Table
from warehouse.published import quoted, views
from warehouse.tally import Changes, Tally, hashes

SQL_TYPES: dict[Kind, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "strings": "VARCHAR[]",
    "integers": "INTEGER[]",
}
# A turn at the store takes well under a second a chunk: whoever waits this long should hear who holds it.
LOCK_SECONDS = 120.0
# What the raw folder gave: all else can be made from it.
INTAKE = frozenset({"raws", "refusals", "files", "ledger"})


class StoreError(RuntimeError):
    """The store cannot be used; the message says why in one line."""


def ddl(table: Table) -> str:
    """CREATE TABLE IF NOT EXISTS for the stored columns, with NOT NULL and the key."""
    columns = ", ".join(f"{quoted(c.name)} {_sql_type(c)}" for c in table.stored)
    key = ", ".join(quoted(name) for name in table.key)
    return f"CREATE TABLE IF NOT EXISTS stored.{quoted(table.name)} ({columns}, PRIMARY KEY ({key}))"


def _sql_type(column: Column) -> str:
    return SQL_TYPES[column.kind] + (" NOT NULL" if column.required else "")


@dataclass(frozen=True, slots=True)
class Store:
    """The warehouse folder. Two folders share nothing; one process at a time has the database open."""

    folder: Path
    lock_seconds: float = LOCK_SECONDS

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.folder / "onrecord.duckdb"

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A turn at the database. Raises StoreError when it is held too long by another process or is not ours."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with held(self.folder / "onrecord.lock", self.lock_seconds, "the warehouse"):
            try:
                connection = duckdb.connect(str(self.database))
            except duckdb.Error as error:
                raise StoreError(f"{self.database}: cannot be opened: {first_line(error)}") from error
            try:
                # Same input, same bytes: nothing may depend on how threads interleave.
                connection.execute("SET preserve_insertion_order = true")
                connection.execute("SET enable_progress_bar = false")
                prepare(connection)
                yield connection
            finally:
                connection.close()

    def read(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pl.DataFrame:
        """One query in a turn of its own."""
        with self.open() as connection:
            return query(connection, sql, parameters)


@contextmanager
def held(lock: Path, seconds: float, what: str) -> Iterator[None]:
    """Hold a lock file that names its holder. Raises StoreError that names the holder when it is not had in time."""
    holder = lock.with_suffix(".holder")
    file_lock = FileLock(lock)
    try:
        file_lock.acquire(timeout=seconds)
    except Timeout:
        try:
            who = holder.read_text(encoding="utf-8").strip()
        except OSError:
            who = "another process"
        raise StoreError(f"{what} is held by {who} (waited {seconds:g} s for {lock})") from None
    try:
        holder.write_text(f"process {os.getpid()}\n", encoding="utf-8")
        yield
    finally:
        file_lock.release()


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> pl.DataFrame:
    """A query's rows as a frame. Values go in as parameters, never into the text."""
    values: Any = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
    frame = pl.from_arrow(connection.sql(sql, params=values).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


def one(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> tuple[Any, ...] | None:
    """A query's first row. Reads to the end: DuckDB refuses the next query while a result stands half read."""
    values: Any = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
    rows = connection.execute(sql, values).fetchall()
    return rows[0] if rows else None


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Tables and views as the contract has them.

    When a table has another shape (an older warehouse), what derives from the raw texts is dropped and made anew by
    the next run; the raw texts themselves too where theirs is the shape that changed.
    """
    known: dict[str, list[str]] = dict(
        connection.execute(
            "SELECT table_name, list(column_name || ' ' || data_type || ' ' || is_nullable ORDER BY ordinal_position) "
            "FROM information_schema.columns WHERE table_schema = 'stored' GROUP BY table_name"
        ).fetchall()
    )
    changed = {t.name for t in (*STORED, *OURS) if known.get(t.name) != _shape(t)}
    drawn = hashlib.sha256("\n".join(views()).encode()).hexdigest()
    if not changed:
        noted = "SELECT comment FROM duckdb_views() WHERE schema_name = 'published' AND view_name = 'documents'"
        if one(connection, noted) != (drawn,):
            with transaction(connection):
                _draw(connection, drawn)
        return
    kept = set() if changed & INTAKE else INTAKE
    with transaction(connection):
        connection.execute("CREATE SCHEMA IF NOT EXISTS stored")
        connection.execute("DROP SCHEMA IF EXISTS published CASCADE")
        for name in sorted(known.keys() - kept):
            connection.execute(f"DROP TABLE stored.{quoted(name)} CASCADE")
        for table in (*STORED, *OURS):
            connection.execute(ddl(table))
        connection.execute("DELETE FROM stored.ledger WHERE stage <> 'raws'")
        _draw(connection, drawn)


def _draw(connection: duckdb.DuckDBPyConnection, drawn: str) -> None:
    """The published views, and on the first the hash of what they were all drawn from."""
    connection.execute("DROP SCHEMA IF EXISTS published CASCADE")
    connection.execute("CREATE SCHEMA published")
    for statement in views():
        connection.execute(statement)
    connection.execute(f"COMMENT ON VIEW published.documents IS '{drawn}'")


def _shape(table: Table) -> list[str]:
    required = set(table.key)
    return [f"{c.name} {SQL_TYPES[c.kind]} {'NO' if c.required or c.name in required else 'YES'}" for c in table.stored]


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame) -> None:
    """Append rows with exactly the stored columns."""
    _insert(connection, table, frame, "")


def insert_counted(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame, tally: Tally) -> None:
    """The same, and the tally hears of it."""
    tally.put_in(_insert(connection, table, frame, f" RETURNING {hashes(table)}"))


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame, returning: str) -> pl.DataFrame:
    if frame.is_empty():
        return frame
    columns = ", ".join(quoted(c.name) for c in table.stored)
    connection.register("incoming", frame.select(c.name for c in table.stored).to_arrow())
    try:
        sql = f"INSERT INTO stored.{quoted(table.name)} ({columns}) SELECT {columns} FROM incoming"  # noqa: S608
        if returning:
            return query(connection, sql + returning)
        connection.execute(sql)
        return frame
    finally:
        connection.unregister("incoming")


def exchange(
    connection: duckdb.DuckDBPyConnection, table: Table, where: str, parameters: Sequence[Any], frame: pl.DataFrame
) -> Changes:
    """Put these rows in the place of those found by `where`, and say what that changed."""
    tally = Tally()
    delete_counted(connection, table, where, parameters, tally)
    if tally.empty:
        insert(connection, table, frame)
        return Changes(added=frame.height)
    insert_counted(connection, table, frame, tally)
    return tally.changes


def delete_counted(
    connection: duckdb.DuckDBPyConnection, table: Table, where: str, parameters: Sequence[Any], tally: Tally
) -> None:
    """Remove rows, and the tally hears of it. `where` is ours; values of articles go in as parameters."""
    sql = f"DELETE FROM stored.{quoted(table.name)} WHERE {where} RETURNING {hashes(table)}"  # noqa: S608
    tally.take_out(query(connection, sql, parameters))


def first_line(error: BaseException) -> str:
    """An error's message on one line, without control characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(ch if ch.isprintable() else "?" for ch in text)[:500]


def rows(
    connection: duckdb.DuckDBPyConnection, table: Table, documents: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Document id -> its rows of a table, sorted as the contract says. A raw record counts when it stands."""
    standing = "AND standing" if table.name == "raws" else ""
    order = ", ".join(quoted(name) for name in table.sort)
    sql = (
        f"SELECT * FROM stored.{quoted(table.name)} "  # noqa: S608 - names of the contract
        f"WHERE document_id IN (SELECT unnest(?)) {standing} ORDER BY {order}"
    )
    out: dict[str, list[dict[str, Any]]] = {name: [] for name in documents}
    for row in query(connection, sql, [list(documents)]).iter_rows(named=True):
        out[row["document_id"]].append(row)
    return out


def preview(store: Store, table: Table, count: int) -> list[dict[str, Any]]:
    """The first rows of a stored table, in the contract's order."""
    order = ", ".join(quoted(name) for name in table.sort)
    columns = ", ".join(quoted(c.name) for c in table.stored)
    sql = f"SELECT {columns} FROM stored.{quoted(table.name)} ORDER BY {order} LIMIT ?"  # noqa: S608
    return store.read(sql, [count]).to_dicts()
