"""Polars and Arrow schemas of the contract's tables, and frames with these schemas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.contract import Column, Kind, Table

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
    """Return column name -> Polars type, in the given order."""
    return {c.name: POLARS[c.kind] for c in columns}


def frame(columns: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Build a frame of exactly these columns. Raises if a row lacks a column or a value has another type."""
    columns = tuple(columns)
    rows = list(rows)
    lacking = [c.name for c in columns if rows and c.name not in rows[0]]
    if lacking:
        raise ValueError(f"a row has no {', '.join(lacking)}")
    return pl.DataFrame({c.name: _series(c, [row[c.name] for row in rows]) for c in columns})


def _series(column: Column, values: list[Any]) -> pl.Series:
    if column.kind in LISTS and values:
        return _lists(column, values)
    return pl.Series(column.name, values, dtype=POLARS[column.kind], strict=True)


def _lists(column: Column, values: Sequence[Sequence[Any] | None]) -> pl.Series:
    """Build a column of lists from one flat series: several times as fast as Polars' conversion of Python lists, and
    almost as fast as Arrow, which would import pandas (70 MB in each worker)."""
    kind = POLARS[column.kind]
    assert isinstance(kind, pl.List)
    if any(isinstance(value, str) for value in values):
        raise TypeError(f"{column.name}: a text where a list should be")
    inside = pl.Series("inside", [one for value in values for one in value or ()], dtype=kind.inner, strict=True)
    lengths = [len(value or ()) for value in values]
    rows = pl.Series("row", np.arange(len(values)))
    of = pl.Series("row", np.repeat(rows.to_numpy(), lengths)).set_sorted()
    filled = pl.DataFrame([of, inside]).group_by("row", maintain_order=True).agg("inside")
    if all(lengths):
        return filled["inside"].alias(column.name)
    known = pl.Series("known", [value is not None for value in values])
    found = pl.DataFrame([rows, known]).join(filled, on="row", how="left", maintain_order="left")
    empty = pl.lit([], dtype=kind)
    return found.select(pl.when("known").then(pl.col("inside").fill_null(empty)).alias(column.name))[column.name]


def by_document(found: pl.DataFrame, documents: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Group a frame's rows by document id, in the frame's order. A document without rows gets an empty list."""
    out: dict[str, list[dict[str, Any]]] = {name: [] for name in documents}
    for row in found.iter_rows(named=True):
        out[row["document_id"]].append(row)
    return out


def arrow_types() -> dict[Kind, pa.DataType]:
    """Return kind -> Arrow type. Imports Arrow here, because the import is slow and only a release needs it."""
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
    """Return the published columns with NOT NULL and descriptions. Prose columns are nullable, because a release may
    withhold them."""
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
