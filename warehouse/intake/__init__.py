"""Store the records of the raw folder.

Belongs here: which files are new, changed or gone; what a file's new records replace; which of several records of one
article is used (`standing`). Does not belong here: how a file is read (pipeline.read).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass

import duckdb

from pipeline.contract import CORRECTIONS, FILES, LEDGER, RAWS, REFUSALS, Table
from pipeline.contract.schema import frame
from pipeline.corrections import Correction
from pipeline.read import Entry
from warehouse import quarantine
from warehouse.change_counts import Tally
from warehouse.digests import note_current_record
from warehouse.intake.losses import SourcesVanished as SourcesVanished
from warehouse.intake.losses import nearest_folder
from warehouse.ledger import ROOT, ROOTS
from warehouse.sql import fetch_one, query, quoted, transaction
from warehouse.withdrawal import lists
from warehouse.withdrawal.texts import Index, WithdrawalMatch
from warehouse.writes import change, delete, delete_counted, insert_counted

# Marks the origin of an article that is no longer in its file but kept (`--keep-removed`): path, this, document_id.
KEPT = "#kept-"
# Reasons to refuse a file without reading it: it has no hash, so size and time show whether it has changed.
UNHASHED = ("outside", "too-large", "unsupported")


@dataclass(frozen=True, slots=True)
class Plan:
    """The work that the raw folder gives.

    at_risk    files to read whose articles are in the store: reading them may lose some
    new        files to read that have no article in the store
    gone       paths with rows in the store, but no file any more
    kept       paths with articles kept by an earlier `--keep-removed`, which is no longer given
    unchanged  number of unchanged files
    """

    at_risk: tuple[Entry, ...]
    new: tuple[Entry, ...]
    removed: tuple[str, ...]
    kept: frozenset[str]
    unchanged: int

    @property
    def read(self) -> tuple[Entry, ...]:
        """All files to read."""
        return (*self.at_risk, *self.new)


def plan(
    connection: duckdb.DuckDBPyConnection,
    entries: Sequence[Entry],
    read_version: str,
    *,
    keep_removed: bool = False,
    verify: bool = False,
) -> Plan:
    """Compare the folder with what was last read, by size and time; with `verify`, read every file."""
    known = {
        path: (size, modified, version, hashed)
        for path, size, modified, version, hashed in connection.execute(
            "SELECT path, bytes, modified_ns, read_version, content_sha256 IS NOT NULL OR path IN "
            "(SELECT path FROM stored.refusals WHERE source = path AND reason IN (SELECT unnest(?))) FROM stored.files",
            [list(UNHASHED)],
        ).fetchall()
    }
    # A file whose reading was interrupted has rows but no line in files.
    standing = dict(connection.execute("SELECT path, bool_or(standing) FROM stored.raws GROUP BY path").fetchall())
    refused = {row[0] for row in connection.execute("SELECT DISTINCT path FROM stored.refusals").fetchall()}
    kept: set[str] = set()
    if not keep_removed:
        sql = "SELECT DISTINCT path FROM stored.raws WHERE origin = path || ? || document_id"
        kept = {row[0] for row in connection.execute(sql, [KEPT]).fetchall()}
    due = [
        e
        for e in entries
        if verify or e.path in kept or known.get(e.path) != (e.bytes, e.modified_ns, read_version, True)
    ]
    removed = set() if keep_removed else (standing.keys() | refused | known.keys()) - {e.path for e in entries}
    # A folder that could not be listed is an entry: whether it can be read decides about its former files.
    folders = set(nearest_folder((e.path for e in entries), removed).values())
    risky = {e.path for e in due if standing.get(e.path) or e.path in folders}
    return Plan(
        tuple(e for e in due if e.path in risky),
        tuple(e for e in due if e.path not in risky),
        tuple(sorted(removed)),
        frozenset(kept),
        len(entries) - len(due),
    )


def recorded_files(connection: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    """Return every path that articles or refusals came from -> SHA-256 of its bytes if it was read completely."""
    return dict(
        connection.execute(
            "SELECT path, max(sha) FROM (SELECT path, content_sha256 AS sha FROM stored.files UNION ALL "
            "SELECT path, NULL FROM stored.raws UNION ALL SELECT path, NULL FROM stored.refusals) GROUP BY path"
        ).fetchall()
    )


def known_hashes(connection: duckdb.DuckDBPyConnection, read_version: str) -> dict[str, str]:
    """Return path -> SHA-256 of the bytes that were last read with this reader."""
    return dict(
        connection.execute(
            "SELECT path, content_sha256 FROM stored.files WHERE read_version = ? AND content_sha256 IS NOT NULL",
            [read_version],
        ).fetchall()
    )


def replace_records(
    connection: duckdb.DuckDBPyConnection,
    *,
    replaced: Sequence[str],
    rows: Mapping[str, str],
    tallies: Mapping[str, Tally],
) -> None:
    """Replace the rows of these paths, and update `standing` of the touched documents, in one transaction.

    `rows`: SQL for the new rows of raws (without `standing`), refusals and files, of each that has any
    (warehouse.intake.staging). A file that is too large for one call is replaced in the first and gets its row in files
    with the last. The tallies of raws and refusals count deleted and inserted rows, over all calls of a run.
    """
    with transaction(connection):
        # Local to the connection.
        connection.execute("CREATE OR REPLACE TEMP TABLE touched (document_id VARCHAR)")
        connection.execute(
            "INSERT INTO touched SELECT document_id FROM stored.raws WHERE path IN (SELECT unnest(?))", [replaced]
        )
        for table in (RAWS, REFUSALS):
            delete_counted(connection, table, "path IN (SELECT unnest(?))", [replaced], tallies[table.name])
        delete(connection, FILES, "path IN (SELECT unnest(?))", [replaced])
        if "raws" in rows:
            new = f"SELECT *, false AS standing FROM {rows['raws']}"  # noqa: S608 - Parquet files of ours
            _insert_from(connection, RAWS, new, tallies["raws"])
            connection.execute(f"INSERT INTO touched SELECT document_id FROM {rows['raws']}")  # noqa: S608
        if "refusals" in rows:
            _insert_from(connection, REFUSALS, f"FROM {rows['refusals']}", tallies["refusals"])
        if "files" in rows:
            update_file_lines(connection, rows["files"])
        _mark_current_records(connection, tallies["refusals"])


def _insert_from(connection: duckdb.DuckDBPyConnection, table: Table, rows: str, tally: Tally | None = None) -> None:
    """Insert the rows of a query in its order. Call in a transaction."""
    change(connection, table, f"INSERT INTO stored.{table.name} BY NAME {rows}", [], 1, tally)


def update_file_lines(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Replace the rows of files by those of an SQL relation. Call in a transaction."""
    delete(connection, FILES, f"path IN (SELECT path FROM {rows})")  # noqa: S608 - Parquet files of ours
    _insert_from(connection, FILES, f"FROM {rows}")


def apply_staged_rows(
    connection: duckdb.DuckDBPyConnection, *, keep_removed: bool, tallies: Mapping[str, Tally]
) -> int:
    """Replace the rows of the paths in `leaving` (warehouse.intake.losses) by the staged rows, and update `standing` of
    the touched documents, in one transaction.

    A path that could not be read keeps its rows and is due again. Articles that `--limit` left unread stay, and with
    `keep_removed` those that are no longer in their file. tallies as in `replace_records`. Returns how many paths are
    gone."""
    with transaction(connection):
        _mark(connection, ["partial", "read"] if keep_removed else ["partial"])
        for table, others in (
            (RAWS, "origin NOT IN (FROM same)"),
            (REFUSALS, "NOT (reason IN ('repeated', 'superseded') AND source IN (FROM same))"),
        ):
            delete_counted(connection, table, f"path IN (FROM replaced) AND {others}", [], tallies[table.name])
        again = "source IN (SELECT source FROM staged.refusals WHERE path IN (FROM unread) AND reason = 'unreadable')"
        delete_counted(connection, REFUSALS, again, [], tallies["refusals"])
        delete(connection, FILES, "path IN (FROM replaced) OR path IN (SELECT path FROM staged.files)")
        for table, rows in (
            (
                RAWS,
                "SELECT *, false AS standing FROM staged.raws "
                "WHERE path NOT IN (FROM unread) AND origin NOT IN (FROM same)",
            ),
            (RAWS, "FROM kept"),
            (REFUSALS, "FROM staged.refusals WHERE path NOT IN (FROM unread) OR reason = 'unreadable'"),
        ):
            _insert_from(connection, table, rows, tallies[table.name])
        _insert_from(
            connection,
            FILES,
            "SELECT * REPLACE "
            "(CASE WHEN path NOT IN (FROM unread) THEN content_sha256 END AS content_sha256) FROM staged.files",
        )
        _mark_current_records(connection, tallies["refusals"])
    row = fetch_one(connection, "SELECT count(*) FROM leaving WHERE how = 'gone'")
    assert row is not None
    return int(row[0])


def _mark(connection: duckdb.DuckDBPyConnection, kept: Sequence[str]) -> None:
    """Create the temporary tables for `apply_staged_rows`: origins whose records are the `same`, documents that are
    `touched`, and the `kept` rows with their new origin: those that are `lost` in one of the given ways."""
    columns = (quoted(c.name) for c in RAWS.stored if c.name not in ("text", "standing"))
    equal = " AND ".join(f"now.{name} IS NOT DISTINCT FROM row.{name}" for name in columns)
    # A new reader reads every file again and finds most records unchanged. content_sha256 is the hash of the text.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE same AS SELECT row.origin FROM stored.raws AS row JOIN staged.raws AS now "  # noqa: S608
        f"ON {equal} WHERE row.path NOT IN (FROM unread)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS "
        "SELECT document_id FROM stored.raws WHERE path IN (FROM replaced) AND origin NOT IN (FROM same) "
        "UNION SELECT document_id FROM staged.raws WHERE path NOT IN (FROM unread) AND origin NOT IN (FROM same)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE kept AS SELECT * REPLACE (path || ? || document_id AS origin) "
        "FROM stored.raws WHERE origin IN (SELECT origin FROM lost WHERE how IN (SELECT unnest(?)))",
        [KEPT, kept],
    )


def _mark_current_records(connection: duckdb.DuckDBPyConnection, refusals: Tally) -> None:
    """Mark one record per document_id as `standing`: latest `published`, then first origin. The others become refusals:
    `repeated` with the same text, `superseded` with another."""
    delete_counted(
        connection,
        REFUSALS,
        # _note lists the quarantined ones again.
        "reason IN ('repeated', 'superseded', 'quarantined') AND source IN "
        "(SELECT origin FROM stored.raws WHERE document_id IN (FROM touched))",
        [],
        refusals,
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE ranked AS
        SELECT origin, document_id, row_number() OVER (
            PARTITION BY document_id ORDER BY try_cast(known_published AS TIMESTAMP) DESC NULLS LAST, origin
        ) AS place
        FROM stored.raws WHERE document_id IN (FROM touched)
        """
    )
    note_current_record(
        connection,
        "SELECT raws.document_id, raws.origin FROM stored.raws JOIN ranked ON ranked.origin = raws.origin "
        "WHERE raws.standing <> (ranked.place = 1)",
    )
    connection.execute(
        "UPDATE stored.raws SET standing = (ranked.place = 1) FROM ranked "
        "WHERE ranked.origin = raws.origin AND raws.standing <> (ranked.place = 1)"
    )
    change(
        connection,
        REFUSALS,
        """
        INSERT INTO stored.refusals (source, content_sha256, bytes, reason, detail, path)
        SELECT loser.origin, loser.content_sha256, loser.bytes,
            CASE WHEN loser.content_sha256 = winner.content_sha256 THEN 'repeated' ELSE 'superseded' END,
            loser.origin || CASE WHEN loser.content_sha256 = winner.content_sha256
                THEN ': the same article with the same text stands in ' || winner.origin
                ELSE ': another edition of the same article stands, in ' || winner.origin END,
            loser.path
        FROM stored.raws AS loser JOIN stored.raws AS winner USING (document_id)
        WHERE loser.document_id IN (FROM touched) AND NOT loser.standing AND winner.standing
        ON CONFLICT DO NOTHING -- listed as unreadable
        """,
        [],
        1,
        refusals,
    )
    _note(connection, refusals)


def _note(connection: duckdb.DuckDBPyConnection, refusals: Tally) -> None:
    """Write the ledger's root lines of the touched documents. An unchanged quarantined document gets none."""
    quarantine.drop_changed(connection, refusals)
    delete(connection, LEDGER, "stage = ? AND document_id IN (FROM touched)", [ROOT])
    change(
        connection,
        LEDGER,
        f"""
        INSERT INTO stored.ledger (stage, document_id, fingerprint)
        SELECT ?, document_id, fingerprint FROM ({ROOTS} AND document_id IN (FROM touched))
        WHERE document_id NOT IN (SELECT document_id FROM stored.quarantine)
        """,  # noqa: S608 - a query of the ledger's
        [ROOT],
        1,
    )


def note_documents(connection: duckdb.DuckDBPyConnection, documents: Sequence[str]) -> None:
    """Rewrite the root lines of these documents in the ledger. Call in a transaction."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT unnest(?::VARCHAR[]) AS document_id", [documents]
    )
    _note(connection, Tally())


def corrections_are_current(connection: duckdb.DuckDBPyConnection, lines: Sequence[Correction]) -> bool:
    """Whether the tables were made with these corrections."""
    kept = connection.execute(
        "SELECT line, kind, document_id, target, value, note FROM stored.corrections ORDER BY line"
    ).fetchall()
    return kept == [astuple(line) for line in lines]


def store_corrections(
    connection: duckdb.DuckDBPyConnection, lines: Sequence[Correction], tally: Tally, refusals: Tally
) -> None:
    """Replace the corrections in one transaction, and make the affected documents pending. The tallies count changed
    rows."""
    if corrections_are_current(connection, lines):
        return
    with transaction(connection):
        connection.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT document_id FROM stored.corrections")
        delete_counted(connection, CORRECTIONS, "TRUE", [], tally)
        insert_counted(connection, CORRECTIONS, frame(CORRECTIONS.stored, map(asdict, lines)), tally)
        connection.execute("INSERT INTO touched SELECT document_id FROM stored.corrections")
        _note(connection, refusals)


def withdrawals_changed(connection: duckdb.DuckDBPyConnection, index: Index) -> bool:
    """Whether the lists of withdrawn articles have changed since the raw records were compared with them."""
    return lists.compared_digest(connection) != (index.digest if index else None)


def refuse_withdrawn_records(
    connection: duckdb.DuckDBPyConnection, index: Index, tallies: Mapping[str, Tally]
) -> list[str]:
    """If the lists of withdrawn articles have changed since the last call, turn raw records that they match into
    refusals, in one transaction. Returns the origins of near copies, sorted."""
    if not withdrawals_changed(connection, index):
        return []
    held: dict[str, WithdrawalMatch] = {}
    if index:
        for row in lists.raws(connection):
            found = index.held(*row)
            if found:
                held[row[0]] = found
    with transaction(connection):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE touched AS "
            "SELECT document_id FROM stored.raws WHERE origin IN (SELECT unnest(?))",
            [list(held)],
        )
        details = {origin: why.detail for origin, why in held.items()}
        lists.refuse_raw_records(connection, details, list(index.withdrawals), tallies)
        _mark_current_records(connection, tallies["refusals"])
        lists.store_compared_digest(connection, index.digest if index else None)
    return sorted(origin for origin, why in held.items() if why.nearly_same)


def summary(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return a build's totals: articles, quotes, entities, refusals, and documents that failed."""
    tables = ("documents", "quotes", "entities", "refusals", "failures")
    selected = ", ".join(f"(SELECT count(*) FROM stored.{name}) AS {name}" for name in tables)  # noqa: S608
    row = query(connection, f"SELECT {selected}")
    return {name: int(row[name][0]) for name in tables}


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the numbers of `standing` raw records, of refusals and of corrections, by table."""
    frame = query(
        connection,
        "SELECT (SELECT count(*) FROM stored.raws WHERE standing) AS raws, "
        "(SELECT count(*) FROM stored.refusals) AS refusals, "
        "(SELECT count(*) FROM stored.corrections) AS corrections",
    )
    return {name: int(frame[name][0]) for name in frame.columns}
