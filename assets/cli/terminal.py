"""Text for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Text on one line in which a terminal finds nothing to obey: controls and marks of direction are dots."""
    return "".join(ch if ch.isprintable() else "·" for ch in text)
