"""Keys by which articles are evidence for each other's days: quotations and expressions that several articles share.

Two quotations share the key of their statement, of their words if one article repeats the other, or of their speaker
and venue (then SQL_SHARES_WORDS says whether they may be one utterance). Two expressions share a key for each noun and
entity around events of one class. Only keys that at least two and at most MAX_ARTICLES articles have are kept."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from pipeline.contract import EVIDENCE_KEYS
from pipeline.date_bounds import MAX_ARTICLES, MIN_SHARE, MIN_SHARED, MIN_WORDS
from warehouse.row_files import write_rows
from warehouse.shard_tasks import ShardWriter

_WORDS = "list_distinct(regexp_extract_all(lower({}), '\\pL{{5,}}'))"


def _alike(one: str, other: str) -> str:
    """Return SQL: whether two texts share enough long words to be translations or shortened forms of one utterance."""
    shared = f"len(list_intersect({_WORDS.format(one)}, {_WORDS.format(other)}))"
    least = f"least(len({_WORDS.format(one)}), len({_WORDS.format(other)}))"
    return f"({shared} >= {MIN_SHARED} AND {shared} >= {MIN_SHARE} * {least})"


# Of two quotations `quote` and `said`.
SQL_SHARES_WORDS = _alike("quote.text", "said.text")
# The current keys of articles. Indirect quotations are left out: they are the reporter's words, not the speaker's.
_KEYS = f"""
WITH said AS (
    SELECT document_id, quote_id, statement_id, text, speaker_chain, venue_chain,
        length(text) - length(replace(text, ' ', '')) + 1 AS words
    FROM stored.quotes JOIN stored.utterances USING (document_id, quote_id)
    WHERE kind <> 'indirect' AND class = 'statement'
),
family AS (
    SELECT document_id, duplicate_of AS original FROM stored.duplicates
    UNION SELECT duplicate_of, duplicate_of FROM stored.duplicates
),
happened AS (
    SELECT document_id, date_id, event, noun, list_contains(themes, noun) AS theme, chain, inside
    FROM (
        SELECT *, unnest(list_distinct(nouns || themes)) AS noun
        FROM (
            SELECT *, unnest(chains) AS chain, true AS inside FROM stored.events
            UNION ALL BY NAME SELECT *, unnest(beside) AS chain, false AS inside FROM stored.events
        )
    )
)
SELECT document_id, quote_id AS item, 'utterance/' || statement_id AS key, true AS theme, true AS inside
FROM said JOIN (
    SELECT statement_id, document_id FROM said GROUP BY ALL HAVING sum(words) >= {MIN_WORDS}
) USING (statement_id, document_id)
UNION ALL
SELECT document_id, quote_id,
    'copy/' || original || '/' || md5(lower(regexp_replace(text, '[^\\pL\\pN]+', ' ', 'g'))), true, true
FROM said JOIN family USING (document_id)
UNION ALL
SELECT said.document_id, quote_id, 'told/' || speaker.entity_id || '/' || venue.entity_id, true, true
FROM said
JOIN stored.resolutions AS speaker ON speaker.document_id = said.document_id AND speaker.chain = speaker_chain
JOIN stored.resolutions AS venue ON venue.document_id = said.document_id AND venue.chain = venue_chain
WHERE words >= {MIN_WORDS}
UNION ALL
SELECT document_id, date_id, 'event/' || event || '/' || noun || '/' || entity_id, theme, bool_or(inside)
FROM happened JOIN stored.resolutions USING (document_id, chain) GROUP BY ALL
"""  # noqa: S608 - constants
# Those of a partition that several articles have.
_SHARED = f"""
CREATE TABLE keys AS
WITH shared AS (
    SELECT key FROM keys_found GROUP BY key
    HAVING count(DISTINCT document_id) BETWEEN 2 AND {MAX_ARTICLES} AND bool_or(theme) AND bool_or(inside)
)
SELECT DISTINCT document_id, item, key, theme, inside FROM keys_found SEMI JOIN shared USING (key)
"""  # noqa: S608
# Keys of changed articles, and keys whose quotations or expressions have changed.
_AFFECTED = """
CREATE TABLE affected AS
SELECT key FROM keys_after SEMI JOIN changed USING (document_id)
UNION SELECT key FROM keys_before SEMI JOIN changed USING (document_id)
UNION SELECT key FROM (
    SELECT * FROM (FROM keys_after EXCEPT FROM keys_before)
    UNION ALL SELECT * FROM (FROM keys_before EXCEPT FROM keys_after)
)
"""
# Articles whose bounds may change: they have or had such a key.
_CONCERNED = """
SELECT document_id FROM keys_after SEMI JOIN affected USING (key)
UNION SELECT document_id FROM keys_before SEMI JOIN affected USING (key)
UNION SELECT document_id FROM changed
ORDER BY document_id
"""


def read_keys(connection: duckdb.DuckDBPyConnection, write: ShardWriter, partitions: int) -> None:
    """Write the current keys of a part's articles, including those that no other article has, in partitions by key."""
    write.by_key(connection, "keys_found", _KEYS, "key", partitions)


def share_keys(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int) -> None:
    """Write the keys of a partition that several articles have, also as rows of `evidence_keys`."""
    connection.execute(f"CREATE TABLE keys_found AS {write.partition('keys_found', number)}")
    connection.execute(_SHARED)
    write.query(connection, "keys_after", "FROM keys")
    write_rows(connection, write, EVIDENCE_KEYS, "FROM keys")


def affected_articles(temp: duckdb.DuckDBPyConnection, changed: Collection[str], *, whole: bool) -> list[str]:
    """Return the articles whose bounds and conflicts may change when these are added, changed or removed, including
    removed ones.

    `temp`: has the keys that several articles have in `keys_after` and, unless `whole`, the stored ones in
    `keys_before`.
    """
    if whole:
        sql = "SELECT DISTINCT document_id FROM keys_after ORDER BY document_id"
        return [str(name) for (name,) in temp.execute(sql).fetchall()]
    temp.execute("CREATE TABLE changed AS SELECT unnest($names)::VARCHAR AS document_id", {"names": list(changed)})
    temp.execute(_AFFECTED)
    return [str(name) for (name,) in temp.execute(_CONCERNED).fetchall()]
