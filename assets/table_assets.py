"""The assets of tables: those of the raw folder, and those of each stage of pipeline.stages."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any

import dagster as dg

from assets.build.articles import ShardsFailed, derive_articles
from assets.build.incremental import Report, StageSummary, derive_corpus, update_from_raw_folder
from assets.build.intake import require_articles
from assets.build.screening import release_from_quarantine
from assets.metadata import (
    ARTICLES_WORKED_ON,
    POOL,
    RECORDS_READ,
    ROW_COUNT,
    finished,
    materialized,
    shard_metadata,
    spec,
    step,
    with_logging,
)
from assets.partitions import last_partition, shard_partitions, shards_of_run
from assets.raw_folder import RAW_FOLDER
from assets.run_settings import RunSettings
from assets.settings import Settings
from assets.settings.resolve import prepare_first_build, restore_file_on_error
from pipeline import read
from pipeline.contract import BY_NAME, CORRECTIONS, RAWS, REFUSALS, Table
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
    them runs only their stages. Partitions are the shards, if there are any; one run updates a range of them."""
    single = [stage for stage in stages if not stage.corpus_wide]
    partitions = shard_partitions(settings.warehouse)

    @dg.multi_asset(
        name="make_articles",
        specs=[spec for stage in single for spec in _specs(stage, sorted(stage.reads))],
        can_subset=True,
        pool=POOL,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run() if partitions else None,
    )
    def make(context: dg.AssetExecutionContext, run_settings: RunSettings) -> Iterator[dg.MaterializeResult[Any]]:
        store = Store(settings.warehouse)
        asked = {key.to_user_string() for key in context.selected_asset_keys}
        selected = [stage for stage in single if not asked.isdisjoint(stage.writes)]
        with step(context, settings):
            asked_of = run_settings.applied(settings)
            prefixes = shards_of_run(context, settings.warehouse)
            done_in: dict[str, Sequence[StageSummary]] = {}
            update = partial(derive_articles, store, selected, stages, asked_of, with_logging(context, report))
            try:
                outcomes = update(prefixes, done_in.__setitem__)
            except ShardsFailed as error:
                good = [prefix for prefix in prefixes or () if prefix not in error.prefixes]
                for table, prefix, metadata in shard_metadata(store, selected, asked, good, done_in):
                    context.log_event(dg.AssetMaterialization(table, partition=prefix, metadata=metadata))
                raise
            for outcome in outcomes:
                finished(context, outcome)
                _name_failures(context, store, outcome)
                done(outcome)
            for table, prefix, metadata in shard_metadata(store, selected, asked, prefixes or (), done_in):
                context.add_asset_metadata(metadata, asset_key=table, partition_key=prefix)
            made = zip(selected, outcomes, strict=True)
            by_table = {BY_NAME[name]: outcome for stage, outcome in made for name in stage.writes if name in asked}
            results = materialized(store, by_table, ARTICLES_WORKED_ON)
            yield from results if prefixes is None else _of_shards(context, by_table, results)

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


def _of_shards(
    context: dg.AssetExecutionContext, tables: Collection[Table], results: Iterator[dg.MaterializeResult[Any]]
) -> Iterator[dg.MaterializeResult[Any]]:
    """Yield the results for partitions: Dagster repeats a result's metadata for each of them. So what describes the
    whole table, some 30 kB, is metadata of one partition: the one that Dagster materializes last, which the table's
    page shows."""
    last = last_partition(context)
    for table, result in zip(tables, results, strict=True):
        whole = dict(result.metadata or {})
        described = {name: value for name, value in whole.items() if not isinstance(value, int | float)}
        context.add_asset_metadata(described, asset_key=table.name, partition_key=last)
        each = {ROW_COUNT: whole[ROW_COUNT]}
        yield dg.MaterializeResult(asset_key=table.name, data_version=result.data_version, metadata=each)


def _specs(stage: Stage, deps: Sequence[str]) -> Iterator[dg.AssetSpec]:
    for name in stage.writes:
        yield spec(BY_NAME[name], stage.group, deps, stage.rules.version)


def _name_failures(context: dg.AssetExecutionContext, store: Store, outcome: StageSummary) -> None:
    if outcome.failed:
        with store.open() as connection:
            for failure in failures(connection, NAMED, outcome.stage):
                context.log.warning("failed: %s", failure.line)
