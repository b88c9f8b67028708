"""Decode bytes to text, and name the encoding."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import ClassVar

from pipeline.read.mixed_encoding import REPLACEMENT, WESTERN, mixed

BOMS = (
    # UTF-32 first: its little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# UTF-16 without its mark: in any language at least every tenth character is ASCII (blanks, stops).
MIN_HIGH = 0.1
# Unprintable characters that occur in text: soft hyphen, zero-width blanks and joiners, direction marks.
SEEN_AS_BLANK = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f")
# Bytes that text files do not hold: C0 controls but tab, line feed, vertical tab, form feed, carriage return, escape.
CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MAX_CONTROLS = 0.01
# The detector gets at most this many bytes of non-ASCII lines: it is slow, and ASCII lines do not help it.
SAMPLE_BYTES = 65_536
# Bounds on charset-normalizer's measures, 0..1: share of unlikely characters, likeness to a language. Beyond them a
# decoding is a guess.
MAX_CHAOS = 0.1
MIN_COHERENCE = 0.5
# Decodings closer than this on those measures count as equal.
MARGIN = 0.02
# Single-byte code pages of news files of the last thirty years; the Western one wins ties.
CODE_PAGES = (WESTERN, "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "iso8859_2", "koi8_r")
# Curly marks, dashes, bullet, ellipsis and hard blank in Windows' Western code page; controls or rare letters in most
# other encodings. English text in that page has few other bytes above ASCII.
WESTERN_MARKS = frozenset(b"\x85\x91\x92\x93\x94\x95\x96\x97\x99\xa0")


class NotText(ValueError):
    """The bytes give no text. The message says why and does not quote the content; `reason` is that of the refusal."""

    reason: ClassVar[str]


class Undecodable(NotText):
    """The encoding is unknown."""

    reason = "undecodable"


class Binary(NotText):
    """Not text."""

    reason = "binary"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, without a byte-order mark and with its line breaks unchanged, and its encoding in words."""

    text: str
    encoding: str


def decode(data: bytes) -> Decoded:
    """Decode by byte-order mark, as UTF-8, else by likelihood. Raises Binary or Undecodable."""
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return _marked(data, encoding)
    if b"\0" in data:
        found = _unmarked(data)
        if found:
            return found
        raise Binary("holds NUL bytes")
    if len(CONTROL.findall(data)) > MAX_CONTROLS * len(data):
        raise Binary("more than one byte in a hundred is a control character")
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        both = mixed(data)
        return Decoded(both.text, both.encoding) if both else _likely(data)


def without_surrogates(text: str) -> tuple[str, bool]:
    """Replace each lone surrogate (possible in JSON escapes) by U+FFFD, which keeps offsets; say whether any was
    replaced."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join(REPLACEMENT if "\ud800" <= ch <= "\udfff" else ch for ch in text), True
    return text, False


def _marked(data: bytes, encoding: str) -> Decoded:
    name = "utf-8 with byte-order mark" if encoding == "utf-8-sig" else encoding
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig" and (both := mixed(data.removeprefix(codecs.BOM_UTF8))):
            return Decoded(both.text, f"{both.encoding} with byte-order mark")
        raise Undecodable(
            f"begins with the byte-order mark of {name}, but byte {error.start} is not valid {name}"
        ) from None
    if "\0" in text:
        raise Binary(f"contains NUL characters when decoded as {name}")
    return Decoded(text, name)


def _unmarked(data: bytes) -> Decoded | None:
    """Decode UTF-16 without its mark: all NULs are high bytes of ASCII characters (blanks and stops in any language),
    there are enough of them, and every decoded character is visible or blank."""
    halves = data[::2], data[1::2]
    high, low = sorted(halves, key=lambda half: half.count(0), reverse=True)
    if len(data) % 2 or low.count(0) or high.count(0) < MIN_HIGH * len(high):
        return None
    encoding = "utf-16-be" if high is halves[0] else "utf-16-le"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    if not all(ch.isprintable() or ch.isspace() or ch in SEEN_AS_BLANK for ch in text):
        return None
    return Decoded(text, f"{encoding} without byte-order mark")


def _likely(data: bytes) -> Decoded:
    high = [byte for byte in data if byte > 0x7F]
    if len(high) < len(data) / 10 and sum(byte in WESTERN_MARKS for byte in high) > len(high) / 2:
        encoding: str | None = WESTERN
    else:
        encoding = _detected(data)
    if encoding is None:
        raise Undecodable("is not UTF-8, and no other encoding is likely enough")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Undecodable(f"is not UTF-8, and not entirely {encoding}: byte {error.start}") from None
    return Decoded(text, encoding)


def _detected(data: bytes) -> str | None:
    """Return the likely code page; None if none is likely, or two with different readings are equally likely."""
    from charset_normalizer import from_bytes

    lines = [line for line in data.splitlines(keepends=True) if not line.isascii()]
    found = from_bytes(b"".join(lines)[:SAMPLE_BYTES], cp_isolation=list(CODE_PAGES))
    likely = [m for m in found if m.chaos <= MAX_CHAOS and m.coherence >= MIN_COHERENCE]
    if not likely:
        return None
    least = min(m.chaos for m in likely)
    likely = [m for m in likely if m.chaos <= least + MARGIN]
    best = max(m.coherence for m in likely)
    rivals = [m for m in likely if m.coherence >= best - MARGIN]
    western = [m for m in rivals if WESTERN in m.could_be_from_charset]
    if western:
        return WESTERN
    return str(rivals[0].encoding) if len(rivals) == 1 else None
