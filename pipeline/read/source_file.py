"""The input of a reader, and the tests that every reader makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from pipeline.read import limits
from pipeline.read.field_names import FieldNames, Usage
from pipeline.read.rows import Record, Refusal, refusal


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file, open for reading (decompressed if necessary).

    path    its path, as the tables hold it
    size    its bytes; None if unknown (compressed)
    beside  the content of its metadata file: names of `rows.METADATA_FIELDS`, `language` and `url`
    names   the names of its records' fields
    usage   the names that its records used so far
    """

    file: BinaryIO
    path: str
    size: int | None
    beside: Mapping[str, str | None] = field(default_factory=dict)
    names: FieldNames = field(default_factory=FieldNames)
    usage: Usage = field(default_factory=Usage)


class RecordTooLarge(Exception):
    """A record is too long."""


class RecordSizeLimiter:
    """A file that bounds the bytes read since `begin` to those of a record. `head` are bytes that were read before."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file, self._head, self.read_bytes = file, head, 0

    def begin(self) -> None:
        """Reset the count."""
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Read bytes. Raises RecordTooLarge above 2 * MAX_BYTES."""
        data, self._head = (self._head, b"") if self._head and size else (b"", self._head)
        data = data or self._file.read(size)
        self.read_bytes += len(data)
        if self.read_bytes > 2 * limits.MAX_BYTES:
            raise RecordTooLarge
        return data


def read_whole_file(opened: OpenFile, most: int) -> bytes | Refusal:
    """Return the bytes of a file that is one article, or a refusal if it is empty or has more than `most` bytes."""
    path = opened.path
    if opened.size is not None and opened.size > most:
        return refusal(path, path, "too-large", f"has {opened.size} bytes, more than {most}", size=opened.size)
    data = opened.file.read(most + 1)
    if len(data) > most:
        return refusal(path, path, "too-large", f"has more than {most} bytes")
    if not data.strip():
        return refusal(path, path, "empty", "holds only blanks" if data else "is empty", data)
    return data


type Reader = Callable[[OpenFile], Iterator[Record | Refusal]]


def visible(content: str) -> bool:
    """Whether a text has a visible character: not only blanks, controls and invisible characters."""
    return any(ch.isprintable() and not ch.isspace() for ch in content)
