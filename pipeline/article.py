"""`Article`: the rows of one article, and the values that rules compute from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

type Row = dict[str, Any]
# Table -> the rows of one document, in the table's order.
type Rows = Mapping[str, Sequence[Row]]


class Article(Mapping[str, Sequence[Row]]):
    """The rows of one document by table: the input of its first stage, then the rows that each stage adds.

    Stages that need the same value (the tree, the sentences) share it. The first stage computes it with `cached`, or
    stores a value that it already has with `set_cached`.
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

    def cached[T](self, make: Callable[[Article], T]) -> T:
        """Return `make(self)`; compute it at the first call only."""
        if make not in self._values:
            self._values[make] = make(self)
        value: T = self._values[make]
        return value

    def set_cached[T](self, make: Callable[[Article], T], value: T) -> None:
        """Store a value that equals `make(self)`."""
        self._values[make] = value
