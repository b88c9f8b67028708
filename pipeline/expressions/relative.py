"""Readers of dates that are counted from another day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from pipeline.expressions import calendar
from pipeline.expressions.fragments import (
    MAX_UNITS,
    clock,
    counted,
    cut,
    daypart,
    edge,
    edge_mod,
    how_far,
    month,
    quantity_mod,
    weekday,
    year,
)
from pipeline.expressions.reading import Anchor, Expression
from pipeline.expressions.tokens import Reader, RuleMatch
from pipeline.expressions.values import duration
from pipeline.expressions.words import (
    ALL_UNITS,
    RELATIVE,
    SEASONS,
    UNITS,
    meanings,
    numbers,
)

# Unit -> the next smaller unit, and how many of it make one; a month is 365.2425 / 12 / 7 weeks.
_SMALLER = {
    "Y": ("M", Fraction(12)),
    "Q": ("M", Fraction(3)),
    "M": ("W", Fraction(435, 100)),
    "W": ("D", Fraction(7)),
}


# "A hundred years ago today": nobody counts to the day further back.
_MAX_YEARS = 500


# "This quarter's loss" is that of the quarter whose results are reported.
_OF_RESULTS = ("loss", "losses", "net", "profit", "results", "earnings", "income")
_OF_OUR_TIME = meanings("of-our-time").keys()


def _is_some_tomorrow(hit: RuleMatch) -> bool:
    """Whether it is no day: "a better tomorrow", "the leaders of tomorrow"."""
    before, further = hit.word_at(-1), hit.word_at(-2)
    return before in ("better", "brighter") or (before == "of" and further.endswith("s") and hit.word_at(1) != "'s")


def _time(hit: RuleMatch) -> str | None:
    """Return the suffix of a time or a part of the day in a value."""
    return daypart(hit) or clock(hit)


def _day_from_today(hit: RuleMatch) -> Expression:
    word = hit.word("DAYFROM") or ""
    if word == "today" and hit.word_at(1) == "'s" and hit.word_at(2) in _OF_OUR_TIME:
        return Expression(hit.start, hit.end, type="DATE", form="value", value="PRESENT_REF")
    if word == "tomorrow" and _is_some_tomorrow(hit):
        return Expression(hit.start, hit.end, type="DATE", form="value", value="FUTURE_REF")
    at = "TNI" if word == "tonight" else _time(hit)
    amount = numbers("dayfrom")[word] + {"before": -1, "after": 1}.get(hit.word("AWAY") or "", 0)
    return Expression(
        hit.start,
        hit.end,
        type="TIME" if at else "DATE",
        form="offset",
        mod=edge_mod(hit),
        unit="D",
        amount=amount,
        anchor="speech",
        clock=at,
    )


def _beside(hit: RuleMatch) -> Expression:
    """Read the day after, the night before: counted from the last date in the text."""
    part, unit = daypart(hit), hit.word("UNIT")
    return Expression(
        hit.start,
        hit.end,
        type="TIME" if part else "DATE",
        form="offset",
        unit=UNITS[unit] if unit else "D",
        amount=1 if hit.word("SIDE") == "after" else -1,
        anchor="context",
        clock=part,
    )


def _weekday_beside(hit: RuleMatch) -> Expression:
    """Read the Tuesday before: counted from the last date in the text."""
    toward = 1 if hit.word("SIDE") == "after" else -1
    return Expression(
        hit.start, hit.end, type="DATE", form="weekday", weekday=weekday(hit), anchor="context", toward=toward
    )


def _beside_event(hit: RuleMatch) -> Expression:
    """Read the day after his death: counted from the event that follows, which is not part of the expression."""
    sign = 1 if hit.word_at(1) == "after" else -1
    return Expression(hit.start, hit.end, type="DATE", form="offset", unit="D", amount=sign, anchor="event")


def _daypart(hit: RuleMatch) -> Expression | None:
    """Read this morning, last night, the next morning, that evening."""
    relative = how_far(hit)
    if relative is None:
        return None
    amount, anchor = relative
    if hit.words("REL")[-1] == "next":
        anchor = "context"
    return Expression(
        hit.start,
        hit.end,
        type="TIME",
        form="offset",
        mod=edge_mod(hit),
        unit="D",
        amount=amount,
        anchor=anchor,
        clock=_time(hit),
    )


def _weekday(hit: RuleMatch) -> Expression:
    named, at = weekday(hit), _time(hit)
    relative = how_far(hit)
    week = hit.word("WEEK")
    return Expression(
        hit.start,
        hit.end,
        type="TIME" if at else "DATE",
        form="weekday",
        mod=edge_mod(hit),
        weekday=named,
        unit="W" if week else None,
        amount=RELATIVE[week] if week else None,
        anchor="speech" if relative is None else relative[1],
        toward=None if relative is None else relative[0],
        clock=at,
        cut=cut(hit),
    )


def _some_weekday(hit: RuleMatch) -> Expression:
    """Read on a Monday, any Friday night: not a particular day."""
    part = daypart(hit)
    value = f"XXXX-WXX-{(weekday(hit) or 0) + 1}{part or ''}"
    return Expression(hit.start, hit.end, type="TIME" if part else "DATE", form="value", value=value)


def _weekdays_ago(hit: RuleMatch) -> Expression | None:
    """Read two Tuesdays ago: the last but one."""
    count = counted(hit)
    if count is None or count.denominator != 1 or not 1 <= count <= MAX_UNITS:
        return None
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="weekday",
        weekday=weekday(hit),
        anchor="speech",
        toward=-1,
        steps=1 - int(count),
    )


def _beyond(hit: RuleMatch) -> Expression | None:
    """Read the Friday after next, the week before last, the summer after next."""
    sign = 1 if hit.word("AWAY") == "after" else -1
    named, season, month_, part = weekday(hit), hit.word("SEASON"), month(hit), daypart(hit)
    span = (hit.start, hit.end)
    if part is not None:
        return Expression(*span, type="TIME", form="offset", unit="D", amount=2 * sign, anchor="speech", clock=part)
    if named is None and season is None and month_ is None:
        unit = UNITS[hit.word("UNIT") or ""]
        if unit.startswith("T") or unit == "FN":
            return None
        return Expression(*span, type="DATE", form="offset", unit=unit, amount=2 * sign, anchor="speech")
    return Expression(
        *span,
        type="DATE",
        form="weekday" if named is not None else "calendar",
        weekday=named,
        month=month_,
        part=SEASONS[season] if season else None,
        anchor="speech",
        toward=sign,
        steps=sign,
    )


def _weeks_from_day(hit: RuleMatch) -> Expression | None:
    """Read Friday week, a week from Monday, a week on Friday, two weeks ago Tuesday, a week last Tuesday, a week
    tomorrow."""
    count = counted(hit) if hit.has("NUMBER") else Fraction(1)
    if count is None or count.denominator != 1 or count > MAX_UNITS:
        return None
    weeks = int(count) * (2 if ALL_UNITS[hit.word("UNIT") or ""] == "FN" else 1)
    named, word = weekday(hit), hit.word("DAYFROM")
    sign = -1 if hit.word("AWAY") in ("ago", "last") or (word == "yesterday" and not hit.has("AWAY")) else 1
    if named is None:
        amount = numbers("dayfrom")[word or ""] + sign * weeks * 7
        return Expression(hit.start, hit.end, type="DATE", form="offset", unit="D", amount=amount, anchor="speech")
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="weekday",
        weekday=named,
        anchor="speech",
        toward=sign,
        steps=sign * weeks,
    )


def _ahead(hit: RuleMatch) -> Expression | None:
    """Read in two weeks, in ten days' time: a day if the clause looks ahead, else a length."""
    count, unit = counted(hit), ALL_UNITS[hit.word("UNIT") or ""]
    of_results = unit == "Q" and hit.words("NUMBER") == ["a"]
    if unit.startswith("T") or of_results or count is None or count > MAX_UNITS or not count:
        return None
    mod, span = quantity_mod(hit), (hit.start, hit.end)
    smaller, amount = _whole_units(unit, count)
    if not amount:
        return None
    if hit.has("TIME"):
        return Expression(
            *span, type="DATE", form="offset", mod=mod, unit=smaller, amount=amount, anchor="speech", exact=True
        )
    return Expression(
        *span,
        type="DURATION",
        form="value",
        value=duration(count, unit),
        mod=mod,
        unit=smaller,
        amount=amount,
        ahead=True,
    )


# Before "the last day" these say that it is the day up to now.
_OVER = ("in", "over", "within", "during", "for")


def _is_final(hit: RuleMatch, unit: str) -> bool:
    """Whether "the last" is that of something: "the last week of the race", "the last day"."""
    return hit.word_at(1) == "of" or (unit == "D" and hit.word_at(-1) not in _OVER)


def _unit(hit: RuleMatch) -> Expression | None:
    """Read last week, this year, the following month, that day, the end of next year."""
    relative = how_far(hit)
    unit = UNITS[hit.word("UNIT") or ""]
    words = hit.words("REL")
    if unit.startswith("T") or hit.is_title("UNIT") or (hit.has("THE") and words == ["last"] and _is_final(hit, unit)):
        return None
    if words == ["this"] and unit == "Q" and hit.word_at(1) == "'s" and hit.word_at(2) in _OF_RESULTS:
        return Expression(hit.start, hit.end, type="DATE", form="context", unit=unit, anchor="speech")
    amount, anchor = relative if relative is not None else (0, "context" if unit == "D" else "speech")
    if words and words[-1] == "next" and (unit == "D" or (hit.has("THE") and unit not in ("E", "C"))):
        anchor = "context"
    if words and words[-1] == "past" and unit in ("E", "C", "D"):
        years = {"E": "P10Y", "C": "P100Y", "D": "P1D"}[unit]
        return Expression(hit.start, hit.end, type="DURATION", form="value", value=years, unit=unit, amount=-1)
    if unit == "FN":
        return None
    # "Over the past month", "in the last year": up to the day of speaking.
    running = bool(words) and (words[-1] == "past" or (words[-1] == "last" and hit.has("THE")))
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="offset",
        mod=edge_mod(hit),
        unit=unit,
        amount=amount,
        anchor=anchor,
        toward=-1 if running and unit in ("W", "M", "Q", "Y") and edge(hit) is None else None,
        cut=cut(hit),
    )


def _end_of_unit(hit: RuleMatch) -> Expression | None:
    """Read the end of the year, year-end, the beginning of the week."""
    unit = UNITS[hit.word("UNIT") or ""]
    if unit not in ("W", "M", "Q", "Y", "E", "C"):
        return None
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="offset",
        mod=edge_mod(hit) or "END",
        unit=unit,
        amount=0,
        anchor="speech",
        cut=cut(hit),
    )


def _away(hit: RuleMatch) -> Expression | None:
    """Read five years ago, a day later, two weeks from now."""
    words = hit.words("AWAY")
    sign = 1 if words[-1] in ("later", "now", "hence", "today") else -1
    anchor: Anchor = "context" if words[-1] in ("later", "earlier") else "speech"
    unit = ALL_UNITS[hit.word("UNIT") or ""]
    count = counted(hit) if hit.has("NUMBER") else None
    mod = quantity_mod(hit)
    span = (hit.start, hit.end)
    if unit.startswith("T"):
        # Dates have no hours to count from, so the quantity stays a duration.
        return Expression(*span, type="DURATION", form="value", value=duration(count, unit), mod=mod)
    if count is None:
        if anchor == "speech":
            value = "FUTURE_REF" if sign > 0 else "PAST_REF"
            return Expression(*span, type="DATE", form="value", value=value, mod=mod)
        return Expression(*span, type="DATE", form="offset", mod=mod, unit=unit, anchor=anchor, exact=True)
    unit, amount = _whole_units(unit, count)
    if amount > MAX_UNITS or (count and not amount):
        return None  # not a count of days, weeks or years: the quantity is read as a duration
    return Expression(
        *span,
        type="DATE",
        form="offset",
        mod=mod,
        unit=unit,
        amount=sign * amount,
        anchor=anchor,
        exact=True,
    )


def _years_to_day(hit: RuleMatch) -> Expression | None:
    """Read a year ago today, ten years ago this month."""
    count, unit = counted(hit), ALL_UNITS[hit.word("UNIT") or ""]
    if count is None or count.denominator != 1 or not 0 < count <= _MAX_YEARS or unit != "Y":
        return None
    words = hit.words("TO")
    step, amount = (UNITS[words[1]], 0) if len(words) > 1 else ("D", numbers("dayfrom")[words[0]])
    return Expression(
        hit.start,
        hit.end,
        type="DATE",
        form="offset",
        unit=step,
        amount=amount,
        anchor="speech",
        steps=-int(count),
    )


def _whole_units(unit: str, count: Fraction) -> tuple[str, int]:
    """Convert decades, centuries and fortnights to calendar units, and fractions of a unit to smaller units."""
    plain = {"E": ("Y", 10), "C": ("Y", 100), "FN": ("W", 2)}
    if unit in plain:
        unit, count = plain[unit][0], count * plain[unit][1]
    if count.denominator != 1:
        smaller, size = _SMALLER.get(unit, (unit, Fraction(1)))
        unit, count = smaller, count * size
    return unit, round(count)


def _reported(hit: RuleMatch) -> Expression:
    """Read the quarter, the latest period: the one whose results are reported."""
    anchor: Anchor = "speech" if hit.has("LATEST") else "context"
    return Expression(hit.start, hit.end, type="DATE", form="context", unit="Q", anchor=anchor)


def _running(hit: RuleMatch) -> Expression | None:
    """Read the year, the full year, the week: the current one, or that of a named year ("the 1988 period"). "The 1988
    quarter" is the quarter of the last date, in that year."""
    of_year = year(hit)
    if of_year is not None:
        value = f"{of_year:04d}"
        interval = calendar.interval(value)
        whole = Expression(hit.start, hit.end, type="DATE", form="value", value=value, interval=interval, year=of_year)
        return replace(whole, form="context", unit="Q", anchor="context") if hit.has("QUARTER") else whole
    unit = UNITS[hit.word("UNIT") or ""]
    if (hit.word_at(-2), hit.word_at(-1)) == ("turn", "of"):
        return None
    if hit.word_at(1) in ("ended", "ending") or (hit.word_at(1), hit.word_at(2)) == ("that", "ended"):
        # "the year ended March 31" is a length, not a calendar year.
        return Expression(hit.start, hit.end, type="DURATION", form="value", value=f"P1{unit}", unit=unit, amount=1)
    return Expression(hit.start, hit.end, type="DATE", form="offset", unit=unit, amount=0, anchor="speech")


def _mentioned(hit: RuleMatch) -> Expression:
    """Read the mentioned date, that date: the last one named."""
    return Expression(hit.start, hit.end, type="DATE", form="context", anchor="context")


def _reference(value: str) -> Reader:
    def read(hit: RuleMatch) -> Expression:
        return Expression(hit.start, hit.end, type="DATE", form="value", value=value)

    return read


# Rule of time_expressions.tsv -> its reader.
READERS: Mapping[str, Reader] = {
    "day-from-today": _day_from_today,
    "day-beyond": _day_from_today,
    "part-and-day": _day_from_today,
    "part-and-weekday": _weekday,
    "beyond": _beyond,
    "weekdays-ago": _weekdays_ago,
    "day-and-weeks": _weeks_from_day,
    "weeks-and-day": _weeks_from_day,
    "some-weekday": _some_weekday,
    "ahead": _ahead,
    "beside": _beside,
    "weekday-beside": _weekday_beside,
    "beside-event": _beside_event,
    "daypart": _daypart,
    "weekday": _weekday,
    "unit": _unit,
    "weekend": _unit,
    "edge-of-unit": _end_of_unit,
    "away": _away,
    "years-to-day": _years_to_day,
    "reported": _reported,
    "running": _running,
    "mentioned": _mentioned,
    "now": _reference("PRESENT_REF"),
    "current": _reference("PRESENT_REF"),
    "past": _reference("PAST_REF"),
    "future": _reference("FUTURE_REF"),
}
