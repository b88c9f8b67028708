"""The assets of tables: those of the raw folder, and those of each stage of pipeline.stages."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dagster as dg

from assets.build.articles import derive_articles
from assets.build.incremental import Report, StageSummary, derive_corpus, update_from_raw_folder
from assets.build.intake import require_articles
from assets.build.screening import release_from_quarantine
from assets.metadata import ARTICLES_WORKED_ON, POOL, RECORDS_READ, finished, materialized, spec, step, with_logging
from assets.raw_folder import RAW_FOLDER
from assets.run_settings import RunSettings
from assets.settings import Settings
from assets.settings.resolve import prepare_first_build, restore_file_on_error
from pipeline import read
from pipeline.contract import BY_NAME, CORRECTIONS, RAWS, REFUSALS
from pipeline.stage import Stage
from pipeline.stages import STAGES
from warehouse.failures import failures
from warehouse.store import Store

# Maximum failed articles named in a run's log.
NAMED = 20


def intake_asset(settings: Settings, report: Report, done: Callable[[StageSummary], None]) -> dg.AssetsDefinition:
    """Return the asset of raws, refusals and corrections."""

    @dg.multi_asset(
        name="read_raw_folder",
        specs=[spec(table, "intake", [RAW_FOLDER], read.CODE_VERSION) for table in (RAWS, REFUSALS, CORRECTIONS)],
        pool=POOL,
    )
    def take(context: dg.AssetExecutionContext, run_settings: RunSettings) -> Iterator[dg.MaterializeResult[Any]]:
        store = Store(settings.warehouse)
        with step(context, settings):
            asked = run_settings.applied(settings)
            with restore_file_on_error(asked):
                for line in prepare_first_build(asked):
                    context.log.warning(line)
                release_from_quarantine(store, asked)
                outcome = update_from_raw_folder(store, asked, with_logging(context, report))
                require_articles(store, asked)
            finished(context, outcome, RECORDS_READ)
            done(outcome)
            yield from materialized(store, dict.fromkeys((RAWS, REFUSALS, CORRECTIONS), outcome), RECORDS_READ)

    return take


def article_assets(
    settings: Settings,
    report: Report,
    done: Callable[[StageSummary], None],
    stages: Sequence[Stage] = STAGES,
) -> dg.AssetsDefinition:
    """Return the assets of all article-wise stages, one per table, made in one pass over each article. A run of some of
    them runs only their stages."""
    single = [stage for stage in stages if not stage.corpus_wide]

    @dg.multi_asset(
        name="make_articles",
        specs=[spec for stage in single for spec in _specs(stage, sorted(stage.reads))],
        can_subset=True,
        pool=POOL,
    )
    def make(context: dg.AssetExecutionContext, run_settings: RunSettings) -> Iterator[dg.MaterializeResult[Any]]:
        store = Store(settings.warehouse)
        asked = {key.to_user_string() for key in context.selected_asset_keys}
        selected = [stage for stage in single if not asked.isdisjoint(stage.writes)]
        with step(context, settings):
            asked_of = run_settings.applied(settings)
            outcomes = derive_articles(store, selected, stages, asked_of, with_logging(context, report))
            for outcome in outcomes:
                finished(context, outcome)
                _name_failures(context, store, outcome)
                done(outcome)
            made = zip(selected, outcomes, strict=True)
            by_table = {BY_NAME[name]: outcome for stage, outcome in made for name in stage.writes if name in asked}
            yield from materialized(store, by_table, ARTICLES_WORKED_ON)

    return make


def corpus_asset(
    stage: Stage, settings: Settings, report: Report, done: Callable[[StageSummary], None]
) -> dg.AssetsDefinition:
    """Return the assets of a corpus-wide stage, one per table."""

    @dg.multi_asset(
        name=f"make_{stage.name}",
        specs=list(_specs(stage, sorted({*stage.reads, "quarantine"}))),
        pool=POOL,
    )
    def make(context: dg.AssetExecutionContext, run_settings: RunSettings) -> Iterator[dg.MaterializeResult[Any]]:
        store = Store(settings.warehouse)
        with step(context, settings):
            outcome = derive_corpus(store, stage, run_settings.applied(settings), with_logging(context, report))
            finished(context, outcome, ())
            done(outcome)
            yield from materialized(store, {BY_NAME[name]: outcome for name in stage.writes}, ())

    return make


def _specs(stage: Stage, deps: Sequence[str]) -> Iterator[dg.AssetSpec]:
    for name in stage.writes:
        yield spec(BY_NAME[name], stage.group, deps, stage.rules.version)


def _name_failures(context: dg.AssetExecutionContext, store: Store, outcome: StageSummary) -> None:
    if outcome.failed:
        with store.open() as connection:
            for failure in failures(connection, NAMED, outcome.stage):
                context.log.warning("failed: %s", failure.line)
