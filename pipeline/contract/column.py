"""`Column` and `Table`: what the contract declares of each column and table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Kind = Literal["string", "integer", "number", "boolean", "date", "strings", "integers", "dates"]
type Where = Literal["both", "stored", "published"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `kind` is its logical type (`strings`, `integers` and `dates` are lists).

    required    never null. A release may still withhold a prose column, so it is nullable there.
    unique      no value occurs twice in the table
    enum        the only values allowed
    minimum, maximum, pattern   bounds of a number; a regular expression that must match the whole string
    refers_to   `table.column` that holds its values
    where       `stored`: only in the store; `published`: only in a release, joined in from the corpus-wide tables
    prose       holds running text of the article, so that a release may withhold it
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    refers_to: str | None = None
    example: str | int | float | None = None
    where: Where = "both"
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `key` and `sort` name its columns; `where` says whether it is stored, published, or both."""

    name: str
    grain: str
    description: str
    key: tuple[str, ...]
    sort: tuple[str, ...]
    columns: tuple[Column, ...]
    where: Where = "both"

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns in the store, in the contract's order."""
        return tuple(c for c in self.columns if c.where != "published")

    @property
    def published(self) -> tuple[Column, ...]:
        """The columns in a release, in the contract's order."""
        return tuple(c for c in self.columns if c.where != "stored")

    def column(self, name: str) -> Column:
        """Return the column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")
