"""Read web archives such as CC-NEWS: one article per response record with HTML or text, named by its address."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

from pipeline.read import html, limits, rows
from pipeline.read.decoding import NotText
from pipeline.read.http_codings import CutOff, decode_body
from pipeline.read.names import one_line, safe
from pipeline.read.records import URL
from pipeline.read.rows import Record, Refusal, failure, read_or_refuse, refusal
from pipeline.read.source_file import OpenFile, visible

VERSION = b"WARC/"
# The start of the next record inside a record whose length is wrong.
EMBEDDED_RECORD_START = re.compile(rb"\r?\n\r?\n(?=WARC/1\.\d\r?\n)")
LENGTH = re.compile(rb"^content-length:[ \t]{0,10}(\d{1,15})[ \t]{0,10}\r?$", re.IGNORECASE | re.MULTILINE)
KIND = re.compile(rb"^warc-type:[ \t]{0,10}([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
# `WARC-Date` is in UTC (WARC 1.1, 5.4).
DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=T)")
# The first web site is from 1991; a day in a far century comes from a wrong clock.
FIRST_YEAR, LAST_YEAR = 1991, 2199
# Record types that hold a page or its text; the others are about the archive.
PAGES = frozenset({b"response", b"resource", b"conversion"})
MAX_HEADER = 65_536
CHUNK = 1 << 20
HTML = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class _RawRecord:
    """One record: its bytes, and reason and words if it cannot be read."""

    data: bytes
    problem: tuple[str, str] | None = None


def responses(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read `.warc` record by record: one article per record with HTML or plain text."""
    path = opened.path
    number = 0
    found = False
    for number, cut in enumerate(_split_records(_Stream(opened.file)), start=1):
        origin = f"{path}#record-{number}"
        if cut.problem:
            found = True
            yield refusal(origin, path, *cut.problem, cut.data or None)
            continue
        kind = KIND.search(cut.data, 0, MAX_HEADER)
        if kind and kind[1].lower() in PAGES:
            found = True
            yield read_or_refuse(origin, path, partial(_answer, cut.data, path, origin), len(cut.data))
    if not found:
        yield refusal(path, path, "empty", "holds no page", size=opened.size)


class _Stream:
    """A file that can take bytes back."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.back = io.BytesIO()

    def unread(self, data: bytes) -> None:
        self.back = io.BytesIO(data + self.back.read())

    def read(self, size: int) -> bytes:
        first = self.back.read(size)
        return first if len(first) == size else first + self.file.read(size - len(first))

    def readline(self) -> bytes:
        first = self.back.readline(MAX_HEADER)
        if first.endswith(b"\n") or len(first) == MAX_HEADER:
            return first
        return first + self.file.readline(MAX_HEADER - len(first))


def _split_records(stream: _Stream) -> Iterator[_RawRecord]:
    lost = False
    while line := stream.readline():
        if not line.strip():
            continue
        if line.startswith(VERSION):
            lost = False
            yield _cut(stream, line)
        elif not lost:
            # One refusal for everything up to the next record.
            lost = True
            yield _RawRecord(b"", ("broken-record", "does not begin with a WARC record"))


def _cut(stream: _Stream, version: bytes) -> _RawRecord:
    header = version
    while (line := stream.readline()).strip():
        if line.startswith(VERSION):
            stream.unread(line)
            return _RawRecord(header, ("broken-record", "has an incomplete header"))
        header += line
        if len(header) > MAX_HEADER:
            return _RawRecord(header, ("broken-record", "has a header without an end"))
    header += line
    given = LENGTH.search(header)
    if not given:
        return _RawRecord(header, ("broken-record", "has no Content-Length"))
    length = int(given[1])
    if length > limits.MAX_BYTES:
        left = length
        while left and (chunk := stream.read(min(CHUNK, left))):
            left -= len(chunk)
        return _RawRecord(b"", ("too-large", f"has {length} bytes, more than {limits.MAX_BYTES}"))
    block = stream.read(length)
    end = stream.readline()
    if len(block) == length and not end.strip():
        return _RawRecord(header + block)
    # The length is wrong. Give back the records that it includes.
    block += end
    swallowed = EMBEDDED_RECORD_START.search(block)
    if swallowed:
        stream.unread(block[swallowed.end() :])
        block = block[: swallowed.start()]
    return _RawRecord(header + block, ("broken-record", "its length differs from its Content-Length"))


def _answer(data: bytes, path: str, origin: str) -> Record | Refusal:
    try:
        body, content_type, charset, status, address, archived = _parsed(data)
    except CutOff:
        return refusal(origin, path, "broken-record", "holds a compressed page that is truncated or damaged", data)
    except MemoryError:
        raise
    except Exception as error:  # a parser fed with anything can raise anything
        return refusal(origin, path, "broken-record", failure(error), data)
    url = address if address and URL.fullmatch(address) else None
    source = f"{path}#{safe(url)}" if url else origin
    if status is not None and status != 200:
        return refusal(origin, path, "no-text", f"has HTTP status {status}", data)
    if len(body) > limits.MAX_BYTES:
        return refusal(origin, path, "too-large", f"has more than {limits.MAX_BYTES} bytes")
    if not body.strip():
        return refusal(origin, path, "empty", "is empty", data)
    if content_type in HTML:
        return html.record(body, path=path, origin=origin, source=source, charset=charset, url=url, archived=archived)
    if content_type != "text/plain":
        return refusal(origin, path, "unsupported", f"is neither HTML nor plain text ({content_type})", data)
    try:
        read = html.decoded(body, charset)
    except NotText as error:
        return refusal(origin, path, error.reason, str(error), data)
    if not visible(read.text):
        return refusal(origin, path, "empty", "holds nothing that can be seen", data)
    return rows.record(
        path=path,
        origin=origin,
        source=source,
        text=read.text,
        encoding=read.encoding,
        size=len(body),
        extractor="text",
        url=url,
        archived=archived,
    )


type _Parsed = tuple[bytes, str | None, str | None, int | None, str | None, datetime.date | None]


def _parsed(data: bytes) -> _Parsed:
    """Return (body without transfer and content codings, type, charset, HTTP status, address, day of archiving). Raises
    ValueError, OSError."""
    from fastwarc.warc import ArchiveIterator

    try:
        record = next(ArchiveIterator(io.BytesIO(data), stream_detect=False, auto_decode="none"), None)
        if record is None:
            raise ValueError("no record")
        address = record.headers.get("WARC-Target-URI")
        taken = DAY.match(record.headers.get("WARC-Date") or "")
        answer = record.http_headers if record.is_http_parsed else None
        content_type = record.http_content_type if answer is not None else record.headers.get("Content-Type")
        charset = record.http_charset if answer is not None else None
        body = decode_body(record.reader.read(limits.MAX_BYTES + 1), _codings(answer) if answer is not None else ())
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        # A fault inside fastwarc raises PanicException, which is no Exception.
        if isinstance(error, Exception):
            raise
        raise ValueError("a fault of the reader") from None
    kind = content_type.partition(";")[0].strip().casefold() if content_type else None
    status = answer.status_code if answer is not None else None
    return (
        body,
        one_line(kind) if kind else None,
        charset,
        status,
        one_line(address) if address else None,
        _day(taken[0]) if taken else None,
    )


def _codings(headers: Any) -> list[str]:
    """Return the codings in the headers of an HTTP response, outermost first: transfer codings, then content codings.
    Each header lists them in the order of application."""
    return [
        coding
        for name in ("Transfer-Encoding", "Content-Encoding")
        for coding in reversed(",".join(headers.get_multiple(name)).split(","))
    ]


def _day(words: str) -> datetime.date | None:
    """Return the day on which an archive took a page; None if it is no day, or outside FIRST_YEAR to LAST_YEAR."""
    try:
        day = datetime.date.fromisoformat(words)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
