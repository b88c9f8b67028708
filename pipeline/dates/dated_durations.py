"""Give days to lengths of time that the date after them begins or ends: "the three months to March", "the quarter ended
Dec. 31", "the week beginning 6 May", "the first nine months of 2023"."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from itertools import pairwise

from pipeline.dates.rows import Date, Days
from pipeline.expressions import calendar

_LENGTH = re.compile(r"P(\d{1,3})([DWMYQ])")
_SPAN_OF = {"year": (1, "Y"), "quarter": (3, "M"), "week": (1, "W"), "month": (1, "M")}
_NAMED = re.compile(
    r"(?:(?:the|its|their|a)\s)?(?:(?:full|fiscal|financial|latest)\s){0,3}(year|quarter|week|month)", re.IGNORECASE
)
_ENDED = re.compile(r",?\s(?:(?:that|which)\s)?end(?:ed|ing|s)(?:\s(?:on|in|at))?\s(?:the\send\sof\s)?")
_UP_TO = re.compile(r"\s(?:to|through|until|up\sto)\s(?:the\send\sof\s)?")
_FROM = re.compile(
    r",?\s(?:(?:that|which)\s)?(?:beginning|starting|commencing|began|started|begins|starts|from)(?:\son)?\s"
)
_OF = re.compile(r"\s(?:of|in)\s")
_WHICH = re.compile(r"(?:the\s)?(first|last|final)\s", re.IGNORECASE)
_MAX_BETWEEN = 26
_DAY = datetime.timedelta(1)


def anchored(text: str, rows: list[Date]) -> list[Date]:
    """Return the rows; lengths that a date next to them begins or ends get their days."""
    for n, (left, right) in enumerate(pairwise(rows)):
        between = text[left.end : right.start]
        if len(between) > _MAX_BETWEEN or right.earliest is None or right.latest is None or right.problem:
            continue
        if right.type != "DATE" or left.type not in ("DURATION", "DATE"):
            continue
        if (length := _length(text, left)) is not None:
            rows[n] = _between(text, left, right, between, length)
    return rows


def _length(text: str, row: Date) -> tuple[int, str] | None:
    """Return the length of a row as a number and a unit, or None."""
    if row.type == "DURATION":
        match = _LENGTH.fullmatch(row.value or "")
        return None if match is None else (int(match[1]) * (3 if match[2] == "Q" else 1), match[2].replace("Q", "M"))
    match = _NAMED.fullmatch(text[row.start : row.end])
    return None if match is None or row.relation == "when_said" else _SPAN_OF[match[1].lower()]


def _between(text: str, row: Date, date: Date, between: str, length: tuple[int, str]) -> Date:
    """Return the row with the days that the date after it gives."""
    words = text[row.start : row.end].lower()
    assert date.earliest is not None and date.latest is not None
    days: Days | None = None
    exact = (date.latest - date.earliest).days <= 31
    if exact and (_ENDED.fullmatch(between) or (_UP_TO.fullmatch(between) and words.startswith("the "))):
        days = _before(date.latest + _DAY, *length), date.latest
    elif date.earliest == date.latest and _FROM.fullmatch(between) and words.startswith("the "):
        days = date.earliest, _before(date.earliest, -length[0], length[1]) - _DAY
    elif (which := _WHICH.match(words)) and _OF.fullmatch(between) and row.type == "DURATION":
        first = date.earliest, _before(date.earliest, -length[0], length[1]) - _DAY
        last = _before(date.latest + _DAY, *length), date.latest
        days = first if which[1] == "first" else last
        days = days if date.earliest <= days[0] and days[1] <= date.latest else None
    if days is None or not calendar.within(days):
        return row
    type_, value = _named(row, days, length)
    return replace(row, type=type_, value=value, earliest=days[0], latest=days[1], basis=date.basis)


def _named(row: Date, days: Days, length: tuple[int, str]) -> tuple[str, str | None]:
    """Return type and value of a length with its days: a quarter or calendar week stays one; else it is a duration."""
    number, unit = length
    middle = days[0] + (days[1] - days[0]) // 2
    if row.type == "DURATION":
        return row.type, row.value
    if (number, unit) == (3, "M"):
        return row.type, calendar.part_of_year(middle, "Q")
    if unit == "W" and calendar.interval(calendar.week_value(days[0])) == days:
        return row.type, calendar.week_value(days[0])
    return "DURATION", f"P{number}{unit}"


def _before(day: datetime.date, number: int, unit: str) -> datetime.date:
    """Return the day a number of units before another one."""
    if unit in ("D", "W"):
        return day - number * (7 if unit == "W" else 1) * _DAY
    return calendar.months_after(day, -number * (12 if unit == "Y" else 1))
