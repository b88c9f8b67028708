"""Decide whether two texts are copies: the same words, or nearly, cut, or with more around them.

Two texts are *exact* copies if their words agree; blanks, marks, case, and headlines above the text do not count. They
are *near* copies if most shingles (runs of `SHINGLE` words) of the shorter are in the longer, unless

- what they share is a footer: the last part of both, below first sentences that differ;
- what they share is a template: most of its figures or of its names differ.

A `Sketch` is a sample of a text's shingles under a secret key. It reveals near copies, but no words without the key.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import numpy.typing as npt

# Version of sketches and hashes. Raise it if they change: different versions are not comparable.
VERSION = "1"

# Thresholds, with reasons and sources.
# Runs of five words: articles on one subject share shorter ones (Lee et al., ACL 2022, use five).
SHINGLE = 5
# A shorter text is a copy only if all words are the same: agency flashes are alike without being copies.
MIN_WORDS = 20
# Share of the shorter text's shingles that must be in the longer: a change of one word in twelve leaves that many (each
# changes five), and so does a copy with a footer half as long as itself.
CONTAINED = 0.6
# Share of the longer text's: a digest that holds a brief among others is no copy of it.
OF_LONGER = 0.25
# If the first sentences differ, the shared text may be an outlet's footer. The longest footers of news sites (about us,
# appeal, newsletter) have some 120 words.
FOOTER_WORDS = 150
MIN_OVERLAP_OTHER_HEADLINE = 0.85
# If neither is nearly all in the other, they must share more words than an outlet's heading has.
HEADING_WORDS = 40
NEARLY_ALL = 0.8
# Of at least this many figures or names, this share is the same in copies; in reports of one template most differ.
MIN_FACTS = 3
SAME_FACTS = 0.5
# Shingles of a sketch: half of a text of 1,000 words then shares over 100 of them.
SKETCH_SIZE = 256
# With fewer common shingles, a sketch that is not the whole text is no evidence.
MIN_SKETCHED = 8
# Most lines above the text that are no sentence: headline, second headline, byline, dateline.
HEADLINES = 4
HEADLINE_WORDS = 25

# Cached word hashes: nine of ten words of news are among this many.
WORDS_KEPT = 16_384

FIGURE, NAME = 1, 2

_BETWEEN = re.compile(r"(\W+)")
_END = re.compile(r"[.!?…][\"”’»)\]]*(?:\s|$)")
_MULTIPLIER = 0x9E3779B97F4A7C15

type Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class ShingledText:
    """The shingles of a text, all or a sample: their hashes, places (counted in words) and kinds (FIGURE, NAME: of the
    word in the middle). `words` and `first_sentence` count the words of the text and of its first sentence. `below`:
    the text's hashes up to this one are included."""

    hashes: Hashes
    places: npt.NDArray[np.uint32]
    kinds: npt.NDArray[np.uint8]
    words: int
    first_sentence: int
    below: int = 2**64 - 1


def body(text: str) -> str:
    """Return the text without the headlines above it: its first lines that end no sentence, if enough is left."""
    return text[_headlines(text)[-1] :]


def _headlines(text: str) -> list[int]:
    """Return where the text starts after none, one, two ... of its headlines."""
    starts = [0]
    lines = [(found.start(), found[0].strip()) for found in re.finditer(r"[^\n\r]+", text[:4_000]) if found[0].strip()]
    for (_, line), (start, below) in pairwise(lines[: HEADLINES + 1]):
        if _END.search(line[-3:]) or below[0].islower() or len(line.split()) > HEADLINE_WORDS:
            break
        if len(text[start : start + 1_000].split()) < MIN_WORDS:
            break
        starts.append(start)
    return starts


def exact_text_hashes(text: str, key: bytes = b"") -> frozenset[str]:
    """Return keyed hashes of the text's words, with and without headlines; none for a text without words. Two texts
    with a common hash are exact copies. `key` has up to 64 bytes."""
    variants = (_words(text[start:]) for start in _headlines(text))
    return frozenset(
        blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=16, key=key).hexdigest()
        for words in variants
        if words
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def shingled(text: str, key: bytes = b"") -> ShingledText:
    """Return the shingles of a text below its headlines; if it has fewer than MIN_WORDS words, all words as one."""
    # Words with the marks between them. The text begins and ends with a mark, even if it is empty.
    parts = _BETWEEN.split(f"\n{unicodedata.normalize('NFKC', body(text))}\n")[2:-1]
    words, marks = parts[::2], parts[1::2]
    look = _reader(key)
    if len(words) < MIN_WORDS:
        whole, _ = look(" ".join(words))
        hashes = np.array([whole] if words else [], dtype="uint64")
        return ShingledText(
            hashes, np.zeros(len(hashes), "uint32"), np.zeros(len(hashes), "uint8"), len(words), len(words)
        )
    numbers, kinds_of = zip(*map(look, words), strict=True)
    kinds = np.array(kinds_of, dtype="uint8")
    ends = np.array([mark != " " and bool(_END.search(mark)) for mark in marks])
    # The capital of a sentence's first word makes no name.
    kinds[np.concatenate([[True], ends[:-1]]) & (kinds == NAME)] = 0
    # "Mr." ends no sentence: a first sentence has at least five words.
    full = np.flatnonzero(ends[4:])
    first_sentence = int(full[0]) + 5 if len(full) else len(words)
    count = len(words) - SHINGLE + 1
    hashes = np.zeros(count, dtype="uint64")
    every = np.array(numbers, dtype="uint64")
    for i in range(SHINGLE):
        hashes = hashes * np.uint64(_MULTIPLIER) + every[i : i + count]
    middle = SHINGLE // 2
    places = np.arange(count, dtype="uint32")
    return ShingledText(_mixed(hashes), places, kinds[middle : middle + count], len(words), first_sentence)


@lru_cache(maxsize=4)
def _reader(key: bytes) -> Callable[[str], tuple[int, int]]:
    @lru_cache(maxsize=WORDS_KEPT)
    def look(word: str) -> tuple[int, int]:
        """Return a word's hash and kind."""
        digest = blake2b(word.casefold().encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
        kind = FIGURE if word[:1].isdigit() else NAME if word[:1].isupper() else 0
        return int.from_bytes(digest, "big"), kind

    return look


def _mixed(hashes: Hashes) -> Hashes:
    """Spread the bits of sums evenly, so that the smallest are a random sample (SplitMix64, Steele et al., OOPSLA
    2014)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = hashes ^ (hashes >> np.uint64(31))
    return mixed


def sketch(text: str, key: bytes) -> ShingledText:
    """Return a sample of SKETCH_SIZE shingles under a secret key (up to 64 bytes): those with the smallest hashes."""
    whole = shingled(text, key)
    if len(whole.hashes) <= SKETCH_SIZE:
        return whole
    kept = np.sort(np.argsort(whole.hashes, kind="stable")[:SKETCH_SIZE])
    below = int(whole.hashes[kept].max())
    part = replace(whole, hashes=whole.hashes[kept], places=whole.places[kept], kinds=whole.kinds[kept])
    return replace(part, below=below)


def packed(made: ShingledText) -> str:
    """Encode a sketch as one word of ASCII, with its version."""
    head = np.array([made.words, made.first_sentence, len(made.hashes)], dtype="<u4").tobytes()
    below = np.array([made.below], dtype="<u8").tobytes()
    rows = made.hashes.astype("<u8").tobytes() + made.places.astype("<u4").tobytes() + made.kinds.tobytes()
    return f"{VERSION}:" + base64.b64encode(head + below + rows).decode("ascii")


def unpacked(line: str) -> ShingledText:
    """Decode the sketch of `packed`. Raises ValueError if it is damaged or of another version."""
    version, _, data = line.partition(":")
    if version != VERSION:
        raise ValueError(f"sketch of version {version[:10]!r}: must be of {VERSION}")
    raw = base64.b64decode(data, validate=True)
    if len(raw) < 20:
        raise ValueError("sketch is cut short")
    words, first_sentence, count = (int(n) for n in np.frombuffer(raw, "<u4", 3))
    if len(raw) != 20 + 13 * count:
        raise ValueError(f"sketch has {len(raw)} bytes: must have {20 + 13 * count}")
    below = int(np.frombuffer(raw, "<u8", 1, 12)[0])
    hashes = np.frombuffer(raw, "<u8", count, 20).astype("uint64")
    places = np.frombuffer(raw, "<u4", count, 20 + 8 * count).astype("uint32")
    return ShingledText(hashes, places, np.frombuffer(raw, "u1", count, 20 + 12 * count), words, first_sentence, below)


def is_near_duplicate(a: ShingledText, b: ShingledText, *, common: bool = False) -> bool:
    """Whether two texts, or two sketches of one key, are copies, exact or near, in either order. `common`: the shared
    text is known from many others, so it is a footer if the first sentences differ."""
    if min(a.words, b.words) < MIN_WORDS:
        return a.words == b.words > 0 and bool(np.array_equal(a.hashes, b.hashes))
    # A sketch has only hashes up to `below`: compare both up to the lower one.
    below = min(a.below, b.below)
    a, b = _up_to(a, below), _up_to(b, below)
    in_b, in_a = np.isin(a.hashes, b.hashes), np.isin(b.hashes, a.hashes)
    if not in_b.any() or (below < 2**64 - 1 and in_b.sum() < MIN_SKETCHED):
        return False
    (short, of_short), (long, of_long) = sorted(((a, in_b), (b, in_a)), key=lambda one: len(one[1]))
    contained = float(of_short.mean())
    if contained < CONTAINED or of_long.mean() < OF_LONGER or not _same_facts(short, of_short):
        return False
    shared = contained * short.words
    if all(_first(text, of) >= text.first_sentence for text, of in ((short, of_short), (long, of_long))):
        return not common and shared >= FOOTER_WORDS and contained >= MIN_OVERLAP_OTHER_HEADLINE
    return contained >= NEARLY_ALL or shared >= HEADING_WORDS


def _up_to(text: ShingledText, below: int) -> ShingledText:
    if text.below == below:
        return text
    kept = text.hashes <= np.uint64(below)
    return replace(text, hashes=text.hashes[kept], places=text.places[kept], kinds=text.kinds[kept])


def _same_facts(text: ShingledText, shared: npt.NDArray[np.bool_]) -> bool:
    """Whether most figures and most names are shared, if there are enough to decide."""
    for kind in (FIGURE, NAME):
        facts = shared[text.kinds == kind]
        if len(facts) >= MIN_FACTS and facts.mean() < SAME_FACTS:
            return False
    return True


def _first(text: ShingledText, shared: npt.NDArray[np.bool_]) -> int:
    """Return the place of the first shared word."""
    return int(text.places[shared].min())
