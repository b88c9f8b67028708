"""Readers of dates that name months, days and years."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.expressions import calendar
from pipeline.expressions.fragments import (
    business_year,
    calendar_day,
    clock,
    edge,
    full_year,
    is_before_christ,
    month,
    short_year,
    weekday,
    whole,
    year,
)
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Reader, RuleMatch
from pipeline.expressions.words import PLURAL_TENS, RELATIVE, meanings


def _with_year_shift(hit: RuleMatch, expression: Expression) -> Expression:
    word, toward = hit.word("REL"), hit.word("TOWARD")
    if expression.form != "calendar":
        return expression
    if toward is not None:
        return replace(expression, toward=RELATIVE[toward])
    if word is None:
        return expression
    return replace(expression, unit="Y", amount=RELATIVE[word], anchor="speech")


def _days(hit: RuleMatch) -> Sequence[Expression]:
    """Read a day, or the two ends of a range of days in one month."""
    named, at, of_year = month(hit), clock(hit), year(hit)
    assert named is not None
    if hit.has("CLOCK") and at is None:
        return ()
    day, other = hit.integer("DAY"), hit.integer("DAY2")
    if hit.has("DAYYEAR"):
        day = hit.integer("DAYYEAR")
    if other is None:
        span = (hit.start, hit.end)
        one = calendar_day(span, of_year, named, day, weekday=weekday(hit), clock=at, mod=edge(hit))
        return (_with_year_shift(hit, one),)
    cut, resume = hit.span("FIRST")[1], hit.span("SECOND")[0]
    left = calendar_day((hit.start, cut), of_year, named, day, weekday=weekday(hit))
    right = calendar_day((resume, hit.end), of_year, named, other)
    if day is not None and other < day and not left.problem and not right.problem:
        right = replace(right, problem="reversed-interval")
    return (_with_year_shift(hit, left), _with_year_shift(hit, right))


def _wrong_day(hit: RuleMatch) -> Sequence[Expression]:
    """Read a written day that no calendar has or whose weekday is wrong."""
    return tuple(found for found in _days(hit) if found.problem is not None)


def _months(hit: RuleMatch) -> Expression | None:
    named = month(hit)
    assert named is not None
    one = calendar_day((hit.start, hit.end), year(hit), named, None, mod=edge(hit))
    return _with_year_shift(hit, one)


# "Issued on 14.03.17": after other prepositions it may be a version ("all builds before 11.4.10").
_BEFORE_SHORT_DAY = ("on", "dated")


def _written(hit: RuleMatch) -> Expression | None:
    """Read 2020-10-18, 10/18/2020, 18.10.2020."""
    word, kind = hit.word("WRITTEN") or "", hit.kind("WRITTEN")
    numbers = [int(n) for n in re.split(r"\D", word)[:3]]
    at, span = clock(hit), (hit.start, hit.end)
    if kind == "iso":
        y, m, d = numbers
        inner = re.search(r"T(\d\d:\d\d)", word)
        return _checked(hit, y, m, d, f"T{inner[1]}" if inner else at)
    if kind == "dotted":
        d, m, y = numbers
        if y < 100:
            # Versions and scores are written like this, too.
            if hit.word_at(-1) not in _BEFORE_SHORT_DAY or d > 31 or not 1 <= m <= 12:
                return None
            y = full_year(y)
        return _checked(hit, y, m, d, at)
    first, second, y = numbers
    if y < 100:
        y = full_year(y)
    if first > 12 and second <= 12:
        return _checked(hit, y, second, first, at)
    if second > 12 or first == second:
        return _checked(hit, y, first, second, at)
    # 5/8/2018 is May 8 or 5 August: keep both as the bounds.
    days = sorted(d for d in (calendar.day(y, first, second), calendar.day(y, second, first)) if d is not None)
    if not days:
        return None
    return Expression(
        *span, type="DATE", form="value", value=f"{y:04d}", mod="APPROX", interval=(days[0], days[-1]), year=y
    )


def _checked(hit: RuleMatch, y: int, m: int, d: int, at: str | None) -> Expression | None:
    if not m or not d:
        return None  # "version 2.0.2012"
    if not 1 <= m <= 12:
        return Expression(
            hit.start, hit.end, type="DATE", form="value", year=y, month=m, day=d, problem="impossible-date"
        )
    return calendar_day((hit.start, hit.end), y, m, d, clock=at)


def _short_year(hit: RuleMatch) -> Expression | None:
    """Read a day with a year of two digits: 19-Nov-12, 7 Jun 98, 12 May '11."""
    named, of_year = month(hit), short_year(hit)
    assert named is not None
    if of_year is None:
        return None
    return calendar_day((hit.start, hit.end), of_year, named, hit.integer("DAY"), weekday=weekday(hit))


def _short_year_alone(hit: RuleMatch) -> Expression | None:
    """Read in '08, the class of '98."""
    of_year = short_year(hit)
    return None if of_year is None else whole(f"{of_year:04d}", None, (hit.start, hit.end), of_year)


# How many words back to look for the head of a list of numbers.
_MAX_LISTED = 30
_BETWEEN_LISTED = meanings("between-listed").keys() | set(",&()")


def _is_listed(hit: RuleMatch) -> bool:
    """Whether the number is in a list of numbers that are names: "resolutions 1696, 1929 and 2231", or after a short
    word for one: "no. 1696"."""
    step = -1
    while step > -_MAX_LISTED and (hit.word_at(step) in _BETWEEN_LISTED or hit.word_at(step).isdigit()):
        step -= 1
    if hit.word_at(step) == "." and hit.word_at(step - 1) in meanings("numbered-short"):
        return True
    return step < -1 and hit.word_at(step) in meanings("numbered")


def _is_phone(hit: RuleMatch) -> bool:
    """Whether the number is one group of a longer one: "2005 3344", "020 7946 1990", "555-1990"."""
    if (hit.word_at(-1), hit.word_at(-3)) == ("-", "-") and hit.word_at(-2).isdigit():
        return True  # "lot 5-10-2019-A"
    before = hit.word_at(-2) if hit.word_at(-1) == "-" else hit.word_at(-1)
    after = hit.word_at(1)
    return (before.isdigit() and len(before) > 2) or (after.isdigit() and len(after) > 3)


_OF_BUSINESS_YEAR = frozenset(("fiscal", "financial", "fy"))


def _year(hit: RuleMatch) -> Expression | None:
    """Read a year by itself. Without a word before it that requires a year, accept only 1900 to 2059."""
    number = year(hit)
    assert number is not None
    if not (hit.has("ASKED") or hit.has("EDGE") or hit.has("PARTOF") or 1900 <= number <= 2059):
        return None
    if _is_listed(hit) or _is_phone(hit) or is_before_christ(hit, number):
        return None
    mod = edge(hit) or {"post": "AFTER", "pre": "BEFORE"}.get(hit.word("PREFIX") or "")
    if hit.has("ORLATER"):
        mod = {"later": "ON_OR_AFTER", "earlier": "ON_OR_BEFORE"}[hit.words("ORLATER")[-1]]
    if mod is None and not _OF_BUSINESS_YEAR.isdisjoint(hit.words("ASKED")):
        return business_year((hit.start, hit.end), number)
    return whole(f"{number:04d}", mod, (hit.start, hit.end), number)


def _far_year(hit: RuleMatch) -> Expression | None:
    """Read a year outside the range of news, with the word: the year 476, the year 3000."""
    digits = hit.word("NUMBER") or ""
    if len(digits) not in (3, 4) or not int(digits) or is_before_christ(hit):
        return None
    return whole(f"{int(digits):04d}", None, (hit.start, hit.end), int(digits))


def _two_years(hit: RuleMatch) -> tuple[int, int] | None:
    """Return the years of 1998-99 or 2015-2018; None for other numbers."""
    first, last = year(hit), hit.integer("YEAR2")
    assert first is not None and last is not None
    if last < 100:
        last += first // 100 * 100
    if last < first and first % 100 == 99:
        last += 100  # 1999-00
    return (first, last) if 1900 <= first <= 2099 and first < last <= first + 99 else None


def _season_of_years(hit: RuleMatch) -> Expression | None:
    """Read the 2019-20 season, the 2019/2020 school year, fiscal 2018-19: within two years, but TIMEX3 has no value."""
    years = _two_years(hit)
    if years is None or years[1] != years[0] + 1:
        return None
    days = datetime.date(years[0], 1, 1), datetime.date(years[1], 12, 31)
    return Expression(hit.start, hit.end, type="DATE", form="value", interval=days, year=years[0])


def _years(hit: RuleMatch) -> Sequence[Expression]:
    """Read 1998-99, 2015-2018."""
    years = _two_years(hit)
    if years is None:
        return ()
    first, last = years
    return (
        whole(f"{first:04d}", None, hit.span("YEAR"), first),
        whole(f"{last:04d}", None, hit.span("YEAR2"), last),
    )


def _decade(hit: RuleMatch) -> Expression | None:
    """Read the 1980s, the '80s, the nineties."""
    written = hit.word("DECADE")
    if written is None:
        digits = f"{1900 + PLURAL_TENS[hit.word('NINETIES') or '']:d}"
    else:
        if hit.kind("DECADE") == "shortdecade" and not _is_short_decade(hit, written):
            return None
        digits = re.sub(r"\D", "", written)
        if len(digits) == 2:
            # Two-digit decades in news are of the twentieth century, except 00s and 10s.
            digits = ("20" if digits in ("00", "10") else "19") + digits
    if not 1000 <= int(digits) <= 2090 or is_before_christ(hit):
        return None
    # "The 1800s" are a century, "the 2000s" mostly a decade.
    size = 2 if digits.endswith("00") and int(digits) < 2000 else 3
    return whole(digits[:size], edge(hit), (hit.start, hit.end))


def _turn(hit: RuleMatch) -> Expression:
    """Read the turn of the millennium, and the turn of the century, which may be that of 1900 or of 2000."""
    if hit.word("UNIT") == "century":
        return Expression(hit.start, hit.end, type="DATE", form="value")
    days = datetime.date(1999, 1, 1), datetime.date(2001, 12, 31)
    return replace(whole("2000", "APPROX", (hit.start, hit.end)), interval=days)


# How many words around "the 70s" to search for degrees, ages or points.
_NEAR_DECADE = 8
_OF_DEGREES = meanings("of-degrees").keys()


def _is_short_decade(hit: RuleMatch, written: str) -> bool:
    """Whether "the 70s" is a decade: not an age ("in his mid-20s"), nor a temperature or score by the words around it.
    The 20s and 30s without an apostrophe are more often these."""
    if hit.text[hit.start : hit.start + 3].lower() != "the" or (written in ("20s", "30s")):
        return False
    return not hit.words_around(_NEAR_DECADE) & _OF_DEGREES


_CENTURY_BEFORE = meanings("century-before")


def _century(hit: RuleMatch) -> Expression | None:
    number = hit.integer("NTH")
    if number is None or not 1 <= number <= 21 or is_before_christ(hit):
        return None
    if number < 10 and not (_asks_century(hit) and hit.word_at(1) != "of"):
        return None
    if hit.has("TURN"):
        first = datetime.date(100 * (number - 1), 1, 1) if number > 10 else None
        days = None if first is None else (first.replace(year=first.year - 10), first.replace(year=first.year + 10))
        return replace(whole(f"{100 * (number - 1):04d}", "APPROX", (hit.start, hit.end)), interval=days)
    return whole(f"{number - 1:02d}", edge(hit), (hit.start, hit.end))


def _asks_century(hit: RuleMatch) -> bool:
    """Whether the context requires one of the first nine centuries; else "his third century" is in cricket."""
    hyphened = "-" in hit.text[hit.start : hit.end]
    return hyphened or hit.has("ERA") or hit.has("EDGE") or hit.has("PARTOF") or hit.word_at(-1) in _CENTURY_BEFORE


# Rule of time_expressions.tsv -> its reader.
READERS: Mapping[str, Reader] = {
    "month-day": _days,
    "wrong-day": _wrong_day,
    "month-dayyear": _days,
    "day-month": _days,
    "month-year": _months,
    "month-of-year": _months,
    "written": _written,
    "year": _year,
    "early-year": _year,
    "short-year": _short_year,
    "short-year-alone": _short_year_alone,
    "far-year": _far_year,
    "years": _years,
    "season-of-years": _season_of_years,
    "spoken-year": _year,
    "turn": _turn,
    "decade": _decade,
    "century": _century,
}
