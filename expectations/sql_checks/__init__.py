"""Checks between rows and tables, as SQL that returns the violating rows.

Belongs here: one module a subject (texts, people, times, across: structure; thresholds, extractors: shares; drift: how
shares move between releases), each a tuple of beliefs. Does not belong here: checks that follow from the contract
(expectations.suites), running them (expectations.judge).
"""

from __future__ import annotations

from expectations.sql_checks.across import ACROSS
from expectations.sql_checks.drift import DRIFT
from expectations.sql_checks.extractors import EXTRACTORS
from expectations.sql_checks.people import PEOPLE
from expectations.sql_checks.sql_check import Belief, Bound, Drift
from expectations.sql_checks.texts import TEXTS
from expectations.sql_checks.thresholds import WORLD
from expectations.sql_checks.times import TIMES

BELIEFS: tuple[Belief, ...] = (*TEXTS, *PEOPLE, *TIMES, *ACROSS, *WORLD, *EXTRACTORS, *DRIFT)

__all__ = ["BELIEFS", "Belief", "Bound", "Drift"]
