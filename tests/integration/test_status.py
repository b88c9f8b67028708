"""The operator's view of a warehouse, and which problems are reported without a run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner
from dagster import DagsterRunStatus

from assets.automation import status_sensor
from assets.build.incremental import update_from_raw_folder
from assets.cli import app
from assets.cli.status import lines
from assets.feeds import feeds_file
from assets.feeds.feeds_file import Feed
from assets.runs.instance import open_instance
from assets.runs.notifications import FOLDER
from assets.settings import Settings
from assets.status import DAILY, TOO_LATE, Build, Status, _problems, status, subjects
from assets.status_asset import shown
from assets.table_assets import intake_asset
from tests.support import factory
from tests.support.dagster_runs import RESOURCES
from warehouse import failures
from warehouse.store import Store


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    place = factory.stories(tmp_path, 12)
    (place.raw / "picture.png").write_bytes(b"\x89PNG")
    return place


@pytest.fixture
def taken(place: Settings) -> Settings:
    """Return a warehouse whose raw folder is read; no stage has run."""
    update_from_raw_folder(Store(place.warehouse), place, lambda _: None)
    return place


@pytest.fixture
def instance(place: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(place.warehouse) as instance:
        yield instance


def test_before_a_first_build_there_are_only_files(place: Settings) -> None:
    found = status(place, None)
    assert (found.files, found.articles, found.build, found.release) == ((13, 0), 0, None, None)
    assert found.problems == () and found.free_bytes > 0


def test_a_warehouse_that_names_no_raw_folder_is_not_compared_with_the_sample(taken: Settings) -> None:
    done = CliRunner().invoke(app, ["status", "--warehouse", str(taken.warehouse)])
    assert done.exit_code == 1
    assert "its raw folder is not stored" in done.output


def test_what_is_pending_failed_and_refused_is_counted(taken: Settings) -> None:
    store = Store(taken.warehouse)
    with store.open() as connection:
        failures.note(connection, "quotes", [failures.StageFailure("a", "ValueError", None, None)])
    (taken.raw / "new.txt").write_text("New.", encoding="utf-8")
    (taken.raw / "00.txt").unlink()
    found = status(taken, None)
    assert found.behind[0] == "documents"
    assert (found.failed, found.refused, found.files) == ({"quotes": 1}, {"unsupported": 1}, (1, 1))
    assert found.database_bytes > 0 and found.free_bytes > 0


def test_a_lost_folder_is_a_problem(taken: Settings) -> None:
    taken.raw.rename(taken.raw.with_name("elsewhere"))
    (problem,) = status(taken, None).problems
    assert str(taken.raw) in problem
    taken.raw.mkdir()
    (problem,) = status(taken, None).problems
    assert "12 of 12 articles" in problem


def test_a_shrunken_folder_is_a_problem_although_a_file_changed(taken: Settings) -> None:
    for number in range(2, 12):
        (taken.raw / f"{number:02}.txt").unlink()
    (taken.raw / "00.txt").write_text("Another story.", encoding="utf-8")
    (problem,) = status(taken, None).problems
    assert "10 of 12 articles" in problem
    (taken.raw / "moved.txt").write_text("Story 3.", encoding="utf-8")
    assert status(taken, None).problems == (), "only reading the new file tells"


def test_of_a_held_database_nothing_is_claimed(taken: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.status.READ_LOCK_SECONDS", 0.1)
    with Store(taken.warehouse).locked():
        found = status(taken, None)
    (problem,) = found.problems
    assert "is locked by process" in problem
    told = subjects(found)
    assert {told[name] for name in ("articles", "refused", "behind")} == {"not known: the database cannot be read"}


def test_feeds_are_counted(taken: Settings, tmp_path: Path) -> None:
    assert subjects(status(taken, None))["feeds"] == "none"
    listed = replace(taken, feeds=tmp_path / "feeds.toml")
    feeds_file.write(tmp_path / "feeds.toml", [Feed("https://news.example/rss"), Feed("https://other.example/rss")])
    found = status(listed, None)
    assert (found.problems, subjects(found)["feeds"]) == ((), "feeds 2, never fetched 2")


NOW = datetime.now(UTC)
OLD = NOW - TOO_LATE - timedelta(hours=1)


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (Status("w", "r", build=Build("0123456789", "success", NOW, NOW), succeeded=NOW), None),
        (Status("w", "r", build=Build("0123456789", "failure", NOW, NOW)), "the last build failed (run 01234567)"),
        (Status("w", "r", build=Build("0123456789", "started", OLD, None)), "a build has been running since"),
        (Status("w", "r", build=Build("0123456789", "started", NOW, None)), None),
        (Status("w", "r", succeeded=OLD, automation=(DAILY,)), "no build has succeeded since"),
        (Status("w", "r", succeeded=OLD), None),
    ],
    ids=["well", "failed", "stuck", "at work", "late", "late, but nothing is scheduled"],
)
def test_each_problem_is_one_line(found: Status, problem: str | None) -> None:
    lines = _problems(found)
    assert len(lines) == (problem is not None)
    assert problem is None or problem in lines[0]


def test_runs_and_automation_come_from_dagster(taken: Settings, instance: dg.DagsterInstance) -> None:
    instance.add_run(dg.DagsterRun("build", status=DagsterRunStatus.FAILURE))
    found = status(taken, instance)
    assert found.build is not None and found.build.state == "failure"
    assert (found.succeeded, found.automation) == (None, ())
    assert [line for line in found.problems if "last build failed" in line]


def test_a_build_is_a_run_that_makes_a_release(taken: Settings, instance: dg.DagsterInstance) -> None:
    """Dagster's own job runs the assets that a user selects in the UI."""
    of_ui, keys = "__ASSET_JOB", {name: frozenset({dg.AssetKey(name)}) for name in ("release", "raws")}
    instance.add_run(dg.DagsterRun("build", status=DagsterRunStatus.FAILURE))
    made = instance.add_run(dg.DagsterRun(of_ui, status=DagsterRunStatus.SUCCESS, asset_selection=keys["release"]))
    instance.add_run(dg.DagsterRun(of_ui, status=DagsterRunStatus.FAILURE, asset_selection=keys["raws"]))
    found = status(taken, instance)
    assert found.build is not None and (found.build.run_id, found.build.state) == (made.run_id, "success")


def test_a_build_is_found_behind_any_number_of_other_runs(
    taken: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.status.RUNS_AT_ONCE", 5)
    made = instance.add_run(dg.DagsterRun("build", status=DagsterRunStatus.SUCCESS))
    for _ in range(10):
        instance.add_run(dg.DagsterRun("__ASSET_JOB", status=DagsterRunStatus.SUCCESS))
    found = status(taken, instance)
    assert found.build is not None and (found.build.run_id, found.build.state) == (made.run_id, "success")


def test_the_history_of_an_older_version_is_read_and_goes_on(taken: Settings) -> None:
    """The history is of a version without data versions and code locations of runs, with another dagster.yaml."""
    folder = taken.warehouse / "dagster"
    folder.mkdir()
    (folder / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    with dg.DagsterInstance.from_config(str(folder)) as old:
        run = dg.DagsterRun("build", status=DagsterRunStatus.SUCCESS, tags={"onrecord/terminal": "true"})
        old.add_run(run)
        old.report_runless_asset_event(dg.AssetMaterialization("raws", metadata={"rows added": 12}))
    asset = intake_asset(taken, lambda _: None, lambda _: None)
    with open_instance(taken.warehouse) as instance:
        found = status(taken, instance)
        assert found.build is not None and (found.build.run_id, found.build.state) == (run.run_id, "success")
        assert dg.materialize([asset], instance=instance, resources=RESOURCES).success
        assert instance.get_run_by_id(run.run_id) is not None
        records = instance.fetch_materializations(dg.AssetKey("raws"), limit=9).records
    assert [record.asset_materialization is not None for record in records] == [True, True]
    assert (folder / "dagster.yaml.changed-1").is_file(), "one that is none of ours is put aside"


def test_the_sensor_tells_a_problem_once(taken: Settings, instance: dg.DagsterInstance) -> None:
    sensor = status_sensor(taken)
    cursor: str | None = None

    def look() -> tuple[int, int]:
        """Return how many alerts there are now, and how many events of the asset this tick made."""
        nonlocal cursor
        out = sensor(dg.build_sensor_context(instance=instance, cursor=cursor))
        assert isinstance(out, dg.SensorResult)
        cursor = out.cursor
        return len(list((taken.warehouse / FOLDER).glob("*"))), len(out.asset_events)

    assert look() == (0, 1)
    assert look() == (0, 0)
    lost = taken.raw.rename(taken.raw.with_name("elsewhere"))
    assert [look(), look()] == [(1, 1), (1, 0)]
    lost.rename(taken.raw)
    assert look() == (1, 1)
    taken.raw.rename(lost)
    time.sleep(1.1)  # the name of an alert's file has seconds
    assert look() == (2, 1)


def test_the_command_prints_lines_or_json_and_ends_with_1_where_something_is_wrong(taken: Settings) -> None:
    given = ["status", "--raw", str(taken.raw), "--warehouse", str(taken.warehouse)]
    done = CliRunner().invoke(app, given)
    assert (done.exit_code, done.output.splitlines()) == (0, lines(status(taken, None)))
    missing = [*given[:2], str(taken.raw / "lost"), *given[3:], "--json"]
    done = CliRunner().invoke(app, missing)
    assert done.exit_code == 1
    assert json.loads(done.output)["problems"] == list(status(replace(taken, raw=taken.raw / "lost"), None).problems)


def test_the_asset_shows_the_same(taken: Settings, instance: dg.DagsterInstance) -> None:
    found = status(taken, instance)
    assert json.loads(json.dumps(shown(found)["as JSON"].data)) == json.loads(json.dumps(found.as_dict()))
    told = [str(record.data["found"]).replace("\N{NO-BREAK SPACE}", " ") for record in shown(found)["status"].records]
    assert told == ["none", *list(subjects(found).values())[1:]]
    lost = replace(found, problems=("a is lost", "b is late"))
    assert [record.data["what"] for record in shown(lost)["status"].records][:3] == [
        "problem",
        "problem",
        "last\N{NO-BREAK SPACE}build",
    ]
    assert shown(lost)["problems"] == 2


def test_the_run_that_has_made_its_release_is_the_last_that_succeeded(
    taken: Settings, instance: dg.DagsterInstance
) -> None:
    run = dg.DagsterRun("build", status=DagsterRunStatus.STARTED)
    instance.add_run(run)
    found = status(taken, instance, run.run_id)
    assert found.build is not None and (found.build.run_id, found.build.state) == (run.run_id, "success")
    assert found.succeeded == found.build.ended is not None
    other = status(taken, instance, "another")
    assert other.build is not None and (other.build.state, other.succeeded) == ("started", None)
