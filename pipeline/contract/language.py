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
    grain="one article as parsed by the language model",
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
    description="Every place where the text names, describes or refers by pronoun to a person, an organisation, a "
    "place or the like; chain groups the mentions of one of them in an article.",
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
            "Mentions of one document with the same number refer to the same person or thing.",
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
            "Confidence in the chain, 0 to 1; below 0.6 if a surname, pronoun or description fits several persons.",
            required=True,
            minimum=0,
            maximum=1,
            example="0.97",
        ),
        Column(
            "entity_id",
            "string",
            "The entity_id across the corpus.",
            refers_to="entities.entity_id",
            where="published",
        ),
    ),
)

CHAINS = Table(
    name="chains",
    grain="one person, body or place that an article names (a chain of mentions), with what the article says of it",
    description="What an article says about each person, body or place that it names: names, roles, country, and the "
    "keys by which it is matched across articles.",
    key=("document_id", "chain"),
    sort=("document_id", "chain"),
    where="stored",
    columns=(
        document_id(),
        Column("chain", "integer", "The chain in mentions.", required=True, minimum=0),
        Column("label", "string", "The label of most of its names.", required=True, enum=LABELS),
        Column(
            "form",
            "string",
            "Matching key: label and normalised name. Chains with the same form are one entity unless there "
            "is evidence against it.",
            required=True,
            example="PERSON sergey lavrov",
        ),
        Column(
            "facet",
            "string",
            "The form, with what distinguishes people of one name: middle name, country and groups of offices.",
            required=True,
        ),
        Column(
            "sure",
            "boolean",
            'Whether the form identifies one person or thing by itself; false for a lone surname or "supreme court".',
            required=True,
        ),
        Column("short", "boolean", "Whether only a surname or an acronym is known.", required=True),
        Column("blocks", "strings", "Candidate keys: chains that share one are compared.", required=True),
        Column("names", "strings", "Its names as written, the most frequent first.", required=True),
        Column("name_mentions", "integers", "How often each of the names occurs.", required=True),
        Column("roles", "strings", "Titles and descriptions, with their country.", required=True),
        Column("role_mentions", "integers", "How often each of the roles occurs.", required=True),
        Column("offices", "strings", "Groups of offices among the roles.", required=True),
        Column("middle", "string", "The words between a person's first and last name.", required=True),
        Column("country", "string", "Its country (ISO 3166-1 alpha-2).", pattern=r"[A-Z]{2}"),
        Column("wikidata", "string", "The Wikidata item, if the reference data give one.", pattern=QID),
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
            "The quote_id of the utterance's first fragment, if the speaker's words are interrupted; null for "
            "the first fragment.",
            refers_to="quotes.quote_id",
        ),
        Column("speaker", "string", "The speaker as worded in the article.", example="the defense chief"),
        *optional_span("speaker", "the speaker"),
        Column(
            "speaker_basis",
            "string",
            "How the speaker is identified: by name, description or pronoun, carried over from the quotation "
            "before, corrected by hand, or not at all.",
            required=True,
            enum=SPEAKER_BASES,
        ),
        Column("speaker_chain", "integer", "The speaker's chain in mentions.", minimum=0, where="stored"),
        Column(
            "speaker_entity_id",
            "string",
            "The speaker's entity_id across the corpus.",
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
            "Where the role is from: the quotation's sentence (sentence); the same, with a word such as "
            '"then-Senator" (then); elsewhere in the article (article); another article published within 31 '
            "days of the saying, or of its own article if that day is unknown (corpus).",
            enum=ROLE_BASES,
        ),
        Column(
            "cue", "string", 'The word that marks the words as said, such as "said" or "according to".', example="told"
        ),
        *optional_span("cue", "the cue"),
        Column(
            "cue_class",
            "string",
            "The kind of cue: speech, writing, or attitude (felt or wanted, not said).",
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
            "The venue's entity_id across the corpus.",
            refers_to="entities.entity_id",
            where="published",
        ),
        Column("said_earliest", "date", "The first day on which it can have been said.", where="published"),
        Column("said_latest", "date", "The last day on which it can have been said.", where="published"),
        Column(
            "said_basis",
            "string",
            "How the days are known: a date modifies the verb of saying (stated); the speaker continues at an "
            "occasion dated in the sentence or just before (carried); the quotation follows the last dated "
            "event of the article, so it lies between that day and the publication (story); another article gives a "
            "bound (corpus); only not later than the publication (publication); or unknown.",
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
            "The share of days found in this way that are right, 0 to 1, measured on manually annotated "
            "quotations; null if the basis is not stated, carried or story.",
            minimum=0,
            maximum=1,
            where="published",
        ),
        Column(
            "confidence",
            "number",
            "Confidence that words and speaker are right, 0 to 1; 1 if a speaker was corrected by hand.",
            required=True,
            minimum=0,
            maximum=1,
        ),
        Column(
            "statement_id",
            "string",
            "The statement_id: quotations of one utterance in several articles have the same one.",
            refers_to="statements.statement_id",
            where="published",
        ),
    ),
)

DATES = Table(
    name="dates",
    grain="one temporal expression",
    description="Every day, time, duration and frequency that the text mentions, its value on the calendar, and "
    "whether it is consistent.",
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
            "The quotation that contains the expression or is dated by it.",
            refers_to="quotes.quote_id",
        ),
        Column(
            "relation",
            "string",
            "inside: the quotation contains the expression; when_said: the expression dates the quotation.",
            enum=DATE_RELATIONS,
        ),
        *span("the expression"),
        Column("text", "string", "The words of the expression.", required=True, example="Sunday"),
        Column("type", "string", "TIMEX3 type.", required=True, enum=TIMEX_TYPES),
        Column("value", "string", "TIMEX3 value; null if it cannot be determined.", example="2020-10-18"),
        Column("mod", "string", "TIMEX3 modifier.", enum=TIMEX_MODS),
        Column("earliest", "date", "The first day that it can mean."),
        Column("latest", "date", "The last day it can mean."),
        Column(
            "basis",
            "string",
            "What the value was computed from: nothing (the expression names its day), the publication, the "
            "quotation's day, an earlier date in the text, a manual correction; or unresolved.",
            required=True,
            enum=DATE_BASES,
        ),
        Column(
            "problem",
            "string",
            "The problem, if the date is impossible or contradicts other dates; else null.",
            enum=DATE_PROBLEMS,
        ),
    ),
)

EVENTS = Table(
    name="events",
    grain="one temporal expression that dates an event which happens once",
    description="The event that an expression dates: its class, what it happened to, and who is named nearby. "
    "Contains no words of the article.",
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
        Column("beside", "integers", "Chains of further mentions in the sentences before and after.", required=True),
        Column(
            "direction",
            "integer",
            "Negative if the event is past, positive if it is in the future, 0 if unknown.",
            required=True,
            minimum=-2,
            maximum=2,
        ),
        Column("year", "integer", "The year in the words of the expression."),
        Column("month", "integer", "The month that they say.", minimum=1, maximum=12),
        Column("month_day", "integer", "The day of the month that they say.", minimum=1, maximum=31),
        Column("weekday", "integer", "The weekday that they say; Monday is 0.", minimum=0, maximum=6),
    ),
)

SAID_DAYS = Table(
    name="said_days",
    grain="one quotation whose day of saying is given in its article",
    description="The days on which quotations were said, if an expression of their article gives them; first "
    "fragments only.",
    key=("quote_id",),
    sort=("document_id", "quote_id"),
    where="stored",
    columns=(
        Column("quote_id", "string", "The quotation.", required=True, unique=True, refers_to="quotes.quote_id"),
        document_id(),
        Column("date_id", "string", "The expression that gives the days.", required=True, refers_to="dates.date_id"),
        Column(
            "basis",
            "string",
            "stated: the expression modifies the verb of saying; carried: the speaker continues at an "
            "occasion that it dates; story: it dates the last event before the quotation, and the interval "
            "ends at the publication.",
            required=True,
            enum=("stated", "carried", "story"),
        ),
        Column("earliest", "date", "The first day on which it can have been said.", required=True),
        Column("latest", "date", "The last such day, not after the publication.", required=True),
        Column(
            "confidence",
            "number",
            "The share of days with this basis that are right.",
            required=True,
            minimum=0,
            maximum=1,
        ),
    ),
)
