"""Documents on which a stage failed.

The next run tries a document again, unless it exceeded the time limit or killed its worker: a retry would cost each
build as much again. Such a document waits for a change of its text, the code or a relevant setting, a longer time
limit, or a user's request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import duckdb
import polars as pl

from pipeline.contract import FAILURES
from pipeline.contract.schema import frame
from warehouse.sql import query, transaction
from warehouse.writes import insert, replace_rows


@dataclass(frozen=True, slots=True)
class StageFailure:
    """A document and its error in one line. If it exceeded the time limit or killed its worker, also the fingerprint
    that its rows would have had, and the time limit."""

    document_id: str
    reason: str
    fingerprint: str | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class FailureSummary:
    """A failure for people: stage, source of the document, reason, and whether builds skip the document for now."""

    stage: str
    source: str
    reason: str
    waits: bool

    @property
    def line(self) -> str:
        """The failure in one line, with what happens next."""
        next_step = (
            "skipped until its text or the code changes; --retry-failed retries it now"
            if self.waits
            else "the next run retries it"
        )
        return f"{self.stage} on {self.source}: {self.reason}; {next_step}"


def skipped_failure_sql(stage: str, document: str, fingerprint: str | None) -> str:
    """Return a query for the failure that keeps builds from retrying a stage on a document, as SQL. `document` is an
    SQL expression of its id, `fingerprint` one of its expected fingerprint (None: any); $seconds_<stage> is the
    limit."""
    sql = f"FROM stored.failures AS stuck WHERE stuck.stage = '{stage}' AND stuck.document_id = {document}"
    if fingerprint is not None:
        sql += f" AND stuck.fingerprint = {fingerprint} AND stuck.seconds >= $seconds_{stage}"
    return sql


def note(connection: duckdb.DuckDBPyConnection, stage: str, failed: Sequence[StageFailure]) -> None:
    """Insert a row for each document, which must have none for this stage."""
    insert(connection, FAILURES, frame(FAILURES.stored, [{"stage": stage, **asdict(each)} for each in failed]))


def retry(connection: duckdb.DuckDBPyConnection, stage: str) -> None:
    """Let the next run try all of the stage's documents again."""
    rows = query(connection, "FROM stored.failures WHERE stage = ? ORDER BY document_id", [stage])
    with transaction(connection):
        replace_rows(connection, FAILURES, "stage = ?", [stage], rows.with_columns(fingerprint=pl.lit(None, pl.String)))


def by_stage(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return stage -> number of failed documents, without stages that have none."""
    rows = connection.execute("SELECT stage, count(*) FROM stored.failures GROUP BY stage ORDER BY stage").fetchall()
    return {str(stage): int(count) for stage, count in rows}


def failures(connection: duckdb.DuckDBPyConnection, most: int, stage: str | None = None) -> list[FailureSummary]:
    """Return the first failures, at most `most`, of one stage or of all."""
    rows = connection.execute(
        "SELECT f.stage, coalesce(r.source, f.document_id), f.reason, f.fingerprint IS NOT NULL "
        "FROM stored.failures AS f LEFT JOIN (FROM stored.raws WHERE standing) AS r USING (document_id) "
        "WHERE f.stage = coalesce($stage, f.stage) ORDER BY ALL LIMIT $most",
        {"stage": stage, "most": most},
    ).fetchall()
    return [
        FailureSummary(str(of), str(source), str(reason), bool(skipped_failure_sql))
        for of, source, reason, skipped_failure_sql in rows
    ]
