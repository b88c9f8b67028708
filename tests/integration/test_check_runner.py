"""The judge: verdicts that are kept while nothing changes, are reached again when something does, and escape the values
that they show.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from expectations import check_runner as judging
from expectations import corpus_task
from expectations.check_runner import Verdict, checks, run_checks
from expectations.findings import EXAMPLE_CHARACTERS, EXAMPLES, Finding
from expectations.sql_checks import BUILTIN_SQL_CHECKS, DriftThresholds
from expectations.suites import CONTRACT_CHECKS, NOT_ON_FRAME
from expectations.validation import ExpectationResult, validate
from pipeline.contract import BY_NAME, VERDICTS
from tests.support import factory
from warehouse import ledger, states
from warehouse.lock import hold_lock
from warehouse.sql import StoreError
from warehouse.store import Store

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3)) ![i](https://evil.example/i.png) "
    "**b** $v0 ${v1} {{7*7}} `c` \"q\" 'a' &lt;"
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Verdict]]:
    """Return a valid store, judged once with data docs."""
    store = factory.filled_store(tmp_path_factory.mktemp("judged"))
    return store, run_checks(store, factory.AS_OF)


@pytest.fixture
def store(judged: tuple[Store, list[Verdict]], tmp_path: Path) -> Store:
    """Return a copy of it for one test."""
    shutil.copytree(judged[0].folder, tmp_path / "warehouse")
    return Store(tmp_path / "warehouse")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the checks of each run of Great Expectations, which is assumed to agree with DuckDB."""
    calls: list[int] = []

    def answer(
        subjects: Sequence[Any], outside: Sequence[Any], _: object, docs: Path | None, *__: object
    ) -> dict[str, ExpectationResult]:
        asked = [p.id for s in subjects for p in s.contract_checks] + [c.id for c in outside]
        calls.append(len(asked))
        if docs is not None:
            docs.mkdir(exist_ok=True)
        return dict.fromkeys(asked, ExpectationResult(True, 0))

    monkeypatch.setattr(corpus_task, "validate", answer)
    return calls


def change(store: Store, sql: str, parameters: Sequence[Any] = ()) -> None:
    with store.open() as connection:
        connection.execute(sql, list(parameters))
        states.fill(connection)


def touch(store: Store) -> None:
    """Change the state, as a stage does."""
    change(store, "UPDATE stored.ledger SET fingerprint = repeat('0', 64) WHERE stage = 'quotes'")


def test_checks_are_static_unique_and_fit_dagster() -> None:
    known = checks()
    assert len(known) == len(CONTRACT_CHECKS) + len(BUILTIN_SQL_CHECKS)
    assert len({c.name for c in known}) == len(known)
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", c.name) and c.table in BY_NAME for c in known)
    assert {c.severity for c in known} == {"error", "warn"}
    assert known == checks()


def test_a_valid_store_passes_every_check(judged: tuple[Store, list[Verdict]]) -> None:
    store, verdicts = judged
    assert [v.check for v in verdicts] == [c.name for c in checks()]
    assert [v for v in verdicts if not v.passed or v.examples] == []
    with store.open() as connection:
        assert {v.state for v in verdicts} == {ledger.state(connection)}
    rows = store.read("SELECT * FROM stored.verdicts")
    assert rows.columns == [c.name for c in VERDICTS.stored]
    assert rows.height == len(verdicts)
    pages = {p.name for p in (store.folder / "data_docs" / "expectations").iterdir()}
    facts = {
        c.table for c in (*CONTRACT_CHECKS, *BUILTIN_SQL_CHECKS) if c not in CONTRACT_CHECKS or c.kind in NOT_ON_FRAME
    }
    assert pages == {f"{p.table}.html" for p in CONTRACT_CHECKS} | {f"{table}_facts.html" for table in facts}
    assert (store.folder / "data_docs" / "index.html").is_file()
    assert [p.name for p in store.folder.iterdir() if ".new" in p.name] == []


def test_nothing_changed_nothing_judged(judged: tuple[Store, list[Verdict]], store: Store, told: list[int]) -> None:
    assert run_checks(store, factory.AS_OF) == judged[1]
    assert run_checks(store, factory.AS_OF, only={"quotes_kind_enum"}) == [
        v for v in judged[1] if v.check == "quotes_kind_enum"
    ]
    assert told == []


def test_another_state_is_judged_anew(judged: tuple[Store, list[Verdict]], store: Store, told: list[int]) -> None:
    touch(store)
    verdicts = run_checks(store, factory.AS_OF)
    assert told == [len(checks())]
    assert {v.state for v in verdicts}.isdisjoint(v.state for v in judged[1])
    assert run_checks(store, factory.AS_OF) == verdicts
    assert len(told) == 1


def test_another_as_of_date_is_judged_anew(store: Store, told: list[int]) -> None:
    verdicts = run_checks(store, date(2026, 3, 1))
    (future,) = [v for v in verdicts if v.check == "documents_after_as_of"]
    assert (future.passed, future.severity, future.found, future.judged) == (False, "warn", 2, 3)
    assert "66.67%" in future.detail
    assert {row["document_id"] for row in future.examples} == {
        factory.document_id(factory.HARBOUR),
        factory.document_id(factory.REPRINT),
    }
    # One day of tolerance: in some time zone it is tomorrow already.
    (future,) = run_checks(store, date(2026, 3, 13), only={"documents_after_as_of"})
    assert future.passed
    assert told == [len(checks()), 1]


def test_a_lost_site_is_made_again(store: Store, told: list[int]) -> None:
    shutil.rmtree(store.folder / "data_docs")
    run_checks(store, factory.AS_OF)
    assert told == [len(checks())]


def test_some_checks_replace_their_own_verdicts_only(store: Store, told: list[int]) -> None:
    before = {r["check"]: r["state"] for r in store.read("SELECT * FROM stored.verdicts").to_dicts()}
    touch(store)
    names = {"quotes_kind_enum", "quotes_text_at_span"}
    verdicts = run_checks(store, factory.AS_OF, only=names)
    assert told == [2]
    after = {r["check"]: r["state"] for r in store.read("SELECT * FROM stored.verdicts").to_dicts()}
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == names == {v.check for v in verdicts}


def test_an_unknown_name_is_refused(store: Store) -> None:
    with pytest.raises(KeyError, match="no such check: never_heard_of"):
        run_checks(store, factory.AS_OF, only={"never_heard_of", "quotes_kind_enum"})


def test_a_check_that_is_no_more_is_forgotten(store: Store, told: list[int]) -> None:
    change(store, "UPDATE stored.verdicts SET \"check\" = 'old' WHERE \"check\" = 'quotes_kind_enum'")
    run_checks(store, factory.AS_OF)
    known = set(store.read('SELECT "check" FROM stored.verdicts')["check"].to_list())
    assert known == {c.name for c in checks()}


def test_examples_are_few_and_short(store: Store, told: list[int]) -> None:
    change(store, "UPDATE stored.sentences SET text = repeat('x', 500)")
    touch(store)
    (verdict,) = run_checks(store, factory.AS_OF, only={"sentences_text_at_span"})
    assert (verdict.passed, verdict.severity, verdict.found, verdict.judged) == (False, "error", 14, 14)
    assert verdict.detail == "14 of 14 rows violate it"
    assert len(verdict.examples) == EXAMPLES
    assert {len(row["text"]) for row in verdict.examples} == {EXAMPLE_CHARACTERS}
    assert {row["document_id"] for row in verdict.examples} <= {factory.document_id(a) for a in factory.ARTICLES}
    assert run_checks(store, factory.AS_OF, only={"sentences_text_at_span"}) == [verdict]
    (kept,) = store.read("SELECT examples FROM stored.verdicts WHERE \"check\" = 'sentences_text_at_span'")["examples"]
    assert tuple(json.loads(kept)) == verdict.examples


def test_far_beyond_its_bound_the_world_is_an_error(store: Store, told: list[int]) -> None:
    change(
        store,
        "INSERT INTO stored.refusals SELECT * EXCLUDE (i) REPLACE ('r' || i AS source) "
        "FROM (FROM stored.refusals LIMIT 1), range(40) AS n(i)",
    )
    (verdict,) = run_checks(store, factory.AS_OF, only={"refusals_share"})
    assert (verdict.passed, verdict.severity, verdict.found, verdict.judged) == (False, "error", 42, 45)
    assert "far beyond" in verdict.detail


def test_what_cannot_be_judged_fails(store: Store) -> None:
    verdict = judging._verdict(
        CONTRACT_CHECKS[0], Finding(0, 0, broken="no such column"), ExpectationResult(True, 0), "0" * 64
    )
    assert (verdict.passed, verdict.severity, verdict.detail) == (False, "error", "could not be run: no such column")
    sql_check = next(b for b in BUILTIN_SQL_CHECKS if b.thresholds is not None)
    silent = judging._verdict(sql_check, Finding(0, 9), None, "0" * 64)
    assert (silent.passed, silent.severity) == (False, "error")


@pytest.mark.parametrize(
    ("found", "answer", "passed", "counted"),
    [
        (0, ExpectationResult(True, 0), True, 0),
        (3, ExpectationResult(False, 2), False, 3),
        # If the two disagree, the one that found a fault counts.
        (3, ExpectationResult(True, 0), False, 3),
        (0, ExpectationResult(False, 2), False, 2),
        (0, ExpectationResult(False, 0), False, 1),
    ],
)
def test_both_judges_must_agree(found: int, answer: ExpectationResult, passed: bool, counted: int) -> None:
    promise = next(p for p in CONTRACT_CHECKS if p.kind == "enum")
    verdict = judging._verdict(promise, Finding(found, 10), answer, "0" * 64)
    assert (verdict.passed, verdict.found) == (passed, counted)


def test_great_expectations_sees_every_finding() -> None:
    """Each check that spans tables fails in Great Expectations if something was found, and else holds."""
    between = [*(p for p in CONTRACT_CHECKS if p.kind in NOT_ON_FRAME), *BUILTIN_SQL_CHECKS]
    clean, broken = {}, {}
    for check in between:
        bound = getattr(check, "thresholds", None)
        judged = 0 if bound is None else max(bound.min_rows, bound.min_rows_to_fail or 0)
        if isinstance(bound, DriftThresholds):
            good, bad, previous = judged, 0, (judged, judged)
        else:
            good, bad, previous = (
                (0, judged or 1, None) if bound is None or bound.direction == "most" else (judged, 0, None)
            )
        clean[check.id] = Finding(good, judged, previous=previous)
        broken[check.id] = Finding(bad, judged, ({"row": "x"},), previous=previous)
    held = validate((), between, clean, None)
    assert {name for name, answer in held.items() if not answer.success} == set()
    failed = validate((), between, broken, None)
    assert failed.keys() == {c.id for c in between}
    assert {name for name, answer in failed.items() if answer.success or answer.broken} == set()


class _Tags(HTMLParser):
    """Tags and attributes of a page as a browser reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_hostile_values_reach_the_data_docs_as_text(store: Store, tmp_path: Path) -> None:
    change(store, "UPDATE stored.mentions SET label = ? WHERE chain = 0", [HOSTILE])
    change(store, "UPDATE stored.documents SET language = ?, source = ?", [HOSTILE, HOSTILE])
    change(store, "UPDATE stored.sentences SET text = ? WHERE position = 1", [HOSTILE])
    change(store, "UPDATE stored.dates SET value = ?", [HOSTILE])
    touch(store)
    failed = {v.check for v in run_checks(store, factory.AS_OF) if not v.passed}
    assert failed == {
        "mentions_label_enum",
        "documents_language_pattern",
        "documents_one_raw",
        "sentences_text_at_span",
        "sentences_cover_text",
        "dates_value_is_timex",
    }
    shown = 0
    for page in (store.folder / "data_docs").rglob("*.html"):
        parser = _Tags()
        text = page.read_text(encoding="utf-8")
        parser.feed(text)
        shown += text.count("&lt;script&gt;alert(1)")
        for tag, attributes in parser.seen:
            values = " ".join(v or "" for v in attributes.values())
            assert "onerror" not in attributes, page.name
            assert not re.search(r"javascript:alert|evil\.example", values), (page.name, tag)
            assert attributes.get("src") != "x", page.name
            # Nothing is fetched from another site, and no script is left, ours or theirs.
            assert tag != "script", page.name
            assert not any(re.match(r"(?:https?:)?//", attributes.get(name) or "") for name in ("href", "src")), page
        assert "<script>alert" not in text
        policy = next(a["content"] for tag, a in parser.seen if a.get("http-equiv") == "Content-Security-Policy")
        assert (policy or "").startswith("default-src 'none';")
    assert shown >= 6


def test_the_index_leads_to_every_check_and_every_page(judged: tuple[Store, list[Verdict]]) -> None:
    site = judged[0].folder / "data_docs"
    text = (site / "index.html").read_text(encoding="utf-8")
    parser = _Tags()
    parser.feed(text)
    links = {a["href"] for tag, a in parser.seen if tag in ("a", "link") and a["href"] != "data:,"}
    assert {(site / str(link)).is_file() for link in links} == {True}
    pages = {p.relative_to(site).as_posix() for p in site.rglob("*.html")} - {"index.html"}
    assert pages == {link for link in links if str(link).endswith(".html")}
    assert [c.name for c in checks() if f"<code>{c.name}</code>" not in text] == []
    assert f"{len(checks())} checks: {len(checks())} passed, 0 failed, 0 warned." in text


def test_a_later_day_that_counts_the_same_rows_changes_no_verdict(
    judged: tuple[Store, list[Verdict]], store: Store, told: list[int]
) -> None:
    assert run_checks(store, factory.AS_OF + timedelta(days=400)) == judged[1]
    assert told == []


def test_another_definition_is_judged_anew(store: Store, told: list[int]) -> None:
    change(store, "UPDATE stored.verdicts SET made_from = repeat('1', 64) WHERE \"check\" = 'quotes_kind_enum'")
    run_checks(store, factory.AS_OF, only={"mentions_label_enum"})
    assert told == []
    run_checks(store, factory.AS_OF, only={"quotes_kind_enum"})
    assert told == [1]
    run_checks(store, factory.AS_OF)
    assert told == [1]


def test_an_empty_store_breaks_nothing(tmp_path: Path) -> None:
    verdicts = run_checks(Store(tmp_path), factory.AS_OF)
    assert len(verdicts) == len(checks())
    assert [v for v in verdicts if not v.passed or v.found] == []


def test_a_number_that_json_has_not_is_shown_as_text(store: Store, told: list[int]) -> None:
    change(store, "UPDATE stored.quotes SET confidence = 'NaN'::DOUBLE WHERE kind = 'mixed'")
    touch(store)
    (verdict,) = run_checks(store, factory.AS_OF, only={"quotes_confidence_maximum"})
    assert (verdict.passed, verdict.found) == (False, 1)
    assert verdict.examples[0]["confidence"] == "nan"


def test_two_judges_take_turns(store: Store) -> None:
    with (
        hold_lock(store.folder / "judge.lock", 1, "the judging"),
        pytest.raises(StoreError, match="the judging is locked by"),
    ):
        run_checks(Store(store.folder, lock_seconds=0.1), factory.AS_OF)
