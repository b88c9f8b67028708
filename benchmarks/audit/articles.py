"""The marked articles with the rows that a build makes of them, in memory."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assets.settings import Settings, from_environment
from benchmarks.gold import gold_folder
from pipeline.article import Row, Rows
from pipeline.documents.clean import Edit, Offsets
from pipeline.read import Entry, Record, read_file
from pipeline.stages import run_stages

GOLD_FILE = "quotes/polnear_train_sample.jsonl"
# Minimum overlap of two spans, as a share of their union, to be the same quotation.
MIN_SPAN_OVERLAP = 0.5
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EDIT = ("raw_start", "raw_end", "original", "replacement", "rule")
type Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Built:
    """An article's rows by table, with the positions of its quotations in the raw text.

    quotes  each row of `quotes` with its span in the raw text, in code points
    """

    rows: Rows
    offsets: Offsets
    quotes: tuple[tuple[Span, Row], ...]

    def at(self, span: Span) -> Row | None:
        """Return the row of `quotes` whose raw span is the same quotation as this one; None if there is none."""
        best = max(self.quotes, key=lambda one: overlap(one[0], span), default=None)
        return best[1] if best and overlap(best[0], span) >= MIN_SPAN_OVERLAP else None


def table(file: Path) -> Iterator[dict[str, str]]:
    """Yield the lines of a table of marks, by column. Lines that begin with # are skipped."""
    with file.open(encoding="utf-8", newline="") as lines:
        kept = (line for line in lines if not line.startswith("#"))
        yield from csv.DictReader(kept, delimiter="\t", quoting=csv.QUOTE_NONE)


def overlap(a: Span, b: Span) -> float:
    """Return the intersection of two spans as a share of their union."""
    common = min(a[1], b[1]) - max(a[0], b[0])
    return common / (a[1] - a[0] + b[1] - b[0] - common) if common > 0 else 0.0


def key(doc_id: str) -> str:
    """Return an article's name in the marks: the day in its `doc_id`, and a hash, since a `doc_id` holds words of the
    headline."""
    day = DAY.search(doc_id)
    return f"{day[0] if day else ''}_{hashlib.sha256(doc_id.encode()).hexdigest()[:16]}"


def built(names: Collection[str], gold: Path | None = None) -> dict[str, Built]:
    """Build the articles of these keys, by key, each published on the day in its `doc_id`. Raises FileNotFoundError if
    there is no gold, KeyError if it lacks an article."""
    path = gold or gold_folder() / GOLD_FILE
    found: dict[str, Row] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        name = key(row["doc_id"])
        if name in names:
            found[name] = row
    ordered = sorted(names)
    settings = from_environment()
    raws = _raws([found[name] for name in ordered], settings)
    return {name: _built(rows) for name, rows in zip(ordered, run_stages(raws, settings), strict=True)}


def _raws(articles: Collection[Row], settings: Settings) -> list[Row]:
    """Return rows of `raws`, as a build reads them from a file of records."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "gold.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for row in articles:
                day = DAY.search(row["doc_id"])
                record = {"id": row["doc_id"], "text": row["text"], "published": day and day[0]}
                out.write(json.dumps(record) + "\n")
        read = read_file(file.parent.resolve(), Entry(file.name, file.stat().st_size, 0), settings.languages.split(","))
        return [{**asdict(one), "standing": True} for one in read if isinstance(one, Record)]


def _built(rows: Rows) -> Built:
    offsets = Offsets([Edit(*(row[column] for column in _EDIT)) for row in rows["edits"]])
    quotes = tuple((offsets.to_raw(row["start"], row["end"]), row) for row in rows["quotes"])
    return Built(rows, offsets, quotes)
