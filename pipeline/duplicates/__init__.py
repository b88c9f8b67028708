"""Articles that repeat another, wholly or nearly.

Belongs here: the marks by which texts are found that are worth comparing, what many articles share without being one
(footers, fixed sentences), and which article repeats which. Does not belong here: when two texts are copies (copies),
finding the texts that share marks across a corpus (warehouse.corpus.duplicates), records refused because their name
comes twice (read), like quotations (statements).

Marks are winnowed shingles (Schleimer, Wilkerson and Aiken, SIGMOD 2003): two texts that share a run of WINDOW +
SHINGLE - 1 words share one, wherever the run is in either. Unlike MinHash that also finds a text that is a part of
another. A duplicate points at the earliest article that it repeats, which is no duplicate itself. Both stay in the
data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.duplicates import copies
from pipeline.duplicates.copies import FEWEST_WORDS, SHINGLE, Hashes, Text

CODE_VERSION = "3"
# Of each run of so many shingles one is a mark: runs of twelve words are found, with a fifth of the shingles.
WINDOW = 8
# Candidates share so many marks: one is shared by chance ("said in a statement on").
FEWEST_SHARED = 2
# Earlier articles that one is compared with: those that share most marks.
MOST_CANDIDATES = 8
# A mark is common where so many articles have it and most of them begin otherwise: a footer, a fixed sentence of a
# template. Printed copies of a wire begin alike.
COMMON_ARTICLES = 5
COMMON_OF_ARTICLES = 0.5


@dataclass(frozen=True, slots=True)
class Compared:
    """A text as it is, and without what is common."""

    whole: Text
    own: Text


def marks(texts: Iterable[str]) -> tuple[list[int], list[Hashes], list[int]]:
    """Of each text with words: which it is, its marks, and the shingle with which it begins."""
    worded, found, leads = [], [], []
    for i, text in enumerate(texts):
        whole = copies.shingled(text)
        if whole.words:
            worded.append(i)
            found.append(_winnowed(whole))
            leads.append(int(whole.hashes[0]))
    return worded, found, leads


def _winnowed(text: Text) -> Hashes:
    if text.words < FEWEST_WORDS:
        # Two marks, as candidates share: the words as a whole.
        return np.concatenate([text.hashes, ~text.hashes])
    windows = np.lib.stride_tricks.sliding_window_view(text.hashes, WINDOW)
    return np.unique(windows.min(axis=1))


def compared(text: str, common: Hashes) -> Compared:
    """A text as it is compared: `common` are the common marks of the corpus, sorted. Of a text only its own marks
    count: to whom a mark that becomes common is of concern follows from the marks of all texts."""
    whole = copies.shingled(text)
    if not len(common) or whole.words < FEWEST_WORDS:
        return Compared(whole, whole)
    own = _winnowed(whole)
    at = np.searchsorted(common, own).clip(max=len(common) - 1)
    places = whole.places[np.isin(whole.hashes, own[common[at] == own])].astype("int64")
    if not len(places):
        return Compared(whole, whole)
    covered = np.zeros(whole.words, dtype=bool)
    ends = places + SHINGLE
    # Between two marks of one run are fewer words than a window has.
    joined = np.flatnonzero(places[1:] - ends[:-1] < WINDOW)
    ends[joined] = places[joined + 1]
    for start, end in zip(places.tolist(), ends.tolist(), strict=True):
        covered[start:end] = True
    return Compared(whole, _without(whole, covered))


def _without(text: Text, covered: np.ndarray) -> Text:
    """A text without the covered words and the shingles that hold one of them."""
    sums = np.concatenate([[0], np.cumsum(covered)])
    kept = sums[SHINGLE:] == sums[:-SHINGLE]
    words = int((~covered).sum())
    own = replace(text, hashes=text.hashes[kept], places=text.places[kept], kinds=text.kinds[kept], words=words)
    if covered[: text.first_sentence].any() and kept.any():
        # What begins the text is gone: what comes next begins it.
        own = replace(own, first_sentence=int(own.places[0]) + text.first_sentence)
    return own


def decide(
    candidates: Mapping[int, Sequence[int]], known: Mapping[int, Compared], original: MutableMapping[int, int]
) -> None:
    """Note of each later article the one that it repeats, if any. Articles are known by their place in the order of
    publication; `candidates` has the earlier ones that share marks with it, later articles in order. `original` has
    what was decided of those before, `known` the texts of all that are named in either."""
    for later, earlier in candidates.items():
        like = {a for a in earlier if repeats(known[a], known[later])}
        # What a like article repeats is tried too: likeness is not transitive.
        for first in sorted({original.get(a, a) for a in like}):
            if first in like or repeats(known[first], known[later]):
                original[later] = first
                break


def repeats(a: Compared, b: Compared) -> bool:
    """Whether two articles are copies by what is their own; as wholes where one has little that is."""
    if min(a.own.words, b.own.words) < FEWEST_WORDS:
        return copies.near(a.whole, b.whole, common=a.own is not a.whole and b.own is not b.whole)
    return copies.near(a.own, b.own)
