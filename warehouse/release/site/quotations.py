"""`quotations/<n>.html`: a static entry for each quotation, so that its permalink also works from a folder, where
browsers let no script read the search's files. Releases with more quotations than `MAX_QUOTATIONS` have none."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb

from warehouse.release.site import days
from warehouse.release.site.profiles import PAGE_NUMBER_SQL, Pages, Row, rows_of, write_page
from warehouse.release.statement_filter import is_statement_sql

FOLDER = "quotations"
# Most quotations that get entries (some 1.5 kB each), and entries per page.
MAX_QUOTATIONS, PER_PAGE = 10_000, 50
# Why words are withheld, by whether the quotation is indirect (warehouse.release.rights).
_WHY = {
    True: "The words are the reporter's own, and the article has no known open licence.",
    False: "The words are longer than the limit for quotations, and the article has no known open licence.",
}
_SQL = f"""
SELECT {PAGE_NUMBER_SQL.format(id="q.quote_id")} AS page, q.quote_id, q.text, q.kind, q.confidence, q.speaker,
q.speaker_name,
    q.speaker_entity_id, q.speaker_role, q.speaker_role_basis, q.cue, q.venue, q.said_earliest, q.said_latest,
    q.said_basis, q.statement_id, t.quotes AS reports, s.text AS sentence, q.document_id, q."start", q."end",
    said_by.text AS said_words, d.publisher, d.title, d.source, d.url,
    d.published_earliest, d.published_latest, {days.published_likely()} AS published_likely, d.licence
FROM quotes AS q
JOIN documents AS d ON d.document_id = q.document_id
LEFT JOIN sentences AS s ON s.sentence_id = q.sentence_id
LEFT JOIN statements AS t ON t.statement_id = q.statement_id
LEFT JOIN dates AS said_by ON said_by.date_id = q.said_date_id
WHERE {is_statement_sql("q")}
ORDER BY page, d.published_latest DESC NULLS LAST, q.document_id, q."start", q.quote_id
"""  # noqa: S608
# The expressions of other articles that narrow the day of a quotation.
_EVIDENCE = """
SELECT DISTINCT b.target_id, b.evidence, d.publisher, d.title, d.source, t.text AS words
FROM date_bounds AS b
JOIN documents AS d ON d.document_id = b.evidence_document_id
LEFT JOIN dates AS t
    ON t.document_id = b.evidence_document_id AND t."start" = b.evidence_start AND t."end" = b.evidence_end
WHERE b.target = 'said' ORDER BY ALL
"""
_SHOWS = {
    "utterance": "which reports the same utterance",
    "copy": "which has a copy of the article",
    "event": "which dates the same event",
    "publication": "which narrows the day of publication",
}
_COUNT = f"SELECT count(*) FROM quotes WHERE {is_statement_sql()}"  # noqa: S608


def write(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    citation: str,
    heading: str,
    pages: Pages,
    most: int = MAX_QUOTATIONS,
) -> int:
    """Write `quotations/`. Returns how many pages there are; 0 if there are more quotations than `most`."""
    number = int(connection.execute(_COUNT).fetchall()[0][0])
    if not 0 < number <= most:
        return 0
    files = -(-number // PER_PAGE)
    evidence: dict[str, list[Row]] = {}
    for row in rows_of(connection, _EVIDENCE, {}):
        evidence.setdefault(row["target_id"], []).append({**row, "shows": _SHOWS[row["evidence"]]})
    for page, rows in groupby(rows_of(connection, _SQL, {"pages": files}), itemgetter("page")):
        values = {"heading": heading, "citation": citation, "quotes": [_shown(row, pages, evidence) for row in rows]}
        write_page(folder / FOLDER, page, f"Quotations · {heading}", "quotations.html", values)
    return files


def _shown(row: Row, pages: Pages, evidence: dict[str, list[Row]]) -> Row:
    """Return the template values of a quotation."""
    return {
        **row,
        "published": days.published(row),
        "said": days.said(row),
        "evidence": evidence.get(row["quote_id"], ()),
        "why": _WHY[row["kind"] == "indirect"] if row["text"] is None else None,
        "page": pages.speaker(row["speaker_entity_id"]) if row["speaker_entity_id"] else None,
        "statement": pages.statement(row["statement_id"]) if (row["reports"] or 0) > 1 else None,
    }
