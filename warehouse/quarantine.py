"""Articles kept out of the release because one of their rows breaks a structural check.

A quarantined article keeps its raw record. It has no root line in the ledger, so no stage reads it. It is tried again
when the record, a correction of it, an article-wise stage, a setting or a check of such rows changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from pipeline.contract import BY_NAME, FAILURES, LEDGER, QUARANTINE, REFUSALS
from pipeline.contract.schema import frame
from warehouse.change_counts import Tally
from warehouse.ledger import ROOT, ROOTS
from warehouse.sql import fetch_one, query, transaction
from warehouse.text import counted
from warehouse.writes import change, delete, delete_counted, insert, insert_counted

# So many articles may be quarantined in a corpus of any size, unless they are more than half of it: a share of a small
# corpus is less than one article.
ALWAYS_ALLOWED = 5
# Checks that a message names, with the number of articles that broke each.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Violation:
    """The first check that an article broke: the check, its table, the key of the row, its offsets in documents.text
    (for edits in the raw text) if it has any, and how many rows of the article break a structural check."""

    document_id: str
    check: str
    table: str
    row: str
    start: int | None
    end: int | None
    found: int


def quarantine_articles(
    connection: duckdb.DuckDBPyConnection,
    violations: Sequence[Violation],
    stages: Iterable[tuple[str, Sequence[str]]],
    made_with: str,
    tally: Tally,
) -> None:
    """Quarantine these articles in one transaction: delete their rows from the tables of the article-wise `stages`
    (name and tables), and their lines from the ledger.

    `made_with` is the fingerprint of code, settings and checks. An article on which a stage failed gets none, so that
    the next build tries it again. `tally` counts the changed rows of refusals.
    """
    names = [violation.document_id for violation in violations]
    roots = dict(
        connection.execute(
            "SELECT document_id, fingerprint FROM stored.ledger WHERE stage = ? AND document_id IN (SELECT unnest(?))",
            [ROOT, names],
        ).fetchall()
    )
    failed = {
        name
        for (name,) in connection.execute(
            "SELECT DISTINCT document_id FROM stored.failures WHERE document_id IN (SELECT unnest(?))", [names]
        ).fetchall()
    }
    rows = [
        {
            "document_id": violation.document_id,
            "check": violation.check,
            "table": violation.table,
            "row": violation.row,
            "start": violation.start,
            "end": violation.end,
            "found": violation.found,
            "root": roots[violation.document_id],
            "made_with": "" if violation.document_id in failed else made_with,
        }
        for violation in violations
        if violation.document_id in roots
    ]
    theirs = "document_id IN (SELECT unnest(?))"
    with transaction(connection):
        delete(connection, QUARANTINE, theirs, [names])
        insert(connection, QUARANTINE, frame(QUARANTINE.stored, rows))
        for stage, tables in [(ROOT, ()), *stages]:
            for table in tables:
                delete(connection, BY_NAME[table], theirs, [names])
            for ours in (LEDGER, FAILURES):
                delete(connection, ours, f"stage = ? AND {theirs}", [stage, names])
        list_refusals(connection, tally)


def release_outdated(connection: duckdb.DuckDBPyConnection, made_with: str, tally: Tally) -> int:
    """Release articles from quarantine that were quarantined under other code, settings or checks than `made_with`, in
    one transaction, so that they are tried again. Returns how many."""
    changed = query(
        connection,
        "SELECT document_id FROM stored.quarantine WHERE made_with <> ? ORDER BY 1",
        [made_with],
    )["document_id"].to_list()
    with transaction(connection):
        delete(connection, QUARANTINE, "document_id IN (SELECT unnest(?))", [changed])
        drop_changed(connection, tally)
        # Also needed if the quarantine table was lost: no stage would ever read a record without a root line.
        change(
            connection,
            LEDGER,
            f"""
            INSERT INTO stored.ledger (stage, document_id, fingerprint)
            SELECT ?, document_id, fingerprint FROM ({ROOTS}) AS root
            WHERE NOT EXISTS (FROM stored.quarantine AS q WHERE q.document_id = root.document_id)
                AND NOT EXISTS (FROM stored.ledger AS l WHERE l.stage = ? AND l.document_id = root.document_id)
            """,  # noqa: S608 - a query of the ledger's
            [ROOT, ROOT],
            1,
        )
    return len(changed)


def drop_changed(connection: duckdb.DuckDBPyConnection, tally: Tally) -> None:
    """Keep only the quarantined articles whose record and corrections are unchanged. Call in a transaction."""
    delete(
        connection,
        QUARANTINE,
        f"""
        (document_id, root) NOT IN (
            SELECT (document_id, fingerprint)
            FROM ({ROOTS} AND document_id IN (SELECT document_id FROM stored.quarantine))
        )
        """,  # noqa: S608 - a query of the ledger's
    )
    list_refusals(connection, tally)


def list_refusals(connection: duckdb.DuckDBPyConnection, tally: Tally) -> None:
    """Rewrite the rows of `refusals` with reason quarantined. They name the check, the row and its offsets, and never
    quote the article. If the file cannot be read, it keeps that refusal. Call in a transaction."""
    now = query(
        connection,
        """
        SELECT raw.origin AS source, raw.content_sha256, raw.bytes, 'quarantined' AS reason,
            raw.origin || ': its row ' || q."row" || ' of ' || q."table"
                || CASE WHEN q."start" IS NULL THEN '' ELSE ', characters ' || q."start" || ' to ' || q."end" || ',' END
                || ' breaks the check ' || q."check"
                || CASE WHEN q.found > 1 THEN ' (' || q.found || ' violations in all)' ELSE '' END AS detail,
            q.document_id, q."check", raw.path
        FROM stored.quarantine AS q JOIN (FROM stored.raws WHERE standing) AS raw USING (document_id)
        WHERE NOT EXISTS (FROM stored.refusals AS r WHERE r.source = raw.origin AND r.reason <> 'quarantined')
        ORDER BY source
        """,
    )
    columns = [column.name for column in REFUSALS.stored]
    had = query(connection, "FROM stored.refusals WHERE reason = 'quarantined' ORDER BY source").select(columns)
    if had.equals(now.select(columns)):
        return
    delete_counted(connection, REFUSALS, "reason = 'quarantined'", [], tally)
    insert_counted(connection, REFUSALS, now.with_columns(pl.col("bytes").cast(pl.Int64)), tally)


def has_articles_to_retry(connection: duckdb.DuckDBPyConnection, made_with: str) -> bool:
    """Whether a quarantined article would be tried again."""
    return fetch_one(connection, "SELECT EXISTS (FROM stored.quarantine WHERE made_with <> ?)", [made_with]) == (True,)


def excess_message(connection: duckdb.DuckDBPyConnection, share: float) -> str | None:
    """Return one line that says why too many articles are quarantined for a release: more than ALWAYS_ALLOWED and than
    `share` (0 to 1) of all articles, or more than half of them. None if they are not too many."""
    row = fetch_one(
        connection,
        "SELECT count(*) FILTER (document_id IN (SELECT document_id FROM stored.quarantine)), count(*) "
        "FROM (SELECT DISTINCT document_id FROM stored.raws WHERE standing)",
    )
    assert row is not None
    quarantined, articles = map(int, row)
    # Round first: in floating point, 29 % of 100 is less than 29.
    allowed = max(ALWAYS_ALLOWED, int(round(share * articles, 6)))
    if quarantined <= allowed and 2 * quarantined <= articles:
        return None
    broken = connection.execute(
        'SELECT "check", count(*) AS articles FROM stored.quarantine GROUP BY 1 ORDER BY 2 DESC, 1'
    ).fetchall()
    named = ", ".join(f"{check} ({count:,})" for check, count in broken[:NAMED])
    more = f" and {counted(len(broken) - NAMED, 'more check')}" if len(broken) > NAMED else ""
    limit = "half of them" if 2 * quarantined > articles else f"{allowed:,}"
    return (
        f"{quarantined:,} of {counted(articles, 'article')} quarantined, more than {limit}: they violate "
        f"{named}{more}. `onrecord refusals --reason quarantined` lists them; docs/checks.md says what to do"
    )


def count(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many articles are quarantined."""
    row = fetch_one(connection, "SELECT count(*) FROM stored.quarantine")
    assert row is not None
    return int(row[0])
