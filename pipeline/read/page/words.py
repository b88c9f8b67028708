"""The tables of this package about web pages, and which words of them an element bears."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A line of `fields.tsv`: the field, the kind of place, its name there, an example, where it is defined."""

    field: str
    place: str
    name: str
    example: str
    source: str


@dataclass(frozen=True, slots=True)
class Word:
    """A line of `words.tsv`."""

    kind: str
    word: str
    example: str
    source: str


@cache
def places() -> tuple[Place, ...]:
    """The lines of `fields.tsv`, those of a field in order of preference."""
    return tuple(Place(*fields) for fields in _lines("fields.tsv", 5))


@cache
def words() -> tuple[Word, ...]:
    """The lines of `words.tsv`."""
    return tuple(Word(*fields) for fields in _lines("words.tsv", 4))


@cache
def of_kind(kind: str) -> frozenset[str]:
    """The words of a kind. Raises ValueError where the table has none."""
    found = frozenset(word.word for word in words() if word.kind == kind)
    if not found:
        raise ValueError(f"words.tsv has no words of the kind {kind}")
    return found


def tokens(element: Any) -> frozenset[str]:
    """The class names, id, itemprop and rel of an element, in lower case."""
    values = (element.get(name) or "" for name in ("class", "id", "itemprop", "rel"))
    return frozenset(token for value in values for token in value.casefold().split())


def begins(element: Any, kind: str) -> bool:
    """Whether a class or the id of an element begins with a word of the kind: `related-articles`, `related_box`."""
    known = of_kind(kind)
    return any(token.replace("_", "-").split("-")[0] in known for token in tokens(element))


def bears(element: Any, kind: str) -> bool:
    """Whether a class, the id or the itemprop of an element is a word of the kind."""
    return not of_kind(kind).isdisjoint(tokens(element))


def _lines(name: str, count: int) -> tuple[list[str], ...]:
    """The fields of each line. Raises ValueError with the line's number where a line lacks one."""
    out = []
    for number, line in enumerate((files(__package__) / name).read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != count or not all(fields):
            raise ValueError(f"{name}, line {number}: must have {count} fields with tabs between, has {len(fields)}")
        out.append(fields)
    return tuple(out)
