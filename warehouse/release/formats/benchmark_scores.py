"""Scores of the rules from the benchmarks, stored in benchmark_scores.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from warehouse.release.site.escape import md_table

FILE = Path(__file__).with_name("benchmark_scores.json")
HEAD = ("what", "gold", "onrecord", "other programs, same protocol", "measured with", "on")


@dataclass(frozen=True, slots=True)
class Measured:
    """One score: what was measured, on which annotated articles, the result, and what others reach there. As Markdown.

    command   the module that measures it
    measured  the day of the measurement, ISO
    """

    what: str
    gold: str
    onrecord: str
    beside: str
    command: str
    measured: str


def read(path: Path = FILE) -> list[Measured]:
    """Return all scores, in the order of the file."""
    return [Measured(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def table(rows: Iterable[Measured]) -> str:
    """Return a Markdown table of the scores."""
    return md_table(HEAD, [(r.what, r.gold, r.onrecord, r.beside, f"`{r.command}`", r.measured) for r in rows])
