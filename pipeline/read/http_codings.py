"""Undo the transfer and content codings of HTTP.

Archives often store a decoded body with its original headers (CC-NEWS before May 2019). A coding is therefore undone
only if the bytes show it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping

from pipeline.read import limits

# A chunk's size in hexadecimal digits, extensions, line end (RFC 9112, 7.1).
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]{0,10}(?:;[^\r\n]{0,1000})?\r?\n")
GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
# The first byte of zlib data is 0x78 with its usual window, and both together are a multiple of 31 (RFC 1950).
ZLIB_FIRST, ZLIB_CHECK = 0x78, 31
# A server and its proxy may each compress a page; more rounds are not a page.
MAX_ROUNDS = 4


class CutOff(ValueError):
    """The coded body is cut off or damaged."""


def decode_body(body: bytes, codings: Iterable[str], most: int | None = None) -> bytes:
    """Return the body without its codings; of a compressed body, at most `most` + 1 bytes (default: MAX_BYTES + 1).
    `codings` are the names in the headers, outermost first. Raises CutOff."""
    most = limits.MAX_BYTES if most is None else most
    for name in codings:
        body = _DECODERS.get(name.strip().casefold(), _unchanged)(body, most)
    # Headers may also omit a coding.
    for _ in range(MAX_ROUNDS):
        if not body.startswith((GZIP, ZSTD)):
            break
        body = _gzip(body, most) if body.startswith(GZIP) else _zstd(body, most)
    return body


def _unchanged(body: bytes, _: int) -> bytes:
    return body


def _chunked(body: bytes, _: int) -> bytes:
    if not CHUNK.match(body):
        return body
    parts: list[bytes] = []
    at = 0
    while head := CHUNK.match(body, at):
        size = int(head[1], 16)
        if not size:
            return b"".join(parts)
        at = head.end() + size
        if len(body) < at:
            raise CutOff("chunk")
        parts.append(body[head.end() : at])
        at += len(b"\r\n") if body.startswith(b"\r\n", at) else int(body.startswith(b"\n", at))
    if body[at:].strip():
        raise CutOff("chunk")
    return b"".join(parts)


def _gzip(body: bytes, most: int) -> bytes:
    return _inflated(body, zlib.MAX_WBITS | 16, most) if body.startswith(GZIP) else body


def _deflate(body: bytes, most: int) -> bytes:
    """Inflate zlib's format, as the standard says, or bare deflate, as some servers send it."""
    if body[:1] == bytes([ZLIB_FIRST]) and int.from_bytes(body[:2]) % ZLIB_CHECK == 0:
        return _inflated(body, zlib.MAX_WBITS, most)
    try:
        return _inflated(body, -zlib.MAX_WBITS, most)
    except CutOff:
        return body


def _inflated(body: bytes, window: int, most: int) -> bytes:
    """Inflate all members in sequence; ignore what follows the last one."""
    parts: list[bytes] = []
    left = most + 1
    while left > 0:
        member = zlib.decompressobj(window)
        try:
            parts.append(member.decompress(body, left))
        except zlib.error as error:
            raise CutOff(str(error)) from None
        left -= len(parts[-1])
        if left > 0 and not member.eof:
            raise CutOff("gzip")
        body = member.unused_data
        if not body.startswith(GZIP):
            break
    return b"".join(parts)


def _brotli(body: bytes, most: int) -> bytes:
    """Decompress Brotli. It has no magic number: a body that fails is taken to be decoded already."""
    try:
        return _streamed(body, "brotli", most)
    except CutOff:
        return body


def _zstd(body: bytes, most: int) -> bytes:
    return _streamed(body, "zstd", most) if body.startswith(ZSTD) else body


def _streamed(body: bytes, codec: str, most: int) -> bytes:
    import pyarrow

    parts: list[bytes] = []
    left = most + 1
    try:
        with pyarrow.CompressedInputStream(pyarrow.BufferReader(body), codec) as stream:
            while left > 0 and (part := stream.read(left)):
                parts.append(part)
                left -= len(part)
    except (OSError, pyarrow.ArrowException) as error:
        raise CutOff(str(error)) from None
    return b"".join(parts)


_DECODERS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "chunked": _chunked,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
