"""`cpu_limit` interrupts Python code and regular expressions that exceed their CPU time."""

import re

import pytest

from tests.support.time_limit import OverLimit, cpu_limit


def test_python_code_is_interrupted() -> None:
    with pytest.raises(OverLimit, match=r"0\.05"), cpu_limit(0.05):
        while True:
            pass


def test_a_pattern_is_interrupted() -> None:
    with pytest.raises(OverLimit), cpu_limit(0.05):
        re.match(r"(?:a|a)+$", "a" * 60 + "b")


def test_work_within_the_limit_goes_on() -> None:
    with cpu_limit(60):
        assert sum(range(10)) == 45
