"""The same build on Ray: with one local node and with two, and with one of them killed in the middle.

Belongs here: clusters of nodes on this machine, and whether the releases are the same. Does not belong here: how
work gets to Ray (assets.engine.cluster). Needs `uv sync --extra ray`.

Nodes of one machine share its cores: what is shown is that the release is the same, and what Ray costs.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.speed import Figure


def release(warehouse: Path) -> dict[str, str]:
    """SHA-256 of each published table's Parquet in the newest release. `changes.parquet`, beside them, depends on the
    release before."""
    from pipeline.tables import PUBLISHED

    files = [warehouse / "releases" / "latest" / f"{table.name}.parquet" for table in PUBLISHED]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@contextmanager
def nodes(count: int) -> Iterator[Any]:
    """A cluster of nodes of one CPU each, on this machine."""
    from assets.engine import cluster as ours

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
def killed_after(made: int, local: Any, stage: str = "parses") -> Iterator[list[str]]:
    """The raylet of the second node is killed when so many chunks of a stage have come; says so in the list."""
    from assets.engine.chunk import Chunk, Job, Made
    from assets.engine.cluster import Cluster

    run = Cluster.run
    said: list[str] = []

    def dying(self: Cluster, job: Job, chunks: Iterable[Chunk]) -> Iterator[Made]:
        for number, one in enumerate(run(self, job, chunks), 1):
            yield one
            if job.stage == stage and number == made:
                local.remove_node(local.worker_nodes.copy().pop(), allow_graceful=False)
                said.append(stage)

    Cluster.run = dying  # type: ignore[method-assign]
    try:
        yield said
    finally:
        Cluster.run = run  # type: ignore[method-assign]


def build(raw: Path, warehouse: Path, **settings: Any) -> tuple[dict[str, str], float]:
    """A build in this process: the release's hashes, and seconds. Raises RuntimeError when there is none."""
    from assets.console import run_build
    from assets.settings import Settings

    begin = time.monotonic()
    if run_build(Settings(raw=raw, warehouse=warehouse, **settings)):
        raise RuntimeError("no release was made")
    return release(warehouse), time.monotonic() - begin


def onray(raw: Path) -> list[Figure]:
    """The build in processes, on one node, on two, and on two of which one dies."""
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        expected, alone = build(raw, base / "process", engine="process")
        out = [Figure("processes", alone, "s")]
        for count in (1, 2):
            with nodes(count) as local:
                found, seconds = build(raw, base / str(count), engine="ray", ray_address=local.address)
            out += [
                Figure(f"Ray, {count} node(s)", seconds, "s"),
                Figure(f"Ray, {count} node(s): Parquet files that differ", _differing(expected, found), "files", "0"),
            ]
        with nodes(2) as local, killed_after(2, local) as said:
            found, seconds = build(raw, base / "killed", engine="ray", ray_address=local.address)
        if not said:
            raise RuntimeError("the stage was done before a raylet could be killed: take more articles")
        out += [
            Figure("Ray, 2 nodes, a raylet killed", seconds, "s"),
            Figure("a raylet killed: Parquet files that differ", _differing(expected, found), "files", "0"),
        ]
    return out


def _differing(one: dict[str, str], other: dict[str, str]) -> float:
    return sum(one.get(name) != other.get(name) for name in {*one, *other})
