"""The asset `feeds`: fetch new articles into the raw folder before intake reads it."""

import time
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.feeds import FEEDS, feeds_file
from assets.feeds.feeds_file import Feed
from assets.feeds.run import fetch, states
from assets.feeds.state import FeedState
from assets.metadata import GROUPS, OWNERS, POOL, step, table_value
from assets.run_settings import RunSettings
from assets.runs.retries import TERMINAL_RUN_TAG
from assets.settings import Settings
from warehouse.sql import StoreLocked
from warehouse.text import one_line

if TYPE_CHECKING:
    from assets.feeds.fetching import FeedReport

COLUMNS = ["feed", "last read", "articles", "waiting", "given up", "failures since", "last fetch", "what happened"]
# The tag that Dagster gives to runs of a sensor.
OF_SENSOR = "dagster/sensor_name"


def feeds(settings: Settings) -> dg.AssetsDefinition:
    """Return the asset that fetches in runs of the schedule and of the UI. Builds in a terminal, and those that the
    raw-folder sensor starts, fetch nothing."""

    @dg.multi_asset(
        name="fetch",
        specs=[
            dg.AssetSpec(
                FEEDS,
                description="The operator's feeds (`onrecord feeds add`). New articles are fetched into the raw "
                "folder as a web archive. Runs of the schedule and runs started in the UI fetch; builds "
                "in a terminal and runs of the sensor `raw_folder` do not.",
                group_name=GROUPS["intake"],
                kinds={"python"},
                owners=OWNERS,
                code_version="1",
            )
        ],
        pool=POOL,
    )
    def make(context: dg.AssetExecutionContext, run_settings: RunSettings) -> dg.MaterializeResult[Any]:
        begin = time.monotonic()
        quiet = TERMINAL_RUN_TAG in context.run.tags or OF_SENSOR in context.run.tags
        with step(context, settings):
            asked = run_settings.applied(settings)
            reports = [] if quiet else _fetched(context, asked)
            known = states(asked, feeds_file.load(feeds_file.path(asked)))
        return dg.MaterializeResult(
            asset_key=FEEDS,
            metadata={
                "fetched in this run": "yes" if reports else "no",
                "feeds": len(known),
                "feeds failed": sum(not report.succeeded for report in reports),
                "articles fetched": sum(report.fetched for report in reports),
                "articles failed": sum(report.failed.total() for report in reports),
                "articles waiting": sum(report.deferred.total() for report in reports),
                "seconds": round(time.monotonic() - begin, 3),
                **({"by feed": table_value([_row(*of) for of in known], COLUMNS)} if known else {}),
            },
        )

    return make


def _fetched(context: dg.AssetExecutionContext, settings: Settings) -> "list[FeedReport]":
    """Fetch, with messages to the run's log; nothing while another fetch is running."""
    try:
        reports = fetch(settings, lambda line: context.log.info("%s", one_line(line)))
    except StoreLocked as error:
        context.log.warning("this run fetches nothing: %s", one_line(error))
        return []
    for report in reports:
        (context.log.info if report.succeeded else context.log.warning)("%s: %s", report.url, report.line)
    return reports


def _row(feed: Feed, state: FeedState | None) -> dict[str, Any]:
    """Return a feed's row of the table in the UI."""
    if state is None:
        return {**dict.fromkeys(COLUMNS), "feed": feed.url, "what happened": "never fetched"}
    counts = (state.fetched, state.waiting, state.given_up, state.failures)
    return dict(zip(COLUMNS, (feed.url, state.last_success_at, *counts, state.at, state.outcome), strict=True))
