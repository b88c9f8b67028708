"""Everything that is measured about speed and growth: `uv run --group benchmarks python -m benchmarks [PART ...]`.

Belongs here: choosing parts, the table, the JSON. Does not belong here: any measurement (the modules beside).

    python -m benchmarks                                  # all parts but Ray, on 1,000 generated articles
    python -m benchmarks stages rivals --articles 200     # some parts, on fewer
    python -m benchmarks workers --raw FOLDER             # on your own .txt files
    python -m benchmarks growth --sizes 1000 10000 100000
    uv run --extra ray python -m benchmarks ray

Quality has its own commands (benchmarks.quotes, benchmarks.dates ...), which need annotated articles.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks import growth, onray, speed, writer
from benchmarks.articles import articles, write
from benchmarks.speed import Figure

PARTS = ("stages", "rivals", "workers", "writer", "growth", "ray")


def machine() -> dict[str, str]:
    """What the figures were measured on."""
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


def table(part: str, figures: list[Figure]) -> str:
    """A part's figures as text."""
    lines = [f"\n{part}"]
    for one in figures:
        aim = f"   (aim: {one.aim})" if one.aim else ""
        lines.append(f"  {one.what:<58} {one.value:>10,.2f} {one.unit}{aim}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--articles", type=int, default=1_000, help="how many are generated (default: 1,000)")
    parser.add_argument("--length", type=float, default=1, help="their length, of some 400 words (default: 1)")
    parser.add_argument("--raw", type=Path, help="a folder of .txt files to measure on instead")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=list(growth.SIZES), help="numbers of articles of growth"
    )
    parser.add_argument("--repeats", type=int, default=3, help="how often each pair is measured (default: 3)")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    given = parser.parse_args()
    if wrong := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(wrong))}")
    about = machine()
    print(", ".join(f"{name} {value}" for name, value in about.items() if value), flush=True)
    found: dict[str, list[Figure]] = {}
    with tempfile.TemporaryDirectory() as place:
        raw = given.raw or Path(place)
        if given.raw is None:
            write(raw, articles(length=given.length), given.articles)
        for part in given.parts or PARTS[:-1]:
            match part:
                case "stages":
                    found[part] = speed.stages(raw)
                case "rivals":
                    found[part] = speed.rivals(raw, given.repeats)
                case "workers":
                    found[part] = speed.workers(raw, given.repeats)
                case "writer":
                    found[part] = writer.writer(raw)
                case "growth":
                    found[part] = growth.growth(given.sizes, given.length)
                case "ray":
                    found[part] = onray.onray(raw)
            print(table(part, found[part]), flush=True)
    if given.json:
        figures = {part: [asdict(one) for one in rows] for part, rows in found.items()}
        given.json.write_text(json.dumps({"machine": about, "figures": figures}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
