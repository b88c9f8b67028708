"""The words of time, as data: each class of words and what its members mean.

A word may stand in several classes ("second" is an ordinal and a unit). A spelling with a capital is looked up as it
stands first: "May" is a month, "may" is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction


def listed(words: str) -> tuple[str, ...]:
    """The words of a list that is written as one string."""
    return tuple(words.split())


# Words, and written forms that only a pattern can tell. Every repetition is bounded or begins anew at each word:
# linear in the text.
WORD = re.compile(
    r"""
    (?=\S|\n)(?:
    (?P<oclock>o['’]clock(?!\w))
  | (?P<initials>[A-Za-z](?:\.[A-Za-z]){1,8}(?!\w)\.?)
  | (?P<word>[^\W\d_½¼¾⅐-⅞]+(?!\w))
  | (?P<break>\n[^\S\n]*\n\s*)
  | (?P<iso>\d{4}-\d{1,2}-\d{1,2}(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])|\d{4}/\d{1,2}/\d{1,2}(?![\w/]))
  | (?P<slash>\d{1,2}/\d{1,2}/\d{4}(?![\w/]))
  | (?P<dotted>\d{1,2}\.\d{1,2}\.\d{4}(?!\.?\w))
  | (?P<clock12>\d{1,2}(?:[:.]\d\d)?\s?[AaPp](?:\.\s?[Mm]\.?|[Mm])(?!\w))
  | (?P<clock>\d{1,2}:\d\d(?::\d\d)?(?![\w:]))
  | (?P<money>[$£€¥]\s?\d[\d.,]{0,20})
  | (?P<tensyear>(?:\d\d|['’`])\d0['’]?s(?!\w))
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

MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "monday mon",
            "tuesday tues tue",
            "wednesday wed",
            "thursday thurs thur thu",
            "friday fri",
            "saturday sat",
            "sunday sun",
        )
    )
    for name in names.split()
}
WEEKDAY_PLURALS: Mapping[str, int] = {f"{name}s": n for name, n in WEEKDAYS.items() if name.endswith("day")}
# Only with a capital letter (or in capitals) are these months and weekdays.
CAPITAL_ONLY = frozenset(listed("march mar may mon wed sat sun"))
# Without a day or a year beside them these are as often something else ("Mar", "Sat", "May").
SHORT_MONTHS = frozenset(listed("jan feb mar apr jun jul aug sept sep oct nov dec"))
SHORT_WEEKDAYS = frozenset(listed("mon tues tue wed thurs thur thu fri sat sun"))

ONES: Mapping[str, int] = {
    word: n
    for n, word in enumerate(
        listed(
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        ),
        start=1,
    )
}
TENS: Mapping[str, int] = {
    word: 10 * n for n, word in enumerate(listed("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
}
POWERS: Mapping[str, int] = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
# Unicode's own fractions: ½ ¼ ¾, thirds, fifths, sixths, eighths and the like.
FRACTIONS: Mapping[str, Fraction] = {
    mark: Fraction(unicodedata.numeric(mark)).limit_denominator(10) for mark in "½¼¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
}
ORDINALS: Mapping[str, int] = {
    word: n
    for n, word in enumerate(
        listed(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
            "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
        ),
        start=1,
    )
}
PLURAL_TENS: Mapping[str, int] = {
    word: 10 * n
    for n, word in enumerate(listed("twenties thirties forties fifties sixties seventies eighties nineties"), start=2)
}

# TIMEX3 letters; time units carry the T that sets them off in a value. E and C are TimeML's decade and century.
UNITS: Mapping[str, str] = {
    "second": "TS",
    "minute": "TM",
    "hour": "TH",
    "day": "D",
    "week": "W",
    "weekend": "WE",
    "fortnight": "FN",
    "month": "M",
    "quarter": "Q",
    "year": "Y",
    "decade": "E",
    "century": "C",
}
UNIT_PLURALS: Mapping[str, str] = {
    "centuries": "C",
    "yrs": "Y",
    **{f"{word}s": letter for word, letter in UNITS.items() if word != "century"},
}
SEASONS: Mapping[str, str] = {"spring": "SP", "summer": "SU", "autumn": "FA", "fall": "FA", "winter": "WI"}
DAYPARTS: Mapping[str, str] = {
    "morning": "MO",
    "afternoon": "AF",
    "evening": "EV",
    "night": "NI",
    "dawn": "MO",
    "daytime": "DT",
}
FREQUENCIES: Mapping[str, str] = {
    "hourly": "PT1H",
    "daily": "P1D",
    "nightly": "P1D",
    "weekly": "P1W",
    "biweekly": "P2W",
    "fortnightly": "P2W",
    "monthly": "P1M",
    "yearly": "P1Y",
    "annually": "P1Y",
}
ZONES = frozenset(
    listed("gmt utc est edt cst cdt mst mdt pst pdt et ct mt pt bst cet cest eet msk irst ist jst aest aedt hkt sgt")
)
# TIMEX3 modifiers of a quantity.
QUANTIFIERS: Mapping[str, str] = {
    "about": "APPROX",
    "around": "APPROX",
    "approximately": "APPROX",
    "roughly": "APPROX",
    "some": "APPROX",
    "nearly": "LESS_THAN",
    "almost": "LESS_THAN",
    "under": "LESS_THAN",
    "over": "MORE_THAN",
}

# Numbers that count or name something: not years.
COUNTED = frozenset(
    listed(
        "people persons men women children civilians soldiers troops refugees fighters police officers "
        "workers employees jobs students members votes seats houses homes families cars vehicles trucks "
        "planes tanks missiles rockets copies shares contracts units barrels tons tonnes kilograms kg pounds "
        "miles mile kilometers kilometres km meters metres meter metre feet foot yards inches acres hectares "
        "dollars euros rubles yen cents percent degrees calories watts megawatts rpm points others deaths "
        "victims prisoners cases times words pages companies schools patients residents passengers "
        "demonstrators protesters"
    )
)
NUMBERED = frozenset(
    listed(
        "resolution resolutions unscr no number nos flight route page room section article act act. model sr "
        "iso rfc paragraph chapter clause item bill hr building highway apartment box order series version "
        "windows channel hotline division unit sonata opus"
    )
)

EDGES: Mapping[str, str] = {"early": "START", "mid": "MID", "late": "END"}
PARTS_OF: Mapping[str, str] = {
    "beginning": "START",
    "start": "START",
    "outset": "START",
    "middle": "MID",
    "end": "END",
    "close": "END",
}
RELATIVE: Mapping[str, int] = {
    "last": -1,
    "past": -1,
    "previous": -1,
    "preceding": -1,
    "prior": -1,
    "next": 1,
    "coming": 1,
    "following": 1,
    "upcoming": 1,
    "this": 0,
    "current": 0,
    "ongoing": 0,
    "that": 0,
    "same": 0,
}
DAYS_FROM_TODAY: Mapping[str, int] = {"today": 0, "yesterday": -1, "tomorrow": 1, "tonight": 0}

CLASSES: Mapping[str, Mapping[str, object]] = {
    "monthname": {k: v for k, v in MONTHS.items() if k not in SHORT_MONTHS},
    "monthabbr": {k: v for k, v in MONTHS.items() if k in SHORT_MONTHS},
    "dayname": {k: v for k, v in WEEKDAYS.items() if k not in SHORT_WEEKDAYS},
    "dayabbr": {k: v for k, v in WEEKDAYS.items() if k in SHORT_WEEKDAYS},
    "daynames": WEEKDAY_PLURALS,
    "ones": ONES,
    "tens": TENS,
    "power": POWERS,
    "ordinal": ORDINALS,
    "nineties": PLURAL_TENS,
    "unit": UNITS,
    "units": UNIT_PLURALS,
    "season": SEASONS,
    "daypart": DAYPARTS,
    "dayparts": {f"{k}s": v for k, v in DAYPARTS.items()},
    "apostrophe": {"'": None},
    "frequency": FREQUENCIES,
    "zone": dict.fromkeys(ZONES),
    "quantifier": QUANTIFIERS,
    "counted": dict.fromkeys(COUNTED),
    "numbered": dict.fromkeys(NUMBERED),
    "edge": EDGES,
    "partof": PARTS_OF,
    "dayfrom": DAYS_FROM_TODAY,
}

# Classes whose words, with nothing else, make no expression: what is made of them alone is not looked at.
GLUE = frozenset(
    listed(
        "a an the of in on at to and or by from for as is than about all after before between during until till since "
        "with into over under through more less most some any other another same first second third at least comma dot "
        "mark dash open integer nn dd hh decimal fraction ones tens power numbered counted quantifier break money 's "
        "apostrophe this that no up said just only"
    )
)
