"""Engines for tasks on files: this process, processes of this machine, or a Ray cluster.

A task is work on a shard (warehouse.shard_tasks), a release (warehouse.release.tasks) or files of the raw folder
(assets.build.read_files). Its worker reads and writes files on a disk that all workers share, and returns a few values.
If a worker dies, another one gets its task, at most MAX_TRIES times, or smaller tasks if it can be divided. The ledger
in a shard says which documents are pending: an article that killed a worker then runs in a separate process, so that
only this article fails (assets.build.incremental).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from typing import Any, Protocol

from assets.build.engine import MAX_INLINE_DOCUMENTS, workers
from assets.build.engine.processes import EngineError, Worker, ending, start
from assets.settings import Settings
from warehouse import shards
from warehouse.shard_tasks import DivisibleTask, RunTasks, Task, run_here

# Attempts per task: on a machine without memory, every worker is killed.
MAX_TRIES = 4
# If so many more tasks than workers kill a worker in a row, without the result of a new task, it is no task's fault.
MAX_CONSECUTIVE_DEATHS = 10
# With fewer documents, tasks of corpus-wide stages, checks and releases run in this process: they take a millisecond or
# less per document, and the start of a worker one or two seconds.
MIN_CORPUS_DOCUMENTS = 2_000


type OnError = Callable[[Task, Exception], None]


def stop(_: Task, error: Exception) -> None:
    """Raise the error of a task: the others are not run."""
    raise error


class Workplace(Protocol):
    """An engine for tasks. Close it after its last run."""

    def run(self, tasks: Sequence[Task], failed: OnError = stop) -> Iterator[Any]:
        """Run the tasks. Yields the result of each when it is done. Calls `failed` with a task and what it raised, or
        an EngineError if its workers died; if that returns, the other tasks are run. Raises EngineError."""
        ...

    def close(self) -> None:
        """End the workers."""
        ...


def workplace(settings: Settings, tasks: int, documents: int, fewest: int | None = None) -> Workplace:
    """Return the engine for this number of tasks and documents (or units of other work): this process if there are
    fewer than `fewest` (default: MAX_INLINE_DOCUMENTS, but Ray for any number). Raises EngineError if the engine cannot
    start.

    `fewest` is given for tasks that read and write the warehouse folder. If shards are exchanged through an object
    store, Ray's nodes do not have that folder, and these tasks run on this machine."""
    if fewest is not None and documents < fewest:
        return Here()
    if settings.engine == "ray" and not (settings.shard_storage and fewest is not None):
        from assets.build.engine.ray_cluster import connected

        return OnRay(connected(settings))
    count = min(workers(settings), tasks)
    few = documents < (MAX_INLINE_DOCUMENTS if fewest is None else fewest)
    if settings.engine == "inline" or few or (count < 2 and settings.workers is None):
        return Here()
    return Apart(max(1, count))


@contextmanager
def runner(settings: Settings, documents: int | None = None) -> Iterator[RunTasks]:
    """Yield a function that runs tasks of a corpus-wide stage, of the checks or of a release. Its workers end with the
    block; a single task starts none. `documents`: how many the tasks are about; by default, those of all shards."""
    places: list[Workplace] = []

    def run(tasks: Sequence[Task]) -> Iterator[Any]:
        if not places:
            if len(tasks) < 2:
                return run_here(tasks)
            parts = shards.layout(settings.warehouse).parts.values()
            all_ = sum(part.rows.get("documents", 0) for part in parts) if documents is None else documents
            places.append(workplace(settings, len(tasks), all_, MIN_CORPUS_DOCUMENTS))
        return places[0].run(tasks)

    try:
        yield run
    finally:
        for place in places:
            place.close()


class Here:
    """This process, one task after another."""

    def run(self, tasks: Sequence[Task], failed: OnError = stop) -> Iterator[Any]:
        """Run the tasks. Yields their results, in order."""
        for task in tasks:
            try:
                done = task.run(lambda _: None)
            except Exception as error:
                failed(task, error)
            else:
                yield done

    def close(self) -> None:
        """Do nothing: there are no workers."""


class Apart:
    """Processes of this machine, each with one task at a time. They start with the first run, and wait for the next."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._idle: list[Worker] = []

    def run(self, tasks: Sequence[Task], failed: OnError = stop) -> Iterator[Any]:
        """Run the tasks. Yields the result of each when it is done. Raises EngineError."""
        waiting, deaths = deque(tasks), _Deaths()
        busy: dict[Any, tuple[Worker, Task]] = {}
        try:
            while waiting or busy:
                while waiting and len(busy) < self.count:
                    worker, task = self._idle.pop() if self._idle else _started(), waiting.popleft()
                    busy[worker.pipe] = worker, task
                    with suppress(OSError):  # a dead worker: `recv` raises
                        worker.pipe.send(task)
                for pipe in wait(list(busy)):
                    worker, task = busy.pop(pipe)
                    try:
                        done = worker.pipe.recv()
                    except (EOFError, OSError):
                        worker.pipe.close()
                        again = deaths.again(task, ending(worker.process.wait()), self.count)
                        if isinstance(again, EngineError):
                            failed(task, again)
                        elif len(again) > 1:  # next: their results show whether all workers die
                            waiting.extendleft(again)
                        else:
                            waiting.extend(again)
                        continue
                    self._idle.append(worker)
                    deaths.survived(task)
                    if isinstance(done, Exception):
                        failed(task, done)
                    else:
                        yield done
        finally:
            for worker, _ in busy.values():
                worker.process.kill()
                _end(worker)

    def close(self) -> None:
        """End the workers."""
        while self._idle:
            _end(self._idle.pop())


def _started() -> Worker:
    return start("assets.build.engine.shard_worker")


def _end(worker: Worker) -> None:
    worker.pipe.close()
    worker.process.wait()


class OnRay:
    """Tasks on a Ray cluster, one CPU each. All nodes need the warehouse folder. Ray itself retries no task."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._task = ray.remote(num_cpus=1, max_retries=0)(_run)

    def run(self, tasks: Sequence[Task], failed: OnError = stop) -> Iterator[Any]:
        """Run the tasks. Yields the result of each when it is done. Raises EngineError."""
        ray, deaths = self._ray, _Deaths()
        in_flight = {self._task.remote(task): task for task in tasks}
        while in_flight:
            (ready,), _ = ray.wait(list(in_flight), num_returns=1)
            task = in_flight.pop(ready)
            try:
                done = ray.get(ready)
            except ray.exceptions.RayTaskError as error:  # raised by the task, not by a lost node
                # Ray's own class has a traceback as its message.
                failed(task, error.cause if isinstance(error.cause, Exception) else error)
                continue
            except ray.exceptions.RayError as error:
                again = deaths.again(task, type(error).__name__, len(in_flight) + 1)
                if isinstance(again, EngineError):
                    failed(task, again)
                else:
                    in_flight |= {self._task.remote(each): each for each in again}
                continue
            deaths.survived(task)
            yield done

    def close(self) -> None:
        """Do nothing: the cluster ends with this process."""


def _run(task: Task) -> Any:
    return task.run(lambda _: None)


class _Deaths:
    """Counts the deaths of workers by task, and the tasks in a row that killed one.

    A task that is divided does not count: its parts do. Nor does a task that kills another worker, unless no worker has
    returned a result yet: many deadly files are no reason to stop.
    """

    def __init__(self) -> None:
        self._by_task = Counter[str]()
        self._in_a_row = 0
        self._results = False

    def again(self, task: Task, why: str, workers: int) -> Sequence[Task] | EngineError:
        """Return the tasks to run after a worker died on this one, or the task's error if too many did. Raises
        EngineError if all workers die."""
        self._by_task[task.name] += 1
        deaths = self._by_task[task.name]
        if deaths >= MAX_TRIES:
            return EngineError(f"the worker of {task.name} died {deaths} times ({why}); the usual reason is memory")
        again = task.again(deaths, why) if isinstance(task, DivisibleTask) else [task]
        if len(again) == 1 and (deaths == 1 or not self._results):
            self._in_a_row += 1
        if self._in_a_row >= MAX_CONSECUTIVE_DEATHS + workers:
            raise EngineError(f"all workers die ({why}); the usual reason is memory") from None
        return again

    def survived(self, task: Task) -> None:
        """Note a result."""
        if not self._by_task[task.name]:
            self._in_a_row, self._results = 0, True
