"""TIMEX3 values and their days; holidays by rule.

Weeks are ISO 8601 weeks; a quarter has three months, a half six. Seasons are those of the northern hemisphere by months
(spring March to May), as in English-language news. Centuries and decades follow TimeML: "19" is 1900 to 1999, "198" is
1980 to 1989.
"""

from __future__ import annotations

import calendar
import datetime
import re
from typing import NamedTuple

from pipeline.holidays import HOLIDAYS

type Interval = tuple[datetime.date, datetime.date]


class Pick(NamedTuple):
    """Some days of a span, from the `first` to the `last` of these units: D days, W weeks of seven days from the span's
    first day, WE weekends, or the weekdays 0 (Monday) to 6. 1 is the first, -1 the last, -2 the one before it."""

    unit: str
    first: int
    last: int


class Away(NamedTuple):
    """How far from a day: a number of days (D) or months (M), or with the amount -1 or 1 the calendar week (W), the
    weekend (WE) or the weekday (0 is Monday) nearest before or after it."""

    unit: str
    amount: int


# A year beyond these is a misreading or an error of the text.
FIRST_YEAR, LAST_YEAR = 1000, 2999
SEASON_MONTHS = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}
PART_MONTHS = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10, "H1": 1, "H2": 7} | SEASON_MONTHS
_DATE = re.compile(
    r"(?P<y>\d{2,4})"
    r"(?:-W(?P<w>\d\d)(?P<we>-WE)?(?:-(?P<wd>\d))?"
    r"|-(?P<part>Q[1-4]|H[12]|SP|SU|FA|WI)"
    r"|-(?P<m>\d\d)(?:-(?P<d>\d\d))?)?"
    r"(?:T.*)?"
)


def day(year: int, month: int, number: int) -> datetime.date | None:
    """Return the calendar day, or None if it does not exist (February 30, a year out of range)."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return None
    return datetime.date(year, month, number) if 1 <= number <= calendar.monthrange(year, month)[1] else None


def within(days: Interval) -> bool:
    """Whether both days are within FIRST_YEAR to LAST_YEAR."""
    return days[0].year >= FIRST_YEAR and days[1].year <= LAST_YEAR


def can_be_day(month: int, number: int) -> bool:
    """Whether some year has this day."""
    return day(2000, month, number) is not None


def months_after(date: datetime.date, months: int) -> datetime.date:
    """Return the same day a number of months later (or earlier), or the last day of a shorter month.

    Raises OverflowError beyond the years of datetime.date.
    """
    index = date.year * 12 + date.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        raise OverflowError(f"year {year}")
    return datetime.date(year, month, min(date.day, calendar.monthrange(year, month)[1]))


def week_value(date: datetime.date) -> str:
    """Return the ISO week of a day as a TIMEX3 value."""
    year, week, _ = date.isocalendar()
    return f"{year:04d}-W{week:02d}"


def part_of_year(date: datetime.date, kind: str) -> str:
    """Return the value of the quarter (kind Q), half (H) or season (S) of a day."""
    if kind == "S":
        # December begins a winter, so January and February take the year before in its value.
        season = ("WI", "SP", "SU", "FA")[date.month % 12 // 3]
        return f"{date.year - (date.month <= 2):04d}-{season}"
    size = 3 if kind == "Q" else 6
    return f"{date.year:04d}-{kind}{(date.month - 1) // size + 1}"


def interval(value: str, mod: str | None = None) -> Interval | None:
    """Return the first and the last day of a date value; with START, MID or END, of its first, middle or last third.

    None for values without days (references, durations, sets, values with X, dates that do not exist), and for days
    before FIRST_YEAR or after LAST_YEAR, even in part.
    """
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    try:
        whole = _whole(match)
    except (ValueError, OverflowError):
        return None
    if whole is None or not within(whole):
        return None
    return whole if mod is None else _narrowed(whole, mod)


def away_value(day: datetime.date, away: Away) -> str:
    """Return the TIMEX3 value of what is so far from a day. Raises OverflowError beyond the years of datetime.date."""
    if away.unit == "M":
        return months_after(day, away.amount).isoformat()
    if away.unit in ("D", "W"):
        moved = day + datetime.timedelta(away.amount * (7 if away.unit == "W" else 1))
        return week_value(moved) if away.unit == "W" else moved.isoformat()
    named, length = (5, 2) if away.unit == "WE" else (int(away.unit), 1)
    following = (named - day.weekday()) % 7 or 7
    step = following if away.amount > 0 else -((day.weekday() - named) % 7 or 7)
    if step > -length and away.amount < 0:
        step -= 7  # the weekend that the day is in
    moved = day + datetime.timedelta(step)
    return f"{week_value(moved)}-WE" if away.unit == "WE" else moved.isoformat()


def picked(days: Interval, pick: Pick) -> Interval | None:
    """Return the picked days of a span, or None if it has none ("the fifth Friday of February 2021")."""
    first, last = days
    weekday = {"D": None, "W": None, "WE": 5}.get(pick.unit, int(pick.unit) if pick.unit.isdigit() else None)
    size, step = (7 if pick.unit == "W" else 2 if pick.unit == "WE" else 1), (1 if pick.unit == "D" else 7)
    begin = first if weekday is None else first + datetime.timedelta((weekday - first.weekday()) % 7)
    if weekday is None:
        count = (last - begin).days // step + 1
        # Weeks from the end are counted back from the last day.
        back = last - datetime.timedelta(size - 1)
    else:
        count = max(0, (last - begin).days // step + 1)
        back = begin + datetime.timedelta(step * (count - 1))
    if max(abs(pick.first), abs(pick.last)) > count:
        return None

    def place(number: int) -> datetime.date:
        return (
            begin + datetime.timedelta(step * (number - 1))
            if number > 0
            else back + datetime.timedelta(step * (number + 1))
        )

    start, end = place(pick.first), place(pick.last) + datetime.timedelta(size - 1)
    return max(start, first), (end if pick.unit == "WE" else min(end, last))


def picked_value(days: Interval, pick: Pick) -> str:
    """Return the TIMEX3 value of picked days: a day, a weekend, else the month or the year that contains them."""
    first, last = days[0].isoformat(), days[1].isoformat()
    if first == last:
        return first
    if pick.unit == "WE" and pick.first == pick.last:
        return f"{week_value(days[0])}-WE"
    return first[:7] if first[:7] == last[:7] else first[:4]


def _whole(match: re.Match[str]) -> Interval | None:
    digits, year = match["y"], int(match["y"])
    if len(digits) < 4:
        if match.end("y") != len(match.string):
            return None
        span = 10 ** (4 - len(digits))
        return _months(year * span, 1, 12 * span)
    if match["w"]:
        first = datetime.date.fromisocalendar(year, int(match["w"]), 1)
        if match["wd"]:
            first += datetime.timedelta(int(match["wd"]) - 1)
            return first, first
        return (first + datetime.timedelta(5 if match["we"] else 0)), first + datetime.timedelta(6)
    if match["part"]:
        part = match["part"]
        return _months(year, PART_MONTHS[part], 6 if part[0] == "H" else 3)
    if match["d"]:
        one = datetime.date(year, int(match["m"]), int(match["d"]))
        return one, one
    return _months(year, int(match["m"]), 1) if match["m"] else _months(year, 1, 12)


def _months(year: int, month: int, months: int) -> Interval:
    first = datetime.date(year, month, 1)
    return first, months_after(first, months) - datetime.timedelta(1)


def _narrowed(whole: Interval, mod: str) -> Interval:
    """Return a third of the span: of a month 1-10, 11-20 and 21-, of a longer span by months, of a week by days."""
    first, last = whole
    days = (last - first).days + 1
    cuts: list[datetime.date]
    if days > 31:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        cuts = [months_after(first, months // 3), months_after(first, 2 * months // 3)]
    else:
        third = 10 if days > 7 else max(1, days // 3)
        cuts = [first + datetime.timedelta(third), first + datetime.timedelta(min(2 * third, days - 1))]
    before = datetime.timedelta(1)
    if mod == "START":
        return first, max(first, cuts[0] - before)
    if mod == "MID":
        return min(cuts[0], last), max(min(cuts[0], last), cuts[1] - before)
    if mod == "END":
        return cuts[1], last
    return whole


def holiday(name: str, year: int) -> datetime.date:
    """Return the day of a holiday in a year. Raises KeyError for a name that is not in HOLIDAYS."""
    line = HOLIDAYS[name]
    if line.month is None:
        first = _easter(year)
    elif line.weekday and line.which:
        first = _nth_weekday(year, line.month, line.weekday - 1, line.which)
    else:
        first = datetime.date(year, line.month, line.day or 1)
    return first + datetime.timedelta(line.after)


def _nth_weekday(year: int, month: int, weekday: int, which: int) -> datetime.date:
    if which > 0:
        first = datetime.date(year, month, 1)
        return first + datetime.timedelta((weekday - first.weekday()) % 7 + 7 * (which - 1))
    last = datetime.date(year, month, calendar.monthrange(year, month)[1])
    return last - datetime.timedelta((last.weekday() - weekday) % 7)


def _easter(year: int) -> datetime.date:
    """Return western Easter by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return datetime.date(year, month, (h - m + r + month + 19) % 32)
