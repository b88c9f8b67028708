r"""The syntax of TIMEX3 values, and writing durations.

The patterns are valid for RE2 (DuckDB) and for Python. The check dates_value_is_timex matches each stored value.

Values: http://www.timeml.org/publications/timeMLdocs/timeml_1.2.1.html (value), with X for an unknown digit. Decades,
centuries and millennia are written DE, CE, ML, or E, C, L as in TimeBank. Counts are plain decimals (ISO 8601-1:2019,
5.5.2), never exponents.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

# Most digits of a count. Before the point: what fits a signed 64-bit integer, enough for the age of the universe in
# seconds; after it: microseconds. A count that needs more has no value.
WHOLE_DIGITS, PART_DIGITS = 18, 6

_YEAR = r"[\dX]{4}"
_DAY = (
    rf"(?:{_YEAR}(?:-(?:0[1-9]|1[0-2]|XX)(?:-(?:0[1-9]|[12]\d|3[01]|XX))?"
    r"|-W(?:0[1-9]|[1-4]\d|5[0-3]|XX)(?:-(?:[1-7]|WE|X))?|-(?:SP|SU|FA|WI|Q[1-4X]|H[12X]))?"
    r"|[\dX]{2}|[\dX]{3}|(?:BC|BCE)\d{1,5})"
)
_CLOCK = r"T(?:[\dX]{2}(?::[\dX]{2}(?::[\dX]{2}(?:\.\d{1,6})?)?)?|MO|MI|AF|EV|NI|DT|PM|AM)(?:Z|[+-]\d{2}(?::?\d{2})?)?"
_REF = r"(?:PRESENT_REF|PAST_REF|FUTURE_REF)"
_COUNT = rf"(?:\d{{1,{WHOLE_DIGITS}}}(?:\.\d{{1,{PART_DIGITS}}})?|X{{1,4}})"
_DAYS = rf"{_COUNT}(?:DE|CE|ML|WE|SP|SU|FA|WI|[YQMWDHECL])"
_HOURS = rf"T(?:{_COUNT}(?:MO|MI|AF|EV|NI|DT|[HMS])){{1,4}}"
_SPAN = rf"P(?:(?:{_DAYS}){{1,6}}(?:{_HOURS})?|{_HOURS})"
_POINT = rf"(?:{_DAY}(?:{_CLOCK})?|{_CLOCK}|{_REF})"
# TIMEX3 type -> pattern of the whole value.
VALUES: Mapping[str, str] = {
    "DATE": rf"(?:{_DAY}|{_REF})",
    "TIME": _POINT,
    "DURATION": _SPAN,
    "SET": rf"(?:{_POINT}|{_SPAN})",
}

# Known numbers of decades or centuries are written in years, in fortnights in weeks.
_PLAIN = {"E": ("Y", 10), "C": ("Y", 100), "FN": ("W", 2)}
# Unit -> the next smaller unit, and how many of it make one.
_SMALLER = {"Y": ("M", 12), "M": ("D", 30), "W": ("D", 7), "D": ("TH", 24), "TH": ("TM", 60), "TM": ("TS", 60)}


def count(number: Fraction) -> str | None:
    """Write a number from 0 on in plain decimal digits; None if that needs too many or is not exact."""
    scaled = number * 10**PART_DIGITS
    if scaled.denominator != 1 or not 0 <= number < 10**WHOLE_DIGITS:
        return None
    whole, part = divmod(scaled.numerator, 10**PART_DIGITS)
    return f"{whole}.{part:0{PART_DIGITS}d}".rstrip("0").rstrip(".")


def duration(number: Fraction | None, unit: str) -> str | None:
    """Write a number of units as in TIMEX3: P3D, PT2H. None if the number cannot be written.

    number  None if unknown, written X
    unit    a letter of words.UNITS

    A fraction of a unit is written in the next smaller unit, rounded to a whole number of these (P2Y6M), unless that is
    zero or a whole unit; then it is written as a decimal.
    """
    if number is None and unit == "C":
        return "PXC"  # "for centuries"
    unit, times = _PLAIN.get(unit, (unit, 1))
    time, letter = ("T", unit[1:]) if unit.startswith("T") else ("", unit)
    if number is None:
        return f"P{time}X{letter}"
    number *= times
    whole, part = divmod(number, 1)
    smaller, size = _SMALLER.get(unit, ("", 0))
    rest = round(part * size)
    if not 0 < rest < size:
        written = count(number)
        return None if written is None else f"P{time}{written}{letter}"
    written = count(Fraction(whole))
    if written is None:
        return None
    head = f"{time}{written}{letter}" if whole else ""
    tail = f"{rest}{smaller[-1]}"
    # T occurs once, before the first unit of time.
    return f"P{head}{tail}" if head.startswith("T") or not smaller.startswith("T") else f"P{head}T{tail}"
