"""Every check stops the release: its defect is planted, its verdict kept, and a later release is refused and names it.

All in one process and one database; each defect is rolled back. test_build does the same through Dagster, in a run of
the release alone, and test_ui through the UI's webserver.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from expectations import check_runner as judging
from expectations.check_runner import definitions, run_checks
from expectations.check_state import Changed
from expectations.findings import (
    BUILTIN_CHECKS,
    BuiltinCheck,
    Finding,
    count_violations,
    document_results,
    examine,
    examine_rowwise,
)
from expectations.sql_checks import BUILTIN_SQL_CHECKS, BuiltinSqlCheck, DriftThresholds
from expectations.suites import CONTRACT_CHECKS, ROWWISE, ContractCheck
from expectations.validation import ExpectationResult
from pipeline.contract import BY_NAME
from tests.integration.test_check_state import agreeing
from tests.integration.test_sql_checks import DEFECTS, FLOODS
from tests.integration.test_suites import TABLES, defect, plant
from tests.support import factory
from warehouse import ledger
from warehouse.release.publish import ReleaseRefused, _verdicts, require_passed
from warehouse.sql import quoted
from warehouse.text import counted

REQUIRED = definitions()
NONE = Changed({}, (), 3)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a valid store with its verdicts, which a release accepts."""
    store = factory.filled_store(tmp_path_factory.mktemp("guard"))
    with pytest.MonkeyPatch.context() as patch:
        agreeing(patch, some=False)
        run_checks(store, factory.AS_OF)
    with store.open() as opened:
        opened.execute("SET threads = 1")
        require_passed(_verdicts(opened), REQUIRED, ledger.state(opened))
        yield opened


def break_promise(connection: duckdb.DuckDBPyConnection, promise: ContractCheck) -> None:
    """Plant a row that breaks a promise. It is among the stored rows, without the constraints of the store, or, for
    values that the corpus adds and for promises about tables, in the published view."""
    table = TABLES[promise.table]
    if promise.kind == "columns":
        plant(connection, table, [], extra=", 1 AS surplus")
    elif promise.kind == "types":
        column = next(c for c in table.published if c.kind == "integer")
        plant(
            connection, table, [], extra=f" REPLACE (CAST({quoted(column.name)} AS INTEGER) AS {quoted(column.name)})"
        )
    elif not promise.by_document:
        plant(connection, table, [defect(table, promise)])
    else:
        name = f"stored.{table.name}"
        values = ", ".join(f"{value} AS {quoted(column)}" for column, value in defect(table, promise).items())
        connection.execute(f"CREATE TEMP TABLE sound_{table.name} AS FROM {name}")
        connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS FROM sound_{table.name} UNION ALL "  # noqa: S608
            f"SELECT * REPLACE ({values}) FROM (FROM sound_{table.name} ORDER BY ALL LIMIT 1)"
        )


def found_by(connection: duckdb.DuckDBPyConnection, check: BuiltinCheck) -> Finding:
    """Return the finding as the judge computes it."""
    if check.by_document:
        counted = count_violations(connection, [check], NONE, ())
        return document_results(connection, [check], counted).found[check.id]
    if isinstance(check, ContractCheck) and check.kind in ROWWISE:
        return examine_rowwise(connection, BY_NAME[check.table], [check], factory.AS_OF)[check.id]
    if isinstance(check, BuiltinSqlCheck) and isinstance(check.thresholds, DriftThresholds):
        judged = max(check.thresholds.min_rows, check.thresholds.min_rows_to_fail or 0)
        return Finding(0, judged, previous=(judged, judged))
    return examine(connection, check, factory.AS_OF)


def refused(connection: duckdb.DuckDBPyConnection, check: BuiltinCheck) -> None:
    """Keep the verdict on the current rows; check that the release of another run is refused because of it alone."""
    finding = found_by(connection, check)
    assert finding.broken is None
    state = ledger.state(connection)
    # DuckDB's finding is enough here: test_suites and test_check_runner show that Great Expectations agrees.
    verdict = judging._verdict(check, finding, ExpectationResult(True, 0), state)
    assert (verdict.passed, verdict.severity) == (False, "error"), verdict.detail
    # Give the other verdicts this state, too: refusals, failures and corrections are part of it.
    connection.execute("UPDATE stored.verdicts SET state = ?", [state])
    connection.execute(
        'UPDATE stored.verdicts SET passed = ?, severity = ?, found = ?, judged = ? WHERE "check" = ?',
        [verdict.passed, verdict.severity, verdict.found, verdict.judged, verdict.check],
    )
    with pytest.raises(ReleaseRefused) as told:
        require_passed(_verdicts(connection), REQUIRED, state)
    assert str(told.value) == f"{check.id}: failed ({verdict.found:,} of {counted(verdict.judged, 'row')})"


@pytest.mark.parametrize("promise", CONTRACT_CHECKS, ids=lambda p: p.id)
def test_a_broken_promise_stops_the_release(undone: duckdb.DuckDBPyConnection, promise: ContractCheck) -> None:
    break_promise(undone, promise)
    refused(undone, promise)


@pytest.mark.parametrize("sql_check", BUILTIN_SQL_CHECKS, ids=lambda b: b.id)
def test_a_broken_check_stops_the_release(undone: duckdb.DuckDBPyConnection, sql_check: BuiltinSqlCheck) -> None:
    planted = FLOODS.get(sql_check.id) or next((d.sql for d in DEFECTS if d.sql_check == sql_check.id), ())
    assert planted or isinstance(sql_check.thresholds, DriftThresholds), "a check that has never been seen to fail"
    for line in planted:
        undone.execute(line)
    refused(undone, sql_check)


def test_missing_stale_and_asked_otherwise(undone: duckdb.DuckDBPyConnection) -> None:
    state = ledger.state(undone)
    verdicts = {v["check"]: v for v in _verdicts(undone)}
    assert verdicts.keys() == REQUIRED.keys() == {c.id for c in BUILTIN_CHECKS}
    for change, reason in (
        ({"state": "0" * 64}, "stale (run on another state of the tables)"),
        ({"made_from": "0" * 64}, "stale (its definition, or what is accepted, has changed since)"),
        (None, "missing (never judged)"),
    ):
        name = "quotes_text_at_span"
        others = [v for v in verdicts.values() if v["check"] != name]
        with pytest.raises(ReleaseRefused) as told:
            require_passed([*others, *([{**verdicts[name], **change}] if change else [])], REQUIRED, state)
        assert str(told.value) == f"{name}: {reason}"


def test_a_check_that_warns_stops_nothing(undone: duckdb.DuckDBPyConnection) -> None:
    undone.execute("UPDATE stored.verdicts SET passed = false WHERE severity = 'warn'")
    require_passed(_verdicts(undone), REQUIRED, ledger.state(undone))


def test_the_store_itself_refuses_what_must_not_be_null(undone: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.ConstraintException):
        undone.execute("UPDATE stored.quotes SET text = NULL")
