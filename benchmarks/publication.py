"""Publication intervals inferred from the text alone, against the true day.

Usage: python -m benchmarks.publication GOLD.jsonl... [--without-offices]
Each line holds `text` and the day of publication: `dct`, or YYYY-MM-DD in its `doc_id`. Prints how many intervals hold
the true day (the aim: at least 95 of 100), how wide the closed ones are, how many articles stay unknown, and how often
each kind of evidence moved a bound.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median

from pipeline.clean import apply, clean
from pipeline.publication import bounds, offices
from pipeline.sentences import split

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
KIND = re.compile(r"\(([^)]*)\)")


def dated(paths: list[Path]) -> Iterator[tuple[date, str]]:
    """The true day and the text of each article that has one."""
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            day = DAY.match(row.get("dct") or "") or DAY.search(row["doc_id"])
            if day:
                yield date.fromisoformat(day[0]), row["text"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--without-offices", action="store_true", help="leave the terms of office aside")
    given = parser.parse_args()
    if given.without_offices:
        # No name matches: the terms bound nothing.
        offices._surnames = lambda: re.compile(r"(?!)")  # type: ignore[assignment]
    articles = inferred = held = 0
    widths: list[int] = []
    behind: list[int] = []
    kinds: Counter[str] = Counter()
    for true, raw in dated(given.gold):
        articles += 1
        text = apply(raw, clean(raw))
        found = bounds.inferred(text, split(text))
        if found is None:
            continue
        inferred += 1
        held += (found.earliest or true) <= true <= (found.latest or true)
        if found.earliest:
            behind.append((true - found.earliest).days)
        if found.earliest and found.latest:
            widths.append((found.latest - found.earliest).days + 1)
        kinds.update(kind[1] for told in found.evidence if (kind := KIND.search(told)))
    one_sided = inferred - len(widths)
    print(f"articles {articles}  unknown {articles - inferred}  inferred {inferred}  open on a side {one_sided}")
    if inferred:
        print(f"hold the true day: {held} ({100 * held / inferred:.1f} %)")
    if widths:
        within = sum(width <= 366 for width in widths)
        print(f"closed intervals: {len(widths)}, median width {median(widths):.0f} days, {within} within a year")
    if behind:
        print(f"first day before the true day: median {median(behind):.0f} days")
    for kind, times in kinds.most_common():
        print(f"{kind:28} {times:5}")


if __name__ == "__main__":
    main()
