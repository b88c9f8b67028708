"""Read a raw folder: raw articles, and refusals with reasons.

    formats                         the reader of each file format
    records, columns, html, warc    JSON lines; CSV and Parquet; web pages; web archives
    json_file, feed_file            JSON files: a list of objects, or one; RSS and Atom
    documents, markdown             PDF and Word (parsed in a subprocess: document_process); Markdown
    html_text                       the text of HTML that holds only an article
    field_names                     other tools' names for the fields of a record
    page                            metadata of a web page; layout: tables of pages
    source_file, compression        opening files: gzip and Zstandard
    http_codings                    transfer and content codings of HTTP
    error_recording_file            disk errors
    decoding, mixed_encoding, utf16   bytes to text
    sidecar                         metadata files beside a text
    day_order                       02/03/2021: which number is the day, by the other dates of the file
    language, names, rows, limits   languages, paths as the tables hold them, records and refusals, limits

Does not belong here: what the text says, and names that occur twice (warehouse.intake).

Reading never fails because of a file's content: what is not an article becomes a refusal. If a library raises on one
record, that record is refused (`rows.read_or_refuse`); if it raises on the file, the rest of the file is refused.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from pipeline.read import limits
from pipeline.read.compression import UNPACKERS, Damaged, Nested, TooLarge, unpacked
from pipeline.read.day_order import ambiguous, day_order
from pipeline.read.documents import PDF, WORD, installed
from pipeline.read.error_recording_file import ErrorRecordingFile
from pipeline.read.field_names import FieldNames, Layout, Usage
from pipeline.read.formats import LARGE, READERS, RECORDS, SINGLE
from pipeline.read.language import ENGLISH, check_language
from pipeline.read.limits import MAX_BYTES
from pipeline.read.names import original, safe, split_suffix
from pipeline.read.records import OURS
from pipeline.read.rows import Record, Refusal, failure, read_or_refuse, refusal, with_day_order
from pipeline.read.sidecar import BadMetadata, metadata, sidecar_path
from pipeline.read.source_file import OpenFile

__all__ = [
    "CODE_VERSION",
    "ENGLISH",
    "MAX_BYTES",
    "Entry",
    "FieldNames",
    "Layout",
    "Record",
    "Refusal",
    "crashed",
    "entry",
    "file_sha256",
    "listing",
    "read_file",
    "read_version",
    "takes",
    "unchanged",
]

CODE_VERSION = "25"
# Packages whose version can change what is read.
LIBRARIES = ("charset-normalizer", "ijson", "lxml", "markdown-it-py", "py3langid", "trafilatura", PDF, WORD)
CHUNK_BYTES = 1 << 20
# Errors of `stat` that mean that the file does not exist. Other errors mean that it cannot be reached at the moment.
NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `path` is relative to the raw folder, with "/" between its parts, as `names.safe` writes it. `bytes`
    and `modified_ns` are those of the file or of its link target, or 0 if unknown. Those of its metadata file are
    added, so that a changed, added or removed metadata file shows."""

    path: str
    bytes: int
    modified_ns: int


def _ignore(_: Layout) -> None:
    pass


class _Outside(Exception):
    """The file is not in the raw folder."""


def read_version(languages: Collection[str] = ENGLISH, names: FieldNames = OURS) -> str:
    """Return a string of everything that affects what is read. If it changes, every file is read again."""
    libraries = [f"{name}=={installed(name) or '-'}" for name in LIBRARIES]
    given = [f"{field}={name}" for field, name in names.given]
    return "/".join([CODE_VERSION, *libraries, ",".join(sorted(languages)), *given])


def listing(root: Path) -> list[Entry]:
    """List the files below a folder, sorted by path. Skip hidden files and folders (leading dot). Do not follow links
    to folders; list them if they lead out of the raw folder. A metadata file belongs to its article's entry.

    Raises FileNotFoundError, NotADirectoryError or PermissionError with one line that names the folder.
    """
    if not root.exists():
        raise FileNotFoundError(f"the raw folder {root} does not exist")
    if not root.is_dir():
        raise NotADirectoryError(f"the raw folder {root} is not a folder")
    if not os.access(root, os.R_OK | os.X_OK):
        raise PermissionError(f"no permission to read the raw folder {root}")
    real = root.resolve()
    # List a folder that cannot be read, so that it is refused and not silently lost.
    closed: list[OSError] = []
    entries: list[Entry] = []
    for folder, folders, files in os.walk(root, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        here = Path(folder)
        leading_out = [
            name for name in folders if (here / name).is_symlink() and not _resolved(here / name).is_relative_to(real)
        ]
        shown = [name for name in [*files, *leading_out] if not name.startswith(".")]
        described = {sidecar_path(name) for name in shown}
        # No Path for each file here and below: half of the time for a small file would go into such objects.
        below = os.path.relpath(folder, root)
        inside = "" if below == os.curdir else f"{below}/"
        entries.extend(entry(root, inside + name) for name in shown if name not in described)
    entries.extend(entry(root, os.path.relpath(error.filename, root)) for error in closed if error.filename)
    return sorted(entries, key=lambda entry: entry.path)


def entry(root: Path, path: str) -> Entry:
    """Return the entry of a path below the raw folder, as the file system names it."""
    known = [found for one in (path, sidecar_path(path)) if one and (found := _stat(f"{root}/{one}"))]
    # The sum of two modification times fits the 64 bits of the store.
    return Entry(
        safe(path),
        sum(found.st_size for found in known if stat.S_ISREG(found.st_mode)),
        sum(found.st_mtime_ns for found in known),
    )


def unchanged(root: Path, listed: Entry) -> bool:
    """Whether a file is as it was listed, by size and time."""
    return entry(root, original(listed.path)) == listed


def crashed(entry: Entry, how: str) -> Refusal:
    """Return the refusal of a file that ends the process that reads it."""
    return refusal(entry.path, entry.path, "broken-record", f"crashed its reader ({how})", size=entry.bytes)


def read_file(
    root: Path,
    entry: Entry,
    languages: Collection[str] = ENGLISH,
    names: FieldNames = OURS,
    understood: Callable[[Layout], None] = _ignore,
) -> Iterator[Record | Refusal]:
    """Yield the records and refusals of one file, in file order. Refuse an article that is surely in none of
    `languages` (ISO 639-1). `names` maps the fields of records; `understood` is called at the end of a file that uses
    other names than ours. Never raises because of the file or its content."""
    path = entry.path
    try:
        known: Mapping[str, str | None] = {}
        place = _beside(root, path)
        if place:
            try:
                with _opened(root, place) as file:
                    known = metadata(file)
            except MemoryError:
                raise
            except Exception as error:
                why = str(error) if isinstance(error, BadMetadata) else failure(error)
                reason = "unreadable" if isinstance(error, OSError) else "broken-record"
                yield refusal(f"{path}#metadata", path, reason, f"{place} {why}")
        usage = Usage()
        order: tuple[str | None] | None = None
        for row in _rows(root, entry, known, names, usage):
            if not isinstance(row, Record):
                yield row
                continue
            if _kind(path)[0] in RECORDS and ambiguous(row.known_published):
                if order is None:
                    # Read the file a second time, only if one of its dates is ambiguous.
                    again = _rows(root, entry, known, names, Usage())
                    order = (day_order(each.known_published for each in again if isinstance(each, Record)),)
                row = with_day_order(row, order[0]) if order[0] else row
            yield read_or_refuse(row.origin, path, partial(check_language, row, languages))
        if layout := usage.layout(path):
            understood(layout)
    except _Outside:
        yield refusal(path, path, "outside", "is a link to a file outside the raw folder")
    except TooLarge:
        yield refusal(path, path, "too-large", "decompresses to far more data than text would", size=entry.bytes)
    except Nested:
        yield refusal(path, path, "unsupported", "is an archive in an archive", size=entry.bytes)
    except Damaged:
        yield refusal(
            path, path, "broken-record", "is truncated, or not compressed as its suffix says", size=entry.bytes
        )
    except MemoryError:
        raise
    except Exception as error:  # a library fed with anything can raise anything
        if isinstance(error, OSError) and error.errno is not None:
            why = error.strerror or "cannot be opened as a file"
            yield refusal(path, path, "unreadable", f"cannot be read: {why}", size=entry.bytes or None)
        else:
            yield refusal(path, path, "broken-record", failure(error), size=entry.bytes or None)


def _rows(
    root: Path, entry: Entry, known: Mapping[str, str | None], names: FieldNames, usage: Usage
) -> Iterator[Record | Refusal]:
    path = entry.path
    suffix, packing = _kind(path)
    reader = READERS.get(suffix)
    with ErrorRecordingFile(_opened(root, path)) as file:
        if reader is None:
            kinds = ", ".join(sorted(READERS))
            packings = " or ".join(sorted(UNPACKERS))
            why = f"has a suffix that is not supported (supported: {kinds}; compressed: {packings})"
            yield refusal(path, path, "unsupported", why, size=entry.bytes)
            return
        try:
            if packing is None:
                size = os.fstat(file.fileno()).st_size
                yield from _sound(reader(OpenFile(file, path, size, known, names, usage)), file)
            else:
                with closing(unpacked(file, packing)) as content:
                    yield from _sound(reader(OpenFile(content, path, None, known, names, usage)), file)
        except Exception:
            file.check()
            raise


def _sound(rows: Iterator[Record | Refusal], file: ErrorRecordingFile) -> Iterator[Record | Refusal]:
    """Yield the rows. Raises OSError in place of a refusal that a failed read of the file caused."""
    for row in rows:
        if isinstance(row, Refusal):
            file.check()
        yield row


def _kind(path: str) -> tuple[str, str | None]:
    """Return the suffix of a file's format and that of its compression, if any."""
    stem, suffix = split_suffix(original(path))
    return (split_suffix(stem)[1], suffix) if suffix in UNPACKERS else (suffix, None)


def takes(root: Path, entry: Entry) -> bool:
    """Whether the file may hold an article, by its name and size. False if `read_file` refuses it unread
    (`unsupported`, `too-large`)."""
    suffix, packing = _kind(entry.path)
    if suffix in SINGLE and packing is None:
        found = _stat(f"{root}/{original(entry.path)}")
        return found is None or found.st_size <= (limits.MAX_DOCUMENT_BYTES if suffix in LARGE else limits.MAX_BYTES)
    return suffix in READERS


def file_sha256(root: Path, entry: Entry) -> str | None:
    """Return the SHA-256 of the file's bytes followed by those of its metadata file; None if it cannot be read or is
    outside the raw folder."""
    hashed = hashlib.sha256()
    try:
        place = _beside(root, entry.path)
        for path in (entry.path, place) if place else (entry.path,):
            with _opened(root, path) as file:
                # A separator, so that moving bytes from one file to the other changes the hash.
                hashed.update(b"" if path == entry.path else b"\0metadata\0")
                while chunk := file.read(CHUNK_BYTES):
                    hashed.update(chunk)
    except (OSError, ValueError, _Outside):
        return None
    return hashed.hexdigest()


def _beside(root: Path, path: str) -> str | None:
    """Return the path of a file's metadata file, if there is one."""
    place = sidecar_path(original(path))
    return safe(place) if place and _there(f"{root}/{place}") else None


def _there(file: str) -> bool:
    """Whether the file exists. A file that cannot be reached at the moment exists but cannot be read. A folder does not
    count: its files are listed."""
    try:
        # A link to a folder is not walked, so it is refused as metadata.
        return not stat.S_ISDIR(os.stat(file).st_mode) or Path(file).is_symlink()  # noqa: PTH116
    except ValueError:
        return False
    except OSError as error:
        return error.errno not in NO_FILE


def _stat(file: str) -> os.stat_result | None:
    try:
        return os.stat(file)  # noqa: PTH116
    except (OSError, ValueError):
        return None


def _resolved(path: Path) -> Path:
    """Resolve the links of a path. A circle of links leaves the path as it is."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _opened(root: Path, path: str) -> BinaryIO:
    """Open a file for reading. Raises _Outside or OSError (also for pipes and devices, which are never opened)."""
    place = root / original(path)
    if _has_link(root, path):
        place = _resolved(place)
        if not place.is_relative_to(root.resolve()):
            raise _Outside(path)
    if not stat.S_ISREG(place.stat().st_mode):
        raise OSError(0, "not a regular file")
    return place.open("rb")


def _has_link(root: Path, path: str) -> bool:
    """Whether a path may lead out of the raw folder: one of its parts below the folder is a link, or leads up."""
    at = str(root)
    for part in original(path).split("/"):
        at = f"{at}/{part}"
        if part == os.pardir or os.path.islink(at):  # noqa: PTH114
            return True
    return False
