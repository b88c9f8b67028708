"""`Article`: one article while stages work on it: its rows, and what rules make of them, which is made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

type Row = dict[str, Any]
# A document's rows by table, each table's in its order.
type Rows = Mapping[str, Sequence[Row]]


class Article(Mapping[str, Sequence[Row]]):
    """The rows of one document by table: those that the first of its stages reads, then what each stage adds.

    Stages that need the same value (the tree, the sentences) share it: the first one makes it with `once`, or keeps
    what it had to make on its way to the rows with `keep`.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = dict(rows)
        self._values: dict[object, Any] = {}

    def __getitem__(self, table: str) -> Sequence[Row]:
        return self._rows[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Rows) -> None:
        """Add a stage's rows."""
        self._rows.update(rows)

    def once[T](self, make: Callable[[Article], T]) -> T:
        """What the function makes of this article, made at the first call."""
        if make not in self._values:
            self._values[make] = make(self)
        value: T = self._values[make]
        return value

    def keep[T](self, make: Callable[[Article], T], value: T) -> None:
        """Keep a value that equals what the function would make of the article."""
        self._values[make] = value
