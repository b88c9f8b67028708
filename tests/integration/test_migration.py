"""Open the store in every state: ours, older, newer, a foreign one, damaged. Nothing is lost, and nothing is silent."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipeline.contract import BY_NAME, STORED, Column
from tests.support.factory import filled_store
from warehouse import ledger, migration
from warehouse.sql import StoreError, query
from warehouse.store import Store


def counts(store: Store) -> dict[str, int]:
    with store.open() as connection:
        return {t.name: query(connection, f"FROM stored.{t.name}").height for t in STORED}


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "onrecord"]


def test_a_new_store_and_one_as_it_should_be_say_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = filled_store(tmp_path)
    before = counts(store)
    assert counts(store) == before
    assert said(caplog) == []


def alter(store: Store, statement: str) -> None:
    """Change the store as another program would."""
    with duckdb.connect(str(store.database)) as connection:
        connection.execute(statement)


# Tables that derive from nearly all others.
DAYS = {"date_bounds", "date_conflicts"}


def test_a_derived_table_of_another_shape_goes_with_what_stands_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = filled_store(tmp_path)
    before = counts(store)
    alter(store, "ALTER TABLE stored.quotes ADD COLUMN added INTEGER")
    after = counts(store)
    gone = {name for name in before if before[name] and not after[name]}
    assert gone == {"quotes", "dates", "said_days", "events", "statements", "utterances", *DAYS}
    assert all(after[name] == before[name] for name in before if name not in gone)
    stages = set(store.read("SELECT DISTINCT stage FROM stored.ledger")["stage"])
    assert stages == {"raws", "documents", "sentences", "parses", "mentions", "resolutions", "duplicates"}
    (line,) = said(caplog)
    assert "an older warehouse: quotes, dates" in line
    assert "made again" in line


@pytest.mark.parametrize(
    ("table", "gone"),
    [
        ("marks", {"duplicates", *DAYS}),
        ("quote_marks", {"statements", "utterances", *DAYS}),
        ("evidence_keys", DAYS),
        ("states", set()),
    ],
)
def test_what_follows_from_other_tables_is_made_again_where_its_shape_is_another(
    tmp_path: Path, table: str, gone: set[str]
) -> None:
    """Nothing else changes: no kept row is altered, and no database renamed."""
    store = filled_store(tmp_path)
    before = counts(store)
    with store.open() as connection:
        state = ledger.state(connection)
    alter(store, f"ALTER TABLE stored.{table} ADD COLUMN added INTEGER")
    after = counts(store)
    assert {name for name in before if before[name] and not after[name]} == gone
    assert all(after[name] == before[name] for name in before if name not in gone)
    assert "added" not in store.read(f"FROM stored.{table}").columns
    with store.open() as connection:
        assert (ledger.state(connection) == state) == (not gone)


def test_a_table_that_comes_with_its_stage_takes_the_stage_along(tmp_path: Path) -> None:
    store = filled_store(tmp_path)
    alter(store, "ALTER TABLE stored.edits ADD COLUMN added INTEGER")
    assert counts(store)["documents"] == 0
    assert set(store.read("SELECT DISTINCT stage FROM stored.ledger")["stage"]) == {"raws"}


def test_raw_texts_follow_in_place(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = filled_store(tmp_path)
    texts = store.read("SELECT * FROM stored.raws ORDER BY origin")
    alter(store, "INSERT INTO stored.files VALUES ('a.txt', 1, 1, repeat('0', 64), '1')")
    alter(store, "ALTER TABLE stored.raws ADD COLUMN added INTEGER")
    assert store.read("SELECT * FROM stored.raws ORDER BY origin").equals(texts)
    assert store.read("FROM stored.files").is_empty()  # so that every file is read again
    assert counts(store)["quotes"] > 0
    (line,) = said(caplog)
    assert "raws altered in place" in line


def test_a_new_column_of_the_raw_texts_is_null_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled_store(tmp_path)
    _with_column(monkeypatch, Column("added", "string", "New."))
    found = store.read("SELECT added FROM stored.raws")
    assert found["added"].null_count() == found.height > 0


def test_raw_texts_that_cannot_follow_are_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = filled_store(tmp_path)
    before = store.database.read_bytes()
    _with_column(monkeypatch, Column("added", "string", "New.", required=True))
    assert counts(store)["raws"] == 0
    assert store.database.with_name("onrecord.old-1.duckdb").read_bytes() == before
    (line,) = said(caplog)
    assert "raws cannot be migrated in place" in line
    assert "onrecord.old-1.duckdb" in line


def _with_column(monkeypatch: pytest.MonkeyPatch, column: Column) -> None:
    raws = replace(BY_NAME["raws"], columns=(*BY_NAME["raws"].columns, column))
    for name in ("_ALL", "_KEPT"):
        tables = tuple(raws if t.name == "raws" else t for t in getattr(migration, name))
        monkeypatch.setattr(migration, name, tables)


def test_a_store_of_before_the_mark_is_taken_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = filled_store(tmp_path)
    before = counts(store)
    alter(store, "DROP TABLE main.onrecord")
    assert counts(store) == before
    assert store.read("FROM main.onrecord")["form"].to_list() == [migration.STORE_FORMAT]
    assert said(caplog) == []


def test_an_older_form_goes_through_its_steps_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = filled_store(tmp_path)

    def mend(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("UPDATE stored.raws SET extractor_version = extractor_version || '!'")

    monkeypatch.setattr(migration, "STORE_FORMAT", migration.STORE_FORMAT + 1)
    monkeypatch.setitem(migration.MIGRATIONS, migration.STORE_FORMAT - 1, mend)
    for _ in range(2):
        assert {v.count("!") for v in store.read("SELECT extractor_version AS v FROM stored.raws")["v"]} == {1}
    (line,) = said(caplog)
    assert f"migrated from format {migration.STORE_FORMAT - 1}" in line


def test_a_step_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled_store(tmp_path)
    before = counts(store)

    def die(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("DELETE FROM stored.quotes")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migration, "STORE_FORMAT", migration.STORE_FORMAT + 1)
        patch.setitem(migration.MIGRATIONS, migration.STORE_FORMAT - 1, die)
        with pytest.raises(KeyboardInterrupt):
            counts(store)
    assert counts(store) == before


@pytest.mark.parametrize("mark", ["form = form + 1", "contract = '99.0.0'"])
def test_a_newer_warehouse_is_refused_and_stays_as_it_is(tmp_path: Path, mark: str) -> None:
    store = filled_store(tmp_path)
    alter(store, f"UPDATE main.onrecord SET {mark}")  # noqa: S608
    before = store.database.read_bytes()
    with pytest.raises(StoreError, match="written by a newer onrecord"), store.open():
        pass
    assert store.database.read_bytes() == before


def _foreign(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA stored")
        connection.execute("CREATE TABLE stored.raws AS SELECT 1 AS theirs")


def _garbled(path: Path) -> None:
    """Damage a page in the middle of the file."""
    content = bytearray(path.read_bytes())
    for start in range(12_288, len(content), 4_096):
        content[start + 100 : start + 164] = bytes(64)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda p: p.write_bytes(b"not a database" * 1000), "not a DuckDB database", id="garbage"),
        pytest.param(lambda p: p.write_bytes(b"SQLite format 3\0" * 512), "not a DuckDB database", id="sqlite"),
        pytest.param(lambda p: p.write_bytes(b""), "not a DuckDB database", id="empty"),
        pytest.param(lambda p: p.write_bytes(p.read_bytes()[:9_000]), "cannot be read|damaged", id="cut off"),
        pytest.param(_garbled, "damaged", id="a page garbled"),
        pytest.param(lambda p: (p.unlink(), _foreign(p)), "not made by onrecord", id="somebody else's"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_left_alone(
    tmp_path: Path, damage: Callable[[Path], object], reason: str
) -> None:
    store = filled_store(tmp_path)
    damage(store.database)
    before = store.database.read_bytes()
    with pytest.raises(StoreError) as error:
        counts(store)
    assert str(store.database) in str(error.value)
    assert re.search(reason, str(error.value))
    assert "nothing was" in str(error.value)
    assert "\n" not in str(error.value)
    assert store.database.read_bytes() == before


def test_a_kill_while_the_file_is_made_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    (tmp_path / ".onrecord.duckdb.new").write_bytes(b"half a header")
    (tmp_path / ".onrecord.duckdb.new.wal").write_bytes(b"half a line")
    filled_store(tmp_path)
    assert not list(tmp_path.glob(".onrecord.duckdb.new*"))
