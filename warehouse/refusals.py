"""Refused files and records: counted by reason, and listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

# What to do about a refusal, by reason; None if nothing is wrong.
REMEDIES: Mapping[str, str | None] = {
    "empty": None,
    "binary": "convert the file to text, or rename it by its format",
    "undecodable": "save the file as UTF-8",
    "too-large": "split the file, or remove what is not an article",
    "unreadable": "fix the permissions or the disk, and build again",
    "outside": "copy the file into the raw folder; links to files outside are not followed",
    "unsupported": "convert the file to a format that is read, or take off its password",
    "broken-record": "create the file again with the program that wrote it",
    "no-text": "say which column holds the article: --columns text=NAME; scans need OCR",
    "language": "read more languages: --languages en,de",
    "repeated": None,
    "superseded": None,
    "withdrawn": "to take the article in again: onrecord withdraw --allow SOURCE",
    "quarantined": "inspect it with onrecord show SOURCE, and report the cleaning rule",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """How many files or records were refused for one reason, and the first of them by name."""

    reason: str
    count: int
    source: str
    detail: str


def by_reason(connection: duckdb.DuckDBPyConnection) -> list[Reason]:
    """Return every reason that occurs, the most frequent first."""
    rows = connection.execute(
        "SELECT reason, count(*), min(source), arg_min(detail, source) FROM stored.refusals "
        "GROUP BY reason ORDER BY 2 DESC, 1"
    ).fetchall()
    return [Reason(str(reason), int(count), str(source), str(detail)) for reason, count, source, detail in rows]


def listed(connection: duckdb.DuckDBPyConnection, reasons: Sequence[str]) -> list[dict[str, Any]]:
    """Return every refusal for one of these reasons: reason, source, path, bytes, detail; by reason, then source."""
    names = ("reason", "source", "path", "bytes", "detail")
    rows = connection.execute(
        "SELECT reason, source, path, bytes, detail FROM stored.refusals "
        "WHERE reason IN (SELECT unnest(?)) ORDER BY reason, source",
        [list(reasons)],
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]
