"""The table of the user's corrections, and the tables that only the store has (ledger, files, failures ...)."""

from __future__ import annotations

from pipeline.contract.column import Column, Table
from pipeline.contract.values import CORRECTION_KINDS, SHA256, document_id

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
    grain="one correction made by hand, which overrides the rules",
    description="Corrections of rows made by hand: not a quotation, another speaker, another day, two names "
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
        document_id(unique=True),
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

STATES = Table(
    name="states",
    grain="one set of lines that verdicts and releases rest on: those of a stage in the ledger, refusals, failures, "
    "corrections",
    description="A number that stands for the set, kept up to date as lines come and go.",
    key=("part",),
    sort=("part",),
    where="stored",
    columns=(
        Column(
            "part",
            "string",
            "The set; finished: a state in which nothing was left to do, whose digest is the total.",
            required=True,
            unique=True,
            example="ledger quotes",
        ),
        Column("lines", "integer", "How many lines it has.", required=True, minimum=0),
        Column("total", "string", "Sum of the SHA-256 of its lines.", required=True, pattern=SHA256),
        Column(
            "former",
            "string",
            "Its hash by an earlier version, from the migration of the warehouse to the first change of any set.",
        ),
    ),
)

MARKS = Table(
    name="marks",
    grain="one mark of one article",
    description="The marks by which articles are found that may repeat one another (pipeline.duplicates).",
    key=("document_id", "mark"),
    sort=("document_id", "mark"),
    where="stored",
    columns=(
        document_id(),
        Column("day", "date", "The article's first possible day; 9999-12-31 where unknown.", required=True),
        Column("mark", "integer", "The mark: 64 bits of a hash of five words.", required=True),
        Column("lead", "integer", "The hash with which the article begins.", required=True),
    ),
)

COMMON_MARKS = Table(
    name="common_marks",
    grain="one mark that many articles share which begin otherwise",
    description="The marks of footers and fixed sentences, which do not count when articles are compared.",
    key=("mark",),
    sort=("mark",),
    where="stored",
    columns=(Column("mark", "integer", "The mark.", required=True, unique=True),),
)

CANDIDATES = Table(
    name="candidates",
    grain="one pair of articles that are compared",
    description="The earlier articles that an article may repeat, by the marks that they share.",
    key=("document_id", "earlier"),
    sort=("document_id", "earlier"),
    where="stored",
    columns=(
        document_id(),
        Column("earlier", "string", "The earlier article.", required=True),
    ),
)

QUOTE_MARKS = Table(
    name="quote_marks",
    grain="one mark of one utterance",
    description="The marks by which utterances are found that may be one statement (pipeline.statements.likeness).",
    key=("quote_id", "mark"),
    sort=("quote_id", "mark"),
    where="stored",
    columns=(
        document_id(),
        Column("day", "date", "The article's first possible day; 9999-12-31 where unknown.", required=True),
        Column("quote_id", "string", "The first quotation of the utterance.", required=True),
        Column("mark", "integer", "The mark: a hash of three words, or of all of a few.", required=True),
    ),
)

LIKENESSES = Table(
    name="likenesses",
    grain="one pair of like utterances",
    description="Pairs of utterances that are one statement, or would be if their statements had not two speakers. A "
    "pair that is joined over others may be in it without having been compared.",
    key=("quote_id", "earlier"),
    sort=("quote_id", "earlier"),
    where="stored",
    columns=(
        Column("quote_id", "string", "The first quotation of the later utterance.", required=True),
        Column("earlier", "string", "That of the earlier one.", required=True),
    ),
)

EVIDENCE_KEYS = Table(
    name="evidence_keys",
    grain="one key of a quotation or expression that another article has, too",
    description="By what articles may tell of each other's days: the statement of a quotation, its words in copies of "
    "an article, or an event with a noun and an entity.",
    key=("item", "key"),
    sort=("document_id", "item", "key"),
    where="stored",
    columns=(
        document_id(),
        Column("item", "string", "The quote_id or date_id.", required=True),
        Column("key", "string", "The key.", required=True),
        Column("theme", "boolean", "Whether the event happened to what the noun names.", required=True),
        Column("inside", "boolean", "Whether the entity is named in the sentence itself.", required=True),
    ),
)

RESOLVED_AGAIN = Table(
    name="resolved_again",
    grain="one article whose names were led to other entities since statements were last made",
    description="Articles whose speakers may have changed although nothing else in them has.",
    key=("document_id",),
    sort=("document_id",),
    where="stored",
    columns=(document_id(unique=True),),
)
