"""This checkout's build against another checkout's, each with its own code, in turns on one core.

    git worktree add --detach ../before REVISION && (cd ../before && uv sync --locked)
    python -m benchmarks versions --before ../before

CPU seconds are those of the whole process tree of `onrecord build`, as a user starts it. Builds of two sizes separate
the cost per article from the fixed cost. The median of ratios of equal turns counts. Before the first turn each
checkout builds once unmeasured, so that Python has compiled its own modules and those of its environment: of a new
environment that takes some 6 CPU seconds, which would count as fixed cost.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from assets.settings import ROOT
from benchmarks.articles import given, write
from benchmarks.figures import Figure, fixed_and_marginal_cost
from benchmarks.same_results import python_of

# Articles of the smaller build: with fewer, the first checks of shares have nothing to judge.
FEW = 40
# The number of articles for which the aims hold.
MANY = 1_000
ONLY_MANY = "at 1,000 articles"


def versions(raw: Path, before: Path, repeats: int = 3) -> list[Figure]:
    """Measure ratios of this checkout to `before`, with the CPU seconds of both. Raises CalledProcessError if a build
    fails."""
    texts = list(given(raw))
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), iter(texts[:FEW]), FEW)
        sizes = {FEW: Path(folder), len(texts): raw}
        for _, checkout in _both(before):
            _build(checkout, sizes[FEW])
        runs = [
            {(name, size): _build(checkout, place) for size, place in sizes.items() for name, checkout in _both(before)}
            for _ in range(repeats)
        ]
    return figures(runs, FEW, len(texts))


def figures(runs: Sequence[dict[tuple[str, int], tuple[float, float]]], few: int, many: int) -> list[Figure]:
    """Return runs of (checkout, size) -> (seconds, CPU seconds) as figures."""
    only = "" if many >= MANY else ONLY_MANY

    def costs(run: dict[tuple[str, int], tuple[float, float]], name: str) -> tuple[float, float]:
        small, large = run[name, few][1], run[name, many][1]
        each, once = fixed_and_marginal_cost("", "", (few, small), (many, large))
        return each.value, once.value

    each, once = (median(costs(run, "now")[i] / costs(run, "before")[i] for run in runs) for i in (0, 1))
    rates = median(run["before", many][1] / run["now", many][1] for run in runs)
    out = [
        Figure("articles a CPU second against before", rates, "times as many", least=1.4, only=only),
        Figure("each further article against before", each, "of its CPU time", most=0.8, only=only),
        Figure("what is paid once against before", once, "of its CPU time", most=0.55, only=only),
    ]
    for name in ("before", "now"):
        out.append(Figure(f"{name}: {many:,} articles", median(run[name, many][1] for run in runs), "CPU s"))
        out.append(Figure(f"{name}: each further article", median(costs(run, name)[0] for run in runs), "CPU ms"))
        out.append(Figure(f"{name}: once", median(costs(run, name)[1] for run in runs), "CPU s"))
    return out


def _both(before: Path) -> tuple[tuple[str, Path], ...]:
    return (("before", before.resolve()), ("now", ROOT))


def _build(checkout: Path, raw: Path) -> tuple[float, float]:
    """Build a new warehouse in one process on one core. Returns seconds and CPU seconds."""
    with tempfile.TemporaryDirectory() as warehouse:
        command = [python_of(checkout), "-c", "from assets.cli import app; app()", "build", "--engine", "inline"]
        begin = time.monotonic()
        process = subprocess.Popen(
            [*command, "--raw", str(raw), "--warehouse", warehouse],
            cwd=checkout,
            env=_environment(checkout),
            stdout=subprocess.DEVNULL,
            preexec_fn=_pin,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return time.monotonic() - begin, used.ru_utime + used.ru_stime


def _environment(checkout: Path) -> dict[str, str]:
    """Return the variables of a build, without the one that keeps Python from storing compiled modules."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(checkout), "DAGSTER_DISABLE_TELEMETRY": "yes"}


def _pin() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
