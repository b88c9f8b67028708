"""Purge from Dagster's run history what it may show of withdrawn articles.

Imports Dagster inside functions only: a build with nothing to do calls `purge_needed`.
Previews, charts and examples of earlier runs hold a few words of articles, and Dagster can delete a run or the events
of an asset, but no single cell: so all runs are deleted before a run starts. The words leave the tables when that run
makes a release; if other runs in between have shown them again, the next build purges again. A file beside the database
lists the articles of which the history shows nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.contract import TABLES
from warehouse import files
from warehouse.store import Store
from warehouse.text import counted
from warehouse.withdrawal import lists

if TYPE_CHECKING:
    import dagster as dg

FILE = "history.json"
# In the file: articles of which the history shows nothing, and those for which it was purged before the run that
# removes them from the tables.
CLEAN, FORGOTTEN = "clean", "forgotten"
# Tag of the one run that remains, in which nothing was done: users see it instead of the history.
KEEP_TAG = "onrecord/history"


def purge_needed(warehouse: Path) -> bool:
    """Return whether the history may hold words of withdrawn articles. Raises StoreError if the list cannot be read."""
    return bool(lists.withdrawn(warehouse).keys() - _read(warehouse)[CLEAN])


def mark_history_dirty(warehouse: Path, document_id: str) -> None:
    """Mark the history as possibly showing this article. Call inside the transaction that withdraws or restores it."""
    if (warehouse / FILE).exists():
        _write(warehouse, **{name: ids - {document_id} for name, ids in _read(warehouse).items()})


def purge_history(instance: dg.DagsterInstance, warehouse: Path) -> int | None:
    """Delete all runs, events, logs and results of assets and checks if withdrawn articles may appear in them and no
    run is active. Returns how many runs, or None if nothing was done. Call it before a run is started."""
    import dagster as dg

    from assets.patches.dagster_event_log import PooledEventLog
    from assets.runs.stale_runs import unfinished

    store = Store(warehouse)
    with store.locked():
        names = lists.withdrawn(warehouse).keys()
        if not purge_needed(warehouse) or unfinished(instance):
            return None
        runs = instance.get_runs()
        # If no event is left, SQLite numbers them from 1 again, and the sensor of failed runs would miss new ones.
        stays = dg.DagsterRun("build", status=dg.DagsterRunStatus.CANCELED, tags={KEEP_TAG: "true"})
        instance.report_run_canceled(instance.add_run(stays), purge_message(_real_runs(runs)))
        with _secure_delete():
            # Assets first: if this is interrupted, runs are left, and it is repeated.
            keys = {*instance.get_asset_keys(), *(dg.AssetKey(table.name) for table in TABLES)}
            instance.wipe_assets(sorted(keys))
            for run in runs:
                forget_run(instance, run.run_id)
        if isinstance(instance.event_log_storage, PooledEventLog):
            instance.event_log_storage.close()
        _write(warehouse, clean=_read(warehouse)[CLEAN] & names, forgotten=set(names))
    return _real_runs(runs)


def forget_run(instance: dg.DagsterInstance, run: str) -> None:
    """Delete a run with its events and logs."""
    instance.compute_log_manager.delete_logs(prefix=[run])
    instance.delete_run(run)
    # In SQLite each run's events have their own file, which Dagster would leave there: empty, but megabytes.
    file = getattr(instance.event_log_storage, "path_for_shard", None)
    if file is not None:
        for suffix in ("", "-wal", "-shm"):
            Path(file(run) + suffix).unlink(missing_ok=True)


def _real_runs(runs: Sequence[dg.DagsterRun]) -> int:
    return sum(KEEP_TAG not in run.tags for run in runs)


def purge_message(runs: int) -> str:
    """Return the message for users."""
    runs_of = counted(runs, "run")
    return (
        f"Articles were withdrawn: Dagster's run history ({runs_of}) was deleted, because its previews may "
        "have shown them."
    )


def mark_history_clean(instance: dg.DagsterInstance, warehouse: Path) -> None:
    """Mark the history as clean after a release if its run is the only one since the purge."""
    with Store(warehouse).locked():
        known = _read(warehouse)
        # An article that is no longer withdrawn may be withdrawn again.
        clean = known[CLEAN] & lists.withdrawn(warehouse).keys()
        forgotten = known[FORGOTTEN]
        if forgotten and _real_runs(instance.get_runs()) == 1:
            clean, forgotten = clean | forgotten, set()
        if {CLEAN: clean, FORGOTTEN: forgotten} != known:
            _write(warehouse, clean, forgotten)


def _read(warehouse: Path) -> dict[str, set[str]]:
    try:
        known = json.loads((warehouse / FILE).read_text(encoding="utf-8"))
        return {name: set(known[name]) for name in (CLEAN, FORGOTTEN)}
    except (OSError, ValueError, KeyError, TypeError):
        return {CLEAN: set(), FORGOTTEN: set()}  # the history is then purged again


def _write(warehouse: Path, clean: set[str], forgotten: set[str]) -> None:
    text = json.dumps({CLEAN: sorted(clean), FORGOTTEN: sorted(forgotten)}) + "\n"
    files.atomic_write(warehouse / FILE, text)


@contextmanager
def _secure_delete() -> Iterator[None]:
    """Within this context, SQLite overwrites what it deletes, and does not only free it."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    event.listen(Engine, "connect", _overwrite)
    try:
        yield
    finally:
        event.remove(Engine, "connect", _overwrite)


def _overwrite(connection: Any, _: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA secure_delete=ON")
