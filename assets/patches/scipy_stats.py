"""Great Expectations' import without scipy.stats: 0.8 CPU seconds and 50 MB less.

Great Expectations reads it for three expectations about distributions, none of which is ours.
"""

from __future__ import annotations

import importlib.util
import sys

from assets.patches import GREAT_EXPECTATIONS, Unfit, fitting

UNUSED = "scipy.stats"


def put_off() -> None:
    """Have scipy.stats be imported when something of it is first used. Call it before Great Expectations is imported;
    nothing changes where it has been, or where there is no scipy."""
    if UNUSED not in sys.modules:
        fitting("the late import of scipy.stats", GREAT_EXPECTATIONS, _put_off, lambda: None)


def _put_off() -> None:
    """As in Python's documentation of importlib, "Implementing lazy imports"."""
    spec = importlib.util.find_spec(UNUSED)
    if spec is None or spec.loader is None:
        raise Unfit(f"there is no {UNUSED}")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[UNUSED] = module
    spec.loader.exec_module(module)
    package, _, name = UNUSED.partition(".")
    setattr(sys.modules[package], name, module)
