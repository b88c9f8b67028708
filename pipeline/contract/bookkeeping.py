"""The table of the user's corrections, and the tables that only the store has (ledger, files, failures ...)."""

from __future__ import annotations

from pipeline.contract.column import Column, Table
from pipeline.contract.values import CORRECTION_KINDS, SHA256, document_id

LEDGER = Table(
    name="ledger",
    grain="one document processed by one stage",
    description="For each stage and document, a fingerprint of the inputs, code and settings that its rows were "
    "computed from.",
    key=("stage", "document_id"),
    sort=("stage", "document_id"),
    where="stored",
    columns=(
        Column("stage", "string", "The stage, by the name of its first table.", required=True),
        Column("document_id", "string", "The document_id; * for a corpus-wide stage.", required=True),
        Column("fingerprint", "string", "SHA-256 of inputs, code version and settings.", required=True, pattern=SHA256),
    ),
)

FILES = Table(
    name="files",
    grain="one file of the raw folder, as last read",
    description="Size, modification time and hash of each raw file, so that an unchanged file is not read again. A "
    "metadata file beside it (sidecar) counts as part of it.",
    key=("path",),
    sort=("path",),
    where="stored",
    columns=(
        Column("path", "string", "The file's path in the raw folder.", required=True, unique=True),
        Column("bytes", "integer", "Its size, with that of its sidecar.", required=True, minimum=0),
        Column("modified_ns", "integer", "Its modification time, in nanoseconds since 1970.", required=True),
        Column("content_sha256", "string", "SHA-256 of its bytes; null if they could not be read.", pattern=SHA256),
        Column("read_version", "string", "The version of the reader that read it.", required=True),
    ),
)

FAILURES = Table(
    name="failures",
    grain="one document on which a stage failed",
    description="The error of a stage on a document, kept until a later run succeeds.",
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
            "Set if the stage exceeded the time limit or its worker died: the fingerprint of the inputs at "
            "that time. The document is retried when the fingerprint changes. Null if every run retries it.",
            pattern=SHA256,
        ),
        Column(
            "seconds",
            "integer",
            "The time limit at that time, in seconds; the document is retried if the limit is raised.",
            minimum=1,
        ),
    ),
)

VERDICTS = Table(
    name="verdicts",
    grain="one check, with its latest verdict",
    description="Whether each check (from the contract or written in SQL) passed, and for which state of the tables.",
    key=("check",),
    sort=("check",),
    where="stored",
    columns=(
        Column("check", "string", "The name of the check.", required=True, unique=True, example="quotes_at_span"),
        Column("table", "string", "The table that is checked.", required=True),
        Column("promise", "string", "The check in one sentence.", required=True),
        Column(
            "severity",
            "string",
            "error: a violation stops the release; warn: it is only reported.",
            required=True,
            enum=("error", "warn"),
        ),
        Column("passed", "boolean", "Whether the check passed.", required=True),
        Column(
            "found",
            "integer",
            "Number of violating rows; for a threshold check, of counted rows.",
            required=True,
            minimum=0,
        ),
        Column("judged", "integer", "Number of rows checked.", required=True, minimum=0),
        Column("detail", "string", "What was found, in one line.", required=True),
        Column("examples", "string", "A few offending rows, as JSON.", required=True),
        Column(
            "state", "string", "SHA-256 of the state of the tables that were checked.", required=True, pattern=SHA256
        ),
        Column("made_from", "string", "Fingerprint of the check's definition.", required=True, pattern=SHA256),
    ),
)

JUDGED = Table(
    name="judged",
    grain="one document, as last checked by all checks",
    description="The documents that were checked in their current state, so that only changed documents are checked "
    "again.",
    key=("document_id",),
    sort=("document_id",),
    where="stored",
    columns=(
        Column("document_id", "string", "The document.", required=True, unique=True),
        Column(
            "fingerprint", "string", "Combined fingerprint of its rows in all stages.", required=True, pattern=SHA256
        ),
    ),
)

OFFENCES = Table(
    name="offences",
    grain="one document with rows that violate a check",
    description="Violations found by checks of single documents, kept until the document changes.",
    key=("check", "document_id"),
    sort=("check", "document_id"),
    where="stored",
    columns=(
        Column("check", "string", "The name of the check.", required=True),
        Column("document_id", "string", "The document.", required=True),
        Column("found", "integer", "Number of its rows that violate the check.", required=True, minimum=1),
    ),
)

CORRECTIONS = Table(
    name="corrections",
    grain="one correction made by hand, which overrides the rules",
    description="Manual corrections: not a quotation, another speaker, another day, two names of one entity. Every "
    "later build applies them again.",
    key=("line",),
    sort=("line",),
    columns=(
        Column("line", "integer", "Its line in the corrections file.", required=True, unique=True, minimum=1),
        Column("kind", "string", "What it corrects.", required=True, enum=CORRECTION_KINDS),
        Column(
            "document_id",
            "string",
            "The document_id of the article; for two names of one entity, their label.",
            required=True,
        ),
        Column(
            "target",
            "string",
            "The quote_id or date_id to correct; for two names of one entity, the name that is not canonical; "
            "- if the article itself is corrected.",
            required=True,
        ),
        Column(
            "value",
            "string",
            "The correct value: the speaker's name; a day, or two days separated by /; the canonical name. "
            "For words that are no quotation, these words.",
            required=True,
            prose=True,
        ),
        Column("note", "string", "Who says so, and why.", required=True),
        Column(
            "applied",
            "boolean",
            "Whether the row to correct exists.",
            required=True,
            where="published",
        ),
    ),
)

QUARANTINE = Table(
    name="quarantine",
    grain="one article kept out of the release because its rows break a structural check",
    description="The check that the article violates, the violating row, and a fingerprint of the article's inputs; "
    "the article is retried when the fingerprint changes.",
    key=("document_id",),
    sort=("document_id",),
    where="stored",
    columns=(
        document_id(unique=True),
        Column("check", "string", "The first check that it violates.", required=True),
        Column("table", "string", "The table of that check.", required=True),
        Column("row", "string", "The key of the violating row, its parts separated by spaces.", required=True),
        Column("start", "integer", "Where that row starts in the article's text; null if it has no position."),
        Column("end", "integer", "Where it ends, exclusive."),
        Column("found", "integer", "How many rows of the article break a structural check.", required=True, minimum=1),
        Column("root", "string", "The ledger's fingerprint of its record.", required=True, pattern=SHA256),
        Column(
            "made_with",
            "string",
            "SHA-256 of the code, settings and checks at that time; empty if a retry may give another result.",
            required=True,
        ),
    ),
)

DIGESTS = Table(
    name="digests",
    grain="the rows of one document in one stored table",
    description="Number of rows and a digest of their values, to detect rows that another program has changed.",
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
    grain="one set of lines that verdicts and releases depend on: those of a stage in the ledger, refusals, "
    "failures, corrections",
    description="A number that represents the set; updated when lines are added or removed.",
    key=("part",),
    sort=("part",),
    where="stored",
    columns=(
        Column(
            "part",
            "string",
            "The name of the set; finished: not a set, but the digest (in total) of a state without pending work.",
            required=True,
            unique=True,
            example="ledger quotes",
        ),
        Column("lines", "integer", "How many lines it has.", required=True, minimum=0),
        Column("total", "string", "Sum of the SHA-256 of its lines.", required=True, pattern=SHA256),
        Column(
            "former",
            "string",
            "Hash of the set in the format of an earlier version, from the migration of the warehouse until "
            "any set changes.",
        ),
    ),
)

MARKS = Table(
    name="marks",
    grain="one mark of one article",
    description='Fingerprints of articles (hashes of runs of words, "marks") by which possible copies are found '
    "(pipeline.duplicates).",
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
    grain="one mark shared by many articles that begin differently",
    description="Marks of footers and standard sentences, which are ignored when articles are compared.",
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
    description='Hashes of runs of words ("marks") by which utterances are found that may be one statement '
    "(pipeline.statements.wording_similarity).",
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
    description="Pairs of utterances that are one statement, or would be if their speakers did not differ. Utterances "
    "that are connected through others may be listed without having been compared.",
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
    description="Keys by which articles are evidence for each other's days: the statement of a quotation, its words "
    "in copies of an article, or an event with a noun and an entity.",
    key=("item", "key"),
    sort=("document_id", "item", "key"),
    where="stored",
    columns=(
        document_id(),
        Column("item", "string", "The quote_id or date_id.", required=True),
        Column("key", "string", "The key.", required=True),
        Column("theme", "boolean", "Whether the noun names what the event happened to.", required=True),
        Column("inside", "boolean", "Whether the entity is named in the sentence itself.", required=True),
    ),
)

RESOLVED_AGAIN = Table(
    name="resolved_again",
    grain="one article whose names were assigned to other entities since statements were last computed",
    description="Articles whose speakers may have changed although their own rows have not.",
    key=("document_id",),
    sort=("document_id",),
    where="stored",
    columns=(document_id(unique=True),),
)
