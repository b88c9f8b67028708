"""Engines: this process, processes of this machine, or a Ray cluster.

Belongs here: which engine a stage's chunks go to, and the number of workers. Does not belong here: the work (chunk),
the engines themselves (processes and worker, ray_cluster), which documents are pending (assets.build.incremental).

A chunk gives the same bytes on each engine: all run `chunk.run_chunk`. Only the driver writes to DuckDB.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from assets.build.engine.chunk import Chunk, ChunkResult, Job, StageResult, packed, run_chunk, unpacked
from assets.build.engine.processes import EngineError, Processes
from assets.settings import Settings

__all__ = [
    "Chunk",
    "ChunkResult",
    "Engine",
    "EngineError",
    "Inline",
    "Job",
    "StageResult",
    "alone",
    "close",
    "engine",
    "packed",
    "unpacked",
]

# Fewer documents than this run in this process: workers take a second or two to start, and each loads the model. An
# estimate: 100 documents of 400 words take some 4 s on one core.
MAX_INLINE_DOCUMENTS = 100
# One worker per this many documents: a second one costs some 3 CPU s to load the model, and 350 MB; 300 documents of
# 400 words are some 8 s of work.
DOCUMENTS_A_WORKER = 300
# Memory per worker: up to 417 MB measured over 10,000 articles (benchmarks); the rest is for unusual articles.
WORKER_BYTES = 600 << 20


class Engine(Protocol):
    """Runs chunks."""

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        """Yield the result of each chunk when it is ready, in any order. Raises EngineError."""
        ...


class Inline:
    """Runs in this process, one chunk after the other."""

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        """Yield the result of each chunk, in order."""
        for chunk in chunks:
            yield run_chunk(job, chunk)


def alone() -> Engine:
    """Return one worker process, for articles that may kill the process that works on them."""
    if 1 not in _pools:
        close()
        _pools[1] = Processes(1)
    return _pools[1]


_pools: dict[int, Processes] = {}


def engine(settings: Settings, documents: int, *, apart: bool = False) -> Engine:
    """Return the engine for this many pending documents. `separate_process` rules out this process even for few
    documents, unless the setting asks for it. Raises EngineError if the engine is not available."""
    if settings.engine == "ray":
        from assets.build.engine.ray_cluster import cluster

        return cluster(settings)
    if settings.engine == "inline" or (documents < MAX_INLINE_DOCUMENTS and not apart):
        return Inline()
    count = settings.workers or needed(workers(settings), documents)
    running = next(iter(_pools), 0)
    if running < count or (settings.workers is not None and running != count):
        close()  # never two pools: each worker holds the model
        _pools[count] = Processes(count)
        return _pools[count]
    return _pools[running]


def needed(most: int, documents: int) -> int:
    """Return how many of `most` workers are worth starting for this many documents."""
    return max(1, min(most, documents // DOCUMENTS_A_WORKER))


def workers(settings: Settings) -> int:
    """Return the number of workers: the setting, or as many as cores and memory allow."""
    if settings.workers is not None:
        return settings.workers
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _memory() // WORKER_BYTES))


def _memory() -> int:
    """Return the bytes of memory available to us: the kernel's figure, or what the container's limit leaves."""
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        pass  # not Linux: use all physical memory
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
