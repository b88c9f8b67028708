"""Facts between rows and tables, as SQL that returns the offending rows.

Belongs here: one module a subject (texts, people, times: structure; world, extractors: shares; drift: how shares move
between releases), each a tuple of beliefs. Does not belong here: what follows from the contract alone
(expectations.suites), running them (expectations.judge).
"""

from __future__ import annotations

from expectations.beliefs.belief import Belief, Bound, Drift
from expectations.beliefs.drift import DRIFT
from expectations.beliefs.extractors import EXTRACTORS
from expectations.beliefs.people import PEOPLE
from expectations.beliefs.texts import TEXTS
from expectations.beliefs.times import TIMES
from expectations.beliefs.world import WORLD

BELIEFS: tuple[Belief, ...] = (*TEXTS, *PEOPLE, *TIMES, *WORLD, *EXTRACTORS, *DRIFT)

__all__ = ["BELIEFS", "Belief", "Bound", "Drift"]
