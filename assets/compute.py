"""What each document-wise stage computes: documents' rows -> their new rows.

Workers import this module and little else: no Dagster, no DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from assets.settings import Settings
from pipeline import reference, rows
from pipeline.corrections import Correction, aliases, by_document, parse
from pipeline.read.language import identifier

type Rows = Mapping[str, Sequence[dict[str, Any]]]
type Outputs = Mapping[str, Sequence[dict[str, Any]]]
# Many documents' rows, by table -> one mapping a document, in order. Travels to other processes by its name.
type Compute = Callable[[Sequence[Rows], Settings], Iterator[Outputs]]


def each(function: Callable[[Rows], Outputs], documents: Sequence[Rows], _: Settings) -> Iterator[Outputs]:
    """A stage that takes one document after the other."""
    for document in documents:
        yield function(document)


def corrected(
    function: Callable[[Rows, Sequence[Correction]], Outputs], documents: Sequence[Rows], settings: Settings
) -> Iterator[Outputs]:
    """Such a stage, with what its user knows better."""
    known = by_document(corrections(settings))
    for document in documents:
        (row,) = document.get("documents") or document["raws"]
        yield function(document, known.get(row["document_id"], ()))


def mentions(documents: Sequence[Rows], settings: Settings) -> Iterator[Outputs]:
    """The stage of mentions, with the names that the user knows."""
    known = known_names(settings)
    for document in documents:
        yield rows.mentions(document, known)


def chains(documents: Sequence[Rows], settings: Settings) -> Iterator[Outputs]:
    """The stage of chains, likewise."""
    known = known_names(settings)
    for document in documents:
        yield rows.chains(document, known)


def parses(documents: Sequence[Rows], settings: Settings) -> Iterator[Outputs]:
    """The stage of parses: the model works in batches."""
    return rows.parses(documents, settings.model, quoted=settings.parse_sentences == "quoted")


ARTICLES: Compute = partial(corrected, rows.articles)
SENTENCES: Compute = partial(each, rows.sentences)
QUOTES: Compute = partial(corrected, rows.quotes)
DATES: Compute = partial(corrected, rows.dates)


def forget() -> None:
    """Let go of what one stage loads and no other needs: the identifier of languages has 70 MB."""
    identifier.cache_clear()


def known_names(settings: Settings) -> reference.Reference:
    """The reference data, with the user's aliases. Raises OSError or AliasError, which names the line."""
    own = "" if settings.aliases is None else settings.aliases.read_text(encoding="utf-8")
    same = aliases(corrections(settings))
    return _extended(own, "\n".join(same)) if own or same else reference.builtin()


@cache
def _extended(own: str, same: str) -> reference.Reference:
    return reference.extended(own.splitlines(), same.splitlines())


def corrections(settings: Settings) -> Sequence[Correction]:
    """The user's corrections. Raises OSError, UnicodeDecodeError, or CorrectionError, which names the line."""
    return () if settings.corrections is None else _parsed(settings.corrections.read_text(encoding="utf-8"))


@cache
def _parsed(text: str) -> tuple[Correction, ...]:
    return tuple(parse(text.splitlines()))
