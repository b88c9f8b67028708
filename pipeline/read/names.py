"""Escape file names for the tables: one line of valid UTF-8, reversible."""

from __future__ import annotations

import posixpath
import re
import unicodedata

# Backslash is the escape character; "#" separates the path from the record's id.
RESERVED = frozenset("\\#")
# Controls, invisible format characters (bidi), lone surrogates (bytes that are not UTF-8), line separators.
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
ESCAPE = re.compile(r"\\U([0-9a-f]{8})")


def safe(path: str) -> str:
    """Escape a path for the tables, as in `\\U0000000a`. Different paths stay different."""
    if path.isascii() and path.isprintable() and not RESERVED & set(path):
        return path
    return "".join(f"\\U{ord(ch):08x}" if ch in RESERVED or unicodedata.category(ch) in UNSAFE else ch for ch in path)


def original(path: str) -> str:
    """Return the path that `safe` escaped."""
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)), path)


def split_suffix(path: str) -> tuple[str, str]:
    """Split a path into its stem and its last suffix in lower case ("" if none). Leading dots begin no suffix: `..gz`
    has none. pathlib's rules differ between Python 3.12, 3.13 and 3.14."""
    stem, suffix = posixpath.splitext(path)
    return stem, suffix.lower()


def one_line(text: str) -> str:
    """Return a message on one line: line breaks, controls and invalid characters become blanks."""
    return " ".join("".join(" " if unicodedata.category(ch) in UNSAFE else ch for ch in text).split())
