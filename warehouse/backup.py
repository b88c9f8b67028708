"""Back up a warehouse, and restore it. Both verify the copy.

    <backup>/
      backup.json     format, contract, state, numbers of articles, releases and files
      SHA256SUMS      over all other files, in the form that `sha256sum -c` reads
      onrecord.duckdb  releases/  withdrawn.csv  onrecord.toml  ...

A backup holds only the files of KINDS: data, and no file that one of our programs runs. A restore refuses any other
file. It skips Dagster's settings and pages of checks, which older backups hold. From the database it takes only rows.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import duckdb

from pipeline.contract import SCHEMA_VERSION
from warehouse import files, ledger, migration, rebuild, shards
from warehouse.lock import hold_lock
from warehouse.release import versions
from warehouse.sql import StoreError, fetch_one
from warehouse.store import Store
from warehouse.text import one_line, printable

MANIFEST = "backup.json"
_RESTORING = ".restoring"
# Kinds of files in a backup -> pattern of their names. A new file of the warehouse folder has to be added here.
KINDS = {
    "database": r"onrecord\.duckdb",
    "shards": r"shards/manifest\.json|shards/[0-9a-f]{1,2}/onrecord\.duckdb",
    "renamed old databases": r"onrecord\.old-\d{1,6}\.duckdb",
    "settings": r"onrecord\.toml",
    "withdrawals": r"withdrawn\.csv|withdrawn\.key|allowed\.csv",
    "audit": r"audit\.json",
    "releases": r"releases/\d{4}\.\d{1,2}\.\d{1,2}(?:\.\d{1,6})?/"
    r"(?:(?:search|exports|speakers|statements|conflicts|quotations|[a-z_]+\.parquet)/)?[^/]+",
    "failures": r"failures/[^/]+\.(?:json|txt)",
}
# Files in older backups that are skipped: the next build makes them again, and they could do harm.
_NOT_RESTORED = re.compile(r"dagster/dagster\.yaml|history\.json|data_docs/.+")
_LEFT_OUT = (".lock", ".holder", ".wal", ".tmp", ".stamp", ".unverified", ".object")
_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """The manifest of a backup. `state` is the ledger's fingerprint of the tables."""

    form: int
    contract: str
    state: str
    articles: int
    releases: int
    files: int
    bytes: int


def backup(store: Store, destination: Path) -> Backup:
    """Copy the warehouse to a folder that does not exist or is empty. Locks prevent writes meanwhile.

    Raises StoreError when there is no warehouse, the destination is taken or too small, or the store is held.
    """
    if not store.database.exists():
        raise StoreError(f"there is no warehouse in {store.folder}")
    files.set_private_umask()
    destination = destination.absolute()
    if destination.resolve().is_relative_to(store.folder.resolve()):
        raise StoreError(f"{destination}: is inside the warehouse; choose another folder")
    _empty(destination)
    partial = destination.with_name(f".{destination.name}.partial-{os.getpid()}")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(store.build_lock())
            stack.enter_context(store.locked_after_checkpoint())
            for lock, what in (("judge", "the judging"), ("releases", "the releases folder")):
                stack.enter_context(hold_lock(store.folder / f"{lock}.lock", store.lock_seconds, what))
            names = list(_contents(store.folder))
            _check_free_space(destination.parent, _size(store.folder, names))
            partial.mkdir(0o700)
            sums = _copied(store.folder, partial, names)
        made = _describe(partial, sums)
        versions.write_json(partial / MANIFEST, asdict(made))
        sums[MANIFEST] = versions.sha256(partial / MANIFEST)
        (partial / versions.SUMS).write_text("".join(f"{sums[n]}  {n}\n" for n in sorted(sums)), encoding="utf-8")
        for path in partial.rglob("*"):
            versions.sync(path)
        partial.rename(destination)
    except OSError as error:
        raise StoreError(f"{destination}: no backup was made: {one_line(error)}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return made


def kind(name: str) -> str | None:
    """Return the kind of a file of a backup by its posix path, or None if it matches none of KINDS."""
    return next((kind for kind, names in KINDS.items() if re.fullmatch(names, name)), None)


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore.

    backup    the backup's manifest
    files     kind -> how many files
    skipped   files of the backup that were not restored
    left      objects of the database that were not copied: views, macros, tables that onrecord does not know
    """

    backup: Backup
    files: dict[str, int]
    skipped: tuple[str, ...]
    uncopied_objects: tuple[str, ...]


def restore(source: Path, folder: Path) -> Restored:
    """Restore a backup into the warehouse `folder`, which does not exist or is empty.

    Verify the checksums of all files before the first one is moved into place. Raises StoreError.
    """
    files.set_private_umask()
    kept = _manifest(source)
    sums = versions.verify_checksums(source)
    if sums.problems:
        raise StoreError(f"{source}: the backup is damaged, nothing was restored: {'; '.join(sums.problems[:3])}")
    names, skipped = _files_to_restore(source, sums.digests)
    scratch = folder / _RESTORING
    if scratch.is_dir():  # left by a restore that was killed
        shutil.rmtree(scratch)
    _empty(folder)
    database = Store(folder).database.name
    try:
        files.make_private_folder(folder)
        # The rebuild needs room for a second copy of the database.
        _check_free_space(folder, _size(source, names) + _size(source, [database]))
        _copied(source, scratch, names)
        for name in names:
            # Compare the copy, not the source.
            if versions.sha256(scratch / name) != sums.digests[name]:
                raise StoreError(f"{folder}: nothing was restored: the copy of {name} differs from the backup")
        found = shards.layout(scratch)
        if found.stored is not None:  # what the object store has may be newer
            shards.save(scratch, replace(found, stored=None))
        left = _rebuilt(scratch / database)
        for name in (name for name in names if kind(name) == "shards" and name.endswith(".duckdb")):
            left += [f"{name}: {lost}" for lost in _rebuilt(scratch / name)]
        for aside in [name for name in names if kind(name) == "renamed old databases"]:
            try:
                _rebuilt(scratch / aside)
            except StoreError:  # damaged, or of an unknown shape: no build needs it
                (scratch / aside).unlink()
                names.remove(aside)
                skipped.append(aside)
        # Move the database last: without it the folder is no warehouse.
        for path in sorted(scratch.iterdir(), key=lambda p: p.name == database):
            path.rename(folder / path.name)
        if (folder / "releases").is_dir():
            versions.link_latest(folder / "releases")
        files.restrict_permissions(folder)
    except OSError as error:
        raise StoreError(f"{folder}: the backup could not be restored: {one_line(error)}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    with Store(folder).open() as connection:
        state = ledger.state(connection)
    if state != kept.state and (kept.form, kept.contract) == (migration.STORE_FORMAT, SCHEMA_VERSION):
        raise StoreError(f"{folder}: restored, but the state of its tables differs from the one in {MANIFEST}")
    kinds = [kind(name) for name in names]
    return Restored(kept, {name: kinds.count(name) for name in KINDS if name in kinds}, tuple(skipped), tuple(left))


def _rebuilt(database: Path) -> list[str]:
    """Replace a database by one with only the rows of our tables. Returns what was not copied. Raises StoreError."""
    fresh = database.with_name(f".{database.name}.new")
    try:
        left = rebuild.copy_rows_only(database, fresh)
        fresh.replace(database)
    finally:
        fresh.unlink(missing_ok=True)
    return left


def _files_to_restore(source: Path, listed: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the files to restore and those to skip. Raises StoreError if one is unknown."""
    names = sorted(name for name in listed if name != MANIFEST)
    skipped = [name for name in names if _NOT_RESTORED.fullmatch(name)]
    strange = [printable(name) for name in names if kind(name) is None and name not in skipped]
    if strange:
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        raise StoreError(
            f"{source}: contains files that no backup of onrecord has, nothing was restored: "
            f"{', '.join(strange[:3])}{more}"
        )
    if not any(kind(name) == "database" for name in names):
        raise StoreError(f"{source}: holds no database, nothing was restored")
    return [name for name in names if name not in skipped], skipped


def _manifest(source: Path) -> Backup:
    try:
        kept = Backup(**versions.read_json(source / MANIFEST))
        if not all(
            type(value) is (str if name in ("contract", "state") else int) for name, value in asdict(kept).items()
        ):
            raise ValueError(f"{MANIFEST} has a value of another type than a backup writes")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise StoreError(f"{source}: not a backup of onrecord: {one_line(error)}") from error
    if kept.form > migration.STORE_FORMAT:
        raise StoreError(
            f"{source}: made by a newer onrecord (format {kept.form}; this version supports {migration.STORE_FORMAT})"
        )
    return kept


def _describe(partial: Path, sums: dict[str, str]) -> Backup:
    """Describe the copy. Opening its database is part of the check."""
    store = Store(partial)
    try:
        with store.unlocked() as connection:
            state = ledger.state(connection)
            articles = fetch_one(connection, "SELECT count(*) FROM stored.documents")
    except duckdb.Error as error:
        raise StoreError(f"the copy of {store.database.name} cannot be opened: {one_line(error)}") from error
    assert articles is not None
    size = sum((partial / name).stat().st_size for name in sums)
    releases = len(versions.versions(partial / "releases"))
    return Backup(migration.STORE_FORMAT, SCHEMA_VERSION, state, articles[0], releases, len(sums), size)


def _empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder}: is not an empty folder; nothing was written")


def _check_free_space(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise StoreError(f"{folder}: {wanted / 1e6:,.1f} MB are needed and {free / 1e6:,.1f} MB are free")


def _size(folder: Path, names: Iterable[str]) -> int:
    """Return the bytes of files on the disk: files that are linked count once."""
    found = [(folder / name).stat() for name in names]
    return sum({(file.st_dev, file.st_ino): file.st_size for file in found}.values())


def unknown_files(folder: Path) -> list[str]:
    """List files of the warehouse folder that a backup leaves out because onrecord does not know them, sorted."""
    made_again = re.compile(rf"{_NOT_RESTORED.pattern}|dagster/.+")
    return [name for name in _found(folder) if kind(name) is None and not made_again.fullmatch(name)]


def _contents(folder: Path) -> Iterator[str]:
    """List the files of a backup, as posix paths relative to the folder, sorted."""
    return (name for name in _found(folder) if kind(name) is not None)


def _found(folder: Path) -> list[str]:
    """List regular files as posix paths relative to the folder, sorted; no hidden files, locks or temporary files."""
    found = []
    for place, below, names in os.walk(folder):
        here = Path(place).relative_to(folder)
        below[:] = [n for n in below if not n.startswith(".") and not n.endswith(_LEFT_OUT)]
        for name in names:
            hidden = name.startswith(".") or name.endswith(_LEFT_OUT)
            if not hidden and not files.kind((folder / here / name).lstat().st_mode):
                found.append((here / name).as_posix())
    return sorted(found)


def _copied(source: Path, target: Path, names: Iterable[str]) -> dict[str, str]:
    """Copy files; files of releases that are one file on the disk become one copy. Returns name -> SHA-256."""
    sums: dict[str, str] = {}
    first: dict[tuple[int, int], str] = {}
    for name in names:
        known = (source / name).lstat()
        same = first.setdefault((known.st_dev, known.st_ino), name)
        if same != name and kind(name) == kind(same) == "releases":
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            files.link_or_copy(target / same, target / name)
            sums[name] = sums[same]
        else:
            sums[name] = _copy(source / name, target / name)
    return sums


def _copy(source: Path, target: Path) -> str:
    """Copy a regular file. Returns the SHA-256 of what was read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with files.open_regular(source) as read, target.open("wb") as write:
        while block := read.read(_STEP):
            digest.update(block)
            write.write(block)
    return digest.hexdigest()
