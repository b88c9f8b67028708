"""Run spaCy 3.8's token-to-vector layers on numpy, with a cache of the results that depend on the word alone.

The weights and layers are spaCy's: hashed features (in larger models with the word's static vector) -> maxout ->
normalisation, then four residual layers: window of three -> maxout -> normalisation. The vector of the first part, and
the first window's product with each of its three places, depend only on the word and are looked up. The output differs
from spaCy's by float rounding (a few 1e-6), and does not depend on the words processed before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import as_strided

from pipeline.parses.deterministic_matmul import BLOCK, DeterministicMatmul, Floats, Ints, blocks

# Most recently used words kept: 63 MB when full. Nine tenths of the tokens of news are among them.
WORDS = 8_192
# Rows between two texts: one per window layer, so that texts do not affect each other.
GAP = 4
# Attributes of each token. The first three identify a word: a token may have another norm than its form ("n't", "not"),
# and one feature is the blank that follows. The other features follow from the form.
COLUMNS = ("ORTH", "NORM", "SPACY", "PREFIX", "SUFFIX", "SHAPE", "IS_SPACE", "IDX", "LENGTH")
# spaCy's number for a token's form.
ORTH = 65
_MIX = np.array([1, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype="uint64")


@dataclass(frozen=True, slots=True)
class Maxout:
    """Weights (inputs + 1, pieces * width), gain and shift of a maxout with normalisation. A piece's columns are
    adjacent; the last row is the bias, for an input of one."""

    weights: Floats
    gain: Floats
    shift: Floats

    @classmethod
    def of(cls, maxout: Any, norm: Any) -> Self:
        weights = maxout.get_param("W")  # width, pieces, inputs
        columns = weights.transpose(1, 0, 2).reshape(-1, weights.shape[2])
        bias = maxout.get_param("b").T.reshape(1, -1)
        return cls(np.concatenate([columns.T, bias]), norm.get_param("G"), norm.get_param("b"))

    def finish(self, sums: Floats, best: Floats) -> Floats:
        """Compute the layer's output from the products, into `best`."""
        width = len(self.gain)
        np.maximum(sums[:, :width], sums[:, width : 2 * width], out=best)
        for start in range(2 * width, sums.shape[1], width):
            np.maximum(best, sums[:, start : start + width], out=best)
        best -= np.add.reduce(best, axis=1, keepdims=True) / np.float32(width)
        spread = np.einsum("ij,ij->i", best, best)
        spread /= np.float32(width)
        spread += np.float32(1e-8)
        np.sqrt(spread, out=spread)
        best /= spread[:, None]
        best *= self.gain
        best += self.shift
        return best


@dataclass(frozen=True, slots=True)
class _Static:
    """A table of vectors by word, (words, inputs), and their weights (inputs, width): the layer that `md` and `lg` have
    beside the hashed features."""

    table: Any
    weights: Floats

    @classmethod
    def of(cls, layer: Any, vectors: Any) -> Self:
        if vectors.mode != "default" or getattr(vectors, "attr", ORTH) != ORTH:
            raise ValueError(f"vectors of the mode {vectors.mode} by attribute {vectors.attr}")
        return cls(vectors, np.ascontiguousarray(layer.get_param("W").T))

    def rows(self, tokens: Any, matmul: DeterministicMatmul) -> Floats:
        """Return the layer's output for tokens (tokens, COLUMNS): zeros for a word without a vector."""
        found = self.table.find(keys=tokens[:, COLUMNS.index("ORTH")])
        made = matmul.multiply_any_rows(np.ascontiguousarray(self.table.data[found]), self.weights)
        made[found < 0] = 0
        return made


class Encoder:
    """One token-to-vector model. `vectors` is the vocabulary's table, which larger models use. Raises if the model has
    other layers than described above."""

    def __init__(self, model: Any, vectors: Any) -> None:
        nodes = {name: [n for n in model.walk() if n.name == name] for name in ("maxout", "layernorm")}
        self._first, *self._windows = map(Maxout.of, nodes["maxout"], nodes["layernorm"])
        (features,) = (n for n in model.walk() if n.name == "extract_features")
        self._columns = [COLUMNS.index(name) for name in features.attrs["columns"]]
        (self._hashed,) = (n for n in model.walk() if n.name.startswith("with_array(ints-getitem"))
        static = [n for n in model.walk() if n.name == "static_vectors"]
        self._vectors_of = _Static.of(static[0], vectors) if static else None
        self.width = len(self._first.gain)
        *places, self._bias = np.split(self._windows[0].weights, [self.width, 2 * self.width, 3 * self.width])
        self._places = np.concatenate(places, axis=1)
        static_weights = () if self._vectors_of is None else (self._vectors_of.weights,)
        self.matrices = (*static_weights, self._first.weights, self._places, *(w.weights for w in self._windows[1:]))
        if len(self._windows) != GAP:
            raise ValueError(f"{len(self._windows)} windows, not {GAP}")

    def clear(self, words: int) -> None:
        """Make empty tables for `words` words. Row 0 is a gap between texts."""
        columns = self._windows[0].weights.shape[1]
        self._vectors = np.zeros((words, self.width), dtype="float32")
        self._before, self._at, self._after = (np.zeros((words, columns), dtype="float32") for _ in range(3))
        self._at[0] = self._bias

    def learn(self, rows: Ints, tokens: Any, matmul: DeterministicMatmul) -> None:
        """Fill the tables' rows for words (words, COLUMNS)."""
        from thinc.api import Ragged

        features = np.ascontiguousarray(tokens[:, self._columns])
        hashed = self._hashed.predict(Ragged(features, np.array([len(features)], dtype="int32"))).dataXd
        if self._vectors_of is not None:
            hashed = np.concatenate([hashed, self._vectors_of.rows(tokens, matmul)], axis=1)
        vectors = np.empty((len(features), self.width), dtype="float32")
        self._first.finish(matmul.multiply_any_rows(_with_ones(hashed), self._first.weights), vectors)
        self._vectors[rows] = vectors
        products = matmul.multiply_any_rows(vectors, self._places)
        self._before[rows], self._at[rows], self._after[rows] = np.split(products, 3, axis=1)
        self._at[rows] += self._bias

    def run(self, words: Ints, matmul: DeterministicMatmul) -> Floats:
        """Return the vectors in context of consecutive words, given by table row (0: a gap; a multiple of BLOCK of
        them)."""
        first, *others = self._windows
        # One row of zeros before and one after: the window of row i is i, i + 1 and i + 2.
        now, new = (np.empty((len(words) + 2, self.width), dtype="float32") for _ in range(2))
        now[[0, -1]] = new[[0, -1]] = 0
        np.take(self._vectors, words, axis=0, out=now[1:-1], mode="clip")
        around = np.concatenate([[0], words, [0]])
        made, taken = (np.empty((BLOCK, first.weights.shape[1]), dtype="float32") for _ in range(2))
        window = _with_ones(np.empty((BLOCK, 3 * self.width), dtype="float32"))
        best = np.empty((BLOCK, self.width), dtype="float32")
        for at in blocks(len(words)):
            before, middle, after = (slice(at.start + place, at.stop + place) for place in range(3))
            np.take(self._at, around[middle], axis=0, out=made, mode="clip")
            for table, rows in ((self._before, before), (self._after, after)):
                made += np.take(table, around[rows], axis=0, out=taken, mode="clip")
            np.add(now[middle], first.finish(made, best), out=new[middle])
        for layer in others:
            now, new = new, now
            # Rows are contiguous, and so are the three of a window.
            windows = as_strided(now, (len(words), 3 * self.width), now.strides, writeable=False)
            for at in blocks(len(words)):
                middle = slice(at.start + 1, at.stop + 1)
                window[:, :-1] = windows[at]
                matmul.multiply(window, layer.weights, made)
                np.add(now[middle], layer.finish(made, best), out=new[middle])
        return new[1:-1]


def _with_ones(rows: Floats) -> Floats:
    """Append a column of ones, for the bias."""
    return np.concatenate([rows, np.ones((len(rows), 1), dtype="float32")], axis=1)


class Words:
    """The rows of words in the encoders' tables. A word is its form, its norm, and whether a blank follows."""

    def __init__(self, encoders: Sequence[Encoder], sums: DeterministicMatmul) -> None:
        self._encoders = encoders
        self._sums = sums
        self._clear(WORDS)

    def _clear(self, words: int) -> None:
        # Words in order of last use. Row 0 is a gap.
        self._rows: dict[int, int] = {}
        self._free = list(range(words - 1, 0, -1))
        self._size = words
        for encoder in self._encoders:
            encoder.clear(words)

    def rows(self, tokens: Any) -> Ints:
        """Return the table rows of tokens (tokens, COLUMNS); fill the rows of new words."""
        mixed = (tokens[:, : len(_MIX)] * _MIX).sum(axis=1, dtype="uint64")
        distinct, first, back = np.unique(mixed, return_index=True, return_inverse=True)
        names = distinct.tolist()
        # A batch with more words than the tables hold (never in news) gets larger tables.
        size = max(WORDS, 1 + len(names))
        if size != self._size:
            self._clear(size)
        rows = np.fromiter((self._rows.pop(name, 0) for name in names), dtype="int64", count=len(names))
        new = np.flatnonzero(rows == 0)
        while len(self._free) < len(new):
            self._free.append(self._rows.pop(next(iter(self._rows))))
        if len(new):
            rows[new] = [self._free.pop() for _ in new]
            for encoder in self._encoders:
                encoder.learn(rows[new], tokens[first[new]], self._sums)
        self._rows.update(zip(names, rows.tolist(), strict=True))
        return rows[back]
