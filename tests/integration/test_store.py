"""The store: one holder at a time, all or nothing, and the contract's shape."""

import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from pipeline.contract import BOOKKEEPING_TABLES, PUBLISHED, STORED
from pipeline.contract.schema import frame
from warehouse import migration
from warehouse.published_views import EXPRESSIONS
from warehouse.sql import StoreError, fetch_one, query, transaction
from warehouse.store import Store
from warehouse.writes import insert


def test_tables_and_views_have_the_contracts_columns(tmp_path: Path) -> None:
    with Store(tmp_path).open() as connection:
        for table in (*STORED, *BOOKKEEPING_TABLES):
            assert query(connection, f"FROM stored.{table.name} LIMIT 0").columns == [c.name for c in table.stored]
        for table in PUBLISHED:
            found = query(connection, f"FROM published.{table.name} LIMIT 0").columns
            assert found == [c.name for c in table.published]


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    table = next(t for t in BOOKKEEPING_TABLES if t.name == "failures")
    rows = frame(
        table.stored, [{"stage": "a", "document_id": "b", "reason": "c", "fingerprint": None, "seconds": None}]
    )
    store = Store(tmp_path)
    with store.open() as connection, pytest.raises(ZeroDivisionError), transaction(connection):
        insert(connection, table, rows)
        raise ZeroDivisionError
    assert store.read("SELECT count(*) AS n FROM stored.failures")["n"][0] == 0


def test_a_refused_lock_names_its_holder(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import sys, pathlib
        from warehouse.store import Store
        with Store(pathlib.Path(sys.argv[1])).open():
            print("held", flush=True)
            sys.stdin.read()
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=f"process {process.pid}"), Store(tmp_path, lock_seconds=0.1).open():
            pass
    finally:
        process.communicate("")


def test_the_shape_is_checked_once_while_nobody_else_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Path] = []
    real = migration.prepare

    def prepare(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
        looked.append(database)
        real(connection, database)

    store = Store(tmp_path)
    store.read("FROM stored.raws")
    monkeypatch.setattr(migration, "prepare", prepare)
    with store.open() as connection:
        connection.execute("INSERT INTO stored.judged VALUES ('a', 'b')")
    assert store.read("FROM stored.judged").height == 1
    assert looked == []
    with duckdb.connect(str(store.database)) as connection:
        connection.execute("DELETE FROM stored.judged")
    store.read("FROM stored.raws")
    assert looked == [store.database]


def test_views_are_made_again_if_a_join_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    with store.open():
        pass
    monkeypatch.setitem(EXPRESSIONS["documents"], "duplicate_of", "'changed'")
    with store.open() as connection:
        found = query(connection, "SELECT sql FROM duckdb_views() WHERE view_name = 'documents'")
    assert "changed" in found["sql"][0]


def test_a_second_query_after_one_row(tmp_path: Path) -> None:
    with Store(tmp_path).open() as connection:
        assert fetch_one(connection, "SELECT unnest([1, 2, 3])") == (1,)
        assert query(connection, "SELECT 4 AS n")["n"][0] == 4
