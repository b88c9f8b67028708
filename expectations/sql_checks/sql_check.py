"""What a check over rows and tables is: a belief, with the bound or the drift that a share may have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from expectations.check import Check, Scope, Severity

type Grade = Literal["held", "beyond", "far beyond", "too few"]
# Rows found, and rows judged.
type Share = tuple[int, int]

# What vanished altogether has moved by infinitely many times: JSON has no such number.
MOST_TIMES = 1000.0


@dataclass(frozen=True, slots=True)
class Bound:
    """How much of the world a dataset may hold before somebody should look.

    warn, fail  the share (times `per`) beyond which the verdict warns, and beyond which it is an error
    least       rows judged below which the bound does not apply: among few, one odd article is a large share
    reason      where the figures come from
    side        `most`: the share is bounded from above; `fewest`: from below
    per         1 for a share, 1000 for "per thousand"
    fail_least  rows judged below which nothing is far beyond; `least` where None
    """

    warn: float
    fail: float
    least: int
    reason: str
    side: Literal["most", "fewest"] = "most"
    per: int = 1
    fail_least: int | None = None

    @property
    def limits(self) -> str:
        """Where it warns and where it is an error, in words."""
        scale, unit = (100, "%") if self.per == 1 else (1, f" in {self.per:,}")
        side = "at least" if self.side == "fewest" else "at most"
        return f"{side} {self.warn * scale:g}{unit}, error at {self.fail * scale:g}{unit}"

    def value(self, found: int, judged: int, then: Share | None = None) -> float | None:
        """The share, or None where too few rows were judged for the bound to apply."""
        return None if judged < max(self.least, 1) else self.per * found / judged

    def grade(self, found: int, judged: int, then: Share | None = None) -> Grade:
        """Where the share stands."""
        value = self.value(found, judged)
        if value is None:
            return "too few"
        if self.side == "fewest":
            beyond, far = value < self.warn, value < self.fail
        else:
            beyond, far = value > self.warn, value > self.fail
        if far and judged >= (self.least if self.fail_least is None else self.fail_least):
            return "far beyond"
        return "beyond" if beyond or far else "held"


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a share may move between the last release and now, either way, before somebody should look.

    of          the belief whose share is watched: its figures of the last release stand in that one's validation.json
    warn, fail  for a share "per thousand", the factor between the two; for a plain share, the difference (0 to 1)
    least       rows judged, then and now, below which a share moves by chance
    reason, per, fail_least   as of a bound
    """

    of: str
    warn: float
    fail: float
    least: int
    reason: str
    per: int = 1
    fail_least: int | None = None

    @property
    def side(self) -> Literal["most"]:
        """A difference is bounded from above."""
        return "most"

    @property
    def limits(self) -> str:
        """Where it warns and where it is an error, in words."""
        scale, unit = (100, "points") if self.per == 1 else (1, "times")
        return f"at most {self.warn * scale:g} {unit}, error at {self.fail * scale:g}"

    def value(self, found: int, judged: int, then: Share | None = None) -> float | None:
        """How far it moved, or None where there is nothing to compare with, or too little."""
        if then is None or min(judged, then[1]) < max(self.least, 1):
            return None
        now, before = found / judged, then[0] / then[1]
        if self.per == 1:
            return abs(now - before)
        if before == 0:
            return None
        return min(max(now / before, before / now), MOST_TIMES) if now else MOST_TIMES

    def grade(self, found: int, judged: int, then: Share | None = None) -> Grade:
        """Where the movement stands."""
        value = self.value(found, judged, then)
        if value is None or then is None:
            return "too few"
        if value > self.fail and min(judged, then[1]) >= (self.least if self.fail_least is None else self.fail_least):
            return "far beyond"
        return "beyond" if value > self.warn else "held"


@dataclass(frozen=True, slots=True)
class Belief:
    """One belief. `sql` returns the offending rows (for a bound: the rows counted), each with what names it; `judged`
    is SQL for one number, the rows it was held against (the table's rows where None). `$as_of` may stand in both.

    scope   what an offending row speaks of. `row` and `document`: what `sql` returns of a document depends on that
            document's own rows alone, and names it in `document_id`, so that it can be run on the documents that have
            changed; such an article is quarantined. A structural belief about the corpus stops the release; a bound is
            always about the corpus.
    """

    id: str
    table: str
    description: str
    sql: str
    bound: Bound | Drift | None = None
    judged: str | None = None
    scope: Scope = field(default="corpus", kw_only=True)

    @property
    def by_document(self) -> bool:
        """Whether it is about single documents."""
        return self.scope != "corpus"

    @property
    def severity(self) -> Severity:
        """Structure blocks; the world warns."""
        return "error" if self.bound is None else "warn"

    @property
    def check(self) -> Check:
        """Its face."""
        if self.bound is None:
            return Check(self.id, self.table, self.description, self.severity, self.scope)
        limits = self.bound.limits[0].upper() + self.bound.limits[1:]
        few = f", from {self.bound.least:,} rows on" if self.bound.least > 1 else ""
        return Check(self.id, self.table, self.description, self.severity, rule=f"{limits}{few}. {self.bound.reason}")
