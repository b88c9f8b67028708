"""The contract: every table and every column, once.

Belongs here: names, kinds, descriptions and promises of columns. DDL, Polars and Arrow schemas, suites, the data
dictionary, the data package and the asset metadata all derive from these declarations.
Does not belong here: how a table is filled (the stage of its name), stored (warehouse) or judged (expectations).

Offsets count Unicode code points, start inclusive, end exclusive, into `documents.text`; those named `raw_*` into
the raw text as decoded (no newline translation, a byte-order mark not counted). Dates are calendar dates,
intervals closed. What is not known is null, and a `*_basis` column beside it says how it was known or why not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEMA_VERSION = "1.2.0"

type Kind = Literal["string", "integer", "number", "boolean", "date", "strings", "integers", "dates"]
type Where = Literal["both", "stored", "published"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `kind` is its logical type (`strings`, `integers` and `dates` are lists).

    required    never null. A prose column may still be withheld from a release, so it is nullable there.
    unique      no value twice in the table
    enum        the only values allowed
    minimum, maximum, pattern   bounds of a number; a regular expression the whole of a string matches
    refers_to   `table.column` whose values it takes
    where       `stored`: only in the store; `published`: only in a release, joined in from the corpus's tables
    prose       holds running text of the article, so that a release may withhold it
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    refers_to: str | None = None
    example: str | int | float | None = None
    where: Where = "both"
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `key` and `sort` name columns of it; `where` says whether it is stored, published, or both."""

    name: str
    grain: str
    description: str
    key: tuple[str, ...]
    sort: tuple[str, ...]
    columns: tuple[Column, ...]
    where: Where = "both"

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that the store keeps, in the contract's order."""
        return tuple(c for c in self.columns if c.where != "published")

    @property
    def published(self) -> tuple[Column, ...]:
        """The columns that a release holds, in the contract's order."""
        return tuple(c for c in self.columns if c.where != "stored")

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


REFUSAL_REASONS = (
    "empty",
    "binary",
    "undecodable",
    "too-large",
    "unreadable",
    "outside",
    "unsupported",
    "broken-record",
    "no-text",
    "language",
    "repeated",
    "superseded",
    "withdrawn",
    "quarantined",
)
ROLES = ("title", "byline", "dateline", "body")
LABELS = ("PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE")
RESOLUTIONS = ("name", "alias", "acronym", "demonym", "description", "pronoun")
QUOTE_KINDS = ("direct", "mixed", "indirect")
SPEAKER_BASES = ("name", "description", "pronoun", "carried", "corrected", "none")
CUE_CLASSES = ("speech", "writing", "attitude")
PUBLISHED_BASES = ("metadata", "stated", "inferred", "corrected", "unknown")
LICENCE_BASES = ("metadata", "stated", "unknown")
SAID_BASES = ("stated", "publication", "unknown")
DATE_RELATIONS = ("inside", "when_said")
TIMEX_TYPES = ("DATE", "TIME", "DURATION", "SET")
TIMEX_MODS = (
    "BEFORE",
    "AFTER",
    "ON_OR_BEFORE",
    "ON_OR_AFTER",
    "LESS_THAN",
    "MORE_THAN",
    "EQUAL_OR_LESS",
    "EQUAL_OR_MORE",
    "START",
    "MID",
    "END",
    "APPROX",
)
DATE_BASES = ("absolute", "publication", "quotation", "context", "corrected", "unresolved")
CORRECTION_KINDS = ("not-a-quote", "speaker", "date", "published", "same")
DATE_PROBLEMS = (
    "impossible-date",
    "weekday-mismatch",
    "after-publication",
    "out-of-range",
    "reversed-interval",
    "anniversary-mismatch",
)

HEX16 = r"[0-9a-f]{16}"
SHA256 = r"[0-9a-f]{64}"


def _document_id(*, unique: bool = False) -> Column:
    return Column(
        "document_id",
        "string",
        "The article: a hash of its URL, or of its path and record id where no URL is known. A corrected article "
        "keeps it.",
        required=True,
        unique=unique,
        pattern=HEX16,
        refers_to=None if unique else "documents.document_id",
        example="9f2c4b1a7d3e8056",
    )


def _sentence_id() -> Column:
    return Column(
        "sentence_id",
        "string",
        "The sentence in which it starts.",
        required=True,
        refers_to="sentences.sentence_id",
        example="9f2c4b1a7d3e8056:s0-48",
    )


def _span(what: str) -> tuple[Column, Column]:
    return (
        Column(
            "start",
            "integer",
            f"Where {what} starts in documents.text, in code points.",
            required=True,
            minimum=0,
            example=12,
        ),
        Column(
            "end",
            "integer",
            f"Where {what} ends in documents.text, in code points, exclusive.",
            required=True,
            minimum=1,
            example=25,
        ),
    )


def _optional_span(prefix: str, what: str) -> tuple[Column, Column]:
    return (
        Column(f"{prefix}_start", "integer", f"Where {what} starts in documents.text.", minimum=0, example=26),
        Column(f"{prefix}_end", "integer", f"Where {what} ends in documents.text, exclusive.", minimum=1, example=32),
    )


RAWS = Table(
    name="raws",
    grain="one record of the raw folder, as read",
    description="The raw text of every record that could be read, what its file or record says of it, and whether "
    "it is the one that stands for its document.",
    key=("origin",),
    sort=("origin",),
    where="stored",
    columns=(
        Column(
            "origin",
            "string",
            "Where the record stands: the path in the raw folder, followed by #line-N in a file that holds many.",
            required=True,
            unique=True,
            example="wire/2026-03.jsonl#line-4",
        ),
        Column("path", "string", "The file's path in the raw folder.", required=True, example="wire/2026-03.jsonl"),
        Column("document_id", "string", "The article it is an edition of.", required=True, pattern=HEX16),
        Column("source", "string", "The record's own name: path, then # and its id.", required=True),
        Column("url", "string", "The article's address, where the record gives it."),
        Column("content_sha256", "string", "SHA-256 of the record's text as UTF-8.", required=True, pattern=SHA256),
        Column(
            "record_sha256",
            "string",
            "SHA-256 of the text and of all that the record says of itself: what the documents are made from.",
            required=True,
            pattern=SHA256,
        ),
        Column("encoding", "string", "The encoding the bytes were read in.", required=True, example="utf-8"),
        Column("bytes", "integer", "Bytes of the record.", required=True, minimum=1),
        Column("extractor", "string", "The reader that gave the text.", required=True, example="text"),
        Column("extractor_version", "string", "The reader's version.", required=True, example="1"),
        Column("known_title", "string", "The title that the record gives."),
        Column("known_author", "string", "The author that the record gives."),
        Column("known_publisher", "string", "The publisher that the record gives."),
        Column("known_published", "string", "The publication date that the record gives, as it stands there."),
        Column("known_licence", "string", "The licence that the record gives, as it stands there."),
        Column("known_archived", "date", "The day on which a web archive took the page (UTC)."),
        Column("standing", "boolean", "Whether this record stands for its document.", required=True),
        Column("text", "string", "The raw text, as decoded.", required=True, prose=True),
    ),
)

DOCUMENTS = Table(
    name="documents",
    grain="one article as it stands now",
    description="The articles: their cleaned text, where they come from, when and by whom they were published, and "
    "under which licence.",
    key=("document_id",),
    sort=("document_id",),
    columns=(
        _document_id(unique=True),
        Column(
            "source",
            "string",
            "The path in the raw folder, followed by # and the record's id where a file holds many.",
            required=True,
            example="wire/2026-03.jsonl#story-17",
        ),
        Column("url", "string", "The article's address, where the raw record gives it."),
        Column(
            "content_sha256",
            "string",
            "SHA-256 of the raw text as UTF-8: which edition of the article this is.",
            required=True,
            pattern=SHA256,
        ),
        Column("encoding", "string", "The encoding the raw bytes were read in.", required=True, example="utf-8"),
        Column("publisher", "string", "Who published the article.", example="Harbour Gazette"),
        Column("agency", "string", "The news agency that the article credits.", example="Reuters"),
        Column("author", "string", "The author, as the record or the byline has it."),
        Column("title", "string", "The headline."),
        Column("dateline", "string", "The place named at the head of the text.", example="TEHRAN"),
        Column("language", "string", "The language of the text (ISO 639-1).", pattern=r"[a-z]{2}", example="en"),
        Column("published_on", "date", "The day of publication, where one day is known.", example="2026-03-14"),
        Column("published_earliest", "date", "The first day on which it can have been published."),
        Column("published_latest", "date", "The last day on which it can have been published."),
        Column(
            "published_basis",
            "string",
            "How the day is known: given with the record, stated in the text, inferred from what the text speaks "
            "of, or not known.",
            required=True,
            enum=PUBLISHED_BASES,
        ),
        Column("published_text", "string", "The publication date as the record or the text states it."),
        Column("raw_published_start", "integer", "Where the statement or evidence starts in the raw text.", minimum=0),
        Column("raw_published_end", "integer", "Where it ends in the raw text, exclusive.", minimum=1),
        Column(
            "published_evidence",
            "strings",
            "Of an inferred interval: each bound that made it, with the words that prove it, or make it likely. Likely "
            "ones come after the proved ones and only narrow what those leave.",
        ),
        Column("licence", "string", "The licence, as an SPDX identifier.", example="CC-BY-4.0"),
        Column(
            "licence_basis",
            "string",
            "How the licence is known: given with the record, stated in the text, or not known.",
            required=True,
            enum=LICENCE_BASES,
        ),
        Column("raw_licence_start", "integer", "Where the licence is granted in the raw text.", minimum=0),
        Column("raw_licence_end", "integer", "Where the grant ends in the raw text, exclusive.", minimum=1),
        Column(
            "duplicate_of",
            "string",
            "The earliest article that this one repeats, wholly or nearly.",
            refers_to="documents.document_id",
            where="published",
        ),
        Column("characters", "integer", "Code points in text.", required=True, minimum=1),
        Column("words", "integer", "Words in text.", required=True, minimum=0),
        Column("text", "string", "The cleaned text of the article.", required=True, prose=True),
    ),
)

EDITS = Table(
    name="edits",
    grain="one change made to a raw text on its way to documents.text",
    description="The raw text with its edits applied is exactly documents.text, so every character of the raw text "
    "is either published or stands in an edit.",
    key=("document_id", "position"),
    sort=("document_id", "position"),
    columns=(
        _document_id(),
        Column("position", "integer", "Which edit of its document, from 0.", required=True, minimum=0),
        Column("raw_start", "integer", "Where the changed characters start in the raw text.", required=True, minimum=0),
        Column("raw_end", "integer", "Where they end in the raw text, exclusive.", required=True, minimum=0),
        Column("original", "string", "The characters that stood there.", required=True, prose=True),
        Column("replacement", "string", "What stands there now; empty where they were removed.", required=True),
        Column("rule", "string", "The cleaning rule that asked for it.", required=True, example="comment-form"),
    ),
)

REFUSALS = Table(
    name="refusals",
    grain="one file or record that was not taken in, and why",
    description="Nothing is lost in silence: what is not a document is here, with its reason.",
    key=("source",),
    sort=("source",),
    columns=(
        Column(
            "source",
            "string",
            "The path in the raw folder, followed by #line-N where a file holds many records.",
            required=True,
            unique=True,
            example="wire/2026-03.jsonl#line-9",
        ),
        Column("content_sha256", "string", "SHA-256 of the bytes, where they could be read.", pattern=SHA256),
        Column("bytes", "integer", "Bytes of the file or record, where known.", minimum=0),
        Column("reason", "string", "Why it was refused.", required=True, enum=REFUSAL_REASONS),
        Column("detail", "string", "The reason in one line, for a reader.", required=True),
        Column(
            "document_id",
            "string",
            "The article that was quarantined; null for every other reason.",
            pattern=HEX16,
            example="9f2c4b1a7d3e8056",
        ),
        Column("check", "string", "The check that the quarantined article broke; null for every other reason."),
        Column("path", "string", "The file's path in the raw folder.", required=True, where="stored"),
    ),
)

SENTENCES = Table(
    name="sentences",
    grain="one sentence",
    description="The text cut into sentences, with what each is: headline, byline, dateline or body.",
    key=("sentence_id",),
    sort=("document_id", "position"),
    columns=(
        Column(
            "sentence_id",
            "string",
            "The sentence: its document and its place.",
            required=True,
            unique=True,
            example="9f2c4b1a7d3e8056:s0-48",
        ),
        _document_id(),
        Column("position", "integer", "Which sentence of its document, from 0.", required=True, minimum=0),
        Column("role", "string", "What the sentence is.", required=True, enum=ROLES),
        *_span("the sentence"),
        Column("text", "string", "The words of the sentence.", required=True, prose=True),
    ),
)

PARSES = Table(
    name="parses",
    grain="one article as the language model reads it",
    description="Tokens, dependency tree and named entities of a document, as columns of equal length.",
    key=("document_id",),
    sort=("document_id",),
    where="stored",
    columns=(
        _document_id(unique=True),
        Column("token_start", "integers", "Where each token starts in documents.text.", required=True),
        Column("token_end", "integers", "Where each token ends, exclusive.", required=True),
        Column("head", "integers", "The index of each token's head; a root is its own.", required=True),
        Column("dep", "strings", "Each token's dependency label (ClearNLP).", required=True),
        Column("tag", "strings", "Each token's part of speech (Penn Treebank).", required=True),
        Column("entity_start", "integers", "Where each named entity starts in documents.text.", required=True),
        Column("entity_end", "integers", "Where each named entity ends, exclusive.", required=True),
        Column("entity_label", "strings", "Each named entity's label (OntoNotes).", required=True),
    ),
)

MENTIONS = Table(
    name="mentions",
    grain="one mention of an entity in a document",
    description="Every place where the text names, describes or points at a person, an organisation, a place or the "
    "like, and who is who inside one article.",
    key=("mention_id",),
    sort=("document_id", "start", "end"),
    columns=(
        Column(
            "mention_id",
            "string",
            "The mention: its document and its place.",
            required=True,
            unique=True,
            example="9f2c4b1a7d3e8056:m12-25",
        ),
        _document_id(),
        _sentence_id(),
        *_span("the mention"),
        Column("text", "string", "The words of the mention.", required=True, example="Amir Hatami"),
        Column("label", "string", "What is named (OntoNotes' labels).", required=True, enum=LABELS),
        Column(
            "chain",
            "integer",
            "Mentions of one document with the same number are taken to be the same.",
            required=True,
            minimum=0,
        ),
        Column(
            "resolution",
            "string",
            "How the mention was led to its chain: by its name, an alias, an acronym, a demonym (to its country), "
            "a description or a pronoun.",
            required=True,
            enum=RESOLUTIONS,
        ),
        Column(
            "entity_id",
            "string",
            "Who or what it is across the corpus.",
            refers_to="entities.entity_id",
            where="published",
        ),
    ),
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
        Column("mentions", "integer", "How often it is mentioned.", required=True, minimum=1),
        Column("documents", "integer", "In how many articles.", required=True, minimum=1),
        Column("first_published", "date", "The earliest day on which an article on it was published."),
        Column("last_published", "date", "The latest such day."),
    ),
)

QUOTES = Table(
    name="quotes",
    grain="one quotation: words set in quotation marks and attributed, or reported speech",
    description="Who said what, according to which article, to whom and when.",
    key=("quote_id",),
    sort=("document_id", "start", "end", "quote_id"),
    columns=(
        Column(
            "quote_id",
            "string",
            "The quotation: a hash of its document, kind, words and occurrence, so that it survives edits elsewhere.",
            required=True,
            unique=True,
            pattern=HEX16,
        ),
        _document_id(),
        _sentence_id(),
        *_span("the quoted text (inside the marks)"),
        Column(
            "text",
            "string",
            "The words: those inside the marks, or the reported clause of an indirect quotation.",
            required=True,
            prose=True,
        ),
        Column(
            "kind",
            "string",
            "direct: in marks and whole; mixed: in marks, as part of the reporter's clause; indirect: without marks.",
            required=True,
            enum=QUOTE_KINDS,
        ),
        Column(
            "part_of",
            "string",
            "The first fragment of the utterance, where its speaker or the reporter breaks in.",
            refers_to="quotes.quote_id",
        ),
        Column("speaker", "string", "The speaker in the words of the article.", example="the defense chief"),
        *_optional_span("speaker", "the speaker"),
        Column(
            "speaker_basis",
            "string",
            "How the speaker stands beside the quotation: by name, description or pronoun, carried on from the "
            "quotation before, corrected by hand, or not at all.",
            required=True,
            enum=SPEAKER_BASES,
        ),
        Column("speaker_chain", "integer", "The speaker's chain in mentions.", minimum=0, where="stored"),
        Column(
            "speaker_entity_id",
            "string",
            "Who the speaker is across the corpus.",
            refers_to="entities.entity_id",
            where="published",
        ),
        Column("speaker_name", "string", "The speaker's canonical name.", where="published", example="Amir Hatami"),
        Column("cue", "string", "The word that says that it was said.", example="told"),
        *_optional_span("cue", "the cue"),
        Column(
            "cue_class",
            "string",
            "What the cue tells of: speech, writing, or an attitude (felt or wanted, which is not said).",
            enum=CUE_CLASSES,
        ),
        Column("venue", "string", "To whom or through which medium it was said.", example="Sputnik"),
        *_optional_span("venue", "the venue"),
        Column("venue_chain", "integer", "The venue's chain in mentions.", minimum=0, where="stored"),
        Column(
            "venue_entity_id",
            "string",
            "Who or what the venue is across the corpus.",
            refers_to="entities.entity_id",
            where="published",
        ),
        Column("said_earliest", "date", "The first day on which it can have been said.", where="published"),
        Column("said_latest", "date", "The last day on which it can have been said.", where="published"),
        Column(
            "said_basis",
            "string",
            "How the day is known: a date stands with the cue, only that it was not later than the publication, or "
            "not known.",
            required=True,
            enum=SAID_BASES,
            where="published",
        ),
        Column(
            "confidence",
            "number",
            "How sure the rules are that words and speaker are right, 0 to 1; 1 where a speaker was corrected by hand.",
            required=True,
            minimum=0,
            maximum=1,
        ),
        Column(
            "statement_id",
            "string",
            "The utterance it reports, across articles.",
            refers_to="statements.statement_id",
            where="published",
        ),
    ),
)

DATES = Table(
    name="dates",
    grain="one temporal expression",
    description="Every day, time, span and repetition that the text speaks of, what it means on the calendar, and "
    "whether it can be true.",
    key=("date_id",),
    sort=("document_id", "start", "end"),
    columns=(
        Column(
            "date_id",
            "string",
            "The expression: its document and its place.",
            required=True,
            unique=True,
            example="9f2c4b1a7d3e8056:d30-39",
        ),
        _document_id(),
        _sentence_id(),
        Column(
            "quote_id",
            "string",
            "The quotation it stands in, or whose saying it dates.",
            refers_to="quotes.quote_id",
        ),
        Column("relation", "string", "How it stands to that quotation.", enum=DATE_RELATIONS),
        *_span("the expression"),
        Column("text", "string", "The words of the expression.", required=True, example="Sunday"),
        Column("type", "string", "TIMEX3 type.", required=True, enum=TIMEX_TYPES),
        Column("value", "string", "TIMEX3 value; null where nothing can be said.", example="2020-10-18"),
        Column("mod", "string", "TIMEX3 modifier.", enum=TIMEX_MODS),
        Column("earliest", "date", "The first day it can mean."),
        Column("latest", "date", "The last day it can mean."),
        Column(
            "basis",
            "string",
            "What it was anchored on: nothing (it names its day), the publication, the quotation's day, a date "
            "before it in the text; corrected by hand; or it stays open.",
            required=True,
            enum=DATE_BASES,
        ),
        Column("problem", "string", "Why it cannot be true as it stands.", enum=DATE_PROBLEMS),
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

CHAINS = Table(
    name="chains",
    grain="one chain of an article, with what the article says of it",
    description="What an article says of each person, body or place that it speaks of: names, roles, country, and the "
    "keys by which the same is looked for in other articles.",
    key=("document_id", "chain"),
    sort=("document_id", "chain"),
    where="stored",
    columns=(
        _document_id(),
        Column("chain", "integer", "The chain in mentions.", required=True, minimum=0),
        Column("label", "string", "What it is, in most of its names.", required=True, enum=LABELS),
        Column(
            "form",
            "string",
            "What names of one thing share on their own; chains of one form are the same unless something speaks "
            "against it.",
            required=True,
            example="PERSON sergey lavrov",
        ),
        Column(
            "facet",
            "string",
            "The form, with what can keep people of one name apart: middle name, country and groups of offices.",
            required=True,
        ),
        Column(
            "sure",
            "boolean",
            "Whether the form names one thing by itself; a lone surname or a supreme court does not.",
            required=True,
        ),
        Column("short", "boolean", "Whether only a surname or an acronym is known.", required=True),
        Column("blocks", "strings", "Keys that candidates of the same share.", required=True),
        Column("names", "strings", "Its names as written, the most frequent first.", required=True),
        Column("name_mentions", "integers", "How often each of the names stands there.", required=True),
        Column("roles", "strings", "Titles and descriptions, with their country.", required=True),
        Column("role_mentions", "integers", "How often each of the roles stands there.", required=True),
        Column("offices", "strings", "Groups of offices among the roles.", required=True),
        Column("middle", "string", "What stands between a person's first and last name.", required=True),
        Column("country", "string", "Its country (ISO 3166-1 alpha-2).", pattern=r"[A-Z]{2}"),
        Column("mentions", "integer", "How many mentions it has.", required=True, minimum=1),
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
        _document_id(),
        Column("chain", "integer", "The chain in mentions.", required=True, minimum=0),
        Column("form", "string", "Its form in chains when it was resolved.", required=True),
        Column("blocks", "strings", "Its keys then: they tell whom a change may concern.", required=True),
        Column("entity_id", "string", "The entity.", required=True, refers_to="entities.entity_id"),
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
        _document_id(),
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
        _document_id(unique=True),
        Column(
            "duplicate_of",
            "string",
            "The earliest article that it repeats.",
            required=True,
            refers_to="documents.document_id",
        ),
    ),
)

LEDGER = Table(
    name="ledger",
    grain="one document brought up to date by one stage",
    description="What each stage's rows of a document were made from, as a fingerprint.",
    key=("stage", "document_id"),
    sort=("stage", "document_id"),
    where="stored",
    columns=(
        Column("stage", "string", "The stage, by the name of its first table.", required=True),
        Column("document_id", "string", "The document; * for a stage of the whole corpus.", required=True),
        Column("fingerprint", "string", "SHA-256 of inputs, code version and settings.", required=True, pattern=SHA256),
    ),
)

FILES = Table(
    name="files",
    grain="one file of the raw folder, as last read",
    description="Size, time and hash of each raw file, so that an unchanged one is not read again. What stands beside "
    "a file and says more of it counts as part of it.",
    key=("path",),
    sort=("path",),
    where="stored",
    columns=(
        Column("path", "string", "The file's path in the raw folder.", required=True, unique=True),
        Column("bytes", "integer", "Its size, with that of its sidecar.", required=True, minimum=0),
        Column("modified_ns", "integer", "Its modification time, in nanoseconds since 1970.", required=True),
        Column("content_sha256", "string", "SHA-256 of its bytes, where they could be read.", pattern=SHA256),
        Column("read_version", "string", "The version of the reader that read it.", required=True),
    ),
)

FAILURES = Table(
    name="failures",
    grain="one document that a stage could not work on",
    description="What went wrong with a document, until a later run succeeds.",
    key=("stage", "document_id"),
    sort=("stage", "document_id"),
    where="stored",
    columns=(
        Column("stage", "string", "The stage.", required=True),
        Column("document_id", "string", "The document.", required=True),
        Column("reason", "string", "The error in one line.", required=True),
        Column(
            "fingerprint",
            "string",
            "The ledger's fingerprint of what it was to be made from, where it took too long or ended its worker: the "
            "document is tried again when this changes. Null where each run tries it again.",
            pattern=SHA256,
        ),
        Column("seconds", "integer", "The time limit at that time: it is tried again under a longer one.", minimum=1),
    ),
)

VERDICTS = Table(
    name="verdicts",
    grain="one promise, as last judged",
    description="Whether each promise of the contract and each belief holds, and for which state of the tables.",
    key=("check",),
    sort=("check",),
    where="stored",
    columns=(
        Column("check", "string", "The promise.", required=True, unique=True, example="quotes_at_span"),
        Column("table", "string", "The table it is about.", required=True),
        Column("promise", "string", "What it says, in a sentence.", required=True),
        Column("severity", "string", "What a breach means.", required=True, enum=("error", "warn")),
        Column("passed", "boolean", "Whether it held.", required=True),
        Column("found", "integer", "Rows that break it.", required=True, minimum=0),
        Column("judged", "integer", "Rows it was held against.", required=True, minimum=0),
        Column("detail", "string", "What was found, in one line.", required=True),
        Column("examples", "string", "A few offending rows, as JSON.", required=True),
        Column("state", "string", "Fingerprint of the tables it was reached on.", required=True, pattern=SHA256),
        Column("made_from", "string", "Fingerprint of what was asked.", required=True, pattern=SHA256),
    ),
)

JUDGED = Table(
    name="judged",
    grain="one document, as every check last saw it",
    description="Which documents have been judged as they are, so that the others alone are looked at.",
    key=("document_id",),
    sort=("document_id",),
    where="stored",
    columns=(
        Column("document_id", "string", "The document.", required=True, unique=True),
        Column("fingerprint", "string", "What it was made from, by all stages.", required=True, pattern=SHA256),
    ),
)

OFFENCES = Table(
    name="offences",
    grain="one document in which a check found rows that break it",
    description="What checks of single documents have found, so that a fault goes on to be known while its document "
    "does not change.",
    key=("check", "document_id"),
    sort=("check", "document_id"),
    where="stored",
    columns=(
        Column("check", "string", "The promise.", required=True),
        Column("document_id", "string", "The document.", required=True),
        Column("found", "integer", "Rows of it that break the promise.", required=True, minimum=1),
    ),
)

CORRECTIONS = Table(
    name="corrections",
    grain="one correction made by hand, which won over the rules",
    description="What people who know better said of a row: not a quotation, another speaker, another day, two names "
    "of one thing. A later build makes the same correction again.",
    key=("line",),
    sort=("line",),
    columns=(
        Column("line", "integer", "Its line in the corrections file.", required=True, unique=True, minimum=1),
        Column("kind", "string", "What it corrects.", required=True, enum=CORRECTION_KINDS),
        Column("document_id", "string", "The article; of two names, the label.", required=True),
        Column(
            "target",
            "string",
            "The quote_id or date_id that it corrects; of two names, the one that is not canonical; - where it is the "
            "article itself.",
            required=True,
        ),
        Column(
            "value",
            "string",
            "What is right: the speaker's name, the day or two days with / between, the canonical name; of what is no "
            "quotation, the words.",
            required=True,
            prose=True,
        ),
        Column("note", "string", "Who says so, and why.", required=True),
        Column(
            "applied",
            "boolean",
            "Whether the row that it corrects was there.",
            required=True,
            where="published",
        ),
    ),
)

QUARANTINE = Table(
    name="quarantine",
    grain="one article kept out of the release because its rows break a structural check",
    description="Which check the article broke, in which row, and what its rows were made from: when that changes, the "
    "article is tried again.",
    key=("document_id",),
    sort=("document_id",),
    where="stored",
    columns=(
        _document_id(unique=True),
        Column("check", "string", "The first check that it broke.", required=True),
        Column("table", "string", "The table of that check.", required=True),
        Column("row", "string", "The key of the row that broke it, its parts by a space.", required=True),
        Column("start", "integer", "Where that row starts in the article's text, where it has a place there."),
        Column("end", "integer", "Where it ends, exclusive."),
        Column("found", "integer", "How many rows of the article break a structural check.", required=True, minimum=1),
        Column("root", "string", "The ledger's fingerprint of its record.", required=True, pattern=SHA256),
        Column(
            "made_with",
            "string",
            "SHA-256 of code, settings and checks under which it broke; empty where another try may end otherwise.",
            required=True,
        ),
    ),
)

DIGESTS = Table(
    name="digests",
    grain="the rows of one document in one stored table",
    description="How many rows they are, and a digest of their values: rows that another program has changed show.",
    key=("table", "document_id"),
    sort=("table", "document_id"),
    where="stored",
    columns=(
        Column("table", "string", "The stored table.", required=True),
        Column("document_id", "string", "The document; * for the rows of a table without documents.", required=True),
        Column("rows", "integer", "How many rows there are.", required=True, minimum=0),
        Column("digest", "integer", "Exclusive or of the rows' digests.", required=True, minimum=0),
    ),
)

TABLES: tuple[Table, ...] = (
    RAWS,
    DOCUMENTS,
    EDITS,
    REFUSALS,
    SENTENCES,
    PARSES,
    MENTIONS,
    CHAINS,
    ENTITIES,
    RESOLUTIONS_TABLE,
    QUOTES,
    DATES,
    STATEMENTS,
    UTTERANCES,
    DUPLICATES,
    CORRECTIONS,
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
# Our own bookkeeping: in the store, never in a release.
OURS: tuple[Table, ...] = (LEDGER, FILES, FAILURES, VERDICTS, JUDGED, OFFENCES, QUARANTINE, DIGESTS)
STORED: tuple[Table, ...] = tuple(t for t in TABLES if t.where != "published")
# Tables whose rows have digests.
DIGESTED: tuple[Table, ...] = tuple(t for t in (*STORED, *OURS) if t is not DIGESTS)
PUBLISHED: tuple[Table, ...] = tuple(t for t in TABLES if t.where != "stored")
