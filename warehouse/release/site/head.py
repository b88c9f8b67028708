"""The head of a release's page: title, contents, issuer, period, and three quotations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse.release.figures import Figures
from warehouse.release.formats.citation import issuer, title_of
from warehouse.release.site import days
from warehouse.release.site.search import HIGH
from warehouse.release.site.templates import day
from warehouse.release.versions import Record
from warehouse.text import counted

STRIKING = 3
# Characters of a quotation at the head: one or two whole sentences, readable at a glance.
MIN_LENGTH, MAX_LENGTH = 50, 260


@dataclass(frozen=True, slots=True)
class FeaturedQuote:
    """A quotation at the head of the page: the words without a trailing comma, and where they are from.

    others  the other known outlets that report the statement, in alphabetical order, or empty
    """

    quote_id: str
    text: str
    speaker: str
    entity_id: str
    role: str | None
    publisher: str | None
    title: str | None
    source: str
    published_earliest: date | None
    published_latest: date | None
    published_likely: str | None
    others: str

    @property
    def published(self) -> str:
        """Return the days on which the article can have been published."""
        return days.published(asdict(self))


# One per speaker, ordered by outlets, then articles, confidence, and quotations of the speaker.
_STRIKING = r"""
WITH reported AS (
    SELECT q.statement_id, count(DISTINCT d.document_id) AS articles,
        list_sort(list(DISTINCT d.publisher) FILTER (d.publisher IS NOT NULL)) AS outlets
    FROM quotes AS q JOIN documents AS d ON d.document_id = q.document_id
    WHERE q.statement_id IS NOT NULL AND d.duplicate_of IS NULL
    GROUP BY 1
),
found AS (
    SELECT q.quote_id, regexp_replace(q.text, '[,;:\s]+$', '') AS text, e.name, e.entity_id, q.speaker_role AS role,
        d.publisher, d.title, d.source, d.published_earliest, d.published_latest, {likely},
        array_to_string(list_filter(r.outlets, lambda outlet: outlet IS DISTINCT FROM d.publisher), ', ') AS others,
        coalesce(len(r.outlets), 0) AS outlets, coalesce(r.articles, 1) AS articles,
        q.confidence, count(*) OVER (PARTITION BY e.entity_id) AS often
    FROM quotes AS q
    JOIN documents AS d ON d.document_id = q.document_id
    JOIN entities AS e ON e.entity_id = q.speaker_entity_id
    LEFT JOIN reported AS r ON r.statement_id = q.statement_id
    WHERE q.kind = 'direct' AND q.class = 'statement' AND q.confidence >= $sure AND q.part_of IS NULL
        AND e.label = 'PERSON' AND length(q.text) BETWEEN $shortest AND $longest
        AND regexp_matches(q.text, '^\p{Lu}') AND regexp_matches(q.text, '[\p{L}.!?,]$')
)
SELECT * EXCLUDE (outlets, articles, confidence, often) REPLACE (coalesce(others, '') AS others) FROM found
QUALIFY row_number() OVER (
    PARTITION BY entity_id ORDER BY outlets DESC, articles DESC, confidence DESC, length(text) DESC, quote_id
) = 1
ORDER BY outlets DESC, articles DESC, confidence DESC, often DESC, length(text) DESC, quote_id
LIMIT $most
""".replace("{likely}", f"{days.published_likely()} AS published_likely")


def featured_quotes(connection: duckdb.DuckDBPyConnection) -> list[FeaturedQuote]:
    """Return at most `STRIKING` direct, readable, confident quotations of different persons, by number of outlets.

    The connection has the release's tables under their names, without withheld words.
    """
    given = {"sure": HIGH, "shortest": MIN_LENGTH, "longest": MAX_LENGTH, "most": STRIKING}
    return [FeaturedQuote(*row) for row in connection.execute(_STRIKING, given).fetchall()]


def lead(record: Record, figures: Figures) -> str:
    """Return one line with contents, period and issuer."""
    by = f" by {counted(figures.speakers, 'named speaker')}" if figures.speakers else ""
    what = f"{counted(figures.said, 'quotation')}{by}, each with its source in {counted(figures.articles, 'article')}"
    whose = f"; issued by {issuer(record)}" if issuer(record) else ""
    return f"{what}, {_published(figures)}{whose}."


def _published(f: Figures) -> str:
    if f.first is None or f.last is None:
        return "of which no publication day is known"
    days = f"on {day(f.first)}" if f.first == f.last else f"from {day(f.first)} to {day(f.last)}"
    return f"published {days}{', as far as the days are known' if f.undated else ''}"


def opening(connection: duckdb.DuckDBPyConnection, record: Record, figures: Figures) -> dict[str, Any]:
    """Return the template values of the head."""
    return {
        "heading": title_of(record, figures),
        "lead": lead(record, figures),
        "striking": featured_quotes(connection),
    }
