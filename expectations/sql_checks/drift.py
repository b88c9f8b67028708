"""Drift checks: figures that should not move much between the last release and now.

A threshold catches an extractor that finds nothing, but not one that finds half of what it found yesterday. A change of
the collection also moves figures; `--accept` accepts it.

The factors: parts of 25 articles of one collection (12,000 to 25,000 words) differ by a factor of up to 1.2 in
quotations, 1.3 in mentions, 1.4 in temporal expressions and 1.2 in sentences per thousand words; halves of 125 articles
by 1.01 to 1.17. The sample, which consists of quotations, has 1.8 times as many as that collection.
"""

from __future__ import annotations

from dataclasses import replace

from expectations.sql_checks.extractors import EXTRACTORS
from expectations.sql_checks.sql_check import BuiltinSqlCheck, DriftThresholds
from expectations.sql_checks.thresholds import NEWS_SHARE_CHECKS

_SILENT = "A rate that halves or doubles between two releases means another collection of articles, or a changed stage."


def _rate(of: str, warn: float, fail: float) -> DriftThresholds:
    return DriftThresholds(of, warn, fail, 20_000, f"Parts of one collection differ by less; {_SILENT}", 1000, 200_000)


def _share(of: str, warn: float, fail: float, min_rows: int, min_rows_to_fail: int, reason: str) -> DriftThresholds:
    return DriftThresholds(of, warn, fail, min_rows, reason, min_rows_to_fail=min_rows_to_fail)


_WATCHED: tuple[DriftThresholds, ...] = (
    _rate("sentences_per_thousand_words", 1.4, 2.5),
    _rate("mentions_per_thousand_words", 1.5, 2.5),
    _rate("quotes_per_thousand_words", 1.6, 3),
    _rate("dates_per_thousand_words", 1.7, 3),
    _share(
        *("documents_undated", 0.15, 0.5, 100, 1_000),
        "A feed usually continues to state its dates; many more articles without a day mean that the stated "
        "dates are no longer found.",
    ),
    _share(
        *("documents_without_title", 0.2, 0.6, 100, 1_000),
        "A source usually continues to have headlines; many more articles without one mean that they are no "
        "longer recognised.",
    ),
    _share(
        *("documents_cut_down", 0.05, 0.25, 100, 1_000),
        "Boilerplate changes one source at a time; many more strongly shortened articles mean a rule that "
        "removes article text.",
    ),
    _share(
        *("mentions_alone", 0.15, 0.35, 2_000, 20_000),
        "How often names are repeated depends on the kind of text (33 to 55 chains per 100 mentions).",
    ),
    _share(
        *("entities_unmerged", 0.2, 0.4, 2_000, 20_000),
        "This falls slowly as a collection grows; a jump means that the rule for telling people apart has changed.",
    ),
    _share(
        *("quotes_without_speaker", 0.1, 0.35, 500, 5_000),
        "Parts of one collection differ by 3 percentage points; many more without a speaker mean that "
        "speakers are no longer found.",
    ),
    _share(
        *("quotes_speaker_unresolved", 0.15, 0.4, 500, 5_000),
        "Unnamed sources depend on the kind of text; many more mean that chains are no longer assigned to entities.",
    ),
    _share(
        *("dates_unresolved", 0.1, 0.35, 500, 5_000),
        "With a known day of publication, nearly all days can be resolved; many more unresolved ones mean "
        "wrong anchors.",
    ),
)


def _drift_check(drift: DriftThresholds, watched: BuiltinSqlCheck) -> BuiltinSqlCheck:
    return replace(
        watched,
        id=f"{watched.id}_drift",
        description=f"Change since the last release: {watched.description[0].lower()}{watched.description[1:]}",
        thresholds=drift,
    )


_BY_ID = {check.id: check for check in (*NEWS_SHARE_CHECKS, *EXTRACTORS)}
DRIFT: tuple[BuiltinSqlCheck, ...] = tuple(_drift_check(drift, _BY_ID[drift.of]) for drift in _WATCHED)
