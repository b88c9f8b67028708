"""After the next build has made its release, Dagster's history shows nothing of withdrawn articles."""

import base64
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterRun, DagsterRunStatus

from assets.runs import purge
from assets.runs.instance import open_instance
from assets.runs.retention import forget_runs
from assets.table_charts import markdown
from warehouse.withdrawal import lists
from warehouse.withdrawal.lists import Withdrawal

SECRET = "Zanzibar clove quota"


def everything(warehouse: Path) -> bytes:
    """Return the content of Dagster's folder: the bytes of each file, the rows of each database, the pictures."""
    parts = []
    for path in sorted(p for p in (warehouse / "dagster").rglob("*") if p.is_file()):
        parts.append(path.read_bytes())
        if path.suffix == ".db":
            # A long value is spread over pages: read it as a row, too.
            with closing(sqlite3.connect(path)) as connection:
                parts += [line.encode() for line in connection.iterdump()]
    encoded = [found for part in parts for found in re.findall(rb"base64,((?:[A-Za-z0-9+/]{4})+)", part)]
    drawn = [base64.b64decode(found) for found in encoded]
    return b"\n".join([*parts, *drawn])


def withdraw(warehouse: Path, *names: str) -> None:
    """Withdraw an article that is in no table, as the command does."""
    known = lists.withdrawn(warehouse)
    lists.write_withdrawn_list(warehouse, {**known, **{n: Withdrawal(n, n, "2026-11-22", "asked") for n in names}})
    for name in names:
        purge.mark_history_dirty(warehouse, name)


def build(instance: dg.DagsterInstance, *words: str) -> None:
    """Run a build that shows these words in a preview, a picture and an example of a check."""

    @dg.asset(name="quotes", check_specs=[dg.AssetCheckSpec("held", asset="quotes")])
    def make() -> Iterator[Any]:
        table = dg.MetadataValue.table([dg.TableRecord({"text": word}) for word in words or ("nothing",)])
        picture = markdown(f"<svg><text>{' '.join(words)}</text></svg>", "Quotes by speaker")
        yield dg.MaterializeResult(metadata={"preview": table, "by speaker": picture})
        yield dg.AssetCheckResult(passed=False, check_name="held", metadata={"examples": table})

    assert dg.materialize([make], instance=instance).success


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, dg.DagsterInstance]]:
    with open_instance(tmp_path) as instance:
        yield tmp_path, instance


def test_nothing_of_it_is_left(place: tuple[Path, dg.DagsterInstance]) -> None:
    warehouse, instance = place
    assert not purge.purge_needed(warehouse)
    for _ in range(2):
        build(instance, SECRET)
    assert everything(warehouse).count(SECRET.encode()) > 10
    assert purge.purge_history(instance, warehouse) is None
    withdraw(warehouse, "a")
    assert purge.purge_needed(warehouse)
    last = instance.event_log_storage.get_maximum_record_id()
    assert last
    assert purge.purge_history(instance, warehouse) == 2
    assert (instance.event_log_storage.get_maximum_record_id() or 0) > last, "a sensor would not see what comes next"
    (told,) = instance.get_runs()
    assert told.status == DagsterRunStatus.CANCELED
    assert SECRET.encode() not in everything(warehouse)
    assert purge.purge_needed(warehouse), "the run that takes it out of the tables is still to come"
    build(instance)
    purge.mark_history_clean(instance, warehouse)
    assert not purge.purge_needed(warehouse)
    assert purge.purge_history(instance, warehouse) is None
    assert instance.get_runs_count() == 2
    (kept,) = instance.fetch_materializations(dg.AssetKey("quotes"), limit=10).records
    assert kept.asset_materialization is not None


def test_examples_of_checks_that_were_judged_alone_go_too(place: tuple[Path, dg.DagsterInstance]) -> None:
    warehouse, instance = place
    table = dg.MetadataValue.table([dg.TableRecord({"text": SECRET})])

    @dg.asset_check(asset="quotes", name="held")
    def held() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, metadata={"examples": table})

    job = dg.Definitions(asset_checks=[held], jobs=[dg.define_asset_job("judge", dg.AssetSelection.all_asset_checks())])
    assert job.resolve_job_def("judge").execute_in_process(instance=instance).success
    assert SECRET.encode() in everything(warehouse)
    withdraw(warehouse, "a")
    assert purge.purge_history(instance, warehouse) == 1
    assert SECRET.encode() not in everything(warehouse)


def test_a_run_under_way_is_waited_for(place: tuple[Path, dg.DagsterInstance]) -> None:
    warehouse, instance = place
    withdraw(warehouse, "a")
    run = DagsterRun("build", status=DagsterRunStatus.STARTED)
    instance.add_run(run)
    assert purge.purge_history(instance, warehouse) is None
    instance.delete_run(run.run_id)
    assert purge.purge_history(instance, warehouse) == 0


def forgotten(warehouse: Path, instance: dg.DagsterInstance) -> None:
    assert purge.purge_history(instance, warehouse) is not None


def ran(_: Path, instance: dg.DagsterInstance) -> None:
    instance.add_run(DagsterRun("build", status=DagsterRunStatus.SUCCESS))


def released(warehouse: Path, instance: dg.DagsterInstance) -> None:
    purge.mark_history_clean(instance, warehouse)


def asked(warehouse: Path, _: dg.DagsterInstance) -> None:
    withdraw(warehouse, "a")


def asked_another(warehouse: Path, _: dg.DagsterInstance) -> None:
    withdraw(warehouse, "b")


def undone(warehouse: Path, _: dg.DagsterInstance) -> None:
    lists.write_withdrawn_list(warehouse, {})


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        pytest.param([asked], True, id="not yet"),
        pytest.param([asked, forgotten, ran], True, id="no release yet"),
        pytest.param([asked, forgotten, ran, released], False, id="as it should be"),
        pytest.param([asked, ran, released], True, id="a run that was started before"),
        pytest.param([asked, forgotten, ran, ran, released], True, id="a run that came between"),
        pytest.param([asked, forgotten, ran, ran, released, forgotten, ran, released], False, id="the build after"),
        pytest.param([asked, forgotten, forgotten, ran, released], False, id="forgotten twice"),
        pytest.param([asked, forgotten, ran, asked, released], True, id="withdrawn while the run went on"),
        pytest.param([asked, forgotten, ran, asked_another, released], True, id="another one, meanwhile"),
        pytest.param([asked, forgotten, ran, released, asked], True, id="withdrawn once more"),
        pytest.param([asked, forgotten, ran, released, undone, released, asked], True, id="taken in meanwhile"),
    ],
)
def test_when_it_is_to_be_forgotten(tmp_path: Path, steps: list[Any], due: bool) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for step in steps:
            step(tmp_path, instance)
    assert purge.purge_needed(tmp_path) == due


def test_a_file_that_cannot_be_read_says_nothing_is_clean(place: tuple[Path, dg.DagsterInstance]) -> None:
    warehouse, instance = place
    for step in (asked, forgotten, ran, released):
        step(warehouse, instance)
    (warehouse / purge.FILE).write_text("{", encoding="utf-8")
    assert purge.purge_needed(warehouse)


def test_old_runs_take_their_files_along(place: tuple[Path, dg.DagsterInstance]) -> None:
    warehouse, instance = place
    for _ in range(3):
        build(instance)
    kept = instance.get_runs(limit=1)[0].run_id
    assert forget_runs(instance, 1) == 2
    names = {path.name.partition(".")[0] for path in (warehouse / "dagster" / "history" / "runs").iterdir()}
    assert names - {"index", ""} == {kept}


def test_old_runs_take_along_what_their_checks_said_but_for_the_last_word(
    place: tuple[Path, dg.DagsterInstance],
) -> None:
    _, instance = place

    @dg.asset_check(asset="quotes", name="once")
    def once() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    job = dg.Definitions(asset_checks=[once], jobs=[dg.define_asset_job("judge", dg.AssetSelection.all_asset_checks())])
    assert job.resolve_job_def("judge").execute_in_process(instance=instance).success
    for _ in range(3):
        build(instance)
    assert forget_runs(instance, 1) == 3
    said = {
        name: instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(dg.AssetKey("quotes"), name), limit=10
        )
        for name in ("held", "once")
    }
    (kept,) = said["held"]
    assert kept.run_id == instance.get_runs(limit=1)[0].run_id
    assert len(said["once"]) == 1
