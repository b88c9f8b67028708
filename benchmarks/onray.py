"""The same build on Ray: on one local node, on two, and on two of which one is killed midway.

Needs `uv sync --extra ray`.
Nodes of one machine share its cores: the benchmark shows that the release is the same, and the cost of Ray.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any

from assets.build import incremental
from benchmarks.articles import given
from benchmarks.figures import Figure
from benchmarks.whole import peak

# Minimum number of chunks: a raylet is killed after the second.
CHUNKS = 12


def release(warehouse: Path) -> dict[str, str]:
    """Return the SHA-256 of each published table's Parquet in the newest release. `changes.parquet` is left out: it
    depends on the release before."""
    from pipeline.contract import PUBLISHED

    files = [warehouse / "releases" / "latest" / f"{table.name}.parquet" for table in PUBLISHED]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@contextmanager
def nodes(count: int) -> Iterator[Any]:
    """Yield a cluster of nodes with one CPU each, on this machine."""
    from assets.build.engine import ray_cluster as ours

    os.environ |= ours.ENVIRONMENT
    import ray
    from ray.cluster_utils import Cluster

    local = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    for _ in range(count - 1):
        local.add_node(num_cpus=1)
    try:
        yield local
    finally:
        ours.cluster.cache_clear()
        ray.shutdown()
        local.shutdown()


@contextmanager
def killed_after(visits: int, local: Any) -> Iterator[list[int]]:
    """Kill the second node's raylet after this many chunks, and append their number to the list."""
    from assets.build.engine.chunk import Chunk, ChunkResult, Job
    from assets.build.engine.ray_cluster import Cluster

    run = Cluster.run
    said: list[int] = []

    def dying(self: Cluster, job: Job, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        for number, one in enumerate(run(self, job, chunks), 1):
            yield one
            if number == visits:
                local.remove_node(local.worker_nodes.copy().pop(), allow_graceful=False)
                said.append(number)

    Cluster.run = dying  # type: ignore[method-assign]
    try:
        yield said
    finally:
        Cluster.run = run  # type: ignore[method-assign]


@contextmanager
def watched(seconds: float = 0.5) -> Iterator[list[float]]:
    """Yield the peak memory of this process's Ray workers, in MB, polled repeatedly."""
    found: dict[int, float] = {}
    peaks: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(seconds):
            for process in _workers():
                with suppress(OSError, StopIteration):  # ended meanwhile
                    found[process] = peak(process)
            peaks[:] = found.values()

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _workers() -> Iterator[int]:
    """Yield the descendants of this process that Ray names as its workers."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    for process in parents:
        above = process
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid():
            with suppress(OSError):
                if Path("/proc", str(process), "cmdline").read_bytes().startswith(b"ray::"):
                    yield process


def build(raw: Path, warehouse: Path, **settings: Any) -> tuple[dict[str, str], float]:
    """Build in this process. Returns the release's hashes, and seconds. Raises RuntimeError if there is no release."""
    from assets.cli.build_output import run_build
    from assets.settings import Settings

    begin = time.monotonic()
    with redirect_stdout(StringIO()) as said:
        code = run_build(Settings(raw=raw, warehouse=warehouse, **settings))
    if code:
        raise RuntimeError(f"no release was made: {said.getvalue()[-2000:]}")
    return release(warehouse), time.monotonic() - begin


def measure_ray(raw: Path) -> list[Figure]:
    """Measure the build in processes, on one node, on two, and on two of which one dies."""
    articles = sum(1 for _ in given(raw))
    with tempfile.TemporaryDirectory() as place, chunks_of(max(1, articles // CHUNKS)):
        base = Path(place)
        expected, alone = build(raw, base / "process", engine="process")
        out = [Figure("processes", alone, "s")]
        peaks: list[float] = []
        for count in (1, 2):
            with nodes(count) as local, watched() as seen:
                found, seconds = build(raw, base / str(count), engine="ray", ray_address=local.address)
            peaks += seen
            out += [
                Figure(f"Ray, {count} node(s)", seconds, "s"),
                _differing(f"Ray, {count} node(s): Parquet files that differ", expected, found),
            ]
        with nodes(2) as local, watched() as seen, killed_after(2, local) as said:
            found, seconds = build(raw, base / "killed", engine="ray", ray_address=local.address)
        if not said:
            raise RuntimeError("the stage was done before a raylet could be killed: take more articles")
        return [
            *out,
            Figure("Ray, 2 nodes, a raylet killed", seconds, "s"),
            _differing("a raylet killed: Parquet files that differ", expected, found),
            Figure("workers that were looked at", len(peaks) + len(seen), "processes"),
            Figure("memory of a worker on Ray, at most", max([*peaks, *seen]), "MB", most=600),
        ]


@contextmanager
def chunks_of(articles: int) -> Iterator[None]:
    """Set the chunk size of builds in this process, so that a node can be killed between two chunks."""
    before = incremental.CHUNK
    incremental.CHUNK = min(before, articles)
    try:
        yield
    finally:
        incremental.CHUNK = before


def _differing(what: str, one: dict[str, str], other: dict[str, str]) -> Figure:
    return Figure(what, sum(one.get(name) != other.get(name) for name in {*one, *other}), "files", most=0)
