"""A chunk of documents, its results, and `run_chunk`, the function that every engine runs.

Imports no Dagster, no DuckDB: workers load this module and the pipeline.
"""

from __future__ import annotations

import io
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType

import polars as pl

from assets.settings import Settings
from pipeline.article import Article, Rows
from pipeline.contract import BY_NAME
from pipeline.contract.schema import by_document, frame
from pipeline.stage import Stage
from pipeline.stages import without
from warehouse.text import one_line


@dataclass(frozen=True, slots=True)
class Job:
    """What to do with chunks: the stages, in order, and the settings."""

    stages: tuple[Stage, ...]
    settings: Settings

    def of(self, names: Sequence[str]) -> list[Stage]:
        """Return the stages with these names."""
        return [stage for stage in self.stages if stage.name in names]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Documents, the stages to run on them one after the other, and the stored rows that these read: table -> Arrow
    stream. `remaining_stages`: stages for which the chunk is sent again, with the new rows."""

    names: tuple[str, ...]
    stages: tuple[str, ...]
    inputs: Mapping[str, bytes]
    remaining_stages: tuple[str, ...] = ()

    def smaller(self) -> list[Chunk]:
        """Return how to repeat a chunk on which a worker died: each document alone; for a lone document the first stage
        alone, the others later. Empty if it cannot be divided: the stage has then failed on the document."""
        if len(self.names) == 1:
            return [self._first()] if len(self.stages) > 1 else []
        frames = {table: unpacked(data) for table, data in self.inputs.items()}
        out = []
        for name in self.names:
            mine = {table: found.filter(pl.col("document_id") == name) for table, found in frames.items()}
            out.append(replace(self, names=(name,), inputs={table: packed(found) for table, found in mine.items()}))
        return out

    def _first(self) -> Chunk:
        return replace(self, stages=self.stages[:1], remaining_stages=self.stages[1:])

    def next_chunk(self, job: Job, result: ChunkResult) -> Chunk | None:
        """Return the next later stage as a chunk, with the rows that this one made; None if none can run."""
        failed = [made.stage for made in result.made if made.errors]
        left = [stage.name for stage in without(job.of((*failed, *self.remaining_stages)), failed)]
        rows = {table: data for made in result.made for table, data in made.outputs.items()}
        return replace(self, stages=tuple(left), inputs={**self.inputs, **rows})._first() if left else None


@dataclass(frozen=True, slots=True)
class StageResult:
    """Result of a stage: its documents, their new rows (table -> Arrow stream), the reason for each document that
    failed, the documents that took too long or ended their worker (`killed_documents`), and the seconds taken."""

    stage: str
    names: tuple[str, ...]
    outputs: Mapping[str, bytes]
    errors: Mapping[str, str]
    killed_documents: frozenset[str] = frozenset()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """Result of a chunk: what each of its stages made, in order. If a stage fails on a document, the stages that read
    its rows do not list that document."""

    names: tuple[str, ...]
    made: tuple[StageResult, ...]

    @property
    def size(self) -> int:
        """Bytes of all rows."""
        return sum(len(data) for made in self.made for data in made.outputs.values())


class TimeLimitExceeded(RuntimeError):
    """An article took longer than the limit."""


def packed(found: pl.DataFrame) -> bytes:
    """Return a frame as an Arrow stream."""
    sink = io.BytesIO()
    found.write_ipc_stream(sink)
    return sink.getvalue()


def unpacked(data: bytes) -> pl.DataFrame:
    """Return an Arrow stream as a frame."""
    return pl.read_ipc_stream(io.BytesIO(data))


def failed_result(job: Job, chunk: Chunk, reason: str) -> ChunkResult:
    """Return the result for documents that took too long or ended their worker in the first stage of the chunk."""
    (stage,) = job.of(chunk.stages[:1])
    empty = {name: packed(rows) for name, rows in _frames(stage, ()).items()}
    errors = dict.fromkeys(chunk.names, reason)
    return ChunkResult(chunk.names, (StageResult(stage.name, chunk.names, empty, errors, frozenset(chunk.names)),))


def run_chunk(job: Job, chunk: Chunk, kill_process: bool = False) -> ChunkResult:
    """Run the chunk's stages, each on all documents at once; if that fails, one by one, so that only the document at
    fault fails. Stages that read a failed stage's rows skip its documents.

    The time limit starts again with each stage and document. `kill_process`: the limit may end this process.
    """
    tables = {table: by_document(unpacked(data), chunk.names) for table, data in chunk.inputs.items()}
    articles = {name: Article({table: rows[name] for table, rows in tables.items()}) for name in chunk.names}
    failed: dict[str, set[str]] = {}
    made = []
    for stage in job.of(chunk.stages):
        lost = set().union(*(failed.get(name, ()) for name in stage.reads))
        left = {name: article for name, article in articles.items() if name not in lost}
        done = _run(stage, left, job.settings, kill_process)
        failed[stage.name] = lost | done.errors.keys()
        made.append(done)
    return ChunkResult(chunk.names, tuple(made))


def _run(stage: Stage, articles: Mapping[str, Article], settings: Settings, kill_process: bool) -> StageResult:
    begin = time.monotonic()
    errors: dict[str, str] = {}
    killed: set[str] = set()
    with _clock(settings.article_seconds, kill_process) as tick:
        try:
            made = [_frames(stage, list(_each(stage, list(articles.values()), settings, tick)))]
        except Exception:
            made = [_frames(stage, ())]
            for name, article in articles.items():
                try:
                    made.append(_frames(stage, list(_each(stage, [article], settings, tick))))
                except Exception as error:
                    errors[name] = f"{type(error).__name__}: {one_line(str(error))}"
                    if isinstance(error, TimeLimitExceeded):
                        killed.add(name)
    outputs = {name: packed(pl.concat([frames[name] for frames in made])) for name in stage.writes}
    return StageResult(stage.name, tuple(articles), outputs, errors, frozenset(killed), time.monotonic() - begin)


def _frames(stage: Stage, made: Sequence[Rows]) -> dict[str, pl.DataFrame]:
    """Return documents' rows as one frame per table. Raises ValueError if rows do not match the contract."""
    found = {}
    for name in stage.writes:
        if any(name not in rows for rows in made):
            raise ValueError(f"the stage {stage.name} gave no rows of its table {name}")
        rows = [row for document in made for row in document[name]]
        columns = BY_NAME[name].stored
        firsts = {column for document in made for row in document[name][:1] for column in row}
        unknown = firsts - {column.name for column in columns}
        if unknown:
            raise ValueError(f"{name}: the contract has no column {', '.join(sorted(unknown))}")
        found[name] = frame(columns, rows)
    return found


def _each(
    stage: Stage, articles: Sequence[Article], settings: Settings, restart_timer: Callable[[], None]
) -> Iterator[Rows]:
    restart_timer()
    for outputs in stage.run(articles, settings):
        yield outputs
        restart_timer()


@contextmanager
def _clock(seconds: int, kill_process: bool) -> Iterator[Callable[[], None]]:
    """Yield a function that restarts the time limit; SIGALRM arrives if it is not called for this many seconds.

    If `kill_process`, the kernel ends the process, even inside C code. Otherwise TimeLimitExceeded is raised when
    Python next handles signals: during a regular expression, but perhaps not during a C extension. Only a main thread
    receives signals: other threads have no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise TimeLimitExceeded(f"took longer than {seconds} s")

    def tick() -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)

    before = signal.signal(signal.SIGALRM, signal.SIG_DFL if kill_process else ring)
    try:
        yield tick
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
