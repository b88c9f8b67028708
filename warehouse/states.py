"""The state of the ledger's lines, refusals, failures and corrections: a number for each set of lines, kept up to date.

A set's number is the sum, modulo 2**256, of the SHA-256 of its lines: a hash of a multiset (MSet-Add-Hash: Clarke et
al., ASIACRYPT 2003). A write updates it from the written lines in any order. Reading the state reads no line.

Earlier versions hashed one string of all lines. `former` keeps that hash from the migration of a warehouse to its first
change, so that verdicts and releases of the earlier version stay valid while nothing changes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import duckdb
import polars as pl

from pipeline.contract import CORRECTIONS, FAILURES, LEDGER, REFUSALS, STATES, Table
from pipeline.contract.schema import frame
from warehouse.sql import quoted, written

EMPTY_SUM = "0" * 64
_MODULUS = 2**256
# The row of `stored.states` that is not a set of lines.
_FINISHED = "finished"
# Rows per fetch for the hash of earlier versions.
_ROWS = 100_000
# The tables that the state covers.
TABLES = (LEDGER, REFUSALS, FAILURES, CORRECTIONS)
# Table -> SQL for a row's set and its line.
_LINES: Mapping[str, tuple[str, str]] = {
    LEDGER.name: ("'ledger ' || stage", "document_id || ' ' || fingerprint"),
    REFUSALS.name: ("'refusals'", "source || ' ' || reason || ' ' || detail"),
    FAILURES.name: ("'failures'", "stage || ' ' || document_id"),
    CORRECTIONS.name: ("'corrections'", "concat_ws(chr(9), line, kind, document_id, target, value, note)"),
}
# Table -> the order of its lines in earlier versions.
_FORMER_ORDER: Mapping[str, str] = {
    LEDGER.name: "document_id",
    REFUSALS.name: "source",
    FAILURES.name: "stage, document_id",
    CORRECTIONS.name: "line",
}


def covers_table(table: Table) -> bool:
    """Whether the state covers the rows of a table."""
    return table.name in _LINES


def columns(table: Table) -> str:
    """Return SQL for the columns `part` and `line` (a SHA-256) of a table's rows."""
    part, line = _LINES[table.name]
    return f'{part} AS "part", sha256({line}) AS "line"'


def note(connection: duckdb.DuckDBPyConnection, writes: Sequence[tuple[pl.DataFrame, int]]) -> None:
    """Update the state for writes: rows (as `columns` gives them), and 1 for inserted or -1 for deleted rows.

    Call in the transaction of the writes.
    """
    sums: defaultdict[str, int] = defaultdict(int)
    counts: defaultdict[str, int] = defaultdict(int)
    for rows, sign in writes:
        for part, line in rows.select("part", "line").iter_rows():
            sums[part] += sign * int(line, 16)
            counts[part] += sign
    if not sums:
        return
    had = read(connection, written(connection))
    now = {part: (count, total) for part, (count, total, _) in had.items()}
    for part in sums:
        count, total = now.get(part, (0, EMPTY_SUM))
        now[part] = (count + counts[part], _hexadecimal(int(total, 16) + sums[part]))
    changed = now.keys() if any(former is not None for *_, former in had.values()) else sums.keys()
    _write(connection, {part: (*now[part], None) for part in changed})


def read(connection: duckdb.DuckDBPyConnection, place: str = "stored") -> dict[str, tuple[int, str, str | None]]:
    """Return set -> its number of lines, its sum, and the hash of an earlier version if nothing has changed since. The
    numbers of a set in several files are added."""
    out: dict[str, tuple[int, str, str | None]] = {}
    sql = f'SELECT part, "lines", total, former FROM {place}.states'  # noqa: S608 - a schema of ours
    for part, lines, total, former in connection.execute(sql).fetchall():
        if (had := out.get(part)) is not None:
            lines, total, former = had[0] + lines, _hexadecimal(int(had[1], 16) + int(total, 16)), None
        out[part] = (int(lines), str(total), former)
    return out


def state_by_part(connection: duckdb.DuckDBPyConnection, *, former: bool = True) -> dict[str, str]:
    """Return set -> its state: the hash of an earlier version if there is one, unless `former` is false. Empty sets may
    be missing."""
    return {part: had if former and had is not None else total for part, (_, total, had) in read(connection).items()}


def finished(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the digest that `note_finished` stored last."""
    rows = connection.execute("SELECT total FROM stored.states WHERE part = ?", [_FINISHED]).fetchall()
    return str(rows[0][0]) if rows else None


def note_finished(connection: duckdb.DuckDBPyConnection, digest: str) -> None:
    """Store the digest of a state in which no work was left. It has no lines, so it is not part of the state."""
    _write(connection, {_FINISHED: (0, digest, None)})


def fill(connection: duckdb.DuckDBPyConnection, *, former: bool = False, tables: Sequence[Table] = TABLES) -> None:
    """Compute the state from the current rows, in the connection's main file. `former`: also store the hashes of
    earlier versions. `tables`: those of TABLES that the file has."""
    sums = computed(connection, written(connection), tables)
    before = _former(connection, sums) if former else {}
    connection.execute(f"DELETE FROM {written(connection)}.states")  # noqa: S608
    parts = sums.keys() | before.keys()
    _write(connection, {part: (*sums.get(part, (0, EMPTY_SUM)), before.get(part)) for part in parts})


def computed(
    connection: duckdb.DuckDBPyConnection, place: str = "stored", tables: Sequence[Table] = TABLES
) -> dict[str, tuple[int, str]]:
    """Compute set -> number of lines and sum, from all rows."""
    # Sum four 64-bit numbers: their sums fit into a HUGEINT.
    lanes = ", ".join(f"sum(('0x' || line[{16 * i + 1}:{16 * i + 16}])::UBIGINT)" for i in range(4))
    out = {}
    for table in tables:
        rows = f"SELECT {columns(table)} FROM {place}.{quoted(table.name)}"  # noqa: S608
        found = connection.execute(f"SELECT part, count(*), {lanes} FROM ({rows}) GROUP BY part").fetchall()  # noqa: S608
        for part, count, *parts in found:
            total = sum(int(lane) << (64 * (3 - i)) for i, lane in enumerate(parts))
            out[str(part)] = (int(count), _hexadecimal(total))
    return out


def matches(connection: duckdb.DuckDBPyConnection) -> bool:
    """Read every row. Returns whether the stored state matches the rows."""
    kept = {part: (lines, total) for part, (lines, total, _) in read(connection).items() if lines}
    return kept == computed(connection)


def _hexadecimal(total: int) -> str:
    return f"{total % _MODULUS:064x}"


def _write(connection: duckdb.DuckDBPyConnection, rows: Mapping[str, tuple[int, str, str | None]]) -> None:
    lines = [
        {"part": part, "lines": count, "total": total, "former": former}
        for part, (count, total, former) in sorted(rows.items())
    ]
    connection.register("noted", frame(STATES.stored, lines).to_arrow())
    try:
        connection.execute(f"INSERT OR REPLACE INTO {written(connection)}.states BY NAME FROM noted")
    finally:
        with suppress(duckdb.TransactionException):  # after an error, which must not be hidden
            connection.unregister("noted")


def _former(connection: duckdb.DuckDBPyConnection, parts: Iterable[str]) -> dict[str, str]:
    """Return set -> the hash of earlier versions: the SHA-256 of its lines in order."""
    out = {}
    for name in (
        REFUSALS.name,
        FAILURES.name,
        CORRECTIONS.name,
        *(part for part in parts if part.startswith("ledger ")),
    ):
        table, _, stage = name.partition(" ")
        _, line = _LINES[table]
        where = "WHERE stage = $stage" if stage else ""
        sql = f"SELECT {line} AS line FROM stored.{table} {where} ORDER BY {_FORMER_ORDER[table]}"  # noqa: S608
        digest, first = hashlib.sha256(), True
        reading = connection.execute(sql, {"stage": stage} if stage else {})
        while rows := reading.fetchmany(_ROWS):
            for (text,) in rows:
                digest.update(text.encode() if first else b"\n" + text.encode())
                first = False
        # Without corrections, earlier versions used an empty text.
        out[name] = "" if first and table == CORRECTIONS.name else digest.hexdigest()
    return out
