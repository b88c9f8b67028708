"""dictionary.html: the data dictionary as a page, from the contract and the released files."""

from __future__ import annotations

from pathlib import Path

from pipeline.contract import Column, Table
from pipeline.contract.schema import POLARS, arrow_schema
from warehouse.release import parquet
from warehouse.release.formats.descriptions import required, tables_of
from warehouse.release.site import layout
from warehouse.release.site.escape import tag
from warehouse.release.site.layout import scroll, tabulate
from warehouse.release.versions import Record
from warehouse.sql import SQL_TYPES
from warehouse.text import count, share

FILE = "dictionary.html"


def page(folder: Path, record: Record) -> str:
    """Return the page's HTML."""
    tables = tables_of(record)
    links = "".join(f'<li><a href="#{table.name}">{table.name}</a></li>' for table in tables)
    body = [
        '<a class="skip" href="#main">To the tables</a>',
        "<header><h1>Data dictionary</h1>",
        f'<p>Every table and column of <a href="index.html">onrecord {tag(record.version)}</a>, schema '
        f"{tag(record.schema_version)}.</p>",
        "<p>Offsets count Unicode code points, start inclusive, end exclusive, into <code>documents.text</code>; those "
        "named <code>raw_*</code> into the raw text. Dates are calendar dates, intervals closed. What is not known is "
        "null, and a <code>*_basis</code> column beside it says how it was known or why it is not.</p>",
        f'</header><nav aria-label="Tables"><ul>{links}</ul></nav><main id="main">',
        *(_table(table, folder, record) for table in tables),
        "</main>",
    ]
    return layout.document(f"onrecord {record.version}: data dictionary", body)


def _table(table: Table, folder: Path, record: Record) -> str:
    rows = record.rows[table.name]
    nulls = parquet.nulls([folder / name for name in record.files[table.name]])
    types = arrow_schema(table)
    head = [("column", False), ("meaning", False), ("example", False), ("DuckDB", False), ("Arrow", False),
            ("Polars", False), ("values", True)]  # fmt: skip
    body = [
        [
            f'<a id="{table.name}.{c.name}" href="#{table.name}.{c.name}"><code>{c.name}</code></a>',
            meaning(c),
            "" if c.example is None else f"<code>{tag(c.example)}</code>",
            f"<code>{tag(SQL_TYPES[c.kind])}</code>",
            f"<code>{tag(types.field(c.name).type)}</code>",
            f"<code>{tag(POLARS[c.kind])}</code>",
            "always" if required(c) else share(rows - nulls[c.name], rows) if c.name in nulls else "or null",
        ]
        for c in table.published
    ]
    key = ", ".join(f"<code>{name}</code>" for name in table.key)
    order = ", ".join(f"<code>{name}</code>" for name in table.sort)
    return (
        f'<section id="{table.name}"><h2>{table.name}</h2><p>{tag(table.description)} One row is {tag(table.grain)}; '
        f"{count(rows)} rows. Key: {key}. Sorted by {order}.</p>"
        f"{scroll(f'Columns of {table.name}', tabulate(None, head, body))}</section>"
    )


def meaning(column: Column) -> str:
    """Return a column's description, its values and what it refers to, as HTML."""
    text = tag(column.description)
    if column.enum:
        text += f" One of {', '.join(f'<code>{tag(value)}</code>' for value in column.enum)}."
    if column.refers_to:
        text += f" Refers to <code>{tag(column.refers_to)}</code>."
    return text
