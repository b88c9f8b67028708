"""Find the pending documents of all article-wise stages in one query.

A document is due for a stage if the recorded fingerprint differs from the one that its inputs give, and each of these
inputs is current or is made before it in the same pass. A document that exceeded the time limit or killed its worker
is not due until the fingerprint changes, the time limit is raised, or `failures.retry` was called.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from warehouse import ledger, states
from warehouse.failures import skipped_failure_sql
from warehouse.ledger import ROOT, LedgerStage, corpus_pending
from warehouse.sql import fetch_one, query
from warehouse.store import Store
from warehouse.temp_database import batches, insert_rows, limit_memory, temporary_database

# Documents per query: bounds a run's memory for any size of the corpus.
BATCH_DOCUMENTS = 20_000


@dataclass(frozen=True, slots=True)
class DueBatch:
    """Documents that are due for the same stages: ids in order, and their new fingerprints by stage, in order."""

    documents: list[str]
    fingerprints: Mapping[str, list[str]]


class Pending:
    """All due documents, in a table of a temporary database."""

    def __init__(self, temp: duckdb.DuckDBPyConnection, stages: Sequence[LedgerStage]) -> None:
        self._temp = temp
        self._stages = stages
        found = temp.execute("SELECT plan, count(*) FROM due GROUP BY plan").fetchall()
        plans = [(_named(stages, plan), int(count)) for plan, count in found]
        self.documents = sum(count for _, count in plans)
        # Stage -> how many documents are due for it.
        self.counts = {stage.name: sum(count for plan, count in plans if stage.name in plan) for stage in stages}

    def due_batches(self, most: int) -> Iterator[DueBatch]:
        """Yield the documents, at most `most` at a time: grouped by their due stages, in the order of their ids."""
        # Sort first: without the fingerprints of all stages a row is a fifth as long.
        sql = _expected("FROM due ORDER BY plan, document_id", self._stages)
        for batch in batches(self._temp, sql, _keys(self._stages), BATCH_DOCUMENTS):
            for same in batch.partition_by("plan", maintain_order=True):
                stages = _named(self._stages, same["plan"][0])
                for part in same.iter_slices(most):
                    yield DueBatch(
                        part["document_id"].to_list(), {name: part[f"expected_{name}"].to_list() for name in stages}
                    )


@contextmanager
def pending(store: Store, selected: Iterable[str], stages: Sequence[LedgerStage]) -> Iterator[Pending]:
    """Find the documents that are due for the selected stages. `stages`: all article-wise ones, in order."""
    sql, parameters = _plans(stages, frozenset(selected))
    with temporary_database(store.scratch) as temp:
        temp.execute("CREATE TABLE due (document_id VARCHAR, plan INTEGER, expected_raws VARCHAR)")
        with store.open() as connection, limit_memory(connection):
            for batch in batches(connection, sql, parameters):
                insert_rows(temp, "due", batch)
        yield Pending(temp, stages)


def removed_documents(connection: duckdb.DuckDBPyConnection, stage: LedgerStage) -> tuple[str, ...]:
    """Return the documents that an article-wise stage has to forget: one of its inputs no longer has them."""
    lost = " OR ".join(
        f"NOT EXISTS (FROM stored.ledger AS input WHERE input.stage = '{name}' "
        "AND input.document_id = mine.document_id)"
        for name in stage.reads
    )
    found = query(
        connection,
        f"""
        SELECT document_id FROM (
            SELECT document_id FROM stored.ledger WHERE stage = $stage
            UNION SELECT document_id FROM stored.failures WHERE stage = $stage
        ) AS mine WHERE {lost} ORDER BY document_id
        """,  # noqa: S608
        {"stage": stage.name},
    )
    return tuple(found["document_id"].to_list())


def _stages_with_removed(connection: duckdb.DuckDBPyConnection, stages: Sequence[LedgerStage]) -> set[str]:
    """Return the stages with `removed_documents`, in one pass over the ledger."""
    inputs = sorted({name for stage in stages for name in stage.reads} | {stage.name for stage in stages})
    has = ", ".join(f"bool_or(stage = '{name}') AS has_{name}" for name in inputs)
    lost = ", ".join(
        f"bool_or(mine_{stage.name} AND NOT ({' AND '.join(f'has_{name}' for name in stage.reads)}))"
        for stage in stages
    )
    mine = ", ".join(f"bool_or(stage IN ('{s.name}', 'failed {s.name}')) AS mine_{s.name}" for s in stages)
    with limit_memory(connection):
        found = fetch_one(
            connection,
            f"SELECT {lost} FROM (SELECT {has}, {mine} FROM ("  # noqa: S608 - names of stages
            "SELECT document_id, stage FROM stored.ledger "
            "UNION ALL SELECT document_id, 'failed ' || stage FROM stored.failures) GROUP BY document_id)",
        )
    assert found is not None
    return {stage.name for stage, some in zip(stages, found, strict=True) if some}


def stages_with_work(
    connection: duckdb.DuckDBPyConnection, stages: Mapping[str, LedgerStage], corpus: Iterable[str], tried: bool = False
) -> list[str]:
    """Return the stages that a build would start with; a release needs an empty list. Failed documents that are due
    again count only if `tried`. If `note_finished` was called and nothing has changed since, reads only the ledger
    lines of failed documents, or none."""
    finished = states.finished(connection) == _finished(connection, stages)
    if finished and not (tried and _has_failures(connection)):
        return []
    corpus = set(corpus)
    single = [stage for name, stage in stages.items() if name not in corpus]
    sql, parameters = _plans(single, frozenset(stage.name for stage in single), tried=tried, only_failed=finished)
    with limit_memory(connection):
        plans = connection.execute(f"SELECT DISTINCT plan FROM ({sql})", parameters).fetchall()  # noqa: S608
    first = {_named(single, plan)[0] for (plan,) in plans}
    if finished:
        return [name for name in stages if name in first]
    first |= _stages_with_removed(connection, single)
    first |= {name for name in stages if name in corpus and corpus_pending(connection, stages[name]) is not None}
    return [name for name in stages if name in first]


def note_finished(connection: duckdb.DuckDBPyConnection, stages: Mapping[str, LedgerStage]) -> None:
    """Remember that `stages_with_work` found nothing in this state, except for documents that have failed."""
    digest = _finished(connection, stages)
    if states.finished(connection) != digest:
        states.note_finished(connection, digest)


def _has_failures(connection: duckdb.DuckDBPyConnection) -> bool:
    return fetch_one(connection, "SELECT EXISTS (FROM stored.failures)") == (True,)


def _finished(connection: duckdb.DuckDBPyConnection, stages: Mapping[str, LedgerStage]) -> str:
    """Return the SHA-256 of the state and of what the stages depend on."""
    parts = [ledger.state(connection), *(f"{name} {stage.key} {stage.seconds}" for name, stage in stages.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _plans(
    stages: Sequence[LedgerStage], selected: frozenset[str], tried: bool = True, only_failed: bool = False
) -> tuple[str, dict[str, str | int]]:
    """Return a query for `document_id`, `plan` (a bit for each stage that is due) and `expected_raws` of each document
    that is due for some stage; without `tried`, not for stages on which it failed in an earlier run. `only_failed`:
    only documents that have failed.

    Fingerprints are compared by 128 bits, which take a quarter of the memory of their text.
    """
    names = ", ".join(f"'{stage.name}'" for stage in stages)
    has = ", ".join(
        f"max(md5_number(fingerprint)) FILTER (stage = '{stage.name}') AS has_{stage.name}" for stage in stages
    )
    theirs = "AND document_id IN (SELECT document_id FROM stored.failures)" if only_failed else ""
    sql = _expected(
        f"SELECT document_id, max(fingerprint) FILTER (stage = '{ROOT}') AS expected_raws, {has} "  # noqa: S608
        f"FROM stored.ledger WHERE stage IN ('{ROOT}', {names}) {theirs} "
        "GROUP BY document_id HAVING expected_raws IS NOT NULL",
        stages,
    )
    parameters: dict[str, str | int] = {**_keys(stages)}
    plan = []
    for place, stage in enumerate(stages):
        current = f"has_{stage.name} IS NOT DISTINCT FROM md5_number(expected_{stage.name})"
        runs = "false"
        if stage.name in selected:
            inputs = [f"ready_{name}" for name in stage.reads if name != ROOT]
            waiting = skipped_failure_sql(
                stage.name, "mine.document_id", f"mine.expected_{stage.name}" if tried else None
            )
            runs = " AND ".join([f"NOT ({current})", *inputs, f"NOT EXISTS ({waiting})"])
            parameters[f"seconds_{stage.name}"] = stage.seconds
            plan.append(f"runs_{stage.name}::INTEGER << {place}")
        sql = f"SELECT *, {runs} AS runs_{stage.name} FROM ({sql}) AS mine"  # noqa: S608
        sql = f"SELECT *, runs_{stage.name} OR ({current}) AS ready_{stage.name} FROM ({sql})"  # noqa: S608
    if not tried:
        parameters = {name: value for name, value in parameters.items() if not name.startswith("seconds_")}
    sql = f"SELECT document_id, {' | '.join(f'({bit})' for bit in plan)} AS plan, expected_raws FROM ({sql})"  # noqa: S608
    return f"SELECT * FROM ({sql}) WHERE plan <> 0", parameters  # noqa: S608


def _named(stages: Sequence[LedgerStage], plan: int) -> list[str]:
    """Return the names of the stages of a plan."""
    return [stage.name for place, stage in enumerate(stages) if plan >> place & 1]


def _expected(source: str, stages: Sequence[LedgerStage]) -> str:
    """Add to a query that has `expected_raws` (the fingerprint of a raw record) a column `expected_<stage>` for each
    stage: the fingerprint that its rows should have. Stage names are put into the SQL: they are ours."""
    for stage in stages:
        inputs = " || '/' || ".join(f"expected_{name}" for name in stage.reads)
        source = f"SELECT *, sha256($key_{stage.name} || '/' || {inputs}) AS expected_{stage.name} FROM ({source})"  # noqa: S608
    return source


def _keys(stages: Sequence[LedgerStage]) -> dict[str, str]:
    return {f"key_{stage.name}": stage.key for stage in stages}
