"""Count the rows that a run adds, changes and removes, where rows are replaced.

A row is identified by a 64-bit hash of its key, and its content by one of all its columns: 16 bytes a row of any size.
The hashes are DuckDB's and live for one run only, so they may differ between versions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from pipeline.contract import Table
from warehouse import digests
from warehouse.sql import quoted

_SCHEMA = {"row": pl.UInt64, "content": pl.UInt64}


@dataclass(frozen=True, slots=True)
class Changes:
    """Numbers of rows of one table that were added, changed and removed."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(self.added + other.added, self.changed + other.changed, self.removed + other.removed)


def hashes(table: Table) -> str:
    """Return SQL for the columns `row` and `content` of a table's rows, and those of warehouse.digests."""
    key = ", ".join(quoted(name) for name in table.key)
    # `standing` depends on the other records of the same id: it is no change of the record itself.
    content = ", ".join(quoted(c.name) for c in table.stored if c.name != "standing")
    return f'hash({key}) AS "row", hash({content}) AS "content", {digests.columns(table)}'


@dataclass
class Tally:
    """Rows deleted from a table and inserted into it. A row that is deleted and inserted unchanged does not count;
    order and number of the steps do not matter."""

    _out: list[pl.DataFrame] = field(default_factory=list)
    _in: list[pl.DataFrame] = field(default_factory=list)

    def count_deleted(self, rows: pl.DataFrame) -> None:
        """Note deleted rows (columns as `hashes` gives them)."""
        if rows.height:
            self._out.append(rows.select(list(_SCHEMA)))

    def count_inserted(self, rows: pl.DataFrame) -> None:
        """Note inserted rows."""
        if rows.height:
            self._in.append(rows.select(list(_SCHEMA)))

    @property
    def empty(self) -> bool:
        """Whether nothing was deleted or inserted."""
        return not (self._out or self._in)

    @property
    def changes(self) -> Changes:
        """The net changes."""
        deleted, inserted = _of(self._out), _of(self._in)
        if deleted.is_empty():
            return Changes(added=inserted.height)
        # A row may be inserted and deleted again: only the balance per row and content counts.
        balance = (
            pl.concat([inserted.with_columns(by=pl.lit(1)), deleted.with_columns(by=pl.lit(-1))])
            .group_by("row", "content")
            .agg(pl.col("by").sum())
            .filter(pl.col("by") != 0)
        )
        per_row = balance.group_by("row").agg(
            came=(pl.col("by") > 0).any(),
            went=(pl.col("by") < 0).any(),
        )
        came, went = per_row["came"], per_row["went"]
        return Changes(int((came & ~went).sum()), int((came & went).sum()), int((went & ~came).sum()))


def _of(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames) if frames else pl.DataFrame(schema=_SCHEMA)
