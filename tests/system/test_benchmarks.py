"""The benchmarks run to their end, and report for each aim whether it was met."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from subprocess import run as run_program
from typing import Any

import pytest

from assets.settings import ROOT
from benchmarks import __main__ as command
from benchmarks import corpus, growth, parse, speed, versions
from benchmarks.articles import articles, day_of, write
from benchmarks.figures import Figure, fixed_and_marginal_cost, table
from pipeline.stages import STAGES
from warehouse.store import Store


@pytest.mark.parametrize(
    ("figure", "aim", "met"),
    [
        (Figure("a", 3.0, "times", least=3), ">= 3", True),
        (Figure("a", 2.99, "times", least=3), ">= 3", False),
        (Figure("a", 5.1, "%", most=5), "<= 5", False),
        (Figure("a", 0, "files", most=0), "none", True),
        (Figure("a", 1, "files", most=0), "none", False),
        (Figure("a", 9, "%", most=5, only="at 1,000 articles"), "<= 5", None),
        (Figure("a", 9, "%"), "", None),
    ],
)
def test_a_figure_says_whether_its_aim_was_met(figure: Figure, aim: str, met: bool | None) -> None:
    assert (figure.aim, figure.met) == (aim, met)
    assert figure.as_dict() == {"what": "a", "value": figure.value, "unit": figure.unit, "aim": aim, "met": met}
    (line,) = [line for line in table("part", [figure]).splitlines() if line.startswith("  a ")]
    assert ("met" in line, "MISSED" in line, aim in line) == (met is True, met is False, True)


def test_what_grows_is_told_from_what_does_not() -> None:
    each, once = fixed_and_marginal_cost("checks", "CPU", (100, 7.0), (1_100, 9.0))
    assert (each.value, once.value) == pytest.approx((2.0, 6.8))


def test_another_checkout_is_compared_by_equal_turns() -> None:
    def turn(slow: float) -> dict[tuple[str, int], tuple[float, float]]:
        """Before: 20 s once, 50 ms an article. Now: 10 s once, 40 ms an article. `slow` multiplies both."""
        costs = {"before": (20.0, 0.05), "now": (10.0, 0.04)}
        sizes = (100, 1_100)
        return {(name, n): (0.0, slow * (once + n * each)) for name, (once, each) in costs.items() for n in sizes}

    found = {f.what: f for f in versions.figures([turn(1), turn(3), turn(1.5)], 100, 1_100)}
    assert found["articles a CPU second against before"].value == pytest.approx(75 / 54)
    assert found["each further article against before"].value == pytest.approx(0.8)
    assert found["what is paid once against before"].value == pytest.approx(0.5)
    assert found["now: once"].value == pytest.approx(15)
    assert found["articles a CPU second against before"].met is False


def test_each_checkout_builds_once_before_it_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []

    def counted(checkout: Path, raw: Path) -> tuple[float, float]:
        built.append(checkout)
        # The first build of a checkout compiles modules.
        return (0.0, 100.0 if built.count(checkout) == 1 else 10.0 + len(list(raw.rglob("*.txt"))))

    monkeypatch.setattr(versions, "_build", counted)
    write(tmp_path / "raw", articles(length=0.1), versions.FEW + 10)
    found = {f.what: f.value for f in versions.versions(tmp_path / "raw", tmp_path, repeats=2)}
    assert len(built) == 2 + 2 * 4
    assert found["now: once"] == found["before: once"] == pytest.approx(10)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in versions._environment(tmp_path)


def build(size: int, pin: bool) -> dict[str, Any]:
    """Return the figures of a build of `size` articles: 20 s once, 50 ms an article; each part takes a twentieth."""
    cost = 20 + 0.05 * size
    parts = {name: {"seconds": cost / 20, "cpu": cost / 20, "peak_mb": 100.0} for name in ("checks", "release")}
    parts |= {stage.name: {"seconds": cost / 20, "cpu": cost / 20, "peak_mb": 100.0} for stage in STAGES}
    return {
        "seconds": cost,
        "cpu": cost,
        "parts": parts,
        "driver_mb": 400 + size / 1000,
        "worker_mb": 0 if pin else 500,
    }


def test_no_corpus_is_so_large_that_its_articles_are_of_the_future() -> None:
    days = [day_of(number) for number in range(0, 1_000_000, 7)]
    assert min(days) == date(2024, 1, 1) and max(days) < date(2025, 12, 31)
    # About as many events on each day.
    assert max(Counter(days).values()) < 1.1 * min(Counter(days).values())


def test_days_follow_each_other_as_they_did() -> None:
    assert [day_of(number) for number in (0, 39, 40, 6_500)] == [
        date(2024, 1, 1),
        date(2024, 1, 1),
        date(2024, 1, 2),
        date(2024, 6, 11),
    ]


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace builds and rivals with instant stubs."""

    def run(what: str, raw: str, *_: str, pin: bool = False, workers: int = 1, **__: object) -> dict[str, Any]:
        if what == "build":
            size = len(list(Path(raw).rglob("*.txt")))
            found = build(size, pin)
            return (
                found
                | {name: found[name] / workers for name in ("seconds", "cpu")}
                | {"parts": {n: {k: v / workers for k, v in p.items()} for n, p in found["parts"].items()}}
            )
        return {"cpu": {"model": 10.0, "stock": 40.0, "textacy": 60.0, "datatrove": 5.0}[what]}

    for module in (speed, growth):
        monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(growth, "unchanged", lambda *_: {"seconds": 1.0, "cpu": 1.0, "driver_mb": 90.0})
    monkeypatch.setattr(speed, "find_spec", lambda _: True)


@pytest.mark.usefixtures("stubbed")
def test_parts_compare_what_they_say(tmp_path: Path) -> None:
    write(tmp_path, articles(length=0.2), 40)
    by_name = {f.what: f.value for f in speed.stages(tmp_path, 1)}
    assert by_name["share of checks"] == pytest.approx(5)
    assert by_name["whole build: each further article"] == pytest.approx(50)
    assert by_name["whole build: once"] == pytest.approx(20)
    assert by_name["checks: once"] == pytest.approx(1)
    assert by_name["share of Dagster"] == pytest.approx(100 - 5 * (len(STAGES) + 2))
    by_name = {f.what: f.value for f in speed.rivals(tmp_path, 1)}
    assert by_name["build's rate against the model's alone"] == pytest.approx(100 * 10 / 22)
    assert by_name["build against textacy's quotations alone"] == pytest.approx(60 / 22)
    assert by_name["build against stock nlp(text) alone"] == pytest.approx(40 / 22)
    assert by_name["build against datatrove splitting sentences"] == pytest.approx(22 / 5)
    by_name = {f.what: f.value for f in speed.workers(tmp_path, 1)}
    assert by_name["two workers against one, article-wise stages"] == pytest.approx(2)
    assert by_name["memory of a worker, at most"] == 500


@pytest.mark.usefixtures("stubbed")
def test_growth_is_between_its_sizes() -> None:
    by_name = {f.what: f for f in growth.growth([20, 5], 0.1)}
    assert by_name["whole build: each further article"].value == pytest.approx(50)
    assert by_name["5 to 20 articles: the driver's memory"].value == pytest.approx(100 * (400.02 / 400.005 - 1))
    assert by_name["5 to 20 articles: the driver's memory"].met is None
    assert by_name["20 articles: nothing changed"].met is True
    assert 20 < by_name["20 articles: their length"].value < 200


def test_the_parse_stage_has_its_aims() -> None:
    texts = parse.sample(articles(length=0.2), 150)
    figures = {f.what: f for f in parse.figures(texts, rounds=1, memory_words=600)}
    aims = {f.aim for f in figures.values() if f.what.startswith("stage against")}
    assert aims == {">= 3", ">= 2.5", ">= 1.3", ""}
    assert figures["texts with annotations other than stock spaCy's"].value == 0
    assert all(f.value > 0 for f in figures.values() if f.unit != "articles")


def test_corpus_stages_are_measured_on_articles_that_repeat_each_other(tmp_path: Path) -> None:
    corpus.fill(Store(tmp_path), articles(), 60)
    found = {name: corpus.run_stage_here(name, tmp_path) for name in corpus.STAGES}
    assert found["duplicates"]["rows"]["duplicates"] > 0
    assert 0 < found["statements"]["rows"]["statements"] < found["statements"]["rows"]["utterances"]
    assert all(one["peak_mb"] >= one["before_mb"] > 0 for one in found.values())


@pytest.mark.parametrize("arguments", [["nothing"], ["parse", "--raw", "/no/such/folder"]])
def test_a_wrong_call_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert "error: no " in capsys.readouterr().err


@pytest.mark.slow
def test_all_parts_run_to_their_end(tmp_path: Path) -> None:
    """Except Ray's: see tests/system/test_ray.py."""
    file = tmp_path / "figures.json"
    arguments = ["--articles", "5", "--length", "0.3", "--sizes", "2", "4", "--repeats", "1", "--json", str(file)]
    done = run_program(
        [sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["figures"].keys() == command.PARTS.keys() - set(command.OPT_IN_PARTS)
    said = {row["what"] for rows in written["figures"].values() for row in rows}
    assert {f"share of {stage.name}" for stage in STAGES} <= said
    peers = {"textacy": "build against textacy's quotations alone", "datatrove": "build against datatrove splitting"}
    for module, what in peers.items():
        assert any(name.startswith(what) for name in said) == (find_spec(module) is not None)
    assert all(row["what"] in done.stdout for rows in written["figures"].values() for row in rows)
