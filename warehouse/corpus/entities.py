"""Update the corpus's entities from its chains: candidates, decisions, rows.

Only names that a change can affect are resolved again, and only entities that it touches are described again. The
result equals that of a full rebuild (tests/unit/test_entities.py). With shards, a full rebuild is made in tasks, also
the decisions (warehouse.corpus.entity_groups): each shard writes its chains by entity, and a task for each partition of
the entities describes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import duckdb
import polars as pl

from pipeline import entities
from pipeline.contract import BY_NAME, RESOLVED_AGAIN
from warehouse.corpus import entity_candidates, entity_groups
from warehouse.ledger import CorpusPending, TableDelta
from warehouse.row_files import row_files, write_rows
from warehouse.shard_tasks import RunTasks, ShardTasks, ShardWriter, run_here
from warehouse.sql import query
from warehouse.store import Store
from warehouse.temp_database import temporary_database

_ENTITIES, _RESOLVED = BY_NAME["entities"], BY_NAME["resolutions"]

# Registered frames: reassigned (facet, entity_id), changed (document_id). `full_rebuild` compares with nothing.
_ASSIGNED = """
CREATE TEMP TABLE assigned AS
SELECT document_id, chain, reassigned.entity_id FROM stored.chains JOIN reassigned USING (facet)
"""
_REMOVED = """
CREATE TEMP TABLE removed_assignments AS
SELECT document_id, chain, entity_id FROM stored.resolutions SEMI JOIN changed USING (document_id)
UNION
SELECT document_id, chain, had.entity_id FROM stored.resolutions AS had JOIN assigned AS now USING (document_id, chain)
WHERE had.entity_id <> now.entity_id
"""
_ADDED = """
CREATE TEMP TABLE added_assignments AS
SELECT * FROM assigned SEMI JOIN changed USING (document_id)
UNION
SELECT * FROM assigned SEMI JOIN removed_assignments USING (document_id, chain)
"""
_RESOLUTIONS = """
SELECT document_id, chain, form, blocks, entity_id FROM {} JOIN stored.chains USING (document_id, chain)
ORDER BY document_id, chain
"""
_TOUCHED = """
CREATE TEMP TABLE touched AS
SELECT entity_id FROM removed_assignments UNION SELECT entity_id FROM added_assignments
"""
_RESOLVED_AGAIN = """
SELECT document_id FROM removed_assignments UNION SELECT document_id FROM added_assignments ORDER BY document_id
"""
_MEMBERS = """
SELECT entity_id, document_id, form, label, country, wikidata, names, name_mentions, roles, role_mentions,
    he, she, they, mentions,
    CASE WHEN published_earliest = published_latest THEN published_latest END AS first, first AS last
FROM assigned SEMI JOIN touched USING (entity_id)
JOIN stored.chains AS chains USING (document_id, chain) JOIN stored.documents USING (document_id)
"""
_TOTALS = """
SELECT entity_id, CAST(sum(mentions) AS BIGINT) AS mentions, count(DISTINCT document_id) AS documents,
    min(first) AS first, max(last) AS last, min(CASE WHEN contains(form, ' = ') THEN form END) AS known,
    CASE WHEN count(DISTINCT wikidata) = 1 THEN min(wikidata) END AS wikidata,
    CAST(sum(he) AS BIGINT) AS he, CAST(sum(she) AS BIGINT) AS she, CAST(sum(they) AS BIGINT) AS they
FROM members GROUP BY entity_id ORDER BY entity_id
"""
_LABELS = "SELECT entity_id, label, count(*) AS chains FROM members GROUP BY ALL ORDER BY ALL"
_COUNTRIES = """
SELECT entity_id, country, count(*) AS chains FROM members WHERE country IS NOT NULL GROUP BY ALL ORDER BY ALL
"""
_NAMES = """
SELECT entity_id, name, CAST(sum(found) AS BIGINT) AS mentions
FROM (SELECT entity_id, unnest(names) AS name, unnest(name_mentions) AS found FROM members)
GROUP BY ALL ORDER BY ALL
"""
_ROLES = """
SELECT entity_id, role, CAST(sum(found) AS BIGINT) AS mentions, min(first) AS first, max(last) AS last
FROM (SELECT entity_id, first, last, unnest(roles) AS role, unnest(role_mentions) AS found FROM members)
GROUP BY entity_id, role ORDER BY ALL
"""


@contextmanager
def deltas(store: Store, pending: CorpusPending, run: RunTasks = run_here) -> Iterator[Mapping[str, TableDelta]]:
    """Return the changes of `entities` and `resolutions`."""
    if not (pending.full_rebuild and store.parts):
        yield resolve(store.open, pending)
        return
    with temporary_database(store.scratch) as temp:
        parts = ShardTasks.make(store, run)
        entity_groups.decide(parts, temp)
        parts.read(read_members, partitions=parts.partitions)
        parts.match(describe_members, parts.partitions)
        yield {
            table.name: TableDelta(row_files(temp, parts, table, ", ".join(table.sort)))
            for table in (_ENTITIES, _RESOLVED, RESOLVED_AGAIN)
        }


def read_members(connection: duckdb.DuckDBPyConnection, write: ShardWriter, partitions: int) -> None:
    """Write the rows of `resolutions` and `resolved_again` of a part's articles, and its chains by entity."""
    connection.execute(f"CREATE TEMP VIEW reassigned AS FROM {write.written('reassigned')}")
    connection.execute(_ASSIGNED)
    connection.execute("CREATE TEMP TABLE touched AS SELECT DISTINCT entity_id FROM assigned")
    write_rows(connection, write, _RESOLVED, _RESOLUTIONS.format("assigned"))
    write_rows(connection, write, RESOLVED_AGAIN, "SELECT DISTINCT document_id FROM assigned")
    write.by_key(connection, "members", _MEMBERS, "entity_id", partitions)


def describe_members(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int) -> None:
    """Write the rows of `entities` of a partition."""
    connection.execute(f"CREATE TEMP TABLE members AS {write.partition('members', number)}")
    connection.register("described", _described(connection).to_arrow())
    write_rows(connection, write, _ENTITIES, "FROM described")


def _described(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the rows of `entities` of the table `members`."""
    sums = (query(connection, sql) for sql in (_TOTALS, _LABELS, _COUNTRIES, _NAMES, _ROLES))
    return entities.describe(entities.EntityFrames(*sums))


def _reassigned(found: Mapping[str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(found.items()), {"facet": pl.String, "entity_id": pl.String}, orient="row")


def resolve(
    open_store: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]], pending: CorpusPending
) -> Mapping[str, TableDelta]:
    """Return the changes of `entities` and `resolutions`. `open_store` opens the store (Store.open)."""
    with open_store() as connection:
        scope = (
            entity_candidates.forms(connection)
            if pending.full_rebuild
            else entity_candidates.scope(connection, pending.changed)
        )
        found = entity_candidates.candidates(connection, scope)
    reassigned = entities.decide(found)
    with open_store() as connection:
        return _deltas(connection, reassigned, pending)


def _deltas(
    connection: duckdb.DuckDBPyConnection, reassigned: Mapping[str, str], pending: CorpusPending
) -> Mapping[str, TableDelta]:
    frames = {
        "reassigned": _reassigned(reassigned),
        "changed": pl.DataFrame({"document_id": list(pending.changed)}, {"document_id": pl.String}),
    }
    for name, frame in frames.items():
        connection.register(name, frame.to_arrow())
    connection.execute(_ASSIGNED)
    if pending.full_rebuild:
        connection.execute("CREATE TEMP TABLE added_assignments AS SELECT * FROM assigned")
        connection.execute("CREATE TEMP TABLE removed_assignments AS SELECT * FROM assigned WHERE false")
    else:
        connection.execute(_REMOVED)
        connection.execute(_ADDED)
    connection.execute(_TOUCHED)
    connection.execute(f"CREATE TEMP TABLE members AS {_MEMBERS}")
    described = _described(connection)
    added = query(connection, _RESOLUTIONS.format("added_assignments"))
    removed = query(connection, "SELECT document_id, chain FROM removed_assignments ORDER BY ALL")
    touched = query(connection, "SELECT entity_id FROM touched ORDER BY ALL")
    again = query(connection, _RESOLVED_AGAIN)
    for name in ("members", "touched", "added_assignments", "removed_assignments", "assigned"):
        connection.execute(f"DROP TABLE {name}")
    for name in frames:
        connection.unregister(name)
    return {
        "entities": TableDelta(described, None if pending.full_rebuild else touched),
        "resolutions": TableDelta(added, None if pending.full_rebuild else removed),
        # Quotations in these articles may have other speakers.
        "resolved_again": TableDelta(again, None if pending.full_rebuild else again),
    }
