"""Compute the bounds of days that articles narrow for each other, and the days on which they contradict each other.

A change concerns the articles that share keys with it (warehouse.corpus.evidence_keys). The bounds of each such article
follow from its own values and from those of the articles that share a key. If its publication is narrowed, its
expressions are read again. The result equals that of a full rebuild (tests/integration/test_date_bounds.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb
import polars as pl

from pipeline.contract import BY_NAME, EVIDENCE_KEYS
from pipeline.contract.schema import polars_schema
from warehouse.corpus import cross_article_bounds, date_conflicts, evidence_keys, shared_items
from warehouse.ledger import CorpusPending, TableDelta
from warehouse.row_files import row_files
from warehouse.shard_tasks import RunTasks, ShardTasks, run_here
from warehouse.sql import query
from warehouse.store import Store
from warehouse.temp_database import batches, insert_rows, temporary_database

_BOUNDS, _CONFLICTS = BY_NAME["date_bounds"].stored, BY_NAME["date_conflicts"].stored
_COLUMNS = ", ".join(column.name for column in EVIDENCE_KEYS.stored)
_NEW_KEYS = f"SELECT {_COLUMNS} FROM keys_after EXCEPT SELECT {_COLUMNS} FROM keys_before ORDER BY ALL"  # noqa: S608
_OLD_KEYS = f"SELECT item, key FROM (SELECT {_COLUMNS} FROM keys_before EXCEPT SELECT {_COLUMNS} FROM keys_after)"  # noqa: S608
_OLD_CONFLICTS = """
SELECT first_id, second_id FROM stored.date_conflicts
WHERE first_document_id IN (FROM ours) OR second_document_id IN (FROM ours)
"""


@contextmanager
def deltas(store: Store, pending: CorpusPending, run: RunTasks = run_here) -> Iterator[Mapping[str, TableDelta]]:
    """Return the changes of `date_bounds`, `date_conflicts`, and their index of keys."""
    with temporary_database(store.scratch) as temp:
        for name, columns in (("bounds", _BOUNDS), ("bounds_before", _BOUNDS), ("conflicts", _CONFLICTS)):
            insert_rows(temp, name, pl.DataFrame(schema=polars_schema(columns)))
        insert_rows(temp, "keys_before", pl.DataFrame(schema=polars_schema(EVIDENCE_KEYS.stored)))
        parts = ShardTasks.make(store, run)
        removed = _fill(store, temp, pending, parts)
        order = ", ".join(BY_NAME["date_bounds"].sort)
        keys = (
            row_files(temp, parts, EVIDENCE_KEYS, ", ".join(EVIDENCE_KEYS.sort))
            if pending.full_rebuild
            else batches(temp, _NEW_KEYS)
        )
        yield {
            "date_bounds": TableDelta(batches(temp, f"FROM bounds ORDER BY {order}"), removed["date_bounds"]),
            "date_conflicts": TableDelta(batches(temp, date_conflicts.ROWS), removed["date_conflicts"]),
            "evidence_keys": TableDelta(keys, removed["evidence_keys"]),
        }


def _fill(
    store: Store, temp: duckdb.DuckDBPyConnection, pending: CorpusPending, parts: ShardTasks
) -> dict[str, pl.DataFrame | None]:
    """Insert the new rows into `temp`. Returns, by table, the keys of the rows that they replace (None: all)."""
    whole = pending.full_rebuild
    partitions = max(parts.partitions, 1)
    parts.read(evidence_keys.read_keys, partitions=partitions)
    parts.match(evidence_keys.share_keys, partitions)
    parts.load(temp, "keys_after")
    if not whole:
        with store.open() as connection:
            for name, sql in (
                ("keys_before", f"SELECT {_COLUMNS} FROM stored.evidence_keys"),  # noqa: S608 - of the contract
                ("bounds_before", "FROM stored.date_bounds WHERE target = 'date'"),
            ):
                for batch in batches(connection, sql):
                    insert_rows(temp, name, batch)
    documents = evidence_keys.affected_articles(temp, pending.changed, whole=whole)
    concerned = pl.DataFrame({"document_id": documents}, {"document_id": pl.String})
    insert_rows(temp, "concerned", concerned)
    parts.read(cross_article_bounds.read_bounds, evidence=shared_items.match(temp, parts))
    parts.load(temp, "bounds")
    date_conflicts.find(temp)
    if whole:
        return dict.fromkeys(("date_bounds", "date_conflicts", "evidence_keys"))
    with store.open() as connection:
        connection.register("ours", concerned.to_arrow())
        conflicts = query(connection, _OLD_CONFLICTS)
        connection.unregister("ours")
    return {"date_bounds": concerned, "date_conflicts": conflicts, "evidence_keys": query(temp, _OLD_KEYS)}
