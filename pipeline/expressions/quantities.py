"""Rules for quantities of time: how long, how often."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pipeline.expressions.fragments import MOST_UNITS, NUMBER, TO_NUMBER, counted
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Hit, Rule
from pipeline.expressions.values import duration
from pipeline.expressions.words import (
    DAYPARTS,
    FREQUENCIES,
    MONTHS,
    QUANTIFIERS,
    SEASONS,
    UNIT_PLURALS,
    UNITS,
    WEEKDAY_PLURALS,
    WEEKDAYS,
    listed,
)

_UNITS = {**UNITS, **UNIT_PLURALS}
_BOUNDS = {
    "more than": "MORE_THAN",
    "longer than": "MORE_THAN",
    "less than": "LESS_THAN",
    "no more than": "EQUAL_OR_LESS",
    "up to": "EQUAL_OR_LESS",
    "at most": "EQUAL_OR_LESS",
    "at least": "EQUAL_OR_MORE",
    "no less than": "EQUAL_OR_MORE",
}
_QUANTITY = "(?P<QUANTIFIER>quantifier|(?:no)? (?:more|less) than|longer than|up to|at most|at least)?"
_RECENT = "(?P<RECENT>(?:the)? (?:past|last|next|coming|previous|following|first|latest|final|another)|the|all|another)"


def _mod(hit: Hit) -> str | None:
    if hit.has("ORSO"):
        return "APPROX"
    words = " ".join(hit.words("QUANTIFIER"))
    return _BOUNDS.get(words) or QUANTIFIERS.get(words)


# After these "a year" is a length; after others, often a rate ("a million a year").
_LENGTH_BEFORE = frozenset(
    listed(
        "for within in of after over about than take takes took taking last lasts lasted spend spent spends "
        "nearly almost every only just least by until under around once half"
    )
)
_LENGTH_AFTER = frozenset(("after", "before", "from", "or", "into"))


def _is_rate(hit: Hit) -> bool:
    """Whether "a year" or "24 hours a day" says how often rather than how long, or "a second" and "three quarters"
    which or what part."""
    unit, words = _UNITS[hit.word("UNIT") or ""], tuple(hit.words("NUMBER"))
    if unit in ("Q", "TS") and (words == ("a",) or hit.beside(1) == "of" or hit.word("HYPHEN")):
        return True
    if hit.beside(1) == "a" and hit.beside(2) in UNITS:
        return True
    if words not in (("a",), ("an",)) or any(hit.has(g) for g in ("QUANTIFIER", "HALF", "ORSO", "EXTRA")):
        return False
    return hit.beside(-1) not in _LENGTH_BEFORE and hit.beside(1) not in _LENGTH_AFTER


def _duration(hit: Hit) -> Sequence[Expression]:
    unit = _UNITS[hit.word("UNIT") or hit.word("ONE") or ""]
    count = Fraction(1) if hit.has("ONE") else None
    if hit.has("NUMBER"):
        if _is_rate(hit) or hit.is_title("UNIT"):
            return ()
        count = counted(hit)
    value = duration(count, unit)
    recent = hit.words("RECENT")
    # "the past three months" is a duration that ends, "the next three" one that begins, on the day of speaking.
    toward = {"past": -1, "last": -1, "previous": -1, "next": 1, "coming": 1}.get(recent[-1]) if recent else None
    amount = int(count) if count is not None and count.denominator == 1 and count <= MOST_UNITS else None
    return (
        Expression(
            hit.start,
            hit.end,
            type="DURATION",
            form="value",
            value=value,
            mod=_mod(hit),
            unit=unit,
            amount=amount,
            toward=toward if amount is not None else None,
            anchor="speech" if toward is not None else None,
        ),
    )


def _every(hit: Hit) -> Sequence[Expression]:
    """every day, each Monday, every two weeks, each July."""
    value: str | None
    if hit.has("UNIT"):
        count = counted(hit) if hit.has("NUMBER") else Fraction(2 if hit.has("OTHER") else 1)
        value = duration(count, _UNITS[hit.word("UNIT") or ""])
    else:
        part = hit.word("DAYPART")
        value = _recurring(hit.word("WHAT") or "") + (f"T{DAYPARTS[part]}" if part else "")
    return (Expression(hit.start, hit.end, type="SET", form="value", value=value),)


def _recurring(word: str) -> str:
    if word in WEEKDAYS:
        return f"XXXX-WXX-{WEEKDAYS[word] + 1}"
    if word in WEEKDAY_PLURALS:
        return f"XXXX-WXX-{WEEKDAY_PLURALS[word] + 1}"
    if word in MONTHS:
        return f"XXXX-{MONTHS[word]:02d}"
    if word in SEASONS:
        return f"XXXX-{SEASONS[word]}"
    return f"XXXX-XX-XXT{DAYPARTS[word.removesuffix('s')]}"


def _plural_weekday(hit: Hit) -> Sequence[Expression]:
    """Mondays, Tuesday nights."""
    word, part = hit.word("WHAT") or "", hit.word("PART")
    value = _recurring(word) + (f"T{DAYPARTS[part.removesuffix('s')]}" if part else "")
    return (Expression(hit.start, hit.end, type="SET", form="value", value=value),)


def _frequency(hit: Hit) -> Sequence[Expression]:
    word = hit.word("FREQUENCY") or ""
    if hit.text[hit.start].isupper() and hit.start > 0 and hit.text[hit.start - 1] == " ":
        return ()  # the name of a newspaper
    return (Expression(hit.start, hit.end, type="SET", form="value", value=FREQUENCIES[word]),)


_NOT_AGE = "(?!dash? old|of age|'s? (?:senior|junior))"
_EXTRA = (
    "(?P<EXTRA>more|full|additional|extra|consecutive|straight|successive|long|trading|working|business|calendar"
    "|whole)?"
)
RULES = (
    Rule(
        "duration",
        f"(?:{_QUANTITY}|(?P<QUANTIFIER>at least|nearly|almost|more than|about)? {_RECENT}) (?P<NUMBER>{NUMBER})"
        f" {TO_NUMBER}? {_EXTRA} (?P<UNIT>unit|units) (?P<HALF>and a half)?"
        f" (?P<ORSO>or (?:so|two))? {_NOT_AGE}",
        _duration,
    ),
    Rule(
        "hyphened",
        f"(?:a)? (?P<SPAN>{_QUANTITY} (?P<NUMBER>{NUMBER}) {TO_NUMBER}? (?P<HYPHEN>dash)"
        f" (?P<UNIT>unit|units)) {_NOT_AGE}",
        _duration,
    ),
    Rule(
        "plural",
        f"(?P<QUANTIFIER>quantifier)? (?<=for|in|of|within|after|over|take|took|many|the) (?P<UNIT>units) {_NOT_AGE}",
        _duration,
    ),
    Rule("recent", "(?:the)? (?:recent|coming) (?P<UNIT>units)", _duration),
    Rule("long", "(?P<ONE>unit) dash long|(?P<UNIT>units) dash long", _duration),
    Rule(
        "every",
        f"(?:every|each) (?:(?P<OTHER>other)? (?P<NUMBER>{NUMBER})? dash? (?P<UNIT>unit|units)"
        "|(?P<WHAT>monthname|dayname|season|daypart)(?P<DAYPART>daypart)?)",
        _every,
    ),
    Rule(
        "weekdays", "(?:(?P<WHAT>daynames)|(?P<WHAT>dayname)(?=dayparts)) (?P<PART>daypart|dayparts)?", _plural_weekday
    ),
    Rule(
        "times",
        "(?:once|twice|(?:ones|integer) times) (?:a|an|each|every|per) (?P<UNIT>unit)",
        _every,
    ),
    Rule("frequency", "(?P<FREQUENCY>frequency)", _frequency),
)
