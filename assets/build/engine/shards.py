"""Engines for shards: this process, processes of this machine, or a Ray cluster.

A task is a shard. Its worker reads and writes the shard's file, on a disk that all workers share, and returns a few
numbers. If a worker dies, another one gets its shard, at most MAX_TRIES times; the ledger in it says what is pending.
An article that killed a worker then runs in a separate process, so that only this article fails
(assets.build.incremental).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

from assets.build.engine import MAX_INLINE_DOCUMENTS, workers
from assets.build.engine.processes import EngineError, Worker, start
from assets.settings import Settings
from pipeline.stage import Stage
from warehouse.shards import Part

# Attempts per shard: on a machine without memory, every worker is killed.
MAX_TRIES = 4


@dataclass(frozen=True, slots=True)
class Task:
    """A shard of a warehouse, and the stages to bring up to date there."""

    folder: Path
    prefix: str
    selected: tuple[Stage, ...]
    stages: tuple[Stage, ...]
    settings: Settings


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a task: the shard's entry in the manifest, and each stage's StageSummary
    (assets.build.incremental)."""

    prefix: str
    part: Part
    outcomes: tuple[Any, ...]


class Workplace(Protocol):
    """An engine for shards."""

    def run(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """Update the shards. Yields each when done. Raises EngineError."""
        ...


def workplace(settings: Settings, tasks: int, documents: int, work: Callable[[Task], Done]) -> Workplace:
    """Return the engine for this number of shards and documents. `work`: updates a shard (assets.build.shard). Raises
    EngineError if the engine cannot start."""
    if settings.engine == "ray":
        from assets.build.engine.ray_cluster import connected

        return OnRay(connected(settings), work)
    count = min(workers(settings), tasks)
    if settings.engine == "inline" or documents < MAX_INLINE_DOCUMENTS or (count < 2 and settings.workers is None):
        return Here(work)
    return Apart(max(1, count))


class Here:
    """This process, one shard after another."""

    def __init__(self, work: Callable[[Task], Done]) -> None:
        self._work = work

    def run(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """Update the shards, in order."""
        yield from map(self._work, tasks)


class Apart:
    """Processes of this machine, each with one shard at a time. They end with the run."""

    def __init__(self, count: int) -> None:
        self.count = count

    def run(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """Update the shards. Yields each when done. Raises EngineError."""
        waiting, tries = deque(tasks), Counter[str]()
        idle = [start("assets.build.engine.shard_worker") for _ in range(self.count)]
        busy: dict[Any, tuple[Worker, Task]] = {}
        try:
            while waiting or busy:
                while waiting and idle:
                    worker, task = idle.pop(), waiting.popleft()
                    tries[task.prefix] += 1
                    busy[worker.pipe] = worker, task
                    with suppress(OSError):  # a dead worker: `recv` raises
                        worker.pipe.send(task)
                for pipe in wait(list(busy)):
                    worker, task = busy.pop(pipe)
                    try:
                        done = worker.pipe.recv()
                    except (EOFError, OSError):
                        worker.pipe.close()
                        _give_up(task, tries[task.prefix], f"exit code {worker.process.wait()}")
                        waiting.append(task)
                        idle.append(start("assets.build.engine.shard_worker"))
                        continue
                    idle.append(worker)
                    if isinstance(done, BaseException):
                        raise done
                    yield done
        finally:
            for worker, _ in busy.values():
                worker.process.kill()
            for worker in (*idle, *(worker for worker, _ in busy.values())):
                worker.pipe.close()
                worker.process.wait()


class OnRay:
    """Tasks on a Ray cluster, one CPU each. All nodes need the warehouse folder. Ray itself retries no task."""

    def __init__(self, ray: Any, work: Callable[[Task], Done]) -> None:
        self._ray = ray
        self._task = ray.remote(num_cpus=1, max_retries=0)(work)

    def run(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """Update the shards. Yields each when done. Raises EngineError."""
        ray, tries = self._ray, Counter[str]()
        in_flight = {self._task.remote(task): task for task in tasks}
        while in_flight:
            (ready,), _ = ray.wait(list(in_flight), num_returns=1)
            task = in_flight.pop(ready)
            try:
                done: Done = ray.get(ready)
            except ray.exceptions.RayTaskError:
                raise  # raised by `work`, not by a lost node
            except ray.exceptions.RayError as error:
                tries[task.prefix] += 1
                _give_up(task, tries[task.prefix], type(error).__name__)
                in_flight[self._task.remote(task)] = task
                continue
            yield done


def _give_up(task: Task, tries: int, why: str) -> None:
    if tries >= MAX_TRIES:
        raise EngineError(
            f"the worker of shard {task.prefix} died {tries} times ({why}); the usual reason is memory"
        ) from None
