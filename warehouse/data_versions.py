"""The data version of each stored table, computed from the ledger. Dagster compares them to find stale assets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import duckdb

from pipeline.contract import CORRECTIONS, QUARANTINE, RAWS, REFUSALS, Table
from pipeline.stages import WRITER
from warehouse import states

# Tables that no stage writes -> their set of lines in warehouse.states.
_LINES: Mapping[str, str] = {
    RAWS.name: f"ledger {RAWS.name}",
    REFUSALS.name: REFUSALS.name,
    CORRECTIONS.name: CORRECTIONS.name,
}


def data_versions(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> dict[str, str]:
    """Return table -> SHA-256 of its ledger lines: equal if its rows were made from the same inputs by the same code.

    Reads no rows but those of `quarantine`, which has no lines in the ledger.
    """
    known = states.state_by_part(connection)
    return {table.name: _version(connection, table, known) for table in tables}


def _version(connection: duckdb.DuckDBPyConnection, table: Table, known: Mapping[str, str]) -> str:
    if table.name == QUARANTINE.name:
        rows = connection.execute("SELECT document_id, root FROM stored.quarantine ORDER BY document_id").fetchall()
        state = "\n".join(" ".join(row) for row in rows)
    else:
        lines = _LINES.get(table.name) or f"ledger {WRITER[table.name].name}"
        state = known.get(lines, states.EMPTY_SUM)
    return hashlib.sha256(f"{table.name}\n{state}".encode()).hexdigest()
