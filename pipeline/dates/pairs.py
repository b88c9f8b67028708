"""Dates in one range or list ("from Tuesday to Friday", "on 3 and 5 May"): the later one follows the earlier.

Weekdays are counted forward from the one before if the clause looks ahead, else backward from the last one. Days and
months without a year are in the year of the last one, or the year before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.dates import tense
from pipeline.dates.rows import Date
from pipeline.document import Document
from pipeline.expressions import Expression, calendar

# The text between the weekdays of a range, and of a list.
_RANGE = re.compile(r"\s?(?:to|through|thru|until|till|[-–—])\s?(?:the\s)?(?:following\s)?", re.IGNORECASE)
_LIST = re.compile(r",?\s(?:and|or|&)\s(?:on\s|again\son\s)?", re.IGNORECASE)
_COMMA = re.compile(r",\s")
_MAX_BETWEEN = 20
# Weekdays of a list that are further apart are named backward ("Friday and Thursday").
_MAX_APART = 4
# A longer run of weekdays is not a plan of a week.
_MAX_WEEKDAYS = 7
_DAYS_OF_YEAR, _LAST_DAY = 365, 31


@dataclass(frozen=True, slots=True)
class Paired:
    """Expressions and directions after pairing. `back`: index of a weekday -> index of the later one from
    which it is counted back, and by how many days."""

    found: list[Expression]
    directions: list[int]
    back: Mapping[int, tuple[int, int]]


def paired(doc: Document, found: Sequence[Expression], directions: Sequence[int]) -> Paired:
    """Pair weekdays in ranges and lists. `found` is in text order."""
    out, leaning, back = list(found), list(directions), dict[int, tuple[int, int]]()
    for group in _groups(doc.text, found):
        is_range = _RANGE.fullmatch(doc.text[found[group[0]].end : found[group[1]].start]) is not None
        lean = next((d for n in group if (d := directions[n])), 0) or _unclear_direction(doc, found[group[0]], is_range)
        for n in group:
            leaning[n] = lean
        for left, right in pairwise(group):
            days = ((found[right].weekday or 0) - (found[left].weekday or 0)) % 7 or 7
            if lean > 0:
                out[right] = replace(found[right], anchor="context", toward=1)
            elif is_range or days <= _MAX_APART:
                back[left] = right, days
    return Paired(out, leaning, back)


def _groups(text: str, found: Sequence[Expression]) -> list[list[int]]:
    """Return runs of plain weekdays that words of a range or list join."""
    groups: list[list[int]] = []
    for n in range(1, len(found)):
        if not (_is_plain(found[n - 1]) and _is_plain(found[n])):
            continue
        if found[n - 1].clock and found[n - 1].weekday == found[n].weekday:
            continue  # two times of one day
        between = text[found[n - 1].end : found[n].start]
        if len(between) > _MAX_BETWEEN or not any(p.fullmatch(between) for p in (_RANGE, _LIST, _COMMA)):
            continue
        if groups and groups[-1][-1] == n - 1:
            groups[-1].append(n)
        else:
            groups.append([n - 1, n])
    groups = [g for g in groups if len(g) <= _MAX_WEEKDAYS]
    return [g for g in groups if not _COMMA.fullmatch(text[found[g[-2]].end : found[g[-1]].start])]


def _is_plain(expression: Expression) -> bool:
    """Whether it is a weekday without a week, "last" or "next"."""
    return expression.form == "weekday" and expression.amount is None and not expression.toward and not expression.steps


def _unclear_direction(doc: Document, first: Expression, is_range: bool) -> int:
    """Return the direction of a clause of unclear tense: future for weekdays of a plan in the present tense, and for a
    range without a verb."""
    verb = tense.governing_verb(doc, first.start, first.end)
    ahead = is_range if verb is None else tense.is_present(doc, first.start, first.end)
    return tense.FUTURE if ahead else tense.UNKNOWN


def aligned(text: str, found: Sequence[Expression], rows: list[Date]) -> list[Date]:
    """Return the rows with the years of each range or list in order: a date without a year gets the last year in which
    it is not after the next date."""
    for n in range(len(rows) - 2, -1, -1):
        if not (_has_no_year(found[n]) and _has_no_year(found[n + 1])):
            continue
        left, right = rows[n], rows[n + 1]
        between = text[left.end : right.start]
        if len(between) > _MAX_BETWEEN or not any(p.fullmatch(between) for p in (_RANGE, _LIST, _COMMA)):
            continue
        if left.value is None or left.earliest is None or right.earliest is None or left.problem or right.problem:
            continue
        if 0 <= (right.earliest - left.earliest).days < _DAYS_OF_YEAR:
            continue
        place = found[n].month, found[n].day or 0
        later = place > (found[n + 1].month, found[n + 1].day or _LAST_DAY)
        value = f"{right.earliest.year - later:04d}{left.value[4:]}"
        days = calendar.interval(value.partition("T")[0], found[n].mod)
        if days is not None:
            rows[n] = replace(left, value=value, earliest=days[0], latest=days[1])
    return rows


def _has_no_year(expression: Expression) -> bool:
    """Whether an expression is a month or a day of one, without any hint of its year."""
    if expression.form != "calendar" or expression.month is None or expression.weekday is not None:
        return False
    return expression.toward is None and expression.amount is None and expression.pick is None and not expression.cut
