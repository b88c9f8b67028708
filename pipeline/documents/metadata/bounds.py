"""Infer between which days an article was published, from the dates and offices in its text.

Related modules: `evidence` (its form) and its kinds: `full_date_bounds` (past or future), `offices` (office holders),
`years` (years in progress, years counted), `seasons` (days and months without a year).

Hard evidence proves a bound: a past day is not after publication, a future day is not before it, and an archive holds
no page that is later than the archive. Soft evidence suggests: it only narrows the proved interval, and is recorded.
If the text's hard evidence contradicts itself, only the archive's day counts; soft evidence that contradicts the rest
is ignored. A side without evidence is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from pipeline.documents.metadata import full_date_bounds, offices, seasons, years
from pipeline.documents.metadata.evidence import DatedSentence, PublicationBound
from pipeline.documents.metadata.publication_date import PublicationInterval, in_range
from pipeline.documents.metadata.seasons import Sign
from pipeline.expressions import Expression, find
from pipeline.sentences import Sentence

# Characters read for evidence: a hundred times an article. What they prove holds for the whole text.
MAX_READ = 200_000
# This many days and months without a year determine the season as well as all.
MAX_SIGNS = 24
# Kinds of soft evidence, strongest first.
SOFT = ("counted years", "year in progress", "post", "named by its year")
ARCHIVED = "archived"
# Characters of an expression or a name in `published_evidence`.
MAX_WORDS = 80


@dataclass(slots=True)
class _Interval:
    """The interval so far, and the bounds that narrowed it, in order."""

    lower: PublicationBound | None = None
    upper: PublicationBound | None = None
    applied_bounds: tuple[PublicationBound, ...] = ()

    def narrowed(self, bound: PublicationBound) -> _Interval | None:
        """Return the interval with one more bound; None if it would be empty."""
        if bound.lower:
            if self.lower and bound.day <= self.lower.day:
                return self
            if self.upper and bound.day > self.upper.day:
                return None
            return replace(self, lower=bound, applied_bounds=(*self.applied_bounds, bound))
        if self.upper and bound.day >= self.upper.day:
            return self
        if self.lower and bound.day < self.lower.day:
            return None
        return replace(self, upper=bound, applied_bounds=(*self.applied_bounds, bound))

    @property
    def first(self) -> date | None:
        return self.lower.day if self.lower else None

    @property
    def last(self) -> date | None:
        return self.upper.day if self.upper else None


def inferred(
    text: str,
    sentences: Sequence[Sentence],
    archived: date | None = None,
    read: Callable[[str], Sequence[Expression]] = find,
) -> PublicationInterval | None:
    """Infer the interval from the body and from `archived`, the day on which an archive took the page. Its span in the
    text is that of the lower bound, else of the upper one. None if there is no evidence, or it contradicts itself.

    `read` finds the expressions of a text.
    """
    bounds, signs = _evidence(text, sentences, read(text[:MAX_READ]))
    known = _hard_bounds([bound for bound in bounds if bound.hard])
    if known is None:
        known = _Interval()
        bounds, signs = [], []
    if archived:
        until = PublicationBound(False, archived, True, ARCHIVED, 0, 0)
        # The archive is more reliable than evidence in words.
        known = known.narrowed(until) or _Interval(None, until, (until,))
    for pair in _soft_bounds([bound for bound in bounds if not bound.hard]):
        narrowed: _Interval | None = known
        for bound in pair:
            narrowed = narrowed.narrowed(bound) if narrowed else None
        known = narrowed or known
    known = _in_season(known, signs)
    if not known.lower and not known.upper:
        return None
    shown = next((bound for bound in (known.lower, known.upper) if bound and bound.kind != ARCHIVED), None)
    return PublicationInterval(
        known.first,
        known.last,
        "inferred",
        text[shown.start : shown.end] if shown else None,
        shown.start if shown else None,
        shown.end if shown else None,
        tuple(_format_bound(text, bound) for bound in known.applied_bounds),
    )


def _format_bound(text: str, bound: PublicationBound) -> str:
    """Describe a bound: "not before 2020-10-18 (proved: past): October 18, 2020"."""
    side, sure = "not before" if bound.lower else "not after", "proved" if bound.hard else "likely"
    words = " ".join(text[bound.start : bound.end].split())[:MAX_WORDS]
    return f"{side} {bound.day} ({sure}: {bound.kind})" + (f": {words}" if words else "")


def _evidence(
    text: str, sentences: Sequence[Sentence], expressions: Sequence[Expression]
) -> tuple[list[PublicationBound], list[Sign]]:
    bounds: list[PublicationBound] = []
    signs: dict[tuple[object, ...], Sign] = {}
    spoken_of = list(_by_sentence(text, sentences, expressions))
    dated = [one.interval for said in spoken_of for one in said.expressions if one.interval]
    latest = max((last.year for first, last in dated if in_range((first, last))), default=0)
    for said in spoken_of:
        for sign in seasons.signs(said):
            if len(signs) < MAX_SIGNS:
                signs.setdefault((sign.kind, sign.month, sign.day, sign.weekday, sign.this_year), sign)
        if said.role == "body":
            bounds.extend(full_date_bounds.bounds(said))
            bounds.extend(offices.bounds(said))
            bounds.extend(years.bounds(said, latest))
    # "In October this year": October 18 in another sentence is of this year too.
    this_year = {sign.month for sign in signs.values() if sign.this_year and sign.kind == "past"}
    told = [
        replace(sign, this_year=True) if sign.kind == "past" and sign.month in this_year else sign
        for sign in signs.values()
    ]
    # Signs that allow the fewest days come first.
    return bounds, sorted(told, key=lambda sign: (sign.weekday is None, sign.day is None, sign.start))


def _by_sentence(
    text: str, sentences: Sequence[Sentence], expressions: Sequence[Expression]
) -> Iterator[DatedSentence]:
    """Yield the sentences of the body and the date line, with the expressions that start in them."""
    at = 0
    for sentence in sentences:
        if sentence.start >= MAX_READ:
            return
        inside = []
        while at < len(expressions) and expressions[at].start < sentence.end:
            if expressions[at].start >= sentence.start:
                inside.append(expressions[at])
            at += 1
        if sentence.role in {"body", "dateline"}:
            yield DatedSentence(text, sentence, inside)


def _hard_bounds(hard: Sequence[PublicationBound]) -> _Interval | None:
    """Return the tightest bound on each side; None if they contradict each other."""
    lower = max((bound for bound in hard if bound.lower), key=lambda bound: bound.day, default=None)
    upper = min((bound for bound in hard if not bound.lower), key=lambda bound: bound.day, default=None)
    if lower and upper and lower.day > upper.day:
        return None
    return _Interval(lower, upper, tuple(bound for bound in (lower, upper) if bound))


def _soft_bounds(soft: Sequence[PublicationBound]) -> Iterator[tuple[PublicationBound, ...]]:
    """Yield the bounds of each soft evidence, lower and upper together, strongest first."""
    for kind in SOFT:
        of_kind = [bound for bound in soft if bound.kind == kind]
        if kind == "post" and of_kind:
            # Only the newest post counts: articles show older ones too.
            yield (max(of_kind, key=lambda bound: bound.day),)
            continue
        for _, same in groupby(of_kind, key=lambda bound: (bound.start, bound.end)):
            yield tuple(same)


def _in_season(known: _Interval, signs: Sequence[Sign]) -> _Interval:
    """Narrow the interval to the days that all signs allow; return it unchanged if they allow none."""
    if not signs or (known.first is None and known.last is None):
        return known
    out = known
    if known.first:
        first = seasons.first_allowed(signs, known.first, known.last)
        if first is None:
            return known
        out = _moved(out, signs, True, first, first - timedelta(days=1))
        if known.last is None:
            # The first year in which a weekday fits is taken: the next one is five or more years later. A run of days
            # that began before may be in the wrong year.
            if seasons.settles(signs, first):
                last = seasons.end_of_run(signs, first)
                return _moved(out, signs, False, last, last + timedelta(days=1))
            return out
    if known.last:
        last_day = seasons.last_allowed(signs, known.last, known.first)
        if last_day is None:
            return known
        out = _moved(out, signs, False, last_day, last_day + timedelta(days=1))
    return out


def _moved(known: _Interval, signs: Sequence[Sign], lower: bool, day: date, beyond: date) -> _Interval:
    """Move a bound to `day`, by the sign that does not allow the day beyond it."""
    sign = next((sign for sign in signs if not sign.allows(beyond)), None)
    if sign is None:
        return known
    return known.narrowed(PublicationBound(lower, day, False, "season", sign.start, sign.end)) or known
