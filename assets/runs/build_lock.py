"""The runs of killed builds. The build lock of the store (Store.build_lock) makes one build at a time from a terminal.

Two parallel builds would do no harm, only the same work twice: each write is a transaction that records its inputs.
Builds of the UI and its daemon take turns with a terminal's through Dagster's pool.
"""

from __future__ import annotations

import dagster as dg

from assets.runs.instance import home
from assets.runs.retries import TERMINAL_RUN_TAG
from assets.runs.stale_runs import end_dead_runs, unfinished
from assets.settings import Settings

KILLED = "The process of this build was killed. Written rows are kept; the next build continues."


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
