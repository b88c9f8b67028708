"""Convert labels of words in BIO, IOB, BILOU, BIOES or IO to spans."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Begins, inside, ends, a name of one word; M is inside in BMES.
_PREFIX = re.compile(r"(?P<place>[BILUESM])[-_](?P<type>.+)", re.DOTALL)
_BEGINS, _ALONE, _ENDS = frozenset("B"), frozenset("US"), frozenset("LEUS")
OUTSIDE = "O"


def parted(label: str) -> tuple[str, str]:
    """Split a label into the letter of its place in a name ("" if none) and the kind of name ("" outside)."""
    if label == OUTSIDE:
        return "", ""
    found = _PREFIX.fullmatch(label)
    return (found["place"], found["type"]) if found else ("", label)


def spans(words: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Convert words (start, end, label) in text order to names. A letter that does not fit the one before is read as
    most likely meant: "inside" of another kind begins a name."""
    found: list[tuple[int, int, str]] = []
    opened = ""
    for start, end, label in words:
        place, kind = parted(label)
        if kind and kind == opened and place not in _BEGINS | _ALONE:
            found[-1] = (found[-1][0], end, kind)
        elif kind:
            found.append((start, end, kind))
        opened = "" if place in _ENDS else kind
    return found
