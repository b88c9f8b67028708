"""Engines: the same chunks give the same bytes; neither a worker's death nor a hanging article stops the rest."""

import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assets.build import engine
from assets.build.engine import Chunk, ChunkResult, EngineError, Job, run_chunk
from assets.build.engine.processes import pickled
from assets.build.engine.shards import Apart
from assets.build.incremental import (
    UNDER_WAY,
    StageSummary,
    _chunks,
    steps,
    update_article_stages,
    update_from_raw_folder,
)
from assets.runs.gc_threshold import OBJECTS
from assets.settings import Settings
from pipeline.stage import Rules, Run, Stage
from tests.support import factory
from tests.support.engine_stages import Collections, Unreadable, beside, last, later, other, told, whole
from warehouse import ledger
from warehouse.pending import pending
from warehouse.store import Store


def stage(run: Run, version: str = "1") -> Stage:
    return Stage("documents", "articles", ("raws",), ("documents", "edits"), Rules(version, run))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setattr("assets.build.engine.MAX_INLINE_DOCUMENTS", 1)
    monkeypatch.setattr("assets.build.incremental.CHUNK", 5)
    yield replace(factory.stories(tmp_path, 20), workers=2)
    engine.close()


def say(place: Settings, number: int, what: str) -> None:
    (place.raw / f"{number:02}.txt").write_text(f"{what} {number}.", encoding="utf-8")


def run(place: Settings, compute: Run = told) -> StageSummary:
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    (outcome,) = update_article_stages(store, [stage(compute)], [stage(compute)], place, lambda _: None)
    return outcome


def failures(place: Settings) -> list[tuple[str, str]]:
    sql = "SELECT r.origin, f.reason FROM stored.failures AS f JOIN stored.raws AS r USING (document_id) ORDER BY ALL"
    return list(Store(place.warehouse).read(sql).iter_rows())


def documents(place: Settings) -> int:
    return Store(place.warehouse).read("SELECT document_id FROM stored.documents").height


def test_processes_and_this_process_make_the_same(place: Settings) -> None:
    say(place, 3, "Fail")
    states = []
    for name in ("inline", "process"):
        there = replace(place, engine=name, warehouse=place.warehouse / name)
        assert run(there).computed == 19
        assert failures(there) == [("03.txt", "ValueError: cannot read this")]
        with Store(there.warehouse).open() as connection:
            states.append((ledger.state(connection), connection.sql("FROM stored.documents ORDER BY ALL").fetchall()))
    assert states[0] == states[1]


def test_a_document_that_kills_its_worker_fails_alone_and_is_tried_again_when_asked(place: Settings) -> None:
    say(place, 3, "Die")
    say(place, 17, "Die-once")
    assert (run(place).computed, documents(place)) == (19, 19)
    ((source, reason),) = failures(place)
    assert source == "03.txt"
    assert "crashed on it twice (signal SIGKILL)" in reason
    assert run(replace(place, retry_failed=True), other).computed == 1
    assert failures(place) == []


def test_a_document_that_kills_this_process_fails_alone_the_next_time(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few documents are processed in the build's own process; it dies once."""
    monkeypatch.setattr("assets.build.engine.MAX_INLINE_DOCUMENTS", 100)
    say(place, 3, "Die")
    code = (
        "import sys; from pathlib import Path; from assets.settings import Settings; "
        "from tests.integration.test_engine import run; raw, warehouse = map(Path, sys.argv[1:]); "
        "run(Settings(raw=raw, warehouse=warehouse, workers=2))"
    )
    died = subprocess.run([sys.executable, "-c", code, str(place.raw), str(place.warehouse)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert (documents(place), failures(place)) == (0, [])
    assert (run(place).computed, documents(place)) == (19, 19)
    ((source, reason),) = failures(place)
    assert source == "03.txt" and "crashed on it twice" in reason
    # After a run without a kill, it works inline again.
    assert not (place.warehouse / UNDER_WAY).exists()
    engine.close()
    say(place, 3, "Well again.")
    assert run(place).computed == 1
    assert not engine._pools and failures(place) == []


def test_an_article_on_which_a_worker_hangs_fails_alone(place: Settings) -> None:
    say(place, 3, "Hang")
    assert run(replace(place, article_seconds=1)).computed == 19
    assert failures(place) == [("03.txt", "took longer than 1 s")]


def test_a_time_limit_in_this_process(place: Settings) -> None:
    say(place, 3, "Hang")
    assert run(replace(place, article_seconds=1, engine="inline")).computed == 19
    assert failures(place) == [("03.txt", "TimeLimitExceeded: took longer than 1 s")]


@pytest.mark.parametrize(
    ("what", "engine"),
    [
        ("Hang", "inline"),
        pytest.param("Hang", "process", marks=pytest.mark.slow),
        pytest.param("Die", "process", marks=pytest.mark.slow),
    ],
)
def test_what_took_too_long_or_ended_its_worker_waits(place: Settings, what: str, engine: str) -> None:
    place = replace(place, article_seconds=1, engine=engine)

    def outcome(settings: Settings, code: str = "1") -> tuple[int, int]:
        store, of = Store(settings.warehouse), stage(told, code)
        update_from_raw_folder(store, settings, lambda _: None)
        (found,) = update_article_stages(store, [of], [of], settings, lambda _: None)
        return found.computed, found.failed

    say(place, 3, what)
    say(place, 4, "Fail")
    assert outcome(place) == (18, 2)
    # The other failure is retried each time.
    assert outcome(place) == (0, 1)
    assert outcome(replace(place, retry_failed=True)) == (0, 2)
    assert outcome(place) == (0, 1)
    assert outcome(replace(place, article_seconds=2)) == (0, 2)
    assert outcome(place) == (0, 1)
    assert outcome(place, code="2") == (18, 2)
    say(place, 3, f"{what} as well")
    assert outcome(place, code="2") == (0, 2)
    say(place, 3, "Well again.")
    assert outcome(place, code="2") == (1, 1)


CHAIN = (
    stage(other),
    Stage("sentences", "articles", ("documents",), ("sentences",), Rules("1", later)),
    Stage("parses", "language", ("sentences",), ("parses",), Rules("1", last)),
    Stage("chains", "language", ("documents",), ("chains",), Rules("1", beside)),
)


@pytest.mark.parametrize(
    ("what", "engine", "reason"),
    [
        ("fails", "inline", "ValueError: no sentence"),
        pytest.param("fails", "process", "ValueError: no sentence", marks=pytest.mark.slow),
        pytest.param("hangs", "inline", "TimeLimitExceeded: took longer than 1 s", marks=pytest.mark.slow),
        pytest.param("hangs", "process", "took longer than 1 s", marks=pytest.mark.slow),
        pytest.param(
            *("dies", "process", "the worker crashed on it twice (signal SIGKILL); usually because memory ran out"),
            marks=pytest.mark.slow,
        ),
        ("twice", "inline", "ConstraintException: "),
    ],
)
def test_a_stage_that_fails_keeps_what_the_stages_before_made(
    place: Settings, what: str, engine: str, reason: str
) -> None:
    """It stops only the stages that read it; the failure is recorded for it alone."""
    place = replace(place, engine=engine, article_seconds=1 if what == "hangs" else 60)
    say(place, 3, f"It {what}")
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    outcomes = {
        o.stage: (o.computed, o.failed) for o in update_article_stages(store, CHAIN, CHAIN, place, lambda _: None)
    }
    assert outcomes == {"documents": (20, 0), "sentences": (19, 1), "parses": (19, 0), "chains": (20, 0)}
    found = store.read("SELECT stage, reason FROM stored.failures").rows()
    assert [(of, said.startswith(reason)) for of, said in found] == [("sentences", True)]
    lines = dict(store.read("SELECT stage, count(*) FROM stored.ledger GROUP BY stage").rows())
    assert lines == {"raws": 20, "documents": 20, "sentences": 19, "parses": 19, "chains": 20}
    assert (documents(place), store.read("FROM stored.sentences").height) == (20, 19)
    # The next run continues at the stage that failed.
    say(place, 4, "It is new")
    healed = (*CHAIN[:1], replace(CHAIN[1], rules_override=Rules("2", whole)), *CHAIN[2:])
    update_from_raw_folder(store, place, lambda _: None)
    outcomes = {
        o.stage: (o.computed, o.failed) for o in update_article_stages(store, healed, healed, place, lambda _: None)
    }
    assert outcomes == {"documents": (1, 0), "sentences": (20, 0), "parses": (20, 0), "chains": (1, 0)}


def test_a_chunk_is_visited_once(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """All stages run on the rows in memory; each chunk loads no more than the first of them needs."""
    visits: list[tuple[tuple[str, ...], list[str]]] = []

    def noted(job: Job, chunk: Chunk) -> ChunkResult:
        visits.append((chunk.stages, list(chunk.inputs)))
        return run_chunk(job, chunk)

    monkeypatch.setattr("assets.build.engine.run_chunk", noted)
    place = replace(place, engine="inline")
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    update_article_stages(store, CHAIN, CHAIN, place, lambda _: None)
    assert visits == [(("documents", "sentences", "parses", "chains"), ["raws"])] * 4
    visits.clear()
    # Documents of the same pending stages share a chunk, with the rows that these read.
    newer = (*CHAIN[:1], replace(CHAIN[1], rules_override=Rules("2", whole)), *CHAIN[2:])
    say(place, 3, "It is new")
    update_from_raw_folder(store, place, lambda _: None)
    update_article_stages(store, newer, newer, place, lambda _: None)
    of_all, of_some = ("documents", "sentences", "parses", "chains"), ("sentences", "parses")
    assert sorted(visits) == [(of_all, ["raws"])] + [(of_some, ["documents"])] * 4


def test_rows_that_make_no_table_are_their_documents_failure_alone(place: Settings) -> None:
    say(place, 3, "Odd")
    assert run(replace(place, engine="inline")).computed == 19
    assert [source for source, _ in failures(place)] == ["03.txt"]


def test_a_worker_that_is_killed_from_outside_is_replaced(place: Settings) -> None:
    run(place)
    (pool,) = engine._pools.values()
    for worker in pool._workers:
        worker.process.kill()
        worker.process.wait()
    for i in range(20):
        say(place, i, "New")
    assert run(place).computed == 20
    assert failures(place) == []


def test_workers_that_do_nothing_but_die_stop_the_run(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.build.engine.processes.MAX_CONSECUTIVE_CRASHES", 3)
    for i in range(20):
        say(place, i, "Die")
    with pytest.raises(EngineError, match="all workers crash"):
        run(place)


def test_a_worker_that_cannot_start_is_no_documents_fault(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    with pytest.raises(EngineError, match="did not start"):
        run(place)
    assert failures(place) == []


def test_workers_end_with_the_pool(place: Settings) -> None:
    run(place)
    (pool,) = engine._pools.values()
    processes = [worker.process for worker in pool._workers]
    assert len(processes) == 2
    engine.close()
    assert [process.returncode for process in processes] == [0, 0]


def test_what_is_left_half_way_is_not_heard_of_again(place: Settings) -> None:
    run(place)  # fills the store
    (pool,) = engine._pools.values()
    store, of = Store(place.warehouse), stage(other)
    known = steps(place, [stage(other, "2")])
    job = Job((of,), place)
    with pending(store, known, list(known.values())) as due:
        next(iter(pool.run(job, _chunks(store, job, due, {of.name: {}}))))
        left = sorted(name for visit in pool.run(job, _chunks(store, job, due, {of.name: {}})) for name in visit.names)
    assert len(left) == len(set(left)) == 20


def test_workers_are_as_many_as_cores_and_memory_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine.workers(Settings(workers=7)) == 7
    assert engine.workers(Settings()) >= 1
    monkeypatch.setattr("assets.build.engine._memory", lambda: 1)
    assert engine.workers(Settings()) == 1


@pytest.mark.parametrize(
    ("most", "documents", "count"),
    [(2, 20, 1), (2, 599, 1), (2, 600, 2), (2, 100_000, 2), (8, 1_200, 4), (8, 2_400, 8)],
)
def test_few_documents_get_few_workers(most: int, documents: int, count: int) -> None:
    assert engine.needed(most, documents) == count


def test_there_is_one_pool_that_grows_with_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "workers", lambda settings: settings.workers or 2)
    counts = []
    for documents in (300, 600, 300):
        engine.engine(Settings(), documents)
        counts.append(list(engine._pools))
    engine.close()
    assert counts == [[1], [2], [2]]


def test_workers_import_no_dagster_and_no_duckdb() -> None:
    """To send rows with lists they import no Arrow either, which would import pandas."""
    code = (
        "import sys, assets.build.engine.worker, assets.build.engine.chunk, pipeline.stages; "
        "from pipeline.contract.schema import frame; from pipeline.contract import Column; "
        "frame([Column('a', 'strings', '')], [{'a': ['b']}]); "
        "unwanted = ('dagster', 'duckdb', 'great_expectations', 'spacy', 'pyarrow', 'pandas'); "
        "print([m for m in unwanted if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("Extra", "ValueError: documents: the contract has no column mood"),
        ("Tableless", "ValueError: the stage documents gave no rows of its table edits"),
    ],
)
def test_rows_that_the_contract_does_not_know_fail_with_their_reason(place: Settings, what: str, reason: str) -> None:
    say(place, 3, what)
    assert run(replace(place, engine="inline")).computed == 19
    assert failures(place) == [("03.txt", reason)]


@pytest.mark.parametrize(
    ("done", "received"),
    [
        ((1, "two"), (1, "two")),
        (ValueError("no room"), ValueError("no room")),
        (Unreadable("no room", "shard 3"), EngineError("Unreadable: no room in shard 3")),
        (ValueError(len), ValueError(len)),
        (ValueError(lambda: 1), EngineError),
        (lambda: 1, RuntimeError),
    ],
    ids=["a result", "an error", "a class with two arguments", "a builtin", "an error with a lambda", "a lambda"],
)
def test_the_driver_can_unpickle_what_a_task_returned_or_raised(done: object, received: object) -> None:
    found = pickle.loads(pickle.dumps(pickle.loads(pickled(done))))
    if isinstance(received, type):
        assert type(found) is received
    else:
        assert (type(found), str(found)) == (type(received), str(received))


def test_a_worker_survives_what_a_task_raises_and_seldom_collects_garbage() -> None:
    failed: list[str] = []
    place = Apart(1)
    try:
        tasks = [Collections("bad", raises=True), Collections("good")]
        done = list(place.run(tasks, lambda task, error: failed.append(f"{task.name}: {error}")))
    finally:
        place.close()
    assert failed == ["bad: Unreadable: no room in bad"]
    assert done == [(OBJECTS, True)]
