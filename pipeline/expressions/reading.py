"""`Expression`: what the words of a temporal expression say by themselves."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from pipeline.expressions.calendar import Away, Pick

type Type = Literal["DATE", "TIME", "DURATION", "SET"]
type Form = Literal["value", "calendar", "weekday", "offset", "clock", "context"]
type Anchor = Literal["speech", "context", "event"]


@dataclass(frozen=True, slots=True)
class Expression:
    """One temporal expression: characters [start, end) of the text, and its reading before any anchoring.

    `form` says what is still unknown:
    - value: nothing. `value` is the TIMEX3 value, `interval` its days, if any.
    - calendar: the year ("October 18", "the third quarter", "last summer", "October last year").
    - weekday: the week ("Sunday", "last Tuesday").
    - offset: the day that `amount` units are counted from ("yesterday", "last month", "five days later").
    - clock: the day ("10 p.m.").
    - context: the date meant, named before ("the mentioned date", "that day").

    `year`, `month`, `day`, `weekday` (0 = Monday), `part` (Q1-Q4, H1, H2, SP, SU, FA, WI) and `holiday` are in the
    words. `unit` (D, W, WE, M, Q, Y, E, C, or T and a letter for hours and less) and `amount` are the distance from the
    anchor; with the form calendar or weekday they give its year or week ("October last year"). `anchor` is where to
    count from: the day of speaking, the last date in the text, or the event or date that follows ("the day after his
    death"). `toward` selects the nearest such date strictly before (-1) or after (1), or in the current period (0);
    an offset with -1 reaches up to today ("the past week").
    `clock` is the suffix of the day in a TIMEX3 value ("T21:21", "TMO"). `exact` counts from day to day ("a month
    later" than August 20 is September 20), not to a whole unit. `problem` is one of the contract's date problems.

    `pick` selects days of the span ("the third Thursday of September"). `away` moves a holiday ("three days before
    Christmas"). `event` is the day of a single event that the words name ("the Jan. 6 riot"). `steps` moves the result
    by weeks (of a weekday) or years ("the Friday after next", "a year ago today"). `cut` keeps the part of the span up
    to the anchor (-1, "earlier this year") or from it on (1). `ahead`: a quantity after "in" that is a day if the
    clause looks ahead ("starts in two weeks").
    """

    start: int
    end: int
    type: Type
    form: Form
    value: str | None = None
    mod: str | None = None
    interval: tuple[datetime.date, datetime.date] | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    part: str | None = None
    holiday: str | None = None
    unit: str | None = None
    amount: int | None = None
    anchor: Anchor | None = None
    toward: int | None = None
    clock: str | None = None
    exact: bool = False
    pick: Pick | None = None
    away: Away | None = None
    event: datetime.date | None = None
    steps: int = 0
    cut: int | None = None
    ahead: bool = False
    problem: str | None = None
