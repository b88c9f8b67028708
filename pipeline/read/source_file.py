"""What a reader is handed, and what every reader asks of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from pipeline.read import limits
from pipeline.read.field_names import FieldNames, Usage
from pipeline.read.rows import Record, Refusal, refusal


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, open for reading (unpacked where it was packed).

    path    its name, as the tables hold it
    size    its bytes; None where only reading tells (it was packed)
    beside  what the metadata beside it say: names of `rows.KNOWN` and `url`
    names   under which names its records give their fields
    usage   which of them they used so far
    """

    file: BinaryIO
    path: str
    size: int | None
    beside: Mapping[str, str | None] = field(default_factory=dict)
    names: FieldNames = field(default_factory=FieldNames)
    usage: Usage = field(default_factory=Usage)


class RecordTooLarge(Exception):
    """A record is longer than it may be."""


class Counted:
    """A file whose bytes since `begin` may not be more than a record has; `head` are bytes that were read before."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file, self._head, self.read_bytes = file, head, 0

    def begin(self) -> None:
        """Count from here."""
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Raises RecordTooLarge."""
        data, self._head = (self._head, b"") if self._head and size else (b"", self._head)
        data = data or self._file.read(size)
        self.read_bytes += len(data)
        if self.read_bytes > 2 * limits.MOST_BYTES:
            raise RecordTooLarge
        return data


def whole(opened: Opened, most: int) -> bytes | Refusal:
    """The bytes of a file that is one article, of at most so many bytes."""
    path = opened.path
    if opened.size is not None and opened.size > most:
        return refusal(path, path, "too-large", f"has {opened.size} bytes, more than {most}", size=opened.size)
    data = opened.file.read(most + 1)
    if len(data) > most:
        return refusal(path, path, "too-large", f"has more than {most} bytes")
    if not data.strip():
        return refusal(path, path, "empty", "holds only blanks" if data else "is empty", data)
    return data


type Reader = Callable[[Opened], Iterator[Record | Refusal]]


def visible(content: str) -> bool:
    """Whether there is anything to see: not only blanks, controls and invisible characters."""
    return any(ch.isprintable() and not ch.isspace() for ch in content)
