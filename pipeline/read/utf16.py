"""Stream records in UTF-16 or UTF-32 as UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from typing import Any, BinaryIO, cast

from pipeline.read import limits
from pipeline.read.decoding import BOMS

# Records begin in ASCII: an object's bracket and quotation mark, a header's names. Four characters rule out chance.
LITTLE, BIG = re.compile(rb"(?:[^\0]\0){4}"), re.compile(rb"(?:\0[^\0]){4}")
BUFFER = 1 << 16


def as_utf8(file: BinaryIO) -> tuple[BinaryIO, str]:
    """Return a buffered file as UTF-8, and its encoding: "utf-8" if its head shows no other. Undecodable bytes become
    U+FFFD. The file must be at its beginning."""
    head = cast("io.BufferedReader", file).peek(limits.HEAD_BYTES)[: limits.HEAD_BYTES]
    for bom, codec in BOMS:
        if head.startswith(bom) and codec != "utf-8-sig":
            return io.BufferedReader(_Decoding(file, codec), BUFFER), codec
    for marks, codec in ((LITTLE, "utf-16-le"), (BIG, "utf-16-be")):
        if marks.match(head):
            return io.BufferedReader(_Decoding(file, codec), BUFFER), f"{codec} without byte-order mark"
    return file, "utf-8"


class _Decoding(io.RawIOBase):
    """The bytes of a file, re-encoded as UTF-8."""

    def __init__(self, file: BinaryIO, codec: str) -> None:
        self.file = file
        self.decoder = codecs.getincrementaldecoder(codec)("replace")
        self.left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self.left:
            data = self.file.read(BUFFER)
            self.left = self.decoder.decode(data, final=not data).encode("utf-8")
            if not data:
                break
        count = min(len(buffer), len(self.left))
        buffer[:count] = self.left[:count]
        self.left = self.left[count:]
        return count
