"""Compute the bounds of days that articles narrow for each other, and the days on which they contradict each other.

A change concerns the articles that share keys with it (warehouse.corpus.evidence_keys). The bounds of each such article
follow from its own values and from those of the articles that share a key. If its publication is narrowed, its
expressions are read again. The result equals that of a full rebuild (tests/integration/test_date_bounds.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import batched

import duckdb
import polars as pl

from pipeline.contract import BY_NAME, EVIDENCE_KEYS
from pipeline.contract.schema import polars_schema
from warehouse.corpus import cross_article_bounds, date_conflicts, evidence_keys
from warehouse.ledger import CorpusPending, TableDelta
from warehouse.sql import query, set_memory_limit
from warehouse.store import Store
from warehouse.temp_database import MEMORY, batches, insert_rows, temporary_database

# Articles per batch.
ARTICLES = 500
_BOUNDS, _CONFLICTS = BY_NAME["date_bounds"].stored, BY_NAME["date_conflicts"].stored
_COLUMNS = ", ".join(column.name for column in EVIDENCE_KEYS.stored)
_NEW_KEYS = f"SELECT {_COLUMNS} FROM keys_after EXCEPT SELECT {_COLUMNS} FROM stored.evidence_keys"  # noqa: S608
_OLD_KEYS = (
    f"SELECT item, key FROM (SELECT {_COLUMNS} FROM stored.evidence_keys EXCEPT SELECT {_COLUMNS} FROM keys_after)"  # noqa: S608
)
_OLD_CONFLICTS = """
SELECT first_id, second_id FROM stored.date_conflicts
WHERE first_document_id IN (FROM concerned) OR second_document_id IN (FROM concerned)
"""


@contextmanager
def deltas(store: Store, pending: CorpusPending) -> Iterator[Mapping[str, TableDelta]]:
    """Return the changes of `date_bounds`, `date_conflicts`, and their index of keys."""
    with temporary_database(store.scratch) as temp:
        for name, columns in (("bounds", _BOUNDS), ("conflicts", _CONFLICTS)):
            insert_rows(temp, name, pl.DataFrame(schema=polars_schema(columns)))
        with store.open() as connection:
            set_memory_limit(connection, MEMORY)
            removed = _fill(connection, temp, pending)
        order = {name: ", ".join(BY_NAME[name].sort) for name in ("date_bounds", "date_conflicts")}
        yield {
            "date_bounds": TableDelta(
                batches(temp, f"FROM bounds ORDER BY {order['date_bounds']}"), removed["date_bounds"]
            ),
            "date_conflicts": TableDelta(
                batches(temp, f"FROM conflicts ORDER BY {order['date_conflicts']}"), removed["date_conflicts"]
            ),
            "evidence_keys": TableDelta(batches(temp, "FROM keys ORDER BY ALL"), removed["evidence_keys"]),
        }


def _fill(
    connection: duckdb.DuckDBPyConnection, temp: duckdb.DuckDBPyConnection, pending: CorpusPending
) -> dict[str, pl.DataFrame | None]:
    """Insert the new rows into `temp`. Returns, by table, the keys of the rows that they replace (None: all)."""
    documents = evidence_keys.affected_articles(connection, pending.changed, whole=pending.full_rebuild)
    _table(connection, "concerned", documents)
    cross_article_bounds.prepare(connection)
    for part in batched(documents, ARTICLES):
        _table(connection, "wanted", part)
        insert_rows(temp, "bounds", cross_article_bounds.bounds(connection, part))
    connection.register("incoming", query(temp, "SELECT * FROM bounds WHERE target = 'date'").to_arrow())
    date_conflicts.prepare(connection)
    connection.unregister("incoming")
    for part in batched(documents, ARTICLES):
        _table(connection, "wanted", part)
        insert_rows(temp, "conflicts", date_conflicts.conflicts(connection))
    # A conflict between articles of two batches is found twice.
    temp.execute("CREATE OR REPLACE TABLE conflicts AS SELECT DISTINCT * FROM conflicts")
    insert_rows(temp, "keys", query(connection, "SELECT * FROM keys_after" if pending.full_rebuild else _NEW_KEYS))
    if pending.full_rebuild:
        return dict.fromkeys(("date_bounds", "date_conflicts", "evidence_keys"))
    return {
        "date_bounds": pl.DataFrame({"document_id": documents}, {"document_id": pl.String}),
        "date_conflicts": query(connection, _OLD_CONFLICTS),
        "evidence_keys": query(connection, _OLD_KEYS),
    }


def _table(connection: duckdb.DuckDBPyConnection, name: str, documents: Sequence[str]) -> None:
    """Create a temporary table of articles."""
    sql = f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT unnest($documents)::VARCHAR AS document_id"
    connection.execute(sql, {"documents": list(documents)})
