"""A page per speaker and per statement: `speakers/<n>.html` and `statements/<n>.html`, many on each.

The address of an entry is its file with its id after `#`: the style then shows only that entry, without a script and
also from a folder. `place` computes the file from the id; `page.js` does the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from pipeline.reference import builtin
from warehouse.release.site import days, layout
from warehouse.release.site.differences import compared
from warehouse.release.site.templates import render
from warehouse.release.statement_filter import is_statement_sql

SPEAKERS, STATEMENTS = "speakers", "statements"
# Entries per page, and most pages: hubs advise at most 10,000 files a folder.
EACH, PAGES = 20, 4_096
# Quotations of a speaker and reports of a statement on a page; the search has the others.
SHOWN = 40
# Outlets, aliases and roles shown for a speaker.
NAMED = 12
_LABELS = {
    "PERSON": "Person",
    "NORP": "Group",
    "FAC": "Building or facility",
    "ORG": "Organisation",
    "GPE": "Country, state or city",
    "LOC": "Place",
    "PRODUCT": "Product",
    "EVENT": "Event",
    "WORK_OF_ART": "Work",
    "LAW": "Law or treaty",
    "LANGUAGE": "Language",
}
type Row = dict[str, Any]

_MANY = f"""
SELECT (SELECT count(DISTINCT speaker_entity_id) FROM quotes WHERE {is_statement_sql()}),
    (SELECT count(*) FROM statements WHERE quotes > 1)
"""  # noqa: S608
# The number of the page of an id, in SQL (`place`).
PAGE_NUMBER_SQL = "(('0x' || substr({id}, 1, 8))::UBIGINT % $pages)::INTEGER"
_WHO = f"""
SELECT {PAGE_NUMBER_SQL.format(id="e.entity_id")} AS page, e.*, f.quotes, f.articles, f.outlets
FROM entities AS e
JOIN (
    SELECT q.speaker_entity_id, count(*) AS quotes, count(DISTINCT q.document_id) AS articles,
        count(DISTINCT d.publisher) AS outlets
    FROM quotes AS q JOIN documents AS d ON d.document_id = q.document_id WHERE {is_statement_sql("q")} GROUP BY 1
) AS f ON f.speaker_entity_id = e.entity_id
ORDER BY page, e.entity_id
"""  # noqa: S608
_SAID = f"""
SELECT {PAGE_NUMBER_SQL.format(id="q.speaker_entity_id")} AS page, q.speaker_entity_id AS entity_id, q.quote_id, q.text,
q.kind,
    q.confidence, q.speaker_role, q.cue, q.venue, q.said_earliest, q.said_latest, q.said_basis, q.statement_id,
    t.quotes AS reports, d.publisher, d.title, d.source, d.url, {days.published_likely()} AS published_likely,
    said_by.text AS said_words
FROM quotes AS q
JOIN documents AS d ON d.document_id = q.document_id
LEFT JOIN dates AS said_by ON said_by.date_id = q.said_date_id
LEFT JOIN statements AS t ON t.statement_id = q.statement_id
WHERE q.speaker_entity_id IS NOT NULL AND {is_statement_sql("q")}
QUALIFY row_number() OVER (
    PARTITION BY q.speaker_entity_id ORDER BY q.text IS NULL, q.said_latest DESC NULLS LAST, q.quote_id
) <= $shown
ORDER BY page, entity_id, coalesce(q.said_earliest, q.said_latest) DESC NULLS LAST, q.said_latest DESC NULLS LAST,
    q.text IS NULL, q.document_id, q."start", q.quote_id
"""  # noqa: S608
_REPORTERS = f"""
SELECT {PAGE_NUMBER_SQL.format(id="q.speaker_entity_id")} AS page, q.speaker_entity_id AS entity_id,
    d.publisher, count(*) AS number
FROM quotes AS q JOIN documents AS d ON d.document_id = q.document_id
WHERE q.speaker_entity_id IS NOT NULL AND {is_statement_sql("q")}
GROUP BY ALL
ORDER BY page, entity_id, number DESC, d.publisher NULLS LAST
"""  # noqa: S608
_REPORTS = f"""
SELECT {PAGE_NUMBER_SQL.format(id="q.statement_id")} AS page, q.statement_id, t.text AS fullest, e.name, e.entity_id,
    q.quote_id, q.text, q.kind, q.confidence, q.speaker, q.cue, q.said_earliest, q.said_latest, q.said_basis,
    d.publisher, d.title, d.source, d.url, d.duplicate_of, d.document_id, d.published_earliest, d.published_latest,
    {days.published_likely()} AS published_likely, said_by.text AS said_words
FROM quotes AS q
JOIN documents AS d ON d.document_id = q.document_id
LEFT JOIN dates AS said_by ON said_by.date_id = q.said_date_id
JOIN statements AS t ON t.statement_id = q.statement_id
LEFT JOIN entities AS e ON e.entity_id = t.speaker_entity_id
WHERE t.quotes > 1
ORDER BY page, q.statement_id, coalesce(d.published_on, d.published_latest, d.published_earliest) NULLS LAST,
    d.document_id, q."start", q.quote_id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Pages:
    """Numbers of files of speakers and of statements."""

    speakers: int
    statements: int

    def speaker(self, entity_id: str) -> str:
        """Return a speaker's address in the release's folder."""
        return place(SPEAKERS, entity_id, self.speakers)

    def statement(self, statement_id: str) -> str:
        """Return a statement's address in the release's folder."""
        return place(STATEMENTS, statement_id, self.statements)


def place(folder: str, row_id: str, pages: int) -> str:
    """Return the address of a row: the file is the remainder of the first 8 hexadecimal digits of its id."""
    return f"{folder}/{int(row_id[:8], 16) % pages}.html#{row_id}"


def count_pages(connection: duckdb.DuckDBPyConnection) -> Pages:
    """Return how many pages there are. The connection has the release's tables."""
    speakers, statements = connection.execute(_MANY).fetchall()[0]
    return Pages(*(min(PAGES, -(-number // EACH)) for number in (speakers, statements)))


def write_speakers(
    connection: duckdb.DuckDBPyConnection, folder: Path, pages: Pages, citation: str, heading: str
) -> None:
    """Write `speakers/`. The connection has the release's tables under their names, with withheld words as null."""
    for number, people in _people(connection, pages):
        values = {"heading": heading, "citation": citation, "people": people}
        write_page(folder / SPEAKERS, number, f"Speakers · {heading}", "speakers.html", values)


def write_statements(
    connection: duckdb.DuckDBPyConnection, folder: Path, pages: Pages, citation: str, heading: str
) -> None:
    """Write `statements/` in the same way."""
    for number, found in _statements(connection, pages):
        values = {"heading": heading, "citation": citation, "statements": found}
        write_page(folder / STATEMENTS, number, f"Statements · {heading}", "statements.html", values)


def write_page(folder: Path, number: int, title: str, template: str, values: Mapping[str, object]) -> None:
    """Write a page of a folder of pages from its template."""
    folder.mkdir(exist_ok=True)
    text = layout.document(title, render(template, **values))
    (folder / f"{number}.html").write_text(text, encoding="utf-8")


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str, given: dict[str, int]) -> Iterator[Row]:
    """Yield the rows of a query. Uses a new cursor: several queries are read side by side."""
    cursor = connection.cursor().execute(sql, given)
    names = [column[0] for column in cursor.description or ()]
    while batch := cursor.fetchmany(1_000):
        for row in batch:
            yield dict(zip(names, row, strict=True))


class _MergeReader:
    """Groups of a query's rows, read in step with another query in the same order."""

    def __init__(self, rows: Iterator[Row], key: str) -> None:
        self._groups = groupby(rows, itemgetter(key))
        self._next: tuple[str, list[Row]] | None = None

    def of(self, key: str) -> list[Row]:
        """Return the rows with this key, or none."""
        if self._next is None:
            found = next(self._groups, None)
            self._next = None if found is None else (found[0], list(found[1]))
        if self._next is None or self._next[0] != key:
            return []
        rows, self._next = self._next[1], None
        return rows


def _people(connection: duckdb.DuckDBPyConnection, pages: Pages) -> Iterator[tuple[int, list[Row]]]:
    if not pages.speakers:
        return
    given = {"pages": pages.speakers}
    quotes = _MergeReader(rows_of(connection, _SAID, {**given, "shown": SHOWN}), "entity_id")
    reporters = _MergeReader(rows_of(connection, _REPORTERS, given), "entity_id")
    for number, rows in groupby(rows_of(connection, _WHO, given), itemgetter("page")):
        people = [_person(row, quotes.of(row["entity_id"]), reporters.of(row["entity_id"]), pages) for row in rows]
        yield number, sorted(people, key=lambda one: (one["name"].casefold(), one["entity_id"]))


def _person(row: Row, quotes: list[Row], reporters: list[Row], pages: Pages) -> Row:
    """Return the template values of a speaker."""
    for quote in quotes:
        many = (quote["reports"] or 0) > 1
        quote["statement"] = pages.statement(quote["statement_id"]) if many else None
    roles = zip(row["roles"], row["roles_mentions"], row["roles_first"], row["roles_last"], strict=False)
    return {
        **row,
        "label": _LABELS[row["label"]],
        "country": country_name(row["country"]),
        "aliases": list(zip(row["aliases"], row["aliases_mentions"], strict=False))[:NAMED],
        "roles": list(roles)[:NAMED],
        "reporters": [(r["publisher"], r["number"]) for r in reporters][:NAMED],
        "said": quotes,
        "days": [(heading, list(some)) for heading, some in groupby(quotes, days.said)],
    }


def country_name(code: str | None) -> str | None:
    """Return a country's name for its ISO 3166-1 code, or the code if the reference data do not have it."""
    known = builtin().countries.get(code or "")
    return known.name if known else code


def _statements(connection: duckdb.DuckDBPyConnection, pages: Pages) -> Iterator[tuple[int, list[Row]]]:
    if not pages.statements:
        return
    rows = rows_of(connection, _REPORTS, {"pages": pages.statements})
    for number, here in groupby(rows, itemgetter("page")):
        yield number, [_statement(list(reports), pages) for _, reports in groupby(here, itemgetter("statement_id"))]


def _statement(reports: list[Row], pages: Pages) -> Row:
    """Return the template values of a statement: its reports, compared with the first one whose words are shown."""
    first = reports[0]
    base = next((report["text"] for report in reports if report["text"] is not None), None)
    shown = reports[:SHOWN]
    direct = [report["text"] for report in reports if report["kind"] != "indirect"]
    for report in shown:
        report["published"] = days.published(report)
        report["said"] = days.said(report)
        report["parts"] = None if report["text"] is None else compared(base or "", report["text"])
    return {
        "statement_id": first["statement_id"],
        "text": first["fullest"],
        "direct": first["fullest"] in direct or len(direct) == len(reports),
        "speaker": first["name"],
        "entity_id": first["entity_id"],
        "page": pages.speaker(first["entity_id"]) if first["entity_id"] and pages.speakers else None,
        "articles": len({report["document_id"] for report in reports}),
        "outlets": len({report["publisher"] for report in reports} - {None}),
        "reports": shown,
        "left_out": len(reports) - len(shown),
        "alike": base is not None and len(shown) > 1 and {report["text"] for report in shown} == {base},
        "marked": any(change != "same" for report in shown for change, _ in report["parts"] or ()),
    }
