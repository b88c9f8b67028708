"""Split a text into sentences with their roles (title, byline, dateline, body).

Belongs here: combining lines, roles and boundaries. Submodules: `head` (roles of the first lines) and `boundaries`
(sentence ends inside a line).
Does not belong here: what the sentences say.

Every line break ends a sentence. Sentences contain every character except the blanks between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.sentences import boundaries, head

__all__ = ["CODE_VERSION", "Sentence", "split"]

CODE_VERSION = "6"
MAX_ABOVE_DATELINE = 3
LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Code points [start, end) of the text; `position` counts from 0; `role` as in the contract."""

    position: int
    role: str
    start: int
    end: int


def split(text: str) -> list[Sentence]:
    """Return the sentences in text order, without overlap; only blanks are between them."""
    lines = list(_lines(text))
    out: list[Sentence] = []
    # A summary may precede the date line.
    checked = 0
    for (start, end), role in zip(lines, head.roles(text, lines), strict=True):
        if role != "body":
            out.append(Sentence(len(out), role, start, end))
            continue
        at = start
        if checked < MAX_ABOVE_DATELINE:
            checked += 1
            found = head.dateline(text, start, end)
            if found and found.end() < end:
                out.append(Sentence(len(out), "dateline", start, found.end()))
                at = _shown(text, found.end(), end)
                checked = MAX_ABOVE_DATELINE
        for stop, after in boundaries.ends(text, at, end):
            out.append(Sentence(len(out), "body", at, stop))
            at = after
        if at < end:
            out.append(Sentence(len(out), "body", at, end))
    return out


def _lines(text: str) -> Iterator[tuple[int, int]]:
    for found in LINE.finditer(text):
        start, end = found.span()
        start = _shown(text, start, end)
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            yield start, end


def _shown(text: str, start: int, end: int) -> int:
    """Return the first non-blank offset from `start`."""
    while start < end and text[start].isspace():
        start += 1
    return start
