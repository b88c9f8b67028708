"""Count the checks that passed, failed and warned, in the same way everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Checks that passed, that failed (each stops a release), and that did not hold but only warn."""

    passed: int
    failed: int
    warned: int

    def __str__(self) -> str:
        return f"{self.passed:,} passed, {self.failed:,} failed, {self.warned:,} warned"


def blocks(passed: bool, severity: str) -> bool:
    """Whether a verdict stops a release. `severity` is that of the check: `error` or `warn`."""
    return not passed and severity != "warn"


def counts(verdicts: Iterable[tuple[bool, str]]) -> Counts:
    """Count verdicts, each given as (passed, severity)."""
    known = list(verdicts)
    passed = sum(held for held, _ in known)
    failed = sum(blocks(held, severity) for held, severity in known)
    return Counts(passed, failed, len(known) - passed - failed)
