"""The store: one DuckDB file, opened briefly under a lock, with tables made from the contract."""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.contract import CORRECTIONS, Table
from pipeline.contract.schema import by_document
from warehouse import database_stamp, files, migration, shards
from warehouse.lock import LOG_WAIT_AFTER_SECONDS, hold_lock
from warehouse.sql import StoreError, StoreLocked, literal, query, quoted
from warehouse.text import one_line

LOG = logging.getLogger("onrecord")
# The store is locked for well under a second a chunk. A process that waits this long gets an error naming the holder.
LOCK_SECONDS = 120.0
# Commands that only read wait this long.
READ_LOCK_SECONDS = 5.0
# DuckDB's error for a database that another process has open, even read-only.
_HELD = re.compile(r"Conflicting lock is held in (.{1,300}?) \(PID (\d+)\)")
_MAGIC = slice(8, 12)
_CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
LOCK = "onrecord.lock"
# Errors for a file or file system that cannot be written (errno(3)).
READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
# Databases as this process left them. If the file is unchanged, it still has the contract's shape: checking the shape
# takes longer than opening.
_own_stamps: dict[Path, tuple[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Store:
    """The warehouse folder, or the folder of a shard in it (warehouse.shards). Two warehouses share nothing; only one
    process at a time has a database open for writing.

    main   the warehouse folder, if this is a shard
    count  the number of shards that a run was planned for: with another one, the database is not opened for writing
    """

    folder: Path
    lock_seconds: float = LOCK_SECONDS
    main: Path | None = None
    count: int | None = None

    @property
    def database(self) -> Path:
        """The DuckDB file; the main file if there are shards."""
        return self.folder / shards.FILE

    @property
    def parts(self) -> tuple[Store, ...]:
        """The shards of the warehouse, in the order of their prefixes; none if it is one file. Raises StoreError."""
        if self.main is not None:
            return ()
        return tuple(self.shard(prefix) for prefix in shards.layout(self.folder).prefixes)

    def shard(self, prefix: str) -> Store:
        """Return the store of one shard."""
        return Store(shards.file(self.folder, prefix).parent, self.lock_seconds, self.folder)

    @property
    def size(self) -> int:
        """Bytes of all database files."""
        return sum(store.database.stat().st_size for store in (self, *self.parts) if store.database.exists())

    @property
    def releases(self) -> Path:
        """The folder of releases."""
        return self.folder / files.RELEASES

    @property
    def scratch(self) -> Path:
        """Folder for what a stage cannot hold in memory; exists only while it is used."""
        return self.folder / "scratch.tmp"

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database under the lock. It reads all shards and writes the main file. A shard's connection writes
        the shard and reads the raw records of the main file. Raises StoreError if another process holds a file too
        long, it is not ours, it is damaged, or the disk is full."""
        with self._turn(alone=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the store's file under the lock, without the other files. Raises StoreError as `open` does."""
        with self._turn(alone=True) as connection:
            yield connection

    @contextmanager
    def _turn(self, *, alone: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        with ExitStack() as lock:
            if self.main is None or alone:
                lock.enter_context(self.locked())
                connection = self._prepared() if alone else self._gathered()
            else:
                connection = self._beside_main(self.main, lock)
            try:
                with self._with_readable_errors():
                    yield connection
            finally:
                with suppress(duckdb.Error, OSError):  # what was committed is in the log beside the file
                    connection.close()
                    self._record_stamp()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database for queries only. If the folder is read-only, open it read-only and without a lock. Raises
        StoreError as `open` does, and if the database would have to be migrated and cannot be."""
        if self.writable():
            with self.open() as connection:
                yield connection
            return
        with self.unlocked() as connection:
            yield connection

    @contextmanager
    def unlocked(
        self, prefixes: Sequence[str] | None = None, scratch: Path | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database read-only, without a lock, if no process writes to it. With `prefixes`, only rows of these
        shards are in the tables of articles. `scratch`: an existing folder for what large queries spill, by default the
        system's. Raises StoreError."""
        with tempfile.TemporaryDirectory(prefix="onrecord-", dir=scratch) as spilled:
            connection = self._read_only(spilled, prefixes)
            try:
                with self._with_readable_errors():
                    yield connection
            finally:
                connection.close()

    @contextmanager
    def sandboxed(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database for SQL of users: it can read the tables, but open no file or address, load no extension
        and change no setting. Raises StoreError as `open` does."""
        with self.locked() if self.writable() else nullcontext(), tempfile.TemporaryDirectory() as scratch:
            connection = self._read_only(scratch)
            try:
                connection.execute("SET enable_external_access = false")
                connection.execute("SET lock_configuration = true")
                with self._with_readable_errors():
                    yield connection
            finally:
                connection.close()

    @contextmanager
    def _with_readable_errors(self, *, opening: bool = False) -> Iterator[None]:
        """Turn a DuckDB error that is the file's or the disk's into a StoreError that says what to do. With `opening`,
        turn every DuckDB error into one."""
        try:
            yield
        except duckdb.Error as error:
            every = self.folder.parent if self.main is not None else None
            reason = migration.unusable_reason(self.database, error, every)
            if reason is None and not opening:
                raise
            raise StoreError(reason or f"{self.database}: cannot be opened: {one_line(error)}") from error

    def writable(self) -> bool:
        """Whether this account can lock the store and, if there is a database, write it."""
        try:
            os.close(os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            return error.errno not in READ_ONLY
        # Do not open the database: closing it releases DuckDB's locks on it in this process (fcntl(2)).
        return os.access(self.database, os.W_OK) or not self.database.exists()

    def _read_only(self, scratch: str, prefixes: Sequence[str] | None = None) -> duckdb.DuckDBPyConnection:
        with self._with_readable_errors(opening=True):
            if (self.folder / shards.READY).is_dir():
                raise StoreError(
                    f"{self.folder}: its files are being replaced by those of another number of shards. `onrecord "
                    "status` finishes this if it can write to the folder"
                )
            found = shards.layout(self.folder)
            if found.count > 1:  # the views need a database that can be written: one in memory
                connection = duckdb.connect(":memory:", config={**_CONFIG, "temp_directory": scratch})
                attach = f"ATTACH {literal(self.database)} AS {self.database.stem} (READ_ONLY)"
                self._patiently(self.database, lambda: connection.execute(attach))
                connection.execute(f"USE {self.database.stem}")
            else:
                connection = self._connect(self.database, scratch)
            try:
                migration.check_shape(connection, self.database)
                if found.count > 1:
                    if found.contract != migration.shape_digest():
                        raise StoreError(migration.outdated(self.folder / shards.FOLDER))
                    chosen = found.prefixes if prefixes is None else prefixes
                    self._attach_shards(connection, chosen)
                    shards.gather_read_only(connection, chosen)
            except BaseException:
                connection.close()
                raise
            return connection

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store's lock, without opening the database. Raises StoreError."""
        self._make_folder()
        with hold_lock(self.folder / LOCK, self.lock_seconds, "the warehouse"):
            yield

    def update_parts(self, count: int, parts: Mapping[str, shards.Part | None]) -> shards.Layout:
        """Write entries of shards to the manifest, under the lock (warehouse.shards.update). Raises StoreError, also if
        there are no longer `count` shards."""
        with self.locked():
            shards.settle(self.folder)
            return shards.update(self.folder, count, parts)

    @contextmanager
    def build_lock(self, seconds: float | None = None) -> Iterator[None]:
        """Hold the build lock for the duration of a build or a backup. Raises StoreLocked, StoreError."""
        self._make_folder()
        with hold_lock(self.folder / "build.lock", self.lock_seconds if seconds is None else seconds, "this warehouse"):
            files.restrict_permissions(self.folder)
            # Workers of a killed build may still be at work on their shards.
            for part in self.parts:
                with part.worked_on():
                    pass
            yield

    @contextmanager
    def worked_on(self) -> Iterator[None]:
        """Hold the lock of a shard's worker, for all its transactions on the shard. Raises StoreLocked, StoreError."""
        with hold_lock(self.folder / "work.lock", self.lock_seconds, f"shard {self.folder.name}"):
            yield

    def _make_folder(self) -> None:
        """Create the folder. Raises StoreError if it cannot be created."""
        try:
            files.make_private_folder(self.folder)
        except (FileExistsError, NotADirectoryError):
            raise StoreError(
                f"the warehouse {self.folder} cannot be a folder: a part of the path is a file. Choose "
                "another --warehouse"
            ) from None
        except OSError as error:
            raise StoreError(
                f"the warehouse {self.folder} cannot be created: {error.strerror}. Choose another --warehouse"
            ) from error

    @contextmanager
    def locked_after_checkpoint(self) -> Iterator[None]:
        """Hold the locks of the store and its shards after a checkpoint: the files hold everything and may be copied.
        Raises StoreError."""
        with self.file_locked_after_checkpoint(), ExitStack() as stack:
            for part in self.parts:
                stack.enter_context(part.file_locked_after_checkpoint())
            yield

    @contextmanager
    def file_locked_after_checkpoint(self) -> Iterator[None]:
        """Hold the lock of this file alone, as `locked_after_checkpoint` does. Raises StoreError."""
        with self.locked():
            connection = self._prepared()
            try:
                connection.execute("CHECKPOINT")
            finally:
                connection.close()
                self._record_stamp()
            try:
                yield
            finally:
                self._record_stamp()  # the file may have been written again

    def _prepared(self) -> duckdb.DuckDBPyConnection:
        """Open the database, in the contract's shape."""
        with self._with_readable_errors(opening=True):
            if self.main is None:
                shards.settle(self.folder)
            if self.count is not None:
                shards.planned_layout(self.folder, self.count)
            # Temporary files of a killed process.
            shutil.rmtree(self.database.with_name(f"{self.database.name}.tmp"), ignore_errors=True)
            if not self.database.exists():
                if self.main is not None:
                    raise shards.missing(self.main, self.folder.name)
                self._create()
            known = self._known()
            if not known and database_stamp.changed(self.database):
                database_stamp.request_comparison(self.database)
            connection = self._connect(self.database)
            if known:
                return connection
            try:
                self._prepare(connection, self.database)
            except migration.NeedsNewDatabase as table:
                connection.close()
                migration.set_aside(self.database, table)
                self._create()
                return self._connect(self.database)
            except BaseException:
                connection.close()
                raise
            return connection

    def _prepare(self, connection: duckdb.DuckDBPyConnection, database: Path) -> None:
        """Give the database the contract's shape."""
        if self.main is None:
            migration.prepare(connection, database)
        else:
            shards.prepare(connection, shards.layout(self.main))

    def _gathered(self) -> duckdb.DuckDBPyConnection:
        """Open the main file, with views over all shards if there are any."""
        connection = self._prepared()
        try:
            found = shards.layout(self.folder)
            if found.count > 1:
                with self._with_readable_errors(opening=True):
                    found = self._recovered(found)
                    self._attach_shards(connection, found.prefixes)
                    shards.gather(connection, self.folder, found)
        except BaseException:
            connection.close()
            raise
        return connection

    def _recovered(self, found: shards.Layout) -> shards.Layout:
        """Give all shards the contract's shape, and replay the logs of killed processes. Returns the layout."""
        outdated = found.contract != migration.shape_digest()
        for part in map(self.shard, found.prefixes):
            if outdated or part.database.with_name(f"{part.database.name}.wal").exists():
                with part.writing():
                    pass
        if outdated:
            found = replace(found, contract=migration.shape_digest(), form=migration.STORE_FORMAT, parts={})
            shards.save(self.folder, found)
        return found

    def _attach_shards(self, connection: duckdb.DuckDBPyConnection, prefixes: Iterable[str]) -> None:
        """Attach shards for reading. Raises StoreError if one is missing."""
        for prefix in prefixes:
            database = shards.file(self.folder, prefix)
            if not database.is_file():
                raise shards.missing(self.folder, prefix)
            sql = f"ATTACH {literal(database)} AS {shards.alias(prefix)} (READ_ONLY)"
            with self.shard(prefix)._with_readable_errors(opening=True):
                self._patiently(database, lambda sql=sql: connection.execute(sql))  # type: ignore[misc]

    def _beside_main(self, main: Path, lock: ExitStack) -> duckdb.DuckDBPyConnection:
        """Open a shard for writing and the main file for reading. `lock` gets the shard's lock.

        While the main file is held by another process, neither the shard nor its lock is held: that process may be
        waiting for them.
        """
        database = main / shards.FILE

        def both() -> duckdb.DuckDBPyConnection:
            with ExitStack() as mine:
                mine.enter_context(self.locked())
                connection = self._prepared()
                try:
                    connection.execute(f"ATTACH {literal(database)} AS {shards.MAIN} (READ_ONLY)")
                    shards.gather_main(connection, self.folder.name)
                except BaseException:
                    connection.close()
                    self._record_stamp()
                    raise
                lock.enter_context(mine.pop_all())
                return connection

        with self._with_readable_errors(opening=True):
            return self._patiently(database, both)

    def unverified(self) -> bool:
        """Whether another program may have changed rows since they were last compared with their digests."""
        return any(
            database_stamp.comparison_requested(store.database)
            or (store.database.exists() and database_stamp.changed(store.database))
            for store in (self, *self.parts)
        )

    def verified(self) -> None:
        """Note that all rows match their digests. Call with the connection on which they were compared still open."""
        if self.writable():
            database_stamp.clear_comparison(self.database)
            for part in self.parts:
                # A shard is open for reading only here, so that closing it does not change its stamp.
                database_stamp.write(part.database)
                database_stamp.clear_comparison(part.database)

    def _record_stamp(self) -> None:
        """Note the database file's state after closing it."""
        _own_stamps[self.database] = (migration.shape_digest(), database_stamp.write(self.database))

    def _known(self) -> bool:
        """Whether the file is as this process left it, and so has the contract's shape. Call under the lock."""
        return _own_stamps.pop(self.database, None) == (
            migration.shape_digest(),
            database_stamp.current_stamp(self.database),
        )

    def _create(self) -> None:
        """Create a new database atomically: a kill half-way leaves no broken file."""
        fresh = self.database.with_name(f".{self.database.name}.new")
        for left in (fresh, fresh.with_name(f"{fresh.name}.wal")):
            left.unlink(missing_ok=True)
        connection = self._connect(fresh)
        try:
            self._prepare(connection, fresh)
        finally:
            connection.close()
        fresh.rename(self.database)
        database_stamp.clear_comparison(self.database)
        self._record_stamp()

    def _connect(self, database: Path, read_only: str | None = None) -> duckdb.DuckDBPyConnection:
        """Open the file.

        read_only   open for queries only, with this folder for temporary files
        """
        config: dict[str, str | bool | int | float | list[str]] = {**_CONFIG}
        if read_only is not None:
            config["temp_directory"] = read_only
        if database.is_dir():
            raise StoreError(f"{database} is a folder, but must be the database file; move it away")
        if database.exists():
            # DuckDB would look on the network for an extension to read another kind of database.
            with database.open("rb") as file:
                if file.read(_MAGIC.stop)[_MAGIC] != b"DUCK":
                    away, source = ("the file", "folder") if self.main is None else (self.folder.parent, "records")
                    raise StoreError(
                        f"{database}: not a DuckDB database; nothing was changed. Restore a backup, or move {away} "
                        f"away and build again: all is made again from the raw {source}"
                    )
        connection = self._patiently(database, lambda: duckdb.connect(str(database), read_only is not None, config))
        # Same input, same bytes: the order must not depend on threads.
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("SET enable_progress_bar = false")
        return connection

    def _patiently[T](self, database: Path, opening: Callable[[], T]) -> T:
        """Open a file. If a process without our lock has it open, wait as long as for the lock, and name it."""
        begin, logged = time.monotonic(), False
        while True:
            try:
                return opening()
            except duckdb.IOException as error:
                holder = _HELD.search(one_line(error))
                if holder is None:
                    raise
                waited = time.monotonic() - begin
                who = f"{database} is open in process {holder[2]} ({holder[1]}), which is not an onrecord command"
                if waited >= self.lock_seconds:
                    raise StoreLocked(
                        f"{who} (waited {self.lock_seconds:g} s); close it. To read the data, use a release"
                    ) from None
                if waited >= LOG_WAIT_AFTER_SECONDS and not logged:
                    LOG.warning("%s; waiting for up to %.0f s more", who, self.lock_seconds - waited)
                    logged = True
                time.sleep(0.2)

    def read(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pl.DataFrame:
        """Run one query on a new connection. Works in a read-only folder."""
        with self.reading() as connection:
            return query(connection, sql, parameters)


def inputs(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], documents: Sequence[str]
) -> dict[str, pl.DataFrame]:
    """Return table name -> the rows of these documents, in the contract's order. Only `standing` raw records count."""
    out = {}
    for table in tables:
        standing = "AND standing" if table.name == "raws" else ""
        order = ", ".join(quoted(name) for name in table.sort)
        sql = (
            f"SELECT * FROM stored.{quoted(table.name)} "  # noqa: S608 - names of the contract
            f"WHERE document_id IN (SELECT unnest(?)) {standing} ORDER BY {order}"
        )
        out[table.name] = query(connection, sql, [list(documents)])
    return out


def rows(
    connection: duckdb.DuckDBPyConnection, table: Table, documents: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return document id -> its rows of a table, as `inputs` has them."""
    return by_document(inputs(connection, [table], documents)[table.name], documents)


_VALUE = CORRECTIONS.column("value")
_KNOWN_WORDS = "CASE WHEN kind = 'same' OR document_id IN (SELECT document_id FROM stored.raws) THEN value END AS value"


def preview(connection: duckdb.DuckDBPyConnection, table: Table, count: int) -> list[dict[str, Any]]:
    """Return the first rows of a stored table, in the contract's order; corrections of articles that are gone without
    words."""
    order = ", ".join(quoted(name) for name in table.sort)
    columns = ", ".join(_KNOWN_WORDS if c == _VALUE else quoted(c.name) for c in table.stored)
    sql = f"SELECT {columns} FROM stored.{quoted(table.name)} ORDER BY {order} LIMIT ?"  # noqa: S608
    return query(connection, sql, [count]).to_dicts()
