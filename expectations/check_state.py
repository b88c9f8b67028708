"""What was judged before: which documents, as they were then, and in which of them something was found.

A check of single documents is asked about the documents that have changed since they were last judged. What was found
in the others is remembered, so a fault that nobody has mended goes on to be one. A document stands in `judged` when
every check has seen it as it is; after a judging by some of the checks, those that they saw anew do not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from pipeline.contract import JUDGED, OFFENCES
from warehouse.ledger import ROOT
from warehouse.sql import one, query
from warehouse.temp_database import bounded
from warehouse.writes import delete, insert

# Raised when these tables come to mean something else.
FORM = "2"
# A document's lines as two sums of hashes, whatever their order: an aggregate of equal size for each document, which
# takes a twentieth of the time of a sorted text of them. With another version of DuckDB hash() may be another one; then
# all documents are judged again.
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
    """Documents that are not as they were last judged, with what they are now; those that are no more; how many there
    are in all."""

    due: Mapping[str, str]
    gone: tuple[str, ...]
    total: int

    @property
    def names(self) -> list[str]:
        """Those of which what was found before is forgotten."""
        return [*self.due, *self.gone]


def changed(connection: duckdb.DuckDBPyConnection) -> Changed:
    """What has changed since the last judging by all checks."""
    with bounded(connection):
        rows = query(
            connection,
            f"""
            WITH now AS ({_NOW})
            SELECT coalesce(now.document_id, was.document_id) AS document_id, now.fingerprint
            FROM now FULL JOIN stored.judged AS was ON was.document_id = now.document_id
            WHERE now.fingerprint IS DISTINCT FROM was.fingerprint ORDER BY 1
            """,  # noqa: S608
            {"form": FORM},
        )
    row = one(connection, "SELECT count(*) FROM stored.ledger WHERE stage = ?", [ROOT])
    assert row is not None
    there = rows.filter(pl.col("fingerprint").is_not_null())
    gone = rows.filter(pl.col("fingerprint").is_null())
    return Changed(dict(there.iter_rows()), tuple(gone["document_id"].to_list()), int(row[0]))


def remembered(
    connection: duckdb.DuckDBPyConnection, checks: Collection[str], but: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Check -> document -> rows found in it, for documents other than `but`."""
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


def remember(
    connection: duckdb.DuckDBPyConnection, changes: Changed, found: Mapping[str, Mapping[str, int]], *, full: bool
) -> None:
    """Replace what is known: `found` (check -> document -> rows) is all that these checks find now. `full`: no check
    of single documents is missing among them. Inside the caller's transaction."""
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
