"""The page's charts: queries on the released files, drawn as SVG when a release is made.

Words of articles reach a chart only as values of its data, never as a field, an expression or a part of the
specification. Only the elements and attributes in `_KEPT` remain in the SVG. Colours become classes, so that the page's
style sets them, in light and dark; no font is named. The layout measures nothing (labels are shortened here, edges are
fixed): the same figures give the same bytes on machines with other fonts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import duckdb

from warehouse.release.site.templates import day
from warehouse.release.statement_filter import is_statement_sql
from warehouse.text import count, counted, shortened, visible

if TYPE_CHECKING:
    import altair as alt

# Most bars of a chart, and most periods of a histogram.
BARS = 12
MAX_TIME_BUCKETS = 40
# Characters of a name in a title.
NAME = 40
# A chart's width in pixels: a phone's; two fit side by side on a wide screen.
WIDTH = 400
# Columns of text that fit above a bar (an East Asian character takes two).
LABEL = 60


@dataclass(frozen=True, slots=True)
class Chart:
    """A question with its answer as title, SVG (None if there is nothing to draw) and table.

    note    one line on what is counted, and what is left out
    legend  the meaning of the strong and the light bars, if there are both
    head    the table's columns; rows: its cells, where None is "not known"
    """

    title: str
    note: str
    head: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    svg: str | None
    legend: tuple[str, str] | None = None


_SPEAKERS = f"""
SELECT any_value(e.name), count(*), count(DISTINCT q.document_id)
FROM quotes AS q JOIN entities AS e ON e.entity_id = q.speaker_entity_id
WHERE {is_statement_sql("q")}
GROUP BY e.entity_id ORDER BY 2 DESC, 3 DESC, 1, e.entity_id LIMIT ?
"""  # noqa: S608
_OUTLETS = f"""
SELECT d.publisher, count(*), count(DISTINCT q.document_id)
FROM quotes AS q JOIN documents AS d ON d.document_id = q.document_id
WHERE {is_statement_sql("q")}
GROUP BY d.publisher ORDER BY 2 DESC, 1 NULLS LAST LIMIT ?
"""  # noqa: S608
# A venue has its entity's name if it has an entity; "a statement" and "the statement" are one.
_SPEAKER_VENUE_SQL = f"""
SELECT q.speaker_name,
    coalesce(v.name, regexp_replace(q.venue, '^(an?|the|his|her|its|their|our|my) ', '')) AS venue,
    count(*), count(DISTINCT q.document_id)
FROM quotes AS q LEFT JOIN entities AS v ON v.entity_id = q.venue_entity_id
WHERE q.speaker_name IS NOT NULL AND q.venue IS NOT NULL AND {is_statement_sql("q")}
GROUP BY 1, 2 ORDER BY 3 DESC, 4 DESC, 1, 2 LIMIT ?
"""  # noqa: S608
# Copies of an article (`duplicate_of`) do not count as further reports.
_WIDELY_REPORTED_SQL = f"""
SELECT any_value(s.text), any_value(e.name), count(DISTINCT d.publisher) AS outlets,
    count(DISTINCT q.document_id) AS articles, min(d.published_latest), max(d.published_latest)
FROM statements AS s
JOIN quotes AS q ON q.statement_id = s.statement_id
JOIN documents AS d ON d.document_id = q.document_id
LEFT JOIN entities AS e ON e.entity_id = s.speaker_entity_id
WHERE s.documents > 1 AND s.text IS NOT NULL AND d.duplicate_of IS NULL AND {is_statement_sql("q")}
GROUP BY s.statement_id HAVING outlets > 1
ORDER BY outlets DESC, articles DESC, s.statement_id LIMIT ?
"""  # noqa: S608
_PUBLISHED = "SELECT published_latest AS day, published_on IS NOT NULL AS strong FROM documents"
_MENTIONED_DAYS_SQL = "SELECT earliest AS day, relation IS NOT DISTINCT FROM 'inside' AS strong FROM dates"


def charts(connection: duckdb.DuckDBPyConnection) -> list[Chart]:
    """Return all charts. The connection has the release's tables under their names."""
    return [_speakers(connection), _outlets(connection), _published(connection), _spoken_of(connection),
            _through(connection), _travelling(connection)]  # fmt: skip


def _speakers(connection: duckdb.DuckDBPyConnection) -> Chart:
    rows, drawn, all_ = _quoted(connection, _SPEAKERS, "speaker")
    title = "No speaker is known by name"
    if rows:
        names, number = most([row[:2] for row in rows])
        title = f"{names} quoted most: {count(number)} of {counted(all_, 'quotation')}"
    note = f"Quotations by speaker, for the {BARS} speakers most often quoted."
    return Chart(title, note, ("speaker", "quotations", "articles"), rows, drawn)


def _outlets(connection: duckdb.DuckDBPyConnection) -> Chart:
    rows, drawn, all_ = _quoted(connection, _OUTLETS, "outlet")
    title = "No outlet is known"
    if known := [row[:2] for row in rows if row[0] is not None]:
        names, number = most(known, "has", "have")
        title = f"{names} most quotations: {count(number)} of {count(all_)}"
    note = f"Quotations by outlet, for the {BARS} outlets with most of them."
    return Chart(title, note, ("outlet", "quotations", "articles"), rows, drawn)


def _quoted(connection: duckdb.DuckDBPyConnection, sql: str, who: str) -> tuple[list[tuple[Any, ...]], str | None, int]:
    """Return rows, SVG, and the total number of quotations."""
    rows = connection.execute(sql, [BARS]).fetchall()
    drawn = bars([(name, quotes, None) for name, quotes, _ in rows], f"Quotations by {who}")
    return rows, drawn, connection.execute(f"SELECT count(*) FROM quotes WHERE {is_statement_sql()}").fetchall()[0][0]  # noqa: S608


def most(rows: Sequence[tuple[str, int]], one: str = "is", many: str = "are") -> tuple[str, int]:
    """Return the first name with the verb, and its number; two names if they are equal. Rows are in order."""
    number = rows[0][1]
    names = [shortened(visible(name), NAME) for name, n in rows if n == number]
    if len(names) == 1:
        return f"{names[0]} {one}", number
    return f"{names[0]} and {names[1] if len(names) == 2 else f'{count(len(names) - 1)} others'} {many} each", number


def _through(connection: duckdb.DuckDBPyConnection) -> Chart:
    rows = connection.execute(_SPEAKER_VENUE_SQL, [BARS]).fetchall()
    title = "No quotation says to whom it was said"
    if rows:
        who, whom, number, _ = rows[0]
        names = f"{shortened(visible(who), NAME)} is most often quoted as speaking to {shortened(visible(whom), NAME)}"
        title = f"{names}: {counted(number, 'time')}"
    return Chart(
        title,
        "Quotations in which the article says to whom, or through which medium, the speaker spoke.",
        ("speaker", "to or through", "quotations", "articles"),
        rows,
        bars([(f"{who} → {whom}", quotes, None) for who, whom, quotes, _ in rows], "Quotations by speaker and venue"),
    )


def _travelling(connection: duckdb.DuckDBPyConnection) -> Chart:
    rows = connection.execute(_WIDELY_REPORTED_SQL, [BARS]).fetchall()
    title = f"The widest-reported statement is in {count(rows[0][2])} outlets" if rows else (
        "No statement is reported by several known outlets"
    )  # fmt: skip
    return Chart(
        title,
        "Number of known outlets per statement, for statements with several; copies of one article count once.",
        ("words", "speaker", "outlets", "articles", "first", "last"),
        rows,
        bars([(row[0], row[2], None) for row in rows], "Outlets by statement"),
    )


def _published(connection: duckdb.DuckDBPyConnection) -> Chart:
    unit, rows, outside, unknown = time_buckets(connection, _PUBLISHED)
    return Chart(
        # An interval's last day is a bound: the title counts only known days.
        _peak(
            [(name, strong, strong) for name, _, strong in rows],
            0,
            "Most articles with a known day are of",
            "dated article",
            "No publication day is known",
        ),
        f"Articles by {unit} of publication (the last day that it can have been)." + _left_out(outside, unknown),
        (unit, "articles", "of these with one day known"),
        rows,
        histogram(rows, f"Articles by {unit}"),
        ("one day known", "within an interval"),
    )


def _spoken_of(connection: duckdb.DuckDBPyConnection) -> Chart:
    unit, rows, outside, unknown = time_buckets(connection, _MENTIONED_DAYS_SQL)
    return Chart(
        _peak(rows, outside + unknown, "The articles most often mention", "expression of time", "No day is mentioned"),
        f"Temporal expressions by the {unit} in which they begin." + _left_out(outside, unknown),
        (unit, "expressions", "of these in a quotation"),
        rows,
        histogram(rows, f"Temporal expressions by {unit}"),
        ("in a quotation", "elsewhere"),
    )


def _peak(rows: Sequence[tuple[str, int, int]], others: int, claim: str, noun: str, nothing: str) -> str:
    """Return the claim about the highest column and the total; `others` counts what is outside the chart."""
    if not any(number for _, number, _ in rows):
        return nothing
    name, number, _ = max(rows, key=lambda row: row[1])
    plural = "expressions of time" if noun == "expression of time" else f"{noun}s"
    if sum(row[1] == number for row in rows) > 1:
        shown = [row[0] for row in rows if row[1]]
        return f"{plural.capitalize()} lie between {in_words(shown[0])} and {in_words(shown[-1])}, without a peak"
    return f"{claim} {in_words(name)}: {count(number)} of {counted(sum(row[1] for row in rows) + others, noun, plural)}"


def in_words(bucket: str) -> str:
    """Format a day or month of `time_buckets` for people; return years and decades unchanged."""
    match bucket.count("-"):
        case 2:
            return day(date.fromisoformat(bucket))
        case 1:
            return day(date.fromisoformat(f"{bucket}-01")).removeprefix("1 ")
    return bucket


def _left_out(outside: int, unknown: int) -> str:
    parts = [
        f" {count(outside)} {'is' if outside == 1 else 'are'} outside this range." if outside else "",
        f" {count(unknown)} {'is' if unknown == 1 else 'are'} not known." if unknown else "",
    ]
    return "".join(parts)


def time_buckets(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[str, list[tuple[str, int, int]], int, int]:
    """Count the `day` and `strong` of a query by day, month, year or decade: the finest that gives at most
    `MAX_TIME_BUCKETS`.

    Shows the middle 98 of 100, so that one date of 1492 does not compress all others. Returns the unit, (its name, all,
    the strong ones) without gaps, how many are outside, and how many have no day.
    """
    whole = f"FROM ({sql})"
    low, high, known, unknown = connection.execute(
        "SELECT quantile_disc(day, 0.01), quantile_disc(day, 0.99), count(day), count(*) - count(day) " + whole
    ).fetchall()[0]
    if low is None:
        return "day", [], 0, unknown
    for unit in ("day", "month", "year", "decade"):
        steps = _steps(unit, low, high)
        if len(steps) <= MAX_TIME_BUCKETS:
            break
    steps = steps[-MAX_TIME_BUCKETS:]
    counted = connection.execute(
        f"SELECT date_trunc('{unit}', day)::DATE AS start, count(*), count_if(strong) {whole} "
        "WHERE day IS NOT NULL AND start BETWEEN ? AND ? GROUP BY start",
        [steps[0], steps[-1]],
    ).fetchall()
    found = {start: (all_, strong) for start, all_, strong in counted}
    rows = [(_named(unit, start), *found.get(start, (0, 0))) for start in steps]
    return unit, rows, known - sum(row[1] for row in rows), unknown


def _steps(unit: str, low: date, high: date) -> list[date]:
    """Return the first days of the units from the one of `low` to that of `high`; at most one more than
    `MAX_TIME_BUCKETS`."""
    if unit == "day":
        return [
            date.fromordinal(n)
            for n in range(low.toordinal(), min(high.toordinal(), low.toordinal() + MAX_TIME_BUCKETS) + 1)
        ]
    if unit == "month":
        first, last = low.year * 12 + low.month - 1, high.year * 12 + high.month - 1
        return [date(n // 12, n % 12 + 1, 1) for n in range(first, min(last, first + MAX_TIME_BUCKETS) + 1)]
    size = 1 if unit == "year" else 10
    years = range(low.year // size * size, high.year + 1, size)
    # Decades are the coarsest unit: keep the newest.
    return [date(max(1, year), 1, 1) for year in (years if unit == "decade" else years[: MAX_TIME_BUCKETS + 1])]


def _named(unit: str, start: date) -> str:
    return start.isoformat()[: {"day": 10, "month": 7}.get(unit, 4)] + ("s" if unit == "decade" else "")


# --- drawing

# Placeholder colours, which `sanitized_svg` turns into classes.
_STRONG, _LIGHT, _INK, _LINE = "#000001", "#000002", "#000003", "#000004"
_CLASSES = {_STRONG: "strong", _LIGHT: "light", _INK: "ink", _LINE: "line"}
_STEP = 34
_LEFT = 40


def bars(rows: Sequence[tuple[str | None, int, int | None]], about: str) -> str | None:
    """Draw bars under their labels as SVG: the number, and a light bar behind it for a second number."""
    if not rows:
        return None
    import altair as alt

    values = [
        {
            "place": place,
            "label": fitting(label or "not known", LABEL),
            "number": number,
            "longest": max(number, more or 0),
            "said": count(number) if more is None else f"{count(number)} / {count(more)}",
        }
        for place, (label, number, more) in enumerate(rows)
    ]
    most = max(max(number, more or 0) for _, number, more in rows)
    # Leave room for the number after a bar.
    scale = alt.Scale(domain=[0, most or 1], range=[0, WIDTH - 70])
    number, longest = (alt.X(f"{name}:Q", scale=scale, axis=None) for name in ("number", "longest"))
    base = alt.Chart(alt.InlineData(values=values)).encode(y=alt.Y("place:O", axis=None))
    text = base.mark_text(align="left", baseline="middle", yOffset=-6, color=_INK)
    beside = base.mark_text(align="left", baseline="middle", yOffset=9, dx=6, color=_INK)
    chart = alt.LayerChart(
        layer=[
            base.mark_bar(color=_LIGHT, height=10, yOffset=9).encode(x=longest),
            base.mark_bar(color=_STRONG, height=10, yOffset=9).encode(x=number),
            text.encode(x=alt.value(0), text="label:N"),
            beside.encode(x=longest, text="said:N"),
        ]
    )
    return sanitized_svg(_drawn(chart.properties(width=WIDTH, height=_STEP * len(rows), padding=0)), about)


def histogram(rows: Sequence[tuple[str, int, int]], about: str) -> str | None:
    """Draw columns over time as SVG: the strong ones below, the others on top of them."""
    if not any(number for _, number, _ in rows):
        return None
    import altair as alt

    values = [
        {"stretch": name, "from": low, "to": high, "part": part}
        for name, number, strong in rows
        for part, low, high in (("strong", 0, strong), ("light", strong, number))
        if high > low
    ]
    names = [name for name, _, _ in rows]
    shown = labelled([(name, number) for name, number, _ in rows])
    axis = alt.Axis(values=shown, labelAngle=0, labelOverlap=False, ticks=True, title=None)
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar()
        .encode(
            x=alt.X("stretch:O", scale=alt.Scale(domain=names, paddingInner=0.15, paddingOuter=0.1), axis=axis),
            y=alt.Y(
                "from:Q", title=None, axis=alt.Axis(values=ticks(max(number for _, number, _ in rows)), format="~s")
            ),
            y2="to:Q",
            color=alt.Color(
                "part:N", scale=alt.Scale(domain=["strong", "light"], range=[_STRONG, _LIGHT]), legend=None
            ),
        )
        .properties(width=WIDTH - _LEFT - 30, height=150, padding={"left": _LEFT, "right": 30, "top": 10, "bottom": 26})
    )
    return sanitized_svg(_drawn(chart), about)


def labelled(rows: Sequence[tuple[str, int]]) -> list[str]:
    """Return the columns (name, height) to label: as many as fit, the highest first, empty ones last; in order."""
    fits = max(1, (WIDTH - _LEFT - 30) // (8 * len(rows[0][0]) + 14))
    apart = -(-len(rows) // fits)
    chosen: list[int] = []
    for at in sorted(range(len(rows)), key=lambda at: (-rows[at][1], at)):
        if all(abs(at - other) >= apart for other in chosen):
            chosen.append(at)
    return [rows[at][0] for at in sorted(chosen)]


def ticks(most: int) -> list[int]:
    """Return 0 and round whole numbers up to `most`: at most four."""
    step = next(n * 10**k for k in range(19) for n in (1, 2, 5) if most < 4 * n * 10**k)
    return list(range(0, most + 1, step))


def _drawn(chart: alt.Chart | alt.LayerChart) -> str:
    """Return the SVG that Vega draws. No address is allowed, so nothing is fetched."""
    import vl_convert

    configured = chart.configure(
        aria=False, autosize=_plain_autosize(), font="sans-serif", view={"stroke": None}
    ).configure_axis(
        labelColor=_INK, labelFontSize=12, labelLimit=0, domainColor=_LINE, tickColor=_LINE, gridColor=_LINE
    ).configure_text(fontSize=13, limit=0)  # fmt: skip
    return str(vl_convert.vegalite_to_svg(configured.to_dict(), allowed_base_urls=[]))


def _plain_autosize() -> Any:
    import altair as alt

    # Use the given sizes: a fitted layout would depend on the fonts of this machine.
    return alt.AutoSizeParams(type="none", contains="padding")


def fitting(label: str, columns: int) -> str:
    """Return at most so many columns of text, with an ellipsis if it was cut."""
    label = visible(label)
    used = 0
    for at, ch in enumerate(label):
        used += 2 if unicodedata.east_asian_width(ch) in "WF" else 1
        if used > columns:
            return label[: max(0, at - 1)].rstrip() + "…"
    return label


_SVG = "http://www.w3.org/2000/svg"
_KEPT = {
    "g": {"transform"},
    "path": {"d", "transform"},
    "line": {"transform", "x1", "x2", "y1", "y2"},
    "rect": {"x", "y", "width", "height", "transform"},
    "text": {"transform", "text-anchor", "font-size"},
}


def sanitized_svg(svg: str, about: str) -> str:
    """Return an SVG with only `_KEPT`: an image named `about`, with classes as colours. Raises ValueError otherwise."""
    root = ElementTree.fromstring(svg)
    drawn = ElementTree.Element("svg", {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": about})
    for child in root:
        _copy(child, drawn)
    return ElementTree.tostring(drawn, encoding="unicode", short_empty_elements=False)


def _copy(element: ElementTree.Element, parent: ElementTree.Element) -> None:
    name = element.tag.removeprefix(f"{{{_SVG}}}")
    kept = _KEPT.get(name)
    if kept is None:
        raise ValueError(f"a chart has an element <{name}>")
    colour = element.get("fill", "none") if element.get("fill", "none") != "none" else element.get("stroke", "none")
    if name != "g" and (colour not in _CLASSES or element.get("display") == "none"):
        return  # backgrounds, which are invisible
    own = {key: value for key, value in element.attrib.items() if key in kept}
    if name == "g":
        # Leave out a group without a transform, and move its children to its parent.
        copied = (
            ElementTree.SubElement(parent, "g", own) if own.get("transform") not in (None, "translate(0,0)") else parent
        )
    else:
        copied = ElementTree.SubElement(parent, name, {**own, "class": _CLASSES[colour]})
        copied.text = element.text
    for child in element:
        _copy(child, copied)
    if name == "g" and copied is not parent and not len(copied):
        parent.remove(copied)
