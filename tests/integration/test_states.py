"""The state of what tables were made from: each write updates it, and earlier versions' states are migrated."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.build.incremental import step
from assets.settings import Settings
from pipeline.contract import BOOKKEEPING_TABLES, FAILURES, LEDGER, STORED
from pipeline.contract.schema import frame
from pipeline.stage import Rules
from tests.integration.test_incremental import DUPLICATES, STAGES, duplicates, place, run
from tests.support.factory import filled_store
from tests.support.property_tests import WITHOUT_SHRINKING
from warehouse import digests, ledger, migration, states
from warehouse.sql import quoted, transaction
from warehouse.store import Store
from warehouse.writes import deferred_bookkeeping, delete, insert

__all__ = ["duplicates", "place"]

TABLES = {table.name: table for table in (*STORED, *BOOKKEEPING_TABLES)}


def lines(names: list[int]) -> pl.DataFrame:
    return frame(
        LEDGER.stored,
        [{"stage": f"s{n % 3}", "document_id": str(n), "fingerprint": f"{n:064x}"} for n in names],
    )


def test_an_article_on_which_a_stage_failed_is_resolved_from_what_there_is() -> None:
    """Its rows of the other stages exist, and a rebuild reads them."""
    lines = [("documents", "d1"), ("quotes", "d1"), ("entities", "d1"), ("documents", "d2"), ("quotes", "d2")]
    rows = [{"stage": stage, "document_id": name, "fingerprint": "0" * 64} for stage, name in lines]
    statements = ledger.LedgerStage("statements", ("statements",), ("documents", "quotes", "entities"), "key")
    with duckdb.connect() as connection:
        migration.prepare(connection, Path("memory"))
        insert(connection, LEDGER, frame(LEDGER.stored, rows))
        found = ledger.corpus_changes(connection, statements, by_document=True)
    assert found is not None and set(found.changed_documents) == {"d1", "d2"}


@settings(max_examples=10, phases=WITHOUT_SHRINKING)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), max_size=12))
def test_the_state_follows_from_the_lines_and_not_from_their_history(history: list[tuple[bool, int]]) -> None:
    with duckdb.connect() as connection:
        migration.prepare(connection, Path("memory"))
        kept: set[int] = set()
        for add, name in history:
            if add and name not in kept:
                insert(connection, LEDGER, lines([name]))
                kept.add(name)
            elif not add:
                delete(connection, LEDGER, "document_id = ?", [str(name)])
                kept.discard(name)
        assert states.matches(connection)
        found = ledger.state(connection)
        delete(connection, LEDGER, "true")
        insert(connection, LEDGER, lines(sorted(kept, reverse=True)))
        assert ledger.state(connection) == found
        delete(connection, LEDGER, "true")
        insert(connection, LEDGER, lines([*kept, 9]))
        assert ledger.state(connection) != found


def test_writes_of_one_transaction_are_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After inserts and deletes in any order the digests and the state are those of the rows."""
    calls = []
    for module in (digests, states):
        note = module.note
        monkeypatch.setattr(module, "note", lambda *given, note=note: (calls.append(note), note(*given))[1])
    with duckdb.connect() as connection:
        migration.prepare(connection, Path("memory"))
        insert(connection, LEDGER, lines([0, 1, 2]))
        calls.clear()
        with transaction(connection), deferred_bookkeeping(connection):
            insert(connection, LEDGER, lines([3, 4]))
            delete(connection, LEDGER, "document_id IN ('1', '4')")
            insert(connection, LEDGER, lines([4]))
            assert not calls
        assert len(calls) == 2
        assert states.matches(connection) and not digests.differing(connection)
        with pytest.raises(duckdb.ConstraintException), transaction(connection), deferred_bookkeeping(connection):
            insert(connection, LEDGER, lines([5]))
            insert(connection, LEDGER, lines([0]))
        assert states.matches(connection) and not digests.differing(connection)
        insert(connection, LEDGER, lines([6]))
        assert states.matches(connection)


def test_fingerprints_that_change_places_show() -> None:
    with duckdb.connect() as connection:
        migration.prepare(connection, Path("memory"))
        rows = lines([0, 3])
        insert(connection, LEDGER, rows)
        before = ledger.state(connection)
        delete(connection, LEDGER, "true")
        insert(connection, LEDGER, rows.with_columns(pl.col("fingerprint").reverse()))
        assert ledger.state(connection) != before


def test_to_know_the_state_reads_no_line(tmp_path: Path) -> None:
    with filled_store(tmp_path).open() as connection:
        before = ledger.state(connection)
        connection.execute("DROP TABLE stored.ledger CASCADE")
        assert ledger.state(connection) == before


def former(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the state as versions of form 2 computed it."""

    def digest(parts: list[str]) -> str:
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def said(sql: str) -> list[str]:
        return [str(line) for (line,) in connection.execute(sql).fetchall()]

    stages = said("SELECT DISTINCT stage FROM stored.ledger ORDER BY 1")
    of = "SELECT document_id || ' ' || fingerprint FROM stored.ledger WHERE stage = '{}' ORDER BY document_id"
    parts = [f"{stage} {digest(said(of.format(stage)))}" for stage in stages]
    corrected = said(
        "SELECT concat_ws(chr(9), line, kind, document_id, target, value, note) FROM stored.corrections ORDER BY line"
    )
    return digest(
        [
            *parts,
            digest(said("SELECT source || ' ' || reason || ' ' || detail FROM stored.refusals ORDER BY source")),
            digest(said("SELECT stage || ' ' || document_id FROM stored.failures ORDER BY stage, document_id")),
            digest(corrected) if corrected else "",
        ]
    )


def aged(store: Store) -> str:
    """Give a store the shape of form 2. Return its state in that form."""
    with duckdb.connect(str(store.database)) as connection:
        connection.execute("DROP SCHEMA published CASCADE")
        connection.execute("DROP TABLE stored.states")
        for name in sorted(migration.UNINDEXED):
            key = ", ".join(quoted(column) for column in TABLES[name].key)
            connection.execute(f"ALTER TABLE stored.{name} ADD PRIMARY KEY ({key})")
        connection.execute("UPDATE main.onrecord SET form = 2")
        return former(connection)


def indexed(connection: duckdb.DuckDBPyConnection) -> set[str]:
    found = connection.execute(
        "SELECT DISTINCT table_name FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
    ).fetchall()
    return {str(name) for (name,) in found}


def test_an_older_warehouse_is_copied_once_and_keeps_its_state(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = filled_store(tmp_path)
    with store.open() as connection, transaction(connection):
        failure = {"stage": "parses", "document_id": "a", "reason": "r", "fingerprint": None, "seconds": None}
        insert(connection, FAILURES, frame(FAILURES.stored, [failure]))
    tables = sorted(
        {*migration.UNINDEXED, *(t.name for t in BOOKKEEPING_TABLES if t.name not in ("digests", "states"))}
    )
    before = {name: store.read(f"FROM stored.{name} ORDER BY ALL") for name in tables}
    state = aged(store)
    for _ in range(2):
        with store.open() as connection:
            assert ledger.state(connection) == state
            assert indexed(connection) & migration.UNINDEXED == set()
            assert states.matches(connection)
    assert all(store.read(f"FROM stored.{name} ORDER BY ALL").equals(rows) for name, rows in before.items())
    (line,) = [record.getMessage() for record in caplog.records]
    assert f"{len(migration.UNINDEXED)} tables copied once, to drop the indexes of their keys" in line
    with store.open() as connection:
        insert(connection, LEDGER, lines([1]))
        changed = ledger.state(connection)
        delete(connection, LEDGER, "document_id = '1'")
        assert ledger.state(connection) not in (state, changed), "the former state is gone with the first change"


def test_nothing_is_made_again_after_the_migration(place: Settings) -> None:
    run(place)
    store = Store(place.warehouse)
    with store.open() as connection, transaction(connection):
        delete(connection, LEDGER, "document_id = '*'")
    aged(store)
    with duckdb.connect(str(store.database)) as connection:
        # The line of a corpus-wide stage as form 2 wrote it.
        documents = connection.execute(
            "SELECT string_agg(document_id || ' ' || fingerprint, chr(10) ORDER BY document_id) "
            "FROM stored.ledger WHERE stage = 'documents'"
        ).fetchall()[0][0]
        key = step(DUPLICATES, place).key
        line = hashlib.sha256(f"{key}\n{hashlib.sha256(documents.encode()).hexdigest()}".encode()).hexdigest()
        connection.execute("INSERT INTO stored.ledger VALUES ('duplicates', '*', ?)", [line])
    assert run(place) == {"raws": 0, "documents": 0, "sentences": 0, "duplicates": 0}


def test_a_stage_that_is_made_again_after_the_migration_is_up_to_date(place: Settings) -> None:
    run(place)
    aged(Store(place.warehouse))
    stages = (*STAGES[:2], replace(DUPLICATES, rules_override=Rules("2")))
    assert run(place, stages) == {"raws": 0, "documents": 0, "sentences": 0, "duplicates": 1}
    assert run(place, stages) == {"raws": 0, "documents": 0, "sentences": 0, "duplicates": 0}


_KILLED = """
import os, signal, sys
from pathlib import Path
from warehouse import states
from warehouse.store import Store
states.fill = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
with Store(Path(sys.argv[1])).open():
    pass
"""


def test_a_kill_during_the_copy_leaves_the_older_warehouse(tmp_path: Path) -> None:
    store = filled_store(tmp_path)
    quotes = store.read("FROM stored.quotes ORDER BY ALL")
    state = aged(store)
    assert subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False).returncode < 0
    with duckdb.connect(str(store.database), read_only=True) as connection:
        assert indexed(connection) >= migration.UNINDEXED
        assert former(connection) == state
        assert connection.execute("SELECT form FROM main.onrecord").fetchall() == [(2,)]
    assert store.read("FROM stored.quotes ORDER BY ALL").equals(quotes)


def test_the_lines_of_articles_that_stay_are_kept_where_all_rows_are_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise each build would treat the remaining articles as new, and make all rows again."""
    monkeypatch.setattr(ledger, "MAX_CHANGED", 0)
    step = ledger.LedgerStage("duplicates", (), ("documents",), "key")

    def came(*names: str) -> ledger.CorpusPending:
        rows = [{"stage": "documents", "document_id": name, "fingerprint": "0" * 64} for name in names]
        insert(connection, LEDGER, frame(LEDGER.stored, rows))
        found = ledger.corpus_changes(connection, step, by_document=True)
        assert found is not None
        ledger.apply_corpus_deltas(connection, step, found, {})
        return found

    with duckdb.connect() as connection:
        migration.prepare(connection, Path("memory"))
        assert came("d1", "d2").full_rebuild
        second = came("d3")
        assert second.full_rebuild and set(second.changed_documents) == {"d3"}
        assert set(came("d4").changed_documents) == {"d4"}
