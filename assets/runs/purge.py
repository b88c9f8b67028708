"""What Dagster's history may show of articles that were withdrawn since: it is forgotten.

Imports Dagster inside functions only: a build that has nothing to do asks here whether it is so.

Previews, pictures and examples of earlier runs hold a few words of articles, and Dagster can delete a run or the events
of an asset, not a cell of one: so all of them go, before a run is started. The words have left the tables when that run
has made a release; previews of other runs that came between may have shown them once more, and then the next build
forgets again. A file beside the database says of which articles nothing is left there.
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
# What the file has: articles of which the history holds nothing, and those for which it was forgotten before the run
# that is to take them out of the tables.
CLEAN, FORGOTTEN = "clean", "forgotten"
# The tag of the one run that stays, in which nothing was done: what people see in the place of the history.
STAYS = "onrecord/history"


def due(warehouse: Path) -> bool:
    """Whether the history may hold words of withdrawn articles. Raises StoreError where the list cannot be read."""
    return bool(lists.withdrawn(warehouse).keys() - _read(warehouse)[CLEAN])


def withdrawn(warehouse: Path, document_id: str) -> None:
    """Of an article that is withdrawn, or is no longer, the history is not known to hold nothing. Call it in the turn
    at the store that changes the tables."""
    if (warehouse / FILE).exists():
        _write(warehouse, **{name: ids - {document_id} for name, ids in _read(warehouse).items()})


def forget(instance: dg.DagsterInstance, warehouse: Path) -> int | None:
    """Where it is due and no run is under way, all runs go, with their events and logs, and what is kept of assets and
    checks. Returns how many runs; None where nothing was done. Call it before a run is started."""
    import dagster as dg

    from assets.patches.dagster_event_log import KeptEventLog
    from assets.runs.stale_runs import unfinished

    store = Store(warehouse)
    with store.locked():
        names = lists.withdrawn(warehouse).keys()
        if not due(warehouse) or unfinished(instance):
            return None
        runs = instance.get_runs()
        # SQLite numbers events from 1 again where none is left, and the sensor of failed runs would not see the new.
        stays = dg.DagsterRun("build", status=dg.DagsterRunStatus.CANCELED, tags={STAYS: "true"})
        instance.report_run_canceled(instance.add_run(stays), said(_worked(runs)))
        with _scrubbed():
            # Assets first: where this is cut short there are runs left, and it is done again.
            keys = {*instance.get_asset_keys(), *(dg.AssetKey(table.name) for table in TABLES)}
            instance.wipe_assets(sorted(keys))
            for run in runs:
                forget_run(instance, run.run_id)
        if isinstance(instance.event_log_storage, KeptEventLog):
            instance.event_log_storage.close()
        _write(warehouse, clean=_read(warehouse)[CLEAN] & names, forgotten=set(names))
    return _worked(runs)


def forget_run(instance: dg.DagsterInstance, run: str) -> None:
    """Delete a run with its events and logs."""
    instance.compute_log_manager.delete_logs(prefix=[run])
    instance.delete_run(run)
    # In SQLite the events of a run have a file of their own, megabytes that Dagster would leave there, empty.
    file = getattr(instance.event_log_storage, "path_for_shard", None)
    if file is not None:
        for suffix in ("", "-wal", "-shm"):
            Path(file(run) + suffix).unlink(missing_ok=True)


def _worked(runs: Sequence[dg.DagsterRun]) -> int:
    return sum(STAYS not in run.tags for run in runs)


def said(runs: int) -> str:
    """What people are told."""
    runs_of = counted(runs, "run")
    return f"Articles were withdrawn: Dagster's history ({runs_of}), whose previews may have shown them, is forgotten."


def released(instance: dg.DagsterInstance, warehouse: Path) -> None:
    """A run has made a release: where it is the only one since the history was forgotten, that holds nothing more."""
    with Store(warehouse).locked():
        known = _read(warehouse)
        # What is no longer withdrawn may be withdrawn again.
        clean = known[CLEAN] & lists.withdrawn(warehouse).keys()
        forgotten = known[FORGOTTEN]
        if forgotten and _worked(instance.get_runs()) == 1:
            clean, forgotten = clean | forgotten, set()
        if {CLEAN: clean, FORGOTTEN: forgotten} != known:
            _write(warehouse, clean, forgotten)


def _read(warehouse: Path) -> dict[str, set[str]]:
    try:
        known = json.loads((warehouse / FILE).read_text(encoding="utf-8"))
        return {name: set(known[name]) for name in (CLEAN, FORGOTTEN)}
    except (OSError, ValueError, KeyError, TypeError):
        return {CLEAN: set(), FORGOTTEN: set()}  # then all is forgotten once more


def _write(warehouse: Path, clean: set[str], forgotten: set[str]) -> None:
    text = json.dumps({CLEAN: sorted(clean), FORGOTTEN: sorted(forgotten)}) + "\n"
    files.atomic_write(warehouse / FILE, text)


@contextmanager
def _scrubbed() -> Iterator[None]:
    """What is deleted in SQLite meanwhile is overwritten, not only given free."""
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
