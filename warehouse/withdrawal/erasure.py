"""Erase words of withdrawn articles that deleted rows leave on the disk: rewrite the database, and delete files that
may hold them.

DuckDB keeps deleted rows in free blocks, compressed, until it uses the blocks again. A copy of the database has no free
blocks. It is made once after each change of the list of withdrawn articles, when a release has been made without them;
a mark in the database names that list.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.sql import StoreError, fetch_one, literal, quoted
from warehouse.store import Store
from warehouse.text import counted, one_line, size
from warehouse.withdrawal.lists import raws
from warehouse.withdrawal.texts import Index

LOG = logging.getLogger("onrecord")
MEMORY = "512MB"
_RENAMED_DATABASES = "onrecord.old-*.duckdb"
_FAILURES = "failures"


def erasure_needed(connection: duckdb.DuckDBPyConnection, index: Index) -> bool:
    """Whether articles were withdrawn since the database was last rewritten."""
    return bool(index) and _mark(connection, "main", "onrecord") != index.digest


def erase(store: Store, index: Index) -> list[str]:
    """Rewrite the database if it is due, and delete other files that may hold words of withdrawn articles. Call it when
    no table holds them any more. Returns lines on what was done. Raises OSError, and StoreError if the disk has no room
    for a second copy or the store is held: then it is still due."""
    with store.open() as connection:
        if not erasure_needed(connection, index):
            return []
    lines = []
    before = store.size
    with store.locked_after_checkpoint():
        reduced = [path.name for path in sorted(store.folder.glob(_RENAMED_DATABASES)) if _reduce(path, index)]
        lines += [
            f"{name} keeps the raw texts of articles that are not withdrawn, and nothing else" for name in reduced
        ]
        removed = [path for path in (store.folder / _FAILURES).glob("*") if path.is_file()]
        for path in removed:
            path.unlink(missing_ok=True)
        if removed:
            lines.append(
                f"{counted(len(removed), 'file')} in {_FAILURES} deleted, because they may quote withdrawn articles"
            )
        shutil.rmtree(store.scratch, ignore_errors=True)
        for part in store.parts:
            shutil.rmtree(part.scratch, ignore_errors=True)
            _rewrite(part.database)
        _rewrite(store.database, index.digest)
    after = store.size
    lines.append(
        f"{store.database.name} was rewritten without the words of withdrawn articles: {size(before)}, now "
        f"{size(after)}"
    )
    return lines


def _rewrite(database: Path, digest: str | None = None) -> None:
    """Rewrite a database. `digest`: the mark of the main file."""
    with _replaced(database) as connection:
        connection.execute("COPY FROM DATABASE old TO fresh")
        if digest is not None:
            connection.execute(f"COMMENT ON TABLE fresh.main.onrecord IS '{digest}'")
        for name in _tables(connection):
            table = f"stored.{quoted(name)}"
            sql = f"SELECT (SELECT count(*) FROM old.{table}) = (SELECT count(*) FROM fresh.{table})"  # noqa: S608
            if fetch_one(connection, sql) != (True,):
                raise StoreError(f"{database}: its copy lacks rows of {name}; the database is as it was")


def _reduce(database: Path, index: Index) -> bool:
    """Keep only the mark of a renamed old database, and its raw records that are not held back: its derived tables may
    hold words anywhere. Returns whether that was done; logs a warning if it is impossible."""
    try:
        with duckdb.connect(str(database)) as connection:
            if _mark(connection, "stored", "raws") == index.digest:
                return False
            connection.execute("CHECKPOINT")
            held = [row[0] for row in raws(connection) if index.held(*row)]
            marked = "onrecord" in _tables(connection, "main")
        with _replaced(database) as connection:
            connection.execute("CREATE SCHEMA fresh.stored")
            connection.execute(
                "CREATE TABLE fresh.stored.raws AS FROM old.stored.raws WHERE origin NOT IN (SELECT unnest(?))", [held]
            )
            if marked:
                connection.execute("CREATE TABLE fresh.main.onrecord AS FROM old.main.onrecord")
            connection.execute(f"COMMENT ON TABLE fresh.stored.raws IS '{index.digest}'")
    except (duckdb.Error, StoreError) as error:
        LOG.warning(
            "%s may contain words of withdrawn articles and cannot be rewritten (%s): delete it if you do not need it",
            database,
            one_line(error),
        )
        return False
    return True


@contextmanager
def _replaced(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection with the database as `old`, read-only, and an empty one as `fresh`, which replaces it
    atomically at the end, with the same mode. After an error or a kill, the database is unchanged."""
    log = database.with_name(f"{database.name}.wal")
    if log.exists():
        raise StoreError(f"{log} holds rows that are not yet in the database: it cannot be written again now")
    free, wanted = shutil.disk_usage(database.parent).free, database.stat().st_size
    if free < wanted:
        raise StoreError(
            f"{database}: not enough disk space to rewrite it: {size(wanted)} are needed, {size(free)} are free"
        )
    fresh = database.with_name(f".{database.name}.again")
    spill = database.with_name(f".{database.name}.again.tmp")
    try:
        _clear(fresh, spill)
        with duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": str(spill)}) as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"ATTACH {literal(database)} AS old (READ_ONLY)")
            connection.execute(f"ATTACH {literal(fresh)} AS fresh")
            yield connection
            connection.execute("DETACH fresh")
        shutil.copymode(database, fresh)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(database)
    except duckdb.Error as error:
        raise StoreError(f"{database}: could not be written again: {one_line(error)}") from error
    finally:
        _clear(fresh, spill)


def _clear(fresh: Path, spill: Path) -> None:
    """Delete what a killed process has left."""
    for path in (fresh, fresh.with_name(f"{fresh.name}.wal")):
        path.unlink(missing_ok=True)
    shutil.rmtree(spill, ignore_errors=True)


def _tables(connection: duckdb.DuckDBPyConnection, schema: str = "stored") -> list[str]:
    sql = "SELECT DISTINCT table_name FROM duckdb_tables() WHERE schema_name = ? ORDER BY 1"
    return [row[0] for row in connection.execute(sql, [schema]).fetchall()]


def _mark(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str | None:
    sql = "SELECT comment FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?"
    row = connection.execute(sql, [schema, table]).fetchone()
    return row[0] if row else None
