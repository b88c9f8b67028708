"""Compare two releases: rows added, removed and changed, entities merged and split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.contract import Table
from pipeline.contract.schema import arrow_schema
from warehouse.release import parquet, versions
from warehouse.release.formats.changes_table import CHANGES, CHANGES_FILE
from warehouse.release.formats.descriptions import tables_of
from warehouse.release.site.escape import md, md_table
from warehouse.release.versions import Record
from warehouse.sql import quoted
from warehouse.text import count, shortened

FILE = CHANGES_FILE
# Merges and splits listed in CHANGES.md; changes.parquet has all.
MAX_LISTED = 50
SCHEMA = arrow_schema(CHANGES)


@dataclass(frozen=True, slots=True)
class Change:
    """A table's rows added, removed and changed (by key), how many rows each column changed in, and how many rows were
    removed because their article is quarantined."""

    table: str
    added: int
    removed: int
    changed: int
    columns: dict[str, int]
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class EntityChange:
    """An entity made of several (`merged`, id of the new one), divided into several (`split`, id of the old one), or
    with only another id (`renamed`, id of the new one)."""

    change: str
    entity_id: str
    name: str
    others: list[str]


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences in `new`. Schemas are compared by columns: `gained` and `lost` are table.column. `withdrawn`:
    records refused since because their article was withdrawn; `quarantined`: published articles that are now
    quarantined."""

    old: Record
    new: Record
    tables: list[Change]
    entity_changes: list[EntityChange]
    gained: list[str]
    lost: list[str]
    withdrawn: int = 0
    quarantined: int = 0

    @property
    def empty(self) -> bool:
        """Whether the two hold the same data."""
        rows = any(t.added or t.removed or t.changed or t.quarantined for t in self.tables)
        return not (rows or self.gained or self.lost)


def changes(old: Path, new: Path, rows: Path | None = None, scratch: Path | None = None) -> Changes:
    """Compare two release folders; with `rows`, also write each changed row to that path as Parquet (`SCHEMA`).
    `scratch` as in `parquet.reader`.

    Raises ValueError if one of them is not a release.
    """
    before, after = versions.record(old), versions.record(new)
    with parquet.reader(scratch=scratch) as connection:
        parquet.attach(connection, old, before.files, prefix="old_")
        parquet.attach(connection, new, after.files, prefix="new_")
        had, has = _columns(connection, "old_", before), _columns(connection, "new_", after)
        shared = [table for table in tables_of(after) if table.name in before.files]
        knows = "document_id" in has.get("refusals", ())
        selects = [_rows(table, sorted(had[table.name] & has[table.name]), knows=knows) for table in shared]
        moving = {"mentions", "entities"} <= before.files.keys() & after.files.keys()
        if moving:
            selects.append(_ENTITY_CHANGES)
        connection.execute(
            'CREATE TEMP TABLE different ("table" VARCHAR, change VARCHAR, key VARCHAR, columns VARCHAR[])'
        )
        # Insert table by table: one statement would need all of them in memory.
        for select in selects:
            connection.execute(f"INSERT INTO different {select}")
        tables = [_count(connection, table.name) for table in shared]
        moves = _entity_changes(connection) if moving else []
        withdrawn = _withdrawn(connection) if "refusals" in before.files else 0
        if rows is not None:
            _write(connection, rows)
    flat_had = {f"{table}.{column}" for table, columns in had.items() for column in columns}
    flat_has = {f"{table}.{column}" for table, columns in has.items() for column in columns}
    quarantined = next((t.quarantined for t in tables if t.table == "documents"), 0)
    gained, lost = sorted(flat_has - flat_had), sorted(flat_had - flat_has)
    return Changes(before, after, tables, moves, gained, lost, withdrawn, quarantined)


def _columns(connection: duckdb.DuckDBPyConnection, prefix: str, record: Record) -> dict[str, set[str]]:
    found = {}
    for table in record.files:
        cursor = connection.execute(f"SELECT * FROM {quoted(prefix + table)} LIMIT 0")  # noqa: S608
        found[table] = {column[0] for column in cursor.description or ()}
        cursor.fetchall()
    return found


def _rows(table: Table, columns: list[str], *, knows: bool) -> str:
    """Return a query with one row per difference: table, change, key, columns. `knows`: the new release's refusals name
    quarantined articles. The SQL holds only names of the contract."""
    key = [quoted(name) for name in table.key]
    using = f"USING ({', '.join(key)})"
    others = [name for name in columns if name not in table.key]
    differing = ", ".join(
        f"CASE WHEN o.{quoted(name)} IS DISTINCT FROM n.{quoted(name)} THEN '{name}' END" for name in others
    )
    old, new = f"old_{table.name}", f"new_{table.name}"
    left = "'removed'"
    if knows and "document_id" in columns and table.name not in ("refusals", "corrections"):
        theirs = "SELECT document_id FROM new_refusals WHERE reason = 'quarantined'"
        left = f"CASE WHEN o.document_id IN ({theirs}) THEN 'quarantined' ELSE 'removed' END"

    def named(side: str) -> str:
        return "concat_ws(' ', " + ", ".join(f"{side}.{name}" for name in key) + ")"

    return f"""
        SELECT '{table.name}' AS "table", 'added' AS change, {named("n")} AS key, []::VARCHAR[] AS columns
        FROM {new} AS n ANTI JOIN {old} AS o {using}
        UNION ALL
        SELECT '{table.name}', {left}, {named("o")}, []::VARCHAR[] FROM {old} AS o ANTI JOIN {new} AS n {using}
        UNION ALL
        SELECT * FROM (
            SELECT '{table.name}', 'changed', {named("n")},
                list_filter([{differing}]::VARCHAR[], lambda x: x IS NOT NULL) AS columns
            FROM {old} AS o JOIN {new} AS n {using}
        ) WHERE len(columns) > 0
    """  # noqa: S608


# Entities correspond if they share mentions that both releases have. An entity that was neither merged nor split and
# has another id is renamed.
_ENTITY_CHANGES = """
    WITH old_to_new AS (
        SELECT DISTINCT o.entity_id AS old, n.entity_id AS new
        FROM old_mentions AS o JOIN new_mentions AS n USING (mention_id)
        WHERE o.entity_id IS NOT NULL AND n.entity_id IS NOT NULL
    ),
    counted AS (
        SELECT old, new, count(*) OVER (PARTITION BY old) AS news, count(*) OVER (PARTITION BY new) AS olds
        FROM old_to_new
    )
    SELECT 'entities', 'merged', new, list_sort(list(old)) FROM counted WHERE olds > 1 GROUP BY new
    UNION ALL
    SELECT 'entities', 'split', old, list_sort(list(new)) FROM counted WHERE news > 1 GROUP BY old
    UNION ALL
    SELECT 'entities', 'renamed', new, [old] FROM counted WHERE olds = 1 AND news = 1 AND old <> new
"""


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> Change:
    counts = dict(
        connection.execute(
            'SELECT change, count(*) FROM different WHERE "table" = ? GROUP BY change', [table]
        ).fetchall()
    )
    columns = connection.execute(
        "SELECT name, count(*) FROM (SELECT unnest(columns) AS name FROM different "
        "WHERE \"table\" = ? AND change = 'changed') GROUP BY name ORDER BY 2 DESC, 1",
        [table],
    ).fetchall()
    added, removed, changed = (int(counts.get(kind, 0)) for kind in ("added", "removed", "changed"))
    return Change(table, added, removed, changed, dict(columns), int(counts.get("quarantined", 0)))


def _entity_changes(connection: duckdb.DuckDBPyConnection) -> list[EntityChange]:
    rows = connection.execute(
        """
        SELECT d.change, d.key, coalesce(n.name, o.name, ''), d.columns FROM different AS d
        LEFT JOIN new_entities AS n ON n.entity_id = d.key
        LEFT JOIN old_entities AS o ON o.entity_id = d.key
        WHERE d.change IN ('merged', 'split', 'renamed') ORDER BY d.change, d.key
        """
    ).fetchall()
    return [EntityChange(*row) for row in rows]


def _withdrawn(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute(
        "SELECT count(*) FROM new_refusals AS n WHERE n.reason = 'withdrawn' AND NOT EXISTS "
        "(FROM old_refusals AS o WHERE o.source = n.source AND o.reason = 'withdrawn')"
    ).fetchone()
    return int(row[0]) if row else 0


def _write(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    sql = 'SELECT * FROM different ORDER BY "table", change, key'
    connection.complete()
    with pq.ParquetWriter(path, SCHEMA, **parquet.CODEC) as writer:
        for batch in connection.sql(sql).to_arrow_reader(parquet.ROWS):
            writer.write_table(pa.Table.from_batches([batch]).cast(SCHEMA))


def counts(folder: Path) -> list[Change]:
    """Return how many rows of each table a release added, removed and changed, from its `FILE`. In the first release,
    all rows are added. `columns` is empty."""
    record = versions.record(folder)
    if versions.names(folder.parent)[:1] == [record.version]:
        return [Change(name, rows, 0, 0, {}) for name, rows in record.rows.items()]
    found = pq.read_table(folder / FILE, columns=["table", "change"])
    grouped = found.group_by(["table", "change"]).aggregate([([], "count_all")]).to_pylist()
    of = {(row["table"], row["change"]): row["count_all"] for row in grouped}

    def rows(table: str, change: str) -> int:
        return int(of.get((table, change), 0))

    return [
        Change(t, rows(t, "added"), rows(t, "removed"), rows(t, "changed"), {}, rows(t, "quarantined"))
        for t in record.rows
    ]


def markdown(found: Changes) -> str:
    """Return CHANGES.md."""
    old, new = found.old, found.new
    parts = [f"# Changes: {old.version} → {new.version}\n"]
    if old.schema_version == new.schema_version:
        parts.append(f"Schema {new.schema_version}, as before.\n")
    else:
        parts.append(f"Schema {old.schema_version} → **{new.schema_version}**.\n")
    for what, names in (("Columns gained", found.gained), ("Columns lost", found.lost)):
        if names:
            parts.append(f"{what}: {', '.join(f'`{name}`' for name in names)}.\n")
    if old.made_by != new.made_by:
        parts.append(f"Made by {new.made_by}; the earlier release by {old.made_by}.\n")
    for name, value in new.terms.items():
        if old.terms.get(name) != value:
            parts.append(f"Setting `{name}`: {md(old.terms.get(name))} → **{md(value)}**.\n")
    if found.empty:
        parts.append("The data are identical.\n")
    else:
        parts.append("## Rows\n")
        rows = [
            (t.table, count(t.added), count(t.removed), count(t.changed), count(new.rows[t.table]))
            for t in found.tables
        ]
        parts.append(md_table(("table", "added", "removed", "changed", "now"), rows, numbers=(1, 2, 3, 4)))
        changed = [
            (t.table, ", ".join(f"`{name}` ({count(number)})" for name, number in t.columns.items()))
            for t in found.tables
            if t.columns
        ]
        if changed:
            parts.append("Columns that changed, and in how many rows:\n")
            parts.append(md_table(("table", "columns"), changed))
        parts.append(f"Each changed row is in `{FILE}`.\n")
    if found.quarantined:
        what = "1 article is" if found.quarantined == 1 else f"{count(found.quarantined)} articles are"
        left = sum(t.quarantined for t in found.tables)
        parts.append(
            f"{what} quarantined, because a row broke a check: see `refusals`, reason `quarantined`. Their "
            f"{count(left)} rows are not counted as removed.\n"
        )
    if found.withdrawn:
        what = "1 record was" if found.withdrawn == 1 else f"{count(found.withdrawn)} records were"
        parts.append(f"{what} withdrawn: see `refusals`, reason `withdrawn`. Releases that held them are replaced.\n")
    if found.entity_changes:
        parts.append("## Entities merged, split and renamed\n")
        for change in found.entity_changes[:MAX_LISTED]:
            verb = {"merged": "was made of", "split": "became", "renamed": "was"}[change.change]
            others = ", ".join(f"`{other}`" for other in change.others[:10])
            more = f" and {len(change.others) - 10} more" if len(change.others) > 10 else ""
            parts.append(f"- {md(shortened(change.name, 80))} (`{change.entity_id}`) {verb} {others}{more}\n")
        if len(found.entity_changes) > MAX_LISTED:
            parts.append(f"... and {count(len(found.entity_changes) - MAX_LISTED)} more, in `{FILE}`.\n")
    return "\n".join(parts)


def write(folder: Path, alive: Callable[[object], None], release: Path, record: Record, last: Path | None) -> None:
    """Write CHANGES.md and `FILE` in the folder: the differences of a release from the last one."""
    alive(record)
    if last is None:
        text = f"# Changes: {record.version}\n\nThe first release. Schema {record.schema_version}.\n"
        pq.write_table(SCHEMA.empty_table(), folder / FILE, **parquet.CODEC)
    else:
        text = markdown(changes(last, release, folder / FILE, folder))
    (folder / "CHANGES.md").write_text(text, encoding="utf-8")
