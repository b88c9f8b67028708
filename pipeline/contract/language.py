"""The tables of what each article says: parses, mentions, chains, quotes, dates, said_days, events."""

from __future__ import annotations

from pipeline.contract.column import Column, Table
from pipeline.contract.values import (
    CUE_CLASSES,
    DATE_BASES,
    DATE_PROBLEMS,
    DATE_RELATIONS,
    HEX16,
    LABELS,
    QID,
    QUOTE_KINDS,
    RESOLUTIONS,
    ROLE_BASES,
    SAID_BASES,
    SPEAKER_BASES,
    TIMEX_MODS,
    TIMEX_TYPES,
    UTTERANCE_CLASSES,
    document_id,
    optional_span,
    pronoun_counts,
    sentence_id,
    span,
)

PARSES = Table(
    name="parses",
    grain="one article as the language model reads it",
    description="Tokens, dependency tree and named entities of a document, as columns of equal length.",
    key=("document_id",),
    sort=("document_id",),
    where="stored",
    columns=(
        document_id(unique=True),
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
        document_id(),
        sentence_id(),
        *span("the mention"),
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
            "How the mention was linked to its chain: by its name, an alias, an acronym, a demonym (to its country), "
            "a description or a pronoun.",
            required=True,
            enum=RESOLUTIONS,
        ),
        Column(
            "confidence",
            "number",
            "How sure the rules are of the chain, 0 to 1: below 0.6 where a surname, pronoun or description fits "
            "several persons.",
            required=True,
            minimum=0,
            maximum=1,
            example="0.97",
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

CHAINS = Table(
    name="chains",
    grain="one chain of an article, with what the article says of it",
    description="What an article says of each person, body or place that it speaks of: names, roles, country, and the "
    "keys by which the same is looked for in other articles.",
    key=("document_id", "chain"),
    sort=("document_id", "chain"),
    where="stored",
    columns=(
        document_id(),
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
        Column("wikidata", "string", "The item of Wikidata that the reference data say it is.", pattern=QID),
        *pronoun_counts("the article calls"),
        Column("mentions", "integer", "How many mentions it has.", required=True, minimum=1),
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
        document_id(),
        sentence_id(),
        *span("the quoted text (inside the marks)"),
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
        *optional_span("speaker", "the speaker"),
        Column(
            "speaker_basis",
            "string",
            "How the speaker is given: by name, description or pronoun, carried on from the "
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
        Column(
            "speaker_role",
            "string",
            "The speaker's title or office on the day on which it was said; null where no article gives one for that "
            "day. A role that is over is given as such: former President.",
            example="Foreign Minister of Russia",
        ),
        Column(
            "speaker_role_basis",
            "string",
            "Where the role is from: the quotation's sentence; the same, with the word that it was the role then "
            "(then-Senator); elsewhere in the article; another article, published within 31 days of the saying (of its "
            "own article, where the day of the saying is not known).",
            enum=ROLE_BASES,
        ),
        Column("cue", "string", "The word that says that it was said.", example="told"),
        *optional_span("cue", "the cue"),
        Column(
            "cue_class",
            "string",
            "What the cue reports: speech, writing, or an attitude (felt or wanted, which is not said).",
            enum=CUE_CLASSES,
        ),
        Column(
            "class",
            "string",
            "statement: it was said or written; attitude: felt, wanted, planned or refused, in the reporter's words; "
            "nominal: the reporter only names what was said (announced the return of sanctions).",
            required=True,
            enum=UTTERANCE_CLASSES,
        ),
        Column("venue", "string", "To whom or through which medium it was said.", example="Sputnik"),
        *optional_span("venue", "the venue"),
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
            "How the days are known: a date modifies the saying (stated); the speaker goes on at an occasion that is "
            "dated in the sentence or just before (carried); it is quoted behind the last dated act of the story, so "
            "from its day to the publication (story); only that it was not later than the publication; or not.",
            required=True,
            enum=SAID_BASES,
            where="published",
        ),
        Column(
            "said_date_id",
            "string",
            "The expression that dates the saying, where the basis is stated, carried or story.",
            refers_to="dates.date_id",
            where="published",
        ),
        Column(
            "said_confidence",
            "number",
            "How often days known in this way are right, 0 to 1, by quotations that were marked by reading; null where "
            "they are not stated, carried or of the story.",
            minimum=0,
            maximum=1,
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
        document_id(),
        sentence_id(),
        Column(
            "quote_id",
            "string",
            "The quotation that contains it, or whose saying it dates.",
            refers_to="quotes.quote_id",
        ),
        Column(
            "relation", "string", "Whether that quotation contains it, or it dates its saying.", enum=DATE_RELATIONS
        ),
        *span("the expression"),
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
        Column("problem", "string", "Why its meaning cannot be true.", enum=DATE_PROBLEMS),
    ),
)

EVENTS = Table(
    name="events",
    grain="one temporal expression that dates an event which happens once",
    description="What an expression dates, without words of the article: the event's class, what it happened to, and "
    "who is named around it.",
    key=("date_id",),
    sort=("document_id", "start", "end"),
    where="stored",
    columns=(
        Column("date_id", "string", "The expression.", required=True, unique=True, refers_to="dates.date_id"),
        document_id(),
        *span("the expression"),
        Column("event", "string", "The class of the event.", required=True, example="end"),
        Column("themes", "strings", "Stems of the nouns that it happened to.", required=True),
        Column("nouns", "strings", "Stems of the common nouns in its sentence.", required=True),
        Column("chains", "integers", "Chains of the mentions in its sentence.", required=True),
        Column("beside", "integers", "Further chains of the mentions in the sentences beside it.", required=True),
        Column(
            "direction",
            "integer",
            "Negative where it has happened, positive where it is to come, 0 where nothing tells.",
            required=True,
            minimum=-2,
            maximum=2,
        ),
        Column("year", "integer", "The year that the words of the expression say."),
        Column("month", "integer", "The month that they say.", minimum=1, maximum=12),
        Column("month_day", "integer", "The day of the month that they say.", minimum=1, maximum=31),
        Column("weekday", "integer", "The weekday that they say; Monday is 0.", minimum=0, maximum=6),
    ),
)

SAID_DAYS = Table(
    name="said_days",
    grain="one quotation whose days of saying its article tells",
    description="When quotations were said, as far as an expression of their article tells; first fragments only.",
    key=("quote_id",),
    sort=("document_id", "quote_id"),
    where="stored",
    columns=(
        Column("quote_id", "string", "The quotation.", required=True, unique=True, refers_to="quotes.quote_id"),
        document_id(),
        Column("date_id", "string", "The expression that tells the days.", required=True, refers_to="dates.date_id"),
        Column(
            "basis",
            "string",
            "stated: the expression modifies the saying; carried: the speaker goes on at an occasion that it dates; "
            "story: it dates the last act that the story tells before, and the days go on to the publication.",
            required=True,
            enum=("stated", "carried", "story"),
        ),
        Column("earliest", "date", "The first day on which it can have been said.", required=True),
        Column("latest", "date", "The last such day, not after the publication.", required=True),
        Column("confidence", "number", "How often days of this basis are right.", required=True, minimum=0, maximum=1),
    ),
)
