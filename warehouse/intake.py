"""The raw folder's records as the store keeps them.

Belongs here: which files are new, changed or gone; what a file's new records replace; which record stands where a
name comes twice. Does not belong here: how a file is read (pipeline.read).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass

import duckdb
import polars as pl

from pipeline.corrections import Correction
from pipeline.read import Entry
from pipeline.schema import frame
from pipeline.tables import CORRECTIONS, FILES, RAWS, REFUSALS
from warehouse.ledger import ROOT
from warehouse.store import StoreError, delete_counted, insert, insert_counted, one, query, transaction
from warehouse.tally import Tally, hashes

# A lost mount takes everything or a whole subtree with it, an editor seldom more than a few articles: beyond this
# share of the known sources (and more than one) a disappearance has to be confirmed.
MOST_VANISHED = 0.1


class SourcesVanished(StoreError):
    """More of the raw folder has gone than an editor takes away. Nothing was removed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the raw folder asks for: files to read, files that have gone, how many are as they were."""

    read: tuple[Entry, ...]
    gone: tuple[str, ...]
    unchanged: int


def plan(
    connection: duckdb.DuckDBPyConnection,
    entries: Sequence[Entry],
    read_version: str,
    *,
    accept_removals: bool = False,
    keep_removed: bool = False,
    verify: bool = False,
) -> Plan:
    """Compare the folder with what was last read, by size and time; `verify` has every file read, whatever they say.

    Raises SourcesVanished when the folder is empty or more than a tenth of the known sources have gone at once.
    """
    known = {
        path: (size, modified, version, sha is not None)
        for path, size, modified, version, sha in connection.execute(
            "SELECT path, bytes, modified_ns, read_version, content_sha256 FROM stored.files"
        ).fetchall()
    }
    due = tuple(e for e in entries if verify or known.get(e.path) != (e.bytes, e.modified_ns, read_version, True))
    # A file that was interrupted half-way has rows but no line in files: its path counts as known, too.
    paths = {row[0] for row in connection.execute("SELECT DISTINCT path FROM stored.raws").fetchall()} | known.keys()
    gone = () if keep_removed else tuple(sorted(paths - {e.path for e in entries}))
    if gone and not accept_removals:
        _guard(connection, gone, empty=not entries)
    return Plan(due, gone, len(entries) - len(due))


def _guard(connection: duckdb.DuckDBPyConnection, gone: Sequence[str], *, empty: bool) -> None:
    row = one(
        connection, "SELECT count(*), count(*) FILTER (path IN (SELECT unnest(?))) FROM stored.raws", [list(gone)]
    )
    assert row is not None
    total, vanished = row
    if vanished and (empty or vanished > max(1, MOST_VANISHED * total)):
        raise SourcesVanished(
            f"{vanished} of {total} known sources have gone from the raw folder, {gone[0]} first; "
            "nothing was removed. If that is meant, build again with --accept-removals; "
            "if the folder is emptied after intake, with --keep-removed"
        )


def known_files(connection: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    """Every path that articles or refusals came from -> SHA-256 of its bytes, where it was read to its end."""
    return dict(
        connection.execute(
            "SELECT path, max(sha) FROM (SELECT path, content_sha256 AS sha FROM stored.files UNION ALL "
            "SELECT path, NULL FROM stored.raws UNION ALL SELECT path, NULL FROM stored.refusals) GROUP BY path"
        ).fetchall()
    )


def known_hashes(connection: duckdb.DuckDBPyConnection, read_version: str) -> dict[str, str]:
    """Path -> SHA-256 of the bytes that were last read with this reader."""
    return dict(
        connection.execute(
            "SELECT path, content_sha256 FROM stored.files WHERE read_version = ? AND content_sha256 IS NOT NULL",
            [read_version],
        ).fetchall()
    )


def take(
    connection: duckdb.DuckDBPyConnection,
    *,
    replaced: Iterable[str],
    raws: pl.DataFrame,
    refusals: pl.DataFrame,
    files: pl.DataFrame,
    tallies: Mapping[str, Tally],
) -> None:
    """One transaction: the rows of the replaced paths go, the new ones come, and each name that they touch gets the
    record that stands.

    raws and refusals have the stored columns of their tables (raws without `standing`), files those of `files`. A
    file that is too large for one call is replaced in the first and gets its line in files with the last. tallies of
    raws and refusals hear which rows went and came, over all calls of a run.
    """
    paths = list(replaced)
    with transaction(connection):
        # Connection-local: gone with the turn.
        connection.execute("CREATE OR REPLACE TEMP TABLE touched (document_id VARCHAR)")
        connection.execute(
            "INSERT INTO touched SELECT document_id FROM stored.raws WHERE path IN (SELECT unnest(?))", [paths]
        )
        for table in (RAWS, REFUSALS):
            delete_counted(connection, table, "path IN (SELECT unnest(?))", [paths], tallies[table.name])
        connection.execute("DELETE FROM stored.files WHERE path IN (SELECT unnest(?))", [paths])
        insert_counted(connection, RAWS, raws.with_columns(standing=pl.lit(False)), tallies["raws"])
        insert_counted(connection, REFUSALS, refusals, tallies["refusals"])
        connection.execute("DELETE FROM stored.files WHERE path IN (SELECT unnest(?))", [files["path"].to_list()])
        insert(connection, FILES, files)
        connection.execute("INSERT INTO touched SELECT unnest(?)", [raws["document_id"].to_list()])
        _stand(connection, tallies["refusals"])


def _stand(connection: duckdb.DuckDBPyConnection, refusals: Tally) -> None:
    """Of the records of one name the latest dated stands, then the one that stands first in the folder; the others
    are refused: `repeated` with the same text, `superseded` with another."""
    delete_counted(
        connection,
        REFUSALS,
        "reason IN ('repeated', 'superseded') AND source IN "
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
    connection.execute(
        "UPDATE stored.raws SET standing = (ranked.place = 1) FROM ranked "
        "WHERE ranked.origin = raws.origin AND raws.standing <> (ranked.place = 1)"
    )
    told_twice = query(
        connection,
        f"""
        INSERT INTO stored.refusals (source, content_sha256, bytes, reason, detail, path)
        SELECT loser.origin, loser.content_sha256, loser.bytes,
            CASE WHEN loser.content_sha256 = winner.content_sha256 THEN 'repeated' ELSE 'superseded' END,
            loser.origin || CASE WHEN loser.content_sha256 = winner.content_sha256
                THEN ': the same article with the same text stands in ' || winner.origin
                ELSE ': another edition of the same article stands, in ' || winner.origin END,
            loser.path
        FROM stored.raws AS loser JOIN stored.raws AS winner USING (document_id)
        WHERE loser.document_id IN (FROM touched) AND NOT loser.standing AND winner.standing
        RETURNING {hashes(REFUSALS)}
        """,  # noqa: S608
    )
    refusals.put_in(told_twice)
    _note(connection)


def _note(connection: duckdb.DuckDBPyConnection) -> None:
    """The ledger's lines of the touched names: a document is made from its record and from what was corrected in it."""
    connection.execute("DELETE FROM stored.ledger WHERE stage = ? AND document_id IN (FROM touched)", [ROOT])
    connection.execute(
        """
        INSERT INTO stored.ledger (stage, document_id, fingerprint)
        SELECT ?, document_id, sha256(record_sha256 || extractor || extractor_version || coalesce((
            SELECT string_agg(concat_ws(chr(9), kind, target, value), chr(10) ORDER BY kind, target)
            FROM stored.corrections AS c WHERE c.document_id = raws.document_id
        ), '')) FROM stored.raws WHERE standing AND document_id IN (FROM touched)
        """,
        [ROOT],
    )


def corrected(connection: duckdb.DuckDBPyConnection, lines: Sequence[Correction]) -> bool:
    """Whether the corrections are those that the tables were made with."""
    kept = connection.execute(
        "SELECT line, kind, document_id, target, value, note FROM stored.corrections ORDER BY line"
    ).fetchall()
    return kept == [astuple(line) for line in lines]


def correct(connection: duckdb.DuckDBPyConnection, lines: Sequence[Correction], tally: Tally) -> None:
    """One transaction: these corrections take the place of those before; the documents that they touch become due."""
    if corrected(connection, lines):
        return
    with transaction(connection):
        connection.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT document_id FROM stored.corrections")
        delete_counted(connection, CORRECTIONS, "TRUE", [], tally)
        insert_counted(connection, CORRECTIONS, frame(CORRECTIONS.stored, map(asdict, lines)), tally)
        connection.execute("INSERT INTO touched SELECT document_id FROM stored.corrections")
        _note(connection)


def summary(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """What a build says of the whole: articles, quotes, entities, refusals, and documents that failed."""
    tables = ("documents", "quotes", "entities", "refusals", "failures")
    selected = ", ".join(f"(SELECT count(*) FROM stored.{name}) AS {name}" for name in tables)  # noqa: S608
    row = query(connection, f"SELECT {selected}")
    return {name: int(row[name][0]) for name in tables}


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many raw records stand, how many files or records are refused, how many corrections there are, by table."""
    frame = query(
        connection,
        "SELECT (SELECT count(*) FROM stored.raws WHERE standing) AS raws, "
        "(SELECT count(*) FROM stored.refusals) AS refusals, "
        "(SELECT count(*) FROM stored.corrections) AS corrections",
    )
    return {name: int(frame[name][0]) for name in frame.columns}


def touch(connection: duckdb.DuckDBPyConnection, files: pl.DataFrame) -> None:
    """One transaction: files whose time changed and whose bytes did not get their new time."""
    with transaction(connection):
        connection.execute("DELETE FROM stored.files WHERE path IN (SELECT unnest(?))", [files["path"].to_list()])
        insert(connection, FILES, files)
