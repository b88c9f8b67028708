"""Rules for times of day that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.expressions.fragments import CLOCK, clock
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Hit, Rule


def _clock(hit: Hit) -> Sequence[Expression]:
    at = clock(hit)
    if at is None:
        return ()
    if hit.beside(-1) == "high" and hit.beside(-2) != "at":
        return ()  # "High Noon" is a film, and a decisive hour
    return (Expression(hit.start, hit.end, type="TIME", form="clock", anchor="context", clock=at),)


def _military(hit: Hit) -> Sequence[Expression]:
    """0735 GMT."""
    digits = hit.word("DIGITS") or ""
    if len(digits) != 4 or int(digits[:2]) > 24 or int(digits[2:]) > 59:
        return ()
    at = f"T{digits[:2]}:{digits[2:]}"
    return (Expression(hit.start, hit.end, type="TIME", form="clock", anchor="context", clock=at),)


def _overnight(hit: Hit) -> Sequence[Expression]:
    return (
        Expression(hit.start, hit.end, type="TIME", form="offset", unit="D", amount=-1, anchor="speech", clock="TNI"),
    )


RULES = (
    # A bare 12:30 may be a score or a verse: it needs a word that asks for a time, or a zone.
    Rule("clock", f"(?<!clock){CLOCK}(?<!clock)", _clock),
    Rule("clock-asked", f"(?:at|by|until|till|from|around|about|before|after) (?P<SPAN>{CLOCK})", _clock),
    Rule("military", "(?P<DIGITS>integer|year4) (?:hours)? zone", _military),
    Rule("overnight", "overnight", _overnight),
)
