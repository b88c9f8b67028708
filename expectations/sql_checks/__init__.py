"""Checks between rows and tables, as SQL that returns the violating rows.

Belongs here: one module a subject (texts, mentions_and_quotes, dates, cross_article: structure; thresholds, extractors:
shares; drift: how shares move between releases), each a tuple of checks. Does not belong here: checks that follow from
the contract (expectations.suites), running them (expectations.check_runner)."""

from __future__ import annotations

from expectations.sql_checks.cross_article import CROSS_ARTICLE_CHECKS
from expectations.sql_checks.dates import DATE_CHECKS
from expectations.sql_checks.drift import DRIFT
from expectations.sql_checks.extractors import EXTRACTORS
from expectations.sql_checks.mentions_and_quotes import MENTION_AND_QUOTE_CHECKS
from expectations.sql_checks.sql_check import BuiltinSqlCheck, DriftThresholds, ShareThresholds
from expectations.sql_checks.texts import TEXT_CHECKS
from expectations.sql_checks.thresholds import NEWS_SHARE_CHECKS

BUILTIN_SQL_CHECKS: tuple[BuiltinSqlCheck, ...] = (
    *TEXT_CHECKS,
    *MENTION_AND_QUOTE_CHECKS,
    *DATE_CHECKS,
    *CROSS_ARTICLE_CHECKS,
    *NEWS_SHARE_CHECKS,
    *EXTRACTORS,
    *DRIFT,
)

__all__ = ["BUILTIN_SQL_CHECKS", "BuiltinSqlCheck", "DriftThresholds", "ShareThresholds"]
