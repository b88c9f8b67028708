"""dictionary.html: the data dictionary as a page, from the contract and the released files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.contract import Column, Table
from pipeline.contract.schema import POLARS, arrow_schema
from warehouse.release import parquet
from warehouse.release.formats.descriptions import required, tables_of
from warehouse.release.site import layout
from warehouse.release.site.templates import render
from warehouse.release.versions import Record
from warehouse.sql import SQL_TYPES
from warehouse.text import share

FILE = "dictionary.html"


def page(folder: Path, record: Record) -> str:
    """Return the page's HTML."""
    columns = partial(_columns, folder=folder, record=record)
    body = render("dictionary.html", record=record, tables=tables_of(record), columns=columns)
    return layout.document(f"onrecord {record.version}: data dictionary", body)


def _columns(table: Table, folder: Path, record: Record) -> Iterator[tuple[Column, Any, Any, str, str]]:
    """Yield each column with its types in Arrow, Polars and DuckDB, and how many of its values are known."""
    rows = record.rows[table.name]
    nulls = parquet.nulls([folder / name for name in record.files[table.name]])
    types = arrow_schema(table)
    for c in table.published:
        known = share(rows - nulls[c.name], rows) if c.name in nulls else "or null"
        yield c, types.field(c.name).type, POLARS[c.kind], SQL_TYPES[c.kind], "always" if required(c) else known
