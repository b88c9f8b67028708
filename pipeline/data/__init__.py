"""Words, names and patterns as tables: one fact a line, one folder a language (`en/`).

A table is a text file of tab-separated fields: comments (`#`) that say what it is for, a line of column names, then
the facts. Every fact has an `example`, a sentence that shows it, and a `source`. To correct a row, add or change a
line, and try it: `onrecord try "A SENTENCE"`.

Does not belong here: logic. It is in the stage that reads the table.
"""

from __future__ import annotations

import datetime
import re
import types
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

LANGUAGE = "en"
FOLDER = Path(__file__).parent


class DataError(ValueError):
    """Raised for an invalid table; the message names file, line and reason."""


@dataclass(frozen=True, slots=True)
class Word:
    """A line of a table of words. `kind` groups them; the table's comments define each kind."""

    kind: str
    word: str
    example: str
    source: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """A line of a table of words or patterns and what each `means`; `-` if the kind says it all."""

    kind: str
    word: str
    means: str
    example: str
    source: str


def _truth(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return text == "yes"


# Parsers of a field by its type. Semicolons separate the items of a list; `-` is an empty list or None.
_READ: Mapping[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: _truth,
    datetime.date: datetime.date.fromisoformat,
    tuple[str, ...]: lambda text: () if text == "-" else tuple(part.strip() for part in text.split(";")),
}


@cache
def load[Row](name: str, row: type[Row], language: str = LANGUAGE) -> tuple[Row, ...]:
    """Load the lines of `<language>/<name>` as instances of a dataclass, whose fields are the table's columns.

    Fields are str, int, float, bool (`yes`, `no`), datetime.date (ISO) or tuple[str, ...] (separated by `;`), or one of
    them or None (`-`). The last two columns are `example` and `source`. Raises DataError, which names file and line.
    """
    columns, readers = _columns(row)  # type: ignore[arg-type]
    found: dict[tuple[str, ...], Row] = {}
    header = None
    for number, line in enumerate((FOLDER / language / name).read_text("utf-8").splitlines(), start=1):
        if not line or line[0] == "#" or line.isspace():
            continue
        cells = tuple(line.split("\t"))
        if header is None:
            header = cells
            if list(header) != columns:
                raise DataError(f"{_where(name, language, number)}: the columns must be {', '.join(columns)}")
            continue
        try:
            # Every table is read at process start, so a correct line must cost no more than this.
            if not all(cells) or tuple(map(str.strip, cells)) != cells or cells[:-2] in found:
                raise ValueError
            values = [read(cell) for read, cell in zip(readers, cells, strict=True)]
        except ValueError:
            raise DataError(f"{_where(name, language, number)}: {_fault(columns, cells, readers)}") from None
        found[cells[:-2]] = row(*values)
    return tuple(found.values())


def words(name: str, kind: str, language: str = LANGUAGE) -> frozenset[str]:
    """Return the words of one kind in a table of `Word`. Raises DataError, also if there are none."""
    found = _kinds(name, language).get(kind)
    if not found:
        raise DataError(f"pipeline/data/{language}/{name} has no words of the kind {kind}")
    return found


@cache
def _kinds(name: str, language: str) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in load(name, Word, language):
        found[line.kind].add(line.word)
    return {kind: frozenset(words) for kind, words in found.items()}


def any_of(choices: Iterable[str]) -> str:
    """Return a regular expression that matches any of the words; longer words come first."""
    return "|".join(map(re.escape, sorted(choices, key=lambda word: (-len(word), word))))


@cache
def _columns(row: type) -> tuple[list[str], list[Callable[[str], Any]]]:
    """Return the names of a table's columns, and how to parse each."""
    hints = get_type_hints(row)
    columns = [field.name for field in fields(row)]
    return columns, [_reader(hints[column]) for column in columns]


@cache
def meanings(name: str, kind: str, language: str = LANGUAGE) -> Mapping[str, str]:
    """Return the words of one kind in a table of `Meaning`, each with its meaning, in the table's order.

    Raises DataError, also if there are none or a word has two meanings.
    """
    lines = [line for line in load(name, Meaning, language) if line.kind == kind]
    found = {line.word: line.means for line in lines}
    if not found or len(found) < len(lines):
        raise DataError(f"pipeline/data/{language}/{name} must have words of the kind {kind}, each with one meaning")
    return found


def _reader(hint: Any) -> Callable[[str], Any]:
    if isinstance(hint, types.UnionType):
        (inner,) = (each for each in hint.__args__ if each is not types.NoneType)
        return lambda text: None if text == "-" else _READ[inner](text)
    return _READ[hint]


def _where(name: str, language: str, number: int) -> str:
    return f"pipeline/data/{language}/{name}, line {number}"


def _fault(columns: Sequence[str], cells: Sequence[str], readers: Sequence[Callable[[str], Any]]) -> str:
    """Say what is wrong with a line of facts."""
    if len(cells) != len(columns):
        return f"{len(cells)} fields instead of {len(columns)}; fields are separated by tabs"
    for column, cell, read in zip(columns, cells, readers, strict=True):
        if not cell or cell != cell.strip():
            return f"{column} is empty or has blanks around it"
        try:
            read(cell)
        except ValueError as error:
            return f"{column}: {error}"
    return "duplicates an earlier line"
