"""Which pairs across the corpus are worth deciding on: SQL.

Belongs here: finding candidates by keys, with bounded blocks. Does not belong here: the decision (pipeline.entities).
"""

from __future__ import annotations

import duckdb
import polars as pl

from pipeline.entities import PAIRS

# A key shared by more forms than this says nothing ("surname smith"): its forms are not compared with each other.
MOST_FORMS = 40
# A short name beside a key of a big corpus is compared with at most MOST_FORMS forms, each by its first chain.
_PAIRS = """
WITH keyed AS (
    SELECT DISTINCT document_id, chain, form, unnest(blocks) AS block
    FROM chains
),
forms AS (
    SELECT block, form, min((document_id, chain)) AS first
    FROM keyed
    GROUP BY block, form
),
-- chains of one form: each with the one before it
same AS (
    SELECT document_id, chain,
           lag(document_id) OVER chain_order AS other_document_id,
           lag(chain) OVER chain_order AS other_chain
    FROM (SELECT DISTINCT document_id, chain, form FROM chains)
    WINDOW chain_order AS (PARTITION BY form ORDER BY document_id, chain)
),
-- forms that name one thing by themselves, and those that do not (one a document)
sure AS (
    SELECT block, form, first
    FROM forms
    WHERE form IN (SELECT form FROM chains WHERE sure)
    QUALIFY count(*) OVER (PARTITION BY block) <= $most
),
variants AS (
    SELECT a.first AS one, b.first AS other
    FROM sure a JOIN sure b ON a.block = b.block AND a.form < b.form
    UNION
    SELECT a.first, b.first
    FROM forms a JOIN sure b ON a.block = b.block AND a.form <> b.form
    WHERE a.form NOT IN (SELECT form FROM chains WHERE sure)
)
SELECT document_id, chain, other_document_id, other_chain FROM same WHERE other_document_id IS NOT NULL
UNION
SELECT one[1], one[2], other[1], other[2] FROM variants
ORDER BY ALL
"""


def pairs(connection: duckdb.DuckDBPyConnection, chains: pl.DataFrame) -> pl.DataFrame:
    """Candidate pairs (document_id, chain, other_document_id, other_chain) of the chains' frame, sorted.

    Their number grows with the number of chains: a chain meets the one before it of its own form, and the first chain
    of each of at most MOST_FORMS other forms that share a key with it.
    """
    if chains.is_empty():
        return pl.DataFrame(schema=PAIRS)
    connection.register("chains", chains.select("document_id", "chain", "form", "sure", "blocks").to_arrow())
    try:
        found = connection.sql(_PAIRS, params={"most": MOST_FORMS}).to_arrow_table()
    finally:
        connection.unregister("chains")
    frame = pl.from_arrow(found)
    assert isinstance(frame, pl.DataFrame)
    return frame.cast(PAIRS)  # type: ignore[arg-type]
