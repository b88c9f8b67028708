"""Facts about an article are given, stated, inferred or unknown, never guessed."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contract import DOCUMENTS
from pipeline.documents.clean import apply, clean
from pipeline.documents.metadata import Facts, RecordMetadata, bounds, facts, offices
from pipeline.sentences import split
from tests.examples import load
from tests.examples.findings import article
from tests.support.gold import MISSING, gold_file
from tests.support.time_limit import cpu_limit

LICENCE = "All content by Harbour Gazette is licensed under a Creative Commons Attribution 4.0 International License."
BODY = "The minister said on Monday that the bridge would stay shut, and nobody asked him why it had been closed."


SEEDS = gold_file("seeds/documents.jsonl")


def of(raw: str, **known: str | None) -> Facts:
    found = article(raw, **known)
    check(raw, found)
    return found


def check(raw: str, found: Facts) -> None:
    """Check the properties of the facts of any article."""
    columns = {column.name: column for column in DOCUMENTS.columns}
    assert {field.name for field in fields(found)} <= set(columns)
    assert found.published_basis in (columns["published_basis"].enum or ())
    assert found.licence_basis in (columns["licence_basis"].enum or ())
    earliest, latest = found.published_earliest, found.published_latest
    assert earliest is None or latest is None or earliest <= latest
    assert (found.published_on is not None) == (earliest is not None and earliest == latest)
    assert (found.published_basis == "unknown") == (earliest is None and latest is None)
    assert (found.licence_basis == "unknown") == (found.licence is None)
    for start, end in (
        (found.raw_published_start, found.raw_published_end),
        (found.raw_licence_start, found.raw_licence_end),
    ):
        assert (start is None) == (end is None)
        if start is not None and end is not None:
            assert 0 <= start < end <= len(raw)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [LICENCE, BODY, "By Ann Lee", "March 3, 2021", "OSLO (AP) –", "\n", "\n\n", "in 2019 he left."]
            ),
            st.text(max_size=20),
        ),
        min_size=1,
        max_size=8,
    ).map(" ".join),
    st.one_of(st.none(), st.text(max_size=20), st.dates().map(str)),
)
def test_any_article_has_facts(raw: str, published: str | None) -> None:
    if raw.strip():
        of(raw, published=published)


def test_the_examples_have_facts() -> None:
    for example in load("publication"):
        check(example.text, article(example.text, **dict(example.given)))


def test_the_record_wins_over_the_text() -> None:
    raw = f"Headline\n\nBy Ann Lee\nMarch 3, 2021\n\n{BODY}\n\n{LICENCE}"
    known = {"title": "T", "author": "A", "publisher": "P", "licence": "CC0-1.0"}
    found = of(raw, **known, published="2021-03-04T10:00:00Z", url="https://x.example/2021/03/05/y")
    assert (found.title, found.author, found.publisher, found.licence) == ("T", "A", "P", "CC0-1.0")
    assert (found.published_on, found.published_basis) == (date(2021, 3, 4), "metadata")
    assert (found.published_text, found.raw_published_start) == ("2021-03-04T10:00:00Z", None)
    assert (found.licence_basis, found.raw_licence_start) == ("metadata", None)
    alone = of(raw)
    assert (alone.title, alone.author, alone.publisher) == ("Headline", "Ann Lee", "Harbour Gazette")
    assert (alone.published_on, alone.published_basis, alone.licence_basis) == (date(2021, 3, 3), "stated", "stated")
    assert raw[alone.raw_published_start : alone.raw_published_end] == "March 3, 2021"
    assert raw[alone.raw_licence_start : alone.raw_licence_end] == LICENCE


def test_a_date_line_without_its_year() -> None:
    text = "OSLO, June 24 (UPI) — It was shut on Monday. It will be open by December 31, 2016. It fell on May 8, 2016."
    found = bounds.inferred(text, split(text))
    assert found and (found.earliest, found.latest) == (date(2016, 6, 23), date(2016, 6, 25))


def test_soft_evidence_stays_inside_the_hard_and_is_told() -> None:
    text = "It was shut in 2016. The embargo ended in October this year. It fell on Sunday, October 18."
    found = bounds.inferred(text, split(text))
    assert found and found.evidence == (
        "not before 2016-01-01 (proved: past): 2016",
        "not before 2020-10-18 (likely: season): Sunday, October 18",
        "not after 2020-12-31 (likely: season): Sunday, October 18",
    )
    text = "It was shut on May 8, 2020. It is the talk of the 2019 campaign."
    found = bounds.inferred(text, split(text))
    assert found and found.evidence == ("not before 2020-05-08 (proved: past): May 8, 2020",)


def test_an_archive_holds_no_page_from_after_its_day() -> None:
    text = "It was shut on May 8, 2018."
    day = date(2018, 6, 1)
    found = bounds.inferred(text, split(text), day)
    assert found and (found.earliest, found.latest) == (date(2018, 5, 8), day)
    assert "not after 2018-06-01 (proved: archived)" in found.evidence
    found = bounds.inferred("Nothing is dated.", split("Nothing is dated."), day)
    assert found and (found.earliest, found.latest, found.stated) == (None, day, None)
    # The archive's day overrides a bound read from the text.
    found = bounds.inferred(text, split(text), date(2017, 1, 1))
    assert found and (found.earliest, found.latest) == (None, date(2017, 1, 1))


def test_terms_of_office_are_in_order() -> None:
    terms = offices.terms()
    assert len(terms) > 50
    for term in terms:
        assert f"{term.title} {term.name}" in term.example
        assert term.first < (term.last or date(2100, 1, 1))
        assert term.first <= term.former <= (term.last or date(2100, 1, 1))


@pytest.mark.parametrize(
    "piece",
    [
        "In May 2018 ",
        "“",
        "President ",
        "Oslo ",
        "CC BY 4.0 ",
        "on May 8, 2018. ",
        "a news agency ",
        "President Obama ",
        "President Obama said on Tuesday. ",
        "on Sunday, October 18 ",
        "It fell on May 8. ",
        "the 2016 race ",
        "had ",
        "ed ",
        "four years ago, in 2012, ",
        "signed an executive order ",
        "Trump ",
        "will ",
        "(@a) May 8, 2018 ",
        "in May. ",
    ],
)
@pytest.mark.slow
def test_time_is_linear_in_the_length(piece: str) -> None:  # fmt: skip
    raw = "x " + piece * (100_000 // len(piece)) + "x"
    edits = clean(raw)
    text = apply(raw, edits)
    sentences = split(text)
    with cpu_limit():
        facts(RecordMetadata(), raw, edits, text, sentences)


def _polnear() -> list[Path]:
    found = gold_file("quotes/polnear_dev.jsonl")
    # The rules were written with the other articles in view; benchmarks.publication measures all.
    return [found] if found else []


@pytest.mark.skipif(not _polnear(), reason="no dated articles beside the project")
def test_inferred_intervals_hold_the_true_day() -> None:
    held = inferred = 0
    for path in _polnear():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            day = re.search(r"\d{4}-\d{2}-\d{2}", row["doc_id"])
            assert day
            true = date.fromisoformat(day[0])
            text = apply(row["text"], clean(row["text"]))
            found = bounds.inferred(text, split(text))
            if found:
                inferred += 1
                held += (found.earliest or true) <= true <= (found.latest or true)
    assert inferred > 40
    assert held >= 0.95 * inferred


def test_a_licence_that_says_too_little_is_unknown() -> None:
    raw = f"{BODY}\nThis article is republished under a Creative Commons license."
    assert of(raw).licence is None
    assert of(BODY, licence="All rights reserved").licence is None


@pytest.mark.skipif(SEEDS is None, reason=MISSING)
def test_facts_agree_with_the_annotated_articles() -> None:
    assert SEEDS is not None
    for line in SEEDS.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        raw = (SEEDS.parents[2] / "seeds" / document["file"]).read_bytes().decode("utf-8")
        found = of(raw)
        assert (found.title, found.dateline) == (document["title"], document["dateline"])
        assert found.licence == document["license_spdx"]
        assert found.agency in document["source_agency"]
        if document["license_statement"]:
            assert raw[found.raw_licence_start : found.raw_licence_end] == document["license_statement"]
        day = document["pub_date"]
        if day["explicit"]:
            assert str(found.published_on) == day["explicit"][:10]
        elif found.published_basis == "inferred":
            # The interval is inside the hard bounds and overlaps the annotated one.
            earliest, latest = str(found.published_earliest or ""), str(found.published_latest or "9")
            assert earliest >= day["hard_earliest"] and earliest <= day["latest"] and latest >= day["earliest"]
