"""The names under which records give their fields: ours, those of other tools, and those that the user says.

The names of other tools are lines of `pipeline/data/en/record_fields.tsv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from pipeline.data import load

# What a record says of itself; `text` is the article.
FIELDS = ("id", "text", "url", "title", "author", "publisher", "published", "licence", "language")
# In the table: where a JSON file that is one object has its articles.
LIST = "list"
# Names of a file that are remembered: a table of more columns is no table of articles.
MOST_NAMES = 200
# The key of an object that holds its words: people and outlets (schema.org, Event Registry), articles (Fundus).
INNER = ("name", "paragraphs", "sections")


@dataclass(frozen=True, slots=True)
class FieldName:
    """A line of the table: a name that a tool gives to one of FIELDS, or to the list of articles."""

    field: str
    name: str
    tool: str
    example: str
    source: str


@dataclass(frozen=True)
class FieldNames:
    """For each field, the names to look for, in order of preference. Names are compared without regard to case."""

    given: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_field(self) -> Mapping[str, tuple[str, ...]]:
        """Field -> names, folded: the user's, or else ours and those of the table."""
        own = dict(self.given)
        return {name: (own[name].casefold(),) if name in own else _known()[name] for name in FIELDS}

    @cached_property
    def firsts(self) -> frozenset[str]:
        """The columns that may hold a field, or an object with one."""
        names = [name for names in self.by_field.values() for name in names]
        return frozenset([*names, *(name.partition(".")[0] for name in names)])

    def values(self, record: Mapping[str, Any], field: str) -> Iterator[tuple[str, Any]]:
        """(name, value) of a field in a record whose keys are folded, the best first; values that are nothing are left
        out."""
        for name in self.by_field[field]:
            value = _at(record, name)
            if value is not None and value != "" and value != []:
                yield name, value


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file's records were understood: (field, name) of what was used under a name that is not ours, and the names
    that gave nothing."""

    path: str
    mapped: tuple[tuple[str, str], ...]
    unused: tuple[str, ...]


@dataclass(slots=True)
class Usage:
    """What the records of one file used so far."""

    mapped: set[tuple[str, str]] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def add(self, used: Iterable[tuple[str, str]], names: Iterable[str]) -> None:
        """Count a record in: (field, name) of what it gave, and all its names."""
        self.mapped.update(used)
        if len(self.seen) < MOST_NAMES:
            self.seen.update(names)

    def layout(self, path: str) -> Layout | None:
        """What is to be said of the file; None where all its names are ours."""
        ours = {(name, name) for name in FIELDS} | {("licence", "license")}
        written = {name.casefold(): name for name in sorted(self.seen)}
        others = [(field, written.get(name, name)) for field, name in self.mapped - ours]
        mapped = sorted(others, key=lambda pair: (FIELDS.index(pair[0]), pair[1]))
        heads = {head for _, name in self.mapped for head in (name, name.partition(".")[0])}
        unused = sorted(name for name in self.seen if name.casefold() not in heads)
        return Layout(path, tuple(mapped), tuple(unused[:MOST_NAMES])) if mapped or (unused and self.mapped) else None


@cache
def lists() -> frozenset[str]:
    """Where a JSON file that is one object may have its articles, as paths with dots."""
    return frozenset(line.name for line in load("record_fields.tsv", FieldName) if line.field == LIST)


def parsed_names(text: str) -> tuple[tuple[str, str], ...]:
    """`text=body,published=date` as pairs, sorted. Raises ValueError that says what is wrong."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    found = {field.strip(): name.strip() for field, _, name in pairs}
    if not all(equals and name.strip() for _, equals, name in pairs) or len(found) < len(pairs):
        raise ValueError("not pairs of a field and a column, each field once, as in text=body,published=date")
    if unknown := sorted(found.keys() - set(FIELDS)):
        raise ValueError(f"no such field: {', '.join(unknown)}; known are {', '.join(FIELDS)}")
    return tuple(sorted(found.items()))


def flat(value: Any) -> Any:
    """The strings of lists and objects in one another: names of people, paragraphs of sections; else the value."""
    if isinstance(value, Mapping):
        inner = next((value[key] for key in INNER if value.get(key)), None)
        return value if inner is None else flat(inner)
    if isinstance(value, list):
        found: list[str] = []
        for part in map(flat, value):
            if not isinstance(part, str | list):
                return value
            found += [part] if isinstance(part, str) else part
        return found
    return value


@cache
def _known() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {name: [] for name in FIELDS}
    found["id"] = ["id"]
    for line in load("record_fields.tsv", FieldName):
        if line.field != LIST:
            found[line.field].append(line.name.casefold())
    return {name: tuple(names) for name, names in found.items()}


def _at(record: Mapping[str, Any], name: str) -> Any:
    """The value of a column of this name, or of a key in an object."""
    if name in record:
        return record[name]
    head, dot, rest = name.partition(".")
    inner = record.get(head) if dot else None
    if isinstance(inner, Mapping):
        return next((value for key, value in inner.items() if isinstance(key, str) and key.casefold() == rest), None)
    return None
