"""The same build on Ray: with one local node and with two, and with one of them killed in the middle.

Needs `uv sync --extra ray`.

Nodes of one machine share its cores: what is shown is that the release is the same, and what Ray costs.
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

# Chunks that the articles are divided into at least: a raylet is killed after the second.
CHUNKS = 12


def release(warehouse: Path) -> dict[str, str]:
    """SHA-256 of each published table's Parquet in the newest release. `changes.parquet`, beside them, depends on the
    release before."""
    from pipeline.contract import PUBLISHED

    files = [warehouse / "releases" / "latest" / f"{table.name}.parquet" for table in PUBLISHED]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@contextmanager
def nodes(count: int) -> Iterator[Any]:
    """A cluster of nodes of one CPU each, on this machine."""
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
    """The raylet of the second node is killed when so many chunks have come, whose number is then put in the list."""
    from assets.build.engine.chunk import Chunk, Job, Visit
    from assets.build.engine.ray_cluster import Cluster

    run = Cluster.run
    said: list[int] = []

    def dying(self: Cluster, job: Job, chunks: Iterable[Chunk]) -> Iterator[Visit]:
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
    """The peaks of Ray's workers that this process has brought up, in MB, looked at again and again."""
    found: dict[int, float] = {}
    peaks: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(seconds):
            for process in _workers():
                with suppress(OSError, StopIteration):  # gone meanwhile
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
    """The processes under this one that Ray calls its workers."""
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
    """A build in this process: the release's hashes, and seconds. Raises RuntimeError when there is none."""
    from assets.cli.build_output import run_build
    from assets.settings import Settings

    begin = time.monotonic()
    with redirect_stdout(StringIO()) as said:
        code = run_build(Settings(raw=raw, warehouse=warehouse, **settings))
    if code:
        raise RuntimeError(f"no release was made: {said.getvalue()[-2000:]}")
    return release(warehouse), time.monotonic() - begin


def onray(raw: Path) -> list[Figure]:
    """The build in processes, on one node, on two, and on two of which one dies."""
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
    """Builds in this process work on chunks of so many articles: a node is killed between two of them."""
    before = incremental.CHUNK
    incremental.CHUNK = min(before, articles)
    try:
        yield
    finally:
        incremental.CHUNK = before


def _differing(what: str, one: dict[str, str], other: dict[str, str]) -> Figure:
    return Figure(what, sum(one.get(name) != other.get(name) for name in {*one, *other}), "files", most=0)
