"""Update one shard: the work of a worker."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.build.incremental import Report, StageSummary, update_article_stages
from assets.settings import Settings
from pipeline.stage import Stage
from warehouse import ledger, shards, states
from warehouse.failures import by_stage
from warehouse.shards import Part
from warehouse.sql import written
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class Done:
    """The result of an update: the shard's entry in the manifest, and what each stage did."""

    prefix: str
    part: Part
    outcomes: Sequence[StageSummary]


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
        store = Store(self.folder).shard(self.prefix)
        with store.worked_on():
            outcomes = update_article_stages(store, self.selected, self.stages, self.settings, alive)
            with store.writing() as connection:
                rows = ledger.counts(connection, [table.name for table in shards.ARTICLE_TABLES])
                failed = sum(by_stage(connection).values())
                found = states.read(connection, written(connection))
        state = hashlib.sha256("\n".join(f"{name} {found[name]}" for name in sorted(found)).encode()).hexdigest()
        seconds = sum(outcome.seconds for outcome in outcomes)
        return Done(self.prefix, Part(rows, state, failed, round(seconds, 3)), outcomes)
