"""Readers of days by their names: "9/11", "the Sept. 11 attacks", "three days before Christmas"."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.data import load, words
from pipeline.expressions import calendar
from pipeline.expressions.calendar import Away
from pipeline.expressions.fragments import MAX_UNITS, counted, daypart, how_far, month, quantity_mod, weekday, year
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Reader, RuleMatch
from pipeline.expressions.words import ALL_UNITS, RELATIVE, meanings
from pipeline.holidays import HOLIDAYS


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A line of named_days.tsv."""

    figures: str
    asked: bool
    month: int
    day: int
    year: int
    example: str
    source: str

    @property
    def date(self) -> datetime.date:
        return datetime.date(self.year, self.month, self.day)


_BY_FIGURES = {line.figures: line for line in load("named_days.tsv", NamedDay)}
_BY_DAY = {(line.month, line.day): line for line in _BY_FIGURES.values()}
_OF_ATTACK = meanings("of-attack").keys()
# "The Sept. 11 attack" was also that of Benghazi.
_ONE_ATTACK = ("attack", "bombing")
# Before figures these say that they name a day; behind any other word they may be a share or a score.
_TIMES = ("after", "since", "before", "until", "pre", "post", "-")
_NAMING = (*_TIMES, "", ".", ",", "the", "of", "on", "from", "about", "like", "that", "when", "and", "or")
# How many words around figures to search for a score.
_NEAR = 8
_OF_PLAY = words("sport.tsv", "word of play")


def _figures(hit: RuleMatch) -> Expression | None:
    """Read 9/11, the 7/7 bombings, since 7/7."""
    line, before = _BY_FIGURES.get("".join(hit.words("FIGURES"))), hit.word_at(-1)
    if line is None:
        return None
    of_attack = hit.word_at(1) in _OF_ATTACK or (before == "of" and hit.word_at(-2) in _OF_ATTACK)
    if of_attack:
        return _on(hit, line)
    named = before in (_TIMES if line.asked else _NAMING)
    return _on(hit, line) if named and not hit.words_around(_NEAR) & _OF_PLAY else None


def _of_attack(hit: RuleMatch) -> Expression | None:
    """Read the Sept. 11 attacks; "the Jan. 6 riot" is of the known year only in an article that is later
    (pipeline.dates)."""
    line = _BY_DAY.get((month(hit) or 0, hit.integer("DAY") or 0))
    if line is None or (not line.asked and hit.word_at(1) in _ONE_ATTACK):
        return None
    day = _on(hit, line)
    return replace(day, form="calendar", value=None, interval=None, year=None) if line.asked else day


def _on(hit: RuleMatch, line: NamedDay) -> Expression:
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="value",
        value=line.date.isoformat(),
        interval=(line.date, line.date),
        year=line.year,
        month=line.month,
        day=line.day,
        event=line.date,
    )


def _from_holiday(hit: RuleMatch) -> Expression | None:
    """Read three days before Christmas, the Monday after Easter, the weekend before Labor Day."""
    name, sign = holiday_name(hit), 1 if hit.word("SIDE") == "after" else -1
    clock, named = daypart(hit), weekday(hit)
    count = counted(hit) if hit.has("NUMBER") else None
    unit = "D" if clock else str(named) if named is not None else ALL_UNITS[hit.word("UNIT") or ""]
    if hit.has("NUMBER"):
        if count is None or count.denominator != 1 or not 0 < count <= MAX_UNITS or unit not in _DAYS_OF:
            return None
        away = Away("D", sign * int(count) * _DAYS_OF[unit]) if unit != "M" else Away("M", sign * int(count))
    else:
        away = Away(unit, sign)
    if name is None:
        return None
    of_year, relative, shift = year(hit), how_far(hit), hit.word("YEARREL")
    value = None if of_year is None else calendar.away_value(calendar.holiday(name, of_year), away)
    return Expression(
        hit.start,
        hit.end,
        type="TIME" if clock else "DATE",
        form="calendar" if value is None else "value",
        value=None if value is None else value + (clock or ""),
        mod=quantity_mod(hit),
        interval=None if value is None else calendar.interval(value),
        year=of_year,
        holiday=name,
        unit="Y" if shift else None,
        amount=RELATIVE[shift] if shift else None,
        anchor="speech",
        toward=None if relative is None else relative[0],
        clock=clock,
        away=away,
    )


# Units that are counted from a holiday to the day, and their days; months are counted by the calendar.
_DAYS_OF = {"D": 1, "W": 7, "FN": 14, "M": 0}


def holiday_name(hit: RuleMatch) -> str | None:
    """Return the holiday in the group HOLIDAY as holidays.tsv spells it."""
    name = " ".join(hit.words("HOLIDAY")).replace(" 's", "'s").replace(" '", "'").replace("st .", "st.")
    return name if name in HOLIDAYS else None


# Rule of time_expressions.tsv -> its reader.
READERS: Mapping[str, Reader] = {
    "named-day": _figures,
    "day-of-attack": _of_attack,
    "from-holiday": _from_holiday,
}
