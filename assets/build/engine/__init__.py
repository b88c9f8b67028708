"""Where work runs: in this process, in processes of this machine, or on a Ray cluster.

Belongs here: which of them a stage's chunks go to, and how many workers there are. Does not belong here: the work
(chunk), the places themselves (processes and worker, cluster), which documents are due (assets.build.incremental).

The same chunks give the same bytes in each: all of them run `chunk.work`. The one DuckDB writer is always the driver.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from assets.build.engine.chunk import Chunk, Job, Made, Visit, packed, unpacked, work
from assets.build.engine.processes import EngineError, Processes
from assets.settings import Settings

__all__ = ["Chunk", "Engine", "EngineError", "Inline", "Job", "Made", "Visit", "close", "engine", "packed", "unpacked"]

# Fewer documents than this are done sooner in this process: workers take a second or two to start, and each loads the
# model. An estimate: 100 documents of 400 words are some 4 s of one core's work.
SMALL = 100
# A second worker pays for its start and its memory from twice so many documents on: it takes some 3 CPU s to load the
# model, and 350 MB; 300 documents of 400 words are some 8 s of work.
DOCUMENTS_A_WORKER = 300
# What a worker may take: up to 417 MB were seen over 10,000 articles (benchmarks); the rest is for articles that
# are like no others.
WORKER_BYTES = 600 << 20


class Engine(Protocol):
    """A place where chunks are worked on."""

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Iterator[Visit]:
        """What is made of each chunk, as it comes. Raises EngineError."""
        ...


class Inline:
    """This process, one chunk after the other."""

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Iterator[Visit]:
        """What is made of each chunk, in order."""
        for chunk in chunks:
            yield work(job, chunk)


_pools: dict[int, Processes] = {}


def engine(settings: Settings, documents: int, *, apart: bool = False) -> Engine:
    """Where so many documents are to be worked on; `apart`: not in this process, however few they are, unless that was
    asked for. Raises EngineError when it cannot be had."""
    if settings.engine == "ray":
        from assets.build.engine.ray_cluster import cluster

        return cluster(settings)
    if settings.engine == "inline" or (documents < SMALL and not apart):
        return Inline()
    count = settings.workers or needed(workers(settings), documents)
    running = next(iter(_pools), 0)
    if running < count or (settings.workers is not None and running != count):
        close()  # never two pools: each worker holds the model
        _pools[count] = Processes(count)
        return _pools[count]
    return _pools[running]


def needed(most: int, documents: int) -> int:
    """How many of `most` workers so many documents are worth."""
    return max(1, min(most, documents // DOCUMENTS_A_WORKER))


def workers(settings: Settings) -> int:
    """How many workers there are to be: as asked, or as many as cores and memory allow."""
    if settings.workers is not None:
        return settings.workers
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _memory() // WORKER_BYTES))


def _memory() -> int:
    """Bytes that are free for us: what the kernel says, or what the container has left."""
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        pass  # not Linux: all there is
    try:
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        free = min(free, limit - int((group / "memory.current").read_text(encoding="ascii")))
    except (OSError, ValueError):
        pass  # no container, or one without a limit
    return free


@atexit.register
def close() -> None:
    """End all workers of this process."""
    while _pools:
        _pools.popitem()[1].close()
