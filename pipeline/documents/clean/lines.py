"""The lines of a raw text, with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass

LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank: raw[start:end] without the blanks around it."""

    start: int
    end: int
    text: str
    indented: bool


def lines(raw: str) -> list[Line]:
    """The lines with something on them, in order."""
    out = []
    for found in LINE.finditer(raw):
        whole = found[0]
        text = whole.strip()
        if text:
            start = found.start() + len(whole) - len(whole.lstrip())
            out.append(Line(start, start + len(text), text, start > found.start()))
    return out
