"""The releases on disk: their names, order and records, and how one is written.

releases/
  2026.11.22/        immutable
  2026.11.22.1/
  2026.11.20/        a tombstone: the release was withdrawn, TOMBSTONE.json names its successor
  latest -> 2026.11.22.1
  .2026.11.23.partial-4711/    being written, or left by a killed process; never read, removed by the next
  .2026.11.23.tasks.partial-4711/    files of tasks that write it (warehouse.release.tasks)
  .2026.11.20.going.partial-4711/    being replaced by a tombstone; restored if that was killed half-way
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from warehouse import files
from warehouse.files import sha256 as sha256
from warehouse.sql import StoreError
from warehouse.text import one_line, printable

LOG = logging.getLogger("onrecord")

SUMS = "SHA256SUMS"
# Checks the files that are there: a reader may have downloaded only some.
CHECK_SUMS = f"sha256sum --ignore-missing -c {SUMS}"
RECORD = "release.json"
# Rows per file: a table of more is written in parts. 10 million mentions are 200,000 to 500,000 articles and 0.15 GB;
# 10 million quotations are 0.7 GB (both of generated articles).
PART_ROWS = 10_000_000
LATEST = "latest"
TOMBSTONE = "TOMBSTONE.json"
_VERSION = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})(?:\.(\d{1,6}))?")
_HIDDEN = re.compile(r"\.(?:.{1,80}\.partial|latest)-\d{1,10}")
_SUM = re.compile(r"([0-9a-f]{64})  (.+)")
_BEING_REPLACED = re.compile(r"\.(.{1,80})\.going\.partial-\d{1,10}")


class DamagedRelease(ValueError):
    """The files of a release cannot be read; the message names folder and file in one line."""


@dataclass(frozen=True, slots=True)
class Record:
    """The content of release.json.

    state    fingerprint of the store that it was made from
    terms    the settings that change its data
    made_by  the program's version and the form of its files: another one makes another release
    rows     table -> rows; files: table -> its Parquet files, in order
    articles number of articles, and of those that are not open: `{"all": 5, "closed": 3}`
    withheld `table.column` -> values that are null because of rights
    digests  file -> SHA-256, of all files but release.json and SHA256SUMS; empty in releases before form 3
    part_rows    rows beyond which a table is written in parts
    """

    version: str
    released_on: str
    schema_version: str
    made_by: str
    state: str
    terms: dict[str, Any]
    rows: dict[str, int]
    files: dict[str, list[str]]
    articles: dict[str, int]
    withheld: dict[str, int]
    digests: dict[str, str] = field(default_factory=dict)
    part_rows: int = PART_ROWS


def order(version: str) -> tuple[int, int, int, int] | None:
    """Return a version as a sortable tuple, or None if the name is not a version."""
    match = _VERSION.fullmatch(version)
    return None if match is None else (int(match[1]), int(match[2]), int(match[3]), int(match[4] or 0))


def names(releases: Path) -> list[str]:
    """Return every version, including tombstones, oldest first."""
    if not releases.is_dir():
        return []
    found = [(order(p.name), p.name) for p in releases.iterdir() if p.is_dir() and not p.is_symlink()]
    return [name for place, name in sorted((place, name) for place, name in found if place is not None)]


def versions(releases: Path) -> list[str]:
    """Return the complete releases, without tombstones, oldest first."""
    return [name for name in names(releases) if not (releases / name / TOMBSTONE).exists()]


def next_version(known: list[str], released_on: date) -> str:
    """Return YYYY.M.D, then YYYY.M.D.1, .2 ... Versions only grow: a newest release after today gets the next
    number."""
    day = (released_on.year, released_on.month, released_on.day)
    places = [place for place in map(order, known) if place is not None]
    newest = max(places, default=None)
    if newest is None or newest[:3] < day:
        return ".".join(map(str, day))
    version = ".".join(map(str, (*newest[:3], newest[3] + 1)))
    if newest[:3] > day:
        message = "the date is %s, before the newest release: the new release is named %s"
        LOG.warning(message, released_on.isoformat(), version)
    return version


def record(folder: Path) -> Record:
    """Return the record of a release. Raises DamagedRelease if it cannot be read."""
    try:
        kept = Record(**read_json(folder / RECORD))
        if not _well_formed(kept):
            raise ValueError("a value is of another type than a release writes")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise _unreadable(folder, RECORD, error) from error
    return kept


def _unreadable(folder: Path, name: str, error: BaseException) -> DamagedRelease:
    why = error.strerror if isinstance(error, OSError) else one_line(error)
    return DamagedRelease(f"{folder.resolve()}: {name} cannot be read: {why}")


def _well_formed(kept: Record) -> bool:
    counts = (kept.rows, kept.articles, kept.withheld)
    texts = (kept.version, kept.released_on, kept.schema_version, kept.made_by, kept.state)
    return (
        all(isinstance(text, str) for text in texts)
        and isinstance(kept.terms, dict)
        and all(isinstance(of, dict) and all(type(n) is int for n in of.values()) for of in counts)
        and kept.articles.keys() >= {"all", "closed"}
        and isinstance(kept.digests, dict)
        and all(isinstance(digest, str) for digest in kept.digests.values())
        and type(kept.part_rows) is int
        and isinstance(kept.files, dict)
        and all(isinstance(names, list) and all(isinstance(n, str) for n in names) for names in kept.files.values())
    )


def tombstone(folder: Path) -> dict[str, Any]:
    """Return version, released_on, schema_version, successor, withdrawn of a tombstone. Raises DamagedRelease."""
    try:
        content = read_json(folder / TOMBSTONE)
        if not all(isinstance(content[name], str) for name in ("released_on", "schema_version", "successor")):
            raise ValueError("a value is of another type than a release writes")
        return dict(content)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise _unreadable(folder, TOMBSTONE, error) from error


def read_json(path: Path) -> Any:
    """Return the value of a JSON file. Raises OSError, RecursionError, ValueError (also for a repeated key: programs
    differ in which of the two values they take)."""
    return json.loads(files.read(path).decode("utf-8"), object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key occurs twice")
    return value


def write_json(path: Path, value: Any) -> None:
    """Write JSON in the form of all files of a release: UTF-8, two spaces, keys in the given order, a final newline."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_record(folder: Path, kept: Record) -> None:
    """Write release.json."""
    write_json(folder / RECORD, asdict(kept))


def contents(folder: Path) -> list[str]:
    """Return every file below the folder except SHA256SUMS, as posix paths relative to it, sorted."""
    return [name for name, what in files.entries(folder).items() if what != "a folder" and name != SUMS]


def write_sums(folder: Path, digests: Mapping[str, str] | None = None) -> None:
    """Write SHA256SUMS over all other files, in the form that `sha256sum -c` reads. `digests`: of the files that were
    hashed before."""
    known = digests or {}
    lines = [f"{known.get(name) or sha256(folder / name)}  {name}\n" for name in contents(folder)]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class ChecksumResult:
    """The result of comparing a folder with its SHA256SUMS.

    content   its bytes
    digests   file -> SHA-256
    problems  one line each: changed, missing, not listed, unreadable, not a regular file
    """

    content: bytes
    digests: dict[str, str]
    problems: tuple[str, ...]


def verify(folder: Path) -> list[str]:
    """Compare every file with SHA256SUMS only. Returns one line per problem."""
    return list(verify_checksums(folder).problems)


def verify_checksums(folder: Path) -> ChecksumResult:
    """Compare every file with SHA256SUMS. Follows no link, and opens only regular files."""
    try:
        present = files.entries(folder)
        content = files.read(folder / SUMS)
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else one_line(error)
        return ChecksumResult(b"", {}, (f"{SUMS}: cannot be read: {why}",))
    digests, problems = listed(text)
    for name, digest in sorted(digests.items()):
        problem = _compared(folder / name, digest, present.get(name, "missing"))
        if problem:
            problems.append(f"{printable(name)}: {problem}")
    needed = {parent.as_posix() for name in digests for parent in PurePosixPath(name).parents}
    for name, what in present.items():
        if name in digests or name == SUMS or (what == "a folder" and name in needed):
            continue
        problems.append(f"{printable(name)}: {f'{what}, ' if what else ''}not listed in {SUMS}")
    return ChecksumResult(content, digests, tuple(problems))


def _compared(path: Path, digest: str, what: str) -> str:
    """Return what is wrong with a listed file; `what` is the kind of what is in its place."""
    if what:
        return what if what == "missing" else f"{what}, not a file"
    try:
        return "" if sha256(path) == digest else "changed since the release"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def listed(text: str) -> tuple[dict[str, str], list[str]]:
    """Read the content of SHA256SUMS: return file -> SHA-256, and a problem for each line that is invalid or names no
    file of the folder."""
    digests: dict[str, str] = {}
    problems = []
    lines = text.split("\n")
    if lines.pop():
        problems.append(f"{SUMS}: its last line does not end")
    for number, line in enumerate(lines, 1):
        match = _SUM.fullmatch(line)
        if match is None:
            problems.append(f"{SUMS}: line {number} is not a checksum and a name")
        elif not is_inside(match[2]) or match[2] == SUMS:
            problems.append(f"{SUMS}: line {number} names {printable(match[2])}, which is no file of the folder")
        elif match[2] in digests:
            problems.append(f"{SUMS}: line {number} names {printable(match[2])} a second time")
        else:
            digests[match[2]] = match[1]
    return digests, problems


def is_inside(name: str) -> bool:
    """Whether a name is a normalised path below its folder: no `..`, leading `/`, backslash or control character."""
    parts = name.split("/")
    return name.isprintable() and "\\" not in name and not any(part in ("", ".", "..") for part in parts)


@contextmanager
def staging(
    releases: Path, version: str, *, instead: bool = False, digests: Mapping[str, str] | None = None
) -> Iterator[Path]:
    """Open a hidden folder to write a release in. At the end it becomes `<version>`; after an error it is removed.

    With `instead` it replaces what exists under that name. `digests`: those that are known at the end.
    """
    partial = releases / f".{version}.partial-{os.getpid()}"
    releases.mkdir(parents=True, exist_ok=True)
    files.set_mode(releases, 0o755)
    partial.mkdir(0o700)
    try:
        yield partial
        write_sums(partial, digests)
        files.make_world_readable(partial)
        for name in reversed(files.entries(partial)):
            sync(partial / name)
        sync(partial)
        if not instead:
            partial.rename(releases / version)
        else:
            going = releases / f".{version}.going.partial-{os.getpid()}"
            (releases / version).rename(going)
            partial.rename(releases / version)
            shutil.rmtree(going)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    sync(releases)


@contextmanager
def task_folder(releases: Path, version: str) -> Iterator[Path]:
    """Open a hidden folder for the files of tasks, and remove it at the end."""
    place = releases / f".{version}.tasks.partial-{os.getpid()}"
    files.make_private_folder(releases)
    place.mkdir(0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def remove_leftovers(releases: Path) -> None:
    """Remove what killed processes left, and point `latest` at the newest release."""
    releases.mkdir(parents=True, exist_ok=True)
    for path in sorted(releases.iterdir()):
        going = _BEING_REPLACED.fullmatch(path.name)
        if going and not (releases / going[1]).exists():
            path.rename(releases / going[1])
        elif _HIDDEN.fullmatch(path.name):
            if path.is_symlink() or path.is_file():
                path.unlink()
            else:
                # Workers of a killed process may still write to it: under another name they do not find it.
                hidden = releases / f".removed.partial-{uuid4().int % 10**10}"
                path.rename(hidden)
                shutil.rmtree(hidden)
    link_latest(releases)


def link_latest(releases: Path) -> None:
    """Point `latest` at the newest release in one step; do nothing if there is none. Raises StoreError if something
    other than a link has the name `latest`, or the file system has no links."""
    known = versions(releases)
    link = releases / LATEST
    taken = latest_link_problem(releases)
    if taken is not None:
        raise StoreError(taken)
    if not known or (link.is_symlink() and link.readlink() == Path(known[-1])):
        return
    fresh = releases / f".latest-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(known[-1], target_is_directory=True)
    except OSError as error:
        raise StoreError(
            f"{link}: no link to release {known[-1]} can be made: {error.strerror}. Keep the warehouse on a file "
            "system with symbolic links"
        ) from error
    fresh.replace(link)
    sync(releases)


def latest_link_problem(releases: Path) -> str | None:
    """Return one line that says why `latest` cannot be made if something other than a link has its name, else None."""
    link = releases / LATEST
    if link.is_symlink() or not link.exists():
        return None
    what = "folder" if link.is_dir() else "file"
    return f"{link} is a {what}, but must be a link to the newest release; move it away and build again"


def sync(path: Path) -> None:
    """Flush to the disk, so that a renamed file is complete after a crash."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
