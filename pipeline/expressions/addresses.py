"""Numbers and months that are part of an address: "1842 March Street", "21 April Lane", "September 11 Square"."""

from __future__ import annotations

import re

from pipeline.data import any_of
from pipeline.expressions.reading import Expression
from pipeline.expressions.words import meanings

_STREETS = any_of(meanings("street"))
# A street number and at most three words of the street's name.
_STREET = re.compile(rf" (?:[A-Z][\w’'-]{{0,20}}\.? ){{0,3}}(?i:{_STREETS})(?![\w-])")
_NEXT_STREET = re.compile(rf" (?i:{_STREETS})(?![\w-])")
_WORD_BEFORE = re.compile(r"([\w’']{1,12})[^\w’'.,;:]{1,2}$")
_MAX_BEFORE = 16
# A number after these is a year: "in 2008 Wall Street", "the 2008 Wall Street crash".
_DATED = meanings("dated").keys()


def is_address(text: str, expression: Expression) -> bool:
    """Whether a year, a month or its day is the number or the name of a street."""
    end = expression.end
    if expression.month is None and expression.year is None:
        return False
    if text[end : end + 1] != " " or not text[end + 1 : end + 2].isupper():
        return False
    if expression.month is not None:
        return expression.year is None and bool(_NEXT_STREET.match(text, end))
    before = _WORD_BEFORE.search(text[max(0, expression.start - _MAX_BEFORE) : expression.start])
    word = before[1].lower().replace("’", "'") if before else ""
    if word in _DATED or word.endswith("'s") or text[expression.start : end].isdigit() is False:
        return False
    return bool(_STREET.match(text, end))
