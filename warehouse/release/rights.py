"""What a release may show: the terms, the open licences, and which values of which columns are withheld.

An article is *open* if its licence is one of `OPEN` and the terms are `licensed`, or if the terms are `all`. For every
other article a release holds facts about the text and short attributed quotations, never its prose:

documents.text, sentences.text, edits.original
    withheld
quotes.text
    withheld if it is indirect (the reporter's own clause) or longer than `longest_quote`; else shown, attributed.
    Never cut: if it is present it is text[start:end]
statements.text
    withheld unless one of its quotations shows the same words, or all of them are shown; never longer than
    `longest_quote` unless an open article reports it
edits.replacement, mentions.text, dates.text
    repaired characters, names and expressions, never null: shown
documents.title, author, publisher, agency, dateline, published_text
    parts of a reference to the article: shown; withheld beyond `MAX_HEADLINE_LENGTH`, so that a paragraph taken for a
    headline is not published
documents.published_evidence
    expressions of time and names of offices, among our own words: shown
quotes.speaker, speaker_role, cue, venue
    parts of an attribution: shown; withheld beyond `MAX_NAME_LENGTH`
entities.name, roles, aliases
    names and titles gathered across articles: shown
corrections.value
    withheld, also for deleted, withdrawn or quarantined articles; for two names of one thing (kind `same`) only
    beyond `MAX_NAME_LENGTH`
refusals.detail, source, url
    our own words, and paths: shown
offsets, characters, words, hashes, values, ids
    facts about the text: shown

An article that is not in the release is not open under any terms.

Every published text column is declared: as prose in the contract (`Column.prose`), as an enumeration there, or in
`NON_PROSE_COLUMNS`. A prose column without its own rule is withheld unless the article is open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from pipeline.contract import PUBLISHED, Column, Table
from warehouse.sql import quoted

MODES: tuple[str, ...] = ("licensed", "all", "none")

# 98 in 100 of 617 direct and mixed quotations in US news (PolNeAR v1, development part) have at most 494 characters. A
# longer one is usually a speech or letter printed at length.
MAX_QUOTE_CHARACTERS = 500
# Most characters of a headline, and of a name, speaker or expression: a longer value is running text taken for one.
MAX_HEADLINE_LENGTH = 300
MAX_NAME_LENGTH = 120

# The licences that conform to the Open Definition 2.1 (https://opendefinition.org/licenses/, "recommended" and "other
# conformant"; machine-readable: https://github.com/okfn/licenses, licenses/groups/od.json), under their SPDX
# identifiers. NC and ND variants do not conform. Compared without case, as SPDX does; an expression ("A OR B") is not
# parsed and so not open. A test compares the names with SPDX's list.
_CC_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
OPEN: tuple[str, ...] = (
    # Recommended.
    *("CC0-1.0", "PDDL-1.0", "ODC-By-1.0", "ODbL-1.0"),
    # 4.0 is recommended; 1.0 to 3.0 conform, "includes all jurisdiction ports": those that SPDX has an identifier for.
    *(f"CC-BY-{v}" for v in _CC_VERSIONS),
    *(f"CC-BY-SA-{v}" for v in _CC_VERSIONS),
    *("CC-BY-2.5-AU", "CC-BY-3.0-AT", "CC-BY-3.0-AU", "CC-BY-3.0-DE", "CC-BY-3.0-IGO", "CC-BY-3.0-NL", "CC-BY-3.0-US"),
    *("CC-BY-SA-2.0-UK", "CC-BY-SA-2.1-JP", "CC-BY-SA-3.0-AT", "CC-BY-SA-3.0-DE", "CC-BY-SA-3.0-IGO"),
    # Other conformant: Data licence Germany, GNU FDL without invariant sections and cover texts, Free Art, MirOS, the
    # governments of Canada and the United Kingdom (its version 1.0 and France's Licence Ouverte are not listed).
    *("DL-DE-BY-2.0", "DL-DE-ZERO-2.0", "GFDL-1.3-no-invariants-only", "GFDL-1.3-no-invariants-or-later"),
    *("LAL-1.3", "MirOS", "OGL-Canada-2.0", "OGL-UK-2.0", "OGL-UK-3.0"),
    # Not licences: marks that nobody has rights in the work (Open Definition 2.1, 1.1: "in the public domain").
    *("CC-PDDC", "CC-PDM-1.0"),
)
_OPEN = frozenset(licence.casefold() for licence in OPEN)


@dataclass(frozen=True, slots=True)
class Terms:
    """Settings of a release that change its data.

    publish_text    licensed: prose of articles with an open licence only; all: of every article; none: of no article
    longest_quote   characters of the longest direct or mixed quotation shown from an article that is not open
    title           the dataset's title; empty: named after its outlets
    issuer          who issues the release, for citations; empty: not named
    contact         where to report errors: an address, a page; empty: not given

    Raises ValueError if a setting is invalid.
    """

    publish_text: str = "licensed"
    longest_quote: int = MAX_QUOTE_CHARACTERS
    issuer: str = ""
    contact: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        if self.publish_text not in MODES:
            raise ValueError(f"publish_text is {self.publish_text!r}: must be one of {', '.join(MODES)}")
        if self.longest_quote < 0:
            raise ValueError(f"longest_quote is {self.longest_quote}: must be 0 or more characters")


def is_open(licence: str | None) -> bool:
    """Whether an SPDX identifier names an open licence."""
    return licence is not None and licence.casefold() in _OPEN


# Published text columns that are neither prose nor an enumeration, and the most characters that a release shows of them
# if the article is not open (None: never withheld). `undeclared` names the missing ones.
NON_PROSE_COLUMNS: dict[str, int | None] = {
    # Ids, hashes, paths, codes, our own words.
    **dict.fromkeys(
        (
            *("documents.document_id", "documents.source", "documents.url", "documents.content_sha256"),
            *("documents.encoding", "documents.language", "documents.duplicate_of", "documents.published_evidence"),
            *("edits.document_id", "edits.rule"),
            *("refusals.source", "refusals.content_sha256", "refusals.detail", "refusals.document_id"),
            "refusals.check",
            *("sentences.sentence_id", "sentences.document_id"),
            *("mentions.mention_id", "mentions.document_id", "mentions.sentence_id", "mentions.entity_id"),
            *("entities.entity_id", "entities.country", "entities.wikidata"),
            *("quotes.quote_id", "quotes.document_id", "quotes.sentence_id", "quotes.part_of"),
            *("quotes.speaker_entity_id", "quotes.venue_entity_id", "quotes.statement_id", "quotes.said_date_id"),
            *("dates.date_id", "dates.document_id", "dates.sentence_id", "dates.quote_id"),
            *("statements.statement_id", "statements.speaker_entity_id"),
            *("date_bounds.document_id", "date_bounds.target_id", "date_bounds.value"),
            "date_bounds.evidence_document_id",
            *("date_conflicts.first_document_id", "date_conflicts.second_document_id"),
            *("date_conflicts.first_id", "date_conflicts.second_id", "date_conflicts.event"),
            *("date_conflicts.entities", "date_conflicts.statement_id"),
            *("corrections.document_id", "corrections.target", "corrections.note"),
        )
    ),
    # Names and titles gathered across articles.
    **dict.fromkeys(("entities.name", "entities.roles", "entities.aliases")),
    # Repaired characters, names, expressions of time: never null.
    **dict.fromkeys(("edits.replacement", "mentions.text", "dates.text")),
    # Parts of a reference to the article.
    **dict.fromkeys(
        (
            *("documents.publisher", "documents.agency", "documents.author", "documents.title", "documents.dateline"),
            *("documents.published_text", "documents.licence"),
        ),
        MAX_HEADLINE_LENGTH,
    ),
    # Parts of an attribution, and values.
    **dict.fromkeys(
        (
            *("quotes.speaker", "quotes.speaker_name", "quotes.speaker_role", "quotes.cue", "quotes.venue"),
            "dates.value",
        ),
        MAX_NAME_LENGTH,
    ),
}


def undeclared(tables: Iterable[Table]) -> list[str]:
    """Return the published text columns for which it is not declared whether they hold prose, as `table.column`."""
    return [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.published
        if column.kind in ("string", "strings")
        and not (column.prose or column.enum)
        and f"{table.name}.{column.name}" not in NON_PROSE_COLUMNS
    ]


if _missing := undeclared(PUBLISHED):
    raise TypeError(
        f"declare whether these columns hold prose (Column.prose, rights.NON_PROSE_COLUMNS): {', '.join(_missing)}"
    )


def count_closed(connection: duckdb.DuckDBPyConnection, terms: Terms) -> int:
    """Return how many articles are not open."""
    licences = connection.execute("SELECT licence, count(*) FROM stored.documents GROUP BY ALL").fetchall()
    return sum(number for licence, number in licences if not _shows(terms, licence))


def _shows(terms: Terms, licence: str | None) -> bool:
    """Whether prose of articles with this licence is shown."""
    return terms.publish_text == "all" or (terms.publish_text == "licensed" and is_open(licence))


def prepare(connection: duckdb.DuckDBPyConnection, terms: Terms, *, statements: bool = True) -> None:
    """Create the temporary tables that the rules query.

    `shown_documents` has the documents whose prose is shown, `shown_statements` the statements whose words are shown:
    only `statements` need it.
    """
    licences = [r[0] for r in connection.execute("SELECT DISTINCT licence FROM stored.documents").fetchall()]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE shown_documents AS SELECT document_id FROM stored.documents "
        "WHERE $everything OR list_contains($shown, licence)",
        {
            "everything": terms.publish_text == "all",
            "shown": [name for name in licences if name is not None and _shows(terms, name)],
        },
    )
    if not statements:
        return
    # The rule of quotes.text, applied to statements.
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE shown_statements AS
        WITH reports AS (
            SELECT s.statement_id, s.text AS said, q.text, o.document_id IS NOT NULL AS open,
                o.document_id IS NOT NULL OR (q.kind <> 'indirect' AND length(q.text) <= $longest) AS shown
            FROM stored.statements AS s
            JOIN stored.utterances AS u ON u.statement_id = s.statement_id
            JOIN stored.quotes AS q ON q.quote_id = u.quote_id
            LEFT JOIN shown_documents AS o ON o.document_id = q.document_id
        )
        SELECT statement_id FROM reports GROUP BY statement_id
        HAVING bool_or(shown AND text = said) OR (bool_and(shown) AND (bool_or(open) OR max(length(said)) <= $longest))
        """,
        {"longest": terms.longest_quote},
    )


# Whether the article of `row` is not known to be open: also if it is null or not in the release.
CLOSED = "(row.document_id IN (FROM shown_documents)) IS NOT TRUE"
_NOT_OPEN = "row.closed"


def source(table: Table) -> str:
    """Return a published view as a query in brackets, with the column `closed` that the conditions of `withheld` read.

    It is evaluated once a row: each `IN` in a condition would be a join.
    """
    closed = CLOSED if any(column.name == "document_id" for column in table.published) else "FALSE"
    return f"(SELECT row.*, {closed} AS closed FROM published.{quoted(table.name)} AS row)"  # noqa: S608


def withheld(table: Table, column: Column, terms: Terms) -> str | None:
    """Return the SQL condition, on `row` of `source(table)`, that withholds a value; None if there is none."""
    name = f"row.{quoted(column.name)}"
    match (table.name, column.name):
        case ("quotes", "text"):
            return f"{_NOT_OPEN} AND (row.kind = 'indirect' OR length(row.text) > {int(terms.longest_quote)})"
        case ("statements", "text"):
            return "row.statement_id NOT IN (FROM shown_statements)"
        case ("corrections", "value"):
            return f"CASE row.kind WHEN 'same' THEN length({name}) > {MAX_NAME_LENGTH} ELSE {_NOT_OPEN} END"
    if column.prose:
        return _NOT_OPEN
    longest = NON_PROSE_COLUMNS.get(f"{table.name}.{column.name}")
    return None if longest is None else f"{_NOT_OPEN} AND length({name}) > {longest}"


def rules(terms: Terms) -> dict[str, dict[str, str]]:
    """Return table -> column -> condition, for every published column that can be withheld."""
    found: dict[str, dict[str, str]] = {}
    for table in PUBLISHED:
        conditions = {c.name: withheld(table, c, terms) for c in table.published}
        found[table.name] = {name: condition for name, condition in conditions.items() if condition is not None}
    return found
