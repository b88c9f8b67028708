"""The memory of the parse stage does not grow with the texts it has read."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.articles import articles
from benchmarks.parse import memory

HAS_PROC = Path("/proc/self/statm").exists()


@pytest.mark.slow
@pytest.mark.skipif(not HAS_PROC, reason="no /proc")
def test_a_worker_that_parses_stays_as_large_as_it_is() -> None:
    """Measure six times, every 100,000 words; compare with the second, when the caches are almost full. Measured: 311
    and, at most, 323 MB."""
    looks = [size for _, size in memory(articles(), 600_000)]
    assert max(looks[2:]) < 1.1 * looks[1]
    assert max(looks) < 400
