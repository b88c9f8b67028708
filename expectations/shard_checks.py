"""Run the checks of single documents shard by shard: what breaks one depends on the document's own rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from expectations.check_state import Changed
from expectations.findings import Counted, CountPlan, count_planned, with_earlier
from warehouse.shard_tasks import RunTasks, ShardTasks, ShardWriter
from warehouse.store import Store


def count_in_shards(store: Store, plan: CountPlan, changes: Changed, run: RunTasks) -> dict[str, Counted]:
    """Return what the checks of a plan find in all documents. Call without an open connection: the tasks open the
    shards. Raises StoreError."""
    parts = ShardTasks(store, store.scratch, run)
    return with_earlier(plan, parts.read(_count, documents=list(changes.due), plan=plan))


def _count(
    connection: duckdb.DuckDBPyConnection, _: ShardWriter, documents: Sequence[str], plan: CountPlan
) -> Mapping[str, Counted]:
    return count_planned(connection, plan, documents)
