"""How often Python looks for reference cycles."""

from __future__ import annotations

import gc

# Objects made, less those freed, between two looks; Python's default is 700. Dagster, spaCy and Great Expectations make
# a million objects that stay, which Python's defaults look at again and again: a twelfth of a small build's CPU time.
# So many unreachable objects take some 10 MB at most.
OBJECTS = 50_000


def collect_rarely() -> None:
    """Look for reference cycles after OBJECTS new objects. For the process of a build."""
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])
