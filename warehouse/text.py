"""Text and numbers for people: on one line, without control characters, cut to a length, counted."""

from __future__ import annotations

import unicodedata

# Joiners that scripts need inside words; every other invisible or direction-changing character goes.
_JOINERS = frozenset("\u200c\u200d")


def one_line(message: object, most: int = 500) -> str:
    """A message on one line of at most `most` characters: control and format characters become "?". For an exception
    without a message, the name of its class."""
    text = " ".join(str(message).split())
    if not text and isinstance(message, BaseException):
        text = type(message).__name__
    return printable(text, "?")[:most]


def printable(text: str, mark: str = "·", *, keep: str = "") -> str:
    """Replace each character that a terminal would obey (controls, marks of direction, line ends) with `mark`, one for
    one, so that offsets hold. Those in `keep` stay."""
    return text if text.isprintable() else "".join(ch if ch.isprintable() or ch in keep else mark for ch in text)


def visible(text: str) -> str:
    """Text on one line, without control, format and unassigned characters: nothing in it turns round what follows."""
    # What Python calls printable has no character of a category C.
    if not text.isprintable():
        text = "".join(ch if ch in _JOINERS or unicodedata.category(ch)[0] != "C" else " " for ch in text)
    return " ".join(text.split())


def shortened(text: str, most: int) -> str:
    """At most so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def count(number: int) -> str:
    """12,345"""
    return f"{number:,}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """1 article, 12,345 articles. `plural` is `noun` with an s where it is not given."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def share(part: int, whole: int) -> str:
    """12.3 %; a dash where there is nothing to share."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def size(number: int) -> str:
    """Bytes for people: 12 B, 3.4 kB, 5.6 MB (powers of 1,000)."""
    value = float(number)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
