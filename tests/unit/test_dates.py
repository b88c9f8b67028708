"""Anchoring and validity: which day is meant, on what grounds, and when it cannot be true."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import contract
from pipeline.dates import Date, dates
from pipeline.parses import Parse, parses
from pipeline.sentences import Sentence, split

D = datetime.date
PUBLISHED = D(2020, 11, 18)  # a Wednesday


@dataclass(frozen=True, slots=True)
class Said:
    """A quotation as the stage before gives it, with what `dates` reads of it."""

    start: int
    end: int
    kind: str = "direct"
    part_of: int | None = None
    cue_start: int | None = None
    cue_end: int | None = None


@cache
def parsed(text: str) -> tuple[tuple[Sentence, ...], Parse]:
    sentences = tuple(split(text))
    return sentences, next(parses([(text, sentences)]))


def read(
    text: str,
    earliest: datetime.date | None = PUBLISHED,
    latest: datetime.date | None = None,
    quotes: tuple[Said, ...] = (),
) -> list[Date]:
    sentences, parse = parsed(text)
    return dates(text, sentences, parse, quotes, earliest, latest or earliest)


def values(text: str) -> list[str | None]:
    return [d.value for d in read(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The minister said on Sunday that it was over.", "2020-11-15"),
        ("The minister will meet them on Sunday.", "2020-11-22"),
        ("The talks are scheduled for Sunday.", "2020-11-22"),
        ("The minister agreed to meet them on Friday.", "2020-11-20"),
        ("The court ruled Wednesday against them.", "2020-11-18"),
        ("They met last Wednesday.", "2020-11-11"),
        ("They meet next Wednesday.", "2020-11-25"),
        ("It happened yesterday.", "2020-11-17"),
        ("It happens the day after tomorrow.", "2020-11-20"),
        ("It happened last night.", "2020-11-17TNI"),
        ("It was signed this week.", "2020-W47"),
        ("It was signed last month.", "2020-10"),
        ("It was signed last year.", "2019"),
        ("It was signed five years ago.", "2015"),
        ("It was signed two months ago.", "2020-09"),
        ("It was signed ten days ago.", "2020-11-08"),
        ("It was signed in October.", "2020-10"),
        ("It was signed in December.", "2019-12"),
        ("It will be signed in December.", "2020-12"),
        ("It will be signed on March 5.", "2021-03-05"),
        ("It was signed on March 5.", "2020-03-05"),
        ("It was signed in October last year.", "2019-10"),
        ("It was signed last spring.", "2020-SP"),
        ("Profit fell in the third quarter.", "2020-Q3"),
        ("It was cold on Christmas Day.", "2019-12-25"),
        ("It ends at the end of the year.", "2020"),
        ("It will end in two years from now.", "2022"),
    ],
)
def test_counted_from_the_publication(text: str, value: str) -> None:
    found = read(text)
    assert [d.value for d in found] == [value]
    assert found[0].basis == "publication"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They left on August 20, 2018. One month later they came back.", ["2018-08-20", "2018-09-20"]),
        ("They left on August 20, 2018. The following day it rained.", ["2018-08-20", "2018-08-21"]),
        ("They left in 2015. The following year it rained.", ["2015", "2016"]),
        ("They left on May 8, 2018. From the mentioned date it rained.", ["2018-05-08", "2018-05-08"]),
        ("They left on May 8, 2018 at noon.", ["2018-05-08T12:00"]),
    ],
)
def test_counted_from_the_date_before(text: str, expected: list[str]) -> None:
    found = read(text)
    assert [d.value for d in found] == expected
    assert found[-1].basis == ("context" if len(found) > 1 else "absolute")


def test_a_gloss_in_brackets_gives_the_day() -> None:
    assert values("A few days later (August 20) they left.") == ["2020-08-20", "2020-08-20"]


def test_what_has_no_anchor_stays_open() -> None:
    (found,) = read("A few days later they left.")
    assert (found.basis, found.value, found.earliest, found.latest) == ("unresolved", None, None, None)
    (found,) = read("They left yesterday.", earliest=None)
    assert (found.basis, found.value, found.earliest, found.latest) == ("unresolved", None, None, None)
    (found,) = read("They left on May 8, 2018.", earliest=None)
    assert (found.basis, found.value, found.earliest) == ("absolute", "2018-05-08", D(2018, 5, 8))


def test_a_publication_between_two_days_gives_an_interval() -> None:
    (found,) = read("They left yesterday.", D(2020, 11, 10), D(2020, 11, 12))
    assert (found.earliest, found.latest) == (D(2020, 11, 9), D(2020, 11, 11))
    assert (found.value, found.basis) == ("2020-11", "publication")
    (found,) = read("They left last year.", D(2020, 11, 10), D(2020, 11, 12))
    assert (found.value, found.earliest, found.latest) == ("2019", D(2019, 1, 1), D(2019, 12, 31))


def test_words_inside_a_quotation_are_counted_from_its_day() -> None:
    text = "“We finished the work yesterday,” the minister said on October 19."
    quote = Said(1, text.index(",”") + 1, cue_start=text.index("said"), cue_end=text.index("said") + 4)
    inside, when = read(text, quotes=(quote,))
    assert (when.quote, when.relation, when.value) == (0, "when_said", "2020-10-19")
    assert (inside.quote, inside.relation) == (0, "inside")
    assert (inside.value, inside.basis) == ("2020-10-18", "quotation")


@pytest.mark.parametrize(
    ("cue", "relation", "value"),
    [("argued", "when_said", "2020-11-16"), ("argues", "when_said", "2020-11-16"), ("plans", None, "2020-11-23")],
)
def test_a_planned_day_is_not_when_it_was_said(cue: str, relation: str | None, value: str) -> None:
    text = f"“We finished the work,” the minister {cue} on Monday."
    at = text.index(cue)
    quote = Said(1, text.index(",”") + 1, cue_start=at, cue_end=at + len(cue))
    (found,) = read(text, quotes=(quote,))
    assert (found.relation, found.value) == (relation, value)


def test_the_second_part_of_a_quotation_shares_the_day_of_the_first() -> None:
    text = "“We finished,” the minister said on October 19. “We finished it yesterday.”"
    cue = text.index("said")
    second = text.index("“", 5)
    quotes = (
        Said(1, text.index(",”") + 1, cue_start=cue, cue_end=cue + 4),
        Said(second + 1, len(text) - 1, part_of=0),
    )
    when, inside = read(text, quotes=quotes)
    assert (when.quote, when.relation) == (0, "when_said")
    assert (inside.quote, inside.value, inside.basis) == (1, "2020-10-18", "quotation")


def test_reported_speech_keeps_the_reporters_day() -> None:
    text = "The minister said on October 19 that the work ended yesterday."
    start = text.index("the work")
    cue = text.index("said")
    quote = Said(start, len(text) - 1, "indirect", cue_start=cue, cue_end=cue + 4)
    when, inside = read(text, quotes=(quote,))
    assert when.relation == "when_said"
    assert (inside.relation, inside.value, inside.basis) == ("inside", "2020-11-17", "publication")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The lease expired on October 18. The mayor spoke a day after the expiration of the lease.", "2020-10-19"),
        ("A day after the expiration of the lease the mayor spoke. It expired on October 18.", "P1D"),
        ("The lease came to an end on October 18. Two days before the lease expired, the mayor spoke.", "2020-10-16"),
        ("The mayor was arrested on October 18. Two weeks after the arrest she resigned.", "2020-11-01"),
        ("The shooting took place on October 18. He called police the day before the shooting.", "2020-10-17"),
        ("He died on October 18. They came the day after his death.", "2020-10-19"),
        ("They left the day before Christmas Day.", "2019-12-24"),
        # Dated twice, by a month, not dated: nothing is guessed.
        ("They met on May 4, 2020. They met on May 8, 2020. A day after the meeting it rained.", "P1D"),
        ("The lease expired in October. A day after the expiration it rained.", "P1D"),
        ("They met on May 4, 2020. A day after the vote it rained.", "P1D"),
        ("The vote was on May 4, 2020. The law takes effect within five days after the vote.", "P5D"),
        ("The building expired on May 4, 2020. A day after the expiration of the lease it rained.", "P1D"),
    ],
)
def test_counted_from_an_event_that_the_text_dates(text: str, value: str) -> None:
    found = next(d for d in read(text) if d.value and (d.value == value or d.basis == "context"))
    assert found.value == value
    if value.startswith("P"):
        assert (found.type, found.earliest) == ("DURATION", None)
    else:
        assert (found.type, found.basis, str(found.earliest)) == ("DATE", "context", value)


def test_the_day_beside_an_event_without_a_day_is_no_expression() -> None:
    assert values("They came the day after his death.") == []


def test_a_day_counted_from_an_event_dates_the_quotation() -> None:
    text = (
        "The lease expired on October 18. “It ran out yesterday,” the mayor said a day after the expiration of the "
        "lease."
    )
    cue = text.index("said")
    quote = Said(text.index("“") + 1, text.index(",”") + 1, cue_start=cue, cue_end=cue + 4)
    _, inside, when = read(text, quotes=(quote,))
    assert (when.relation, when.value, when.basis) == ("when_said", "2020-10-19", "context")
    assert (inside.value, inside.basis) == ("2020-10-18", "quotation")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("It spent four years on it in the year ended March 31.", "P1Y"),
        ("He missed the quarter a year ago.", "2019-Q3"),
        ("They did not plan to leave on Thursday.", "2020-11-19"),
        ("Trade is to resume on Monday.", "2020-11-23"),
        ("The record was set on Dec. 6.", "2019-12-06"),
        ("A meeting is set for Dec. 6.", "2020-12-06"),
        ("The losses hurt them on Monday.", "2020-11-16"),
        ("It won the High Noon prize.", None),
    ],
)
def test_readings_that_the_words_around_decide(words: str, value: str | None) -> None:
    assert (value in values(words)) == (value is not None)
    assert value is not None or values(words) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("It was signed on February 30.", "impossible-date"),
        ("It was signed on Monday, October 18, 2020.", "weekday-mismatch"),
        ("It was signed on Sunday, October 18.", None),
        ("It was signed on May 8, 2021.", "after-publication"),
        ("It will be signed on May 8, 2021.", None),
        ("His promise to halve it by the year 2030 was abandoned.", None),
        ("It lasted from May 8, 2019 to May 3, 2019.", "reversed-interval"),
        ("It lasted from May 3, 2019 to May 8, 2019.", None),
        ("It happened 4000 years ago.", "out-of-range"),
        ("On May 8, 2018 they marked the fifth anniversary of the 2015 deal.", "anniversary-mismatch"),
        ("On May 8, 2020 they marked the fifth anniversary of the 2015 deal.", None),
    ],
)
def test_problems(text: str, problem: str | None) -> None:
    found = {d.problem for d in read(text)} - {None}
    assert found == ({problem} if problem else set())


def test_an_impossible_date_has_no_days() -> None:
    (found,) = read("It was signed on February 30, 2020.")
    assert (found.value, found.earliest, found.latest, found.basis) == (None, None, None, "unresolved")


def test_names_and_verbs_are_no_months() -> None:
    assert values("May I ask Theresa May about it?") == []


@given(st.integers(-2000, 2000))
@settings(deadline=None)
def test_a_later_publication_moves_each_day_with_it(days: int) -> None:
    text = "They left yesterday. He comes tomorrow. It rained ten days ago. It is cold today."
    step = datetime.timedelta(days)
    before, after = read(text), read(text, PUBLISHED + step)
    assert [d.earliest + step for d in before if d.earliest] == [d.earliest for d in after]
    assert len(before) == 4


@given(st.dates(D(1900, 1, 1), D(2100, 12, 31)), st.integers(0, 60))
@settings(deadline=None)
def test_rows_keep_the_contract(published: datetime.date, width: int) -> None:
    text = (
        "On Sunday, October 18, they left. A day later, on February 30, it rained for three weeks. He will come next "
        "Tuesday or in May. Since 2015 it was cold every winter, now and in the past two years. It ended last fall."
    )
    found = read(text, published, published + datetime.timedelta(width))
    assert len(found) >= 9
    for row in found:
        assert (row.earliest is None) == (row.latest is None)
        assert row.earliest is None or row.latest is None or row.earliest <= row.latest
        assert row.basis in contract.DATE_BASES and row.type in contract.TIMEX_TYPES
        assert row.problem is None or row.problem in contract.DATE_PROBLEMS
        assert row.mod is None or row.mod in contract.TIMEX_MODS
        assert row.basis != "unresolved" or row.earliest is None
        if row.problem == "impossible-date":
            assert row.earliest is None
        if row.value is not None and len(row.value) == 10 and row.value[4] == row.value[7] == "-" and row.earliest:
            assert row.earliest <= D.fromisoformat(row.value) <= (row.latest or D.min)


def test_time_grows_with_the_text() -> None:
    sentence = "The minister said on Sunday that the talks of October 18 will go on next week. "

    def seconds(count: int) -> float:
        text = sentence * count
        sentences, parse = parsed(text)
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            dates(text, sentences, parse, (), PUBLISHED, PUBLISHED)
            best = min(best, time.process_time() - begin)
        return best

    small, large = seconds(40), seconds(160)
    # Four times the text: linear is 4, quadratic 16.
    assert large < 9 * small + 0.02


@pytest.mark.parametrize("text", ["The following month it rained.", "That day it rained.", "It rained the next day."])
def test_without_a_date_before_it_nothing_is_guessed(text: str) -> None:
    (found,) = read(text)
    assert (found.basis, found.value, found.earliest) == ("unresolved", None, None)


def test_days_are_counted_from_a_day() -> None:
    assert values("They left on May 8, 2018. In the third quarter of 2018 it rained. The next day it rained.") == [
        "2018-05-08",
        "2018-Q3",
        "2018-05-09",
    ]
