"""Find articles that repeat another, wholly or nearly.

Belongs here: marks by which candidates are found, text that many articles share without being copies (footers, fixed
sentences), and which article repeats which. Does not belong here: when two texts are copies (copies), finding the texts
that share marks across a corpus (warehouse.corpus.duplicates), records refused for a repeated name (read), like
quotations (statements).

Marks are winnowed shingles (Schleimer, Wilkerson and Aiken, SIGMOD 2003): two texts that share a run of WINDOW +
SHINGLE - 1 words share a mark, wherever the run is. Unlike MinHash this also finds a text that is part of another. A
duplicate points at the earliest article that it repeats, which is no duplicate. Both stay in the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.duplicates import copies
from pipeline.duplicates.copies import MIN_WORDS, SHINGLE, Hashes, ShingledText

CODE_VERSION = "3"
# One of this many consecutive shingles is a mark: runs of twelve words are found, with a fifth of the shingles.
WINDOW = 8
# Fewest marks that candidates share: a single one can be chance ("said in a statement on").
MIN_SHARED = 2
# Most earlier articles that one is compared with: those that share most marks.
MAX_CANDIDATES = 8
# A mark is common if this many articles have it and more than this share of them begin otherwise: a footer, a fixed
# sentence of a template. Printed copies of a wire begin alike.
COMMON_ARTICLES = 5
COMMON_OF_ARTICLES = 0.5


@dataclass(frozen=True, slots=True)
class ComparableText:
    """A whole text, and the same text without common marks."""

    whole: ShingledText
    own: ShingledText


def marks(texts: Iterable[str]) -> tuple[list[int], list[Hashes], list[int]]:
    """Return, for each text with words, its index, its marks, and its first shingle."""
    worded, found, first_shingles = [], [], []
    for i, text in enumerate(texts):
        whole = copies.shingled(text)
        if whole.words:
            worded.append(i)
            found.append(_winnowed(whole))
            first_shingles.append(int(whole.hashes[0]))
    return worded, found, first_shingles


def _winnowed(text: ShingledText) -> Hashes:
    if text.words < MIN_WORDS:
        # Two marks, as candidates must share two: the words as a whole.
        return np.concatenate([text.hashes, ~text.hashes])
    windows = np.lib.stride_tricks.sliding_window_view(text.hashes, WINDOW)
    return np.unique(windows.min(axis=1))


def prepare_text(text: str, common: Hashes) -> ComparableText:
    """Prepare a text for comparison. `common` has the common marks of the corpus, sorted. Only the text's own marks
    count, so the marks of all texts show which texts a newly common mark affects."""
    whole = copies.shingled(text)
    if not len(common) or whole.words < MIN_WORDS:
        return ComparableText(whole, whole)
    own = _winnowed(whole)
    at = np.searchsorted(common, own).clip(max=len(common) - 1)
    places = whole.places[np.isin(whole.hashes, own[common[at] == own])].astype("int64")
    if not len(places):
        return ComparableText(whole, whole)
    covered = np.zeros(whole.words, dtype=bool)
    ends = places + SHINGLE
    # Between two marks of one run are fewer words than a window has.
    joined = np.flatnonzero(places[1:] - ends[:-1] < WINDOW)
    ends[joined] = places[joined + 1]
    for start, end in zip(places.tolist(), ends.tolist(), strict=True):
        covered[start:end] = True
    return ComparableText(whole, _without(whole, covered))


def _without(text: ShingledText, covered: np.ndarray) -> ShingledText:
    """Return a text without the covered words and the shingles that contain one of them."""
    sums = np.concatenate([[0], np.cumsum(covered)])
    kept = sums[SHINGLE:] == sums[:-SHINGLE]
    words = int((~covered).sum())
    own = replace(text, hashes=text.hashes[kept], places=text.places[kept], kinds=text.kinds[kept], words=words)
    if covered[: text.first_sentence].any() and kept.any():
        # The beginning of the text is removed: the next words become its beginning.
        own = replace(own, first_sentence=int(own.places[0]) + text.first_sentence)
    return own


def decide(
    candidates: Mapping[int, Sequence[int]], repeated: Callable[[int, int], bool], original: MutableMapping[int, int]
) -> None:
    """Record in `original`, for each later article, the one that it repeats, if any. Articles are numbered in the order
    of publication. `candidates` has the earlier ones that share marks, per later article, in order; `original` the
    decisions on those before; `repeated(earlier, later)` compares two of either (`repeats`)."""
    for later, earlier in candidates.items():
        like = {a for a in earlier if repeated(a, later)}
        # Try what a similar article repeats, too: similarity is not transitive.
        for first in sorted({original.get(a, a) for a in like}):
            if first in like or repeated(first, later):
                original[later] = first
                break


def repeats(a: ComparableText, b: ComparableText) -> bool:
    """Whether two articles are copies by their text without common marks, or by all text if one has few other words."""
    if min(a.own.words, b.own.words) < MIN_WORDS:
        return copies.is_near_duplicate(a.whole, b.whole, common=a.own is not a.whole and b.own is not b.whole)
    return copies.is_near_duplicate(a.own, b.own)
