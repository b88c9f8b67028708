"""What a belief is.

Belongs here: the declaration and the arithmetic of bounds. Does not belong here: which beliefs there are (the other
modules of this folder), running their SQL (expectations.judge).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from expectations.check import Check, Severity

type Grade = Literal["held", "beyond", "far beyond", "too few"]


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

    def value(self, found: int, judged: int) -> float | None:
        """The share, or None where too few rows were judged for the bound to apply."""
        return None if judged < max(self.least, 1) else self.per * found / judged

    def grade(self, found: int, judged: int) -> Grade:
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
class Belief:
    """One belief. `sql` returns the offending rows (for a bound: the rows counted), each with what names it; `judged`
    is SQL for one number, the rows it was held against (the table's rows where None). `$as_of` may stand in both."""

    id: str
    table: str
    description: str
    sql: str
    bound: Bound | None = None
    judged: str | None = None

    @property
    def severity(self) -> Severity:
        """Structure blocks; the world warns."""
        return "error" if self.bound is None else "warn"

    @property
    def check(self) -> Check:
        """Its face."""
        return Check(self.id, self.table, self.description, self.severity)
