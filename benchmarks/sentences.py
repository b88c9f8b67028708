"""Sentence boundaries against gold: `uv run python -m benchmarks.sentences [GOLD.jsonl]`.

GOLD holds an article per line: `text`, `sents` ([start, end] each) and, if it is there twice, `layout`: `para` with its
paragraphs, `flat` on one line. A boundary is the end of a sentence, counted in non-blank characters; the last one of an
article is not scored. ONRECORD_GOLD names the gold folder.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.gold import gold_folder
from benchmarks.scores import Score, f1, share, table
from pipeline.sentences import split

DEFAULT = "sentences/gum_news.jsonl"
LAYOUTS = {"para": "GUM news", "flat": "GUM news, one line"}
COMMAND = "benchmarks.sentences"
BOUNDARIES = "sentence boundaries, F1"


def read(path: Path) -> list[dict[str, Any]]:
    """Read the articles of a gold file, in each of their layouts."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def boundaries(text: str, ends: Iterable[int]) -> set[int]:
    """Return the ends as numbers of non-blank characters before them, without the last of the text."""
    seen = [0]
    for character in text:
        seen.append(seen[-1] + (not character.isspace()))
    return {seen[end] for end in ends} - {0, seen[-1]}


def scored(rows: Sequence[dict[str, Any]], gold: str) -> list[Score]:
    """Score our boundaries against those of the gold."""
    hit = guessed = true = 0
    for row in rows:
        theirs = boundaries(row["text"], (end for _, end in row["sents"]))
        ours = boundaries(row["text"], (sentence.end for sentence in split(row["text"])))
        hit, guessed, true = hit + len(theirs & ours), guessed + len(ours), true + len(theirs)
    figures = {
        BOUNDARIES: f1(hit, guessed, true),
        "sentence boundaries, precision": share(hit, guessed),
        "sentence boundaries, recall": share(hit, true),
    }
    return [Score(what, gold, figure, "%", "higher", COMMAND) for what, figure in figures.items()]


def scores(path: Path | None = None) -> list[Score]:
    """Return the scores of each layout. Raises FileNotFoundError if there is no gold."""
    rows = read(path or gold_folder() / DEFAULT)
    found = []
    for layout, gold in LAYOUTS.items():
        if laid := [row for row in rows if row.get("layout", "para") == layout]:
            found += scored(laid, gold if path is None else f"{path.stem} {layout}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("gold", type=Path, nargs="?")
    given = parser.parse_args()
    found = scores(given.gold)
    for gold in dict.fromkeys(one.gold for one in found):
        print(table({gold: [one for one in found if one.gold == gold]}))
    texts = [row["text"] for row in read(given.gold or gold_folder() / DEFAULT)]
    begin = time.perf_counter()
    for text in texts:
        split(text)
    print(f"{sum(len(text.split()) for text in texts) / (time.perf_counter() - begin):,.0f} words a second")


if __name__ == "__main__":
    main()
