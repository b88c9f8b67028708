"""Rows against marks made by reading: speaker, and whether it is a statement. Tests only the form of the real marks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from benchmarks.audit import speakers
from benchmarks.audit.articles import DAY, Built, built, key, overlap, table
from benchmarks.audit.speakers import Mark, compare, figures, read, same_name, unmarked

AUDIT = Path(speakers.__file__).parent
DOC_ID = "own/paper_2020-03-04_ferries"
NAME = key(DOC_ID)
# Cleaning cuts the first line: marks have offsets in the raw text.
TEXT = (
    "FULL TEXT.\n\n"
    "“The ferries are late again this week,” said Ann Moe, the mayor of Skagen. She said the port would close Monday."
    " A witness said: “Nobody has told the passengers anything at all.” "
    "“We have asked the ministry for money,” Moe said.\n\n"
    "The minister, Ole Dahl, refused to answer questions about the bridge."
)
LATE, CLOSE = "The ferries are late again this week", "the port would close Monday"
NOBODY, MONEY = "Nobody has told the passengers anything at all.", "We have asked the ministry for money"


def mark(
    words: str,
    name: str = "",
    *,
    speaker: str = "person",
    statement: str = "yes",
    indirect: bool = False,
    drawn: str = "all",
) -> Mark:
    start, at = TEXT.index(words), TEXT.index(name)
    named = (at, at + len(name)) if name else None
    return Mark(NAME, (start, start + len(words)), indirect, drawn, statement, speaker, named)


MARKS = (
    mark(LATE, "Ann Moe"),
    mark(CLOSE, "Ann Moe", indirect=True),
    mark(NOBODY, speaker="unnamed"),
    mark(MONEY, "Ole Dahl"),
)


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    gold = tmp_path_factory.mktemp("gold") / "articles.jsonl"
    others = [{"doc_id": f"own/{n}_2020-01-01_x", "text": "The harbour is shut."} for n in range(2)]
    gold.write_text("".join(json.dumps(row) + "\n" for row in [*others, {"doc_id": DOC_ID, "text": TEXT}]))
    return built({NAME}, gold)


def values(marks: tuple[Mark, ...], articles: dict[str, Built]) -> dict[str, float]:
    return {one.what: one.value for one in figures(marks, articles)}


def test_only_the_marked_articles_are_built_on_their_day(articles: dict[str, Built]) -> None:
    (article,) = articles.values()
    (document,) = article.rows["documents"]
    assert document["published_on"] == date(2020, 3, 4)
    assert document["text"] != TEXT, "cleaning moved the offsets"


def test_a_mark_is_compared_with_the_quotation_on_it(articles: dict[str, Built]) -> None:
    found = compare(MARKS, articles)
    assert [one.row and one.row["text"] for one in found] == [LATE, CLOSE, NOBODY, MONEY]
    assert [one.result for one in found] == ["right", "right", "null", "wrong"]
    assert unmarked(found, articles) == unmarked(found[:2], articles) - 2


def test_a_mark_without_a_quotation_is_counted_where_it_is_said(articles: dict[str, Built]) -> None:
    for statement, lost in (("yes", 1), ("no", 0), ("unsure", 0)):
        one = mark("refused to answer questions", "Ole Dahl", indirect=True, statement=statement)
        assert compare([one], articles)[0].row is None
        assert values((*MARKS, one), articles)["marks that are said and not found"] == lost


def test_names_are_counted_by_result_and_by_how_they_are_written(articles: dict[str, Built]) -> None:
    told = values(MARKS, articles)
    assert [told[f"named speaker (2): {result}"] for result in ("right", "wrong", "null")] == [50, 50, 0]
    assert told["speaker by name (2): right"] == told["speaker by name (2 led to a name): right"] == 50
    assert told["indirect statement, named speaker (1): right"] == 100
    assert told["speaker unnamed (1): led to a name"] == 0


def test_the_draws_are_counted_apart(articles: dict[str, Built]) -> None:
    told = values((MARKS[0], mark(MONEY, "Ole Dahl", drawn="third")), articles)
    assert told["named speaker, first draw (1): right"] == 100
    assert told["named speaker, later draws (1): wrong"] == 100


def test_a_row_is_counted_in_the_band_of_its_confidence(articles: dict[str, Built]) -> None:
    sure = [one for one in compare(MARKS[:1], articles) if one.row and one.row["confidence"] >= 0.9]
    assert len(sure) == 1
    told = values(MARKS[:1], articles)
    assert told["confidence 0.9 and more (1): right"] == 100
    assert not any(what.startswith(("confidence 0.6", "confidence below")) for what in told)


def test_unsure_marks_are_left_out(articles: dict[str, Built]) -> None:
    no = mark(CLOSE, indirect=True, statement="no", speaker="-")
    unsure = mark(CLOSE, indirect=True, statement="unsure", speaker="-")
    assert values((MARKS[1], no), articles)["indirect, all (2): a statement"] == 50
    told = values((MARKS[1], no, unsure), articles)
    assert told["indirect, all (2): a statement"] == 50
    assert told["indirect, unsure and left out"] == 1
    assert values((MARKS[1],), articles)["indirect, class statement, 0.6 and more (1): a statement"] == 100
    sure = mark(CLOSE, "Ann Moe", indirect=True, drawn="sure")
    told = values((sure, no), articles)
    assert told["indirect, class statement, 0.6 and more (2): a statement"] == 50
    assert told["indirect, all (1): a statement"] == 0, "rows that were drawn as sure are no sample of all"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann Moe", "Moe", True),
        ("MOE", "Ann Moe", True),
        ("Ann B. Moe", "Ann Moe", True),
        ("Ann Moe", "Ole Moe", False),
        ("Ann Moe", "Moen", False),
        ("Ann Moe", "", False),
    ],
)
def test_same_name(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same_name(other, one) is same


def test_a_spouse_with_the_same_surname_is_another_one(articles: dict[str, Built]) -> None:
    """The chain's longest name decides: both share one of its short names."""
    (article,) = articles.values()
    (chain,) = (c for c in article.rows["chains"] if "Ann Moe" in c["names"])
    assert "Moe" in chain["names"]
    spouse = Built({**article.rows, "raws": [{"text": TEXT + " Per Moe"}]}, article.offsets, article.quotes)
    marked = Mark(NAME, MARKS[0].span, False, "all", "yes", "person", (len(TEXT) + 1, len(TEXT) + 8))
    assert speakers.compared(marked, spouse).result == "wrong"


def test_overlap() -> None:
    assert overlap((0, 4), (0, 4)) == 1
    assert overlap((0, 4), (2, 6)) == pytest.approx(1 / 3)
    assert overlap((0, 4), (4, 8)) == overlap((0, 4), (6, 8)) == 0


def lines(name: str) -> Iterator[tuple[dict[str, str], date]]:
    for line in table(AUDIT / name):
        day = DAY.search(line["article"])
        assert day, line
        assert int(line["start"]) < int(line["end"]), line
        yield line, date.fromisoformat(day[0])


def test_the_marked_speakers_are_well_formed() -> None:
    keys = [(line["article"], line["start"]) for line, _ in lines("speakers.tsv")]
    assert len(keys) == len(set(keys)) == 505
    assert keys == sorted(keys, key=lambda key: (key[0], int(key[1])))
    assert Counter((one.indirect, one.drawn) for one in read()) == {
        (False, "all"): 130,
        (True, "all"): 70,
        (True, "sure"): 60,
        (False, "more"): 170,
        (False, "third"): 75,
    }
    for one in read():
        assert one.statement in ("yes", "no", "unsure"), one
        assert one.speaker in ("person", "body", "unnamed", "unsure", "-"), one
        assert (one.name is not None) == (one.speaker in ("person", "body")), one
        assert (one.speaker == "-") == (one.statement == "no"), one
        assert one.name is None or one.name[0] < one.name[1], one


def test_the_marked_days_are_well_formed() -> None:
    found = list(lines("said_days.tsv"))
    assert len({(line["article"], line["start"]) for line, _ in found}) == len(found) == 150
    for line, published in found:
        earliest, latest = (line[name] and date.fromisoformat(line[name]) for name in ("earliest", "latest"))
        match line["told_by"]:
            case "sentence" | "near":
                assert latest and latest <= published, line
                assert not earliest or earliest <= latest, line
            case "publication":
                assert (earliest, latest) == ("", published), line
            case told_by:
                assert told_by in ("not told", "unsure", "no utterance"), line
                assert not earliest and not latest, line
