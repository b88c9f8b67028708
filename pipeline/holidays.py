"""Holidays by which news names a day, and where the words of an article name one.

Belongs here: the table of holidays, and the tokens of one. Does not belong here: their days (expressions.calendar).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from pipeline.data import load
from pipeline.document import Document


@dataclass(frozen=True, slots=True)
class Holiday:
    """A line of holidays.tsv, which documents how to compute the day."""

    name: str
    month: int | None
    day: int | None
    weekday: int | None
    which: int | None
    after: int
    example: str
    source: str


HOLIDAYS = {line.name: line for line in load("holidays.tsv", Holiday)}
# The tokens of a name: "st.", "patrick", "'s", "day".
_TOKEN = re.compile(r"st\.|\w+|'s|'")
_APOSTROPHES = str.maketrans("’‘", "''")


def _by_word() -> dict[str, list[tuple[tuple[str, ...], int]]]:
    """Map each word to the holidays with it, as tokens, and its place among them; longer holidays come first."""
    found: defaultdict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
    for tokens in sorted((tuple(_TOKEN.findall(name)) for name in HOLIDAYS), key=len, reverse=True):
        for place, word in enumerate(tokens):
            found[word].append((tokens, place))
    return dict(found)


_BY_WORD = _by_word()


def tokens_of_holiday(doc: Document, token: int) -> range:
    """Return the tokens of the longest listed holiday that contains a token; empty if there is none, or if it is part
    of a longer name ("Christmas Island", "Anna Easter")."""
    for words, place in _BY_WORD.get(doc.folded[token].translate(_APOSTROPHES), ()):
        first, last = token - place, token - place + len(words)
        if first < 0 or tuple(word.translate(_APOSTROPHES) for word in doc.folded[first:last]) != words:
            continue
        return range(0) if _goes_on(doc, first, last) else range(first, last)
    return range(0)


def _goes_on(doc: Document, first: int, last: int) -> bool:
    """Whether a capitalised name before or behind the tokens [first, last) is in one phrase with them."""
    head = doc.head_of(range(first, last))
    before, after = first - 1, last
    return (before >= 0 and _is_proper(doc, before) and first <= doc.head[before] < last) or (
        after < len(doc) and _is_proper(doc, after) and doc.head[head] == after
    )


def _is_proper(doc: Document, token: int) -> bool:
    return doc.tag[token] in ("NNP", "NNPS") and doc.words[token][:1].isupper()
