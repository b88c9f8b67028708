"""Values of temporal expressions for extreme numbers. No extracted row breaks a structural check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.expressions.values import VALUES, duration
from pipeline.expressions.words import FRACTIONS, UNIT_PLURALS, UNITS
from tests.support.extraction import empty, extracted, violations
from tests.support.property_tests import WITHOUT_SHRINKING


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with empty(tmp_path_factory.mktemp("values")) as connection:
        yield connection


DAYS = {"Y": 360, "Q": 90, "M": 30, "W": 7, "FN": 14, "WE": 2, "D": 1, "E": 3600, "C": 36000}
SECONDS = {**{unit: 86400 * days for unit, days in DAYS.items()}, "TH": 3600, "TM": 60, "TS": 1}


@given(
    st.fractions(0, 10**21) | st.integers(0, 10**21).map(Fraction) | st.decimals(0, 10**21, places=8).map(Fraction),
    st.sampled_from(sorted(set(UNITS.values()))),
)
def test_each_duration_is_a_value_near_its_number(number: Fraction, unit: str) -> None:
    written = duration(number, unit)
    if written is None:
        assert number * 100 >= 10**18 or (number * 10**6).denominator > 1  # too many digits, or not exact
        return
    assert re.fullmatch(VALUES["DURATION"], written)
    date, _, time = written[1:].partition("T")
    parts = [
        *re.findall(r"([\d.]+)([A-Z]+)", date),
        *re.findall(r"([\d.]+)(T[A-Z]+)", re.sub(r"([A-Z])", r"T\1", time)),
    ]
    read = sum(Fraction(amount) * SECONDS[of] for amount, of in parts)
    # Rounded to the next smaller unit; every unit has at least seven of them.
    assert abs(read - number * SECONDS[unit]) <= Fraction(SECONDS[unit], 14)


@pytest.mark.parametrize("gap", ["\xa0", "  ", "\u200b ", "\xad "])
def test_the_evidence_of_publication_reads_as_the_raw_text(store: duckdb.DuckDBPyConnection, gap: str) -> None:
    rows = extracted({"a.txt": f"They met in Oslo on 11{gap}of July, 2000. It rained."})
    assert rows["documents"][0]["raw_published_start"] is not None
    assert violations(store, rows) == {}


def test_a_value_that_is_none_is_found(store: duckdb.DuckDBPyConnection) -> None:
    rows = extracted({"a.txt": "It took 3 weekends."})
    rows["dates"][0]["value"] = "P1e+11WE"
    assert violations(store, rows).keys() == {"dates_value_is_timex"}


DIGITS = st.integers(0, 10**13)
NUMBERS = st.one_of(
    DIGITS.map(str),
    DIGITS.map("{:,}".format),
    DIGITS.map("{:,}".format).map(lambda n: n.replace(",", "\u2009")),
    st.builds("{}.{}".format, st.integers(0, 10**6), DIGITS),
    st.floats(0, allow_nan=False, allow_infinity=False).map(repr),
    st.builds("{}/{}".format, st.integers(0, 9), st.integers(0, 9)),
    st.text(st.characters(categories=("Nd", "No", "Nl")), min_size=1, max_size=4),
    st.sampled_from(
        ("half a", "a few", "a couple of", "twenty-two and a half", "a hundred and one", "XIV", "minus 3", "two-three")
    ),
    st.sampled_from(sorted(FRACTIONS)),
)
SCALES = st.sampled_from(
    ("", " hundred", " dozen", " thousand", " million", " billion", " trillion", " million million")
)
QUANTITIES = st.builds("{}{}".format, NUMBERS, SCALES)
UNIT_WORDS = st.sampled_from((*UNITS, *UNIT_PLURALS))
YEARS = st.integers(0, 10**4).map(str) | st.sampled_from(("0476", "1000", "2999", "3000"))
MONTHS = st.sampled_from(("January", "February", "May", "Sept.", "December"))
MONTH_DAYS = st.integers(0, 99).map(str) | st.sampled_from(("31st", "first", "32nd"))
ORDINALS = st.integers(0, 99).map("{}th".format) | st.sampled_from(("first", "twenty-first", "IXth"))
WEEKDAYS = st.sampled_from(("Monday", "Friday", "Sunday"))
CLOCKS = st.sampled_from(("10 p.m.", "13 p.m.", "25:00", "24:00", "midnight", "0735 GMT", "9999 GMT"))
NAMES = st.sampled_from(("Anna Berg", "Mr. May", "the U.N.", "Dr. April Sunday, Jr.", "she", "the minister", "½"))
MARKS = st.sampled_from(("“”", "‘’", '""', "«»", "„“", "''", "”“", "“\u202e", "\u0301”"))
TEMPLATES = (
    "It took {q} {u}, and {q} {u} ago it rained.",
    "{q} {u} later than in the past {q} {u} they met every {q} {u}.",
    "The {q}-{u} wait was more than {q} {u} and a half or so.",
    "It was {q} {u} before {m} {d}, {y}. {q} {u} earlier he was {q} {u} old.",
    "It was built in the early {o} century or in the {y}s.",
    "In {y} or the year {y}, from {m} {d}, {y} to {m} {d}, {y}, it rained.",
    "{w}, {m} {d}, {y} at {c}; early {w}, {d} {m} {y}; {y}-{n}-{n}T{n}:{n}:00Z.",
    "the {o} quarter of {y}, winter {y}, the week of {m} {d}, {y}, Easter {y}, {n}/{n}/{y}",
    "On {m} {d}, {y}, they marked the {o} anniversary of the {y} deal at {c}.",
    "{a}It took {q} {u},{b} {p} of {p} said on {m} {d}, {y}. {a}We met in {y}{b}",
    "{p} told {p} {q} {u} ago: {a}{a}{q}{b} in the {o} century{b}",
    "According to {p}, {a}{m} {d}{b} and {a}{q} {u}{b} {p} said {w}",
    "OSLO, {m} {d}, {y} ({p}) — {p} said that {q} {u} ago it was {c} {w}.",
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw sentences about quantities, days and statements."""
    parts = {
        "q": QUANTITIES,
        "u": UNIT_WORDS,
        "y": YEARS,
        "m": MONTHS,
        "d": MONTH_DAYS,
        "o": ORDINALS,
        "w": WEEKDAYS,
        "c": CLOCKS,
        "p": NAMES,
        "n": st.integers(0, 40).map("{:02}".format),
    }

    def filled(template: str) -> str:
        marks = draw(MARKS)
        template = template.replace("{a}", marks[0]).replace("{b}", marks[1])
        return re.sub(r"\{(\w)\}", lambda part: draw(parts[part[1]]), template)

    chosen = draw(st.lists(st.sampled_from(TEMPLATES), min_size=4, max_size=8))
    return draw(st.sampled_from((" ", "\n", "\r\n", "\n\n", "\u2028", "\xad"))).join(map(filled, chosen))


@given(st.lists(texts(), min_size=1, max_size=4), st.none() | st.dates().map(str))
@settings(max_examples=5, phases=WITHOUT_SHRINKING)
def test_no_value_that_extraction_writes_breaks_a_structural_check(
    store: duckdb.DuckDBPyConnection, found: list[str], published: str | None
) -> None:
    rows = extracted({f"{number}.txt": text for number, text in enumerate(found)}, published)
    assert violations(store, rows) == {}
