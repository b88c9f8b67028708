"""Match the quotations and expressions that share a key with those of other articles.

Each part of the corpus gives its own items that have a shared key. Matched, they are the evidence from which the bounds
of each article follow (warehouse.corpus.cross_article_bounds), and the pairs that may contradict each other
(warehouse.corpus.date_conflicts).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from warehouse.corpus.evidence_keys import SQL_SHARES_WORDS
from warehouse.published_views import SAID_DAY_COLUMNS_SQL, SAID_DAY_JOINS_SQL
from warehouse.shard_tasks import ShardTasks, ShardWriter, source

# Quotations with a shared key: when they were said according to their article, and where it says so.
_SAID = f"""
SELECT row.quote_id, row.document_id, row.text, coalesce(row.part_of, row.quote_id) AS whole_id, statement_id,
    row."start" AS quote_start, row."end" AS quote_end, {SAID_DAY_COLUMNS_SQL}, article.published_latest,
    coalesce(stated."start", row."start") AS "start", coalesce(stated."end", row."end") AS "end"
FROM stored.quotes AS row {SAID_DAY_JOINS_SQL}
LEFT JOIN stored.dates AS stated ON stated.date_id = said.date_id
LEFT JOIN stored.utterances AS uttered ON uttered.quote_id = row.quote_id
WHERE row.quote_id IN (SELECT item FROM items WHERE NOT dated)
"""  # noqa: S608 - SQL of the published view
# Expressions that say when such a quotation was said.
_WHEN_SAID = """
SELECT document_id, date_id, quote_id, text, earliest, latest, basis FROM stored.dates
WHERE relation = 'when_said' AND problem IS NULL AND quote_id IN (
    SELECT coalesce(part_of, quote_id) FROM stored.quotes WHERE quote_id IN (SELECT item FROM items WHERE NOT dated)
)
"""
# Expressions with a shared key, and the events that they date.
_DATED = """
SELECT d.document_id, d.date_id, d.text, d."start", d."end", d.earliest, d.latest, d.basis, d.problem, d.mod,
    d.relation = 'inside' AND spoken.kind <> 'indirect' AS spoken,
    e.event, e.year, e.month, e.month_day, e.weekday, e.direction
FROM stored.dates AS d JOIN stored.events AS e USING (date_id)
LEFT JOIN stored.quotes AS spoken ON spoken.quote_id = d.quote_id
WHERE d.date_id IN (SELECT item FROM items WHERE dated)
"""
_TABLES = {"said_items": _SAID, "when_said": _WHEN_SAID, "dated_items": _DATED}
_ITEMS = "SELECT DISTINCT document_id, item, starts_with(key, 'event/') AS dated FROM keys_after ORDER BY ALL"
# What other articles say of the utterances of the articles `concerned`.
_HEARD = f"""
SELECT DISTINCT mine.document_id, mine.item AS quote_id, CASE WHEN starts_with(mine.key, 'copy/') THEN 'copy' ELSE
    'utterance' END AS kind, said.document_id AS other_document, said.said_earliest, said.said_latest, said.said_basis,
    said."start", said."end", said.published_latest
FROM keys_after AS mine JOIN concerned USING (document_id) JOIN keys_after AS other USING (key)
JOIN said_items AS said ON said.quote_id = other.item JOIN said_items AS quote ON quote.quote_id = mine.item
WHERE other.document_id <> mine.document_id AND mine.key NOT LIKE 'event/%'
    AND (mine.key NOT LIKE 'told/%' OR {SQL_SHARES_WORDS})
"""  # noqa: S608
# Pairs of expressions that share a key that names what happened in one of them, and an entity in the same sentence.
_PAIRS = """
CREATE TABLE pairs AS
SELECT mine.document_id, mine.item AS mine, other.document_id AS other_document, other.item AS other,
    list_sort(list(DISTINCT split_part(mine.key, '/', 4))) AS entities
FROM keys_after AS mine JOIN concerned USING (document_id) JOIN keys_after AS other USING (key)
WHERE other.document_id <> mine.document_id AND mine.key LIKE 'event/%' AND (mine.theme OR other.theme)
    AND (mine.inside OR other.inside)
GROUP BY ALL
"""
_HAPPENED = """
SELECT pair.document_id, mine AS date_id, own.text, own.year, own.month, own.month_day, own.weekday, own.direction,
    'event' AS kind, own.earliest AS own_earliest, own.latest AS own_latest, own.basis AS own_basis, own.spoken,
    pair.other_document, dated.earliest, dated."start", dated."end"
FROM pairs AS pair JOIN dated_items AS own ON own.date_id = mine JOIN dated_items AS dated ON dated.date_id = other
WHERE dated.earliest = dated.latest AND dated.problem IS NULL
    -- A bare weekday is the last or the next one: the tense must tell.
    AND (dated.weekday IS NULL OR dated.month IS NOT NULL OR dated.direction < 0 OR dated.direction > 1)
"""
# Expressions that say when an utterance was made, if another article dates it to the day.
_SAID_ON = """
SELECT DISTINCT mine.document_id, own.date_id, own.text, -2 AS direction, CASE WHEN starts_with(mine.key, 'copy/') THEN
    'copy' ELSE 'utterance' END AS kind, own.earliest AS own_earliest, own.latest AS own_latest, own.basis AS own_basis,
    false AS spoken, said.document_id AS other_document, said.said_earliest AS earliest, said."start", said."end"
FROM keys_after AS mine JOIN concerned USING (document_id) JOIN keys_after AS other USING (key)
JOIN said_items AS said ON said.quote_id = other.item JOIN said_items AS quote ON quote.quote_id = mine.item
JOIN when_said AS own ON own.quote_id = quote.whole_id
WHERE other.document_id <> mine.document_id AND (mine.key LIKE 'utterance/%' OR mine.key LIKE 'copy/%')
    AND said.said_earliest = said.said_latest AND said.said_basis IN ('stated', 'carried')
"""
_EVIDENCE = {"concerned": "FROM concerned", "heard": _HEARD, "happened": _HAPPENED, "said_on": _SAID_ON}


def read_items(connection: duckdb.DuckDBPyConnection, write: ShardWriter, items: Path) -> None:
    """Write the quotations and expressions of a part that are in the file `items`."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE items AS FROM {source([items])} WHERE {write.mine}")
    for name, sql in _TABLES.items():
        write.query(connection, name, sql)


def match(temp: duckdb.DuckDBPyConnection, parts: ShardTasks) -> Mapping[str, Path]:
    """Match the items of `keys_after` for the articles `concerned`. Creates the tables of items, and `pairs`. Returns
    the files that warehouse.corpus.cross_article_bounds.read_bounds reads."""
    parts.read(read_items, items=parts.write(temp, "items", _ITEMS))
    for name in _TABLES:
        parts.load(temp, name)
    temp.execute(_PAIRS)
    return {name: parts.write(temp, name, f"FROM ({sql}) ORDER BY ALL") for name, sql in _EVIDENCE.items()}
