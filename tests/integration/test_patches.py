"""Patches of libraries: if one does not fit, the library runs unpatched, and the log says so."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log import schema
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage as STOCK
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

from assets import patches
from assets.patches import PatchMismatch, apply_or_fall_back, dagster_check_results, dagster_event_log, scipy_stats
from assets.patches.dagster_event_log import EventLog, PooledEventLog
from assets.patches.dagster_failure import expected
from assets.patches.dagster_run_origin import with_run_origin
from assets.patches.dagster_step_output import TerminalOnly
from assets.runs.instance import open_instance
from expectations.data_docs import make_offline


@dg.asset(check_specs=[dg.AssetCheckSpec("holds", asset="table")])
def table() -> Iterator[Any]:
    yield dg.MaterializeResult(metadata={"rows": 3})
    yield dg.AssetCheckResult(passed=True)


def another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "version", lambda _: "9.0")


@contextmanager
def elsewhere(*_: object) -> Iterator[None]:
    raise AttributeError("moved")
    yield


def kept(folder: Path) -> int:
    """Build twice, forget the first build's results of checks, and count those that are kept."""
    with open_instance(folder) as instance:
        runs = [dg.materialize([table], instance=instance).run_id for _ in range(2)]
        dagster_check_results.forget(instance, runs[:1])
        key = dg.AssetCheckKey(dg.AssetKey("table"), "holds")
        return len(instance.event_log_storage.get_asset_check_execution_history(key, limit=9))


def test_a_patch_that_fits_is_used_silently(caplog: pytest.LogCaptureFixture) -> None:
    assert apply_or_fall_back("it", patches.DAGSTER, lambda: "ours", lambda: "stock") == "ours"
    assert not caplog.messages


@pytest.mark.parametrize(
    "error", [PatchMismatch("x"), AttributeError("x"), ImportError("x"), KeyError("x"), TypeError("x")]
)
def test_a_patch_that_does_not_fit_gives_way(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> str:
        raise error

    assert apply_or_fall_back("it", patches.DAGSTER, fails, lambda: "stock") == "stock"
    (line,) = caplog.messages
    assert line.startswith("it: not applied, dagster is used unpatched: ") and "x" in line


def test_an_error_of_the_disk_is_no_misfit() -> None:
    def fails() -> str:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        apply_or_fall_back("it", patches.DAGSTER, fails, lambda: "stock")


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an instance."""
    folder = tmp_path_factory.mktemp("instance")
    with open_instance(folder):
        pass
    return folder / "dagster"


@pytest.mark.parametrize(
    "unfit",
    [
        another_version,
        lambda patch: patch.setattr(dagster_event_log, "_OVERRIDDEN", ("a_method",)),
        lambda patch: patch.setattr(EventLog, "index_connection", lambda log: STOCK._connect(log, "index")),
        lambda patch: patch.setattr(PooledEventLog, "_connect", elsewhere),
    ],
    ids=["version", "a method less", "connections opened otherwise", "another layout"],
)
def test_the_event_log_is_dagsters_own_where_ours_does_not_fit(
    unfit: Callable[[pytest.MonkeyPatch], None], storage: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    home = {"home": str(storage)}
    with pytest.MonkeyPatch.context() as patch:
        unfit(patch)
        log = EventLog.from_config_value(None, home)
    assert type(log) is EventLog
    assert caplog.messages[0].startswith("the event log with persistent connections: not applied")
    with log.index_connection() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert isinstance(EventLog.from_config_value(None, home), PooledEventLog)


def test_old_results_of_checks_go_but_the_last(tmp_path: Path) -> None:
    assert kept(tmp_path) == 1


@pytest.mark.parametrize(
    "unfit",
    [another_version, lambda patch: patch.delattr(schema, "AssetCheckExecutionsTable")],
    ids=["version", "name"],
)
def test_old_results_of_checks_stay_where_dagster_keeps_them_otherwise(
    unfit: Callable[[pytest.MonkeyPatch], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "onrecord"):
        unfit(monkeypatch)
        assert kept(tmp_path) == 2
    assert any(line.startswith("the deletion of old results of checks: not applied") for line in caplog.messages)


def run_of_this_process(instance: dg.DagsterInstance) -> dg.DagsterRun:
    """Return the record of a job that `with_run_origin` was asked to run for the code location `here`."""

    @dg.job
    def work() -> None: ...

    done = work.execute_in_process(instance=with_run_origin(instance, "here", "work"))
    record = instance.get_run_by_id(done.run_id)
    assert record is not None
    return record


def test_a_run_of_this_process_belongs_to_a_code_location() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        origin = run_of_this_process(instance).remote_job_origin
    assert origin is not None
    assert (origin.location_name, origin.job_name) == ("here", "work")


@pytest.mark.parametrize(
    "unfit",
    [another_version, lambda patch: patch.setattr(dg.DagsterInstance, "create_run_for_job", elsewhere)],
    ids=["version", "layout"],
)
def test_a_run_belongs_to_no_code_location_where_dagster_makes_runs_otherwise(
    unfit: Callable[[pytest.MonkeyPatch], None], caplog: pytest.LogCaptureFixture
) -> None:
    with dg.DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        unfit(patch)
        assert with_run_origin(instance, "here", "work") is instance
        patch.undo()
        assert instance.create_run_for_job.__name__ == "create_run_for_job"
    assert any(line.startswith("runs of the terminal on the UI's first page: not applied") for line in caplog.messages)


def test_steps_print_to_the_terminal_alone(tmp_path: Path) -> None:
    with open_instance(tmp_path, in_terminal=True) as instance:
        assert isinstance(instance.compute_log_manager, TerminalOnly)


@pytest.mark.parametrize(
    "unfit",
    [another_version, lambda patch: patch.setattr(TerminalOnly, "capture_logs", elsewhere)],
    ids=["version", "layout"],
)
def test_steps_print_into_files_where_dagster_writes_them_otherwise(
    unfit: Callable[[pytest.MonkeyPatch], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    unfit(monkeypatch)
    with open_instance(tmp_path, in_terminal=True) as instance:
        assert type(instance.compute_log_manager) is LocalComputeLogManager
    assert any(line.startswith("the output of steps on the terminal alone: not applied") for line in caplog.messages)


@pytest.mark.parametrize(
    "unfit",
    [another_version, lambda patch: patch.setattr("importlib.util.find_spec", lambda _: None)],
    ids=["version", "no scipy"],
)
def test_scipy_is_imported_as_ever_where_that_cannot_be_put_off(
    unfit: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delitem(sys.modules, scipy_stats.UNUSED, raising=False)
    unfit(monkeypatch)
    scipy_stats.defer_scipy_stats()
    assert scipy_stats.UNUSED not in sys.modules
    (line,) = caplog.messages
    assert line.startswith("the late import of scipy.stats: not applied, great-expectations is used unpatched")


@pytest.mark.parametrize(
    "page",
    [
        "<html><body>no head</body></html>",
        "<html><head></head><body><script src='x.js'>never closed</body></html>",
        '<html><head></head><body><video src="https://example.org/x"></video></body></html>',
    ],
    ids=["no head", "script", "another host"],
)
def test_a_page_of_another_make_stays_as_it_is(page: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    known = "<html><head><script>x</script></head><body>y</body></html>"
    (tmp_path / "strange.html").write_text(page)
    (tmp_path / "known.html").write_text(known)
    make_offline(tmp_path)
    assert (tmp_path / "strange.html").read_text() == page
    assert "Content-Security-Policy" in (text := (tmp_path / "known.html").read_text()) and "<script" not in text
    assert caplog.messages == [
        "data docs: 1 page in an unknown format, left unchanged as Great Expectations wrote them"
    ]


def test_without_the_patch_a_failure_has_its_description(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    another_version(monkeypatch)
    made = expected(OSError("no room"), {"where": "here"})
    assert (type(made), made.description, made.allow_retries) == (dg.Failure, "OSError: no room", False)
    assert "failures without tracebacks: not applied" in caplog.text
