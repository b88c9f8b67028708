"""The words of elements, matched against page_words.tsv; and the lines of page_fields.tsv."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from pipeline.data import load, words

# The most parts with hyphens of a word that begins a class: wp-block-latest-posts.
MAX_PARTS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """A line of page_fields.tsv: the field, the kind of place, its name there."""

    field: str
    place: str
    name: str
    example: str
    source: str


def places() -> tuple[Place, ...]:
    """Return the lines of page_fields.tsv, those of a field in order of preference."""
    return load("page_fields.tsv", Place)


def of_kind(kind: str) -> frozenset[str]:
    """Return the words of a kind. Raises DataError if page_words.tsv has none."""
    return words("page_words.tsv", kind)


def tokens(element: Any) -> frozenset[str]:
    """Return the class names, id, itemprop and rel of an element, in lower case."""
    values = (element.get(name) or "" for name in ("class", "id", "itemprop", "rel"))
    return frozenset(token for value in values for token in value.casefold().split())


def has_class_prefix(element: Any, kind: str) -> bool:
    """Whether a class or the id of an element begins with a word of the kind: `related-articles`, `related_box`."""
    known = of_kind(kind)
    parts = (token.replace("_", "-").split("-")[:MAX_PARTS] for token in tokens(element))
    return any(part in known for each in parts for part in accumulate(each, "{}-{}".format))


def has_class_word(element: Any, kind: str) -> bool:
    """Whether a class, the id or the itemprop of an element is a word of the kind, or ends with one that has a hyphen:
    `author-name`, `block-author-name`."""
    known = of_kind(kind)
    found = {token.replace("__", "-").replace("--", "-").replace("_", "-") for token in tokens(element)} | tokens(
        element
    )
    return not known.isdisjoint(found) or any(
        token.endswith(f"-{word}") for token in found if "-" in token for word in known if "-" in word
    )


def line_of(element: Any) -> str:
    """Return the text of an element on one line."""
    return " ".join(" ".join(element.itertext()).split())


def short_line(element: Any, most: int) -> str:
    """Return the text of an element on one line; "" if it is longer. Reads no more than it must."""
    pieces, length = [], 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece.strip())
        if length > most:
            return ""
    line = " ".join(" ".join(pieces).split())
    return line if len(line) <= most else ""
