"""Readers of parts of a year, mostly without its number: quarters, halves, seasons, months, holidays, weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.data import words
from pipeline.expressions import calendar
from pipeline.expressions.fragments import (
    business_year,
    cut,
    edge_mod,
    full_year,
    how_far,
    month,
    short_year,
    whole,
    year,
)
from pipeline.expressions.named_days import holiday_name
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Reader, RuleMatch
from pipeline.expressions.words import RELATIVE, SEASONS, meanings

_FINAL = meanings("final").keys()
_HALVES = {"first": "H1", "1st": "H1", **dict.fromkeys(("second", "2nd", "last", "final", "latter"), "H2")}


def _year_ago(hit: RuleMatch) -> Expression:
    """Read year-ago, the year-earlier quarter: the same span a year before the current one."""
    part = _part(hit) if hit.has("NTH") else None
    quarter = "Q" if hit.has("QUARTER") or hit.has("PERIOD") else None
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="calendar" if part else "offset",
        part=part or quarter,
        unit="Y",
        amount=-1,
        anchor="speech" if part else "context",
        exact=part is None,
    )


def _part(hit: RuleMatch) -> str | None:
    """Return the value of a quarter, half or season."""
    season = hit.word("SEASON")
    if season is not None:
        return SEASONS[season]
    if hit.has("QUARTER"):
        which = 4 if hit.word("NTH") in _FINAL else hit.integer("NTH")
        return f"Q{which}" if which is not None and 1 <= which <= 4 else None
    if hit.has("HALF"):
        return _HALVES.get(hit.word("NTH") or "")
    return None


# How many words around a bare "the second half" to search.
_NEAR_HALF = 25
_OF_PLAY, _OF_BUSINESS = words("sport.tsv", "word of play"), meanings("of-business").keys()


def _is_of_year(hit: RuleMatch) -> bool:
    """Whether the words around a bare half show a business year, not a match or a book."""
    around = hit.words_around(_NEAR_HALF)
    return bool(around & _OF_BUSINESS) and not around & _OF_PLAY


def _is_in_name(hit: RuleMatch) -> bool:
    """Whether a season is part of a name: "the Winter Palace", "the Summer Olympics"."""
    if not hit.has("SEASON") or not hit.is_title("SEASON") or year(hit) is not None:
        return False
    return hit.text[hit.end : hit.end + 1] == " " and hit.text[hit.end + 1 : hit.end + 2].isupper()


def _coded(hit: RuleMatch) -> Expression | None:
    """Read a quarter, a half or a business year: Q3 2019, H1 2019, 2H18, 3Q, FY2017."""
    code, of_year = hit.word("CODE") or "", year(hit)
    digits = "".join(filter(str.isdigit, code[2:] or (hit.word("CODEYEAR") or "")[2:]))
    if digits:
        of_year = int(digits) if len(digits) == 4 else full_year(int(digits))
    digit, letter = sorted(code[:2])
    if letter == "y":
        return None if of_year is None else business_year((hit.start, hit.end), of_year)
    part = f"{letter.upper()}{digit}"
    if of_year is not None:
        one = replace(whole(f"{of_year:04d}-{part}", None, (hit.start, hit.end), of_year), part=part)
        business = hit.has("BUSINESS") or (hit.word("CODEYEAR") or "").startswith("fy")
        return replace(one, interval=business_year((one.start, one.end), of_year).interval) if business else one
    if letter == "h" and not _is_of_year(hit):
        return None
    return Expression(hit.start, hit.end, type="DATE", form="calendar", part=part, anchor="speech")


def _part_of_year(hit: RuleMatch) -> Expression | None:
    """Read the third quarter, last year's first half, summer 2020, the summer of '69, last fall."""
    part, of_year = _part(hit), year(hit)
    if hit.has("SHORT"):
        of_year = short_year(hit)
    if part is None or _is_in_name(hit):
        return None
    if hit.word("NTH") in _FINAL and of_year is None and not hit.has("YEARREL") and not hit.has("OFYEAR"):
        return None  # "the last quarter" is the one before this
    bare = hit.has("HALF") and of_year is None and not hit.has("YEARREL") and not hit.has("OFYEAR")
    if bare and (hit.word_at(1) == "of" or not _is_of_year(hit)):
        return None
    mod = edge_mod(hit)
    span = (hit.start, hit.end)
    if of_year is not None:
        value = f"{of_year:04d}-{part}"
        days = business_year(span, of_year).interval if hit.has("BUSINESS") else calendar.interval(value, mod)
        return Expression(
            *span,
            type="DATE",
            form="value",
            value=value,
            mod=mod,
            interval=days,
            year=of_year,
            part=part,
        )
    relative = how_far(hit)
    shift = hit.word("YEARREL")
    return Expression(
        *span,
        type="DATE",
        form="calendar",
        mod=mod,
        part=part,
        unit="Y" if shift else None,
        amount=RELATIVE[shift] if shift else None,
        anchor="speech" if relative is None else relative[1],
        toward=None if relative is None else relative[0],
        cut=cut(hit),
    )


_AFTER_MARCH = ("on", "of", "for", "to", "from", "through", "against")


_BEFORE_MONTH = meanings("dated").keys() - {"the", "a", "an", "and"}


def _is_march(hit: RuleMatch) -> bool:
    """Whether it is a demonstration by its name: "the annual March for Life", not "in March for Kiel"."""
    bare = hit.last - hit.first == 1 and hit.word_at(-1) not in _BEFORE_MONTH and hit.word_at(-1).isalpha()
    following = hit.text[hit.end :].split(maxsplit=2)[1:2]
    return bare and bool(following) and following[0][:1].isupper()


def _relative_month(hit: RuleMatch) -> Expression | None:
    """Read last October, this September, October."""
    if (
        hit.word_at(-1) == "the"
        and hit.word_at(1) in _AFTER_MARCH
        and hit.word("MONTH") == "march"
        and not hit.has("EDGE")
    ):
        return None  # "the March on Washington"
    if hit.word("MONTH") == "march" and hit.word_at(1) in _AFTER_MARCH and _is_march(hit):
        return None
    relative = how_far(hit)
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="calendar",
        mod=edge_mod(hit),
        month=month(hit),
        anchor="speech",
        toward=None if relative is None else relative[0],
        cut=cut(hit),
    )


def spelled(name: str) -> str:
    """Return a holiday's name as words of a pattern."""
    return name.replace("st.", "st dot").replace("'s", " 's").replace("s'", "s apostrophe")


def _holiday(hit: RuleMatch) -> Expression | None:
    name = holiday_name(hit)
    if name is None:
        return None
    of_year, relative, shift = year(hit), how_far(hit), hit.word("YEARREL")
    day = calendar.holiday(name, of_year) if of_year is not None else None
    value = None if day is None else calendar.week_value(day) if hit.has("WEEK") else day.isoformat()
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="calendar" if value is None else "value",
        value=value,
        interval=None if value is None else calendar.interval(value),
        year=of_year,
        part="W" if hit.has("WEEK") else None,
        holiday=name,
        unit="Y" if shift else None,
        amount=RELATIVE[shift] if shift else None,
        anchor="speech",
        toward=None if relative is None else relative[0],
    )


def _week_of(hit: RuleMatch) -> Expression | None:
    """Read the week of March 6, the weekend of 3 May."""
    day, of_year = hit.integer("DAY"), year(hit)
    named = month(hit)
    if day is None or named is None or not calendar.can_be_day(named, day):
        return None
    date = calendar.day(of_year, named, day) if of_year is not None else None
    weekend = hit.has("WEEKEND")
    value = None if date is None else calendar.week_value(date) + ("-WE" if weekend else "")
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="calendar" if value is None else "value",
        value=value,
        interval=None if value is None else calendar.interval(value),
        year=of_year,
        month=named,
        day=day,
        part="WE" if weekend else "W",
        anchor="speech",
    )


# Rule of time_expressions.tsv -> its reader.
READERS: Mapping[str, Reader] = {
    "year-ago": _year_ago,
    "quarter": _part_of_year,
    "quarterly": _part_of_year,
    "quarter-of": _part_of_year,
    "quarter-code": _coded,
    "season-year": _part_of_year,
    "short-season-year": _part_of_year,
    "season": _part_of_year,
    "relative-month": _relative_month,
    "month": _relative_month,
    "month-asked": _relative_month,
    "holiday": _holiday,
    "week-of": _week_of,
}
