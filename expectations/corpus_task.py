"""The checks that no shard decides, in DuckDB, then all checks in Great Expectations: a task, so that a worker imports
the library, and not the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from expectations.extension import SqlCheck
from expectations.extension_checks import AddedSuite
from expectations.findings import (
    BuiltinCheck,
    Counted,
    DocumentResults,
    Finding,
    document_results,
    examine,
    examine_rowwise,
)
from expectations.frames import table_frame
from expectations.sql_checks import BuiltinSqlCheck, DriftThresholds
from expectations.sql_checks.sql_check import Share
from expectations.suites import NOT_ON_FRAME, ContractCheck
from expectations.validation import ExpectationResult, SuiteInput, validate
from pipeline.contract import PUBLISHED, Table
from warehouse.files import set_private_umask
from warehouse.store import Store

# Articles whose rows Great Expectations sees even if none of them has changed.
DOCUMENTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class CorpusResults:
    """A finding for each check, the results of those of single documents, and Great Expectations' result of each."""

    found: Mapping[str, Finding]
    documents: DocumentResults
    expectations: Mapping[str, ExpectationResult]


@dataclass(frozen=True, slots=True)
class CorpusTask:
    """All checks but an extension's expectations. It can be pickled if there are none of these (`added`), which have
    functions.

    as_of        the day that "future" is judged against
    by_document  what the checks of single documents count
    known        findings that are known: of sums over shards, of an extension's SQL
    previous     the shares of the last release
    changed      the changed documents, if Great Expectations sees these and a few others; None: it sees all
    docs         the folder of the data docs; None writes none
    prepare      called before Great Expectations is imported
    """

    store: Store
    checks: Sequence[BuiltinCheck | SqlCheck]
    as_of: date
    by_document: Mapping[str, Counted]
    known: Mapping[str, Finding]
    previous: Mapping[str, Share]
    changed: Sequence[str] | None
    docs: Path | None
    prepare: Callable[[], None] | None
    added: Sequence[AddedSuite] = ()

    @property
    def name(self) -> str:
        """What it checks."""
        return "the corpus"

    def run(self, alive: Callable[[object], None]) -> CorpusResults:
        """Run the checks. A repeated task writes the data docs again. Raises StoreError."""
        alive(self)
        set_private_umask()
        with self.store.reading() as connection:
            found, documents = self._examine(connection)
            sampled = None if self.changed is None else _sampled_documents(connection, self.changed)
            subjects = [
                subject
                for table in PUBLISHED
                if (subject := self._subject(connection, table, found, sampled)) is not None
            ]
        if self.prepare is not None:
            self.prepare()
        outside = [check for check in self.checks if not _on_rows(check)]
        return CorpusResults(found, documents, validate(subjects, outside, found, self.docs, self.added))

    def _examine(self, connection: duckdb.DuckDBPyConnection) -> tuple[Mapping[str, Finding], DocumentResults]:
        """Return a finding for each check."""
        ours = [check for check in self.checks if isinstance(check, ContractCheck | BuiltinSqlCheck)]
        results = document_results(connection, [c for c in ours if c.by_document], self.by_document)
        found = {**results.found, **self.known}
        for table in PUBLISHED:
            selected = [c for c in ours if isinstance(c, ContractCheck) and c.table == table.name and c.id not in found]
            found |= examine_rowwise(connection, table, selected, self.as_of)
        for check in ours:
            if check.id in found:
                continue
            drift = (
                check.thresholds
                if isinstance(check, BuiltinSqlCheck) and isinstance(check.thresholds, DriftThresholds)
                else None
            )
            if drift is None:
                found[check.id] = examine(connection, check, self.as_of)
            else:
                # In the list of checks the share precedes its drift, if both are run.
                now = found.get(drift.of) or examine(connection, check, self.as_of)
                found[check.id] = replace(now, examples=(), previous=self.previous.get(drift.of))
        return found, results

    def _subject(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        found: Mapping[str, Finding],
        documents: Sequence[str] | None,
    ) -> SuiteInput | None:
        selected = tuple(
            c for c in self.checks if isinstance(c, ContractCheck) and c.table == table.name and _on_rows(c)
        )
        return (
            SuiteInput(table, selected, table_frame(connection, table, selected, found, documents))
            if selected
            else None
        )


def _on_rows(check: BuiltinCheck | SqlCheck) -> bool:
    """Whether Great Expectations runs a check on rows; of the others it sees the findings of DuckDB alone."""
    return isinstance(check, ContractCheck) and check.kind not in NOT_ON_FRAME


def _sampled_documents(connection: duckdb.DuckDBPyConnection, changed: Sequence[str]) -> list[str]:
    """Return the documents whose rows Great Expectations sees: the changed ones and the first few."""
    few = connection.execute(
        "SELECT document_id FROM stored.documents ORDER BY 1 LIMIT ?", [DOCUMENTS_SHOWN]
    ).fetchall()
    return sorted({*changed, *(str(name) for (name,) in few)})
