"""Quotations that name the day on which they are said: "Today, 3 May, we opened it", "Today is Friday"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from pipeline.dates.rows import Date, Days, Quotation

_TODAY = re.compile(r"(?:earlier |later )?today", re.IGNORECASE)
# Between "today" and its day.
_SAME = re.compile(r"(?:,?\s(?:(?:is|on|which is)\s)?(?:the\s)?|\s?[\[(])", re.IGNORECASE)
_MAX_BETWEEN = 16


def is_named(text: str, start: int, end: int, following: int) -> bool:
    """Whether the characters [start, end) are "today", and the date that begins at `following` says which day it is."""
    between = text[end:following]
    if len(between) > _MAX_BETWEEN or not _SAME.fullmatch(between):
        return False
    return _TODAY.fullmatch(text[start:end]) is not None


def named_days(text: str, rows: Sequence[Date], quotes: Sequence[Quotation]) -> Mapping[int, tuple[int, Days]]:
    """Return quotation -> row of the day that its own words call today, and that day. A quotation that calls two days
    today is left out."""
    found: dict[int, set[tuple[int, Days]]] = {}
    for index, (left, right) in enumerate(pairwise(rows), start=1):
        if left.relation != "inside" or left.quote is None or right.quote != left.quote or right.problem is not None:
            continue
        if quotes[left.quote].kind == "indirect" or not is_named(text, left.start, left.end, right.start):
            continue
        if _TODAY.fullmatch(text[right.start : right.end]):
            # "I told myself, 'today is today'"
            continue
        if right.type in ("DATE", "TIME") and right.earliest is not None and right.earliest == right.latest:
            first = quotes[left.quote].part_of
            quote = left.quote if first is None else first
            found.setdefault(quote, set()).add((index, (right.earliest, right.earliest)))
    return {quote: next(iter(days)) for quote, days in found.items() if len({day for _, day in days}) == 1}
