"""Charts: drawn from data alone, safe inside the page, and byte-identical wherever they are drawn."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.test_descriptions import HOSTILE
from warehouse.release.site import charts
from warehouse.release.site.charts import bars, histogram  # tests/conftest.py has them draw the same rows once

HOSTILE_LABELS = (
    *HOSTILE,
    "datum.number",
    "{{ 1 + 1 }}",
    "expr:alert(1)",
    "', alert(1), '",
    "\ud800 lone",
    "</svg>",
    "",
)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("text")]


def test_labels_are_words_whatever_they_say() -> None:
    rows = [(label, number + 1, number) for number, label in enumerate(HOSTILE_LABELS)]
    svg = bars(rows, "<b>about</b>")
    assert svg is not None
    assert {e.tag for e in ElementTree.fromstring(svg).iter()} <= {"svg", "g", "path", "rect", "line", "text"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in svg
    expected = {charts.fitting(label or "not known", charts.LABEL) for label in HOSTILE_LABELS}
    assert expected <= set(texts(svg))
    assert not set("\u202e\x00\x1b\ud800") & set(svg)


def test_a_drawing_keeps_no_colour_font_style_or_address() -> None:
    horizontal = bars([("a", 3, 5), ("b", 1, None)], "bars")
    columns = histogram([("2026-01", 3, 1), ("2026-02", 0, 0), ("2026-03", 2, 2)], "columns")
    for svg in (horizontal, columns):
        assert svg is not None
        assert not re.search(r"#[0-9a-f]{3}|font-family|style=|href|url\(|xmlns|aria-hidden", svg)
        names = {name for element in ElementTree.fromstring(svg).iter() for name in element.attrib}
        assert names <= {"viewBox", "role", "aria-label", "class", "transform", "d", "x", "y", "x1", "x2", "y1", "y2",
                         "width", "height", "text-anchor", "font-size"}  # fmt: skip


def test_the_same_figures_give_the_same_drawing_with_bars_of_their_length() -> None:
    rows = [("Ana", 40, None), ("Ben", 10, None)]
    svg = bars(rows, "bars")
    assert svg == bars(rows, "bars")
    assert svg is not None
    lengths = [float(n) for n in re.findall(r'd="M0,[\d.]+h([\d.]+)v10', svg)]
    # A light bar behind each strong one, of the same length if there is one number.
    assert lengths == [330, 82.5, 330, 82.5]
    assert texts(svg) == ["Ana", "Ben", "40", "10"]


def test_columns_stand_on_each_other() -> None:
    svg = histogram([("2025", 4, 1), ("2026", 2, 0)], "columns")
    assert svg is not None
    assert len(re.findall(r'<path [^>]*class="strong"', svg)) == 1
    assert len(re.findall(r'<path [^>]*class="light"', svg)) == 2
    assert {"2025", "2026", "0", "2", "4"} <= set(texts(svg))


def test_nothing_is_drawn_of_nothing() -> None:
    assert bars([], "nothing") is None
    assert histogram([], "nothing") is None
    assert histogram([("2026", 0, 0)], "nothing") is None


def test_what_vega_should_not_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="<image>"):
        charts.sanitized_svg('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><image/></svg>', "x")


@pytest.mark.parametrize(
    ("days", "unit", "first", "last", "outside"),
    [
        (["2026-03-01", "2026-03-01", "2026-03-04"], "day", ("2026-03-01", 2, 1), ("2026-03-04", 1, 1), 0),
        (["2025-11-30", "2026-02-01"], "month", ("2025-11", 1, 0), ("2026-02", 1, 1), 0),
        (["1999-05-05", "2026-02-01"], "year", ("1999", 1, 0), ("2026", 1, 1), 0),
        (["1821-05-05", "2026-02-01"], "decade", ("1820s", 1, 0), ("2020s", 1, 1), 0),
        # One old date among a hundred does not compress the others.
        (["1492-10-12"] + ["2026-02-01"] * 149, "day", ("2026-02-01", 149, 149), ("2026-02-01", 149, 149), 1),
        (["0001-01-01", "9999-12-31"], "decade", ("9600s", 0, 0), ("9990s", 1, 1), 1),
    ],
)
def test_time_is_cut_as_finely_as_fits(
    days: list[str], unit: str, first: tuple[str, int, int], last: tuple[str, int, int], outside: int
) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE seen (day DATE, strong BOOLEAN)")
        connection.executemany("INSERT INTO seen VALUES (?, ?)", [(d, n > 0) for n, d in enumerate(days)])
        connection.execute("INSERT INTO seen VALUES (NULL, true)")
        found, rows, left, unknown = charts.time_buckets(connection, "SELECT day, strong FROM seen")
    assert (found, left, unknown) == (unit, outside, 1)
    if unit == "day" and len(days) == 3:
        first = ("2026-03-01", 2, 1)
    assert (rows[0], rows[-1]) == (first, last)
    assert len(rows) <= charts.MAX_TIME_BUCKETS
    assert len({name for name, _, _ in rows}) == len(rows)


def test_without_a_day_there_is_no_stretch() -> None:
    with duckdb.connect() as connection:
        sql = "SELECT NULL::DATE AS day, true AS strong FROM range(3)"
        assert charts.time_buckets(connection, sql) == ("day", [], 0, 3)


@given(st.dates(), st.dates())
def test_stretches_of_any_two_days_hold_both_ends(one: date, other: date) -> None:
    low, high = sorted((one, other))
    for unit in ("day", "month", "year", "decade"):
        steps = charts._steps(unit, low, high)
        assert steps == sorted(set(steps))
        assert steps[0] <= low
        if len(steps) <= charts.MAX_TIME_BUCKETS:
            assert steps[-1] <= high
    assert unit == "decade"


@given(st.integers(1, 10**12))
def test_ticks_are_few_and_whole(most: int) -> None:
    found = charts.ticks(most)
    assert found[0] == 0
    assert found[-1] <= most
    assert 2 <= len(found) <= 4


@given(st.text(), st.integers(1, 20))
@settings(deadline=None)
def test_a_label_is_as_long_as_it_may_be(text: str, columns: int) -> None:
    assert len(charts.fitting(text, columns)) <= columns


def test_wide_characters_take_two_columns() -> None:
    assert charts.fitting("北京市北京市", 6) == "北京…"
    assert charts.fitting("Beijing", 7) == "Beijing"
