"""What was made from what: which documents are due, and the state of the whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from pipeline.contract import BY_NAME, FAILURES, LEDGER, Table
from warehouse import states
from warehouse.change_counts import Changes
from warehouse.failures import WAITS, Failed, note
from warehouse.sql import one, query, quoted, transaction
from warehouse.text import one_line
from warehouse.writes import delete, exchange, insert

# The ledger's document of a stage that works on the whole corpus.
CORPUS = "*"
# Before the name of a stage in the name of its state (warehouse.states).
_PART = "ledger "
# The stage that everything stands on: its lines say which records stand.
ROOT = "raws"
# Its lines, as they should be: a document is made from its record and from what was corrected in it.
ROOTS = """
    SELECT document_id, sha256(record_sha256 || extractor || extractor_version || coalesce((
        SELECT string_agg(concat_ws(chr(9), kind, target, value), chr(10) ORDER BY kind, target)
        FROM stored.corrections AS c WHERE c.document_id = raws.document_id
    ), '')) AS fingerprint FROM stored.raws WHERE standing
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A stage as the ledger sees it: its name, the tables it writes, the stages it reads, its key (code version,
    settings, versions of model and libraries), and how many seconds it may take over a document."""

    name: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    key: str
    seconds: int = 1


@dataclass(frozen=True, slots=True)
class CorpusPending:
    """What a corpus-wide step has to do: the fingerprint it will have, the articles that came, changed (each with the
    fingerprint it will have) or went, and whether that is all it has."""

    fingerprint: str
    due: dict[str, str]
    gone: tuple[str, ...]
    whole: bool

    @property
    def changed(self) -> tuple[str, ...]:
        """The articles that came, changed or went."""
        return (*self.due, *self.gone)


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of a corpus-wide table: its new rows, which may come in batches, and which rows they replace, by columns
    of the table (None: all)."""

    rows: pl.DataFrame | Iterable[pl.DataFrame]
    gone: pl.DataFrame | None = None


def due(
    connection: duckdb.DuckDBPyConnection, step: Step, steps: Mapping[str, Step], after: str = "", most: int = -1
) -> dict[str, str]:
    """Documents that a document-wise step has to make anew, by id, with the fingerprint that they will have.

    A document is due when its inputs are themselves current and the recorded fingerprint is not the one that they
    give. One that took too long or ended its worker is not, until the fingerprint changes, the time limit is longer, or
    `retry` was called. Only those after `after`, and no more than `most` (-1: all): a corpus is gone through in pages.
    """
    sql, parameters = _due(step, steps)
    found = query(
        connection,
        f"{sql} AND mine.document_id > $after ORDER BY mine.document_id "
        "LIMIT CASE WHEN $most < 0 THEN NULL ELSE $most END",
        {**parameters, "after": after, "most": most},
    )
    return dict(zip(found["document_id"].to_list(), found["fingerprint"].to_list(), strict=True))


def count_due(connection: duckdb.DuckDBPyConnection, step: Step, steps: Mapping[str, Step], tried: bool = True) -> int:
    """How many documents are due; without `tried`, those that failed in an earlier run are not counted."""
    sql, parameters = _due(step, steps)
    if not tried:
        sql += " AND (mine.document_id NOT IN (SELECT document_id FROM stored.failures WHERE stage = $stage))"
    row = one(connection, f"SELECT count(*) FROM ({sql})", parameters)  # noqa: S608
    assert row is not None
    return int(row[0])


def gone(connection: duckdb.DuckDBPyConnection, step: Step) -> tuple[str, ...]:
    """Documents that a document-wise step has to forget: an input no longer has them."""
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


def _due(step: Step, steps: Mapping[str, Step]) -> tuple[str, dict[str, str | int]]:
    """A query for `mine.document_id, mine.fingerprint` of the documents that are due, that can be narrowed."""
    expected, parameters = _expected(step, steps)
    # Names of stages stand in the text: they are ours.
    current = " ".join(
        f"JOIN expected_{name} USING (document_id) JOIN stored.ledger AS has_{name} "
        f"ON has_{name}.stage = '{name}' AND has_{name}.document_id = mine.document_id "
        f"AND has_{name}.fingerprint = expected_{name}.fingerprint"
        for name in step.reads
    )
    sql = f"""
        WITH {expected}
        SELECT mine.document_id, mine.fingerprint FROM expected_{step.name} AS mine {current}
        WHERE NOT EXISTS (
            FROM stored.ledger AS done
            WHERE done.stage = $stage AND done.document_id = mine.document_id AND done.fingerprint = mine.fingerprint
        ) AND NOT EXISTS (
            FROM stored.failures AS stuck WHERE {WAITS}
        )
        """  # noqa: S608
    return sql, {**parameters, "stage": step.name, "seconds": step.seconds}


def _expected(step: Step, steps: Mapping[str, Step]) -> tuple[str, dict[str, str]]:
    """CTEs that give, for a step and all it stands on, the fingerprint that each document should have."""
    ordered: list[Step] = []

    def visit(name: str) -> None:
        if name == ROOT or any(s.name == name for s in ordered):
            return
        for parent in steps[name].reads:
            visit(parent)
        ordered.append(steps[name])

    visit(step.name)
    root = f"SELECT document_id, fingerprint FROM stored.ledger WHERE stage = '{ROOT}'"  # noqa: S608
    ctes = [f"expected_{ROOT} AS ({root})"]
    parameters = {}
    for each in ordered:
        inputs = " || '/' || ".join(f"expected_{name}.fingerprint" for name in each.reads)
        first, *rest = each.reads
        joins = " ".join(f"JOIN expected_{name} USING (document_id)" for name in rest)
        ctes.append(
            f"expected_{each.name} AS (SELECT document_id, sha256($key_{each.name} || '/' || {inputs}) AS fingerprint "  # noqa: S608
            f"FROM expected_{first} {joins})"
        )
        parameters[f"key_{each.name}"] = each.key
    return ", ".join(ctes), parameters


def replace(
    connection: duckdb.DuckDBPyConnection,
    step: Step,
    fingerprints: Mapping[str, str],
    frames: Mapping[str, pl.DataFrame],
    failed: Sequence[Failed] = (),
) -> tuple[dict[str, Changes], int]:
    """One transaction: the rows and ledger lines of these documents are replaced; failed ones are left without rows,
    with their reason. Where rows break a key, their documents fail, too; where rows lack a value, these documents are
    found by halves, each of them a transaction. Returns what that changed in each table, and how many documents failed
    so."""
    repeated = {name: reason for name, reason in _repeated(step, frames).items() if name in fingerprints}
    if repeated:
        left = {name: made for name, made in fingerprints.items() if name not in repeated}
        others = [*failed, *(Failed(name, reason) for name, reason in repeated.items())]
        changes, broken = replace(connection, step, left, _of(frames, list(left)), others)
        return changes, broken + len(repeated)
    try:
        return _replace(connection, step, fingerprints, frames, failed), 0
    except duckdb.ConstraintException as error:
        documents = list(fingerprints)
        if not documents:
            raise
        reason = f"{type(error).__name__}: {one_line(error)}"[:500]
    changes = _replace(connection, step, {}, _of(frames, ()), failed) if failed else {}
    broken = 0
    if len(documents) == 1:
        parts = [(_replace(connection, step, {}, _of(frames, ()), [Failed(documents[0], reason)]), 1)]
    else:
        half = len(documents) // 2
        parts = [
            replace(connection, step, {name: fingerprints[name] for name in part}, _of(frames, part))
            for part in (documents[:half], documents[half:])
        ]
    for changed, found in parts:
        changes = {name: changes.get(name, Changes()) + changed[name] for name in step.writes}
        broken += found
    return changes, broken


def _repeated(step: Step, frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Documents with rows of one key -> the reason of their failure. Most tables have no index that would refuse them
    (warehouse.migration)."""
    found: dict[str, str] = {}
    for table in (BY_NAME[name] for name in step.writes):
        columns = list(dict.fromkeys(("document_id", *table.key)))
        keys = frames[table.name].select(columns)
        for row in keys.filter(keys.is_duplicated()).unique("document_id", maintain_order=True).iter_rows(named=True):
            key = ", ".join(f"{name}: {row[name]}" for name in table.key)
            reason = f"ConstraintException: Duplicate key in {table.name}: {key}"
            found.setdefault(row["document_id"], one_line(reason)[:500])
    return found


def _of(frames: Mapping[str, pl.DataFrame], documents: Sequence[str]) -> dict[str, pl.DataFrame]:
    return {name: rows.filter(pl.col("document_id").is_in(documents)) for name, rows in frames.items()}


def _replace(
    connection: duckdb.DuckDBPyConnection,
    step: Step,
    fingerprints: Mapping[str, str],
    frames: Mapping[str, pl.DataFrame],
    failed: Sequence[Failed],
) -> dict[str, Changes]:
    documents = [*fingerprints, *(each.document_id for each in failed)]
    with transaction(connection):
        if _met(connection, step, documents):
            changes = _exchange(connection, step, documents, frames)
        else:
            for name in step.writes:
                insert(connection, BY_NAME[name], frames[name])
            changes = {name: Changes(added=frames[name].height) for name in step.writes}
        insert(connection, LEDGER, _lines(step.name, fingerprints))
        note(connection, step.name, failed)
    return changes


def forget(connection: duckdb.DuckDBPyConnection, step: Step, documents: Sequence[str]) -> dict[str, Changes]:
    """One transaction: these documents leave the step's tables. Returns what that changed in each."""
    if not documents:
        return {name: Changes() for name in step.writes}
    with transaction(connection):
        return _exchange(connection, step, documents, {name: pl.DataFrame() for name in step.writes})


def _met(connection: duckdb.DuckDBPyConnection, step: Step, documents: Sequence[str]) -> bool:
    """Whether the step has worked on any of these documents before: one that has no line has no rows."""
    theirs = "WHERE stage = $stage AND document_id IN (SELECT unnest($documents))"
    found = one(
        connection,
        f"SELECT EXISTS (FROM stored.ledger {theirs}) OR EXISTS (FROM stored.failures {theirs})",
        {"stage": step.name, "documents": list(documents)},
    )
    return found == (True,)


def _exchange(
    connection: duckdb.DuckDBPyConnection, step: Step, documents: Sequence[str], frames: Mapping[str, pl.DataFrame]
) -> dict[str, Changes]:
    theirs = "document_id IN (SELECT unnest(?))"
    changes = {
        name: exchange(connection, BY_NAME[name], theirs, [list(documents)], frames[name]) for name in step.writes
    }
    for table in (LEDGER, FAILURES):
        delete(connection, table, f"stage = ? AND {theirs}", [step.name, list(documents)])
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


def corpus_pending(connection: duckdb.DuckDBPyConnection, step: Step) -> str | None:
    """The fingerprint that a corpus-wide step should have, or None when it has it."""
    known = states.of(connection)
    fingerprint = _digest([step.key, *(known.get(_PART + name, states.NOTHING) for name in step.reads)])
    row = one(
        connection, "SELECT fingerprint FROM stored.ledger WHERE stage = ? AND document_id = ?", [step.name, CORPUS]
    )
    return None if row and row[0] == fingerprint else fingerprint


def corpus_changes(connection: duckdb.DuckDBPyConnection, step: Step, *, by_document: bool) -> CorpusPending | None:
    """What a corpus-wide step has to do, or None when it is up to date. `by_document`: it notes from what each article
    was resolved, which is what the stages that it reads hold of the article."""
    fingerprint = corpus_pending(connection, step)
    if fingerprint is None:
        return None
    if not by_document:
        return CorpusPending(fingerprint, {}, (), True)
    first, *rest = step.reads
    joins = " ".join(
        f"JOIN stored.ledger AS {name} ON {name}.stage = '{name}' AND {name}.document_id = {first}.document_id"
        for name in rest
    )
    inputs = " || '/' || ".join(f"{name}.fingerprint" for name in step.reads)
    found = query(
        connection,
        f"""
        WITH now AS (
            SELECT {first}.document_id, sha256($key || '/' || {inputs}) AS fingerprint
            FROM stored.ledger AS {first} {joins} WHERE {first}.stage = '{first}'
        ),
        had AS (SELECT document_id, fingerprint FROM stored.ledger WHERE stage = $stage AND document_id <> $corpus)
        SELECT document_id, now.fingerprint AS fingerprint, had.fingerprint IS NOT DISTINCT FROM now.fingerprint AS same
        FROM now FULL JOIN had USING (document_id) ORDER BY document_id
        """,  # noqa: S608 - names of stages
        {"key": step.key, "stage": step.name, "corpus": CORPUS},
    )
    due = found.filter(pl.col("fingerprint").is_not_null() & ~pl.col("same")).select("document_id", "fingerprint")
    gone = found.filter(pl.col("fingerprint").is_null())["document_id"].to_list()
    return CorpusPending(fingerprint, dict(due.iter_rows()), tuple(gone), not found["same"].any())


def patch_corpus(
    connection: duckdb.DuckDBPyConnection, step: Step, pending: CorpusPending, patches: Mapping[str, Patch]
) -> dict[str, Changes]:
    """One transaction: the step's tables are changed, and the lines of the articles that it had to do with. Returns
    what that changed in each table."""
    with transaction(connection):
        changes = {name: _patch(connection, BY_NAME[name], patches[name]) for name in step.writes}
        where, parameters = "stage = ? AND document_id IN (SELECT unnest(?))", [step.name, [*pending.changed, CORPUS]]
        if pending.whole:
            where, parameters = "stage = ?", [step.name]
        delete(connection, LEDGER, where, parameters)
        insert(connection, LEDGER, _lines(step.name, {**pending.due, CORPUS: pending.fingerprint}))
    return changes


def _patch(connection: duckdb.DuckDBPyConnection, table: Table, patch: Patch) -> Changes:
    if patch.gone is None:
        return exchange(connection, table, "true", [], patch.rows)
    columns = ", ".join(quoted(name) for name in patch.gone.columns)
    connection.register("going", patch.gone.to_arrow())
    try:
        return exchange(connection, table, f"({columns}) IN (SELECT ({columns}) FROM going)", [], patch.rows)  # noqa: S608
    finally:
        connection.unregister("going")


def state(connection: duckdb.DuckDBPyConnection) -> str:
    """SHA-256 of all that the tables were made from, and of what was refused or failed: the verdicts are reached on
    it, a release is made from it."""
    known = states.read(connection)
    stages = sorted(part.removeprefix(_PART) for part, (lines, *_) in known.items() if part.startswith(_PART) and lines)
    found = states.of(connection)
    others = (found.get(part, states.NOTHING) for part in ("refusals", "failures", "corrections"))
    return _digest([*(f"{stage} {found[_PART + stage]}" for stage in stages), *others])


def unfinished(
    connection: duckdb.DuckDBPyConnection, steps: Mapping[str, Step], corpus: Iterable[str], tried: bool = False
) -> list[str]:
    """Steps with something left to do: no release is made while there are any. Documents that failed and are due again
    count only where `tried`."""
    out = []
    for name, step in steps.items():
        if name in corpus:
            if corpus_pending(connection, step) is not None:
                out.append(name)
        elif count_due(connection, step, steps, tried) or gone(connection, step):
            out.append(name)
    return out


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def counts(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> dict[str, int]:
    """Rows in each of the stored tables."""
    selected = ", ".join(f"(SELECT count(*) FROM stored.{quoted(name)})" for name in tables)  # noqa: S608
    row = one(connection, f"SELECT {selected}")
    assert row is not None
    return dict(zip(tables, map(int, row), strict=True))
