"""Run all checks, and store the verdicts with the state of the tables.

DuckDB checks every row that may have changed since the last run, and all rows for keys, references and shares. Great
Expectations runs the contract checks on rows of the tables, and all else on DuckDB's findings. A check holds if
both agree.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import duckdb

from expectations import baseline
from expectations.check import Check, Severity, Verdict
from expectations.check_state import Changed, changed, store_violations
from expectations.corpus_task import CorpusTask
from expectations.data_docs import write_index
from expectations.extension import Added, Extension, SqlCheck, TableExpectation, register, registered
from expectations.extension_checks import run_extension_checks
from expectations.findings import (
    BUILTIN_CHECKS,
    DocumentResults,
    Finding,
    count_planned,
    examine,
    plan_counts,
    with_earlier,
)
from expectations.shard_checks import examine_in_shards
from expectations.sql_checks import BUILTIN_SQL_CHECKS, BuiltinSqlCheck, DriftThresholds
from expectations.suites import ContractCheck, violating_rows_sql
from expectations.validation import ExpectationResult
from pipeline.contract import TABLES, VERDICTS
from pipeline.contract.schema import frame
from warehouse import files, ledger
from warehouse.lock import hold_lock
from warehouse.shard_tasks import RunTasks, run_here
from warehouse.sql import cursor, query, transaction
from warehouse.store import Store
from warehouse.text import counted
from warehouse.writes import delete, insert

__all__ = ["Check", "Verdict", "checks", "current_verdicts", "definitions", "run_checks"]

type AnyCheck = ContractCheck | BuiltinSqlCheck | Added
DATA_DOCS = "data_docs"
NOT_JUDGED = "0" * 64
# In the data docs: the fingerprint of what they show.
_SHOWN = "shows.txt"


def all_checks() -> tuple[AnyCheck, ...]:
    """Return every check, built in or of an extension, by table in the contract's order."""
    added = registered().checks
    return tuple(check for table in TABLES for check in (*BUILTIN_CHECKS, *added) if check.table == table.name)


def register_extension(extension: Extension) -> None:
    """Add the checks of an extension from now on in this process. Raises ExtensionError."""
    register(extension, [check.id for check in BUILTIN_CHECKS])


def checks() -> tuple[Check, ...]:
    """Return every check, by table in the contract's order. Static: opens no file, and imports no slow package."""
    return tuple(check.check for check in all_checks())


def run_checks(
    store: Store,
    as_of: date,
    only: Collection[str] | None = None,
    *,
    all_rows: bool = False,
    accepted: Collection[str] = (),
    keep: bool = True,
    run: RunTasks = run_here,
    prepare: Callable[[], None] | None = None,
) -> list[Verdict]:
    """Run all checks (`only`: those with these names), store the verdicts, and return them in the order of `checks()`.

    as_of     the day that "future" is judged against
    all_rows  check every row, without the stored state
    accepted  thresholds that only warn where they would block, because an operator has accepted them
    keep      store verdicts and data docs; False writes nothing, as for a read-only warehouse
    run       runs tasks on the shards, and Great Expectations if there are shards
    prepare   a function of a module: called in the process that imports Great Expectations, before it does

    If all verdicts are current for this state, they are returned without a run. The data docs in
    `<warehouse>/data_docs` are rebuilt only if all checks run. Raises KeyError for a name that is not a check or cannot
    be accepted, StoreError if the store is not available.
    """
    wanted = _wanted(only)
    _can_be_accepted(accepted)
    if not keep:
        return _run_checks(store, as_of, wanted, all_rows, frozenset(accepted), None, prepare)
    files.make_private_folder(store.folder)
    # A second process waits here, then uses the verdicts of the first.
    with hold_lock(store.folder / "judge.lock", store.lock_seconds, "the judging"):
        return _run_checks(store, as_of, wanted, all_rows, frozenset(accepted), run, prepare)


def definitions(accepted: Collection[str] = ()) -> dict[str, str]:
    """Return every check's name and the fingerprint of its definition; a release requires verdicts on all of them.
    Raises KeyError for a name that cannot be accepted."""
    _can_be_accepted(accepted)
    return {check.id: _definition(check, accepted) for check in all_checks()}


def _can_be_accepted(names: Collection[str]) -> None:
    unknown = set(names) - {check.id for check in BUILTIN_SQL_CHECKS if check.thresholds is not None}
    if unknown:
        raise KeyError(f"only threshold checks can be accepted, not {', '.join(sorted(unknown))}")


def current_verdicts(store: Store, as_of: date, accepted: Collection[str] = ()) -> list[Verdict] | None:
    """Return the verdicts on all checks if current for this state and shown in the data docs; else None."""
    with store.open() as connection:
        state = ledger.state(cursor(connection))
        if not _shown(store.folder / DATA_DOCS, state):
            return None
        return _stored_current_verdicts(connection, all_checks(), as_of, state, accepted)


def _run_checks(
    store: Store,
    as_of: date,
    wanted: Sequence[AnyCheck],
    all_rows: bool,
    accepted: Collection[str],
    run: RunTasks | None,
    prepare: Callable[[], None] | None,
) -> list[Verdict]:
    """Run the checks. `run`: None writes nothing."""
    keep = run is not None
    full = len(wanted) == len(all_checks())
    docs = store.folder / DATA_DOCS
    with store.reading() as connection:
        # A separate cursor: DuckDB refuses another query while a result is only partly read.
        state = ledger.state(cursor(connection))
        if not all_rows and (not full or not keep or _shown(docs, state)):
            known = _stored_current_verdicts(connection, wanted, as_of, state, accepted)
            if known is not None:
                return known
        changes = changed(connection)
        before = set() if all_rows else judged_before(connection, accepted)
        previous = baseline.figures(store.releases, state)
        ours = [check for check in wanted if isinstance(check, ContractCheck | BuiltinSqlCheck)]
        plan = plan_counts(connection, [c for c in ours if c.by_document], changes, before)
        counted = (
            None if run and store.parts else with_earlier(plan, [count_planned(connection, plan, list(changes.due))])
        )
    holding: dict[str, Finding] = {}
    if counted is None:
        assert run is not None
        counted, holding = examine_in_shards(store, plan, changes, ours, as_of, run)
    added, suites = run_extension_checks(
        store, [check for check in wanted if isinstance(check, SqlCheck | TableExpectation)]
    )
    task = CorpusTask(
        store,
        [check for check in wanted if not isinstance(check, TableExpectation)],
        as_of,
        counted,
        {**holding, **added},
        previous,
        list(changes.due) if before else None,
        docs if full and keep else None,
        prepare,
        suites,
    )
    # With an extension's expectations, it cannot be sent to a worker.
    (results,) = run([task]) if run and store.parts and not suites else run_here([task])
    verdicts = [
        _verdict(
            check, results.found[check.id], results.expectations.get(check.id), state, accepted=check.id in accepted
        )
        for check in wanted
    ]
    if keep:
        _keep(store, verdicts, changes, results.documents, state if full else None)
    return verdicts


def _keep(
    store: Store, verdicts: Sequence[Verdict], changes: Changed, results: DocumentResults, state: str | None
) -> None:
    """Store the verdicts. `state`: that of the tables if all checks were run; None: some were run."""
    with store.open() as connection:
        _save(connection, verdicts, changes, results, full=state is not None)
    if state is not None:
        docs = store.folder / DATA_DOCS
        write_index(docs, verdicts, state)
        (docs / _SHOWN).write_text(_shows(state) + "\n", encoding="utf-8")
        files.restrict_to_owner(docs, shared=files.is_shared(docs))


def _wanted(only: Collection[str] | None) -> tuple[AnyCheck, ...]:
    if only is None:
        return all_checks()
    unknown = set(only) - {check.id for check in all_checks()}
    if unknown:
        raise KeyError(f"no such check: {', '.join(sorted(unknown))}")
    return tuple(check for check in all_checks() if check.id in only)


def judged_before(connection: duckdb.DuckDBPyConnection, accepted: Collection[str] = ()) -> set[str]:
    """Return checks with an unchanged definition; their violations in unchanged documents are known."""
    made_from = dict(connection.execute('SELECT "check", made_from FROM stored.verdicts').fetchall())
    return {check.id for check in all_checks() if made_from.get(check.id) == _definition(check, accepted)}


def _verdict(
    check: AnyCheck, finding: Finding, result: ExpectationResult | None, state: str, *, accepted: bool = False
) -> Verdict:
    thresholds = check.thresholds if isinstance(check, BuiltinSqlCheck) else None
    grade = "held" if thresholds is None else thresholds.grade(finding.found, finding.judged, finding.previous)
    broken = finding.broken or (result.broken if result else "Great Expectations returned no result")
    found = finding.found
    blocks = broken or (grade == "far beyond" and not accepted)
    severity: Severity = "error" if blocks else check.check.severity
    passed = not broken and result is not None and result.success and grade in ("held", "too few")
    if thresholds is None:
        passed = passed and not finding.found
        if result is not None and not result.success and not found:
            found = max(result.unexpected, 1)
    return Verdict(
        check=check.id,
        table=check.table,
        promise=check.description,
        severity=severity,
        passed=passed,
        found=found,
        judged=finding.judged,
        detail=f"could not be run: {broken}" if broken else _detail(check, found, finding, grade),
        # For a share that holds, the counted rows are not violations.
        examples=finding.examples if not passed else (),
        state=state,
        # A check that could not run covers no row, so next time it runs on all rows.
        made_from=NOT_JUDGED if broken else _definition(check, [check.id] if accepted else ()),
    )


def _detail(check: AnyCheck, found: int, finding: Finding, grade: str) -> str:
    thresholds, judged = check.thresholds if isinstance(check, BuiltinSqlCheck) else None, finding.judged
    if thresholds is None:
        rows = counted(judged, "row")
        return f"{found:,} of {rows} {'violates' if found == 1 else 'violate'} it" if found else f"passed on {rows}"
    value = thresholds.value(found, judged, finding.previous)
    if isinstance(thresholds, DriftThresholds):
        return _format_drift(thresholds, finding, value, grade)
    if value is None:
        return f"{found:,} of {judged:,}: too few rows to judge (at least {thresholds.min_rows:,})"
    scale, unit = (100, "%") if thresholds.per == 1 else (1, f" in {thresholds.per:,}")
    standing = "" if grade == "held" else f"; {grade}: {thresholds.reason}"
    return f"{value * scale:.2f}{unit} ({found:,} of {judged:,}; {thresholds.limits}{standing})"


def _format_drift(drift: DriftThresholds, finding: Finding, value: float | None, grade: str) -> str:
    if finding.previous is None:
        return "no earlier release to compare with"
    if value is None:
        return f"too few rows to compare (at least {drift.min_rows:,} in this and the last release)"
    (found, judged), (was, of) = (finding.found, finding.judged), finding.previous
    scale, unit = (100, "%") if drift.per == 1 else (drift.per, f" in {drift.per:,}")
    moved = f"{value * 100:.1f} points" if drift.per == 1 else f"{value:.2f} times"
    standing = "" if grade == "held" else f"; {grade}: {drift.reason}"
    return (
        f"{scale * found / judged:.2f}{unit} now, {scale * was / of:.2f}{unit} in the last release: "
        f"changed by {moved} ({drift.limits}{standing})"
    )


def _definition(check: AnyCheck, accepted: Collection[str] = ()) -> str:
    """Return the fingerprint of a check's definition. With new SQL or thresholds, or if now accepted, it runs again."""
    asked = [check.id, check.description, repr(check.thresholds) if isinstance(check, BuiltinSqlCheck) else ""]
    match check:
        case BuiltinSqlCheck():
            asked += [check.sql, check.judged or ""]
        case ContractCheck():
            asked += [check.kind, violating_rows_sql(check)]
        case SqlCheck():
            asked += [check.sql, check.severity]
        case TableExpectation():
            asked += [registered().version, check.severity]
    if check.id in accepted:
        asked.append("accepted")
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()


def _shows(state: str) -> str:
    """Return the fingerprint of what the data docs show: the state and all definitions."""
    return hashlib.sha256("\n".join([state, *(_definition(check) for check in all_checks())]).encode()).hexdigest()


def _shown(docs: Path, state: str) -> bool:
    """Whether the data docs exist and show this state."""
    try:
        return (docs / _SHOWN).read_text(encoding="utf-8").strip() == _shows(state)
    except (OSError, ValueError):
        return False


def _stored_current_verdicts(
    connection: duckdb.DuckDBPyConnection,
    wanted: Sequence[AnyCheck],
    as_of: date,
    state: str,
    accepted: Collection[str],
) -> list[Verdict] | None:
    """Return the stored verdicts if each has this state and this definition, and another as-of date would count the
    same rows; else None."""
    rows = query(connection, "SELECT * FROM stored.verdicts WHERE state = $state", {"state": state})
    known = {
        row["check"]: Verdict(**{**row, "examples": tuple(json.loads(row["examples"]))}) for row in rows.to_dicts()
    }
    for check in wanted:
        verdict = known.get(check.id)
        if verdict is None or verdict.made_from != _definition(check, accepted):
            return None
        if isinstance(check, BuiltinSqlCheck) and "$as_of" in check.sql:
            now = examine(connection, check, as_of)
            if (now.found, now.judged) != (verdict.found, verdict.judged):
                return None
    return [known[check.id] for check in wanted]


def _save(
    connection: duckdb.DuckDBPyConnection,
    verdicts: Sequence[Verdict],
    changes: Changed,
    results: DocumentResults,
    full: bool,
) -> None:
    """Replace the verdicts on these checks and their violations; after a full run, remove checks that are gone."""
    rows = [
        asdict(v) | {"examples": json.dumps([dict(row) for row in v.examples], ensure_ascii=False)} for v in verdicts
    ]
    with transaction(connection):
        store_violations(connection, changes, results.violations, full=full)
        if full:
            delete(connection, VERDICTS, "TRUE")
        else:
            names = [v.check for v in verdicts]
            delete(connection, VERDICTS, '"check" IN (SELECT unnest(?))', [names])
        insert(connection, VERDICTS, frame(VERDICTS.stored, rows))
