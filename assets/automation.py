"""What starts a run by itself: a daily schedule, and a sensor on the raw folder. Both are shipped stopped.

Belongs here: when a build is asked for. Does not belong here: what it does.
"""

from typing import Any

import dagster as dg

from assets.settings import Settings
from pipeline.ids import digest
from pipeline.read import Entry, listing

# What `define_asset_job` gives has no public name.
type Job = Any
# Early in the morning, when a day's articles are in.
DAILY = "0 5 * * *"
SENSOR_SECONDS = 60


def schedule(job: Job) -> dg.ScheduleDefinition:
    """The daily build."""
    return dg.ScheduleDefinition(
        name="daily_build",
        job=job,
        cron_schedule=DAILY,
        description="Builds once a day.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )


def sensor(job: Job, settings: Settings) -> dg.SensorDefinition:
    """A build when the raw folder has changed since the last look, and has stood still for one."""

    @dg.sensor(
        name="raw_folder",
        job=job,
        minimum_interval_seconds=SENSOR_SECONDS,
        description="Builds when files of the raw folder are new, changed or gone, once they no longer change.",
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            entries = listing(settings.raw)
        except OSError as error:
            return dg.SkipReason(f"the raw folder cannot be read: {error}")
        seen = fingerprint(entries)
        settled, _, last_built = (context.cursor or " ").partition(" ")
        if seen == last_built:
            return dg.SkipReason("the raw folder is as it was at the last build")
        if seen != settled:
            context.update_cursor(f"{seen} {last_built}")
            return dg.SkipReason("the raw folder has changed; waiting until it stands still")
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=seen)], cursor=f"{seen} {seen}")

    return watch


def fingerprint(entries: list[Entry]) -> str:
    """Paths, sizes and times of the raw files, as one name."""
    return digest(*(part for e in entries for part in (e.path, str(e.bytes), str(e.modified_ns))))
