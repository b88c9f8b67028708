"""Names by a token classifier in ONNX's format: `onnx:FOLDER`.

The folder is an export of Hugging Face's Optimum: `config.json` with `id2label`, `tokenizer.json`, and `model.onnx` or
one other `.onnx` file, quantised or not. It runs on onnxruntime and tokenizers (the extra `onnx`), without PyTorch.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.mentions.providers import labels
from pipeline.mentions.providers.source import Find, Source, Span
from pipeline.mentions.providers.windows import parts
from pipeline.mentions.providers.word_labels import parted, spans
from pipeline.model_files import ModelError, digest, read_json
from pipeline.sentences import Sentence

LIBRARIES = ("onnxruntime", "tokenizers")
MODEL, CONFIG, TOKENIZER = "model.onnx", "config.json", "tokenizer.json"
# Most tokens that the model reads at once, special tokens included: more than four sentences of news. A longer sentence
# is read in windows that share SHARED tokens; a token's label comes from the window in which it is farther from an
# edge.
WINDOW, SHARED = 256, 64
# Positions without a token in models like RoBERTa.
SPARE = 2
# Windows of one text that are read at once.
TOGETHER = 16
# A sentence with more code points is cut before tokenization.
PART_CHARACTERS = 20_000
INPUTS = {"input_ids", "attention_mask", "token_type_ids"}

# A word as in annotated news: marks are separate, except inside words and in "U.S.".
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\w+(?:[-.&/'’](?!s\b)\w+)*|['’]s\b|[^\w\s]")


@dataclass(frozen=True, slots=True)
class _Files:
    """A folder's files by purpose, and the labels by number."""

    model: Path
    tokenizer: Path
    config: Mapping[str, Any]
    labels: tuple[str, ...]


def source(which: str) -> Source:
    """Describe the classifier without loading it. Raises ModelError."""
    what, folder = f"--names onnx:{which}", Path(which)
    files = _files(folder, what)
    lacked = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if lacked:
        raise ModelError(f"{what}: {' and '.join(lacked)} not installed; get the extra: uv sync --extra onnx")
    kinds = {kind for _, kind in map(parted, files.labels) if kind}
    weights = [path.name for path in folder.iterdir() if ".onnx" in path.name or path.suffix == ".data"]
    about = f"{folder.name} sha256={digest(folder, [CONFIG, TOKENIZER, labels.LABEL_MAP_FILE, *weights])[:16]}"
    libraries = " ".join(f"{name}=={version(name)}" for name in LIBRARIES)
    return Source(f"onnx {about} {libraries}", labels.mapped(sorted(kinds), what, folder))


def _files(folder: Path, what: str) -> _Files:
    """Find the folder's files. Raises ModelError."""
    config = read_json(folder / CONFIG, what, "a token classifier has one, with id2label")
    named: Any = config.get("id2label")
    try:
        by_number = {int(number): str(label) for number, label in named.items()}
    except (AttributeError, ValueError):
        raise ModelError(f"{what}: {folder / CONFIG} has no id2label, so its labels have no names") from None
    if not by_number or set(by_number) != set(range(len(by_number))):
        raise ModelError(f"{what}: id2label in {folder / CONFIG} does not count from 0 without gaps")
    if not (folder / TOKENIZER).is_file():
        raise ModelError(f"{what}: the folder has no {TOKENIZER}; a fast tokenizer of Transformers saves one")
    models = sorted(folder.glob("*.onnx"))
    if folder / MODEL in models:
        models = [folder / MODEL]
    if len(models) != 1:
        many = f"{', '.join(path.name for path in models)}, and none is {MODEL}" if models else f"no {MODEL}"
        raise ModelError(f"{what}: the folder has {many}")
    return _Files(models[0], folder / TOKENIZER, config, tuple(by_number[i] for i in range(len(by_number))))


def load(which: str) -> Find:
    """Load the model and return its finder. Takes a second. Raises ModelError, or the libraries' errors."""
    return _Classifier(_files(Path(which), f"--names onnx:{which}"))


class _Classifier:
    """A loaded token classifier."""

    def __init__(self, files: _Files) -> None:
        ort, tokenizers = (importlib.import_module(name) for name in LIBRARIES)
        self._labels = files.labels
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(files.tokenizer))
        positions = int(files.config.get("max_position_embeddings") or WINDOW + SPARE)
        window = max(8, min(WINDOW, positions - SPARE))
        self._shared = min(SHARED, window // 4)
        self._tokenizer.enable_truncation(window, stride=self._shared)
        self._tokenizer.no_padding()
        options = ort.SessionOptions()
        # One thread: work is divided by processes.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = ort.InferenceSession(str(files.model), options, providers=["CPUExecutionProvider"])
        self._inputs = {each.name: each.type for each in self._session.get_inputs()}
        if not {"input_ids"} <= set(self._inputs) <= INPUTS:
            raise ValueError(f"{files.model.name} requires the inputs {', '.join(self._inputs)}")
        self._padding = int(files.config.get("pad_token_id") or 0)

    def __call__(self, text: str, sentences: Sequence[Sentence]) -> list[Span]:
        """Return the names of a text."""
        spans_of = list(parts(text, sentences, PART_CHARACTERS))
        encoded = self._tokenizer.encode_batch([text[start:end] for start, end in spans_of])
        windows = [[first, *first.overflowing] for first in encoded]
        numbers = iter(self._numbers([window for each in windows for window in each]))
        out: list[Span] = []
        for (start, end), each in zip(spans_of, windows, strict=True):
            tokens = self._tokens([(window, next(numbers)) for window in each])
            words = _words(text[start:end], tokens)
            out += spans((start + a, start + b, self._labels[number]) for a, b, number in words)
        return out

    def _numbers(self, windows: Sequence[Any]) -> list[Any]:
        """Return the number of each token's label, window by window. Windows of similar length are read together."""
        found: list[Any] = [None] * len(windows)
        order = sorted(range(len(windows)), key=lambda i: len(windows[i].ids))
        for first in range(0, len(order), TOGETHER):
            some = order[first : first + TOGETHER]
            longest = len(windows[some[-1]].ids)
            table = {
                "input_ids": np.full((len(some), longest), self._padding),
                "attention_mask": np.zeros((len(some), longest)),
                "token_type_ids": np.zeros((len(some), longest)),
            }
            for row, i in enumerate(some):
                size = len(windows[i].ids)
                table["input_ids"][row, :size] = windows[i].ids
                table["attention_mask"][row, :size] = 1
            given = {name: table[name].astype(kind[7:-1]) for name, kind in self._inputs.items()}
            scores = self._session.run(None, given)[0]
            if scores.shape != (len(some), longest, len(self._labels)):
                shape = " x ".join(map(str, scores.shape))
                raise ValueError(f"the model gives {shape} scores for {longest} tokens and {len(self._labels)} labels")
            for row, i in enumerate(some):
                found[i] = scores[row, : len(windows[i].ids)].argmax(axis=1)
        return found

    def _tokens(self, windows: Sequence[tuple[Any, Any]]) -> Iterator[tuple[int, int, int]]:
        """Yield the tokens of one sentence from its windows: start, end, number of the label. Each window gives the
        half of the shared tokens that is farther from its edge."""
        for place, (window, numbers) in enumerate(windows):
            own = [i for i, special in enumerate(window.special_tokens_mask) if not special]
            first = self._shared // 2 if place else 0
            last = len(own) - (self._shared - self._shared // 2 if place < len(windows) - 1 else 0)
            for i in own[first:last]:
                start, end = window.offsets[i]
                if start < end:
                    yield start, end, int(numbers[i])


def _words(text: str, tokens: Iterator[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield a sentence's words with the label of the first token that begins in each, as classifiers are trained. A
    word in which no token begins has the label of the token before."""
    token = next(tokens, None)
    number: int | None = None
    for word in _WORD.finditer(text):
        first: int | None = None
        while token is not None and (start := _written(text, token)) < word.end():
            number = token[2]
            if first is None and start >= word.start():
                first = number
            token = next(tokens, None)
        label = number if first is None else first
        if label is not None:
            yield word.start(), word.end(), label


def _written(text: str, token: tuple[int, int, int]) -> int:
    """Return where a token starts: some tokenizers include the blank before a word."""
    start, end, _ = token
    return end - len(text[start:end].lstrip())
