"""Dagster's definitions: one asset per table, the checks, one job, and a schedule and sensors that start stopped."""

import re
from pathlib import Path

import dagster as dg
import pytest

from assets.automation import DAILY, FRESH, RUN_FAILURES, Intervals
from assets.checks import LABEL, asset_check_list
from assets.cli.automation import STARTED
from assets.definitions import build_definitions
from assets.feeds import FEEDS
from assets.metadata import POOL
from assets.raw_folder import RAW_FOLDER
from assets.settings import Settings
from assets.settings.resolve import prepare_first_build
from assets.status_asset import STATUS
from expectations.check_runner import checks
from expectations.screening import CHECKS as SCREENED
from expectations.sql_checks import BUILTIN_SQL_CHECKS
from pipeline.contract import PUBLISHED, QUARANTINE, STORED


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    place = tmp_path_factory.mktemp("definitions")
    (place / "raw").mkdir()
    return build_definitions(Settings(raw=place / "raw", warehouse=place / "warehouse"))


WHOLE_CORPUS = ("make_duplicates", "make_entities", "make_statements", "make_date_bounds")


def test_one_asset_a_table_described_typed_and_owned(definitions: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    assert specs.keys() == {t.name for t in (*STORED, QUARANTINE)} | {FEEDS, RAW_FOLDER, "release", STATUS}
    for table in (*STORED, QUARANTINE):
        spec = specs[table.name]
        assert table.description in (spec.description or "")
        assert spec.group_name in {"1_intake", "2_articles", "3_language", "4_corpus"}
        assert spec.owners and spec.kinds and spec.code_version
        schema = spec.metadata["dagster/column_schema"]
        assert [c.name for c in schema.columns] == [c.name for c in table.stored]
        assert all(c.description for c in schema.columns)


def test_every_operation_writes_through_the_one_pool(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("build")
    pools = {node.name: node.definition.pool for node in job.graph.nodes}
    assert {pools.pop("observe_raw_folder"), pools.pop(STATUS)} == {None}, "they write nothing"
    assert set(pools.values()) == {POOL}


def test_a_table_has_one_check_for_its_contract_and_one_for_each_sql_check(definitions: dg.Definitions) -> None:
    keys = definitions.resolve_asset_graph().asset_check_keys
    named = {(k.asset_key.to_user_string(), k.name) for k in keys}
    assert named == {(t.name, f"{t.name}_contract") for t in PUBLISHED} | {(b.table, b.id) for b in BUILTIN_SQL_CHECKS}
    assert len(keys) == len(PUBLISHED) + len(BUILTIN_SQL_CHECKS)
    # One of them shows each check, in the check's table.
    assert sorted(c.name for of in asset_check_list() for c in of.checks) == sorted(c.name for c in checks())
    assert all(c.table == of.table for of in asset_check_list() for c in of.checks)


def test_the_job_judges_before_it_releases(definitions: dg.Definitions) -> None:
    order = [node.name for node in definitions.resolve_job_def("build").nodes_in_topological_order]
    assert order[:3] == ["fetch", "observe_raw_folder", "read_raw_folder"]
    assert order[-3:] == ["check_tables", "release", STATUS]
    assert order.index("make_articles") < order.index("screen") < min(map(order.index, WHOLE_CORPUS))
    # A dependency gives the order: the release waits for blocking checks.
    blocking = [
        of
        for of in asset_check_list()
        if of.table in ("refusals", "date_bounds", "date_conflicts") and any(c.severity == "error" for c in of.checks)
    ]
    graph = definitions.resolve_asset_graph()
    assert blocking
    for check in blocking:
        assert graph.get_check_spec(dg.AssetCheckKey(dg.AssetKey(check.table), check.name)).blocking


def test_schedule_and_sensors_are_shipped_stopped(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    assert {s.name: s.default_status for s in repository.schedule_defs} == {DAILY: dg.DefaultScheduleStatus.STOPPED}
    stopped = dg.DefaultSensorStatus.STOPPED
    assert {s.name: s.default_status for s in repository.sensor_defs} == dict.fromkeys(
        (RAW_FOLDER, RUN_FAILURES, STATUS), stopped
    )
    assert STARTED == {DAILY: "schedule", RAW_FOLDER: "sensor", RUN_FAILURES: "sensor", STATUS: "sensor"}


def test_the_release_has_a_freshness_policy(definitions: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    assert specs["release"].freshness_policy == FRESH
    assert {name for name, spec in specs.items() if spec.freshness_policy} == {"release"}


def test_pages_are_linked_where_they_are_served(tmp_path: Path) -> None:
    for url in (None, "http://127.0.0.1:3001"):
        settings = Settings(raw=tmp_path, warehouse=tmp_path, pages_url=url)
        graph = build_definitions(settings).resolve_asset_graph()
        for key in sorted(graph.asset_check_keys)[::40]:
            spec = graph.get_check_spec(key)
            table = key.asset_key.to_user_string()
            place = f"{url}/data_docs/index.html#{table}" if url else f"{tmp_path.resolve()}/data_docs/index.html"
            assert spec.metadata["data docs"].value == place
            assert (f"([data docs]({place}))" in (spec.description or "")) == bool(url)


def test_a_check_says_what_a_breach_does(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    told = {key.name: graph.get_check_spec(key).description or "" for key in graph.asset_check_keys}
    assert len(told) == len(asset_check_list())
    for of in asset_check_list():
        for check in of.checks:
            assert check.description in told[of.name]
            assert not of.suite or f"`{check.name}`" in told[of.name]
            if check.severity == "error":
                assert "stops the release" in told[of.name]
                assert ("A build quarantines the article" in told[of.name]) == any(c.quarantines for c in of.checks)
                assert (LABEL in told[of.name]) != of.blocking
            else:
                assert re.search(r"At (?:most|least) [\d.]+.*, error at [\d.]+", told[of.name])
    assert {c.name for c in checks() if c.quarantines} == {c.id for c in SCREENED}
    quotes = next(of for of in asset_check_list() if of.name == "quotes_contract")
    assert f"{len(quotes.checks)} expectations" in told["quotes_contract"]
    assert (
        "Share of articles without a headline. At most 80%, error at 99.5%, from 40 rows on."
        in (told["documents_without_title"])
    )


def test_the_settings_say_when(tmp_path: Path) -> None:
    settings = Settings(raw=tmp_path, warehouse=tmp_path, daily_at="23:07")
    (daily,) = build_definitions(settings).get_repository_def().schedule_defs
    assert (daily.cron_schedule, daily.execution_timezone) == ("7 23 * * *", "UTC")
    (often,) = build_definitions(settings, cadence=Intervals("* * * * *")).get_repository_def().schedule_defs
    assert often.cron_schedule == "* * * * *"


def test_definitions_are_made_of_what_the_warehouse_remembers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "raw").mkdir()
    prepare_first_build(Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", daily_at="23:07"))
    monkeypatch.setenv("ONRECORD_WAREHOUSE", str(tmp_path / "warehouse"))
    (daily,) = build_definitions().get_repository_def().schedule_defs
    assert daily.cron_schedule == "7 23 * * *"
    monkeypatch.setenv("ONRECORD_DAILY_AT", "04:00")
    (daily,) = build_definitions().get_repository_def().schedule_defs
    assert daily.cron_schedule == "0 4 * * *"
