"""Every stage takes time linear in the text's length, for any text.

The quick tests count work; those marked `slow` and `apart` run one mechanism, or all stages, over a long text within a
generous limit. `python -m tests.support.linear` compares the times of two lengths.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.attrs import IDS

from pipeline.document import Document
from pipeline.mentions import mentions, person_context, person_patterns
from pipeline.parses import Parse, load
from pipeline.parses.columns import SENTENCE, flags
from pipeline.parses.model import language
from pipeline.parses.tokenizer import RUN, letters_are_whole, tokenized
from pipeline.quotes import roles
from pipeline.sentences import Sentence
from tests.support.documents import read
from tests.support.extraction import extracted
from tests.support.linear import KINDS, PROSE, SIZES, measured
from tests.support.time_limit import cpu_limit

# One text for each mechanism that was once not linear.
KNOWN = ('mark "', "two (", "emoji", "entity &amp;", "mojibake quote", "URLs", "Creative Commons")


@pytest.mark.parametrize("unit", ['"', "($", "—", "🚢", "a.", "漢、", "http://a.b/c"])
def test_the_tokenizer_looks_at_each_character_so_many_times(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = load().nlp
    seen: list[int] = []

    def counted(function: Callable[[str], Any]) -> Callable[[str], Any]:
        def call(text: str) -> Any:
            seen.append(len(text))
            return function(text)

        return call

    searches = ("prefix_search", "suffix_search", "infix_finditer", "url_match")
    for name in searches:
        monkeypatch.setattr(nlp.tokenizer, name, counted(getattr(nlp.tokenizer, name)))
    work = []
    for size in (4 * RUN, 16 * RUN):
        # A new prefix, so that the tokenizer's cache has no entry.
        text = f"{random.Random(size).random()}" + unit * (size // len(unit))
        seen.clear()
        tokenized(nlp, text)
        work.append(sum(seen))
    assert work[0] > 0 and work[1] < 6 * work[0]


@pytest.mark.parametrize("text", [PROSE * 3, "", " ", "a  b\n\nc", "“" * 30, PROSE + '"' * (RUN - 1) + " x"])
def test_ordinary_text_is_tokenized_as_spacy_does(text: str) -> None:
    nlp = load().nlp
    assert attributes(tokenized(nlp, text)) == attributes(nlp.make_doc(text))


@given(st.text(string.ascii_letters, min_size=1, max_size=12))
def test_spacys_own_patterns_find_nothing_in_letters(run: str) -> None:
    tokenizer = untouched().tokenizer
    assert letters_are_whole(untouched())
    assert not (tokenizer.prefix_search(run) or tokenizer.suffix_search(run) or tokenizer.url_match(run))
    assert not list(tokenizer.infix_finditer(run))


@pytest.mark.parametrize(
    "word", ["cannot", "Im", "km", "USD", "Zarfelton", "Zarfelton's", "5km", "a.m.", "zq.com", "é"]
)
def test_a_new_word_is_tokenized_as_stock_does(word: str) -> None:
    for text in (word, f"“{word},” ({word})", f"{word}.{word}-{word}"):
        assert attributes(tokenized(load().nlp, text)) == attributes(untouched().make_doc(text))


def test_spacys_own_patterns_are_known_as_such_when_they_are_compiled_again() -> None:
    re.purge()
    assert letters_are_whole(language("sm"))


def test_patterns_that_are_not_spacys_search_letters_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untouched().tokenizer, "suffix_search", re.compile("ton$").search)
    assert not letters_are_whole(untouched())


def test_of_a_new_word_only_what_the_model_is_given_is_noted() -> None:
    vocabulary = load().nlp.vocab
    assert {
        IDS[name] for name in ("NORM", "PREFIX", "SUFFIX", "SHAPE", "IS_SPACE")
    } == vocabulary.lex_attr_getters.keys()
    word = "Zyrfelton"
    assert [vocabulary[word].shape_, vocabulary[word].prefix_, vocabulary[word].suffix_] == ["Xxxxx", "Z", "ton"]


@cache
def untouched() -> Any:
    """Return the unmodified model."""
    return language("sm")


def test_a_cut_run_keeps_its_characters_and_what_stands_around_it() -> None:
    nlp = load().nlp
    run = ("they've(\"" * RUN)[: 2 * RUN + 7]
    text = f"I can't  go. {run} She didn't.\n{run}"
    doc = tokenized(nlp, text)
    assert "".join(token.text_with_ws for token in doc) == doc.text == text
    assert max(map(len, doc)) <= RUN
    before = nlp.make_doc("I can't  go. ")
    assert attributes(doc)[: len(before)] == attributes(before)
    assert [token.norm_ for token in doc if token.text == "n't"] == ["not", "not"]


def attributes(doc: Any) -> list[list[int]]:
    rows: list[list[int]] = doc.to_array(["ORTH", "NORM", "SPACY", "IDX"]).tolist()
    return rows


def test_pronouns_behind_lone_names_are_looked_up_once_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[object] = []

    class Counted(dict[str, str]):
        def __contains__(self, word: object) -> bool:
            looked_up.append(word)
            return super().__contains__(word)

    monkeypatch.setattr(person_context, "_OWNERS", Counted(person_context._OWNERS))
    doc = read("Hepworth says he ran, " * 40)
    assert len(person_patterns.lone_persons(doc)["Hepworth"]) == 40
    assert 0 < len(looked_up) <= 2 * len(doc)


def test_roles_are_read_once_a_description(monkeypatch: pytest.MonkeyPatch) -> None:
    read_at: list[int] = []
    whole = roles._whole

    def counted(text: str, start: int, role: str) -> str:
        read_at.append(start)
        return whole(text, start, role)

    monkeypatch.setattr(roles, "_whole", counted)
    found = extracted({"a.txt": "Mayor Ana Lume left. “It is wet,” the mayor said.\n\n" * 20})
    assert [row["speaker_role"] for row in found["quotes"]] == ["mayor"] * 20
    assert len(read_at) == len(set(read_at)) >= 20


@given(st.integers(0, 5 * SENTENCE), st.lists(st.integers(0, 5 * SENTENCE)))
def test_no_sentence_is_parsed_that_is_longer_than_the_bound(tokens: int, starts: list[int]) -> None:
    found = np.flatnonzero(flags(np.arange(tokens), [0, *sorted(starts)]) == 1).tolist()
    lengths = np.diff([*found, tokens])
    assert all(lengths <= SENTENCE)
    kept = {0, *starts} & set(range(tokens))
    assert kept <= set(found)
    if all(np.diff([*sorted(kept), tokens]) <= SENTENCE):
        assert set(found) == kept


def one_name(words: int) -> Document:
    """Return a document of capitalised words that the model takes for one person's name."""
    text = "Creative Commons " * (words // 2)
    starts = tuple(i for i, ch in enumerate(text) if ch == "C")
    ends = tuple(text.index(" ", start) for start in starts)
    parse = Parse(
        start=starts,
        end=ends,
        head=(len(starts) - 1,) * len(starts),
        dep=("compound",) * len(starts),
        tag=("NNP",) * len(starts),
        entities=((0, ends[-1], "PERSON"),),
    )
    return Document.of(text, [Sentence(0, "body", 0, len(text))], parse)


@pytest.mark.slow
def test_one_long_name_is_looked_through_once() -> None:
    article = one_name(20_000)
    with cpu_limit():
        mentions(article)


def test_a_name_of_a_usual_length_is_kept() -> None:
    article = one_name(8)
    assert [article.text[m.start : m.end] for m in mentions(article)]


def cut_off(kind: str) -> list[str]:
    """Return the stages that exceed the limit of `measured` on 100,000 characters."""
    load()
    return [name for name, seconds in measured(KINDS[kind](SIZES[-1])).items() if seconds == float("inf")]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KNOWN)
def test_what_was_not_linear_ends_in_all_stages(kind: str) -> None:
    assert cut_off(kind) == []


@pytest.mark.apart
@pytest.mark.parametrize("kind", KINDS)
def test_any_odd_text_ends_in_all_stages(kind: str) -> None:
    assert cut_off(kind) == []
