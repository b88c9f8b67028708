"""Who finds names: the language model that makes the trees, or another one that the user names (`--names`).

    source        what a model is known by
    labels        what models call things -> our labels
    windows       sentences, and parts of long ones
    spacy_names   a spaCy pipeline
    onnx_names    a token classifier in ONNX's format
    word_labels   labels of words (BIO, BILOU, IO) -> spans
    gliner_names  GLiNER

A finder is a function of one text and its sentences, and of nothing else: what else is in a batch does not show in
rows, also where a quantised model takes its scale from all that it is handed at once. Trees and tags stay those of
`parses`, so another choice makes `mentions` and what reads them again, and nothing before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Protocol

from pipeline.contract import LABELS
from pipeline.document import Document
from pipeline.mentions.providers.source import Find, Source, Span
from pipeline.model_files import UNNAMED, ModelError, not_given
from pipeline.sentences import Sentence

__all__ = ["OWN", "Source", "Span", "check", "merged", "version", "with_names"]

# Part of the ledger's key where another model finds names.
CODE_VERSION = "1"
# The choice that takes the names of `parses`.
OWN = "sm"
# A short text that a model is tried on before any article is.
PROBE = "Angela Martin of the Port Authority spoke in Lisbon on Friday."


class _Kind(Protocol):
    """What a module of a kind of model has. Both raise ModelError."""

    def source(self, which: str) -> Source: ...
    def load(self, which: str) -> Find: ...


def with_names(articles: Iterable[Document], choice: str) -> Iterator[Document]:
    """The articles with the names of the chosen model in the place of the tree model's."""
    if choice == OWN:
        yield from articles
        return
    labels, find = _source(choice).labels, _loaded(choice)
    for article in articles:
        yield replace(article, entities=merged(article, find(article.text, article.sentences), labels))


def merged(article: Document, found: Iterable[Span], labels: Mapping[str, tuple[str, ...]]) -> tuple[Span, ...]:
    """A model's names under our labels, and, of labels that it lacks, the tree model's names where none of its own
    stand. Where it does not tell two of our labels apart, the tree model says which, else the most frequent is
    taken."""
    own = [entity for entity in article.entities if entity[2] in LABELS]
    names: list[Span] = []
    for start, end, label in sorted(found, key=lambda span: (span[0], -span[1])):
        means = labels[label]
        if not means or not start < end <= len(article.text) or (names and start < names[-1][1]):
            continue
        said = (other for a, b, other in own if a < end and start < b and other in means)
        names.append((start, end, next(said, means[0])))
    lacked = frozenset(LABELS).difference(*labels.values())
    others = [(a, b, label) for a, b, label in own if label in lacked and not any(s < b and a < e for s, e, _ in names)]
    return tuple(sorted([*names, *others]))


def version(choice: str) -> str:
    """What names were found with, for the ledger; empty where it is the tree model, which `parses` names. Raises
    ModelError: a wrong folder is found before any article is read."""
    return "" if choice == OWN else f"{CODE_VERSION} {_source(choice).version}"


def check(choice: str) -> None:
    """Load the model and try it on a sentence, so that one that does not work is found before any article is read.
    Raises ModelError."""
    if choice == OWN:
        return
    labels, find = _source(choice).labels, _load(choice)
    try:
        spans = find(PROBE, [Sentence(0, "body", 0, len(PROBE))])
    except Exception as error:  # whatever a library says of files that it cannot use
        raise _broken(choice, error) from error
    for start, end, label in spans:
        if label not in labels or not 0 <= start < end <= len(PROBE):
            raise ModelError(f"--names {choice}: the model gives a span {start}-{end} with the label {label}")


def _broken(choice: str, error: Exception) -> ModelError:
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    return ModelError(f"--names {choice}: the model does not work: {said}")


def _parted(choice: str) -> tuple[_Kind, str]:
    # Imported when they are chosen: spaCy alone takes seconds.
    name, _, which = choice.partition(":")
    if which == UNNAMED:
        raise ModelError(not_given("--names", f"{name}:FOLDER"))
    if name == "spacy":
        from pipeline.mentions.providers import spacy_names

        return spacy_names, which
    if name == "onnx":
        from pipeline.mentions.providers import onnx_names

        return onnx_names, which
    from pipeline.mentions.providers import gliner_names

    return gliner_names, which


def _source(choice: str) -> Source:
    kind, which = _parted(choice)
    return kind.source(which)


def _load(choice: str) -> Find:
    """The model. Raises ModelError."""
    kind, which = _parted(choice)
    try:
        return kind.load(which)
    except ModelError:
        raise
    except Exception as error:
        raise _broken(choice, error) from error


@cache
def _loaded(choice: str) -> Find:
    """The model, loaded once a process."""
    return _load(choice)
