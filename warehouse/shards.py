"""Shards: the rows of article-wise stages in several database files, so that several processes can write.

A shard has the documents whose ids begin with its prefix. Document ids are hashes, so shards are of about one size.
Its file `shards/<prefix>/onrecord.duckdb` has the tables of article-wise stages, and their ledger lines, failures,
digests and state. The main file has everything else: raw records and their ledger lines, refusals, the tables of
corpus-wide stages, verdicts.

Readers see one database: views over all files have the names of the tables. `shards/manifest.json` has the number of
shards, and what was last recorded about each. A warehouse without it is one file.

The files of shards may also be in an object store (warehouse.shard_storage). Then the manifest says which objects.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb

from pipeline.contract import BOOKKEEPING_TABLES, BY_NAME, DIGESTS, FAILURES, LEDGER, STATES, STORED, Table
from pipeline.stages import DOCUMENT_STAGES, dependents
from warehouse import database_stamp, digests, files, migration, states
from warehouse.published_views import views
from warehouse.sql import StoreError, literal, quoted, transaction, write_to
from warehouse.text import one_line
from warehouse.writes import delete

# Allowed numbers of shards. A reader opens all of them, and a process may open 1,024 files by default.
COUNTS = (1, 16, 256)
FOLDER, MANIFEST = "shards", "manifest.json"
FILE = "onrecord.duckdb"
# Folders of `reshard` (warehouse.reshard): while it writes the new files, and when they are complete.
WRITTEN_BESIDE, READY = "reshard.tmp", "reshard.ready"
# Name of the main file in a connection to a shard, and of the database with the views.
MAIN, GATHERED = "corpus", "gathered"
# The schema of a connection's main file: DuckDB names a database after its file.
OWN = f"{Path(FILE).stem}.stored"
# Tables of article-wise stages, which are in shards only, and tables of which each file has a part.
ARTICLE_TABLES = tuple(BY_NAME[name] for stage in DOCUMENT_STAGES for name in stage.writes)
KEPT_BESIDE = (LEDGER, FAILURES, DIGESTS, STATES)
TABLES = (*ARTICLE_TABLES, *KEPT_BESIDE)
# The tables that a shard's state covers.
IN_STATE = (LEDGER, FAILURES)
_ROOT = "stage = 'raws'"


@dataclass(frozen=True, slots=True)
class Part:
    """A shard after its last update.

    rows       table -> number of rows
    state      SHA-256 of its ledger lines and failures
    failed     documents on which a stage failed
    seconds    time of the update
    made_from  SHA-256 of its inputs; None if documents may be pending
    """

    rows: Mapping[str, int]
    state: str
    failed: int
    seconds: float
    made_from: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What the manifest in the object store says (warehouse.shard_storage).

    warehouse  a name of this warehouse: 32 hex digits
    objects    prefix -> SHA-256 of the shard's file
    tag        identifies the content of that manifest, for a conditional write; None before the first
    """

    warehouse: str
    objects: Mapping[str, str] = field(default_factory=dict)
    tag: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The number of shards, the shape and format of their tables (warehouse.migration), and their last updates. A shard
    without one has to be opened by the next build. `stored`: None if they are in no object store."""

    count: int = 1
    contract: str = ""
    form: int = migration.STORE_FORMAT
    parts: Mapping[str, Part] = field(default_factory=dict)
    stored: Stored | None = None

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The shards' prefixes of document ids; none if the warehouse is one file."""
        return prefixes(self.count)


def prefixes(count: int) -> tuple[str, ...]:
    """Return the prefixes of document ids for a number of shards, sorted; none for one."""
    digits = (count.bit_length() - 1) // 4
    return tuple(f"{number:0{digits}x}" for number in range(count)) if digits else ()


def file(folder: Path, prefix: str) -> Path:
    """Return the path of a shard's database in the warehouse `folder`."""
    return folder / FOLDER / prefix / FILE


def layout(folder: Path) -> Layout:
    """Read the manifest of a warehouse. Raises StoreError if it is damaged, or missing although there are shards."""
    path = folder / FOLDER / MANIFEST
    try:
        return parsed(files.read(path))
    except FileNotFoundError:
        if any((folder / FOLDER).glob(f"*/{FILE}")):
            raise StoreError(f"{path} does not exist, and the shards beside it do. Restore a backup") from None
        return Layout()
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: cannot be read: {one_line(error)}. Restore a backup") from error


def missing(folder: Path, prefix: str) -> StoreError:
    """Return the error for a shard without a file."""
    stored = layout(folder).stored
    known = stored is not None and prefix in stored.objects
    cure = "A build with --shard-storage fetches it" if known else "Restore a backup"
    return StoreError(f"{file(folder, prefix)} does not exist. {cure}")


def parsed(text: bytes) -> Layout:
    """Return the layout that a manifest describes. Raises ValueError."""
    try:
        read = json.loads(text)
        parts = {name: Part(**part) for name, part in read["parts"].items()}
        stored = Stored(**read["stored"]) if "stored" in read else None
        found = Layout(read["shards"], read["contract"], read["form"], parts, stored)
        objects = {} if stored is None else stored.objects
        if found.count not in COUNTS[1:] or not parts.keys() | objects.keys() <= set(found.prefixes):
            raise ValueError("it names shards that cannot be")
        if stored and not all(re.fullmatch("[0-9a-f]{32}|[0-9a-f]{64}", name) for name in _names(stored)):
            raise ValueError("it names objects that cannot be")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(one_line(error)) from error
    return found


def _names(stored: Stored) -> Iterator[str]:
    yield stored.warehouse
    yield from stored.objects.values()


def manifest(found: Layout) -> str:
    """Return the text of a manifest."""
    parts = {name: asdict(part) for name, part in sorted(found.parts.items())}
    about: dict[str, object] = {"shards": found.count, "contract": found.contract, "form": found.form}
    if found.stored is not None:
        about["stored"] = asdict(replace(found.stored, objects=dict(sorted(found.stored.objects.items()))))
    return json.dumps({**about, "parts": parts}, indent=1) + "\n"


def save(folder: Path, found: Layout) -> None:
    """Write the manifest atomically. Raises OSError."""
    files.atomic_write(folder / FOLDER / MANIFEST, manifest(found))


def planned_layout(folder: Path, count: int) -> Layout:
    """Read the manifest. Raises StoreError as `layout` does, and if there are no longer `count` shards."""
    found = layout(folder)
    if found.count != count:
        raise StoreError(
            f"{folder}: `reshard` has changed the number of shards since this run was planned: {count} before, "
            f"{found.count} now. Run again"
        )
    return found


def update(folder: Path, count: int, parts: Mapping[str, Part | None]) -> Layout:
    """Write these entries of shards to the manifest; None removes one, so that the next build opens the shard. Remove
    it before its rows change: after a kill, the manifest must not say that a shard is complete.

    Call it under the store's lock. Returns the new layout. Raises OSError, and StoreError as `planned_layout` does.
    """
    found = planned_layout(folder, count)
    kept = {name: part for name, part in {**found.parts, **parts}.items() if part is not None}
    if kept == found.parts:
        return found
    found = replace(found, parts=kept)
    save(folder, found)
    return found


def within(prefix: str) -> str:
    """Return SQL for "`document_id` begins with the prefix", as a range: DuckDB skips row groups outside of it."""
    last = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return f"document_id >= {literal(prefix)} AND document_id < {literal(last)}"


def of(prefix: str, documents: Iterable[str]) -> list[str]:
    """Return those of the documents that are in a shard."""
    return [name for name in documents if name.startswith(prefix)]


def prepare(connection: duckdb.DuckDBPyConnection, found: Layout) -> None:
    """Give a shard the tables of the contract. Tables of another shape, and those made from them, are emptied: the next
    build makes them again. If the format differs, all tables are."""
    shapes = migration.stored_shapes(connection)
    outdated = found.form != migration.STORE_FORMAT and found.contract != migration.shape_digest()
    changed = {table.name for table in TABLES if outdated or shapes.get(table.name) != migration.shape(table)}
    if not changed and shapes.keys() <= {table.name for table in TABLES}:
        return
    stages = [stage for stage in DOCUMENT_STAGES if not changed.isdisjoint(stage.writes)]
    to_repeat = [stage for stage in dependents(stage.name for stage in stages) if not stage.corpus_wide]
    if changed & {table.name for table in KEPT_BESIDE}:
        to_repeat, changed = list(DOCUMENT_STAGES), {table.name for table in TABLES}
    removed = changed.union(*(stage.writes for stage in to_repeat)) | (shapes.keys() - {table.name for table in TABLES})
    with transaction(connection):
        connection.execute("CREATE SCHEMA IF NOT EXISTS stored")
        for name in sorted(removed & shapes.keys()):
            connection.execute(f"DROP TABLE stored.{quoted(name)}")
        for table in TABLES:
            connection.execute(migration.ddl(table))
        delete(connection, LEDGER, "stage IN (SELECT unnest(?))", [[stage.name for stage in to_repeat]])
        again = removed | {LEDGER.name}
        digests.fill(connection, [table for table in (*ARTICLE_TABLES, *IN_STATE) if table.name in again])
        states.fill(connection, tables=IN_STATE)


def gather(connection: duckdb.DuckDBPyConnection, folder: Path, found: Layout) -> None:
    """Create views over the main file and the attached shards, and set the search path of the connection to them. The
    views are stored in a file beside the shards, for later connections."""
    path = folder / FOLDER / f".views-{migration.shape_digest()[:16]}.duckdb"
    if not path.exists():
        for old in path.parent.glob(".views-*"):
            old.unlink()
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        connection.execute(f"ATTACH {literal(fresh)} AS {GATHERED}")
        _make_views(connection, found.prefixes)
        connection.execute(f"USE {Path(FILE).stem}")
        connection.execute(f"DETACH {GATHERED}")
        fresh.rename(path)
    connection.execute(f"ATTACH {literal(path)} AS {GATHERED} (READ_ONLY)")
    _look_there(connection, "published")


def gather_read_only(connection: duckdb.DuckDBPyConnection, attached: Iterable[str]) -> None:
    """Create views over the main file and these attached shards in memory, and set the search path of the connection to
    them."""
    connection.execute(f"ATTACH ':memory:' AS {GATHERED}")
    _make_views(connection, attached)


def gather_main(connection: duckdb.DuckDBPyConnection, prefix: str) -> None:
    """Create views of the raw records and their ledger lines in the attached main file, for a connection to a shard,
    and set its search path to them."""
    connection.execute(f"ATTACH ':memory:' AS {GATHERED}")
    connection.execute(f"CREATE SCHEMA {GATHERED}.stored")
    theirs = within(prefix)
    columns = _columns(LEDGER)
    connection.execute(f"CREATE VIEW {GATHERED}.stored.raws AS FROM {MAIN}.stored.raws WHERE {theirs}")
    connection.execute(
        f"CREATE VIEW {GATHERED}.stored.ledger AS SELECT {columns} FROM {OWN}.ledger UNION ALL "  # noqa: S608
        f"SELECT {columns} FROM {MAIN}.stored.ledger WHERE {_ROOT} AND {theirs}"
    )
    _look_there(connection)


def gather_corpus(connection: duckdb.DuckDBPyConnection, prefix: str) -> None:
    """Add views of the other tables of the main file to a connection of `gather_main`: of a table of articles, the rows
    of the shard's. `duplicates` is whole: its rows name articles of other shards."""
    for table in (*STORED, *BOOKKEEPING_TABLES):
        if table in TABLES or table.name == "raws":
            continue
        divided = table.name != "duplicates" and any(column.name == "document_id" for column in table.stored)
        where = f" WHERE {within(prefix)}" if divided else ""
        name = quoted(table.name)
        connection.execute(f"CREATE VIEW {GATHERED}.stored.{name} AS FROM {MAIN}.stored.{name}{where}")


def gather_published(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the published views to a connection of `gather_corpus`: those of articles have the rows of the shard. Instead
    of the view of quotations, which joins most tables, there is a table of its columns without prose."""
    _make_published_views(connection)
    columns = ", ".join(quoted(column.name) for column in BY_NAME["quotes"].published if not column.prose)
    connection.execute(f"ALTER VIEW {GATHERED}.published.quotes RENAME TO all_quotes")
    whole = f"{GATHERED}.published.all_quotes"
    connection.execute(f"CREATE TABLE {GATHERED}.published.quotes AS SELECT {columns} FROM {whole}")  # noqa: S608
    _look_there(connection, "published")


def settle(folder: Path) -> None:
    """Replace the old files by those of a finished `reshard`, and delete those of a killed one. A kill at any step
    leaves the rest to the next call. Call it under the store's lock, with no connection open. Raises OSError."""
    if (folder / WRITTEN_BESIDE).is_dir():
        shutil.rmtree(folder / WRITTEN_BESIDE, ignore_errors=True)
    ready, main = folder / READY, folder / READY / FILE
    if not ready.is_dir():
        return
    if main.exists():  # it moves last
        if (ready / FOLDER).exists():
            if (folder / FOLDER).exists():
                (folder / FOLDER).rename(ready / "old")
            (ready / FOLDER).rename(folder / FOLDER)
        (folder / f"{FILE}.wal").unlink(missing_ok=True)
        main.replace(folder / FILE)
        with suppress(OSError):  # empty where the warehouse is one file now
            (folder / FOLDER).rmdir()
        for path in (folder / FILE, *(file(folder, prefix) for prefix in layout(folder).prefixes)):
            database_stamp.write(path)
    shutil.rmtree(ready, ignore_errors=True)


def alias(prefix: str) -> str:
    """Return the name of a shard in a connection that reads all of them."""
    return f"shard_{prefix}"


def _make_views(connection: duckdb.DuckDBPyConnection, shards: Iterable[str]) -> None:
    """Create views over all files in the attached database GATHERED, and the published views over those."""
    connection.execute(f"CREATE SCHEMA {GATHERED}.stored")
    places = [f"{alias(prefix)}.stored" for prefix in shards]
    for table in TABLES:
        own = [] if table in (*ARTICLE_TABLES, FAILURES) else [OWN]
        sql = " UNION ALL ".join(f"SELECT {_columns(table)} FROM {place}.{table.name}" for place in (*own, *places))  # noqa: S608
        if table == DIGESTS:
            sql = (
                'SELECT "table", document_id, sum("rows")::BIGINT AS "rows", bit_xor(digest) AS digest '  # noqa: S608
                f'FROM ({sql}) GROUP BY "table", document_id'
            )
        connection.execute(f"CREATE VIEW {GATHERED}.stored.{table.name} AS {sql}")
    _look_there(connection)
    _make_published_views(connection)
    _look_there(connection, "published")


def _make_published_views(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"CREATE SCHEMA {GATHERED}.published")
    for statement in views():
        connection.execute(statement.replace("VIEW published.", f"VIEW {GATHERED}.published.", 1))


def _look_there(connection: duckdb.DuckDBPyConnection, *schemas: str) -> None:
    """Set the search path to GATHERED first, and set the schema to write to."""
    own = Path(FILE).stem
    path = [*(f"{GATHERED}.{schema}" for schema in ("stored", *schemas)), OWN, f"{own}.main"]
    connection.execute(f"SET search_path = {literal(','.join(path))}")
    write_to(connection, OWN)


def _columns(table: Table) -> str:
    return ", ".join(quoted(column.name) for column in table.stored)


def made_from(connection: duckdb.DuckDBPyConnection, length: int) -> Iterator[tuple[str, int, str]]:
    """Yield each prefix of that length with documents, their number, and the sum of the ledger lines of their raw
    records. `connection`: to the main file."""
    lanes = ", ".join(f"sum(('0x' || line[{16 * i + 1}:{16 * i + 16}])::UBIGINT)" for i in range(4))
    sql = (
        f"SELECT document_id[:{length}] AS prefix, count(*), {lanes} FROM ("  # noqa: S608
        f"SELECT document_id, sha256(document_id || ' ' || fingerprint) AS line FROM {OWN}.ledger WHERE {_ROOT}) "
        "GROUP BY prefix ORDER BY prefix"
    )
    for prefix, count, *sums in connection.execute(sql).fetchall():
        yield str(prefix), int(count), " ".join(map(str, sums))


def create(path: Path) -> None:
    """Create an empty shard. Raises duckdb.Error."""
    with closing(duckdb.connect(str(path))) as connection:
        prepare(connection, Layout())
