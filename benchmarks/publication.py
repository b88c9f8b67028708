"""Publication intervals inferred from the text alone, against the true day.

Usage: python -m benchmarks.publication [GOLD.jsonl ...] [--without-offices | --across [--known EVERY]]

Each line of GOLD (by default all articles of PolNeAR under ONRECORD_GOLD) holds `text` and the day of publication:
`dct`, or YYYY-MM-DD in its `doc_id`. Prints how many intervals contain the true day (the aim: at least 95 of 100), how
wide the closed ones are, how many articles stay unknown, and how often each kind of evidence moved a bound.

With --across all stages run on the articles together, and other articles narrow the intervals. It prints how many are
closed within 31 days: of those that share an utterance or event with another article, and of those where that article
dates it to the day. With --known every EVERYth article has its true day, and only the others are judged.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from assets.build.incremental import derive_corpus, update_article_stages, update_from_raw_folder
from assets.settings import Settings
from benchmarks.gold import gold_folder
from benchmarks.scores import Better, Score, share, table
from pipeline.documents.clean import apply, clean
from pipeline.documents.metadata import bounds, offices
from pipeline.sentences import split
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES, STAGES
from warehouse.sql import query
from warehouse.store import Store

GOLD_FILES = ("quotes/polnear_dev.jsonl", "quotes/polnear_train_sample.jsonl")
COMMAND = "benchmarks.publication"
HELD, INFERRED = "publication intervals: hold the true day", "publication intervals: inferred"
UNKNOWN, CLOSED = "publication intervals: stay unknown", "publication intervals: closed on both sides"
WIDTH = "publication intervals: median width of the closed"
# Maximum width of a closed interval for articles that share something.
MAX_DAYS = 31
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
KIND = re.compile(r"\(([^)]*)\)")


def dated(paths: Sequence[Path]) -> Iterator[tuple[date, str]]:
    """Yield the true day and the text of each article that has one."""
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            day = DAY.match(row.get("dct") or "") or DAY.search(row["doc_id"])
            if day:
                yield date.fromisoformat(day[0]), row["text"]


@dataclass(frozen=True, slots=True)
class Found:
    """What was inferred for some articles.

    held    how many intervals contain the true day
    widths  days of the closed intervals
    days_after_lower_bound
            days from an interval's first day to the true one
    kinds   how often each kind of evidence moved a bound
    """

    articles: int
    inferred: int
    held: int
    widths: tuple[int, ...]
    days_after_lower_bound: tuple[int, ...]
    kinds: Counter[str]


def infer(paths: Sequence[Path]) -> Found:
    """Infer the intervals of all dated articles of these files, and compare them with the true days."""
    articles = inferred = held = 0
    widths: list[int] = []
    behind: list[int] = []
    kinds: Counter[str] = Counter()
    for true, raw in dated(paths):
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
    return Found(articles, inferred, held, tuple(widths), tuple(behind), kinds)


def scored(found: Found, gold: str) -> list[Score]:
    """Return how many are inferred, how often they are right, how narrow they are."""

    widths = found.widths
    figures: tuple[tuple[str, float, str, Better], ...] = (
        ("publication intervals: right of those inferred", share(found.held, found.inferred), "%", "higher"),
        (HELD, found.held, "articles", "higher"),
        (INFERRED, found.inferred, "articles", "higher"),
        (UNKNOWN, found.articles - found.inferred, "articles", "lower"),
        (CLOSED, len(widths), "articles", "higher"),
        (WIDTH, median(widths or [0]), "days", "lower"),
        ("publication intervals: closed, and within a year", sum(w <= 366 for w in widths), "articles", "higher"),
    )
    return [Score(what, gold, value, unit, better, COMMAND) for what, value, unit, better in figures]


def scores() -> list[Score]:
    """Return all scores on the dated articles of PolNeAR. Raises FileNotFoundError if there is no gold."""
    folder = gold_folder()
    found = infer([folder / name for name in GOLD_FILES])
    return scored(found, f"PolNeAR, {found.articles} articles")


def across(paths: Sequence[Path], known: int = 0) -> tuple[Found, list[tuple[int | None, bool]]]:
    """Infer the intervals of all articles as one corpus. Only every `known`th article has its publication day, and is
    not judged. Also returns, for each judged article that shares an utterance or event with another, the days of its
    interval (None if open), and whether another article dates it to the day."""
    true: dict[str, date] = {}
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "raw")
        raw.mkdir()
        with (raw / "gold.jsonl").open("w", encoding="utf-8") as file:
            for number, (day, text) in enumerate(dated(paths)):
                given = bool(known) and number % known == 0
                record = {"id": str(number), "text": text} | ({"published": day.isoformat()} if given else {})
                file.write(json.dumps(record) + "\n")
                if not given:
                    true[f"gold.jsonl#{number}"] = day
        settings = Settings(raw=raw, warehouse=Path(folder, "warehouse"))
        store = Store(settings.warehouse)
        update_from_raw_folder(store, settings, lambda _: None)
        update_article_stages(store, DOCUMENT_STAGES, STAGES, settings, lambda _: None)
        for stage in CORPUS_STAGES:
            derive_corpus(store, stage, settings, lambda _: None)
        with store.open() as connection:
            rows = query(connection, _ACROSS).to_dicts()
    return _judged([(true[row["source"]], row) for row in rows if row["source"] in true])


_ACROSS = """
SELECT source, published_earliest AS earliest, published_latest AS latest,
    document_id IN (SELECT document_id FROM stored.evidence_keys WHERE key NOT LIKE 'told/%') AS shares,
    document_id IN (
        SELECT mine.document_id FROM stored.evidence_keys AS mine JOIN stored.evidence_keys AS other USING (key)
        LEFT JOIN published.dates AS day ON day.date_id = other.item
        LEFT JOIN published.quotes AS quote ON quote.quote_id = other.item
        WHERE other.document_id <> mine.document_id AND mine.key NOT LIKE 'told/%'
            AND (day.earliest = day.latest OR quote.said_earliest = quote.said_latest)
    ) AS dated,
    (SELECT list(evidence) FROM published.date_bounds AS b WHERE b.target_id = d.document_id AND target = 'publication')
        AS kinds
FROM published.documents AS d ORDER BY source
"""


def _judged(rows: Sequence[tuple[date, dict[str, Any]]]) -> tuple[Found, list[tuple[int | None, bool]]]:
    held = inferred = 0
    widths: list[int] = []
    behind: list[int] = []
    shared: list[tuple[int | None, bool]] = []
    kinds: Counter[str] = Counter()
    for true, row in rows:
        earliest, latest = row["earliest"], row["latest"]
        width = (latest - earliest).days + 1 if earliest and latest else None
        if row["shares"]:
            shared.append((width, row["dated"]))
        kinds.update(row["kinds"] or ())
        if earliest is None and latest is None:
            continue
        inferred += 1
        held += (earliest or true) <= true <= (latest or true)
        if earliest:
            behind.append((true - earliest).days)
        if width is not None:
            widths.append(width)
    return Found(len(rows), inferred, held, tuple(widths), tuple(behind), kinds), shared


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("gold", type=Path, nargs="*")
    parser.add_argument("--without-offices", action="store_true", help="leave the terms of office aside")
    parser.add_argument("--across", action="store_true", help="as other articles of the folder narrow them")
    parser.add_argument("--known", type=int, default=0, metavar="EVERY", help="give every so many their true day")
    given = parser.parse_args()
    if given.without_offices:
        # No name matches: the terms bound nothing.
        offices._surnames = lambda: re.compile(r"(?!)")  # type: ignore[assignment]
    paths = given.gold or [gold_folder() / name for name in GOLD_FILES]
    if given.across:
        found, shared = across(paths, given.known)
        for what, widths in (
            ("share an utterance or event", [width for width, _ in shared]),
            ("share one that another article dates to the day", [width for width, dated in shared if dated]),
        ):
            closed = sum(width is not None and width <= MAX_DAYS for width in widths)
            print(f"{what}: {len(widths)}, of these closed within {MAX_DAYS} days: {closed}")
    else:
        found = infer(paths)
    print(table({f"{found.articles} articles": scored(found, "")}))
    if found.days_after_lower_bound:
        print(f"first day before the true day: median {median(found.days_after_lower_bound):.0f} days")
    for kind, times in found.kinds.most_common():
        print(f"{kind:28} {times:5}")


if __name__ == "__main__":
    main()
