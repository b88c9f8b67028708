"""Settings of Hypothesis, and of the disk, for all tests."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.property_tests import WITHOUT_SHRINKING

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
