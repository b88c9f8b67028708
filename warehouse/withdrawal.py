"""Articles withdrawn on request: the list of them, and what takes the place of releases that hold them.

Belongs here: the warehouse's list of withdrawn articles, taking them out of the raw tables, tombstones. Does not
belong here: refusing their records when they are read again (assets.derive asks `withdrawn`), the folders
(warehouse.shelf).

The list is a file beside the database, `withdrawn.csv`, not a table: it outlives a database that is made anew. A line
holds names, a day and a reason; never the text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import duckdb

from pipeline.tables import RAWS, REFUSALS, SCHEMA_VERSION
from warehouse import parquet, shelf
from warehouse.markup import md, tag
from warehouse.store import Store, StoreError, delete_counted, first_line, one, query, transaction
from warehouse.tally import Tally, hashes

FILE = "withdrawn.csv"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An article that must not be published. `source` is its name when it was withdrawn."""

    document_id: str
    source: str
    withdrawn_on: str
    reason: str

    @property
    def detail(self) -> str:
        """What `refusals` says of it."""
        return f"withdrawn on {self.withdrawn_on}" + (f": {self.reason}" if self.reason else "")


def withdrawn(folder: Path) -> dict[str, Withdrawal]:
    """document_id -> its withdrawal, of the warehouse in `folder`. Raises StoreError with the line that is wrong."""
    path = folder / FILE
    cure = "mend it, or restore the file from a backup: without the list, withdrawn articles come back"
    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8")), strict=True))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StoreError(f"{path}: cannot be read: {first_line(error)}; {cure}") from error
    head = [f.name for f in fields(Withdrawal)]
    if not lines or lines[0] != head:
        raise StoreError(f"{path}: line 1 is not {','.join(head)}; {cure}")
    found = {}
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(head):
            raise StoreError(f"{path}: record {number} has {len(line)} fields, not {len(head)}; {cure}")
        found[line[0]] = Withdrawal(*line)
    return found


def note(folder: Path, withdrawals: Mapping[str, Withdrawal]) -> None:
    """Write the list, whole, in one step."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f.name for f in fields(Withdrawal)])
    writer.writerows(astuple(withdrawals[name]) for name in sorted(withdrawals))
    fresh = folder / f".{FILE}.partial"
    fresh.write_text(text.getvalue(), encoding="utf-8")
    fresh.replace(folder / FILE)


def due(connection: duckdb.DuckDBPyConnection, withdrawals: Collection[str]) -> bool:
    """Whether a withdrawn article still stands among the raw texts."""
    sql = "SELECT EXISTS (FROM stored.raws WHERE document_id IN (SELECT unnest(?)))"
    row = one(connection, sql, [list(withdrawals)])
    return bool(row and row[0])


def take_out(
    connection: duckdb.DuckDBPyConnection, withdrawals: Mapping[str, Withdrawal], tallies: Mapping[str, Tally]
) -> int:
    """One transaction: withdrawn articles leave the raw texts and become refusals. Returns how many records. tallies of
    raws and refusals hear which rows went and came."""
    frame = query(
        connection,
        "SELECT origin, document_id FROM stored.raws WHERE document_id IN (SELECT unnest(?)) ORDER BY origin",
        [list(withdrawals)],
    )
    if frame.is_empty():
        return 0
    origins, names = frame["origin"].to_list(), list(withdrawals)
    details = [withdrawals[name].detail for name in frame["document_id"]]
    with transaction(connection):
        delete_counted(connection, REFUSALS, "source IN (SELECT unnest(?))", [origins], tallies["refusals"])
        refused = query(
            connection,
            f"""
            INSERT INTO stored.refusals (source, content_sha256, bytes, reason, detail, path)
            SELECT origin, NULL, bytes, 'withdrawn', concat(origin, ': ', said.detail), path
            FROM stored.raws JOIN (SELECT unnest($origins) AS origin, unnest($details) AS detail) AS said USING (origin)
            RETURNING {hashes(REFUSALS)}
            """,  # noqa: S608
            {"origins": origins, "details": details},
        )
        tallies["refusals"].put_in(refused)
        theirs = "document_id IN (SELECT unnest(?))"
        delete_counted(connection, RAWS, theirs, [names], tallies["raws"])
        connection.execute(f"DELETE FROM stored.ledger WHERE stage = 'raws' AND {theirs}", [names])  # noqa: S608
    return frame.height


def read_again(connection: duckdb.DuckDBPyConnection) -> None:
    """One transaction: the next build reads every file that holds a withdrawn record once more."""
    with transaction(connection):
        connection.execute(
            "DELETE FROM stored.files WHERE path IN (SELECT path FROM stored.refusals WHERE reason = 'withdrawn')"
        )


def find(store: Store, name: str) -> list[tuple[str, str]]:
    """(document_id, source) of the articles that go by this id, source or URL, in the store or in a release."""
    with store.open() as connection:
        rows = connection.execute(
            "SELECT DISTINCT document_id, source FROM stored.raws "
            "WHERE $name IN (document_id, source, url, origin) ORDER BY 1",
            {"name": name},
        ).fetchall()
    if rows:
        return [(str(a), str(b)) for a, b in rows]
    for version in reversed(shelf.versions(store.folder / "releases")):
        folder = store.folder / "releases" / version
        with parquet.reader() as connection:
            parquet.attach(connection, folder, {"documents": shelf.record(folder).files["documents"]})
            rows = connection.execute(
                "SELECT document_id, source FROM documents WHERE $name IN (document_id, source, url) ORDER BY 1",
                {"name": name},
            ).fetchall()
        if rows:
            return [(str(a), str(b)) for a, b in rows]
    return []


def copies(connection: duckdb.DuckDBPyConnection, document_id: str) -> list[str]:
    """Sources of other articles that repeat this one's text, as far as the last build found them."""
    rows = connection.execute(
        """
        WITH pairs AS (SELECT document_id AS one, duplicate_of AS other FROM stored.duplicates
            WHERE duplicate_of IS NOT NULL),
        same AS (
            SELECT other AS id FROM pairs WHERE one = $id UNION SELECT one FROM pairs WHERE other = $id
            UNION SELECT b.one FROM pairs AS a JOIN pairs AS b USING (other) WHERE a.one = $id
        )
        SELECT source FROM stored.raws WHERE standing AND document_id IN (FROM same) AND document_id <> $id
        ORDER BY source
        """,
        {"id": document_id},
    ).fetchall()
    return [str(row[0]) for row in rows]


def entomb(releases: Path, withdrawals: Mapping[str, Withdrawal], successor: str) -> list[str]:
    """Put a tombstone in the place of every release but `successor` that holds a withdrawn article. Returns their
    versions, oldest first."""
    if not withdrawals:
        return []
    buried = []
    for version in shelf.versions(releases):
        if version == successor:
            continue
        kept = shelf.record(releases / version)
        held = _held(releases / version, kept.files["documents"], withdrawals)
        if held:
            with shelf.staging(releases, version, instead=True) as folder:
                _tombstone(folder, kept, [withdrawals[name] for name in held], successor)
            buried.append(version)
    return buried


def _held(folder: Path, files: Sequence[str], withdrawals: Mapping[str, Withdrawal]) -> list[str]:
    with parquet.reader() as connection:
        parquet.attach(connection, folder, {"documents": files})
        rows = connection.execute(
            "SELECT document_id FROM documents WHERE document_id IN (SELECT unnest(?)) ORDER BY 1",
            [list(withdrawals)],
        ).fetchall()
    return [str(row[0]) for row in rows]


def _tombstone(folder: Path, kept: shelf.Record, gone: Sequence[Withdrawal], successor: str) -> None:
    """What stands where the release stood: which it was, what took its place, and which articles were asked out."""
    said: dict[str, Any] = {
        "version": kept.version,
        "released_on": kept.released_on,
        "schema_version": SCHEMA_VERSION,
        "successor": successor,
        "withdrawn": [{"document_id": w.document_id, "withdrawn_on": w.withdrawn_on} for w in gone],
    }
    shelf.write_json(folder / shelf.TOMBSTONE, said)
    many = "an article" if len(gone) == 1 else f"{len(gone)} articles"
    text = (
        f"Release {kept.version} of {kept.released_on} was withdrawn, because {many} in it had to be. "
        f"Release {successor} took its place."
    )
    (folder / "README.md").write_text(f"# Withdrawn\n\n{md(text)}\n", encoding="utf-8")
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Withdrawn</title>'
        f"<h1>Withdrawn</h1><p>{tag(text)}</p></html>\n",
        encoding="utf-8",
    )
