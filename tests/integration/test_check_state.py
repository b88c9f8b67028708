"""Checks of single documents run on the changed documents only. They find the same as on all of them, and a fault that
is not corrected continues to be found.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from expectations import check_runner as judging
from expectations import corpus_task, findings
from expectations.check_runner import Verdict, run_checks
from expectations.check_state import Changed
from expectations.validation import ExpectationResult
from pipeline.contract import BY_NAME
from tests.integration.test_sql_checks import DEFECTS
from tests.support import factory
from warehouse import states
from warehouse.store import Store

H, C, R = (factory.document_id(a) for a in (factory.HARBOUR, factory.COUNCIL, factory.REPRINT))
BY_DOCUMENT = [c for c in findings.BUILTIN_CHECKS if c.by_document]
SOME = {
    *(
        "quotes_key",
        "quotes_kind_enum",
        "quotes_sentence_id_refers_to",
        "quotes_said_basis_enum",
        "entities_name_not_null",
    ),
    *("quotes_text_at_span", "quotes_cue_has_class", "quotes_have_statement", "documents_after_as_of"),
}
# Three articles are few: with these, more than half may change and still be checked alone.
FEW = 7


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Judge a valid store of the three articles, and a few others that have ledger lines only."""
    store = factory.filled_store(tmp_path_factory.mktemp("memory"))
    with store.open() as connection:
        connection.execute(
            "INSERT INTO stored.ledger SELECT 'raws', printf('%016x', i), sha256(i::VARCHAR) FROM range($few) AS n(i)",
            {"few": FEW},
        )
    with pytest.MonkeyPatch.context() as patch:
        agreeing(patch)
        assert {v.check for v in run_checks(store, factory.AS_OF) if not v.passed} == set()
    return store.folder


@pytest.fixture
def store(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a copy of it for one test; Great Expectations agrees with DuckDB."""
    agreeing(monkeypatch)
    shutil.copytree(filled, tmp_path / "warehouse")
    return Store(tmp_path / "warehouse")


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the documents whose rows were selected, for each time."""
    calls: list[list[str]] = []
    narrow = findings._copy_changed_rows

    def noted(connection: Any, documents: Sequence[str]) -> None:
        calls.append(list(documents))
        narrow(connection, documents)

    monkeypatch.setattr(findings, "_copy_changed_rows", noted)
    return calls


def agreeing(patch: pytest.MonkeyPatch, *, some: bool = True) -> None:
    """Let Great Expectations agree with DuckDB; a few checks of each kind represent all."""
    if some:
        patch.setattr(judging, "BUILTIN_CHECKS", tuple(c for c in judging.BUILTIN_CHECKS if c.id in SOME))

    def answer(
        subjects: Sequence[Any], outside: Sequence[Any], _: object, docs: Path | None, *__: object
    ) -> dict[str, ExpectationResult]:
        if docs is not None:
            docs.mkdir(exist_ok=True)
        return dict.fromkeys(
            [p.id for s in subjects for p in s.contract_checks] + [c.id for c in outside], ExpectationResult(True, 0)
        )

    patch.setattr(corpus_task, "validate", answer)


def run(store: Store, *lines: str) -> None:
    with store.open() as connection:
        for line in lines:
            connection.execute(line)
        states.fill(connection)


def worked_on(store: Store, *documents: str, stage: str = "quotes", mark: str = "again") -> None:
    """Mark these documents' rows as made again by a stage."""
    names = ", ".join(f"'{name}'" for name in documents)
    run(
        store,
        f"UPDATE stored.ledger SET fingerprint = sha256(fingerprint || '{mark}') "  # noqa: S608
        f"WHERE stage = '{stage}' AND document_id IN ({names})",
    )


def failed(verdicts: Sequence[Verdict]) -> dict[str, int]:
    return {v.check: v.found for v in verdicts if not v.passed}


BREAK_C = f"UPDATE stored.quotes SET text = text || '.' WHERE document_id = '{C}'"  # noqa: S608
BREAK_H = f"UPDATE stored.quotes SET cue_class = NULL WHERE document_id = '{H}'"  # noqa: S608
MEND_C = f"UPDATE stored.quotes SET text = left(text, length(text) - 1) WHERE document_id = '{C}'"  # noqa: S608


def test_checks_of_single_documents_read_nothing_else() -> None:
    assert len(BY_DOCUMENT) > 120
    for check in BY_DOCUMENT:
        sql = findings._sql(check, narrow=True)
        assert "published." not in sql, check.id
        # Failures have one line per document.
        left = set(findings.re.findall(r"\bstored\.(\w+)", sql)) - {"failures"}
        assert left == set(), check.id


def test_rows_are_named_by_their_document_first(filled: Path) -> None:
    with Store(filled).open() as connection:
        for check in BY_DOCUMENT:
            columns = connection.execute(f"DESCRIBE ({findings._sql(check, narrow=False)})").fetchall()
            assert columns[0][0] == "document_id", check.id


def test_only_what_changed_is_looked_at(store: Store, looked: list[list[str]]) -> None:
    worked_on(store, C)
    assert failed(run_checks(store, factory.AS_OF)) == {}
    assert looked == [[C]]
    looked.clear()
    run_checks(store, factory.AS_OF)
    assert looked == []


def test_a_fault_that_nobody_mends_goes_on_to_be_one(store: Store) -> None:
    run(store, BREAK_C)
    worked_on(store, C)
    first = run_checks(store, factory.AS_OF)
    assert failed(first) == {"quotes_text_at_span": 2}
    # Another article changes; then one is removed; then nothing changes, but every check runs again.
    worked_on(store, H)
    again = run_checks(store, factory.AS_OF)
    assert failed(again) == {"quotes_text_at_span": 2}
    was, now = (next(v for v in vs if v.check == "quotes_text_at_span") for vs in (first, again))
    assert replace(now, state="") == replace(was, state="")
    run(store, "DELETE FROM stored.ledger WHERE document_id = '0000000000000001'")
    assert failed(run_checks(store, factory.AS_OF)) == {"quotes_text_at_span": 2}
    assert failed(run_checks(store, factory.AS_OF, all_rows=True)) == {"quotes_text_at_span": 2}
    assert failed(run_checks(store, factory.AS_OF, only={"quotes_text_at_span"})) == {"quotes_text_at_span": 2}


def test_a_mended_fault_is_forgotten(store: Store) -> None:
    run(store, BREAK_C, BREAK_H)
    worked_on(store, C, H)
    assert failed(run_checks(store, factory.AS_OF)) == {"quotes_text_at_span": 2, "quotes_cue_has_class": 3}
    run(store, MEND_C)
    worked_on(store, C, mark="mended")
    assert failed(run_checks(store, factory.AS_OF)) == {"quotes_cue_has_class": 3}


def test_a_fault_goes_with_its_document(store: Store) -> None:
    run(store, BREAK_C)
    worked_on(store, C)
    run_checks(store, factory.AS_OF)
    run(store, *(f"DELETE FROM stored.{name} WHERE document_id = '{C}'" for name in ("ledger", "quotes")))  # noqa: S608
    assert "quotes_text_at_span" not in failed(run_checks(store, factory.AS_OF))
    assert store.read("SELECT count(*) AS n FROM stored.offences")["n"][0] == 0


def test_a_failed_stage_changes_its_document(store: Store, looked: list[list[str]]) -> None:
    run(store, f"INSERT INTO stored.failures VALUES ('dates', '{C}', 'too long', NULL, NULL)")  # noqa: S608
    run_checks(store, factory.AS_OF)
    assert looked[0] == [C]


def test_what_some_checks_saw_is_seen_again_by_all(store: Store, looked: list[list[str]]) -> None:
    """Only some checks ran on the broken rows. When all run, the rows may differ under the same fingerprint as
    before."""
    (before,) = store.read(
        "SELECT fingerprint FROM stored.ledger WHERE stage = 'quotes' AND document_id = $c", {"c": C}
    )["fingerprint"]
    run(store, BREAK_C)
    worked_on(store, C)
    assert failed(run_checks(store, factory.AS_OF, only={"quotes_text_at_span"})) == {"quotes_text_at_span": 2}
    run(
        store,
        MEND_C,
        f"UPDATE stored.ledger SET fingerprint = '{before}' WHERE stage = 'quotes' AND document_id = '{C}'",  # noqa: S608
    )
    looked.clear()
    assert failed(run_checks(store, factory.AS_OF)) == {}
    assert looked[0] == [C]


def test_another_question_is_asked_about_all(store: Store) -> None:
    """The fault is in an article that has not changed; the check's definition has."""
    run(store, BREAK_C)
    assert failed(run_checks(store, factory.AS_OF)) == {}, "the ledger knows of no change"
    run(store, "UPDATE stored.verdicts SET made_from = repeat('1', 64) WHERE \"check\" = 'quotes_text_at_span'")
    assert failed(run_checks(store, factory.AS_OF)) == {"quotes_text_at_span": 2}


def test_what_could_not_be_judged_is_judged_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run(store, BREAK_C)
    sql, real = findings._sql, "quotes_text_at_span"
    with monkeypatch.context() as patch:
        patch.setattr(findings, "_sql", lambda c, narrow: "SELECT nothing" if c.id == real else sql(c, narrow=narrow))
        worked_on(store, H)
        (verdict,) = [v for v in run_checks(store, factory.AS_OF) if not v.passed]
    assert (verdict.check, verdict.severity) == (real, "error")
    assert "could not be run" in verdict.detail
    assert failed(run_checks(store, factory.AS_OF)) == {real: 2}


def test_what_is_found_in_the_changed_is_what_is_found_in_all(filled: Path, tmp_path: Path) -> None:
    """Plant every defect of a check of single documents; check the changed ones, and the whole."""
    names = {c.id for c in BY_DOCUMENT}
    shutil.copytree(filled, tmp_path / "warehouse")
    changes = Changed({H: "", C: "", R: ""}, (), 3 + FEW)
    with Store(tmp_path / "warehouse").open() as connection:
        connection.execute("SET threads = 1")
        for planted in DEFECTS:
            asked = [c for c in BY_DOCUMENT if c.id == planted.sql_check]
            if not asked:
                continue
            connection.execute("BEGIN")
            for line in planted.sql:
                connection.execute(line)
            near, whole = (
                findings.document_results(
                    connection, asked, findings.count_violations(connection, asked, changes, before)
                )
                for before in (names, ())
            )
            connection.execute("ROLLBACK")
            assert near == whole, planted.sql_check
            assert near.found[planted.sql_check].examples, planted.sql_check


def test_most_of_them_changed_is_all_of_them(store: Store, looked: list[list[str]]) -> None:
    run(store, BREAK_C, "UPDATE stored.ledger SET fingerprint = repeat('0', 64)")
    assert failed(run_checks(store, factory.AS_OF)) == {"quotes_text_at_span": 2}
    assert looked == [[C]], "for the examples"


def test_a_later_day_is_no_reason_to_look_at_all(store: Store, looked: list[list[str]]) -> None:
    run_checks(store, date(2026, 3, 1))
    assert looked == []


def test_stored_tables_that_checks_may_read_are_written_by_document() -> None:
    assert all(BY_NAME[name].column("document_id").required for name in findings.DOCUMENT_TABLES)
