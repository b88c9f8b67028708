"""Articles that repeat another, wholly or nearly.

Belongs here: finding pairs of like texts by MinHash and proving them by their words.
Does not belong here: records refused because their name comes twice (read), like quotations (statements).

A duplicate points at the earliest article that it repeats, which is no duplicate itself. Both stay in the data.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import polars as pl

from pipeline.schema import frame
from pipeline.tables import DUPLICATES

CODE_VERSION = "1"
# Shingles of five words: shorter ones are shared by articles on one subject (Lee et al., ACL 2022, use five).
SHINGLE = 5
# Articles that share this part of their shingles (Jaccard) are one article with another headline or a cut.
NEAR = 0.7
# 32 bands of 4: two texts at NEAR share a band with probability 0.9998, two at 0.2 with 0.05.
PERMUTATIONS = 128
BANDS = 32
SEED = 20
# A text of fewer words repeats another only when it is the same.
FEWEST_WORDS = 20

_WORD = re.compile(r"\w+")


def duplicates(documents: pl.DataFrame) -> pl.DataFrame:
    """(document_id, duplicate_of), sorted, from document_id, published_earliest, published_latest, source, text.

    The earliest is the one whose published_earliest comes first (unknown last), then by document_id.
    """
    columns = ["document_id", "published_earliest", "text"]
    rows = sorted(documents.select(columns).iter_rows(), key=lambda row: (row[1] or date.max, row[0]))
    shingles = [_shingles(text or "") for _, _, text in rows]
    earlier = defaultdict(list)
    for a, b in sorted(set(_candidates(shingles))):
        if _near(shingles[a], shingles[b]):
            earlier[b].append(a)
    original: dict[int, int] = {}
    for i in range(len(rows)):
        # What a like article repeats is tried too: likeness is not transitive.
        for j in sorted({original.get(a, a) for a in earlier[i]}):
            if _near(shingles[j], shingles[i]):
                original[i] = j
                break
    out = ({"document_id": rows[i][0], "duplicate_of": rows[j][0]} for i, j in original.items())
    return frame(DUPLICATES.stored, sorted(out, key=lambda row: row["document_id"]))


def _shingles(text: str) -> frozenset[str]:
    words = _WORD.findall(text.casefold())
    if len(words) < FEWEST_WORDS:
        return frozenset({" ".join(words)}) if words else frozenset()
    return frozenset(" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))


def _near(a: frozenset[str], b: frozenset[str]) -> bool:
    shared = len(a & b)
    return bool(shared) and shared >= NEAR * (len(a) + len(b) - shared)


def _candidates(shingles: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Pairs (earlier, later) that share a band: in each bucket, each text with the first and with the one before."""
    rows = PERMUTATIONS // BANDS
    buckets: dict[tuple[int, ...], tuple[int, int]] = {}
    for i, digest in enumerate(_digests(shingles)):
        for band in range(BANDS) if digest else ():
            bucket = (band, *digest[band * rows : (band + 1) * rows])
            seen = buckets.get(bucket)
            if seen is None:
                buckets[bucket] = (i, i)
                continue
            first, before = seen
            yield first, i
            yield before, i
            buckets[bucket] = (first, i)


def _digests(shingles: Iterable[frozenset[str]]) -> Iterator[list[int]]:
    from rensa import RMinHash  # brings numpy along

    for found in shingles:
        sketch = RMinHash(PERMUTATIONS, SEED)
        sketch.update(sorted(found))
        yield sketch.digest() if found else []
