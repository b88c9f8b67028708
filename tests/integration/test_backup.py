"""Backup and restore, retention, the forecast: on a store of three articles with hand-made releases."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.contract import BOOKKEEPING_TABLES, STORED
from tests.support.factory import filled_store
from warehouse.backup import MANIFEST, backup, restore
from warehouse.release import retention, versions
from warehouse.release.retention import Space, outdated, remove_outdated_releases
from warehouse.sql import StoreError, query
from warehouse.store import Store


def release(store: Store, version: str) -> Path:
    with versions.staging(store.folder / "releases", version) as folder:
        (folder / "documents.parquet").write_bytes(version.encode())
    versions.link_latest(store.folder / "releases")
    return store.folder / "releases" / version


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.open() as connection:
        return {
            t.name: query(connection, f"FROM stored.{t.name} ORDER BY ALL").rows()
            for t in (*STORED, *BOOKKEEPING_TABLES)
        }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = filled_store(tmp_path / "warehouse")
    release(found, "2026.11.21")
    release(found, "2026.11.22")
    (found.folder / "withdrawn.csv").write_text("document_id\n", encoding="utf-8")
    for name in ("onrecord.stamp", "onrecord.unverified"):
        (found.folder / name).write_text("of this machine", encoding="utf-8")
    (found.folder / "data_docs").mkdir()
    (found.folder / "data_docs" / "index.html").write_text("checks", encoding="utf-8")
    (found.folder / "dagster" / "history").mkdir(parents=True)
    (found.folder / "dagster" / "dagster.yaml").write_text("nux: {enabled: false}\n", encoding="utf-8")
    (found.folder / "dagster" / "history" / "runs.db").write_bytes(b"runs")
    return found


def test_backup_destroy_restore(store: Store, tmp_path: Path) -> None:
    before = rows(store)
    made = backup(store, tmp_path / "there" / "backup")
    assert (made.articles, made.releases) == (3, 2)
    shutil.rmtree(store.folder)
    done = restore(tmp_path / "there" / "backup", store.folder)
    assert (done.backup, done.skipped, done.uncopied_objects) == (made, (), ())
    assert done.files == {"database": 1, "withdrawals": 1, "releases": 4}
    assert rows(store) == before
    assert (store.folder / "releases" / "latest").readlink() == Path("2026.11.22")
    assert versions.verify(store.folder / "releases" / "2026.11.21") == []
    assert (store.folder / "withdrawn.csv").exists()
    assert not [name for name in versions.contents(tmp_path / "there" / "backup") if "stamp" in name or "unver" in name]
    new = (".lock", ".holder", ".stamp", ".unverified")
    assert sorted(path.name for path in store.folder.iterdir() if not path.name.endswith(new)) == [
        "onrecord.duckdb",
        "releases",
        "withdrawn.csv",
    ]
    assert not list(store.folder.glob(".restoring"))


def test_a_backup_is_made_where_there_is_room_for_it_only(store: Store, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine", encoding="utf-8")
    for destination, reason in ((taken, "not an empty folder"), (store.folder / "backup", "inside the warehouse")):
        with pytest.raises(StoreError, match=reason):
            backup(store, destination)
    assert [p.name for p in taken.iterdir()] == ["mine.txt"]
    with pytest.raises(StoreError, match="no warehouse"):
        backup(Store(tmp_path / "nothing"), tmp_path / "backup")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda b: (b / "withdrawn.csv").write_text("other"), id="a file changed"),
        pytest.param(lambda b: (b / "withdrawn.csv").unlink(), id="a file gone"),
        pytest.param(lambda b: (b / "more.txt").write_text("more"), id="a file more"),
        pytest.param(lambda b: (b / MANIFEST).unlink(), id="no manifest"),
        pytest.param(lambda b: (b / versions.SUMS).unlink(), id="no sums"),
        pytest.param(lambda b: _flip(b / "onrecord.duckdb"), id="a bit of the database"),
    ],
)
def test_a_damaged_backup_restores_nothing(store: Store, tmp_path: Path, damage: Callable[[Path], object]) -> None:
    backup(store, tmp_path / "backup")
    damage(tmp_path / "backup")
    with pytest.raises(StoreError) as error:
        restore(tmp_path / "backup", tmp_path / "new")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "new").exists()


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_warehouse_is_never_written_over(store: Store, tmp_path: Path) -> None:
    backup(store, tmp_path / "backup")
    before = store.database.read_bytes()
    with pytest.raises(StoreError, match="not an empty folder"):
        restore(tmp_path / "backup", store.folder)
    assert store.database.read_bytes() == before


def test_a_killed_restore_is_no_warehouse_and_is_begun_anew(store: Store, tmp_path: Path) -> None:
    backup(store, tmp_path / "backup")
    new = tmp_path / "new"
    (new / ".restoring").mkdir(parents=True)
    (new / ".restoring" / "onrecord.duckdb").write_bytes(b"half")
    restore(tmp_path / "backup", new)
    assert rows(Store(new)) == rows(store)


def test_nobody_builds_while_a_backup_is_made(store: Store, tmp_path: Path) -> None:
    impatient = Store(store.folder, lock_seconds=0.1)
    with store.build_lock(), pytest.raises(StoreError, match="this warehouse is locked by process"):
        backup(impatient, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_the_newest_releases_and_the_last_of_each_month_stay(tmp_path: Path) -> None:
    store = Store(tmp_path)
    days = ["2026.9.1", "2026.9.30", "2026.10.2", "2026.10.2.1", "2026.11.1", "2026.11.2", "2026.11.3", "2026.11.3.1"]
    for day in days:
        release(store, day)
    assert remove_outdated_releases(store, 2) == ["2026.9.1", "2026.10.2", "2026.11.1", "2026.11.2"]
    assert versions.versions(tmp_path / "releases") == ["2026.9.30", "2026.10.2.1", "2026.11.3", "2026.11.3.1"]
    assert remove_outdated_releases(store, 2) == []
    assert [p.name for p in (tmp_path / "releases").glob(".*")] == []


def test_the_last_whole_release_stays_where_newer_ones_are_damaged(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for day in (1, 2, 3, 4):
        release(store, f"2026.11.{day}")
    for day in (3, 4):
        path = tmp_path / "releases" / f"2026.11.{day}" / "documents.parquet"
        path.chmod(0o644)
        path.write_bytes(b"damaged")
    assert outdated(tmp_path / "releases", 1) == ["2026.11.1"]


def test_tombstones_stay(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (release(store, "2026.11.1") / versions.TOMBSTONE).write_text("{}", encoding="utf-8")
    for day in (2, 3):
        release(store, f"2026.11.{day}")
    assert remove_outdated_releases(store, 1) == ["2026.11.2"]
    assert (tmp_path / "releases" / "2026.11.1" / versions.TOMBSTONE).exists()


def test_the_forecast_counts_the_next_release(store: Store) -> None:
    found = retention.space(store, store.folder / "releases" / "2026.11.22", 3)
    assert found.database == store.database.stat().st_size
    assert found.free > 0
    assert Space(articles=100, database=7_000, release=3_000, free=103_000).fits == 1_000
    assert Space(articles=100, database=7_000, release=3_000, free=2_000).fits == 0
    assert Space(articles=100, database=7_000, release=3_000, free=2_000, shared=2_000).fits == 10
    assert found.shared == 0
    first = next(path for path in sorted(store.releases.rglob("*")) if path.is_file())
    os.link(first, store.folder / "of another release")
    assert retention.space(store, first.parent, 3).shared == first.stat().st_size
    assert Space(articles=0, database=0, release=0, free=10).fits >= 0
