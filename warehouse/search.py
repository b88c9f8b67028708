"""The page's search: quotations and an index over them as small static files, loaded as they are needed.

Belongs here: what is written under `search/`, and its form, which `page.js` reads. Does not belong here: the page
around it (warehouse.page).

    search/quotes-<n>.json   the quotations n*SHARD ... of the list, newest first: a list of lists, `FIELDS` in order
    search/words-<n>.json    {term: [how many quotations have it, first position, then differences ...]} for the terms
                             of bucket n; at most MOST positions a term, the newest
    search/days.json         [[day or null, position of its first quotation] ...], newest first

A term is `w:` and a word of the quotation, `s:` and a word of the speaker's name, or `o:` and a word of the outlet's.
"""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

FOLDER = "search"
# Quotations a file: twenty hits lie in twenty files at worst, about 1 MB at 500 bytes a quotation.
SHARD = 100
# Positions kept of a term. Whoever looks for a commoner word sees the newest of its quotations, and how many there
# are; two commoner words together are looked for among these.
MOST = 5_000
# Bytes of one file of the index, roughly.
BUCKET_BYTES = 60_000
FIELDS = (
    *("quote_id", "text", "kind", "speaker_name", "speaker", "cue", "venue", "publisher", "title", "published_on"),
    *("said_earliest", "said_latest", "said_basis", "source", "url", "sentence"),
)
# Attitudes (felt or wanted) are not said. Titles and speakers have been cut to their length by the release's rights.
_QUERY = """
SELECT q.quote_id, q.text, q.kind, q.speaker_name, q.speaker, q.cue, q.venue, d.publisher, d.title, d.published_on,
    q.said_earliest, q.said_latest, q.said_basis, d.source, d.url,
    CASE WHEN s.text <> q.text THEN s.text END AS sentence, d.published_latest AS day
FROM quotes AS q
JOIN documents AS d ON d.document_id = q.document_id
LEFT JOIN sentences AS s ON s.sentence_id = q.sentence_id
WHERE q.cue_class IS DISTINCT FROM 'attitude'
ORDER BY d.published_latest DESC NULLS LAST, q.document_id, q."start", q."end", q.quote_id
"""


@dataclass(frozen=True, slots=True)
class Index:
    """What the page has to know of the files: how many quotations, a file, buckets, and positions a term."""

    quotes: int
    shard: int
    buckets: int
    most: int


# Letters and digits of any script; marks are taken off before.
_WORD = re.compile(r"[^\W_]{1,64}")


def words(text: str | None) -> list[str]:
    """The words of a text as they are looked for: without marks and case. `page.js` does the same."""
    if not text:
        return []
    bare = "".join(ch for ch in unicodedata.normalize("NFD", text) if unicodedata.category(ch)[0] != "M")
    return _WORD.findall(bare.lower())


def bucket(term: str, buckets: int) -> int:
    """In which file a term stands: FNV-1a of its UTF-8, 32 bits."""
    value = 0x811C9DC5
    for byte in term.encode("utf-8", "surrogatepass"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value % buckets


def write(connection: duckdb.DuckDBPyConnection, folder: Path, shard: int = SHARD, most: int = MOST) -> Index:
    """Write `search/` in a release folder. The release's tables stand in the connection under their names."""
    target = folder / FOLDER
    target.mkdir()
    postings: dict[str, array[int]] = {}
    totals: dict[str, int] = {}
    days: list[tuple[str | None, int]] = []
    kept: list[list[Any]] = []
    position = 0
    for row in _rows(connection):
        *shown, day = row
        named = None if day is None else day.isoformat()
        if not days or days[-1][0] != named:
            days.append((named, position))
        quote = dict(zip(FIELDS, shown, strict=True))
        for term in sorted(_terms(quote)):
            totals[term] = totals.get(term, 0) + 1
            if totals[term] <= most:
                postings.setdefault(term, array("L")).append(position)
        kept.append([_plain(value) for value in shown])
        position += 1
        if len(kept) == shard:
            _dump(target / f"quotes-{position // shard - 1}.json", kept)
            kept = []
    if kept:
        _dump(target / f"quotes-{position // shard}.json", kept)
    _dump(target / "days.json", days)
    return Index(position, shard, _write_words(target, postings, totals), most)


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    cursor = connection.execute(_QUERY)
    while batch := cursor.fetchmany(10_000):
        yield from batch


def _terms(quote: dict[str, Any]) -> set[str]:
    speaker = f"{quote['speaker_name'] or ''} {quote['speaker'] or ''}"
    return {
        *(f"w:{word}" for word in words(quote["text"])),
        *(f"s:{word}" for word in words(speaker)),
        *(f"o:{word}" for word in words(quote["publisher"])),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _write_words(target: Path, postings: dict[str, array[int]], totals: dict[str, int]) -> int:
    # A difference takes about four characters.
    size = sum(len(term) + 8 + 4 * len(found) for term, found in postings.items())
    buckets = max(1, size // BUCKET_BYTES)
    filled: list[dict[str, list[int]]] = [{} for _ in range(buckets)]
    for term in sorted(postings):
        filled[bucket(term, buckets)][term] = [totals[term], *_differences(postings[term])]
    for number, content in enumerate(filled):
        _dump(target / f"words-{number}.json", content)
    return buckets


def _differences(positions: Iterable[int]) -> Iterator[int]:
    before = 0
    for position in positions:
        yield position - before
        before = position


def _dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
