"""A warehouse is private to its owner: modes of its files under any umask, configuration that could run code, hostile
backups.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from assets.cli import app
from assets.cli.build_output import run_build
from assets.runs import error_messages, notifications
from assets.runs.instance import IN_SQLITE, TEMPLATE, home, open_instance
from assets.settings import DAGSTER_YAML, ROOT, SettingError, Settings, file
from tests.integration.test_backup import release
from tests.integration.test_release import judged_store
from tests.integration.test_release import release as released
from tests.support.factory import filled_store
from warehouse import backup as backups
from warehouse import files
from warehouse.backup import MANIFEST, backup, restore
from warehouse.release import versions
from warehouse.sql import StoreError
from warehouse.store import Store


@pytest.fixture(
    params=[0o000, pytest.param(0o022, marks=pytest.mark.slow), 0o077], ids=lambda mask: f"umask {mask:03o}"
)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """Return path -> mode, of the folder itself (`.`) and all in it except links."""
    return {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in (folder, *folder.rglob("*"))
        if not path.is_symlink()
    }


def too_open(folder: Path) -> dict[str, str]:
    """Return what another account could read or write and should not, or could not read and should."""
    wrong = {}
    for name, mode in modes(folder).items():
        is_folder = (folder / name).is_dir()
        if name == ".":
            wanted = {0o711}
        elif name == "releases" or (name.startswith("releases/") and not name.startswith("releases/.")):
            wanted = {0o755} if is_folder else {0o444}
        else:
            wanted = {0o700} if is_folder else {0o600}
        if mode not in wanted:
            wrong[name] = oct(mode)
    return wrong


# --- modes


def test_what_is_written_is_private_and_releases_can_be_served(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "parent" / "warehouse"
    made = released(judged_store(folder))
    with open_instance(folder):
        pass
    file.write(folder / file.NAME, {"raw": tmp_path}, {})
    notifications.write(
        folder,
        notifications.Failure("run", "job", "2026-11-22", str(folder), ("words",)),
        notifications.datetime.now(notifications.UTC),
    )
    assert error_messages.write_traceback("words", folder) is not None
    assert too_open(folder) == {}
    assert stat.S_IMODE((tmp_path / "parent").stat().st_mode) == 0o755
    assert {"onrecord.duckdb", "onrecord.toml", "dagster", "failures"} <= {p.name for p in folder.iterdir()}
    backup(Store(folder), tmp_path / "backup")
    assert all(not mode & 0o077 for mode in modes(tmp_path / "backup").values())
    restore(tmp_path / "backup", tmp_path / "restored")
    assert too_open(tmp_path / "restored") == {}
    assert versions.verify(tmp_path / "restored" / "releases" / made.version) == []


def test_the_log_beside_the_database_is_private(tmp_path: Path, umask: int) -> None:
    store = filled_store(tmp_path / "warehouse")
    with store.open() as connection:
        connection.execute("DELETE FROM stored.verdicts")
        connection.execute("CREATE TABLE more AS FROM range(10)")
        log = store.folder / "onrecord.duckdb.wal"
        assert log.exists() and stat.S_IMODE(log.stat().st_mode) == 0o600


def test_an_open_warehouse_is_tightened_by_the_next_build(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "warehouse")
    release(store, "2026.11.22")
    for name in ("dagster/history/runs.db", "failures/a.json", "data_docs/index.html", "withdrawn.key", "mine.txt"):
        (store.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (store.folder / name).write_text("words")
    (tmp_path / "elsewhere").write_text("words")
    (tmp_path / "elsewhere").chmod(0o644)
    (store.folder / "onrecord.old-1.duckdb").symlink_to(tmp_path / "elsewhere")
    for path in (store.folder, *store.folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o777 if path.is_dir() else 0o666)
    with store.build_lock():
        pass
    assert too_open(store.folder) == {"mine.txt": "0o666"}, "only what is ours"
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o644


def test_a_group_may_read_data_docs_where_the_operator_says_so(tmp_path: Path) -> None:
    (tmp_path / "data_docs" / "validations").mkdir(parents=True)
    (tmp_path / "data_docs" / "validations" / "a.html").write_text("words")
    (tmp_path / "data_docs").chmod(0o2755)
    files.restrict_permissions(tmp_path)
    assert modes(tmp_path / "data_docs") == {".": 0o2750, "validations": 0o2750, "validations/a.html": 0o640}


def test_a_folder_for_all_stays_one(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    files.restrict_permissions(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777


@pytest.mark.slow
@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_all_that_a_build_writes_is_private(tmp_path: Path, mask: int) -> None:
    (tmp_path / "raw").mkdir()
    text = '"We open again," harbour master Ana Lume told Delta News on Friday.\n'
    (tmp_path / "raw" / "a.txt").write_text(text, encoding="utf-8")
    before = os.umask(mask)
    try:
        assert run_build(Settings(raw=tmp_path / "raw", warehouse=tmp_path / "w")) == 0
    finally:
        os.umask(before)
    assert too_open(tmp_path / "w") == {}
    assert backups.unknown_files(tmp_path / "w") == []


# --- Dagster's configuration

HOSTILE = b"""python_logs:
  dagster_handler_config:
    handlers:
      e: {"()": subprocess.getoutput, cmd: "touch FILE"}
"""


def test_a_changed_dagster_yaml_is_put_aside_and_runs_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "dagster").mkdir()
    copy = tmp_path / "dagster" / "dagster.yaml"
    hostile = HOSTILE.replace(b"FILE", str(tmp_path / "ran").encode())
    copy.write_bytes(hostile)
    with caplog.at_level(logging.WARNING, "onrecord"), open_instance(tmp_path):
        pass
    assert copy.read_bytes() == TEMPLATE.read_bytes() + IN_SQLITE
    assert (tmp_path / "dagster" / "dagster.yaml.changed-1").read_bytes() == hostile
    (line,) = caplog.messages
    assert "dagster.yaml.changed-1" in line and DAGSTER_YAML in line
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: path.symlink_to("/etc/passwd"), id="a link"),
        pytest.param(lambda path: path.symlink_to("nothing"), id="a dangling link"),
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(os.mkfifo, id="a named pipe"),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe"), id="no text"),
        pytest.param(lambda path: path.write_bytes(TEMPLATE.read_bytes() + IN_SQLITE + HOSTILE), id="ours and more"),
    ],
)
def test_whatever_has_the_name_of_dagster_yaml_is_put_aside(tmp_path: Path, make: Callable[[Path], object]) -> None:
    (tmp_path / "dagster").mkdir()
    make(tmp_path / "dagster" / "dagster.yaml")
    home(tmp_path, {})
    assert (tmp_path / "dagster" / "dagster.yaml").read_bytes() == TEMPLATE.read_bytes() + IN_SQLITE
    assert os.path.lexists(tmp_path / "dagster" / "dagster.yaml.changed-1")
    assert Path("/etc/passwd").exists()


def test_the_operators_own_file_is_named_in_the_environment(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("nux:\n  enabled: false\n")
    folder = home(tmp_path / "w", {DAGSTER_YAML: str(mine)})
    assert mine.read_bytes() in (folder / "dagster.yaml").read_bytes()
    mine.write_text("telemetry:\n  enabled: false\n")
    home(tmp_path / "w", {DAGSTER_YAML: str(mine)})
    assert mine.read_bytes() in (folder / "dagster.yaml").read_bytes()
    home(tmp_path / "w", {})
    assert (folder / "dagster.yaml").read_bytes() == TEMPLATE.read_bytes() + IN_SQLITE
    assert sorted(path.name for path in folder.iterdir()) == ["dagster.yaml"]


def test_the_operators_own_file_is_not_in_the_warehouse(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "mine.yaml").write_bytes(HOSTILE)
    (tmp_path / "link.yaml").symlink_to(tmp_path / "w" / "mine.yaml")
    for named in ("w/mine.yaml", "link.yaml", "nothing.yaml", "w"):
        with pytest.raises(SettingError, match=DAGSTER_YAML):
            home(tmp_path / "w", {DAGSTER_YAML: str(tmp_path / named)})


# --- the page on security


def test_the_page_on_security_names_tests_and_modules_that_exist() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    tests = set(re.findall(r"`(test_\w+\.py)`", text))
    modules = set(re.findall(r"`((?:pipeline|warehouse|expectations|assets|deploy)/[\w/.]+)`", text))
    assert len(tests) > 10 and len(modules) > 10
    assert tests <= {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert [name for name in modules if not (ROOT / name).is_file()] == []


# --- backups


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = filled_store(tmp_path / "warehouse")
    release(found, "2026.11.22")
    home(found.folder, {})
    return found


def packed(store: Store, folder: Path, change: Callable[[Path], object]) -> Path:
    """Return a backup that an attacker changed, checksums included."""
    backup(store, folder)
    change(folder)
    sums = "".join(f"{versions.sha256(folder / name)}  {name}\n" for name in versions.contents(folder))
    (folder / versions.SUMS).write_text(sums)
    return folder


def written(name: str, text: str = "words") -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    return write


@pytest.mark.parametrize(
    "name",
    [
        "dagster/history/runs.db",
        "dagster/workspace.yaml",
        "dagster/storage/quotes",
        "onrecord.duckdb.wal",
        ".under-way",
        "build.lock",
        "conftest.py",
        "sitecustomize.py",
        "releases/2026.11.22/search/deeper/x.json",
        "releases/latest/x.json",
        "releases/.2026.11.22.partial-1/x.json",
        "failures/run.sh",
        "ONRECORD.DUCKDB",
    ],
)
def test_an_unknown_file_in_a_backup_is_refused_by_name(store: Store, tmp_path: Path, name: str) -> None:
    source = packed(store, tmp_path / "backup", written(name))
    with pytest.raises(StoreError) as error:
        restore(source, tmp_path / "new")
    assert name in str(error.value)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "line", ["../outside", "/etc/passwd", "releases/../../outside", "onrecord.duckdb/../x", "a\\b"]
)
def test_a_name_that_leads_out_of_the_backup_is_refused(store: Store, tmp_path: Path, line: str) -> None:
    (tmp_path / "outside").write_text("words")
    backup(store, tmp_path / "backup")
    with (tmp_path / "backup" / versions.SUMS).open("a") as sums:
        sums.write(f"{versions.sha256(tmp_path / 'outside')}  {line}\n")
    with pytest.raises(StoreError, match="which is no file of the folder"):
        restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/etc/passwd"), os.mkfifo], ids=["link", "pipe"])
@pytest.mark.parametrize("name", ["onrecord.duckdb", "onrecord.toml", MANIFEST, versions.SUMS])
def test_links_and_pipes_in_a_backup_are_refused(
    store: Store, tmp_path: Path, name: str, make: Callable[[Path], object]
) -> None:
    file.write(store.folder / file.NAME, {"raw": tmp_path}, {})
    backup(store, tmp_path / "backup")
    (tmp_path / "backup" / name).unlink()
    make(tmp_path / "backup" / name)
    with pytest.raises(StoreError):
        restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_an_older_backup_is_restored_without_configuration_and_pages(store: Store, tmp_path: Path) -> None:
    def older(folder: Path) -> None:
        written("dagster/dagster.yaml", HOSTILE.decode())(folder)
        written("data_docs/index.html", "<script>fetch('/graphql')</script>")(folder)

    source = packed(store, tmp_path / "backup", older)
    out = CliRunner().invoke(app, ["restore", str(source), "--warehouse", str(tmp_path / "new")])
    assert out.exit_code == 0, out.output
    assert "Restored: database (1), releases (2)" in out.output
    assert "dagster/dagster.yaml" in out.output
    assert not (tmp_path / "new" / "dagster").exists() and not (tmp_path / "new" / "data_docs").exists()


def test_a_restore_names_the_paths_that_builds_will_read(store: Store, tmp_path: Path) -> None:
    values = {"raw": Path("/etc"), "aliases": Path("/srv/lists/names.tsv")}
    file.write(store.folder / file.NAME, values, {"raw": "../other"})
    backup(store, tmp_path / "backup")
    out = CliRunner().invoke(app, ["restore", str(tmp_path / "backup"), "--warehouse", str(tmp_path / "new")])
    assert out.exit_code == 0, out.output
    for path in ("raw = /etc", "/srv/lists/names.tsv", f"{tmp_path / 'new'}/../other"):
        assert path in out.output


PLANTED = {
    "a view more": "CREATE VIEW stored.more AS FROM read_text('FILE')",
    "a view in main": "CREATE VIEW main.quotes AS FROM read_text('FILE')",
    "a macro": "CREATE MACRO main.lower(x) AS (SELECT content FROM read_text('FILE'))",
    "a table macro": "CREATE MACRO main.unnested() AS TABLE FROM read_text('FILE')",
    "a table more": "CREATE TABLE main.more AS SELECT 1 AS x",
    "a published view": (
        "CREATE OR REPLACE VIEW published.documents AS SELECT content AS document_id FROM read_text('FILE')"
    ),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "a published view" else pytest.mark.slow) for name in PLANTED]
)
def test_a_restored_database_holds_our_tables_alone(store: Store, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("secret words")

    def plant(folder: Path) -> None:
        with duckdb.connect(str(folder / "onrecord.duckdb")) as connection:
            connection.execute(PLANTED[name].replace("FILE", str(tmp_path / "secret")))

    restore(packed(store, tmp_path / "backup", plant), tmp_path / "new")
    with Store(store.folder).open() as known, Store(tmp_path / "new").open() as connection:
        for sql in (
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL",
            "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
            "SELECT schema_name, function_name FROM duckdb_functions() WHERE NOT internal ORDER BY ALL",
        ):
            assert connection.execute(sql).fetchall() == known.execute(sql).fetchall()
        assert connection.execute("SELECT count(*) FROM published.documents").fetchall() == [(3,)]


def test_a_view_in_the_place_of_a_table_brings_nothing_in(store: Store, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret words")

    def plant(folder: Path) -> None:
        with duckdb.connect(str(folder / "onrecord.duckdb")) as connection:
            connection.execute("DROP SCHEMA published CASCADE")
            connection.execute("DROP TABLE stored.quotes")
            connection.execute(f"CREATE VIEW stored.quotes AS FROM read_text('{tmp_path / 'secret'}')")

    source = packed(store, tmp_path / "backup", plant)
    with pytest.raises(StoreError, match="state of its tables differs"):
        restore(source, tmp_path / "new")
    with Store(tmp_path / "new").open() as connection:
        assert connection.execute("SELECT count(*) FROM stored.quotes").fetchall() == [(0,)]


@pytest.mark.parametrize("damaged", [False, True])
def test_a_database_set_aside_comes_back_as_rows_or_not_at_all(store: Store, tmp_path: Path, damaged: bool) -> None:
    shutil.copy(store.database, store.folder / "onrecord.old-1.duckdb")

    def plant(folder: Path) -> None:
        with duckdb.connect(str(folder / "onrecord.old-1.duckdb")) as connection:
            connection.execute("CREATE VIEW main.more AS FROM read_text('/etc/passwd')")
        if damaged:
            (folder / "onrecord.old-1.duckdb").write_bytes(b"words")

    done = restore(packed(store, tmp_path / "backup", plant), tmp_path / "new")
    aside = tmp_path / "new" / "onrecord.old-1.duckdb"
    assert (done.skipped, aside.exists()) == ((aside.name,) if damaged else (), not damaged)
    if not damaged:
        with duckdb.connect(str(aside), read_only=True) as connection:
            assert connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == []
            assert connection.execute("SELECT count(*) FROM stored.documents").fetchall() == [(3,)]


def test_no_extension_is_fetched_or_loaded(store: Store) -> None:
    with store.open() as connection:
        for name in ("autoinstall_known_extensions", "autoload_known_extensions"):
            assert connection.execute("SELECT current_setting(?)", [name]).fetchall() == [(False,)]


def test_a_backup_leaves_strange_files_out_and_names_them(store: Store, tmp_path: Path) -> None:
    (store.folder / "notes.txt").write_text("mine")
    out = CliRunner().invoke(app, ["backup", str(tmp_path / "backup"), "--warehouse", str(store.folder)])
    assert out.exit_code == 0 and "notes.txt" in out.output
    assert not (tmp_path / "backup" / "notes.txt").exists()
    assert json.loads((tmp_path / "backup" / MANIFEST).read_text())["articles"] == 3
    shutil.rmtree(store.folder)
    restore(tmp_path / "backup", store.folder)
