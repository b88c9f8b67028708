"""Verify that a release is as it was made: its files, its checksums, and their description in three other places.

    SHA256SUMS          every file, once, and no other
    release.json        the files that a release must have, the digests of all (from form 3 on), the rows of each table
    datapackage.json, croissant.json    the digest of each Parquet file, the size, the columns
    validation.json     the state that was checked

A person who can write to a release and knows all of this can change all of it: readers must get the checksums to
compare with from elsewhere (docs/security.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyarrow import ArrowException

from pipeline.contract import PUBLISHED, SCHEMA_VERSION
from warehouse import files
from warehouse.release import diff, parts, versions
from warehouse.release.formats import citation, duckdb_file
from warehouse.release.site import dictionary
from warehouse.release.versions import RECORD, Record
from warehouse.text import counted, one_line, printable

DATA_PACKAGE, CROISSANT, VALIDATION = "datapackage.json", "croissant.json", "validation.json"
# Files other than tables: in every release, and in those of this version of the contract.
ALWAYS = frozenset({RECORD, DATA_PACKAGE, CROISSANT, VALIDATION, "README.md", "CHANGES.md", "index.html"})
CURRENT = frozenset({"ATTRIBUTION.md", citation.FILE, diff.FILE, dictionary.FILE, duckdb_file.FILE})
TOMBSTONE_FILES = frozenset({versions.TOMBSTONE, "README.md", "index.html"})
# The first form of a release (`made_by`) whose release.json has digests.
DIGESTS_SINCE = 3
_FORM = re.compile(r".*, form (\d{1,4})")


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of verifying a release or tombstone.

    sums       SHA256SUMS and what it lists, as read
    problems   one line each; empty if it is as it was made
    record     release.json; None for a tombstone, or if it cannot be read
    """

    sums: versions.ChecksumResult
    problems: tuple[str, ...]
    record: Record | None = None
    tombstone: bool = False


def verify(folder: Path) -> Verified:
    """Verify a release, or the tombstone of one. Follows no link below the folder."""
    folder = folder.resolve()
    sums = versions.verify_checksums(folder)
    if versions.TOMBSTONE in sums.digests or (folder / versions.TOMBSTONE).is_file():
        return Verified(sums, (*sums.problems, *_tombstone(folder, sums.digests)), tombstone=True)
    try:
        record = versions.record(folder)
    except versions.DamagedRelease as error:
        return Verified(sums, (*sums.problems, str(error).removeprefix(f"{folder}: ")))
    found = [*_identity(folder, record.version), *_complete(record, sums.digests)]
    for name, compared in ((DATA_PACKAGE, _data_package), (CROISSANT, _croissant), (VALIDATION, _validation)):
        found += _described(folder, name, record, sums.digests, compared)
    found += _rows(folder, record)
    return Verified(sums, (*sums.problems, *found), record)


def _identity(folder: Path, version: str) -> Iterator[str]:
    if versions.order(version) is None:
        yield f"{RECORD}: {printable(version)!r} is not a version"
    elif versions.order(folder.name) is not None and folder.name != version:
        yield f"{RECORD}: belongs to release {version}, but is in the folder {folder.name}"


def _tombstone(folder: Path, digests: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(TOMBSTONE_FILES - digests.keys()):
        yield f"{name}: a tombstone has this file, and it is not listed in {versions.SUMS}"
    for name in sorted(digests.keys() - TOMBSTONE_FILES):
        yield f"{printable(name)}: not a file of a tombstone"
    try:
        tombstone = versions.tombstone(folder)
    except versions.DamagedRelease as error:
        yield str(error).removeprefix(f"{folder}: ")
        return
    version = str(tombstone.get("version"))
    if versions.order(version) is None or (versions.order(folder.name) is not None and folder.name != version):
        yield f"{versions.TOMBSTONE}: is that of release {printable(version)}, in the folder of {folder.name}"


def _complete(record: Record, digests: Mapping[str, str]) -> Iterator[str]:
    """Yield problems with the files: those that a release of this contract needs, and those with digests in
    release.json."""
    if record.files.keys() != record.rows.keys():
        yield f"{RECORD}: names other tables in `files` than in `rows`"
    current = record.schema_version == SCHEMA_VERSION
    tables = {table.name for table in PUBLISHED} if current else {"documents", "quotes"}
    for table in sorted(tables - record.files.keys()):
        yield f"{RECORD}: has no table {table}"
    for table in sorted(record.files.keys() - tables if current else ()):
        yield f"{RECORD}: has a table {printable(table)}, which is not in contract {SCHEMA_VERSION}"
    for table, names in sorted(record.files.items()):
        if not (names and (parts.well_named(table, names) or parts.split_by_size(table, names))):
            yield f"{RECORD}: the files of {printable(table)} are not named as a release names them"
    needed = ALWAYS | (CURRENT if current else frozenset())
    for name in sorted(needed.union(*record.files.values()) - digests.keys()):
        yield f"{printable(name)}: a release has this file, and it is not listed in {versions.SUMS}"
    yield from _digests(record, digests)


def _digests(record: Record, digests: Mapping[str, str]) -> Iterator[str]:
    form = _FORM.fullmatch(record.made_by)
    if not record.digests:
        if form is None or int(form[1]) >= DIGESTS_SINCE:
            yield f"{RECORD}: has no digests"
        return
    listed = {name: digest for name, digest in digests.items() if name != RECORD}
    for name in sorted(record.digests.keys() - listed.keys()):
        yield f"{printable(name)}: in {RECORD}, and not listed in {versions.SUMS}"
    for name in sorted(listed.keys() - record.digests.keys()):
        yield f"{printable(name)}: not in {RECORD}"
    for name in sorted(listed.keys() & record.digests.keys()):
        if listed[name] != record.digests[name]:
            yield f"{printable(name)}: its digest in {RECORD} differs from that in {versions.SUMS}"


type _Compared = Callable[[Path, Record, Mapping[str, str], Any], Iterator[str]]


def _described(folder: Path, name: str, record: Record, digests: Mapping[str, str], compared: _Compared) -> list[str]:
    """Return the statements of a description that are wrong."""
    try:
        description = versions.read_json(folder / name)
        found = [f"{name}: {problem}" for problem in compared(folder, record, digests, description)]
        if description["version" if name != VALIDATION else "state"] != (
            record.version if name != VALIDATION else record.state
        ):
            found.append(f"{name}: is that of another release")
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        return [f"{name}: is not the description of a release"]
    except OSError as error:
        return [f"{name}: cannot be read: {error.strerror}"]
    return found


def _data_package(folder: Path, record: Record, digests: Mapping[str, str], description: Any) -> Iterator[str]:
    resources = [(r["path"], r) for r in description["resources"]]
    yield from _same_files(record, [name for name, _ in resources])
    for name, resource in resources:
        if name in digests and resource["hash"] != f"sha256:{digests[name]}":
            yield f"has another digest of {printable(name)} than {versions.SUMS}"
        columns = _columns(folder / name) if name in digests else None
        if columns is not None and columns != [field["name"] for field in resource["schema"]["fields"]]:
            yield f"describes other columns than {printable(name)} has"


def _croissant(folder: Path, record: Record, digests: Mapping[str, str], description: Any) -> Iterator[str]:
    objects = [(o["contentUrl"], o) for o in description["distribution"] if o["@type"] == "cr:FileObject"]
    yield from _same_files(record, [name for name, _ in objects])
    for name, described in objects:
        if name not in digests:
            continue
        if described["sha256"] != digests[name]:
            yield f"has another digest of {printable(name)} than {versions.SUMS}"
        try:
            size = (folder / name).lstat().st_size
        except OSError:
            continue  # already reported as missing
        if described["contentSize"] != f"{size} B":
            yield f"has another size of {printable(name)} than the file"


def _validation(_: Path, record: Record, __: Mapping[str, str], description: Any) -> Iterator[str]:
    if description["version"] != record.version:
        yield "is that of another release"


def _same_files(record: Record, named: list[str]) -> Iterator[str]:
    """Check that a description names every Parquet file of release.json once, and no other."""
    wanted = sorted(name for names in record.files.values() for name in names)
    # Releases before form 5 do not describe their changes.
    named = [name for name in named if name != diff.FILE]
    if sorted(named) != wanted:
        differing = sorted({*named} ^ {*wanted}) or sorted({name for name in named if named.count(name) > 1})
        yield f"does not name the same files as {RECORD}: {', '.join(map(printable, differing))}"


def _columns(path: Path) -> list[str] | None:
    """Return a Parquet file's columns, or None if it cannot be read, which `_rows` reports."""
    try:
        with files.open_regular(path) as file:
            return list(pq.read_schema(file).names)
    except (OSError, ArrowException):
        return None


def _rows(folder: Path, record: Record) -> Iterator[str]:
    """Compare the rows of each table in release.json with the Parquet files' metadata."""
    for table, names in sorted(record.files.items()):
        number = 0
        try:
            for name in names:
                if not versions.is_inside(name):
                    raise ValueError(f"{printable(name)} is no file of the folder")
                with files.open_regular(folder / name) as file:
                    number += pq.read_metadata(file).num_rows
        except (OSError, ValueError, ArrowException) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else one_line(error)
            yield f"{printable(name)}: its rows cannot be counted: {why}"
            continue
        if number != record.rows.get(table):
            yield f"{printable(table)}: has {counted(number, 'row')}, and {RECORD} says {record.rows.get(table)}"
