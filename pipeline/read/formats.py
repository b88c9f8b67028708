"""Map file suffixes to readers, and read `.txt` and `.html`. A new format is one function and its line in READERS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pipeline.read import columns, documents, feed_file, html, json_file, limits, markdown, records, rows, warc
from pipeline.read.decoding import NotText, decode
from pipeline.read.rows import Record, Refusal, refusal
from pipeline.read.source_file import OpenFile, Reader, read_whole_file, visible


def _one_article(read: Callable[[OpenFile, bytes], Record | Refusal]) -> Reader:
    """Return the reader of files that hold one article each. `read` gets the bytes of the file."""

    def article(opened: OpenFile) -> Iterator[Record | Refusal]:
        data = read_whole_file(opened, limits.MAX_BYTES)
        yield data if isinstance(data, Refusal) else read(opened, data)

    return article


def text(opened: OpenFile, data: bytes) -> Record | Refusal:
    """Read `.txt`."""
    path = opened.path
    try:
        read = decode(data)
    except NotText as error:
        return refusal(path, path, error.reason, str(error), data)
    if not visible(read.text):
        return refusal(path, path, "empty", "has no visible text", data)
    return rows.record(
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


def page(opened: OpenFile, data: bytes) -> Record | Refusal:
    """Read `.html`. The metadata file wins over the page's own metadata."""
    path = opened.path
    return html.record(data, path=path, origin=path, source=path, beside=opened.beside)


# One article per file; it may have a metadata file.
SINGLE: Mapping[str, Reader] = {
    ".txt": _one_article(text),
    **dict.fromkeys((".html", ".htm"), _one_article(page)),
    **dict.fromkeys((".md", ".markdown"), _one_article(markdown.article)),
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
