"""Pieces of rules that several families share, and what they mean.

Belongs here: fragments of patterns, and reading a fragment's groups. Does not belong here: whole rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.expressions import calendar
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Hit
from pipeline.expressions.words import EDGES, MONTHS, ONES, PARTS_OF, POWERS, TENS, WEEKDAYS

# "May. 1, 2000": a full month with a stop stands only before a day and a year.
MONTH = "(?P<MONTH>(?:monthname|monthabbr)) (?:(?<=monthabbr) dot|dot(?=dd comma? year4|dayyear))?"
WEEKDAY = "(?P<WEEKDAY>(?:dayname|dayabbr)) (?:(?<=dayabbr) dot)?"
YEAR = "(?P<YEAR>year4)"
# "nineteen ninety-six": years as they are spoken.
SPOKEN_YEAR = "(?P<SPOKEN>(?:nineteen|eighteen) tens (?:dash? ones)?|(?<=year)two thousand)"
EDGE = "(?:(?:the)? (?:very)? (?:(?P<EDGE>edge) dash?|(?P<PARTOF>partof) of) (?:the)?)"
CLOCK = (
    "(?:(?P<CLOCK>clock12|clock|noon|midday|midnight|hh (?:oclock|(?=in the daypart)))"
    " (?:(?P<ZONE>zone)|in the (?P<INPART>daypart))?)"
)

NUMBER = (
    "(?:(?:integer|decimal) (?:fraction|and fraction)? power?"
    " |fraction"
    " |(?:ones|tens) (?:(?:dash? |and )?(?:ones|tens|power)|dash? and dash? (?:a)? dash? half){0,5}"
    " |(?:a|an|the|another)? (?:couple of?|few|several|dozen|power|number of|half (?:a|an)?|half dozen)"
    " |(?:a|an|another))"
)
_DAYPART_HOURS = {"afternoon": 12, "evening": 12, "night": 12}
_SMALL_NUMBERS = {**ONES, **TENS}
_VAGUE = frozenset(("few", "several", "number"))
_HALVES = {"½": 0.5, "¼": 0.25, "¾": 0.75}


def month(hit: Hit) -> int | None:
    word = hit.word("MONTH")
    return None if word is None else MONTHS[word]


def weekday(hit: Hit) -> int | None:
    word = hit.word("WEEKDAY")
    return None if word is None else WEEKDAYS[word]


def year(hit: Hit) -> int | None:
    """The year in digits or as spoken."""
    if hit.has("SPOKEN"):
        first, *rest = (w for w in hit.words("SPOKEN") if w in ONES or w in TENS)
        if not rest:
            return 2000
        return 100 * _SMALL_NUMBERS[first] + sum(_SMALL_NUMBERS[w] for w in rest)
    if hit.has("DAYYEAR"):
        return int((hit.word("DAYYEAR") or "").partition(",")[2])
    return hit.integer("YEAR")


def edge(hit: Hit) -> str | None:
    """The modifier of "early", "the end of" and the like."""
    for group, meaning in (("EDGE", EDGES), ("PARTOF", PARTS_OF)):
        word = hit.word(group)
        if word is not None:
            return meaning[word]
    return None


def clock(hit: Hit) -> str | None:
    """What a time of day adds to a TIMEX3 value: "T21:21"; None where there is none or it cannot be."""
    word = hit.word("CLOCK")
    if word is None:
        return None
    if word in ("noon", "midday"):
        return "T12:00"
    if word == "midnight":
        return "T24:00"
    numbers = [int(n) for n in re.findall(r"\d+", word)]
    hours, minutes = numbers[0], numbers[1] if len(numbers) > 1 else 0
    if re.search(r"[ap]", word, re.IGNORECASE):
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if "p" in word.lower() else 0)
    elif hours < 12:
        hours += _DAYPART_HOURS.get(hit.word("INPART") or "", 0)
    return f"T{hours:02d}:{minutes:02d}" if hours <= 24 and minutes < 60 else None


def number(words: Sequence[str]) -> float | None:
    """What a NUMBER names; None for a vague one ("several"). "a" and "an" are 1, "a couple" is 2."""
    total, current, seen = 0.0, 0.0, False
    for word in words:
        digits = word.replace(",", "")
        if word in _VAGUE:
            return None
        if word in ONES or word in TENS:
            current, seen = current + _SMALL_NUMBERS[word], True
        elif word in POWERS:
            current, seen = (current if seen else 1) * POWERS[word], True
            if POWERS[word] >= 1000:
                total, current = total + current, 0.0
        elif re.fullmatch(r"\d{1,12}(\.\d{1,12})?", digits):
            current, seen = current + float(digits), True
        elif re.fullmatch(r"\d/[1-9]", word):
            current, seen = current + int(word[0]) / int(word[2]), True
        elif word in _HALVES:
            current, seen = current + _HALVES[word], True
        elif word == "half":
            current, seen = current + 0.5, True
        elif word == "couple":
            current, seen = 2.0, True
    return total + current if seen else 1.0


def calendar_day(
    hit: Hit,
    span: tuple[int, int],
    year: int | None,
    month: int,
    day: int | None,
    *,
    weekday: int | None = None,
    clock: str | None = None,
    mod: str | None = None,
) -> Expression:
    """A day or a month of a year, with its problem where there is no such day or it is another weekday."""
    problem: str | None = None
    value: str | None = None
    interval: calendar.Interval | None = None
    if day is not None and not calendar.can_be_day(month, day):
        problem = "impossible-date"
    elif year is not None:
        named = calendar.day(year, month, day or 1)
        if named is None:
            in_range = calendar.FIRST_YEAR <= year <= calendar.LAST_YEAR
            problem = "impossible-date" if in_range else "out-of-range"
        else:
            plain = f"{year:04d}-{month:02d}" + (f"-{day:02d}" if day is not None else "")
            value, interval = plain + (clock or ""), calendar.interval(plain, mod)
            if weekday is not None and day is not None and named.weekday() != weekday:
                problem = "weekday-mismatch"
    return Expression(
        *span,
        type="TIME" if clock else "DATE",
        form="value" if value is not None or problem else "calendar",
        value=value,
        mod=mod,
        interval=interval,
        year=year,
        month=month,
        day=day,
        weekday=weekday,
        clock=clock,
        problem=problem,
    )


def whole(value: str, mod: str | None, span: tuple[int, int], year: int | None = None) -> Expression:
    """A value that names its days by itself (a year, a decade, a quarter of a year)."""
    return Expression(
        *span, type="DATE", form="value", value=value, mod=mod, interval=calendar.interval(value, mod), year=year
    )
