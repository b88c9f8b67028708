"""Publisher, licence, agency; when it was published, or between which days.

Belongs here: putting the facts about one article together; what the record says wins over what the text says, and
that over what can be inferred. Beside it: `credits`, `language`, `when` (given and stated days), `bounds` (inferred
ones).
Does not belong here: matters between articles, anchoring of dates (pipeline.dates).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.clean.edits import Edit, Offsets
from pipeline.clean.licences import Grant, grants, spdx
from pipeline.publication import bounds, credits, when
from pipeline.publication.language import language
from pipeline.sentences import Sentence

__all__ = ["CODE_VERSION", "Facts", "Known", "facts"]

CODE_VERSION = "5"


@dataclass(frozen=True, slots=True)
class Known:
    """What the record says of its article; None where it does not."""

    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    licence: str | None = None
    url: str | None = None
    archived: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The columns of `documents` of these names. `raw_*` count in the raw text."""

    publisher: str | None
    agency: str | None
    author: str | None
    title: str | None
    dateline: str | None
    language: str | None
    published_on: datetime.date | None
    published_earliest: datetime.date | None
    published_latest: datetime.date | None
    published_basis: str
    published_text: str | None
    raw_published_start: int | None
    raw_published_end: int | None
    published_evidence: list[str] | None
    licence: str | None
    licence_basis: str
    raw_licence_start: int | None
    raw_licence_end: int | None


def facts(known: Known, raw: str, edits: Sequence[Edit], text: str, sentences: Sequence[Sentence]) -> Facts:
    """The facts about one article: `text` is `raw` with `edits` applied, `sentences` are those of `text`."""
    granted = grants(raw)
    published = (
        when.given(known.published, known.url)
        or when.stated(text, sentences)
        or bounds.inferred(text, sentences, known.archived)
        or when.UNKNOWN
    )
    evidence: tuple[int, int] | tuple[None, None] = (None, None)
    if published.start is not None and published.end is not None:
        evidence = Offsets(edits).to_raw(published.start, published.end)
    licence, basis, grant = _licence(known.licence, granted)
    return Facts(
        publisher=known.publisher or credits.publisher(edits, granted),
        agency=credits.agency(text, sentences),
        author=known.author or credits.author(text, sentences),
        title=known.title or credits.title(text, sentences),
        dateline=credits.place(text, sentences),
        language=language(raw),
        published_on=published.earliest if published.earliest == published.latest else None,
        published_earliest=published.earliest,
        published_latest=published.latest,
        published_basis=published.basis,
        published_text=published.stated,
        raw_published_start=evidence[0],
        raw_published_end=evidence[1],
        published_evidence=list(published.evidence) or None,
        licence=licence,
        licence_basis=basis,
        raw_licence_start=grant.start if grant else None,
        raw_licence_end=grant.end if grant else None,
    )


def _licence(known: str | None, granted: Sequence[Grant]) -> tuple[str | None, str, Grant | None]:
    """(SPDX identifier, basis, the grant in the text). A name that does not say which licence it means is none."""
    named = spdx(known) if known else None
    if named:
        return named, "metadata", None
    for grant in reversed(granted):
        if grant.spdx:
            return grant.spdx, "stated", grant
    return None, "unknown", None
