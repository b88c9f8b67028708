"""Map file suffixes to readers, and read `.txt` and `.html`. A new format is one function and its line in READERS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.read import columns, documents, feed_file, html, json_file, limits, markdown, records, rows, warc
from pipeline.read.decoding import Binary, Decoded, Undecodable, decode
from pipeline.read.rows import Record, Refusal, refusal
from pipeline.read.source_file import OpenFile, Reader, read_whole_file, visible


def text(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read `.txt`: one article."""
    path = opened.path
    data = read_whole_file(opened, limits.MAX_BYTES)
    if isinstance(data, Refusal):
        yield data
        return
    read = _decoded(data, path)
    if isinstance(read, Refusal):
        yield read
    elif not visible(read.text):
        yield refusal(path, path, "empty", "has no visible text", data)
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


def page(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read `.html`: a page with one article. Its metadata file wins over the page's own metadata."""
    path = opened.path
    data = read_whole_file(opened, limits.MAX_BYTES)
    if isinstance(data, Refusal):
        yield data
        return
    yield html.record(data, path=path, origin=path, source=path, beside=opened.beside)


def _decoded(data: bytes, path: str) -> Decoded | Refusal:
    try:
        return decode(data)
    except Binary as error:
        return refusal(path, path, "binary", str(error), data)
    except Undecodable as error:
        return refusal(path, path, "undecodable", str(error), data)


# One article per file; it may have a metadata file.
SINGLE: Mapping[str, Reader] = {
    ".txt": text,
    ".html": page,
    ".htm": page,
    ".md": markdown.article,
    ".markdown": markdown.article,
    ".pdf": documents.pdf,
    ".docx": documents.docx,
}
# Formats whose files are larger than their text.
LARGE = frozenset({".pdf", ".docx"})
# The records of such a file have one maker: the date order that one record shows holds for all.
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
    **dict.fromkeys((".rss", ".atom", ".rdf", ".xml"), feed_file.items),
    ".warc": warc.responses,
}
