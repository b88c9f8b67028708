"""Publication intervals inferred from the text alone, against the true day.

Usage: python -m benchmarks.publication GOLD.jsonl...
Each line holds `text` and a `doc_id` with the day of publication (YYYY-MM-DD) in it. Prints how many intervals hold
the true day (the aim: at least 95 of 100), how wide the closed ones are, and how many articles stay unknown.
"""

from __future__ import annotations

import argparse
import json
import re
from datetime import date
from pathlib import Path
from statistics import median

from pipeline.clean import apply, clean
from pipeline.publication import bounds
from pipeline.sentences import split

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("gold", type=Path, nargs="+")
    given = parser.parse_args()
    articles = inferred = held = 0
    widths: list[int] = []
    behind: list[int] = []
    for path in given.gold:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            day = DAY.search(row["doc_id"])
            if not day:
                continue
            articles += 1
            true = date.fromisoformat(day[0])
            text = apply(row["text"], clean(row["text"]))
            found = bounds.inferred(text, split(text))
            if found is None:
                continue
            inferred += 1
            held += (found.earliest or true) <= true <= (found.latest or true)
            if found.earliest:
                behind.append((true - found.earliest).days)
            if found.earliest and found.latest:
                widths.append((found.latest - found.earliest).days + 1)
    one_sided = inferred - len(widths)
    print(f"articles {articles}  unknown {articles - inferred}  inferred {inferred}  open on a side {one_sided}")
    if inferred:
        print(f"hold the true day: {held} ({100 * held / inferred:.1f} %)")
    if widths:
        print(f"closed intervals: {len(widths)}, median width {median(widths):.0f} days")
    if behind:
        print(f"first day before the true day: median {median(behind):.0f} days")


if __name__ == "__main__":
    main()
