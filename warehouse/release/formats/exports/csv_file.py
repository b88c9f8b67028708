"""who_said_what.csv: the quotations for spreadsheets."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb

from warehouse.release.formats.exports.rows import QUOTATIONS, fetched

FILE = "who_said_what.csv"
COLUMNS = (
    *(
        "speaker_name",
        "speaker_role",
        "speaker_role_basis",
        "text",
        "said_earliest",
        "said_latest",
        "said_basis",
        "kind",
        "cue",
        "speaker",
        "venue",
    ),
    *("publisher", "title", "published_on", "url", "source", "confidence"),
    *("quote_id", "statement_id", "speaker_entity_id", "document_id", "start", "end"),
)
# A spreadsheet runs cells with these beginnings as formulas (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the file: RFC 4180, UTF-8 with a byte order mark, which Excel needs and others skip."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in fetched(connection, QUOTATIONS):
            writer.writerow([cell(row[name]) for name in COLUMNS])


def cell(value: Any) -> Any:
    """Return a value that is safe in a spreadsheet: an apostrophe precedes text that would be a formula."""
    if isinstance(value, str) and value.lstrip(" \n").startswith(_FORMULA):
        return f"'{value}"
    return value
