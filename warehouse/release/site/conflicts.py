"""Events and utterances that two articles date differently: the page's section, and all of them in
`conflicts/<n>.html`, many on each (`profiles.place`)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from warehouse.release.site.days import between, published_between, published_likely
from warehouse.release.site.profiles import EACH, PAGE_NUMBER_SQL, PAGES, rows_of, write_page
from warehouse.release.site.templates import render

FOLDER = "conflicts"
# Conflicts on the page; the others are on the pages of the folder.
MAX_SHOWN = 20
# Both sides of a conflict are (words, days, publisher, title, source, url, sentence). Withheld words are null.
_SIDES = ("first", "second")
_NAMED = "SELECT string_agg(name, ', ' ORDER BY name) FROM entities WHERE list_contains(c.entities, entity_id)"


def _side(side: str) -> str:
    return f"""
    coalesce({side}_date.text, {side}_quote.text) AS {side}_words, c.{side}_earliest, c.{side}_latest,
    {side}_article.publisher AS {side}_publisher, {side}_article.title AS {side}_title,
    {side}_article.source AS {side}_source,
    {side}_article.published_earliest AS {side}_published_earliest,
    {side}_article.published_latest AS {side}_published_latest,
    {published_likely(f"{side}_article")} AS {side}_published_likely,
    {side}_article.url AS {side}_url, {side}_sentence.text AS {side}_sentence
    """


def _joins(side: str) -> str:
    return f"""
    JOIN documents AS {side}_article ON {side}_article.document_id = c.{side}_document_id
    LEFT JOIN dates AS {side}_date ON {side}_date.date_id = c.{side}_id
    LEFT JOIN quotes AS {side}_quote ON {side}_quote.quote_id = c.{side}_id
    LEFT JOIN sentences AS {side}_sentence
        ON {side}_sentence.sentence_id = coalesce({side}_date.sentence_id, {side}_quote.sentence_id)
    """


# The id of a conflict is a hash of its two sides: it is the same in every release.
_SQL = f"""
WITH found AS (
    SELECT substr(sha256(c.first_id || ' ' || c.second_id), 1, 16) AS conflict_id, c.kind, c.event, c.days_apart,
        c.first_id, c.second_id, s.text AS statement, c.statement_id, ({_NAMED}) AS named,
        {", ".join(map(_side, _SIDES))}
    FROM date_conflicts AS c
    LEFT JOIN statements AS s ON s.statement_id = c.statement_id
    {" ".join(map(_joins, _SIDES))}
)
SELECT {PAGE_NUMBER_SQL.format(id="conflict_id")} AS page, * FROM found
"""  # noqa: S608
# Close days first: they are contradictions rather than two events.
_NEAREST = f"{_SQL} ORDER BY days_apart, first_id, second_id LIMIT {MAX_SHOWN}"
_ALL = f"{_SQL} ORDER BY page, days_apart, first_id, second_id"


def pages_of(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many pages of conflicts there are."""
    return min(PAGES, -(-_count(connection) // EACH))


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    return int(connection.execute("SELECT count(*) FROM date_conflicts").fetchall()[0][0])


def section(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the section's HTML, or an empty text if there is no conflict. The connection has the release's tables."""
    found = _count(connection)
    if not found:
        return ""
    shown = [_shown(row) for row in rows_of(connection, _NEAREST, {"pages": pages_of(connection)})]
    return render("conflicts_section.html", found=found, most=MAX_SHOWN, conflicts=shown, pages=pages_of(connection))


def write(connection: duckdb.DuckDBPyConnection, folder: Path, citation: str, heading: str) -> int:
    """Write `conflicts/`. Returns how many pages there are. The connection has the release's tables."""
    pages = pages_of(connection)
    if pages:
        for number, rows in groupby(rows_of(connection, _ALL, {"pages": pages}), itemgetter("page")):
            values = {"heading": heading, "citation": citation, "conflicts": [_shown(row) for row in rows]}
            write_page(folder / FOLDER, number, f"Conflicts · {heading}", "conflicts.html", values)
    return pages


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return the template values of a conflict."""
    return {
        **{name: row[name] for name in ("conflict_id", "kind", "event", "named", "statement", "days_apart")},
        "address": f"{FOLDER}/{row['page']}.html#{row['conflict_id']}",
        "sides": list(_both(row)),
    }


def _both(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for side in _SIDES:
        names = ("words", "publisher", "title", "source", "url", "sentence")
        days = between(row[f"{side}_earliest"], row[f"{side}_latest"])
        published = published_between(*(row[f"{side}_published_{name}"] for name in ("earliest", "latest", "likely")))
        yield {**{name: row[f"{side}_{name}"] for name in names}, "days": days, "published": published}
