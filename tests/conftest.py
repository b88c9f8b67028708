"""Settings of Hypothesis for all tests; what slows a test down and shows in none."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.property_tests import WITHOUT_SHRINKING

# Tests start hundreds of processes. Compiling onrecord takes each as long as importing everything else: the compiled
# modules are kept in __pycache__, also if PYTHONDONTWRITEBYTECODE is set.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The annotated articles of those who develop onrecord, if they are beside the project; else their tests are skipped.
_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "gold"
if _BESIDE.is_dir():
    os.environ.setdefault("ONRECORD_GOLD", str(_BESIDE))

# No deadline: a busy machine or a garbage collection can delay one example by any time.
settings.register_profile("onrecord", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# CI shows a failing example as it was found, with the line that replays it: a developer's machine shrinks it.
settings.register_profile("onrecord-ci", settings.get_profile("onrecord"), phases=WITHOUT_SHRINKING, print_blob=True)
settings.load_profile("onrecord-ci" if os.environ.get("CI") else "onrecord")


@pytest.fixture(scope="session", autouse=True)
def _no_flush() -> Iterator[None]:
    """Leave it to the system when files reach the disk: no test cuts the power, and a release flushes 50 files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _charts_are_drawn_once() -> Iterator[None]:
    """Draw the same rows once in a process: almost half the time of a release of a few articles goes into its charts,
    which depend on nothing else."""
    from warehouse.release.site import charts

    with pytest.MonkeyPatch.context() as patch:
        for draw in (charts.bars, charts.histogram):
            patch.setattr(charts, draw.__name__, _once(draw))
        yield


def _once(draw: Callable[[Sequence[Any], str], str | None]) -> Callable[[Sequence[Any], str], str | None]:
    known: dict[tuple[Any, ...], str | None] = {}

    def drawn(rows: Sequence[Any], about: str) -> str | None:
        key = (tuple(rows), about)
        if key not in known:
            known[key] = draw(rows, about)
        return known[key]

    return drawn
