"""A failing property test of CI ends soon."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def runs_after_failure(profile: str) -> int:
    """Return how often a failing test runs after its first failure."""
    seen: list[bool] = []

    @settings(settings.get_profile(profile), database=None, derandomize=True)
    @given(st.lists(st.integers(), max_size=20))
    def fails(values: list[int]) -> None:
        seen.append(sum(values) > 1000)
        assert not seen[-1]

    with pytest.raises(AssertionError):
        fails()
    return len(seen) - seen.index(True) - 1


def test_ci_does_not_shrink() -> None:
    assert runs_after_failure("onrecord-ci") <= 3
    assert runs_after_failure("onrecord") > 10
