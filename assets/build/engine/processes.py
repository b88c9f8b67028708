"""Workers on this machine: separate processes, each with a pipe, each with the model loaded once.

They are started as programs, not forked: importing Polars starts threads, DuckDB has some, and a lock that is held
during a fork is never released in the child. Each has its own pipe, so that a worker killed while it writes does not
affect the others; the standard library's pool breaks as a whole when one worker dies.
"""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from signal import SIG_BLOCK, SIG_SETMASK, SIGALRM, SIGINT, Signals, pthread_sigmask

from assets.build.engine.chunk import Chunk, ChunkResult, Job, failed_result

# One thread per worker for matrices and frames: there are as many workers as cores.
ONE_THREAD = dict.fromkeys(
    (
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"),
        *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"),
    ),
    "1",
)
ROOT = Path(__file__).resolve().parents[3]
# More deaths than this without a result are no article's fault: the machine is out of memory, for example.
MAX_CONSECUTIVE_CRASHES = 10


class EngineError(RuntimeError):
    """The engine cannot run; the message says why in one line."""


@dataclass(eq=False, slots=True)
class Worker:
    """A worker process and the driver's end of its pipe."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    ready: bool = False
    chunk: Chunk | None = None


class Processes:
    """A pool of worker processes, started with the first chunk and kept until `close`."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._workers: list[Worker] = []
        self._deaths = 0

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        """Yield the result of each chunk when it is ready. Take the next chunk only when a worker will soon need it.

        If a worker dies, its chunk is repeated, each document alone; if one dies on a lone document, stage by stage. A
        stage on which two workers die in this way, or that takes too long, has failed on the document. Raises
        EngineError if workers cannot be started, or keep dying.
        """
        source = iter(chunks)
        waiting: deque[Chunk] = deque()
        exhausted = False
        repeated: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
        self._deaths = 0
        # Start all at once, so that they load in parallel.
        self._workers += [start() for _ in range(self.count - len(self._workers))]
        try:
            while True:
                while not exhausted and len(waiting) < self.count:
                    found = next(source, None)
                    exhausted = found is None
                    if found is not None:
                        waiting.append(found)
                    self._dispatch(job, waiting)
                busy = self._dispatch(job, waiting)
                if not busy:
                    return
                for worker in self._events(busy):
                    chunk, received = worker.chunk, self._receive(worker)
                    if received is None:
                        continue
                    assert chunk is not None
                    if isinstance(received, ChunkResult):
                        self._deaths, result = 0, received
                    else:
                        self._died(received, job)
                        again = chunk.smaller()
                        if not again and received != -SIGALRM and (chunk.names, chunk.stages) not in repeated:
                            repeated.add((chunk.names, chunk.stages))
                            again = [chunk]
                        if again:
                            waiting.extendleft(reversed(again))
                            continue
                        result = failed_result(job, chunk, _why(received, job))
                    next_chunk = chunk.next_chunk(job, result)
                    if next_chunk is not None:
                        waiting.appendleft(next_chunk)
                    # Send the next one first: the worker continues while this process writes.
                    self._dispatch(job, waiting)
                    yield result
        finally:
            # The caller stopped early: the results of chunks in flight will not be read.
            for worker in [w for w in self._workers if w.chunk is not None]:
                self._end(worker)

    def close(self) -> None:
        """End the workers."""
        for worker in list(self._workers):
            self._end(worker)

    def _dispatch(self, job: Job, waiting: deque[Chunk]) -> list[Worker]:
        """Send chunks to idle workers, and start workers up to the count. Returns the busy ones."""
        while waiting:
            worker = next((w for w in self._workers if w.chunk is None), None)
            if worker is None:
                if len(self._workers) == self.count:
                    break
                worker = start()
                self._workers.append(worker)
            try:
                worker.pipe.send_bytes(pickle.dumps((job, waiting[0]), pickle.HIGHEST_PROTOCOL))
            except OSError:  # it died while idle: no chunk's fault
                self._died(self._ended(worker), job)
            else:
                worker.chunk = waiting.popleft()
        return [w for w in self._workers if w.chunk is not None]

    def _died(self, code: int, job: Job) -> None:
        self._deaths += 1
        if self._deaths > MAX_CONSECUTIVE_CRASHES:
            raise EngineError(f"all workers crash: {_why(code, job)}")

    def _events(self, busy: list[Worker]) -> list[Worker]:
        received = set(wait([w.pipe for w in busy]))
        return [w for w in busy if w.pipe in received]

    def _ended(self, worker: Worker) -> int:
        """Remove a worker that died. Returns its exit code. Raises EngineError if it never started."""
        code = self._end(worker)
        if not worker.ready:
            raise EngineError(f"a worker did not start (exit code {code}); its reason is printed above") from None
        return code

    def _receive(self, worker: Worker) -> ChunkResult | int | None:
        """Return a worker's result, its exit code, or None if there is nothing yet. Remove it if it died."""
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return self._ended(worker)
        if isinstance(message, ChunkResult):
            worker.chunk = None
            return message
        worker.ready = True
        return None

    def _end(self, worker: Worker) -> int:
        """Remove a worker. Returns its exit code."""
        self._workers.remove(worker)
        if worker.chunk is not None:
            worker.process.kill()
        worker.pipe.close()
        try:
            return worker.process.wait(10)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            return worker.process.wait()


def start(module: str = "assets.build.engine.worker") -> Worker:
    """Start a worker process. The module gets the file descriptor of its end of the pipe as argument."""
    ours, theirs = socket.socketpair()
    with theirs:
        os.set_inheritable(theirs.fileno(), True)
        paths = [str(ROOT), *(path for path in sys.path if path)]
        # The worker inherits the mask: Ctrl-C during its imports prints no traceback.
        mask = pthread_sigmask(SIG_BLOCK, {SIGINT})
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno())],
                env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(paths)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=2,  # keep what a library prints out of a command's output
            )
        finally:
            pthread_sigmask(SIG_SETMASK, mask)
    return Worker(process, Connection(ours.detach()))


def pickled(done: object) -> bytes:
    """Return the pickle of a task's result or exception, for the driver.

    An exception that cannot be pickled and unpickled becomes an EngineError with its text: some classes take other
    arguments than those that they keep in `args`. A result that cannot be pickled becomes a RuntimeError.
    """
    try:
        data = pickle.dumps(done)
        if isinstance(done, Exception):
            pickle.loads(data)
    except Exception as error:
        if isinstance(done, Exception):
            return pickle.dumps(EngineError(f"{type(done).__name__}: {done}"))
        return pickle.dumps(RuntimeError(f"{error}: {done!r}"))
    return data


def ending(code: int) -> str:
    """Return how a process ended, for users."""
    return f"signal {Signals(-code).name}" if code < 0 else f"exit code {code}"


def _why(code: int, job: Job) -> str:
    """Return why a worker died, for users."""
    if code == -SIGALRM:
        return f"took longer than {job.settings.article_seconds} s"
    return f"the worker crashed on it twice ({ending(code)}); usually because memory ran out"
