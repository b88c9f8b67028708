"""Rules for dates that are counted from another day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from pipeline.expressions import calendar
from pipeline.expressions.fragments import (
    CLOCK,
    EDGE,
    MONTH,
    MOST_UNITS,
    NUMBER,
    SPOKEN_YEAR,
    YEAR,
    clock,
    counted,
    edge,
    month,
    weekday,
    year,
)
from pipeline.expressions.reading import Anchor, Expression
from pipeline.expressions.tokens import Hit, Rule
from pipeline.expressions.values import duration
from pipeline.expressions.words import (
    DAYPARTS,
    DAYS_FROM_TODAY,
    QUANTIFIERS,
    RELATIVE,
    SEASONS,
    UNIT_PLURALS,
    UNITS,
)

_ALL_UNITS = {**UNITS, **UNIT_PLURALS}
_POSITION = "(?P<POS>early|late|earlier|later)"
_POSITIONS = {"early": "START", "earlier": "START", "late": "END", "later": "END"}
_REL = (
    "(?P<REL>(?:this)? (?:last|past|previous|preceding|prior|next|coming|following|upcoming)"
    "|this|current|that|(?:that|the|this) same)"
)
_CLOCK_BEFORE = f"(?:{CLOCK} comma? (?:on)? )?"
_CLOCK_AFTER = f"(?:(?:at) {CLOCK})?"
# Words that count from the date last mentioned, not from the day of speaking.
_FROM_CONTEXT = frozenset(("that", "same", "following", "previous", "preceding", "prior"))
_QUANTITY = "(?P<QUANTIFIER>quantifier|more than|less than|at least)?"


def _relative(hit: Hit) -> tuple[int, Anchor] | None:
    """How many units away, and from what."""
    words = hit.words("REL")
    if not words:
        return None
    word = words[-1]
    return RELATIVE[word], "context" if word in _FROM_CONTEXT else "speech"


def _mod(hit: Hit) -> str | None:
    word = hit.word("POS")
    return _POSITIONS[word] if word else edge(hit)


def _time(hit: Hit) -> str | None:
    """What a time or a part of the day adds to the value."""
    part = hit.word("DAYPART")
    return f"T{DAYPARTS[part]}" if part else clock(hit)


def _day_from_today(hit: Hit) -> Sequence[Expression]:
    word = hit.word("DAYFROM") or ""
    at = "TNI" if word == "tonight" else _time(hit)
    amount = DAYS_FROM_TODAY[word] + {"before": -1, "after": 1}.get(hit.word("AWAY") or "", 0)
    return (
        Expression(
            hit.start,
            hit.end,
            type="TIME" if at else "DATE",
            form="offset",
            mod=_mod(hit),
            unit="D",
            amount=amount,
            anchor="speech",
            clock=at,
        ),
    )


def _beside(hit: Hit) -> Sequence[Expression]:
    """the day after, the night before: counted from the date last mentioned."""
    part, unit = hit.word("DAYPART"), hit.word("UNIT")
    return (
        Expression(
            hit.start,
            hit.end,
            type="TIME" if part else "DATE",
            form="offset",
            unit=UNITS[unit] if unit else "D",
            amount=1 if hit.word("SIDE") == "after" else -1,
            anchor="context",
            clock=f"T{DAYPARTS[part]}" if part else None,
        ),
    )


def _beside_event(hit: Hit) -> Sequence[Expression]:
    """the day after his death: counted from the event that follows, which is no part of the expression."""
    sign = 1 if hit.beside(1) == "after" else -1
    return (Expression(hit.start, hit.end, type="DATE", form="offset", unit="D", amount=sign, anchor="event"),)


def _daypart(hit: Hit) -> Sequence[Expression]:
    """this morning, last night, the next morning, that evening."""
    relative = _relative(hit)
    if relative is None:
        return ()
    amount, anchor = relative
    if hit.words("REL")[-1] == "next":
        anchor = "context"
    return (
        Expression(
            hit.start,
            hit.end,
            type="TIME",
            form="offset",
            mod=_mod(hit),
            unit="D",
            amount=amount,
            anchor=anchor,
            clock=_time(hit),
        ),
    )


def _weekday(hit: Hit) -> Sequence[Expression]:
    named, at = weekday(hit), _time(hit)
    relative = _relative(hit)
    week = hit.word("WEEK")
    return (
        Expression(
            hit.start,
            hit.end,
            type="TIME" if at else "DATE",
            form="weekday",
            mod=_mod(hit),
            weekday=named,
            unit="W" if week else None,
            amount=RELATIVE[week] if week else None,
            anchor="speech" if relative is None else relative[1],
            toward=None if relative is None else relative[0],
            clock=at,
        ),
    )


def _unit(hit: Hit) -> Sequence[Expression]:
    """last week, this year, the following month, that day, the end of next year."""
    relative = _relative(hit)
    unit = UNITS[hit.word("UNIT") or ""]
    if unit.startswith("T") or hit.is_title("UNIT"):
        return ()
    words = hit.words("REL")
    amount, anchor = relative if relative is not None else (0, "context" if unit == "D" else "speech")
    if words and words[-1] == "next" and (unit == "D" or hit.has("THE")):
        anchor = "context"
    if words and words[-1] == "past" and unit in ("E", "C", "D"):
        years = {"E": "P10Y", "C": "P100Y", "D": "P1D"}[unit]
        return (Expression(hit.start, hit.end, type="DURATION", form="value", value=years, unit=unit, amount=-1),)
    if unit == "FN":
        return ()
    return (
        Expression(
            hit.start, hit.end, type="DATE", form="offset", mod=_mod(hit), unit=unit, amount=amount, anchor=anchor
        ),
    )


def _end_of_unit(hit: Hit) -> Sequence[Expression]:
    """the end of the year, year-end, the beginning of the week."""
    unit = UNITS[hit.word("UNIT") or ""]
    if unit not in ("W", "M", "Q", "Y", "E", "C"):
        return ()
    return (
        Expression(
            hit.start,
            hit.end,
            type="DATE",
            form="offset",
            mod=edge(hit) or "END",
            unit=unit,
            amount=0,
            anchor="speech",
        ),
    )


def _away(hit: Hit) -> Sequence[Expression]:
    """five years ago, a day later, two weeks from now."""
    words = hit.words("AWAY")
    sign = 1 if words[-1] in ("later", "now", "hence", "today") else -1
    anchor: Anchor = "context" if words[-1] in ("later", "earlier") else "speech"
    unit = _ALL_UNITS[hit.word("UNIT") or ""]
    count = counted(hit) if hit.has("NUMBER") else None
    mod = _quantity_mod(hit)
    span = (hit.start, hit.end)
    if unit.startswith("T"):
        # A day has no hours to count from: the quantity stays one.
        return (Expression(*span, type="DURATION", form="value", value=duration(count, unit), mod=mod),)
    if count is None:
        if anchor == "speech":
            value = "FUTURE_REF" if sign > 0 else "PAST_REF"
            return (Expression(*span, type="DATE", form="value", value=value, mod=mod),)
        return (Expression(*span, type="DATE", form="offset", mod=mod, unit=unit, anchor=anchor, exact=True),)
    unit, amount = _whole_units(unit, count)
    if amount > MOST_UNITS or (count and not amount):
        return ()  # no count of days, weeks or years: the quantity is read as a duration
    return (
        Expression(
            *span,
            type="DATE",
            form="offset",
            mod=mod,
            unit=unit,
            amount=sign * amount,
            anchor=anchor,
            exact=True,
        ),
    )


def _whole_units(unit: str, count: Fraction) -> tuple[str, int]:
    """Decades, centuries and fortnights in units of the calendar, and a part of a unit in smaller ones."""
    plain = {"E": ("Y", 10), "C": ("Y", 100), "FN": ("W", 2), "WE": ("W", 1)}
    if unit in plain:
        unit, count = plain[unit][0], count * plain[unit][1]
    if count.denominator != 1:
        smaller, size = {"Y": ("M", 12), "Q": ("M", 3), "M": ("D", 30), "W": ("D", 7)}.get(unit, (unit, 1))
        unit, count = smaller, count * size
    return unit, round(count)


def _quantity_mod(hit: Hit) -> str | None:
    words = " ".join(hit.words("QUANTIFIER"))
    if hit.has("ORSO"):
        return "APPROX"
    return {
        "more than": "MORE_THAN",
        "less than": "LESS_THAN",
        "at least": "EQUAL_OR_MORE",
    }.get(words, QUANTIFIERS.get(words))


def _year_ago(hit: Hit) -> Sequence[Expression]:
    """year-ago, the year-earlier quarter: the same stretch a year before the one spoken of."""
    part = _part(hit) if hit.has("NTH") else None
    quarter = "Q" if hit.has("QUARTER") or hit.has("PERIOD") else None
    return (
        Expression(
            hit.start,
            hit.end,
            type="DATE",
            form="calendar" if part else "offset",
            part=part or quarter,
            unit="Y",
            amount=-1,
            anchor="speech" if part else "context",
            exact=part is None,
        ),
    )


def _reported(hit: Hit) -> Sequence[Expression]:
    """the quarter, the latest period: the one whose results are reported."""
    anchor: Anchor = "speech" if hit.has("LATEST") else "context"
    return (Expression(hit.start, hit.end, type="DATE", form="context", unit="Q", anchor=anchor),)


def _running(hit: Hit) -> Sequence[Expression]:
    """the year, the full year, the week: the running one, or that of a year that is named ("the 1988 period")."""
    of_year = year(hit)
    if of_year is not None:
        value = f"{of_year:04d}"
        interval = calendar.interval(value)
        return (
            Expression(hit.start, hit.end, type="DATE", form="value", value=value, interval=interval, year=of_year),
        )
    unit = UNITS[hit.word("UNIT") or ""]
    if hit.beside(1) in ("ended", "ending"):
        # "the year ended March 31": a length; no year of the calendar is meant.
        return (Expression(hit.start, hit.end, type="DURATION", form="value", value=f"P1{unit}", unit=unit, amount=1),)
    return (Expression(hit.start, hit.end, type="DATE", form="offset", unit=unit, amount=0, anchor="speech"),)


def _part(hit: Hit) -> str | None:
    """Quarter, half or season."""
    season = hit.word("SEASON")
    if season is not None:
        return SEASONS[season]
    if hit.has("QUARTER"):
        which = hit.integer("NTH")
        return f"Q{which}" if which is not None and 1 <= which <= 4 else None
    if hit.has("HALF"):
        word = hit.word("NTH")
        return {"first": "H1", "second": "H2", "last": "H2", "latter": "H2", "1st": "H1", "2nd": "H2"}.get(word or "")
    if hit.has("CODE"):
        return (hit.word("CODE") or "").upper()
    return None


def _part_of_year(hit: Hit) -> Sequence[Expression]:
    """the third quarter, last year's first half, summer 2020, last fall."""
    part, of_year = _part(hit), year(hit)
    if part is None:
        return ()
    mod = _mod(hit)
    span = (hit.start, hit.end)
    if of_year is not None:
        value = f"{of_year:04d}-{part}"
        return (
            Expression(
                *span,
                type="DATE",
                form="value",
                value=value,
                mod=mod,
                interval=calendar.interval(value, mod),
                year=of_year,
                part=part,
            ),
        )
    relative = _relative(hit)
    shift = hit.word("YEARREL")
    return (
        Expression(
            *span,
            type="DATE",
            form="calendar",
            mod=mod,
            part=part,
            unit="Y" if shift else None,
            amount=RELATIVE[shift] if shift else None,
            anchor="speech" if relative is None else relative[1],
            toward=None if relative is None else relative[0],
        ),
    )


def _relative_month(hit: Hit) -> Sequence[Expression]:
    """last October, this September, October."""
    relative = _relative(hit)
    return (
        Expression(
            hit.start,
            hit.end,
            type="DATE",
            form="calendar",
            mod=_mod(hit),
            month=month(hit),
            anchor="speech",
            toward=None if relative is None else relative[0],
        ),
    )


def _holiday(hit: Hit) -> Sequence[Expression]:
    name = " ".join(hit.words("HOLIDAY")).replace(" 's", "'s").replace(" '", "'").replace("st .", "st.")
    if name not in calendar.HOLIDAYS:
        return ()
    of_year, relative = year(hit), _relative(hit)
    day = calendar.holiday(name, of_year) if of_year is not None else None
    value = None if day is None else calendar.week_value(day) if hit.has("WEEK") else day.isoformat()
    return (
        Expression(
            hit.start,
            hit.end,
            type="DATE",
            form="calendar" if value is None else "value",
            value=value,
            interval=None if value is None else calendar.interval(value),
            year=of_year,
            part="W" if hit.has("WEEK") else None,
            holiday=name,
            anchor="speech",
            toward=None if relative is None else relative[0],
        ),
    )


def _week_of(hit: Hit) -> Sequence[Expression]:
    """the week of March 6."""
    day, of_year = hit.integer("DAY"), year(hit)
    named = month(hit)
    if day is None or named is None or not calendar.can_be_day(named, day):
        return ()
    date = calendar.day(of_year, named, day) if of_year is not None else None
    value = calendar.week_value(date) if date is not None else None
    return (
        Expression(
            hit.start,
            hit.end,
            type="DATE",
            form="calendar" if value is None else "value",
            value=value,
            interval=None if value is None else calendar.interval(value),
            year=of_year,
            month=named,
            day=day,
            part="W",
            anchor="speech",
        ),
    )


def _mentioned(hit: Hit) -> Sequence[Expression]:
    """the mentioned date, that date: the one last named."""
    return (Expression(hit.start, hit.end, type="DATE", form="context", anchor="context"),)


def _reference(value: str) -> Callable[[Hit], Sequence[Expression]]:
    def read(hit: Hit) -> Sequence[Expression]:
        return (Expression(hit.start, hit.end, type="DATE", form="value", value=value),)

    return read


def _alternatives(names: Sequence[str]) -> str:
    """Names of several words as a pattern, the longest first."""
    return "|".join(
        sorted(
            (n.replace("st.", "st dot").replace("'s", " 's").replace("s'", "s apostrophe") for n in names),
            key=lambda n: (-len(n), n),
        )
    )


_HOLIDAY = f"(?P<HOLIDAY>{_alternatives(calendar.HOLIDAYS)})"
_UNIT = "(?P<UNIT>unit)"
_YEARREL = "(?:(?P<YEARREL>last|this|next) year)"

RULES = (
    Rule(
        "day-from-today",
        f"{_CLOCK_BEFORE} {_POSITION}? (?P<DAYFROM>dayfrom) (?P<DAYPART>daypart)? {_CLOCK_AFTER}",
        _day_from_today,
    ),
    Rule("day-beyond", "the day (?P<AWAY>before|after) (?P<DAYFROM>yesterday|tomorrow)", _day_from_today),
    Rule(
        "beside",
        "the (?:(?P<UNIT>day|week|month|year)|(?P<DAYPART>daypart)) (?P<SIDE>before|after)"
        "(?=comma|dot|break|mark|and|$)",
        _beside,
    ),
    Rule("beside-event", "the day(?=before|after)", _beside_event),
    Rule("daypart", f"{_POSITION}? (?:the)? {_REL} (?P<DAYPART>daypart)", _daypart),
    Rule(
        "weekday",
        f"{_CLOCK_BEFORE} (?:{EDGE}|{_POSITION})? (?:(?:the)? {_REL})? (?P<WEEKDAY>dayname) (?P<DAYPART>daypart)?"
        f" (?:(?:of)? (?P<WEEK>last|this|next) week)? (?:comma? at {CLOCK})?",
        _weekday,
    ),
    Rule(
        "unit",
        f"(?:{EDGE}|{_POSITION})? (?P<THE>the)? {_REL} (?:calendar|fiscal|financial)? {_UNIT}",
        _unit,
    ),
    Rule("weekend", f"the {_UNIT}(?<=weekend)", _unit),
    Rule(
        "edge-of-unit",
        f"(?:{EDGE}(?<=the) {_UNIT}|{_UNIT} (?:dash|'s)? end|{_POSITION} in the {_UNIT})",
        _end_of_unit,
    ),
    Rule(
        "away",
        f"{_QUANTITY} (?P<NUMBER>{NUMBER})? dash? (?P<UNIT>unit|units) (?P<HALF>and a half)?"
        f" (?P<ORSO>or (?:so|two|more))? (?P<AWAY>ago|earlier|later|hence|from (?:now|today))",
        _away,
    ),
    Rule(
        "year-ago",
        "(?P<SPAN>the (?P<QUARTER>quarter) (?:a year|one year) (?:ago|earlier))"
        "|(?P<SPAN>(?:the)? (?:comparable)? year dash (?:ago|earlier)"
        " (?:(?P<PERIOD>period)|(?P<NTH>ordinal)? dash? (?P<QUARTER>quarter)))"
        "|(?:a|the) (?P<SPAN>year dash (?:ago|earlier))",
        _year_ago,
    ),
    Rule("reported", "the quarter(?!dash|of)|the (?P<LATEST>latest) (?:quarter|period)", _reported),
    Rule(
        "running",
        f"the (?:full|fiscal|full fiscal|latest fiscal)? (?P<UNIT>year|week)"
        f"(?!dash|'s|before|after|of|that|when|in|integer)"
        f"|the {YEAR} (?:period|quarter)",
        _running,
    ),
    Rule(
        "quarter",
        f"(?:{EDGE}|{_POSITION})? (?:the)? (?:fiscal)? (?:{YEAR} (?:'s)?|(?P<YEARREL>last|this|next) year 's)?"
        f" (?:fiscal dash?)? (?P<NTH>ordinal|nth|last|latter) (?:fiscal)?"
        f" (?:(?P<QUARTER>quarter)|(?P<HALF>half)(?=of|dash|dot|comma))"
        f" (?:(?:of)? (?:fiscal)? (?:(?:the)? year|(?P<YEARREL>last|this|next) year))?",
        _part_of_year,
    ),
    Rule("quarterly", "(?:the)? (?P<SPAN>(?:fiscal)? (?P<NTH>ordinal) dash (?P<QUARTER>quarter))", _part_of_year),
    Rule(
        "quarter-of",
        f"(?:{EDGE})? (?:the)? (?P<NTH>ordinal|nth|last|latter) (?:(?P<QUARTER>quarter)|(?P<HALF>half))"
        f" (?:of)? (?:{YEAR}|{_YEARREL})",
        _part_of_year,
    ),
    Rule("quarter-code", f"(?:(?P<CODE>q1|q2|q3|q4)) (?:of|comma)? {YEAR}?", _part_of_year),
    Rule(
        "season-year",
        f"(?:{EDGE})? (?:the)? (?P<SEASON>season) (?:of)? (?:{YEAR}|{SPOKEN_YEAR}|{_YEARREL})",
        _part_of_year,
    ),
    Rule(
        "season",
        f"(?:(?:{EDGE}|{_POSITION})? (?:the)? {_REL}|(?:{EDGE}(?<=the|edge)|the)) (?P<SEASON>season)(?!of)",
        _part_of_year,
    ),
    Rule("relative-month", f"(?:{EDGE}|{_POSITION})? {_REL} {MONTH}", _relative_month),
    Rule("month", f"(?:{EDGE})? (?P<MONTH>monthname)", _relative_month),
    Rule(
        "month-asked",
        "(?:in|since|until|till|by|from|through|during|between|before|after) (?P<SPAN>(?P<MONTH>monthname|monthabbr))",
        _relative_month,
    ),
    Rule("holiday", f"{_REL}? {_HOLIDAY} (?P<WEEK>week)? (?:comma? {YEAR})?", _holiday),
    Rule("week-of", f"the week of {MONTH} (?P<DAY>dd|nth) (?:comma? {YEAR})?", _week_of),
    Rule("mentioned", "(?:the (?:mentioned|said|aforementioned|above dash mentioned|same)|that) date", _mentioned),
    Rule(
        "now",
        "(?:right|just)? now|currently|nowadays|at present|at the moment|at this (?:moment|time|point)|presently"
        "|these days",
        _reference("PRESENT_REF"),
    ),
    Rule("current", "current|(?<=the)present(?=day)", _reference("PRESENT_REF")),
    Rule(
        "past",
        "(?:more|most)? recently|(?<=in|from|of|with|to|than)the past(?=comma|dot|break|mark|and|dash|_|$)"
        "|formerly|lately|long ago|the distant past",
        _reference("PAST_REF"),
    ),
    Rule(
        "future",
        "the (?:near|foreseeable|distant|immediate)? future|future (?:units)|(?<=in)future|a later date",
        _reference("FUTURE_REF"),
    ),
)
