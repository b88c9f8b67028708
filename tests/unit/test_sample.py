"""The sample articles give a newcomer's first build useful results."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline import read
from pipeline.documents.clean import apply, clean
from pipeline.documents.metadata import Facts, RecordMetadata, facts
from pipeline.expressions import find
from pipeline.sentences import split

SAMPLE = Path(__file__).parents[2] / "warehouse" / "sample"


def records() -> list[read.Record]:
    rows = [row for entry in read.listing(SAMPLE) for row in read.read_file(SAMPLE, entry)]
    assert all(isinstance(row, read.Record) for row in rows)
    return [row for row in rows if isinstance(row, read.Record)]


def article(row: read.Record) -> tuple[str, Facts]:
    edits = clean(row.text)
    text = apply(row.text, edits)
    known = RecordMetadata(
        row.known_title, row.known_author, row.known_publisher, row.known_published, row.known_licence, row.url
    )
    return text, facts(known, row.text, edits, text, split(text))


def test_every_file_is_taken_in() -> None:
    rows = records()
    assert len({row.document_id for row in rows}) == len(rows) >= 10


def test_most_articles_may_be_shown_and_some_may_not() -> None:
    licences = [article(row)[1].licence for row in records()]
    assert licences.count(None) >= 1
    assert sum(licence is not None for licence in licences) > len(licences) / 2


def test_nothing_but_the_article_is_left() -> None:
    text = "\n".join(article(row)[0] for row in records())
    for boilerplate in ("Creative Commons", "CC BY", "Leave a Comment", "Share this", "RK/LB", "source:", "Page 1"):
        assert boilerplate not in text


def test_an_utterance_is_reported_by_several() -> None:
    texts = [article(row)[0] for row in records()]
    assert sum("neither shore will be left in the dark" in text for text in texts) >= 4
    assert sum("We are not buying electricity" in text for text in texts) >= 4


def test_stated_days_fit_and_none_lies_ahead() -> None:
    days = [found.published_on for _, found in map(article, records()) if found.published_on]
    assert len(days) >= 6
    assert all(date(2025, 3, 1) <= day <= date(2025, 3, 31) for day in days)


def test_one_weekday_is_wrong_on_purpose() -> None:
    wrong = [
        text[one.start : one.end]
        for text, _ in map(article, records())
        for one in find(text)
        if one.weekday is not None and one.interval and one.interval[0].weekday() != one.weekday
    ]
    assert wrong == ["Friday, March 13, 2025"]


@pytest.mark.parametrize("row", records(), ids=lambda row: str(row.source))
def test_it_is_english(row: read.Record) -> None:
    assert article(row)[1].language == "en"
