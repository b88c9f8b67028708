"""Articles that repeat another."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.duplicates import duplicates

ARTICLE = (
    "the harbour council voted on tuesday to dredge the northern channel before winter so that larger grain ships "
    "can reach the new terminal after years of delay caused by a dispute with the railway over who pays for the bridge "
    "and its repairs while fishermen said that the mud would be dumped too close to the oyster beds"
)
WORDS = ARTICLE.split()


def frame(*rows: tuple[str, date | None, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"document_id": d, "published_earliest": p, "published_latest": p, "source": d, "text": t}
            for d, p, t in rows
        ],
        schema={
            "document_id": pl.String,
            "published_earliest": pl.Date,
            "published_latest": pl.Date,
            "source": pl.String,
            "text": pl.String,
        },
    )


def found(*rows: tuple[str, date | None, str]) -> dict[str, str]:
    return dict(duplicates(frame(*rows)).iter_rows())


def test_a_copy_with_another_headline_points_at_the_earliest() -> None:
    copy = "HARBOUR NEWS: " + ARTICLE + "."
    assert found(("a", date(2021, 3, 2), copy), ("b", date(2021, 3, 1), ARTICLE)) == {"a": "b"}


def test_without_days_the_first_id_is_the_original() -> None:
    assert found(("b", None, ARTICLE), ("a", None, ARTICLE), ("c", date(2021, 1, 1), ARTICLE)) == {"a": "c", "b": "c"}


def test_an_article_on_the_same_matter_is_none() -> None:
    other = " ".join(reversed(WORDS))
    assert found(("a", None, ARTICLE), ("b", None, other)) == {}


def test_short_texts_must_be_the_same() -> None:
    assert found(("a", None, "No comment today"), ("b", None, "no comment today!"), ("c", None, "No comment")) == {
        "b": "a"
    }
    assert found(("a", None, ""), ("b", None, "")) == {}


def test_nothing() -> None:
    assert duplicates(frame()).is_empty()


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(8)), st.data())
def test_order_does_not_matter_and_nothing_is_chained(order: list[int], data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, 12), min_size=8, max_size=8))
    rows = [(f"d{i}", date(2021, 1, 1 + i % 3) if i % 4 else None, " ".join(WORDS[cut:])) for i, cut in enumerate(cuts)]
    one = found(*rows)
    assert one == found(*(rows[i] for i in order))
    assert not set(one.values()) & set(one)
