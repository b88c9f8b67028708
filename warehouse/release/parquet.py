"""Write a published table to Parquet: the codec settings, and the only function that writes rows.

The bytes depend on the rows alone: rows are sorted with ties broken by the key, and cut into row groups by count,
independent of the ranges and batches in which they arrive. A large table is written in parts (warehouse.release.parts).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.contract import SCHEMA_VERSION, Table
from pipeline.contract.schema import LISTS, arrow_schema
from warehouse import sql
from warehouse.release import parts, rights
from warehouse.release.parts import Earlier
from warehouse.sql import fetch_one, quoted, set_memory_limit

# All settings of the files. zstd 9 is within 1 % of 19 on news text, and writes ten times as fast.
CODEC: dict[str, Any] = {
    "version": "2.6",
    "compression": "zstd",
    "compression_level": 9,
    "write_statistics": True,
    "write_page_index": True,
    "write_page_checksum": True,
    "store_schema": True,
    # A changed row changes only a few pages: stores that deduplicate chunks send and keep only these.
    "use_content_defined_chunking": True,
}
# Rows per row group: readers skip whole groups by their statistics. Tables of whole articles have smaller groups, so
# that one fits into memory.
ROWS = 65_536
ROWS_OF_ARTICLES = 1_024
# Rows that are joined and sorted at once: a larger table is read in ranges of its first sort column. Of its articles'
# rows, each range then joins only its own, and no join or sort grows with the table.
SORTED = 4 * ROWS
# Values of which the ends of the ranges are taken.
SAMPLE = 10_000
# DuckDB's memory limit while a release is written; beyond it, DuckDB sorts and groups on disk.
MEMORY, MIN_MEMORY = "512MB", "16MB"


class BrokenTable(RuntimeError):
    """Rows do not fit the contract; the message names table and column."""


@dataclass(slots=True)
class Written:
    """What was written of a table: the number of rows, and column -> values that are null because of rights, without
    zeros."""

    rows: int = 0
    withheld: Counter[str] = field(default_factory=Counter)


def write(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    withheld_conditions: Mapping[str, str],
    folder: Path,
    prefixes: Sequence[str] = ("",),
    earlier: Earlier | None = None,
    alive: Callable[[object], None] = lambda _: None,
) -> Written:
    """Write parts of `published.<table>` that follow one another, with the values under `withheld_conditions` (column
    -> SQL condition on `rights.source`) as null.

    `prefixes`: those of the parts (warehouse.release.parts); by default the table is one file. Parts that the release
    `earlier` has are linked. Call `rights.prepare` before. Calls `alive` now and then. Raises BrokenTable if a column
    that the contract requires is null.
    """
    set_memory_limit(connection, MEMORY)
    schema = _schema(table)
    writer = partial(pq.ParquetWriter, schema=schema, **_settings(table, schema))
    written = Written()
    size = ROWS_OF_ARTICLES if table.key == ("document_id",) else ROWS
    within = parts.within(table.sort[0], prefixes)
    batches = _pieces(connection, table, withheld_conditions, min(size, 10_240), within, alive)
    pieces = parts.Pieces(batches, table.sort[0])
    for prefix in prefixes:
        name = parts.file_name(table.name, prefix)
        groups = _groups(pieces.of(prefix), size, partial(_fit, table, schema=schema, withheld=written.withheld))
        (folder / name).parent.mkdir(exist_ok=True)
        with earlier.open(name, schema) if earlier is not None and prefix else nullcontext() as old:
            written.rows += parts.write_file(groups, folder / name, writer, old)
    return written


def _groups(pieces: Iterable[pa.Table], size: int, fit: Callable[[Sequence[pa.Table]], pa.Table]) -> Iterator[pa.Table]:
    """Yield row groups of `size` rows, except the last; at least one, which may be empty. `fit` joins the pieces of a
    group."""
    kept: list[pa.Table] = []
    count = 0
    seen = False
    for piece in pieces:
        while piece.num_rows:
            taken = piece.slice(0, size - count)
            piece = piece.slice(taken.num_rows)
            kept.append(taken)
            count += taken.num_rows
            if count == size:
                group = fit(kept)
                # Reset before the group is written: it is in memory only once.
                kept, count, seen = [], 0, True
                yield group
                del group
    if kept or not seen:
        yield fit(kept)


def _pieces(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    withheld_conditions: Mapping[str, str],
    rows: int,
    within: str,
    alive: Callable[[object], None],
) -> Iterator[pa.Table]:
    """Yield the table's rows `within` a condition, in order, in pieces of about so many rows."""
    for inside in _ranges(connection, table, within):
        connection.complete()
        for batch in connection.sql(_select(table, withheld_conditions, inside)).to_arrow_reader(rows):
            alive(table)
            yield pa.Table.from_batches([batch])


def _ranges(connection: duckdb.DuckDBPyConnection, table: Table, within: str = "TRUE") -> list[str]:
    """Return conditions on `row` that cut the rows `within` a condition into ranges of the first sort column, in order,
    of about `SORTED` rows each. Their ends come from a sample: where they are does not change the rows or their
    order."""
    name, rows = quoted(table.sort[0]), f"FROM stored.{quoted(table.name)} AS row WHERE {within}"
    total = fetch_one(connection, f"SELECT count(*) {rows}")
    ranges = -(-total[0] // SORTED) if total else 0
    if ranges < 2 or not table.column(table.sort[0]).required:
        return [within]
    sample = f"SELECT {name} FROM (SELECT {name} {rows}) USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (0)"  # noqa: S608
    values = sorted(row[0] for row in connection.execute(sample).fetchall())
    chosen = {values[number * len(values) // ranges] for number in range(1, ranges)}
    ends = [sql.literal(value) for value in sorted(chosen)]
    return [
        f"{within} AND row.{name} < {ends[0]}",
        *(f"{within} AND row.{name} >= {low} AND row.{name} < {high}" for low, high in pairwise(ends)),
        f"{within} AND row.{name} >= {ends[-1]}",
    ]


def _fit(table: Table, pieces: Sequence[pa.Table], schema: pa.Schema, withheld: Counter[str]) -> pa.Table:
    """Join pieces to a table of the schema, and add up the withheld values."""
    if not pieces:
        return schema.empty_table()
    # One chunk per column: page boundaries must not depend on the batches.
    whole = pa.concat_tables(pieces).combine_chunks()
    for name in whole.column_names[len(schema) :]:
        if number := pc.sum(whole.column(name)).as_py():
            withheld[name.removeprefix(_HIDES)] += number
    whole = whole.select(schema.names)
    for column in schema:
        if not column.nullable and whole.column(column.name).null_count:
            raise BrokenTable(f"{table.name}.{column.name} is null in {whole.column(column.name).null_count} rows")
    return whole.cast(schema)


# Columns of the query that say whether a value is withheld; they are counted, not written.
_HIDES = "hides "


def _select(table: Table, withheld_conditions: Mapping[str, str], inside: str) -> str:
    """Return the query of the rows `inside` a range: the published columns, then one `_HIDES` column a condition."""
    conditions = "".join(f", {condition} AS {quoted(_HIDES + name)}" for name, condition in withheld_conditions.items())
    columns = [
        f"CASE WHEN row.{quoted(_HIDES + c.name)} THEN NULL ELSE row.{quoted(c.name)} END AS {quoted(c.name)}"
        if c.name in withheld_conditions
        else f"row.{quoted(c.name)}"
        for c in table.published
    ]
    hides = [
        f"row.{quoted(name)} IS NOT NULL AND row.{quoted(_HIDES + name)} AS {quoted(_HIDES + name)}"
        for name in withheld_conditions
    ]
    # DuckDB compares strings by their bytes by default.
    return (
        f"SELECT {', '.join([*columns, *hides])} FROM "  # noqa: S608 - names of the contract, and our own conditions
        f"(SELECT row.*{conditions} FROM {rights.source(table)} AS row WHERE {inside}) AS row "
        f"ORDER BY {', '.join(_order(table))}"
    )


def _order(table: Table) -> list[str]:
    names = [*table.sort, *(name for name in table.key if name not in table.sort)]
    return [f"row.{quoted(name)} ASC NULLS FIRST" for name in names]


def _schema(table: Table) -> pa.Schema:
    schema = arrow_schema(table)
    more = {"primary_key": ",".join(table.key), "schema_version": SCHEMA_VERSION}
    return schema.with_metadata({**(schema.metadata or {}), **more})


def _settings(table: Table, schema: pa.Schema) -> dict[str, Any]:
    """Return the settings of a table: integers and unique strings are delta-encoded, all others have a dictionary."""
    encodings: dict[str, str] = {}
    dictionary: list[str] = []
    for column in table.published:
        if column.kind == "integer":
            encodings[column.name] = "DELTA_BINARY_PACKED"
        elif column.kind == "string" and column.unique:
            encodings[column.name] = "DELTA_BYTE_ARRAY"
        elif column.kind in LISTS:
            dictionary.append(f"{column.name}.list.element")
        else:
            dictionary.append(column.name)
    return {
        **CODEC,
        "use_dictionary": dictionary,
        "column_encoding": encodings,
        "sorting_columns": [
            pq.SortingColumn(schema.get_field_index(name), descending=False, nulls_first=True) for name in table.sort
        ],
    }


def nulls(paths: Sequence[Path]) -> dict[str, int]:
    """Return column -> number of nulls, from the files' statistics, without lists: their statistics count elements."""
    counted: dict[str, int] = {}
    for path in paths:
        meta = pq.read_metadata(path)
        for group in range(meta.num_row_groups):
            for number in range(meta.num_columns):
                column = meta.row_group(group).column(number)
                if "." not in column.path_in_schema:
                    counted[column.path_in_schema] = (
                        counted.get(column.path_in_schema, 0) + column.statistics.null_count
                    )
    return counted


def release_buffers(connection: duckdb.DuckDBPyConnection) -> None:
    """Release the memory of DuckDB's buffers, which it otherwise fills up to the limit."""
    with suppress(duckdb.OutOfMemoryException):  # buffers in use cannot be released
        connection.execute(f"SET memory_limit = '{MIN_MEMORY}'")
    set_memory_limit(connection, MEMORY)


@contextmanager
def reader(memory: str = MEMORY, scratch: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory connection for released files. `scratch`: an existing folder for a temporary one, for what does
    not fit into memory; by default the system's."""
    with TemporaryDirectory(prefix="onrecord-", dir=scratch) as spilled:
        connection = duckdb.connect(config={"temp_directory": spilled, "memory_limit": memory})
        try:
            yield connection
        finally:
            connection.close()


def attach(
    connection: duckdb.DuckDBPyConnection, folder: Path, files: Mapping[str, Sequence[str]], prefix: str = ""
) -> None:
    """Create a view `<prefix><table>` for each table of a release in this in-memory connection.

    DuckDB reads the files itself, within its memory limit.
    """
    for table, names in files.items():
        read = connection.read_parquet([glob_literal(folder / name) for name in names], hive_partitioning=False)
        read.create_view(f"{prefix}{table}")


# DuckDB reads a path as a pattern: characters of a folder's name must be escaped.
_PATTERN = re.compile(r"([*?\[])")


def glob_literal(path: Path) -> str:
    """Return a pattern that matches only this path."""
    return _PATTERN.sub(r"[\1]", str(path))
