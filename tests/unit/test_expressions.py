"""Temporal expressions: what is found, how it is read, and what is not an expression."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data import load
from pipeline.expressions import _GRAMMAR, _READERS, Expression, Line, calendar, find
from pipeline.expressions.tokens import _NAME as NAME
from pipeline.expressions.words import CLASSES, FUNCTION_WORD_CLASSES
from tests.support.time_limit import cpu_limit

DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31))
ORDERS = (
    "{d:%B} {d.day}, {d.year}",
    "{d:%b}. {d.day}, {d.year}",
    "{d.day} {d:%B} {d.year}",
    "{d.day}{suffix} {d:%B}, {d.year}",
    "the {d.day}{suffix} of {d:%B}, {d.year}",
    "{d:%A}, {d:%B} {d.day}, {d.year}",
    "{d:%A} {d.day} {d:%B} {d.year}",
    "{d:%Y-%m-%d}",
    "{d.year}/{d.month}/{d.day}",
    "{d:%d.%m.%Y}",
    "{d:%B} {d.day} {d.year}",
    "{d.day}-{d:%b}-{d.year}",
)


TABLE = load("time_expressions.tsv", Line)


def looks_back(pattern: Iterable[Any]) -> Iterator[int]:
    """Yield the maximum width of each lookbehind of a parsed pattern."""
    for _, argument in pattern:
        for part in argument if isinstance(argument, tuple) else (argument,):
            for inside in part if isinstance(part, list) else (part,):
                if isinstance(inside, re._parser.SubPattern):  # type: ignore[attr-defined]
                    if argument[0] == -1:
                        yield inside.getwidth()[1]
                    yield from looks_back(inside)


def test_no_rule_looks_back_further_than_a_word() -> None:
    """Otherwise the rules of a run would depend on more than the word before it."""
    reach = [far for p in _GRAMMAR._patterns for far in looks_back(re._parser.parse(p.pattern))]  # type: ignore[attr-defined]
    assert set(reach) == {1}


@pytest.mark.parametrize("line", TABLE, ids=lambda line: line.name)
def test_a_stretch_that_is_looked_up_gives_the_same(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{line.example} And then: {line.example}"
    found = find(text)
    assert find(text) == found
    monkeypatch.setattr("pipeline.expressions.tokens.MAX_CACHED_RUN", 0)
    assert find(text) == found


def suffix(day: int) -> str:
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def one(text: str) -> Expression:
    found = find(text)
    assert len(found) == 1, [text[e.start : e.end] for e in found]
    return found[0]


@given(DAYS, st.sampled_from(ORDERS))
def test_every_day_in_every_order_reads_as_itself(day: datetime.date, order: str) -> None:
    words = order.format(d=day, suffix=suffix(day.day))
    text = f"They signed it on {words}. It holds."
    found = one(text)
    assert text[found.start : found.end] == words
    assert (found.value, found.interval, found.problem) == (day.isoformat(), (day, day), None)


def spellings(names: Iterable[str]) -> list[str]:
    """Return numbers, marks and words of these classes; other names are words themselves."""
    numbers = ("3", "14", "2015", "3rd", "10:30", "1980s", "2020-10-18", "2.5", "x", ",", ".", "-", "(", "\n\n")
    return [*numbers, *(word for name in sorted(names) for word in sorted(CLASSES.get(name, {name: None}))[:6])]


@pytest.mark.parametrize("line", [line for line in TABLE if line.kind == "rule"], ids=lambda line: line.name)
def test_each_rule_of_the_table_reads_its_example(line: Line) -> None:
    hits = ((_GRAMMAR.rules[place], hit) for place, hit in _GRAMMAR.hits(line.example))
    assert line.name in {rule.name for rule, hit in hits if rule.read(hit)}


@pytest.mark.parametrize("line", [line for line in TABLE if line.kind == "part"], ids=lambda line: line.name)
def test_each_part_of_the_table_is_of_a_time_expression(line: Line) -> None:
    assert any(f"{{{line.name}}}" in other.pattern for other in TABLE)
    assert bool(find(line.example)) == (line.name not in ("not-year", "not-age"))


def test_each_reader_has_a_rule() -> None:
    assert set(_READERS) == {rule.name for rule in _GRAMMAR.rules}


@pytest.mark.parametrize("place", range(len(_GRAMMAR.rules)))
@settings(max_examples=40)
@given(st.data())
def test_no_rule_is_passed_by_where_it_matches(place: int, data: st.DataObject) -> None:
    names = set(NAME.findall(_GRAMMAR.rules[place].pattern))
    text = " ".join(data.draw(st.lists(st.sampled_from(spellings(names)), max_size=12)))
    letters, pattern = _GRAMMAR.tokens(text).letters, _GRAMMAR._patterns[place]
    matches = set()
    for stretch in re.finditer("[^_]+", letters):
        words = {letter: classes for classes, letter in _GRAMMAR._letters.items() if letter in stretch[0]}
        if any(letter in pattern.pattern and not classes <= FUNCTION_WORD_CLASSES for letter, classes in words.items()):
            matches |= {match.span() for match in pattern.finditer(letters, stretch.start(), stretch.end() + 1)}
    assert {hit.match.span() for at, hit in _GRAMMAR.hits(text) if at == place} == matches


ODD_NUMBERS = "0 00 0th 3rd 16th 31st 476th 0s '0s 1/2 3.5 1,000 1000000000 3-year 5pm ２０ ² ½"
NUMBER_PLACES = """
{}; year {}; AD {}; {} AD; {} CE; {} BC; {} to {} BC; May {}; {} May; May {} AD {}; {}-{}; {}s; fiscal {}; FY{}; Q{} {};
{}H{}; {} half of {}; {} century; {} days of May; {}/{}/{}; {} weeks ago; {} days before Easter {}; {} Friday of May {};
week of {}; {} million years ago
"""


@pytest.mark.parametrize("place", [place.strip() for place in NUMBER_PLACES.split(";")])
def test_an_odd_number_raises_nothing(place: str) -> None:
    for number in ODD_NUMBERS.split():
        find(f"It opened in the {place.replace('{}', number)} there.")
        find(place.replace("{}", number))


@given(st.text(alphabet=st.sampled_from("aMonday 0123456789,.-–/:'’\n[(thstrdJunyeaw"), max_size=300))
@settings(max_examples=300)
def test_any_text_gives_ordered_expressions_without_overlap(text: str) -> None:
    found = find(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    for e in found:
        assert 0 <= e.start < e.end <= len(text)
        assert e.interval is None or e.interval[0] <= e.interval[1]


@given(DAYS)
def test_a_day_lies_in_its_week_month_quarter_and_year(day: datetime.date) -> None:
    values = (
        day.isoformat(), day.isoformat()[:7], day.isoformat()[:4], day.isoformat()[:3], calendar.week_value(day),
        *(calendar.part_of_year(day, kind) for kind in "QHS"),
    )  # fmt: skip
    for value in values:
        days = calendar.interval(value)
        assert days is not None and days[0] <= day <= days[1], value


@pytest.mark.parametrize("value", ["2020-10", "2020", "198", "2020-W42", "2020-Q3", "19"])
def test_modifiers_cut_a_span_into_three(value: str) -> None:
    whole = calendar.interval(value)
    parts = [calendar.interval(value, mod) for mod in ("START", "MID", "END")]
    assert whole is not None and all(parts)
    days = [p for p in parts if p is not None]
    assert (days[0][0], days[-1][1]) == whole
    assert all(a[1] < b[0] for a, b in itertools.pairwise(days))


@pytest.mark.parametrize(
    ("name", "year", "day"),
    [
        ("easter", 2000, "2000-04-23"),
        ("good friday", 2024, "2024-03-29"),
        ("thanksgiving", 1999, "1999-11-25"),
        ("election day", 1998, "1998-11-03"),
        ("memorial day", 2020, "2020-05-25"),
        ("labor day", 2020, "2020-09-07"),
    ],
)
def test_holidays(name: str, year: int, day: str) -> None:
    assert calendar.holiday(name, year).isoformat() == day


HOSTILE = (
    "1990, ",
    "a.",
    "Monday ",
    "two hundred and ",
    "the ",
    "12:",
    "1/1",
    "May 3 to ",
    "\n ",
    "a",
    "9",
    "'",
    "in ",
)


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.slow
def test_hostile_text_takes_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece)) + "b9"
    with cpu_limit():
        assert all(found.end <= len(text) for found in find(text))
