"""The files of a worker that shares no file system with the driver: it fetches a shard and the main file from an object
store (warehouse.shard_storage), works on a copy, and sends the new file. For each warehouse, its cache has

    main-<sha256>.duckdb   the newest main file, for all workers of this machine
    work/<prefix>/         a warehouse folder with the one shard, deleted when it is sent

The cache is `onrecord/shards` in the account's cache folder (XDG base directory specification). After the death of a
worker, the next one on this machine continues with what it has written: its rows and ledger lines are consistent.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse import files, object_store, shards
from warehouse.lock import hold_lock
from warehouse.shard_storage import fetch, main_name, object_name, opened
from warehouse.shards import Layout
from warehouse.sql import StoreError
from warehouse.store import LOCK_SECONDS, Store

# How long a worker waits for another one that fetches the main file.
FETCH_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class StoredShard:
    """A shard in an object store.

    address    of the object store
    warehouse  the name of the warehouse there
    prefix     the shard
    object     SHA-256 of its file
    main       SHA-256 of the main file
    layout     number of shards and shape of the tables
    """

    address: str
    warehouse: str
    prefix: str
    object: str
    main: str
    layout: Layout

    @property
    def folder(self) -> Path:
        """The warehouse folder of the copy on this machine."""
        return _root(self.warehouse) / "work" / self.prefix

    @contextmanager
    def checked_out(self) -> Iterator[Store]:
        """Yield the store of a copy of the shard, beside the main file. Nobody else on this machine works on it. After
        an error, the copy is deleted; after a kill, the next worker continues with it. Raises StoreError, OSError."""
        files.make_private_folder(self.folder.parent)
        with hold_lock(self.folder.with_suffix(".lock"), LOCK_SECONDS, f"shard {self.prefix}"):
            try:
                with opened(self.address) as place:
                    self._copy(place, self.folder)
                yield Store(self.folder).shard(self.prefix)
            except Exception:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise

    def send(self, store: Store) -> str:
        """Send the file of a copy that `checked_out` has yielded, and delete the copy. Returns the file's SHA-256.
        Raises StoreError, OSError."""
        if store.database.with_name(f"{store.database.name}.wal").exists():
            raise StoreError(f"{store.database}: rows remain in its log")
        digest = files.sha256(store.database)
        with opened(self.address) as place:
            if digest != self.object:
                with files.open_regular(store.database) as file:
                    object_store.put(place, object_name(self.prefix, digest), file)
        shutil.rmtree(self.folder)
        return digest

    def _copy(self, place: Any, folder: Path) -> None:
        """Make the folder of a copy, or keep that of a killed worker."""
        main, base = folder / shards.FILE, folder / "base"
        if not base.is_file() or base.read_text(encoding="ascii") != self.object:
            shutil.rmtree(folder, ignore_errors=True)
            database = shards.file(folder, self.prefix)
            database.parent.mkdir(parents=True)
            shards.save(folder, self.layout)
            fetch(place, object_name(self.prefix, self.object), self.object, database).replace(database)
            base.write_text(self.object, encoding="ascii")
        main.unlink(missing_ok=True)
        with hold_lock(_root(self.warehouse) / "main.lock", FETCH_SECONDS, "the cached main file"):
            cached = _root(self.warehouse) / f"main-{self.main}.duckdb"
            if not cached.exists():
                for old in cached.parent.glob("*main-*.duckdb*"):
                    old.unlink()
                fetch(place, main_name(self.main), self.main, cached).replace(cached)
            files.link_or_copy(cached, main)


def _root(warehouse: str) -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(given) if given.startswith("/") else Path("~/.cache").expanduser()
    return folder / "onrecord" / "shards" / warehouse
