"""Readers of quantities of time: how long, how often."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from pipeline.expressions.fragments import MAX_UNITS, counted, daypart, quantity_mod
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Reader, RuleMatch
from pipeline.expressions.values import duration
from pipeline.expressions.words import (
    ALL_UNITS,
    DAYPARTS,
    MONTHS,
    SEASONS,
    UNITS,
    WEEKDAYS,
    meanings,
)

# Only after or before these is "a year" a length; else it is often a rate ("a million a year").
_LENGTH_BEFORE, _LENGTH_AFTER = meanings("length-before"), meanings("length-after")
# "He gave them a week to leave."
_GIVEN_TO = ("him", "her", "it", "me", "us", "them", "you")


def _is_rate(hit: RuleMatch) -> bool:
    """Whether "a year" or "24 hours a day" is a rate, or "a second" and "three quarters" an ordinal or a fraction."""
    unit, words = ALL_UNITS[hit.word("UNIT") or ""], tuple(hit.words("NUMBER"))
    if unit in ("Q", "TS") and (words == ("a",) or _is_fraction(hit, unit) or hit.word("HYPHEN")):
        return True
    if hit.word_at(1) == "a" and hit.word_at(2) in UNITS:
        return True
    if words not in (("a",), ("an",)) or any(hit.has(g) for g in ("QUANTIFIER", "HALF", "ORSO", "EXTRA")):
        return False
    given = hit.word_at(-1) in _GIVEN_TO and hit.word_at(1) == "to"
    return not given and hit.word_at(-1) not in _LENGTH_BEFORE and hit.word_at(1) not in _LENGTH_AFTER


def _is_fraction(hit: RuleMatch, unit: str) -> bool:
    """Whether "of" makes it a part: "three quarters of the town", not "several quarters of losses"."""
    few = unit != "Q" or (counted(hit) in (1, 3) and not hit.has("RECENT"))
    return hit.word_at(1) == "of" and few


def _age(hit: RuleMatch) -> Expression:
    """Read a two-month-old strike: a length."""
    value = duration(counted(hit), ALL_UNITS[hit.word("UNIT") or ""])
    return Expression(hit.start, hit.end, type="DURATION", form="value", value=value)


def _duration(hit: RuleMatch) -> Expression | None:
    unit = ALL_UNITS[hit.word("UNIT") or hit.word("ONE") or ""]
    count = Fraction(1) if hit.has("ONE") else None
    if hit.has("NUMBER"):
        if _is_rate(hit) or hit.is_title("UNIT"):
            return None
        count = counted(hit)
    value = duration(count, unit)
    recent = hit.words("RECENT")
    # "the past three months" ends, and "the next three" begins, on the day of speaking.
    toward = {"past": -1, "last": -1, "previous": -1, "next": 1, "coming": 1}.get(recent[-1]) if recent else None
    amount = int(count) if count is not None and count.denominator == 1 and count <= MAX_UNITS else None
    return Expression(
        hit.start,
        hit.end,
        type="DURATION",
        form="value",
        value=value,
        mod=quantity_mod(hit),
        unit=unit,
        amount=amount,
        toward=toward if amount is not None else None,
        anchor="speech" if toward is not None else None,
    )


def _every(hit: RuleMatch) -> Expression:
    """Read every day, each Monday, every two weeks, each July."""
    if hit.has("UNIT"):
        count = counted(hit) if hit.has("NUMBER") else Fraction(2 if hit.has("OTHER") else 1)
        value = duration(count, ALL_UNITS[hit.word("UNIT") or ""])
    else:
        value = _recurring(hit.word("WHAT") or "") + (daypart(hit) or "")
    return Expression(hit.start, hit.end, type="SET", form="value", value=value)


def _recurring(word: str) -> str:
    if word in WEEKDAYS:
        return f"XXXX-WXX-{WEEKDAYS[word]}"
    if word in MONTHS:
        return f"XXXX-{MONTHS[word]:02d}"
    if word in SEASONS:
        return f"XXXX-{SEASONS[word]}"
    return f"XXXX-XX-XXT{DAYPARTS[word.removesuffix('s')]}"


def _plural_weekday(hit: RuleMatch) -> Expression:
    """Read Mondays, Tuesday nights."""
    word, part = hit.word("WHAT") or "", hit.word("PART")
    value = _recurring(word) + (f"T{DAYPARTS[part.removesuffix('s')]}" if part else "")
    return Expression(hit.start, hit.end, type="SET", form="value", value=value)


def _frequency(hit: RuleMatch) -> Expression | None:
    word = hit.word("FREQUENCY") or ""
    if hit.text[hit.start].isupper() and hit.start > 0 and hit.text[hit.start - 1] == " ":
        return None  # the name of a newspaper
    named = hit.text[hit.end : hit.end + 1] == " " and hit.text[hit.end + 1 : hit.end + 2].isupper()
    if named and hit.first > 0 and hit.tokens.found[hit.first - 1][0][:1].isupper():
        return None  # a newspaper: "the Paris daily Le Monde"
    return Expression(hit.start, hit.end, type="SET", form="value", value=meanings("frequency")[word])


# Rule of time_expressions.tsv -> its reader.
READERS: Mapping[str, Reader] = {
    "duration": _duration,
    "hyphened": _duration,
    "age": _age,
    "plural": _duration,
    "recent": _duration,
    "long": _duration,
    "every": _every,
    "weekdays": _plural_weekday,
    "times": _every,
    "frequency": _frequency,
}
