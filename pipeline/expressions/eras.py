"""Readers of years and centuries BC and AD. Years before 1000 have a value but no days (calendar.FIRST_YEAR)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.expressions import calendar
from pipeline.expressions.fragments import calendar_day, edge, is_of_province, month, weekday, whole
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Reader, RuleMatch

# Years BC up to the end of the last ice age, and more than any town claims.
_NUMBER = re.compile(r"\d{1,5}|\d{1,2},\d{3}")
_ERA_YEAR = re.compile(r"\d{1,4}")
# Centuries and millennia before our era that history counts.
_MAX_CENTURIES, _MAX_MILLENNIA = 99, 12


def _number(hit: RuleMatch, group: str) -> int | None:
    """Return the year in a group ("44", "10,000"), or None."""
    word = hit.word(group) or ""
    return int(word.replace(",", "")) or None if _NUMBER.fullmatch(word) else None


def _before(hit: RuleMatch) -> Sequence[Expression]:
    """Read 44 BC, 10,000 B.C., from 120 to 60 BC, 15 March 44 BC."""
    number, other = _number(hit, "NUMBER"), _number(hit, "NUMBER2")
    last = number if other is None else other
    years = hit.span("NUMBER" if other is None else "NUMBER2")
    if number is None or last is None or is_of_province(hit.text, years, last, hit.word("ERA") or ""):
        return ()
    if not hit.has("NUMBER2"):
        return (_year_before(number, edge(hit), (hit.start, hit.end)),)
    if number <= last:
        return ()  # years BC count down
    first = hit.span("NUMBER")
    return (
        _year_before(number, edge(hit), (hit.start, first[1])),
        _year_before(last, None, (hit.span("NUMBER2")[0], hit.end)),
    )


def _year_before(number: int, mod: str | None, span: tuple[int, int]) -> Expression:
    return whole(f"BC{number:04d}", mod, span)


def _century_before(hit: RuleMatch) -> Sequence[Expression]:
    """Read the fifth century BC, the 2nd or 1st century BC, the first millennium BC."""
    of_thousand = hit.has("MILLENNIUM")
    most = _MAX_MILLENNIA if of_thousand else _MAX_CENTURIES
    out: list[Expression] = []
    spans = [(hit.start, hit.span("NTH")[1]), (hit.span("NTH2")[0], hit.end)] if hit.has("NTH2") else []
    for group, span in zip(("NTH", "NTH2"), spans or [(hit.start, hit.end)], strict=False):
        number = hit.integer(group)
        if number is None or not 1 <= number <= most:
            return ()
        digits = f"{number - 1}" if of_thousand else f"{number - 1:02d}"
        out.append(whole(f"BC{digits}", edge(hit) if group == "NTH" else None, span))
    return out


def _era(hit: RuleMatch) -> Expression | None:
    """Read AD 79, 105 CE, the year 1066 AD, 24 August AD 79."""
    digits = hit.word("NUMBER") or ""
    marks = hit.words("ERA")
    if not _ERA_YEAR.fullmatch(digits) or not int(digits):
        return None  # The class of small numbers holds ordinals, too: "0th AD" is no year.
    if not marks or not hit.text[slice(*hit.span("ERA"))].isupper():
        return None
    named, number = month(hit), int(digits)
    if named is None:
        return whole(f"{number:04d}", None, (hit.start, hit.end), number)
    day = hit.integer("DAY")
    read = calendar_day((hit.start, hit.end), number, named, day, weekday=weekday(hit))
    if read.problem == "out-of-range" and day is not None and calendar.can_be_day(named, day):
        # The value is known, but its days are not: the calendar was another one.
        read = replace(read, value=f"{number:04d}-{named:02d}-{day:02d}", problem=None)
    return read


# Rule of time_expressions.tsv -> its reader.
READERS: Mapping[str, Reader] = {
    "before-christ": _before,
    "century-before-christ": _century_before,
    "era": _era,
    "day-of-era": _era,
}
