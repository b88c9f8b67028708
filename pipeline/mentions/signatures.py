"""Find the names of persons who sign quoted words: a line "- Ana Lume, Norwich" below them, “...” ― Ana Lume."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.data import any_of
from pipeline.document import Document
from pipeline.mentions.spans import Name
from pipeline.mentions.words import BODY_HEADS, OFFICES, TITLES

_WORD = r"[^\W\d_a-z][\w.'’-]{1,30}"
_SIGNED = re.compile(
    r"[”\"»][ \n]{0,3}[-–—―]{1,2} ?"
    rf"(?:(?P<title>(?i:{any_of(TITLES | OFFICES.keys())}))\.? )?(?P<name>{_WORD}(?: {_WORD}){{0,3}})"
    r"(?=[.,]?(?:\n|\Z)|, )"
)
# A blank is missing: “It is late,”Ana Lume said.
_JOINED = re.compile(rf"[,.?!][”\"»](?P<name>{_WORD}(?: {_WORD}){{1,3}})(?=,| (?:said|says|told|added)\b)")


def signed(doc: Document) -> Iterator[Name]:
    """Yield the names of persons below or right behind quoted words, of two to four words, or of one after a title."""
    every = sorted((*_SIGNED.finditer(doc.text), *_JOINED.finditer(doc.text)), key=lambda found: found.start())
    for found in every:
        start, end = found.span("name")
        end -= doc.text[end - 1] == "."
        if " " not in doc.text[start:end] and not found.groupdict().get("title"):
            continue
        tokens = doc.tokens(start, end)
        if len(tokens) and doc.text[start:end].rsplit(" ", 1)[-1] not in BODY_HEADS:
            yield Name(start, end, tokens[0], tokens[-1] + 1, "PERSON")
