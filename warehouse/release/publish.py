"""Write a release folder if all checks passed: completely, or not at all.

Only the Parquet files and validation.json are made from the store. All other files are made from them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipeline.contract import PUBLISHED, SCHEMA_VERSION
from warehouse import integrity, ledger, quarantine
from warehouse.release import audit, damage_check, diff, figures, parquet, rights, versions
from warehouse.release.formats import card, citation, descriptions, duckdb_file, exports
from warehouse.release.parts import Earlier
from warehouse.release.rights import Terms
from warehouse.release.site import page
from warehouse.release.versions import PART_ROWS, Record
from warehouse.sql import quoted
from warehouse.store import Store, hold_lock
from warehouse.text import counted
from warehouse.verdicts import blocks
from warehouse.withdrawal import lists

# Raise it when the files of a release change for the same rows: the next build then makes a release.
RELEASE_FORMAT = "7"


class ReleaseRefused(RuntimeError):
    """A required check failed, is stale or is missing: one line each."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release on disk.

    new       whether this call wrote it
    rows      table -> rows
    withheld  `table.column` -> values that are null because of rights
    articles  number of articles (`all`), and of those whose prose is withheld (`closed`)
    """

    version: str
    folder: Path
    new: bool
    rows: dict[str, int]
    withheld: dict[str, int]
    articles: dict[str, int]


def publish(
    store: Store,
    terms: Terms,
    required: Collection[str],
    released_on: date,
    engine_version: str,
    max_quarantined: float = 0.0,
    part_rows: int = PART_ROWS,
) -> Release:
    """Publish the current store, or return the newest release if nothing has changed since.

    `required` names the checks that must have been run on exactly this state and have passed (those of severity warn
    may fail), `max_quarantined` the share of articles (0 to 1) that may be quarantined; a table of more than
    `part_rows` rows is written in parts, of which those of the newest release are linked. Raises ReleaseRefused before
    anything is written, also if another program has changed rows; StoreError when the store is held.
    """
    releases = store.releases
    with store.open() as connection:
        try:
            integrity.check_in(store, connection)
        except integrity.RowsDiffer as error:
            raise ReleaseRefused(str(error)) from error
        state = ledger.state(connection)
        verdicts = _verdicts(connection)
        require_passed(verdicts, required, state)
        excess = quarantine.excess_message(connection, max_quarantined)
        if excess:
            raise ReleaseRefused(excess)
        with hold_lock(store.folder / "releases.lock", store.lock_seconds, "the releases folder"):
            versions.remove_leftovers(releases)
            withdrawn = lists.withdrawn(store.folder)
            unchanged = reusable_release(store, state, terms, engine_version, part_rows)
            if unchanged is not None:
                # A run that was killed between release and tombstones did not write these.
                lists.write_tombstones(releases, withdrawn, unchanged.version)
                return unchanged
            known = versions.versions(releases)
            last = releases / known[-1] if known else None
            version = versions.next_version(versions.names(releases), released_on)
            made_by, day = _made_by(engine_version), released_on.isoformat()
            record = Record(
                version, day, SCHEMA_VERSION, made_by, state, asdict(terms), {}, {}, {}, {}, part_rows=part_rows
            )
            with versions.staging(releases, version) as folder:
                record = _tables(connection, terms, folder, record, last)
                marks = _audit(store.folder)
                if marks is not None:
                    (folder / audit.FILE).write_bytes(marks)
                describe_release(folder, record, verdicts, last)
                digests = {n: versions.sha256(folder / n) for n in versions.contents(folder) if n != versions.RECORD}
                versions.write_record(folder, replace(record, digests=digests))
            versions.link_latest(releases)
            lists.write_tombstones(releases, withdrawn, version)
    return Release(version, releases / version, True, record.rows, record.withheld, record.articles)


def reusable_release(store: Store, state: str, terms: Terms, engine_version: str, part_rows: int) -> Release | None:
    """Return the newest release if this program made it from this state of the tables on these terms.

    Raises ReleaseRefused if it is damaged.
    """
    found = verified_newest(store)
    if found is None:
        return None
    folder, kept = found
    if _audit(store.folder) != _audit(folder):
        return None
    if (kept.state, kept.terms, kept.schema_version, kept.made_by, kept.part_rows) != (
        state,
        asdict(terms),
        SCHEMA_VERSION,
        _made_by(engine_version),
        part_rows,
    ):
        return None
    return Release(kept.version, folder, False, kept.rows, kept.withheld, kept.articles)


def verified_newest(store: Store) -> tuple[Path, Record] | None:
    """Return the folder and the record of the newest release, or None if there is no release.

    Raises ReleaseRefused if a build's check finds damage (warehouse.release.damage_check), or the link `latest` cannot
    be made: the next release would be compared with files that differ from those released."""
    releases = store.releases
    taken = versions.latest_link_problem(releases)
    if taken is not None:
        raise ReleaseRefused(taken)
    known = versions.versions(releases)
    if not known:
        return None
    folder = releases / known[-1]
    try:
        kept = versions.record(folder)
        problem = damage_check.first_damage(folder)
    except versions.DamagedRelease as error:
        problem = str(error)
    if problem is not None:
        raise ReleaseRefused(
            f"the newest release is damaged; move {folder} away and build again, which restores it from the "
            f"warehouse: {problem}"
        )
    return folder, kept


def _audit(folder: Path) -> bytes | None:
    try:
        return (folder / audit.FILE).read_bytes()
    except FileNotFoundError:
        return None


def _made_by(engine_version: str) -> str:
    return f"onrecord {engine_version}, form {RELEASE_FORMAT}"


def describe_release(folder: Path, record: Record, verdicts: Sequence[dict[str, Any]], last: Path | None) -> None:
    """Write all other files from the Parquet files: descriptions, changes, the DuckDB copy, the page."""
    with parquet.reader() as connection:
        parquet.attach(connection, folder, record.files)
        counted = figures.figures(connection)
        (folder / "ATTRIBUTION.md").write_text(card.attribution(connection), encoding="utf-8")
    if last is None:
        text = diff.first(record)
        diff.write_first(folder / diff.FILE)
    else:
        text = diff.markdown(diff.changes(last, folder, folder / diff.FILE))
    (folder / "CHANGES.md").write_text(text, encoding="utf-8")
    described = [name for names in record.files.values() for name in names] + [diff.FILE]
    digests = {name: versions.sha256(folder / name) for name in described}
    croissant = descriptions.croissant(folder, record, counted, digests, citation.citation(record, counted))
    versions.write_json(folder / "datapackage.json", descriptions.datapackage(record, counted, digests))
    versions.write_json(folder / "croissant.json", croissant)
    versions.write_json(folder / "validation.json", descriptions.validation(record, verdicts))
    (folder / citation.FILE).write_text(
        citation.cff(record, citation.title_of(record, counted), descriptions.DESCRIPTION), encoding="utf-8"
    )
    (folder / "README.md").write_text(card.card(folder, record, counted, verdicts), encoding="utf-8")
    duckdb_file.write(folder, record)
    with parquet.reader() as connection:
        parquet.attach(connection, folder, record.files)
        exports.write(connection, folder)
        page.write(connection, folder, record, counted)


def require_passed(verdicts: Collection[dict[str, Any]], required: Collection[str], state: str) -> None:
    """Raise ReleaseRefused with one line per required check that is missing, stale, or failed at severity error.

    If `required` maps each check to its definition, a verdict on another definition is stale, too: the changed rule is
    not known to hold.
    """
    known = {verdict["check"]: verdict for verdict in verdicts}
    asked = required if isinstance(required, Mapping) else {}
    problems = []
    for check in sorted(set(required)):
        verdict = known.get(check)
        if verdict is None:
            problems.append(f"{check}: missing (never judged)")
        elif verdict["state"] != state:
            problems.append(f"{check}: stale (run on another state of the tables)")
        elif blocks(verdict["passed"], verdict["severity"]):
            problems.append(f"{check}: failed ({verdict['found']:,} of {counted(verdict['judged'], 'row')})")
        elif verdict["made_from"] != asked.get(check, verdict["made_from"]):
            problems.append(f"{check}: stale (its definition, or what is accepted, has changed since)")
    if problems:
        raise ReleaseRefused("\n".join(problems))


def _verdicts(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the verdicts without their examples, which quote the store."""
    names = ("check", "table", "promise", "severity", "passed", "found", "judged", "detail", "state", "made_from")
    columns = ", ".join(quoted(name) for name in names)
    cursor = connection.execute(f'SELECT {columns} FROM stored.verdicts ORDER BY "check"')  # noqa: S608
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _tables(
    connection: duckdb.DuckDBPyConnection, terms: Terms, folder: Path, empty: Record, last: Path | None
) -> Record:
    """Write every published table as Parquet, and the record. Returns it with rows, files, articles and withheld
    values."""
    closed = rights.prepare(connection, terms)
    rows: dict[str, int] = {}
    files: dict[str, list[str]] = {}
    withheld: dict[str, int] = {}
    rules = rights.rules(terms)
    earlier = _earlier(last, empty.made_by)
    for table in PUBLISHED:
        written = parquet.write(connection, table, rules[table.name], folder, empty.part_rows, earlier)
        files[table.name], rows[table.name] = written.names, written.rows
        withheld |= {f"{table.name}.{name}": number for name, number in written.withheld.items()}
        # The next table reads other columns; buffers of all tables would grow with the store.
        parquet.release_buffers(connection)
    articles = {"all": rows["documents"], "closed": closed}
    record = replace(empty, rows=rows, files=files, articles=articles, withheld=withheld)
    versions.write_record(folder, record)
    return record


def _earlier(last: Path | None, made_by: str) -> Earlier | None:
    """Return the previous release, if this program made it: then a file with the same rows has the same bytes."""
    if last is None:
        return None
    kept = versions.record(last)
    return Earlier(last, kept.digests) if kept.made_by == made_by else None
