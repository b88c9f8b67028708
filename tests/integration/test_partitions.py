"""Shards as partitions of the article-wise assets: runs of one shard, of a range, of all; failures and their retry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from assets.automation import schedule, sensor
from assets.build.incremental import update_from_raw_folder
from assets.build.shard import ShardUpdate
from assets.definitions import build_definitions
from assets.partitions import FIRST_TAG, LAST_TAG, all_shards, shard_partitions
from assets.runs.instance import open_instance
from assets.settings import Settings
from assets.status import JOB
from assets.table_assets import article_assets
from pipeline.contract.ids import document_id
from pipeline.stages import DOCUMENT_STAGES
from tests.integration import test_shards
from tests.integration.test_shards import NAMES, STAGES, built, spread
from tests.support.dagster_runs import RESOURCES
from warehouse import shards
from warehouse.reshard import reshard
from warehouse.sql import StoreError
from warehouse.store import Store

place = test_shards.place  # a fixture
TABLES = ("documents", "edits", "sentences")
# Shards that hold articles of NAMES, and one that holds none.
HELD, EMPTY = sorted({document_id(name)[0] for name in NAMES}), "0"
EVERY = shards.prefixes(16)


@pytest.fixture
def many(place: Settings) -> Settings:
    """Return the settings of a warehouse of 16 empty shards, whose intake has run."""
    many = replace(spread(place), engine="inline")
    update_from_raw_folder(Store(many.warehouse), many, lambda _: None)
    return many


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def run(
    place: Settings, instance: dg.DagsterInstance, *, tags: Mapping[str, str] | None = None, shard: str | None = None
) -> dg.ExecuteInProcessResult:
    assets = [article_assets(place, lambda _: None, lambda _: None, STAGES)]
    return dg.materialize(
        assets, instance=instance, resources=RESOURCES, tags=tags, partition_key=shard, raise_on_error=False
    )


def status(instance: dg.DagsterInstance, table: str = "sentences") -> tuple[list[str], list[str]]:
    """Return the partitions that the UI shows as materialized and as failed."""
    from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

    partitions = dg.StaticPartitionsDefinition(EVERY)
    found = get_and_update_asset_status_cache_value(instance, dg.AssetKey(table), partitions)
    assert found is not None
    made = found.deserialize_materialized_partition_subsets(partitions)
    failed = found.deserialize_failed_partition_subsets(partitions)
    return sorted(made.get_partition_keys()), sorted(failed.get_partition_keys())


def metadata(result: dg.ExecuteInProcessResult, table: str) -> dict[str | None, Mapping[str, Any]]:
    """Return partition -> the metadata of its materialization."""
    return {
        event.partition: {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(table)
    }


def opened(monkeypatch: pytest.MonkeyPatch, broken: Sequence[str] = ()) -> list[str]:
    """Return a list that receives the prefixes of the shards that are updated. Those in `broken` raise."""
    prefixes: list[str] = []
    update = ShardUpdate.run

    def watched(task: ShardUpdate, alive: Any) -> Any:
        prefixes.append(task.prefix)
        if task.prefix in broken:
            raise StoreError("the disk is gone")
        return update(task, alive)

    monkeypatch.setattr(ShardUpdate, "run", watched)
    return prefixes


@pytest.mark.parametrize("count", [1, 16, pytest.param(256, marks=pytest.mark.slow)])
def test_shards_are_partitions_of_the_assets_of_single_articles(
    place: Settings,
    count: int,
) -> None:
    shards_of = Store(place.warehouse)
    with shards_of.open():
        pass
    reshard(shards_of, count)
    definitions = build_definitions(place)
    graph = definitions.resolve_asset_graph()
    of_articles = {table for stage in DOCUMENT_STAGES for table in stage.writes}
    for key in graph.materializable_asset_keys:
        partitions = graph.get(key).partitions_def
        known = partitions.get_partition_keys() if partitions else ()
        expected = shards.prefixes(count) if key.to_user_string() in of_articles else ()
        assert tuple(known) == expected, key
    job = definitions.resolve_job_def(JOB)
    assert (job.partitions_def is not None) == (count > 1)


def test_a_run_of_one_partition_updates_this_shard_only(
    many: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefixes = opened(monkeypatch)
    result = run(many, instance, shard=HELD[1])
    assert result.success
    assert prefixes == [HELD[1]]
    held = sum(document_id(name).startswith(HELD[1]) for name in NAMES)
    for table in TABLES:
        (found,) = metadata(result, table).items()
        assert found[0] == HELD[1]
        assert found[1]["articles computed"] == held
        assert status(instance, table) == ([HELD[1]], [])
    assert metadata(result, "sentences")[HELD[1]]["dagster/partition_row_count"] == held
    written = Store(many.warehouse).read("SELECT document_id FROM stored.documents")["document_id"]
    assert {name[0] for name in written} == {HELD[1]}


def test_one_run_updates_a_range_of_partitions(
    many: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefixes = opened(monkeypatch)
    first, last = HELD[1], HELD[2]
    result = run(many, instance, tags={FIRST_TAG: first, LAST_TAG: last})
    asked = [prefix for prefix in EVERY if first <= prefix <= last]
    assert result.success and len(asked) > 2
    assert sorted(prefixes) == [first, last]  # the others hold no article
    assert status(instance) == (asked, [])
    assert metadata(result, "documents")[asked[1]]["dagster/partition_row_count"] == 0


def test_a_build_updates_all_partitions_and_describes_the_whole_table(
    many: Settings, instance: dg.DagsterInstance
) -> None:
    result = run(many, instance, tags=all_shards(many.warehouse))
    assert status(instance) == (list(EVERY), [])
    for table in TABLES:
        found = metadata(result, table)
        assert {each["dagster/row_count"] for each in found.values()} == {
            sum(each["dagster/partition_row_count"] for each in found.values())
        }
        # The page of a table shows its last materialization.
        assert [prefix for prefix, each in found.items() if "preview" in each] == [list(found)[-1]]
    assert metadata(result, "documents")[HELD[0]]["dagster/row_count"] == len(NAMES)


def test_a_shard_that_fails_is_shown_and_the_others_are_made_and_a_retry_needs_only_this_one(
    many: Settings, instance: dg.DagsterInstance
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        opened(patch, broken=[HELD[0]])
        result = run(many, instance, tags=all_shards(many.warehouse))
    good = [prefix for prefix in EVERY if prefix != HELD[0]]
    assert not result.success
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    said = failure.step_failure_data.error
    assert said is not None and f"shard {HELD[0]}: the disk is gone" in said.message
    for table in TABLES:
        assert status(instance, table) == (good, [HELD[0]])
    with pytest.MonkeyPatch.context() as patch:
        prefixes = opened(patch)
        assert run(many, instance, shard=HELD[0]).success
        assert prefixes == [HELD[0]]
    assert status(instance) == (list(EVERY), [])
    documents = Store(many.warehouse).read("SELECT document_id FROM stored.documents").height
    assert documents == len(NAMES)


def test_a_shard_whose_worker_dies_is_shown_and_the_others_are_made(
    many: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    (many.raw / NAMES[0]).write_text("Die", encoding="utf-8")
    update_from_raw_folder(Store(many.warehouse), many, lambda _: None)
    monkeypatch.setattr("assets.build.engine.shards.MAX_INLINE_DOCUMENTS", 1)
    monkeypatch.setattr("assets.build.engine.shards.MAX_TRIES", 1)
    shard = document_id(NAMES[0])[0]
    result = run(replace(many, engine="process", workers=1), instance, tags=all_shards(many.warehouse))
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    said = failure.step_failure_data.error
    assert said is not None and f"the worker of shard {shard} died" in said.message
    assert status(instance) == ([prefix for prefix in EVERY if prefix != shard], [shard])


def test_a_run_planned_for_another_number_of_shards_is_refused(
    many: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = article_assets(many, lambda _: None, lambda _: None, STAGES)
    reshard(Store(many.warehouse), 256)
    prefixes = opened(monkeypatch)
    for tags, key in ((None, "3"), ({FIRST_TAG: "0", LAST_TAG: "f"}, None), (None, None)):
        result = dg.materialize(
            [asset], instance=instance, resources=RESOURCES, tags=tags, partition_key=key, raise_on_error=False
        )
        (failure,) = result.filter_events(lambda event: event.is_step_failure)
        said = failure.step_failure_data.error
        assert said is not None and "256 shards" in said.message
    assert prefixes == []


def test_definitions_of_one_file_update_all_shards_of_a_warehouse_that_was_divided_since(
    place: Settings,
    instance: dg.DagsterInstance,
) -> None:
    asset = article_assets(place, lambda _: None, lambda _: None, STAGES)
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    reshard(store, 16)
    assert dg.materialize([asset], instance=instance, resources=RESOURCES).success
    assert store.read("SELECT document_id FROM stored.documents").height == len(NAMES)


def test_schedule_and_sensor_request_a_run_for_all_shards(place: Settings) -> None:
    for settings, expected in ((place, {}), (spread(place), {FIRST_TAG: "0", LAST_TAG: "f"})):
        job = dg.define_asset_job(JOB)
        with open_instance(settings.warehouse) as instance:
            daily = schedule(job, settings)(dg.build_schedule_context(instance=instance))
            seen = sensor(job, settings)
            first = dg.build_sensor_context(instance=instance)
            seen(first)
            changed = seen(dg.build_sensor_context(instance=instance, cursor=first.cursor))
        assert isinstance(daily, dg.RunRequest) and isinstance(changed, dg.SensorResult)
        assert [request.tags for request in (daily, *(changed.run_requests or []))] == [expected] * 2


def test_a_damaged_manifest_makes_no_partitions(place: Settings) -> None:
    many = built(place)
    (many.warehouse / "shards" / "manifest.json").write_text("{")
    assert shard_partitions(many.warehouse) is None
    assert all_shards(many.warehouse) == {}
