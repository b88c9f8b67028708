"""Every promise of the contract holds in the valid store, and fails with a defect, in DuckDB and Great Expectations."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations import suites
from expectations.check_runner import checks
from expectations.findings import Finding, examine, examine_rowwise
from expectations.frames import table_frame
from expectations.sql_checks import BUILTIN_SQL_CHECKS
from expectations.suites import CONTRACT_CHECKS, NOT_ON_FRAME, ContractCheck, contract_checks
from expectations.validation import SuiteInput, validate
from pipeline.contract import BY_NAME, PUBLISHED, Column, Table
from pipeline.stages import DOCUMENT_TABLES
from tests.support import factory
from warehouse.published_views import view
from warehouse.sql import quoted

TABLES = {table.name: table for table in PUBLISHED}
# A value of the right type that is in no row and in no parent table.
STRANGERS: dict[str, str] = {"string": "'eeeeeeeeeeeeeeee'", "integer": "990099"}


@pytest.fixture
def sound(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the store with its views as they should be; restore them afterwards."""
    yield connection
    for table in PUBLISHED:
        connection.execute(view(table))


def plant(connection: duckdb.DuckDBPyConnection, table: Table, rows: list[dict[str, str]], extra: str = "") -> None:
    """Add a row for each mapping to the table's view: a copy of its first row with these SQL values."""
    select = view(table).partition(" AS ")[2]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE sound AS {select}")
    key = ", ".join(quoted(k) for k in table.key)
    parts = [f"SELECT *{extra} FROM temp.sound"]  # noqa: S608
    for values in rows:
        replaced = ", ".join(f"{value} AS {quoted(name)}" for name, value in values.items())
        changed = f"* REPLACE ({replaced})" if values else "*"
        parts.append(f"SELECT {changed}{extra} FROM (FROM temp.sound ORDER BY {key} LIMIT 1)")  # noqa: S608
    connection.execute("CREATE OR REPLACE TABLE planted AS " + " UNION ALL ".join(parts))
    connection.execute(f"CREATE OR REPLACE VIEW published.{quoted(table.name)} AS FROM main.planted")


def fresh_key(table: Table, number: int = 0) -> dict[str, str]:
    """Return a new key that keeps the promises of its columns, in the last column that allows any value."""
    free = (table.column(k) for k in table.key)
    column = [column for column in free if column.refers_to is None and column.enum is None][-1]
    return {column.name: str(990_000 + number) if column.kind == "integer" else f"'{0xABCDEF0000 + number:016x}'"}


def defect(table: Table, promise: ContractCheck, number: int = 0) -> dict[str, str]:
    """Return the columns of a row that breaks this promise about rows."""
    values = fresh_key(table, number)
    if promise.kind == "key":
        return {}
    column = table.column(promise.column or "")
    values[column.name] = bad_value(column, promise)
    return values


def bad_value(column: Column, promise: ContractCheck) -> str:
    match promise.kind:
        case "not_null":
            return "NULL"
        case "enum":
            return "'no such word'"
        case "minimum":
            assert column.minimum is not None
            return str(column.minimum - 1)
        case "maximum":
            assert column.maximum is not None
            return str(column.maximum + 1)
        case "pattern":
            return "'Not a match!'"
        case _:
            return STRANGERS[column.kind]


def broken_by(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, Finding]:
    found = examine_rowwise(connection, table, contract_checks(table), factory.AS_OF)
    for promise in contract_checks(table):
        if promise.id not in found:
            found[promise.id] = examine(connection, promise, factory.AS_OF)
    return found


def failing(found: dict[str, Finding]) -> set[str]:
    return {name for name, finding in found.items() if finding.found or finding.broken}


def expected_of(table: Table, promise: ContractCheck) -> set[str]:
    """A value that breaks its own rule is also in no parent, and a row of another document refers to nothing."""
    also = promise.kind in ("enum", "minimum", "maximum", "pattern") and promise.column is not None
    expected = {promise.id}
    if also and table.column(promise.column or "").refers_to:
        expected.add(f"{table.name}_{promise.column}_refers_to")
    if promise.column == "document_id":
        inside = (p for p in CONTRACT_CHECKS if p.table == table.name and p.scope == "document")
        expected |= {p.id for p in inside if p.column != "document_id"}
    return expected


def test_promises_follow_the_contract() -> None:
    ids = [p.id for p in CONTRACT_CHECKS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in ids)
    kinds = Counter(p.kind for p in CONTRACT_CHECKS)
    columns = [c for table in PUBLISHED for c in table.published]
    assert kinds["columns"] == kinds["types"] == kinds["key"] == len(PUBLISHED)
    assert kinds["not_null"] == sum(c.required for c in columns)
    for kind in ("enum", "minimum", "maximum", "pattern", "refers_to"):
        assert kinds[kind] == sum(getattr(c, kind) is not None for c in columns), kind
    assert {"documents_text_not_null", "dates_type_enum", "quotes_confidence_maximum"} <= set(ids)


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda t: t.name)
def test_valid_rows_keep_every_promise(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    found = broken_by(connection, table)
    assert failing(found) == set()
    assert all(finding.judged > 0 for finding in found.values())


@pytest.mark.parametrize(
    "promise", [p for p in CONTRACT_CHECKS if p.kind not in ("columns", "types")], ids=lambda p: p.id
)
def test_a_planted_row_breaks_exactly_its_promise(sound: duckdb.DuckDBPyConnection, promise: ContractCheck) -> None:
    table = TABLES[promise.table]
    plant(sound, table, [defect(table, promise)])
    found = broken_by(sound, table)
    assert failing(found) == expected_of(table, promise)
    assert found[promise.id].found == 1
    assert len(found[promise.id].examples) == 1


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda t: t.name)
def test_another_shape_is_found(sound: duckdb.DuckDBPyConnection, table: Table) -> None:
    plant(sound, table, [], extra=", 1 AS surplus")
    assert failing(broken_by(sound, table)) == {f"{table.name}_columns"}
    column = next(c for c in table.published if c.kind == "integer")
    plant(sound, table, [], extra=f" REPLACE (CAST({quoted(column.name)} AS INTEGER) AS {quoted(column.name)})")
    assert failing(broken_by(sound, table)) == {f"{table.name}_types"}


def test_a_missing_column_is_a_finding(sound: duckdb.DuckDBPyConnection) -> None:
    table = TABLES["mentions"]
    plant(sound, table, [], extra=" EXCLUDE (label)")
    found = broken_by(sound, table)
    assert failing(found) == {"mentions_columns", "mentions_label_not_null", "mentions_label_enum"}
    assert "label" in (found["mentions_label_enum"].broken or "")


def test_no_line_break_slips_past_a_pattern(sound: duckdb.DuckDBPyConnection) -> None:
    table = TABLES["documents"]
    plant(sound, table, [{**fresh_key(table), "language": "'en' || chr(10)"}])
    assert failing(broken_by(sound, table)) == {"documents_language_pattern"}


def inside(table: Table) -> tuple[ContractCheck, ...]:
    return tuple(p for p in contract_checks(table) if p.kind not in NOT_ON_FRAME)


def test_great_expectations_sees_every_promise_kept_and_broken(sound: duckdb.DuckDBPyConnection) -> None:
    """All defects of a table are planted at once; each expectation must count its own."""
    kept, broken = [], []
    for table in PUBLISHED:
        kept.append(SuiteInput(table, inside(table), table_frame(sound, table, inside(table), broken_by(sound, table))))
        rows = [defect(table, p, n) for n, p in enumerate(inside(table)) if p.kind != "columns"]
        plant(sound, table, rows, extra=", 1 AS surplus")
        found = broken_by(sound, table)
        broken.append(SuiteInput(table, inside(table), table_frame(sound, table, inside(table), found)))
    sound_answers = validate(kept, (), {}, None)
    assert {name for name, answer in sound_answers.items() if not answer.success} == set()
    answers = validate(broken, (), {}, None)
    assert answers.keys() == sound_answers.keys() == {p.id for p in CONTRACT_CHECKS if p.kind not in NOT_ON_FRAME}
    assert {name for name, answer in answers.items() if answer.success or answer.broken} == set()
    not_null = {name: answer.unexpected for name, answer in answers.items() if name.endswith("_not_null")}
    assert set(not_null.values()) == {1}


def test_a_big_table_is_shown_by_its_first_rows_and_its_faults(
    sound: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("expectations.frames.ROWS_SHOWN", 2)
    table = TABLES["mentions"]
    wanted = inside(table)
    assert table_frame(sound, table, wanted, broken_by(sound, table)).height == 2
    last = {"mention_id": "'zzzz'", "label": "'no such word'"}
    plant(sound, table, [last, {**last, "label": "'ORG'"}])
    frame = table_frame(sound, table, wanted, broken_by(sound, table))
    assert frame["mention_id"].to_list()[2:] == ["zzzz", "zzzz"]
    assert sorted(frame["label"].to_list()[2:]) == ["ORG", "no such word"]


def test_frames_carry_no_prose_and_nothing_that_html_would_read(sound: duckdb.DuckDBPyConnection) -> None:
    table = TABLES["documents"]
    plant(sound, table, [{**fresh_key(table), "language": "'<img src=x>$a&amp;'", "source": "'<b>'"}])
    frame = table_frame(sound, table, inside(table), broken_by(sound, table))
    assert set(frame["text"].to_list()) == {"present"}
    assert "&lt;img src=x&gt;&#36;a&amp;amp;" in frame["language"].to_list()
    assert frame["title"].to_list() == [None] * frame.height


def test_breach_refuses_a_promise_about_a_table() -> None:
    with pytest.raises(ValueError, match="not about one row"):
        suites.violation_condition(next(p for p in CONTRACT_CHECKS if p.kind == "key"))


def test_the_suite_carries_the_ids() -> None:
    import great_expectations as gx

    gx.get_context(mode="ephemeral")
    made: Any = suites.suite(TABLES["quotes"])
    assert made.name == "quotes"
    assert {e.meta["id"] for e in made.expectations} == {p.id for p in inside(TABLES["quotes"])}
    only: Any = suites.suite(TABLES["quotes"], {"quotes_kind_enum"})
    assert [e.meta["id"] for e in only.expectations] == ["quotes_kind_enum"]


def test_checks_are_of_tables_of_the_contract_and_have_names_of_their_own() -> None:
    named = [check.name for check in checks()]
    assert len(set(named)) == len(named) == len({p.id for p in suites.CONTRACT_CHECKS}) + len(BUILTIN_SQL_CHECKS)
    assert {check.table for check in checks()} <= BY_NAME.keys()


def test_what_is_asked_of_single_documents_is_in_tables_that_name_them() -> None:
    assert all(any(c.name == "document_id" for c in BY_NAME[name].stored) for name in DOCUMENT_TABLES)


def test_great_expectations_starts_without_what_is_not_used_which_works_when_it_is() -> None:
    code = """
import gc, sys
from assets.patches import scipy_stats
from expectations.validation import _imported
scipy_stats.defer_scipy_stats()
gx = _imported()
assert gx.ExpectationSuite(name="a").name == "a"
assert gc.isenabled()
assert "scipy.optimize" not in sys.modules  # scipy.stats reads it
from scipy import stats
assert stats.norm.cdf(0) == 0.5
scipy_stats.defer_scipy_stats()
assert sys.modules["scipy.stats"] is stats
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_the_module_is_importable_without_great_expectations() -> None:
    code = "import sys; import expectations.check_runner; assert 'great_expectations' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
