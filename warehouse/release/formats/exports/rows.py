"""Read rows of a release for exports in batches, and write them as lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from warehouse.release.statement_filter import is_statement_sql

# Rows in memory at a time.
BATCH = 5_000
# The quotations that count as said, with the speaker and article columns of all exports, in the order of their ids.
QUOTATIONS = f"""
    SELECT q.quote_id, q.kind, q.text, q.speaker, q.speaker_name, q.speaker_role, q.speaker_role_basis,
        q.cue, q.venue, q.said_earliest, q.said_latest,
        q.said_basis, q.confidence, q."start", q."end", q.document_id, q.statement_id, q.speaker_entity_id,
        e.label AS speaker_label, e.wikidata AS speaker_wikidata,
        d.title, d.publisher, d.published_on, d.url, d.source, d.licence,
        substr(d.text, greatest(q."start" - 31, 1), least(q."start", 32)) AS before,
        substr(d.text, q."end" + 1, 32) AS after
    FROM quotes AS q
    JOIN documents AS d USING (document_id)
    LEFT JOIN entities AS e ON e.entity_id = q.speaker_entity_id
    WHERE {is_statement_sql("q")}
    ORDER BY q.quote_id
"""  # noqa: S608 - a condition of ours


def fetched(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query, in batches. Do not use the connection for anything else meanwhile."""
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    while rows := cursor.fetchmany(BATCH):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known values: exports leave out the others."""
    return {name: value for name, value in values.items() if value is not None and value != [] and value != {}}


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line, with keys in the given order."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
