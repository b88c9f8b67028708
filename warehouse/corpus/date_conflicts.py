"""Find events and utterances that two articles that share a key date differently."""

from __future__ import annotations

from typing import Any

import duckdb

from pipeline import date_bounds
from pipeline.contract import BY_NAME
from pipeline.contract.schema import frame
from pipeline.date_bounds import Interval, PartialDate
from warehouse.temp_database import batches, insert_rows

type Row = dict[str, Any]

# The current narrowed days of all expressions that share a key. `bounds` has the new bounds of concerned articles,
# `bounds_before` the stored ones of expressions.
_DAYS = """
CREATE TABLE days_now AS
WITH bound AS (
    SELECT target_id, side, day FROM bounds WHERE target = 'date'
    UNION ALL SELECT target_id, side, day FROM bounds_before ANTI JOIN concerned USING (document_id)
),
narrowed AS (
    SELECT target_id AS date_id, min(day) FILTER (side = 'earliest') AS earliest,
        min(day) FILTER (side = 'latest') AS latest FROM bound GROUP BY target_id
)
SELECT d.* REPLACE (coalesce(n.earliest, d.earliest) AS earliest, coalesce(n.latest, d.latest) AS latest)
FROM dated_items AS d LEFT JOIN narrowed AS n USING (date_id) WHERE d.problem IS NULL
"""
_EVENTS = """
SELECT 'event' AS kind, a.event, pair.entities, NULL AS statement_id,
    {columns},
    a.mod AS a_mod, a.year AS a_year, a.month AS a_month, a.month_day AS a_day, a.weekday AS a_weekday,
    b.mod AS b_mod, b.year AS b_year, b.month AS b_month, b.month_day AS b_day, b.weekday AS b_weekday
FROM pairs AS pair JOIN days_now AS a ON a.date_id = mine JOIN days_now AS b ON b.date_id = other
"""
_UTTERANCES = """
SELECT DISTINCT 'utterance' AS kind, NULL AS event, []::VARCHAR[] AS entities, a.statement_id,
    {columns}
FROM keys_after AS mine JOIN concerned USING (document_id) JOIN keys_after AS other USING (key)
JOIN own_quote_days AS a ON a.quote_id = mine.item JOIN own_quote_days AS b ON b.quote_id = other.item
WHERE other.document_id <> mine.document_id AND (mine.key LIKE 'utterance/%' OR mine.key LIKE 'copy/%')
    AND a.statement_id IS NOT NULL
"""
_QUOTES = """
CREATE TABLE own_quote_days AS
SELECT quote_id, document_id, quote_start AS "start", quote_end AS "end", said_earliest AS earliest,
    said_latest AS latest, statement_id
FROM said_items WHERE said_basis = 'stated'
"""
# A conflict is found from both of its articles. Of several with the same days of the same two articles, keep the first.
ROWS = f"""
SELECT DISTINCT ON (kind, event, first_document_id, second_document_id, first_earliest, first_latest, second_earliest,
    second_latest) * FROM conflicts ORDER BY first_id, second_id, statement_id, entities,
    {", ".join(BY_NAME["date_conflicts"].sort)}
"""  # noqa: S608 - columns of the contract


def _columns(item: str) -> str:
    return ", ".join(
        f'{side}.{item} AS {side}_id, {side}.document_id AS {side}_document_id, {side}."start" AS {side}_start, '
        f'{side}."end" AS {side}_end, {side}.earliest AS {side}_earliest, {side}.latest AS {side}_latest'
        for side in ("a", "b")
    )


def find(temp: duckdb.DuckDBPyConnection) -> None:
    """Insert the contradictions of the articles `concerned` with others into the table `conflicts`; ROWS reads it."""
    temp.execute(_DAYS)
    temp.execute(_QUOTES)
    for sql, item in ((_EVENTS, "date_id"), (_UTTERANCES, "quote_id")):
        for part in batches(temp, sql.format(columns=_columns(item))):
            rows = filter(None, map(_conflict, part.iter_rows(named=True)))
            insert_rows(temp, "conflicts", frame(BY_NAME["date_conflicts"].stored, rows))


def _conflict(row: Row) -> Row | None:
    """Return the row of two items that contradict each other, the earlier days first, or None if they do not."""
    if row["kind"] == "event":
        days = {side: Interval(row[f"{side}_earliest"], row[f"{side}_latest"]) for side in ("a", "b")}
        for side, other in (("a", "b"), ("b", "a")):
            year, month, day, weekday = (row[f"{side}_{part}"] for part in ("year", "month", "day", "weekday"))
            now = date_bounds.conflicting_days(
                PartialDate(year, month, day, weekday, 0), row[f"{side}_mod"], days[side], days[other]
            )
            if now is None:
                return None
            row |= {f"{side}_earliest": now.earliest, f"{side}_latest": now.latest}
    apart = date_bounds.days_apart(*(Interval(row[f"{s}_earliest"], row[f"{s}_latest"]) for s in ("a", "b")))
    if apart is None:
        return None
    sides = ("a", "b") if row["a_earliest"] < row["b_earliest"] else ("b", "a")
    parts = ("id", "document_id", "start", "end", "earliest", "latest")
    both = {
        f"{name}_{part}": row[f"{side}_{part}"]
        for name, side in zip(("first", "second"), sides, strict=True)
        for part in parts
    }
    return {name: row[name] for name in ("kind", "event", "entities", "statement_id")} | both | {"days_apart": apart}
