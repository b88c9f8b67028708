"""Entities of a growing corpus: `uv run python -m benchmarks.resolution [SIZE]`.

On generated articles (benchmarks.names): how the time of the stage `entities` grows from a tenth of SIZE (10,000) to
SIZE, what it costs to add a hundredth more beside a rebuild, whether both give the same rows, and how many entity ids
change when a corpus doubles: by later articles, as an archive grows, and by any articles. Seconds are the process's
own; the fastest of two runs counts.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from assets.derive import derive_corpus
from assets.settings import Settings
from assets.stages import ENTITIES
from benchmarks.names import World
from pipeline import ids, rows
from pipeline.schema import frame
from pipeline.tables import BY_NAME
from warehouse import ledger
from warehouse.store import Store, insert, transaction

START = date(2015, 1, 1)
# An article an hour.
A_DAY = 24


def fill(store: Store, world: World, numbers: Sequence[int]) -> float:
    """Put the rows of `documents` and `chains` of these articles into the store, as the stages before would. Returns
    the seconds that the chains took."""
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
        chains += rows.chains({"mentions": mentions})["chains"]
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
            insert(connection, ledger.LEDGER, frame(ledger.LEDGER.stored, lines))
    return seconds


def resolve(store: Store) -> float:
    """Bring the entities up to date. Returns the seconds that it took."""
    begin = time.process_time()
    derive_corpus(store, ENTITIES, Settings(warehouse=store.folder), lambda _: None)
    return time.process_time() - begin


def built(folder: Path, world: World, numbers: Sequence[int]) -> tuple[Store, float, float]:
    """A store with these articles resolved from nothing, and the seconds for chains and entities."""
    store = Store(folder)
    return store, fill(store, world, numbers), resolve(store)


def content(store: Store) -> list[pl.DataFrame]:
    """The rows of the stage."""
    return [
        store.read("SELECT * FROM stored.entities ORDER BY entity_id"),
        store.read("SELECT * FROM stored.resolutions ORDER BY document_id, chain"),
    ]


def moved(before: Store, after: Store) -> tuple[int, int, int]:
    """Of the entities of a corpus: how many there were, how many ids are gone from the bigger one, and how many
    entities have most of their chains under another id now."""
    had, has = (content(store)[1].select("document_id", "chain", "entity_id") for store in (before, after))
    both = had.join(has, on=["document_id", "chain"], suffix="_now")
    most = both.group_by("entity_id", "entity_id_now").len().sort("len", "entity_id_now").group_by("entity_id").last()
    gone = had["entity_id"].unique().is_in(has["entity_id"].unique().to_list()).not_().sum()
    return most.height, int(gone), most.filter(pl.col("entity_id") != pl.col("entity_id_now")).height


def main() -> None:
    """Print the figures."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    small, more = size // 10, size // 100
    world = World()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = min(built(folder / f"few{n}", world, range(small))[2] for n in range(2))
        many, chains, whole = built(folder / "many", world, range(size))
        ratio, bound = whole / few, 10 * math.log(size) / math.log(small)
        print(f"{small:,} articles: {few:.2f} s; {size:,}: {whole:.2f} s; ratio {ratio:.1f} (n log n: {bound:.1f})")
        added_chains = fill(many, world, range(size, size + more))
        added = resolve(many)
        again, chains, whole = built(folder / "again", world, range(size + more))
        print(f"adding {more:,} to {size:,}: {added:.2f} s, a rebuild {whole:.2f} s: {added / whole:.1%}; ", end="")
        part = (added + added_chains) / (whole + chains)
        print(f"with chains {added + added_chains:.2f} of {whole + chains:.2f} s: {part:.1%}")
        same = all(a.equals(b) for a, b in zip(content(many), content(again), strict=True))
        print(f"the same rows as the rebuild: {'yes' if same else 'NO'}")
        half, full = range(size // 2), list(range(size))
        first, *_ = built(folder / "first", world, half)
        drawn = Random(1).sample(full, size // 2)
        other, *_ = built(folder / "other", world, drawn)
        both, *_ = built(folder / "both", world, full)
        for what, store in (("later", first), ("any", other)):
            entities, gone, changed = moved(store, both)
            print(
                f"doubled by {what} articles: of {entities:,} entities {gone:,} ids gone ({gone / entities:.2%}), "
                f"{changed:,} under another id ({changed / entities:.2%})"
            )


if __name__ == "__main__":
    main()
