"""Drift: figures are compared with the last release's. An extractor that finds less than before is noticed although
every row is valid and every bound holds.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from expectations import baseline
from expectations import check_runner as judging
from expectations.check_runner import Verdict, definitions, run_checks
from expectations.sql_checks import BUILTIN_SQL_CHECKS, DriftThresholds, ShareThresholds
from tests.integration.test_check_state import agreeing, run, worked_on
from tests.support import factory
from warehouse.release.publish import ReleaseRefused, require_passed
from warehouse.store import Store

DRIFTS = {b.id: b.thresholds for b in BUILTIN_SQL_CHECKS if isinstance(b.thresholds, DriftThresholds)}
BOUNDS = {b.id: b.thresholds for b in BUILTIN_SQL_CHECKS if isinstance(b.thresholds, ShareThresholds)}
# How parts of 25 articles of one collection differ, from the lowest to the highest.
PARTS = {
    "sentences_per_thousand_words_drift": (45.0, 52.3),
    "mentions_per_thousand_words_drift": (86.2, 109.3),
    "quotes_per_thousand_words_drift": (25.7, 30.4),
    "dates_per_thousand_words_drift": (13.8, 19.3),
    "quotes_without_speaker_drift": (0.007, 0.033),
}
WATCHED = "quotes_without_speaker"


def much(drift: DriftThresholds) -> int:
    return drift.min_rows if drift.min_rows_to_fail is None else drift.min_rows_to_fail


@pytest.mark.parametrize("name", DRIFTS)
def test_what_is_watched_has_a_bound_of_the_same_measure(name: str) -> None:
    drift = DRIFTS[name]
    assert name == f"{drift.of}_drift"
    assert BOUNDS[drift.of].per == drift.per
    assert drift.warn < drift.fail
    assert drift.reason.endswith(".")


@pytest.mark.parametrize("name", DRIFTS)
def test_a_broken_extractor_is_noticed(name: str) -> None:
    """The extractor finds a fifth of what it found, or five times as much; a share goes from a tenth to nearly all."""
    drift = DRIFTS[name]
    judged = much(drift) * 10
    a, b = (judged // 50, judged // 10) if drift.per == 1000 else (judged // 10, judged * 9 // 10)
    for now, then in ((a, b), (b, a)):
        assert drift.grade(now, judged, (then, judged)) == "far beyond"
        # With fewer rows it warns at most; with few, or none to compare with, it reports nothing.
        few = drift.min_rows
        scaled = (now * few // judged, few, (then * few // judged, few))
        assert drift.grade(*scaled) == ("beyond" if much(drift) > few else "far beyond")
        assert drift.grade(now, drift.min_rows - 1, (then, judged)) == "too few"
        assert drift.grade(now, judged, (then, drift.min_rows - 1)) == "too few"
        assert drift.grade(now, judged) == "too few"


@pytest.mark.parametrize("name", DRIFTS)
def test_a_silent_extractor_is_noticed(name: str) -> None:
    drift = DRIFTS[name]
    judged = much(drift)
    found = judged // 20 if drift.per == 1000 else judged
    assert drift.grade(0, judged, (found, judged)) == "far beyond"
    assert json.dumps(drift.value(0, judged, (found, judged)))
    if drift.per == 1000:
        assert drift.grade(found, judged, (0, judged)) == "too few", "nothing to compare with"


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_one_collection_do_not_trip_it(name: str) -> None:
    drift, (low, high) = DRIFTS[name], PARTS[name]
    judged = much(drift)
    found = [round(x * judged / drift.per) for x in (low, high)]
    assert drift.grade(found[0], judged, (found[1], judged)) == "held"
    assert drift.grade(found[1], judged, (found[0], judged)) == "held"


# --- a store and its releases


def told(folder: Path, version: str, state: str, checks: dict[str, tuple[int, int]]) -> None:
    """Write a release with only the files that drift reads."""
    place = folder / "releases" / version
    place.mkdir(parents=True)
    told = [{"check": name, "found": found, "judged": judged} for name, (found, judged) in checks.items()]
    (place / "validation.json").write_text(json.dumps({"state": state, "checks": told}), encoding="utf-8")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store in which the bound on speakers, and the drift of that share, apply from one row on."""
    agreeing(monkeypatch)
    few = {
        f"{WATCHED}_drift": replace(DRIFTS[f"{WATCHED}_drift"], min_rows=1, min_rows_to_fail=1),
        WATCHED: replace(BOUNDS[WATCHED], min_rows=1, warn=1.0, fail=2.0),
    }
    changed = [replace(b, thresholds=few[b.id]) for b in BUILTIN_SQL_CHECKS if b.id in few]
    monkeypatch.setattr(judging, "BUILTIN_CHECKS", (*judging.BUILTIN_CHECKS, *changed))
    return factory.filled_store(tmp_path)


def silent(store: Store) -> None:
    """Remove all speakers; every row stays valid."""
    run(
        store,
        "UPDATE stored.quotes SET speaker = NULL, speaker_start = NULL, speaker_end = NULL, speaker_chain = NULL, "
        "speaker_basis = 'none'",
    )
    worked_on(store, *(factory.document_id(a) for a in factory.ARTICLES))


def drift_of(verdicts: list[Verdict]) -> Verdict:
    return next(v for v in verdicts if v.check == f"{WATCHED}_drift")


def test_the_first_judging_has_nothing_to_compare_with(store: Store) -> None:
    verdict = drift_of(run_checks(store, factory.AS_OF))
    assert (verdict.passed, verdict.detail) == (True, "no earlier release to compare with")


def test_the_last_release_of_another_state_is_the_measure(store: Store) -> None:
    first = run_checks(store, factory.AS_OF)
    state = first[0].state
    found = {v.check: (v.found, v.judged) for v in first}
    told(store.folder, "2026.11.20", "0" * 64, {WATCHED: (7, 7)})
    told(store.folder, "2026.11.21", state, found)
    releases = store.folder / "releases"
    assert baseline.figures(releases, state) == {WATCHED: (7, 7)}, "a state is not compared with its own release"
    assert baseline.figures(releases, "1" * 64) == found
    (releases / "2026.11.21" / "validation.json").write_text("{", encoding="utf-8")
    assert baseline.figures(releases, "1" * 64) == {WATCHED: (7, 7)}
    assert baseline.figures(store.folder / "nowhere", state) == {}


def test_speakers_that_are_lost_stop_the_release_until_somebody_accepts_it(store: Store) -> None:
    first = run_checks(store, factory.AS_OF)
    told(store.folder, "2026.11.21", first[0].state, {v.check: (v.found, v.judged) for v in first})
    silent(store)
    verdicts = run_checks(store, factory.AS_OF)
    assert {v.check for v in verdicts if not v.passed} == {f"{WATCHED}_drift"}
    verdict = drift_of(verdicts)
    assert (verdict.severity, verdict.found) == ("error", 7)
    moved = (
        "100.00% now, 14.29% in the last release: changed by 85.7 points (at most 10 points, error at 35; far beyond: "
    )
    assert verdict.detail.startswith(moved)
    with pytest.raises(ReleaseRefused, match=f"{WATCHED}_drift: failed"):
        require_passed([vars_of(v) for v in verdicts], asked(), verdict.state)
    accepted = {f"{WATCHED}_drift"}
    again = run_checks(store, factory.AS_OF, accepted=accepted)
    assert (drift_of(again).passed, drift_of(again).severity) == (False, "warn")
    require_passed([vars_of(v) for v in again], asked(accepted), verdict.state)
    # Accepting once does not accept later builds.
    with pytest.raises(ReleaseRefused, match="has changed since"):
        require_passed([vars_of(v) for v in again], asked(), verdict.state)
    assert drift_of(run_checks(store, factory.AS_OF)).severity == "error"
    # Compared with the store's own figures, nothing has moved.
    shutil.rmtree(store.folder / "releases")
    told(store.folder, "2026.11.22", "0" * 64, {v.check: (v.found, v.judged) for v in verdicts})
    worked_on(store, factory.document_id(factory.COUNCIL), mark="once more")
    assert drift_of(run_checks(store, factory.AS_OF)).passed


def test_every_drift_is_seen_to_stop_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last release's figures are nearly the opposite of the store's; the drifts apply from one row on."""
    agreeing(monkeypatch, some=False)
    sensitive = {name: replace(drift, min_rows=1, min_rows_to_fail=1) for name, drift in DRIFTS.items()}
    monkeypatch.setattr(
        judging,
        "BUILTIN_CHECKS",
        tuple(replace(c, thresholds=sensitive[c.id]) if c.id in sensitive else c for c in judging.BUILTIN_CHECKS),
    )
    store = factory.filled_store(tmp_path)
    first = {v.check: v for v in run_checks(store, factory.AS_OF)}
    assert all(first[name].passed for name in DRIFTS), "nothing to compare with"
    then = {}
    for drift in DRIFTS.values():
        now = first[drift.of]
        if drift.per == 1000:
            then[drift.of] = (50 * max(now.found, 1), now.judged)
        else:
            then[drift.of] = (0 if 2 * now.found > now.judged else now.judged, now.judged)
    told(store.folder, "2026.11.21", "0" * 64, then)
    worked_on(store, factory.document_id(factory.COUNCIL))
    verdicts = run_checks(store, factory.AS_OF)
    failed = {v.check: v for v in verdicts if not v.passed}
    assert failed.keys() == DRIFTS.keys()
    assert {v.severity for v in failed.values()} == {"error"}
    with pytest.raises(ReleaseRefused) as refused:
        require_passed([vars_of(v) for v in verdicts], asked(), verdicts[0].state)
    assert {line.partition(":")[0] for line in str(refused.value).splitlines()} == DRIFTS.keys()


def vars_of(verdict: Verdict) -> dict[str, object]:
    return {name: getattr(verdict, name) for name in verdict.__dataclass_fields__}


def asked(accepted: set[str] | frozenset[str] = frozenset()) -> dict[str, str]:
    return {check.id: judging._definition(check, accepted) for check in judging.all_checks()}


def test_only_bounds_can_be_accepted(store: Store) -> None:
    for name in ("quotes_key", "quotes_text_at_span", "never_heard_of"):
        with pytest.raises(KeyError, match=name):
            run_checks(store, factory.AS_OF, accepted={name})
        with pytest.raises(KeyError, match=name):
            definitions({name})
