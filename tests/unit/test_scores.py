"""The table of scores by release: it reads back as written, and shows regressions."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assets.settings import ROOT
from benchmarks import __main__ as everything
from benchmarks import docs, history, measured, quotes, record
from benchmarks.figures import Figure
from benchmarks.gold import gold_folder
from benchmarks.record import Row
from benchmarks.scores import Better, Score, f1, share, table

HELD = record.read()


def row(
    what: str,
    value: float,
    *,
    version: str = "1.0",
    better: Better = "higher",
    command: str = "benchmarks.a",
    **more: Any,
) -> Row:
    """Return a row of the table."""
    score = Score(what, more.get("gold", "G"), value, "%", better, command, more.get("tolerance", 0.0))
    return Row(version, more.get("day", "2026-01-01"), score, more.get("machine", "m"))


OLD, NEW = [row("x", 80), row("y", 3, better="lower")], [row("x", 81, version="1.1"), row("z", 5, version="1.1")]


def test_the_table_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "history.tsv"
    rows = [*OLD, *NEW, row("in “marks”, 'said' #1", 1 / 3, version="1.1", tolerance=0.25)]
    record.write(rows, file)
    assert record.read(file) == rows
    before = file.read_bytes()
    record.write(record.read(file), file)
    assert file.read_bytes() == before
    assert b"\r" not in before and before.endswith(b"\n") and b"\t0.3333\t" in before
    assert record.read(tmp_path / "none.tsv") == []


def test_the_committed_table_is_as_the_command_writes_it(tmp_path: Path) -> None:
    record.write(HELD, tmp_path / "history.tsv")
    assert (tmp_path / "history.tsv").read_bytes() == record.FILE.read_bytes()
    assert {r.score.command for r in HELD} >= {f"benchmarks.{part}" for part in history.PARTS}
    assert {r.score.tolerance for r in HELD if r.score.command.removeprefix("benchmarks.") in history.GOLD} == {0}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda cells: cells[:-1], "9 columns where there are to be 10"),
        (lambda cells: [*cells, "more"], "11 columns where there are to be 10"),
        (lambda cells: [*cells[:4], "good", *cells[5:]], "figure is no number"),
        (lambda cells: [*cells[:4], "nan", *cells[5:]], "figure is no number"),
        (lambda cells: [*cells[:7], "some", *cells[8:]], "tolerance is no number"),
        (lambda cells: [*cells[:6], "more", *cells[7:]], "better is to be one of higher, lower"),
        (lambda cells: [cells[0], "yesterday", *cells[2:]], "yesterday"),
        (lambda cells: [*cells[:8], " ", *cells[9:]], "machine is empty"),
        (lambda cells: ["1.0", *cells[1:]], "version 1.0 is in two places"),
        (lambda cells: [*cells[:2], "x", *cells[3:]], "stands there twice"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, broken: Any, said: str) -> None:
    file = tmp_path / "history.tsv"
    record.write([*OLD, *NEW], file)
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[4] = "\t".join(broken(lines[4].split("\t")))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"history.tsv, line 5: .*{re.escape(said)}"):
        record.read(file)


def test_a_table_with_other_columns_and_a_cell_that_is_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "history.tsv").write_text("version\tfigure\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1: the columns are to be version, date"):
        record.read(tmp_path / "history.tsv")
    with pytest.raises(ValueError, match="no cell of a table"):
        record.write([row("a\tb", 1)], tmp_path / "other.tsv")


def test_what_is_measured_replaces_its_own_version_and_command_only() -> None:
    rows = [*OLD, row("x", 81, version="1.1"), row("gone", 1, version="1.1"), row("s", 2, version="1.1", command="b")]
    found = [row("x", 82, version="1.1", day="2026-02-02"), row("new", 7, version="1.1", day="2026-02-02")]
    held = record.with_measured_rows(rows, found, {"benchmarks.a"})
    assert held == [*OLD, rows[-1], *found]
    assert record.with_measured_rows(held, list(reversed(found)), {"benchmarks.a"})[3:] == list(reversed(found))
    again = [replace(one, date="2026-03-03") for one in found]
    assert record.with_measured_rows(held, again, {"benchmarks.a"}) == held, "what is the same keeps its day"
    assert record.with_measured_rows(rows, [], ()) == rows
    assert [r.version for r in record.with_measured_rows(rows, [row("x", 1, version="1.2")], {"benchmarks.a"})][
        -1
    ] == "1.2"


def test_the_order_does_not_tell_what_was_measured_first() -> None:
    a = [row("x", 1), row("w", 2)]
    b = [row("v", 3, command="benchmarks.b"), row("u", 4, command="benchmarks.b")]
    one = record.with_measured_rows(record.with_measured_rows([], a, {"benchmarks.a"}), b, {"benchmarks.b"})
    other = record.with_measured_rows(record.with_measured_rows([], b, {"benchmarks.b"}), a, {"benchmarks.a"})
    assert one == other == [*a, *b]


@pytest.mark.parametrize(
    ("before", "now", "gain", "fell"),
    [
        (row("x", 80), row("x", 79.9), -0.1, True),
        (row("x", 80), row("x", 80.5), 0.5, False),
        (row("x", 80), row("x", 79.9999), -0.0001, False),
        (row("y", 3, better="lower"), row("y", 4, better="lower"), -1, True),
        (row("y", 3, better="lower"), row("y", 2, better="lower"), 1, False),
        (row("t", 10), row("t", 9.1, tolerance=0.1), -0.9, False),
        (row("t", 10), row("t", 8.9, tolerance=0.1), -1.1, True),
        (row("t", 10), row("t", 1, tolerance=0.1, machine="n"), -9, False),
        (row("x", 80), row("x", 70, machine="n"), -10, True),
    ],
)
def test_a_planted_regression_is_found(before: Row, now: Row, gain: float, fell: bool) -> None:
    (change,) = record.compared([before], [now], {"benchmarks.a"})
    assert (change.gain, change.is_regression) == (pytest.approx(gain), fell)
    (line,) = record.change_lines([change]) or [""]
    assert ("WORSE" in line) == fell


def test_what_is_measured_no_more_is_a_regression_of_its_own_command() -> None:
    rows = [*OLD, row("s", 2, command="benchmarks.b")]
    changes = record.compared(rows, [row("x", 80, version="1.1")], {"benchmarks.a"})
    assert [(change.key, change.is_regression) for change in changes] == [(("x", "G"), False), (("y", "G"), True)]
    assert record.change_lines(changes) == ["y (G): measured no more"]
    # A score that only older versions have was reported when it was dropped.
    assert len(record.compared([*rows, *NEW], NEW, {"benchmarks.a"})) == 2


def test_the_version_before_and_the_newest_row() -> None:
    rows = [*OLD, *NEW]
    assert record.before(rows, "1.0") == []
    assert record.before(rows, "1.1") == OLD
    assert record.before(rows, "2.0") == NEW
    assert record.before([], "2.0") == []
    assert {key: r.version for key, r in record.latest(rows).items()} == {
        ("x", "G"): "1.1",
        ("y", "G"): "1.0",
        ("z", "G"): "1.1",
    }


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the table, the figures and README.md to a folder, and redirect reads and writes there."""
    copies = {}
    for name, source in (("history", record.FILE), ("measured", measured.FILE), ("readme", ROOT / "README.md")):
        copies[name] = tmp_path / source.name
        copies[name].write_bytes(source.read_bytes())
    reading, writing, telling = record.read, record.write, measured.write
    monkeypatch.setattr(record, "read", lambda: reading(copies["history"]))
    monkeypatch.setattr(record, "write", lambda rows: writing(rows, copies["history"]))
    monkeypatch.setattr(measured, "write", lambda rows: telling(rows, copies["measured"], tmp_path))
    return tmp_path


def planted(monkeypatch: pytest.MonkeyPatch, by: float) -> None:
    """Let the quotes benchmark return the table's scores, the first one raised by `by`."""
    own = [r.score for r in record.latest(HELD).values() if r.score.command == quotes.COMMAND]
    monkeypatch.setitem(history.PARTS, "quotes", lambda: [replace(own[0], value=own[0].value + by), *own[1:]])


def test_the_command_writes_what_it_measured_and_ends_with_1_where_a_score_fell(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {path: path.read_bytes() for path in place.iterdir()}
    monkeypatch.setattr(history, "machine", lambda: {"onrecord": HELD[-1].version, "processor": "p", "cores": "2"})
    planted(monkeypatch, 0)
    assert history.main(["quotes", "--check"]) == 0
    assert "every figure is as in the table" in capsys.readouterr().out
    planted(monkeypatch, -1)
    assert history.main(["quotes", "--check"]) == 1
    assert "WORSE by 1 than" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in files} == files, "--check writes nothing"
    assert history.main(["quotes"]) == 1
    assert history.main(["quotes"]) == 0, "what was written is what is held against"
    held = record.read()
    assert [r for r in held if r.score.command != quotes.COMMAND] == [
        r for r in HELD if r.score.command != quotes.COMMAND
    ]
    assert len(held) == len(HELD)
    told = json.loads((place / "benchmark_scores.json").read_text(encoding="utf-8"))
    assert [one["onrecord"] for one in told] == [one.onrecord for one in measured.published_figures(held)]
    assert docs.outdated(measured.published_figures(held), place) == {}


def test_a_new_version_stands_below_the_last_one(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(history, "machine", lambda: {"onrecord": "99.0", "processor": "p", "cores": "2"})
    planted(monkeypatch, 0.5)
    assert history.main(["quotes"]) == 0
    assert f"since {HELD[-1].version}:" in capsys.readouterr().out
    held = record.read()
    assert held[: len(HELD)] == HELD
    assert {r.version for r in held[len(HELD) :]} == {"99.0"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["quotes"], "ONRECORD_GOLD must name"),
        (["--speed", "/no/such/file"], "is not what `python -m benchmarks --json` writes"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ONRECORD_GOLD", str(tmp_path))
    assert history.main(arguments) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("benchmarks.history: ") and said in last


def test_other_settings_than_a_builds_are_not_recorded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONRECORD_PARSE_SENTENCES", "quoted")
    assert history.main(["sentences"]) == 2
    assert "scores are kept of parse_sentences all, not quoted" in capsys.readouterr().err


def test_speed_comes_from_what_the_benchmarks_wrote(tmp_path: Path) -> None:
    file = tmp_path / "speed.json"
    about = {"onrecord": "1.0", "processor": "p", "cores": "2", "source": "generated", "articles": "1000"}
    about |= {"words an article": "416"}
    figures = {"stages": [Figure("whole build: once", 13.7, "CPU s"), Figure("share of checks", 3, "%")]}
    everything.write_json(file, about, figures)
    (one,) = history.from_json(file, "1.0")
    assert (one.version, one.machine, one.score.command) == ("1.0", "p, 2 cores", "benchmarks stages")
    assert (one.score.gold, one.score.value) == ("1,000 generated articles of 416 words", 13.7)
    assert one.score.tolerance > 0
    with pytest.raises(ValueError, match=r"is of onrecord 1\.0, this is 1\.1"):
        history.from_json(file, "1.1")
    everything.write_json(file, about | {"source": "given"}, figures)
    with pytest.raises(ValueError, match="of your own"):
        history.from_json(file, "1.0")
    file.write_text(json.dumps({"figures": {}}), encoding="utf-8")
    with pytest.raises(ValueError, match="is not what"):
        history.from_json(file, "1.0")


def test_scores_are_printed_side_by_side() -> None:
    mine, theirs = Score("x", "G", 97.84321, "%", "higher", "c"), Score("x", "G", 1, "%", "higher", "c")
    assert mine.value == 97.8432
    assert re.search(r"x +97\.8 +1\.0 %$", table({"mine": [mine], "theirs": [theirs]}))
    assert (f1(1, 2, 2), f1(0, 0, 0), share(1, 4), share(1, 0)) == (50, 0, 25, 0)


@pytest.mark.slow
def test_no_score_on_the_gold_is_below_the_table() -> None:
    """Takes 15 CPU seconds. To accept a lower score, run `python -m benchmarks.history` and commit."""
    try:
        gold_folder()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    found = [Row("this one", "2000-01-01", score, "here") for part in history.GOLD.values() for score in part()]
    changes = record.compared(HELD, found, {one.score.command for one in found})
    assert record.change_lines(changes, lambda change: change.is_regression) == []
