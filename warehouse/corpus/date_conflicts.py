"""Find events and utterances that two articles that share a key date differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import duckdb
import polars as pl

from pipeline import date_bounds
from pipeline.contract import BY_NAME
from pipeline.contract.schema import frame
from pipeline.date_bounds import Interval, PartialDate
from warehouse.corpus.cross_article_bounds import PAIRS
from warehouse.sql import query

type Row = dict[str, Any]

# The current narrowed days of all expressions that share a key. `incoming` has the new bounds of concerned articles.
_DAYS = """
CREATE OR REPLACE TEMP TABLE days_now AS
WITH bound AS (
    SELECT target_id, side, day FROM incoming
    UNION ALL SELECT target_id, side, day FROM stored.date_bounds ANTI JOIN concerned USING (document_id)
    WHERE target = 'date'
),
narrowed AS (
    SELECT target_id AS date_id, min(day) FILTER (side = 'earliest') AS earliest,
        min(day) FILTER (side = 'latest') AS latest FROM bound GROUP BY target_id
)
SELECT d.date_id, d.document_id, d."start", d."end", coalesce(n.earliest, d.earliest) AS earliest,
    coalesce(n.latest, d.latest) AS latest, d.mod, e.event, e.year, e.month, e.month_day, e.weekday
FROM stored.dates AS d JOIN stored.events AS e USING (date_id) LEFT JOIN narrowed AS n USING (date_id)
WHERE d.problem IS NULL AND d.date_id IN (SELECT item FROM keys_after WHERE key LIKE 'event/%')
"""
_EVENTS = f"""
SELECT 'event' AS kind, a.event, pair.entities, NULL AS statement_id,
    {{columns}},
    a.mod AS a_mod, a.year AS a_year, a.month AS a_month, a.month_day AS a_day, a.weekday AS a_weekday,
    b.mod AS b_mod, b.year AS b_year, b.month AS b_month, b.month_day AS b_day, b.weekday AS b_weekday
FROM ({PAIRS}) AS pair JOIN days_now AS a ON a.date_id = mine JOIN days_now AS b ON b.date_id = other
ORDER BY ALL
"""  # noqa: S608
_UTTERANCES = """
SELECT DISTINCT 'utterance' AS kind, NULL AS event, []::VARCHAR[] AS entities, u.statement_id,
    {columns}
FROM keys_after AS mine JOIN wanted USING (document_id) JOIN keys_after AS other USING (key)
JOIN own_quote_days AS a ON a.quote_id = mine.item JOIN own_quote_days AS b ON b.quote_id = other.item
JOIN stored.utterances AS u ON u.quote_id = mine.item
WHERE other.document_id <> mine.document_id AND (mine.key LIKE 'utterance/%' OR mine.key LIKE 'copy/%')
ORDER BY ALL
"""
_QUOTES = """
CREATE OR REPLACE TEMP TABLE own_quote_days AS
SELECT q.quote_id, q.document_id, q."start", q."end", said.said_earliest AS earliest, said.said_latest AS latest
FROM own_said_days AS said JOIN stored.quotes AS q USING (quote_id) WHERE said.said_basis = 'stated'
"""


def _columns(item: str) -> str:
    return ", ".join(
        f'{side}.{item} AS {side}_id, {side}.document_id AS {side}_document_id, {side}."start" AS {side}_start, '
        f'{side}."end" AS {side}_end, {side}.earliest AS {side}_earliest, {side}.latest AS {side}_latest'
        for side in ("a", "b")
    )


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary tables with the days of shared expressions and quotations."""
    connection.execute(_DAYS)
    connection.execute(_QUOTES)


def conflicts(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return rows of `date_conflicts` with at least one article in the temporary table `wanted`."""
    found = query(connection, _EVENTS.format(columns=_columns("date_id"))).to_dicts()
    found += query(connection, _UTTERANCES.format(columns=_columns("quote_id"))).to_dicts()
    return frame(BY_NAME["date_conflicts"].stored, _without_repeats(filter(None, map(_conflict, found))))


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


def _without_repeats(found: Iterable[Row]) -> Iterator[Row]:
    """Keep the first of several rows with the same days of the same two articles."""
    seen = set()
    names = ("kind", "event", "first_document_id", "second_document_id", "first_earliest", "first_latest")
    for row in sorted(found, key=lambda row: (row["first_id"], row["second_id"])):
        key = tuple(row[name] for name in (*names, "second_earliest", "second_latest"))
        if key not in seen:
            seen.add(key)
            yield row
