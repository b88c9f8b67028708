"""Structural checks of date_bounds and date_conflicts: what articles say about each other's days."""

from __future__ import annotations

from expectations.sql_checks.sql_check import BuiltinSqlCheck

# Kind of target -> its table, id, and the prefix of its bounds. The SQL holds only names of the contract.
_TARGETS = {
    "publication": ("documents", "document_id", "published"),
    "said": ("quotes", "quote_id", "said"),
    "date": ("dates", "date_id", None),
}


def _bound(prefix: str | None, side: str) -> str:
    return f"{prefix}_{side}" if prefix else side


_UNKNOWN = " UNION ALL ".join(
    f"""
    SELECT document_id, target, target_id FROM stored.date_bounds AS bound WHERE target = '{target}' AND NOT EXISTS (
        FROM stored.{table} AS row WHERE row.{key} = bound.target_id AND row.document_id = bound.document_id)
    """  # noqa: S608
    for target, (table, key, _) in _TARGETS.items()
)
_CROSSED = " UNION ALL ".join(
    f"""
    SELECT row.{key} AS target_id FROM published.{table} AS row
    WHERE row.{key} IN (SELECT target_id FROM stored.date_bounds WHERE target = '{target}')
        AND {_bound(prefix, "earliest")} > {_bound(prefix, "latest")}
    """  # noqa: S608
    for target, (table, key, prefix) in _TARGETS.items()
)
# What an article itself says of its publication and its expressions.
_OWN = """
    SELECT 'publication' AS target, document_id AS target_id, published_earliest AS earliest,
        published_latest AS latest, published_basis IN ('inferred', 'unknown') AS is_open FROM stored.documents
    UNION ALL SELECT 'date', date_id, earliest, latest, basis <> 'corrected' AND problem IS NULL FROM stored.dates
"""

CROSS_ARTICLE_CHECKS: tuple[BuiltinSqlCheck, ...] = (
    BuiltinSqlCheck(
        "events_one_each",
        "events",
        "An expression dates one event at most.",
        "SELECT document_id, date_id, count(*) AS events FROM stored.events GROUP BY ALL HAVING count(*) > 1",
        scope="document",
    ),
    BuiltinSqlCheck(
        "date_bounds_target_known",
        "date_bounds",
        "The target of a bound is a document, quotation or expression of the same article.",
        _UNKNOWN,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "date_bounds_not_crossed",
        "date_bounds",
        "After all bounds are applied, the first day of a publication, saying or expression is not after its last.",
        _CROSSED,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "date_bounds_narrow",
        "date_bounds",
        "A bound is within the article's own days, and does not narrow a publication with the basis metadata, "
        "stated or corrected, or an expression that is corrected or has a problem.",
        f"""
        SELECT bound.document_id, target, target_id, side, day, own.earliest, own.latest
        FROM stored.date_bounds AS bound JOIN ({_OWN}) AS own USING (target, target_id)
        WHERE NOT is_open OR day < own.earliest OR day > own.latest
        """,  # noqa: S608
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "date_bounds_evidence_elsewhere",
        "date_bounds",
        "The evidence for a bound is a span in the text of another article.",
        """
        SELECT bound.document_id, target_id, side, evidence_document_id, evidence_start, evidence_end
        FROM stored.date_bounds AS bound JOIN stored.documents AS other ON other.document_id = evidence_document_id
        WHERE evidence_document_id = bound.document_id OR evidence_start >= evidence_end
            OR evidence_end > other.characters
        """,
    ),
    BuiltinSqlCheck(
        "date_conflicts_apart",
        "date_conflicts",
        "The two intervals of a conflict do not overlap, the earlier one comes first, and days_apart is the "
        "number of days between them.",
        """
        SELECT first_id, second_id, first_earliest, first_latest, second_earliest, second_latest, days_apart
        FROM stored.date_conflicts
        WHERE first_earliest > first_latest OR second_earliest > second_latest
            OR date_diff('day', first_latest, second_earliest) IS DISTINCT FROM days_apart
        """,
    ),
    BuiltinSqlCheck(
        "date_conflicts_of_two_articles",
        "date_conflicts",
        "Both sides of a conflict are rows of dates, or quotations of one statement, with their offsets, in "
        "two different articles.",
        """
        WITH sides AS (
            SELECT 'event' AS kind, date_id AS id, document_id, "start", "end", NULL AS statement_id FROM stored.dates
            UNION ALL SELECT 'utterance', quote_id, q.document_id, "start", "end", statement_id
            FROM stored.quotes AS q JOIN stored.utterances USING (quote_id)
        )
        SELECT first_id, second_id FROM stored.date_conflicts AS c
        LEFT JOIN sides AS a ON a.kind = c.kind AND a.id = first_id AND a.document_id = first_document_id
            AND a."start" = first_start AND a."end" = first_end AND a.statement_id IS NOT DISTINCT FROM c.statement_id
        LEFT JOIN sides AS b ON b.kind = c.kind AND b.id = second_id AND b.document_id = second_document_id
            AND b."start" = second_start AND b."end" = second_end AND b.statement_id IS NOT DISTINCT FROM c.statement_id
        WHERE a.id IS NULL OR b.id IS NULL OR first_document_id = second_document_id
        """,
    ),
    BuiltinSqlCheck(
        "date_conflicts_have_reason",
        "date_conflicts",
        "A conflict about an event names its class and entities that both articles name; one about an "
        "utterance names its statement.",
        """
        SELECT first_id, second_id, kind, event, entities, statement_id FROM stored.date_conflicts AS c
        WHERE (kind = 'event') <> (event IS NOT NULL AND len(entities) > 0)
            OR (kind = 'utterance') <> (statement_id IS NOT NULL)
            OR EXISTS (FROM (SELECT unnest(entities) AS entity_id) AS named WHERE (
                SELECT count(DISTINCT document_id) FROM stored.resolutions AS r WHERE r.entity_id = named.entity_id
                    AND r.document_id IN (c.first_document_id, c.second_document_id)) < 2)
        """,
    ),
)
