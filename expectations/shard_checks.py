"""Run checks shard by shard: those of single documents, those whose rows are sums over documents, and those of keys.

A check that finds nothing in any shard holds, and so does a share whose sum is within its thresholds. Keys and
references of all shards are compared by partitions of their hashes. What does not hold runs again on all rows, for its
examples.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from expectations.check_state import Changed
from expectations.findings import BuiltinCheck, Counted, CountPlan, Finding, count_planned, totals, with_earlier
from expectations.sql_checks import BuiltinSqlCheck, DriftThresholds
from expectations.sql_checks.sql_check import Share
from expectations.suites import ContractCheck, published
from pipeline.contract import BY_NAME
from warehouse import shards
from warehouse.shard_tasks import RunTasks, ShardTasks, ShardWriter
from warehouse.sql import literal, quoted
from warehouse.store import Store

_KEYS = "check_keys"
# Keys that several rows have, and references to a key that no row has.
_BROKEN = """
WITH rows AS ({})
SELECT "check" FROM rows WHERE target IS NULL GROUP BY "check", key HAVING count(*) > 1
UNION SELECT "check" FROM rows AS one WHERE target IS NOT NULL AND NOT EXISTS (
    FROM rows AS other WHERE other.target IS NULL AND other."check" = one.target AND other.key = one.key)
"""


@dataclass(frozen=True, slots=True)
class CorpusPlan:
    """Which checks of the whole corpus run in shards: `summed` (BuiltinSqlCheck.by_shard) and `keyed`
    (ContractCheck.by_key), which write their keys in so many partitions. `as_of`: the day for checks of the future."""

    summed: tuple[BuiltinCheck, ...]
    keyed: tuple[ContractCheck, ...]
    partitions: int
    as_of: date


def count_in_shards(store: Store, plan: CountPlan, changes: Changed, run: RunTasks) -> dict[str, Counted]:
    """Return what the checks of a plan find in all documents. Call without an open connection: the tasks open the
    shards. Raises StoreError."""
    parts = ShardTasks(store, store.scratch, run)
    return with_earlier(plan, parts.read(_count, documents=list(changes.due), plan=plan))


def _count(
    connection: duckdb.DuckDBPyConnection, _: ShardWriter, documents: Sequence[str], plan: CountPlan
) -> Mapping[str, Counted]:
    return count_planned(connection, plan, documents)


def examine_in_shards(
    store: Store, plan: CountPlan, changes: Changed, checks: Sequence[BuiltinCheck], as_of: date, run: RunTasks
) -> tuple[dict[str, Counted], dict[str, Finding]]:
    """Return what `count_in_shards` returns, and the findings of those of `checks` of the whole corpus that hold by
    what the shards and the partitions of keys say. Call under the lock of the judging. Raises StoreError."""
    # Not the scratch folder: a build may use it while `onrecord check` runs.
    scratch = store.folder / "checks.tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    parts = ShardTasks.make(store, run, scratch)
    corpus = CorpusPlan(
        tuple(c for c in checks if c.by_shard and not isinstance(_thresholds(c), DriftThresholds)),
        tuple(c for c in checks if isinstance(c, ContractCheck) and c.by_key),
        parts.partitions,
        as_of,
    )
    try:
        done = parts.read(_count_all, documents=list(changes.due), plan=plan, corpus=corpus)
        broken = set[str]()
        if corpus.keyed and all(sums for _, sums in done):
            broken.update(*parts.match(_broken_keys, corpus.partitions))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    found, judged = Counter[str](), Counter[str]()
    for _, sums in done:
        for name, (violating, all_) in sums.items():
            found[name] += violating
            judged[name] += all_
    holding = {
        check.id: Finding(found[check.id], judged[check.id])
        for check in (*corpus.summed, *corpus.keyed)
        if all(check.id in sums for _, sums in done) and check.id not in broken and _holds(check, found, judged)
    }
    return with_earlier(plan, [counts for counts, _ in done]), holding


def _thresholds(check: BuiltinCheck) -> object:
    return check.thresholds if isinstance(check, BuiltinSqlCheck) else None


def _holds(check: BuiltinCheck, found: Mapping[str, int], judged: Mapping[str, int]) -> bool:
    if isinstance(check, ContractCheck) or check.thresholds is None:
        return not found[check.id]
    return check.thresholds.grade(found[check.id], judged[check.id]) in ("held", "too few")


def _count_all(
    connection: duckdb.DuckDBPyConnection,
    write: ShardWriter,
    documents: Sequence[str],
    plan: CountPlan,
    corpus: CorpusPlan,
) -> tuple[Mapping[str, Counted], Mapping[str, Share]]:
    """Return what the checks of single documents count in a shard, and the sums of the others; write its keys."""
    counted = count_planned(connection, plan, documents)
    shards.gather_published(connection)
    sums = totals(connection, corpus.summed, corpus.keyed, corpus.as_of)
    if sums and corpus.keyed:
        for number, sql in enumerate(_keys(corpus.keyed)):
            write.by_key(connection, _KEYS, sql, "key", corpus.partitions, number)
    return counted, sums


def _keys(checks: Sequence[ContractCheck]) -> list[str]:
    """Return SQL for hashes of keys (`target` is null), and of references with the check of the key they refer to, each
    of a table."""
    tables = dict.fromkeys(check.table if check.kind == "key" else check.target for check in checks)
    keys = [(_key_check(name), "NULL", name, BY_NAME[name].key) for name in tables]
    keys += [
        (check.id, literal(_key_check(check.target)), check.table, (check.column or "",))
        for check in checks
        if check.kind == "refers_to"
    ]
    out = []
    for check, target, table, columns in keys:
        key = f"hash({', '.join(map(quoted, columns))})"
        names = f'{literal(check)} AS "check", {target}::VARCHAR AS target'
        given = f"{target} IS NULL OR {quoted(columns[0])} IS NOT NULL"
        out.append(f"SELECT {names}, {key} AS key FROM {published(table)} WHERE {given}")  # noqa: S608
    return out


def _key_check(table: str) -> str:
    return f"{table}_key"


def _broken_keys(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int) -> list[str]:
    """Return the checks that the keys of a partition break."""
    rows = connection.execute(_BROKEN.format(write.partition(_KEYS, number))).fetchall()
    return [str(name) for (name,) in rows]
