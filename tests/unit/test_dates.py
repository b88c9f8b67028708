"""Anchoring and validity: the day that is meant, its basis, and when it is impossible."""

from __future__ import annotations

import datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import contract
from pipeline.dates import Date, dates
from pipeline.document import Document
from pipeline.holidays import HOLIDAYS
from tests.support import documents
from tests.support.extraction import extracted
from tests.support.time_limit import cpu_limit

D = datetime.date
PUBLISHED = D(2020, 11, 18)  # a Wednesday


@cache
def parsed(text: str) -> Document:
    return documents.read(text)


def read(
    text: str,
    earliest: datetime.date | None = PUBLISHED,
    latest: datetime.date | None = None,
) -> list[Date]:
    return dates(parsed(text), (), earliest, latest or earliest)


def test_a_listed_holiday_is_a_day_and_neither_a_name_nor_a_venue() -> None:
    lead, said = "The harbour was closed", "“The dyke will hold,” said Mira Solano"
    texts = {line.name: line.example.replace(lead, said) for line in HOLIDAYS.values()}
    rows = extracted(texts, published="2025-11-20")
    source = {row["document_id"]: row["source"] for row in rows["documents"]}
    days = {source[row["document_id"]]: row["text"].casefold() for row in rows["dates"]}
    assert days == {name: name for name in texts}
    assert {row["text"] for row in rows["mentions"]} == {"Mira Solano"}
    assert {row["venue"] for row in rows["quotes"]} == {None}


def test_a_publication_between_two_days_gives_an_interval() -> None:
    (found,) = read("They left yesterday.", D(2020, 11, 10), D(2020, 11, 12))
    assert (found.earliest, found.latest) == (D(2020, 11, 9), D(2020, 11, 11))
    assert (found.value, found.basis) == ("2020-11", "publication")
    (found,) = read("They left last year.", D(2020, 11, 10), D(2020, 11, 12))
    assert (found.value, found.earliest, found.latest) == ("2019", D(2019, 1, 1), D(2019, 12, 31))


@given(st.integers(-2000, 2000))
@settings(deadline=None)
def test_a_later_publication_moves_each_day_with_it(days: int) -> None:
    text = "They left yesterday. He comes tomorrow. It rained ten days ago. It is cold today."
    step = datetime.timedelta(days)
    before, after = read(text), read(text, PUBLISHED + step)
    assert [d.earliest + step for d in before if d.earliest] == [d.earliest for d in after]
    assert len(before) == 4


@given(st.dates(D(1900, 1, 1), D(2100, 12, 31)), st.integers(0, 60))
@settings(deadline=None)
def test_rows_keep_the_contract(published: datetime.date, width: int) -> None:
    text = (
        "On Sunday, October 18, they left. A day later, on February 30, it rained for three weeks. He will come next "
        "Tuesday or in May. Since 2015 it was cold every winter, now and in the past two years. It ended last fall."
    )
    found = read(text, published, published + datetime.timedelta(width))
    assert len(found) >= 9
    for row in found:
        assert (row.earliest is None) == (row.latest is None)
        assert row.earliest is None or row.latest is None or row.earliest <= row.latest
        assert row.basis in contract.DATE_BASES and row.type in contract.TIMEX_TYPES
        assert row.problem is None or row.problem in contract.DATE_PROBLEMS
        assert row.mod is None or row.mod in contract.TIMEX_MODS
        assert row.basis != "unresolved" or row.earliest is None
        if row.problem == "impossible-date":
            assert row.earliest is None
        if row.value is not None and len(row.value) == 10 and row.value[4] == row.value[7] == "-" and row.earliest:
            assert row.earliest <= D.fromisoformat(row.value) <= (row.latest or D.min)


@pytest.mark.slow
def test_time_grows_with_the_text() -> None:
    sentence = "The minister said on Sunday that the talks of October 18 will go on next week. "

    document = parsed(sentence * 1_000)
    with cpu_limit():
        assert len(dates(document, (), PUBLISHED, PUBLISHED)) == 3_000
