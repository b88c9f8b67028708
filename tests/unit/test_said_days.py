"""Days of utterances against marks made by reading. Tests only the form of the real marks."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from benchmarks.audit import said_days
from benchmarks.audit.articles import DAY, built, key
from benchmarks.audit.said_days import Mark, compare, figures, judged, marks

DOC_ID = "own/paper_2020-03-04_ferries"
NAME = key(DOC_ID)
TEXT = (
    "“The ferries are late again,” Ann Moe, the mayor of Skagen, said on Monday. “We have asked for money,” Moe added. "
    "“Nobody has told us anything,” a witness said."
)
LATE, MONEY, NOBODY = "The ferries are late again", "We have asked for money", "Nobody has told us anything"
MONDAY = date(2020, 3, 2)


def mark(words: str, told_by: str, first: date | None = MONDAY, last: date | None = None) -> Mark:
    start = TEXT.index(words)
    return Mark(NAME, (start, start + len(words)), first, last or first, told_by)


def test_marks_are_compared_with_the_days_of_their_quotations(tmp_path: Path) -> None:
    gold = tmp_path / "articles.jsonl"
    gold.write_text(json.dumps({"doc_id": DOC_ID, "text": TEXT}), encoding="utf-8")
    given = [
        mark(LATE, "sentence"),
        mark(MONEY, "near"),
        mark(NOBODY, "near"),
        mark(MONEY, "near", date(2020, 3, 3)),
        mark(LATE, "publication", None, date(2020, 3, 4)),
        mark(NOBODY, "publication", None, date(2020, 3, 4)),
    ]
    found = compare(given, built({NAME}, gold))
    assert [one.result for one in found] == ["right", "right", "null", "wrong", "wrong", "null"]
    assert [one.row and one.row["basis"] for one in found[:2]] == ["stated", "carried"]
    values = {one.what: one.value for one in figures(found)}
    assert values["said days that the article tells (4): right"] == 50
    assert values["said days, all (6): wrong"] == pytest.approx(100 / 3)
    assert values["carried (2): right"] == 50


@pytest.mark.parametrize(
    ("first", "last", "result"),
    [
        (date(2020, 3, 2), date(2020, 3, 2), "right"),
        (date(2020, 2, 20), date(2020, 3, 4), "right"),
        (date(2020, 1, 1), date(2020, 12, 31), "wrong"),
        (date(2020, 3, 3), date(2020, 3, 9), "wrong"),
    ],
)
def test_days_are_right_within_the_marked_ones_or_around_them(first: date, last: date, result: str) -> None:
    assert judged(mark(LATE, "near"), {"earliest": first, "latest": last}) == result


def test_doubtful_marks_are_left_out(tmp_path: Path) -> None:
    lines = ["article\tstart\tend\tearliest\tlatest\ttold_by"]
    lines += [f"a\t0\t1\t2020-03-02\t2020-03-02\t{told}" for told in ("near", "unsure", "no utterance")]
    file = tmp_path / "marks.tsv"
    file.write_text("# a head\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert [one.told_by for one in marks(file)] == ["near"]


def test_the_real_marks_have_days_in_order_up_to_the_publication() -> None:
    given = marks(said_days.FILE)
    assert len(given) > 100
    for one in given:
        published = DAY.search(one.article)
        assert published and (one.latest is None or one.latest <= date.fromisoformat(published[0]))
        assert not one.is_given_in_article or (one.latest and (one.earliest or one.latest) <= one.latest)
        assert one.span[0] < one.span[1]
