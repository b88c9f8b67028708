"""Responses as a web archive (WARC 1.1, ISO 28500:2017) in the raw folder, compressed with gzip record by record.

An unfinished archive is a hidden file, which intake ignores. A record's id is derived from its content, and no other
part of a record depends on when or where it is written.
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

from assets.feeds.client import FetchedResponse

# Subfolder of the raw folder that holds the archives.
FOLDER = "feeds"
SUFFIX = ".warc.gz"
# Headers that do not hold for the stored body: its length, and the transfer coding, which is undone.
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection", b"keep-alive"})


def name(number: int, at: datetime) -> str:
    """Return the name of an archive; `number` counts those of one second."""
    return f"feeds-{at:%Y%m%dT%H%M%SZ}{f'-{number}' if number else ''}{SUFFIX}"


def hidden(folder: Path, archive: str) -> Path:
    """Return the path of an archive while it is written."""
    return folder / f".{archive}.partial"


class Archive:
    """An archive that is being written. Its methods raise OSError."""

    def __init__(self, folder: Path, archive: str, agent: str) -> None:
        self.folder = folder
        self.archive = archive
        self._file = hidden(folder, archive).open("xb")
        about = f"software: onrecord/{version('onrecord')}\r\nhttp-header-user-agent: {agent}\r\nrobots: obey\r\n"
        fields = [("WARC-Filename", archive), ("Content-Type", "application/warc-fields")]
        self._file.write(_packed("warcinfo", _date(datetime.now(UTC)), fields, about.encode()))

    def add(self, response: FetchedResponse, via: Sequence[str]) -> int:
        """Append a response with its request and the addresses through which it was reached, the feed first. Returns
        the offset after them; the archive is on disk up to there."""
        date, target = _date(response.at), ("WARC-Target-URI", response.address)
        head = b"HTTP/1.1 %d %s\r\n" % (response.status, response.reason_phrase)
        kept = [(k, v) for k, v in response.headers if k.lower() not in _FRAMING]
        block = head + _lines([*kept, (b"Content-Length", b"%d" % len(response.body))]) + b"\r\n" + response.body
        own = _id("response", date, block, response.address)
        fields = [
            target,
            *([("WARC-IP-Address", response.peer)] if response.peer else []),
            ("WARC-Payload-Digest", _digest(response.body)),
            ("Content-Type", "application/http;msgtype=response"),
        ]
        self._file.write(_packed("response", date, fields, block))
        about = [target, ("WARC-Concurrent-To", own)]
        parts = urlsplit(response.address)
        request_line = (
            f"GET {parts.path}{f'?{parts.query}' if parts.query else ''} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        )
        request = request_line.encode() + _lines(response.request_headers) + b"\r\n"
        self._file.write(
            _packed("request", date, [*about, ("Content-Type", "application/http;msgtype=request")], request)
        )
        via_lines = "".join(f"via: {address}\r\n" for address in via).encode()
        self._file.write(_packed("metadata", date, [*about, ("Content-Type", "application/warc-fields")], via_lines))
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Close the archive and give it its final name."""
        self._file.close()
        finish(self.folder, self.archive)


def finish(folder: Path, archive: str, ends: int | None = None) -> bool:
    """Give an archive its final name, after truncating it at the offset `ends`; do nothing if it has its name already.
    Returns whether the archive exists."""
    partial, whole = hidden(folder, archive), folder / archive
    if partial.exists():
        if ends is not None:
            with partial.open("r+b") as file:
                file.truncate(ends)
                os.fsync(file.fileno())
        partial.rename(whole)
        with suppress(OSError):  # not every file system supports it
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
    """Return a record as a gzip member."""
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
    """Return a labelled digest in the form of web archives: SHA-1 in base 32."""
    return f"sha1:{b32encode(sha1(data, usedforsecurity=False).digest()).decode()}"


def _date(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%s: %s\r\n" % header for header in headers)
