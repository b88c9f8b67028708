"""The scene of a story: its last dated act, of which the next sentences tell.

"The council shut the bridge on Monday. “It was time,” said Ana Lume." Words that are quoted there without a day of
their own were said from the day of the act to the publication.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from pipeline.data import words
from pipeline.dates.rows import Date, Days

# An act so many days before the publication makes a scene, and how many sentences behind it that reaches, by the days:
# chosen on articles that the audit (benchmarks.audit) does not hold.
_REACH = {0: 15, 1: 15, 2: 4}
# Acts after which nobody goes on: what is quoted of the dead was said before.
_LAST_ACTS = words("saying_words.tsv", "last-act")


@dataclass(frozen=True, slots=True)
class Scene:
    """The row of the act's date, the days from it to the publication, its sentence, and the last sentence that the
    scene reaches."""

    date: int
    days: Days
    sentence: int
    last: int


def scene_of(index: int, row: Date, verb: str, sentence: int, latest: datetime.date | None) -> Scene | None:
    """The scene that a dated act opens; None for one that is not of one day of the news, or whose day hangs on another
    date.

    index     the row of its date
    verb      the word of the act
    sentence  where it is told
    latest    the last day of the publication
    """
    if latest is None or row.earliest is None or row.earliest != row.latest or row.problem is not None:
        return None
    reach = _REACH.get((latest - row.earliest).days)
    if reach is None or row.basis == "context" or verb in _LAST_ACTS:
        return None
    return Scene(index, (row.earliest, latest), sentence, sentence + reach)
