"""What articles tell of each other's days: the same utterance was said on one day, the same event happened on one.

Belongs here: which bounds follow from an utterance or an event that another article dates, and when two articles
contradict each other. Does not belong here: which quotations are one utterance (statements), which expressions date an
event (events), finding what articles share across a corpus, and the rows (warehouse.corpus.date_bounds).

Evidence always rests on the bounds that an article has by itself, never on narrowed ones, so that no bound supports
itself. A bound narrows what is known and crosses nothing: where evidence contradicts the article, or itself, the
article keeps what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.expressions import calendar

CODE_VERSION = "1"
# An utterance of so many words is one act of saying; shorter ones are slogans and repeated.
FEWEST_WORDS = 8
# What more articles share says nothing of one event.
MOST_ARTICLES = 100
# A bare weekday is one of the last or the next so many days.
WEEK = 7
# A month or day without a year lies within so many days of the publication.
YEAR = 366
# Two days of one event are a contradiction where they lie no further apart: beyond, they are rather two events.
MOST_DAYS_APART = 45
# What is known less closely contradicts nothing.
MOST_DAYS_WIDE = 31


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a bound comes from: its kind, and characters of an article."""

    kind: str
    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Bound:
    """A day that something is not before (`lower`) or not after."""

    lower: bool
    day: date
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Interval:
    """What is known of a day; a side is open where it is None."""

    earliest: date | None
    latest: date | None

    @property
    def day(self) -> date | None:
        """The one day that it is; None where it is more, or open."""
        return self.earliest if self.earliest == self.latest else None

    def has(self, day: date) -> bool:
        """Whether it may be that day."""
        return (self.earliest is None or self.earliest <= day) and (self.latest is None or day <= self.latest)


@dataclass(frozen=True, slots=True)
class Named:
    """What an expression says of the day of an event by its own words, and whether the event is past (negative) or to
    come (positive; 2 where that is sure)."""

    year: int | None
    month: int | None
    day: int | None
    weekday: int | None
    direction: int

    def agrees(self, day: date) -> bool:
        """Whether the words can mean a day."""
        said = ((self.year, day.year), (self.month, day.month), (self.day, day.day), (self.weekday, day.weekday()))
        return all(mine is None or mine == other for mine, other in said)

    @property
    def is_day(self) -> bool:
        """Whether the words name a day of a week or of a year."""
        return self.weekday is not None or (self.month is not None and self.day is not None)

    @property
    def reach(self) -> int | None:
        """Within how many days of the publication such words mean a day; None where they name none."""
        if self.year is not None or (self.month is None and self.weekday is None):
            return None
        return WEEK - 1 if self.month is None else YEAR


def narrowed(known: Interval, bounds: Iterable[Bound]) -> tuple[Interval, Bound | None, Bound | None]:
    """What is known with some bounds, and the two that made it so, each None where it changed nothing. Where no day
    would be left, nothing is narrowed."""
    found = sorted(bounds, key=lambda b: (b.day, b.evidence.kind, b.evidence.document_id, b.evidence.start))
    lower = next((b for b in reversed(found) if b.lower), None)
    upper = next((b for b in found if not b.lower), None)
    if lower is not None:
        # Of several that say the same, the first.
        lower = next(b for b in found if b.lower and b.day == lower.day)
    if lower is not None and known.earliest is not None and lower.day <= known.earliest:
        lower = None
    if upper is not None and known.latest is not None and upper.day >= known.latest:
        upper = None
    now = Interval(lower.day if lower else known.earliest, upper.day if upper else known.latest)
    if now.earliest is not None and now.latest is not None and now.earliest > now.latest:
        return known, None, None
    return now, lower, upper


def anchored(named: Named, published: Interval, dated: Sequence[tuple[date, Evidence]]) -> tuple[date, Evidence] | None:
    """The day of an event that an article names without its year or week, by articles that date it: the one day that
    its words can mean, and its evidence. None where no article or several days are left, or where it lies too far from
    the publication to be named so."""
    reach = named.reach
    if reach is None or named.direction == 0:
        return None
    fitting = sorted(
        ((day, e) for day, e in dated if named.agrees(day) and _is_near(day, named, published, reach)),
        key=lambda found: (found[0], found[1].document_id, found[1].start),
    )
    return fitting[0] if len({day for day, _ in fitting}) == 1 else None


def _is_near(day: date, named: Named, published: Interval, reach: int) -> bool:
    """Whether the article can have been published where such words mean the day."""
    first, last = _published(day, named, reach)
    return (published.earliest is None or published.earliest <= last) and (
        published.latest is None or first <= published.latest
    )


def _published(day: date, named: Named, reach: int) -> tuple[date, date]:
    """Between which days an article was published that names a day so."""
    if named.direction < 0:
        return day, day + timedelta(reach)
    return day - timedelta(reach), day


def publication_bounds(named: Named, day: date, evidence: Evidence) -> list[Bound]:
    """What follows for the publication of an article that names the day of an event, which is known by other articles:
    what has happened was before it, what is to come was not; a bare weekday is of the same week."""
    reach = named.reach
    if reach is None:
        return []
    first, last = _published(day, named, reach)
    bounds = []
    if named.direction < 0 or (named.direction > 1 and reach < YEAR):
        bounds.append(Bound(True, first, evidence))
    if named.direction > 1 or (named.direction < 0 and reach < YEAR):
        bounds.append(Bound(False, last, evidence))
    return bounds


def read_beside(named: Named, mod: str | None, other: Interval) -> Interval:
    """The days that a month, or a day of a month, without a year means for one who takes it for the event of some other
    days: those that are next to them. Open where the words name none."""
    if named.year is not None or named.month is None or other.earliest is None or other.latest is None:
        return Interval(None, None)
    value = f"-{named.month:02d}" + (f"-{named.day:02d}" if named.day is not None else "")
    years = range(max(1, other.earliest.year - 1), min(9999, other.latest.year + 1) + 1)
    spans = [span for year in years if (span := calendar.interval(f"{year:04d}{value}", mod)) is not None]
    if not spans:
        return Interval(None, None)
    first, last = other.earliest, other.latest
    return Interval(*min(spans, key=lambda span: (max((span[0] - last).days, (first - span[1]).days), span)))


def days_apart(a: Interval, b: Interval) -> int | None:
    """Days between two intervals that contradict each other; None where they do not, or are not close enough to be of
    one event."""
    if a.earliest is None or a.latest is None or b.earliest is None or b.latest is None:
        return None
    if max((a.latest - a.earliest).days, (b.latest - b.earliest).days) >= MOST_DAYS_WIDE:
        return None
    gap = max((b.earliest - a.latest).days, (a.earliest - b.latest).days)
    return gap if 1 <= gap <= MOST_DAYS_APART else None
