"""Documents on which a stage failed.

The next run tries a document again, except one that took too long or ended its worker: that would cost each build as
much again. It waits until its text, the code or a setting that counts changes, the time limit is longer, or a user
asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import duckdb
import polars as pl

from pipeline.contract import FAILURES
from pipeline.contract.schema import frame
from warehouse.sql import query, transaction
from warehouse.writes import exchange, insert


@dataclass(frozen=True, slots=True)
class Failed:
    """A document, the error in one line and, where it took too long or ended its worker, the fingerprint of what its
    rows were to be made from and the time limit."""

    document_id: str
    reason: str
    fingerprint: str | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure for people: stage, source of the document, reason, and whether builds wait with it."""

    stage: str
    source: str
    reason: str
    waits: bool

    @property
    def line(self) -> str:
        """All of it, with what happens next, in one line."""
        then = (
            "tried again when its text or the code changes, or with --retry-failed"
            if self.waits
            else "the next run tries it again"
        )
        return f"{self.stage} on {self.source}: {self.reason}; {then}"


def waits(stage: str, document: str, fingerprint: str | None) -> str:
    """A query for the failure of a stage on a document for which builds wait, as SQL: `document` is its id,
    `fingerprint` the one that it is to have, $seconds_<stage> the time limit. Without a fingerprint: any failure."""
    sql = f"FROM stored.failures AS stuck WHERE stuck.stage = '{stage}' AND stuck.document_id = {document}"
    if fingerprint is not None:
        sql += f" AND stuck.fingerprint = {fingerprint} AND stuck.seconds >= $seconds_{stage}"
    return sql


def note(connection: duckdb.DuckDBPyConnection, stage: str, failed: Sequence[Failed]) -> None:
    """Add a line for each document, which must have none for this stage."""
    insert(connection, FAILURES, frame(FAILURES.stored, [{"stage": stage, **asdict(each)} for each in failed]))


def retry(connection: duckdb.DuckDBPyConnection, stage: str) -> None:
    """Let the next run try all of the stage's documents again."""
    rows = query(connection, "FROM stored.failures WHERE stage = ? ORDER BY document_id", [stage])
    with transaction(connection):
        exchange(connection, FAILURES, "stage = ?", [stage], rows.with_columns(fingerprint=pl.lit(None, pl.String)))


def by_stage(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many documents failed in each stage on which any did."""
    rows = connection.execute("SELECT stage, count(*) FROM stored.failures GROUP BY stage ORDER BY stage").fetchall()
    return {str(stage): int(count) for stage, count in rows}


def failures(connection: duckdb.DuckDBPyConnection, most: int, stage: str | None = None) -> list[Failure]:
    """The first documents that failed, in one stage or in any."""
    rows = connection.execute(
        "SELECT f.stage, coalesce(r.source, f.document_id), f.reason, f.fingerprint IS NOT NULL "
        "FROM stored.failures AS f LEFT JOIN (FROM stored.raws WHERE standing) AS r USING (document_id) "
        "WHERE f.stage = coalesce($stage, f.stage) ORDER BY ALL LIMIT $most",
        {"stage": stage, "most": most},
    ).fetchall()
    return [Failure(str(of), str(source), str(reason), bool(waits)) for of, source, reason, waits in rows]
