"""Find the pending documents of all article-wise stages in one query.

A document is due for a stage if the recorded fingerprint differs from the one that its inputs give, and each of these
inputs is current or is made before it in the same visit. A document that exceeded the time limit or killed its worker
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

    def __init__(self, own: duckdb.DuckDBPyConnection, steps: Sequence[LedgerStage]) -> None:
        self._own = own
        self._steps = steps
        found = own.execute("SELECT plan, count(*) FROM due GROUP BY plan").fetchall()
        plans = [(_named(steps, plan), int(count)) for plan, count in found]
        self.documents = sum(count for _, count in plans)
        # Stage -> how many documents are due for it.
        self.counts = {step.name: sum(count for plan, count in plans if step.name in plan) for step in steps}

    def due_batches(self, most: int) -> Iterator[DueBatch]:
        """Yield the documents, at most `most` at a time: grouped by their due stages, in the order of their ids."""
        # Sort first: without the fingerprints of all stages a row is a fifth as long.
        sql = _expected("FROM due ORDER BY plan, document_id", self._steps)
        for batch in batches(self._own, sql, _keys(self._steps), BATCH_DOCUMENTS):
            for same in batch.partition_by("plan", maintain_order=True):
                stages = _named(self._steps, same["plan"][0])
                for part in same.iter_slices(most):
                    yield DueBatch(
                        part["document_id"].to_list(), {name: part[f"expected_{name}"].to_list() for name in stages}
                    )


@contextmanager
def pending(store: Store, selected: Iterable[str], steps: Sequence[LedgerStage]) -> Iterator[Pending]:
    """Find the documents that are due for the selected stages. `steps` are all article-wise stages, in order."""
    sql, parameters = _plans(steps, frozenset(selected))
    with temporary_database(store.scratch) as own:
        own.execute("CREATE TABLE due (document_id VARCHAR, plan INTEGER, expected_raws VARCHAR)")
        with store.open() as connection, limit_memory(connection):
            for batch in batches(connection, sql, parameters):
                insert_rows(own, "due", batch)
        yield Pending(own, steps)


def removed_documents(connection: duckdb.DuckDBPyConnection, step: LedgerStage) -> tuple[str, ...]:
    """Return the documents that an article-wise stage has to forget: one of its inputs no longer has them."""
    lost = " OR ".join(
        f"NOT EXISTS (FROM stored.ledger AS input WHERE input.stage = '{name}' "
        "AND input.document_id = mine.document_id)"
        for name in step.reads
    )
    found = query(
        connection,
        f"""
        SELECT document_id FROM (
            SELECT document_id FROM stored.ledger WHERE stage = $stage
            UNION SELECT document_id FROM stored.failures WHERE stage = $stage
        ) AS mine WHERE {lost} ORDER BY document_id
        """,  # noqa: S608
        {"stage": step.name},
    )
    return tuple(found["document_id"].to_list())


def stages_with_work(
    connection: duckdb.DuckDBPyConnection, steps: Mapping[str, LedgerStage], corpus: Iterable[str], tried: bool = False
) -> list[str]:
    """Return the stages that a build would start with; a release needs an empty list. Failed documents that are due
    again count only if `tried`. Reads no ledger line if `note_finished` was called and nothing has changed since."""
    if states.finished(connection) == _finished(connection, steps):
        return []
    corpus = set(corpus)
    single = [step for name, step in steps.items() if name not in corpus]
    sql, parameters = _plans(single, frozenset(step.name for step in single), tried=tried)
    with limit_memory(connection):
        plans = connection.execute(f"SELECT DISTINCT plan FROM ({sql})", parameters).fetchall()  # noqa: S608
    first = {_named(single, plan)[0] for (plan,) in plans}
    out = []
    for name, step in steps.items():
        if name in corpus:
            if corpus_pending(connection, step) is not None:
                out.append(name)
        elif name in first or removed_documents(connection, step):
            out.append(name)
    return out


def note_finished(connection: duckdb.DuckDBPyConnection, steps: Mapping[str, LedgerStage]) -> None:
    """Remember that `stages_with_work` found nothing in this state. Does nothing if documents have failed."""
    digest = _finished(connection, steps)
    failed = fetch_one(connection, "SELECT EXISTS (FROM stored.failures)") == (True,)
    if not failed and states.finished(connection) != digest:
        states.note_finished(connection, digest)


def _finished(connection: duckdb.DuckDBPyConnection, steps: Mapping[str, LedgerStage]) -> str:
    """Return the SHA-256 of the state and of what the stages depend on."""
    parts = [ledger.state(connection), *(f"{name} {step.key} {step.seconds}" for name, step in steps.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _plans(
    steps: Sequence[LedgerStage], selected: frozenset[str], tried: bool = True
) -> tuple[str, dict[str, str | int]]:
    """Return a query for `document_id`, `plan` (a bit for each stage that is due) and `expected_raws` of each document
    that is due for some stage; without `tried`, not for stages on which it failed in an earlier run.

    Fingerprints are compared by 128 bits, which take a quarter of the memory of their text.
    """
    names = ", ".join(f"'{step.name}'" for step in steps)
    has = ", ".join(f"max(md5_number(fingerprint)) FILTER (stage = '{step.name}') AS has_{step.name}" for step in steps)
    sql = _expected(
        f"SELECT document_id, max(fingerprint) FILTER (stage = '{ROOT}') AS expected_raws, {has} "  # noqa: S608
        f"FROM stored.ledger WHERE stage IN ('{ROOT}', {names}) GROUP BY document_id HAVING expected_raws IS NOT NULL",
        steps,
    )
    parameters: dict[str, str | int] = {**_keys(steps)}
    plan = []
    for place, step in enumerate(steps):
        current = f"has_{step.name} IS NOT DISTINCT FROM md5_number(expected_{step.name})"
        runs = "false"
        if step.name in selected:
            inputs = [f"ready_{name}" for name in step.reads if name != ROOT]
            waiting = skipped_failure_sql(
                step.name, "mine.document_id", f"mine.expected_{step.name}" if tried else None
            )
            runs = " AND ".join([f"NOT ({current})", *inputs, f"NOT EXISTS ({waiting})"])
            parameters[f"seconds_{step.name}"] = step.seconds
            plan.append(f"runs_{step.name}::INTEGER << {place}")
        sql = f"SELECT *, {runs} AS runs_{step.name} FROM ({sql}) AS mine"  # noqa: S608
        sql = f"SELECT *, runs_{step.name} OR ({current}) AS ready_{step.name} FROM ({sql})"  # noqa: S608
    if not tried:
        parameters = {name: value for name, value in parameters.items() if not name.startswith("seconds_")}
    sql = f"SELECT document_id, {' | '.join(f'({bit})' for bit in plan)} AS plan, expected_raws FROM ({sql})"  # noqa: S608
    return f"SELECT * FROM ({sql}) WHERE plan <> 0", parameters  # noqa: S608


def _named(steps: Sequence[LedgerStage], plan: int) -> list[str]:
    """Return the names of the stages of a plan."""
    return [step.name for place, step in enumerate(steps) if plan >> place & 1]


def _expected(source: str, steps: Sequence[LedgerStage]) -> str:
    """Add to a query that has `expected_raws` (the fingerprint of a raw record) a column `expected_<stage>` for each
    stage: the fingerprint that its rows should have. Stage names are put into the SQL: they are ours."""
    for step in steps:
        inputs = " || '/' || ".join(f"expected_{name}" for name in step.reads)
        source = f"SELECT *, sha256($key_{step.name} || '/' || {inputs}) AS expected_{step.name} FROM ({source})"  # noqa: S608
    return source


def _keys(steps: Sequence[LedgerStage]) -> dict[str, str]:
    return {f"key_{step.name}": step.key for step in steps}
