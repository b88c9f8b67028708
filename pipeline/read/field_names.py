"""Names of record fields: ours, those of other tools (`pipeline/data/en/record_fields.tsv`), and the user's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from pipeline.data import load

# The fields of a record; `text` is the article.
FIELDS = ("id", "text", "url", "title", "author", "publisher", "published", "licence", "language")
# In the table: the place of the articles in a JSON file that is one object.
LIST = "list"
# At most this many names of a file are kept: a table with more columns is no table of articles.
MAX_NAMES = 200
# Keys of an object's text: people and outlets (schema.org, Event Registry), articles (Fundus).
INNER = ("name", "paragraphs", "sections")


@dataclass(frozen=True, slots=True)
class FieldName:
    """A line of the table: a tool's name for one of FIELDS, or for the list of articles."""

    field: str
    name: str
    tool: str
    example: str
    source: str


@dataclass(frozen=True)
class FieldNames:
    """The names to look for, by field, in order of preference. Comparison ignores case."""

    given: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_field(self) -> Mapping[str, tuple[str, ...]]:
        """Field -> case-folded names: the user's, or else ours and the table's."""
        own = dict(self.given)
        return {name: (own[name].casefold(),) if name in own else _known()[name] for name in FIELDS}

    @cached_property
    def firsts(self) -> frozenset[str]:
        """Columns that may hold a field, or an object with one."""
        names = [name for names in self.by_field.values() for name in names]
        return frozenset([*names, *(name.partition(".")[0] for name in names)])

    def values(self, record: Mapping[str, Any], field: str) -> Iterator[tuple[str, Any]]:
        """Yield (name, value) of a field in a record with case-folded keys, best first. Skip empty values."""
        for name in self.by_field[field]:
            value = _at(record, name)
            if value is not None and value != "" and value != []:
                yield name, value


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file's records were mapped: (field, name) of each name used that is not ours, and the names not used."""

    path: str
    mapped: tuple[tuple[str, str], ...]
    unused: tuple[str, ...]


@dataclass(slots=True)
class Usage:
    """The names that the records of one file used so far."""

    mapped: set[tuple[str, str]] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def add(self, used: Iterable[tuple[str, str]], names: Iterable[str]) -> None:
        """Add a record: (field, name) of what it gave, and all its names."""
        self.mapped.update(used)
        if len(self.seen) < MAX_NAMES:
            self.seen.update(names)

    def layout(self, path: str) -> Layout | None:
        """Return the layout to report for the file; None if all its names are ours."""
        ours = {(name, name) for name in FIELDS} | {("licence", "license")}
        written = {name.casefold(): name for name in sorted(self.seen)}
        others = [(field, written.get(name, name)) for field, name in self.mapped - ours]
        mapped = sorted(others, key=lambda pair: (FIELDS.index(pair[0]), pair[1]))
        heads = {head for _, name in self.mapped for head in (name, name.partition(".")[0])}
        unused = sorted(name for name in self.seen if name.casefold() not in heads)
        return Layout(path, tuple(mapped), tuple(unused[:MAX_NAMES])) if mapped or (unused and self.mapped) else None


@cache
def lists() -> frozenset[str]:
    """Return where a JSON file that is one object may have its articles, as dotted paths."""
    return frozenset(line.name for line in load("record_fields.tsv", FieldName) if line.field == LIST)


def parsed_names(text: str) -> tuple[tuple[str, str], ...]:
    """Parse `text=body,published=date` to sorted pairs. Raises ValueError that says what is wrong."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    found = {field.strip(): name.strip() for field, _, name in pairs}
    if not all(equals and name.strip() for _, equals, name in pairs) or len(found) < len(pairs):
        raise ValueError("not pairs of a field and a column, each field once, as in text=body,published=date")
    if unknown := sorted(found.keys() - set(FIELDS)):
        raise ValueError(f"no such field: {', '.join(unknown)}; known are {', '.join(FIELDS)}")
    return tuple(sorted(found.items()))


def flat(value: Any) -> Any:
    """Return the strings of nested lists and objects (names of people, paragraphs of sections), else the value."""
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
    """Return the value of a column of this name, or of a key in an object (`column.key`)."""
    if name in record:
        return record[name]
    head, dot, rest = name.partition(".")
    inner = record.get(head) if dot else None
    if isinstance(inner, Mapping):
        return next((value for key, value in inner.items() if isinstance(key, str) and key.casefold() == rest), None)
    return None
