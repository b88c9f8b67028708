"""A score: a number for how good the rules are at one task, on which articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

type Better = Literal["higher", "lower"]
BETTER: tuple[Better, ...] = ("higher", "lower")
# Decimals of a score everywhere, so that no two tables round it differently.
DECIMALS = 4
# Width of the names of scores in a printed table.
WIDTH = 72


@dataclass(frozen=True, slots=True)
class Score:
    """One score, rounded to DECIMALS.

    gold       the articles that it was measured on
    better     whether a higher or a lower one is better
    command    the module that measures it
    tolerance  the share of the figure by which it may be worse without being a regression: 0 if the same input gives
               the same figure, more for measurements of time or memory
    """

    what: str
    gold: str
    value: float
    unit: str
    better: Better
    command: str
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", round(float(self.value), DECIMALS))


def f1(hit: int, found: int, gold: int) -> float:
    """Return the harmonic mean of precision and recall, in percent."""
    return 200 * hit / (found + gold) if found + gold else 0.0


def share(part: float, whole: float) -> float:
    """Return part / whole in percent; 0 if whole is 0."""
    return 100 * part / whole if whole else 0.0


def table(columns: Mapping[str, Sequence[Score]]) -> str:
    """Return the same scores of several contenders, side by side, as text."""
    rows = zip(*columns.values(), strict=True)
    lines = [f"{'':{WIDTH}}" + "".join(f"{name:>18}" for name in columns)]
    lines += [
        f"{row[0].what:{WIDTH}}" + "".join(f"{one.value:18,.1f}" for one in row) + f" {row[0].unit}" for row in rows
    ]
    return "\n".join(lines)
