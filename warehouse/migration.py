"""Give the store the contract's tables and views, and migrate a warehouse of another shape.

A database is in one of these states:

    empty                       tables and views are created
    no mark, unknown tables     not ours: refused and left unchanged
    a newer format or contract refused: an older program would lose what it does not know
    an older format             the steps of MIGRATIONS run in order
    a derived table of another shape    dropped, with all tables made from it; the next run makes them again
    a kept table of another shape       altered in place if nullable columns were added or columns removed; else the
                                        whole database is renamed and made again from the raw files

The logger `onrecord` reports a migration (one of the last three) in a line; a refusal is a StoreError. What derives
from the raw texts can always be made again; the raw texts cannot, once the raw folder has changed.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import duckdb

from pipeline.contract import (
    BOOKKEEPING_TABLES,
    DIGESTED,
    INDEX_TABLES_BY_STAGE,
    INDEXES,
    SCHEMA_VERSION,
    STATES,
    STORED,
    Column,
    Table,
)
from pipeline.stages import WRITER, dependents
from warehouse import digests, states
from warehouse.published_views import views
from warehouse.sql import SQL_TYPES, StoreError, fetch_one, quoted, transaction
from warehouse.text import one_line

LOG = logging.getLogger("onrecord")

# The format of the store. Raise it, with a step in MIGRATIONS, when stored rows change their meaning but not their
# columns. A changed rule does not change the format: its CODE_VERSION covers it.
STORE_FORMAT = 3
# Format -> migration to the next format, inside one transaction, before `_reshape`. The formats so far need none: 0 has
# no mark, 1 no digests, 2 an index for every key and its state hashed as one string. `_reshape` does what they need.
MIGRATIONS: dict[int, Callable[[duckdb.DuckDBPyConnection], None]] = {}
# The last format that hashed its state as one string.
_FORMER_STATE = 2
# Tables without an index of their key. An index is in memory as a whole and costs several times as much as the insert.
# Tables that a stage derives have none: checks verify their keys, and warehouse.ledger the keys that it writes. The
# others have at most a row an article, or are updated by key (digests, states, refusals), and cannot be made again.
UNINDEXED = frozenset(WRITER) - {"documents"} | {table.name for table in INDEXES}
# Tables that can be made again: checks run again, and failed documents are tried again.
DISPOSABLE = frozenset({"failures", "verdicts", "judged", "offences"})
_ALL: tuple[Table, ...] = (*STORED, *BOOKKEEPING_TABLES)
# Computed from other tables: the indexes of corpus-wide stages, and the state.
_FOLLOWS = frozenset(table.name for table in (*INDEXES, STATES))
_KEPT: tuple[Table, ...] = tuple(t for t in _ALL if t.name not in {*WRITER, *DISPOSABLE, *_FOLLOWS})


class NeedsNewDatabase(Exception):
    """The database cannot be altered in place: rename it and start from scratch. The message names the table."""


def ddl(table: Table) -> str:
    """Return CREATE TABLE IF NOT EXISTS for the stored columns, with NOT NULL and (unless UNINDEXED) the key."""
    columns = [f"{quoted(c.name)} {_sql_type(c)}" for c in table.stored]
    if table.name not in UNINDEXED:
        columns.append(f"PRIMARY KEY ({', '.join(quoted(name) for name in table.key)})")
    return f"CREATE TABLE IF NOT EXISTS stored.{quoted(table.name)} ({', '.join(columns)})"


def _sql_type(column: Column) -> str:
    return SQL_TYPES[column.kind] + (" NOT NULL" if column.required else "")


def shape_digest() -> str:
    """Return the SHA-256 of everything that `prepare` creates: it changes with the shape."""
    shapes = [f"{table.name} {shape(table)}" for table in _ALL]
    return hashlib.sha256("\n".join([f"{STORE_FORMAT} {SCHEMA_VERSION}", *shapes, *views()]).encode()).hexdigest()


def prepare(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Create or migrate tables and views to the contract's shape. Raises StoreError if the database is not ours or
    newer than this program, NeedsNewDatabase if it has to be made again; neither changes it."""
    form = _store_format(connection, database)
    if form == (STORE_FORMAT, SCHEMA_VERSION) and not _changed(stored_shapes(connection)):
        if _views(connection) != _expected_views(tuple(views())):
            with transaction(connection):
                _create_views(connection)
        return
    with transaction(connection):
        connection.execute("CREATE SCHEMA IF NOT EXISTS stored")
        connection.execute("DROP SCHEMA IF EXISTS published CASCADE")
        for step in range(form[0] if form else STORE_FORMAT, STORE_FORMAT):
            if step in MIGRATIONS:
                MIGRATIONS[step](connection)
        altered, recomputed, copied = _reshape(connection, None if form is None else form[0])
        _create_views(connection)
        connection.execute("CREATE OR REPLACE TABLE main.onrecord (form INTEGER, contract VARCHAR)")
        connection.execute("INSERT INTO main.onrecord VALUES (?, ?)", [STORE_FORMAT, SCHEMA_VERSION])
    if form is not None:
        _log_migration(database, form, altered, recomputed, copied)


def check_shape(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Check that the database has the contract's shape, without changing it. Raises StoreError."""
    form = _store_format(connection, database)
    if form != (STORE_FORMAT, SCHEMA_VERSION) or _changed(stored_shapes(connection)):
        raise StoreError(outdated(database))


def outdated(database: Path) -> str:
    """Return the message for a database of an older shape that cannot be written."""
    return (
        f"{database}: made by an older onrecord and needs a migration. Build once with this version where "
        "the folder is writable, or use the older version"
    )


def _store_format(connection: duckdb.DuckDBPyConnection, database: Path) -> tuple[int, str] | None:
    """Return format and contract of our store, (0, "") if it has no mark yet, None if it is empty."""
    objects = {
        (schema, name)
        for schema, name in connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal UNION ALL "
            "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    }
    if not objects:
        return None
    if ("main", "onrecord") not in objects:
        if {("stored", name) for name in ("raws", "ledger", "files")} <= objects:
            return 0, ""
        raise StoreError(
            f"{database}: a DuckDB database, but not made by onrecord; nothing was changed. Move it away, or "
            "choose another --warehouse"
        )
    mark = fetch_one(connection, "SELECT form, contract FROM main.onrecord")
    if mark is None:
        raise StoreError(
            f"{database}: its version mark is empty; nothing was changed. Restore a backup or move the file away"
        )
    form, contract = int(mark[0]), str(mark[1])
    if form > STORE_FORMAT or _number(contract) > _number(SCHEMA_VERSION):
        raise StoreError(
            f"{database}: written by a newer onrecord (format {form}, contract {contract}; this version "
            f"supports format {STORE_FORMAT}, contract {SCHEMA_VERSION}); nothing was changed. Use the newer version, "
            "or another --warehouse"
        )
    return form, contract


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def stored_shapes(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return stored table -> its columns with type and nullability, sorted by name: their order does not matter."""
    return dict(
        connection.execute(
            "SELECT table_name, list(column_name || ' ' || data_type || ' ' || is_nullable ORDER BY column_name) "
            "FROM information_schema.columns WHERE table_schema = 'stored' GROUP BY table_name"
        ).fetchall()
    )


def shape(table: Table) -> list[str]:
    required = set(table.key)
    return sorted(
        f"{c.name} {SQL_TYPES[c.kind]} {'NO' if c.required or c.name in required else 'YES'}" for c in table.stored
    )


def _changed(known: Mapping[str, Sequence[str]]) -> set[str]:
    return {t.name for t in _ALL if known.get(t.name) != shape(t)}


def _reshape(connection: duckdb.DuckDBPyConnection, form: int | None) -> tuple[list[str], list[str], list[str]]:
    """Give every table the contract's shape. Make new digests for the changed tables, or for all of an older format.
    Returns the kept tables altered in place, the derived ones dropped to be made again, and those copied to lose their
    index. Raises NeedsNewDatabase if a kept table's rows do not fit."""
    everything = form is not None and form < STORE_FORMAT
    known = stored_shapes(connection)
    changed = _changed(known)
    altered = [t.name for t in _KEPT if t.name in changed and t.name in known]
    for table in _KEPT:
        if table.name in altered:
            _alter(connection, table, [line.split(" ", 1)[0] for line in known[table.name]])
    # If an index of a stage has another shape, the stage makes its tables and all its indexes again.
    changed_stages = {
        stage for stage, kept in INDEX_TABLES_BY_STAGE.items() if {t.name for t in kept} & changed & known.keys()
    }
    indexes = {table.name for stage in changed_stages for table in INDEX_TABLES_BY_STAGE[stage]}
    stages = changed_stages | {WRITER[name].name for name in changed if name in WRITER}
    recomputed = [table for stage in dependents(stages) for table in stage.writes]
    strange = known.keys() - {t.name for t in _ALL}
    following = indexes | ({STATES.name} & changed)
    for name in sorted({*recomputed, *(changed & DISPOSABLE), *strange, *following} & known.keys()):
        connection.execute(f"DROP TABLE stored.{quoted(name)} CASCADE")
    for table in _ALL:
        connection.execute(ddl(table))
    for name in recomputed:
        connection.execute("DELETE FROM stored.ledger WHERE stage = ?", [name])
    if {"raws", "refusals", "files"} & set(altered):
        # Read every existing file again, to fill the new columns.
        connection.execute("DELETE FROM stored.files")
    copied = _without_index(connection)
    written = {"ledger", "files", *altered, *recomputed, *indexes, *(changed & DISPOSABLE)} if known else set()
    digests.fill(connection, [t for t in DIGESTED if everything or t.name in written])
    if known:
        states.fill(connection, former=form is not None and form <= _FORMER_STATE)
    return altered, [name for name in recomputed if name in known], copied


def _without_index(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Copy the UNINDEXED tables that have an index of their key. Returns them.

    DuckDB cannot drop a key. The copies replace the tables when the caller's transaction commits: a kill before that
    leaves the tables unchanged.
    """
    found = connection.execute(
        "SELECT DISTINCT table_name FROM duckdb_constraints() "
        "WHERE schema_name = 'stored' AND constraint_type = 'PRIMARY KEY'"
    ).fetchall()
    keyed = {str(name) for (name,) in found}
    copied = [table for table in _ALL if table.name in keyed & UNINDEXED]
    for table in copied:
        columns = ", ".join(quoted(c.name) for c in table.stored)
        connection.execute(f"ALTER TABLE stored.{quoted(table.name)} RENAME TO indexed")
        connection.execute(ddl(table))
        connection.execute(f"INSERT INTO stored.{quoted(table.name)} ({columns}) SELECT {columns} FROM stored.indexed")  # noqa: S608
        connection.execute("DROP TABLE stored.indexed")
    return [table.name for table in copied]


def _alter(connection: duckdb.DuckDBPyConnection, table: Table, old: Sequence[str]) -> None:
    """Give a kept table's rows the new shape: new columns are null. Raises NeedsNewDatabase if that is impossible."""
    same = ", ".join(quoted(c.name) for c in table.stored if c.name in old)
    name = f"stored.{quoted(table.name)}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE kept AS SELECT {same} FROM {name}")  # noqa: S608
    connection.execute(f"DROP TABLE {name} CASCADE")
    connection.execute(ddl(table))
    try:
        connection.execute(f"INSERT INTO {name} ({same}) SELECT {same} FROM kept")  # noqa: S608
    except (duckdb.ConstraintException, duckdb.ConversionException) as error:
        raise NeedsNewDatabase(table.name) from error
    connection.execute("DROP TABLE kept")


def _create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the published views."""
    connection.execute("DROP SCHEMA IF EXISTS published CASCADE")
    connection.execute("CREATE SCHEMA published")
    for statement in views():
        connection.execute(statement)


def _views(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return name and SQL of everything in the schema `published`."""
    return connection.execute(
        "SELECT view_name, sql FROM duckdb_views() WHERE schema_name = 'published' AND NOT internal UNION ALL "
        "SELECT table_name, sql FROM duckdb_tables() WHERE schema_name = 'published' ORDER BY ALL"
    ).fetchall()


@cache
def _expected_views(statements: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the same for a new database."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA stored")
        for table in _ALL:
            connection.execute(ddl(table))
        connection.execute("CREATE SCHEMA published")
        for statement in statements:
            connection.execute(statement)
        return _views(connection)


def _log_migration(
    database: Path, form: tuple[int, str], altered: Sequence[str], recomputed: Sequence[str], copied: Sequence[str]
) -> None:
    parts = (
        [f"migrated from format {form[0]}, contract {form[1]}"]
        if form[0] and form != (STORE_FORMAT, SCHEMA_VERSION)
        else []
    )
    if form[0] == 1:
        parts.append("digests computed from its current rows, so that later changes by other programs are detected")
    if copied:
        parts.append(f"{len(copied)} tables copied once, to drop the indexes of their keys")
    if altered:
        parts.append(f"{', '.join(altered)} altered in place")
    if recomputed:
        parts.append(f"{', '.join(recomputed)} will be made again")
    if parts:
        LOG.warning("%s: an older warehouse: %s; the raw texts are kept", database, "; ".join(parts))


def set_aside(database: Path, reason: NeedsNewDatabase) -> None:
    """Rename the database to `<stem>.old-<n>`. Nothing is lost; the next build starts from scratch."""
    number = 1
    while (aside := database.with_name(f"{database.stem}.old-{number}{database.suffix}")).exists():
        number += 1
    wal = database.with_name(f"{database.name}.wal")
    if wal.exists():
        wal.rename(aside.with_name(f"{aside.name}.wal"))
    database.rename(aside)
    LOG.warning(
        "%s: %s cannot be migrated in place: the old database was renamed to %s, and everything is computed "
        "again from the raw folder; articles whose raw files no longer exist are only in the old database",
        database,
        reason,
        aside.name,
    )


def unusable_reason(database: Path, error: duckdb.Error, shards: Path | None = None) -> str | None:
    """Return one line that says why a database cannot be used if the error is the file's or the disk's, else None.
    `shards`: the folder of all shards, if the database is a shard: no build makes a single shard again."""
    text = one_line(error)
    if "No space left" in text or "Disk quota" in text or "File too large" in text:
        return (
            f"{database.parent}: the disk is full; the current step was not saved, earlier ones were. Free "
            f"some space and build again ({text})"
        )
    damaged = "Corrupt database" in text or "database has been invalidated" in text
    if damaged or (isinstance(error, duckdb.IOException) and database.name in text):
        return (
            f"{database}: {'damaged' if damaged else 'cannot be read or written'}; nothing was deleted. "
            f"Restore a backup, or move {shards or 'the file'} away and build again: everything is computed again "
            f"from the raw {'records' if shards else 'folder'} ({text})"
        )
    return None
