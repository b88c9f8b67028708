"""A store of generated articles, filled by DuckDB: to measure the cost of a release without running the model.

Nothing is drawn at random: a row is a function of its number, so that the first articles of a large store are those of
a small one.
"""

from __future__ import annotations

from typing import Any

from pipeline.contract import BY_NAME, Column
from pipeline.contract.schema import LISTS
from warehouse.store import Store

SENTENCES = 25
QUOTES = 10
NAMES = 12
DATES = 5
# Pseudo-random numbers below 2**31: two rounds of a hash's last step (xor with the upper half, odd product).
_MACROS = """
CREATE OR REPLACE TEMP MACRO scramble(x) AS (xor(x, x >> 15) * 2246822519::UBIGINT) % 4294967296::UBIGINT;
CREATE OR REPLACE TEMP MACRO mix(a, b) AS
    (scramble(scramble(scramble(a::UBIGINT) + b::UBIGINT * 40503::UBIGINT)) // 2)::BIGINT;
CREATE OR REPLACE TEMP MACRO syllable(n) AS substr(
    'babebibobudadedidodufafefifofugagegigogukakekikokulalelilolumamemimomunanenino', 1 + 2 * (n % 38)::BIGINT, 2);
CREATE OR REPLACE TEMP MACRO lexeme(n) AS syllable(n) || syllable(n // 38 + n) ||
    CASE WHEN n >= 1444 THEN syllable(n // 1444) ELSE '' END;
-- Common words are short and few, rare ones long and many, as in Zipf's law: 40,000 in all.
CREATE OR REPLACE TEMP MACRO word(a, b) AS lexeme((power(mix(a, b) / 2147483647.0, 4) * 40000)::BIGINT);
CREATE OR REPLACE TEMP MACRO name(n) AS
    upper(substr(syllable(n), 1, 1)) || substr(syllable(n), 2) || syllable(n // 7) || ' ' ||
    upper(substr(syllable(n // 3), 1, 1)) || 'ar' || lexeme(n + 50);
CREATE OR REPLACE TEMP MACRO hex16(kind, n) AS substr(md5(kind || n::VARCHAR), 1, 16);
"""
_BASE = """
CREATE OR REPLACE TEMP TABLE said AS
WITH lines AS (
    SELECT article, place, article * 25 + place AS number,
        list_aggregate(list_transform(range(12), lambda i: word(article * 25 + place, i)), 'string_agg', ' ') AS words,
        (power(mix(article * 25 + place, 77) / 2147483647.0, 2.5) * articles * 2)::BIGINT AS person
    FROM (SELECT $articles::BIGINT AS articles), range($articles::BIGINT) AS a(article), range(25) AS p(place)
), told AS (
    SELECT *, CASE WHEN place BETWEEN 1 AND 10
        THEN '“' || words || ',” ' || name(person) || ' said on Monday.'
        ELSE words || ' ' || name(person) || ' ' || words || '.' END AS text
    FROM lines
)
SELECT *, (sum(length(text) + 1) OVER (PARTITION BY article ORDER BY place) - length(text) - 1)::BIGINT AS "start"
FROM told
"""
# Offset of the name in a sentence, with a quotation and without.
_NAMED = "length(words) + CASE WHEN place BETWEEN 1 AND 10 THEN 4 ELSE 1 END"
_DAY = "(DATE '2016-01-01' + (mix({0}, 5) % 3600)::INTEGER)"
# table -> (source, column -> expression); other columns are null.
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "documents": (
        """(SELECT article, string_agg(text, ' ' ORDER BY place) AS text FROM said GROUP BY article)""",
        {
            "document_id": "hex16('d', article)",
            "source": "'articles/' || article || '.txt'",
            "content_sha256": "sha256(article::VARCHAR)",
            "encoding": "'utf-8'",
            "publisher": "'Outlet ' || (mix(article, 3) % 40)",
            "title": "lexeme(article) || ' ' || lexeme(article * 3 + 1)",
            "language": "'en'",
            "published_on": _DAY.format("article"),
            "published_earliest": _DAY.format("article"),
            "published_latest": _DAY.format("article"),
            "published_basis": "'metadata'",
            "licence_basis": "'unknown'",
            "characters": "length(text)",
            "words": "25 * 20",
            "text": "text",
        },
    ),
    "sentences": (
        "said",
        {
            "sentence_id": "hex16('d', article) || '-' || place",
            "document_id": "hex16('d', article)",
            "position": "place",
            "role": "'body'",
            "start": '"start"',
            "end": '"start" + length(text)',
            "text": "text",
        },
    ),
    "edits": (
        "(SELECT article, unnest(range(4)) AS place FROM range($articles::BIGINT) AS a(article))",
        {
            "document_id": "hex16('d', article)",
            "position": "place",
            "raw_start": "place * 100",
            "raw_end": "place * 100 + 20",
            "original": "'subscribe now ' || place",
            "replacement": "''",
            "rule": "'share-links'",
        },
    ),
    "mentions": (
        "(FROM said WHERE place < 12)",
        {
            "mention_id": "hex16('d', article) || '-' || place",
            "document_id": "hex16('d', article)",
            "sentence_id": "hex16('d', article) || '-' || place",
            "start": f'"start" + {_NAMED}',
            "end": f'"start" + {_NAMED} + length(name(person))',
            "text": "name(person)",
            "label": "'PERSON'",
            "chain": "place",
            "resolution": "'name'",
        },
    ),
    "resolutions": (
        "(FROM said WHERE place < 12)",
        {"document_id": "hex16('d', article)", "chain": "place", "entity_id": "hex16('e', person)"},
    ),
    "entities": (
        "(SELECT person, count(*) AS n, count(DISTINCT article) AS d FROM said WHERE place < 12 GROUP BY person)",
        {
            "entity_id": "hex16('e', person)",
            "name": "name(person)",
            "label": "'PERSON'",
            "roles": "['minister']",
            "roles_mentions": "[n]",
            "roles_first": "[DATE '2016-01-01']",
            "roles_last": "[DATE '2025-01-01']",
            "mentions": "n",
            "documents": "d",
        },
    ),
    "quotes": (
        "(FROM said WHERE place BETWEEN 1 AND 10)",
        {
            "quote_id": "hex16('q', number)",
            "document_id": "hex16('d', article)",
            "sentence_id": "hex16('d', article) || '-' || place",
            "start": '"start" + 1',
            "end": '"start" + 2 + length(words)',
            "text": "words || ','",
            "kind": "'direct'",
            "speaker": "name(person)",
            "speaker_start": '"start" + 4 + length(words)',
            "speaker_end": '"start" + 4 + length(words) + length(name(person))',
            "speaker_basis": "'name'",
            "speaker_chain": "place",
            "cue": "'said'",
            "cue_class": "'speech'",
            "class": "'statement'",
            "venue": "CASE WHEN place = 1 THEN 'reporters' END",
            "confidence": "0.9",
        },
    ),
    "utterances": (
        "(FROM said WHERE place BETWEEN 1 AND 10)",
        # Every fifth statement is reported twice.
        {
            "quote_id": "hex16('q', number)",
            "document_id": "hex16('d', article)",
            "statement_id": "hex16('s', CASE WHEN place = 2 THEN number // 50 * 50 + 2 ELSE number END)",
        },
    ),
    "statements": (
        "(SELECT CASE WHEN place = 2 THEN number // 50 * 50 + 2 ELSE number END AS number, min(words) AS words, "
        "count(*) AS n, min(person) AS person FROM said WHERE place BETWEEN 1 AND 10 GROUP BY 1)",
        {
            "statement_id": "hex16('s', number)",
            "text": "words || ','",
            "speaker_entity_id": "hex16('e', person)",
            "quotes": "n",
            "documents": "n",
        },
    ),
    "dates": (
        "(FROM said WHERE place BETWEEN 1 AND 5)",
        {
            "date_id": "hex16('d', article) || '-' || place",
            "document_id": "hex16('d', article)",
            "sentence_id": "hex16('d', article) || '-' || place",
            "start": '"start" + length(text) - 7',
            "end": '"start" + length(text) - 1',
            "text": "'Monday'",
            "type": "'DATE'",
            "value": f"{_DAY.format('number')}::VARCHAR",
            "earliest": _DAY.format("number"),
            "latest": _DAY.format("number"),
            "basis": "'publication'",
        },
    ),
}


def fill(store: Store, articles: int) -> None:
    """Insert this many articles into an empty store."""
    with store.open() as connection:
        connection.execute("SET memory_limit = '2GB'")
        connection.execute(_MACROS)
        connection.execute(_BASE, {"articles": articles})
        for name in _TABLES:
            connection.execute(*_insert(name, articles))
        connection.execute("CHECKPOINT")


def _insert(name: str, articles: int) -> tuple[str, dict[str, Any]]:
    source, columns = _TABLES[name]
    values = ", ".join(columns.get(c.name) or _nothing(c) for c in BY_NAME[name].stored)
    names = ", ".join(f'"{c.name}"' for c in BY_NAME[name].stored)
    parameters = {"articles": articles} if "$articles" in source else {}
    return f"INSERT INTO stored.{name} ({names}) SELECT {values} FROM {source} AS made", parameters  # noqa: S608


def _nothing(column: Column) -> str:
    """Return the value of a column without an expression."""
    if not column.required:
        return "NULL"
    return "[]" if column.kind in LISTS else {"string": "''", "boolean": "false"}.get(column.kind, "0")
