"""The corpus-wide tables: entities, resolutions, statements, utterances, duplicates, date_bounds, date_conflicts."""

from __future__ import annotations

from pipeline.contract.column import Column, Table
from pipeline.contract.values import (
    BOUND_EVIDENCE,
    BOUND_TARGETS,
    CONFLICT_KINDS,
    HEX16,
    LABELS,
    QID,
    SIDES,
    document_id,
    pronoun_counts,
)

ENTITIES = Table(
    name="entities",
    grain="one person, organisation, place ... across the corpus",
    description="The people, organisations, places and other things that the articles name; one row each.",
    key=("entity_id",),
    sort=("entity_id",),
    columns=(
        Column("entity_id", "string", "The entity.", required=True, unique=True, pattern=HEX16),
        Column(
            "name",
            "string",
            "The canonical name: the most complete of the frequent names.",
            required=True,
            example="Sergey Lavrov",
        ),
        Column("label", "string", "What it is (OntoNotes' labels).", required=True, enum=LABELS),
        Column("country", "string", "Its country (ISO 3166-1 alpha-2).", pattern=r"[A-Z]{2}", example="RU"),
        Column(
            "wikidata",
            "string",
            "The Wikidata item, if the reference data or your alias file give it; never guessed from the name.",
            pattern=QID,
            example="Q142",
        ),
        Column(
            "roles",
            "strings",
            "Titles and offices that the articles give it, with their country where one is named, the most frequent "
            "first.",
            required=True,
        ),
        Column("roles_mentions", "integers", "How often each of the roles is given to it.", required=True),
        Column(
            "roles_first",
            "dates",
            "For each of the roles, the earliest day of publication of an article that gives it; null where no day "
            "is known.",
            required=True,
        ),
        Column("roles_last", "dates", "For each of the roles, the latest such day.", required=True),
        Column("aliases", "strings", "The other names that the articles use, the most frequent first.", required=True),
        Column("aliases_mentions", "integers", "How often each of the aliases is used.", required=True),
        *pronoun_counts("the articles call"),
        Column("mentions", "integer", "Number of mentions.", required=True, minimum=1),
        Column("documents", "integer", "Number of articles that mention it.", required=True, minimum=1),
        Column("first_published", "date", "The earliest day on which an article on it was published."),
        Column("last_published", "date", "The latest such day."),
    ),
)

RESOLUTIONS_TABLE = Table(
    name="resolutions",
    grain="one chain of mentions in an article, with its entity",
    description="The entity of each chain (all mentions of one person, body or place in an article).",
    key=("document_id", "chain"),
    sort=("document_id", "chain"),
    where="stored",
    columns=(
        document_id(),
        Column("chain", "integer", "The chain in mentions.", required=True, minimum=0),
        Column("form", "string", "The chain's form (matching key) when its entity was decided.", required=True),
        Column(
            "blocks",
            "strings",
            "The chain's candidate keys at that time; they show which other chains a change can affect.",
            required=True,
        ),
        Column("entity_id", "string", "The entity.", required=True, refers_to="entities.entity_id"),
    ),
)

STATEMENTS = Table(
    name="statements",
    grain="one utterance, as it appears in one or many articles",
    description="What one speaker said once, as reported by one or several articles.",
    key=("statement_id",),
    sort=("statement_id",),
    columns=(
        Column("statement_id", "string", "The utterance.", required=True, unique=True, pattern=HEX16),
        Column("text", "string", "Its fullest wording.", required=True, prose=True),
        Column(
            "speaker_entity_id",
            "string",
            "Who said it.",
            refers_to="entities.entity_id",
        ),
        Column("quotes", "integer", "How many quotations report it.", required=True, minimum=1),
        Column("documents", "integer", "How many articles report it.", required=True, minimum=1),
        Column(
            "first_published_earliest",
            "date",
            "The first day on which an article that reports it can have been published.",
        ),
    ),
)

UTTERANCES = Table(
    name="utterances",
    grain="one quotation, with its statement",
    description="The statement that each quotation reports; quotations of one utterance have the same one.",
    key=("quote_id",),
    sort=("quote_id",),
    where="stored",
    columns=(
        Column("quote_id", "string", "The quotation.", required=True, unique=True, refers_to="quotes.quote_id"),
        document_id(),
        Column("statement_id", "string", "The utterance.", required=True, refers_to="statements.statement_id"),
    ),
)

DUPLICATES = Table(
    name="duplicates",
    grain="one article that repeats another",
    description="Which article is a full or near copy of which earlier one.",
    key=("document_id",),
    sort=("document_id",),
    where="stored",
    columns=(
        document_id(unique=True),
        Column(
            "duplicate_of",
            "string",
            "The earliest article that it repeats.",
            required=True,
            refers_to="documents.document_id",
        ),
    ),
)

DATE_BOUNDS = Table(
    name="date_bounds",
    grain="one bound of a day, narrowed with evidence from another article",
    description="Bounds of publication dates, days of saying and temporal expressions that other articles narrow, "
    "each with its evidence. The columns of documents, quotes and dates already include them, with the "
    "basis corpus.",
    key=("target", "target_id", "side"),
    sort=("document_id", "target", "target_id", "side"),
    columns=(
        document_id(),
        Column(
            "target",
            "string",
            "What is narrowed: the article's publication, the day of saying of a quotation, or an expression of dates.",
            required=True,
            enum=BOUND_TARGETS,
        ),
        Column("target_id", "string", "Its document_id, quote_id or date_id.", required=True),
        Column("side", "string", "Which bound.", required=True, enum=SIDES),
        Column("day", "date", "The bound.", required=True),
        Column("value", "string", "For an expression: its TIMEX3 value after narrowing.", example="2020-10-18"),
        Column(
            "evidence",
            "string",
            "The kind of evidence: another article dates the same utterance (utterance), is a copy (copy) or "
            "dates the same event (event); or the bound follows from the article's own publication date, "
            "which such evidence narrows (publication).",
            required=True,
            enum=BOUND_EVIDENCE,
        ),
        Column(
            "evidence_document_id",
            "string",
            "The article that holds the evidence.",
            required=True,
            pattern=HEX16,
            refers_to="documents.document_id",
        ),
        Column("evidence_start", "integer", "Where the evidence starts in its text.", required=True, minimum=0),
        Column("evidence_end", "integer", "Where it ends in its text, exclusive.", required=True, minimum=1),
    ),
)


def _conflicting(side: str) -> tuple[Column, ...]:
    return (
        Column(
            f"{side}_document_id",
            "string",
            f"The article of the {side} of the two.",
            required=True,
            pattern=HEX16,
            refers_to="documents.document_id",
        ),
        Column(f"{side}_id", "string", "Its date_id, or its quote_id where an utterance is dated.", required=True),
        Column(f"{side}_start", "integer", "Where it starts in its text.", required=True, minimum=0),
        Column(f"{side}_end", "integer", "Where it ends in its text, exclusive.", required=True, minimum=1),
        Column(f"{side}_earliest", "date", "The first day that it gives.", required=True),
        Column(f"{side}_latest", "date", "The last day that it gives.", required=True),
    )


DATE_CONFLICTS = Table(
    name="date_conflicts",
    grain="one event or utterance that two articles date differently",
    description="Events or utterances for which two articles give different days: the expressions or quotations of "
    "both, the days that each gives, and why they are taken for the same. The earlier days come first.",
    key=("first_id", "second_id"),
    sort=("first_id", "second_id"),
    columns=(
        Column(
            "kind",
            "string",
            "The kind of conflict: an event, dated by expressions of dates; or an utterance, dated by what "
            "dates its quotations.",
            required=True,
            enum=CONFLICT_KINDS,
        ),
        *_conflicting("first"),
        *_conflicting("second"),
        Column("days_apart", "integer", "Days between the two.", required=True, minimum=1),
        Column("event", "string", "The class of the event.", example="vote"),
        Column("entities", "strings", "Entities named by both where they report the event.", required=True),
        Column("statement_id", "string", "The utterance.", refers_to="statements.statement_id"),
    ),
)
