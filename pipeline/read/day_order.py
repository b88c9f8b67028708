"""Resolve numeric dates by a file's other dates: 02/03/2021 is 2 March or 3 February."""

from __future__ import annotations

import re
from collections.abc import Iterable

# With dots the day always comes first; with slashes and dashes it depends on the country.
NUMBERS = re.compile(r"\s*(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
MONTHS = 12
# 70 is 1970, 69 is 2069 (POSIX, strptime, %y).
FIRST_OF_CENTURY = 69


def numbers(field: str | None) -> tuple[int, int, int] | None:
    """Return the first two numbers of a date and its year if the year comes last; else None."""
    found = NUMBERS.match(field or "")
    if found is None:
        return None
    year = int(found[4])
    if len(found[4]) == 2:
        year += 2000 if year < FIRST_OF_CENTURY else 1900
    return int(found[1]), int(found[3]), year


def ambiguous(field: str | None) -> bool:
    """Whether a date can be read as two different days."""
    found = numbers(field)
    return found is not None and found[0] != found[1] and max(found[:2]) <= MONTHS


def day_order(fields: Iterable[str | None]) -> str | None:
    """Return one of DAY_ORDERS if dates of a file prove it: a number above 12 is no month. None if no date proves it or
    dates disagree."""
    shown = set()
    for first, second, _ in filter(None, map(numbers, fields)):
        if first > MONTHS >= second:
            shown.add("day-month")
        elif second > MONTHS >= first:
            shown.add("month-day")
    return shown.pop() if len(shown) == 1 else None
