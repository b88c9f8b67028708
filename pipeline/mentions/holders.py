"""Who holds an office of a country or state by public record: "the Ohio governor" in an article that names the person
without the place.

Only persons named in full in the article count, and only in their years in office if the days of publication are known.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline import reference
from pipeline.data import load
from pipeline.mentions.person_linking import ends
from pipeline.reference import key

# Among the modifiers of an office that only the table gives: "the Ohio governor" can mean its holder, "the governor"
# cannot.
TABLED = "~"
type Days = tuple[datetime.date | None, datetime.date | None]

# "The prime minister" is a minister with this word.
_PRIME = {"minister": frozenset({"prime"})}


@dataclass(frozen=True, slots=True)
class Holder:
    """A line of `office_holders.tsv`; `last` is None if the person is still in office."""

    office: str
    place: str
    name: str
    first: int
    last: int | None
    example: str
    source: str

    def within(self, days: Days) -> bool:
        """Whether the years in office and the days of publication can meet; unknown days meet all years."""
        earliest, latest = days
        began = latest is None or self.first <= latest.year
        return began and (earliest is None or self.last is None or earliest.year <= self.last)

    def over(self, days: Days) -> bool:
        """Whether the years in office can be over on the days of publication."""
        latest = days[1]
        return self.last is not None and (latest is None or self.last < latest.year)

    @property
    def noun(self) -> str:
        """The noun of the office: the SECRETARY of state."""
        return self.office.partition(" of ")[0]

    @property
    def field(self) -> str:
        """The field of the office, empty without one: the secretary of STATE."""
        return self.office.partition(" of ")[2]

    @property
    def modifiers(self) -> frozenset[str]:
        """The words of the office beside its noun."""
        return _PRIME.get(self.office, frozenset())


@cache
def _by_name() -> Mapping[tuple[str, ...], Sequence[Holder]]:
    found: defaultdict[tuple[str, ...], list[Holder]] = defaultdict(list)
    for line in load("office_holders.tsv", Holder):
        found[ends(line.name)].append(line)
    return found


def offices(name: str, days: Days) -> list[tuple[Holder, bool]]:
    """Return the offices that a person of this full name can hold or have held at the time of publication, each with
    whether it is over; one with unknown days can be both."""
    if " " not in name:
        return []
    lines = _by_name().get(ends(name), ())
    current = [(held, False) for held in lines if held.within(days)]
    return [*current, *((held, True) for held in lines if held.over(days))]


def place_of(name: str) -> str:
    """Return the key that names of a place and its demonym share: the country's code, else the name's key."""
    return reference.builtin().country_of(name) or key(name)
