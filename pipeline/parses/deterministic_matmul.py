"""Matrix products that do not depend on the rest of the batch.

The order of a BLAS's additions depends on the shape of a product and on the place of a row in it. So the last bits of a
word's vector could differ between batches, and on a near tie its label. Here every product has BLOCK rows, and a row's
place in its text determines its place in its block: the sums are the same in any batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float32]
type Ints = npt.NDArray[np.int64]

# Rows per product: enough for the kernel's full speed, few enough for the cache.
BLOCK = 192
# Multiples of the kernels' heights (12 on Haswell and Zen, powers of two elsewhere).
STEPS = (12, 16, 24, 48, 96)


def blocks(rows: int) -> Iterator[slice]:
    """Return the blocks of a table whose length is a multiple of BLOCK."""
    return (slice(start, start + BLOCK) for start in range(0, rows, BLOCK))


class DeterministicMatmul:
    """Products by thinc's operations. `step` and `equal_sum_rows` hold for these operations and weight matrices
    only."""

    def __init__(self, ops: Any, matrices: Sequence[Floats]) -> None:
        self._gemm = ops.gemm
        found = [self._of_equal_rows(weights) for weights in matrices]
        # Places a multiple of `step` apart have equal sums: texts start there.
        self.step = next((s for s in STEPS if all(np.array_equal(f[:, s:], f[:, :-s]) for f in found)), BLOCK)
        # Places with the same sums as the first: for rows outside a text.
        self.equal_sum_rows = np.flatnonzero(np.logical_and.reduce([(f == f[:, :1]).all(axis=(0, 2)) for f in found]))

    def multiply(self, rows: Floats, weights: Floats, out: Floats) -> None:
        """Multiply a block by the weights."""
        self._gemm(rows, weights, out=out)

    def multiply_any_rows(self, rows: Floats, weights: Floats) -> Floats:
        """Multiply any number of rows by the weights, all in places with equal sums."""
        out = np.empty((len(rows), weights.shape[1]), dtype="float32")
        block = np.zeros((BLOCK, rows.shape[1]), dtype="float32")
        made = np.empty((BLOCK, weights.shape[1]), dtype="float32")
        for start in range(0, len(rows), len(self.equal_sum_rows)):
            part = rows[start : start + len(self.equal_sum_rows)]
            block[self.equal_sum_rows[: len(part)]] = part
            self.multiply(block, weights, made)
            out[start : start + len(part)] = made[self.equal_sum_rows[: len(part)]]
        return out

    def _of_equal_rows(self, weights: Floats) -> Floats:
        """Multiply blocks of equal rows by the weights: (trial, place, column). Places with equal sums give equal
        values."""
        random = np.random.default_rng(0)
        out = np.empty((4, BLOCK, weights.shape[1]), dtype="float32")
        for made in out:
            row = random.standard_normal((1, weights.shape[0]), dtype="float32")
            self.multiply(np.repeat(row, BLOCK, axis=0), weights, made)
        return out
