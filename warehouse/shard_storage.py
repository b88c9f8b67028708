"""Shards in an object store: workers that share no file system with the driver fetch them there.

    manifest.json                     the manifest of the warehouse, replaced by conditional writes
    shards/<prefix>/<sha256>.duckdb   a shard's file, never changed
    main/<sha256>.duckdb              the main file, while workers need it

The warehouse folder keeps a copy of each shard, which all readers use. A worker writes a new object and returns its
hash (warehouse.shard_cache). The driver reads the object back, and then names it in the manifest: a kill loses no
committed shard, and leaves at most objects that no manifest names, which are deleted later. Two drivers cannot both
continue: the conditional write of the second one fails.

Beside a copy, `onrecord.object` has the hash of the object that it was made from, and the file's stamp then. A copy
with another stamp was changed here, by a migration or a withdrawal for example, and is sent before workers need it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from warehouse import database_stamp, files, object_store, shards
from warehouse.lock import hold_lock
from warehouse.object_store import Tag
from warehouse.shards import Layout, Part, Stored
from warehouse.sql import StoreError
from warehouse.store import LOCK_SECONDS, Store
from warehouse.text import one_line

# Shards that are sent or fetched at once.
PARALLEL = 8
_OTHER_DRIVER = "another process has changed the shards there; only one machine may build this warehouse. Build again"


def object_name(prefix: str, digest: str) -> str:
    """Return the name of a shard's object."""
    return f"{shards.FOLDER}/{prefix}/{digest}.duckdb"


def main_name(digest: str) -> str:
    """Return the name of the main file's object."""
    return f"main/{digest}.duckdb"


@contextmanager
def opened(address: str) -> Iterator[Any]:
    """Open an object store. Turns its errors into StoreError."""
    import obstore

    try:
        yield object_store.opened(address)
    except object_store.AddressError as error:
        raise StoreError(str(error)) from error
    except obstore.exceptions.BaseError as error:
        raise StoreError(f"{address}: {one_line(error, 300)}") from error


def synchronise(store: Store, address: str) -> Layout:
    """Make the shards in the warehouse folder and in the object store the same: send those that were changed here, and
    fetch those that a killed build has not fetched. Deletes objects that the manifest does not name. Call it with the
    build lock, while no worker is at work. Returns the layout.

    Raises StoreError if the place holds another warehouse, or another process has changed it.
    """
    _snapshot(store).unlink(missing_ok=True)  # of a killed build
    with opened(address) as place:
        found = _agreed(store, place, address)
        if found.stored is None:
            return found
        before = found.stored.objects
        with ThreadPoolExecutor(PARALLEL) as pool:
            held = pool.map(lambda prefix: _same(store.shard(prefix), place, before.get(prefix)), found.prefixes)
            objects = dict(zip(found.prefixes, held, strict=True))
        if objects != before or found.stored.tag is None:
            with store.locked():
                found = _commit(store, place, address, found.count, {}, objects)
                for prefix, digest in objects.items():
                    _record(shards.file(store.folder, prefix), digest)
        _sweep(place, found)
    return found


def fetch_missing(store: Store, address: str) -> None:
    """Fetch shards of which the warehouse folder has no copy. Raises StoreError, OSError."""
    stored = shards.layout(store.folder).stored
    objects = {} if stored is None else stored.objects
    for part in map(store.shard, objects):
        if not part.database.exists():
            with opened(address) as place:
                _same(part, place, objects[part.folder.name])


def commit(store: Store, address: str, count: int, prefix: str, part: Part, digest: str) -> Layout:
    """Name a shard's new object in the manifest, after fetching it: what cannot be read back is not committed. Returns
    the new layout. Raises StoreError, also if another process has changed the manifest in the object store."""
    part_store = store.shard(prefix)
    with opened(address) as place:
        stored = shards.planned_layout(store.folder, count).stored
        if stored is None or object_store.get_with_tag(place, shards.MANIFEST)[1] != stored.tag:
            raise StoreError(f"{address}: {_OTHER_DRIVER}")  # which may have deleted the object
        fetched = None
        if _recorded(part_store.database)[0] != digest:
            fetched = part_store, fetch(place, object_name(prefix, digest), digest, part_store.database)
        with store.locked():
            return _commit(store, place, address, count, {prefix: part}, {prefix: digest}, fetched)


def send_main(store: Store, address: str) -> str:
    """Send the main file for workers. Returns its SHA-256. Raises StoreError, OSError."""
    snapshot = _snapshot(store)
    try:
        with store.file_locked_after_checkpoint():
            shutil.copyfile(store.database, snapshot)
        digest = files.sha256(snapshot)
        with opened(address) as place, files.open_regular(snapshot) as file:
            object_store.put(place, main_name(digest), file)
    finally:
        snapshot.unlink(missing_ok=True)
    return digest


def clean(store: Store, address: str) -> None:
    """Delete objects that the manifest does not name. Call it while no worker is at work. Raises StoreError."""
    with opened(address) as place:
        _sweep(place, shards.layout(store.folder))


def _sweep(place: Any, found: Layout) -> None:
    """Delete the main file, and shards that the layout does not name."""
    import obstore

    objects = found.stored.objects if found.stored is not None else {}
    named = {object_name(prefix, digest) for prefix, digest in objects.items()}
    if old := sorted({*object_store.listed(place, shards.FOLDER), *object_store.listed(place, "main")} - named):
        obstore.delete(place, old)


def leave(stored: Stored, address: str) -> None:
    """Delete the manifest and all objects of a warehouse, whose folder has a copy. Raises StoreError if another process
    has changed the manifest."""
    import obstore

    with opened(address) as place:
        if object_store.get_with_tag(place, shards.MANIFEST)[1] != stored.tag:
            raise StoreError(f"{address}: {_OTHER_DRIVER}")
        obstore.delete(place, [shards.MANIFEST])
        _sweep(place, Layout())


def fetch(place: Any, name: str, digest: str, target: Path) -> Path:
    """Fetch an object to a hidden file beside `target`, and return its path. Raises StoreError if the object is missing
    or has other bytes, OSError."""
    import obstore

    fresh = _fetched(target)
    found = hashlib.sha256()
    try:
        parts = obstore.get(place, name).stream(min_chunk_size=object_store.STEP)
        with fresh.open("wb") as file:
            for block in parts:
                found.update(block)
                file.write(block)
    except FileNotFoundError as error:
        raise StoreError(
            f"{name}: the object store does not have it. Restore a backup and choose an empty place, or move the "
            f"folder `{shards.FOLDER}` away: the next build makes all rows again"
        ) from error
    if found.hexdigest() != digest:
        fresh.unlink()
        raise StoreError(f"{name}: the object has other bytes than were sent")
    return fresh


def _fetched(target: Path) -> Path:
    return target.with_name(f".{target.name}.fetched")


def _snapshot(store: Store) -> Path:
    return store.database.with_name(f".{store.database.name}.snapshot")


def _agreed(store: Store, place: Any, address: str) -> Layout:
    """Return the layout that both manifests have, and write it to the folder. Without shards, returns the layout
    without `stored`."""
    with store.locked():
        shards.settle(store.folder)
        found = shards.layout(store.folder)
        if found.count == 1:
            return found
        content, tag = object_store.get_with_tag(place, shards.MANIFEST)
        own = found.stored
        if content is None:  # the first build with this place
            stored = Stored(uuid4().hex if own is None else own.warehouse)
        else:
            there = _parsed(content, address)
            if own is None or there.stored is None or there.stored.warehouse != own.warehouse:
                raise StoreError(f"{address}: holds the shards of another warehouse; choose an empty place")
            if own.tag == tag:
                stored = own if there.count == found.count else replace(own, objects={})  # after a `reshard`
            elif there.count == found.count:  # this process was killed before it wrote its manifest
                stored = replace(there.stored, tag=tag)
                found = replace(found, parts={})
            else:
                raise StoreError(f"{address}: {_OTHER_DRIVER}")
        if stored != found.stored:
            found = replace(found, stored=stored)
            shards.save(store.folder, found)
        return found


def _parsed(content: bytes, address: str) -> Layout:
    try:
        return shards.parsed(content)
    except ValueError as error:
        raise StoreError(f"{address}/{shards.MANIFEST}: cannot be read: {one_line(error)}") from error


def _same(part: Store, place: Any, wanted: str | None) -> str:
    """Send or fetch a shard if its file here is not the object `wanted`. Returns the hash of the file."""
    stamp = _recorded(part.database)[1]
    if part.database.is_file() and stamp != database_stamp.current_stamp(part.database):
        with part.writing():  # replays the log of a killed process; a damaged file is not sent
            pass
    with part.locked():
        _fetched(part.database).unlink(missing_ok=True)
        here = part.database.is_file()
        base, stamp = _recorded(part.database)
        if wanted is not None and (base != wanted or not here):
            if not here or files.sha256(part.database) != wanted:
                _replace(part, fetch(place, object_name(part.folder.name, wanted), wanted, part.database))
            _record(part.database, wanted)
            return wanted
        if wanted is not None and stamp == database_stamp.current_stamp(part.database):
            return wanted
        digest = files.sha256(part.database)
        if digest != wanted:
            with files.open_regular(part.database) as file:
                object_store.put(place, object_name(part.folder.name, digest), file)
        return digest


def _replace(part: Store, fresh: Path) -> None:
    """Replace a shard's file. Call it with the shard's lock."""
    part.database.with_name(f"{part.database.name}.wal").unlink(missing_ok=True)
    fresh.replace(part.database)
    database_stamp.write(part.database)


def _commit(
    store: Store,
    place: Any,
    address: str,
    count: int,
    parts: Mapping[str, Part],
    objects: Mapping[str, str],
    fetched: tuple[Store, Path] | None = None,
) -> Layout:
    """Write the manifest in the object store, put a fetched file in its place, and write the folder's manifest. Call it
    with the store's lock."""
    found = shards.planned_layout(store.folder, count)
    assert found.stored is not None
    stored = replace(found.stored, objects={**found.stored.objects, **objects})
    found = replace(found, parts={**found.parts, **parts}, stored=stored)
    tag = _written(place, address, shards.manifest(replace(found, stored=replace(stored, tag=None))), stored.tag)
    if fetched is not None:
        part, fresh = fetched
        with part.locked():
            _replace(part, fresh)
            _record(part.database, stored.objects[part.folder.name])
    found = replace(found, stored=replace(stored, tag=tag))
    shards.save(store.folder, found)
    return found


def _written(place: Any, address: str, text: str, tag: Mapping[str, str] | None) -> Tag | None:
    """Write the manifest in the object store if it still has this tag. Returns the new tag. Raises StoreError."""
    content = text.encode()
    with _alone(address):
        same = object_store.get_with_tag(place, shards.MANIFEST)[1] == tag
        if not same or not object_store.put_if_unchanged(place, shards.MANIFEST, content, dict(tag) if tag else None):
            raise StoreError(f"{address}: {_OTHER_DRIVER}")
        now, new = object_store.get_with_tag(place, shards.MANIFEST)
        if now != content:
            raise StoreError(f"{address}: {_OTHER_DRIVER}")
        return new


@contextmanager
def _alone(address: str) -> Iterator[None]:
    """Hold a lock if the address is a folder: it has no conditional writes."""
    parts = urlsplit(address)
    with (
        hold_lock(Path(parts.path) / "manifest.lock", LOCK_SECONDS, address)
        if parts.scheme == "file"
        else nullcontext()
    ):
        yield


def _recorded(database: Path) -> tuple[str, str]:
    """Return the hash of the object that a file was made from, and the file's stamp then; "" if it is of none."""
    try:
        digest, _, stamp = _record_of(database).read_text(encoding="ascii").partition(" ")
    except (OSError, UnicodeDecodeError):
        return "", ""
    return digest, stamp


def _record(database: Path, digest: str) -> None:
    """Note that a file is the object of this hash."""
    files.atomic_write(_record_of(database), f"{digest} {database_stamp.current_stamp(database)}")


def _record_of(database: Path) -> Path:
    return database.with_suffix(".object")
