"""The model that finds names: the one that parses, or another one chosen by the user (`--names`).

    source        a model's version and labels
    labels        models' labels -> ours
    windows       sentences, and parts of long ones
    spacy_names   a spaCy pipeline
    onnx_names    a token classifier in ONNX's format
    word_labels   labels of words (BIO, BILOU, IO) -> spans
    gliner_names  GLiNER

A finder is a function of one text and its sentences alone. The rest of a batch never changes rows, even if a quantised
model takes its scale from the whole batch. Trees and tags stay those of `parses`: another choice recomputes `mentions`
and the stages that read it, and none before.
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

__all__ = ["DEFAULT_PROVIDER", "Source", "Span", "check", "merged", "version", "with_names"]

# Part of the ledger's key if another model finds names.
CODE_VERSION = "1"
# The choice that uses the names of `parses`.
DEFAULT_PROVIDER = "sm"
# A short text to try a model on before any article.
PROBE = "Angela Martin of the Port Authority spoke in Lisbon on Friday."


class _Kind(Protocol):
    """The functions of a module for one kind of model. Both raise ModelError."""

    def source(self, which: str) -> Source: ...
    def load(self, which: str) -> Find: ...


def with_names(articles: Iterable[Document], choice: str) -> Iterator[Document]:
    """Yield the articles with the chosen model's names in place of the tree model's."""
    if choice == DEFAULT_PROVIDER:
        yield from articles
        return
    labels, find = _source(choice).labels, _loaded(choice)
    for article in articles:
        yield replace(article, entities=merged(article, find(article.text, article.sentences), labels))


def merged(article: Document, found: Iterable[Span], labels: Mapping[str, tuple[str, ...]]) -> tuple[Span, ...]:
    """Return a model's names under our labels. For labels that it lacks, add the tree model's names that overlap none
    of its own. If one of its labels means several of ours, take the tree model's, else the most frequent."""
    own = [entity for entity in article.entities if entity[2] in LABELS]
    names: list[Span] = []
    for start, end, label in sorted(found, key=lambda span: (span[0], -span[1])):
        means = labels[label]
        if not means or not start < end <= len(article.text) or (names and start < names[-1][1]):
            continue
        overlapping = (other for a, b, other in own if a < end and start < b and other in means)
        names.append((start, end, next(overlapping, means[0])))
    lacked = frozenset(LABELS).difference(*labels.values())
    others = [(a, b, label) for a, b, label in own if label in lacked and not any(s < b and a < e for s, e, _ in names)]
    return tuple(sorted([*names, *others]))


def version(choice: str) -> str:
    """Return the model's version for the ledger; "" for the tree model, which `parses` records. Raises ModelError, so
    that a wrong folder is found before any article is read."""
    return "" if choice == DEFAULT_PROVIDER else f"{CODE_VERSION} {_source(choice).version}"


def check(choice: str) -> None:
    """Load the model and try it on a sentence, so that a broken one is found before any article is read. Raises
    ModelError."""
    if choice == DEFAULT_PROVIDER:
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
    message = (str(error).strip() or type(error).__name__).splitlines()[0]
    return ModelError(f"--names {choice}: the model does not work: {message}")


def _parted(choice: str) -> tuple[_Kind, str]:
    # Imported on choice: spaCy alone takes seconds.
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
    """Load the model. Raises ModelError."""
    kind, which = _parted(choice)
    try:
        return kind.load(which)
    except ModelError:
        raise
    except Exception as error:
        raise _broken(choice, error) from error


@cache
def _loaded(choice: str) -> Find:
    """Load the model once per process."""
    return _load(choice)
