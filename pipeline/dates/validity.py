"""Date problems that need more than the date's own words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from pipeline.dates.rows import Date, Days
from pipeline.dates.tense import DIRECT, PAST
from pipeline.document import Document
from pipeline.expressions import Expression, posts
from pipeline.expressions.words import ORDINALS

# How many dates back to look for the day of a celebration.
_NEAR = 3
_RANGE = re.compile(r"\s?(?:to|through|until|till|and|-|–|—)\s(?:the\s)?|[-–—]", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|between)\s(?:the\s)?$", re.IGNORECASE)
_ANNIVERSARY = re.compile(
    rf"\b(\d{{1,3}}(?=st|nd|rd|th)|{'|'.join(ORDINALS)})(?:st|nd|rd|th)?\sanniversary\sof\b", re.IGNORECASE
)


def of_one(expression: Expression, days: Days, direction: int, published: Days | None) -> str | None:
    """Return the problem of one resolved date: a wrong weekday, or a day of the past after the publication."""
    if expression.weekday is not None and expression.day is not None and days[0].weekday() != expression.weekday:
        return "weekday-mismatch"
    ahead = published is not None and days[0] > published[1]
    # With a year further off the verb may belong to a plan: "his promise to halve it by the year 2000 was abandoned".
    return "after-publication" if direction <= PAST * DIRECT and expression.year is not None and ahead else None


def of_all(doc: Document, rows: list[Date], found: Sequence[Expression]) -> list[Date]:
    """Return the rows with the problems of date pairs; the times of a timeline without a day."""
    rows = _timeline(doc, rows, found)
    rows = [_reversed(doc.text, rows[n - 1], row) if n else row for n, row in enumerate(rows)]
    # The pattern is slow and the word is rare. Fold these letters as the case-insensitive pattern does.
    if "anniversary" not in doc.text.casefold().replace("i\u0307", "i").replace("\u0131", "i"):
        return rows
    starts = [row.start for row in rows]
    for match in _ANNIVERSARY.finditer(doc.text):
        index = bisect_right(starts, match.end())
        sentence = doc.sentences[doc.sentence_at(match.start())]
        if index >= len(rows) or rows[index].start >= sentence.end:
            continue
        event, year = rows[index], found[index].year
        before = rows[max(0, index - _NEAR) : index]
        kept = next((r for r in reversed(before) if r.start >= sentence.start and r.earliest), None)
        if year is None or kept is None or kept.earliest is None or event.problem is not None:
            continue
        number = ORDINALS.get(match[1].lower()) or int(match[1])
        if year + number != kept.earliest.year:
            rows[index] = replace(event, problem="anniversary-mismatch")
    return rows


def _timeline(doc: Document, rows: list[Date], found: Sequence[Expression]) -> list[Date]:
    """Return the rows with the times of posts unresolved if a date above the first is of an earlier day: "Ten years ago
    the ferry sank.", "21:10 It leaves the port." is no live report."""
    times = {each.start for each in posts.openings(doc.text)}
    first = next((row for row in rows if row.start in times), None)
    if first is None or first.earliest is None:
        return rows
    above = [row.latest for row in rows if row.start < first.start and row.relation != "inside"]
    if not any(latest is not None and latest < first.earliest for latest in above):
        return rows
    return [
        replace(row, value=each.value, earliest=None, latest=None, basis="unresolved") if row.start in times else row
        for row, each in zip(rows, found, strict=True)
    ]


def _reversed(text: str, left: Date, right: Date) -> Date:
    """Flag the second date of "from ... to ..." if it ends before the first begins."""
    if left.earliest is None or right.latest is None or right.problem or right.latest >= left.earliest:
        return right
    between = text[left.end : right.start]
    if len(between) > 12 or not _RANGE.fullmatch(between):
        return right
    begins = _FROM.search(text[max(0, left.start - 12) : left.start])
    return replace(right, problem="reversed-interval") if begins else right
