"""Offices and their holders, as far as news in English names them daily: evidence of when an article was written.

Belongs here: terms of office that are over, or have begun, by public record. Does not belong here: how the evidence
is weighed (`bounds`). A term that is not over bounds from below only: its last day is far away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

# The last day that the calendar of news knows here; a running term bounds nothing from above.
OPEN = date(2099, 12, 31)


@dataclass(frozen=True, slots=True)
class Term:
    """From the first to the last day on which the office was held; of someone who held it twice, both terms and what
    lies between."""

    title: str
    name: str
    first: date
    last: date


TERMS = (
    Term("President", "Clinton", date(1993, 1, 20), date(2001, 1, 20)),
    Term("President", "Obama", date(2009, 1, 20), date(2017, 1, 20)),
    Term("President", "Trump", date(2017, 1, 20), OPEN),
    Term("President", "Biden", date(2021, 1, 20), date(2025, 1, 20)),
    Term("President", "Bush", date(1989, 1, 20), date(2009, 1, 20)),
    Term("Vice President", "Cheney", date(2001, 1, 20), date(2009, 1, 20)),
    Term("Vice President", "Biden", date(2009, 1, 20), date(2017, 1, 20)),
    Term("Vice President", "Pence", date(2017, 1, 20), date(2021, 1, 20)),
    Term("Vice President", "Harris", date(2021, 1, 20), date(2025, 1, 20)),
    Term("Speaker", "Pelosi", date(2007, 1, 4), date(2023, 1, 3)),
    Term("Speaker", "Boehner", date(2011, 1, 5), date(2015, 10, 29)),
    Term("Speaker", "Ryan", date(2015, 10, 29), date(2019, 1, 3)),
    Term("Majority Leader", "Reid", date(2007, 1, 4), date(2015, 1, 3)),
    Term("Majority Leader", "McConnell", date(2015, 1, 3), date(2021, 1, 20)),
    Term("Majority Leader", "Schumer", date(2021, 1, 20), date(2025, 1, 3)),
    Term("Attorney General", "Holder", date(2009, 2, 3), date(2015, 4, 27)),
    Term("Attorney General", "Lynch", date(2015, 4, 27), date(2017, 1, 20)),
    Term("Attorney General", "Sessions", date(2017, 2, 9), date(2018, 11, 7)),
    Term("Attorney General", "Barr", date(2019, 2, 14), date(2020, 12, 23)),
    Term("Attorney General", "Garland", date(2021, 3, 11), date(2025, 1, 20)),
    Term("FBI Director", "Mueller", date(2001, 9, 4), date(2013, 9, 4)),
    Term("FBI Director", "Comey", date(2013, 9, 4), date(2017, 5, 9)),
    Term("FBI Director", "Wray", date(2017, 8, 2), date(2025, 1, 19)),
    Term("Secretary of State", "Clinton", date(2009, 1, 21), date(2013, 2, 1)),
    Term("Secretary of State", "Kerry", date(2013, 2, 1), date(2017, 1, 20)),
    Term("Secretary of State", "Tillerson", date(2017, 2, 1), date(2018, 3, 31)),
    Term("Secretary of State", "Pompeo", date(2018, 4, 26), date(2021, 1, 20)),
    Term("Secretary of State", "Blinken", date(2021, 1, 26), date(2025, 1, 20)),
    Term("Prime Minister", "Blair", date(1997, 5, 2), date(2007, 6, 27)),
    Term("Prime Minister", "Cameron", date(2010, 5, 11), date(2016, 7, 13)),
    Term("Prime Minister", "Johnson", date(2019, 7, 24), date(2022, 9, 6)),
    Term("Prime Minister", "Sunak", date(2022, 10, 25), date(2024, 7, 5)),
    Term("Prime Minister", "Abe", date(2006, 9, 26), date(2020, 9, 16)),
    Term("Prime Minister", "Trudeau", date(2015, 11, 4), date(2025, 3, 14)),
    Term("Prime Minister", "Modi", date(2014, 5, 26), OPEN),
    Term("Chancellor", "Merkel", date(2005, 11, 22), date(2021, 12, 8)),
    Term("Chancellor", "Scholz", date(2021, 12, 8), date(2025, 5, 6)),
    Term("President", "Hollande", date(2012, 5, 15), date(2017, 5, 14)),
    Term("President", "Macron", date(2017, 5, 14), OPEN),
    Term("President", "Rouhani", date(2013, 8, 3), date(2021, 8, 3)),
    Term("President", "Raisi", date(2021, 8, 3), date(2024, 5, 19)),
    Term("Foreign Minister", "Lavrov", date(2004, 3, 9), OPEN),
    Term("Foreign Minister", "Zarif", date(2013, 8, 15), date(2021, 8, 25)),
    Term("Secretary[ -]General", "Annan", date(1997, 1, 1), date(2006, 12, 31)),
    Term("Secretary[ -]General", "Ban", date(2007, 1, 1), date(2016, 12, 31)),
    Term("Secretary[ -]General", "Guterres", date(2017, 1, 1), date(2026, 12, 31)),
)
# "President Barack Obama", "U.N. Secretary-General Ban Ki-moon": the title, up to two names, the surname.
HOLDERS = tuple((re.compile(rf"\b{term.title} (?:[A-Z][\w.’-]{{1,15}} ){{0,2}}{term.name}\b"), term) for term in TERMS)
