"""Measured figures are the same in the file, the docs and the card."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks import dates, entities, record
from benchmarks import measured as bench
from warehouse.release.formats import benchmark_scores
from warehouse.release.formats.benchmark_scores import Measured

ROOT = Path(__file__).parents[2]


def test_the_file_says_what_was_measured() -> None:
    assert benchmark_scores.read() == bench.published_figures(record.read())


def test_every_figure_says_on_what_with_what_and_when() -> None:
    rows = benchmark_scores.read()
    assert len({(row.what, row.gold) for row in rows}) == len(rows) > 5
    for row in rows:
        assert all(value for name, value in asdict(row).items() if name != "beside"), row
        assert date.fromisoformat(row.measured) <= date(2100, 1, 1)
        assert (ROOT / (row.command.replace(".", "/") + ".py")).is_file(), row.command
        assert not re.search(r"[|\n]", "".join(asdict(row).values()))


def test_another_score_is_another_figure_with_its_day() -> None:
    rows = record.read()
    told = bench.published_figures(rows)
    at = next(n for n, row in enumerate(rows) if row.key == (dates.VALUE, dates.peer_subset_name("TimeBank")))
    other = replace(rows[at], date="2030-01-01", score=replace(rows[at].score, value=12.34))
    changed = bench.published_figures([*rows[:at], other, *rows[at + 1 :]])
    (n,) = [n for n, (one, two) in enumerate(zip(told, changed, strict=True)) if one != two]
    assert changed[n].beside.endswith("ours 12.3")
    assert changed[n] == replace(told[n], beside=changed[n].beside, measured="2030-01-01")


def test_a_figure_of_several_scores_says_them_all() -> None:
    told = {row.what: row.onrecord for row in bench.published_figures(record.read())}
    newest = {what: row.score.value for (what, gold), row in record.latest(record.read()).items() if gold == "GUM news"}
    names = [f"{entities.CUBED} {part}" for part in ("precision", "recall", "F1")]
    assert told["who is who: B-cubed precision / recall / F1"] == " / ".join(f"{newest[n]:.1f}" for n in names)
    assert bench._grown(6.31, 8.7, 18.94, 1, 0.4, 1.3) == (
        "6.3 times the time; 8.7 % of a rebuild with its chains (18.9 % without), NOT the same rows; "
        "0.4 % by later articles, 1.3 % by any"
    )


def test_a_score_that_is_missing_is_named() -> None:
    rows = [row for row in record.read() if row.score.what != dates.VALUE]
    with pytest.raises(ValueError, match=r"no score .*dates: value.*python -m benchmarks.history"):
        bench.published_figures(rows)


def test_the_file_and_the_docs_are_written_together(tmp_path: Path) -> None:
    file, page = tmp_path / "measured.json", tmp_path / "docs" / "quality.md"
    page.parent.mkdir()
    (tmp_path / "README.md").write_text("# onrecord\n", encoding="utf-8")
    page.write_text("<!-- generated: figures -->\n<!-- end -->\n", encoding="utf-8")
    rows = [Measured("a", "g", "1", "", "benchmarks.quotes", "2026-01-01"), Measured("b", "g", "2", "x 1", "c", "d")]
    bench.write(rows, file, tmp_path)
    assert benchmark_scores.read(file) == rows
    assert "| b | g | 2 | x 1 | `c` |\n<!-- end -->" in page.read_text(encoding="utf-8")
    bench.write([], file, tmp_path)
    assert benchmark_scores.read(file) == []
    assert "| b |" not in page.read_text(encoding="utf-8")
