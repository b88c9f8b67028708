"""Fail Dagster runs whose process died (one lock file per run), and reset schedule ticks dated in the future."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import DagsterRunStatus, RunsFilter
from filelock import FileLock, Timeout

# Between Dagster's start of a run and its first step, a loaded machine may take minutes.
STARTS_WITHIN_SECONDS = 900.0
# A last tick this far in the future shows that the clock was wrong.
AHEAD_SECONDS = 600.0
DEAD_RUN_MESSAGE = "The process of this run has ended. Written rows are kept; the next run continues."

_held: dict[str, FileLock] = {}


def _lock(home: Path, run_id: str) -> Path:
    return home / "running" / f"{run_id}.lock"


def hold_run_lock(home: Path, run_id: str) -> None:
    """Hold the run's lock until this process ends, or starts on another run."""
    if run_id in _held:
        return
    for other in list(_held):
        release_run_lock(home, other)
    path = _lock(home, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    lock.acquire(timeout=0)
    _held[run_id] = lock


def release_run_lock(home: Path, run_id: str) -> None:
    """Release the run's lock."""
    lock = _held.pop(run_id, None)
    if lock is not None:
        lock.release()
        _lock(home, run_id).unlink(missing_ok=True)


def unfinished(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Return runs that are queued or running; an instance serves one warehouse."""
    waiting = [
        DagsterRunStatus.QUEUED,
        DagsterRunStatus.NOT_STARTED,
        DagsterRunStatus.STARTING,
        DagsterRunStatus.STARTED,
        DagsterRunStatus.CANCELING,
    ]
    return list(instance.get_runs(RunsFilter(statuses=waiting)))


def end_dead_runs(instance: dg.DagsterInstance, home: Path) -> list[str]:
    """Fail runs whose process has ended, and remove the locks and pool slots of finished runs. Returns the ids of the
    runs that it failed."""
    ended = []
    storage = instance.event_log_storage
    with_slots = storage.get_concurrency_run_ids()  # before the runs: slots of runs that start later are not touched
    living = unfinished(instance)
    finished = {path.stem for path in (home / "running").glob("*.lock")} - {run.run_id for run in living} - _held.keys()
    for name in finished:
        _lock(home, name).unlink(missing_ok=True)
    for run in living:
        if run.status in (DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING) and _dead(instance, home, run):
            instance.report_run_failed(run, DEAD_RUN_MESSAGE)
            _lock(home, run.run_id).unlink(missing_ok=True)
            ended.append(run.run_id)
    # Dagster keeps a dead run's slot in the pool, however the run was ended: the next run would wait for ever.
    for name in with_slots - ({run.run_id for run in living} - set(ended)):
        storage.free_concurrency_slots_for_run(name)
    return ended


def _dead(instance: dg.DagsterInstance, home: Path, run: dg.DagsterRun) -> bool:
    if run.run_id in _held:
        return False
    path = _lock(home, run.run_id)
    if not path.exists():
        record = instance.get_run_record_by_id(run.run_id)
        started = record.start_time if record else None
        return started is not None and time.time() - started > STARTS_WITHIN_SECONDS
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    lock.release()
    return True


def reset_future_ticks(instance: dg.DagsterInstance, now: float | None = None) -> list[str]:
    """Reset schedules and sensors whose last tick is in the future, and return their names. Dagster would wait,
    silently, until that time. Their ticks are deleted; a sensor's cursor is kept."""
    now = time.time() if now is None else now
    reset = []
    for state in instance.all_instigator_state():
        data: Any = state.instigator_data
        values = data._asdict() if data is not None else {}
        stamps = {name: value for name, value in values.items() if name.endswith("timestamp") and value}
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
        last = max([*stamps.values(), *(tick.timestamp for tick in ticks)], default=0.0)
        if last > now + AHEAD_SECONDS:
            instance.purge_ticks(state.instigator_origin_id, state.selector_id, last + 1)
            if data is not None:
                kept = {name: min(value, now) for name, value in stamps.items()}
                instance.update_instigator_state(state.with_data(data._replace(**kept)))
            reset.append(state.instigator_name)
    return reset
