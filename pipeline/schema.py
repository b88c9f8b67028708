"""What a table of the contract becomes in memory: Polars and Arrow schemas, and frames that keep to them.

Belongs here: the mapping of logical kinds to types. Does not belong here: SQL types (warehouse.store) and names of
types for people (warehouse.describe).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.tables import Column, Kind, Table

if TYPE_CHECKING:
    import pyarrow as pa

POLARS: dict[Kind, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "strings": pl.List(pl.String()),
    "integers": pl.List(pl.Int32()),
    "dates": pl.List(pl.Date()),
}

LISTS: frozenset[Kind] = frozenset({"strings", "integers", "dates"})


def polars_schema(columns: Iterable[Column]) -> dict[str, pl.DataType]:
    """Column name -> Polars type, in the given order."""
    return {c.name: POLARS[c.kind] for c in columns}


def frame(columns: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as a frame of exactly these columns. Raises when a row lacks a column or holds one of another type."""
    columns = tuple(columns)
    rows = list(rows)
    return pl.DataFrame({c.name: _series(c, [row[c.name] for row in rows]) for c in columns})


def _series(column: Column, values: list[Any]) -> pl.Series:
    if column.kind not in LISTS or not values:
        return pl.Series(column.name, values, dtype=POLARS[column.kind], strict=True)
    # Arrow makes lists ten times faster than Polars does; it is slow to import.
    import pyarrow as pa

    return pl.Series(column.name, pa.array(values, arrow_types()[column.kind])).cast(POLARS[column.kind])


def by_document(found: pl.DataFrame, documents: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Document id -> its rows of a frame, in the frame's order; no rows for a document that has none."""
    out: dict[str, list[dict[str, Any]]] = {name: [] for name in documents}
    for row in found.iter_rows(named=True):
        out[row["document_id"]].append(row)
    return out


def arrow_types() -> dict[Kind, pa.DataType]:
    """Kind -> Arrow type. Arrow is slow to import, and only a release needs it."""
    import pyarrow as pa

    return {
        "string": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "strings": pa.list_(pa.string()),
        "integers": pa.list_(pa.int32()),
        "dates": pa.list_(pa.date32()),
    }


def arrow_schema(table: Table) -> pa.Schema:
    """The published columns with NOT NULL and descriptions; prose may be withheld, so it is nullable here."""
    import pyarrow as pa

    types = arrow_types()
    return pa.schema(
        [
            pa.field(
                c.name,
                types[c.kind],
                nullable=not (c.required and not c.prose),
                metadata={"description": c.description},
            )
            for c in table.published
        ],
        metadata={"description": table.description, "grain": table.grain},
    )
