"""A raw folder -> raw articles, and the files refused, with reasons.

Belongs here: which files there are, which may be opened, and handing them to the reader of their format. Beside it:
`formats` (one reader a format), `decoding` (bytes to text), `names` (paths as the tables hold them), `rows` (records
and refusals).
Does not belong here: what the text says, and matters between records (a name that comes twice): the store's affair.

Nothing in a file makes reading fail: what is no article becomes a refusal.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from pipeline.read.formats import MOST_BYTES, READERS
from pipeline.read.names import original, safe
from pipeline.read.rows import Record, Refusal, refusal

__all__ = ["CODE_VERSION", "MOST_BYTES", "Entry", "Record", "Refusal", "file_sha256", "listing", "read_file"]

CODE_VERSION = "1"
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `path` is relative to the raw folder, with "/" between its parts, as `names.safe` writes it; `bytes`
    and `modified_ns` are its own, or those of what it links to, and 0 where they cannot be told."""

    path: str
    bytes: int
    modified_ns: int


class _Outside(Exception):
    """The file does not lie in the raw folder."""


def listing(root: Path) -> list[Entry]:
    """The files below a folder, sorted by path. Hidden files and folders (leading dot) are left out; a link to a
    folder is not followed, and is listed where it leads out of the raw folder.

    Raises FileNotFoundError or NotADirectoryError in one line that names the folder, PermissionError likewise.
    """
    if not root.exists():
        raise FileNotFoundError(f"the raw folder {root} does not exist")
    if not root.is_dir():
        raise NotADirectoryError(f"the raw folder {root} is not a folder")
    if not os.access(root, os.R_OK | os.X_OK):
        raise PermissionError(f"the raw folder {root} may not be read")
    real = root.resolve()
    # A folder that cannot be read is listed itself, so that it is refused and not lost in silence.
    closed: list[OSError] = []
    entries: list[Entry] = []
    for folder, folders, files in os.walk(root, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        here = Path(folder)
        leading_out = [
            name for name in folders if (here / name).is_symlink() and not _resolved(here / name).is_relative_to(real)
        ]
        shown = [name for name in [*files, *leading_out] if not name.startswith(".")]
        entries.extend(_entry(root, here / name) for name in shown)
    entries.extend(_entry(root, Path(error.filename)) for error in closed if error.filename)
    return sorted(entries, key=lambda entry: entry.path)


def read_file(root: Path, entry: Entry) -> Iterator[Record | Refusal]:
    """The records and refusals of one file, in its order. Never raises for what the file is or holds."""
    path = entry.path
    try:
        reader = READERS.get(PurePosixPath(original(path)).suffix.lower())
        with _opened(root, path) as file:
            if reader is None:
                known = ", ".join(sorted(READERS))
                yield refusal(path, path, "unsupported", f"is of a kind that is not read ({known})", size=entry.bytes)
                return
            yield from reader(file, path, os.fstat(file.fileno()).st_size)
    except _Outside:
        yield refusal(path, path, "outside", "is a link that leads out of the raw folder")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "is no file that can be opened"
        yield refusal(path, path, "unreadable", f"cannot be read: {why}", size=entry.bytes or None)


def file_sha256(root: Path, entry: Entry) -> str | None:
    """SHA-256 of the file's bytes, or None where it cannot be read or lies outside."""
    hashed = hashlib.sha256()
    try:
        with _opened(root, entry.path) as file:
            while chunk := file.read(CHUNK_BYTES):
                hashed.update(chunk)
    except (OSError, ValueError, _Outside):
        return None
    return hashed.hexdigest()


def _entry(root: Path, file: Path) -> Entry:
    path = safe(file.relative_to(root).as_posix())
    try:
        known = file.stat()
    except (OSError, ValueError):
        return Entry(path, 0, 0)
    return Entry(path, known.st_size if stat.S_ISREG(known.st_mode) else 0, known.st_mtime_ns)


def _resolved(path: Path) -> Path:
    """Where a path leads. A circle of links leads nowhere: the path stays."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _opened(root: Path, path: str) -> BinaryIO:
    """The file, open for reading. Raises _Outside, or OSError (also where it is a pipe or device: never opened)."""
    place = _resolved(root / original(path))
    if not place.is_relative_to(root.resolve()):
        raise _Outside(path)
    if not stat.S_ISREG(place.stat().st_mode):
        raise OSError(0, "not a regular file")
    return place.open("rb")
