"""State of incremental checks: per document the fingerprint that was last checked, and its violations.

Checks of single documents run on documents that have changed since they were last checked. Violations in the others are
kept, so that a fault is reported until it is fixed. A document is in `judged` if every check has seen its current rows;
a run of only some checks removes the changed documents from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from pipeline.contract import JUDGED, OFFENCES
from warehouse.ledger import ROOT
from warehouse.sql import fetch_one, query
from warehouse.temp_database import limit_memory
from warehouse.writes import delete, insert

# Raise this when the meaning of these tables changes.
STATE_FORMAT = "2"
# The fingerprint is two sums of hashes over a document's lines, in any order: an aggregate of fixed size per document,
# which takes a twentieth of the time of a sorted text. hash() may differ in another version of DuckDB; then all
# documents are checked again.
_NOW = """
    SELECT document_id, sha256(
        concat_ws(' ', $form, count(*), sum(hash(stage, fingerprint)), sum(hash(fingerprint, stage)))
    ) AS fingerprint
    FROM (
        SELECT document_id, stage, fingerprint FROM stored.ledger WHERE document_id <> '*'
        UNION ALL SELECT document_id, 'failed ' || stage, reason FROM stored.failures
    ) GROUP BY document_id
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """`due`: changed documents with their current fingerprints; `removed`: removed documents; `total`: the number of
    all documents, changed or not."""

    due: Mapping[str, str]
    removed: tuple[str, ...]
    total: int

    @property
    def names(self) -> list[str]:
        """Documents whose earlier violations are dropped."""
        return [*self.due, *self.removed]


def changed(connection: duckdb.DuckDBPyConnection) -> Changed:
    """Return what has changed since the last run of all checks."""
    with limit_memory(connection):
        rows = query(
            connection,
            f"""
            WITH now AS ({_NOW})
            SELECT coalesce(now.document_id, was.document_id) AS document_id, now.fingerprint
            FROM now FULL JOIN stored.judged AS was ON was.document_id = now.document_id
            WHERE now.fingerprint IS DISTINCT FROM was.fingerprint ORDER BY 1
            """,  # noqa: S608
            {"form": STATE_FORMAT},
        )
    row = fetch_one(connection, "SELECT count(*) FROM stored.ledger WHERE stage = ?", [ROOT])
    assert row is not None
    present = rows.filter(pl.col("fingerprint").is_not_null())
    removed = rows.filter(pl.col("fingerprint").is_null())
    return Changed(dict(present.iter_rows()), tuple(removed["document_id"].to_list()), int(row[0]))


def stored_violations(
    connection: duckdb.DuckDBPyConnection, checks: Collection[str], but: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Return check -> document -> violating rows, for documents not in `but`."""
    rows = query(
        connection,
        'SELECT "check", document_id, found FROM stored.offences '
        'WHERE "check" IN (SELECT unnest($checks)) AND document_id NOT IN (SELECT unnest($but)) ORDER BY ALL',
        {"checks": sorted(checks), "but": list(but)},
    )
    out: dict[str, dict[str, int]] = {}
    for check, document, found in rows.iter_rows():
        out.setdefault(check, {})[document] = found
    return out


def store_violations(
    connection: duckdb.DuckDBPyConnection, changes: Changed, found: Mapping[str, Mapping[str, int]], *, full: bool
) -> None:
    """Replace the stored violations of these checks by `found` (check -> document -> rows). `full`: `found` covers all
    checks of single documents. Call inside a transaction."""
    where = "TRUE" if full else '"check" IN (SELECT unnest($found))'
    delete(connection, OFFENCES, where, {} if full else {"found": sorted(found)})
    lines = [(check, document, count) for check, of in found.items() for document, count in of.items()]
    insert(connection, OFFENCES, pl.DataFrame(lines, schema=["check", "document_id", "found"], orient="row"))
    delete(connection, JUDGED, "document_id IN (SELECT unnest(?))", [changes.names])
    if full:
        insert(
            connection,
            JUDGED,
            pl.DataFrame({"document_id": list(changes.due), "fingerprint": list(changes.due.values())}),
        )
