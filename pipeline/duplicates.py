"""Articles that repeat another, wholly or nearly.

Belongs here: what of a text is compared, the marks by which like texts are found (MinHash), and which article repeats
which. Does not belong here: finding the texts that share a mark across a corpus (warehouse.repeats), records refused
because their name comes twice (read), like quotations (statements).

A duplicate points at the earliest article that it repeats, which is no duplicate itself. Both stay in the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from itertools import batched

import numpy as np
import numpy.typing as npt

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
# Texts of which bands are made at a time: their hashes take ten times as much memory as they.
TOGETHER = 100

_WORD = re.compile(r"\w+")

# A text's shingles, as 64-bit hashes: no two are alike.
type Shingles = npt.NDArray[np.uint64]


def shingles(texts: Iterable[str]) -> list[Shingles]:
    """What of each text is compared; nothing of one without words."""
    return [np.array(hashes, dtype="uint64") for hashes in map(_hashes, texts)]


def bands(texts: Iterable[str]) -> tuple[list[int], npt.NDArray[np.uint64]]:
    """Which of the texts have words, and (those texts, BANDS, 2): texts with a band in common are candidates."""
    from rensa import RMinHash

    worded: list[int] = []
    made = [np.empty((0, BANDS, PERMUTATIONS // BANDS // 2), dtype="uint64")]
    for part in batched(enumerate(map(_hashes, texts)), TOGETHER):
        found = [(i, hashes) for i, hashes in part if hashes]
        matrix = RMinHash.digest_matrix_from_token_hash_sets([hashes for _, hashes in found], PERMUTATIONS, SEED)
        worded += [i for i, _ in found]
        made.append(np.array(matrix.to_rows(), dtype="uint32").view("uint64").reshape(-1, *made[0].shape[1:]))
    return worded, np.concatenate(made)


def decide(
    candidates: Mapping[int, Sequence[int]], compared: Mapping[int, Shingles], original: MutableMapping[int, int]
) -> None:
    """Note of each later article the one that it repeats, if any. Articles are known by their place in the order of
    publication; `candidates` has the earlier ones that share a band with it, later articles in order. `original` has
    what was decided of those before, `compared` the shingles of all that are named in either."""
    for later, earlier in candidates.items():
        like = {a for a in earlier if near(compared[a], compared[later])}
        # What a like article repeats is tried too: likeness is not transitive.
        for first in sorted({original.get(a, a) for a in like}):
            if first in like or near(compared[first], compared[later]):
                original[later] = first
                break


def near(a: Shingles, b: Shingles) -> bool:
    """Whether two texts are one."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return bool(shared) and shared >= NEAR * (len(a) + len(b) - shared)


def _hashes(text: str) -> list[int]:
    from rensa import RMinHash

    (hashes,) = RMinHash.hash_token_sets([_shingles(text)])
    return hashes  # type: ignore[no-any-return]


def _shingles(text: str) -> set[str]:
    words = _WORD.findall(text.casefold())
    if len(words) < FEWEST_WORDS:
        return {" ".join(words)} if words else set()
    return set(map(" ".join, zip(*(words[i:] for i in range(SHINGLE)), strict=False)))
