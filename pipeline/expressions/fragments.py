"""Readers of parts that several rules share: months, years, times of day, numbers."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from pipeline.expressions import calendar
from pipeline.expressions.reading import Anchor, Expression
from pipeline.expressions.tokens import RuleMatch
from pipeline.expressions.words import (
    BOUNDS,
    DAYPARTS,
    FRACTIONS,
    MONTHS,
    ONES,
    POWERS,
    QUANTIFIERS,
    RELATIVE,
    TENS,
    WEEKDAYS,
    meanings,
)

_BEFORE_CHRIST = meanings("before-christ")
# Spellings of BCE, which no province has.
_ONLY_ERA = ("bce", "b.c.e")
# Years that news is about, and the longest spelling of BC with the blank and the letter behind it.
_FIRST_MODERN, _LAST_MODERN, _MAX_ERA = 1900, 2059, 9
_DAYPART_HOURS = {"afternoon": 12, "evening": 12, "night": 12}
_SMALL_NUMBERS = {**ONES, **TENS}
_VAGUE = meanings("vague")
# Words that count from the last date in the text, not from the day of speaking.
_FROM_CONTEXT = meanings("from-context")
# A larger number does not count days, weeks or years from a date.
MAX_UNITS = 5000
# A number in digits: thousands with commas (in India also hundreds of thousands), a point before decimals. A number
# with a leading zero is part of another ("0,5", "1'000") or a name ("007").
_DIGITS = re.compile(r"(?:0|(?!0)\d{1,12}|(?!0)\d{1,3}(?:,\d{2,3}){0,5},\d{3})(?:\.\d{1,12})?")
# Three digits, and the start of a number that they end: "1 000", "1'000".
_GROUP = re.compile(r"\d{3}(?!\d)")
_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:[^\S\n]|['’])$")
_GROUP_BEFORE = 5


def month(hit: RuleMatch) -> int | None:
    word = hit.word("MONTH")
    return None if word is None else MONTHS[word]


def weekday(hit: RuleMatch) -> int | None:
    """Return the weekday; 0 is Monday."""
    word = hit.word("WEEKDAY")
    return None if word is None else WEEKDAYS[word] - 1


def year(hit: RuleMatch) -> int | None:
    """Return the year, in digits or in words: "nineteen eighty-four", "two thousand and eight"."""
    if hit.has("SPOKEN"):
        words = hit.words("SPOKEN")
        first, *rest = (_SMALL_NUMBERS[word] for word in words if word in _SMALL_NUMBERS)
        return first * (1000 if "thousand" in words else 100) + sum(rest)
    if hit.has("DAYYEAR"):
        return int((hit.word("DAYYEAR") or "").partition(",")[2])
    return hit.integer("YEAR")


# Two digits up to this are of the present century: few days in news are further ahead, few dates of birth further back.
_LAST_SHORT_YEAR = 39


def full_year(digits: int) -> int:
    """Return the full year of two digits."""
    return digits + (2000 if digits <= _LAST_SHORT_YEAR else 1900)


def short_year(hit: RuleMatch) -> int | None:
    """Return the year of the two digits in the group SHORT ("98", "'98"); None for another number of digits."""
    digits = (hit.word("SHORT") or "").lstrip("'’‘`")
    return full_year(int(digits)) if len(digits) == 2 and digits.isdigit() else None


def is_before_christ(hit: RuleMatch, number: int | None = None) -> bool:
    """Whether BC stands behind the year `number`, or behind a century."""
    return hit.word_at(1) in _BEFORE_CHRIST and not is_of_province(
        hit.text, (hit.start, hit.end), number, hit.word_at(1)
    )


def is_of_province(text: str, span: tuple[int, int], number: int | None, era: str) -> bool:
    """Whether BC behind the year in `span` is the province: behind a year of our time, and before a capitalised word or
    after "the" ("In 2010 BC Ferries", "the 2010 BC election")."""
    if number is None or not _FIRST_MODERN <= number <= _LAST_MODERN or era.startswith(_ONLY_ERA):
        return False
    start, end = span
    following = text[end : end + _MAX_ERA].lstrip()[len(era) :]
    named = following[:1] == " " and (following[1:2].isupper() or text[max(0, start - 4) : start].lower() == "the ")
    return named and following[1:2].isalpha()


def edge(hit: RuleMatch) -> str | None:
    """Return the modifier of "early", "the end of" and the like."""
    for group, kind in (("EDGE", "edge"), ("PARTOF", "partof")):
        word = hit.word(group)
        if word is not None:
            return meanings(kind)[word]
    return None


def edge_mod(hit: RuleMatch) -> str | None:
    """Return the modifier of "early", "late in", "the end of" and the like."""
    word = hit.word("POS")
    return meanings("position")[word] if word else edge(hit)


def cut(hit: RuleMatch) -> int | None:
    """Return the side of the anchor: "earlier this year" is up to it (-1), "later this year" from it on (1)."""
    return {"earlier": -1, "later": 1}.get(hit.word("POS") or "")


def how_far(hit: RuleMatch) -> tuple[int, Anchor] | None:
    """Return how many units away, and from which anchor."""
    words = hit.words("REL")
    if not words:
        return None
    word = words[-1]
    return RELATIVE[word], "context" if word in _FROM_CONTEXT else "speech"


def quantity_mod(hit: RuleMatch) -> str | None:
    """Return the modifier of "about", "more than", "or so" and the like."""
    words = " ".join(hit.words("QUANTIFIER"))
    return "APPROX" if hit.has("ORSO") else BOUNDS.get(words) or QUANTIFIERS.get(words)


def clock(hit: RuleMatch) -> str | None:
    """Return the suffix of a time of day in a TIMEX3 value, e.g. "T21:21"; None without a valid time."""
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


def daypart(hit: RuleMatch) -> str | None:
    """Return the suffix of a part of the day in a TIMEX3 value, e.g. "TMO"; None without one."""
    word = hit.word("DAYPART")
    return f"T{DAYPARTS[word]}" if word else None


def counted(hit: RuleMatch) -> Fraction | None:
    """Return the number of units in the groups NUMBER, TONUMBER ("10 to 12 million": 10 million) and HALF; None if it
    is vague or unreadable."""
    words = hit.words("NUMBER")
    start = hit.span("NUMBER")[0]
    if _GROUPED.search(hit.text[max(0, start - _GROUP_BEFORE) : start]) and _GROUP.match(hit.text, start):
        return None  # the end of a number with grouped digits: "1 000 000"
    found = number(words)
    if found is None:
        return None
    other = hit.words("TONUMBER")
    plain = [word for word in other if word not in POWERS]
    if len(plain) < len(other) and POWERS.keys().isdisjoint(words) and (number(plain) or 0) > found:
        found = number([*words, *other[len(plain) :]])  # "10 to 12 million", not "50 to one hundred"
    half = Fraction(1 if hit.has("HALF") else 0, 2)
    return None if found is None else found + half


def number(words: Sequence[str]) -> Fraction | None:
    """Return the exact value of a NUMBER; None if it is vague ("several") or unreadable ("1.2.3"). "a" and "an" are 1,
    "a couple" is 2."""
    total, current, seen, last = Fraction(0), Fraction(0), False, ""
    for word in words:
        if word in _VAGUE or (word in _SMALL_NUMBERS and last in ONES):
            return None  # "several", "two-three"
        last = word if word in _SMALL_NUMBERS or word in POWERS else last
        if word in _SMALL_NUMBERS:
            current, seen = current + _SMALL_NUMBERS[word], True
        elif word in POWERS:
            power = POWERS[word]
            if total and not current:
                total, power = total * power, 0  # "a million million"
            current, seen = (current if seen else Fraction(1)) * power, True
            if power >= 1000:
                total, current = total + current, Fraction(0)
        elif word == "half":
            current, seen = current + Fraction(1, 2), True
        elif word == "couple":
            current, seen = Fraction(2), True
        elif any(map(str.isnumeric, word)):
            digits = _in_digits(word)
            if digits is None:
                return None
            current, seen = current + digits, True
    return total + current if seen else Fraction(1)


def _in_digits(word: str) -> Fraction | None:
    """Return the value of a number in digits; None if it is uncertain: "1.2.3", "0,5", "007", "3/0"."""
    if word in FRACTIONS:
        return FRACTIONS[word]
    above, stroke, below = word.partition("/")
    if stroke:
        return Fraction(int(above), int(below)) if int(below) else None
    if not _DIGITS.fullmatch(word):
        return None
    whole, _, part = word.replace(",", "").partition(".")
    return Fraction(int(whole + part), 10 ** len(part))


def calendar_day(
    span: tuple[int, int],
    year: int | None,
    month: int,
    day: int | None,
    *,
    weekday: int | None = None,
    clock: str | None = None,
    mod: str | None = None,
) -> Expression:
    """Return a day or a month of a year, with its problem if the day does not exist or has another weekday."""
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


def business_year(span: tuple[int, int], year: int) -> Expression:
    """Return a fiscal year. It begins in February of the year before at the earliest (American retailers), and ends in
    March of the year after at the latest (Japanese and Indian bodies, which name it by its beginning)."""
    days = datetime.date(year - 1, 2, 1), datetime.date(year + 1, 3, 31)
    one = whole(f"{year:04d}", None, span, year)
    return replace(one, interval=days) if one.interval else one


def whole(value: str, mod: str | None, span: tuple[int, int], year: int | None = None) -> Expression:
    """Return a value that has its days by itself (a year, a decade, a quarter of a year)."""
    return Expression(
        *span, type="DATE", form="value", value=value, mod=mod, interval=calendar.interval(value, mod), year=year
    )
