"""Bringing tables up to date, with small stages instead of the real ones."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.build import incremental
from assets.build.engine import StageResult, packed
from assets.build.incremental import derive_corpus, steps, update_article_stages, update_from_raw_folder
from assets.settings import Settings
from pipeline.contract import BY_NAME
from pipeline.contract.schema import frame
from pipeline.stage import Rules, Stage
from tests.support.engine_stages import later, told
from tests.support.factory import copy, stories, templates
from warehouse import failures, ledger, pending
from warehouse.change_counts import Changes
from warehouse.store import Store


@contextmanager
def corpus(store: Store, *_: Any) -> Iterator[dict[str, ledger.TableDelta]]:
    """Yield batches of one row."""
    names = store.read("SELECT document_id FROM stored.documents ORDER BY 1")["document_id"].to_list()
    rows = [{"document_id": name, "duplicate_of": names[0]} for name in names[1:]]
    yield {"duplicates": ledger.TableDelta([frame(BY_NAME["duplicates"].stored, [row]) for row in rows])}


DOCUMENTS = Stage("documents", "articles", ("raws",), ("documents", "edits"), Rules("1", told))
SENTENCES = Stage("sentences", "articles", ("documents",), ("sentences",), Rules("1", later))
DUPLICATES = Stage("duplicates", "corpus", ("documents",), ("duplicates",), Rules("1"))
STAGES = (DOCUMENTS, SENTENCES, DUPLICATES)


@pytest.fixture(autouse=True)
def duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the real corpus-wide stage with the one of this file."""
    monkeypatch.setattr("warehouse.corpus.duplicates.deltas", corpus)


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    raw = shutil.copytree(raw_folder(), tmp_path / "raw")
    return Settings(raw=raw, warehouse=tmp_path / "warehouse")


@pytest.fixture
def built(place: Settings, duplicates: None) -> None:
    """Make a store of the raw folder in the warehouse, as a run leaves it."""
    copy(built_store(), Store(place.warehouse))


@cache
def raw_folder() -> Path:
    """Return a folder of twenty articles to copy, which keeps the times of the files."""
    return stories(templates() / "runs", 20).raw


@cache
def built_store() -> Store:
    place = Settings(raw=raw_folder(), warehouse=templates() / "built-by-a-run")
    run(place)
    return Store(place.warehouse)


def run(place: Settings, stages: tuple[Stage, ...] = STAGES) -> dict[str, int]:
    """Do a whole run; return how many documents each stage computed."""
    store = Store(place.warehouse)
    out = {"raws": update_from_raw_folder(store, place, lambda _: None).computed}
    single = [stage for stage in stages if not stage.corpus_wide]
    outcomes = update_article_stages(store, single, stages, place, lambda _: None)
    outcomes += [derive_corpus(store, stage, place, lambda _: None) for stage in stages if stage.corpus_wide]
    return out | {outcome.stage: outcome.computed for outcome in outcomes}


def unfinished(place: Settings) -> list[str]:
    with Store(place.warehouse).open() as connection:
        return pending.stages_with_work(connection, steps(place, STAGES), {"duplicates"})


def ids_in(place: Settings, table: str) -> set[str]:
    sql = {
        "documents": "SELECT document_id FROM stored.documents",
        "sentences": "SELECT document_id FROM stored.sentences",
        "failures": "SELECT document_id FROM stored.failures",
    }[table]
    return set(Store(place.warehouse).read(sql)["document_id"])


def test_nothing_changed_nothing_runs(place: Settings) -> None:
    assert run(place) == {"raws": 20, "documents": 20, "sentences": 20, "duplicates": 1}
    assert run(place) == {"raws": 0, "documents": 0, "sentences": 0, "duplicates": 0}


def test_a_document_whose_rows_broke_in_an_earlier_turn_is_left_out_of_later_stages() -> None:
    step = ledger.LedgerStage("sentences", ("sentences",), ("documents",), "key")
    rows = pl.DataFrame({"document_id": ["a", "b"]})
    made = StageResult("sentences", ("a", "b", "c"), {"sentences": packed(rows)}, {"c": "fails"})
    result = incremental._result(step, [made], {"a": "fingerprint"})
    assert (dict(result.fingerprints), list(result.failed)) == ({"a": "fingerprint"}, [])
    assert result.frames["sentences"]["document_id"].to_list() == ["a"]


def looked_up(place: Settings, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Return whether `unfinished` reads the ledger."""
    asked: list[bool] = []
    plans = pending._plans
    with monkeypatch.context() as patch:
        patch.setattr(pending, "_plans", lambda *given, **named: asked.append(True) or plans(*given, **named))
        unfinished(place)
    return bool(asked)


@pytest.mark.usefixtures("built")
def test_a_finished_store_is_known_without_a_look_at_its_lines(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert looked_up(place, monkeypatch)
    with Store(place.warehouse).open() as connection:
        pending.note_finished(connection, steps(place, STAGES))
    assert not looked_up(place, monkeypatch)
    assert unfinished(place) == []
    assert looked_up(replace(place, article_seconds=9), monkeypatch)
    (place.raw / "03.txt").write_text("Story 3, corrected.", encoding="utf-8")
    update_from_raw_folder(Store(place.warehouse), place, lambda _: None)
    assert unfinished(place) == ["documents"]
    run(place)
    with Store(place.warehouse).open() as connection:
        pending.note_finished(connection, steps(place, STAGES))
        pending.note_finished(connection, steps(place, STAGES))
    assert not looked_up(place, monkeypatch)


def test_in_a_finished_store_only_lines_of_failed_documents_are_read(place: Settings) -> None:
    (place.raw / "03.txt").write_text("Fail", encoding="utf-8")
    run(place)
    with Store(place.warehouse).open() as connection:
        pending.note_finished(connection, steps(place, STAGES))
        assert pending.stages_with_work(connection, steps(place, STAGES), {"duplicates"}, tried=True) == ["documents"]
        # A change outside of the state, which only a query of all lines would see.
        connection.execute("DELETE FROM stored.ledger WHERE stage = 'sentences'")
        assert pending.stages_with_work(connection, steps(place, STAGES), {"duplicates"}, tried=True) == ["documents"]
        connection.execute("UPDATE stored.failures SET fingerprint = NULL, seconds = NULL")
        assert pending.stages_with_work(connection, steps(place, STAGES), {"duplicates"}) == []


@pytest.mark.usefixtures("built")
def test_a_changed_article_runs_alone(place: Settings) -> None:
    (place.raw / "03.txt").write_text("Story 3, corrected.", encoding="utf-8")
    assert run(place) == {"raws": 1, "documents": 1, "sentences": 1, "duplicates": 1}


@pytest.mark.usefixtures("built")
def test_a_deleted_article_leaves_no_row(place: Settings) -> None:
    before = ids_in(place, "documents")
    (place.raw / "03.txt").unlink()
    run(place)
    assert len(before - ids_in(place, "documents")) == 1
    assert ids_in(place, "sentences") == ids_in(place, "documents")


@pytest.mark.usefixtures("built")
def test_a_new_rule_runs_its_stage_and_what_stands_on_it(place: Settings) -> None:
    newer = (DOCUMENTS, replace(SENTENCES, rules_override=Rules("2", later)), DUPLICATES)
    assert run(place, newer) == {"raws": 0, "documents": 0, "sentences": 20, "duplicates": 0}


def test_a_document_that_fails_is_recorded_and_tried_again(place: Settings) -> None:
    (place.raw / "03.txt").write_text("Fail", encoding="utf-8")
    assert run(place)["documents"] == 19
    failures = Store(place.warehouse).read("SELECT stage, reason FROM stored.failures").to_dicts()
    assert failures == [{"stage": "documents", "reason": "ValueError: cannot read this"}]
    assert run(place) == {"raws": 0, "documents": 0, "sentences": 0, "duplicates": 0}
    (place.raw / "03.txt").write_text("Well again.", encoding="utf-8")
    assert run(place)["documents"] == 1
    assert ids_in(place, "failures") == set()


@pytest.mark.parametrize("chunk", [pytest.param(1, marks=pytest.mark.slow), 100])
def test_rows_that_break_a_table_are_their_documents_failure_alone(
    place: Settings, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.build.incremental.CHUNK", chunk)
    for number, text in ((3, "Story twice"), (11, "Story textless"), (12, "Story twice")):
        (place.raw / f"{number:02}.txt").write_text(text, encoding="utf-8")
    store = Store(place.warehouse)
    told: list[int] = []
    update_from_raw_folder(store, place, lambda _: None)
    update_article_stages(store, [DOCUMENTS], STAGES, place, lambda _: None)
    (outcome,) = update_article_stages(store, [SENTENCES], STAGES, place, lambda progress: told.append(progress.done))
    assert (outcome.computed, outcome.failed, outcome.rows["sentences"], told[-1]) == (17, 3, 17, 20)
    assert outcome.changes["sentences"] == Changes(added=17)
    with store.open() as connection:
        found = {(failure.source, failure.reason.split(":")[0]) for failure in failures.failures(connection, 9)}
    assert found == {(f"{number}.txt", "ConstraintException") for number in ("03", "11", "12")}
    assert update_article_stages(store, [SENTENCES], STAGES, place, lambda _: None)[0].failed == 3
    (place.raw / "11.txt").write_text("Whole again.", encoding="utf-8")
    assert run(place)["sentences"] == 1


@pytest.mark.usefixtures("built")
def test_a_document_that_starts_to_fail_takes_its_rows_along(place: Settings) -> None:
    (place.raw / "03.txt").write_text("Fail", encoding="utf-8")
    run(place)
    assert len(ids_in(place, "documents")) == 19
    assert ids_in(place, "sentences") == ids_in(place, "documents")


@pytest.mark.usefixtures("built")
def test_a_stage_waits_for_inputs_that_are_behind(place: Settings) -> None:
    (place.raw / "03.txt").write_text("Story 3, corrected.", encoding="utf-8")
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    assert update_article_stages(store, [SENTENCES], STAGES, place, lambda _: None)[0].computed == 0
    assert unfinished(place) == ["documents"]  # the others wait for it
    run(place)
    assert unfinished(place) == []


def test_an_interrupted_run_goes_on_where_it_was(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.build.incremental.CHUNK", 4)
    monkeypatch.setattr("assets.build.incremental.WRITE_BATCH_SECONDS", 0)

    def die(progress: Any) -> None:
        if progress.stage == "documents" and progress.done == 8:
            raise KeyboardInterrupt

    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        update_article_stages(store, [DOCUMENTS], STAGES, place, die)
    assert len(ids_in(place, "documents")) == 8
    assert update_article_stages(store, [DOCUMENTS], STAGES, place, lambda _: None)[0].computed == 12


def test_much_is_written_sooner(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of pending writes is bounded: a light stage makes many rows within the seconds of a batch."""
    monkeypatch.setattr("assets.build.incremental.CHUNK", 4)
    told: list[int] = []
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    update_article_stages(store, [DOCUMENTS], STAGES, place, lambda progress: told.append(progress.done))
    assert told == [20]
    monkeypatch.setattr("assets.build.incremental.WRITE_BATCH_BYTES", 1)
    update_article_stages(store, [SENTENCES], STAGES, place, lambda progress: told.append(progress.done))
    assert told == [20, 4, 8, 12, 16, 20]


def test_what_is_due_is_found_once(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """For any number of stages and pages, the ledger is read once."""
    plans: list[object] = []
    found = pending._plans

    def noted(*arguments: Any) -> tuple[str, dict[str, str | int]]:
        plans.append(arguments)
        return found(*arguments)

    monkeypatch.setattr("warehouse.pending._plans", noted)
    monkeypatch.setattr("warehouse.pending.BATCH_DOCUMENTS", 3)
    monkeypatch.setattr("assets.build.incremental.CHUNK", 2)
    monkeypatch.setattr("assets.build.incremental.PREFETCHED_CHUNKS", 1)
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    outcomes = update_article_stages(store, [DOCUMENTS, SENTENCES], STAGES, place, lambda _: None)
    assert [outcome.computed for outcome in outcomes] == [20, 20]
    assert len(plans) == 1


def test_a_line_a_stage_adds_up_to_the_time_of_the_visits(place: Settings) -> None:
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    documents, sentences = update_article_stages(store, [DOCUMENTS, SENTENCES], STAGES, place, lambda _: None)
    assert documents.waited_seconds == pytest.approx(sentences.seconds)
    assert sentences.waited_seconds == pytest.approx(0)
    assert min(documents.seconds, sentences.seconds) > 0


def test_chunks_do_not_show_in_the_rows(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    states = []
    for chunk in (7, 100):
        monkeypatch.setattr("assets.build.incremental.CHUNK", chunk)
        other = replace(place, warehouse=place.warehouse / str(chunk))
        run(other)
        with Store(other.warehouse).open() as connection:
            states.append(ledger.state(connection))
    assert len(set(states)) == 1


@pytest.mark.usefixtures("built")
def test_the_state_tells_refusals_apart(place: Settings) -> None:
    with Store(place.warehouse).open() as connection:
        before = ledger.state(connection)
    (place.raw / "empty.txt").write_text("", encoding="utf-8")
    run(place)
    with Store(place.warehouse).open() as connection:
        assert ledger.state(connection) != before


@pytest.mark.usefixtures("built")
def test_force_computes_again_what_nothing_has_changed(place: Settings) -> None:
    assert run(replace(place, force=True)) == {"raws": 0, "documents": 20, "sentences": 20, "duplicates": 1}
    assert run(place) == {"raws": 0, "documents": 0, "sentences": 0, "duplicates": 0}
