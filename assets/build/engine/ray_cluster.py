"""A Ray cluster: the one at `--ray-address`, or a local one.

Needs the extra `ray`, and onrecord installed on every node.
Chunks and results go through Ray's object store; only the driver writes to DuckDB. Ray repeats nothing itself
(`max_retries=0`): dead nodes, dead workers and lost results are handled here, as for local processes, so that an
article that kills workers fails alone.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from assets.build.engine.chunk import Chunk, ChunkResult, Job, failed_result, run_chunk
from assets.build.engine.processes import MAX_CONSECUTIVE_CRASHES, ONE_THREAD, EngineError
from assets.settings import Settings

ENVIRONMENT = {
    # Turn off Ray's defaults: usage statistics, and workers started through uv.
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    # A busy machine takes more than half a minute to start a node.
    "RAY_raylet_start_wait_time_s": "300",
    "RAY_agent_register_timeout_ms": "300000",
}


class Cluster:
    """A connected cluster."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._task = ray.remote(num_cpus=1, max_retries=0)(_work)

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        """Yield the result of each chunk when it is ready; two chunks per CPU are in flight.

        A chunk that is lost with its worker or node is repeated; if it is lost again, each of its documents is repeated
        alone, then stage by stage. A stage that is lost twice in this way has failed on the document. Raises
        EngineError if chunks keep getting lost.
        """
        ray = self._ray
        source = iter(chunks)
        waiting: deque[Chunk] = deque()
        in_flight: dict[Any, Chunk] = {}
        lost: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
        exhausted, deaths = False, 0
        while True:
            most = 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
            while len(in_flight) < most and not (exhausted and not waiting):
                chunk = waiting.popleft() if waiting else next(source, None)
                if chunk is None:
                    exhausted = True
                else:
                    in_flight[self._task.remote(job, ray.put(chunk))] = chunk
            if not in_flight:
                return
            (ready,), _ = ray.wait(list(in_flight), num_returns=1)
            chunk = in_flight.pop(ready)
            try:
                result = ray.get(ready)
            except ray.exceptions.RayTaskError:
                raise  # `run_chunk` catches errors of articles: this is a bug in onrecord
            except ray.exceptions.RayError as error:
                deaths += 1
                lost[chunk.names, chunk.stages] += 1
                if deaths > MAX_CONSECUTIVE_CRASHES + most:  # a node that dies loses all its chunks at once
                    raise EngineError(f"all Ray tasks crash: {type(error).__name__}") from error
                again = chunk.smaller() if lost[chunk.names, chunk.stages] > 1 else [chunk]
                if again:
                    waiting.extendleft(reversed(again))
                    continue
                why = f"out of memory, or took longer than {job.settings.article_seconds} s"
                result = failed_result(
                    job, chunk, f"the Ray worker crashed on it twice ({type(error).__name__}: {why})"
                )
            else:
                deaths = 0
            next_chunk = chunk.next_chunk(job, result)
            if next_chunk is not None:
                waiting.appendleft(next_chunk)
            yield result


def _work(job: Job, chunk: Chunk) -> ChunkResult:
    return run_chunk(job, chunk, kill_process=True)


@cache
def cluster(settings: Settings) -> Cluster:
    """Return the cluster of these settings. Raises EngineError if Ray is not installed, or no cluster answers."""
    return Cluster(connected(settings))


def connected(settings: Settings) -> Any:
    """Return the module `ray`, connected to the cluster of these settings. Raises EngineError."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise EngineError("--engine ray needs the extra: uv sync --extra ray") from None
    if not ray.is_initialized():
        options: dict[str, Any] = {"runtime_env": {"env_vars": ONE_THREAD}, "log_to_driver": False}
        if settings.ray_address is None:
            # dagster-ray's LocalRay would join any cluster that it finds on this machine, listen on every address, and
            # load ray.data into each process.
            options |= {"include_dashboard": False, "num_cpus": settings.workers, "_node_ip_address": "127.0.0.1"}
        try:
            ray.init(address=settings.ray_address or "local", **options)
        except Exception as error:  # Ray raises a bare Exception if a node does not start
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise EngineError(f"no Ray cluster at {settings.ray_address or 'this machine'}: {reason}") from error
    return ray
