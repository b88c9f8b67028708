"""Readers of times of day without a date."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.expressions.fragments import clock, weekday
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Reader, RuleMatch

# After a time and "on" these mean no particular day.
_SOME = ("a", "an", "any", "some", "most", "weekdays", "weekends")


def _clock(hit: RuleMatch) -> Expression | None:
    at = clock(hit)
    if at is None:
        return None
    if hit.word_at(1) == "on" and hit.word_at(2) in _SOME:
        # "at 2:30 p.m. on a Monday" has no particular day.
        return Expression(hit.start, hit.end, type="TIME", form="value", value=at)
    if hit.word_at(-1) == "high" and hit.word_at(-2) != "at":
        return None  # "High Noon" is a film, or a decisive hour
    return Expression(hit.start, hit.end, type="TIME", form="clock", anchor="context", clock=at)


def _military(hit: RuleMatch) -> Expression | None:
    """Read 0735 GMT."""
    digits = hit.word("DIGITS") or ""
    if len(digits) != 4 or int(digits[:2]) > 24 or int(digits[2:]) > 59:
        return None
    at = f"T{digits[:2]}:{digits[2:]}"
    return Expression(hit.start, hit.end, type="TIME", form="clock", anchor="context", clock=at)


def _overnight(hit: RuleMatch) -> Expression:
    return Expression(hit.start, hit.end, type="TIME", form="offset", unit="D", amount=-1, anchor="speech", clock="TNI")


def _overnight_on(hit: RuleMatch) -> Expression | None:
    """Read overnight on Friday: the night of that day, or the one before it."""
    back = "into" in hit.tokens.lowered(hit.first + 1)
    named = weekday(hit)
    if named is None or back:
        return None
    return Expression(hit.start, hit.end, type="TIME", form="weekday", weekday=named, anchor="speech", clock="TNI")


# Rule of time_expressions.tsv -> its reader.
READERS: Mapping[str, Reader] = {
    "clock": _clock,
    "clock-asked": _clock,
    "military": _military,
    "overnight": _overnight,
    "overnight-on": _overnight_on,
}
