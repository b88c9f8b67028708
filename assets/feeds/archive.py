"""Answers as a web archive (WARC 1.1, ISO 28500:2017) in the raw folder, packed with gzip record by record.

While it is written it is a hidden file, which intake does not see. A record's id follows from what it holds, and
nothing else of a record depends on when or where it is written.
"""

from __future__ import annotations

import gzip
import os
from base64 import b32encode
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha1
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from assets.feeds.client import Answer

# The folder of the raw folder that the archives are in.
FOLDER = "feeds"
SUFFIX = ".warc.gz"
# What of an answer is not true of the body that is kept: its length, and codings of the transfer, which are undone.
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection", b"keep-alive"})


def name(number: int, at: datetime) -> str:
    """The name of an archive; `number` counts those of one second."""
    return f"feeds-{at:%Y%m%dT%H%M%SZ}{f'-{number}' if number else ''}{SUFFIX}"


def hidden(folder: Path, archive: str) -> Path:
    """Where an archive is while it is written."""
    return folder / f".{archive}.partial"


class Archive:
    """An archive that is being written. Raises OSError."""

    def __init__(self, folder: Path, archive: str, agent: str) -> None:
        self.folder = folder
        self.archive = archive
        self._file = hidden(folder, archive).open("xb")
        about = f"software: onrecord/{version('onrecord')}\r\nhttp-header-user-agent: {agent}\r\nrobots: obey\r\n"
        fields = [("WARC-Filename", archive), ("Content-Type", "application/warc-fields")]
        self._file.write(_packed("warcinfo", _date(datetime.now(UTC)), fields, about.encode()))

    def add(self, answer: Answer, via: Sequence[str]) -> int:
        """Append an answer with its request and the addresses that led to it, the feed first. Returns the byte behind
        them, up to which the archive is on the disk."""
        date, target = _date(answer.at), ("WARC-Target-URI", answer.address)
        head = b"HTTP/1.1 %d %s\r\n" % (answer.status, answer.phrase)
        kept = [(k, v) for k, v in answer.headers if k.lower() not in _FRAMING]
        block = head + _lines([*kept, (b"Content-Length", b"%d" % len(answer.body))]) + b"\r\n" + answer.body
        own = _id("response", date, block, answer.address)
        fields = [
            target,
            *([("WARC-IP-Address", answer.peer)] if answer.peer else []),
            ("WARC-Payload-Digest", _digest(answer.body)),
            ("Content-Type", "application/http;msgtype=response"),
        ]
        self._file.write(_packed("response", date, fields, block))
        about = [target, ("WARC-Concurrent-To", own)]
        parts = urlsplit(answer.address)
        asked = f"GET {parts.path}{f'?{parts.query}' if parts.query else ''} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        request = asked.encode() + _lines(answer.asked) + b"\r\n"
        self._file.write(
            _packed("request", date, [*about, ("Content-Type", "application/http;msgtype=request")], request)
        )
        led = "".join(f"via: {address}\r\n" for address in via).encode()
        self._file.write(_packed("metadata", date, [*about, ("Content-Type", "application/warc-fields")], led))
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Give the archive its name."""
        self._file.close()
        finish(self.folder, self.archive)


def finish(folder: Path, archive: str, ends: int | None = None) -> bool:
    """Give an archive its name, cut behind the byte `ends` before; where it has its name already, nothing is done.
    Returns whether it is there."""
    partial, whole = hidden(folder, archive), folder / archive
    if partial.exists():
        if ends is not None:
            with partial.open("r+b") as file:
                file.truncate(ends)
                os.fsync(file.fileno())
        partial.rename(whole)
        with suppress(OSError):  # not every file system can
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    return whole.exists()


def discard(folder: Path, archive: str) -> None:
    """Delete an archive that holds no page."""
    hidden(folder, archive).unlink(missing_ok=True)


def _packed(kind: str, date: str, fields: Sequence[tuple[str, str]], block: bytes) -> bytes:
    """A record as a member of gzip."""
    address = next((value for key, value in fields if key == "WARC-Target-URI"), "")
    lines = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", _id(kind, date, block, address)),
        ("WARC-Date", date),
        *fields,
        ("WARC-Block-Digest", _digest(block)),
        ("Content-Length", str(len(block))),
    ]
    head = "WARC/1.1\r\n" + "".join(f"{key}: {value}\r\n" for key, value in lines) + "\r\n"
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


def _id(kind: str, date: str, block: bytes, address: str) -> str:
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, ' '.join((kind, date, address, _digest(block))))}>"


def _digest(data: bytes) -> str:
    """A labelled digest as archives have it: SHA-1 in base 32."""
    return f"sha1:{b32encode(sha1(data, usedforsecurity=False).digest()).decode()}"


def _date(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%s: %s\r\n" % header for header in headers)
