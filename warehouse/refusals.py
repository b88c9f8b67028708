"""What was not taken in: counted by reason, and listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb


@dataclass(frozen=True, slots=True)
class Reason:
    """How many files or records were refused for one reason, and the first of them by name."""

    reason: str
    count: int
    source: str
    detail: str


def by_reason(connection: duckdb.DuckDBPyConnection) -> list[Reason]:
    """Every reason that occurs, the most frequent first."""
    rows = connection.execute(
        "SELECT reason, count(*), min(source), arg_min(detail, source) FROM stored.refusals "
        "GROUP BY reason ORDER BY 2 DESC, 1"
    ).fetchall()
    return [Reason(str(reason), int(count), str(source), str(detail)) for reason, count, source, detail in rows]


def listed(connection: duckdb.DuckDBPyConnection, reasons: Sequence[str]) -> list[dict[str, Any]]:
    """Every refusal for one of these reasons: reason, source, path, bytes, detail; by reason, then source."""
    names = ("reason", "source", "path", "bytes", "detail")
    rows = connection.execute(
        "SELECT reason, source, path, bytes, detail FROM stored.refusals "
        "WHERE reason IN (SELECT unnest(?)) ORDER BY reason, source",
        [list(reasons)],
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]
