"""Digests of the stored rows: what each table held when onrecord last wrote to it.

A digest covers the rows of one table and one document, or all rows (`*`) of a table without documents. It is the
exclusive or of one 63-bit number a row, so a write updates it from the written rows and reads no other row. The numbers
are MD5 over the row's values as text: DuckDB's own hash() may change between versions. Digests reveal what another
program wrote; they do not stop someone who also writes matching digests.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import duckdb
import polars as pl

from pipeline.contract import DIGESTED, RAWS, Table
from warehouse.sql import quoted, written

# The document id of rows that belong to no document.
WHOLE_TABLE = "*"
# Separator of values, and substitute for a null.
_BETWEEN, _NULL = "chr(31)", "chr(30)"
# `standing` of a raw record has a number for itself: a change of it alone does not read the text.
_CURRENT_FLAG = "standing"
_UPSERT = (
    'INSERT INTO {}.digests ("table", document_id, "rows", digest) {} ON CONFLICT ("table", document_id) '
    'DO UPDATE SET "rows" = digests."rows" + excluded."rows", digest = xor(digests.digest, excluded.digest)'
)


def by_document(table: Table) -> bool:
    """Whether a table has digests per document: each of its rows belongs to one document."""
    return any(column.name == "document_id" and column.required for column in table.stored)


def columns(table: Table) -> str:
    """Return SQL for the columns `owner` and `digest` of a table's rows."""
    owner = "document_id" if by_document(table) else f"'{WHOLE_TABLE}'"
    values = (f"coalesce({quoted(c.name)}::VARCHAR, {_NULL})" for c in table.stored if c.name != _CURRENT_FLAG)
    digest = _number(f"concat_ws({_BETWEEN}, {', '.join(values)})")
    if any(column.name == _CURRENT_FLAG for column in table.stored):
        digest = f"xor({digest}, CASE WHEN {_CURRENT_FLAG} THEN {_standing('origin')} ELSE 0 END)"
    return f'{owner} AS "owner", {digest} AS "digest"'


def _number(text: str) -> str:
    return f"(md5_number_lower({text}) >> 1)::BIGINT"


def _standing(origin: str) -> str:
    return _number(f"concat_ws({_BETWEEN}, 'standing', {origin})")


def note(connection: duckdb.DuckDBPyConnection, writes: Sequence[tuple[Table, pl.DataFrame, int]]) -> None:
    """Update the digests for writes: a table, its rows (as `columns` gives them), and 1 for inserted or -1 for deleted
    rows.

    Call in the transaction of the writes.
    """
    parts = [
        rows.select(pl.lit(table.name).alias("table"), "owner", pl.lit(sign).alias("sign"), "digest")
        for table, rows, sign in writes
        if not rows.is_empty()
    ]
    if not parts:
        return
    connection.register("noted", pl.concat(parts).to_arrow())
    try:
        sums = 'SELECT "table", "owner", sum("sign")::BIGINT, bit_xor("digest") FROM noted GROUP BY ALL'
        connection.execute(_UPSERT.format(written(connection), sums))
    finally:
        with suppress(duckdb.TransactionException):  # after an error, which must not be hidden
            connection.unregister("noted")


def add(connection: duckdb.DuckDBPyConnection, table: Table, found: str) -> None:
    """Update the digests of a table for inserted rows. `found`: a query for columns `owner`, `rows` and `digest`, which
    may give an owner several times. Call in the transaction of the insertion."""
    sql = f'SELECT ?, "owner", sum("rows")::BIGINT, bit_xor("digest") FROM ({found}) GROUP BY "owner"'  # noqa: S608
    connection.execute(_UPSERT.format(written(connection), sql), [table.name])


def sums(table: Table, rows: str) -> str:
    """Return SQL for the digests of rows (SQL): columns `owner`, `rows` and `digest`."""
    each = f"SELECT {columns(table)} FROM {rows}"  # noqa: S608
    return f'SELECT "owner", count(*) AS "rows", bit_xor("digest") AS "digest" FROM ({each}) GROUP BY "owner"'  # noqa: S608


def note_current_record(connection: duckdb.DuckDBPyConnection, changed: str) -> None:
    """Update the digests for raw records whose `standing` flips.

    changed   a query for their `document_id` and `origin`
    """
    sums = f"SELECT ?, document_id, 0, bit_xor({_standing('origin')}) FROM ({changed}) GROUP BY document_id"  # noqa: S608
    connection.execute(_UPSERT.format(written(connection), sums), [RAWS.name])


def fill(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> None:
    """Compute the digests of these tables from their current rows, in the connection's main file."""
    place = written(connection)
    for table in tables:
        forget(connection, table)
        add(connection, table, sums(table, f"{place}.{quoted(table.name)}"))


def forget(connection: duckdb.DuckDBPyConnection, table: Table, documents: Sequence[str] | None = None) -> None:
    """Delete the digests of a table, or of these documents in it. The caller deletes their rows, too."""
    connection.execute(
        f'DELETE FROM {written(connection)}.digests WHERE "table" = $table '  # noqa: S608
        "AND ($documents IS NULL OR document_id IN (SELECT unnest($documents::VARCHAR[])))",
        {"table": table.name, "documents": None if documents is None else list(documents)},
    )


def differing(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Read every row. Returns table -> documents (or `*`) whose rows differ from those that onrecord wrote."""
    found = {}
    for table in DIGESTED:
        rows = connection.execute(
            f"""
            SELECT coalesce(now."owner", known.document_id)
            FROM ({sums(table, f"stored.{quoted(table.name)}")}) AS now
            FULL JOIN (FROM stored.digests WHERE "table" = ?) AS known ON known.document_id = now."owner"
            WHERE coalesce(now."rows", 0) <> coalesce(known."rows", 0)
                OR coalesce(now.digest, 0) <> coalesce(known.digest, 0)
            ORDER BY 1
            """,  # noqa: S608 - names of the contract
            [table.name],
        ).fetchall()
        if rows:
            found[table.name] = [str(row[0]) for row in rows]
    return found
