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
    description="Who and what the articles speak of, each once.",
    key=("entity_id",),
    sort=("entity_id",),
    columns=(
        Column("entity_id", "string", "The entity.", required=True, unique=True, pattern=HEX16),
        Column("name", "string", "The fullest usual name.", required=True, example="Sergey Lavrov"),
        Column("label", "string", "What it is (OntoNotes' labels).", required=True, enum=LABELS),
        Column("country", "string", "Its country (ISO 3166-1 alpha-2).", pattern=r"[A-Z]{2}", example="RU"),
        Column(
            "wikidata",
            "string",
            "The item of Wikidata that it is, where the reference data or your alias file say so; never guessed from a "
            "name.",
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
        Column("mentions", "integer", "How often it is mentioned.", required=True, minimum=1),
        Column("documents", "integer", "In how many articles.", required=True, minimum=1),
        Column("first_published", "date", "The earliest day on which an article on it was published."),
        Column("last_published", "date", "The latest such day."),
    ),
)

RESOLUTIONS_TABLE = Table(
    name="resolutions",
    grain="one chain of a document, led to its entity",
    description="Who is who across the corpus: the chain of an article and the entity that it is.",
    key=("document_id", "chain"),
    sort=("document_id", "chain"),
    where="stored",
    columns=(
        document_id(),
        Column("chain", "integer", "The chain in mentions.", required=True, minimum=0),
        Column("form", "string", "Its form in chains when it was resolved.", required=True),
        Column("blocks", "strings", "Its keys then: they tell whom a change may concern.", required=True),
        Column("entity_id", "string", "The entity.", required=True, refers_to="entities.entity_id"),
    ),
)

STATEMENTS = Table(
    name="statements",
    grain="one utterance, as it appears in one or many articles",
    description="The same words of the same speaker, reported once or by many.",
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
        Column("first_published_earliest", "date", "The first day on which an article can have reported it."),
    ),
)

UTTERANCES = Table(
    name="utterances",
    grain="one quotation, led to its statement",
    description="Which quotations report the same utterance.",
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
    description="Which article repeats which, wholly or nearly.",
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
    grain="one bound of a day that another article narrows",
    description="What articles say about each other's days: the bounds of publication dates, days of saying and "
    "temporal expressions that are narrower than the article alone allows, each with its evidence. The columns of "
    "documents, quotes and dates hold them already, with the basis corpus.",
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
        Column("value", "string", "Of an expression: the TIMEX3 value that it then has.", example="2020-10-18"),
        Column(
            "evidence",
            "string",
            "Why: the same utterance (utterance), a copy of the article (copy) or the same event (event) is dated "
            "elsewhere; or it follows from the article's own publication date, which such evidence narrows "
            "(publication).",
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
    description="Where articles contradict each other on a day: the expressions or quotations of both, the days that "
    "each gives, and why they are taken for one event. The earlier days come first.",
    key=("first_id", "second_id"),
    sort=("first_id", "second_id"),
    columns=(
        Column(
            "kind",
            "string",
            "What is dated: an event, by expressions of dates; or an utterance, by what dates its quotations.",
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
