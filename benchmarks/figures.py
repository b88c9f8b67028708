"""A measured figure with its aim and whether it was met; the machine; the table."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, the figure with its unit, and the aim if there is one.

    least, most   the aim: minimum, maximum
    only          the conditions of the aim, if this was measured under others: it is then not judged
    """

    what: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None
    only: str = ""

    @property
    def aim(self) -> str:
        """The aim in words; empty if there is none."""
        if self.least is not None:
            return f">= {self.least:g}"
        if self.most is not None:
            return f"<= {self.most:g}" if self.most else "none"
        return ""

    @property
    def met(self) -> bool | None:
        """Whether the aim was met; None if there is none, or it does not apply to this measurement."""
        if not self.aim or self.only:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    def as_dict(self) -> dict[str, Any]:
        """Return the figure for JSON."""
        return {"what": self.what, "value": self.value, "unit": self.unit, "aim": self.aim, "met": self.met}


def fixed_and_marginal_cost(what: str, clock: str, small: tuple[int, float], large: tuple[int, float]) -> list[Figure]:
    """Split the seconds of two sizes into the cost of each further article and the fixed cost."""
    each = (large[1] - small[1]) / (large[0] - small[0])
    return [
        Figure(f"{what}: each further article", 1000 * each, f"{clock} ms"),
        Figure(f"{what}: once", small[1] - each * small[0], f"{clock} s"),
    ]


def worker_memory(what: str, builds: Sequence[Mapping[str, Any]], most: float = 600) -> list[Figure]:
    """Return the maximum memory of a worker in these builds; nothing if there was none, as with few articles."""
    found = max(build["worker_mb"] for build in builds)
    return [Figure(what, found, "MB", most=most)] if found else []


def table(part: str, figures: Sequence[Figure]) -> str:
    """Return a part's figures as text."""
    lines = [f"\n{part}"]
    for one in figures:
        said = {None: f"aim {one.only}: {one.aim}", True: f"aim: {one.aim}, met", False: f"aim: {one.aim}, MISSED"}
        aim = f"   ({said[one.met]})" if one.aim else ""
        lines.append(f"  {one.what:<58} {one.value:>10,.2f} {one.unit}{aim}")
    return "\n".join(lines)


def machine() -> dict[str, str]:
    """Return the machine that the figures were measured on."""
    name = platform.processor()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        lines = [line for line in cpus.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        name = lines[0].partition(":")[2].strip() if lines else name
    return {
        "processor": name,
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB",
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("onrecord", "spacy", "duckdb", "polars", "dagster")},
        "OPENBLAS_CORETYPE": os.environ.get("OPENBLAS_CORETYPE", ""),
    }
