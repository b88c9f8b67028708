"""Staging database: rows that intake has read but not yet stored, beside the store, for the time of one intake.

It is never resumed: the next intake deletes what a killed one has left, so that the text of an article withdrawn in
between does not remain there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import polars as pl

from pipeline.contract import FILES, RAWS, REFUSALS
from pipeline.contract.schema import frame
from warehouse import files
from warehouse.migration import unusable_reason
from warehouse.sql import StoreError, StoreLocked, literal
from warehouse.store import Store, hold_lock
from warehouse.temp_database import MEMORY, insert_rows
from warehouse.text import one_line

# Name of the staging database in a connection to the store.
NAME = "staged"
# Tables with the columns of the stored ones; raws without `standing`, which `apply_staged_rows` decides.
TABLES = {
    "raws": [c for c in RAWS.stored if c.name != "standing"],
    "refusals": list(REFUSALS.stored),
    "files": list(FILES.stored),
}


class Staging:
    """Rows that were read from files whose records are already in the store."""

    def __init__(self, database: Path | None = None) -> None:
        """Without a database, no rows can be added, and `attached` has empty tables."""
        self.database = database
        self.used = False

    def add(self, raws: pl.DataFrame, refusals: pl.DataFrame, files: pl.DataFrame) -> None:
        """Append rows. Raises StoreError if the disk is full."""
        assert self.database is not None
        try:
            with duckdb.connect(str(self.database), config={"memory_limit": MEMORY}) as connection:
                connection.execute("SET enable_progress_bar = false")
                self._fill(connection, raws, refusals, files)
        except duckdb.Error as error:
            reason = unusable_reason(self.database, error)
            if reason is None:
                raise
            raise StoreError(reason) from error

    def _fill(self, connection: duckdb.DuckDBPyConnection, *frames: pl.DataFrame) -> None:
        for (name, columns), rows in zip(TABLES.items(), frames, strict=True):
            insert_rows(connection, name, rows.select(c.name for c in columns))
        self.used = True

    @contextmanager
    def attached(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Attach the tables as `staged.raws`, `staged.refusals` and `staged.files` to a connection to the store."""
        place = literal(self.database if self.used else ":memory:")
        connection.execute(f"ATTACH {place} AS {NAME}{' (READ_ONLY)' if self.used else ''}")
        try:
            if not self.used:
                for name, columns in TABLES.items():
                    connection.register("incoming", frame(columns, ()).to_arrow())
                    connection.execute(f"CREATE TABLE {NAME}.{name} AS FROM incoming")
                    connection.unregister("incoming")
            yield
        finally:
            with suppress(duckdb.Error):  # after a disk error there may be nothing to detach
                connection.execute(f"DETACH {NAME}")


@contextmanager
def staging(store: Store) -> Iterator[Staging]:
    """Create an empty staging database, deleted at the end. Raises StoreError if another intake holds it too long, or
    if it cannot be written."""
    folder = _folder(store)
    files.make_private_folder(store.folder)
    with hold_lock(_lock(store), store.lock_seconds, "the intake"):
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        except OSError as error:
            raise StoreError(f"{folder} cannot be written: {one_line(error)}") from error
        try:
            yield Staging(folder / "staged.duckdb")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def has_leftover_staging(store: Store) -> bool:
    """Whether a killed intake has left its staging database."""
    return _folder(store).exists()


def discard(store: Store) -> None:
    """Delete what a killed intake has left, unless an intake is running."""
    if has_leftover_staging(store):
        with suppress(StoreLocked), hold_lock(_lock(store), 0.0, "the intake"):
            shutil.rmtree(_folder(store), ignore_errors=True)


def _folder(store: Store) -> Path:
    return store.folder / "intake.tmp"


def _lock(store: Store) -> Path:
    return store.folder / "intake.lock"
