"""Stream files of any format that are compressed with gzip or Zstandard."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from pipeline.read import limits

# Magic numbers: gzip, Zstandard, zip, bzip2, xz, 7z.
ARCHIVES = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c")
TAR_MARK, TAR_AT = b"ustar", 257
BUFFER = 1 << 16


class TooLarge(Exception):
    """The file unpacks to far more than compressed text does."""


class Damaged(Exception):
    """The file is cut off, or not compressed as its name says."""


class Nested(Exception):
    """The compressed content is compressed again, or is an archive of several files."""


class _Unpacked(io.RawIOBase):
    """The content of a compressed stream. Raises every fault as TooLarge or Damaged. Not seekable."""

    def __init__(self, stream: Any, packed: int) -> None:
        # Return available bytes at once, so that what precedes a fault is still read.
        self.read_some = getattr(stream, "read1", stream.read)
        # No ratio for content as small as one article: its reader bounds it.
        self.most = max(8 * limits.MAX_BYTES, limits.MAX_RATIO * packed)
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            data = self.read_some(len(buffer))
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise Damaged(str(error)) from None
        self.count += len(data)
        if self.count > self.most:
            raise TooLarge
        buffer[: len(data)] = data
        return len(data)


def _gzip(file: BinaryIO) -> Any:
    return gzip.GzipFile(fileobj=file, mode="rb")


def _zstd(file: BinaryIO) -> Any:
    import pyarrow

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(file, mode="r"), "zstd")


UNPACKERS: dict[str, Callable[[BinaryIO], Any]] = {".gz": _gzip, ".zst": _zstd}


def unpacked(file: BinaryIO, suffix: str) -> BinaryIO:
    """Return a stream of a compressed file's content. Raises Damaged, Nested; reading it raises TooLarge, Damaged."""
    size = os.fstat(file.fileno()).st_size
    content = io.BufferedReader(_Unpacked(UNPACKERS[suffix](file), size), BUFFER)
    head = content.peek(TAR_AT + len(TAR_MARK))
    if head.startswith(ARCHIVES) or head[TAR_AT:].startswith(TAR_MARK):
        raise Nested
    return content
