"""A large table in parts: which rows are in which file, and files that an earlier release has already.

A part has the rows whose first column of the sort order, for most tables `document_id`, begins with a prefix of
hexadecimal digits: `quotes.parquet/3f.parquet`. A prefix with too many rows is divided by its next digit. So the parts
depend on the table's ids alone: a new article moves no rows of
others, unless its part is divided. Sorted names are sorted rows. A table in one file is `quotes.parquet`; in both cases
DuckDB, Polars, pandas and Arrow read the table under that name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.contract import Table
from warehouse import files
from warehouse.sql import literal, quoted

# A row of `documents` counts as so many rows: it can hold a whole article.
ROWS_PER_ARTICLE = 16
# The longest prefix: 65,536 parts.
DIGITS = 4
_PART = re.compile(rf"[0-9a-f]{{1,{DIGITS}}}\.parquet")


def prefixes(connection: duckdb.DuckDBPyConnection, table: Table, rows: int, part_rows: int) -> list[str]:
    """Return the prefixes of the parts of `stored.<table>`, which has `rows` rows, in order; `[""]` if it is one file.

    A table that is not sorted by an id (refusals, corrections) is always one file.
    """
    limit = max(part_rows // weight(table), 1)
    if not table.sort[0].endswith("_id") or rows <= limit:
        return [""]
    start, stored = f"left({quoted(table.sort[0])}, {DIGITS})", f"stored.{quoted(table.name)}"
    counts = connection.execute(f"SELECT {start}, count(*) FROM {stored} GROUP BY 1 ORDER BY 1")  # noqa: S608
    found = divided("", dict(counts.fetchall()), limit)
    return found if len(found) > 1 else [""]


def weight(table: Table) -> int:
    """Return how many rows of other tables a row counts as."""
    return ROWS_PER_ARTICLE if table.key == ("document_id",) else 1


def divided(prefix: str, rows: Mapping[str, int], limit: int) -> list[str]:
    """Divide a prefix by its next digit until no part has more than `limit` rows. `rows`: first `DIGITS` digits of an
    id -> rows, of the ids that begin with the prefix."""
    if len(prefix) == DIGITS or sum(rows.values()) <= limit:
        return [prefix]
    longer = sorted({name[: len(prefix) + 1] for name in rows})
    return [
        part
        for start in longer
        for part in divided(start, {name: n for name, n in rows.items() if name.startswith(start)}, limit)
    ]


def within(column: str, prefixes: Sequence[str]) -> str:
    """Return SQL on `row` for "this id is in one of these parts", which follow one another, as a range: DuckDB skips
    row groups outside of it."""
    if list(prefixes) == [""]:
        return "TRUE"
    name = f"row.{quoted(column)}"
    return f"{name} >= {literal(prefixes[0])} AND {name} < {literal(_end(prefixes[-1]))}"


def _end(prefix: str) -> str:
    """Return a text that follows all ids of a part: `g` follows all hexadecimal digits."""
    return f"{prefix}g"


class Pieces:
    """The rows of a table in the order of an id, divided into those of its parts."""

    def __init__(self, pieces: Iterator[pa.Table], column: str) -> None:
        self._pieces = pieces
        self._column = column
        self._rest: pa.Table | None = None

    def of(self, prefix: str) -> Iterator[pa.Table]:
        """Yield the rows of a part. Call it for each part, in order, and take all rows before the next one."""
        end = _end(prefix) if prefix else None
        while (piece := next(self._pieces, None) if self._rest is None else self._rest) is not None:
            ids = piece.column(self._column)
            count = len(ids) if end is None else bisect_left(ids, end, key=lambda value: value.as_py())
            self._rest = piece.slice(count) if count < len(ids) else None
            yield piece.slice(0, count)
            if self._rest is not None:
                return


def file_name(table: str, prefix: str) -> str:
    """Return a part's file, as a posix path in the release: quotes.parquet, or quotes.parquet/3f.parquet."""
    return f"{table}.parquet/{prefix}.parquet" if prefix else f"{table}.parquet"


def pattern(table: str, names: Sequence[str]) -> str:
    """Return the pattern of a table's files: the file itself if it is one, else quotes.parquet/*.parquet."""
    return file_name(table, "*") if in_parts(names) else names[0]


def in_parts(names: Sequence[str]) -> bool:
    """Whether a table with these files is in parts."""
    return "/" in names[0]


def well_named(table: str, names: Sequence[str]) -> bool:
    """Whether a table's files are named as a release names them, in order."""
    if list(names) == [file_name(table, "")]:
        return True
    folder = file_name(table, "")
    ends = [name.removeprefix(f"{folder}/") for name in names]
    return len(names) > 1 and list(names) == sorted(set(names)) and all(map(_PART.fullmatch, ends))


def split_by_size(table: str, names: Sequence[str]) -> bool:
    """Whether a table's files are named as in releases of earlier programs, which began another file after two
    gigabytes: quotes.parquet, quotes-2.parquet ..."""
    later = (f"{table}-{number}.parquet" for number in range(2, len(names) + 1))
    return len(names) > 1 and list(names) == [f"{table}.parquet", *later]


@dataclass(frozen=True, slots=True)
class OpenPart:
    """An open file of an earlier release."""

    path: Path
    parquet: pq.ParquetFile

    @property
    def groups(self) -> int:
        """Its number of row groups."""
        return int(self.parquet.num_row_groups)

    def group(self, number: int) -> pa.Table:
        """Return the rows of a row group, in one chunk a column, as `write_file` gets them."""
        return self.parquet.read_row_group(number).combine_chunks()


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier release, made by the same program. `digests`: file -> SHA-256."""

    folder: Path
    digests: Mapping[str, str]

    @contextmanager
    def open(self, name: str, schema: pa.Schema) -> Iterator[OpenPart | None]:
        """Open a part, or return None if there is none of that name, it has another schema, another version of Arrow
        wrote it, or it was changed since its release."""
        path = self.folder / name
        if name not in self.digests or not path.is_file() or files.sha256(path) != self.digests[name]:
            yield None
            return
        with files.open_regular(path) as file, pq.ParquetFile(file) as found:
            same = found.schema_arrow.equals(schema) and _metadata(found.schema_arrow) == _metadata(schema)
            by = found.metadata.created_by == f"parquet-cpp-arrow version {pa.__version__}"
            yield OpenPart(path, found) if same and by else None


def _metadata(schema: pa.Schema) -> list[Any]:
    """Return the metadata of a schema and its columns. Parquet renames elements of lists, which `Schema.equals` with
    metadata takes for a difference."""
    return [schema.metadata, *(column.metadata for column in schema)]


def write_file(
    groups: Iterator[pa.Table], path: Path, open_writer: Callable[[Any], pq.ParquetWriter], old: OpenPart | None = None
) -> int:
    """Write row groups to a file; if `old` has exactly these, link it instead. Returns the number of rows.

    Groups are compared as they come. The first that differs starts the file; those before it are read from `old`.
    """
    rows = same = 0
    writer: pq.ParquetWriter | None = None
    with ExitStack() as stack:
        for group in groups:
            rows += group.num_rows
            if writer is None and old is not None and same < old.groups and old.group(same).equals(group):
                same += 1
                continue
            if writer is None:
                writer = _begun(stack, path, open_writer, old, same)
            if group.num_rows:
                writer.write_table(group, row_group_size=group.num_rows)
            # The next group is made while this one would still be in memory.
            del group
        if writer is None and (old is None or same < old.groups):
            writer = _begun(stack, path, open_writer, old, same)
    if writer is None and old is not None:
        files.link_or_copy(old.path, path)
    return rows


def _begun(
    stack: ExitStack, path: Path, open_writer: Callable[[Any], pq.ParquetWriter], old: OpenPart | None, same: int
) -> pq.ParquetWriter:
    """Open a writer, and write the first row groups of `old`."""
    writer = stack.enter_context(open_writer(stack.enter_context(path.open("wb"))))
    for group in (old.group(number) for number in range(same) if old is not None):
        writer.write_table(group, row_group_size=group.num_rows)
    return writer
