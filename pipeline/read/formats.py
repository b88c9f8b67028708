"""Which reader reads which format. Adding a format is one function and its line in READERS.

Beside it: `records` (JSON lines), `columns` (CSV, Parquet), `html`, `warc`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.read import columns, html, json_file, limits, records, rows, warc
from pipeline.read.decoding import Binary, Decoded, Undecodable, decode
from pipeline.read.rows import Record, Refusal, refusal
from pipeline.read.source_file import Opened, Reader, visible


def text(opened: Opened) -> Iterator[Record | Refusal]:
    """`.txt`: the file is one article."""
    path = opened.path
    data = whole(opened)
    if isinstance(data, Refusal):
        yield data
        return
    read = _decoded(data, path)
    if isinstance(read, Refusal):
        yield read
    elif not visible(read.text):
        yield refusal(path, path, "empty", "holds nothing that can be seen", data)
    else:
        yield rows.record(
            path=path,
            origin=path,
            source=path,
            text=read.text,
            encoding=read.encoding,
            size=len(data),
            extractor="text",
            url=opened.beside.get("url"),
            known=opened.beside,
        )


def page(opened: Opened) -> Iterator[Record | Refusal]:
    """`.html`: the file is a page with one article. What the metadata beside it say wins over the page's own."""
    path = opened.path
    data = whole(opened)
    if isinstance(data, Refusal):
        yield data
        return
    yield html.record(data, path=path, origin=path, source=path, beside=opened.beside)


def whole(opened: Opened) -> bytes | Refusal:
    """The bytes of a file that is one article."""
    path, most = opened.path, limits.MOST_BYTES
    if opened.size is not None and opened.size > most:
        return refusal(path, path, "too-large", f"has {opened.size} bytes, more than {most}", size=opened.size)
    data = opened.file.read(most + 1)
    if len(data) > most:
        return refusal(path, path, "too-large", f"has more than {most} bytes")
    if not data.strip():
        return refusal(path, path, "empty", "holds only blanks" if data else "is empty", data)
    return data


def _decoded(data: bytes, path: str) -> Decoded | Refusal:
    try:
        return decode(data)
    except Binary as error:
        return refusal(path, path, "binary", str(error), data)
    except Undecodable as error:
        return refusal(path, path, "undecodable", str(error), data)


# One article a file: metadata may stand beside it.
SINGLE: Mapping[str, Reader] = {".txt": text, ".html": page, ".htm": page}
# Records of one maker a file: what one of them shows of the form of a date holds for all.
RECORDS: Mapping[str, Reader] = {
    ".jsonl": records.json_lines,
    ".ndjson": records.json_lines,
    ".json": json_file.articles,
    ".csv": columns.csv_rows,
    ".tsv": columns.csv_rows,
    ".parquet": columns.parquet_rows,
}
READERS: Mapping[str, Reader] = {
    **SINGLE,
    **RECORDS,
    ".warc": warc.responses,
}
