"""`Document`: tokens and sentences by offset, and the tree."""

from __future__ import annotations

import dataclasses
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document import MAX_CHILDREN, Document
from pipeline.parses import Parse
from pipeline.sentences import split
from tests.support.documents import read

TEXTS = st.text(alphabet="aB ß.\n“", max_size=30)


def by_blanks(text: str, heads: list[int] | None = None, deps: list[str] | None = None) -> Document:
    """Split tokens at blanks; without heads each token is a root."""
    spans = [m.span() for m in re.finditer(r"\S+", text)]
    count = len(spans)
    columns = tuple(a for a, _ in spans), tuple(b for _, b in spans)
    parse = Parse(*columns, tuple(heads or range(count)), tuple(deps or ["dep"] * count), ("NN",) * count, ())
    return Document.of(text, split(text), parse)


@st.composite
def trees(draw: st.DrawFn) -> Document:
    """Draw a random forest of up to twelve tokens."""
    count = draw(st.integers(1, 12))
    order = draw(st.permutations(range(count)))
    heads = list(range(count))
    for place in range(1, count):
        heads[order[place]] = draw(st.sampled_from([order[place], *order[:place]]))
    return by_blanks("a " * count, heads)


TEXT = "He met  Anna Berg’s team."  # tokens at 0-2, 3-6, 8-12, 13-19 and 20-25


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 2, ["He"]),
        (0, 25, ["He", "met", "Anna", "Berg’s", "team."]),
        (8, 17, ["Anna", "Berg’s"]),
        (9, 11, ["Anna"]),
        (15, 21, ["Berg’s", "team."]),
        (2, 3, []),
        (5, 8, ["met"]),
        (6, 8, []),
        (6, 9, ["Anna"]),
        (10, 10, []),
        (8, 8, []),
        (12, 9, []),
        (25, 99, []),
    ],
    ids=["one", "all", "an end in a token", "inside a token", "parts of two", "a blank", "the end of one", "two blanks",
         "the beginning of one", "empty in a token", "empty before one", "backwards", "behind the text"],
)  # fmt: skip
def test_the_tokens_of_a_span(start: int, end: int, expected: list[str]) -> None:
    document = by_blanks(TEXT)
    assert [document.words[t] for t in document.tokens(start, end)] == expected


@given(TEXTS, st.lists(st.integers(0, 30), min_size=3, max_size=3))
def test_adjacent_spans_have_the_tokens_of_both_together(text: str, offsets: list[int]) -> None:
    document = by_blanks(text)
    start, middle, end = sorted(offsets)
    parts = {*document.tokens(start, middle), *document.tokens(middle, end)}
    assert parts == set(document.tokens(start, end))


@given(TEXTS, st.integers(0, 30), st.integers(0, 30))
def test_tokens_share_a_character_with_their_span(text: str, start: int, end: int) -> None:
    document = by_blanks(text)
    shared = [t for t in range(len(document)) if {*range(document.start[t], document.end[t])} & {*range(start, end)}]
    assert list(document.tokens(start, end)) == shared


@given(TEXTS)
def test_a_tokens_own_span_holds_that_token_alone(text: str) -> None:
    document = by_blanks(text)
    for token in range(len(document)):
        assert list(document.tokens(document.start[token], document.end[token])) == [token]
    assert not any(document.tokens(at, at) for at in range(len(text) + 1))


def test_the_sentence_at_an_offset() -> None:
    document = by_blanks("  One ends. Two ends.\n\nThree")
    assert [document.text[s.start : s.end] for s in document.sentences] == ["One ends.", "Two ends.", "Three"]
    # Blanks belong to the sentence before them; blanks at the start belong to the first.
    assert [document.sentence_at(at) for at in (0, 2, 10, 11, 12, 20, 21, 22, 23, 28, 99)] == [
        *(0, 0, 0, 0),
        *(1, 1, 1, 1),
        *(2, 2, 2),
    ]
    assert document.sentence_of == (0, 0, 1, 1, 2)
    assert by_blanks("").sentence_at(0) == 0


@given(TEXTS)
def test_each_token_lies_in_its_sentence(text: str) -> None:
    document = by_blanks(text)
    for token, number in enumerate(document.sentence_of):
        following = [s.start for s in document.sentences[number + 1 :]]
        assert document.sentences[number].start <= document.start[token] < min([*following, len(text)])


@given(trees())
def test_a_subtree_reaches_from_its_first_to_its_last_token(document: Document) -> None:
    def below(token: int) -> set[int]:
        return {token}.union(*(below(child) for child in document.children[token]))

    for token in range(len(document)):
        assert (document.left[token], document.right[token]) == (min(below(token)), max(below(token)))
        assert all(a < b for a, b in pairwise(document.children[token]))
        assert all(document.head[child] == token != child for child in document.children[token])


def test_a_child_by_its_label() -> None:
    document = by_blanks("Anna Berg said so today", [1, 2, 2, 2, 2], ["compound", "nsubj", "ROOT", "dobj", "npadvmod"])
    assert document.children == ((), (0,), (1, 3, 4), (), ())
    assert document.child(2, "dobj", "npadvmod") == 3
    assert document.child(2, "nsubjpass", "npadvmod") == 4
    assert document.child(2, "compound") is None


@pytest.mark.parametrize(("heads", "head"), [([1, 2, 4, 4, 4], 2), ([1, 1, 1, 4, 4], 1), ([4, 4, 4, 4, 4], 0)])
def test_the_head_of_a_phrase_hangs_outside_it_or_nowhere(heads: list[int], head: int) -> None:
    assert by_blanks("a b c d e", heads).head_of(range(3)) == head


def test_a_head_of_very_many_keeps_the_first_of_them() -> None:
    document = by_blanks("a " * 300, [0] * 300)
    assert document.children[0] == tuple(range(1, MAX_CHILDREN + 1))
    assert (document.left[0], document.right[0]) == (0, 299)


def test_words_in_their_three_forms() -> None:
    document = by_blanks("Der Preﬁx GROẞ")
    assert document.words == ("Der", "Preﬁx", "GROẞ")
    assert document.lower == ("der", "preﬁx", "groß")
    assert document.folded == ("der", "prefix", "gross")


def test_a_document_is_its_parse_and_does_not_change() -> None:
    document = read("Anna Berg met Tom Okoye in Lisbon on Monday. He left.")
    assert len(document) == len(document.words) == 13
    assert {document.text[a:b] for a, b, _ in document.entities} >= {"Anna Berg", "Tom Okoye", "Lisbon"}
    assert document.words[2] == "met" and document.is_verb(2) and not document.is_noun(2)
    assert document.is_noun(1) and not document.is_verb(1)
    assert document.child(2, "nsubj") == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        document.text = ""  # type: ignore[misc]
