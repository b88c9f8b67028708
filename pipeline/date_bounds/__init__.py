"""Narrow the days of one article by other articles: an utterance was said, and an event happened, on one day.

Belongs here: which bounds follow from an utterance or an event that another article dates, and when two articles
contradict each other. Does not belong here: which quotations are one utterance (statements), which expressions date an
event (events), finding what articles share across a corpus, and the rows (warehouse.corpus.date_bounds).

Evidence always uses an article's own bounds, never narrowed ones, so that no bound supports itself. A bound only
narrows: if evidence contradicts the article or itself, the article keeps its own days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline import events, expressions
from pipeline.expressions import Expression, calendar

CODE_VERSION = "3"
# An utterance with at least this many words is one act of saying; shorter ones are slogans and repeated.
MIN_WORDS = 8
# Two wordings of one speaker to one outlet are one utterance if they share at least this many long words, and this
# share of the shorter one's.
MIN_SHARED, MIN_SHARE = 7, 0.5
# What more articles share does not identify an event.
MAX_ARTICLES = 100
# A bare weekday is within this many days before or after.
WEEK = 7
# A month or day without a year is within this many days of the publication.
YEAR = 366
# Days of one event contradict each other up to this distance; beyond it they are more likely two events.
MAX_DAYS_APART = 45
# A wider interval contradicts nothing.
MAX_DAYS_WIDE = 31


@dataclass(frozen=True, slots=True)
class Evidence:
    """The source of a bound: its kind, and characters of an article."""

    kind: str
    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DayBound:
    """A lower (`lower`) or an upper bound of a day."""

    lower: bool
    day: date
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Interval:
    """The bounds of a day; None is an open side."""

    earliest: date | None
    latest: date | None

    @property
    def day(self) -> date | None:
        """The day if both bounds are equal, else None."""
        return self.earliest if self.earliest == self.latest else None

    def has(self, day: date) -> bool:
        """Whether the day is within the bounds."""
        return (self.earliest is None or self.earliest <= day) and (self.latest is None or day <= self.latest)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """What an expression's own words say of an event's day, and whether the event is past (negative) or future
    (positive; 2 if certain). `unit` (D, W, M) and `amount` are the distance from the publication: "yesterday", "last
    week"."""

    year: int | None
    month: int | None
    day: int | None
    weekday: int | None
    direction: int
    unit: str | None = None
    amount: int = 0

    def agrees(self, day: date) -> bool:
        """Whether the words can mean a day."""
        said = ((self.year, day.year), (self.month, day.month), (self.day, day.day), (self.weekday, day.weekday()))
        return all(mine is None or mine == other for mine, other in said)

    @property
    def is_day(self) -> bool:
        """Whether the words name one day."""
        return self.weekday is not None or (self.month is not None and self.day is not None) or self.unit == "D"

    @property
    def is_near(self) -> bool:
        """Whether the words mean a day near the publication in any year."""
        return self.year is None and self.month is None and (self.weekday is not None or self.unit is not None)

    def published(self, day: date) -> tuple[date, date] | None:
        """Return the days between which the article was published if the words mean `day`; None if they do not say.
        Raises OverflowError beyond the calendar."""
        if self.is_near and self.unit is not None:
            return _counted_from(day, self.unit, self.amount)
        if self.year is not None or (self.month is None and self.weekday is None):
            return None
        reach = timedelta(WEEK - 1 if self.month is None else YEAR)
        if self.direction < 0:
            return day, day + reach
        return day - reach, day if self.direction > 1 else day + reach


def named(text: str | None, direction: int) -> PartialDate | None:
    """Return what the words of an expression say of a day; None if they are not one expression."""
    found = expressions.find(text) if text else []
    if len(found) != 1 or text is None or (found[0].start, found[0].end) != (0, len(text)):
        return None
    unit, amount = offset(found[0])
    return PartialDate(*events.calendar_parts(found[0]), direction, unit, amount)


def offset(expression: Expression) -> tuple[str | None, int]:
    """Return unit and number of days, weeks or months from the publication: "yesterday", "last week"; no unit if the
    expression has none or is vague ("three weeks ago")."""
    if expression.form != "offset" or expression.anchor != "speech" or expression.amount is None:
        return None, 0
    vague = expression.mod or expression.toward is not None or expression.pick is not None or expression.steps
    most = WEEK if expression.unit == "D" else 1
    if vague or expression.cut is not None or expression.unit not in ("D", "W", "M") or abs(expression.amount) > most:
        return None, 0
    return expression.unit, expression.amount


def _counted_from(day: date, unit: str, amount: int) -> tuple[date, date]:
    """Return the publication days from which `day` is this many days, weeks or months away."""
    if unit == "D":
        return day - timedelta(amount), day - timedelta(amount)
    if unit == "W":
        # Weeks begin on a Sunday or a Monday.
        monday = day - timedelta(day.weekday() + WEEK * amount)
        return monday - timedelta(1), monday + timedelta(WEEK - 1)
    first = calendar.months_after(day.replace(day=1), -amount)
    return first, calendar.months_after(first, 1) - timedelta(1)


def narrowed(known: Interval, bounds: Iterable[DayBound]) -> tuple[Interval, DayBound | None, DayBound | None]:
    """Return an interval narrowed by bounds, and the two bounds that changed it (None if unchanged). If no day would be
    left, narrow nothing."""
    found = sorted(bounds, key=lambda b: (b.day, b.evidence.kind, b.evidence.document_id, b.evidence.start))
    lower = next((b for b in reversed(found) if b.lower), None)
    upper = next((b for b in found if not b.lower), None)
    if lower is not None:
        # Of equal bounds, the first.
        lower = next(b for b in found if b.lower and b.day == lower.day)
    if lower is not None and known.earliest is not None and lower.day <= known.earliest:
        lower = None
    if upper is not None and known.latest is not None and upper.day >= known.latest:
        upper = None
    now = Interval(lower.day if lower else known.earliest, upper.day if upper else known.latest)
    if now.earliest is not None and now.latest is not None and now.earliest > now.latest:
        return known, None, None
    return now, lower, upper


def infer_event_day(
    named: PartialDate, published: Interval, dated: Sequence[tuple[date, Evidence]]
) -> tuple[date, Evidence] | None:
    """Return the day of an event that an article names without its year or week, from articles that date it: the only
    day that its words can mean, and the evidence. None if no day or several remain, or if it is too far from the
    publication for such words."""
    if named.direction == 0 and not named.is_near:
        return None
    fitting = [(day, e) for day, e in dated if named.agrees(day) and _can_be(day, named, published)]
    return _one(fitting)


def day_in_reported_year(
    named: PartialDate, published: Interval, dated: Sequence[tuple[date, Evidence]]
) -> tuple[date, Evidence] | None:
    """Return the day in the year of other articles that date the same event to nearby days, for an article that names
    it without the year. The article then contradicts them, but in their year."""
    if named.year is not None or named.month is None or named.day is None:
        return None
    found = []
    for other, evidence in dated:
        beside = nearest_reading(named, None, Interval(other, other)).day
        if beside is not None and abs((beside - other).days) <= MAX_DAYS_APART and _can_be(beside, named, published):
            found.append((beside, evidence))
    return _one(found)


def _one(fitting: Iterable[tuple[date, Evidence]]) -> tuple[date, Evidence] | None:
    """Return the only day, with its first evidence; None if there are several."""
    found = sorted(fitting, key=lambda one: (one[0], one[1].document_id, one[1].start, one[1].kind))
    return found[0] if len({day for day, _ in found}) == 1 else None


def _can_be(day: date, named: PartialDate, published: Interval) -> bool:
    """Whether the article's publication fits the words if they mean the day."""
    span = _published(day, named)
    if span is None:
        return False
    return (published.earliest is None or published.earliest <= span[1]) and (
        published.latest is None or span[0] <= published.latest
    )


def _published(day: date, named: PartialDate) -> tuple[date, date] | None:
    try:
        return named.published(day)
    except OverflowError:
        return None


def publication_bounds(named: PartialDate, day: date, evidence: Evidence) -> list[DayBound]:
    """Return the bounds of publication of an article that names the day of an event, known from others: the past was
    before it, the future was not; a bare weekday is of the same week, and "yesterday" the day before."""
    span = _published(day, named)
    if span is None:
        return []
    bounds = []
    if named.is_near or named.direction < 0:
        bounds.append(DayBound(True, span[0], evidence))
    if named.is_near or named.direction > 1:
        bounds.append(DayBound(False, span[1], evidence))
    return bounds


def conflicting_days(named: PartialDate, mod: str | None, own: Interval, other: Interval) -> Interval | None:
    """Return the days that an expression gives to an event for which another article has other days: its own or, if
    those are open or many, those nearest to the others. None if its words can also mean the others: a bare weekday is
    of one week or the next."""
    if named.is_near and other.day is not None and named.agrees(other.day):
        return None
    if named.is_near and own.day is not None and any(other.has(own.day + timedelta(n)) for n in (-WEEK, WEEK)):
        return None
    many = own.earliest is None or own.latest is None or (own.latest - own.earliest).days >= MAX_DAYS_WIDE
    if not many:
        return own
    beside = nearest_reading(named, mod, other)
    inside = beside.earliest is not None and own.has(beside.earliest)
    return beside if inside else own


def nearest_reading(named: PartialDate, mod: str | None, other: Interval) -> Interval:
    """Return the days that a weekday, or a month or its day without a year, means nearest to the other days. Open if
    the words name none."""
    if named.year is not None or other.earliest is None or other.latest is None:
        return Interval(None, None)
    if named.month is None:
        return _weekday_beside(named, other)
    value = f"-{named.month:02d}" + (f"-{named.day:02d}" if named.day is not None else "")
    years = range(max(1, other.earliest.year - 1), min(9999, other.latest.year + 1) + 1)
    spans = [span for year in years if (span := calendar.interval(f"{year:04d}{value}", mod)) is not None]
    if not spans:
        return Interval(None, None)
    first, last = other.earliest, other.latest
    return Interval(*min(spans, key=lambda span: (max((span[0] - last).days, (first - span[1]).days), span)))


def _weekday_beside(named: PartialDate, other: Interval) -> Interval:
    """Return the nearest such weekday to a day."""
    if named.weekday is None or other.day is None:
        return Interval(None, None)
    ahead = (named.weekday - other.day.weekday()) % WEEK
    day = other.day + timedelta(ahead if ahead <= WEEK // 2 else ahead - WEEK)
    return Interval(day, day)


def days_apart(a: Interval, b: Interval) -> int | None:
    """Return the days between two contradicting intervals; None if they agree, or are too far apart for one event."""
    if a.earliest is None or a.latest is None or b.earliest is None or b.latest is None:
        return None
    if max((a.latest - a.earliest).days, (b.latest - b.earliest).days) >= MAX_DAYS_WIDE:
        return None
    gap = max((b.earliest - a.latest).days, (a.earliest - b.latest).days)
    return gap if 1 <= gap <= MAX_DAYS_APART else None
