"""Faults end in one line that names the file and the remedy, as in docs/faults.md: no command prints a traceback."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import Progress

from assets.build.engine.processes import start
from assets.build.incremental import StageSummary
from assets.cli import app
from assets.cli import build_output as terminal
from assets.cli.build_output import RunOutput, run_build
from assets.cli.build_summary import refused, totals, withheld
from assets.cli.check import report
from assets.runs import error_messages
from assets.runs.instance import open_instance
from assets.settings import DAGSTER_YAML, SAMPLE, SettingError, Settings, flag, with_values
from expectations.check_runner import Verdict
from tests.integration.test_release import judged_store, release
from tests.support import factory
from warehouse import refusals
from warehouse.release import damage_check
from warehouse.release import versions as shelf
from warehouse.release.publish import Release, ReleaseRefused
from warehouse.sql import StoreError
from warehouse.store import Store

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(error_messages.TRACEBACK, raising=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a raw folder and a warehouse with a release of three articles."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "raw").mkdir()
    (folder / "raw" / "harbour.txt").write_text("Ana Lume said on Friday that it was safe.", encoding="utf-8")
    release(judged_store(folder / "warehouse"))
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the warehouse, with its raw folder beside it."""
    shutil.copytree(made, tmp_path / "copy", symlinks=True)
    for path in (tmp_path / "copy").rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o644)
    return tmp_path / "copy" / "warehouse"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def build(warehouse: Path) -> Result:
    return run("build", "--raw", warehouse.parent / "raw", "--warehouse", warehouse)


def the_line(result: Result) -> str:
    """Return the one error line of a command that failed."""
    assert (result.exit_code, type(result.exception)) == (1, SystemExit), result.exception
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line


# --- values of settings

WRONG = (
    *(
        (name, value)
        for name in ("limit", "workers", "article_seconds")
        for value in ("abc", "1.5", "-3", "0", "9" * 30)
    ),
    *(("as_of", value) for value in ("yesterday", "2026-02-30", "28.11.2026", "")),
    *(("daily_at", value) for value in ("25:00", "noon", "5", "05:00:00")),
    ("publish_text", "some"),
    ("engine", "spark"),
    ("pages_url", "ftp://example.org"),
)
OF_PYTHON = ("invalid literal", "isoformat", "time data", "unconverted", "int()", "out of range", "digits")


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_that_cannot_be_is_answered_with_what_is_wanted(name: str, value: str) -> None:
    with pytest.raises(SettingError) as error:
        with_values(Settings(), {name: value})
    said = str(error.value)
    assert said.startswith(f"{flag(name)} {value!r}: not ")
    assert not [words for words in OF_PYTHON if words in said]


@given(st.sampled_from([f.name for f in fields(Settings)]), st.text(max_size=30))
def test_any_value_is_taken_or_refused_in_one_line(name: str, value: str) -> None:
    try:
        with_values(Settings(), {name: value})
    except SettingError as error:
        assert len(str(error).splitlines()) == 1
        assert not [words for words in OF_PYTHON if words in str(error).partition(repr(value))[2]]


# --- the newest release

RECORD = {"version": "x", "released_on": "", "schema_version": "", "made_by": "", "state": "", "terms": {}}


def _of(warehouse: Path) -> Path:
    return (warehouse / "releases" / shelf.LATEST).resolve()


def _overwrite(name: str, text: str) -> Callable[[Path], Path]:
    def damage(warehouse: Path) -> Path:
        (_of(warehouse) / name).write_text(text, encoding="utf-8")
        return _of(warehouse)

    return damage


def _remove(name: str) -> Callable[[Path], Path]:
    def damage(warehouse: Path) -> Path:
        (_of(warehouse) / name).unlink()
        return _of(warehouse)

    return damage


def _flip(name: str) -> Callable[[Path], Path]:
    def damage(warehouse: Path) -> Path:
        path = _of(warehouse) / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        return _of(warehouse)

    return damage


def _latest(what: str) -> Callable[[Path], Path]:
    def damage(warehouse: Path) -> Path:
        link = warehouse / "releases" / shelf.LATEST
        link.unlink()
        if what == "folder":
            link.mkdir()
            (link / "kept.txt").touch()
        else:
            link.write_text("2026.11.22", encoding="utf-8")
        return link

    return damage


DAMAGES: dict[str, Callable[[Path], Path]] = {
    "no JSON": _overwrite("release.json", "{"),
    "a list": _overwrite("release.json", "[]"),
    "deep": _overwrite("release.json", "[" * 100_000),
    "numbers for tables": _overwrite(
        "release.json", json.dumps(RECORD | {"rows": 1, "files": 2, "articles": 3, "withheld": 4})
    ),
    "no record": _remove("release.json"),
    "no sums": _remove("SHA256SUMS"),
    "other sums": _overwrite("SHA256SUMS", "nonsense\n"),
    "no table": _remove("quotes.parquet"),
    "a flipped byte": _flip("quotes.parquet"),
    "latest is a folder": _latest("folder"),
    "latest is a file": _latest("file"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_build_on_a_damaged_release_names_it_and_says_what_to_move(
    copy: Path, damage: Callable[[Path], Path]
) -> None:
    named = damage(copy)
    before = sorted(path.name for path in (copy / "releases").iterdir())
    line = the_line(build(copy))
    assert str(named) in line
    assert "move" in line and "away" in line
    assert sorted(path.name for path in (copy / "releases").iterdir()) == before


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_no_release_is_made_beside_a_damaged_one(copy: Path, damage: Callable[[Path], Path]) -> None:
    """The asset `release` makes one without the check before a build."""
    damage(copy)
    versions = shelf.names(copy / "releases")
    with pytest.raises((ReleaseRefused, StoreError)):
        release(Store(copy), version="0.2.0")
    assert shelf.names(copy / "releases") == versions


@pytest.mark.parametrize("command", [("diff", "latest"), ("verify",), ("publish", "file:///nowhere"), ("releases",)])
@pytest.mark.parametrize("damage", [name for name in DAMAGES if "latest" not in name])
def test_commands_on_a_damaged_release_end_with_a_line(copy: Path, command: tuple[str, ...], damage: str) -> None:
    DAMAGES[damage](copy)
    result = run(*command, "--warehouse", copy)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert len(result.stderr.splitlines()) <= 1
    assert "an error in onrecord" not in result.stderr


def test_a_sound_release_has_no_damage_however_little_is_read(copy: Path) -> None:
    assert damage_check.first_damage(_of(copy)) is None
    assert damage_check.first_damage(_of(copy), read_bytes=0) is None


def test_a_table_that_is_too_large_to_be_read_is_seen_to_be_cut_off(copy: Path) -> None:
    path = _of(copy) / "quotes.parquet"
    path.write_bytes(path.read_bytes()[:-50])
    assert "quotes.parquet" in (damage_check.first_damage(_of(copy), read_bytes=0) or "")


# --- the warehouse folder


@pytest.mark.parametrize("where", ["a file", "below a file", "in /proc"])
def test_a_warehouse_that_cannot_be_created_is_named(
    tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if where == "in /proc" and not Path("/proc/self").exists():
        pytest.skip("no /proc")
    (tmp_path / "file").touch()
    warehouse = {"a file": tmp_path / "file", "below a file": tmp_path / "file" / "w", "in /proc": Path("/proc/w")}[
        where
    ]
    assert run_build(Settings(raw=tmp_path, warehouse=warehouse)) == 1
    said = capsys.readouterr().err
    assert f"the warehouse {warehouse} cannot be" in said
    assert "Choose another --warehouse" in said
    assert len(said.splitlines()) == 2


@pytest.mark.parametrize("text", ["garbage", "document_id,source,withdrawn_on,reason\na,b\n", "\0"])
def test_a_damaged_list_of_withdrawn_articles_stops_with_the_way_out(copy: Path, text: str) -> None:
    (copy / "withdrawn.csv").write_text(text, encoding="utf-8")
    line = the_line(run("withdraw", "harbour.txt", "--warehouse", copy))
    assert str(copy / "withdrawn.csv") in line
    assert "restore the file from a backup" in line


def test_a_lock_that_is_a_folder_is_named(copy: Path) -> None:
    (copy / "onrecord.lock").unlink(missing_ok=True)
    (copy / "onrecord.lock").mkdir()
    line = the_line(run("show", "harbour", "--warehouse", copy))
    assert str(copy / "onrecord.lock") in line
    assert "Move it away" in line


def test_a_folder_in_the_place_of_the_database_is_named(copy: Path) -> None:
    (copy / "onrecord.duckdb").unlink()
    (copy / "onrecord.duckdb").mkdir()
    assert str(copy / "onrecord.duckdb") in the_line(run("show", "harbour", "--warehouse", copy))


# --- Dagster's files


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse with Dagster's files."""
    folder = tmp_path_factory.mktemp("instance")
    with open_instance(folder) as opened:
        assert opened.get_runs() == []
    return folder


@pytest.mark.parametrize("name", ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"])
def test_a_damaged_sqlite_file_is_named_with_what_to_move_and_what_is_lost(
    instance: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(instance, tmp_path / "w")
    assert error_messages.damaged_history(tmp_path / "w") is None
    path = tmp_path / "w" / "dagster" / name
    path.write_bytes(b"\x17" * 4096 + path.read_bytes()[4096:])
    (tmp_path / "raw").mkdir()
    assert run_build(Settings(raw=tmp_path / "raw", warehouse=tmp_path / "w")) == 1
    said = capsys.readouterr().err
    assert f"{path} is damaged" in said
    assert f"Move the folder {tmp_path / 'w' / 'dagster'} away" in said
    assert "loses" in said


@pytest.mark.parametrize("text", [b"run_monitoring: [", b"strange: true\n", b"\xff\xfe\x00"])
def test_a_wrong_dagster_yaml_is_named(
    instance: Path, tmp_path: Path, text: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(instance, tmp_path / "w")
    (tmp_path / "mine.yaml").write_bytes(text)
    monkeypatch.setenv(DAGSTER_YAML, str(tmp_path / "mine.yaml"))
    with (
        pytest.raises(SettingError, match=r"mine\.yaml is not a valid dagster"),
        open_instance(tmp_path / "w"),
    ):
        pass


# --- unforeseen errors, Ctrl-C


def _raising(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException) -> None:
    """Let a command raise `error` after it read its settings."""

    def callback(**_: object) -> None:
        from assets.cli.options import given_settings

        given_settings({"warehouse": os.environ["ONRECORD_WAREHOUSE"]})
        raise error

    monkeypatch.setattr(app.commands[name], "callback", callback)
    monkeypatch.setattr(app.commands[name], "params", [])


# Without groups of subcommands.
NAMES = [name for name, command in app.commands.items() if not hasattr(command, "commands")]


@pytest.mark.parametrize("name", NAMES)
def test_an_unforeseen_error_is_a_line_and_a_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "onrecord.duckdb").touch()
    monkeypatch.setenv("ONRECORD_WAREHOUSE", str(tmp_path))
    _raising(monkeypatch, name, ZeroDivisionError("by\nzero \x1b[2J"))
    line = the_line(run(name))
    (path,) = (tmp_path / "failures").glob("*.txt")
    assert "ZeroDivisionError: by zero ?[2J" in line
    assert str(path) in line
    assert "Traceback (most recent call last)" in path.read_text(encoding="utf-8")
    monkeypatch.setenv(error_messages.TRACEBACK, "1")
    assert isinstance(run(name).exception, ZeroDivisionError)


@pytest.mark.parametrize("name", NAMES)
def test_a_stopped_command_is_a_line_and_130(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_WAREHOUSE", str(tmp_path))
    _raising(monkeypatch, name, KeyboardInterrupt())
    result = run(name)
    assert result.exit_code == 130
    assert len(result.stderr.splitlines()) == 1
    assert "run the build again" in result.stderr or name != "build"
    assert list(tmp_path.iterdir()) == []


def test_a_traceback_does_not_fill_an_empty_folder_and_holds_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`restore` needs an empty folder, also after a failed attempt."""
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setenv("ONRECORD_WAREHOUSE", str(tmp_path / "empty"))
    monkeypatch.setenv("ONRECORD_WEBHOOK", "https://hooks.example/T0/secret-word")
    monkeypatch.setenv("ONRECORD_POSTGRES", "postgresql://ana:pass%40word@db/x")
    (tmp_path / "empty").mkdir()
    _raising(monkeypatch, "restore", RuntimeError("https://hooks.example/T0/secret-word pass@word pass%40word"))
    line = the_line(run("restore"))
    assert list((tmp_path / "empty").iterdir()) == []
    (path,) = (tmp_path / "temporary").rglob("*.txt")
    # Only the last line: the traceback above it quotes this test's source.
    for text in (line, path.read_text(encoding="utf-8").splitlines()[-1]):
        assert "(secret)" in text
        assert not [word for word in ("secret-word", "pass@word", "pass%40word") if word in text]


def test_only_the_newest_tracebacks_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    monkeypatch.setattr(error_messages, "KEPT", 2)
    (tmp_path / "onrecord.duckdb").touch()
    for day in (1, 2, 3):
        assert error_messages.write_traceback("x", tmp_path, datetime(2026, 11, day, tzinfo=UTC)) is not None
    assert [path.name[:8] for path in sorted((tmp_path / "failures").iterdir())] == ["20261102", "20261103"]


def test_errors_with_words_for_users_are_known_by_name() -> None:
    """A Dagster step reports only the name of an error's class."""
    from warehouse import intake

    known = {StoreError, *StoreError.__subclasses__(), SettingError, ReleaseRefused, shelf.DamagedRelease, OSError}
    assert intake.SourcesVanished in known
    assert [kind.__name__ for kind in known if not error_messages.is_explained_error(kind.__name__)] == []
    assert not error_messages.is_explained_error("ZeroDivisionError")


def test_a_worker_that_still_imports_does_not_hear_ctrl_c() -> None:
    worker = start()
    try:
        worker.process.send_signal(signal.SIGINT)
        assert worker.pipe.poll(120)
        assert worker.pipe.recv() == worker.process.pid
    finally:
        worker.pipe.close()
        worker.process.wait(30)


def test_a_terminals_run_starts_no_processes_for_what_steps_print(instance: Path, tmp_path: Path) -> None:
    """Such processes print tracebacks on Ctrl-C. Files of other runs are deleted as usual."""
    shutil.copytree(instance, tmp_path / "w")
    kept = tmp_path / "w" / "dagster" / "storage" / "run" / "compute_logs" / "step.out"
    kept.parent.mkdir(parents=True)
    kept.touch()
    with open_instance(tmp_path / "w", in_terminal=True) as opened:
        manager = opened.compute_log_manager
        before = _children()
        with manager.capture_logs(["run", "compute_logs", "step"]):
            assert _children() == before
        manager.delete_logs(prefix=["run"])
    assert not kept.exists()


def _children() -> set[str]:
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii").split())


@pytest.mark.slow
@pytest.mark.parametrize("begun", ["onrecord:", "documents", "statements", "checks"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_build_that_is_stopped_says_so_and_leaves_no_process(
    tmp_path: Path, begun: str, number: signal.Signals, code: int
) -> None:
    command = [sys.executable, "-c", "from assets.cli import app; app()", "build", "--workers", "2"]
    process = subprocess.Popen(
        [*command, "--raw", str(SAMPLE), "--warehouse", str(tmp_path / "w")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip().startswith(begun):
            break
    time.sleep(0.5)
    os.killpg(process.pid, number)
    _, said = process.communicate(timeout=300)
    assert (process.returncode, said) == (code, "Stopped; run the build again to continue.\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


# --- counting


def verdict(passed: bool, severity: str) -> Verdict:
    severity_of: Any = severity
    return Verdict("quotes_x", "quotes", "A promise.", severity_of, passed, 0, 1, "", (), "", "")


@given(st.lists(st.builds(verdict, st.booleans(), st.sampled_from(["error", "warn"]))))
def test_build_and_check_count_alike_and_a_warning_is_no_failure(verdicts: list[Verdict]) -> None:
    passed = sum(v.passed for v in verdicts)
    failed = sum(not v.passed and v.severity == "error" for v in verdicts)
    counted = f"{passed} passed, {failed} failed, {len(verdicts) - passed - failed} warned"
    assert counted in totals({}, verdicts)
    assert counted in str(report(verdicts)[-1])
    out = StringIO()
    told = RunOutput(Console(file=out, width=200), Progress(), 0.0)
    told.judged(verdicts)
    assert counted in out.getvalue()


@given(st.lists(st.floats(0.0, 30.0), min_size=2, max_size=16))
def test_the_printed_times_add_up_to_the_clock(steps: list[float]) -> None:
    """Also if stages report less: Dagster's work between them counts as well."""
    now = 0.0
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terminal.time, "monotonic", lambda: now)
        told = RunOutput(Console(file=out, width=200), Progress(), 0.0)
        for seconds in steps[:-1]:
            now += seconds
            told.done(StageSummary("quotes", 1, 0, 0, seconds / 2))
        now += steps[-1]
        told.judged([])
    printed = [float(seconds) for seconds in re.findall(r"(\d+\.\d) s(?:\s|$)", out.getvalue())]
    assert len(printed) == len(steps) + 1
    assert sum(printed) == pytest.approx(now, abs=0.06 * len(printed))


# --- refusals and withheld words


REFUSED = (
    ("a.xlsx", "unsupported", "no reader for .xlsx"),
    ("b\x1b[2J\u202e.xlsx", "unsupported", "no reader for .xlsx"),
    ("c.txt", "quarantined", "c.txt: quotes_text_at_span: quote 12"),
    ("d.jsonl#line-2", "a reason of tomorrow", "said so"),
)


@pytest.fixture
def refusing(copy: Path) -> Path:
    with Store(copy).open() as connection:
        connection.execute("DELETE FROM stored.refusals")
        connection.executemany(
            "INSERT INTO stored.refusals (source, reason, detail, path) VALUES (?, ?, ?, ?)",
            [[source, reason, detail, source] for source, reason, detail in REFUSED],
        )
    return copy


def test_refusals_are_counted_by_whatever_reasons_there_are(refusing: Path) -> None:
    with Store(refusing).reading() as connection:
        found = [(of.reason, of.count, of.source) for of in refusals.by_reason(connection)]
    assert found == [
        ("unsupported", 2, "a.xlsx"),
        ("a reason of tomorrow", 1, "d.jsonl#line-2"),
        ("quarantined", 1, "c.txt"),
    ]


def test_a_build_ends_with_a_line_a_reason_an_example_and_the_command() -> None:
    reasons = [
        refusals.Reason("unsupported", 2, "a\x1b.xlsx", "no reader"),
        refusals.Reason("empty", 1, "b", "b: none"),
    ]
    lines = refused(Path("/a folder"), reasons)
    assert len(lines) == 5
    assert "3 files or records" in lines[0]
    assert "unsupported" in lines[1] and " 2 " in lines[1] and "no reader" in lines[1]
    assert lines[2].strip() == refusals.REMEDIES["unsupported"]
    assert "b: none" in lines[3]
    assert "onrecord refusals --warehouse '/a folder'" in lines[4]
    assert all(line.isprintable() for line in lines)
    assert refused(Path("x"), []) == []


def test_the_command_lists_all_refusals_or_those_of_a_reason(refusing: Path) -> None:
    result = run("refusals", "--warehouse", refusing)
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "a",
        "quarantined",
        "unsupported",
        "unsupported",
    ]
    assert not set("\x1b\u202e") & set(result.stdout)
    rows = json.loads(run("refusals", "--warehouse", refusing, "--json", "--reason", "unsupported").stdout)
    assert [(row["source"], row["reason"]) for row in rows] == [(s, r) for s, r, _ in REFUSED[:2]]
    assert "unsupported" in the_line(run("refusals", "--warehouse", refusing, "--reason", "unknown"))


@pytest.mark.parametrize("empty", [False, True])
def test_a_reason_for_which_nothing_was_refused_is_no_fault(refusing: Path, empty: bool, tmp_path: Path) -> None:
    warehouse = shutil.copytree(refusing, tmp_path / "w", symlinks=True)
    if empty:
        with Store(warehouse).open() as connection:
            connection.execute("DELETE FROM stored.refusals")
    result = run("refusals", "--warehouse", warehouse, "--reason", "language")
    assert (result.exit_code, result.stdout, "language" in result.stderr) == (0, "", True)
    assert json.loads(run("refusals", "--warehouse", warehouse, "--json", "--reason", "language").stdout) == []
    assert "superseded" in the_line(run("refusals", "--warehouse", warehouse, "--reason", "nonsense"))


def test_no_refusals_are_an_empty_list(copy: Path) -> None:
    with Store(copy).open() as connection:
        connection.execute("DELETE FROM stored.refusals")
    assert json.loads(run("refusals", "--warehouse", copy, "--json").stdout) == []
    assert run("refusals", "--warehouse", copy).exit_code == 0


def test_what_is_withheld_is_said_with_the_flag_that_shows_it() -> None:
    made = Release("1", Path("x"), True, {"quotes": 4207}, {"quotes.text": 2327}, {"all": 200, "closed": 150})
    (line,) = withheld(made, "licensed")
    assert "150 of 200 articles" in line and "2,327 of 4,207" in line and "--publish-text all" in line
    assert "licence" not in withheld(made, "none")[0]
    assert withheld(Release("1", Path("x"), True, {}, {}, {"all": 2, "closed": 0}), "all") == []


# --- a read-only warehouse

READERS = (
    ("show", "harbour.txt"),
    ("check",),
    ("refusals",),
    ("releases",),
    ("verify",),
    ("diff", "latest"),
    ("sample", "2", "--sheet", "sheet.csv"),
)


@pytest.fixture
def shut(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield the warehouse on a read-only mount. If this account may not mount, simulate its errors."""
    for lock in copy.glob("*.lock"):
        lock.unlink()
    monkeypatch.chdir(copy.parent)
    mounted = os.geteuid() == 0 and shutil.which("mount") is not None and _mount("--bind", str(copy), str(copy))
    if mounted and _mount("-o", "remount,ro,bind", str(copy)):
        yield copy
        subprocess.run(["umount", "-l", str(copy)], check=False)
        return
    if mounted:
        subprocess.run(["umount", "-l", str(copy)], check=False)
    opened, asked = os.open, os.access

    def refusing_open(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT) and str(path).startswith(str(copy)):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return opened(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refusing_open)
    monkeypatch.setattr(
        os, "access", lambda path, mode: not (mode & os.W_OK and str(path).startswith(str(copy))) and asked(path, mode)
    )
    yield copy


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def _state(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*"))


@pytest.mark.parametrize("command", READERS, ids=lambda words: words[0])
def test_commands_that_read_work_where_nothing_can_be_written(shut: Path, command: tuple[str, ...]) -> None:
    before = _state(shut)
    more = ["--as-of", factory.AS_OF.isoformat()] if command[0] == "check" else []
    result = run(*command, "--warehouse", shut, *more)
    assert result.exit_code == 0, (result.output, result.exception)
    assert _state(shut) == before


def test_a_build_says_that_it_cannot_write(shut: Path) -> None:
    result = build(shut)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert str(shut) in result.stderr
    assert "Traceback" not in result.stderr


def test_an_older_warehouse_that_cannot_be_migrated_is_refused_in_a_line(copy: Path) -> None:
    store = Store(copy)
    with store.open() as connection:
        connection.execute("ALTER TABLE stored.dates DROP COLUMN value")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "writable", lambda _: False)
        assert "older onrecord" in the_line(run("show", "harbour.txt", "--warehouse", copy))
