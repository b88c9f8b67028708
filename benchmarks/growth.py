"""How a build grows with the number of articles: memory, time an article, the time of a build with nothing to do.

Belongs here: builds of more and more generated articles. Does not belong here: the measured processes
(benchmarks.whole). Each size is a folder of .txt files, one article each, the hardest case for looking at files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.articles import articles, write
from benchmarks.speed import Figure
from benchmarks.whole import run, unchanged

SIZES = (1_000, 10_000)


def growth(sizes: Sequence[int] = SIZES, length: float = 1) -> list[Figure]:
    """Builds of each size. `length` shortens the articles: the store grows as before, the model is busy for less."""
    out: list[Figure] = []
    driver: list[float] = []
    cpu: list[float] = []
    idle: list[float] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            raw, warehouse = Path(place, "raw"), Path(place, "warehouse")
            write(raw, articles(length=length), size)
            found = run("build", str(raw), str(warehouse))
            nothing = [unchanged(raw, warehouse) for _ in range(3)]
            stored = sum(file.stat().st_size for file in warehouse.glob("onrecord.duckdb*"))
            released = sum(f.stat().st_size for f in (warehouse / "releases").rglob("*") if f.is_file())
        driver.append(found["driver_mb"])
        cpu.append(1000 * found["cpu"] / size)
        idle.append(min(one["cpu"] for one in nothing))
        out += [
            Figure(f"{size:,} articles: memory of the driver", found["driver_mb"], "MB"),
            Figure(f"{size:,} articles: memory of a worker, at most", found["worker_mb"], "MB", "<= 600"),
            Figure(f"{size:,} articles: whole build", cpu[-1], "CPU ms an article"),
            Figure(f"{size:,} articles: whole build, by the clock", 1000 * found["seconds"] / size, "ms an article"),
            *(
                Figure(f"{size:,} articles: {name}", 1000 * part[0] / size, "ms an article, by the clock")
                for name, part in found["parts"].items()
            ),
            Figure(f"{size:,} articles: store", stored / size / 1024, "KB an article"),
            Figure(f"{size:,} articles: release", released / size / 1024, "KB an article"),
            Figure(f"{size:,} articles: nothing changed", min(one["seconds"] for one in nothing), "s", "<= 10"),
            Figure(f"{size:,} articles: nothing changed", idle[-1], "CPU s"),
        ]
    if len(sizes) > 1:
        more = sizes[-1] - sizes[0]
        out += [
            Figure("driver's memory, last size against first", 100 * (driver[-1] / driver[0] - 1), "% more", "<= 5"),
            Figure("CPU time an article, last size against first", cpu[-1] / cpu[0], "times"),
            Figure("nothing changed, each further article", 1000 * (idle[-1] - idle[0]) / more, "CPU ms", "<= 0.2"),
        ]
    return out
