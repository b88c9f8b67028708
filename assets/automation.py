"""The daily schedule, the sensor on the raw folder, and the sensors that report failed runs and other problems.

All are off by default; `onrecord automation` starts and stops them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import dagster as dg

from assets.build.intake import raise_if_stopped
from assets.partitions import all_shards
from assets.raw_folder import RAW_FOLDER, fingerprint, observation
from assets.runs import purge
from assets.runs.instance import home
from assets.runs.notifications import FOLDER, WebhookError, reasons, report_failure
from assets.runs.retries import TERMINAL_RUN_TAG
from assets.runs.stale_runs import end_dead_runs, unfinished
from assets.settings import Settings
from assets.status import DAILY, LATE, TOO_LATE, status
from assets.status_asset import STATUS, shown
from pipeline.contract.ids import digest
from pipeline.read import Entry, listing
from warehouse import intake
from warehouse.intake.losses import SourcesVanished
from warehouse.sql import StoreError
from warehouse.store import Store
from warehouse.text import one_line

# The return type of `define_asset_job` has no public name.
type Job = Any

RUN_FAILURES = "run_failures"
FRESH = dg.FreshnessPolicy.time_window(fail_window=TOO_LATE, warn_window=LATE)


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often to look. `cron`: the schedule (UTC); None: daily at the time in the settings. `sensor_seconds`: seconds
    between two evaluations of a sensor."""

    cron: str | None = None
    sensor_seconds: int = 60


CADENCE = Intervals()


@dataclass(frozen=True, slots=True)
class Cursor:
    """State of the raw-folder sensor: fingerprints of the folder at the last evaluation (`seen`) and at the last build
    that it requested (`built`), and the digest of the last problem reported (`told`; empty once it is over)."""

    seen: str = ""
    built: str = ""
    told: str = ""


def schedule(job: Job, settings: Settings, cadence: Intervals = CADENCE) -> dg.ScheduleDefinition:
    """Return the schedule of the daily build."""
    hour, minute = settings.daily_at.split(":")

    @dg.schedule(
        name=DAILY,
        job=job,
        cron_schedule=cadence.cron or f"{int(minute)} {int(hour)} * * *",
        execution_timezone="UTC",
        description="Builds once a day. Does not start a build while another one is running.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        busy = _wait_reason(context.instance, settings)
        if busy:
            return busy
        _forget(context, settings)
        return dg.RunRequest(tags=all_shards(settings.warehouse))

    return daily


def sensor(job: Job, settings: Settings, cadence: Intervals = CADENCE) -> dg.SensorDefinition:
    """Return the sensor that requests a build when the raw folder has changed, and is the same in two evaluations."""

    @dg.sensor(
        name=RAW_FOLDER,
        job=job,
        minimum_interval_seconds=cadence.sensor_seconds,
        description="Starts a build when files of the raw folder are new, changed or gone, after two evaluations "
        "without a change. If the folder is missing, or many files disappeared at once, it removes "
        "nothing, and reports the reason once: in a file in the warehouse's folder failures, and to the "
        "webhook if one is set.",
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        cursor = read_cursor(context.cursor)
        try:
            entries = listing(settings.raw)
        except OSError as error:
            why = f"the raw folder {settings.raw} cannot be read: {one_line(error)}; nothing was removed"
            return _blocking_reason(context, settings, cursor, why)
        seen = fingerprint(entries)
        if seen == cursor.built:
            _remember(context, replace(cursor, told=""))
            return _no_change_reason(context.instance, job.name, settings)
        if seen != cursor.seen:
            _remember(context, replace(cursor, seen=seen))
            return dg.SensorResult(
                skip_reason="the raw folder has changed; waiting until it stops changing",
                asset_events=[observation(entries)],
            )
        busy = _wait_reason(context.instance, settings)
        if busy:
            return busy
        try:
            asked = raw_folder_differs(settings, entries)
        except SourcesVanished as error:
            return _blocking_reason(context, settings, cursor, one_line(error))
        except StoreError as error:  # another process holds the store
            return dg.SkipReason(f"{one_line(error)} (the raw folder is {settings.raw})")
        _remember(context, Cursor(seen, seen))
        if not asked:
            return dg.SkipReason("the warehouse already contains the change")
        _forget(context, settings)
        # No run key: a folder that returns to an earlier state has changed, too.
        return dg.SensorResult(run_requests=[dg.RunRequest(tags=all_shards(settings.warehouse))])

    return watch


def _remember(context: dg.SensorEvaluationContext, cursor: Cursor) -> None:
    context.update_cursor(json.dumps(asdict(cursor)))


def _blocking_reason(
    context: dg.SensorEvaluationContext, settings: Settings, cursor: Cursor, why: str
) -> dg.SkipReason:
    """Return the reason why no build is requested although one is due. Report it once, like a failed run."""
    skip = dg.SkipReason(f"STOPPED (reported in {settings.warehouse / FOLDER}): {why}")
    if digest(why) == cursor.told:
        return skip
    problem = ""
    try:
        report_failure(settings.warehouse, "", RAW_FOLDER, (why,))
    except (WebhookError, OSError) as error:
        problem = f" ({one_line(error)})"
    context.log.error("no build is started: %s%s", why, problem)
    _remember(context, replace(cursor, told=digest(why)))
    return dg.SkipReason(f"STOPPED, but the report failed{problem}: {why}") if problem else skip


def _no_change_reason(instance: dg.DagsterInstance, job: str, settings: Settings) -> dg.SkipReason:
    """Return why no build is due for a folder that has not changed since the last requested build; say so if that build
    failed."""
    last = next(iter(instance.get_runs(dg.RunsFilter(job_name=job), limit=1)), None)
    if last is not None and last.status == dg.DagsterRunStatus.FAILURE:
        return dg.SkipReason(
            f"the last build FAILED (run {last.run_id[:8]}), and the raw folder has not changed since: open "
            f"the run, or the folder {FOLDER} of the warehouse"
        )
    return dg.SkipReason(f"the raw folder has not changed since the last build: {settings.raw}")


def failure_sensor(settings: Settings, cadence: Intervals = CADENCE) -> dg.SensorDefinition:
    """Return the sensor that records why a run failed, and posts it to the webhook if one is set."""

    @dg.run_failure_sensor(
        name=RUN_FAILURES,
        minimum_interval_seconds=min(30, cadence.sensor_seconds),
        description="Writes the reason of each failed run to the warehouse's folder failures, and posts it to the "
        "webhook if one is set. Builds started in a terminal report their own failures.",
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def failures(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        run = context.dagster_run
        if TERMINAL_RUN_TAG in run.tags:
            return dg.SkipReason("a build in a terminal")
        why = reasons(context.get_step_failure_events()) or (context.failure_event.message or "no reason is known",)
        try:
            report_failure(settings.warehouse, run.run_id, run.job_name, why)
        except WebhookError as error:
            raise dg.Failure(str(error)) from None
        return None

    return failures


def _wait_reason(instance: dg.DagsterInstance, settings: Settings) -> dg.SkipReason | None:
    """Fail runs whose process is gone. Return the reason to wait if a run is then still queued or running."""
    end_dead_runs(instance, home(settings.warehouse))
    running = unfinished(instance)
    return dg.SkipReason(f"run {running[0].run_id[:8]} has not ended; only one run at a time") if running else None


def _forget(context: dg.ScheduleEvaluationContext | dg.SensorEvaluationContext, settings: Settings) -> None:
    """Purge the run history before a run if it may show withdrawn articles."""
    with suppress(StoreError):  # the run reports it
        gone = purge.purge_history(context.instance, settings.warehouse)
        if gone is not None:
            context.log.info(purge.purge_message(gone))


def status_sensor(settings: Settings, cadence: Intervals = CADENCE) -> dg.SensorDefinition:
    """Return the sensor that reports problems that no run reports: a build that does not end, builds that no longer
    succeed."""

    @dg.sensor(
        name=STATUS,
        minimum_interval_seconds=max(300, cadence.sensor_seconds),
        asset_selection=dg.AssetSelection.assets(STATUS),
        description="Checks the warehouse like the command onrecord status. Reports each problem once, in the same "
        "way as failed runs, and again only if it was solved in between.",
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        found = status(settings, context.instance)
        known = frozenset(json.loads(context.cursor or "[]"))
        new = [problem for problem in found.problems if digest(problem) not in known]
        if new:
            try:
                report_failure(settings.warehouse, "", STATUS, tuple(new))
            except (WebhookError, OSError) as error:
                context.log.error("problems could not be reported: %s", one_line(error))
        cursor = json.dumps(sorted(digest(problem) for problem in found.problems))
        noted = [dg.AssetMaterialization(STATUS, metadata=shown(found))] if cursor != context.cursor else []
        summary = "; ".join(found.problems) or "no problem"
        return dg.SensorResult(skip_reason=dg.SkipReason(summary), cursor=cursor, asset_events=noted)

    return look


def raw_folder_differs(settings: Settings, entries: Sequence[Entry]) -> bool:
    """Return whether the store differs from the folder.

    Raises StoreError; SourcesVanished if it is clear without reading a file that a build would stop. If only reading
    shows it, the run stops.
    """
    store = Store(settings.warehouse)
    if not store.database.exists():
        return bool(entries)
    with store.open() as connection:
        plan = intake.plan(connection, entries, settings.read_version, keep_removed=settings.keep_removed)
    raise_if_stopped(store, settings, plan)
    return bool(plan.read or plan.removed)


def read_cursor(text: str | None) -> Cursor:
    """Parse the sensor's cursor. Returns an empty one if it cannot be parsed."""
    try:
        known = json.loads(text or "{}")
        return Cursor(*(str(known.get(field.name, "")) for field in fields(Cursor)))
    except (ValueError, AttributeError):
        return Cursor()
