"""Drift checks: figures that should not move much between the last release and now.

A bound catches an extractor that finds nothing, but not one that finds half of what it found yesterday. A change of the
collection also moves figures; `--accept` accepts it.

The factors: parts of 25 articles of one collection (12,000 to 25,000 words) differ by a factor of up to 1.2 in
quotations, 1.3 in mentions, 1.4 in temporal expressions and 1.2 in sentences per thousand words; halves of 125 articles
by 1.01 to 1.17. The sample, which consists of quotations, has 1.8 times as many as that collection.
"""

from __future__ import annotations

from dataclasses import replace

from expectations.sql_checks.extractors import EXTRACTORS
from expectations.sql_checks.sql_check import Belief, Drift
from expectations.sql_checks.thresholds import WORLD

_SILENT = "half or twice as many from one release to the next is another collection, or a stage that has changed."


def _rate(of: str, warn: float, fail: float) -> Drift:
    return Drift(of, warn, fail, 20_000, f"Parts of one collection differ by less; {_SILENT}", 1000, 200_000)


def _share(of: str, warn: float, fail: float, least: int, fail_least: int, reason: str) -> Drift:
    return Drift(of, warn, fail, least, reason, fail_least=fail_least)


_WATCHED: tuple[Drift, ...] = (
    _rate("sentences_per_thousand_words", 1.4, 2.5),
    _rate("mentions_per_thousand_words", 1.5, 2.5),
    _rate("quotes_per_thousand_words", 1.6, 3),
    _rate("dates_per_thousand_words", 1.7, 3),
    _share(
        *("documents_undated", 0.15, 0.5, 100, 1_000),
        "A feed goes on to state its dates; many more without means that the statement is no longer found.",
    ),
    _share(
        *("documents_without_title", 0.2, 0.6, 100, 1_000),
        "A source goes on to have headlines; many more without means that they are no longer told apart.",
    ),
    _share(
        *("documents_cut_down", 0.05, 0.25, 100, 1_000),
        "What surrounds articles changes source by source; many more cut down means a rule that eats text.",
    ),
    _share(
        *("mentions_alone", 0.15, 0.35, 2_000, 20_000),
        "How often a name comes again is a trait of the register (33 to 55 chains for 100 mentions).",
    ),
    _share(
        *("entities_unmerged", 0.2, 0.4, 2_000, 20_000),
        "It falls slowly as a collection grows; a jump means that people are told apart by another rule.",
    ),
    _share(
        *("quotes_without_speaker", 0.1, 0.35, 500, 5_000),
        "Parts of one collection differ by 3 points; many more without means that speakers are no longer found.",
    ),
    _share(
        *("quotes_speaker_unresolved", 0.15, 0.4, 500, 5_000),
        "Unnamed sources are a trait of the register; many more means that chains lead nowhere.",
    ),
    _share(
        *("dates_unresolved", 0.1, 0.35, 500, 5_000),
        "Beside a day of publication nearly all can be told; many more open means wrong anchors.",
    ),
)


def _watching(drift: Drift, watched: Belief) -> Belief:
    return replace(
        watched,
        id=f"{watched.id}_drift",
        description=f"How far it moved since the last release: {watched.description[0].lower()}"
        f"{watched.description[1:]}",
        bound=drift,
    )


_BY_ID = {belief.id: belief for belief in (*WORLD, *EXTRACTORS)}
DRIFT: tuple[Belief, ...] = tuple(_watching(drift, _BY_ID[drift.of]) for drift in _WATCHED)
