"""The published tables as views: a document's rows joined with the results of the corpus-wide stages."""

from __future__ import annotations

from pipeline.contract import PUBLISHED, Table
from warehouse.sql import quoted


def said_joins(documents: str = "stored.documents", said_days: str = "stored.said_days") -> str:
    """Return the joins that days of saying are computed from, for a query on quotations named `row`. They use only rows
    of the quotation's document. `documents`, `said_days`: a table, or a query in brackets."""
    return f"""
    LEFT JOIN {documents} AS article ON article.document_id = row.document_id
    LEFT JOIN {said_days} AS said
        ON said.document_id = row.document_id AND said.quote_id = coalesce(row.part_of, row.quote_id)
"""


SAID_DAY_JOINS_SQL = said_joins()
_SAID: dict[str, str] = {
    "said_earliest": "said.earliest",
    "said_latest": "coalesce(said.latest, article.published_latest)",
    "said_basis": "coalesce(said.basis, CASE WHEN article.published_latest IS NOT NULL THEN 'publication' "
    "ELSE 'unknown' END)",
    "said_date_id": "said.date_id",
    "said_confidence": "said.confidence",
}
# The days of saying as a list of columns, for a query on `row` with SAID_DAY_JOINS_SQL.
SAID_DAY_COLUMNS_SQL = ", ".join(f"{expression} AS {name}" for name, expression in _SAID.items())


def _narrowed(target: str, key: str) -> str:
    """Return a join, as `narrowed`, with the bounds that other articles narrow for one kind of target."""
    return f"""
        LEFT JOIN (
            SELECT document_id, target_id, min(day) FILTER (side = 'earliest') AS earliest,
                min(day) FILTER (side = 'latest') AS latest, min(value) AS value,
                list_sort(list(side || ' ' || day || ' (' || evidence || '): ' || evidence_document_id || ' ' ||
                    evidence_start || '-' || evidence_end)) AS evidence
            FROM stored.date_bounds WHERE target = '{target}' GROUP BY document_id, target_id
        ) AS narrowed ON narrowed.document_id = row.document_id AND narrowed.target_id = row.{key}
    """  # noqa: S608 - names of the contract


def _basis(own: str) -> str:
    return f"CASE WHEN narrowed.target_id IS NULL THEN {own} ELSE 'corpus' END"


# How far, in days, an article that gives a role may be from the day of saying for the role to apply: offices change
# hands, but an article a month away rarely mentions another office without saying so.
NEAR_DAYS = 31
_SAID_FIRST, _SAID_LAST = (
    f"coalesce(narrowed.earliest, {_SAID['said_earliest']})",
    "coalesce(narrowed.latest, said.latest)",
)
# The role that the article gives, unless the words are known to be older than the article.
_OWN_ROLE = (
    "row.speaker_role IS NOT NULL AND (row.speaker_role_basis = 'then' "
    f"OR ({_SAID_LAST} < article.published_earliest - {NEAR_DAYS}) IS NOT TRUE)"
)
# The most common role that other articles give at a near day. If the day of saying is unknown, use the day of
# publication. Skip a role R if any article says "former R": it is unknown on which days R was held.
_NEAR_FIRST = f"coalesce({_SAID_FIRST}, article.published_earliest)"
_NEAR_LAST = f"CASE WHEN {_SAID_FIRST} IS NULL THEN article.published_latest ELSE {_SAID_LAST} END"
_ROLES_LOWER = "list_transform(speaker_entity.roles, lambda other: lower(other))"
_ROLE_NEAR = f"""
    list_filter(speaker_entity.roles, lambda role, i:
        {_NEAR_FIRST} >= speaker_entity.roles_first[i] - {NEAR_DAYS}
        AND {_NEAR_LAST} <= speaker_entity.roles_last[i] + {NEAR_DAYS}
        AND ({_NEAR_LAST} <= speaker_entity.roles_first[i] + {NEAR_DAYS}
            OR {_NEAR_FIRST} >= speaker_entity.roles_last[i] - {NEAR_DAYS})
        AND NOT list_contains({_ROLES_LOWER}, 'former ' || lower(role))
    )[1]
"""
_FIRST = "coalesce(narrowed.earliest, row.published_earliest)"
_LAST = "coalesce(narrowed.latest, row.published_latest)"
# Joins, then expressions, of the published-only columns, by table. Rows of an article are joined by its id, too: a
# query for a range of articles then keeps only their rows of every table.
JOINS: dict[str, str] = {
    "dates": _narrowed("date", "date_id"),
    "documents": f"""
        LEFT JOIN stored.duplicates AS repeats ON repeats.document_id = row.document_id
        {_narrowed("publication", "document_id")}
    """,
    "mentions": "LEFT JOIN stored.resolutions AS resolved "
    "ON resolved.document_id = row.document_id AND resolved.chain = row.chain",
    "quotes": f"""
        LEFT JOIN stored.resolutions AS speaking
            ON speaking.document_id = row.document_id AND speaking.chain = row.speaker_chain
        LEFT JOIN stored.entities AS speaker_entity ON speaker_entity.entity_id = speaking.entity_id
        LEFT JOIN stored.resolutions AS hearing
            ON hearing.document_id = row.document_id AND hearing.chain = row.venue_chain
        LEFT JOIN stored.utterances AS uttered
            ON uttered.document_id = row.document_id AND uttered.quote_id = row.quote_id
        {SAID_DAY_JOINS_SQL}
        {_narrowed("said", "quote_id")}
    """,
}
EXPRESSIONS: dict[str, dict[str, str]] = {
    # Applied: the corrected row exists and has the basis; for "not a quotation", the article exists.
    "corrections": {
        "applied": """CASE row.kind
            WHEN 'speaker' THEN EXISTS (FROM stored.quotes AS q WHERE q.quote_id = row.target
                AND q.speaker_basis = CASE row.value WHEN '-' THEN 'none' ELSE 'corrected' END)
            WHEN 'date' THEN EXISTS (FROM stored.dates AS d WHERE d.date_id = row.target AND d.basis = 'corrected')
            WHEN 'same' THEN TRUE
            ELSE EXISTS (FROM stored.documents AS a WHERE a.document_id = row.document_id)
        END""",
    },
    "dates": {
        "value": "CASE WHEN narrowed.target_id IS NULL THEN row.value ELSE narrowed.value END",
        "earliest": "coalesce(narrowed.earliest, row.earliest)",
        "latest": "coalesce(narrowed.latest, row.latest)",
        "basis": _basis("row.basis"),
    },
    "documents": {
        "published_on": f"CASE WHEN {_FIRST} = {_LAST} THEN {_FIRST} END",
        "published_earliest": _FIRST,
        "published_latest": _LAST,
        "published_basis": _basis("row.published_basis"),
        "published_evidence": "CASE WHEN narrowed.target_id IS NULL THEN row.published_evidence "
        "ELSE coalesce(row.published_evidence, []) || narrowed.evidence END",
        "duplicate_of": "repeats.duplicate_of",
    },
    "mentions": {"entity_id": "resolved.entity_id"},
    "quotes": {
        "speaker_entity_id": "speaking.entity_id",
        "speaker_name": "speaker_entity.name",
        "speaker_role": f"CASE WHEN {_OWN_ROLE} THEN row.speaker_role ELSE {_ROLE_NEAR} END",
        "speaker_role_basis": f"CASE WHEN {_OWN_ROLE} THEN row.speaker_role_basis "
        f"WHEN {_ROLE_NEAR} IS NOT NULL THEN 'corpus' END",
        "venue_entity_id": "hearing.entity_id",
        "said_earliest": _SAID_FIRST,
        "said_latest": f"coalesce(narrowed.latest, {_SAID['said_latest']})",
        "said_basis": _basis(_SAID["said_basis"]),
        "said_date_id": _SAID["said_date_id"],
        "said_confidence": f"CASE WHEN narrowed.target_id IS NULL THEN {_SAID['said_confidence']} END",
        "statement_id": "uttered.statement_id",
    },
}


def view(table: Table) -> str:
    """Return CREATE VIEW published.<table> with exactly the contract's published columns, in its order."""
    own = EXPRESSIONS.get(table.name, {})
    columns = ", ".join(
        f"{own[c.name]} AS {quoted(c.name)}" if c.name in own else f"row.{quoted(c.name)}" for c in table.published
    )
    joins = JOINS.get(table.name, "")
    # This statement holds only names of the contract.
    return (
        f"CREATE OR REPLACE VIEW published.{quoted(table.name)} AS "  # noqa: S608
        f"SELECT {columns} FROM stored.{quoted(table.name)} AS row {joins}"
    )


def views() -> list[str]:
    """Return one CREATE VIEW statement per published table."""
    return [view(table) for table in PUBLISHED]
