"""Suites and beliefs -> verdicts, kept in the warehouse with the state that they were reached on.

Belongs here: the list of all checks, the verdict on each, when one still stands. Does not belong here: what is
promised (suites, beliefs), what a breach stops (warehouse.release), where it is shown (assets.checks).

DuckDB looks at every row; Great Expectations judges the contract's promises on the tables and the rest on what DuckDB
found. A check holds when both say so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations.beliefs import BELIEFS, Belief
from expectations.check import Check, Severity
from expectations.findings import Finding, examine, examine_rowwise, findings_frame, table_frame
from expectations.suites import OUTSIDE, PROMISES, Promise, offenders
from expectations.validation import Answer, Subject, validate
from pipeline.schema import frame
from pipeline.tables import BY_NAME, PUBLISHED, TABLES, VERDICTS, Table
from warehouse import ledger
from warehouse.store import Store, held, insert, query, transaction

__all__ = ["Check", "Verdict", "checks", "judge", "standing"]

_KNOWN: tuple[Promise | Belief, ...] = (*PROMISES, *BELIEFS)
_ALL = tuple(check for table in TABLES for check in _KNOWN if check.table == table.name)
DATA_DOCS = "data_docs"
# Beside the data docs: which definition of each check they and the verdicts come from.
_MADE_FROM = "made_from.json"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a check held: `found` of `judged` rows broke it (for a bound: were counted), `examples` shows a few.

    `severity` is what a failure means now: that of the check, but error for a bound far exceeded. `state` is the
    ledger's fingerprint of the tables it was reached on.
    """

    check: str
    table: str
    severity: Severity
    passed: bool
    found: int
    judged: int
    detail: str
    examples: tuple[Mapping[str, Any], ...]
    state: str


def checks() -> tuple[Check, ...]:
    """Every check there is, by table in the contract's order. Static: nothing is opened, nothing slow imported."""
    return tuple(check.check for check in _ALL)


def judge(
    store: Store,
    as_of: date,
    only: Collection[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Verdict]:
    """Verdicts on all checks (`only`: on those names), in the order of `checks()`, and saved.

    as_of     the day that "future" is judged against
    progress  is told each step in a line

    Where all of them already stand on this state, they are returned as they are. The data docs in
    `<warehouse>/data_docs` are made anew when all checks are judged, and left alone when only some are.
    Raises KeyError for a name that is no check, StoreError when the store cannot be had.
    """
    wanted = _wanted(only)
    full = len(wanted) == len(_ALL)
    docs = store.folder / DATA_DOCS
    store.folder.mkdir(parents=True, exist_ok=True)
    # Whoever comes second finds the first one's verdicts.
    with held(store.folder / "judge.lock", store.lock_seconds, "the judging"):
        return _judge(store, as_of, wanted, full, docs, progress)


def standing(store: Store, as_of: date) -> list[Verdict] | None:
    """The verdicts on all checks, where they still stand on this state; else None. Nothing is judged."""
    docs = store.folder / DATA_DOCS
    with store.open() as connection:
        state = ledger.state(connection.cursor())
        made_from = {check.id: _definition(check) for check in _ALL}
        return _standing(connection, _ALL, as_of, state, made_from, _remembered(docs))


def _judge(
    store: Store,
    as_of: date,
    wanted: Sequence[Promise | Belief],
    full: bool,
    docs: Path,
    progress: Callable[[str], None] | None,
) -> list[Verdict]:
    made_from = {check.id: _definition(check) for check in wanted}
    with store.open() as connection:
        # A cursor of its own: DuckDB refuses another query while a result stands half read.
        state = ledger.state(connection.cursor())
        known = _standing(connection, wanted, as_of, state, made_from, _remembered(docs))
        if known is not None:
            return known
        if progress:
            progress(f"DuckDB looks at {len(wanted)} checks")
        found = _examine(connection, wanted, as_of)
        subjects = [s for table in PUBLISHED if (s := _subject(connection, table, wanted, found)) is not None]
    between = [check for check in wanted if isinstance(check, Belief) or check.kind in OUTSIDE]
    answers = validate(subjects, between, findings_frame(between, found), docs if full else None, progress)
    verdicts = [_verdict(check, found[check.id], answers.get(check.id), state) for check in wanted]
    with store.open() as connection:
        _save(connection, verdicts, full)
    _remember(docs, made_from)
    return verdicts


def _wanted(only: Collection[str] | None) -> tuple[Promise | Belief, ...]:
    if only is None:
        return _ALL
    unknown = set(only) - {check.id for check in _ALL}
    if unknown:
        raise KeyError(f"no such check: {', '.join(sorted(unknown))}")
    return tuple(check for check in _ALL if check.id in only)


def _examine(
    connection: duckdb.DuckDBPyConnection, wanted: Sequence[Promise | Belief], as_of: date
) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for table in PUBLISHED:
        promises = [c for c in wanted if isinstance(c, Promise) and c.table == table.name]
        found |= examine_rowwise(connection, table, promises, as_of)
    for check in wanted:
        if check.id not in found:
            found[check.id] = examine(connection, check, as_of)
    return found


def _subject(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    wanted: Sequence[Promise | Belief],
    found: Mapping[str, Finding],
) -> Subject | None:
    promises = tuple(c for c in wanted if isinstance(c, Promise) and c.table == table.name and c.kind not in OUTSIDE)
    return Subject(table, promises, table_frame(connection, table, promises, found)) if promises else None


def _verdict(check: Promise | Belief, finding: Finding, answer: Answer | None, state: str) -> Verdict:
    bound = check.bound if isinstance(check, Belief) else None
    grade = "held" if bound is None else bound.grade(finding.found, finding.judged)
    broken = finding.broken or (answer.broken if answer else "Great Expectations gave no answer")
    found = finding.found
    severity: Severity = "error" if broken or grade == "far beyond" else check.check.severity
    passed = not broken and answer is not None and answer.success and grade in ("held", "too few")
    if bound is None:
        passed = passed and not finding.found
        if answer is not None and not answer.success and not found:
            found = max(answer.unexpected, 1)
    return Verdict(
        check=check.id,
        table=check.table,
        severity=severity,
        passed=passed,
        found=found,
        judged=finding.judged,
        detail=f"could not be judged: {broken}" if broken else _detail(check, found, finding.judged, grade),
        # Of a bound that holds, the rows counted are nothing to look at.
        examples=finding.examples if not passed else (),
        state=state,
    )


def _detail(check: Promise | Belief, found: int, judged: int, grade: str) -> str:
    bound = check.bound if isinstance(check, Belief) else None
    if bound is None:
        return f"{found:,} of {judged:,} rows break it" if found else f"holds on {judged:,} rows"
    value = bound.value(found, judged)
    if value is None:
        return f"{found:,} of {judged:,}: too few to judge (from {bound.least:,})"
    scale, unit = (100, "%") if bound.per == 1 else (1, f" in {bound.per:,}")
    side = "at least" if bound.side == "fewest" else "at most"
    limits = f"{side} {bound.warn * scale:g}{unit}, error at {bound.fail * scale:g}{unit}"
    standing = "" if grade == "held" else f"; {grade}: {bound.reason}"
    return f"{value * scale:.2f}{unit} ({found:,} of {judged:,}; {limits}{standing})"


def _definition(check: Promise | Belief) -> str:
    """Fingerprint of what is asked: a check whose SQL or bound has changed is judged again."""
    asked = [check.id, check.description, repr(check.bound) if isinstance(check, Belief) else ""]
    asked += [check.sql, check.judged or ""] if isinstance(check, Belief) else [check.kind, offenders(check)]
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()


def _remember(docs: Path, made_from: Mapping[str, str]) -> None:
    docs.mkdir(parents=True, exist_ok=True)
    known = {**_remembered(docs), **made_from}
    scratch = docs / f"{_MADE_FROM}.new"
    scratch.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    scratch.replace(docs / _MADE_FROM)


def _remembered(docs: Path) -> dict[str, str]:
    try:
        known = json.loads((docs / _MADE_FROM).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in known.items()} if isinstance(known, dict) else {}


def _standing(
    connection: duckdb.DuckDBPyConnection,
    wanted: Sequence[Promise | Belief],
    as_of: date,
    state: str,
    made_from: Mapping[str, str],
    remembered: Mapping[str, str],
) -> list[Verdict] | None:
    """The stored verdicts, where each was reached on this state, by this definition, and another as-of date would not
    count other rows."""
    if any(remembered.get(name) != definition for name, definition in made_from.items()):
        return None
    rows = query(connection, "SELECT * FROM stored.verdicts WHERE state = $state", {"state": state})
    known = {
        row["check"]: Verdict(**{**row, "examples": tuple(json.loads(row["examples"]))}) for row in rows.to_dicts()
    }
    for check in wanted:
        verdict = known.get(check.id)
        if verdict is None:
            return None
        if isinstance(check, Belief) and "$as_of" in check.sql:
            now = examine(connection, check, as_of)
            if (now.found, now.judged) != (verdict.found, verdict.judged):
                return None
    return [known[check.id] for check in wanted]


def _save(connection: duckdb.DuckDBPyConnection, verdicts: Sequence[Verdict], full: bool) -> None:
    """Replace the verdicts on these checks; after a full judging, forget checks that are no more."""
    rows = [
        {
            "check": v.check,
            "table": v.table,
            "severity": v.severity,
            "passed": v.passed,
            "found": v.found,
            "judged": v.judged,
            "detail": v.detail,
            "examples": json.dumps([dict(row) for row in v.examples], ensure_ascii=False),
            "state": v.state,
        }
        for v in verdicts
    ]
    with transaction(connection):
        if full:
            connection.execute("DELETE FROM stored.verdicts")
        else:
            names = [v.check for v in verdicts]
            connection.execute('DELETE FROM stored.verdicts WHERE "check" IN (SELECT unnest(?))', [names])
        insert(connection, VERDICTS, frame(VERDICTS.stored, rows))


assert all(check.table in BY_NAME for check in _ALL)
assert len({check.id for check in _ALL}) == len(_ALL)
