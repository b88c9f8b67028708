"""The page's search: quotations and an index over them as small static files, loaded as they are needed.

    search/quotes-<n>.json.gz   the quotations n*SHARD ... of the list, newest first: a list of lists, `FIELDS` in order
    search/words-<n>.json.gz    {term: [how many quotations have it, first position, then differences ...]} for the
                                terms of bucket n; at most MOST positions a term, the newest
    search/days.json.gz         [[day or null, position of its first quotation] ...], newest first

A term is `w:` and a word of the quotation, `s:` and a word of the speaker's name, or `o:` and a word of the outlet's.

Quotations come as a stream, are indexed in chunks, and the chunks are merged by DuckDB on disk: how much memory this
takes does not grow with the release.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.release import parquet
from warehouse.release.said import said

FOLDER = "search"
# Quotations a file. Twenty hits lie in twenty files at worst: 0.5 MB at 25 kB a file. A million quotations make
# 8,000 files, within the 10,000 a folder that hubs advise.
SHARD = 128
# Positions kept of a term. Whoever looks for a commoner word sees the newest of its quotations, and how many there
# are; two commoner words together are looked for among these. Packed, this many take less than 100 kB.
MOST = 50_000
# Bytes of one file of the index, roughly, before it is packed to a third.
BUCKET_BYTES = 150_000
# Quotations indexed at once.
CHUNK = 20_000
# What DuckDB may hold of the index in memory, beside the quotations that it streams.
MEMORY = "128MB"
# Characters of a quotation and of what stands before and after it in its sentence: what is longer is cut, with an
# ellipsis. The words that are cut off are found all the same.
LONGEST = 1_000
AROUND = 240
FIELDS = (
    *("quote_id", "text", "before", "after", "kind", "speaker_name", "speaker", "cue", "venue", "publisher", "title"),
    *("published_on", "said_earliest", "said_latest", "said_basis", "source", "url"),
)
# Titles and speakers have been cut to their length by the release's rights.
_QUERY = f"""
SELECT q.quote_id, q.text, q.kind, q.speaker_name, q.speaker, q.cue, q.venue, d.publisher, d.title, d.published_on,
    q.said_earliest, q.said_latest, q.said_basis, d.source, d.url,
    s.text AS sentence, q."start" - s."start" AS first, q."end" - s."start" AS last, d.published_latest AS day
FROM quotes AS q
JOIN documents AS d ON d.document_id = q.document_id
LEFT JOIN sentences AS s ON s.sentence_id = q.sentence_id
WHERE {said("q")}
ORDER BY d.published_latest DESC NULLS LAST, q.document_id, q."start", q."end", q.quote_id
"""  # noqa: S608
_TABLE = """
CREATE TABLE terms (hash UINTEGER, term VARCHAR, chunk INTEGER, total BIGINT, places INTEGER[])
"""
# A difference takes about three characters.
_SIZE = """
SELECT sum(size)::BIGINT
FROM (SELECT max(length(term)) + 12 + 3 * least(sum(len(places)), ?) AS size FROM terms GROUP BY term)
"""
_TERMS = pa.schema(
    {"hash": pa.uint32(), "term": pa.string(), "chunk": pa.int32(), "total": pa.int64(), "places": pa.list_(pa.int32())}
)


@dataclass(frozen=True, slots=True)
class Index:
    """What the page has to know of the files: how many quotations, a file, buckets, and positions a term."""

    quotes: int
    shard: int
    buckets: int
    most: int


# Letters and digits of any script; marks are taken off before.
_WORD = re.compile(r"[^\W_]{1,64}")


class _Marks(dict[int, int | None]):
    """For `str.translate`: combining marks go, all else stays. Filled as characters come."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.category(chr(code))[0] == "M" else code
        self[code] = kept
        return kept


_MARKS = _Marks()


def words(text: str | None) -> list[str]:
    """The words of a text as they are looked for: without marks and case. `page.js` does the same."""
    if not text:
        return []
    if not text.isascii():
        text = unicodedata.normalize("NFD", text).translate(_MARKS)
    return _WORD.findall(text.lower())


def hashed(term: str) -> int:
    """CRC-32 of a term's UTF-8. Its remainder by the number of buckets says in which file the term stands."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


def write(connection: duckdb.DuckDBPyConnection, folder: Path, shard: int = SHARD, most: int = MOST) -> Index:
    """Write `search/` in a release folder. The release's tables stand in the connection under their names."""
    target = folder / FOLDER
    target.mkdir()
    # Terms are kept apart, since the connection streams meanwhile.
    with parquet.reader(MEMORY) as index:
        index.execute(_TABLE)
        quotes = _write_quotes(connection, index, target, shard, most)
        return Index(quotes, shard, _write_words(index, target, most), most)


def _write_quotes(
    connection: duckdb.DuckDBPyConnection, index: duckdb.DuckDBPyConnection, target: Path, shard: int, most: int
) -> int:
    """The quotations and the days; their terms go to the index. Returns how many quotations there are."""
    postings: dict[str, array[int]] = {}
    days: list[tuple[str | None, int]] = []
    kept: list[list[Any]] = []
    position = 0
    for quote, day in _quotes(connection):
        if not days or days[-1][0] != day:
            days.append((day, position))
        for term in _terms(quote):
            postings.setdefault(term, array("i")).append(position)
        kept.append(_shown(quote))
        position += 1
        if position % CHUNK == 0:
            _keep(index, postings, position // CHUNK, most)
        if len(kept) == shard:
            _dump(target / f"quotes-{position // shard - 1}.json.gz", kept)
            kept = []
    if kept:
        _dump(target / f"quotes-{position // shard}.json.gz", kept)
    _keep(index, postings, position // CHUNK + 1, most)
    _dump(target / "days.json.gz", days)
    return position


def _quotes(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Each quotation with its day, newest first."""
    cursor = connection.execute(_QUERY)
    names = [column[0] for column in cursor.description or ()]
    while batch := cursor.fetchmany(2_000):
        for row in batch:
            quote = dict(zip(names, row, strict=True))
            day = quote.pop("day")
            yield quote, None if day is None else day.isoformat()


def _terms(quote: dict[str, Any]) -> set[str]:
    return {
        *(f"w:{word}" for word in words(quote["text"])),
        *(f"s:{word}" for word in words(quote["speaker_name"])),
        *(f"s:{word}" for word in words(quote["speaker"])),
        *(f"o:{word}" for word in words(quote["publisher"])),
    }


def _shown(quote: dict[str, Any]) -> list[Any]:
    """A row of `FIELDS`: what stands before and after the words in their sentence, where that is published."""
    text, sentence, first, last = (quote[name] for name in ("text", "sentence", "first", "last"))
    before = after = None
    if text and sentence and 0 <= first <= len(sentence):
        before = sentence[:first]
        before = before if len(before) <= AROUND else "…" + before[-AROUND:].lstrip()
        after = sentence[last:] if last <= len(sentence) else ""
        after = after if len(after) <= AROUND else after[:AROUND].rstrip() + "…"
        if sentence[first:last] != text[: len(sentence) - first]:
            before = after = None
    if text and len(text) > LONGEST:
        text, after = text[:LONGEST].rstrip() + "…", None if after is None else ""
    values = {**quote, "text": text, "before": before or None, "after": after or None}
    return [_plain(values[name]) for name in FIELDS]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _keep(index: duckdb.DuckDBPyConnection, postings: dict[str, array[int]], chunk: int, most: int) -> None:
    """Put a chunk's postings aside, and empty them."""
    batch = pa.Table.from_pydict(
        {
            "hash": [hashed(term) for term in postings],
            "term": list(postings),
            "chunk": [chunk] * len(postings),
            "total": [len(places) for places in postings.values()],
            "places": [places[:most] for places in postings.values()],
        },
        schema=_TERMS,
    )
    index.register("batch", batch)
    index.execute("INSERT INTO terms FROM batch")
    index.unregister("batch")
    postings.clear()


def _write_words(index: duckdb.DuckDBPyConnection, target: Path, most: int) -> int:
    size = index.execute(_SIZE, [most]).fetchall()[0][0] or 0
    buckets = max(1, size // BUCKET_BYTES)
    cursor = index.execute(
        "SELECT hash % ? AS bucket, term, total, places FROM terms ORDER BY bucket, term, chunk", [buckets]
    )
    written = set()
    for bucket, rows in groupby(_rows(cursor), itemgetter(0)):
        content = {term: _posting(chunks, most) for term, chunks in groupby(rows, itemgetter(1))}
        _dump(target / f"words-{bucket}.json.gz", content)
        written.add(bucket)
    for bucket in set(range(buckets)) - written:
        _dump(target / f"words-{bucket}.json.gz", {})
    return int(buckets)


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(500):
        yield from batch


def _posting(chunks: Iterable[tuple[Any, ...]], most: int) -> list[int]:
    """[total, first position, differences ...] of a term's chunks, which come in order."""
    total = 0
    found: list[int] = []
    before = 0
    for _, _, number, places in chunks:
        total += number
        for place in places[: most - len(found)]:
            found.append(place - before)
            before = place
    return [total, *found]


def _dump(path: Path, value: Any) -> None:
    # Level 6: 9 takes twice the time for 1 %. No clock in the header.
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(content.encode("utf-8", "replace"), 6, mtime=0))
