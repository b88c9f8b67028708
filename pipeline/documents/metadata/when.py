"""When the article was published: given, stated, or between which days."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.expressions import find
from pipeline.sentences import Sentence

type Date = datetime.date

ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
URL_DAY = re.compile(r"/((?:19|20)\d{2})[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/-]|$)")
# News is read from after 1900; a later year than this is a number that looks like one.
FIRST_YEAR, LAST_YEAR = 1900, 2099
MOST_GIVEN = 200


@dataclass(frozen=True, slots=True)
class When:
    """Closed interval of days, open (None) where nothing bounds it; `basis` as in the contract; `start`, `end`: the
    statement or the evidence in the text, where it stands there; `stated`: the words; `evidence`: of what is inferred,
    each bound with what proved or suggested it, the proved ones first."""

    earliest: Date | None
    latest: Date | None
    basis: str
    stated: str | None = None
    start: int | None = None
    end: int | None = None
    evidence: tuple[str, ...] = ()


UNKNOWN = When(None, None, "unknown")


def given(published: str | None, url: str | None) -> When | None:
    """What the record says: its date, else the day in its address."""
    if published:
        days = _read(published[:MOST_GIVEN])
        if days:
            return When(*days, "metadata", published)
    if url and (found := URL_DAY.search(url[:2_000])):
        day = _day(*map(int, found.groups()))
        if day:
            return When(day, day, "metadata", found[0].strip("/"))
    return None


def stated(text: str, sentences: Sequence[Sentence]) -> When | None:
    """The day that the byline or date line names with its year. A date elsewhere is not the article's own."""
    for role in ("byline", "dateline"):
        for sentence in sentences:
            if sentence.role == role:
                for found in find(text[sentence.start : sentence.end]):
                    if found.interval and found.interval[0] == found.interval[1] and in_range(found.interval):
                        start, end = sentence.start + found.start, sentence.start + found.end
                        return When(*found.interval, "stated", text[start:end], start, end)
    return None


def _read(words: str) -> tuple[Date, Date] | None:
    """A given date, ISO or in words: the day, or the days of the month or year that it names."""
    iso = ISO_DAY.match(words.strip())
    if iso:
        day = _day(*map(int, iso.groups()))
        return (day, day) if day else None
    known = [found.interval for found in find(words) if found.interval and in_range(found.interval)]
    return min(known, key=lambda days: days[1] - days[0]) if known else None


def _day(year: int, month: int, day: int) -> Date | None:
    try:
        return datetime.date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def in_range(days: tuple[Date, Date]) -> bool:
    """Whether these can be days of news."""
    return days[0].year >= FIRST_YEAR and days[1].year <= LAST_YEAR
