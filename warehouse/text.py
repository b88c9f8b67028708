"""Text and numbers for people: on one line, without control characters, shortened, counted."""

from __future__ import annotations

import unicodedata

# Joiners that scripts need inside words; `visible` replaces all other invisible or direction-changing characters.
_JOINERS = frozenset("\u200c\u200d")


def one_line(message: object, most: int = 500) -> str:
    """Return a message on one line of at most `most` characters: control and format characters become "?". An exception
    without a message becomes the name of its class."""
    text = " ".join(str(message).split())
    if not text and isinstance(message, BaseException):
        text = type(message).__name__
    return printable(text, "?")[:most]


def printable(text: str, mark: str = "·", *, keep: str = "") -> str:
    """Replace each character that a terminal would interpret (controls, direction marks, line ends) with `mark`, one
    for one, so that offsets stay valid. Characters in `keep` are not replaced."""
    return text if text.isprintable() else "".join(ch if ch.isprintable() or ch in keep else mark for ch in text)


def visible(text: str) -> str:
    """Return text on one line, without control, format and unassigned characters, which could reverse what follows."""
    # `str.isprintable` is false for all characters of category C.
    if not text.isprintable():
        text = "".join(ch if ch in _JOINERS or unicodedata.category(ch)[0] != "C" else " " for ch in text)
    return " ".join(text.split())


def shortened(text: str, most: int) -> str:
    """Return at most so many characters, with an ellipsis if the text was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def count(number: int) -> str:
    """Format a number: 12,345"""
    return f"{number:,}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Format a number with a noun: 1 article, 12,345 articles. The default `plural` is `noun` with an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def share(part: int, whole: int) -> str:
    """Format a share: 12.3 %, or a dash if `whole` is 0."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def size(number: int) -> str:
    """Format bytes: 12 B, 3.4 kB, 5.6 MB (powers of 1,000)."""
    value = float(number)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
