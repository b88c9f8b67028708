"""Compare eight workers on shards with one: throughput, and CPU time of the driver.

A stand-in that waits replaces the model, because a machine of two cores cannot run eight workers. This measures
reading, writing and waiting for locks, without intake.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from assets.build.articles import derive_articles
from assets.build.incremental import update_from_raw_folder
from assets.settings import Settings
from benchmarks.figures import Figure
from pipeline.contract import BY_NAME
from pipeline.options import Options
from pipeline.stage import Article, Rows, Rules, Stage
from warehouse.reshard import reshard
from warehouse.store import Store

SHARDS, WORKERS = 16, 8
# Seconds per article: four times the time of the stages on one core, so that two cores suffice for eight writers.
SECONDS = 0.1


def _documents(articles: Sequence[Article], _: Options) -> Iterator[Rows]:
    """The text as it is."""
    for article in articles:
        (raw,) = article["raws"]
        row = dict.fromkeys(column.name for column in BY_NAME["documents"].stored) | {
            **{name: raw[name] for name in ("document_id", "source", "content_sha256", "encoding", "text")},
            **{"published_basis": "unknown", "licence_basis": "unknown"},
            **{"words": len(raw["text"].split()), "characters": len(raw["text"])},
        }
        yield {"documents": [row], "edits": []}


def _sentences(articles: Sequence[Article], _: Options) -> Iterator[Rows]:
    """Wait, then make each line a sentence."""
    for article in articles:
        time.sleep(SECONDS)
        (document,) = article["documents"]
        name, start, rows = document["document_id"], 0, []
        for position, line in enumerate(document["text"].splitlines()):
            if line:
                place = {"position": position, "role": "body", "start": start, "end": start + len(line), "text": line}
                rows.append({"sentence_id": f"{name}:s{start}-{start + len(line)}", "document_id": name, **place})
            start += len(line) + 1
        yield {"sentences": rows}


STAGES = (
    Stage("documents", "articles", ("raws",), ("documents", "edits"), Rules("stand-in", _documents)),
    Stage("sentences", "articles", ("documents",), ("sentences",), Rules("stand-in", _sentences)),
)


def shards(raw: Path) -> list[Figure]:
    """Measure articles per second of one and of eight workers, and the driver's CPU time."""
    out: list[Figure] = []
    speed: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as place:
        for workers in (1, WORKERS):
            settings = Settings(raw=raw, warehouse=Path(place, str(workers)), engine="process", workers=workers)
            store = Store(settings.warehouse)
            reshard(store, SHARDS)
            update_from_raw_folder(store, settings, lambda _: None)
            begin, used = time.monotonic(), time.process_time()
            outcomes = derive_articles(store, STAGES, STAGES, settings, lambda _: None)
            seconds, used = time.monotonic() - begin, time.process_time() - used
            done = outcomes[-1].computed
            speed[workers] = done / seconds
            out += [
                Figure(f"{workers} workers", done / seconds, "articles a second"),
                Figure(f"the driver of {workers}", 1000 * used / done, "CPU ms an article"),
                Figure(f"the driver of {workers}, of the workers' time", 100 * used / (workers * seconds), "%", most=5),
            ]
    return [*out, Figure(f"{WORKERS} workers against one", speed[WORKERS] / speed[1], "times the throughput", least=6)]
