"""The tables entities, resolutions, statements, utterances, duplicates: what articles have in common."""

from __future__ import annotations

from pipeline.contract.column import Column, Table
from pipeline.contract.values import HEX16, LABELS, QID, document_id, pronoun_counts

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
        *pronoun_counts("the articles take"),
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
