"""Clean up at the end of a build, so that builds can go on for years: delete old releases and runs."""

from __future__ import annotations

import logging

import dagster as dg
from dagster import DagsterRunStatus, RunsFilter

from assets.patches import dagster_check_results
from assets.runs import purge
from assets.settings import Settings
from warehouse import shard_storage, shards
from warehouse.release import retention
from warehouse.sql import StoreError
from warehouse.store import Store
from warehouse.text import counted, one_line
from warehouse.withdrawal import erasure
from warehouse.withdrawal.texts import index

ENDED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
# Maximum runs deleted at once: a large backlog takes several builds.
MAX_DELETED = 500


def clean_up(instance: dg.DagsterInstance, settings: Settings, log: logging.Logger) -> None:
    """Clean up, and log it. Errors are only logged: the next build tries again."""
    try:
        for version in retention.remove_outdated_releases(Store(settings.warehouse), settings.keep_releases):
            log.info("release %s was removed; newest releases kept: %d", version, settings.keep_releases)
        gone = forget_runs(instance, settings.keep_runs)
        if gone:
            forgotten = counted(gone, "old run was", "old runs were")
            log.info("%s deleted; newest runs kept: %d", forgotten, settings.keep_runs)
        purge.mark_history_clean(instance, settings.warehouse)
        for line in erasure.erase(Store(settings.warehouse), index(settings.warehouse)):
            log.info("%s", line)
        synchronise_shards(settings)
    except (OSError, StoreError) as error:
        log.warning("the clean-up failed: %s", one_line(error))


def synchronise_shards(settings: Settings) -> None:
    """Send shards that were changed since the article-wise stages: words of quarantined and withdrawn articles do not
    stay in the object store. Raises StoreError, OSError."""
    if settings.shard_storage:
        shard_storage.synchronise(Store(settings.warehouse), settings.shard_storage)
    elif shards.layout(settings.warehouse).stored is not None:
        raise StoreError("the shards in the object store were not brought up to date: --shard-storage is missing")


def forget_runs(instance: dg.DagsterInstance, keep: int) -> int:
    """Delete ended runs except the newest `keep`, with their events and logs. Returns how many."""
    ended = instance.get_run_records(RunsFilter(statuses=ENDED), limit=keep + MAX_DELETED)
    old = [record.dagster_run.run_id for record in ended[keep:]]
    for run in old:
        purge.forget_run(instance, run)
    if old:
        dagster_check_results.forget(instance, old)
    return len(old)
