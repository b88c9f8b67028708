"""Input and output of the language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

# Most tokens parsed as one sentence: a transition parser takes quadratic time on a sentence if most of its words depend
# on one head. Six times the longest sentence of the gold corpora (166 tokens).
SENTENCE = 1_000
# spaCy's numbers for a token inside a name and for the first token of one.
INSIDE, BEGINS = 1, 3


@dataclass(frozen=True, slots=True)
class Text:
    """A text, or a piece of one, with the offsets of its sentence starts, and whether each of these sentences gets a
    tree (None: all do)."""

    text: str
    starts: Sequence[int]
    wanted: Sequence[bool] | None = None


@dataclass(frozen=True, slots=True)
class Parse:
    """One document's tokens and names. All token columns have the same length. `head` holds token indices (a root is
    its own head). `entities` are character spans with OntoNotes labels. In a sentence without a tree each token is its
    own head, with the label ''."""

    start: tuple[int, ...]
    end: tuple[int, ...]
    head: tuple[int, ...]
    dep: tuple[str, ...]
    tag: tuple[str, ...]
    entities: tuple[tuple[int, int, str], ...]


def flags(offsets: npt.NDArray[np.int64], starts: Sequence[int]) -> npt.NDArray[np.uint64]:
    """Return spaCy's SENT_START for token offsets: 1 at the first token of each sentence, else -1. A longer sentence is
    split after each SENTENCE tokens."""
    out = np.full(len(offsets), -1, dtype="int64")
    first = np.searchsorted(offsets, np.asarray(starts, dtype="int64"))
    out[first[first < len(out)]] = 1
    out[:1] = 1
    for begin, end in pairwise([*np.flatnonzero(out == 1).tolist(), len(out)]):
        out[begin + SENTENCE : end : SENTENCE] = 1
    return out.astype("uint64")


def unwanted(offsets: npt.NDArray[np.int64], text: Text) -> npt.NDArray[np.bool_]:
    """Return, for each token, whether its sentence gets no tree."""
    if text.wanted is None or all(text.wanted):
        return np.zeros(len(offsets), dtype=bool)
    place = np.searchsorted(np.asarray(text.starts, dtype="int64"), offsets, side="right") - 1
    return ~np.asarray(text.wanted, dtype=bool)[np.maximum(place, 0)]


def columns(start: Any, length: Any, tags: Sequence[str], table: npt.NDArray[np.int64], strings: Any) -> Parse:
    """Build a parse from offsets and lengths of tokens, their tags, and a table (tokens, 4) of head, label, place in a
    name and the name's label. `strings` maps the table's numbers to labels."""
    starts = start.astype("int64").tolist()
    ends = (start + length).astype("int64").tolist()
    head, dep, place, label = (table[:, column] for column in range(4))
    first = np.flatnonzero(place == BEGINS)
    outside = np.append(np.flatnonzero(place != INSIDE), len(place))
    last = outside[np.searchsorted(outside, first + 1)] - 1
    names = zip(first.tolist(), last.tolist(), _named(label[first], strings), strict=True)
    return Parse(
        start=tuple(starts),
        end=tuple(ends),
        head=tuple(head.tolist()),
        dep=_named(dep, strings),
        tag=tuple(tags),
        entities=tuple((starts[a], ends[b], name) for a, b, name in names),
    )


def _named(numbers: npt.NDArray[np.int64], strings: Any) -> tuple[str, ...]:
    found = numbers.tolist()
    names = {number: strings[number % 2**64] for number in set(found)}
    return tuple(map(names.__getitem__, found))
