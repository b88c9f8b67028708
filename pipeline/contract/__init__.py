"""The contract: every table and every column, once.

    column       what a column and a table declare
    values       enumerations, shared columns
    documents, language, corpus, bookkeeping   the tables
    schema       Polars and Arrow schemas, frames
    ids          every id

Belongs here: names, kinds, descriptions and constraints of columns. DDL, Polars and Arrow schemas, suites, the data
dictionary, the data package and the asset metadata all derive from these declarations. Does not belong here: how a
table is filled (the stage of its name), stored (warehouse) or checked (expectations).

Offsets count Unicode code points, start inclusive, end exclusive, into `documents.text`; those named `raw_*` into the
raw text as decoded (no newline translation, a byte-order mark not counted). Dates are calendar dates, intervals closed.
Unknown values are null; a `*_basis` column beside them says how a value is known or why it is not.
"""

from __future__ import annotations

from pipeline.contract.bookkeeping import CANDIDATES as CANDIDATES
from pipeline.contract.bookkeeping import COMMON_MARKS as COMMON_MARKS
from pipeline.contract.bookkeeping import CORRECTIONS as CORRECTIONS
from pipeline.contract.bookkeeping import DIGESTS as DIGESTS
from pipeline.contract.bookkeeping import EVIDENCE_KEYS as EVIDENCE_KEYS
from pipeline.contract.bookkeeping import FAILURES as FAILURES
from pipeline.contract.bookkeeping import FILES as FILES
from pipeline.contract.bookkeeping import JUDGED as JUDGED
from pipeline.contract.bookkeeping import LEDGER as LEDGER
from pipeline.contract.bookkeeping import LIKENESSES as LIKENESSES
from pipeline.contract.bookkeeping import MARKS as MARKS
from pipeline.contract.bookkeeping import OFFENCES as OFFENCES
from pipeline.contract.bookkeeping import QUARANTINE as QUARANTINE
from pipeline.contract.bookkeeping import QUOTE_MARKS as QUOTE_MARKS
from pipeline.contract.bookkeeping import RESOLVED_AGAIN as RESOLVED_AGAIN
from pipeline.contract.bookkeeping import STATES as STATES
from pipeline.contract.bookkeeping import VERDICTS as VERDICTS
from pipeline.contract.column import Column as Column
from pipeline.contract.column import Kind as Kind
from pipeline.contract.column import Table as Table
from pipeline.contract.column import Where as Where
from pipeline.contract.corpus import DATE_BOUNDS as DATE_BOUNDS
from pipeline.contract.corpus import DATE_CONFLICTS as DATE_CONFLICTS
from pipeline.contract.corpus import DUPLICATES as DUPLICATES
from pipeline.contract.corpus import ENTITIES as ENTITIES
from pipeline.contract.corpus import RESOLUTIONS_TABLE as RESOLUTIONS_TABLE
from pipeline.contract.corpus import STATEMENTS as STATEMENTS
from pipeline.contract.corpus import UTTERANCES as UTTERANCES
from pipeline.contract.documents import DOCUMENTS as DOCUMENTS
from pipeline.contract.documents import EDITS as EDITS
from pipeline.contract.documents import RAWS as RAWS
from pipeline.contract.documents import REFUSALS as REFUSALS
from pipeline.contract.documents import SENTENCES as SENTENCES
from pipeline.contract.language import CHAINS as CHAINS
from pipeline.contract.language import DATES as DATES
from pipeline.contract.language import EVENTS as EVENTS
from pipeline.contract.language import MENTIONS as MENTIONS
from pipeline.contract.language import PARSES as PARSES
from pipeline.contract.language import QUOTES as QUOTES
from pipeline.contract.language import SAID_DAYS as SAID_DAYS
from pipeline.contract.values import CORRECTION_KINDS as CORRECTION_KINDS
from pipeline.contract.values import CUE_CLASSES as CUE_CLASSES
from pipeline.contract.values import DATE_BASES as DATE_BASES
from pipeline.contract.values import DATE_PROBLEMS as DATE_PROBLEMS
from pipeline.contract.values import DATE_RELATIONS as DATE_RELATIONS
from pipeline.contract.values import HEX16 as HEX16
from pipeline.contract.values import LABELS as LABELS
from pipeline.contract.values import LICENCE_BASES as LICENCE_BASES
from pipeline.contract.values import PUBLISHED_BASES as PUBLISHED_BASES
from pipeline.contract.values import QID as QID
from pipeline.contract.values import QUOTE_KINDS as QUOTE_KINDS
from pipeline.contract.values import REFUSAL_REASONS as REFUSAL_REASONS
from pipeline.contract.values import RESOLUTIONS as RESOLUTIONS
from pipeline.contract.values import ROLES as ROLES
from pipeline.contract.values import SAID_BASES as SAID_BASES
from pipeline.contract.values import SHA256 as SHA256
from pipeline.contract.values import SPEAKER_BASES as SPEAKER_BASES
from pipeline.contract.values import TIMEX_MODS as TIMEX_MODS
from pipeline.contract.values import TIMEX_TYPES as TIMEX_TYPES
from pipeline.contract.values import UTTERANCE_CLASSES as UTTERANCE_CLASSES

SCHEMA_VERSION = "1.5.0"

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
    EVENTS,
    SAID_DAYS,
    STATEMENTS,
    UTTERANCES,
    DUPLICATES,
    DATE_BOUNDS,
    DATE_CONFLICTS,
    CORRECTIONS,
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
# Tables that a corpus-wide stage keeps to update its own tables incrementally.
INDEX_TABLES_BY_STAGE: dict[str, tuple[Table, ...]] = {
    "duplicates": (MARKS, COMMON_MARKS, CANDIDATES),
    "entities": (RESOLVED_AGAIN,),
    "statements": (QUOTE_MARKS, LIKENESSES, RESOLVED_AGAIN),
    "date_bounds": (EVIDENCE_KEYS,),
}
INDEXES: tuple[Table, ...] = tuple(
    dict.fromkeys(table for tables in INDEX_TABLES_BY_STAGE.values() for table in tables)
)
# Bookkeeping tables: in the store, never in a release.
BOOKKEEPING_TABLES: tuple[Table, ...] = (
    LEDGER,
    FILES,
    FAILURES,
    VERDICTS,
    JUDGED,
    OFFENCES,
    QUARANTINE,
    DIGESTS,
    STATES,
    *INDEXES,
)
STORED: tuple[Table, ...] = tuple(t for t in TABLES if t.where != "published")
# Tables whose rows have digests: all except the two that derive from the others.
DIGESTED: tuple[Table, ...] = tuple(t for t in (*STORED, *BOOKKEEPING_TABLES) if t not in (DIGESTS, STATES))
PUBLISHED: tuple[Table, ...] = tuple(t for t in TABLES if t.where != "stored")
