"""Labels of words -> spans, whichever of BIO, IOB, BILOU, BIOES and IO they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What begins, goes on, ends, and is a name of one word; M is BMES's word for inside.
_PREFIX = re.compile(r"(?P<place>[BILUESM])[-_](?P<type>.+)", re.DOTALL)
_BEGINS, _ALONE, _ENDS = frozenset("B"), frozenset("US"), frozenset("LEUS")
OUTSIDE = "O"


def parted(label: str) -> tuple[str, str]:
    """A label -> the letter of its place in a name ("" where it has none), and what the name is ("" outside)."""
    if label == OUTSIDE:
        return "", ""
    found = _PREFIX.fullmatch(label)
    return (found["place"], found["type"]) if found else ("", label)


def spans(words: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Words in text order, (start, end, label) -> names. A letter that does not fit what came before is taken for what
    it most likely is: a word inside a name of another kind begins one."""
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
