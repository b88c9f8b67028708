"""Growth of a build with the number of articles: memory, time per article, time of a build with nothing to do.

Each size is a folder of .txt files, one article each, the hardest case for listing files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.articles import articles, write
from benchmarks.figures import Figure, fixed_and_marginal_cost, worker_memory
from benchmarks.whole import run, unchanged

SIZES = (1_000, 10_000)
# The sizes for which the aims hold.
AIMED = (1_000, 10_000)
# Fewer further articles than this cost less than the variation of a start.
MIN_ARTICLES = 1_000


def growth(sizes: Sequence[int] = SIZES, length: float = 1) -> list[Figure]:
    """Build each size, the smallest first. `length` shortens the articles: the store grows as before, the model has
    less to do."""
    sizes = sorted(sizes)
    found = [_built(size, length) for size in sizes]
    out = [figure for size, one in zip(sizes, found, strict=True) for figure in _each(size, one)]
    return out + (_between(sizes, found) if len(sizes) > 1 else [])


def _built(size: int, length: float) -> dict[str, Any]:
    """Measure a build of this many articles, and three more with nothing to do."""
    with tempfile.TemporaryDirectory() as place:
        raw, warehouse = Path(place, "raw"), Path(place, "warehouse")
        paths = write(raw, articles(length=length), size)
        found = run("build", str(raw), str(warehouse))
        nothing = [unchanged(raw, warehouse) for _ in range(3)]
        return found | {
            "words": sum(len(path.read_text(encoding="utf-8").split()) for path in paths),
            "idle_seconds": min(one["seconds"] for one in nothing),
            "idle_cpu": min(one["cpu"] for one in nothing),
            "idle_mb": max(one["driver_mb"] for one in nothing),
            "stored": sum(file.stat().st_size for file in warehouse.glob("onrecord.duckdb*")),
            "released": sum(f.stat().st_size for f in (warehouse / "releases").rglob("*") if f.is_file()),
        }


def _each(size: int, found: dict[str, Any]) -> list[Figure]:
    said = f"{size:,} articles"
    return [
        Figure(f"{said}: their length", found["words"] / size, "words"),
        Figure(f"{said}: memory of the driver", found["driver_mb"], "MB"),
        *(
            Figure(f"{said}: memory of the driver, {name}", part["peak_mb"], "MB")
            for name, part in found["parts"].items()
        ),
        *worker_memory(f"{said}: memory of a worker, at most", [found]),
        Figure(f"{said}: whole build", 1000 * found["cpu"] / size, "CPU ms an article"),
        Figure(f"{said}: whole build, by the clock", 1000 * found["seconds"] / size, "ms an article"),
        *(
            Figure(f"{said}: {name}", 1000 * part["seconds"] / size, "ms an article, by the clock")
            for name, part in found["parts"].items()
        ),
        Figure(f"{said}: store", found["stored"] / size / 1024, "KB an article"),
        Figure(f"{said}: release", found["released"] / size / 1024, "KB an article"),
        Figure(f"{said}: nothing changed", found["idle_seconds"], "s", most=10),
        Figure(f"{said}: nothing changed, CPU", found["idle_cpu"], "CPU s"),
        Figure(f"{said}: nothing changed, memory", found["idle_mb"], "MB"),
    ]


def _between(sizes: Sequence[int], found: Sequence[dict[str, Any]]) -> list[Figure]:
    """Compare the first size with the last: what grows, and what does not."""
    first, last, more = found[0], found[-1], sizes[-1] - sizes[0]
    only = "" if (sizes[0], sizes[-1]) == AIMED else "from {:,} to {:,} articles".format(*AIMED)

    def grown(name: str) -> float:
        return 100 * (float(last[name]) / float(first[name]) - 1)

    shown = f"{sizes[0]:,} to {sizes[-1]:,} articles"
    idle = 1000 * (last["idle_cpu"] - first["idle_cpu"]) / more
    return [
        *(
            [Figure(f"{shown}: a worker's memory", grown("worker_mb"), "% more", most=5, only=only)]
            if first["worker_mb"]
            else []
        ),
        Figure(f"{shown}: the driver's memory", grown("driver_mb"), "% more", most=5, only=only),
        Figure(f"{shown}: CPU time", last["cpu"] / first["cpu"], "times"),
        Figure(
            "nothing changed, each further article", idle, "CPU ms", most=0.2, only=only if more < MIN_ARTICLES else ""
        ),
        *fixed_and_marginal_cost("whole build", "CPU", (sizes[0], first["cpu"]), (sizes[-1], last["cpu"])),
        *fixed_and_marginal_cost("whole build", "clock", (sizes[0], first["seconds"]), (sizes[-1], last["seconds"])),
        Figure("store, each further article", (last["stored"] - first["stored"]) / more / 1024, "KB"),
        Figure("release, each further article", (last["released"] - first["released"]) / more / 1024, "KB"),
    ]
