"""The assets of the articles themselves: raws and refusals, documents and edits, sentences."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import dagster as dg

from assets.build.incremental import Outcome, Report, take_in
from assets.build.intake import require_articles
from assets.build.screening import let_back
from assets.metadata import ARTICLES as ARTICLES_GROUP
from assets.metadata import INTAKE, POOL, RECORDS_READ, logged, materialized, spec, stage_asset, step
from assets.settings import Settings
from assets.settings.resolve import begin, forgotten
from assets.stages import ARTICLES, SENTENCES, STAGES
from pipeline import read
from pipeline.contract import CORRECTIONS, RAWS, REFUSALS
from warehouse.store import Store


class IntakeConfig(dg.Config):
    """What the launchpad can say for one run."""

    accept_removals: bool = False


def articles(settings: Settings, report: Report, done: Callable[[Outcome], None]) -> list[dg.AssetsDefinition]:
    """raws, refusals, corrections, documents, edits, sentences."""

    @dg.multi_asset(
        name="take_in",
        specs=[spec(table, INTAKE, [], read.CODE_VERSION) for table in (RAWS, REFUSALS, CORRECTIONS)],
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

    return [
        take,
        stage_asset(ARTICLES, ARTICLES_GROUP, STAGES, settings, report, done),
        stage_asset(SENTENCES, ARTICLES_GROUP, STAGES, settings, report, done),
    ]
