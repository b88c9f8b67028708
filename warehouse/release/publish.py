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

from pipeline.contract import SCHEMA_VERSION
from warehouse import integrity, ledger, quarantine
from warehouse.lock import hold_lock
from warehouse.release import audit, damage_check, diff, figures, parquet, parts, tables, versions
from warehouse.release.formats import card, citation, descriptions, duckdb_file, exports
from warehouse.release.rights import Terms
from warehouse.release.site import conflicts, page, profiles, quotations, search
from warehouse.release.tasks import Call, Staged, read_tables
from warehouse.release.versions import PART_ROWS, Record
from warehouse.shard_tasks import RunTasks, run_here
from warehouse.sql import quoted
from warehouse.store import Store
from warehouse.text import counted
from warehouse.verdicts import blocks
from warehouse.withdrawal import lists

# Raise it when the files of a release change for the same rows: the next build then makes a release.
RELEASE_FORMAT = "7"
# With fewer articles, what is made from the tables is one task: opening their files takes longer than each part of it.
FEW_ARTICLES = 2_000


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
    run: RunTasks = run_here,
) -> Release:
    """Publish the current store, or return the newest release if nothing has changed since.

    `required` names the checks that must have been run on exactly this state and have passed (those of severity warn
    may fail), `max_quarantined` the share of articles (0 to 1) that may be quarantined; a table of more than
    `part_rows` rows is written in parts, of which those of the newest release are linked. `run` runs the tasks that
    write the files. Raises ReleaseRefused before anything is written, also if another program has changed rows;
    StoreError when the store is held; EngineError if workers keep dying.
    """
    releases = store.releases
    with store.open():
        pass  # the tables get the program's shape, and logs of killed processes are replayed
    # Tasks of other processes read the database while this one holds the lock.
    with store.locked():
        state, verdicts = _checked(store, required, max_quarantined)
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
            digests: dict[str, str] = {}
            with (
                versions.task_folder(releases, version) as place,
                versions.staging(releases, version, digests=digests) as folder,
            ):
                staged = Staged(folder, place, run, digests)
                record = tables.write(store, terms, staged, record, last)
                if store.unverified():
                    raise ReleaseRefused("another program has changed the database while it was released; build again")
                marks = _audit(store.folder)
                if marks is not None:
                    (folder / audit.FILE).write_bytes(marks)
                describe_release(staged, record, verdicts, last)
                others = [name for name in versions.contents(folder) if name != versions.RECORD]
                versions.write_record(folder, replace(record, digests={name: staged.digest(name) for name in others}))
            versions.link_latest(releases)
            lists.write_tombstones(releases, withdrawn, version)
    return Release(version, releases / version, True, record.rows, record.withheld, record.articles)


def _checked(store: Store, required: Collection[str], max_quarantined: float) -> tuple[str, list[dict[str, Any]]]:
    """Return the state of the tables and the verdicts. Raises ReleaseRefused if they do not allow a release."""
    with store.unlocked() as connection:
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
    return state, verdicts


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
    if any(parts.split_by_size(table, names) for table, names in kept.files.items()):
        return None  # an earlier program made it
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
    """Return the results of the manual audit in the warehouse folder, or None if there are none."""
    try:
        return (folder / audit.FILE).read_bytes()
    except FileNotFoundError:
        return None


def _made_by(engine_version: str) -> str:
    return f"onrecord {engine_version}, form {RELEASE_FORMAT}"


def describe_release(staged: Staged, record: Record, verdicts: Sequence[dict[str, Any]], last: Path | None) -> None:
    """Write all other files from the Parquet files: descriptions, changes, the DuckDB copy, the page."""
    folder = staged.folder
    with parquet.reader(scratch=staged.place) as connection:
        parquet.attach(connection, folder, record.files)
        totals = figures.figures(connection)
        pages = profiles.count_pages(connection)
    shared = {"citation": citation.citation(record, totals), "heading": page.heading(record, totals)}

    # Those that take longest first.
    calls: dict[str, Call] = {
        "search": (search.write, {}),
        "speakers": (profiles.write_speakers, {"pages": pages, **shared}),
        "statements": (profiles.write_statements, {"pages": pages, **shared}),
        **{file: (exports.write, {"file": file}) for file in exports.FILES},
        "quotations": (quotations.write, {"pages": pages, **shared}),
        "charts": (page.look_up, {"record": record, "figures": totals}),
        "conflicts": (conflicts.write, shared),
        "attribution": (page.write_attribution, {"heading": shared["heading"]}),
    }
    values = _run(staged, record, calls, last)
    named = [name for names in record.files.values() for name in names] + [diff.FILE]
    digests = {name: staged.digest(name) for name in named}
    croissant = descriptions.croissant(folder, record, totals, digests, shared["citation"])
    versions.write_json(folder / "datapackage.json", descriptions.datapackage(record, totals, digests))
    versions.write_json(folder / "croissant.json", croissant)
    versions.write_json(folder / "validation.json", descriptions.validation(record, verdicts))
    (folder / citation.FILE).write_text(
        citation.cff(record, citation.title_of(record, totals), descriptions.DESCRIPTION), encoding="utf-8"
    )
    (folder / "README.md").write_text(card.card(folder, record, totals, verdicts), encoding="utf-8")
    numbers = page.Files(values["search"], pages, values["conflicts"], values["quotations"])
    page.write(folder, record, totals, values["charts"], numbers, staged.digest)


def _run(staged: Staged, record: Record, calls: Mapping[str, Call], last: Path | None) -> dict[str, Any]:
    """Run the calls on the tables as tasks, and write onrecord.duckdb and the changes. Returns name -> value."""
    groups = [list(calls)] if record.rows["documents"] < FEW_ARTICLES else [[name] for name in calls]
    released = {"release": staged.folder, "files": record.files}
    named = {"release": staged.folder, "record": record}
    *values, _, _ = staged.write(
        [
            *(
                staged.task(", ".join(group), read_tables, {**released, "calls": [calls[name] for name in group]})
                for group in groups
            ),
            staged.task("DuckDB file", duckdb_file.write, named),
            staged.task("changes", diff.write, {**named, "last": last}),
        ]
    )
    return {
        name: value
        for group, found in zip(groups, values, strict=True)
        for name, value in zip(group, found, strict=True)
    }


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
