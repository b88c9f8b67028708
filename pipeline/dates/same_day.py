"""Find the expression whose day another one shares: a time and its day ("at 6 a.m. near the quay on Friday"), an
expression and its gloss ("today [October 18]"), a day and its apposition ("March 4, the day after the blast")."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.data import words
from pipeline.dates import tense
from pipeline.document import Document
from pipeline.expressions import Expression

_GLOSS = re.compile(r"[\s,]{0,3}[(\[]\s?")
_ZONE_GAP = re.compile(r"[\s,()]{0,5}(?:on\s)?")
_TIME_GAP = re.compile(r",?\s")
_APPOSED_GAP = re.compile(r",\s")
_MAX_GAP = 5
# "At 9 a.m. he left until Friday": no day of the time.
_BOUNDS = words("tense_words.tsv", "bound") | frozenset(("until", "till", "since", "before", "after", "by", "from"))


def day_after(doc: Document, found: Sequence[Expression], index: int) -> int | None:
    """Return the day after a time, past the same time in another zone: "10:35 a.m. (0735 GMT) Friday", or the time with
    its day in brackets: "6 in the morning (6 a.m. PST Thursday)"."""
    if found[index].form != "clock":
        return None
    for place in range(index + 1, min(index + 3, len(found))):
        between = doc.text[found[place - 1].end : found[place].start]
        if place == index + 1 and found[place].clock == found[index].clock and _fits(_GLOSS, between):
            return None if found[place].form == "clock" else place
        if not _fits(_ZONE_GAP, between):
            return None
        if found[place].form in ("weekday", "calendar") and not found[place].clock:
            return place
    return None


def gloss(doc: Document, found: Sequence[Expression], index: int) -> int | None:
    """Return the next expression if it is in brackets right after this one and names the day: "a few days later
    (August 20)", "today [October 18, 2020]"."""
    if index + 1 >= len(found) or found[index].form not in ("offset", "context", "weekday"):
        return None
    between = doc.text[found[index].end : found[index + 1].start]
    return index + 1 if found[index + 1].day is not None and _fits(_GLOSS, between) else None


def day_in_clause(doc: Document, found: Sequence[Expression], index: int) -> int | None:
    """Return the only day after a time that modifies the same verb: "saw it at 6 a.m. near the quay on Friday"."""
    time = found[index]
    verb = tense.governing_verb(doc, time.start, time.end) if time.form == "clock" else None
    if verb is None or not tense.modifies_verb(doc, time.start, time.end, verb):
        return None
    sentence = doc.sentence_at(time.start)
    days = []
    for place in range(index + 1, len(found)):
        if doc.sentence_at(found[place].start) != sentence:
            break
        if _is_day(found[place]) and _is_beside(doc, found[place], verb):
            days.append(place)
    return days[0] if len(days) == 1 else None


def is_apposed(doc: Document, found: Sequence[Expression], index: int) -> bool:
    """Whether "the day" after or before an event describes the day named before it: "on March 4, the day after the
    blast"."""
    if index == 0 or found[index].anchor != "event" or not _is_day(found[index - 1]):
        return False
    return _fits(_APPOSED_GAP, doc.text[found[index - 1].end : found[index].start])


def with_times(doc: Document, found: Sequence[Expression], counted: Mapping[int, Expression]) -> dict[int, Expression]:
    """Return the days counted from an event (index -> day), each with a time right before it: "at 6 a.m. ten days
    before the vote"."""
    out = {}
    for index, day in counted.items():
        time = found[index - 1] if index > 0 else None
        out[index] = day
        if time is not None and time.form == "clock" and _fits(_TIME_GAP, doc.text[time.end : day.start]):
            value = f"{day.value}{time.clock}"
            out[index] = replace(day, start=time.start, type="TIME", value=value, clock=time.clock)
    return out


def _fits(gap: re.Pattern[str], between: str) -> bool:
    return len(between) <= _MAX_GAP and gap.fullmatch(between) is not None


def _is_day(expression: Expression) -> bool:
    """Whether an expression is one day, without a time."""
    if expression.type != "DATE" or expression.clock is not None or expression.problem is not None:
        return False
    if expression.form == "value":
        return expression.interval is not None and expression.interval[0] == expression.interval[1]
    if expression.form == "calendar":
        return expression.day is not None or expression.holiday is not None
    return expression.form == "weekday" or (expression.form == "offset" and expression.unit == "D")


def _is_beside(doc: Document, expression: Expression, verb: int) -> bool:
    """Whether a day modifies the verb, also by a number of days ("ten days before the vote")."""
    before = doc.tokens(expression.start, expression.end).start - 1
    if before >= 0 and tense.word(doc, before) in _BOUNDS:
        return False
    if tense.modifies_verb(doc, expression.start, expression.end, verb):
        return True
    counted = expression.form == "value" and expression.anchor == "context"
    return counted and tense.governing_verb(doc, expression.start, expression.end) == verb
