"""Measured figures: the file, the README and the card say the same."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from benchmarks import measured as bench
from warehouse import measured
from warehouse.measured import Measured

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_file() -> None:
    """If not: `uv run python -m benchmarks.measured --from-readme` takes changed figures from the README."""
    assert bench.split(README)[1] == bench.shown(measured.read())


def test_every_figure_says_on_what_with_what_and_when() -> None:
    rows = measured.read()
    assert len({(row.what, row.gold) for row in rows}) == len(rows) > 5
    for row in rows:
        assert all(value for name, value in asdict(row).items() if name != "beside"), row
        assert date.fromisoformat(row.measured) <= date(2100, 1, 1)
        assert (ROOT / (row.command.replace(".", "/") + ".py")).is_file(), row.command
        assert not re.search(r"[|\n]", "".join(asdict(row).values()))


def test_what_the_readme_says_is_read_back() -> None:
    rows = measured.read()
    assert bench.parsed(README, rows, "2030-01-01") == rows
    better = README.replace(f"| {rows[0].onrecord} |", "| 99.9 |", 1)
    changed = bench.parsed(better, rows, "2030-01-01")
    assert (changed[0].onrecord, changed[0].measured) == ("99.9", "2030-01-01")
    assert changed[1:] == rows[1:]


def test_a_figure_takes_the_place_of_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, readme = tmp_path / "measured.json", tmp_path / "README.md"
    readme.write_text(README, encoding="utf-8")
    bench.write([], file, readme)
    assert measured.read(file) == []
    one, two = Measured("a", "g", "1", "", "benchmarks.quotes", "2026-01-01"), Measured("b", "g", "2", "x 1", "c", "d")
    bench.write([one, two], file, readme)
    monkeypatch.setattr(bench, "read", lambda: measured.read(file))
    kept: list[list[Measured]] = []
    monkeypatch.setattr(bench, "write", kept.append)
    bench.keep("a", "g", "3", "", "benchmarks.quotes", "2026-02-02")
    bench.keep("c", "g", "4", "", "benchmarks.quotes", "2026-02-02")
    assert [row.onrecord for row in kept[0]] == ["3", "2"]
    assert [row.what for row in kept[1]] == ["a", "b", "c"]
    assert bench.parsed(readme.read_text(encoding="utf-8"), [one, two], "never") == [one, two]


def test_a_readme_without_the_table_is_named() -> None:
    with pytest.raises(ValueError, match="no table of figures"):
        bench.split("# onrecord")
