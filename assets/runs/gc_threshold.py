"""How often Python's garbage collector runs."""

from __future__ import annotations

import gc

# Net new objects between two collections; Python's default is 700. Dagster, spaCy and Great Expectations make a million
# objects that stay, which the default scans repeatedly: a twelfth of a small build's CPU time. This many unreachable
# objects take some 10 MB at most.
OBJECTS = 50_000


def raise_gc_threshold() -> None:
    """Look for reference cycles after OBJECTS new objects. For the process of a build."""
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])
