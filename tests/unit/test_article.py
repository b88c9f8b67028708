"""`Article`: values that several stages need are computed once, and do not change the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from assets.settings import Settings
from pipeline.article import Article
from pipeline.documents.clean.notices import grants
from pipeline.stages import DOCUMENT_STAGES, run_stages, without
from tests.support.extraction import _raw

TEXT = """LISBON, Oct. 18, 2020 (Radio Tejo) - The harbour was shut on Sunday, said Ana Lume, the mayor.

“It is not safe,” she said. Lume added that the board of the Port of Lisbon would meet last Tuesday.

The embargo ended on October 12, 2020.

Licensed under CC BY 4.0.
"""


def test_a_value_is_made_once_unless_it_is_kept() -> None:
    article = Article({"raws": [{"text": "a"}]})
    made: list[str] = []

    def value(of: Article) -> str:
        made.append("made")
        return str(of["raws"][0]["text"])

    assert [article.cached(value) for _ in range(2)] == ["a", "a"] and made == ["made"]
    article.set_cached(value, "b")
    assert article.cached(value) == "b" and made == ["made"]


@pytest.mark.parametrize(
    ("where", "times"),
    [
        ("pipeline.rows.Document", 1),
        ("pipeline.documents.stage.split", 1),
        ("pipeline.rows.split", 0),
        ("pipeline.parses.parses", 1),
    ],
)
def test_nothing_is_computed_twice(where: str, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = _counted(monkeypatch, where)
    run_stages([_raw("a", TEXT, None)], Settings())
    assert calls[where] == times


def test_the_expressions_of_a_text_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the day of publication is inferred from them."""
    texts: list[str] = []
    find = __import__("pipeline.expressions", fromlist=["find"]).find

    def noted(text: str) -> Any:
        texts.append(text)
        return find(text)

    monkeypatch.setattr("pipeline.expressions.find", noted)
    (article,) = run_stages([_raw("a", "Harbour shut\n\nIt was shut on October 18, 2020, she said.", None)], Settings())
    assert article["dates"] and article["documents"][0]["published_basis"] == "inferred"
    assert Counter(texts)[article["documents"][0]["text"]] == 1


def test_the_licence_of_a_text_is_read_once() -> None:
    grants.cache_clear()
    (article,) = run_stages([_raw("a", TEXT, None)], Settings())
    assert article["documents"][0]["licence"] == "CC-BY-4.0"
    assert (grants.cache_info().misses, grants.cache_info().hits) == (1, 1)


@pytest.mark.parametrize("stage", DOCUMENT_STAGES, ids=lambda stage: stage.name)
def test_a_stage_alone_makes_the_rows_of_a_visit(stage: Any) -> None:
    """Give the stage only the rows that it declares in `reads`."""
    (whole,) = run_stages([_raw("a", TEXT, None)], Settings())
    alone = Article({name: whole[name] for name in stage.reads})
    (rows,) = stage.run([alone], Settings())
    assert rows == {name: whole[name] for name in stage.writes}
    assert any(rows.values())


def test_a_stage_that_failed_takes_those_along_that_read_it() -> None:
    left = [stage.name for stage in without(DOCUMENT_STAGES, ["mentions"])]
    assert left == ["documents", "sentences", "parses"]
    assert [stage.name for stage in without(DOCUMENT_STAGES, ["chains"])] == [
        stage.name for stage in DOCUMENT_STAGES if stage.name != "chains"
    ]


def _counted(monkeypatch: pytest.MonkeyPatch, where: str) -> Counter[str]:
    calls: Counter[str] = Counter()
    module, _, name = where.rpartition(".")
    real: Callable[..., Any] = getattr(__import__(module, fromlist=[name]), name)

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls[where] += 1
        return real(*args, **kwargs)

    monkeypatch.setattr(where, counted)
    return calls
