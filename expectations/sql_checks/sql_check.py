"""SQL checks over rows and tables (`BuiltinSqlCheck`), and the limits of a share: `ShareThresholds` and
`DriftThresholds`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from expectations.check import Check, Scope, Severity

type Grade = Literal["held", "beyond", "far beyond", "too few"]
# (rows found, rows judged)
type Share = tuple[int, int]

# Cap on the drift ratio when a figure drops to zero: JSON has no infinity.
MAX_TIMES = 1000.0


@dataclass(frozen=True, slots=True)
class ShareThresholds:
    """Warn and fail thresholds on a share, or on a rate per `per` rows.

    warn, fail        the share (times `per`) beyond which the check warns, and beyond which it is an error
    min_rows          fewest judged rows to which the thresholds apply: among few, one odd article is a large share
    reason            where the figures come from
    direction         `most`: an upper limit; `fewest`: a lower limit
    per               1 for a share, 1000 for "per thousand"
    min_rows_to_fail  fewest judged rows at which it can be an error; `min_rows` if None
    """

    warn: float
    fail: float
    min_rows: int
    reason: str
    direction: Literal["most", "fewest"] = "most"
    per: int = 1
    min_rows_to_fail: int | None = None

    @property
    def limits(self) -> str:
        """Return the warn and fail thresholds in words."""
        scale, unit = (100, "%") if self.per == 1 else (1, f" in {self.per:,}")
        side = "at least" if self.direction == "fewest" else "at most"
        return f"{side} {self.warn * scale:g}{unit}, error at {self.fail * scale:g}{unit}"

    def value(self, found: int, judged: int, previous: Share | None = None) -> float | None:
        """Return the share, or None if too few rows were judged."""
        return None if judged < max(self.min_rows, 1) else self.per * found / judged

    def grade(self, found: int, judged: int, previous: Share | None = None) -> Grade:
        """Grade the share."""
        value = self.value(found, judged)
        if value is None:
            return "too few"
        if self.direction == "fewest":
            beyond, far = value < self.warn, value < self.fail
        else:
            beyond, far = value > self.warn, value > self.fail
        if far and judged >= (self.min_rows if self.min_rows_to_fail is None else self.min_rows_to_fail):
            return "far beyond"
        return "beyond" if beyond or far else "held"


@dataclass(frozen=True, slots=True)
class DriftThresholds:
    """Warn and fail thresholds on how far a share may move, up or down, since the last release.

    of                the check whose share is watched; validation.json of the last release holds its earlier figures
    warn, fail        for a share "per thousand", the factor between the two; for a plain share, the difference (0 to 1)
    min_rows          fewest rows judged, in the last release and now: among fewer, a share moves by chance
    reason, per, min_rows_to_fail
                      as in `ShareThresholds`
    """

    of: str
    warn: float
    fail: float
    min_rows: int
    reason: str
    per: int = 1
    min_rows_to_fail: int | None = None

    @property
    def direction(self) -> Literal["most"]:
        """The limit on a difference is an upper one."""
        return "most"

    @property
    def limits(self) -> str:
        """Return the warn and fail thresholds in words."""
        scale, unit = (100, "points") if self.per == 1 else (1, "times")
        return f"at most {self.warn * scale:g} {unit}, error at {self.fail * scale:g}"

    def value(self, found: int, judged: int, previous: Share | None = None) -> float | None:
        """Return how far the share moved, or None if there is nothing to compare with, or too little."""
        if previous is None or min(judged, previous[1]) < max(self.min_rows, 1):
            return None
        now, before = found / judged, previous[0] / previous[1]
        if self.per == 1:
            return abs(now - before)
        if before == 0:
            return None
        return min(max(now / before, before / now), MAX_TIMES) if now else MAX_TIMES

    def grade(self, found: int, judged: int, previous: Share | None = None) -> Grade:
        """Grade the movement."""
        value = self.value(found, judged, previous)
        if value is None or previous is None:
            return "too few"
        if value > self.fail and min(judged, previous[1]) >= (
            self.min_rows if self.min_rows_to_fail is None else self.min_rows_to_fail
        ):
            return "far beyond"
        return "beyond" if value > self.warn else "held"


@dataclass(frozen=True, slots=True)
class BuiltinSqlCheck:
    """One SQL check. `sql` returns the violating rows (for a share: the rows counted), each with its key. `judged` is
    SQL for the number of rows checked; None counts the table's rows. Both may use `$as_of`.

    scope   what a violating row depends on. `row` and `document`: the rows that `sql` returns for a document depend on
            that document's own rows alone and have its `document_id`, so that `sql` can run on changed documents
            alone; such an article is quarantined. A structural check of scope `corpus` stops the release; a share is
            always of the corpus.
    by_shard  for scope `corpus`: whether the rows of `sql` and the number of `judged` are sums over any division of the
            documents. Each row follows from the rows of one document and, of other tables, entities and statements
            alone.
    """

    id: str
    table: str
    description: str
    sql: str
    thresholds: ShareThresholds | DriftThresholds | None = None
    judged: str | None = None
    scope: Scope = field(default="corpus", kw_only=True)
    by_shard: bool = field(default=False, kw_only=True)

    @property
    def by_document(self) -> bool:
        """Whether it checks single documents."""
        return self.scope != "corpus"

    @property
    def severity(self) -> Severity:
        """`error` for structure, `warn` for a share."""
        return "error" if self.thresholds is None else "warn"

    @property
    def check(self) -> Check:
        """Return its public description."""
        if self.thresholds is None:
            return Check(self.id, self.table, self.description, self.severity, self.scope)
        limits = self.thresholds.limits[0].upper() + self.thresholds.limits[1:]
        few = f", from {self.thresholds.min_rows:,} rows on" if self.thresholds.min_rows > 1 else ""
        return Check(
            self.id, self.table, self.description, self.severity, rule=f"{limits}{few}. {self.thresholds.reason}"
        )
