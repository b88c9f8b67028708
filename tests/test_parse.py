"""The language model as columns: our sentences stand, batches and pieces do not show."""

import pytest

from pipeline import parse
from pipeline.parse import Parse, parses
from pipeline.sentences import Sentence, split

TEXTS = (
    "Angela Martin opened the pier on Friday. She said that it was safe.\nThe council of Portville agreed.",
    "“We have the ships,” the minister said, “and the money.” Nobody asked him where they were.",
    "x",
    "\U0001f6a2 The cafe\u0301 by the pier in Lisbon is full. It opened in March.",
)
ITEMS = [(text, split(text)) for text in TEXTS]


def roots(found: Parse) -> list[int]:
    return [i for i, head in enumerate(found.head) if head == i]


def sentence_of(sentences: list[Sentence], offset: int) -> int:
    return max(i for i, s in enumerate(sentences) if s.start <= offset)


def test_tokens_are_slices_of_the_text() -> None:
    for (text, _), found in zip(ITEMS, parses(ITEMS), strict=True):
        assert "".join(text[a:b] for a, b in zip(found.start, found.end, strict=True)).replace(" ", "") == "".join(
            text.replace(" ", "")
        )
        assert len({len(column) for column in (found.start, found.end, found.head, found.dep, found.tag)}) == 1


def test_names_are_found_where_they_stand() -> None:
    text, found = TEXTS[0], next(parses(ITEMS))
    assert ("Angela Martin", "PERSON") in {(text[a:b], label) for a, b, label in found.entities}


def test_no_arc_leaves_its_sentence() -> None:
    for (_, sentences), found in zip(ITEMS, parses(ITEMS), strict=True):
        for i, head in enumerate(found.head):
            assert sentence_of(sentences, found.start[i]) == sentence_of(sentences, found.start[head])
        assert len(roots(found)) >= len(sentences)


def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    together = list(parses(ITEMS * 5))
    monkeypatch.setattr(parse, "BATCH_WORDS", 1)
    assert list(parses(ITEMS * 5)) == together


def test_pieces_cover_the_text_and_keep_to_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(TEXTS * 10)
    whole = next(parses([(text, split(text))]))
    monkeypatch.setattr(parse, "PIECE_CHARACTERS", 120)
    spans = list(parse._pieces(text, split(text)))
    assert len(spans) > 10
    assert [a for a, _, _ in spans] == [0, *(b for _, b, _ in spans[:-1])]
    assert spans[-1][1] == len(text)
    pieces = next(parses([(text, split(text))]))
    assert (pieces.start, pieces.end) == (whole.start, whole.end)
    assert all(0 <= head < len(pieces.start) for head in pieces.head)


@pytest.mark.parametrize("text", ["word " * 200, "w" * 1000, "“" * 500], ids=["words", "one word", "marks"])
def test_a_sentence_longer_than_a_piece_is_cut(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(parse, "PIECE_CHARACTERS", 100)
    found = next(parses([(text, split(text))]))
    assert found.start[0] == 0
    assert found.end[-1] <= len(text)
    assert max(b - a for a, b, _ in parse._pieces(text, split(text))) <= 100
