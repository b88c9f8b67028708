"""How often Python's garbage collector runs."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Net new objects between two collections; Python's default is 700. Dagster, spaCy and Great Expectations make a million
# objects that stay, which the default scans repeatedly: a twelfth of a small build's CPU time. This many unreachable
# objects take some 10 MB at most.
OBJECTS = 50_000
# Extensions complain of objects that are not collected at exit.
atexit.register(gc.unfreeze)


def raise_gc_threshold() -> None:
    """Look for reference cycles after OBJECTS new objects. For the processes of a build."""
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])


@contextmanager
def without_collections() -> Iterator[None]:
    """Keep the collector off during imports, and let it ignore what they have made: nearly all of it stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
