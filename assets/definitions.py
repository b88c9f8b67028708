"""build_definitions(**overrides) and the one Definitions object that Dagster loads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.automation import CADENCE, Intervals, failure_sensor, schedule, sensor, status_sensor
from assets.build.incremental import Report, StageSummary
from assets.checks import asset_checks
from assets.extension import load
from assets.feeds.asset import feeds
from assets.metadata import GROUPS, OWNERS
from assets.quarantine import quarantine
from assets.raw_folder import RAW_FOLDER, raw_folder
from assets.release import release
from assets.run_settings import RESOURCE, RunSettings
from assets.settings import Settings
from assets.settings.resolve import resolve, validated_settings
from assets.status import JOB
from assets.status_asset import status_asset
from assets.table_assets import article_assets, corpus_asset, intake_asset
from expectations.check_runner import Verdict
from pipeline.stages import CORPUS_STAGES

if TYPE_CHECKING:
    from warehouse.release.publish import Release


def _ignore(_: Any) -> None:
    """Default callback: the run's log and metadata hold everything."""


def build_definitions(
    settings: Settings | None = None,
    *,
    report: Report = _ignore,
    done: Callable[[StageSummary], None] = _ignore,
    judged: Callable[[Sequence[Verdict]], None] = _ignore,
    released: Callable[[Release], None] = _ignore,
    cadence: Intervals = CADENCE,
) -> dg.Definitions:
    """Return all definitions under these settings (default: those of the environment, then those that the warehouse
    remembers). The callbacks receive, in the same process, a stage's progress and summary, the verdicts and the
    release. `cadence`: how often schedule and sensors look. Raises SettingError."""
    settings = settings or validated_settings(resolve({}))
    extension = load(settings)
    everything = dg.AssetSelection.all() | dg.AssetSelection.assets(RAW_FOLDER)
    job = dg.define_asset_job(JOB, selection=everything, description="From the raw folder to a release.")
    return dg.Definitions(
        assets=[
            feeds(settings),
            raw_folder(settings, GROUPS["intake"], OWNERS),
            intake_asset(settings, report, done),
            article_assets(settings, report, done),
            *(corpus_asset(stage, settings, report, done) for stage in CORPUS_STAGES),
            quarantine(settings, done),
            release(settings, released),
            status_asset(settings),
            *extension.assets,
        ],
        asset_checks=[asset_checks(settings, judged), *extension.asset_checks],
        jobs=[job],
        schedules=[schedule(job, settings, cadence)],
        sensors=[
            sensor(job, settings, cadence),
            failure_sensor(settings, cadence),
            status_sensor(settings, cadence),
        ],
        resources={RESOURCE: RunSettings()},
        # One process loads the model once: a process per step would load it, and Dagster, each time.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions that Dagster loads, under the environment's settings, built on request."""
    return build_definitions()
