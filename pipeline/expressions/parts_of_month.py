"""Readers of days and weeks counted in a month: "the third Thursday of September", "the last five days of May"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.data import words
from pipeline.expressions import calendar
from pipeline.expressions.calendar import Pick
from pipeline.expressions.fragments import clock, counted, daypart, month, weekday, year
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Reader, RuleMatch
from pipeline.expressions.words import ALL_UNITS, RELATIVE, meanings

# The most of each unit in a month.
_MAX_COUNT = {"D": 31, "W": 5, "WE": 5}
_FIRST_HALF, _SECOND_HALF = Pick("D", 1, 15), Pick("D", 16, -1)
_FINAL = meanings("final")
_FROM_CONTEXT = meanings("from-context")
# These mean every month.
_EACH = ("every", "each", "any")


def _of_month(hit: RuleMatch, pick: Pick, clock: str | None = None) -> Expression | None:
    """Return the picked days of the month in the match."""
    named, of_year, toward = month(hit), year(hit), hit.word("MONTHREL")
    if (
        hit.word_at(-1) in _EACH
        or hit.word_at(1) in _EACH
        or max(abs(pick.first), abs(pick.last)) > _MAX_COUNT.get(pick.unit, 5)
    ):
        return None
    shift = hit.word("YEARREL")
    open_ = Expression(
        hit.start,
        hit.end,
        type="TIME" if clock else "DATE",
        form="calendar" if named else "offset",
        month=named,
        unit="Y" if shift else None if named else "M",
        amount=RELATIVE[shift] if shift else None if named else RELATIVE.get(toward or "", 0),
        anchor="context" if toward in _FROM_CONTEXT else "speech",
        clock=clock,
        pick=pick,
    )
    if named is None or of_year is None:
        return open_
    whole = calendar.interval(f"{of_year:04d}-{named:02d}")
    days = calendar.picked(whole, pick) if whole else None
    value = None if days is None else calendar.picked_value(days, pick) + (clock or "")
    problem = None if days else "impossible-date"
    return replace(open_, form="value", value=value, interval=days, year=of_year, problem=problem)


def _nth(hit: RuleMatch) -> Expression | None:
    """Read the third Thursday of September, the last week in March, the first day of next month."""
    word = hit.word("NTH") or ""
    number = -1 if word in _FINAL else hit.integer("NTH")
    named = weekday(hit)
    unit = str(named) if named is not None else ALL_UNITS[hit.word("UNIT") or ""]
    if number is None or (named is None and unit not in _MAX_COUNT):
        return None
    return _of_month(hit, Pick(unit, number, number), daypart(hit) or clock(hit))


def _day(hit: RuleMatch) -> Expression | None:
    """Read the 2nd of this month, the fifth of next month."""
    number = hit.integer("DAY")
    return None if number is None or number < 1 else _of_month(hit, Pick("D", number, number))


def _nth_of_each(hit: RuleMatch) -> Expression:
    """Read the first Monday of every month, of each October, as a SET of its frequency."""
    value = "P1Y" if hit.has("WHAT") else f"P1{ALL_UNITS[hit.word('UNIT') or '']}"
    return Expression(hit.start, hit.end, type="SET", form="value", value=value)


# How many words around "on the 7th" to search for a hole or an inning.
_NEAR_DAY = 20
_OF_PLAY = words("sport.tsv", "word of play") | meanings("of-holes").keys()


def _day_alone(hit: RuleMatch) -> Expression | None:
    """Read on the 7th: a day in the month that the clause refers to."""
    number = hit.integer("DAY")
    if number is None or not 1 <= number <= _MAX_COUNT["D"] or hit.words_around(_NEAR_DAY) & _OF_PLAY:
        return None
    pick = Pick("D", number, number)
    return Expression(hit.start, hit.end, type="DATE", form="offset", unit="M", anchor="speech", pick=pick)


def _weekday_and_day(hit: RuleMatch) -> Expression | None:
    """Read Monday the 7th: the nearest such day."""
    day = _day_alone(hit)
    return None if day is None else replace(day, weekday=weekday(hit))


def _ends(hit: RuleMatch) -> Expression | None:
    """Read the last five days of May, the first two weeks of next month."""
    unit, count = ALL_UNITS[hit.word("UNIT") or ""], counted(hit)
    if unit not in _MAX_COUNT or count is None or count.denominator != 1 or count < 1:
        return None
    number = int(count)
    last = (hit.word("WHICH") or "") in _FINAL
    return _of_month(hit, Pick(unit, -number, -1) if last else Pick(unit, 1, number))


def _half(hit: RuleMatch) -> Expression | None:
    """Read the first half of May."""
    return _of_month(hit, _FIRST_HALF if hit.word("WHICH") == "first" else _SECOND_HALF)


# Rule of time_expressions.tsv -> its reader.
READERS: Mapping[str, Reader] = {
    "nth-of-month": _nth,
    "nth-of-each": _nth_of_each,
    "day-of-month": _day,
    "day-alone": _day_alone,
    "weekday-and-day": _weekday_and_day,
    "days-of-month": _ends,
    "half-of-month": _half,
}
