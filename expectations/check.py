"""`Check`: the public description of a check, common to contract checks, SQL checks and an extension's checks; and
`Verdict`: its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

type Severity = Literal["error", "warn"]
# What a violating row depends on: itself, all rows of its document, or more than one document.
type Scope = Literal["row", "document", "corpus"]


@dataclass(frozen=True, slots=True)
class Check:
    """One named check of one table. `name` is unique among all checks, begins with the table's name and holds letters,
    digits and underscores only (Dagster's rule).

    error   structure: one violating row blocks the release
    warn    a share: beyond its threshold the check warns; far beyond it the verdict's severity is error

    rule      at which threshold it fails, and why at that one
    scope     what a violating row depends on: a structural check of scope row or document quarantines the article, one
              of scope corpus stops the release
    contract  whether it follows from the contract; those of a table make up its contract suite
    """

    name: str
    table: str
    description: str
    severity: Severity
    scope: Scope = "corpus"
    rule: str = "One violating row stops the release."
    contract: bool = False

    @property
    def quarantines(self) -> bool:
        """Whether a build quarantines the article of a violating row."""
        return self.severity == "error" and self.scope != "corpus"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a check held. The fields are columns of `verdicts`.

    promise        the check's description
    severity       the check's, but error for a threshold far exceeded
    found, judged  so many of so many rows broke it (for a share: were counted); `examples` shows a few
    state          the fingerprint of the tables that were checked
    made_from      the fingerprint of the check's definition
    """

    check: str
    table: str
    promise: str
    severity: Severity
    passed: bool
    found: int
    judged: int
    detail: str
    examples: tuple[Mapping[str, Any], ...]
    state: str
    made_from: str
