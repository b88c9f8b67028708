"""How many rows a run added, changed and removed, counted where rows are replaced.

A row is known by a 64-bit hash of its key, its content by one of all its columns: 16 bytes a row, whatever it holds.
The hashes are DuckDB's and live for one run only, so that they need not be the same in another version.
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
    """Rows of one table that came, that stayed with another content, that went."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(self.added + other.added, self.changed + other.changed, self.removed + other.removed)


def hashes(table: Table) -> str:
    """The columns `row` and `content` of a table's rows, and those of warehouse.digests, as SQL."""
    key = ", ".join(quoted(name) for name in table.key)
    # Which record stands follows from the others of its name: no change of the record itself.
    content = ", ".join(quoted(c.name) for c in table.stored if c.name != "standing")
    return f'hash({key}) AS "row", hash({content}) AS "content", {digests.columns(table)}'


@dataclass
class Tally:
    """Rows taken out of a table and put into it. What goes out and comes back as it was is no change; order and
    number of the steps do not matter."""

    _out: list[pl.DataFrame] = field(default_factory=list)
    _in: list[pl.DataFrame] = field(default_factory=list)

    def take_out(self, rows: pl.DataFrame) -> None:
        """Rows (columns as `hashes` gives them) that left the table."""
        if rows.height:
            self._out.append(rows.select(list(_SCHEMA)))

    def put_in(self, rows: pl.DataFrame) -> None:
        """Rows that came into it."""
        if rows.height:
            self._in.append(rows.select(list(_SCHEMA)))

    @property
    def empty(self) -> bool:
        """Whether nothing went out or came in."""
        return not (self._out or self._in)

    @property
    def changes(self) -> Changes:
        """What it comes to."""
        gone, come = _of(self._out), _of(self._in)
        if gone.is_empty():
            return Changes(added=come.height)
        # A row may come and go again on the way: per row and content only the balance counts.
        balance = (
            pl.concat([come.with_columns(by=pl.lit(1)), gone.with_columns(by=pl.lit(-1))])
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
