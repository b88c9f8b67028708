"""The scene of a story: its last dated act, which the next sentences are about.

"The council shut the bridge on Monday. “It was time,” said Ana Lume." Quotations there without another day were said
between the day of the act and the publication.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from pipeline.data import words
from pipeline.dates.rows import Date, Days

# Days from act to publication -> sentences that the scene reaches: chosen on articles outside the audit
# (benchmarks.audit).
_REACH = {0: 15, 1: 15, 2: 4}
# Nobody speaks after these acts: quotations of the dead are older.
LAST_ACTS = words("saying_words.tsv", "last-act")


@dataclass(frozen=True, slots=True)
class Scene:
    """The row of the act's date, the days from it to the publication, its sentence, and the last sentence reached."""

    date: int
    days: Days
    sentence: int
    last: int


def scene_of(index: int, row: Date, verb: str, sentence: int, latest: datetime.date | None) -> Scene | None:
    """Return the scene that a dated act opens; None if it is not one recent day, or its day depends on another date.

    index     the row of its date
    verb      the word of the act
    sentence  the sentence of the act
    latest    the last day of the publication
    """
    if latest is None or row.earliest is None or row.earliest != row.latest or row.problem is not None:
        return None
    reach = _REACH.get((latest - row.earliest).days)
    if reach is None or row.basis == "context" or verb in LAST_ACTS:
        return None
    return Scene(index, (row.earliest, latest), sentence, sentence + reach)
