"""Status of a warehouse: last build and release, pending and failed work, automation, problems."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from assets.build.incremental import steps
from assets.build.intake import raise_if_stopped
from assets.feeds.run import summary
from assets.settings import SettingError, Settings
from pipeline import read
from pipeline.stages import CORPUS_STAGES
from warehouse import failures, intake, ledger, pending, quarantine
from warehouse.files import RELEASES
from warehouse.refusals import by_reason
from warehouse.release import versions
from warehouse.sql import StoreError
from warehouse.store import READ_LOCK_SECONDS, Store
from warehouse.text import counted, one_line

# A daily build has two hours; after two missed days it is certainly late.
LATE, TOO_LATE = timedelta(hours=26), timedelta(hours=50)
# The job that builds, its schedule, and the asset that it ends with.
JOB, DAILY, RELEASE = "build", "daily_build", "release"
# Runs read at once until one is a build; others are runs of single assets.
RUNS_AT_ONCE = 200
# A build that holds the warehouse this long misses the next daily one.
BUILD_FAILS = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Build:
    """A run that was to make a release: its id, Dagster's term for its state, when it began and ended (UTC)."""

    run_id: str
    state: str
    began: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """Status of a warehouse for its operator.

    build       the newest run of the job `build`; succeeded: when one last ended with a release (UTC)
    release     the newest version and when it was written (UTC), if there is one
    files       numbers of new or changed, and of deleted raw files; None if the folder cannot be read
    outdated_stages
                stages with pending documents, in order
    failed      articles on which a stage failed, by stage
    refused     files and records that were not taken in, by reason
    feeds       numbers of feeds, of those never fetched and failing, and of articles that wait
    readable    whether the database could be read; if not, what it holds is not known
    automation  schedules and sensors that are started
    problems    what needs a person, a line each
    """

    warehouse: str
    raw: str
    articles: int = 0
    build: Build | None = None
    succeeded: datetime | None = None
    release: tuple[str, datetime] | None = None
    files: tuple[int, int] | None = None
    behind: tuple[str, ...] = ()
    failed: Mapping[str, int] = field(default_factory=dict)
    quarantined: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    feeds: Mapping[str, int] = field(default_factory=dict)
    automation: tuple[str, ...] = ()
    readable: bool = True
    database_bytes: int = 0
    free_bytes: int = 0
    problems: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return values for JSON; times in ISO 8601."""
        found = asdict(self)
        build = found["build"]
        if build is not None:
            found["build"] = {key: _iso(value) if key in ("began", "ended") else value for key, value in build.items()}
        found["succeeded"] = _iso(self.succeeded)
        if self.release is not None:
            found["release"] = {"version": self.release[0], "written": _iso(self.release[1])}
        if self.files is not None:
            found["files"] = {"new or changed": self.files[0], "gone": self.files[1]}
        return found


def subjects(found: Status) -> dict[str, str]:
    """Return the status for users: subject -> a line on it."""
    build, release = found.build, found.release
    lines = {
        "warehouse": f"{found.warehouse}, raw folder {found.raw}",
        "last build": "none" if build is None else _build(build),
        "release": "none" if release is None else f"{release[0]}, written {_minute(release[1])}",
        "articles": f"{found.articles:,}; {found.quarantined:,} quarantined; failed: {_counts(found.failed)}",
        "refused": _counts(found.refused),
        "raw folder": _compared(found.files),
        "behind": ", ".join(found.behind) or "no stage",
        "feeds": _counts({name: number for name, number in found.feeds.items() if number}),
        "automation": ", ".join(found.automation) or "none is started",
        "disk": f"{found.database_bytes / 1e6:,.0f} MB in the database, {found.free_bytes / 1e9:,.1f} GB free",
    }
    if not found.readable:
        lines |= dict.fromkeys(("articles", "refused", "behind"), "not known: the database cannot be read")
        lines["disk"] = f"{found.free_bytes / 1e9:,.1f} GB free"
    return lines


def _build(build: Build) -> str:
    when = f"since {_minute(build.began)}" if build.ended is None else _minute(build.ended)
    return f"{build.state}, {when} (run {build.run_id[:8]})"


def _compared(files: tuple[int, int] | None) -> str:
    if files is None:
        return "not compared"
    new, gone = files
    return f"{counted(new, 'file')} new or changed, {gone:,} gone" if new or gone else "as at the last build"


def _counts(of: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in of.items()) or "none"


def _minute(moment: datetime | None) -> str:
    return "not begun" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def status(settings: Settings, instance: dg.DagsterInstance | None, released_by: str = "") -> Status:
    """Return the status of a warehouse, without waiting for a build that holds it.

    instance      Dagster's, or None if the warehouse has none yet
    released_by   the id of a run that has made its release, and is about to end
    """
    problems: list[str] = []
    found: dict[str, Any] = {"warehouse": str(settings.warehouse), "raw": str(settings.raw)}
    if instance is not None:
        found |= _runs(instance, released_by)
    found["release"] = _release(settings)
    for part in (_rows, _files):
        try:
            found |= part(settings)
        except (StoreError, OSError) as error:
            found["readable"] = found.get("readable", True) and part is not _rows
            problems.append(one_line(error))
    try:
        found["feeds"], failing = summary(settings)
        problems += failing
    except SettingError as error:
        problems.append(one_line(error))
    with suppress(OSError):
        found["free_bytes"] = shutil.disk_usage(_existing(settings.warehouse)).free
    made = Status(**found)
    # What holds the database is found by each part that reads it.
    return replace(made, problems=tuple(dict.fromkeys([*problems, *_problems(made)])))


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest existing one above it."""
    return next((place for place in (folder, *folder.parents) if place.exists()), folder)


def _runs(instance: dg.DagsterInstance, released_by: str) -> dict[str, Any]:
    # An instance in memory keeps no schedules.
    known = instance.all_instigator_state() if instance.schedule_storage else ()
    started = {state.instigator_name for state in known if state.is_running}
    out: dict[str, Any] = {"automation": tuple(sorted(started))}
    if (last := _last_build(instance, dg.RunsFilter())) is not None:
        run = last.dagster_run
        out["build"] = Build(run.run_id, run.status.value.lower(), _time(last.start_time), _time(last.end_time))
    if (last := _last_build(instance, dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS]))) is not None:
        out["succeeded"] = _time(last.end_time)
    build = out.get("build")
    if build is not None and build.run_id == released_by:
        now = datetime.now(UTC)
        out |= {"build": Build(released_by, "success", build.began, now), "succeeded": now}
    return out


def _last_build(instance: dg.DagsterInstance, among: dg.RunsFilter) -> dg.RunRecord | None:
    """Return the last run that was to make a release: of the job, or of assets that a user selected in the UI."""
    release, oldest = dg.AssetKey(RELEASE), None
    while records := instance.get_run_records(among, limit=RUNS_AT_ONCE, cursor=oldest):
        for record in records:
            if record.dagster_run.job_name == JOB or release in (record.dagster_run.asset_selection or ()):
                return record
        oldest = records[-1].dagster_run.run_id
    return None


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _release(settings: Settings) -> tuple[str, datetime] | None:
    folder = settings.warehouse / RELEASES
    for version in reversed(versions.versions(folder)):
        with suppress(OSError):
            written = (folder / version / versions.RECORD).stat().st_mtime
            return version, datetime.fromtimestamp(written, UTC)
    return None


def _rows(settings: Settings) -> dict[str, Any]:
    store = Store(settings.warehouse, READ_LOCK_SECONDS)
    if not store.database.exists():
        return {}
    with store.reading() as connection:
        return {
            "articles": ledger.counts(connection, ["documents"])["documents"],
            "behind": tuple(pending.stages_with_work(connection, steps(settings), {s.name for s in CORPUS_STAGES})),
            "failed": failures.by_stage(connection),
            "quarantined": quarantine.count(connection),
            "refused": {of.reason: of.count for of in by_reason(connection)},
            "database_bytes": store.size,
        }


def _files(settings: Settings) -> dict[str, Any]:
    """Compare the raw folder with the store. Raises SourcesVanished if a build would stop because files are gone."""
    store = Store(settings.warehouse, READ_LOCK_SECONDS)
    entries = read.listing(settings.raw)
    if not store.database.exists():
        return {"files": (len(entries), 0)}
    with store.reading() as connection:
        plan = intake.plan(connection, entries, settings.read_version, keep_removed=settings.keep_removed)
    # Changed files hardly hold the articles of files that are gone; new ones may: moved files look like that.
    raise_if_stopped(store, settings, plan if plan.new else replace(plan, at_risk=()))
    return {"files": (len(plan.read), len(plan.removed))}


def _problems(found: Status) -> list[str]:
    """Return a line per problem: the last build failed, a build takes too long, the release is late."""
    out = []
    now = datetime.now(UTC)
    build = found.build
    if build is not None and build.state == "failure":
        out.append(f"the last build failed (run {build.run_id[:8]}); see the folder failures of the warehouse")
    if build is not None and build.state == "started" and build.began is not None and now - build.began > BUILD_FAILS:
        out.append(f"a build has been running since {_iso(build.began)} (run {build.run_id[:8]})")
    if DAILY in found.automation and found.succeeded is not None and now - found.succeeded > TOO_LATE:
        out.append(f"no build has succeeded since {_iso(found.succeeded)}, and {DAILY} is started")
    return out
