"""Resolve temporal expressions to days of the calendar, and flag those that are impossible.

Belongs here: the anchor of an expression (publication, quotation, a date before it), when a quotation was said, and the
date problems of the contract. Does not belong here: finding expressions (expressions), arithmetic on the calendar
(expressions.calendar, anchor), finding quotations (quotes).

An expression without an anchor is `unresolved` with null bounds: no day is guessed.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from pipeline.dates import (
    anchor,
    by_clause,
    dated_durations,
    events,
    names,
    pairs,
    same_day,
    saying_dates,
    tense,
    today,
    validity,
)
from pipeline.dates.anchor import Meaning
from pipeline.dates.rows import Date, Days, Quotation, tokens_of
from pipeline.dates.said_days import Named as Named
from pipeline.dates.said_days import SaidDay as SaidDay
from pipeline.dates.said_days import said_days as said_days
from pipeline.document import Document
from pipeline.expressions import Expression, find, posts
from pipeline.expressions import calendar as calendar

__all__ = ["CODE_VERSION", "Date", "Named", "Quotation", "SaidDay", "dates", "said_days"]
CODE_VERSION = "28"
# How many sentences back the anchor of a date may be.
_CONTEXT_SENTENCES = 3
_MONTH = re.compile(r"\d{4}-\d\d")
_ENDED = re.compile(r"\bend(?:ed|ing)\s$")


def dates(
    doc: Document,
    quotes: Sequence[Quotation],
    published_earliest: datetime.date | None,
    published_latest: datetime.date | None,
    expressions: Sequence[Expression] | None = None,
    known: Sequence[datetime.date] = (),
) -> list[Date]:
    """Resolve the temporal expressions of a text (found here if not given); return them in text order.

    `known`: days that the text may name without their year. The publication lies between the two given days; if one of
    them is None, nothing is anchored on it.
    """
    published = (
        (published_earliest, published_latest)
        if published_earliest is not None and published_latest is not None
        else None
    )
    given = find(doc.text) if expressions is None else expressions
    found = [_in_its_time(e, published) for e in given if not names.is_name(doc, e)]
    directions = [tense.direction(doc, e.start, e.end) for e in found]
    found, directions = by_clause.read(doc, found, directions)
    if events.asked(doc, found):
        # The day of "yesterday" in reported speech is unknown until the day of the saying is.
        plain = _Reading(doc, found, directions, published).read([(None, None)] * len(found), (), {})
        rows = zip(found, plain, _places(doc, found, quotes), strict=True)
        sure = [row if _is_sure(expression, row, place) else None for expression, row, (_, place) in rows]
        counted = same_day.with_times(doc, found, events.counted(doc, found, sure))
    else:
        counted = {}
    timed = {n - 1 for n, day in counted.items() if day.start < found[n].start}
    kept = [
        n for n, expression in enumerate(found) if n in counted or (expression.anchor != "event" and n not in timed)
    ]
    found, directions = [counted.get(n, found[n]) for n in kept], [directions[n] for n in kept]
    places = [
        (None, None)
        if place[1] == "when_said" and direction > 0 and not tense.is_plain_present(doc, e.start, e.end)
        else place
        for e, direction, place in zip(found, directions, _places(doc, found, quotes), strict=True)
    ]
    directions = _leaning(doc, found, directions, places)
    read_pairs = pairs.paired(doc, found, directions)
    directions = _with_unplanned_events(doc, read_pairs.found, read_pairs.directions)
    reading = _Reading(doc, read_pairs.found, directions, published, read_pairs.back, known)
    read = reading.read(places, quotes, {})
    if published and any(_is_late(date, published) for date in read):
        # Nothing is reported before it is said.
        places = [(None, None) if _is_late(date, published) else p for date, p in zip(read, places, strict=True)]
        read = reading.read(places, quotes, {})
    spoken: dict[int, Days] = {}
    for date, (quote, relation) in zip(read, places, strict=True):
        if relation == "when_said" and quote is not None and date.earliest and date.latest:
            spoken.setdefault(quote, (date.earliest, date.latest))
    for quote, (_, days) in today.named_days(doc.text, read, quotes).items():
        spoken.setdefault(quote, days)
    if not any(_spoken_in(place, quotes) in spoken for place in places):
        return read
    return reading.read(places, quotes, spoken)


def _leaning(
    doc: Document,
    found: Sequence[Expression],
    directions: Sequence[int],
    places: Sequence[tuple[int | None, str | None]],
) -> list[int]:
    """Return the directions with the days of sayings in the past: a quotation was said, even if the cue is in the
    present tense ("he argues on Friday"), and "today is Friday" is the Friday that has come."""
    past = tense.PAST * tense.DIRECT
    reached = {
        n
        for n, (left, right) in enumerate(pairwise(found), start=1)
        if places[n - 1][1] == "inside" and today.is_named(doc.text, left.start, left.end, right.start)
    }
    return [
        past if place[1] == "when_said" or n in reached else direction
        for n, (direction, place) in enumerate(zip(directions, places, strict=True))
    ]


def _with_unplanned_events(doc: Document, found: Sequence[Expression], directions: Sequence[int]) -> list[int]:
    """Return the directions with weekdays of unplanned events in the past if no tense is known: "the Friday fire"."""
    return [
        tense.PAST
        if direction == tense.UNKNOWN
        and (expression.form == "weekday" and expression.toward is None)
        and tense.is_of_unplanned_event(doc, expression.start, expression.end)
        else direction
        for expression, direction in zip(found, directions, strict=True)
    ]


def _in_its_time(expression: Expression, published: Days | None) -> Expression:
    """Return the day of a single event ("the Jan. 6 riot") with its year in an article that is later, else without."""
    day = expression.event
    if day is None or (published is None and expression.form == "value"):
        return expression
    if published is None or published[1] < day:
        return replace(expression, form="calendar", value=None, interval=None, year=None)
    return replace(expression, form="value", value=day.isoformat(), interval=(day, day), year=day.year)


def _is_late(date: Date, published: Days) -> bool:
    """Whether a day of saying is after the publication."""
    return date.relation == "when_said" and date.earliest is not None and date.earliest > published[1]


def _spoken_in(place: tuple[int | None, str | None], quotes: Sequence[Quotation]) -> int | None:
    """Return the first quotation of the utterance that contains an expression, or None."""
    quote, relation = place
    if relation != "inside" or quote is None or quotes[quote].kind == "indirect":
        return None
    first = quotes[quote].part_of
    return quote if first is None else first


def _is_sure(expression: Expression, row: Date, place: str | None) -> bool:
    """Whether an expression dates an event for certain, before the days of quotations are known."""
    if row.type not in ("DATE", "TIME") or row.problem is not None:
        return False
    if expression.form == "clock" or expression.anchor == "event":
        return False
    return place != "inside" or expression.form in ("value", "calendar")


def _places(
    doc: Document, found: Sequence[Expression], quotes: Sequence[Quotation]
) -> list[tuple[int | None, str | None]]:
    """Return, for each expression, the quotation that contains it or whose saying it dates."""
    order = sorted(range(len(quotes)), key=lambda q: (quotes[q].start, -quotes[q].end))
    starts = [quotes[q].start for q in order]
    cues: dict[int, int] = {}
    for index, quote in enumerate(quotes):
        first = quote.part_of if quote.part_of is not None else index
        for token in tokens_of(doc, quote.cue_start, quote.cue_end):
            cues.setdefault(token, first)
    places: list[tuple[int | None, str | None]] = []
    times = {each.start for each in posts.openings(doc.text)}
    for expression in found:
        if expression.start in times:
            places.append((None, None))
            continue
        at = bisect_right(starts, expression.start) - 1
        if at >= 0 and expression.end <= quotes[order[at]].end:
            places.append((order[at], "inside"))
            continue
        act = saying_dates.act_of(doc, expression.start, expression.end) if cues else None
        quotation = cues.get(act.saying_verb) if act is not None and expression.type in ("DATE", "TIME") else None
        if quotation is not None and act is not None and not _is_day_of(doc, expression, act, quotes[quotation]):
            quotation = None
        places.append((quotation, None if quotation is None else "when_said"))
    return places


def _is_day_of(doc: Document, expression: Expression, act: saying_dates.SayingEvent, quote: Quotation) -> bool:
    speaker = tokens_of(doc, quote.speaker_start, quote.speaker_end)
    venue = tokens_of(doc, quote.venue_start, quote.venue_end)
    return saying_dates.is_day_of(doc, expression.start, expression.end, act, speaker, venue)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The expressions of a document, and the context of their meaning."""

    doc: Document
    found: Sequence[Expression]
    directions: Sequence[int]
    published: Days | None
    back: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    known: Sequence[datetime.date] = ()

    def read(
        self,
        places: Sequence[tuple[int | None, str | None]],
        quotes: Sequence[Quotation],
        spoken: dict[int, Days],
    ) -> list[Date]:
        """Return all expressions in text order; `spoken` holds the known days of quotations."""
        out: list[Date] = []
        # The last date, and the last date of one day: an offset in days needs a day.
        any_date: tuple[int, Meaning] | None = None
        one_day: tuple[int, Meaning] | None = None
        # The last one that is not in quoted words: "that evening" outside of them is not of a day inside.
        told_day: tuple[int, Meaning] | None = None
        for index, expression in enumerate(self.found):
            base, basis = self.published, "publication"
            quotation = _spoken_in(places[index], quotes)
            if quotation in spoken:
                base, basis = spoken[quotation], "quotation"
            sentence = self.doc.sentence_at(expression.start)
            by_day = expression.unit == "D" or expression.form == "clock"
            by_day = by_day or (expression.form == "context" and expression.unit is None)
            context = one_day if by_day else any_date
            if quotation is None and anchor.is_of_that_day(expression):
                context = told_day
            near = context[1] if context is not None and sentence - context[0] <= _CONTEXT_SENTENCES else None
            if out and anchor.is_that_day(expression) and sentence - self.doc.sentence_at(out[-1].start) <= 1:
                near = self._day_of_month(out[-1]) or near
            same = near if context is not None and sentence == context[0] else None
            date = self._date(index, base, basis, near, same, places[index])
            out.append(date)
            if basis != "quotation" and _is_open(expression, date):
                # Later dates are counted from this unknown date, not from one before it.
                any_date = one_day = told_day = None
            named = date.type in ("DATE", "TIME") and date.value and date.earliest and date.latest and not date.problem
            # A date stays the anchor after one compared with it ("a year earlier") or one that ends it ("the quarter
            # ended Sept. 30").
            compared = expression.exact and (expression.amount or 0) < 0 and date.basis == "context"
            ends = (
                any_date is not None
                and any_date[0] == sentence
                and _ENDED.search(self.doc.text[max(0, date.start - 8) : date.start]) is not None
            )
            if named and not compared and not ends and date.value and date.earliest and date.latest:
                any_date = sentence, Meaning(date.value, (date.earliest, date.latest))
                one_day = any_date if any_date[1].is_day else one_day
                told_day = one_day if quotation is None else told_day
        out = dated_durations.anchored(self.doc.text, pairs.aligned(self.doc.text, self.found, out))
        return validity.of_all(self.doc, out, self.found)

    def _date(
        self,
        index: int,
        base: Days | None,
        basis: str,
        near: Meaning | None,
        same: Meaning | None,
        place: tuple[int | None, str | None] = (None, None),
    ) -> Date:
        expression, direction = self.found[index], self.directions[index]
        value, interval, problem = expression.value, expression.interval, expression.problem
        if expression.form == "value":
            basis = "context" if expression.anchor == "context" else "absolute"
            if expression.toward is not None and base is not None:
                interval = anchor.running(expression, base)
                basis = "publication" if interval is not None else basis
            elif (value is None and interval is None) or (value or "").endswith("_REF"):
                basis = "unresolved"
        else:
            try:
                value, interval, basis = self._relative(index, base, basis, near, same)
            except (OverflowError, ValueError):
                value, interval, problem = None, None, "out-of-range"
            if interval is None:
                basis = "unresolved"
        if problem is None and interval is None and expression.type == "DATE" and _names_year(expression.value):
            problem = "out-of-range"
        if problem in ("impossible-date", "out-of-range"):
            # Keep the value in its own words ("the 9th century" is 08), without days.
            value, interval, basis = expression.value, None, "absolute" if expression.value else "unresolved"
        if interval is not None and problem is None:
            problem = validity.of_one(expression, interval, direction, self.published)
        return Date(
            start=expression.start,
            end=expression.end,
            quote=place[0],
            relation=place[1],
            type=expression.type,
            value=value,
            mod=expression.mod,
            earliest=interval[0] if interval else None,
            latest=interval[1] if interval else None,
            basis=basis,
            problem=problem,
        )

    def _relative(
        self, index: int, base: Days | None, basis: str, near: Meaning | None, same: Meaning | None
    ) -> tuple[str | None, Days | None, str]:
        """Return value, days and basis of an expression that needs an anchor. Raises OverflowError or ValueError if a
        day is out of range."""
        expression, direction = self.found[index], self.directions[index]
        day, gloss = same_day.day_after(self.doc, self.found, index), same_day.gloss(self.doc, self.found, index)
        if day is None and same is None:
            day = same_day.day_in_clause(self.doc, self.found, index)
        if day is not None:
            after = self._date(day, base, basis, near, same)
            if after.earliest is None or after.earliest != after.latest:
                return expression.value, expression.interval, basis
            value = after.earliest.isoformat() + (expression.clock or "")
            return value, (after.earliest, after.earliest), after.basis
        if gloss is not None:
            glossed = self._date(gloss, base, basis, near, same)
            days = expression.interval
            if glossed.earliest is not None and glossed.latest is not None:
                days = (glossed.earliest, glossed.latest)
            return glossed.value, days, glossed.basis
        if index in self.back and (days := self._before_another(index, base, basis, near, same)) is not None:
            return days[0].isoformat() + (expression.clock or ""), days, basis
        if (read := self._counted(expression, near, same, direction)) is not None:
            if self._is_too_late(expression, read, direction):
                return expression.value, None, basis
            return read.value, read.interval, "context"
        if expression.form == "context" and expression.year is not None:
            return expression.value, expression.interval, "absolute"
        if expression.anchor == "context" and expression.part == "Q" and base is not None:
            # "the year-ago quarter" without a quarter before it: the one whose results are reported.
            reported = anchor.meaning(anchor.reported_quarter(base[0]))
            if (read := anchor.from_context(expression, reported, direction)) is not None:
                return read.value, read.interval, basis
        elif base is not None and not _needs_context(expression):
            return *anchor.between(expression, base, direction), basis
        elif base is None and (named := self._named_in_full(expression, direction)) is not None:
            return named.isoformat() + (expression.clock or ""), (named, named), "context"
        return expression.value, expression.interval, basis

    def _day_of_month(self, month: Date) -> Meaning | None:
        """Return some day of a month just named, for "that day"; None for other dates and for "since October"."""
        if month.type != "DATE" or month.value is None or not _MONTH.fullmatch(month.value):
            return None
        before = self.doc.text[max(0, month.start - 8) : month.start].split()
        if month.earliest is None or month.latest is None or before[-1:] in (["since"], ["from"], ["until"], ["by"]):
            return None
        return Meaning(f"{month.value}-XX", (month.earliest, month.latest))

    def _named_in_full(self, expression: Expression, direction: int) -> datetime.date | None:
        """Return the day of a month that the article also names with exactly one year; None if unclear or in the
        future."""
        if expression.form != "calendar" or expression.day is None or expression.steps or direction > 0:
            return None
        days = {e.interval[0] for e in self.found if e.form == "value" and e.interval and len(set(e.interval)) == 1}
        same = {d for d in days.union(self.known) if (d.month, d.day) == (expression.month, expression.day)}
        if len(same) != 1 or expression.toward is not None:
            return None
        (day,) = same
        return day if expression.weekday in (None, day.weekday()) else None

    def _counted(
        self, expression: Expression, near: Meaning | None, same: Meaning | None, direction: int
    ) -> Meaning | None:
        """Resolve an expression that is counted from a date just before it."""
        if near is None:
            return None
        if expression.form == "clock":
            return anchor.anchored(expression, same.interval[0], direction) if same and same.interval else None
        if _is_year_ago(expression) and self._is_year_before(expression, near):
            return near
        if _is_year_ago(expression) and expression.anchor == "context" and self._is_to_come(near):
            return None  # results are compared with those before the publication
        if expression.anchor == "context" or (_is_year_ago(expression) and "-Q" in near.value):
            return anchor.from_context(expression, near, direction)
        return None

    def _is_year_before(self, expression: Expression, near: Meaning) -> bool:
        """Whether the date before "the year-ago results" already is of the year before the publication."""
        if (
            self.published is None
            or near.interval is None
            or "-" not in self.doc.text[expression.start : expression.end]
        ):
            return False
        return near.interval[0].year == near.interval[1].year == self.published[0].year - 1 and len(near.value) == 4

    def _is_too_late(self, expression: Expression, read: Meaning, direction: int) -> bool:
        """Whether "a decade later" would be after the publication in a clause that does not look ahead."""
        if not expression.exact or (expression.amount or 0) <= 0 or not self._is_to_come(read):
            return False
        present = expression.unit == "Y" and tense.is_present(self.doc, expression.start, expression.end)
        return direction < tense.UNKNOWN or present

    def _is_to_come(self, near: Meaning) -> bool:
        """Whether a date is after the publication."""
        return self.published is not None and near.interval is not None and near.interval[0] > self.published[1]

    def _before_another(
        self, index: int, base: Days | None, basis: str, near: Meaning | None, same: Meaning | None
    ) -> Days | None:
        """Return the day of a weekday counted back from a later one; None if that one is unknown."""
        other, days = self.back[index]
        later = self._date(other, base, basis, near, same)
        if later.earliest is None or later.earliest != later.latest:
            return None
        day = later.earliest - datetime.timedelta(days)
        return day, day


def _is_open(expression: Expression, date: Date) -> bool:
    """Whether a date names days of the calendar that are not known."""
    if date.type not in ("DATE", "TIME") or date.earliest is not None or date.problem is not None:
        return False
    if expression.form == "calendar":
        return expression.month is not None or expression.holiday is not None
    return expression.form in ("weekday", "offset")


def _needs_context(expression: Expression) -> bool:
    """Whether an expression stays open without a date before it ("the following month"). A time is of the day of
    publication, and results are compared with those a year before it."""
    if expression.anchor != "context" or expression.form == "clock":
        return False
    return expression.unit != "Q" and not _is_year_ago(expression)


def _names_year(value: str | None) -> bool:
    """Whether a date's value begins with a known year, decade or century, also BC: not a reference, and no X there."""
    return value is not None and value.removeprefix("BC")[0].isdigit()


def _is_year_ago(expression: Expression) -> bool:
    """Whether an expression is "a year ago": beside a quarter, a comparison with the same quarter."""
    return expression.exact and expression.unit == "Y" and expression.amount == -1 and expression.mod is None
