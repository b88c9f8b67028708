"""Compare two wordings, and select those of a corpus to compare.

Fingerprints are winnowed word shingles (Schleimer, Wilkerson and Aiken, SIGMOD 2003): two texts that share a run of
SHINGLE + WINDOW - 1 words share a fingerprint, wherever the run is. Unlike MinHash this also finds a short text inside
a long one. Work is linear in the words of the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from zlib import crc32

from pipeline.data import words

# Shorter utterances are compared as a whole.
MIN_WORDS = 4
SHINGLE = 3
WINDOW = 3
# This share of the shorter one's words must be in runs that the other has, too.
MIN_WORDING_OVERLAP = 0.8
# A wording is compared with this many right before it that share a fingerprint, and with the first.
NEIGHBOURS = 4
# Words that reverse the meaning.
NEGATIONS = words("negations.tsv", "negation")

# An editor's additions: "[the]", "[October 18, 2020]", "...".
_EDITED = re.compile(r"\[[^\[\]]{0,200}\]|\([^()]{0,200}\)")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

type Words = tuple[str, ...]


def words_of(text: str) -> Words:
    """Return the words, casefolded, without an editor's additions in brackets (unless nothing else is left)."""
    return _words(_EDITED.sub(" ", text)) or _words(text)


def _words(text: str) -> Words:
    return tuple(_WORD.findall(text.casefold().replace("’", "'")))


def same_words(a: Words, b: Words) -> bool:
    """Whether the words are the same, or those of one are a run of the other's."""
    short, long = sorted((a, b), key=len)
    return f" {' '.join(short)} " in f" {' '.join(long)} "


def is_same_wording(a: Words, b: Words, *, part: bool) -> bool:
    """Whether two wordings are one. With `part`, the shorter can be a piece of the longer; without, both must be
    covered. The uncovered words must hold no number and no negation."""
    short, long = sorted((a, b), key=len)
    if same_words(short, long) and (part or len(short) == len(long)):
        return True
    found, back = _covered(short, long), _covered(long, short)
    if sum(found) < MIN_WORDING_OVERLAP * len(short) or (not part and sum(back) < MIN_WORDING_OVERLAP * len(long)):
        return False
    # Words of the longer one outside the piece that matches the shorter do not count.
    before, after = found.find(1), len(found) - 1 - found.rfind(1)
    first = max(0, back.find(1) - (before + SHINGLE if before else 0))
    last = back.rfind(1) + (after + SHINGLE if after else 0) + 1
    missing = [word for word, shared in zip(short, found, strict=True) if not shared]
    missing += [word for word, shared in zip(long[first:last], back[first:last], strict=True) if not shared]
    return not any(_changes_polarity(word) for word in missing)


def _changes_polarity(word: str) -> bool:
    """Whether adding or removing a word changes the meaning."""
    return word in NEGATIONS or word.endswith("n't") or any(ch.isdigit() for ch in word)


def _covered(a: Words, b: Words) -> bytearray:
    """Return 1 for each word of `a` that is in a shingle of `b`."""
    known = set(_shingles(b))
    covered = bytearray(len(a))
    for i, shingle in enumerate(_shingles(a)):
        if shingle in known:
            covered[i : i + SHINGLE] = b"\1" * SHINGLE
    return covered


def _shingles(words: Words) -> Iterator[Words]:
    for i in range(len(words) - SHINGLE + 1):
        yield words[i : i + SHINGLE]


def fingerprints(words: Words) -> set[int]:
    """Return the smallest hash in every window of WINDOW neighbouring shingles; all hashes of a short text. Needs at
    least MIN_WORDS words."""
    hashes = [crc32(" ".join(shingle).encode("utf-8", "surrogatepass")) for shingle in _shingles(words)]
    if len(hashes) <= 2 * WINDOW:
        return set(hashes)
    return {min(hashes[i : i + WINDOW]) for i in range(len(hashes) - WINDOW + 1)}


def marks(words: Words) -> set[int]:
    """Return the fingerprints of an utterance; for fewer than MIN_WORDS words one hash of them all."""
    if len(words) >= MIN_WORDS:
        return fingerprints(words)
    if not words:
        return set()
    digest = blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    # 63 bits, the highest set: no collision with fingerprints, which have 32.
    return {int.from_bytes(digest, "big") >> 2 | 1 << 62}
