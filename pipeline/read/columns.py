"""Read CSV and Parquet tables with a text column. Columns have the names of a record's fields."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from typing import IO, Any, BinaryIO

from pipeline.read import limits
from pipeline.read.decoding import NotText, decode
from pipeline.read.field_names import FieldNames
from pipeline.read.records import lines, no_text, not_records, record
from pipeline.read.rows import Record, Refusal, failure, read_or_refuse, refusal
from pipeline.read.source_file import OpenFile
from pipeline.read.utf16 import as_utf8

DELIMITERS = ",;\t|"
# Parquet rows in memory at once; each may hold an article of MAX_BYTES.
BATCH = 16
COPY_BYTES = 1 << 20
# Joins the fields of a row for the detection of its encoding.
SEPARATOR = "\x1b"


class _TooLong(Exception):
    """A line is longer than a record may be."""


def csv_rows(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read `.csv` row by row: a header, then one article per row. Columns are separated by comma, semicolon, tab or
    bar."""
    path = opened.path
    reader: Iterator[list[str]]
    file, encoding = as_utf8(opened.file)
    head = file.readline(limits.MAX_BYTES + 1)
    if problem := not_records(head) or (None if head.strip() else ("empty", "holds no record")):
        yield refusal(path, path, *problem, size=opened.size)
        return
    try:
        names, delimiter = _header(head, opened.names)
    except csv.Error:
        yield refusal(path, path, "broken-record", "its header cannot be read", size=opened.size)
        return
    if not _holds_text(names, opened.names):
        yield refusal(path, path, "no-text", no_text(names, opened.names), size=opened.size)
        return
    # This bound holds for the whole process; no other reader needs a different one.
    csv.field_size_limit(limits.MAX_BYTES)
    sizes = [0]
    reader = csv.reader(_decoded(file, sizes), delimiter=delimiter)
    number = 1
    while True:
        number += 1
        origin = f"{path}#row-{number}"
        sizes[0] = 0
        try:
            row = next(reader, None)
        except csv.Error:
            # An open quotation mark: the start of the next row is unknown.
            yield refusal(
                origin, path, "broken-record", "its last row is incomplete; the rest of the file was not read"
            )
            return
        except _TooLong:
            yield refusal(
                origin, path, "too-large", f"has a line of more than {limits.MAX_BYTES} bytes; reading stopped there"
            )
            return
        if row is None:
            break
        if row:
            read = partial(_row, row, names, opened, origin, sizes[0], encoding)
            yield read_or_refuse(origin, path, read, sizes[0])
    if number == 2:
        yield refusal(path, path, "empty", "holds no record", size=opened.size)


def parquet_rows(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read `.parquet`: one article per row, a few rows in memory at a time."""
    from pyarrow import types
    from pyarrow.parquet import ParquetFile

    path = opened.path
    with _seekable(opened) as file:
        try:
            schema = ParquetFile(file).schema_arrow
            columns = schema.names
            if not _holds_text(columns, opened.names):
                yield refusal(path, path, "no-text", no_text(columns, opened.names), size=opened.size)
                return
            if "text" in columns and types.is_nested(schema.field("text").type):
                raise KeyError("text")
            texts = [name for name in columns if name.casefold() in opened.names.by_field["text"]]
            # Keep repeated texts once in memory.
            strings = [name for name in texts if str(schema.field(name).type) in ("string", "large_string")]
            table = ParquetFile(file, read_dictionary=strings)
            names = [name for name in columns if name.casefold() in opened.names.firsts]
            opened.usage.add((), columns)
        except MemoryError:
            raise
        except KeyError:
            yield refusal(path, path, "no-text", "its column text does not hold text", size=opened.size)
            return
        except Exception:  # pyarrow raises errors of many classes on damaged files
            yield refusal(path, path, "broken-record", "is no Parquet file", size=opened.size)
            return
        # A dictionary can give one text to many rows: bound the sum of the texts as for compressed files.
        most, held = max(8 * limits.MAX_BYTES, limits.MAX_RATIO * file.seek(0, os.SEEK_END)), 0
        number = 0
        try:
            for batch in table.iter_batches(BATCH, columns=names):
                for index in range(batch.num_rows):
                    number += 1
                    origin = f"{path}#row-{number}"
                    row = _parquet_row(batch, index, opened, origin)
                    held += row.bytes or 0
                    if held > most:
                        why = "its rows decompress to far more data than text would; reading stopped there"
                        yield refusal(origin, path, "too-large", why)
                        return
                    yield row
        except MemoryError:
            raise
        except Exception as error:
            why = f"{failure(error)}; neither this row nor the rest could be read"
            yield refusal(f"{path}#row-{number + 1}", path, "broken-record", why)
            return
        if not number:
            yield refusal(path, path, "empty", "holds no record", size=opened.size)


def _parquet_row(batch: Any, index: int, opened: OpenFile, origin: str) -> Record | Refusal:
    """Return the record of one row of a RecordBatch."""

    def read() -> Record | Refusal:
        texts = opened.names.by_field["text"]
        value = {
            name: _cell(batch.column(at)[index], strict=name.casefold() in texts)
            for at, name in enumerate(batch.schema.names)
        }
        return record(value, opened, origin=origin)

    return read_or_refuse(origin, opened.path, read)


def _cell(scalar: Any, *, strict: bool) -> object:
    """Return a cell as a Python value. A day or time that Python cannot represent, or with an unknown time zone, is
    None: the record loses only that field. With `strict`, raise pyarrow's error on a value that cannot be read."""
    import pyarrow

    if pyarrow.types.is_timestamp(scalar.type) and scalar.type.unit == "ns":
        # Python's resolution is microseconds.
        scalar = scalar.cast(pyarrow.timestamp("us", scalar.type.tz), safe=False)
    try:
        return scalar.as_py()
    except (ArithmeticError, LookupError, ValueError):
        if strict:
            raise
        return None


def _header(head: bytes, known: FieldNames) -> tuple[list[str], str]:
    """Return the column names and the delimiter: the first that gives a text column, else the one with most columns."""
    content = head.decode("utf-8-sig", "replace").rstrip("\r\n")
    found: tuple[list[str], str] = [], DELIMITERS[0]
    for delimiter in DELIMITERS:
        names = [name.strip().casefold() for name in next(csv.reader([content], delimiter=delimiter), [])]
        if _holds_text(names, known):
            return names, delimiter
        found = max(found, (names, delimiter), key=lambda one: len(one[0]))
    return found


def _holds_text(names: Iterable[str], known: FieldNames) -> bool:
    """Whether one of the columns may hold the text."""
    texts = known.by_field["text"]
    return not {name.casefold() for name in names}.isdisjoint({*texts, *(text.partition(".")[0] for text in texts)})


def _decoded(file: BinaryIO, sizes: list[int]) -> Iterator[str]:
    """Yield the lines; count their bytes in `sizes[0]`. Bytes that are not UTF-8 become surrogates, for `_row`."""
    for _, line in lines(file):
        if line is None:
            raise _TooLong
        sizes[0] += len(line)
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            yield line.decode("utf-8", "surrogateescape")


def _row(row: list[str], names: list[str], opened: OpenFile, origin: str, size: int, encoding: str) -> Record | Refusal:
    path = opened.path
    if len(row) > len(names):
        return refusal(origin, path, "broken-record", f"has {len(row)} columns, and the header {len(names)}", size=size)
    if any("\udc80" <= ch <= "\udcff" for field in row for ch in field):
        # Decode all fields together: the long one shows the encoding of the short ones.
        try:
            found = decode(SEPARATOR.join(row).encode("utf-8", "surrogateescape"))
        except (NotText, UnicodeEncodeError):
            found = None
        fields = found.text.split(SEPARATOR) if found else []
        if found is None or len(fields) != len(row):
            return refusal(origin, path, "undecodable", "is not UTF-8, and no other encoding is likely", size=size)
        row, encoding = fields, found.encoding
    value: dict[str, Any] = {name: field for name, field in zip(names, row, strict=False) if field}
    return record(value, opened, origin=origin, size=max(1, size), encoding=encoding)


def _seekable(opened: OpenFile) -> IO[bytes]:
    """Return the file, or a temporary copy if it was compressed: Parquet is read from the end."""
    if opened.file.seekable():
        return opened.file
    copy: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    while chunk := opened.file.read(COPY_BYTES):
        copy.write(chunk)
    copy.seek(0)
    return copy
