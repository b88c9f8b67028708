"""The ledger: fingerprints of what each document's rows were made from, and the state of the whole database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import duckdb
import polars as pl

from pipeline.contract import BY_NAME, FAILURES, INDEX_TABLES_BY_STAGE, LEDGER, Table
from warehouse import states
from warehouse.change_counts import Changes
from warehouse.failures import StageFailure, note
from warehouse.sql import fetch_one, query, quoted, transaction
from warehouse.temp_database import limit_memory
from warehouse.text import one_line
from warehouse.writes import deferred_bookkeeping, delete, insert, replace_rows

# The ledger's document id of a corpus-wide stage.
CORPUS = "*"
# A corpus-wide stage changes only the affected rows of its tables if at most so many articles changed, or at most a
# quarter of the unchanged ones. An estimate: 5,000 articles of 400 words have some 200,000 marks.
MAX_CHANGED = 5_000
# Prefix of a stage's set of lines in warehouse.states.
_PART = "ledger "
# The stage at the root of all others: its lines list the `standing` records.
ROOT = "raws"
# Its expected lines: a document is made from its record and its corrections.
ROOTS = """
    SELECT document_id, sha256(record_sha256 || extractor || extractor_version || coalesce((
        SELECT string_agg(concat_ws(chr(9), kind, target, value), chr(10) ORDER BY kind, target)
        FROM stored.corrections AS c WHERE c.document_id = raws.document_id
    ), '')) AS fingerprint FROM stored.raws WHERE standing
"""


@dataclass(frozen=True, slots=True)
class LedgerStage:
    """A stage as the ledger sees it: its name, the tables it writes, the stages it reads, its key (code version,
    settings, versions of model and libraries), and its time limit per document in seconds."""

    name: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    key: str
    seconds: int = 1


@dataclass(frozen=True, slots=True)
class CorpusPending:
    """The pending work of a corpus-wide stage: its new fingerprint, the added or changed articles (`changed_documents`,
    each with its new fingerprint), the `removed` ones, and whether to make all rows again (`full_rebuild`)."""

    fingerprint: str
    changed_documents: dict[str, str]
    removed: tuple[str, ...]
    full_rebuild: bool

    @property
    def changed(self) -> tuple[str, ...]:
        """The articles that were added, changed or removed."""
        return (*self.changed_documents, *self.removed)


@dataclass(frozen=True, slots=True)
class TableDelta:
    """A change of a corpus-wide table: its new rows, possibly in batches, and values of some columns that identify the
    rows they replace (None: all)."""

    rows: pl.DataFrame | Iterable[pl.DataFrame]
    removed: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class StageRows:
    """What a stage made of documents: fingerprints and rows, and the reasons where it failed."""

    step: LedgerStage
    fingerprints: Mapping[str, str]
    frames: Mapping[str, pl.DataFrame]
    failed: Sequence[StageFailure] = ()

    @property
    def documents(self) -> list[str]:
        """All documents, successful and failed."""
        return [*self.fingerprints, *(each.document_id for each in self.failed)]

    def of(self, documents: Sequence[str], failed: Sequence[StageFailure] = ()) -> StageRows:
        """Return the part of some documents, with these failures."""
        theirs = pl.col("document_id").is_in(documents)
        frames = {name: rows.filter(theirs) for name, rows in self.frames.items()}
        return StageRows(self.step, {name: self.fingerprints[name] for name in documents}, frames, failed)


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The result of writing a stage's rows: the changes of each table, the documents whose rows broke a key or lacked a
    value, and those left out because that happened in a stage that it reads."""

    changes: dict[str, Changes]
    broken: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()


def replace(connection: duckdb.DuckDBPyConnection, made: Sequence[StageRows]) -> dict[str, WriteResult]:
    """Replace the rows and ledger lines of these stages and documents in one transaction. Failed documents keep no
    rows, only their reason. Documents whose rows break a key fail, too. If rows lack a value, find their documents by
    bisection, stage by stage, with one transaction per half. Returns what was written, by stage."""
    try:
        with transaction(connection), deferred_bookkeeping(connection):
            lines: list[pl.DataFrame] = []
            stages_seen = _stages_with_rows(connection, made)
            written = _in_order(made, partial(_write, connection, stages_seen=stages_seen, lines=lines))
            if lines:
                insert(connection, LEDGER, pl.concat(lines))
            return written
    except duckdb.ConstraintException:
        if not any(each.fingerprints for each in made):
            raise
    return _in_order(made, partial(_replace_by_bisection, connection))


def _in_order(made: Sequence[StageRows], write: Callable[[StageRows], WriteResult]) -> dict[str, WriteResult]:
    """Write the output of each stage, without documents whose rows broke in a stage that it reads."""
    written: dict[str, WriteResult] = {}
    for each in made:
        read = [written[name] for name in each.step.reads if name in written]
        lost = frozenset().union(*(found.broken | found.left_out for found in read))
        left_out = {*each.fingerprints, *(failure.document_id for failure in each.failed)} & lost
        if left_out:
            failed = [failure for failure in each.failed if failure.document_id not in lost]
            each = each.of([name for name in each.fingerprints if name not in lost], failed)
        found = write(each)
        written[each.step.name] = WriteResult(found.changes, found.broken, frozenset(left_out))
    return written


def _write(
    connection: duckdb.DuckDBPyConnection, made: StageRows, stages_seen: Collection[str], lines: list[pl.DataFrame]
) -> WriteResult:
    """Write the rows of a stage and append its ledger lines to `lines`. `stages_seen`: what `_stages_with_rows`
    returns."""
    repeated = {name: reason for name, reason in _repeated(made.step, made.frames).items() if name in made.fingerprints}
    if repeated:
        failed = [*made.failed, *(StageFailure(name, reason) for name, reason in repeated.items())]
        made = made.of([name for name in made.fingerprints if name not in repeated], failed)
    lines.append(_lines(made.step.name, made.fingerprints))
    return WriteResult(_replace(connection, made, stages_seen), frozenset(repeated))


def _replace_by_bisection(connection: duckdb.DuckDBPyConnection, made: StageRows) -> WriteResult:
    documents = list(made.fingerprints)
    try:
        with transaction(connection):
            lines: list[pl.DataFrame] = []
            written = _write(connection, made, _stages_with_rows(connection, [made]), lines)
            insert(connection, LEDGER, pl.concat(lines))
            return written
    except duckdb.ConstraintException as error:
        if not documents:
            raise
        reason = f"{type(error).__name__}: {one_line(error)}"[:500]
    if len(documents) == 1:
        failed = [*made.failed, StageFailure(documents[0], reason)]
        with transaction(connection):
            made = made.of((), failed)
            return WriteResult(_replace(connection, made, _stages_with_rows(connection, [made])), frozenset(documents))
    half = len(documents) // 2
    changes: dict[str, Changes] = {}
    broken: frozenset[str] = frozenset()
    for part in (made.of(documents[:half], made.failed), made.of(documents[half:])):
        found = _replace_by_bisection(connection, part)
        changes = {name: changes.get(name, Changes()) + found.changes[name] for name in found.changes}
        broken |= found.broken
    return WriteResult(changes, broken)


def _repeated(stage: LedgerStage, frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Return documents that have several rows with one key -> the reason of their failure. Most tables have no index
    that would refuse them (warehouse.migration)."""
    found: dict[str, str] = {}
    for table in (BY_NAME[name] for name in stage.writes):
        columns = list(dict.fromkeys(("document_id", *table.key)))
        keys = frames[table.name].select(columns)
        for row in keys.filter(keys.is_duplicated()).unique("document_id", maintain_order=True).iter_rows(named=True):
            key = ", ".join(f"{name}: {row[name]}" for name in table.key)
            reason = f"ConstraintException: Duplicate key in {table.name}: {key}"
            found.setdefault(row["document_id"], one_line(reason)[:500])
    return found


def _replace(
    connection: duckdb.DuckDBPyConnection, made: StageRows, stages_seen: Collection[str]
) -> dict[str, Changes]:
    stage = made.step
    if stage.name in stages_seen:
        changes = _exchange(connection, stage, made.documents, made.frames)
    else:
        for name in stage.writes:
            insert(connection, BY_NAME[name], made.frames[name])
        changes = {name: Changes(added=made.frames[name].height) for name in stage.writes}
    note(connection, stage.name, made.failed)
    return changes


def forget(connection: duckdb.DuckDBPyConnection, stage: LedgerStage, documents: Sequence[str]) -> dict[str, Changes]:
    """Delete these documents from the stage's tables, in one transaction. Returns the changes of each table."""
    if not documents:
        return {name: Changes() for name in stage.writes}
    with transaction(connection):
        return _exchange(connection, stage, documents, {name: pl.DataFrame() for name in stage.writes})


def _stages_with_rows(connection: duckdb.DuckDBPyConnection, made: Sequence[StageRows]) -> frozenset[str]:
    """Return the stages that have processed any of their documents before: rows imply a ledger line."""
    documents = list(dict.fromkeys(document for each in made for document in each.documents))
    theirs = "SELECT DISTINCT stage FROM stored.{} WHERE document_id IN (SELECT unnest($documents))"
    sql = f"{theirs.format('ledger')} UNION {theirs.format('failures')}"
    return frozenset(query(connection, sql, {"documents": documents})["stage"])


def _exchange(
    connection: duckdb.DuckDBPyConnection,
    stage: LedgerStage,
    documents: Sequence[str],
    frames: Mapping[str, pl.DataFrame],
) -> dict[str, Changes]:
    theirs = "document_id IN (SELECT unnest(?))"
    changes = {
        name: replace_rows(connection, BY_NAME[name], theirs, [list(documents)], frames[name]) for name in stage.writes
    }
    for table in (LEDGER, FAILURES):
        delete(connection, table, f"stage = ? AND {theirs}", [stage.name, list(documents)])
    return changes


def _lines(stage: str, fingerprints: Mapping[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "stage": [stage] * len(fingerprints),
            "document_id": list(fingerprints),
            "fingerprint": list(fingerprints.values()),
        },
        schema={"stage": pl.String, "document_id": pl.String, "fingerprint": pl.String},
    )


def mark_stale(connection: duckdb.DuckDBPyConnection, stage: str) -> None:
    """Make all documents of a stage pending. Its rows stay until they are replaced, and so do its lines: a document
    without a line has no rows."""
    with transaction(connection):
        names = query(connection, "SELECT document_id FROM stored.ledger WHERE stage = $stage", {"stage": stage})
        delete(connection, LEDGER, "stage = ?", [stage])
        insert(connection, LEDGER, _lines(stage, dict.fromkeys(names["document_id"], states.EMPTY_SUM)))


def corpus_pending(connection: duckdb.DuckDBPyConnection, stage: LedgerStage) -> str | None:
    """Return the fingerprint that a corpus-wide stage should have, or None if it has it."""
    now, written = states.state_by_part(connection), states.state_by_part(connection, former=False)
    row = fetch_one(
        connection, "SELECT fingerprint FROM stored.ledger WHERE stage = ? AND document_id = ?", [stage.name, CORPUS]
    )
    if row and row[0] == _digest([stage.key, *(now.get(_PART + name, states.EMPTY_SUM) for name in stage.reads)]):
        return None
    # Writing the new line is a change, after which no former state is left.
    return _digest([stage.key, *(written.get(_PART + name, states.EMPTY_SUM) for name in stage.reads)])


def corpus_changes(
    connection: duckdb.DuckDBPyConnection, stage: LedgerStage, *, by_document: bool
) -> CorpusPending | None:
    """Return the pending work of a corpus-wide stage, or None if it is up to date. `by_document`: the stage keeps a
    line per article, with the fingerprints that the stages it reads have for that article."""
    fingerprint = corpus_pending(connection, stage)
    if fingerprint is None:
        return None
    if not by_document:
        return CorpusPending(fingerprint, {}, (), True)
    # One pass over the ledger: with shards, each further one reads all their files again.
    columns = ", ".join(
        f"max(fingerprint) FILTER (stage = '{name}') AS of_{name}" for name in (*stage.reads, stage.name)
    )
    names = ", ".join(f"'{name}'" for name in (*stage.reads, stage.name))
    # An article on which one of these stages failed has rows of the others: it is resolved from those.
    inputs = " || '/' || ".join(f"coalesce(of_{name}, '')" for name in stage.reads)
    now = f"CASE WHEN of_{stage.reads[0]} IS NOT NULL THEN sha256($key || '/' || {inputs}) END"
    with limit_memory(connection):
        found = query(
            connection,
            f"""
            SELECT document_id, fingerprint, had IS NOT NULL AS had FROM (
                SELECT document_id, {now} AS fingerprint, of_{stage.name} AS had FROM (
                    SELECT document_id, {columns} FROM stored.ledger
                    WHERE stage IN ({names}) AND document_id <> $corpus GROUP BY document_id
                )
            ) WHERE had IS DISTINCT FROM fingerprint ORDER BY document_id
            """,  # noqa: S608 - names of stages
            {"key": stage.key, "corpus": CORPUS},
        )
    sql = "SELECT count(*) FROM stored.ledger WHERE stage = $stage AND document_id <> $corpus"
    lines = fetch_one(connection, sql, {"stage": stage.name, "corpus": CORPUS})
    assert lines is not None
    due = found.filter(pl.col("fingerprint").is_not_null()).select("document_id", "fingerprint")
    removed = found.filter(pl.col("fingerprint").is_null())["document_id"].to_list()
    same = int(lines[0]) - int(found["had"].sum())
    # Many articles are processed in batches; a few are compared with the others in memory.
    whole = not same or (found.height > MAX_CHANGED and found.height > same / 4)
    return CorpusPending(fingerprint, dict(due.iter_rows()), tuple(removed), whole)


def apply_corpus_deltas(
    connection: duckdb.DuckDBPyConnection, stage: LedgerStage, pending: CorpusPending, deltas: Mapping[str, TableDelta]
) -> dict[str, Changes]:
    """Change the stage's tables and the lines of the added, changed and removed articles, in one transaction. The other
    lines stay the same even if all rows are made again. Returns the changes of each table."""
    with transaction(connection):
        changes = {name: _patch(connection, BY_NAME[name], deltas[name]) for name in stage.writes}
        for table in INDEX_TABLES_BY_STAGE.get(stage.name, ()):
            if table.name in deltas:
                _patch(connection, table, deltas[table.name])
        if pending.changed or not pending.full_rebuild:
            theirs = [stage.name, [*pending.changed, CORPUS]]
            delete(connection, LEDGER, "stage = ? AND document_id IN (SELECT unnest(?))", theirs)
        else:
            delete(connection, LEDGER, "stage = ?", [stage.name])
        insert(connection, LEDGER, _lines(stage.name, {**pending.changed_documents, CORPUS: pending.fingerprint}))
    return changes


def _patch(connection: duckdb.DuckDBPyConnection, table: Table, delta: TableDelta) -> Changes:
    if delta.removed is None:
        return replace_rows(connection, table, "true", [], delta.rows)
    columns = ", ".join(quoted(name) for name in delta.removed.columns)
    connection.register("going", delta.removed.to_arrow())
    try:
        return replace_rows(connection, table, f"({columns}) IN (SELECT ({columns}) FROM going)", [], delta.rows)  # noqa: S608
    finally:
        connection.unregister("going")


def state(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the SHA-256 of all that the tables were made from, refused or failed. Verdicts and releases refer to
    it."""
    known = states.read(connection)
    stages = sorted(part.removeprefix(_PART) for part, (lines, *_) in known.items() if part.startswith(_PART) and lines)
    found = states.state_by_part(connection)
    others = (found.get(part, states.EMPTY_SUM) for part in ("refusals", "failures", "corrections"))
    return _digest([*(f"{stage} {found[_PART + stage]}" for stage in stages), *others])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def counts(connection: duckdb.DuckDBPyConnection, tables: Sequence[str], place: str = "stored") -> dict[str, int]:
    """Return the number of rows of each of the stored tables."""
    selected = ", ".join(f"(SELECT count(*) FROM {place}.{quoted(name)})" for name in tables)  # noqa: S608
    row = fetch_one(connection, f"SELECT {selected}")
    assert row is not None
    return dict(zip(tables, map(int, row), strict=True))
