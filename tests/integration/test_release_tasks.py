"""A release written by tasks: what each writes, from which files, and what is left of those that fail or run again."""

from __future__ import annotations

import errno
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from assets.build.engine.processes import EngineError
from assets.build.engine.shards import Apart, OnRay, runner
from assets.settings import Settings
from pipeline.contract import PUBLISHED
from tests.integration.test_release import DAY, REQUIRED, judged_store
from tests.integration.test_release_parts import NEXT_DAY, digests, part_files, retitled, shared
from tests.support import engine_stages, factory
from warehouse import shards
from warehouse.release import diff, tables, verification, versions
from warehouse.release.publish import Release, ReleaseRefused, publish
from warehouse.release.rights import Terms
from warehouse.release.tasks import ReleaseTask, Staged
from warehouse.reshard import reshard
from warehouse.shard_tasks import RunTasks, Task, run_here
from warehouse.store import Store

# Files whose bytes differ from release to release: DuckDB numbers blocks in order of writing; digests of it.
UNSTABLE = ("onrecord.duckdb", "index.html", versions.RECORD)


def release(store: Store, part_rows: int, run: RunTasks = run_here, day: date = DAY) -> Release:
    return publish(store, Terms("all"), REQUIRED, day, "0.1.0", part_rows=part_rows, run=run)


def files(made: Release) -> dict[str, str]:
    return {n: versions.sha256(made.folder / n) for n in versions.contents(made.folder) if n not in UNSTABLE}


def sent(tasks: Sequence[Task]) -> Iterator[Any]:
    """Run tasks as another process does, in another order."""
    for task in reversed(tasks):
        yield pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(task)).run(lambda _: None)))


def twice(tasks: Sequence[Task]) -> Iterator[Any]:
    """Run each task twice, as if the worker of the first had died at its end."""
    for task in tasks:
        task.run(lambda _: None)
        yield task.run(lambda _: None)


# --- the same bytes


@cache
def of_one_file(part_rows: int) -> Release:
    """Return a release of a warehouse of one file, written by this process."""
    return release(judged_store(factory.templates() / f"release-{part_rows}"), part_rows)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce releases to Parquet files and checksums."""
    monkeypatch.setattr("warehouse.release.publish.describe_release", lambda *_: None)


@pytest.mark.parametrize("part_rows", [pytest.param(1, marks=pytest.mark.slow), versions.PART_ROWS])
def test_a_release_of_shards_written_elsewhere_has_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part_rows: int
) -> None:
    one, store = of_one_file(part_rows), judged_store(tmp_path)
    monkeypatch.setattr("warehouse.release.publish.FEW_ARTICLES", 1)
    monkeypatch.setattr("warehouse.release.tables.FEW_ROWS", 1)
    reshard(store, 16)
    many = release(store, part_rows, sent)
    assert files(many) == files(one)
    assert verification.verify(many.folder).problems == ()
    assert [path.name for path in store.releases.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(("count", "run"), [(1, sent), pytest.param(1, twice, marks=pytest.mark.slow), (16, run_here)])
@pytest.mark.usefixtures("bare")
def test_tables_are_the_same_for_any_number_of_shards_and_any_engine(tmp_path: Path, count: int, run: RunTasks) -> None:
    store = judged_store(tmp_path)
    reshard(store, count)
    many = release(store, 1, run)
    record = versions.record(of_one_file(1).folder)
    assert replace(versions.record(many.folder), digests={}) == replace(record, digests={})
    assert digests(many) == digests(of_one_file(1)) != {}


@pytest.mark.slow
@pytest.mark.usefixtures("bare")
def test_parts_that_have_not_changed_are_linked_by_tasks(tmp_path: Path) -> None:
    store = judged_store(tmp_path / "changed")
    reshard(store, 16)
    old = release(store, 1, sent)
    reshard(store, 1)
    retitled(store)
    reshard(store, 16)
    new = release(store, 1, sent, NEXT_DAY)
    assert len(shared(new, old)) == len(part_files(new)) - 1
    alone = judged_store(tmp_path / "alone")
    retitled(alone)
    assert digests(new) == digests(release(alone, 1, day=NEXT_DAY))


def test_only_the_shards_that_a_task_needs_are_read(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    reshard(store, 16)
    ids = [str(row["document_id"]) for row in factory.rows()["documents"]]
    with store.unlocked([ids[0][0]]) as connection:
        found = connection.execute("SELECT document_id FROM published.documents ORDER BY 1").fetchall()
        (entities,) = connection.execute("SELECT count(*) FROM published.entities").fetchall()
    assert [name for (name,) in found] == sorted(name for name in ids if name[0] == ids[0][0])
    assert 0 < len(found) < len(ids)
    assert entities == (len(factory.rows()["entities"]),)


# --- which task writes what

ARTICLES = {table.name for table in PUBLISHED if table.sort[0] == "document_id"}
OTHERS = {table.name for table in PUBLISHED} - ARTICLES
MANY, FEW = tables.FEW_ROWS, 10


def works(count: int, rows: int, digits: int) -> dict[str, tuple[dict[str, tuple[str, ...]], Sequence[str] | None]]:
    """Return task -> parts and shards, of tables of so many rows each, in parts of so many digits."""
    names = {1: shards.prefixes(16), 2: shards.prefixes(256)}.get(digits, ("",))
    prefixes = {table.name: names if table.sort[0].endswith("_id") else ("",) for table in PUBLISHED}
    found = tables._divided(dict.fromkeys(prefixes, rows), prefixes, shards.prefixes(count))
    return {w.name: ({n: tuple(p) for n, p in w.prefixes.items()}, w.shards) for w in found}


@pytest.mark.parametrize(
    ("count", "digits", "task", "parts", "shards_"),
    [
        (16, 1, "parts 3", ("3",), ("3",)),
        (16, 2, "parts 3", tuple(f"3{digit:x}" for digit in range(16)), ("3",)),
        (256, 2, "parts 3f", ("3f",), ("3f",)),
        (256, 1, "parts 30 to 3f", ("3",), tuple(f"3{digit:x}" for digit in range(16))),
        (1, 1, "parts 3", ("3",), None),
        (1, 2, "parts 3", tuple(f"3{digit:x}" for digit in range(16)), None),
    ],
)
def test_parts_of_articles_come_from_their_shards(
    count: int, digits: int, task: str, parts: tuple[str, ...], shards_: tuple[str, ...] | None
) -> None:
    found = works(count, MANY, digits)
    assert found[task] == (dict.fromkeys((t.name for t in PUBLISHED if t.name in ARTICLES), parts), shards_)
    assert {name for name in found if name.startswith("table ")} == {f"table {name}" for name in OTHERS}


@pytest.mark.parametrize(
    ("rows", "tasks"),
    [
        (FEW, {"small tables"}),
        (MANY - 1, {"small tables", "table documents"}),
        (MANY, {f"table {table.name}" for table in PUBLISHED}),
    ],
)
def test_small_tables_are_one_task(rows: int, tasks: set[str]) -> None:
    found = works(16, rows, 0)
    assert found.keys() == tasks
    assert sorted(name for parts, _ in found.values() for name in parts) == sorted(t.name for t in PUBLISHED)


# --- tasks that fail, die, or are forgotten


def staged(tmp_path: Path, run: RunTasks = run_here) -> Staged:
    for name in ("release", "tasks"):
        (tmp_path / name).mkdir()
    return Staged(tmp_path / "release", tmp_path / "tasks", run)


@pytest.mark.parametrize("engine", ["twice", pytest.param("processes", marks=pytest.mark.slow)])
def test_files_of_a_worker_that_died_are_not_in_the_release(tmp_path: Path, engine: str) -> None:
    place = Apart(1)
    run: Callable[..., Iterator[Any]] = place.run if engine == "processes" else twice
    release = staged(tmp_path, run)
    try:
        values = release.write(
            [release.task(name, engine_stages.write_file, {"flag": tmp_path / name}) for name in ("one", "two")]
        )
    finally:
        place.close()
    # The first try leaves a half of a file, and one of another name.
    assert values == ["the second try"] * 2
    assert [path.name for path in release.folder.iterdir()] == ["whole.txt"]
    assert release.digests == {"whole.txt": versions.sha256(release.folder / "whole.txt")}


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.ENOSPC, "No space left on device", "another"), False),
        (OSError("nothing of the system"), False),
    ],
    ids=["no file", "a file", "no number"],
)
def test_an_error_of_the_system_names_a_file_or_the_tasks_folder(tmp_path: Path, error: OSError, named: bool) -> None:
    def fail(folder: Path, _: object) -> None:
        raise error

    with pytest.raises(OSError, match=r"No space|nothing") as raised:
        staged(tmp_path).task("page", fail, {}).run(lambda _: None)
    found = raised.value
    assert (found.errno, found.strerror) == (error.errno, error.strerror)
    assert found.filename == (str(next((tmp_path / "tasks").iterdir())) if named else error.filename)


def test_what_tasks_spill_is_below_the_releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next build deletes what a killed one leaves there."""
    spilled: list[Path | None] = []

    def recorded(prefix: str, dir: Path | None) -> TemporaryDirectory[str]:
        spilled.append(dir)
        return TemporaryDirectory(prefix=prefix, dir=dir)

    monkeypatch.setattr("warehouse.release.parquet.TemporaryDirectory", recorded)
    store = judged_store(tmp_path)
    release(store, versions.PART_ROWS)
    retitled(store)
    made = release(store, versions.PART_ROWS, day=NEXT_DAY)
    assert len(spilled) > 2 and all(folder is not None and store.releases in folder.parents for folder in spilled)
    assert [name for name in versions.contents(made.folder) if "onrecord-" in name] == []


def test_an_error_of_a_task_on_ray_is_the_tasks_own(tmp_path: Path) -> None:
    """Ray raises an error of a class of both, whose message is a traceback."""

    class RayTaskError(Exception):
        def __init__(self, cause: Exception) -> None:
            super().__init__("a traceback")
            self.cause = cause

    class Ray:
        """Ray's functions, in this process."""

        exceptions = SimpleNamespace(RayTaskError=RayTaskError, RayError=RayTaskError)

        def remote(self, **_: object) -> Callable[[Callable[..., Any]], SimpleNamespace]:
            return lambda run: SimpleNamespace(remote=lambda task: partial(run, task))

        def wait(self, refs: Sequence[Any], num_returns: int) -> tuple[Sequence[Any], Sequence[Any]]:
            return refs[:num_returns], refs[num_returns:]

        def get(self, ref: Callable[[], Any]) -> Any:
            try:
                return ref()
            except OSError as error:
                raise RayTaskError(error) from None

    lost = Staged(tmp_path, tmp_path / "lost").task("page", engine_stages.write_file, {"flag": tmp_path / "flag"})
    with pytest.raises(FileNotFoundError, match="lost"):
        list(OnRay(Ray()).run([lost]))


@pytest.mark.usefixtures("bare")
def test_a_task_that_fails_leaves_the_former_release(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    old = release(store, 1)
    retitled(store)

    def failing(tasks: Sequence[Task]) -> Iterator[Any]:
        yield tasks[0].run(lambda _: None)
        raise EngineError("the worker of the release's search died 4 times")

    with pytest.raises(EngineError):
        release(store, 1, failing, NEXT_DAY)
    assert sorted(path.name for path in store.releases.iterdir()) == [old.version, "latest"]
    assert versions.verify(old.folder) == []
    assert release(store, 1, day=NEXT_DAY).new


@pytest.mark.usefixtures("bare")
def test_rows_that_another_program_changes_meanwhile_are_not_released(tmp_path: Path) -> None:
    store = judged_store(tmp_path)

    def disturbed(tasks: Sequence[Task]) -> Iterator[Any]:
        with duckdb.connect(str(store.database)) as connection:
            connection.execute("UPDATE stored.documents SET title = 'Another'")
        return run_here(tasks)

    with pytest.raises(ReleaseRefused, match="another program"):
        release(store, 1, disturbed)
    assert versions.versions(store.releases) == []


@pytest.mark.usefixtures("bare")
def test_a_worker_of_a_killed_build_writes_to_no_later_release(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    place = store.releases / ".2026.11.22.tasks.partial-4711"
    place.mkdir(parents=True)
    task = ReleaseTask("late", place, engine_stages.write_file, {"flag": tmp_path / "flag"})
    task.run(lambda _: None)
    made = release(store, versions.PART_ROWS)
    assert not place.exists() and versions.verify(made.folder) == []
    with pytest.raises(FileNotFoundError):
        task.run(lambda _: None)


@pytest.mark.parametrize(("articles", "started"), [(1_999, False), (2_000, True)])
def test_a_small_release_starts_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, articles: int, started: bool
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(Apart, "run", lambda _, tasks: map(ran.append, [task.name for task in tasks]))
    release = staged(tmp_path)
    tasks = [release.task(name, engine_stages.write_file, {"flag": tmp_path / "flag"}) for name in ("one", "two")]
    with runner(Settings(warehouse=tmp_path, engine="process", workers=2), articles) as run:
        list(run(tasks))
        assert bool(ran) is started
        # Workers that have started do single tasks, too.
        ran.clear()
        list(run(tasks[:1]))
    assert bool(ran) is started


# --- releases of earlier programs


def split(made: Release) -> None:
    """Divide a table as an earlier program did after two gigabytes."""
    folder, names = made.folder, ["sentences.parquet", "sentences-2.parquet"]
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    whole = pq.read_table(folder / names[0])
    for name, rows in zip(names, (whole.slice(0, 3), whole.slice(3)), strict=True):
        pq.write_table(rows, folder / name)

    def sha(name: str) -> str:
        return versions.sha256(folder / name)

    def size(name: str) -> dict[str, str]:
        return {"contentSize": f"{(folder / name).stat().st_size} B"}

    for file, key, place in (
        ("datapackage.json", "resources", "path"),
        ("croissant.json", "distribution", "contentUrl"),
    ):
        described = versions.read_json(folder / file)
        (old,) = [one for one in described[key] if one.get(place) == names[0]]
        described[key].remove(old)
        for name in names:
            sums = {"hash": f"sha256:{sha(name)}"} if place == "path" else {"sha256": sha(name), **size(name)}
            described[key].append({**old, **sums, place: name})
        versions.write_json(folder / file, described)
    record = versions.record(folder)
    digests = {name: sha(name) for name in versions.contents(folder) if name != versions.RECORD}
    versions.write_record(folder, replace(record, files={**record.files, "sentences": names}, digests=digests))
    versions.write_sums(folder)


def test_a_table_that_was_divided_by_size_verifies_and_is_written_again(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    made = release(store, versions.PART_ROWS)
    split(made)
    assert verification.verify(made.folder).problems == ()
    new = release(store, versions.PART_ROWS, day=NEXT_DAY)
    assert new.new and diff.changes(made.folder, new.folder).empty
    assert not release(store, versions.PART_ROWS, day=NEXT_DAY).new
