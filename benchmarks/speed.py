"""Speed of a build: each stage's share, the whole against the model alone and other tools, workers.

Each function returns rows for a table. Ratios are of CPU seconds on one core, in the order A B A B, and their median
counts; other work on the machine hardly affects them. Two workers against one are compared by wall-clock time, which
needs an idle machine.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.articles import given, write
from benchmarks.figures import Figure, fixed_and_marginal_cost, worker_memory
from benchmarks.whole import run
from pipeline.stages import DOCUMENT_STAGES

# The aims hold for a thousand articles: with fewer, the fixed cost of a build weighs too much.
MANY = 1_000
ONLY_MANY = "at 1,000 articles"
# The smaller of two builds has every FEWERth article.
FEWER = 5
REST, WHOLE = "Dagster", "whole build"


def stages(raw: Path, repeats: int = 3) -> list[Figure]:
    """Measure each part's share of a build's CPU seconds, in one process, and Dagster's own. Builds of every fifth
    article, in turn, separate the cost per article from the fixed cost."""
    texts = list(given(raw))
    sizes = len(texts[::FEWER]), len(texts)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), iter(texts[::FEWER]), sizes[0])
        runs = [[_inline(place) for place in (Path(folder), raw)] for _ in range(repeats)]
    small, large = (_costs([pair[which] for pair in runs], "cpu") for which in (0, 1))
    clock = _costs([pair[1] for pair in runs], "seconds")
    only = "" if len(texts) >= MANY else ONLY_MANY
    own = [name for name in large if name not in (WHOLE, REST)]
    out = [Figure(f"share of {name}", 100 * large[name] / large[WHOLE], "%") for name in own]
    out += [
        Figure(f"share of {REST}", 100 * large[REST] / large[WHOLE], "%", most=5, only=only),
        Figure(f"share of {REST}, by the clock", 100 * clock[REST] / clock[WHOLE], "%"),
        Figure(WHOLE, 1000 * large[WHOLE] / len(texts), "CPU ms an article"),
    ]
    if sizes[0] < sizes[1]:
        for name, cost in large.items():
            out += fixed_and_marginal_cost(name, "CPU", (sizes[0], small[name]), (sizes[1], cost))
    return out


def _inline(raw: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        return run("build", str(raw), place, pin=True, engine="inline")


def _costs(runs: Sequence[dict[str, Any]], clock: str) -> dict[str, float]:
    """Return the seconds of each part, of the rest and of the whole: medians of equal builds."""
    out = {name: median(found["parts"][name][clock] for found in runs) for name in runs[0]["parts"]}
    out[REST] = median(found[clock] - sum(part[clock] for part in found["parts"].values()) for found in runs)
    return out | {WHOLE: median(found[clock] for found in runs)}


def rivals(raw: Path, repeats: int = 3) -> list[Figure]:
    """Measure the whole build against the model alone, stock spaCy, textacy and datatrove on the same texts. Tools that
    are not installed (dependency group `benchmarks`) are left out."""

    def datatrove() -> Any:
        with tempfile.TemporaryDirectory() as place:
            return run("datatrove", str(raw), place, pin=True)

    contenders: dict[str, Callable[[], Any]] = {
        "build": lambda: _inline(raw),
        "model": lambda: run("model", str(raw), pin=True),
        "stock": lambda: run("stock", str(raw), pin=True),
    }
    if find_spec("textacy"):
        contenders["textacy"] = lambda: run("textacy", str(raw), pin=True)
    if find_spec("datatrove"):
        contenders["datatrove"] = datatrove
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, contender in contenders.items():
            cpu[name].append(contender()["cpu"])
    only = "" if sum(1 for _ in given(raw)) >= MANY else ONLY_MANY

    def ratio(one: str, other: str) -> float:
        """Return the CPU seconds of `one` for each of `other`: how many times as fast the other is."""
        return median(a / b for a, b in zip(cpu[one], cpu[other], strict=True))

    out = [Figure("build's rate against the model's alone", 100 * ratio("model", "build"), "%", least=50, only=only)]
    if "textacy" in cpu:
        rate = ratio("textacy", "build")
        out.append(Figure("build against textacy's quotations alone", rate, "times as fast", least=2.5, only=only))
    out.append(Figure("build against stock nlp(text) alone", ratio("stock", "build"), "times as fast"))
    if "datatrove" in cpu:
        times = ratio("build", "datatrove")
        out.append(Figure("build against datatrove splitting sentences", times, "times its CPU seconds"))
    return out


def workers(raw: Path, repeats: int = 3) -> list[Figure]:
    """Measure one worker against two, by wall-clock time: the article-wise stages, and the whole build."""
    some: list[float] = []
    whole: list[float] = []
    builds: list[dict[str, Any]] = []
    for _ in range(repeats):
        spent = {}
        for count in (1, 2):
            with tempfile.TemporaryDirectory() as place:
                found = run("build", str(raw), place, workers=count)
            builds.append(found)
            parts = (found["parts"][stage.name]["seconds"] for stage in DOCUMENT_STAGES)
            spent[count] = (sum(parts), found["seconds"])
        some.append(spent[1][0] / spent[2][0])
        whole.append(spent[1][1] / spent[2][1])
    only = "" if sum(1 for _ in given(raw)) >= MANY else ONLY_MANY
    return [
        Figure("two workers against one, article-wise stages", median(some), "times as fast", least=1.6, only=only),
        Figure("two workers against one, whole build", median(whole), "times as fast"),
        *worker_memory("memory of a worker, at most", builds),
        Figure("load of the machine at the end (2: only this)", os.getloadavg()[0], "processes"),
    ]
