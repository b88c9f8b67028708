"""Names of files as the tables hold them: one line of valid UTF-8, and the file can be found again from it."""

from __future__ import annotations

import posixpath
import re
import unicodedata

# Backslash is the escape itself; "#" parts the path from the record's id, so a file's own "#" is escaped.
RESERVED = frozenset("\\#")
# Controls, invisible format characters (bidi), lone surrogates (bytes that are not UTF-8), line separators.
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
ESCAPE = re.compile(r"\\U([0-9a-f]{8})")


def safe(path: str) -> str:
    """A path as the tables hold it. Different paths stay different: what is escaped stands as `\\U0000000a`."""
    if path.isascii() and path.isprintable() and not RESERVED & set(path):
        return path
    return "".join(f"\\U{ord(ch):08x}" if ch in RESERVED or unicodedata.category(ch) in UNSAFE else ch for ch in path)


def original(path: str) -> str:
    """The path that `safe` was given."""
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)), path)


def parted(path: str) -> tuple[str, str]:
    """A path without its last suffix, and that suffix in lower case ("" where there is none). A name's leading dots
    begin no suffix: `..gz` has none. pathlib's own rules differ between Python 3.12, 3.13 and 3.14."""
    stem, suffix = posixpath.splitext(path)
    return stem, suffix.lower()


def one_line(text: str) -> str:
    """A message for a reader: whatever could break the line or is no character becomes a blank."""
    return " ".join("".join(" " if unicodedata.category(ch) in UNSAFE else ch for ch in text).split())
