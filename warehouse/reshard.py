"""Change the number of shards: write new files beside the old ones, and replace these.

    reshard.tmp     the new files while they are written; deleted after a kill
    reshard.ready   the new files when complete: after this rename, they are the warehouse

After a kill, the next connection to the store finishes or deletes (warehouse.shards.settle).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb

from pipeline.contract import BOOKKEEPING_TABLES, DIGESTS, LEDGER, STATES, STORED, Table
from pipeline.stages import DOCUMENT_STAGES
from warehouse import digests, files, integrity, migration, shard_storage, shards, states
from warehouse.ledger import counts
from warehouse.sql import StoreError, fetch_one, literal, quoted, transaction, writing
from warehouse.store import Store
from warehouse.text import one_line, size

_TABLES: tuple[Table, ...] = (*STORED, *BOOKKEEPING_TABLES)
# Name of the new file in the connection.
_TARGET = "target"


def reshard(store: Store, count: int, address: str = "") -> bool:
    """Divide the warehouse into `count` shards, or create an empty one. Keeps rows, state and verdicts. Returns whether
    the number changed.

    A state that still has the hash of an earlier version (warehouse.states) changes, and the checks run again.
    `address`: of the object store that has the shards (warehouse.shard_storage). It gets the new ones; if one file
    remains, its objects are deleted.

    Raises ValueError if `count` is not in shards.COUNTS, RowsDiffer if another program has changed rows, and StoreError
    if the store is held, the disk has no room for a second copy, or the address is missing or of another warehouse.
    """
    if count not in shards.COUNTS:
        raise ValueError(f"the number of shards is one of {', '.join(map(str, shards.COUNTS))}, not {count}")
    with store.build_lock():
        if shards.layout(store.folder).stored is not None:
            if not address:
                raise StoreError(f"{store.folder}: its shards are in an object store; give its --shard-storage")
            shard_storage.synchronise(store, address)
        with store.open() as connection:
            if shards.layout(store.folder).count == count:
                return False
            integrity.check_in(store, connection)
            stored = shards.layout(store.folder).stored
            free = shutil.disk_usage(store.folder).free
            if free < store.size:
                raise StoreError(f"{store.folder}: {size(store.size)} are needed and {size(free)} are free")
            fresh = store.folder / shards.WRITTEN_BESIDE
            shutil.rmtree(fresh, ignore_errors=True)
            try:
                _write(connection, fresh, count, stored)
            except (OSError, duckdb.Error) as error:
                shutil.rmtree(fresh, ignore_errors=True)
                raise StoreError(f"{fresh}: could not be written: {one_line(error)}; nothing was changed") from error
            if stored is not None and count == 1:
                shard_storage.leave(stored, address)
            # With the connection still open: no other process can write to the old files.
            fresh.rename(store.folder / shards.READY)
        with store.open():  # replaces the old files
            pass
        if stored is not None and count > 1:
            shard_storage.synchronise(store, address)
    return True


def _write(connection: duckdb.DuckDBPyConnection, fresh: Path, count: int, stored: shards.Stored | None) -> None:
    """Write all files of a warehouse with `count` shards, from the connection's rows."""
    files.set_private_umask()
    fresh.mkdir()
    main = fresh / shards.FILE
    with closing(duckdb.connect(str(main))) as made:
        migration.prepare(made, main)
    _fill(connection, main, "", count)
    _marks(connection, main)
    (fresh / shards.FOLDER).mkdir()  # empty for one file
    if count > 1:
        parts = _write_shards(connection, fresh, count)
        shards.save(
            fresh,
            shards.Layout(count, migration.shape_digest(), parts=parts, stored=stored and replace(stored, objects={})),
        )
    if logs := [path.name for path in fresh.rglob("*.wal")]:
        raise OSError(f"rows remain in {logs[0]}")
    for path in sorted(fresh.rglob("*.duckdb")):
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _write_shards(connection: duckdb.DuckDBPyConnection, fresh: Path, count: int) -> dict[str, shards.Part]:
    """Write the files of all shards. Returns prefix -> its entry in the manifest."""
    empty, parts = fresh / "empty.duckdb", {}
    shards.create(empty)
    nothing = shards.Part({table.name: 0 for table in shards.ARTICLE_TABLES}, "", 0, 0.0)
    prefixes = shards.prefixes(count)
    documents = (
        "SELECT document_id FROM stored.ledger WHERE stage IN (SELECT unnest(?)) UNION ALL SELECT document_id FROM "
    )
    stages = [stage.name for stage in DOCUMENT_STAGES]
    sql = f"SELECT DISTINCT document_id[:{len(prefixes[0])}] FROM ({documents} stored.failures)"  # noqa: S608 - ours
    filled = {str(prefix) for (prefix,) in connection.execute(sql, [stages]).fetchall()}
    for prefix in prefixes:
        path = shards.file(fresh, prefix)
        path.parent.mkdir()
        shutil.copyfile(empty, path)
        parts[prefix] = _fill(connection, path, prefix, count) if prefix in filled else nothing
    empty.unlink()
    return parts


def _fill(connection: duckdb.DuckDBPyConnection, path: Path, prefix: str, count: int) -> shards.Part:
    """Copy the rows of a new file. Copies the digests, too, so that they still show changes by other programs; those of
    tables of which each file has a part are computed. Returns the shard's entry in the manifest."""
    connection.execute(f"ATTACH {literal(path)} AS {_TARGET}")
    try:
        with transaction(connection), writing(connection, f"{_TARGET}.stored"):
            for table, where in _parts(prefix, count):
                columns = ", ".join(quoted(column.name) for column in table.stored)
                order = ", ".join(quoted(name) for name in table.sort or table.key)
                connection.execute(
                    f"INSERT INTO {_TARGET}.stored.{quoted(table.name)} ({columns}) "  # noqa: S608 - our names
                    f"SELECT {columns} FROM stored.{quoted(table.name)} WHERE {where} ORDER BY {order}"
                )
            tables = (*(table.name for table in shards.ARTICLE_TABLES), "failures")
            rows = counts(connection, tables, f"{_TARGET}.stored")
            digests.fill(connection, shards.IN_STATE)
            states.fill(connection, tables=shards.IN_STATE if prefix else states.TABLES)
    finally:
        connection.execute(f"DETACH {_TARGET}")
    failed = rows.pop("failures")
    return shards.Part(rows, "", failed, 0.0)


def _parts(prefix: str, count: int) -> Iterator[tuple[Table, str]]:
    """Yield the tables of a file, and the condition of the rows that it has. `prefix`: empty for the main file."""
    names = ", ".join(f"'{stage.name}'" for stage in DOCUMENT_STAGES)
    apart = ", ".join(f"'{table.name}'" for table in shards.ARTICLE_TABLES)
    divided = ", ".join(f"'{table.name}'" for table in shards.IN_STATE)
    theirs = shards.within(prefix) if prefix else "true"
    for table in shards.TABLES if prefix else _TABLES:
        if table == STATES:
            continue
        if table == LEDGER:
            inside = f"stage IN ({names})"
            yield table, f"{inside} AND {theirs}" if prefix else "true" if count == 1 else f"NOT ({inside})"
        elif table == DIGESTS:
            inside = f'"table" IN ({apart})'
            whose = f"{inside} AND {theirs}" if prefix else "true" if count == 1 else f"NOT ({inside})"
            yield table, f'{whose} AND "table" NOT IN ({divided})'
        elif prefix:
            yield table, theirs
        elif count == 1 or table not in shards.TABLES:
            yield table, "true"


def _marks(connection: duckdb.DuckDBPyConnection, main: Path) -> None:
    """Copy the marks that are comments of tables in the main file (warehouse.withdrawal)."""
    with closing(duckdb.connect(str(main))) as made:
        for schema, table in (("stored", "raws"), ("main", "onrecord")):
            found = fetch_one(
                connection,
                "SELECT comment FROM duckdb_tables() WHERE database_name = ? AND schema_name = ? AND table_name = ?",
                [Path(shards.FILE).stem, schema, table],
            )
            if found is not None and found[0] is not None:
                made.execute(f"COMMENT ON TABLE {schema}.{table} IS {literal(found[0])}")
