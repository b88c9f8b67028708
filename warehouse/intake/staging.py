"""Staging: Parquet files of rows that intake has read but not yet stored, beside the store, for the time of one intake.

They are never used again: the next intake deletes what a killed one has left, so that the text of an article withdrawn
in between does not remain there.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipeline.contract import FILES, RAWS, REFUSALS
from pipeline.contract.schema import frame
from pipeline.read import Layout
from warehouse import files
from warehouse.lock import hold_lock
from warehouse.shard_tasks import source
from warehouse.sql import StoreError, StoreLocked
from warehouse.store import Store
from warehouse.text import one_line

# Name of the staged tables' database in a connection to the store.
NAME = "staged"
# Tables with the columns of the stored ones; raws without `standing`, which `apply_staged_rows` decides.
TABLES = {
    "raws": [c for c in RAWS.stored if c.name != "standing"],
    "refusals": list(REFUSALS.stored),
    "files": list(FILES.stored),
}
# Lines of files with a new time and the same bytes.
TOUCHED = "touched"


@dataclass(frozen=True, slots=True)
class StagedChunk:
    """Rows of some files, in one Parquet file for each table of TABLES and TOUCHED that has any.

    rows        table -> number of rows
    characters  of the texts
    replaced    the paths whose rows they replace
    near        origins of records held back as near copies of withdrawn articles
    layouts     how files with foreign field names were read
    """

    folder: Path
    name: str
    rows: Mapping[str, int]
    characters: int
    replaced: Sequence[str]
    near: Sequence[str]
    layouts: Sequence[Layout]

    def file(self, table: str) -> Path:
        """Return the file of a table's rows."""
        return self.folder / f"{table}-{self.name}.parquet"

    def write(self, table: str, rows: pl.DataFrame) -> None:
        """Write the rows of a table. Raises StoreError if the disk is full."""
        try:
            rows.write_parquet(self.file(table), compression="lz4")
        except (OSError, pl.exceptions.ComputeError) as error:
            raise StoreError(f"{self.folder} cannot be written: {one_line(error)}") from error

    def delete(self) -> None:
        """Delete the files."""
        for table in self.rows:
            self.file(table).unlink()


def relations(chunks: Sequence[StagedChunk]) -> dict[str, str]:
    """Return table -> SQL for the rows of these chunks, in order; without the tables that have none."""
    paths = {table: [c.file(table) for c in chunks if table in c.rows] for table in (*TABLES, TOUCHED)}
    return {table: source(found) for table, found in paths.items() if found}


class Staging:
    """Rows that were read from files whose records are already in the store."""

    def __init__(self) -> None:
        self._chunks: list[StagedChunk] = []

    def add(self, chunk: StagedChunk) -> None:
        """Add the rows of a chunk."""
        self._chunks.append(chunk)

    @contextmanager
    def attached(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Attach the rows as `staged.raws`, `staged.refusals` and `staged.files` to a connection to the store."""
        connection.execute(f"ATTACH ':memory:' AS {NAME}")
        found = relations(self._chunks)
        try:
            for name, columns in TABLES.items():
                if name in found:
                    connection.execute(f"CREATE VIEW {NAME}.{name} AS FROM {found[name]}")
                else:
                    connection.register("incoming", frame(columns, ()).to_arrow())
                    connection.execute(f"CREATE TABLE {NAME}.{name} AS FROM incoming")
                    connection.unregister("incoming")
            yield
        finally:
            with suppress(duckdb.Error):  # after a disk error there may be nothing to detach
                connection.execute(f"DETACH {NAME}")


@contextmanager
def staging(store: Store) -> Iterator[Path]:
    """Create an empty folder for chunks, deleted at the end. Raises StoreError if another intake holds it too long, or
    if it cannot be written."""
    folder = _folder(store)
    files.make_private_folder(store.folder)
    with hold_lock(_lock(store), store.lock_seconds, "the intake"):
        try:
            shutil.rmtree(folder, ignore_errors=True)
            # A worker of a killed intake may still write: to the folder of that one, where nobody reads.
            place = folder / uuid.uuid4().hex
            place.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"{folder} cannot be written: {one_line(error)}") from error
        try:
            yield place
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def has_leftover_staging(store: Store) -> bool:
    """Whether a killed intake has left its staging folder."""
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
