"""Check that the tables hold what onrecord wrote, and delete what another program changed, so that it is made again.

The check compares the digests of all rows in one pass over the tables. It runs only on request, or if the database file
is not as onrecord left it. Nothing is released until a comparison finds no difference, or the differing rows are
deleted to be made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from pipeline.contract import (
    BY_NAME,
    CORRECTIONS,
    DIGESTED,
    FILES,
    INDEXES,
    LEDGER,
    QUARANTINE,
    RAWS,
    REFUSALS,
    STATES,
    Table,
)
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES
from warehouse import digests, shards, states
from warehouse.intake import KEPT, note_documents
from warehouse.migration import DISPOSABLE
from warehouse.sql import StoreError, query, quoted, transaction, written
from warehouse.store import Store
from warehouse.writes import change

_DOCUMENT_WISE = {stage.name: [BY_NAME[table] for table in stage.writes] for stage in DOCUMENT_STAGES}
_CORPUS_TABLES = [*(BY_NAME[table] for stage in CORPUS_STAGES for table in stage.writes), *INDEXES]
# Articles that a message names for each table.
_NAMED = 3

type Differences = Mapping[str, Sequence[str]]


class RowsDiffer(StoreError):
    """Stored rows differ from those that onrecord wrote."""


@dataclass(frozen=True, slots=True)
class DeletedRecord:
    """A raw record that was deleted to be read again. `kept`: its file no longer has it."""

    source: str
    path: str
    kept: bool


def check(store: Store, *, always: bool = False) -> None:
    """Compare the digests if another program changed the database file, or `always`.

    Works in a read-only folder. Raises RowsDiffer, StoreError.
    """
    with store.reading() as connection:
        check_in(store, connection, always=always)


def check_in(store: Store, connection: duckdb.DuckDBPyConnection, *, always: bool = False) -> None:
    """Do the same with an open connection. Raises RowsDiffer."""
    found = differences(store, connection, always=always)
    if found:
        raise RowsDiffer(differences_message(store, connection, found))


def differences(store: Store, connection: duckdb.DuckDBPyConnection, *, always: bool) -> Differences:
    """Return table -> documents (or `*`) whose rows differ, if another program changed the file, or `always`."""
    if not (always or store.unverified()):
        return {}
    found = digests.differing(connection)
    if not found and not states.matches(connection):
        found = {STATES.name: [digests.WHOLE_TABLE]}
    if not found:
        store.verified()
    return found


def differences_message(store: Store, connection: duckdb.DuckDBPyConnection, found: Differences) -> str:
    """Return one line that says which rows differ and what to do about it."""
    parts = []
    for name, documents in found.items():
        known = [document for document in documents if document != digests.WHOLE_TABLE]
        names = ", ".join(_sources(connection, known[:_NAMED]))
        more = ", ..." if len(known) > _NAMED else ""
        unit = "article" if len(known) == 1 else "articles"
        parts.append(f"{name} ({len(known):,} {unit}: {names}{more})" if known else name)
    return (
        f"{store.database}: another program has changed stored rows, in {'; '.join(parts)}. No release is "
        "made from them: `onrecord build --redo` deletes them and computes them again from the raw folder; "
        "or restore a backup"
    )


def _sources(connection: duckdb.DuckDBPyConnection, documents: Sequence[str]) -> list[str]:
    known = dict(
        connection.execute(
            "SELECT document_id, min(source) FROM stored.raws WHERE document_id IN (SELECT unnest(?)) GROUP BY 1",
            [list(documents)],
        ).fetchall()
    )
    return [known.get(document, document) for document in documents]


def affected(connection: duckdb.DuckDBPyConnection, found: Differences) -> set[str]:
    """Return the documents whose rows of all article-wise stages are deleted by `delete_differing_rows`."""
    return _raws(connection, found).union(found.get(LEDGER.name, ()), found.get(QUARANTINE.name, ()))


def _raws(connection: duckdb.DuckDBPyConnection, found: Differences) -> set[str]:
    """Return the documents whose raw records are deleted by `delete_differing_rows`."""
    raws = set(found.get(RAWS.name, ()))
    if REFUSALS.name in found:
        # Reading decides which record of an article is `standing` and which are refused.
        sql = "SELECT document_id FROM stored.raws GROUP BY document_id HAVING count(*) > 1"
        raws |= {str(row[0]) for row in connection.execute(sql).fetchall()}
    return raws


def redo_shard(connection: duckdb.DuckDBPyConnection, found: Differences, documents: Collection[str]) -> None:
    """Delete in a shard, in one transaction, what differs and what is made from it. `documents`: those of `affected`.

    Call it between `redo_corpus` and `delete_differing_rows`: after a kill, the differences in the main file are found
    again."""
    with transaction(connection):
        _delete_articles(connection, found, documents)
        states.fill(connection, tables=shards.IN_STATE)


def redo_corpus(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete, in one transaction, what the corpus-wide stages made, and verdicts, so that they are made again."""
    with transaction(connection):
        _delete_corpus(connection)
        states.fill(connection)


def _delete_articles(connection: duckdb.DuckDBPyConnection, found: Differences, documents: Iterable[str]) -> set[str]:
    """Delete in the main file of the connection the rows of these documents, and from the first stage on whose rows
    differ those of others. Returns all of these documents."""
    documents = set(documents)
    _delete(connection, LEDGER, found.get(LEDGER.name, ()))
    for stage, tables in _DOCUMENT_WISE.items():
        documents.update(*(found.get(table.name, ()) for table in tables))
        for table in tables:
            _delete(connection, table, documents)
        _forget(connection, [stage], documents)
    _delete(connection, DISPOSABLE_TABLES["failures"], found.get("failures", ()))
    return documents


def _delete_corpus(connection: duckdb.DuckDBPyConnection) -> None:
    for table in (*_CORPUS_TABLES, *(DISPOSABLE_TABLES[name] for name in sorted(DISPOSABLE - {"failures"}))):
        _delete(connection, table)
    change(
        connection,
        LEDGER,
        "DELETE FROM stored.ledger WHERE stage IN (SELECT unnest(?))",
        [[stage.name for stage in CORPUS_STAGES]],
        -1,
    )


def delete_differing_rows(
    store: Store, connection: duckdb.DuckDBPyConnection, found: Differences
) -> list[DeletedRecord]:
    """Delete what differs and everything made from it, in one transaction, so that the stages make it again.

    Tables of the whole corpus and verdicts are deleted completely: the differing rows may have contributed to them.
    Returns the deleted raw records; they are read again from the files that still exist.
    """
    with transaction(connection):
        raws = _raws(connection, found)
        documents = affected(connection, found)
        records = _records(connection, raws)
        _delete(connection, RAWS, raws)
        for table in (REFUSALS, CORRECTIONS):
            if table.name in found:
                _delete(connection, table)
        if raws or REFUSALS.name in found or FILES.name in found:
            _delete(connection, FILES)
        _delete(connection, QUARANTINE, found.get(QUARANTINE.name, ()))
        documents = _delete_articles(connection, found, documents)
        if CORRECTIONS.name in found:
            # A document's fingerprint includes its corrections.
            rows = connection.execute("SELECT DISTINCT document_id FROM stored.raws").fetchall()
            note_documents(connection, [str(row[0]) for row in rows])
        _delete_corpus(connection)
        note_documents(connection, sorted(documents))
        states.fill(connection)
    store.verified()
    return records


DISPOSABLE_TABLES = {table.name: table for table in DIGESTED if table.name in DISPOSABLE}


def _records(connection: duckdb.DuckDBPyConnection, documents: Collection[str]) -> list[DeletedRecord]:
    rows = query(
        connection,
        "SELECT source, path, origin = path || ? || document_id AS kept FROM stored.raws "
        "WHERE document_id IN (SELECT unnest(?)) ORDER BY origin",
        [KEPT, sorted(documents)],
    )
    return [DeletedRecord(**row) for row in rows.iter_rows(named=True)]


def _delete(connection: duckdb.DuckDBPyConnection, table: Table, documents: Iterable[str] | None = None) -> None:
    """Delete a table's rows, or those of these documents, with their digests, even if these do not match."""
    place = f"{written(connection)}.{quoted(table.name)}"
    if documents is None or not digests.by_document(table):
        connection.execute(f"DELETE FROM {place}")  # noqa: S608
        digests.forget(connection, table)
        return
    names = sorted(documents)
    theirs = "document_id IN (SELECT unnest(?::VARCHAR[]))"
    connection.execute(f"DELETE FROM {place} WHERE {theirs}", [names])  # noqa: S608
    digests.forget(connection, table, names)


def _forget(connection: duckdb.DuckDBPyConnection, stages: Sequence[str], documents: Collection[str]) -> None:
    where = "stage IN (SELECT unnest(?)) AND document_id IN (SELECT unnest(?::VARCHAR[]))"
    change(connection, LEDGER, f"DELETE FROM stored.ledger WHERE {where}", [list(stages), sorted(documents)], -1)  # noqa: S608
