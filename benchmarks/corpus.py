"""Cost of the corpus-wide stages `duplicates` and `statements`: `uv run python -m benchmarks.corpus [SIZE ...]`.

The part `corpus` of `python -m benchmarks`.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import batched, islice
from pathlib import Path
from typing import Any

from assets.build.incremental import derive_corpus
from assets.settings import Settings
from benchmarks.articles import MONTHS, articles
from benchmarks.figures import Figure
from benchmarks.whole import peak, reset_peak
from pipeline.contract import BY_NAME, LEDGER, ids
from pipeline.contract.schema import frame
from pipeline.stages import BY_NAME as ALL
from warehouse.sql import transaction
from warehouse.store import Store
from warehouse.writes import insert

STAGES = {name: ALL[name] for name in ("duplicates", "statements")}
SIZES = (1_000, 10_000)
# The sizes for which the aim holds.
AIMED = (1_000, 10_000)
# Articles inserted at a time.
BATCH = 2_000
STAMP = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}}) - ")
SAID = re.compile(r"“([^”]+)”|(?<=[a-z] that )([^.“”\n]{20,400})(?=\.)")
NAME = re.compile(r"[A-Z][a-z]{3,}(?= (?:said|added|stated|argued|warned|announced|explained|insisted|noted|told))")
# One speaker in this many stays unknown.
UNKNOWN = 12


def fill(store: Store, texts: Iterator[str], count: int, first: int = 0) -> None:
    """Insert rows of `documents`, `quotes` and `resolutions`, as the stages before would make them, with their ledger
    lines. `first`: the number of the first article."""
    for part in batched(enumerate(islice(texts, count), first), BATCH):
        made: dict[str, list[dict[str, Any]]] = {"documents": [], "quotes": [], "resolutions": []}
        for number, text in part:
            rows = _rows(number, text)
            for name, kept in made.items():
                kept += rows[name]
        with store.open() as connection, transaction(connection):
            for name, kept in made.items():
                insert(connection, BY_NAME[name], frame(BY_NAME[name].stored, kept))
            names = [row["document_id"] for row in made["documents"]]
            lines = [
                {"stage": stage, "document_id": name, "fingerprint": "0" * 64}
                for stage in ("documents", "quotes", "entities")
                for name in names
            ]
            insert(connection, LEDGER, frame(LEDGER.stored, lines))


def _rows(number: int, text: str) -> dict[str, list[dict[str, Any]]]:
    name = ids.document_id(f"article {number}")
    stamp = STAMP.search(text)
    day = date(int(stamp[3]), MONTHS.index(stamp[2]) + 1, int(stamp[1])) if stamp else None
    document = dict.fromkeys(c.name for c in BY_NAME["documents"].stored) | {
        **{"document_id": name, "source": f"{number}.txt", "content_sha256": "0" * 64, "encoding": "utf-8"},
        **{"published_on": day, "published_earliest": day, "published_latest": day, "licence_basis": "unknown"},
        **{"published_basis": "text" if day else "unknown", "characters": len(text), "words": len(text.split())},
        "text": text,
    }
    spans = [(m.start(1), m[1], "direct") if m[1] else (m.start(2), m[2], "indirect") for m in SAID.finditer(text)]
    names = ids.quote_ids(name, [(kind, said) for _, said, kind in spans])
    quotes: list[dict[str, Any]] = []
    chains: dict[str, int] = {}
    for quote_id, (start, said, kind) in zip(names, spans, strict=True):
        who = NAME.search(text, start + len(said)) if number % UNKNOWN else None
        # A second quoted sentence on the same line belongs to the first.
        joined = bool(quotes) and kind == "direct" and 0 < start - quotes[-1]["end"] < 40
        chain = chains.setdefault(who[0], len(chains)) if who else None
        quotes.append(
            dict.fromkeys(c.name for c in BY_NAME["quotes"].stored)
            | {"quote_id": quote_id, "document_id": name, "sentence_id": f"{name}:s0-1", "start": start}
            | {"end": start + len(said), "text": said, "kind": kind, "speaker_basis": "name" if who else "unknown"}
            | {"part_of": (quotes[-1]["part_of"] or quotes[-1]["quote_id"]) if joined else None}
            | {"speaker": who[0] if who else None, "speaker_chain": chain, "class": "statement", "confidence": 0.9}
        )
    led = [
        {"document_id": name, "chain": chain, "form": who, "blocks": [], "entity_id": ids.digest("entity", who)}
        for who, chain in chains.items()
    ]
    return {"documents": [document], "quotes": quotes, "resolutions": led}


def run_stage_in_new_process(stage: str, warehouse: Path) -> dict[str, Any]:
    """Run the stage on this store, from scratch, in a new process."""
    command = [sys.executable, "-m", "benchmarks.corpus", "--one", stage, str(warehouse)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def run_stage_here(stage: str, warehouse: Path) -> dict[str, Any]:
    """Run the stage in this process. Returns CPU seconds, memory before, peak memory, rows."""
    reset_peak()
    before, begin = peak(), time.process_time()
    outcome = derive_corpus(Store(warehouse), STAGES[stage], Settings(warehouse=warehouse), lambda _: None)
    return {"cpu": time.process_time() - begin, "before_mb": before, "peak_mb": peak(), "rows": dict(outcome.rows)}


def corpus(sizes: Sequence[int] = SIZES, length: float = 1) -> list[Figure]:
    """Measure both stages at each size, the smallest first."""
    sizes = sorted(sizes)
    out: list[Figure] = []
    peaks: dict[str, list[float]] = {name: [] for name in STAGES}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
            texts = articles(length=length)
            fill(Store(Path(folder)), texts, size)
            for name in STAGES:
                found = run_stage_in_new_process(name, Path(folder))
                peaks[name].append(found["peak_mb"])
                out += [
                    Figure(f"{size:,} articles: {name}", 1000 * found["cpu"] / size, "CPU ms an article"),
                    Figure(f"{size:,} articles: {name}, rows", found["rows"][name], "rows"),
                    Figure(f"{size:,} articles: {name}, memory at most", found["peak_mb"], "MB"),
                    Figure(f"{size:,} articles: {name}, more than before", found["peak_mb"] - found["before_mb"], "MB"),
                ]
            out += one_more(Path(folder), texts, size)
    only = "" if (sizes[0], sizes[-1]) == AIMED else "from {:,} to {:,} articles".format(*AIMED)
    if len(sizes) > 1:
        out += [
            Figure(
                f"{name}: memory, last size against first", 100 * (found[-1] / found[0] - 1), "% more", None, 5, only
            )
            for name, found in peaks.items()
        ]
    return out


def one_more(warehouse: Path, texts: Iterator[str], size: int) -> list[Figure]:
    """Measure both stages after one more article in a store of that size."""
    out = []
    fill(Store(warehouse), texts, 1, first=size)
    for name in STAGES:
        found = run_stage_in_new_process(name, warehouse)
        out += [
            Figure(f"one new article among {size:,}: {name}", 1000 * found["cpu"], "CPU ms"),
            Figure(f"one new article among {size:,}: {name}, memory at most", found["peak_mb"], "MB"),
        ]
    return out


def main() -> None:
    """Print the table."""
    from benchmarks.figures import table

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--length", type=float, default=1, help="of the articles, of some 400 words (default: 1)")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(run_stage_here(asked.one[0], Path(asked.one[1]))))
    else:
        print(table("corpus", corpus(asked.sizes, asked.length)))


if __name__ == "__main__":
    main()
