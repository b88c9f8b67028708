"""The figures of a release, counted once from its Parquet files for the card and the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse.release.rights import OPEN
from warehouse.release.statement_filter import is_statement_sql
from warehouse.text import count, share

# Speakers, outlets and licences in a table; the others are counted.
MAX_LISTED = 20
# Articles listed as sources; ATTRIBUTION.md names all of them.
SOURCES = 1_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts. Pairs are (what, how many), the most frequent first; the name `None` means "not known".

    closed      articles whose text is withheld; repeats: copies of another article
    said        quotations that count as said (warehouse.release.statement_filter)
    attributed  of those, with a speaker in the text; named: of those, with an entity as speaker
    resolved    expressions with a day or an interval
    travelling  statements that more than one article reports
    narrowed    publications, sayings and expressions whose days another article narrows
    sources     articles whose text is released under an open licence: (title, publisher, url, licence), at most SOURCES
    undated     articles without one known day of publication; not_before, not_after: of these, with a first and a last
                possible day; unbounded: with neither (the check `documents_undated`)
    first, last of the known days of publication; first_bound, last_bound: of the bounds of the other articles
    """

    articles: int
    closed: int
    repeats: int
    words: int
    undated: int
    not_before: int
    not_after: int
    unbounded: int
    first: date | None
    last: date | None
    first_bound: date | None
    last_bound: date | None
    quotes: int
    said: int
    attributed: int
    named: int
    dates: int
    resolved: int
    statements: int
    narrowed: int
    conflicts: int
    travelling: int
    entities: int
    outlets: int
    speakers: int
    kinds: list[tuple[str, int]]
    problems: list[tuple[str, int]]
    languages: list[tuple[str | None, int]]
    licences: list[tuple[str | None, int]]
    refusals: list[tuple[str, int]]
    top_outlets: list[tuple[str | None, int]]
    top_speakers: list[tuple[str, int, int]]
    sources: list[tuple[str | None, str | None, str | None, str]]


_COUNTS = f"""
SELECT
    (SELECT count(*) FROM documents) AS articles,
    (SELECT count(*) FROM documents WHERE text IS NULL) AS closed,
    (SELECT count(duplicate_of) FROM documents) AS repeats,
    (SELECT coalesce(sum(words), 0)::BIGINT FROM documents) AS words,
    (SELECT count(*) FROM documents WHERE published_on IS NULL) AS undated,
    (SELECT count(published_earliest) FROM documents WHERE published_on IS NULL) AS not_before,
    (SELECT count(published_latest) FROM documents WHERE published_on IS NULL) AS not_after,
    (SELECT count(*) FROM documents WHERE published_basis = 'unknown') AS unbounded,
    (SELECT min(published_on) FROM documents) AS first,
    (SELECT max(published_on) FROM documents) AS last,
    (SELECT min(published_earliest) FROM documents WHERE published_on IS NULL) AS first_bound,
    (SELECT max(published_latest) FROM documents WHERE published_on IS NULL) AS last_bound,
    (SELECT count(*) FROM quotes) AS quotes,
    (SELECT count(*) FROM quotes WHERE {is_statement_sql()}) AS said,
    (SELECT count(*) FROM quotes WHERE {is_statement_sql()} AND speaker_basis <> 'none') AS attributed,
    (SELECT count(speaker_entity_id) FROM quotes WHERE {is_statement_sql()}) AS named,
    (SELECT count(*) FROM dates) AS dates,
    (SELECT count(*) FROM dates WHERE earliest IS NOT NULL) AS resolved,
    (SELECT count(*) FROM statements) AS statements,
    (SELECT count(*) FROM statements WHERE documents > 1) AS travelling,
    (SELECT count(DISTINCT (target, target_id)) FROM date_bounds) AS narrowed,
    (SELECT count(*) FROM date_conflicts) AS conflicts,
    (SELECT count(*) FROM entities) AS entities,
    (SELECT count(DISTINCT publisher) FROM documents) AS outlets,
    (SELECT count(DISTINCT speaker_entity_id) FROM quotes WHERE {is_statement_sql()}) AS speakers
"""  # noqa: S608
_RANKINGS = {
    "kinds": "SELECT kind, count(*) FROM quotes GROUP BY ALL",
    "problems": "SELECT problem, count(*) FROM dates WHERE problem IS NOT NULL GROUP BY ALL",
    "languages": "SELECT language, count(*) FROM documents GROUP BY ALL",
    "licences": "SELECT licence, count(*) FROM documents GROUP BY ALL",
    "refusals": "SELECT reason, count(*) FROM refusals GROUP BY ALL",
    "top_outlets": "SELECT publisher, count(*) FROM documents GROUP BY ALL",
}
_SPEAKERS = f"""
SELECT any_value(e.name), count(*), count(DISTINCT q.document_id)
FROM quotes AS q JOIN entities AS e ON e.entity_id = q.speaker_entity_id
WHERE {is_statement_sql("q")}
GROUP BY e.entity_id ORDER BY 2 DESC, 3 DESC, 1, e.entity_id LIMIT ?
"""  # noqa: S608
_SOURCES = """
SELECT title, publisher, url, licence FROM documents
WHERE text IS NOT NULL AND lower(licence) IN (SELECT lower(unnest(?))) ORDER BY source LIMIT ?
"""


def published(f: Figures) -> list[tuple[str, str]]:
    """Return the publication days as rows of a table: days, then bounds."""
    days = f"{f.first} to {f.last}" if f.first and f.last else "not known"
    lines = [
        ("published, where the day is known", days),
        ("without a known day of publication", f"{count(f.undated)} ({share(f.undated, f.articles)})"),
    ]
    if f.first_bound:
        lines.append(("of these with a first possible day", f"{count(f.not_before)} (from {f.first_bound} on)"))
    if f.last_bound:
        lines.append(("of these with a last possible day", f"{count(f.not_after)} (up to {f.last_bound})"))
    if f.undated:
        lines.append(("of these with neither", count(f.unbounded)))
    return lines


def figures(connection: duckdb.DuckDBPyConnection) -> Figures:
    """Count. The connection has the release's tables under their names."""
    cursor = connection.execute(_COUNTS)
    names = [column[0] for column in cursor.description or ()]
    counted: dict[str, Any] = dict(zip(names, cursor.fetchall()[0], strict=True))
    counted |= {
        name: connection.execute(f"{sql} ORDER BY 2 DESC, 1 NULLS LAST LIMIT ?", [MAX_LISTED]).fetchall()
        for name, sql in _RANKINGS.items()
    }
    counted["top_speakers"] = connection.execute(_SPEAKERS, [MAX_LISTED]).fetchall()
    counted["sources"] = connection.execute(_SOURCES, [list(OPEN), SOURCES]).fetchall()
    return Figures(**counted)
