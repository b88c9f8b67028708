"""Articles withdrawn on request: the list of them, and the tombstones of releases that hold them.

The lists are files beside the database, not tables: they survive when a database is made again.

    withdrawn.csv   a line an article: names, day, reason, and hashes and sketches of its text under a secret key; never
                    the text. Lists of older programs have the first four columns: such a line matches by name alone
    allowed.csv     a line an article that is nearly a copy of a withdrawn one but may be published
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import duckdb

from pipeline.contract import CORRECTIONS, FILES, LEDGER, RAWS, REFUSALS, SCHEMA_VERSION, ids
from pipeline.corrections import Correction
from warehouse import files
from warehouse.change_counts import Tally
from warehouse.release import parquet, versions
from warehouse.release.site.escape import md
from warehouse.release.site.templates import render
from warehouse.sql import StoreError, fetch_one, transaction
from warehouse.text import one_line
from warehouse.writes import change, delete, delete_counted

FILE = "withdrawn.csv"
ALLOWED_FILE = "allowed.csv"
_CURE = "correct it, or restore the file from a backup: without the list, withdrawn articles are published again"
# Fields that lists of older programs lack.
_LATER = {"made_with", "hashes", "sketches"}


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An article that must not be published. `source` is its name when it was withdrawn. `made_with`, `hashes`
    and `sketches` identify copies of its text (warehouse.withdrawal.texts); they are empty if the text was not
    available."""

    document_id: str
    source: str
    withdrawn_on: str
    reason: str
    made_with: str = ""
    hashes: str = ""
    sketches: str = ""

    @property
    def detail(self) -> str:
        """The detail in `refusals`."""
        return f"withdrawn on {self.withdrawn_on}" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Allowed:
    """An article that may be published with a text that has one of these hashes, even if it is a copy."""

    document_id: str
    source: str
    allowed_on: str
    hashes: str


def withdrawn(folder: Path) -> dict[str, Withdrawal]:
    """Return document_id -> withdrawal of the warehouse in `folder`. Raises StoreError, which names the wrong line."""
    return {fetch_one.document_id: fetch_one for fetch_one in _read(folder / FILE, Withdrawal)}


def find_by_name(withdrawals: Mapping[str, Withdrawal], name: str) -> list[Withdrawal]:
    """Return the withdrawals of the articles that have this document_id, source or URL."""
    made = ids.document_id(name)
    return [
        fetch_one
        for fetch_one in withdrawals.values()
        if name in (fetch_one.document_id, fetch_one.source) or fetch_one.document_id == made
    ]


def allowed(folder: Path) -> dict[str, Allowed]:
    """Return document_id -> its permission. Raises StoreError, which names the wrong line."""
    return {fetch_one.document_id: fetch_one for fetch_one in _read(folder / ALLOWED_FILE, Allowed)}


def write_withdrawn_list(folder: Path, withdrawals: Mapping[str, Withdrawal]) -> None:
    """Replace the list of withdrawn articles atomically."""
    _write(folder / FILE, Withdrawal, withdrawals)


def note_allowed(folder: Path, permissions: Mapping[str, Allowed]) -> None:
    """Replace the list of allowed articles atomically."""
    _write(folder / ALLOWED_FILE, Allowed, permissions)


def _read[T: (Withdrawal, Allowed)](path: Path, kind: type[T]) -> list[T]:
    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8")), strict=True))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StoreError(f"{path}: cannot be read: {one_line(error)}; {_CURE}") from error
    names = [f.name for f in fields(kind)]
    old = [name for name in names if name not in _LATER]
    if not lines or lines[0] not in (names, old):
        raise StoreError(f"{path}: line 1 is not {','.join(names)}; {_CURE}")
    wanted = len(lines[0])
    for number, line in enumerate(lines[1:], 2):
        if len(line) != wanted:
            raise StoreError(f"{path}: record {number} has {len(line)} fields, not {wanted}; {_CURE}")
    return [kind(*line) for line in lines[1:]]


def _write[T: (Withdrawal, Allowed)](path: Path, kind: type[T], rows: Mapping[str, T]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f.name for f in fields(kind)])
    writer.writerows(astuple(rows[name]) for name in sorted(rows))
    files.atomic_write(path, text.getvalue())


def corrections_kept(lines: Iterable[Correction], withdrawals: Collection[str]) -> list[Correction]:
    """Return the corrections that may be kept: those of withdrawn articles hold their words."""
    return [line for line in lines if line.document_id not in withdrawals]


def compared_digest(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the digest of the withdrawals that the raw texts were last compared with, from `store_compared_digest`."""
    row = fetch_one(
        connection, "SELECT comment FROM duckdb_tables() WHERE schema_name = 'stored' AND table_name = 'raws'"
    )
    return row[0] if row else None


def store_compared_digest(connection: duckdb.DuckDBPyConnection, digest: str | None) -> None:
    """Note in the database that its raw texts were compared with the withdrawals of this digest (hexadecimal)."""
    connection.execute(f"COMMENT ON TABLE stored.raws IS {'NULL' if digest is None else repr(digest)}")


def raws(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str, str | None, str]]:
    """Yield origin, document_id, source, url and text of every raw record, in batches."""
    reader = connection.sql("SELECT origin, document_id, source, url, text FROM stored.raws").to_arrow_reader(1_000)
    for batch in reader:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def refuse_raw_records(
    connection: duckdb.DuckDBPyConnection,
    held: Mapping[str, str],
    removed: Collection[str],
    tallies: Mapping[str, Tally],
) -> None:
    """Turn raw records into refusals, and delete corrections of the articles in `removed`. Call in a transaction.
    `held` maps the origin of a record to the refusal's detail; tallies of raws, refusals and corrections count deleted
    and inserted rows."""
    origins, details = list(held), list(held.values())
    delete_counted(
        connection, CORRECTIONS, "document_id IN (SELECT unnest(?))", [list(removed)], tallies["corrections"]
    )
    delete_counted(connection, REFUSALS, "source IN (SELECT unnest(?))", [origins], tallies["refusals"])
    change(
        connection,
        REFUSALS,
        """
        INSERT INTO stored.refusals (source, content_sha256, bytes, reason, detail, path)
        SELECT origin, NULL, bytes, 'withdrawn', concat(origin, ': ', said.detail), path
        FROM stored.raws JOIN (SELECT unnest($origins) AS origin, unnest($details) AS detail) AS said USING (origin)
        """,
        {"origins": origins, "details": details},
        1,
        tallies["refusals"],
    )
    names = "document_id IN (SELECT document_id FROM stored.raws WHERE origin IN (SELECT unnest(?)))"
    delete(connection, LEDGER, f"stage = 'raws' AND {names}", [origins])
    delete_counted(connection, RAWS, "origin IN (SELECT unnest(?))", [origins], tallies["raws"])


def take_out_at_once(connection: duckdb.DuckDBPyConnection, removed: Sequence[Withdrawal]) -> None:
    """Turn all raw records of these articles into refusals, in one transaction."""
    details = {one.document_id: one.detail for one in removed}
    sql = "SELECT origin, document_id FROM stored.raws WHERE document_id IN (SELECT unnest(?)) ORDER BY 1"
    held = {origin: details[name] for origin, name in connection.execute(sql, [list(details)]).fetchall()}
    with transaction(connection):
        refuse_raw_records(connection, held, list(details), defaultdict(Tally))
    connection.execute("CHECKPOINT")


def read_again(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the next build read every file that holds a withdrawn record again, in one transaction."""
    with transaction(connection):
        delete(connection, FILES, "path IN (SELECT path FROM stored.refusals WHERE reason = 'withdrawn')")


type Found = list[tuple[str, str, tuple[str, ...]]]


def stored(connection: duckdb.DuckDBPyConnection, name: str) -> Found:
    """Return (document_id, source, texts of all editions) of the raw records with this id, source, URL or origin."""
    sql = (
        "SELECT document_id, first(source ORDER BY standing DESC, origin), list(DISTINCT text) FROM stored.raws "
        "WHERE document_id IN (SELECT document_id FROM stored.raws WHERE $name IN (document_id, source, url, origin)) "
        "GROUP BY 1 ORDER BY 1"
    )
    return _found(connection.execute(sql, {"name": name}).fetchall())


def released(releases: Path, name: str) -> Found:
    """Return (document_id, source, the text if it is published) of the articles that have this id, source or URL in the
    newest release that has one."""
    for version in reversed(versions.versions(releases)):
        with parquet.reader() as released:
            parquet.attach(
                released, releases / version, {"documents": versions.record(releases / version).files["documents"]}
            )
            rows = released.execute(
                "SELECT document_id, source, [text] FROM documents "
                "WHERE $name IN (document_id, source, url) ORDER BY 1",
                {"name": name},
            ).fetchall()
        if rows:
            return _found(rows)
    return []


def _found(rows: Iterable[tuple[Any, ...]]) -> Found:
    return [(str(a), str(b), tuple(text for text in texts if text)) for a, b, texts in rows]


def refused_path(connection: duckdb.DuckDBPyConnection, source: str) -> str | None:
    """Return the path of the file whose record is listed as withdrawn under this source in `refusals`."""
    row = fetch_one(connection, "SELECT path FROM stored.refusals WHERE reason = 'withdrawn' AND source = ?", [source])
    return str(row[0]) if row else None


def copies(connection: duckdb.DuckDBPyConnection, document_id: str) -> list[str]:
    """Return the ids of other articles that repeat this one's text according to the last build, by source."""
    rows = connection.execute(
        """
        WITH pairs AS (SELECT document_id AS one, duplicate_of AS other FROM stored.duplicates
            WHERE duplicate_of IS NOT NULL),
        same AS (
            SELECT other AS id FROM pairs WHERE one = $id UNION SELECT one FROM pairs WHERE other = $id
            UNION SELECT b.one FROM pairs AS a JOIN pairs AS b USING (other) WHERE a.one = $id
        )
        SELECT document_id FROM stored.raws WHERE standing AND document_id IN (FROM same) AND document_id <> $id
        ORDER BY source
        """,
        {"id": document_id},
    ).fetchall()
    return [str(row[0]) for row in rows]


def write_tombstones(releases: Path, withdrawals: Mapping[str, Withdrawal], successor: str) -> list[str]:
    """Replace every release but `successor` that holds a withdrawn article by a tombstone. Returns their versions,
    oldest first."""
    if not withdrawals:
        return []
    buried = []
    for version in versions.versions(releases):
        if version == successor:
            continue
        kept = versions.record(releases / version)
        held = _held(releases / version, kept.files["documents"], withdrawals)
        if held:
            with versions.staging(releases, version, instead=True) as folder:
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


def _tombstone(folder: Path, kept: versions.Record, removed: Sequence[Withdrawal], successor: str) -> None:
    """Write a tombstone: the release that it replaces, its successor, and the withdrawn articles."""
    content: dict[str, Any] = {
        "version": kept.version,
        "released_on": kept.released_on,
        "schema_version": SCHEMA_VERSION,
        "successor": successor,
        "withdrawn": [{"document_id": w.document_id, "withdrawn_on": w.withdrawn_on} for w in removed],
    }
    versions.write_json(folder / versions.TOMBSTONE, content)
    many = "an article" if len(removed) == 1 else f"{len(removed)} articles"
    text = (
        f"Release {kept.version} of {kept.released_on} was withdrawn, because it contained {many} that had to "
        f"be removed. Release {successor} replaces it."
    )
    (folder / "README.md").write_text(f"# Withdrawn\n\n{md(text)}\n", encoding="utf-8")
    (folder / "index.html").write_text(render("withdrawn.html", text=text), encoding="utf-8")
