"""Parts of a day that stand before it: "the night of 3 May", "the early hours of Sunday"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.data import any_of
from pipeline.expressions.reading import Expression
from pipeline.expressions.words import DAYPARTS, meanings

_HOURS = meanings("hours-of")
_PART = re.compile(
    rf"(?:\bthe\s)?(?:\b(?:early|late)\s)?(?:\b(?P<hours>{any_of(_HOURS)})\shours|\b(?P<part>{any_of(DAYPARTS)}))"
    r"\s(?:of|on)\s(?:the\s)?$",
    re.IGNORECASE,
)
# How such words end, with any blank.
_ENDS = tuple(f"{word}{blank}" for word in ("of", "on", "the", "OF", "ON", "THE") for blank in " \n\xa0")
# The longest such words: "the early afternoon of the ".
_MAX_BEFORE = 34


# Between two times of one day: "between 9 a.m. and 5 p.m. on Tuesday".
_BETWEEN = re.compile(r"\s?(?:to|and|until|till|or|[-–—])\s?", re.IGNORECASE)
_MAX_BETWEEN = 7


def completed(text: str, found: Sequence[Expression]) -> list[Expression]:
    """Return the expressions, in text order. A day with such words before it begins with them and is a TIME; a time is
    of the day of the time that it is joined to."""
    out: list[Expression] = []
    for expression in found:
        floor = out[-1].end if out else 0
        out.append(_with_part(text, expression, floor) if _is_day(expression) else expression)
    for n in range(len(out) - 2, -1, -1):
        left, right = out[n], out[n + 1]
        between = text[left.end : right.start]
        joined = len(between) <= _MAX_BETWEEN and _BETWEEN.fullmatch(between) is not None
        if joined and left.form == "clock" and right.clock and right.form != "clock" and not right.problem:
            value = None if right.value is None else f"{right.value.removesuffix(right.clock)}{left.clock}"
            out[n] = replace(right, start=left.start, end=left.end, clock=left.clock, value=value)
    return out


def _is_day(expression: Expression) -> bool:
    """Whether an expression is one day."""
    if expression.type not in ("DATE", "TIME") or expression.problem is not None or expression.away is not None:
        return False
    if expression.value is not None:
        return expression.interval is not None and expression.interval[0] == expression.interval[1]
    picked = expression.pick is not None and expression.pick.unit not in ("W", "WE")
    if expression.form == "offset" and expression.unit == "D" and expression.amount is not None:
        return True
    return expression.form == "weekday" or expression.day is not None or (picked and expression.type == "DATE")


def _with_part(text: str, expression: Expression, floor: int) -> Expression:
    before = text[max(floor, expression.start - _MAX_BEFORE) : expression.start]
    match = _PART.search(before) if before.endswith(_ENDS) else None
    if match is None:
        return expression
    start = expression.start - len(before) + match.start()
    if expression.clock is not None:
        # "The small hours of Sunday morning": the day has its part.
        return replace(expression, start=start) if match["hours"] else expression
    clock = _HOURS[match["hours"].lower()] if match["hours"] else DAYPARTS[match["part"].lower()]
    value = None if expression.value is None else f"{expression.value}T{clock}"
    return replace(expression, start=start, type="TIME", clock=f"T{clock}", value=value)
