"""Matrix products whose sums do not depend on what else is in the batch.

A BLAS adds up in an order that depends on the shape of a product and on the place of a row in it, so the same word
could get other last bits in another batch, and on a near tie another label. Here every product has BLOCK rows, and a
row's place in its block is given by its place in its text: the same sums in any batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float32]
type Ints = npt.NDArray[np.int64]

# Rows a product: large enough for the kernel's full speed, small enough for what it touches to stay in the cache.
BLOCK = 192
# Multiples of the heights that kernels work in (12 on Haswell and Zen, powers of two elsewhere).
STEPS = (12, 16, 24, 48, 96)


def blocks(rows: int) -> Iterator[slice]:
    """The blocks of a table whose length is a multiple of BLOCK."""
    return (slice(start, start + BLOCK) for start in range(0, rows, BLOCK))


class Sums:
    """Products by these operations (thinc's), for these matrices of weights: what `step` and `seats` are true of."""

    def __init__(self, ops: Any, matrices: Sequence[Floats]) -> None:
        self._gemm = ops.gemm
        found = [self._of_equal_rows(weights) for weights in matrices]
        # Places a multiple of it apart add up alike: texts start there.
        self.step = next((s for s in STEPS if all(np.array_equal(f[:, s:], f[:, :-s]) for f in found)), BLOCK)
        # Places that add up like the first: for rows that have no place of their own.
        self.seats = np.flatnonzero(np.logical_and.reduce([(f == f[:, :1]).all(axis=(0, 2)) for f in found]))

    def multiply(self, rows: Floats, weights: Floats, out: Floats) -> None:
        """A block times the weights."""
        self._gemm(rows, weights, out=out)

    def seated(self, rows: Floats, weights: Floats) -> Floats:
        """Any number of rows times the weights, each row in a place that adds up like the others'."""
        out = np.empty((len(rows), weights.shape[1]), dtype="float32")
        block = np.zeros((BLOCK, rows.shape[1]), dtype="float32")
        made = np.empty((BLOCK, weights.shape[1]), dtype="float32")
        for start in range(0, len(rows), len(self.seats)):
            part = rows[start : start + len(self.seats)]
            block[self.seats[: len(part)]] = part
            self.multiply(block, weights, made)
            out[start : start + len(part)] = made[self.seats[: len(part)]]
        return out

    def _of_equal_rows(self, weights: Floats) -> Floats:
        """Blocks of equal rows times the weights: (trial, place, column). Equal where places add up alike."""
        random = np.random.default_rng(0)
        out = np.empty((4, BLOCK, weights.shape[1]), dtype="float32")
        for made in out:
            row = random.standard_normal((1, weights.shape[0]), dtype="float32")
            self.multiply(np.repeat(row, BLOCK, axis=0), weights, made)
        return out
