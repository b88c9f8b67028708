"""Great Expectations on the rows of the store, as a task: if a worker runs it, this process never imports the
library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from expectations.extension import SqlCheck
from expectations.extension_checks import AddedSuite
from expectations.findings import BuiltinCheck, Finding
from expectations.frames import table_frame
from expectations.suites import NOT_ON_FRAME, ContractCheck
from expectations.validation import ExpectationResult, SuiteInput, validate
from pipeline.contract import PUBLISHED, Table
from warehouse.files import set_private_umask
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class ValidationTask:
    """All checks in Great Expectations. It can be pickled if no extension `added` suites, which have functions.

    prepare    called before Great Expectations is imported
    checks     those on rows, and those of which Great Expectations sees only what DuckDB found
    found      what DuckDB found: check -> finding
    documents  the documents whose rows it sees; None: all
    docs       the folder of the data docs; None writes none
    """

    store: Store
    prepare: Callable[[], None] | None
    checks: Sequence[BuiltinCheck | SqlCheck]
    found: Mapping[str, Finding]
    documents: Sequence[str] | None
    docs: Path | None
    added: Sequence[AddedSuite] = ()

    @property
    def name(self) -> str:
        """The library."""
        return "Great Expectations"

    def run(self, alive: Callable[[object], None]) -> dict[str, ExpectationResult]:
        """Return check -> result. A repeated task writes the data docs again. Raises StoreError."""
        alive(self)
        set_private_umask()
        with self.store.reading() as connection:
            subjects = [subject for table in PUBLISHED if (subject := self._subject(connection, table)) is not None]
        if self.prepare is not None:
            self.prepare()
        return validate(subjects, [c for c in self.checks if not _on_rows(c)], self.found, self.docs, self.added)

    def _subject(self, connection: duckdb.DuckDBPyConnection, table: Table) -> SuiteInput | None:
        selected = tuple(
            c for c in self.checks if isinstance(c, ContractCheck) and c.table == table.name and _on_rows(c)
        )
        if not selected:
            return None
        return SuiteInput(table, selected, table_frame(connection, table, selected, self.found, self.documents))


def _on_rows(check: BuiltinCheck | SqlCheck) -> bool:
    """Whether Great Expectations runs a check on rows; of the others it sees the findings of DuckDB alone."""
    return isinstance(check, ContractCheck) and check.kind not in NOT_ON_FRAME
