"""The charts of a table that the UI shows beside its figures.

A chart is an SVG in an `img` of Markdown, as base64: words of articles (speakers' names) are drawn as text, escaped by
Vega, and an image runs no script and loads nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import dagster as dg
import polars as pl

from warehouse.text import one_line

# Maximum bars for readability; maximum characters of a name.
BARS = 15
NAME_CHARACTERS = 40
WIDTH = 460


@dataclass(frozen=True, slots=True)
class TableChart:
    """One chart of a table. `sql` gives columns `name` and `rows`, and for stacked bars `part`; longest bar first, or
    days in order. `label`: its name in the UI."""

    table: str
    label: str
    title: str
    sql: str
    kind: Literal["bars", "days"] = "bars"
    part: str | None = None

    @property
    def query(self) -> str:
        """The SQL; limited to BARS rows for bars without parts."""
        return self.sql if self.part or self.kind == "days" else f"{self.sql} LIMIT {BARS}"


def _counted(table: str, column: str, where: str = "true") -> str:
    return (
        f"SELECT {column} AS name, count(*) AS rows FROM stored.{table} "  # noqa: S608 - names of the contract
        f"WHERE {column} IS NOT NULL AND {where} GROUP BY ALL ORDER BY rows DESC, name"
    )


CHARTS: tuple[TableChart, ...] = (
    TableChart("raws", "by reader", "Records by reader", _counted("raws", "extractor")),
    TableChart("refusals", "by reason", "Refusals by reason", _counted("refusals", "reason")),
    TableChart(
        "documents",
        "by day",
        "Articles by day of publication",
        "SELECT published_on AS name, count(*) AS rows FROM stored.documents WHERE published_on IS NOT NULL "
        "GROUP BY ALL ORDER BY name",
        kind="days",
    ),
    TableChart("documents", "by publisher", "Articles by publisher", _counted("documents", "publisher")),
    TableChart("edits", "by rule", "Edits by rule", _counted("edits", "rule")),
    TableChart("sentences", "by role", "Sentences by role", _counted("sentences", "role")),
    TableChart(
        "mentions",
        "by label",
        "Mentions by label, and how they were linked",
        "SELECT label AS name, resolution AS part, count(*) AS rows FROM stored.mentions GROUP BY ALL ORDER BY ALL",
        part="resolution",
    ),
    TableChart(
        "quotes",
        "by speaker",
        "Quotes by speaker, as the articles name them",
        _counted("quotes", "speaker", "speaker_basis = 'name'"),
    ),
    TableChart(
        "quotes",
        "by basis",
        "Quotes by how the speaker is identified",
        "SELECT speaker_basis AS name, kind AS part, count(*) AS rows FROM stored.quotes GROUP BY ALL ORDER BY ALL",
        part="kind",
    ),
    TableChart(
        "dates",
        "by basis",
        "Temporal expressions by anchor",
        "SELECT basis AS name, type AS part, count(*) AS rows FROM stored.dates GROUP BY ALL ORDER BY ALL",
        part="type",
    ),
    TableChart("dates", "by problem", "Dates with a problem, by problem", _counted("dates", "problem")),
    TableChart(
        "entities",
        "most frequently mentioned",
        "People, organisations and places that most articles mention",
        "SELECT name, any_value(documents) AS rows FROM stored.entities GROUP BY entity_id, name "
        "ORDER BY rows DESC, name",
    ),
    TableChart(
        "statements",
        "most quoted",
        "Who is quoted most",
        "SELECT e.name, sum(s.quotes)::BIGINT AS rows FROM stored.statements AS s "
        "JOIN stored.entities AS e ON e.entity_id = s.speaker_entity_id "
        "GROUP BY e.entity_id, e.name ORDER BY rows DESC, e.name",
    ),
)


def drawn_charts(
    ask: Callable[[str], pl.DataFrame], tables: Sequence[str]
) -> dict[str, dict[str, dg.MetadataValue[Any]]]:
    """Return table -> label -> chart, for those of these tables that have rows to show. If a chart cannot be drawn, the
    reason replaces it, and the run continues. `ask` runs a query on the store."""
    out: dict[str, dict[str, dg.MetadataValue[Any]]] = {}
    for table_chart in CHARTS:
        rows = ask(table_chart.query).to_dicts() if table_chart.table in tables else []
        if rows:
            try:
                shown: dg.MetadataValue[Any] = markdown(draw(table_chart, rows), table_chart.title)
            except Exception as error:
                shown = dg.MetadataValue.text(f"could not be drawn: {one_line(error)}")
            out.setdefault(table_chart.table, {})[table_chart.label] = shown
    return out


def draw(table_chart: TableChart, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the chart as SVG. Raises ValueError if Vega cannot draw it."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart(table_chart, rows)))


def chart(table_chart: TableChart, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the chart as a Vega-Lite specification (https://vega.github.io/vega-lite/docs/)."""
    values = [
        {**row, "name": str(row["name"]) if table_chart.kind == "days" else shortened(row["name"])} for row in rows
    ]
    count = {"field": "rows", "type": "quantitative", "title": None, "axis": {"tickMinStep": 1, "format": ",d"}}
    if table_chart.kind == "days":
        unit = _unit([row["name"] for row in rows])
        day = {"field": "name", "type": "temporal", "timeUnit": f"utc{unit}", "title": None}
        encoding: dict[str, Any] = {"x": day, "y": {**count, "aggregate": "sum"}}
    else:
        name = {"field": "name", "type": "nominal", "title": None, "sort": "-x", "axis": {"labelLimit": 240}}
        encoding = {"y": name, "x": {**count, "aggregate": "sum"}}
    if table_chart.part:
        encoding["color"] = {"field": "part", "type": "nominal", "title": table_chart.part}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": table_chart.title, "anchor": "start", "fontSize": 12},
        # Names are wider in a browser's fonts than Vega computes.
        "padding": {"left": 40, "right": 10, "top": 5, "bottom": 5},
        "width": WIDTH,
        "height": 160 if table_chart.kind == "days" else {"step": 17},
        "data": {"values": values},
        "mark": {"type": "bar"} if table_chart.part else {"type": "bar", "color": "#3d6b8e"},
        "encoding": encoding,
        "config": {"view": {"stroke": None}, "axis": {"grid": False}},
    }


def _unit(days: Sequence[date]) -> str:
    """Return Vega's time unit that keeps a chart of these days readable."""
    span = (max(days) - min(days)).days
    return "yearmonthdate" if span <= 92 else "yearmonth" if span <= 5 * 366 else "year"


def shortened(name: Any) -> str:
    """Return a name from an article on one line, without control characters."""
    text = " ".join("".join(ch if ch.isprintable() else " " for ch in str(name)).split())
    return text if len(text) <= NAME_CHARACTERS else text[: NAME_CHARACTERS - 1] + "…"


def markdown(svg: str, title: str) -> dg.MarkdownMetadataValue:
    """Return Markdown that shows an SVG. The title is ours; the SVG is base64."""
    encoded = base64.b64encode(svg.encode()).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/svg+xml;base64,{encoded})")
