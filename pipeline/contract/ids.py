"""Ids of rows.

Ids are stable: a change here breaks citations of published rows.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

HEX_DIGITS = 16


def digest(*parts: str) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of the parts, each after its length so that no two lists collide."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:HEX_DIGITS]


def document_id(name: str) -> str:
    """Return the id of the document with this source name: its URL, else path and record id. Never use its content."""
    return digest("document", unicodedata.normalize("NFC", name))


def sentence_id(document: str, start: int, end: int) -> str:
    """Return the id of the sentence at this span."""
    return f"{document}:s{start}-{end}"


def mention_id(document: str, start: int, end: int) -> str:
    """Return the id of the mention at this span."""
    return f"{document}:m{start}-{end}"


def date_id(document: str, start: int, end: int) -> str:
    """Return the id of the expression at this span."""
    return f"{document}:d{start}-{end}"


def letters(text: str) -> str:
    """Return the letters and digits of a text, casefolded, so that marks, blanks and case do not count."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def quote_ids(document: str, quotes: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ids for the (kind, text) of a document's quotes in text order; equal letters are numbered."""
    seen: dict[tuple[str, str], int] = {}
    out = []
    for kind, text in quotes:
        key = (kind, letters(text))
        occurrence = seen.get(key, 0)
        seen[key] = occurrence + 1
        out.append(digest("quote", document, *key, str(occurrence)))
    return out
