"""A release that is being written, and the work on it as tasks that engines run (assets.build.engine.shards).

A task writes files to a folder of its own beside the release. This process moves the files of a finished task into the
release. So files of a task whose worker died, or lost its connection and still writes, are never in a release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from warehouse.files import set_private_umask, sha256
from warehouse.release import parquet, versions
from warehouse.shard_tasks import RunTasks, run_here

# Raises SystemExit if nobody waits for the result of the task any more.
type Alive = Callable[[object], None]
# A function with its arguments by name.
type Call = tuple[Callable[..., Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class TaskResult:
    """The result of a task: its folder, the SHA-256 of each file in it, and what its function returned."""

    name: str
    folder: Path
    digests: Mapping[str, str]
    value: Any


@dataclass(frozen=True, slots=True)
class ReleaseTask:
    """Call `function(folder, alive, **given)`, which writes files to the folder: a new one below `place`."""

    name: str
    place: Path
    function: Callable[..., Any]
    given: Mapping[str, Any]

    def run(self, alive: Alive) -> TaskResult:
        """Write and hash the files. Raises what the function raises, an OSError always with a file's or the folder's
        name; OSError if the release was abandoned."""
        alive(self)
        set_private_umask()
        folder = self.place / uuid4().hex
        folder.mkdir()
        try:
            value = self.function(folder, alive, **self.given)
        except OSError as error:
            if error.filename is None and error.errno is not None:  # a full disk, for example: name it
                raise OSError(error.errno, error.strerror, str(folder)) from error
            raise
        digests = {name: sha256(folder / name) for name in versions.contents(folder)}
        return TaskResult(self.name, folder, digests, value)


@dataclass(frozen=True, slots=True)
class Staged:
    """A release that is being written.

    folder   its files so far
    place    the folder for the tasks' folders, on the same file system
    digests  file -> SHA-256, of the files that tasks wrote
    """

    folder: Path
    place: Path
    run: RunTasks = run_here
    digests: dict[str, str] = field(default_factory=dict)

    def task(self, name: str, function: Callable[..., Any], given: Mapping[str, Any]) -> ReleaseTask:
        """Return a task for `write`. The function has to be one of a module: it is sent to other processes."""
        return ReleaseTask(f"the release's {name}", self.place, function, given)

    def write(self, tasks: Sequence[ReleaseTask]) -> list[Any]:
        """Run the tasks, and move their files into the release. Returns what their functions returned, in the order of
        the tasks. Raises EngineError, and what the functions raise."""
        values = {}
        # Take all results: the workers of a task that failed are ended before the folders are deleted.
        for done in list(self.run(tasks)):
            for name in done.digests:
                target = self.folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                (done.folder / name).rename(target)
            self.digests.update(done.digests)
            values[done.name] = done.value
        return [values[task.name] for task in tasks]

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file of the release, which does not change any more."""
        if name not in self.digests:
            self.digests[name] = sha256(self.folder / name)
        return self.digests[name]


def read_tables(
    folder: Path,
    alive: Alive,
    release: Path,
    files: Mapping[str, Sequence[str]],
    calls: Sequence[Call],
) -> list[Any]:
    """Call `function(connection, folder, **given)` for each of the calls, with a connection that has the tables of the
    release as views. Returns what they return."""
    with parquet.reader(scratch=folder) as connection:
        parquet.attach(connection, release, files)
        return [function(connection, folder, **given) for function, given in calls]
