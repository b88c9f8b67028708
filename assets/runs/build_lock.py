"""One build at a time from a terminal, and the runs of killed builds.

Two parallel builds would do no harm, only the same work twice: each write is a transaction that records its inputs.
Builds of the UI and its daemon take turns with a terminal's through Dagster's pool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg

from assets.runs.instance import home
from assets.runs.retries import TERMINAL_RUN_TAG
from assets.runs.stale_runs import end_dead_runs, unfinished
from assets.settings import Settings
from warehouse.sql import StoreLocked
from warehouse.store import LOCK_SECONDS, Store

KILLED = "The process of this build was killed. Written rows are kept; the next build continues."


@contextmanager
def exclusive_build(settings: Settings, log: Callable[[str], None], seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the build lock. Report the holder while waiting; raise StoreLocked after `seconds`."""
    store = Store(settings.warehouse)
    with ExitStack() as stack:
        try:
            stack.enter_context(store.build_lock(0.0))
        except StoreLocked as error:
            log(f"{error}; waiting for up to {seconds:g} s more")
            stack.enter_context(store.build_lock(seconds))
        yield


def fail_killed_runs(instance: dg.DagsterInstance, settings: Settings) -> list[str]:
    """Fail the runs whose process was killed, and free their slots in the pool: otherwise Dagster considers them
    running for ever, and starts no other. Call it holding the lock. Returns their ids."""
    ended = []
    for run in unfinished(instance):
        # The holder of the lock is the only running build of a terminal.
        if TERMINAL_RUN_TAG in run.tags:
            instance.report_run_failed(run, KILLED)
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended.append(run.run_id)
    return ended + end_dead_runs(instance, home(settings.warehouse))
