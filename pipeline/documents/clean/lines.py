"""Split a raw text into lines with offsets."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A non-blank line: raw[start:end], without surrounding blanks."""

    start: int
    end: int
    text: str
    indented: bool


def lines(raw: str, begin: int = 0, stop: int = sys.maxsize) -> list[Line]:
    """Return the non-blank lines in [begin, stop), in order."""
    out = []
    for found in LINE.finditer(raw, begin, stop):
        whole = found[0]
        text = whole.strip()
        if text:
            start = found.start() + len(whole) - len(whole.lstrip())
            out.append(Line(start, start + len(text), text, start > found.start()))
    return out
