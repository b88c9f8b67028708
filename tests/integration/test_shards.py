"""Warehouses of several database files: the same rows, state, release and answers as in one."""

import itertools
import re
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import polars.selectors as cs
import pytest

from assets.build.articles import derive_articles, forget_quarantined
from assets.build.engine.shards import Apart, Here, OnError, stop
from assets.build.incremental import update_from_raw_folder
from assets.build.shard import Done, ShardUpdate
from assets.settings import Settings
from expectations.check_runner import run_checks
from expectations.check_state import Changed
from expectations.findings import (
    BUILTIN_CHECKS,
    BuiltinCheck,
    CountPlan,
    Finding,
    count_violations,
    examine,
    plan_counts,
    totals,
)
from expectations.screening import CHECKS
from expectations.shard_checks import count_in_shards, examine_in_shards
from expectations.sql_checks import BuiltinSqlCheck, DriftThresholds
from expectations.sql_checks.sql_check import Share
from expectations.suites import ContractCheck
from expectations.validation import ExpectationResult
from pipeline.contract import BOOKKEEPING_TABLES, PUBLISHED, STATES, STORED
from pipeline.contract.ids import document_id
from pipeline.stage import Rules, Stage
from tests.integration.test_duplicates import words
from tests.integration.test_sql_checks import DEFECTS
from tests.support.engine_stages import DyingOnce, sent, told, whole
from tests.support.factory import AS_OF, copy, filled_store, templates
from tests.unit.test_near_duplicates import FOOTER
from warehouse import integrity, ledger, quarantine, shards, states, temp_database
from warehouse.backup import backup, restore
from warehouse.change_counts import Tally
from warehouse.corpus import date_bounds, duplicates, entities, statements
from warehouse.integrity import RowsDiffer
from warehouse.reshard import reshard
from warehouse.shard_tasks import ShardTasks, run_here
from warehouse.sql import StoreError, StoreLocked, query, quoted
from warehouse.store import Store
from warehouse.withdrawal import erasure, lists, texts

BY_SHARD = {
    check.id
    for check in BUILTIN_CHECKS
    if check.by_shard and not isinstance(getattr(check, "thresholds", None), DriftThresholds)
}
DOCUMENT_IDS = "SELECT document_id FROM stored.documents"
# A set of lines in several files has several rows of state.
TABLES = tuple(table for table in (*STORED, *BOOKKEEPING_TABLES) if table != STATES)


def rows(store: Store) -> Mapping[str, pl.DataFrame]:
    """Return every row of every stored and published table, sorted."""
    with store.open() as connection:
        found = {
            table.name: query(connection, f"FROM stored.{quoted(table.name)} ORDER BY ALL").select(
                column.name for column in table.stored
            )
            for table in TABLES
        }
        for table in PUBLISHED:
            found[f"published.{table.name}"] = query(connection, f"FROM published.{quoted(table.name)} ORDER BY ALL")
    return found


def same(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return the tables whose rows differ."""
    return [name for name in before if not before[name].equals(after[name])]


def state(store: Store) -> str:
    with store.open() as connection:
        assert states.matches(connection)
        return ledger.state(connection)


@pytest.mark.parametrize("count", [16, pytest.param(256, marks=pytest.mark.slow)])
def test_a_warehouse_of_shards_has_the_rows_and_state_of_one_file(tmp_path: Path, count: int) -> None:
    store = filled_store(tmp_path / "warehouse")
    before, was = rows(store), state(store)
    assert reshard(store, count)
    assert len(store.parts) == count
    assert same(before, rows(store)) == []
    assert state(store) == was
    assert not store.unverified()
    assert not reshard(store, count)
    assert reshard(store, 1)
    assert store.parts == () and not (store.folder / "shards").exists()
    assert same(before, rows(store)) == []
    assert state(store) == was


DOCUMENTS = Stage("documents", "articles", ("raws",), ("documents", "edits"), Rules("1", told))
SENTENCES = Stage("sentences", "articles", ("documents",), ("sentences",), Rules("1", whole))
STAGES = (DOCUMENTS, SENTENCES)


# Names of articles whose ids are in four of 16 shards: a build opens no other.
NAMES = tuple(
    next(name for n in itertools.count() if document_id(name := f"{i:02}-{n}.txt")[0] in "369c") for i in range(10)
)


@cache
def raw_folder() -> Path:
    """Return a folder of ten articles to copy, which keeps the times of the files."""
    folder = templates() / "raw-of-shards"
    folder.mkdir()
    for i, name in enumerate(NAMES):
        (folder / name).write_text(f"Story {i}.", encoding="utf-8")
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    raw = shutil.copytree(raw_folder(), tmp_path / "raw")
    return Settings(raw=raw, warehouse=tmp_path / "warehouse", accept_removals=True)


def build(place: Settings) -> dict[str, tuple[int, int, int, int]]:
    """Run the stages of this file. Returns stage -> computed, removed, failed, rows."""
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    return {
        o.stage: (o.computed, o.removed, o.failed, o.rows[o.stage])
        for o in derive_articles(store, STAGES, STAGES, place, lambda _: None)
    }


def spread(place: Settings) -> Settings:
    """Create an empty warehouse with 16 shards beside that of `place`."""
    return _beside(place, empty_shards())


def built(place: Settings) -> Settings:
    """Create a warehouse with 16 shards beside that of `place`, as a build of its raw folder leaves it."""
    return _beside(place, built_shards())


def _beside(place: Settings, template: Store) -> Settings:
    other = replace(place, warehouse=place.warehouse.with_name("of-16"))
    copy(template, Store(other.warehouse))
    return other


@cache
def empty_shards() -> Store:
    store = Store(templates() / "empty-shards")
    with store.open():
        pass
    reshard(store, 16)
    return store


@cache
def built_shards() -> Store:
    store = copy(empty_shards(), Store(templates() / "built-shards"))
    build(Settings(raw=raw_folder(), warehouse=store.folder, accept_removals=True))
    return store


def change(place: Settings) -> None:
    """Add an article, change two, delete one, and make one fail."""
    (place.raw / "new.txt").write_text("New.", encoding="utf-8")
    for name in (NAMES[3], NAMES[7]):
        (place.raw / name).write_text(f"Another story {name}.", encoding="utf-8")
    (place.raw / NAMES[5]).unlink()
    (place.raw / NAMES[8]).write_text("Fail", encoding="utf-8")


@pytest.mark.parametrize("engine", ["inline", pytest.param("process", marks=pytest.mark.slow)])
def test_shards_are_brought_up_to_date_as_one_file_is(
    place: Settings, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.build.engine.shards.MAX_INLINE_DOCUMENTS", 1)
    one, many = replace(place, engine="inline"), replace(spread(place), engine=engine, workers=2)
    assert build(many) == build(one) == {"documents": (10, 0, 0, 10), "sentences": (10, 0, 0, 10)}
    assert same(rows(Store(one.warehouse)), rows(Store(many.warehouse))) == []
    assert build(many) == {"documents": (0, 0, 0, 10), "sentences": (0, 0, 0, 10)}
    change(place)
    assert build(many) == build(one) == {"documents": (3, 1, 1, 9), "sentences": (3, 2, 0, 9)}
    assert same(rows(Store(one.warehouse)), rows(Store(many.warehouse))) == []
    assert state(Store(one.warehouse)) == state(Store(many.warehouse))


def test_only_shards_with_something_to_do_are_opened(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    many = built(place)
    opened, run = [], ShardUpdate.run
    monkeypatch.setattr(ShardUpdate, "run", lambda task, alive: opened.append(task.prefix) or run(task, alive))
    build(many)
    assert opened == []
    (place.raw / "new.txt").write_text("New.", encoding="utf-8")
    build(many)
    assert opened == [document_id("new.txt")[0]]
    newer = (replace(DOCUMENTS, rules_override=Rules("2", told)), SENTENCES)
    derive_articles(Store(many.warehouse), newer, newer, many, lambda _: None)
    # Those that hold no document are not opened. Those with many documents come first.
    documents = Counter(document_id(path.name)[0] for path in place.raw.iterdir())
    assert sorted(opened[1:]) == sorted(documents)
    assert [documents[prefix] for prefix in opened[1:]] == sorted(documents.values(), reverse=True)
    assert opened[1:] != sorted(documents)


@pytest.mark.slow
def test_a_worker_that_dies_loses_nothing_and_the_article_that_ends_it_fails_alone(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.build.engine.shards.MAX_INLINE_DOCUMENTS", 1)
    (place.raw / "deadly.txt").write_text("Die", encoding="utf-8")
    many = replace(spread(place), workers=2)
    assert build(many) == {"documents": (10, 0, 1, 10), "sentences": (10, 0, 0, 10)}
    failed = Store(many.warehouse).read("SELECT document_id, reason FROM stored.failures")
    assert failed["document_id"].to_list() == [document_id("deadly.txt")]
    assert "SIGKILL" in failed["reason"][0]


@pytest.mark.slow
def test_backup_and_restore_of_shards(place: Settings, tmp_path: Path) -> None:
    store = Store(built(place).warehouse)
    before = rows(store)
    backup(store, tmp_path / "backup")
    done = restore(tmp_path / "backup", tmp_path / "restored")
    assert done.files["shards"] == 17 and done.uncopied_objects == ()
    restored = Store(tmp_path / "restored")
    assert same(before, rows(restored)) == []
    assert restored.unverified()
    with restored.open() as connection:
        integrity.check_in(restored, connection)
    assert not restored.unverified()
    assert build(replace(place, warehouse=restored.folder)) == {
        "documents": (0, 0, 0, 10),
        "sentences": (0, 0, 0, 10),
    }


def test_rows_that_another_program_changed_in_a_shard_are_found_and_made_again(place: Settings) -> None:
    many = built(place)
    store = Store(many.warehouse)
    before = rows(store)
    prefix = document_id(NAMES[3])[0]
    with duckdb.connect(str(shards.file(store.folder, prefix))) as connection:
        connection.execute("UPDATE stored.documents SET text = 'Another.' WHERE source = ?", [NAMES[3]])
    assert store.unverified()
    with pytest.raises(RowsDiffer, match=rf"documents \(1 article: {re.escape(NAMES[3])}\)"):
        build(many)
    assert build(replace(many, redo=True))["documents"] == (1, 0, 0, 10)
    assert same(before, rows(store)) == []
    assert not store.unverified()


def test_a_reshard_that_is_killed_is_finished_or_never_was(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    build(place)
    store = Store(place.warehouse)
    before = rows(store)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    def replacing(folder: Path) -> None:
        if (folder / "reshard.ready").exists():
            die()

    for target, count in (
        ("warehouse.shards.create", 1),  # while the files are written
        ("warehouse.shards.settle", 16),  # when all of them are
        ("warehouse.shards.database_stamp.write", 1),  # when they are in place
    ):
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(target, die if target != "warehouse.shards.settle" else replacing)
            reshard(store, 16 if len(store.parts) == 0 else 1)
        assert same(before, rows(store)) == [], target
        assert len(store.parts) == (0 if count == 1 else count), target


def resharding(monkeypatch: pytest.MonkeyPatch, name: str, count: int, *, after: bool = False) -> None:
    """Have another process change the number of shards before or after the call of a function of this name."""
    module, _, attribute = name.rpartition(".")
    original = getattr(sys.modules[module], attribute)

    def call(*given: Any) -> Any:
        monkeypatch.undo()
        found = original(*given) if after else None
        reshard(Store(given[0].folder), count)
        return found if after else original(*given)

    monkeypatch.setattr(name, call)


@pytest.mark.parametrize(
    ("to", "after", "prefixes"),
    [
        pytest.param(256, False, None, marks=pytest.mark.slow),
        pytest.param(256, True, None, marks=pytest.mark.slow),
        (1, True, ["3", "6"]),
        pytest.param(256, None, ["3", "6"], marks=pytest.mark.slow),
    ],
)
def test_a_run_that_was_planned_before_a_reshard_leaves_its_manifest(
    place: Settings, monkeypatch: pytest.MonkeyPatch, to: int, after: bool | None, prefixes: Sequence[str] | None
) -> None:
    many = built(place)
    store = Store(many.warehouse)
    (place.raw / NAMES[3]).write_text("Another story.", encoding="utf-8")
    update_from_raw_folder(store, many, lambda _: None)
    if after is None:
        reshard(store, to)
    else:
        resharding(monkeypatch, "assets.build.articles._made_from", to, after=after)
    with pytest.raises(StoreError, match=f"16 before, {to} now"):
        derive_articles(store, STAGES, STAGES, many, lambda _: None, prefixes)
    assert shards.layout(store.folder).count == to
    assert build(many)["documents"] == (1, 0, 0, 10)
    assert {path.parent.name for path in (store.folder / "shards").glob("*/*.duckdb")} == {*shards.prefixes(to)}


def test_a_run_of_one_file_that_a_reshard_overtakes_writes_no_rows_beside_the_shards(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, after = Store(place.warehouse), Store(built(place).warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    resharding(monkeypatch, "assets.build.incremental._engine_for", 16)
    with pytest.raises(StoreError, match="1 before, 16 now"):
        derive_articles(store, STAGES, STAGES, place, lambda _: None)
    assert build(place)["documents"] == (10, 0, 0, 10)
    assert not {*same(rows(after), rows(store))} - {"digests"}


def test_a_reshard_between_two_shards_ends_the_run_and_not_the_manifest(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = built(place)
    store, run, ran = Store(many.warehouse), ShardUpdate.run, list[str]()

    def update(task: ShardUpdate, alive: Any) -> Done:
        ran.append(task.prefix)
        if len(ran) == 2:
            reshard(store, 1)
        return run(task, alive)

    (place.raw / NAMES[3]).write_text("Another story.", encoding="utf-8")
    update_from_raw_folder(store, many, lambda _: None)
    monkeypatch.setattr(ShardUpdate, "run", update)
    with pytest.raises(StoreError, match="16 before, 1 now"):
        derive_articles(store, STAGES, STAGES, replace(many, force=True), lambda _: None)
    assert len(ran) > 1 and store.parts == ()
    assert build(many)["documents"][3] == 10


def test_files_of_a_killed_reshard_are_deleted_and_half_replaced_ones_are_not_read(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(place)
    store = Store(place.warehouse)
    (store.folder / "reshard.tmp").mkdir()
    (store.folder / "reshard.tmp" / "onrecord.duckdb").write_text("texts", encoding="utf-8")
    with store.open():
        assert not (store.folder / "reshard.tmp").exists()

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("warehouse.shards.database_stamp.write", die)
        reshard(store, 16)
    with pytest.raises(StoreError, match="being replaced"), store.sandboxed():
        pass
    with store.open():
        pass
    with store.sandboxed() as connection:
        assert connection.execute("SELECT count(*) FROM published.documents").fetchall() == [(10,)]


def test_a_shard_that_a_killed_build_has_changed_is_opened_again(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = built(place)
    before = rows(Store(many.warehouse))
    used = {document_id(path.name)[0] for path in place.raw.iterdir()}
    new = next(f"new-{n}.txt" for n in range(100) if document_id(f"new-{n}.txt")[0] not in used)
    (place.raw / new).write_text("New.", encoding="utf-8")
    (place.raw / NAMES[3]).write_text("Another story.", encoding="utf-8")

    def dying(here: Here, tasks: Sequence[ShardUpdate], failed: OnError = stop) -> Iterator[Done]:
        if not all(isinstance(task, ShardUpdate) for task in tasks):
            yield from run(here, tasks, failed)
            return
        done.extend(task.run(lambda _: None) for task in tasks)
        raise KeyboardInterrupt

    done: list[Done] = []
    run = Here.run
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Here, "run", dying)
        build(many)
    assert len(done) == 2
    (place.raw / new).unlink()
    (place.raw / NAMES[3]).write_text("Story 3.", encoding="utf-8")
    build(many)
    # `files` has the times of the raw files, and `digests` has lines of no rows.
    assert not {*same(before, rows(Store(many.warehouse)))} - {"files", "digests"}


@pytest.mark.slow
def test_a_redo_that_is_killed_loses_nothing(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    many = replace(built(place), redo=True)
    store = Store(many.warehouse)
    before = rows(store)
    with duckdb.connect(str(shards.file(store.folder, document_id(NAMES[3])[0]))) as connection:
        connection.execute("UPDATE stored.documents SET text = 'Another.' WHERE source = ?", [NAMES[3]])

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("warehouse.integrity.delete_differing_rows", die)
        build(many)
    assert build(many)["documents"] == (1, 0, 0, 10)
    assert same(before, rows(store)) == []


def test_a_build_waits_for_workers_of_a_killed_one(place: Settings) -> None:
    store = Store(spread(place).warehouse, lock_seconds=0.2)
    with store.shard("a").worked_on(), pytest.raises(StoreLocked, match="shard a"), store.build_lock():
        pass
    with store.build_lock():
        pass


def test_a_worker_that_waits_for_the_main_file_does_not_hold_its_shard(place: Settings) -> None:
    store = Store(spread(place).warehouse)
    hold = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    opened = threading.Event()

    def work_there() -> None:
        with store.shard("a").open():
            opened.set()

    with subprocess.Popen(
        [sys.executable, "-c", hold, str(store.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdin is not None and other.stdout is not None
        other.stdout.readline()
        worker = threading.Thread(target=work_there)
        worker.start()
        with Store(store.shard("a").folder, 60.0, store.folder).writing():
            assert not opened.is_set()
        other.stdin.close()
        worker.join(60)
    assert opened.is_set()


@pytest.mark.slow
def test_an_older_copy_of_a_shard_is_updated(place: Settings) -> None:
    many = built(place)
    store = Store(many.warehouse)
    shard = store.shard(document_id(NAMES[3])[0])
    older = shard.database.read_bytes()
    (place.raw / NAMES[3]).write_text("Another story.", encoding="utf-8")
    build(many)
    before = rows(store)
    shard.database.write_bytes(older)
    assert build(many)["documents"] == (1, 0, 0, 10)
    assert same(before, rows(store)) == []


def test_a_warehouse_without_one_of_its_shards_is_refused(place: Settings, tmp_path: Path) -> None:
    store = Store(spread(place).warehouse)
    store.shard("a").database.unlink()
    with pytest.raises(StoreError, match=r"a/onrecord\.duckdb does not exist"):
        backup(store, tmp_path / "backup")
    with pytest.raises(StoreError, match=r"a/onrecord\.duckdb does not exist"):
        store.read("FROM stored.documents")


@pytest.mark.parametrize("damage", [pytest.param("no header", marks=pytest.mark.slow), "header"])
def test_a_damaged_shard_is_named_and_all_rows_are_made_again_without_the_shards(place: Settings, damage: str) -> None:
    many = built(place)
    store = Store(many.warehouse)
    before, part = rows(store), store.shard("3")
    data = part.database.read_bytes()
    part.database.write_bytes(b"no database" if damage == "no header" else data[:100] + bytes(8000) + data[8100:])
    said = f"{re.escape(str(part.database))}: .* move {re.escape(str(store.folder / 'shards'))} away"
    for opened in (store.open, store.unlocked, part.open):
        with pytest.raises(StoreError, match=said), opened():
            pass
    (store.folder / "shards").rename(store.folder.with_name("damaged"))
    assert build(many)["documents"] == (10, 0, 0, 10)
    assert not {*same(before, rows(store))} - {"digests"}


def test_a_warehouse_whose_manifest_is_missing_is_refused(place: Settings) -> None:
    many = spread(place)
    (many.warehouse / "shards" / "manifest.json").unlink()
    with pytest.raises(StoreError, match=r"manifest\.json does not exist"):
        Store(many.warehouse).read("FROM stored.documents")


@pytest.mark.slow
def test_a_shard_of_an_older_shape_is_made_again(place: Settings) -> None:
    many = built(place)
    store = Store(many.warehouse)
    before = rows(store)
    for part in store.parts:
        with duckdb.connect(str(part.database)) as connection:
            connection.execute("ALTER TABLE stored.sentences DROP COLUMN role")
    shards.save(store.folder, replace(shards.layout(store.folder), contract="an older one"))
    assert build(many) == {"documents": (0, 0, 0, 10), "sentences": (10, 0, 0, 10)}
    assert same(before, rows(store)) == []


def test_large_queries_have_memory_for_each_file(place: Settings) -> None:
    limits = []
    for settings in (place, spread(place)):
        with Store(settings.warehouse).open() as connection, temp_database.limit_memory(connection):
            limits.append(connection.execute("SELECT current_setting('memory_limit')").fetchall())
    # The main file; the main file, 16 shards and the views.
    assert limits == [[("122.0 MiB",)], [("251.7 MiB",)]]


def test_a_manifest_that_cannot_be_is_refused(place: Settings) -> None:
    many = spread(place)
    for text in ("{", '{"shards": 3, "contract": "", "form": 1, "parts": {}}', "[]"):
        (many.warehouse / "shards" / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(StoreError, match=r"manifest\.json: cannot be read"):
            Store(many.warehouse).read("FROM stored.documents")


def test_a_quarantined_article_leaves_its_shard(place: Settings) -> None:
    one, many = place, built(place)
    build(one)
    name = document_id(NAMES[3])
    violation = quarantine.Violation(name, "a_check", "documents", name, None, None, 1)
    for settings in (one, many):
        with Store(settings.warehouse).open() as connection:
            stages = [(stage.name, stage.writes) for stage in STAGES]
            quarantine.quarantine_articles(connection, [violation], stages, "these checks", Tally())
        forget_quarantined(Store(settings.warehouse), settings)
    found = rows(Store(many.warehouse))
    assert name not in found["documents"]["document_id"] and found["sentences"].height == 9
    assert same(rows(Store(one.warehouse)), found) == []
    assert state(Store(one.warehouse)) == state(Store(many.warehouse))
    assert build(many) == {"documents": (0, 0, 0, 9), "sentences": (0, 0, 0, 9)}
    for settings in (one, many):
        with Store(settings.warehouse).open() as connection:
            assert quarantine.release_outdated(connection, "other checks", Tally()) == 1
        assert build(settings) == {"documents": (1, 0, 0, 10), "sentences": (1, 0, 0, 10)}
    assert same(rows(Store(one.warehouse)), rows(Store(many.warehouse))) == []


def test_every_shard_is_written_again_after_a_withdrawal(place: Settings) -> None:
    many = built(place)
    store, name = Store(many.warehouse), document_id(NAMES[3])
    key = texts.key(store.folder, make=True)
    assert key
    gone = lists.Withdrawal(name, NAMES[3], "2026-11-22", "", **texts.text_fingerprints(["Story 3."], key))
    lists.write_withdrawn_list(store.folder, {name: gone})
    build(many)
    before = rows(store)
    assert name not in before["documents"]["document_id"]
    inodes = [part.database.stat().st_ino for part in store.parts]
    assert erasure.erase(store, texts.index(store.folder))
    assert all(part.database.stat().st_ino != was for part, was in zip(store.parts, inodes, strict=True))
    assert same(before, rows(store)) == []
    assert not store.unverified()
    assert erasure.erase(store, texts.index(store.folder)) == []


@pytest.mark.parametrize("known", [pytest.param(False, marks=pytest.mark.slow), True])
def test_checks_of_documents_count_in_shards_as_in_one_file(tmp_path: Path, *, known: bool) -> None:
    store = filled_store(tmp_path / "warehouse")
    with store.open() as connection:
        connection.execute("UPDATE stored.quotes SET confidence = 7")
        connection.execute("UPDATE stored.sentences SET document_id = document_id[1] WHERE position = 0")
        names = sorted(name for (name,) in connection.execute("SELECT document_id FROM stored.documents").fetchall())
        # With known checks, only these documents are read: one changed, one removed.
        changes = (
            Changed({names[0]: "now"}, ("gone",), len(names)) if known else Changed(dict.fromkeys(names, ""), (), 3)
        )
        connection.execute("INSERT INTO stored.offences VALUES ('quotes_confidence_maximum', ?, 5)", [names[-1]])
        before = {check.id for check in CHECKS} if known else set()
        expected = count_violations(connection, CHECKS, changes, before)
    reshard(store, 16)
    with store.open() as connection:
        plan = plan_counts(connection, CHECKS, changes, before)
    assert count_in_shards(store, plan, changes, run_here) == expected
    found = expected["quotes_confidence_maximum"]
    assert not isinstance(found, str) and found[names[-1]] == (5 if known else 2) and names[0] in found
    assert any(names[0][0] in of for of in expected.values()) != known


def test_a_check_that_cannot_run_in_a_shard_is_broken(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "warehouse")
    reshard(store, 16)
    check = BuiltinSqlCheck("broken", "quotes", "", "SELECT document_id FROM stored.nothing", scope="document")
    plan = CountPlan((), (check,), {})
    found = count_in_shards(store, plan, Changed({}, (), 3), run_here)
    assert "nothing does not exist" in str(found["broken"])


# A quotation with an id of another shard, a repetition of an unknown article, a day and an entity that no table has, an
# article of the future.
FAULTS = (
    "UPDATE stored.quotes SET quote_id = (SELECT min(quote_id) FROM stored.quotes WHERE document_id = '{0}') "
    "WHERE quote_id = (SELECT min(quote_id) FROM stored.quotes WHERE document_id = '{1}')",
    "INSERT INTO stored.duplicates VALUES ('{0}', 'ffffffffffffffff')",
    "UPDATE stored.said_days SET date_id = '{1}:d0-1'",
    "UPDATE stored.resolutions SET entity_id = 'ffffffffffffffff' WHERE document_id = '{1}'",
    "UPDATE stored.documents SET published_earliest = '2030-01-01', published_latest = '2030-01-01' "
    "WHERE document_id = '{1}'",
)


@pytest.fixture
def agreeing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations, which is assumed to agree with DuckDB."""

    def agree(
        subjects: Sequence[Any], outside: Sequence[Any], _: object, docs: Path, *__: object
    ) -> Mapping[str, ExpectationResult]:
        docs.mkdir(exist_ok=True)
        asked = [check.id for subject in subjects for check in subject.contract_checks] + [c.id for c in outside]
        return dict.fromkeys(asked, ExpectationResult(True, 0))

    monkeypatch.setattr("expectations.corpus_task.validate", agree)


@pytest.mark.usefixtures("agreeing")
@pytest.mark.parametrize("faults", [FAULTS, pytest.param((), marks=pytest.mark.slow)], ids=["faults", "none"])
def test_all_checks_find_in_shards_what_they_find_in_one_file(
    tmp_path: Path, faults: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled_store(tmp_path / "warehouse")
    with store.open() as connection:
        one, *_, other = sorted(document for (document,) in connection.execute(DOCUMENT_IDS).fetchall())
        assert one[0] != other[0]
        for fault in faults:
            connection.execute(fault.format(one, other))
    in_one_file = run_checks(store, AS_OF, all_rows=True)
    reshard(store, 16)
    examined: list[str] = []

    def noting(connection: duckdb.DuckDBPyConnection, check: BuiltinCheck, day: date) -> Finding:
        examined.append(check.id)
        return examine(connection, check, day)

    monkeypatch.setattr("expectations.corpus_task.examine", noting)
    tasks: list[str] = []
    assert run_checks(store, AS_OF, all_rows=True, run=partial(sent, tasks)) == in_one_file
    assert tasks[-1] == "the corpus"
    found = {verdict.check for verdict in in_one_file if not verdict.passed}
    divided = {
        check.id for check in BUILTIN_CHECKS if check.by_shard or (isinstance(check, ContractCheck) and check.by_key)
    }
    # Only what is found in shards, or between them, is looked for in all rows again.
    drift = {check.id for check in BUILTIN_CHECKS if "drift" in check.id}
    assert divided & set(examined) - drift == divided & found - drift
    expected = {"quotes_key", "documents_duplicate_of_refers_to", "quotes_said_date_id_refers_to"}
    expected |= {"mentions_entity_id_refers_to", "documents_after_as_of"}
    assert expected & found == (expected if faults else set())


# Rows that every check which is a sum over documents counts.
COUNTED_ROWS = (
    *(line for defect in DEFECTS if defect.sql_check in BY_SHARD for line in defect.sql),
    "UPDATE stored.documents SET language = NULL, title = NULL, published_earliest = '2031-01-01', words = 200",
    "UPDATE stored.documents SET characters = 1 WHERE document_id <> '{0}'",
    """UPDATE stored.documents SET text = 'He said “we will open again tomorrow”.' WHERE document_id = '{1}'""",
    'UPDATE stored.sentences SET "end" = "end" + 2000 WHERE position = 0',
    """UPDATE stored.quotes SET "start" = "start" + 5, "end" = "end" + 2000, cue = NULL""",
    """UPDATE stored.quotes SET speaker_chain = NULL, speaker_basis = 'name', kind = 'indirect'
    WHERE document_id = '{1}'""",
    "UPDATE stored.dates SET problem = 'after-publication', value = NULL, basis = 'unresolved', type = 'DATE'",
    "UPDATE stored.said_days SET earliest = '2031-01-01'",
    "DELETE FROM stored.mentions WHERE document_id = '{1}'",
    "UPDATE stored.resolutions SET entity_id = 'ffffffffffffffff' WHERE document_id = '{0}'",
    "DELETE FROM stored.resolutions WHERE document_id NOT IN ('{0}', '{1}')",
    "UPDATE stored.utterances SET statement_id = 'ffffffffffffffff'",
    "INSERT INTO stored.failures (stage, document_id, reason) VALUES ('dates', '{0}', 'odd')",
)
# Those that these rows do not have.
NOT_COUNTED = {
    *("quotes_said_basis_enum", "quotes_said_basis_not_null"),
    *("quotes_said_confidence_maximum", "quotes_said_confidence_minimum"),
    *("date_bounds_not_crossed", "dates_past_after_publication", "quotes_without_speaker"),
}


def test_checks_by_shard_are_sums(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "warehouse")
    checks = tuple(check for check in BUILTIN_CHECKS if check.id in BY_SHARD)
    with store.open() as connection:
        one, *_, other = sorted(document for (document,) in connection.execute(DOCUMENT_IDS).fetchall())
        for line in COUNTED_ROWS:
            connection.execute(line.replace("{0}", one).replace("{1}", other))
        expected = {check.id: examine(connection, check, AS_OF) for check in checks}
    assert {name for name, finding in expected.items() if not finding.found} == NOT_COUNTED
    reshard(store, 16)
    sums: Counter[tuple[str, str]] = Counter()
    for part in ShardTasks.make(store, run_here).read(_totals, checks=checks):
        for name, (found, judged) in part.items():
            sums.update({(name, "found"): found, (name, "judged"): judged})
    for name, finding in expected.items():
        assert (sums[name, "found"], sums[name, "judged"]) == (finding.found, finding.judged), name


def _totals(connection: duckdb.DuckDBPyConnection, _: object, checks: Sequence[BuiltinCheck]) -> Mapping[str, Share]:
    shards.gather_published(connection)
    return totals(connection, checks, (), AS_OF)


def test_keys_are_compared_although_a_worker_dies(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "warehouse")
    with store.open() as connection:
        one, *_, other = sorted(document for (document,) in connection.execute(DOCUMENT_IDS).fetchall())
        connection.execute(FAULTS[0].format(one, other))
    reshard(store, 16)
    checks = [check for check in BUILTIN_CHECKS if isinstance(check, ContractCheck) and check.by_key]
    place, deadly = Apart(2), {"shard 5", "match 3"}
    try:
        _, holding = examine_in_shards(
            store,
            CountPlan((), (), {}),
            Changed({}, (), 3),
            checks,
            AS_OF,
            lambda tasks: place.run(
                [DyingOnce(task, tmp_path / task.name) if task.name in deadly else task for task in tasks]
            ),
        )
    finally:
        place.close()
    assert all((tmp_path / name).exists() for name in deadly)
    assert {check.id for check in checks} - holding.keys() == {"quotes_key"}
    assert not (store.folder / "checks.tmp").exists()


# A further article. The test adds some with a common footer, two of which repeat another.
ANOTHER = """
INSERT INTO stored.documents
SELECT * REPLACE (? AS document_id, ? AS text, ? AS characters) FROM stored.documents ORDER BY document_id LIMIT 1
"""
ONE_STATEMENT = (
    "UPDATE stored.quotes SET text = 'We will build every bridge again that the flood took this spring', "
    "class = 'statement', kind = 'direct'",
    "UPDATE stored.utterances SET statement_id = repeat('f', 16)",
)
NONE = pl.DataFrame()
# Tables that may have no rows.
MAY_BE_EMPTY = {"resolved_again", "date_conflicts"}


@pytest.mark.parametrize(
    ("stage", "names"),
    [
        (duplicates, ("read_marks", "match_marks")),
        (entities, ("read_forms", "number_forms", "pair_forms", "read_members", "describe_members")),
        (statements, ("read_utterances", "pair_up")),
        (date_bounds, ("read_keys", "share_keys", "read_items", "read_bounds")),
    ],
    ids=["duplicates", "entities", "statements", "date_bounds"],
)
def test_a_corpus_stage_makes_in_tasks_the_rows_of_one_file(tmp_path: Path, stage: Any, names: Sequence[str]) -> None:
    store = filled_store(tmp_path / "warehouse")
    with store.open() as connection:
        for number in range(8):
            text = f"{words(number % 6, 60)} {FOOTER}"
            connection.execute(ANOTHER, [name := document_id(str(number)), text, len(text)])
            connection.execute("INSERT INTO stored.ledger VALUES ('documents', ?, repeat('0', 64))", [name])
        if stage is date_bounds:
            for line in ONE_STATEMENT:
                connection.execute(line)
    functions: list[str] = []

    def noting(tasks: Sequence[Any]) -> Iterator[Any]:
        functions.extend(task.function.__name__ for task in tasks)
        return run_here(tasks)

    def made() -> Mapping[str, pl.DataFrame]:
        with stage.deltas(store, ledger.CorpusPending("", {}, (), True), noting) as deltas:
            frames = {
                name: [delta.rows] if isinstance(delta.rows, pl.DataFrame) else list(delta.rows)
                for name, delta in deltas.items()
                if name != "likenesses"
            }
        # Tables without rows may have no frame.
        return {name: pl.concat(rows).sort(cs.exclude(cs.list())) if rows else NONE for name, rows in frames.items()}

    in_one_file = made()
    assert all(rows.height for name, rows in in_one_file.items() if name not in MAY_BE_EMPTY or stage is entities)
    functions.clear()
    reshard(store, 16)
    in_tasks = made()
    assert {name: count for name, count in Counter(functions).items() if name in names} == dict.fromkeys(names, 16)
    assert in_one_file.keys() == in_tasks.keys()
    for name, rows in in_one_file.items():
        assert rows.equals(in_tasks[name].select(rows.columns)), name
