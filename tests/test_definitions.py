"""What Dagster is given: an asset a table, the checks, one job, a schedule and a sensor that are shipped stopped."""

from pathlib import Path

import dagster as dg
import pytest

from assets.automation import sensor
from assets.definitions import build_definitions
from assets.settings import Settings
from assets.show import POOL
from expectations.judge import checks
from pipeline.tables import STORED


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    place = tmp_path_factory.mktemp("definitions")
    (place / "raw").mkdir()
    return build_definitions(Settings(raw=place / "raw", warehouse=place / "warehouse"))


def test_one_asset_a_table_described_typed_and_owned(definitions: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    assert specs.keys() == {t.name for t in STORED} | {"release"}
    for table in STORED:
        spec = specs[table.name]
        assert table.description in (spec.description or "")
        assert spec.group_name in {"1_intake", "2_articles", "3_language", "4_corpus"}
        assert spec.owners and spec.kinds and spec.code_version
        schema = spec.metadata["dagster/column_schema"]
        assert [c.name for c in schema.columns] == [c.name for c in table.stored]
        assert all(c.description for c in schema.columns)


def test_every_operation_writes_through_the_one_pool(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("build")
    assert {node.definition.pool for node in job.graph.nodes} == {POOL}


def test_every_promise_is_a_named_check_of_its_table(definitions: dg.Definitions) -> None:
    keys = definitions.resolve_asset_graph().asset_check_keys
    assert {(k.asset_key.to_user_string(), k.name) for k in keys} == {(c.table, c.name) for c in checks()}


def test_the_job_judges_before_it_releases(definitions: dg.Definitions) -> None:
    order = [node.name for node in definitions.resolve_job_def("build").nodes_in_topological_order]
    assert order[0] == "take_in"
    assert order[-2:] == ["judge", "release"]
    # The order is a dependency, not luck: the release waits for checks that block.
    blocking = [c for c in checks() if c.severity == "error" and c.table in ("dates", "statements")]
    graph = definitions.resolve_asset_graph()
    assert blocking
    for check in blocking:
        assert graph.get_check_spec(dg.AssetCheckKey(dg.AssetKey(check.table), check.name)).blocking


def test_schedule_and_sensor_are_shipped_stopped(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    assert [s.default_status for s in repository.schedule_defs] == [dg.DefaultScheduleStatus.STOPPED]
    assert [s.default_status for s in repository.sensor_defs] == [dg.DefaultSensorStatus.STOPPED]


def test_the_sensor_waits_until_files_stand_still(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A story.", encoding="utf-8")
    job = dg.define_asset_job("build")
    watch = sensor(job, Settings(raw=tmp_path))

    def tick(cursor: str | None) -> tuple[int, str | None]:
        context = dg.build_sensor_context(cursor=cursor)
        out = watch(context)
        if isinstance(out, dg.SensorResult):
            return len(out.run_requests or []), out.cursor
        return 0, context.cursor

    runs, cursor = tick(None)
    assert runs == 0, "the folder has only just changed"
    runs, cursor = tick(cursor)
    assert runs == 1, "it stood still for one look"
    runs, cursor = tick(cursor)
    assert runs == 0, "nothing has changed since"
    (tmp_path / "b.txt").write_text("Another.", encoding="utf-8")
    runs, cursor = tick(cursor)
    assert runs == 0
    (tmp_path / "b.txt").write_text("Another, longer.", encoding="utf-8")
    runs, cursor = tick(cursor)
    assert runs == 0, "it is still being written"
    runs, cursor = tick(cursor)
    assert runs == 1


def test_a_raw_folder_that_has_gone_is_a_reason_to_wait(tmp_path: Path) -> None:
    watch = sensor(dg.define_asset_job("build"), Settings(raw=tmp_path / "gone"))
    out = watch(dg.build_sensor_context())
    assert isinstance(out, dg.SkipReason)
    assert "does not exist" in (out.skip_message or "")
