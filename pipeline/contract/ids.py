"""Names of rows.

Ids are a promise: a change here changes what others have cited.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

HEX_DIGITS = 16


def digest(*parts: str) -> str:
    """16 hexadecimal digits of SHA-256 over the parts, each preceded by its length so that no two lists collide."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:HEX_DIGITS]


def document_id(name: str) -> str:
    """From the source's own name: its URL, else path and record id. Never from its content."""
    return digest("document", unicodedata.normalize("NFC", name))


def sentence_id(document: str, start: int, end: int) -> str:
    """A position in a document."""
    return f"{document}:s{start}-{end}"


def mention_id(document: str, start: int, end: int) -> str:
    """A position in a document."""
    return f"{document}:m{start}-{end}"


def date_id(document: str, start: int, end: int) -> str:
    """A position in a document."""
    return f"{document}:d{start}-{end}"


def letters(text: str) -> str:
    """The letters and digits of a text, casefolded: what stays when marks, blanks and case change."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def quote_ids(document: str, quotes: Iterable[tuple[str, str]]) -> list[str]:
    """Ids for the (kind, text) of a document's quotes in text order; the n-th with the same letters counts n."""
    seen: dict[tuple[str, str], int] = {}
    out = []
    for kind, text in quotes:
        key = (kind, letters(text))
        occurrence = seen.get(key, 0)
        seen[key] = occurrence + 1
        out.append(digest("quote", document, *key, str(occurrence)))
    return out
