"""Dates in numbers: 02/03/2021 is the second of March or the third of February. The other dates of a file can tell."""

from __future__ import annotations

import re
from collections.abc import Iterable

# With dots the day comes first everywhere; with slashes and dashes that depends on the country.
NUMBERS = re.compile(r"\s*(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
MONTHS = 12
# 70 is 1970, 69 is 2069, as POSIX has it (strptime, %y).
FIRST_OF_CENTURY = 69


def numbers(field: str | None) -> tuple[int, int, int] | None:
    """The first two numbers of a date and its year, where its year comes last; else None."""
    found = NUMBERS.match(field or "")
    if found is None:
        return None
    year = int(found[4])
    if len(found[4]) == 2:
        year += 2000 if year < FIRST_OF_CENTURY else 1900
    return int(found[1]), int(found[3]), year


def ambiguous(field: str | None) -> bool:
    """Whether a date can be read in two ways that are two days."""
    found = numbers(field)
    return found is not None and found[0] != found[1] and max(found[:2]) <= MONTHS


def day_order(fields: Iterable[str | None]) -> str | None:
    """One of DAY_ORDERS where dates of a file prove it: a number above 12 is no month. None where none of them does, or
    where they disagree."""
    shown = set()
    for first, second, _ in filter(None, map(numbers, fields)):
        if first > MONTHS >= second:
            shown.add("day-month")
        elif second > MONTHS >= first:
            shown.add("month-day")
    return shown.pop() if len(shown) == 1 else None
