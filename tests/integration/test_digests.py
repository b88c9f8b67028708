"""Rows that another program has changed are found, made again on request, and never released."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from assets.build.incremental import step
from assets.cli import app
from assets.settings import ROOT, Settings
from pipeline.contract import DIGESTED, FILES, INDEXES, JUDGED, MARKS, OFFENCES, QUARANTINE, VERDICTS, Column, Table
from pipeline.contract.schema import frame
from tests.integration.test_incremental import STAGES, corpus, duplicates, ids_in, run
from tests.support.factory import AS_OF, copy, filled_store
from warehouse import database_stamp, digests, integrity, migration, states
from warehouse.change_counts import Changes
from warehouse.failures import StageFailure, note, retry
from warehouse.integrity import RowsDiffer
from warehouse.ledger import forget
from warehouse.release.publish import ReleaseRefused, publish
from warehouse.release.rights import Terms
from warehouse.row_files import row_files, write_rows
from warehouse.shard_tasks import ShardTasks, ShardWriter, run_here
from warehouse.sql import transaction
from warehouse.store import Store
from warehouse.temp_database import temporary_database
from warehouse.withdrawal.lists import Withdrawal
from warehouse.withdrawal.lists import write_withdrawn_list as note_withdrawn
from warehouse.writes import insert, replace_rows

SHA = "0" * 64
VALUES: dict[str, Callable[[int], Any]] = {
    "string": lambda n: f"{n:016}",
    "integer": lambda n: n,
    "boolean": bool,
    "date": lambda n: date(2026, 3, 14 + n),
}
DIGESTED_NAMES = [table.name for table in DIGESTED]


__all__ = ["duplicates"]  # the fixture with which `run` finds duplicates


def alter(store: Store, *statements: str) -> None:
    """Change rows as another program would."""
    with duckdb.connect(str(store.database)) as connection:
        for statement in statements:
            connection.execute(statement)


def differing(store: Store) -> dict[str, list[str]]:
    with store.open() as connection:
        return digests.differing(connection)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with rows in every table."""
    store = filled_store(tmp_path_factory.mktemp("whole"))
    with store.open() as connection, transaction(connection):
        note(connection, "parses", [StageFailure("0" * 16, "too long", SHA, 3), StageFailure("1" * 16, "odd")])
        file = {"path": "a.txt", "bytes": 1, "modified_ns": 1, "content_sha256": SHA, "read_version": "1"}
        insert(connection, FILES, frame(FILES.stored, [file, file | {"path": "b.txt"}]))
        insert(connection, JUDGED, pl.DataFrame({"document_id": ["0" * 16, "1" * 16], "fingerprint": [SHA, SHA]}))
        offence = {"check": "c", "document_id": "0" * 16, "found": 1}
        insert(connection, OFFENCES, frame(OFFENCES.stored, [offence, offence | {"check": "d"}]))
        verdict = {"check": "c", "table": "quotes", "promise": "p", "severity": "error", "passed": False, "found": 1}
        verdict |= {"judged": 1, "detail": "d", "examples": "[]", "state": SHA, "made_from": SHA}
        kept = {"document_id": "0" * 16, "check": "c", "table": "t", "row": "r", "start": None, "end": 3, "found": 1}
        kept |= {"root": SHA, "made_with": "x"}
        insert(connection, QUARANTINE, frame(QUARANTINE.stored, [kept, kept | {"document_id": "1" * 16}]))
        for table in INDEXES:
            rows = [{c.name: VALUES[c.kind](n) for c in table.stored} for n in range(2)]
            insert(connection, table, frame(table.stored, rows))
        insert(connection, VERDICTS, frame(VERDICTS.stored, [verdict, verdict | {"check": "d"}]))
    assert differing(store) == {}
    return store.folder


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Store:
    """Return a copy of it that the test may change."""
    return Store(shutil.copytree(whole, tmp_path / "copy"))


def test_a_copy_is_compared_once_and_passes(store: Store) -> None:
    assert store.unverified()
    integrity.check(store)
    assert not store.unverified()


def test_what_onrecord_writes_is_not_compared(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    integrity.check(store)
    with store.open() as connection, transaction(connection):
        note(connection, "mentions", [StageFailure("2" * 16, "odd")])
    monkeypatch.setattr(digests, "differing", pytest.fail)
    integrity.check(store)


def other(column: Column) -> str:
    """Return SQL for another value of a column."""
    name = f'"{column.name}"'
    return {
        "string": f"coalesce({name}, '') || '!'",
        "integer": f"coalesce({name}, 0) + 1000",
        "number": f"coalesce({name}, 0) + 0.5",
        "boolean": f"NOT coalesce({name}, false)",
        "date": f"coalesce({name}, DATE '2020-01-01') + 1",
        "strings": f"coalesce({name}, []) || ['!']",
        "integers": f"coalesce({name}, []) || [1000::INTEGER]",
        "dates": f"coalesce({name}, []) || [DATE '2020-01-01']",
    }[column.kind]


COLUMNS = [(table.name, column.name) for table in DIGESTED for column in table.stored]


@pytest.mark.parametrize("name", DIGESTED_NAMES)
def test_each_changed_column_is_found(store: Store, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = next(t for t in DIGESTED if t.name == name)
    missed = []
    with store.open() as connection:
        for column in table.stored:
            connection.execute("BEGIN")
            connection.execute(
                f'UPDATE stored.{name} SET "{column.name}" = {other(column)} '  # noqa: S608
                f"WHERE rowid = (SELECT min(rowid) FROM stored.{name})"
            )
            with monkeypatch.context() as patch:  # the others were not written to
                patch.setattr(digests, "DIGESTED", (table,))
                if set(digests.differing(connection)) != {name}:
                    missed.append(column.name)
            connection.execute("ROLLBACK")
        assert missed == []
        connection.execute(f'UPDATE stored.{name} SET "{column.name}" = {other(column)}')  # noqa: S608
        assert set(digests.differing(connection)) == {name}


def test_a_deleted_row_of_any_table_is_found(store: Store) -> None:
    for name in DIGESTED_NAMES:
        alter(store, f"DELETE FROM stored.{name} WHERE rowid = (SELECT min(rowid) FROM stored.{name})")  # noqa: S608
    assert_all_are_found(store)


def test_an_added_row_of_any_table_is_found(store: Store) -> None:
    for table in DIGESTED:
        changed = ", ".join(f'{other(table.column(key))} AS "{key}"' for key in table.key)
        row = f"SELECT * REPLACE ({changed}) FROM stored.{table.name} LIMIT 1"  # noqa: S608
        alter(store, f"INSERT INTO stored.{table.name} BY NAME {row}")
    assert_all_are_found(store)


def assert_all_are_found(store: Store) -> None:
    """Check that rows differ in every table, and that the error names each of them."""
    assert set(differing(store)) == set(DIGESTED_NAMES)
    with pytest.raises(RowsDiffer) as caught:
        integrity.check(store)
    assert [name for name in DIGESTED_NAMES if not re.search(rf"\b{name}\b", str(caught.value))] == []


def test_rows_that_change_places_are_found_in_both_articles(store: Store) -> None:
    with store.open() as connection:
        one, two, *_ = (
            r[0] for r in connection.execute("SELECT document_id FROM stored.documents ORDER BY 1").fetchall()
        )
    ids = f"CASE document_id WHEN '{one}' THEN '{two}' WHEN '{two}' THEN '{one}' ELSE document_id END"
    alter(store, f"UPDATE stored.dates SET document_id = {ids}")  # noqa: S608
    assert {one, two} <= set(differing(store)["dates"])


def test_words_moved_to_the_next_column_are_found(store: Store) -> None:
    alter(store, "UPDATE stored.edits SET replacement = original || replacement, original = ''")
    assert set(differing(store)) == {"edits"}


@pytest.mark.parametrize("statement", ["DELETE FROM stored.digests", "DROP TABLE stored.digests"])
def test_without_digests_nothing_passes(store: Store, statement: str) -> None:
    alter(store, statement)
    assert {"raws", "documents", "quotes", "entities", "verdicts"} <= set(differing(store))


def test_a_null_is_not_an_empty_text(store: Store) -> None:
    alter(store, "UPDATE stored.documents SET url = '' WHERE url IS NULL")
    assert set(differing(store)) == {"documents"}


def test_the_digest_of_a_row_stays_the_same_in_later_versions(store: Store) -> None:
    """If it changed, every warehouse would count as changed. Raising migration.STORE_FORMAT makes all digests again."""
    table = Table("t", "g", "d", ("a",), ("a",), tuple(Column(k, k, "d") for k in migration.SQL_TYPES))
    values = "'a' AS string, 1 AS integer, 0.1::DOUBLE AS number, true AS boolean, DATE '2026-03-14' AS date, "
    values += "['a', 'b, c', 'it''s'] AS strings, [1, 2] AS integers, [DATE '2026-03-14'] AS dates"
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {digests.columns(table)} FROM (SELECT {values})").fetchall()  # noqa: S608
    assert found == [("*", 3343736370975094722)]


def test_a_forged_verdict_opens_no_release(store: Store) -> None:
    alter(store, "UPDATE stored.verdicts SET passed = true, found = 0")
    with pytest.raises(ReleaseRefused, match=r"another program has changed stored rows, in verdicts"):
        publish(store, Terms("all"), [], AS_OF, "1")
    assert not (store.folder / "releases" / "latest").exists()


def test_changed_rows_are_not_released_before_they_match_again(store: Store) -> None:
    alter(store, "UPDATE stored.quotes SET text = 'I did it' || text")
    for _ in range(2):
        with store.open():
            pass  # onrecord opens and closes the store in between, which changes nothing
        with pytest.raises(ReleaseRefused, match="in quotes"):
            publish(store, Terms("all"), [], AS_OF, "1")
    alter(store, "UPDATE stored.quotes SET text = text[9:]")
    assert publish(store, Terms("all"), [], AS_OF, "1").new


def test_check_ends_with_one_where_rows_differ(store: Store) -> None:
    alter(store, "UPDATE stored.quotes SET text = 'I did it'")
    done = CliRunner().invoke(app, ["check", "--warehouse", str(store.folder)])
    assert done.exit_code == 1
    assert "another program has changed stored rows, in quotes" in done.output


def test_a_warehouse_that_cannot_be_written_is_compared_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    alter(store, "UPDATE stored.quotes SET text = 'I did it'")
    monkeypatch.setattr(Store, "writable", lambda _: False)
    with pytest.raises(RowsDiffer, match="in quotes"):
        integrity.check(store)


@pytest.mark.parametrize("view", ["SELECT 'I did it' AS text", "SELECT * FROM stored.quotes"])
def test_a_replaced_view_is_drawn_again(store: Store, view: str) -> None:
    before = store.read("SELECT view_name, sql FROM duckdb_views() WHERE schema_name = 'published' ORDER BY 1")
    alter(store, f"CREATE OR REPLACE VIEW published.quotes AS {view}")
    after = store.read("SELECT view_name, sql FROM duckdb_views() WHERE schema_name = 'published' ORDER BY 1")
    assert after.equals(before)


def test_a_table_in_the_place_of_a_view_goes(store: Store) -> None:
    alter(store, "DROP VIEW published.quotes", "CREATE TABLE published.quotes AS SELECT 'I did it' AS text")
    assert "quotes" in set(
        store.read("SELECT view_name FROM duckdb_views() WHERE schema_name = 'published'")["view_name"]
    )


def test_an_older_warehouse_gets_digests_once_and_says_so(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    alter(store, "DROP TABLE stored.digests", "UPDATE main.onrecord SET form = 1")
    assert differing(store) == {}
    integrity.check(store)
    assert len([r for r in caplog.records if "digests computed" in r.getMessage()]) == 1
    alter(store, "UPDATE stored.quotes SET text = 'I did it'")
    assert set(differing(store)) == {"quotes"}


@pytest.mark.parametrize("name", ["quotes", "raws", "edits"])
def test_a_migrated_table_matches_its_digests(store: Store, name: str) -> None:
    alter(store, f"ALTER TABLE stored.{name} ADD COLUMN added INTEGER")
    assert differing(store) == {}


def test_stamp_and_mark_are_closed_to_others(store: Store) -> None:
    alter(store, "UPDATE stored.quotes SET text = 'I did it'")
    with store.open():
        pass
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in store.folder.glob("onrecord.*")}
    assert modes[".stamp"] == modes[".unverified"] == 0o600


def test_a_new_database_needs_no_comparison(store: Store) -> None:
    alter(store, "UPDATE stored.quotes SET text = 'I did it'")
    with store.open():
        pass
    store.database.unlink()
    with store.open():
        pass
    assert not store.unverified()


# Changes and operations of which one of the same kind is among the quick tests.
SLOW = {
    *(
        "raws, another stands",
        "raws, one more",
        "raws, one gone",
        "refusals",
        "refusals, all gone",
        "documents, one gone",
    ),
    *("edits", "sentences", "ledger, gone", "files", "failures", "quarantine", "verdicts", "states"),
    *("a copy under another name", "a moved file", "a touched file", "every file again", "a removed file, kept"),
    *("a new edition of a record", "rows that break a table", "failures tried again", "forgotten documents"),
}


def some_slow(names: Iterable[str]) -> list[Any]:
    return [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in names]


# Small stages on a real raw folder.


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a raw folder and the warehouse that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "raw").mkdir()
    for i in range(6):
        (folder / "raw" / f"{i}.txt").write_text(f"Story {i}.", encoding="utf-8")
    twice = '{"id": "a", "text": "One."}\n{"id": "b", "text": "Two."}\n{"id": "a", "text": "One, later."}\nbroken\n'
    (folder / "raw" / "feed.jsonl").write_text(twice, encoding="utf-8")
    settings = Settings(raw=folder / "raw", warehouse=folder / "warehouse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.corpus.duplicates.deltas", corpus)
        run(settings)
    return settings


@pytest.fixture
def place(built: Settings, tmp_path: Path) -> Settings:
    """Return copies of both that the test may change."""
    copy(Store(built.warehouse), Store(tmp_path / "warehouse"))
    raw = shutil.copytree(built.raw, tmp_path / "raw")  # keeps the times of the files
    return replace(built, raw=raw, warehouse=tmp_path / "warehouse")


def _withdraw(place: Settings) -> None:
    name = sorted(ids_in(place, "documents"))[0]
    note_withdrawn(place.warehouse, {name: Withdrawal(name, "a", "2026-11-28", "asked")})


def _correct(place: Settings) -> Settings:
    name = sorted(ids_in(place, "documents"))[0]
    path = place.raw.with_name("corrections.tsv")
    path.write_text(f"published\t{name}\t-\t2026-03-14\tThe desk.\n", encoding="utf-8")
    return replace(place, corrections=path)


def _retry(place: Settings) -> None:
    with Store(place.warehouse).open() as connection:
        with transaction(connection):
            note(connection, "sentences", [StageFailure("f" * 16, "too long", SHA, 3)])
        retry(connection, "sentences")


def _killed(place: Settings) -> None:
    with pytest.raises(KeyboardInterrupt), Store(place.warehouse).open() as connection, transaction(connection):
        note(connection, "sentences", [StageFailure("f" * 16, "odd")])
        raise KeyboardInterrupt


def _forget(place: Settings) -> None:
    some = sorted(ids_in(place, "documents"))[:2]
    with Store(place.warehouse).open() as connection:
        forget(connection, step(STAGES[0], place), some)


OPERATIONS: dict[str, Callable[[Settings], Settings | None]] = {
    "nothing": lambda _: None,
    "a changed file": lambda p: (p.raw / "0.txt").write_text("Another story.", encoding="utf-8") and None,
    "a new edition of a record": lambda p: (p.raw / "feed.jsonl").write_text('{"id": "a", "text": "New."}\n') and None,
    "a removed file": lambda p: (p.raw / "0.txt").unlink(),
    "a removed file, kept": lambda p: ((p.raw / "0.txt").unlink(), replace(p, keep_removed=True))[1],
    "a moved file": lambda p: (p.raw / "0.txt").rename(p.raw / "moved.txt") and None,
    "a touched file": lambda p: os.utime(p.raw / "0.txt", (1, 1)),
    "a copy under another name": lambda p: shutil.copy(p.raw / "0.txt", p.raw / "9.txt") and None,
    "an article that fails": lambda p: (p.raw / "0.txt").write_text("Fail", encoding="utf-8") and None,
    "rows that break a table": lambda p: (p.raw / "0.txt").write_text("Story twice", encoding="utf-8") and None,
    "every file again": lambda p: replace(p, verify=True),
    "a withdrawal": _withdraw,
    "corrections": _correct,
    "failures tried again": _retry,
    "a killed transaction": _killed,
    "forgotten documents": _forget,
}


@pytest.mark.parametrize("operation", some_slow(OPERATIONS))
def test_after_what_onrecord_does_every_row_matches(place: Settings, operation: str) -> None:
    settings = OPERATIONS[operation](place) or place
    for now in (settings, replace(place, accept_removals=True)):
        run(now)
        assert differing(Store(place.warehouse)) == {}
        with Store(place.warehouse).open() as connection:
            assert states.matches(connection)


CHANGES = {
    "raws": "UPDATE stored.raws SET text = 'I did it' WHERE origin = '0.txt'",
    "raws, another stands": "UPDATE stored.raws SET standing = NOT standing WHERE path = 'feed.jsonl'",
    "raws, one gone": "DELETE FROM stored.raws WHERE origin = '0.txt'",
    "raws, one more": "INSERT INTO stored.raws BY NAME SELECT * REPLACE ('x.txt' AS origin, 'x.txt' AS path, "
    "'feedfeedfeedfeed' AS document_id) FROM stored.raws LIMIT 1",
    "refusals": "UPDATE stored.refusals SET reason = 'empty'",
    "refusals, all gone": "DELETE FROM stored.refusals",
    "corrections": "INSERT INTO stored.corrections SELECT 1, 'published', document_id, '-', '2020-01-01', 'x' "
    "FROM stored.documents LIMIT 1",
    "documents": "UPDATE stored.documents SET text = 'I did it'",
    "documents, one gone": "DELETE FROM stored.documents WHERE source = '0.txt'",
    "edits": "INSERT INTO stored.edits SELECT document_id, 0, 0, 0, '', '', 'x' FROM stored.documents LIMIT 1",
    "sentences": "UPDATE stored.sentences SET text = 'I did it' WHERE position = 0",
    "duplicates": "DELETE FROM stored.duplicates",
    "ledger": f"UPDATE stored.ledger SET fingerprint = '{SHA}'",  # noqa: S608
    "ledger, gone": "DELETE FROM stored.ledger",
    "files": "UPDATE stored.files SET content_sha256 = NULL",
    "failures": f"INSERT INTO stored.failures VALUES ('sentences', 'feedfeedfeedfeed', 'x', '{SHA}', 9)",  # noqa: S608
    "quarantine": "INSERT INTO stored.quarantine SELECT document_id, 'c', 't', 'r', NULL, NULL, 1, fingerprint, 'x' "
    "FROM stored.ledger WHERE stage = 'raws'",
    "verdicts": f"INSERT INTO stored.verdicts VALUES ('c', 't', 'p', 'warn', true, 0, 1, '', '', '{SHA}', '{SHA}')",  # noqa: S608
    "digests": "DELETE FROM stored.digests",
    "states": f"UPDATE stored.states SET total = '{SHA}'",  # noqa: S608
}
MADE = ("raws", "refusals", "corrections", "documents", "edits", "sentences", "duplicates", "ledger", "files")


def tables(place: Settings) -> dict[str, list[tuple[object, ...]]]:
    with Store(place.warehouse).open() as connection:
        return {name: connection.execute(f"FROM stored.{name} ORDER BY ALL").fetchall() for name in MADE}


@pytest.mark.parametrize("change", some_slow(CHANGES))
def test_what_was_changed_stops_a_build_and_is_made_again_on_request(place: Settings, change: str) -> None:
    before = tables(place)
    alter(Store(place.warehouse), CHANGES[change])
    with pytest.raises(RowsDiffer, match=r"--redo"):
        run(place)
    run(replace(place, redo=True))
    assert differing(Store(place.warehouse)) == {}
    assert tables(place) == before
    run(place)


def test_one_changed_article_is_made_again_alone(place: Settings) -> None:
    alter(Store(place.warehouse), "UPDATE stored.sentences SET text = 'I did it' WHERE rowid = 0")
    assert run(replace(place, redo=True)) == {"raws": 0, "documents": 0, "sentences": 1, "duplicates": 1}


def test_a_record_whose_file_is_gone_leaves_and_is_named(place: Settings, caplog: pytest.LogCaptureFixture) -> None:
    (place.raw / "0.txt").unlink()
    kept = replace(place, keep_removed=True)
    run(kept)
    alter(Store(place.warehouse), "UPDATE stored.raws SET text = 'I did it' WHERE path = '0.txt'")
    run(replace(kept, redo=True))
    assert "I did it" not in set(Store(place.warehouse).read("SELECT text FROM stored.documents")["text"])
    assert [r for r in caplog.records if "0.txt" in r.getMessage() and "deleted" in r.getMessage()]


def test_the_words_of_a_difference_name_the_articles(place: Settings) -> None:
    alter(Store(place.warehouse), "UPDATE stored.sentences SET text = 'I did it' WHERE text = 'Story 3.'")
    with pytest.raises(RowsDiffer, match=r"sentences \(1 article: 3\.txt\)"):
        run(place)


def test_verify_compares_although_the_file_is_as_it_was_left(place: Settings) -> None:
    store = Store(place.warehouse)
    alter(store, "UPDATE stored.sentences SET text = 'I did it' WHERE text = 'Story 3.'")
    database_stamp.write(store.database)
    run(place)
    with pytest.raises(RowsDiffer):
        run(replace(place, verify=True))


def test_rows_from_files_keep_the_digests(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "warehouse")
    rows = frame(MARKS.stored, [{"document_id": f"{n % 3:016}", "day": AS_OF, "mark": n, "lead": -n} for n in range(9)])
    parts = ShardTasks.make(store, run_here)
    with temporary_database(tmp_path / "temp") as temp:
        temp.register("made", rows.to_arrow())
        for batch in range(3):
            sql = f"FROM made WHERE mark % 3 <> {batch} AND mark // 3 = {batch}"
            write_rows(temp, ShardWriter(parts.folder, "all"), MARKS, sql, batch)
        files = row_files(temp, parts, MARKS, "mark")
        # Into an empty table, from the files; then in batches, since rows are replaced.
        for given, changes in ((rows.clear(), None), (files, Changes(added=6)), (files, Changes())):
            with store.open() as connection, transaction(connection):
                found = replace_rows(connection, MARKS, "true", [], given)
            assert changes is None or found == changes
            assert differing(store) == {}
    expected = rows.filter(pl.col("mark") % 3 != pl.col("mark") // 3)
    assert store.read("SELECT * FROM stored.marks ORDER BY mark").equals(expected)


_WRITE = re.compile(r"\b(INSERT INTO|DELETE FROM|UPDATE|TRUNCATE)\s+stored\.", re.IGNORECASE)
# Modules that write the digests themselves, or move rows unchanged.
_OWN = {"digests.py", "states.py", "writes.py", "integrity.py", "migration.py", "clustering.py"}


def test_every_write_keeps_the_digests() -> None:
    """Only `change` and its callers write to stored tables. The digest of `standing` in raw records is separate."""
    found = []
    for room in ("warehouse", "expectations", "assets"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if path.name in _OWN:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("execute", "sql", "query", "one")):
                    text = "".join(
                        each.value
                        for each in ast.walk(node)
                        if isinstance(each, ast.Constant) and isinstance(each.value, str)
                    )
                    if _WRITE.search(text) and "UPDATE stored.raws SET standing" not in text:
                        found.append(f"{path.name}:{node.lineno}")
    assert found == []
