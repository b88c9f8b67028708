"""A copy of a warehouse that can be put in its place: checked when it is made, checked when it is restored.

Belongs here: what a backup holds, copying with checksums, restoring into an empty folder. Does not belong here: the
raw folder (the texts stand in the database), Dagster's history of runs (its settings are taken along).

    <backup>/
      backup.json     of which form, from which state, how many articles
      SHA256SUMS      over all other files, in the form that `sha256sum -c` reads
      onrecord.duckdb  releases/  data_docs/  withdrawn.csv  dagster/dagster.yaml  ...

Everything in the warehouse folder is taken but locks, hidden files, links and Dagster's storage, so that a file that
comes to stand there later is not forgotten.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from pipeline.tables import SCHEMA_VERSION
from warehouse import ledger, migration, shelf
from warehouse.sql import StoreError, first_line, one
from warehouse.store import Store, held

MANIFEST = "backup.json"
_RESTORING = ".restoring"
_LEFT_OUT = (".lock", ".holder", ".wal", ".tmp")
_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself. `state` is the ledger's fingerprint of the tables."""

    form: int
    contract: str
    state: str
    articles: int
    releases: int
    files: int
    bytes: int


def backup(store: Store, destination: Path) -> Backup:
    """Copy the warehouse to a folder that does not exist or is empty. Nobody writes meanwhile.

    Raises StoreError when there is no warehouse, the destination is taken or too small, or the store is held.
    """
    if not store.database.exists():
        raise StoreError(f"there is no warehouse in {store.folder}")
    destination = destination.absolute()
    if destination.resolve().is_relative_to(store.folder.resolve()):
        raise StoreError(f"{destination}: lies in the warehouse itself")
    _empty(destination)
    partial = destination.with_name(f".{destination.name}.partial-{os.getpid()}")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(store.building())
            stack.enter_context(store.still())
            for lock, what in (("judge", "the judging"), ("releases", "the releases folder")):
                stack.enter_context(held(store.folder / f"{lock}.lock", store.lock_seconds, what))
            names = list(_contents(store.folder))
            _room(destination.parent, sum((store.folder / name).stat().st_size for name in names))
            partial.mkdir()
            sums = {name: _copy(store.folder / name, partial / name) for name in names}
        made = _describe(partial, sums)
        shelf.write_json(partial / MANIFEST, asdict(made))
        sums[MANIFEST] = shelf.sha256(partial / MANIFEST)
        (partial / shelf.SUMS).write_text("".join(f"{sums[n]}  {n}\n" for n in sorted(sums)), encoding="utf-8")
        for path in partial.rglob("*"):
            shelf.sync(path)
        partial.rename(destination)
    except OSError as error:
        raise StoreError(f"{destination}: no backup was made: {first_line(error)}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return made


def restore(source: Path, folder: Path) -> Backup:
    """Put a backup in place as the warehouse `folder`, which does not exist or is empty.

    Every file is held against its checksum before one of them stands there. Raises StoreError.
    """
    kept = _manifest(source)
    problems = shelf.verify(source)
    if problems:
        raise StoreError(f"{source}: the backup is damaged, nothing was restored: {'; '.join(problems[:3])}")
    scratch = folder / _RESTORING
    if scratch.is_dir():  # of a restore that was killed
        shutil.rmtree(scratch)
    _empty(folder)
    names = [name for name in shelf.contents(source) if name != MANIFEST]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _room(folder, sum((source / name).stat().st_size for name in names))
        for name in names:
            _copy(source / name, scratch / name)
        # Read a second time: what arrived, not what was sent.
        lines = (source / shelf.SUMS).read_text(encoding="utf-8").splitlines()
        listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        wrong = [name for name in names if shelf.sha256(scratch / name) != listed[name]]
        if wrong:
            raise StoreError(f"{folder}: nothing was restored: {wrong[0]} did not arrive as it was")
        # The database last: without it the folder is no warehouse.
        for path in sorted(scratch.iterdir(), key=lambda p: p.name == Store(folder).database.name):
            path.rename(folder / path.name)
        if (folder / "releases").is_dir():
            shelf.point(folder / "releases")
    except OSError as error:
        raise StoreError(f"{folder}: the backup could not be restored: {first_line(error)}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    with Store(folder).open() as connection:
        state = ledger.state(connection)
    if state != kept.state and (kept.form, kept.contract) == (migration.FORM, SCHEMA_VERSION):
        raise StoreError(f"{folder}: restored, but its tables are not in the state that {MANIFEST} names")
    return kept


def _manifest(source: Path) -> Backup:
    try:
        kept = Backup(**json.loads((source / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"{source}: not a backup of onrecord: {first_line(error)}") from error
    if kept.form > migration.FORM:
        raise StoreError(f"{source}: made by a newer onrecord (form {kept.form}, this one knows {migration.FORM})")
    return kept


def _describe(partial: Path, sums: dict[str, str]) -> Backup:
    """Of the copy itself: that it opens is part of the check."""
    database = Store(partial).database
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            state = ledger.state(connection)
            articles = one(connection, "SELECT count(*) FROM stored.documents")
    except duckdb.Error as error:
        raise StoreError(f"the copy of {database.name} cannot be opened: {first_line(error)}") from error
    assert articles is not None
    size = sum((partial / name).stat().st_size for name in sums)
    releases = len(shelf.versions(partial / "releases"))
    return Backup(migration.FORM, SCHEMA_VERSION, state, articles[0], releases, len(sums), size)


def _empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder}: is not an empty folder; nothing was written")


def _room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise StoreError(f"{folder}: {wanted / 1e6:,.1f} MB are needed and {free / 1e6:,.1f} MB are free")


def _contents(folder: Path) -> Iterator[str]:
    """Files of a backup, as posix paths relative to the folder, sorted."""
    found = []
    for place, below, names in os.walk(folder):
        here = Path(place).relative_to(folder)
        below[:] = [n for n in below if not n.startswith(".") and not n.endswith(_LEFT_OUT)]
        for name in names:
            path = here / name
            history = path.parts[0] == "dagster" and path != Path("dagster", "dagster.yaml")
            hidden = name.startswith(".") or name.endswith(_LEFT_OUT)
            if not history and not hidden and not (folder / path).is_symlink():
                found.append(path.as_posix())
    yield from sorted(found)


def _copy(source: Path, target: Path) -> str:
    """Copy a file with its mode. Returns the SHA-256 of what was read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("wb") as write:
        while block := read.read(_STEP):
            digest.update(block)
            write.write(block)
    shutil.copymode(source, target)
    return digest.hexdigest()
