"""The assets of tables: those of the raw folder, and those of each stage of pipeline.stages."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import dagster as dg

from assets.build.incremental import Outcome, Report, derive, derive_corpus, take_in
from assets.build.intake import require_articles
from assets.build.screening import let_back
from assets.metadata import ARTICLES_WORKED_ON, POOL, RECORDS_READ, logged, materialized, spec, step
from assets.settings import Settings
from assets.settings.resolve import begin, forgotten
from pipeline import read
from pipeline.contract import BY_NAME, CORRECTIONS, RAWS, REFUSALS
from pipeline.stage import Stage
from pipeline.stages import STAGES
from warehouse.failures import failures
from warehouse.store import Store

# Failed articles that a run's log names.
NAMED = 20


class IntakeConfig(dg.Config):
    """What the launchpad can say for one run."""

    accept_removals: bool = False


def intake_asset(settings: Settings, report: Report, done: Callable[[Outcome], None]) -> dg.AssetsDefinition:
    """raws, refusals, corrections."""

    @dg.multi_asset(
        name="take_in",
        specs=[spec(table, "intake", [], read.CODE_VERSION) for table in (RAWS, REFUSALS, CORRECTIONS)],
        pool=POOL,
    )
    def take(context: dg.AssetExecutionContext, config: IntakeConfig) -> Iterator[dg.MaterializeResult[Any]]:
        store = Store(settings.warehouse)
        asked = replace(settings, accept_removals=settings.accept_removals or config.accept_removals)
        with step(context, settings):
            with forgotten(settings):
                for line in begin(settings):
                    context.log.warning(line)
                let_back(store, settings)
                outcome = take_in(store, asked, logged(context, report))
                require_articles(store, settings)
            done(outcome)
            yield from materialized(store, (RAWS, REFUSALS, CORRECTIONS), outcome, RECORDS_READ)

    return take


def stage_asset(
    stage: Stage, settings: Settings, report: Report, done: Callable[[Outcome], None]
) -> dg.AssetsDefinition:
    """The assets of a stage, one a table."""
    deps = sorted({*stage.reads, *(["quarantine"] if stage.corpus_wide else [])})
    tables = [BY_NAME[name] for name in stage.writes]

    @dg.multi_asset(
        name=f"make_{stage.name}",
        specs=[spec(table, stage.group, deps, stage.rules.version) for table in tables],
        pool=POOL,
    )
    def make(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        store = Store(settings.warehouse)
        with step(context, settings):
            if stage.corpus_wide:
                outcome = derive_corpus(store, stage, settings, logged(context, report))
            else:
                outcome = derive(store, stage, STAGES, settings, logged(context, report))
            if outcome.failed:
                with store.open() as connection:
                    for failure in failures(connection, NAMED, stage.name):
                        context.log.warning("failed: %s", failure.line)
            done(outcome)
            yield from materialized(store, tables, outcome, () if stage.corpus_wide else ARTICLES_WORKED_ON)

    return make
