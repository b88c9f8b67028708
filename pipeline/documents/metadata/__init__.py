"""Find the metadata of an article: publisher, agency, author, title, licence, language, day of publication or bounds.

Belongs here: combining them. The record wins over the text, and the text over inference. Submodules: `credits`,
`language`, `publication_date` (given and stated days), `bounds` (inferred ones).
Does not belong here: relations between articles, anchoring of dates (pipeline.dates).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.documents.clean.edits import Edit, Offsets
from pipeline.documents.clean.notices import Grant, grants, licence_of_record
from pipeline.documents.metadata import bounds, credits, publication_date
from pipeline.documents.metadata.language import language
from pipeline.expressions import Expression, find
from pipeline.sentences import Sentence

__all__ = ["CODE_VERSION", "Facts", "RecordMetadata", "facts"]

CODE_VERSION = "16"
# Words in the names of many outlets.
COMMON = frozenset("the and news press agency daily times post journal media radio herald".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class RecordMetadata:
    """The metadata in the record; None if missing."""

    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    licence: str | None = None
    url: str | None = None
    archived: datetime.date | None = None
    day_order: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The columns of `documents` of these names. `raw_*` are offsets in the raw text."""

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


def facts(
    known: RecordMetadata,
    raw: str,
    edits: Sequence[Edit],
    text: str,
    sentences: Sequence[Sentence],
    read: Callable[[str], Sequence[Expression]] = find,
) -> Facts:
    """Return the metadata of one article. `text` is `raw` with `edits` applied, `sentences` are those of `text`, `read`
    finds the temporal expressions of a text."""
    granted = grants(raw)
    published = (
        publication_date.date_from_record(known.published, known.url, known.day_order)
        or publication_date.date_from_text(text, sentences)
        or bounds.inferred(text, sentences, known.archived, read)
        or publication_date.UNKNOWN
    )
    words, evidence = published.stated, None
    if published.start is not None and published.end is not None:
        evidence = Offsets(edits).to_raw(published.start, published.end)
        words = raw[slice(*evidence)]
    if published.basis == "inferred":
        # A bound is no publication date: its words are in `published_evidence`.
        words = None
    licence, basis, grant = _licence(known, granted)
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
        published_text=words,
        raw_published_start=evidence[0] if evidence else None,
        raw_published_end=evidence[1] if evidence else None,
        published_evidence=list(published.evidence) or None,
        licence=licence,
        licence_basis=basis,
        raw_licence_start=grant.start if grant else None,
        raw_licence_end=grant.end if grant else None,
    )


def _licence(known: RecordMetadata, granted: Sequence[Grant]) -> tuple[str | None, str, Grant | None]:
    """Return (SPDX identifier, basis, the notice in the text). The licence is None if the record's field is no licence,
    notices disagree, or the record's publisher differs from the notice's owner."""
    if known.licence and known.licence.strip():
        named = licence_of_record(known.licence)
        return named, "metadata" if named else "unknown", None
    identifiers = {grant.spdx for grant in granted}
    if len(identifiers) != 1 or None in identifiers or not all(_is_of(known, grant.owner) for grant in granted):
        return None, "unknown", None
    return granted[-1].spdx, "stated", granted[-1]


def _is_of(known: RecordMetadata, owner: str | None) -> bool:
    """Whether the owner in a notice can be the article's: one of its words is in the record's publisher, author or
    address, or the record names neither publisher nor author."""
    names = [name.casefold() for name in (known.publisher, known.author) if name]
    if not owner or not names:
        return True
    names += [known.url.casefold()] if known.url else []
    words = [word for word in re.findall(r"\w{3,}", owner.casefold()) if word not in COMMON]
    return not words or any(word in name for word in words for name in names)
