"""Update one shard: the work of a worker."""

from __future__ import annotations

import hashlib

from assets.build.engine.shards import Done, Task
from assets.build.incremental import Report, update_article_stages
from warehouse import ledger, shards, states
from warehouse.failures import by_stage
from warehouse.shards import Part
from warehouse.sql import written
from warehouse.store import Store


def work(task: Task, report: Report = lambda _: None) -> Done:
    """Run the pending stages on the documents of a shard, in the shard's file. Raises StoreError, EngineError.

    Waits for a worker that has the shard: it may be of a killed build, and what it read may have changed since.
    """
    store = Store(task.folder).shard(task.prefix)
    with store.worked_on():
        return _worked(store, task, report)


def _worked(store: Store, task: Task, report: Report) -> Done:
    outcomes = update_article_stages(store, task.selected, task.stages, task.settings, report)
    with store.writing() as connection:
        rows = ledger.counts(connection, [table.name for table in shards.ARTICLE_TABLES])
        failed = sum(by_stage(connection).values())
        found = states.read(connection, written(connection))
    state = hashlib.sha256("\n".join(f"{name} {found[name]}" for name in sorted(found)).encode()).hexdigest()
    seconds = sum(outcome.seconds for outcome in outcomes)
    return Done(task.prefix, Part(rows, state, failed, round(seconds, 3)), tuple(outcomes))
