"""Ids are a promise: known ids stay, and an id changes only with what it identifies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract import ids


@pytest.mark.parametrize(
    ("made", "known"),
    [
        (ids.document_id("https://example.org/story"), "29f8a9a1b062bac1"),
        (ids.document_id("wire/a.jsonl#17"), "54331d2d6ec40adc"),
        (ids.quote_ids("00112233445566aa", [("direct", "We open again,")])[0], "16d204855ebcec35"),
        (ids.sentence_id("00112233445566aa", 0, 5), "00112233445566aa:s0-5"),
        (ids.mention_id("00112233445566aa", 0, 5), "00112233445566aa:m0-5"),
        (ids.date_id("00112233445566aa", 0, 5), "00112233445566aa:d0-5"),
    ],
)
def test_known_ids_stay(made: str, known: str) -> None:
    assert made == known


@pytest.mark.parametrize(
    "other",
    ["We open again.", "“we open again”", "We  open\nagain,", "WE OPEN AGAIN"],
    ids=["punctuation", "marks and case", "blanks", "capitals"],
)
def test_a_quote_keeps_its_id_when_only_its_marks_change(other: str) -> None:
    assert ids.quote_ids("d", [("direct", other)]) == ids.quote_ids("d", [("direct", "We open again,")])


def test_the_same_words_twice_are_two_quotes() -> None:
    first, second = ids.quote_ids("d", [("direct", "Yes."), ("direct", "Yes.")])
    assert first != second


@given(st.lists(st.text(), max_size=5), st.lists(st.text(), max_size=5))
def test_no_two_lists_of_parts_collide(a: list[str], b: list[str]) -> None:
    assert (ids.digest(*a) == ids.digest(*b)) == (a == b)


@given(st.lists(st.tuples(st.sampled_from(["direct", "mixed"]), st.text()), max_size=20))
def test_quote_ids_are_unique(quotes: list[tuple[str, str]]) -> None:
    assert len(set(ids.quote_ids("d", quotes))) == len(quotes)
