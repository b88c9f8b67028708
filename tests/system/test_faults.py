"""Faults of the environment, as in docs/faults.md: full disks, locks, clocks, mounts, kills."""

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner
from dagster import DagsterRun, DagsterRunStatus

from assets.build.incremental import update_from_raw_folder
from assets.cli import app
from assets.cli.build_output import run_build
from assets.runs.build_lock import fail_killed_runs
from assets.runs.instance import open_instance
from assets.runs.retention import forget_runs
from assets.runs.retries import TERMINAL_RUN_TAG
from assets.settings import SAMPLE, Settings
from assets.up_to_date import check_up_to_date
from pipeline.contract import LEDGER
from tests.support.chaos import WRITTEN, chaos, report
from tests.support.factory import filled_store
from warehouse import backup
from warehouse.release import versions
from warehouse.sql import StoreError, StoreLocked, transaction
from warehouse.store import LOCK_SECONDS, READ_LOCK_SECONDS, Store
from warehouse.writes import insert


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 12 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not _mount("-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)):
        pytest.skip("this account may not mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def _mount(*arguments: str) -> bool:
    if shutil.which("mount") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def ledger_lines(count: int, start: int) -> pl.DataFrame:
    names = [f"{start + i:032x}" for i in range(count)]
    return pl.DataFrame({"stage": ["quotes"] * count, "document_id": names, "fingerprint": [n * 2 for n in names]})


def test_a_full_disk_stops_with_a_line_and_keeps_what_was_written(mount: Path) -> None:
    store = filled_store(mount / "warehouse")
    whole = 0
    with pytest.raises(StoreError) as error:
        for turn in range(100):
            with store.open() as connection, transaction(connection):
                insert(connection, LEDGER, ledger_lines(20_000, turn * 20_000))
            whole += 20_000
    assert "the disk is full" in str(error.value)
    assert "\n" not in str(error.value)
    assert _mount("-o", "remount,size=64m", str(mount))
    kept = store.read("SELECT count(*) AS n FROM stored.ledger WHERE fingerprint = document_id || document_id")["n"][0]
    assert kept == whole
    with store.open() as connection, transaction(connection):
        insert(connection, LEDGER, ledger_lines(20_000, whole))


def _reader(database: Path, seconds: float) -> subprocess.Popen[str]:
    code = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1], read_only=True); "
        "print('open', flush=True); time.sleep(float(sys.argv[2]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(database), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_a_reader_that_holds_the_database_is_waited_for_and_then_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.store.LOG_WAIT_AFTER_SECONDS", 0.3)
    store = filled_store(tmp_path)
    process = _reader(store.database, 1.0)
    with caplog.at_level(logging.WARNING, "onrecord"):
        assert store.read("SELECT count(*) AS n FROM stored.documents")["n"][0] == 3
    process.wait()
    (line,) = [record.getMessage() for record in caplog.records]
    assert f"is open in process {process.pid} " in line and "waiting for up to 1" in line
    process = _reader(store.database, 60.0)
    try:
        with pytest.raises(StoreLocked, match=f"is open in process {process.pid} "):
            Store(tmp_path, lock_seconds=0.3).read("SELECT 1")
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_a_build_beside_a_reader_ends_when_it_has_waited_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the check before the build nor the closing lines wait as long again."""
    settings = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    settings.raw.mkdir()
    (settings.raw / "a.txt").write_text("Ana Lume said on Friday that it was safe.", encoding="utf-8")
    store = filled_store(settings.warehouse)
    waits: list[float] = []
    connect = Store._connect

    def counted(self: Store, database: Path) -> object:
        waits.append(self.lock_seconds)
        return connect(replace(self, lock_seconds=0.1), database)

    monkeypatch.setattr(Store, "_connect", counted)
    process = _reader(store.database, 120.0)
    try:
        assert check_up_to_date(settings) is None
        assert run_build(settings) == 1
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    assert [seconds for seconds in waits if seconds > READ_LOCK_SECONDS] == [LOCK_SECONDS]
    told = capsys.readouterr()
    assert f"is open in process {process.pid} " in told.err
    assert "0 articles" not in told.out


COMMANDS = (
    ("check",),
    ("show", "harbour"),
    ("diff", "2026.11.25", "latest"),
    ("verify", "latest"),
    ("publish", "file:///nowhere"),
    ("withdraw", "harbour.txt", "--reason", "a test"),
    ("sample", "5"),
    ("audit", "nowhere.csv"),
    ("backup", "there"),
)
DAGSTERS = (("automation", "start", "daily_build"), ("ui",), ("serve", "web"), ("serve", "daemon"))


# Dagster's processes open the database only in a run.
@pytest.mark.parametrize(
    ("command", "state"),
    [
        *((command, state) for command in COMMANDS for state in ("none", "cut off", "somebody else's", "a file")),
        *((command, "a file") for command in DAGSTERS),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]),
)
def test_a_command_on_a_warehouse_that_is_none_ends_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Sequence[str], state: str
) -> None:
    monkeypatch.chdir(tmp_path)
    warehouse = tmp_path / "warehouse"
    if state == "a file":
        warehouse.touch()
    elif state != "none":
        warehouse.mkdir()
        database = warehouse / "onrecord.duckdb"
        with duckdb.connect(str(database)) as connection:
            connection.execute("CREATE TABLE theirs AS SELECT 1 AS number")
        if state == "cut off":
            database.write_bytes(database.read_bytes()[:9_000])
    out = CliRunner().invoke(app, [*command, "--warehouse", str(warehouse)])
    assert (out.exit_code, type(out.exception)) == (1, SystemExit), out.exception
    last = out.output.rstrip().splitlines()[-1]
    assert last.startswith("Error: ") and len(last) > 20
    assert not (tmp_path / "there").exists()


def test_a_second_build_says_whom_it_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("warehouse.lock.LOG_WAIT_AFTER_SECONDS", 0.1)
    holder = str(os.getpid())
    with (
        Store(tmp_path).build_lock(),
        pytest.raises(StoreLocked, match=holder),
        Store(tmp_path, lock_seconds=0.2).build_lock(),
    ):
        pass
    assert [holder in line for line in caplog.messages] == [True]
    with Store(tmp_path).build_lock():
        assert len(caplog.messages) == 1


def test_runs_of_killed_builds_are_ended_and_give_their_place_back(tmp_path: Path) -> None:
    """Otherwise Dagster would start no run after a kill."""
    settings = Settings(warehouse=tmp_path)
    with open_instance(tmp_path) as instance:
        dead = DagsterRun("build", status=DagsterRunStatus.STARTED, tags={TERMINAL_RUN_TAG: "true"})
        instance.add_run(dead)
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default("warehouse")
        assert storage.claim_concurrency_slot("warehouse", dead.run_id, "make_quotes").is_claimed
        assert not storage.claim_concurrency_slot("warehouse", "next", "make_quotes").is_claimed
        storage.free_concurrency_slots_for_run("next")
        assert fail_killed_runs(instance, settings) == [dead.run_id]
        found = instance.get_run_by_id(dead.run_id)
        assert found is not None
        assert found.status == DagsterRunStatus.FAILURE
        assert storage.get_concurrency_run_ids() == set()
        assert storage.claim_concurrency_slot("warehouse", "next", "make_raws").is_claimed
        assert fail_killed_runs(instance, settings) == []


def test_the_newest_runs_are_kept(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        runs = [DagsterRun("build", status=DagsterRunStatus.SUCCESS) for _ in range(5)]
        alive = DagsterRun("build", status=DagsterRunStatus.STARTED)
        for run in (*runs, alive):
            instance.add_run(run)
        assert forget_runs(instance, 2) == 3
        left = {run.run_id for run in instance.get_runs()}
        assert left == {alive.run_id, *(run.run_id for run in runs[3:])}
        assert forget_runs(instance, 2) == 0


def test_a_clock_that_goes_back_is_said_and_versions_only_grow(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "onrecord"):
        assert versions.next_version(["2026.11.22"], date(2026, 11, 20)) == "2026.11.22.1"
        assert versions.next_version(["2038.1.1", "2038.1.1.4"], date(2026, 11, 20)) == "2038.1.1.5"
    assert [r.getMessage().partition(",")[0] for r in caplog.records] == ["the date is 2026-11-20"] * 2
    caplog.clear()
    assert versions.next_version(["2026.11.22"], date(2026, 11, 22)) == "2026.11.22.1"
    assert caplog.records == []


def test_times_in_the_future_and_in_the_past_are_times_like_others(tmp_path: Path) -> None:
    settings = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    settings.raw.mkdir()
    for name, seconds in (("future.txt", time.time() + 10**9), ("past.txt", 0)):
        (settings.raw / name).write_text(f"Ana Lume said on Friday that {name} was safe.", encoding="utf-8")
        os.utime(settings.raw / name, (seconds, seconds))
    store = Store(settings.warehouse)
    assert update_from_raw_folder(store, settings, lambda _: None).computed == 2
    assert update_from_raw_folder(store, settings, lambda _: None).computed == 0
    (settings.raw / "future.txt").write_text("Ana Lume said on Friday that it was not.", encoding="utf-8")
    os.utime(settings.raw / "future.txt", (1, 1))
    assert update_from_raw_folder(store, settings, lambda _: None).computed == 1


def test_a_raw_folder_is_only_read(mount: Path, tmp_path: Path) -> None:
    (mount / "a.txt").write_text("Ana Lume said on Friday that the pier was safe.", encoding="utf-8")
    assert _mount("-o", "remount,ro", str(mount))
    settings = Settings(raw=mount, warehouse=tmp_path / "warehouse")
    assert update_from_raw_folder(Store(settings.warehouse), settings, lambda _: None).computed == 1


# Stages of which each writes in its own way: all stages of single articles share a transaction.
KINDS = ("raws", "documents", "duplicates", "date_bounds", "verdicts", "release")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shards", "builds", "stages", "seed"), [(1, 2, WRITTEN, 7), (16, 1, KINDS, 9)], ids=["one file", "16 shards"]
)
def test_builds_killed_at_any_moment_end_as_one_left_in_peace(
    tmp_path: Path, shards: int, builds: int, stages: Sequence[str], seed: int
) -> None:
    """The short form of `python -m tests.support.chaos`: a point of every stage."""
    killed = chaos(tmp_path, builds, len(stages), rounds=1, new=6, first=0, seed=seed, shards=shards, stages=stages)
    print(report(killed))
    assert sum(killed.kills.values()) == builds + len(stages)
    assert {stage for how, stage, _ in killed.kills if how == "point"} == set(stages)


@pytest.mark.slow
def test_a_full_disk_stops_a_build_and_the_next_goes_on(mount: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Build; build with a new article on an almost full disk; build with space again; then restore a backup."""
    assert _mount("-o", "remount,size=160m", str(mount))
    settings = Settings(raw=mount.parent / "raw", warehouse=mount / "warehouse")
    settings.raw.mkdir()
    shutil.copy(SAMPLE / "01_atlas_wire_signing.txt", settings.raw)
    assert run_build(settings) == 0
    releases = settings.warehouse / "releases"
    (first,) = versions.versions(releases)
    shutil.copy(SAMPLE / "08_manara_agency_brief.txt", settings.raw)
    ballast = mount / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(mount).free - 2_000_000))
    assert run_build(settings) == 1
    told = capsys.readouterr().err
    assert "no room" in told
    assert "Traceback" not in told
    assert versions.versions(releases) == [first]
    assert versions.verify(releases / first) == []
    assert (releases / "latest").readlink() == Path(first)
    ballast.unlink()
    assert run_build(settings) == 0
    assert len(versions.versions(releases)) == 2

    backup.backup(Store(settings.warehouse), mount.parent / "backup")
    second = (releases / "latest").resolve().name
    shutil.rmtree(settings.warehouse)
    backup.restore(mount.parent / "backup", settings.warehouse)
    # A backup has no data docs: the next build runs the checks for them, and the release is up to date.
    assert run_build(settings) == 0
    found = check_up_to_date(settings)
    assert found is not None
    assert found.release.version == second
    assert versions.verify(releases / second) == []
