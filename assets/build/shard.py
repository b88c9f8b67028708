"""Update one shard: the work of a worker, on a disk that it shares with the driver, or through an object store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assets.build.incremental import UNDER_WAY, Report, StageSummary, update_article_stages
from assets.settings import Settings
from pipeline.stage import Stage
from warehouse import ledger, shards, states
from warehouse.failures import by_stage
from warehouse.shard_cache import StoredShard
from warehouse.shards import Part
from warehouse.sql import written
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class Done:
    """The result of an update: the shard's entry in the manifest, and what each stage did. `object`: the SHA-256 of the
    shard's new file in the object store; empty if the file is on the driver's disk."""

    prefix: str
    part: Part
    outcomes: Sequence[StageSummary]
    object: str = ""


@dataclass(frozen=True, slots=True)
class ShardUpdate:
    """Run the pending ones of the `selected` stages on the documents of a shard, in the shard's file. `stages`: all of
    the pipeline."""

    folder: Path
    prefix: str
    selected: tuple[Stage, ...]
    stages: tuple[Stage, ...]
    settings: Settings

    @property
    def name(self) -> str:
        """The shard."""
        return f"shard {self.prefix}"

    def run(self, alive: Report) -> Done:
        """Update the shard. Raises StoreError, EngineError.

        Waits for a worker that has the shard: it may be of a killed build, and what it read may have changed since.
        """
        return updated(Store(self.folder).shard(self.prefix), self.selected, self.stages, self.settings, alive)


@dataclass(frozen=True, slots=True)
class StoredShardUpdate:
    """Do the same as ShardUpdate with a shard of an object store. `apart`: a worker has died on it, so that articles
    run in a separate process."""

    shard: StoredShard
    selected: tuple[Stage, ...]
    stages: tuple[Stage, ...]
    settings: Settings
    apart: bool = False

    @property
    def name(self) -> str:
        """The shard."""
        return f"shard {self.shard.prefix}"

    def again(self, _deaths: int, _why: str) -> Sequence[StoredShardUpdate]:
        """Return the task for the next worker, which may be on another machine."""
        return [replace(self, apart=True)]

    def run(self, alive: Report) -> Done:
        """Fetch the shard, update the copy, and send it. Raises StoreError, EngineError, OSError."""
        with self.shard.checked_out() as store:
            if self.apart:
                (store.folder / UNDER_WAY).touch()
            settings = replace(self.settings, warehouse=self.shard.folder)
            done = updated(store, self.selected, self.stages, settings, alive)
            return replace(done, object=self.shard.send(store))


def updated(
    store: Store, selected: Sequence[Stage], stages: Sequence[Stage], settings: Settings, alive: Report
) -> Done:
    """Run the pending ones of the `selected` stages in a shard's file. Raises StoreError, EngineError."""
    with store.worked_on():
        outcomes = update_article_stages(store, selected, stages, settings, alive)
        with store.writing() as connection:
            rows = ledger.counts(connection, [table.name for table in shards.ARTICLE_TABLES])
            failed = sum(by_stage(connection).values())
            found = states.read(connection, written(connection))
    state = hashlib.sha256("\n".join(f"{name} {found[name]}" for name in sorted(found)).encode()).hexdigest()
    seconds = sum(outcome.seconds for outcome in outcomes)
    return Done(store.folder.name, Part(rows, state, failed, round(seconds, 3)), outcomes)
