"""Resolve an expression relative to a given day or date."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pipeline.dates.tense import UNKNOWN
from pipeline.expressions import Expression, calendar

# A date against the tense of its clause must be this many times nearer to be chosen. Tense is right more often than the
# nearest day, but clauses in the past also name deadlines. The index is how certain the tense applies to the date. The
# future has more forms ("would" in what was said long ago), so it weighs less.
_AGAINST_PAST = (1, 4, 30)
_AGAINST_FUTURE = (1, 2, 30)
# Without a tense, a weekday is a past one unless the coming one is this many times nearer.
_MUCH_NEARER = 2
_DAY = datetime.timedelta(1)
# "Friday the 13th": a weekday with the same number recurs within this many months.
_MAX_MONTHS = 11


@dataclass(frozen=True, slots=True)
class Meaning:
    """A TIMEX3 value with its days."""

    value: str
    interval: calendar.Interval | None

    @property
    def is_day(self) -> bool:
        return self.interval is not None and self.interval[0] == self.interval[1]


def meaning(value: str, mod: str | None = None) -> Meaning:
    """Return the value of a date with its days. Raises OverflowError if they are beyond the calendar."""
    interval = calendar.interval(value, mod)
    if interval is None:
        raise OverflowError(f"no days for {value}")
    return Meaning(value, interval)


def anchored(expression: Expression, day: datetime.date, direction: int) -> Meaning | None:
    """Resolve an expression on a day, in a clause of this direction; None if it has no meaning.

    Raises OverflowError or ValueError if the result is out of the calendar.
    """
    if expression.form == "calendar":
        value = _calendar(expression, day, direction)
    elif expression.form == "weekday":
        value = _weekday(expression, day, direction).isoformat()
    elif expression.form == "clock":
        value = day.isoformat()
    elif expression.form == "offset":
        value = _offset(expression, day, direction)
        if value is not None and expression.steps:
            (first, _) = meaning(value).interval or (day, day)
            value = _like(value, calendar.months_after(first, 12 * expression.steps))
    elif expression.unit == "Q":
        value = reported_quarter(day)
    else:
        return None
    if value is None:
        return None
    clock = expression.clock or ""
    if expression.pick is not None:
        days = _picked(expression, value)
        return None if days is None else Meaning(calendar.picked_value(days, expression.pick) + clock, days)
    if expression.form == "offset" and expression.toward == -1:
        # The value is the last whole one, as in TIMEX3; the days reach up to today.
        first, _ = meaning(value).interval or (day, day)
        return Meaning(value + clock, (min(first, day), day))
    if expression.cut is None:
        return Meaning(value + clock, meaning(value, expression.mod).interval)
    return Meaning(value + clock, _cut(expression.cut, meaning(value).interval, day))


def _picked(expression: Expression, value: str) -> calendar.Interval | None:
    """Return the days of a value, or those that the expression picks."""
    days = calendar.interval(value)
    return calendar.picked(days, expression.pick) if days and expression.pick else days


def _cut(side: int, days: calendar.Interval | None, day: datetime.date) -> calendar.Interval | None:
    """Cut a span that contains the day to the part up to it or from it on; return other spans whole."""
    if days is None or not days[0] <= day <= days[1]:
        return days
    return (days[0], day) if side < 0 else (day, days[1])


def from_context(expression: Expression, context: Meaning, direction: int) -> Meaning | None:
    """Resolve an expression that is counted from an earlier date in the text.

    Raises OverflowError or ValueError if the result is out of the calendar.
    """
    if context.interval is None:
        return None
    if context.value.endswith("-XX"):
        return context if is_that_day(expression) else None
    first, _ = context.interval
    if expression.form == "context":
        if expression.unit == "Q" and "-Q" not in context.value:
            return None
        if expression.year is not None:
            return meaning(f"{expression.year:04d}{context.value[4:7]}")
        return meaning(context.value.partition("T")[0])
    if expression.cut is not None and expression.cut < 0:
        return anchored(expression, context.interval[1], direction)
    if not expression.exact or expression.amount is None:
        return anchored(expression, first, direction)
    plain = context.value.partition("T")[0]
    if expression.part == "Q" and "-Q" not in plain:
        return None
    if expression.unit in ("Y", "M", "Q"):
        months = expression.amount * {"Y": 12, "Q": 3, "M": 1}[expression.unit]
        return meaning(_like(plain, calendar.months_after(first, months)), expression.mod)
    if expression.unit in ("D", "W") and context.is_day:
        days = expression.amount * (7 if expression.unit == "W" else 1)
        return meaning((first + days * _DAY).isoformat(), expression.mod)
    return anchored(expression, first, direction)


def is_that_day(expression: Expression) -> bool:
    """Whether an expression is "that day" or "the same day": the day of the last date."""
    return is_of_that_day(expression) and expression.clock is None


def is_of_that_day(expression: Expression) -> bool:
    """Whether an expression is "that day" or a part of it ("that evening")."""
    is_day = expression.form == "offset" and expression.unit == "D"
    return is_day and expression.amount == 0 and expression.anchor == "context"


def reported_quarter(day: datetime.date) -> str:
    """Return the quarter whose results are reported on a day: the last that has ended."""
    return calendar.part_of_year(calendar.months_after(day, -3), "Q")


def _like(value: str, date: datetime.date) -> str:
    """Return the value of a date in the granularity of another value."""
    if "-W" in value:
        return calendar.week_value(date) + ("-WE" if value.endswith("-WE") else "")
    if "-Q" in value or "-H" in value:
        return calendar.part_of_year(date, value[5])
    if value[5:] in calendar.SEASON_MONTHS:
        return f"{date.year:04d}{value[4:]}"
    return date.isoformat()[: len(value)]


def _day_of_some_month(expression: Expression, day: datetime.date, direction: int) -> str | None:
    """Return the month of the nearest day with the picked number, in the direction of the clause."""
    reach = 1 if expression.weekday is None else _MAX_MONTHS
    months = [calendar.months_after(day.replace(day=1), n).isoformat()[:7] for n in range(-reach, reach + 1)]
    days = [(found[0], month) for month in months if (found := _picked(expression, month))]
    if expression.weekday is not None:
        days = [each for each in days if each[0].weekday() == expression.weekday]
    if direction < 0:
        return max(((d, month) for d, month in days if d <= day), default=(None, None))[1]
    if direction > 0:
        return min(((d, month) for d, month in days if d >= day), default=(None, None))[1]
    return min(days, key=lambda one: abs(one[0] - day))[1] if days else None


def _offset(expression: Expression, day: datetime.date, direction: int) -> str | None:
    if expression.amount is None and expression.pick is not None:
        return _day_of_some_month(expression, day, direction)
    amount, unit = expression.amount, expression.unit
    if amount is None or unit is None or unit.startswith("T"):
        return None
    if unit == "D":
        return (day + amount * _DAY).isoformat()
    if unit == "W":
        return calendar.week_value(day + 7 * amount * _DAY)
    if unit == "WE":
        # On a weekday, "the weekend" in a clause of the past is the one before.
        back = amount == 0 and direction < 0 and day.weekday() < 5
        return calendar.week_value(day + (7 * amount - (7 if back else 0)) * _DAY) + "-WE"
    if unit in ("E", "C"):
        years = 10 if unit == "E" else 100
        return f"{_year(day.year // years * years + amount * years):04d}"[: 3 if unit == "E" else 2]
    if unit == "Q":
        return calendar.part_of_year(calendar.months_after(day, 3 * amount), "Q")
    if unit == "Y":
        return f"{_year(day.year + amount):04d}"
    return calendar.months_after(day, amount).isoformat()[:7] if unit == "M" else None


def _year(year: int) -> int:
    if not calendar.FIRST_YEAR <= year <= calendar.LAST_YEAR:
        raise OverflowError(f"year {year}")
    return year


def _weekday(expression: Expression, day: datetime.date, direction: int) -> datetime.date:
    return _nearest_weekday(expression, day, direction) + 7 * expression.steps * _DAY


def _nearest_weekday(expression: Expression, day: datetime.date, direction: int) -> datetime.date:
    named = expression.weekday or 0
    if expression.amount is not None:
        monday = day - day.weekday() * _DAY + 7 * expression.amount * _DAY
        return monday + named * _DAY
    before = day - (day.weekday() - named) % 7 * _DAY
    after = day + (named - day.weekday()) % 7 * _DAY
    if expression.toward == -1:
        return before if before < day else before - 7 * _DAY
    if expression.toward == 1:
        return after if after > day else after + 7 * _DAY
    if expression.toward == 0 and direction == UNKNOWN:
        return after
    past, ahead = (day - before).days, (after - day).days
    if direction == UNKNOWN:
        return after if _MUCH_NEARER * ahead < past else before
    return after if direction > 0 else before


def _calendar(expression: Expression, day: datetime.date, direction: int) -> str | None:
    named = _in_year(expression)
    if expression.amount is not None and expression.unit == "Y":
        return named(_year(day.year + expression.amount))
    years = [y for y in (day.year - 1, day.year, day.year + 1) if named(y) is not None]
    spans = [(y, span) for y in years if (span := _picked(expression, named(y) or "")) is not None]
    if expression.weekday is not None:
        fitting = [(y, span) for y, span in spans if span[0].weekday() == expression.weekday]
        spans = fitting or spans
    # Results of a quarter are reported in any tense, so the tense is as uncertain as it can be.
    if expression.part is not None and direction and not (expression.part in calendar.SEASON_MONTHS and direction < 0):
        direction = 1 if direction > 0 else -1
    year = _chosen(spans, day, expression.toward, direction)
    if year is None:
        # A day that few years have (February 29): take the nearest year that has it.
        year = next((y for n in range(2, 9) for y in (day.year - n, day.year + n) if named(y) is not None), None)
    return None if year is None else named(year + expression.steps)


def _in_year(expression: Expression) -> Callable[[int], str | None]:
    """Return a function from a year to the value of a partial date in it; None if the year has no such day."""

    def value(year: int) -> str | None:
        if expression.holiday is not None:
            date: datetime.date | None = calendar.holiday(expression.holiday, year)
        elif expression.month is not None and expression.day is not None:
            date = calendar.day(year, expression.month, expression.day)
        else:
            return f"{year:04d}-{expression.month:02d}" if expression.month else f"{year:04d}-{expression.part}"
        if date is None:
            return None
        if expression.away is not None:
            return calendar.away_value(date, expression.away)
        if expression.part in ("W", "WE"):
            return calendar.week_value(date) + ("-WE" if expression.part == "WE" else "")
        return date.isoformat()

    return value


def _chosen(
    spans: Iterable[tuple[int, calendar.Interval]], day: datetime.date, toward: int | None, direction: int
) -> int | None:
    spans = list(spans)
    if toward == -1:
        return max((y for y, (_, last) in spans if last < day), default=None)
    if toward == 1:
        return min((y for y, (first, _) in spans if first > day), default=None)
    if toward == 0:
        return next((y for y, (first, last) in spans if first <= day <= last), None) or next(
            (y for y, _ in spans if y == day.year), None
        )

    def distance(item: tuple[int, calendar.Interval]) -> tuple[int, int]:
        year, (first, last) = item
        if first <= day <= last:
            return 0, year
        ahead = first > day
        days = (first - day).days if ahead else (day - last).days
        against = ahead != (direction > 0)
        weights = _AGAINST_FUTURE if direction > 0 else _AGAINST_PAST
        return days * (weights[abs(direction)] if against else 1), year

    return min(spans, key=distance)[0] if spans else None


def between(
    expression: Expression, base: calendar.Interval, direction: int
) -> tuple[str | None, calendar.Interval | None]:
    """Resolve an expression whose anchor lies between two days. It has one value only if both ends give the same."""
    first = anchored(expression, base[0], direction)
    last = first if base[0] == base[1] else anchored(expression, base[1], direction)
    if first is None or last is None or first.interval is None or last.interval is None:
        return None, None
    whole = min(first.interval[0], last.interval[0]), max(first.interval[1], last.interval[1])
    return (first.value if first.value == last.value else _common(whole)), whole


def _common(days: calendar.Interval) -> str | None:
    """Return the month or the year that contains both days, if any."""
    first, last = days[0].isoformat(), days[1].isoformat()
    return next((first[:n] for n in (7, 4) if first[:n] == last[:n]), None)


def running(expression: Expression, base: calendar.Interval) -> calendar.Interval | None:
    """Return the days of "the past three months" or "the next two weeks": up to, or from, the day of speaking."""
    if expression.amount is None or expression.unit is None:
        return None
    step = replace(expression, form="offset", amount=expression.amount * (expression.toward or 0))
    unit, amount = step.unit or "", step.amount or 0
    try:
        ends = [_moved(day, unit, amount) for day in base]
    except (OverflowError, ValueError):
        return None
    if None in ends:
        return None
    days = [d for d in (*ends, *base) if d is not None]
    whole = min(days), max(days)
    return whole if calendar.within(whole) else None


def _moved(day: datetime.date, unit: str, amount: int) -> datetime.date | None:
    months = {"M": 1, "Q": 3, "Y": 12, "E": 120, "C": 1200}.get(unit)
    if months is not None:
        return calendar.months_after(day, months * amount)
    days = {"D": 1, "W": 7, "FN": 14}.get(unit)
    return None if days is None else day + datetime.timedelta(days * amount)
