"""A generous limit of CPU time for work that must not grow faster than its input.

Tests compare no times: on a busy machine, or during a garbage collection, they differ by any factor. The input is so
long that linear work takes a hundredth of the limit and quadratic work many times as much. `python -m
tests.support.linear` measures ratios.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 60.0


class OverLimit(AssertionError):
    """The work took more CPU time than the limit."""


@contextmanager
def cpu_limit(seconds: float = SECONDS) -> Iterator[None]:
    """Raise OverLimit when the block takes more CPU seconds of this process.

    Python code and regular expressions are interrupted; a C extension is noticed when it returns.
    """

    def ring(_: int, __: FrameType | None) -> None:
        raise OverLimit(f"more than {seconds:g} CPU seconds")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
