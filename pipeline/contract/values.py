"""The values that columns may take, and the columns that several tables share."""

from __future__ import annotations

from pipeline.contract.column import Column

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
DAY_ORDERS = ("day-month", "month-day")
ROLES = ("title", "byline", "dateline", "body")
LABELS = ("PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE")
RESOLUTIONS = ("name", "alias", "acronym", "demonym", "description", "pronoun")
QUOTE_KINDS = ("direct", "mixed", "indirect")
SPEAKER_BASES = ("name", "description", "pronoun", "carried", "corrected", "none")
CUE_CLASSES = ("speech", "writing", "attitude")
UTTERANCE_CLASSES = ("statement", "attitude", "nominal")
# The least confidence at which an indirect statement counts as said: below it, fewer than one in five were statements
# (50 read by eye on articles of 100 outlets).
SURE_STATEMENT = 0.6
PUBLISHED_BASES = ("metadata", "stated", "inferred", "corrected", "corpus", "unknown")
LICENCE_BASES = ("metadata", "stated", "unknown")
# sentence, then, article: from the article itself; corpus: from an article published within days of it.
ROLE_BASES = ("sentence", "then", "article", "corpus")
SAID_BASES = ("stated", "carried", "story", "publication", "corpus", "unknown")
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
DATE_BASES = ("absolute", "publication", "quotation", "context", "corrected", "corpus", "unresolved")
BOUND_TARGETS = ("publication", "said", "date")
SIDES = ("earliest", "latest")
BOUND_EVIDENCE = ("utterance", "copy", "event", "publication")
CONFLICT_KINDS = ("event", "utterance")
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
QID = r"Q[1-9][0-9]{0,9}"
SHA256 = r"[0-9a-f]{64}"


def document_id(*, unique: bool = False) -> Column:
    return Column(
        "document_id",
        "string",
        "The article: a hash of its URL, or of its path and record id if it has no URL. A corrected article "
        "keeps its id.",
        required=True,
        unique=unique,
        pattern=HEX16,
        refers_to=None if unique else "documents.document_id",
        example="9f2c4b1a7d3e8056",
    )


def sentence_id() -> Column:
    return Column(
        "sentence_id",
        "string",
        "The sentence in which it starts.",
        required=True,
        refers_to="sentences.sentence_id",
        example="9f2c4b1a7d3e8056:s0-48",
    )


def span(what: str) -> tuple[Column, Column]:
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


def optional_span(prefix: str, what: str) -> tuple[Column, Column]:
    return (
        Column(f"{prefix}_start", "integer", f"Where {what} starts in documents.text.", minimum=0, example=26),
        Column(f"{prefix}_end", "integer", f"Where {what} ends in documents.text, exclusive.", minimum=1, example=32),
    )


PRONOUNS = ("he", "she", "they")


def pronoun_counts(who: str) -> tuple[Column, ...]:
    return tuple(
        Column(
            pronoun,
            "integer",
            f'How often the person is called "{pronoun}" by {who}; null if never.'
            + (" Only counted if an article states that the person uses they." if pronoun == "they" else ""),
            minimum=1,
        )
        for pronoun in PRONOUNS
    )
