"""Entities of a growing corpus: `uv run python -m benchmarks.resolution [SIZE]`.

On generated articles (benchmarks.names), measures how the time of the stage `entities` grows from a tenth of SIZE
(10,000) to SIZE; the cost of adding a hundredth more beside a rebuild; whether both give the same rows; and how many
entity ids change when a corpus doubles, by later articles, as an archive grows, and by any articles. Seconds are CPU
seconds of the process; the faster of two runs of the small corpus counts.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from assets.build.incremental import derive_corpus
from assets.settings import Settings
from benchmarks.names import World
from benchmarks.scores import Score, share, table
from pipeline.article import Article
from pipeline.contract import BY_NAME, LEDGER, ids
from pipeline.contract.schema import frame
from pipeline.stages import BY_NAME as STAGES
from warehouse.sql import transaction
from warehouse.store import Store
from warehouse.writes import insert

SIZE = 10_000
COMMAND = "benchmarks.resolution"
GOLD = "generated"
TIMES, DIFFER = "entities: time for ten times the articles", "entities: tables other than a rebuild's"
WITH_CHAINS = "entities: a hundredth more articles with their chains, beside a rebuild"
ALONE = "entities: a hundredth more articles without chains, beside a rebuild"
LATER, ANY = "entities: ids lost when later articles double it", "entities: ids lost when any articles double it"
# Tolerance for ratios of short runs: on one machine with other work they differed by a third.
TIMED = 0.5
START = date(2015, 1, 1)
# An article per hour.
A_DAY = 24


def fill(store: Store, world: World, numbers: Sequence[int]) -> float:
    """Insert the rows of `documents` and `chains` of these articles, as the stages before would. Returns the seconds
    for the chains."""
    documents: list[dict[str, Any]] = []
    chains: list[dict[str, Any]] = []
    seconds = 0.0
    for number in numbers:
        name = ids.document_id(f"article {number}")
        mentions, at = [], 0
        for text, label, chain, resolution in world.mentions(number):
            span = {"document_id": name, "start": at, "end": at + len(text)}
            mentions.append(span | {"text": text, "label": label, "chain": chain, "resolution": resolution})
            at += len(text) + 1
        begin = time.process_time()
        for made in STAGES["chains"].run([Article({"mentions": mentions})], Settings()):
            chains += made["chains"]
        seconds += time.process_time() - begin
        day = START + timedelta(days=number // A_DAY)
        row: dict[str, Any] = dict.fromkeys(c.name for c in BY_NAME["documents"].stored)
        row |= {"document_id": name, "source": name, "content_sha256": "0" * 64, "encoding": "utf-8", "text": "-"}
        row |= {"published_on": day, "published_earliest": day, "published_latest": day, "published_basis": "metadata"}
        documents.append(row | {"licence_basis": "unknown", "characters": 1, "words": 0})
    with store.open() as connection, transaction(connection):
        insert(connection, BY_NAME["documents"], frame(BY_NAME["documents"].stored, documents))
        insert(connection, BY_NAME["chains"], frame(BY_NAME["chains"].stored, chains))
        for stage in ("documents", "chains"):
            lines = [{"stage": stage, "document_id": d["document_id"], "fingerprint": "0" * 64} for d in documents]
            insert(connection, LEDGER, frame(LEDGER.stored, lines))
    return seconds


def resolve(store: Store) -> float:
    """Update the entities. Returns the seconds taken."""
    begin = time.process_time()
    derive_corpus(store, STAGES["entities"], Settings(warehouse=store.folder), lambda _: None)
    return time.process_time() - begin


def built(folder: Path, world: World, numbers: Sequence[int]) -> tuple[Store, float, float]:
    """Return a store with these articles resolved from scratch, and the seconds for chains and entities."""
    store = Store(folder)
    return store, fill(store, world, numbers), resolve(store)


def content(store: Store) -> list[pl.DataFrame]:
    """Return the rows of the stage."""
    return [
        store.read("SELECT * FROM stored.entities ORDER BY entity_id"),
        store.read("SELECT * FROM stored.resolutions ORDER BY document_id, chain"),
    ]


def moved(before: Store, after: Store) -> tuple[int, int, int]:
    """Return, for the entities of a corpus: their number, how many ids are gone from the bigger one, and how many
    entities now have most of their chains under another id."""
    had, has = (content(store)[1].select("document_id", "chain", "entity_id") for store in (before, after))
    both = had.join(has, on=["document_id", "chain"], suffix="_now")
    most = both.group_by("entity_id", "entity_id_now").len().sort("len", "entity_id_now").group_by("entity_id").last()
    gone = had["entity_id"].unique().is_in(has["entity_id"].unique().to_list()).not_().sum()
    return most.height, int(gone), most.filter(pl.col("entity_id") != pl.col("entity_id_now")).height


@dataclass(frozen=True, slots=True)
class Grown:
    """Measurements on a growing corpus.

    few, whole, added   seconds of the entities of a tenth, of all, of a hundredth more
    rebuilt             seconds of the entities of all and the hundredth, from scratch
    added_chains, rebuilt_chains   seconds of the chains of both
    differ              how many of the stage's tables differ from a rebuild
    later, any          entities, ids gone and ids changed when later articles double the corpus, and when any do
    """

    size: int
    few: float
    whole: float
    added: float
    added_chains: float
    rebuilt: float
    rebuilt_chains: float
    differ: int
    later: tuple[int, int, int]
    any: tuple[int, int, int]


def measure(size: int = SIZE) -> Grown:
    """Measure everything, each on a new store."""
    small, more = size // 10, size // 100
    world = World()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = min(built(folder / f"few{n}", world, range(small))[2] for n in range(2))
        many, _, whole = built(folder / "many", world, range(size))
        added_chains = fill(many, world, range(size, size + more))
        added = resolve(many)
        again, rebuilt_chains, rebuilt = built(folder / "again", world, range(size + more))
        differ = sum(not a.equals(b) for a, b in zip(content(many), content(again), strict=True))
        first, *_ = built(folder / "first", world, range(size // 2))
        other, *_ = built(folder / "other", world, Random(1).sample(list(range(size)), size // 2))
        both, *_ = built(folder / "both", world, range(size))
        later, any_ = moved(first, both), moved(other, both)
    return Grown(size, few, whole, added, added_chains, rebuilt, rebuilt_chains, differ, later, any_)


def scored(found: Grown) -> list[Score]:
    """Return scores for time that grows too fast, and for rows and ids that change."""
    chains = found.rebuilt + found.rebuilt_chains
    return [
        Score(TIMES, GOLD, found.whole / found.few, "times", "lower", COMMAND, TIMED),
        Score(WITH_CHAINS, GOLD, share(found.added + found.added_chains, chains), "%", "lower", COMMAND, TIMED),
        Score(ALONE, GOLD, share(found.added, found.rebuilt), "%", "lower", COMMAND, TIMED),
        Score(DIFFER, GOLD, found.differ, "tables", "lower", COMMAND),
        Score(LATER, GOLD, share(found.later[1], found.later[0]), "%", "lower", COMMAND),
        Score(ANY, GOLD, share(found.any[1], found.any[0]), "%", "lower", COMMAND),
    ]


def scores() -> list[Score]:
    """Return all scores at SIZE articles; no gold is needed."""
    return scored(measure())


def main() -> None:
    """Print the figures."""
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
    small, bound = found.size // 10, 10 * math.log(found.size) / math.log(found.size // 10)
    print(table({f"{found.size:,} articles": scored(found)}))
    print(f"{small:,} articles: {found.few:.2f} s; {found.size:,}: {found.whole:.2f} s (n log n: {bound:.1f} times)")
    print(f"{found.size // 100:,} more: {found.added:.2f} s and {found.added_chains:.2f} s for their chains; ", end="")
    print(f"a rebuild {found.rebuilt:.2f} s and {found.rebuilt_chains:.2f} s")
    for what, (entities, gone, changed) in (("later", found.later), ("any", found.any)):
        print(
            f"doubled by {what} articles: of {entities:,} entities {gone:,} ids gone, "
            f"{changed:,} under another id ({changed / entities:.2%})"
        )


if __name__ == "__main__":
    main()
