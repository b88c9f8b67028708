"""The asset `quarantine`: remove articles that break a structural check before the corpus-wide stages."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from assets.build.incremental import StageSummary
from assets.build.screening import screen_and_quarantine
from assets.metadata import ARTICLES_SCREENED, POOL, finished, materialized, spec, step
from assets.run_settings import RunSettings
from assets.settings import Settings
from pipeline.contract import QUARANTINE, REFUSALS
from pipeline.stages import DOCUMENT_STAGES
from warehouse.store import Store

CODE_VERSION = "1"
# Maximum articles named in the run's log.
NAMED = 20


def quarantine(settings: Settings, done: Callable[[StageSummary], None]) -> dg.AssetsDefinition:
    """Return the asset of the quarantined articles, on which every corpus-wide asset depends."""
    deps = [table for stage in DOCUMENT_STAGES for table in stage.writes]

    @dg.multi_asset(name="screen", specs=[spec(QUARANTINE, "corpus", deps, CODE_VERSION)], pool=POOL)
    def make(context: dg.AssetExecutionContext, run_settings: RunSettings) -> Iterator[dg.MaterializeResult[Any]]:
        store = Store(settings.warehouse)
        with step(context, settings):
            outcome, violations = screen_and_quarantine(store, run_settings.applied(settings))
            for violation in violations[:NAMED]:
                context.log.warning(
                    "quarantined: article %s violates %s in row %s of %s",
                    *(violation.document_id, violation.check, violation.row, violation.table),
                )
            finished(context, outcome, ARTICLES_SCREENED)
            done(outcome)
            yield from materialized(store, {QUARANTINE: outcome}, ARTICLES_SCREENED)
            if violations:
                # Quarantined articles are refusals, too; that table was materialized before the screening.
                counts = {"dagster/row_count": outcome.rows[REFUSALS.name], "rows added": len(violations)}
                context.log_event(dg.AssetObservation(REFUSALS.name, metadata=counts))

    return make
