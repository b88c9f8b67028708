"""What a promise and a belief have in common: the face that they show to orchestration and to the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Severity = Literal["error", "warn"]
# What an offending row speaks of: itself, the rows of its document together, or more than one document.
type Scope = Literal["row", "document", "corpus"]


@dataclass(frozen=True, slots=True)
class Check:
    """One named check of one table. `name` is unique among all checks and holds letters, digits and underscores only
    (Dagster's rule); it begins with the table's name.

    error   structure: one offending row blocks the release
    warn    the world: a share is judged; beyond its bound it is told, far beyond it the verdict itself says error

    `rule` says from where on it fails, and why there. `scope` says what an offending row speaks of: a structural check
    of scope row or document takes the article that breaks it out of the release, one of scope corpus stops the release.
    `contract` says whether it follows from the contract: those of a table make up its contract suite.
    """

    name: str
    table: str
    description: str
    severity: Severity
    scope: Scope = "corpus"
    rule: str = "One row that breaks it stops the release."
    contract: bool = False

    @property
    def quarantines(self) -> bool:
        """Whether a build quarantines the article of an offending row."""
        return self.severity == "error" and self.scope != "corpus"
