"""The asset `release`: the published dataset, made only if the checks allow it."""

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl

from assets.automation import FRESH
from assets.build.engine.shards import runner
from assets.build.incremental import steps
from assets.metadata import GROUPS, OWNERS, POOL, PREVIEW_ROWS, page_link, step, table_value
from assets.run_settings import RunSettings
from assets.runs.retention import clean_up
from assets.settings import Settings
from assets.status import RELEASE
from expectations.check_runner import definitions
from pipeline.contract import PUBLISHED
from pipeline.stages import CORPUS_STAGES
from warehouse import ledger, pending
from warehouse.store import Store

if TYPE_CHECKING:
    from warehouse.release.publish import Release

# The columns of `quotes` that show who said what.
PREVIEW_COLUMNS = [
    "speaker_name",
    "cue",
    "text",
    "venue",
    "said_earliest",
    "said_latest",
    "said_basis",
    "speaker_basis",
    "confidence",
]


def release(settings: Settings, released: Callable[["Release"], None]) -> dg.AssetsDefinition:
    """Return the asset that makes one release folder, or fails with the reason why there is none."""

    @dg.asset(
        name=RELEASE,
        deps=[table.name for table in PUBLISHED],
        description="The published dataset: a folder of Parquet files with descriptions and checksums. A release is "
        "made only if every required check has passed on the current state of the tables, and only if "
        "something has changed.",
        group_name=GROUPS["release"],
        kinds={"python", "parquet"},
        owners=OWNERS,
        freshness_policy=FRESH,
        metadata={"page": page_link(settings, "releases/latest/index.html")},
        pool=POOL,
    )
    def make(context: dg.AssetExecutionContext, run_settings: RunSettings) -> dg.MaterializeResult[Any]:
        begin = time.monotonic()
        with step(context, settings):
            made = make_release(run_settings.applied(settings))
        seconds = time.monotonic() - begin
        what = "new" if made.new else "unchanged"
        context.log.info("%s release %s in %.1f s: %s", what, made.version, seconds, made.folder)
        released(made)
        clean_up(context.instance, settings, context.log)
        return dg.MaterializeResult(metadata=release_metadata(made, seconds), data_version=dg.DataVersion(made.version))

    return make


def release_metadata(made: "Release", seconds: float) -> dict[str, Any]:
    """Return a release's metadata: its rows, its changes, a preview."""
    from warehouse.release.diff import Change, counts

    found = counts(made.folder) if made.new else [Change(name, 0, 0, 0, {}) for name in made.rows]
    tables = [
        {"table": c.table, "rows": made.rows[c.table], "added": c.added, "changed": c.changed, "removed": c.removed}
        for c in found
    ]
    articles = made.articles["all"]
    return {
        "version": made.version,
        "folder": dg.MetadataValue.path(str(made.folder)),
        "new": made.new,
        "dagster/row_count": sum(made.rows.values()),
        "rows added": sum(c.added for c in found),
        "rows changed": sum(c.changed for c in found),
        "rows removed": sum(c.removed for c in found),
        "seconds": round(seconds, 3),
        **({"seconds per 1,000 articles": round(1000 * seconds / articles, 3)} if articles else {}),
        "tables": table_value(tables, list(tables[0])),
        "preview": table_value(who_said_what(made.folder), PREVIEW_COLUMNS),
    }


def who_said_what(folder: Path) -> list[dict[str, Any]]:
    """Return a few quotations as a release publishes them, highest confidence first."""
    from warehouse.release import versions

    files = [folder / name for name in versions.record(folder).files["quotes"]]
    quotes = pl.scan_parquet(files).filter(
        pl.col("speaker_name").is_not_null() & pl.col("kind").is_in(["direct", "mixed"])
    )
    return (
        quotes.sort("confidence", "quote_id", descending=[True, False])
        .select(PREVIEW_COLUMNS)
        .head(PREVIEW_ROWS)
        .collect()
        .to_dicts()
    )


def make_release(settings: Settings) -> "Release":
    """Publish the content of the store. Raises ReleaseRefused if a check or a stage does not allow it, EngineError,
    StoreError."""
    # Parquet imports pandas: definitions load without it.
    from warehouse.release.publish import ReleaseRefused, publish

    store = Store(settings.warehouse)
    with store.open() as connection:
        known = steps(settings)
        behind = pending.stages_with_work(connection, known, {stage.name for stage in CORPUS_STAGES})
        if not behind:
            pending.note_finished(connection, known)
        articles = ledger.counts(connection, ["documents"])["documents"]
    if behind:
        raise ReleaseRefused(f"not up to date: {', '.join(behind)}; materialize these and run the checks again")
    with runner(settings, articles) as run:
        return publish(
            store,
            settings.terms,
            definitions(settings.accepted),
            settings.judged_on,
            version("onrecord"),
            settings.max_quarantined,
            settings.release_part_rows,
            run,
        )
