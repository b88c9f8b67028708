"""The rows that the package makes, and its view of quotations."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Protocol

from pipeline.document import Document

type Days = tuple[datetime.date, datetime.date]


@dataclass(frozen=True, slots=True)
class Date:
    """One temporal expression, characters [start, end) of the text, with columns of the table `dates`. `quote` is an
    index into the document's quotations."""

    start: int
    end: int
    quote: int | None
    relation: str | None
    type: str
    value: str | None
    mod: str | None
    earliest: datetime.date | None
    latest: datetime.date | None
    basis: str
    problem: str | None


class Quotation(Protocol):
    """The fields of a quotation (pipeline.quotes.Quote) that this package reads."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def part_of(self) -> int | None: ...
    @property
    def cue_start(self) -> int | None: ...
    @property
    def cue_end(self) -> int | None: ...
    @property
    def speaker_start(self) -> int | None: ...
    @property
    def speaker_end(self) -> int | None: ...
    @property
    def speaker_basis(self) -> str: ...
    @property
    def speaker_chain(self) -> int | None: ...
    @property
    def venue_start(self) -> int | None: ...
    @property
    def venue_end(self) -> int | None: ...


def tokens_of(doc: Document, start: int | None, end: int | None) -> range:
    """Return the tokens of a part of a quotation; none if it has no such part."""
    return range(0) if start is None or end is None else doc.tokens(start, end)
