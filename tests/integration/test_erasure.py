"""After a withdrawal and a build no file of the warehouse folder holds the article's words."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from assets import up_to_date
from assets.cli import withdraw_actions
from assets.cli.build_output import run_build
from assets.settings import Settings
from tests.integration.test_purge import everything
from tests.integration.test_release import DAY, REQUIRED, judge, planted
from tests.integration.test_withdrawn_texts import FOOTER, NEIGHBOUR, OTHER, STORY
from tests.support import factory
from tests.support.contents import contents
from warehouse import intake
from warehouse.backup import backup
from warehouse.change_counts import Tally
from warehouse.release.publish import publish
from warehouse.release.rights import Terms
from warehouse.sql import StoreError
from warehouse.store import Store
from warehouse.withdrawal import erasure, lists
from warehouse.withdrawal import texts as withdrawn_texts

CANARY = "Zanzibar clove quota for the tide clerk"
RAW = "secret CC0-1.0 indirect"
# The file's name is not searched for: a release does not withhold it, nor does a withdrawal remove it.


def spellings(word: str) -> list[bytes]:
    shown = word.replace(" ", "\N{NO-BREAK SPACE}")  # as Dagster's previews have it
    return [word.encode(), shown.encode(), word.upper().encode(), word.encode("utf-16-le"), word.encode("utf-16-be")]


def holding(folder: Path) -> list[str]:
    """Return files whose bytes, or whose rows for Parquet and DuckDB, have the canary in any spelling."""
    wanted = spellings(CANARY)
    return sorted({name for name, content in contents(folder) if any(word in content for word in wanted)})


def plain(store: Store) -> Store:
    """Write the store uncompressed, so that words in it can be read in its bytes."""
    with store.open() as connection:
        connection.execute("PRAGMA force_compression='uncompressed'")
        connection.execute("CREATE TEMP TABLE kept AS FROM stored.raws")
        connection.execute("DELETE FROM stored.raws")
        connection.execute("INSERT INTO stored.raws FROM kept")
        connection.execute("CHECKPOINT")
    return store


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store with a release that holds the canary."""
    made = factory.fill(Store(tmp_path_factory.mktemp("published") / "warehouse"), planted("CC0-1.0", secret=CANARY))
    judge(made)
    publish(made, Terms("all"), REQUIRED, DAY, "0.1.0")
    return made


@pytest.fixture
def store(published: Store, tmp_path: Path) -> Store:
    """Return a copy of it, with copies of the canary in files of failures and set-aside databases."""
    made = factory.copy(published, Store(tmp_path / "warehouse"))
    shutil.copy(made.database, made.folder / "onrecord.old-1.duckdb")
    (made.folder / "failures").mkdir()
    (made.folder / "failures" / "one.txt").write_text(f"ValueError: {CANARY}", encoding="utf-8")
    (made.folder / ".onrecord.duckdb.again").write_bytes(CANARY.encode())
    (made.folder / "scratch.tmp").mkdir()
    (made.folder / "scratch.tmp" / "spilled").write_bytes(CANARY.encode())
    return made


def withdraw(store: Store) -> withdrawn_texts.Index:
    """Withdraw the article and remove its rows from all tables, as a build does."""
    with store.open() as connection:
        ((document_id, source, texts),) = lists.stored(connection, RAW)
        key = withdrawn_texts.key(store.folder, make=True)
        assert key
        new = lists.Withdrawal(document_id, source, "2026-11-22", "", **withdrawn_texts.text_fingerprints(texts, key))
        lists.write_withdrawn_list(store.folder, {document_id: new})
        index = withdrawn_texts.index(store.folder)
        intake.refuse_withdrawn_records(
            connection, index, {name: Tally() for name in ("raws", "refusals", "corrections")}
        )
        kept = factory.frames()
        for name, rows in kept.items():
            if name not in ("raws", "refusals", "corrections", "ledger"):
                connection.execute(f'DELETE FROM stored."{name}"')  # noqa: S608
                connection.register("incoming", rows.to_arrow())
                connection.execute(f'INSERT INTO stored."{name}" BY NAME FROM incoming')
                connection.unregister("incoming")
    judge(store)
    publish(store, Terms("all"), REQUIRED, DAY, "0.1.0")
    return index


def shape(store: Store) -> list[list[tuple[object, ...]]]:
    queries = (
        "SELECT schema_name, table_name, sql FROM duckdb_tables() ORDER BY ALL",
        "SELECT schema_name, view_name, sql, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
        "SELECT schema_name, table_name, constraint_type, constraint_text FROM duckdb_constraints() ORDER BY ALL",
        "SELECT schema_name, sequence_name FROM duckdb_sequences() ORDER BY ALL",
        "FROM main.onrecord",
        "FROM published.quotes ORDER BY quote_id",
        "FROM stored.ledger ORDER BY ALL",
    )
    with store.open() as connection:
        return [connection.execute(sql).fetchall() for sql in queries]


def test_no_file_of_the_warehouse_holds_the_words(store: Store, tmp_path: Path) -> None:
    assert {"onrecord.duckdb", "onrecord.old-1.duckdb", "one.txt", "spilled"} <= set(holding(store.folder))
    index = withdraw(store)
    assert erasure.erase(store, index)
    assert holding(store.folder) == []
    backup(store, tmp_path / "backup")
    assert holding(tmp_path / "backup") == []


def test_free_blocks_hold_nothing(store: Store) -> None:
    plain(store)
    index = withdraw(store)
    assert CANARY.encode() in store.database.read_bytes(), "the canary must be readable for the test to mean something"
    erasure.erase(store, index)
    assert CANARY.encode() not in store.database.read_bytes()


def test_the_database_is_the_same_but_for_the_words(store: Store) -> None:
    index = withdraw(store)
    before, mode = shape(store), store.database.stat().st_mode
    store.database.chmod(0o600)
    erasure.erase(store, index)
    assert shape(store) == before
    assert store.database.stat().st_mode & 0o777 == 0o600, mode


def test_it_is_done_once_for_a_list(store: Store) -> None:
    index = withdraw(store)
    with store.open() as connection:
        assert erasure.erasure_needed(connection, index)
    erasure.erase(store, index)
    inode = store.database.stat().st_ino
    with store.open() as connection:
        assert not erasure.erasure_needed(connection, index)
    assert (erasure.erase(store, index), store.database.stat().st_ino) == ([], inode)


def test_nothing_is_done_where_nothing_is_withdrawn(store: Store) -> None:
    assert erasure.erase(store, withdrawn_texts.index(store.folder)) == []
    assert (store.folder / "failures" / "one.txt").exists()


def test_without_room_the_database_is_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    index = withdraw(store)
    (store.folder / "onrecord.old-1.duckdb").unlink()
    before = store.database.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))  # type: ignore[attr-defined]
    with pytest.raises(StoreError, match="not enough disk space"):
        erasure.erase(store, index)
    assert store.database.read_bytes() == before
    with store.open() as connection:
        assert erasure.erasure_needed(connection, index)


@pytest.mark.parametrize(
    "step", [pytest.param("copymode", marks=pytest.mark.slow), pytest.param("fsync", marks=pytest.mark.slow), "replace"]
)
def test_a_kill_leaves_the_database_whole_and_the_work_due(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    index = withdraw(store)
    (store.folder / "onrecord.old-1.duckdb").unlink()
    before = shape(store)

    def kill(*_: object) -> None:
        # A killed process cleans nothing up.
        patched.setattr(erasure, "_clear", lambda *_: None)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(
            *{"copymode": (shutil, "copymode"), "fsync": (os, "fsync"), "replace": (Path, "replace")}[step], kill
        )
        erasure.erase(store, index)
    assert shape(store) == before
    assert erasure.erase(store, index)
    assert holding(store.folder) == []


def test_a_set_aside_database_keeps_the_other_texts(store: Store) -> None:
    index = withdraw(store)
    erasure.erase(store, index)
    with duckdb.connect(str(store.folder / "onrecord.old-1.duckdb"), read_only=True) as connection:
        sources = [row[0] for row in connection.execute("SELECT source FROM stored.raws").fetchall()]
    assert sorted(sources) == sorted(article.source for article in factory.ARTICLES)


@pytest.mark.parametrize("content", [b"not a database", b""], ids=["damaged", "empty"])
def test_a_set_aside_database_that_cannot_be_read_is_named(
    store: Store, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (store.folder / "onrecord.old-1.duckdb").write_bytes(content)
    erasure.erase(store, withdraw(store))
    assert any("onrecord.old-1.duckdb" in record.getMessage() for record in caplog.records)
    assert CANARY.encode() not in store.database.read_bytes()


@pytest.mark.slow
def test_a_build_after_a_withdrawal_leaves_no_word_in_any_file(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, content in (("story", STORY), ("copy", f"{STORY}\n\n{FOOTER}"), ("other", NEIGHBOUR), ("more", OTHER)):
        (raw / f"{name}.txt").write_text(f"{content}\n\nThis article is published under CC BY 4.0.", encoding="utf-8")
    settings = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    assert run_build(settings) == 0
    words = ("Quuxington", "eastern pier", "rotted through", "nine miles up the coast")

    def found() -> set[str]:
        spelt = [spelling for word in words for spelling in spellings(word)]
        files = {name for name, content in contents(settings.warehouse) if any(word in content for word in spelt)}
        return files | {word for word in words if word.encode() in everything(settings.warehouse)}

    assert {"onrecord.duckdb", "index.db", "quotes.parquet", "documents.parquet", *words[:1]} <= found()
    withdraw_actions.withdraw(settings, "story.txt", "asked")
    assert up_to_date.check_up_to_date(settings) is None
    assert run_build(settings) == 0
    assert found() == set()
    assert up_to_date.check_up_to_date(settings) is not None
