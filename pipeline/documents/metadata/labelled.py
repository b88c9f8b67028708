"""Find the day on a separate line at the head of an article, with a label or between separators: "Published 3 March
2016 | Updated 5 March 2016", "May 9, 2018 / 10:15 AM / CBS News"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.data import any_of, words
from pipeline.expressions import Expression, find

LABEL = re.compile(
    rf"\b(?:(?P<updated>{any_of(words('publication_words.tsv', 'updated'))})"
    rf"|(?P<published>{any_of(words('publication_words.tsv', 'first-published'))}))\b",
    re.IGNORECASE,
)
# A label begins its line, except for up to three marks.
_OPENING = re.compile(r"\W{0,3}")
_SEPARATOR = re.compile(r"\s[|/]\s|\s·\s")
_WORD = re.compile(r"[^\W\d_]{2,}")
# A day after these is that of a copy, not of the article.
_FETCHED = words("publication_words.tsv", "fetched")
_SMALL = words("publication_words.tsv", "beside-day")
# Longer lines, lines with more words beside the day, and lines further down are text.
_MAX_CHARACTERS, _MAX_WORDS, _MAX_LINES = 120, 5, 8
_FIRST, _PLAIN, _CHANGED = 0, 1, 2


class Labelled(NamedTuple):
    """A day of a line, at an offset of the text; `rank` is 0 for the first publication, 2 for a change, else 1."""

    rank: int
    start: int
    day: Expression


def label(before: str) -> int:
    """Return 0 after a word for the first publication, 2 after one for a change, 1 if there is neither."""
    last = max(LABEL.finditer(before), key=lambda found: found.end(), default=None)
    return _PLAIN if last is None else _FIRST if last["published"] else _CHANGED


def labelled(text: str) -> Labelled | None:
    """Return the day of publication in a line at the head of a text; None if there is none. The first publication is
    preferred to a change."""
    return min(_days(text), default=None, key=lambda found: (found.rank, found.start))


def _days(text: str) -> Iterator[Labelled]:
    start = 0
    for line in text[: _MAX_LINES * _MAX_CHARACTERS].split("\n")[: 2 * _MAX_LINES]:
        if line and len(line) <= _MAX_CHARACTERS and _is_complete(text, start + len(line)):
            for day in _of_line(line):
                yield Labelled(label(line[: day.start]), start + day.start, day)
        start += len(line) + 1


def _is_complete(text: str, end: int) -> bool:
    return end == len(text) or text[end] == "\n"


def _of_line(line: str) -> list[Expression]:
    """Return the days of a line with few other words."""
    opening = _OPENING.match(line)
    begins = LABEL.match(line, opening.end() if opening else 0) is not None
    if any(found[0].lower() in _FETCHED for found in LABEL.finditer(line)):
        return []
    if not begins and not _SEPARATOR.search(line) and not LABEL.search(line):
        return []
    found = find(line)
    days = [e for e in found if e.year is not None and e.interval and e.interval[0] == e.interval[1]]
    if not days or not (begins or _SEPARATOR.search(line) or days[0].start == 0):
        return []
    rest = line
    for each in reversed(found):
        rest = rest[: each.start] + " " + rest[each.end :]
    beside = [word for word in _WORD.findall(LABEL.sub(" ", rest)) if word.lower() not in _SMALL]
    return days if len(beside) <= _MAX_WORDS and all(word[0].isupper() for word in beside) else []
