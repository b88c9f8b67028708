"""Work on shards: throughput of eight workers and of one (`shards`), and the driver's part of a build (`driver`).

In `shards` a stand-in that waits replaces the model, because a machine of two cores cannot run eight workers. This
measures reading, writing and waiting for locks, without intake. `driver` runs all steps of a build with the model.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from assets.build.articles import derive_articles
from assets.build.engine.shards import runner
from assets.build.incremental import derive_corpus, update_from_raw_folder
from assets.build.screening import screen_and_quarantine
from assets.patches.great_expectations_modules import before_import
from assets.release import make_release
from assets.settings import Settings
from benchmarks.figures import Figure
from expectations.check_runner import run_checks
from pipeline.contract import BY_NAME
from pipeline.options import Options
from pipeline.stage import Article, Rows, Rules, Stage
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES
from pipeline.stages import STAGES as ALL_STAGES
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


def driver(raw: Path) -> list[Figure]:
    """Measure the CPU time of the driver and of its workers in each step of a build with 16 shards."""
    out: list[Figure] = []
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(raw=raw, warehouse=Path(place, "warehouse"), engine="process", workers=2)
        store = Store(settings.warehouse)
        reshard(store, SHARDS)
        driver, workers = 0.0, 0.0
        for name, step in _steps(store, settings):
            before = os.times()
            step()
            after = os.times()
            mine = after.user + after.system - before.user - before.system
            theirs = sum(after[2:4]) - sum(before[2:4])
            out += [Figure(f"{name}: driver", mine, "CPU s"), Figure(f"{name}: workers", theirs, "CPU s")]
            driver, workers = driver + mine, workers + theirs
    return [*out, Figure("the driver, of the whole build", 100 * driver / (driver + workers), "%")]


def _steps(store: Store, settings: Settings) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the steps of a build, in order."""

    def check() -> None:
        with runner(settings) as run:
            run_checks(store, settings.judged_on, run=run, prepare=before_import)

    yield "intake", lambda: update_from_raw_folder(store, settings, lambda _: None)
    yield "article-wise stages", lambda: derive_articles(store, DOCUMENT_STAGES, ALL_STAGES, settings, lambda _: None)
    yield "screening", lambda: screen_and_quarantine(store, settings)
    for stage in CORPUS_STAGES:
        yield stage.name, partial(derive_corpus, store, stage, settings, lambda _: None)
    yield "checks", check
    yield "release", lambda: make_release(settings)
