"""The page's search: quotations and an index over them as small static files, loaded on demand.

    search/quotes-<n>.json.gz   the quotations n*SHARD ... of the list: a list of lists, `FIELDS` in order
    search/words-<n>.json.gz    {term: [number of its quotations, first position, then differences ...]} for the
                                terms of bucket n; at most the first MAX_POSITIONS positions of a term
    search/days.json.gz         [[day or null, position of its first quotation] ...] in the order of the list
    search/kinds-<n>.json.gz    a letter for each of the quotations n*KINDS ...: kind, `confidence_grade`
    search/names-<n>.json.gz    speakers and outlets of the quotations n*NAMES ...: {"speakers": [[entity, name] ...],
                                "outlets": [name ...], "speaker": [index or -1 ...], "outlet": [index or -1 ...]}

The list has quotations whose words are shown first, then those whose words are withheld, each newest first.

A term is `w:` and the stem of a word of the quotation, `s:` and a word of the speaker's name or of one of its aliases,
`o:` and a word of the outlet's name, `e:` and a speaker's entity, `p:` and an outlet, or `q:` and a quotation's id.

Quotations are streamed and indexed in chunks, and DuckDB merges the chunks on disk: memory does not grow with the
release.
"""

from __future__ import annotations

import gzip
import json
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.contract.values import QUOTE_KINDS
from warehouse.release import parquet
from warehouse.release.site import days
from warehouse.release.site.stems import stem, words
from warehouse.release.statement_filter import is_statement_sql

FOLDER = "search"
# Quotations per file. Twenty hits are in at most twenty files: 0.5 MB at 25 kB a file. A million quotations make 8,000
# files, within the 10,000 a folder that hubs advise.
SHARD = 128
# Positions kept per term. A search for a more common word shows its newest quotations, and how many there are; a search
# for two of them is limited to these. Compressed, this many take less than 100 kB.
MAX_POSITIONS = 50_000
# Approximate bytes of one file of the index, before compression to a third.
BUCKET_BYTES = 150_000
# Quotations indexed at once.
CHUNK = 20_000
# Quotations per file of kinds (some 100 kB) and per file of names (some 35 kB). In a million quotations, a filtered
# search reads at most four of each.
KINDS, NAMES = 262_144, 16_384
# Lowest confidence of high and medium: 9 and 7 in 10 of such quotations were right (pipeline/quotes/confidence.py).
HIGH, MEDIUM = 0.9, 0.7
# DuckDB's memory limit for the index, besides the streamed quotations.
MEMORY = "128MB"
# Characters of a quotation, and of its sentence before and after it. An ellipsis replaces the rest, which is still
# found.
MAX_CHARACTERS = 1_000
AROUND = 240
FIELDS = (
    *("quote_id", "text", "before", "after", "kind", "confidence", "speaker_name", "speaker", "speaker_entity_id"),
    *("speaker_role", "cue", "venue", "publisher", "title", "published_on", "published_earliest"),
    *("published_latest", "published_likely", "said_earliest", "said_latest", "said_basis", "said_words"),
    *("statement_id", "reports", "source", "url"),
)
# Titles and speakers are not cut here: warehouse.release.rights limits their length.
_QUERY = f"""
SELECT q.quote_id, q.text, q.kind, q.confidence, q.speaker_name, q.speaker, q.speaker_entity_id, q.speaker_role,
    q.cue, q.venue,
    d.publisher, d.title, d.published_on, d.published_earliest, d.published_latest,
    {days.published_likely()} AS published_likely, q.said_earliest, q.said_latest, q.said_basis,
    said_by.text AS said_words, q.statement_id, t.quotes AS reports, d.source, d.url, e.aliases,
    s.text AS sentence, q."start" - s."start" AS first, q."end" - s."start" AS last
FROM quotes AS q
JOIN documents AS d ON d.document_id = q.document_id
LEFT JOIN sentences AS s ON s.sentence_id = q.sentence_id
LEFT JOIN entities AS e ON e.entity_id = q.speaker_entity_id
LEFT JOIN statements AS t ON t.statement_id = q.statement_id
LEFT JOIN dates AS said_by ON said_by.date_id = q.said_date_id
WHERE {is_statement_sql("q")}
ORDER BY q.text IS NULL, d.published_latest DESC NULLS LAST, q.document_id, q."start", q."end", q.quote_id
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
    """What the page must know about the files: numbers of quotations and readable ones, quotations per file, buckets,
    and positions per term."""

    quotes: int
    readable: int
    shard: int
    buckets: int
    most: int


def hashed(term: str) -> int:
    """Return the CRC-32 of a term's UTF-8. Its remainder by the number of buckets is the number of the term's file."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


def write(connection: duckdb.DuckDBPyConnection, folder: Path, shard: int = SHARD, most: int = MAX_POSITIONS) -> Index:
    """Write `search/` in a release folder. The connection has the release's tables under their names."""
    target = folder / FOLDER
    target.mkdir()
    # Terms go into a separate database: the connection is streaming.
    with parquet.reader(MEMORY, folder) as index:
        index.execute(_TABLE)
        quotes, readable = _write_quotes(connection, index, target, shard, most)
        return Index(quotes, readable, shard, _write_words(index, target, most), most)


def _write_quotes(
    connection: duckdb.DuckDBPyConnection, index: duckdb.DuckDBPyConnection, target: Path, shard: int, most: int
) -> tuple[int, int]:
    """Write the quotations, days and facets; insert terms into the index. Returns the numbers of all and readable
    quotations."""
    postings: dict[str, array[int]] = {}
    first_of_day: list[tuple[str | None, int]] = []
    files: tuple[_Files[Any], ...] = (
        _Files(target, "quotes", shard),
        _Files(target, "kinds", KINDS, "".join),
        _Files(target, "names", NAMES, _named),
    )
    readable: int | None = None
    position = 0
    for quote in _quotes(connection):
        if readable is None and quote["text"] is None:
            readable = position
        day = _plain(quote["published_latest"])
        if not first_of_day or first_of_day[-1][0] != day or readable == position:
            first_of_day.append((day, position))
        for term in _terms(quote):
            postings.setdefault(term, array("i")).append(position)
        names = (quote["speaker_entity_id"], quote["speaker_name"], quote["publisher"])
        for file, value in zip(
            files, (_shown(quote), confidence_grade(quote["kind"], quote["confidence"]), names), strict=True
        ):
            file.add(value)
        position += 1
        if position % CHUNK == 0:
            _keep(index, postings, position // CHUNK, most)
    for file in files:
        file.flush()
    _keep(index, postings, position // CHUNK + 1, most)
    _dump(target / "days.json.gz", first_of_day)
    return position, position if readable is None else readable


def _quotes(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """Yield each quotation, in the order of the list."""
    cursor = connection.execute(_QUERY)
    names = [column[0] for column in cursor.description or ()]
    while batch := cursor.fetchmany(2_000):
        for row in batch:
            yield dict(zip(names, row, strict=True))


def confidence_grade(kind: str, confidence: float) -> str:
    """Return a letter for kind and confidence: a to c for direct ones of high, medium and low confidence, d to f for
    mixed ones, g to i for indirect ones."""
    grade = 0 if confidence >= HIGH else 1 if confidence >= MEDIUM else 2
    return chr(ord("a") + 3 * QUOTE_KINDS.index(kind) + grade)


def _named(rows: list[tuple[str | None, str | None, str | None]]) -> dict[str, Any]:
    """Return the speakers and outlets of a block, each once, and their index for each quotation."""
    speakers: dict[str, tuple[int, str | None]] = {}
    outlets: dict[str, int] = {}
    for entity, name, outlet in rows:
        if entity is not None:
            speakers.setdefault(entity, (len(speakers), name))
        if outlet is not None:
            outlets.setdefault(outlet, len(outlets))
    return {
        "speakers": [[entity, name] for entity, (_, name) in speakers.items()],
        "outlets": list(outlets),
        "speaker": [-1 if entity is None else speakers[entity][0] for entity, _, _ in rows],
        "outlet": [-1 if outlet is None else outlets[outlet] for _, _, outlet in rows],
    }


def _terms(quote: dict[str, Any]) -> set[str]:
    # Index a speaker with an entity only by its names: "Lavrov's deputy" is not Lavrov.
    known = quote["speaker_entity_id"] is not None
    names = (quote["speaker_name"], *(quote["aliases"] or ())) if known else (quote["speaker"],)
    exact = (("e", quote["speaker_entity_id"]), ("p", quote["publisher"]), ("q", quote["quote_id"]))
    return {
        *(f"w:{stem(word)}" for word in words(quote["text"])),
        *(f"s:{word}" for name in names for word in words(name)),
        *(f"o:{word}" for word in words(quote["publisher"])),
        *(f"{kind}:{value}" for kind, value in exact if value is not None),
    }


def _shown(quote: dict[str, Any]) -> list[Any]:
    """Return a row of `FIELDS`, with the rest of the sentence before and after the words if it is published."""
    text, sentence, first, last = (quote[name] for name in ("text", "sentence", "first", "last"))
    before = after = None
    if text and sentence and 0 <= first <= len(sentence):
        before = sentence[:first]
        before = before if len(before) <= AROUND else "…" + before[-AROUND:].lstrip()
        after = sentence[last:] if last <= len(sentence) else ""
        after = after if len(after) <= AROUND else after[:AROUND].rstrip() + "…"
        if sentence[first:last] != text[: len(sentence) - first]:
            before = after = None
    if text and len(text) > MAX_CHARACTERS:
        text, after = text[:MAX_CHARACTERS].rstrip() + "…", None if after is None else ""
    values = {**quote, "text": text, "before": before or None, "after": after or None}
    return [_plain(values[name]) for name in FIELDS]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


class _Files[T]:
    """Files `<name>-<n>.json.gz` of `size` values each, written as values are added. No values make no file."""

    def __init__(self, folder: Path, name: str, size: int, form: Callable[[list[T]], Any] = list) -> None:
        self._folder, self._name, self._size, self._form = folder, name, size, form
        self._kept: list[T] = []
        self._number = 0

    def add(self, value: T) -> None:
        self._kept.append(value)
        if len(self._kept) == self._size:
            self.flush()

    def flush(self) -> None:
        """Write the values added so far."""
        if self._kept:
            _dump(self._folder / f"{self._name}-{self._number}.json.gz", self._form(self._kept))
            self._kept = []
            self._number += 1


def _keep(index: duckdb.DuckDBPyConnection, postings: dict[str, array[int]], chunk: int, most: int) -> None:
    """Insert a chunk's postings into the index, and clear them."""
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
    """Return [total, first position, differences ...] from a term's chunks, which are in order."""
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
    # Level 6: 9 takes twice the time for 1 %. No time in the header: same input, same bytes.
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(content.encode("utf-8", "replace"), 6, mtime=0))
