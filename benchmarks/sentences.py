"""Sentence boundaries against gold: precision, recall, F1 and speed.

Usage: python -m benchmarks.sentences GOLD.jsonl [--layout para|flat]
GOLD holds an article a line: `text`, `sents` ([start, end] each) and, where it stands twice, `layout`. A boundary is
the end of a sentence, counted in characters that are no blanks; the last one of an article is not scored.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from pathlib import Path

from pipeline.sentences import split


def boundaries(text: str, ends: Iterable[int]) -> set[int]:
    """The ends as numbers of visible characters before them, without the last of the text."""
    seen = [0]
    for character in text:
        seen.append(seen[-1] + (not character.isspace()))
    return {seen[end] for end in ends} - {0, seen[-1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("gold", type=Path)
    parser.add_argument("--layout", default="para")
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.gold.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row.get("layout", given.layout) == given.layout]
    begin = time.perf_counter()
    found = [split(row["text"]) for row in rows]
    seconds = time.perf_counter() - begin
    hit = guessed = true = 0
    for row, sentences in zip(rows, found, strict=True):
        gold = boundaries(row["text"], (end for _, end in row["sents"]))
        ours = boundaries(row["text"], (sentence.end for sentence in sentences))
        hit, guessed, true = hit + len(gold & ours), guessed + len(ours), true + len(gold)
    words = sum(len(row["text"].split()) for row in rows)
    print(f"articles {len(rows)}  boundaries {true}  words/s {words / seconds:,.0f}")
    print(f"precision {100 * hit / guessed:.1f}  recall {100 * hit / true:.1f}  F1 {200 * hit / (guessed + true):.1f}")


if __name__ == "__main__":
    main()
