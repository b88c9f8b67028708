"""What each document-wise stage computes: documents' rows -> their new rows.

Belongs here: the calls of the pipeline's functions, by which stage they are known to the engine's workers. Does not
belong here: which stage reads what (assets.stages), where it runs (assets.engine). Workers import this module and
little else: no Dagster, no DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from assets.settings import Settings
from pipeline import reference, rows

type Rows = Mapping[str, Sequence[dict[str, Any]]]
type Outputs = Mapping[str, Sequence[dict[str, Any]]]
# Many documents' rows, by table -> one mapping a document, in order. Travels to other processes by its name.
type Compute = Callable[[Sequence[Rows], Settings], Iterator[Outputs]]


def each(function: Callable[[Rows], Outputs], documents: Sequence[Rows], _: Settings) -> Iterator[Outputs]:
    """A stage that takes one document after the other."""
    for document in documents:
        yield function(document)


def mentions(documents: Sequence[Rows], settings: Settings) -> Iterator[Outputs]:
    """The stage of mentions, with the names that the user knows."""
    known = known_names(settings)
    for document in documents:
        yield rows.mentions(document, known)


def parses(documents: Sequence[Rows], settings: Settings) -> Iterator[Outputs]:
    """The stage of parses: the model works in batches."""
    return rows.parses(documents, settings.model)


ARTICLES: Compute = partial(each, rows.articles)
SENTENCES: Compute = partial(each, rows.sentences)
QUOTES: Compute = partial(each, rows.quotes)
DATES: Compute = partial(each, rows.dates)


def known_names(settings: Settings) -> reference.Reference:
    """The reference data, with the user's aliases. Raises OSError or AliasError, which names the line."""
    if settings.aliases is None:
        return reference.builtin()
    return _extended(settings.aliases.read_text(encoding="utf-8"))


@cache
def _extended(text: str) -> reference.Reference:
    return reference.extended(text.splitlines())
