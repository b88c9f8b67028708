"""Changes to the internals of Dagster and Great Expectations, one a module.

Each names the version that it was written for and tries itself where it can; where either does not fit, the library is
used as it comes, and a line of the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import version

from warehouse.text import one_line

LOG = logging.getLogger("onrecord")
DAGSTER, GREAT_EXPECTATIONS = ("dagster", "1.13."), ("great-expectations", "1.")


class Unfit(Exception):
    """The library is not as the patch expects it."""


def fitting[T](what: str, library: tuple[str, str], patched: Callable[[], T], stock: Callable[[], T]) -> T:
    """The result of `patched`; that of `stock`, after a line in the log, where the library's version begins otherwise
    or its insides are laid out in another way. Other errors, as of a disk or a database, are the caller's."""
    package, known = library
    try:
        found = version(package)
        if not found.startswith(known):
            raise Unfit(f"{package} {found} is not {known}*")
        return patched()
    except (Unfit, AttributeError, ImportError, LookupError, TypeError) as error:
        LOG.warning("%s: not used, %s works as it comes: %s", what, package, one_line(error))
        return stock()
