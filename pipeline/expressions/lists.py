"""Days and months in lists and ranges that share a month or year: "3, 4 and 5 May", "January to March 2023"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.expressions import calendar
from pipeline.expressions.reading import Expression
from pipeline.expressions.words import meanings

_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
# A day in a list, and one before it: "3, " of "3, 4 and 5 May".
_BARE = re.compile(_NTH)
_BEFORE = re.compile(rf"(?:^|(?<=[\s(]))({_NTH}),\s$")
_MAX_BEFORE = 7
# The days after "May 3" in "May 3, 4 and 5" or "May 3 and 5, 2023". Since a number may count what follows it ("May 3
# and 40 boats"), they must end the phrase, or precede a word that never follows a count.
_AFTER = re.compile(
    rf"(?P<days>(?:,\s{_NTH}){{0,5}}),?\s(?:and|or|&)\s(?P<last>{_NTH})"
    r"(?:(?P<year>,?\s[12]\d{3})(?![\w-])|(?=[.,;:)\"”’]?(?:\s|$))(?=[.,;:)\"”’]|\s*$|\n|\s(?:for|in|at|with|when|as|by|from|"
    r"near|but|and|after|before|during|this|last|next)\s))"
)
_ENDS_IN_DAY = re.compile(rf"{_NTH}$")
_RANGE = re.compile(r"\s?(?:to|through|thru|until|till|[-–—]|and|or|&)\s?(?:the\s|early\s)?", re.IGNORECASE)
_COMMA = re.compile(r",\s")
_MAX_BETWEEN = 14
_MAX_LISTED = 8
_NUMBERED = meanings("numbered").keys()
_WORD_BEFORE = re.compile(r"(\w{1,20})\s$")


def completed(text: str, found: Sequence[Expression]) -> list[Expression]:
    """Complete lists and ranges of days and months: add days without their own month, and give months and days without
    a year that of the list. Input and output are in text order."""
    out: list[Expression] = []
    for n, expression in enumerate(found):
        if out and expression.start < out[-1].end:
            continue  # the year of "January 11, 12 and 14, 2023"
        floor = out[-1].end if out else 0
        out += reversed(list(_before(text, expression, floor)))
        following = found[n + 1] if n + 1 < len(found) else None
        out += _after(text, expression, following)
    _share_years(text, out)
    return out


def _before(text: str, expression: Expression, floor: int) -> Iterator[Expression]:
    """Yield the days before the first list member that has its month after it, the nearest first."""
    if expression.day is None or not _BARE.fullmatch(text[expression.start : expression.end]):
        return
    first = expression
    for _ in range(_MAX_LISTED):
        match = _BEFORE.search(text[max(floor, first.start - _MAX_BEFORE) : first.start])
        if match is None or first.day is None:
            return
        start = first.start - len(match[0])
        day = int(re.findall(r"\d+", match[1])[0])
        word = _WORD_BEFORE.search(text[max(0, start - 21) : start])
        if day >= first.day or (word is not None and word[1].lower() in _NUMBERED):
            return
        one = _with_day(expression, start, start + len(match[1]), day, expression.year)
        if one is None:
            return
        yield one
        first = one


def _after(text: str, expression: Expression, following: Expression | None) -> list[Expression]:
    """Return a day and the days of its month that are listed after it."""
    if expression.day is None or expression.month is None or expression.value is not None or expression.clock:
        return [expression]
    if not _ENDS_IN_DAY.search(text[expression.start : expression.end]):
        return [expression]
    match = _AFTER.match(text, expression.end)
    if match is None or (following is not None and following.start < match.end() and match["year"] is None):
        return [expression]
    year = int(match["year"].strip(", ")) if match["year"] else None
    out = [expression]
    if year is not None:
        dated = _with_day(expression, expression.start, expression.end, expression.day, year)
        if dated is None:
            return [expression]
        out = [dated]
    spans = [m.span() for m in re.compile(_NTH).finditer(text, match.start("days"), match.end("days"))]
    for start, end in [*spans, match.span("last")]:
        day = int(re.findall(r"\d+", text[start:end])[0])
        last = match.end() if (start, end) == match.span("last") else end
        one = _with_day(expression, start, last, day, year)
        if one is None or day <= (out[-1].day or 0):
            return [expression]
        out.append(one)
    return out


def _with_day(like: Expression, start: int, end: int, day: int, year: int | None) -> Expression | None:
    """Return another day of an expression's month, or None if it does not exist."""
    if like.month is None or not calendar.can_be_day(like.month, day):
        return None
    plain = replace(
        like, start=start, end=end, type="DATE", day=day, year=year, weekday=None, clock=None, mod=None, problem=None
    )
    if year is None:
        return replace(plain, form="calendar", value=None, interval=None)
    date = calendar.day(year, like.month, day)
    return None if date is None else replace(plain, form="value", value=date.isoformat(), interval=(date, date))


def _share_years(text: str, found: list[Expression]) -> None:
    """Give months and days without a year the year of the next one in their list or range, from the last back."""
    listed = False
    for n in range(len(found) - 2, -1, -1):
        left, right = found[n], found[n + 1]
        between = text[left.end : right.start]
        joined = len(between) <= _MAX_BETWEEN and (
            _RANGE.fullmatch(between) is not None or (listed and _COMMA.fullmatch(between) is not None)
        )
        listed = joined
        if joined and right.month is not None and right.year is not None and right.problem is None and _is_open(left):
            month = left.month or 0
            later = (month, left.day or 0) > (right.month, right.day or 31)
            found[n] = _with_year(left, right.year - later)


def _is_open(expression: Expression) -> bool:
    """Whether an expression is a month, or a day of one, without a year."""
    counted = expression.toward is not None or expression.amount is not None or expression.cut is not None
    return expression.form == "calendar" and expression.month is not None and not counted and expression.pick is None


def _with_year(expression: Expression, year: int) -> Expression:
    """Put an open month or day in a year; unchanged if the year lacks the day or its weekday differs."""
    month, day = expression.month or 1, expression.day
    date = calendar.day(year, month, day or 1)
    if date is None or (expression.weekday is not None and date.weekday() != expression.weekday):
        return expression
    value = date.isoformat()[: 7 if day is None else 10]
    days = calendar.interval(value, expression.mod)
    return replace(expression, form="value", value=value + (expression.clock or ""), interval=days, year=year)
