"""Small articles with known answers, if they are beside the project: exactly the listed cases fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assets.cli.build_output import run_build
from assets.settings import Settings
from tests.examples import FOLDER

CASES = Path(os.environ.get("ONRECORD_CASES", Path(__file__).resolve().parents[3] / "shared" / "cases"))
LIST = FOLDER / "expected_failures.tsv"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CASES / "check_cases.py").is_file(), reason="the cases are not beside the project"),
]


def check_cases(*arguments: str | Path) -> str:
    """Return the output of the cases' script."""
    command = [sys.executable, CASES / "check_cases.py", *sorted(CASES.glob("*.jsonl")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_cases_that_fail_are_those_in_the_list(tmp_path: Path) -> None:
    """The list may only shrink: a listed case that passes is an error, too."""
    lines = [line.split("\t") for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    expected = {case for case, _, _ in lines[1:]}
    known = {json.loads(line)["id"] for path in CASES.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()}
    check_cases("--raw", tmp_path / "raw")
    settings = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", publish_text="all")
    assert run_build(settings) == 0
    printed = check_cases("--release", settings.warehouse / "releases" / "latest")
    failures = {line.partition(": ")[0]: line for line in printed.splitlines() if line.partition(": ")[0] in known}
    assert [failures[case] for case in sorted(failures.keys() - expected)] == [], "fails, and is not in the list"
    assert sorted(expected - failures.keys()) == [], f"passes or is gone: take its line out of {LIST.name}"
