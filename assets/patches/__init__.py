"""Changes to the internals of Dagster and Great Expectations, one per module.

Each names the version that it was written for and tests itself where it can; if either does not fit, the library is
used unchanged, and the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import version

from warehouse.text import one_line

LOG = logging.getLogger("onrecord")
DAGSTER, GREAT_EXPECTATIONS = ("dagster", "1.13."), ("great-expectations", "1.")


class PatchMismatch(Exception):
    """The library differs from what the patch expects."""


def apply_or_fall_back[T](
    what: str, library: tuple[str, str], patched: Callable[[], T], unpatched: Callable[[], T]
) -> T:
    """Return the result of `patched`; after a warning in the log, that of `unpatched` if the library has another
    version or other internals. Other errors, for example of a disk or a database, propagate."""
    package, known = library
    try:
        found = version(package)
        if not found.startswith(known):
            raise PatchMismatch(f"{package} {found} is not {known}*")
        return patched()
    except (PatchMismatch, AttributeError, ImportError, LookupError, TypeError) as error:
        LOG.warning("%s: not applied, %s is used unpatched: %s", what, package, one_line(error))
        return unpatched()
