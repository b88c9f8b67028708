"""The results of reading: records and refusals."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pipeline.contract import ids
from pipeline.read.names import one_line

EXTRACTOR_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Record:
    """One article as read: the columns of `raws` except `standing`. `bytes` is the size of the file or line."""

    origin: str
    path: str
    source: str
    document_id: str
    url: str | None
    content_sha256: str
    record_sha256: str
    encoding: str
    bytes: int
    extractor: str
    extractor_version: str
    known_title: str | None
    known_author: str | None
    known_publisher: str | None
    known_published: str | None
    known_licence: str | None
    known_archived: datetime.date | None
    known_language: str | None
    known_day_order: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused file or record: the stored columns of `refusals`. `reason` is one of REFUSAL_REASONS. Readers leave
    `document_id` and `check` None: only quarantined articles have them."""

    source: str
    path: str
    content_sha256: str | None
    bytes: int | None
    reason: str
    detail: str
    document_id: str | None = None
    check: str | None = None


METADATA_FIELDS = ("title", "author", "publisher", "published", "licence")


def record(
    *,
    path: str,
    origin: str,
    source: str,
    text: str,
    encoding: str,
    size: int,
    extractor: str,
    version: str = EXTRACTOR_VERSION,
    url: str | None = None,
    known: Mapping[str, str | None] | None = None,
    archived: datetime.date | None = None,
) -> Record:
    """Return a record with its ids and hashes. `known` maps names of METADATA_FIELDS and `language` to the record's
    values; `archived` is the day on which a web archive took it."""
    language = (known or {}).get("language")
    facts = {name: (known or {}).get(name) for name in METADATA_FIELDS}
    return Record(
        origin=origin,
        path=path,
        source=source,
        document_id=ids.document_id(url or source),
        url=url,
        content_sha256=sha256(text.encode("utf-8")),
        record_sha256=_digest(
            *(source, url, encoding, extractor, version, *facts.values()),
            *(archived.isoformat() if archived else None, text),
            # Only if given, so that records without a language keep their hash.
            *([f"language={language}"] if language else []),
        ),
        encoding=encoding,
        bytes=size,
        extractor=extractor,
        extractor_version=version,
        known_title=facts["title"],
        known_author=facts["author"],
        known_publisher=facts["publisher"],
        known_published=facts["published"],
        known_licence=facts["licence"],
        known_archived=archived,
        known_language=language,
        known_day_order=None,
        text=text,
    )


def with_day_order(row: Record, order: str) -> Record:
    """Set the order of day and month in the dates of the record's file, one of DAY_ORDERS."""
    return replace(row, known_day_order=order, record_sha256=_digest(row.record_sha256, order))


def refusal(
    source: str, path: str, reason: str, why: str, data: bytes | None = None, size: int | None = None
) -> Refusal:
    """Return a refusal with the detail `<source>: <why>` on one line. `data` are the bytes, if they were read."""
    return Refusal(
        source=source,
        path=path,
        content_sha256=None if data is None else sha256(data),
        bytes=len(data) if data is not None else size,
        reason=reason,
        # Unassigned and private-use characters are kept in articles, but not in messages.
        detail=one_line(f"{source}: " + "".join(ch if ch.isprintable() else " " for ch in why)),
    )


def read_or_refuse(
    origin: str, path: str, read: Callable[[], Record | Refusal], size: int | None = None
) -> Record | Refusal:
    """Return the result of `read` for one record, or a refusal if a library raises on it. Raises MemoryError."""
    try:
        return read()
    except MemoryError:
        raise
    except Exception as error:  # a library fed with anything can raise anything
        return refusal(origin, path, "broken-record", failure(error), size=size)


def failure(error: Exception) -> str:
    """Describe an error of a library without its message, which may quote the content."""
    return f"cannot be read ({type(error).__name__})"


def sha256(data: bytes) -> str:
    """Return the SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _digest(*parts: str | None) -> str:
    """Return the SHA-256 over the parts, each preceded by its length. None differs from ""."""
    hashed = hashlib.sha256()
    for part in parts:
        data = b"" if part is None else part.encode("utf-8")
        hashed.update(b"-:" if part is None else f"{len(data)}:".encode())
        hashed.update(data)
    return hashed.hexdigest()
