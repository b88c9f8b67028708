"""Run article-wise stages on the whole warehouse: in its one file, or shard by shard.

A worker updates a shard's file, and returns a few numbers, which this process writes to the manifest. No rows pass
through this process. Rows and their ledger lines are written in one transaction, so a shard whose worker died is given
to another one. With an object store (warehouse.shard_storage), a worker updates a copy, and sends it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from assets.build.engine import EngineError
from assets.build.engine.shards import workplace
from assets.build.incremental import Progress, Report, StageSummary, steps, update_article_stages
from assets.build.shard import ShardUpdate, StoredShardUpdate
from assets.runs.error_messages import error_line, needs_no_traceback
from assets.settings import Settings
from pipeline.stage import Stage
from pipeline.stages import DOCUMENT_STAGES
from warehouse import ledger, shard_storage, shards
from warehouse.change_counts import Changes
from warehouse.pending import removed_documents
from warehouse.shard_cache import StoredShard
from warehouse.shard_tasks import Task
from warehouse.shards import Layout, Part
from warehouse.store import Store
from warehouse.text import counted

# Receives the prefix of an updated shard, and what each of the selected stages did there.
type Updated = Callable[[str, Sequence[StageSummary]], None]


class ShardsFailed(EngineError):
    """Some shards could not be updated; all others are. `prefixes`: those of the failed shards."""

    def __init__(self, message: str, prefixes: frozenset[str]) -> None:
        super().__init__(message)
        self.prefixes = prefixes


def derive_articles(
    store: Store,
    selected: Sequence[Stage],
    stages: Sequence[Stage],
    settings: Settings,
    report: Report,
    prefixes: Sequence[str] | None = None,
    updated: Updated = lambda *_: None,
) -> list[StageSummary]:
    """Update article-wise stages, in the shards of these `prefixes` (default: in the whole warehouse). Returns what
    each did, in order. Raises EngineError; StoreError, also if `reshard` changes the number of shards before the end;
    ShardsFailed after the other shards were updated."""
    count = 16 ** len(prefixes[0]) if prefixes else shards.layout(store.folder).count
    if count == 1:
        return update_article_stages(replace(store, count=1), selected, stages, settings, report)
    begin = time.monotonic()
    address = settings.shard_storage
    if address:
        shard_storage.synchronise(store, address)
    found, wanted = _made_from(store, count, selected, stages, settings)
    again = settings.force or settings.retry_failed
    asked = found.prefixes if prefixes is None else prefixes
    due = [name for name in asked if again or _left(found.parts.get(name), *wanted[name])]
    store.update_parts(count, dict.fromkeys(due))
    # Large ones first: no worker begins one when the others are done.
    due.sort(key=lambda name: -wanted[name][0])
    tasks = _tasks(store, found, due, selected, stages, settings)
    outcomes: list[Sequence[StageSummary]] = []
    documents = sum(wanted[name][0] for name in due)
    failed: dict[str, Exception] = {}
    every = {stage.name for stage in selected} >= {stage.name for stage in stages if not stage.corpus_wide}
    with closing(workplace(settings, len(tasks), documents)) as place:
        for done in place.run(tasks, lambda task, error: _keep(failed, task, error)):
            part = replace(done.part, made_from=wanted[done.prefix][1] if every and not done.part.failed else None)
            if done.object:
                found = shard_storage.commit(store, address, count, done.prefix, part, done.object)
            else:
                found = store.update_parts(count, {done.prefix: part})
            outcomes.append(done.outcomes)
            updated(done.prefix, done.outcomes)
            for stage in selected:
                report(Progress(stage.name, len(outcomes), len(tasks), time.monotonic() - begin))
    if address:
        shard_storage.clean(store, address)
    if failed:
        shards.planned_layout(store.folder, count)  # after a `reshard`, its error says why files are gone
        lines = [f"{name}: {error_line(error)}" for name, error in sorted(failed.items())]
        many = counted(len(failed), "shard")
        first = next(iter(failed.values()))
        lost = frozenset(name for name, task in zip(due, tasks, strict=True) if task.name in failed)
        raise ShardsFailed(f"{many} of {len(asked)} failed: {'; '.join(lines)}", lost) from first
    return _together(selected, found, outcomes, time.monotonic() - begin)


def _tasks(
    store: Store,
    found: Layout,
    due: Sequence[str],
    selected: Sequence[Stage],
    stages: Sequence[Stage],
    settings: Settings,
) -> Sequence[ShardUpdate | StoredShardUpdate]:
    """Return the tasks that update these shards. Sends the main file to an object store if workers read it there."""
    work = tuple(selected), tuple(stages), settings
    if found.stored is None or not settings.shard_storage or not due:
        return [ShardUpdate(store.folder, name, *work) for name in due]
    main = shard_storage.send_main(store, settings.shard_storage)
    tables = Layout(found.count, found.contract, found.form)
    names = found.stored.objects
    place = settings.shard_storage, found.stored.warehouse
    return [StoredShardUpdate(StoredShard(*place, name, names[name], main, tables), *work) for name in due]


def _keep(failed: dict[str, Exception], task: Task, error: Exception) -> None:
    """Keep the error of a shard, so that the others are updated. Raises one that nobody expects."""
    if not needs_no_traceback(error):
        raise error
    failed[task.name] = error


def forget_quarantined(store: Store, settings: Settings) -> None:
    """Delete the rows of quarantined articles in the shards. Their raw records' ledger lines are already deleted in the
    main file: after a kill, the next build deletes the rows."""
    ledger_stages = steps(settings, DOCUMENT_STAGES)
    count = shards.layout(store.folder).count
    for part in store.parts:
        with part.open() as connection:
            lost = any(removed_documents(connection, step) for step in ledger_stages.values())
        if not lost:
            continue
        # The article may come back with the raw record that the manifest names. The main file's lock is not taken while
        # the shard is open: its holder may wait for the shard.
        store.update_parts(count, {part.folder.name: None})
        with part.open() as connection:
            for step in ledger_stages.values():
                ledger.forget(connection, step, removed_documents(connection, step))


def _left(part: Part | None, documents: int, made_from: str) -> bool:
    """Whether documents may be pending in a shard that should have `documents` documents with the hash `made_from`."""
    if part is None:
        return True
    empty = not (documents or part.failed or any(part.rows.values()))
    return not empty and part.made_from != made_from


def _made_from(
    store: Store, count: int, selected: Sequence[Stage], stages: Sequence[Stage], settings: Settings
) -> tuple[Layout, Mapping[str, tuple[int, str]]]:
    """Return the layout, and prefix -> how many documents the shard should have, and the SHA-256 of their inputs.
    Raises StoreError if there are no longer `count` shards."""
    ledger_stages = steps(settings, stages)
    keys = [f"{name} {step.key} {step.seconds}" for name, step in ledger_stages.items()]
    with store.writing() as connection:  # has waited for a `reshard`
        found = shards.planned_layout(store.folder, count)
        sums = {prefix: (n, total) for prefix, n, total in shards.made_from(connection, len(found.prefixes[0]))}
    out = {}
    for prefix in found.prefixes:
        documents, total = sums.get(prefix, (0, ""))
        out[prefix] = documents, hashlib.sha256("\n".join([total, *keys]).encode()).hexdigest()
    return found, out


def _together(
    selected: Sequence[Stage], found: Layout, outcomes: Sequence[Sequence[StageSummary]], seconds: float
) -> list[StageSummary]:
    """Return what each stage did in all shards. Divides the seconds in proportion to those of the workers."""
    out = []
    left = seconds
    worked = sum(one.seconds for each in outcomes for one in each)
    for place, stage in enumerate(selected):
        mine = [each[place] for each in outcomes]
        took = seconds * (sum(one.seconds for one in mine) / worked if worked else 1 / len(selected))
        left -= took
        changes = {name: sum((one.changes[name] for one in mine), Changes()) for name in stage.writes}
        rows = {name: sum(part.rows.get(name, 0) for part in found.parts.values()) for name in stage.writes}
        out.append(
            StageSummary(
                stage.name,
                sum(one.computed for one in mine),
                sum(one.removed for one in mine),
                sum(one.failed for one in mine),
                took,
                rows,
                changes,
                sum(one.articles for one in mine),
                max(0.0, left),
            )
        )
    return out
