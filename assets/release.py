"""The asset `release`: what is handed out, and only when the checks say so.

Belongs here: gathering what the release is made of (terms, required checks, day) and showing what came of it. Does
not belong here: how a release is written or refused (warehouse.release).
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.automation import FRESH
from assets.housekeeping import keep_house
from assets.settings import Settings
from assets.show import OWNERS, POOL, RELEASE, page, step
from assets.stages import CORPUS_STAGES, STAGES
from expectations.judge import definitions
from pipeline.tables import PUBLISHED
from warehouse import ledger
from warehouse.store import Store

if TYPE_CHECKING:
    from warehouse.release import Release


def release(settings: Settings, released: Callable[["Release"], None]) -> dg.AssetsDefinition:
    """One release folder, or the reason why there is none."""

    @dg.asset(
        name="release",
        deps=[table.name for table in PUBLISHED],
        description="The published dataset: a folder of Parquet files with their descriptions and checksums. Made "
        "only when every required check has passed on this very state of the tables; nothing changed, no new one.",
        group_name=RELEASE,
        kinds={"python", "parquet"},
        owners=OWNERS,
        freshness_policy=FRESH,
        metadata={"page": page(settings, "releases/latest/index.html")},
        pool=POOL,
    )
    def make(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        with step(context, settings):
            made = make_release(settings)
        context.log.info("%s release %s in %s", "new" if made.new else "unchanged", made.version, made.folder)
        released(made)
        keep_house(context.instance, settings, context.log)
        return dg.MaterializeResult(
            metadata={
                "version": made.version,
                "folder": dg.MetadataValue.path(str(made.folder)),
                "new": made.new,
                "dagster/row_count": sum(made.rows.values()),
                **{f"rows/{name}": count for name, count in made.rows.items()},
            }
        )

    return make


def make_release(settings: Settings) -> "Release":
    """Publish what the store holds. Raises ReleaseRefused when a check or a stage stands in the way."""
    # Parquet brings pandas along: definitions should load without it.
    from warehouse.release import ReleaseRefused, publish

    store = Store(settings.warehouse)
    steps = {stage.name: stage.step(settings) for stage in STAGES}
    with store.open() as connection:
        behind = ledger.unfinished(connection, steps, {stage.name for stage in CORPUS_STAGES})
    if behind:
        raise ReleaseRefused(f"not up to date: {', '.join(behind)}; materialize these and judge again")
    return publish(
        store,
        settings.terms,
        definitions(settings.accepted),
        settings.judged_on,
        version("onrecord"),
    )
