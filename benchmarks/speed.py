"""How fast a build is: each stage's share, the whole beside the model alone and beside other tools, workers.

Belongs here: what is compared with what. Does not belong here: the measured processes (benchmarks.whole), growth
(benchmarks.growth), the parse stage's own comparisons (benchmarks.parse). Each function returns rows for a table:
what, figure, aim.

Ratios are of CPU seconds on one core, in the order A B A B, and the median of them counts; other work on the machine
hardly moves them. Two workers against one are compared by the clock, which needs an idle machine.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.articles import given
from benchmarks.whole import run

DOCUMENT_WISE = ("documents", "sentences", "parses", "mentions", "quotes", "dates")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, the figure with its unit, and the aim where there is one."""

    what: str
    value: float
    unit: str
    aim: str = ""


def stages(raw: Path) -> list[Figure]:
    """Each part's share of a build's CPU seconds, in one process, and Dagster's (with Python's start and imports)."""
    with tempfile.TemporaryDirectory() as place:
        found = run("build", str(raw), place, pin=True, engine="inline")
    articles = sum(1 for _ in given(raw))
    total = found["cpu"]
    parts = {name: cpu for name, (_, cpu) in found["parts"].items()}
    rest = total - sum(parts.values())
    out = [Figure(f"share of {name}", 100 * cpu / total, "%") for name, cpu in parts.items()]
    out.append(Figure("share of Dagster, start and imports", 100 * rest / total, "%", "<= 5 at 1,000 articles"))
    out.append(Figure("whole build", 1000 * total / articles, "CPU ms an article"))
    return out


def rivals(raw: Path, repeats: int = 3) -> list[Figure]:
    """The whole build against the model alone, stock spaCy, textacy and datatrove on the same texts."""

    def build() -> Any:
        with tempfile.TemporaryDirectory() as place:
            return run("build", str(raw), place, pin=True, engine="inline")

    def datatrove() -> Any:
        with tempfile.TemporaryDirectory() as place:
            return run("datatrove", str(raw), place, pin=True)

    contenders: dict[str, Callable[[], Any]] = {
        "build": build,
        "model": lambda: run("model", str(raw), pin=True),
        "textacy": lambda: run("textacy", str(raw), pin=True),
        "stock": lambda: run("stock", str(raw), pin=True),
        "datatrove": datatrove,
    }
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, contender in contenders.items():
            cpu[name].append(contender()["cpu"])

    def ratio(one: str, other: str) -> float:
        return median(a / b for a, b in zip(cpu[one], cpu[other], strict=True))

    return [
        Figure("build's rate against the model's alone", 100 * ratio("model", "build"), "%", ">= 50"),
        Figure("build against textacy's quotations alone", ratio("textacy", "build"), "times as fast", ">= 2.5"),
        Figure("build against stock nlp(text) alone", ratio("stock", "build"), "times as fast"),
        Figure("build against datatrove splitting sentences", ratio("build", "datatrove"), "times its CPU seconds"),
    ]


def workers(raw: Path, repeats: int = 3) -> list[Figure]:
    """One worker against two, by the clock: the document-wise stages, and the whole build."""
    some: list[float] = []
    whole: list[float] = []
    memory: list[float] = []
    for _ in range(repeats):
        spent = {}
        for count in (1, 2):
            with tempfile.TemporaryDirectory() as place:
                found = run("build", str(raw), place, workers=count)
            memory.append(found["worker_mb"])
            spent[count] = (sum(found["parts"][name][0] for name in DOCUMENT_WISE), found["seconds"])
        some.append(spent[1][0] / spent[2][0])
        whole.append(spent[1][1] / spent[2][1])
    load = os.getloadavg()[0]
    return [
        Figure("two workers against one, document-wise stages", median(some), "times as fast", ">= 1.6"),
        Figure("two workers against one, whole build", median(whole), "times as fast"),
        Figure("memory of a worker, at most", max(memory), "MB", "<= 600"),
        Figure("load of the machine at the end (2: only this)", load, "processes"),
    ]
