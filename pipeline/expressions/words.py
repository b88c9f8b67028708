"""The words of time (time_words.tsv, months_and_weekdays.tsv) by class, and their meanings.

A word may be in several classes ("second" is an ordinal and a unit). A capitalised spelling is looked up first as it
is: "May" is a month, "may" is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from fractions import Fraction

from pipeline import data


def split_words(words: str) -> tuple[str, ...]:
    """Split a list of words that is written as one string."""
    return tuple(words.split())


# Words, and written forms that need a pattern. Linear in the text: repetitions are bounded or restart at each word.
WORD = re.compile(
    r"""
    (?=\S|\n)(?:
    (?P<oclock>o['’]clock(?!\w))
  | (?P<initials>[A-Za-z](?:\.[A-Za-z]){1,8}(?!\w)\.?)
  | (?P<word>[^\W\d_½¼¾⅐-⅞]+(?!\w))
  | (?P<break>\n[^\S\n]*\n\s*)
  | (?P<iso>\d{4}-\d{1,2}-\d{1,2}(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])|\d{4}/\d{1,2}/\d{1,2}(?![\w/]))
  | (?P<slash>\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)(?![\w/])|(?<![\d-])\d{1,2}-\d{1,2}-[12]\d{3}(?![\w-]))
  | (?P<dotted>\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)(?!\.?\w))
  | (?P<clock12>\d{1,2}(?:[:.]\d\d)?\s?[AaPp](?:\.\s?[Mm]\.?|[Mm])(?!\w))
  | (?P<clock>\d{1,2}:\d\d(?::\d\d)?(?![\w:]))
  | (?P<money>[$£€¥]\s?\d[\d.,]{0,20})
  | (?P<apoyear>['’‘`]\d\d(?![\w'’]|[.,:/]\d))
  | (?P<tensyear>(?:\d\d|['’`])\d0['’]?s(?!\w))
  | (?P<shortdecade>[2-9]0['’]?s(?!\w))
  | (?P<code>(?:[1-4]Q|[12]H|[Qq][1-4]|H[12]|FY)(?:['’]?\d\d|[12]\d{3})(?!\w)|(?:[1-4]Q|[12]H|[Qq][1-4]|H[12])(?!\w))
  | (?P<nth>\d{1,2}(?:st|nd|rd|th)(?!\w))
  | (?P<dayyear>\d{1,2},[12]\d{3}(?!\w))
  | (?P<decimal>\d{1,12}(?:[.,]\d{1,12}){1,6}(?!\w))
  | (?P<fraction>\d/\d(?![\w/])|[½¼¾⅐-⅞])
  | (?P<year4>[12]\d{3}(?!\w))
  | (?P<integer>\d{1,12}(?:(?!\w)|(?=[½¼¾⅐-⅞])))
  | (?P<possessive>['’]s?(?=\W|$))
  | (?P<blob>\w+)
  | (?P<dash>[-‐‑]|[–—]|--)
  | (?P<mark>[^\s\w])
    )
    """,
    re.VERBOSE,
)

_WORDS = "time_words.tsv"
_CALENDAR = "months_and_weekdays.tsv"


def meanings(kind: str) -> Mapping[str, str]:
    """Return the words of a kind in time_words.tsv, and the meaning of each."""
    return data.meanings(_WORDS, kind)


def numbers(kind: str) -> Mapping[str, int]:
    """Return the words of a kind with numbers as meanings."""
    return {word: int(number) for word, number in meanings(kind).items()}


def _named(*kinds: str) -> Mapping[str, int]:
    """Return names of months or weekdays in lower case, with their numbers."""
    return {name.lower(): int(n) for kind in kinds for name, n in data.meanings(_CALENDAR, kind).items()}


_MONTH_NAMES, _SHORT_MONTHS = _named("month"), _named("month-short", "month-rare")
_DAY_NAMES, _SHORT_DAYS = _named("weekday"), _named("weekday-short", "weekday-rare")
# 1 is January; 1 is Monday.
MONTHS = {**_MONTH_NAMES, **_SHORT_MONTHS}
WEEKDAY_PLURALS = {f"{name}s": number for name, number in _DAY_NAMES.items()}
WEEKDAYS = {**_DAY_NAMES, **_SHORT_DAYS, **WEEKDAY_PLURALS}
# These are months and weekdays only if capitalised (or in capitals).
CAPITAL_ONLY = meanings("capital-only").keys()

ONES, TENS, POWERS = numbers("ones"), numbers("tens"), numbers("power")
ORDINALS, PLURAL_TENS = numbers("ordinal"), numbers("nineties")
# Unicode fractions: ½ ¼ ¾, thirds, fifths, sixths, eighths and the like.
FRACTIONS: Mapping[str, Fraction] = {
    mark: Fraction(unicodedata.numeric(mark)).limit_denominator(10) for mark in "½¼¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
}
# TIMEX3 letters; time units include the T before them in a value. E and C are TimeML's decade and century.
UNITS, UNIT_PLURALS = meanings("unit"), meanings("units")
ALL_UNITS = {**UNITS, **UNIT_PLURALS}
SEASONS, DAYPARTS = meanings("season"), meanings("daypart")
RELATIVE = numbers("relative")
# TIMEX3 modifiers of a quantity: by one word, and by several.
QUANTIFIERS, BOUNDS = meanings("quantifier"), meanings("bound")

# Class of the grammar -> its words.
CLASSES: Mapping[str, Collection[str]] = {
    "monthname": _MONTH_NAMES,
    "monthabbr": _SHORT_MONTHS,
    "dayname": _DAY_NAMES,
    "dayabbr": _SHORT_DAYS,
    "daynames": WEEKDAY_PLURALS,
    "dayparts": [f"{word}s" for word in DAYPARTS],
    "apostrophe": ["'"],
    "beforechrist": meanings("before-christ"),
    "ofattack": meanings("of-attack"),
    "spanof": meanings("span-of"),
    "agedthing": meanings("aged-thing"),
    **{
        kind: meanings(kind)
        for kind in (
            *("ones", "tens", "power", "ordinal", "nineties", "unit", "units", "season", "daypart", "frequency"),
            *("zone", "quantifier", "counted", "numbered", "edge", "partof", "dayfrom", "final", "era"),
        )
    },
}

# Classes whose words alone never form an expression; runs of only these are skipped.
FUNCTION_WORD_CLASSES = frozenset(
    split_words(
        "a an the of in on at to and or by from for as is than about all after before between during until till since "
        "with into over under through more less most some any other another same first second third at least comma dot "
        "mark dash open integer nn dd hh decimal ones tens power numbered counted quantifier break money 's "
        "apostrophe this that no up said just only"
    )
)
