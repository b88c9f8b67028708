"""A chunk of documents, and what is made of it: the one function that every engine runs.

Imports no Dagster, no DuckDB: workers load this module and the pipeline.
"""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import polars as pl

from assets.settings import Settings
from pipeline.contract import BY_NAME
from pipeline.contract.schema import by_document, frame
from pipeline.stage import Rows, Stage
from warehouse.text import one_line


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with every chunk: the stage and the settings."""

    stage: Stage
    settings: Settings


@dataclass(frozen=True, slots=True)
class Chunk:
    """Documents, and the rows that the stage reads of them: table -> Arrow stream."""

    names: tuple[str, ...]
    inputs: Mapping[str, bytes]

    def alone(self) -> Iterator[Chunk]:
        """The same documents, one a chunk."""
        frames = {table: unpacked(data) for table, data in self.inputs.items()}
        for name in self.names:
            mine = {table: found.filter(pl.col("document_id") == name) for table, found in frames.items()}
            yield Chunk((name,), {table: packed(found) for table, found in mine.items()})


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a chunk: its documents, the new rows (table -> Arrow stream), the reason for each document that
    failed, and those of them that took too long or ended their worker."""

    names: tuple[str, ...]
    outputs: Mapping[str, bytes]
    errors: Mapping[str, str]
    stuck: frozenset[str] = frozenset()


class TooSlow(RuntimeError):
    """An article took longer than the limit."""


def packed(found: pl.DataFrame) -> bytes:
    """A frame as an Arrow stream."""
    sink = io.BytesIO()
    found.write_ipc_stream(sink)
    return sink.getvalue()


def unpacked(data: bytes) -> pl.DataFrame:
    """An Arrow stream as a frame."""
    return pl.read_ipc_stream(io.BytesIO(data))


def nothing(job: Job, names: Sequence[str], reason: str) -> Made:
    """The result for documents that took too long or ended their worker."""
    empty = {name: packed(rows) for name, rows in _frames(job, ()).items()}
    return Made(tuple(names), empty, dict.fromkeys(names, reason), frozenset(names))


def work(job: Job, chunk: Chunk, deadly: bool = False) -> Made:
    """The chunk at once; where that fails, one by one, so that one document's fault is its own.

    With each document the clock of the time limit starts anew; `deadly` says that this process may be ended by it.
    """
    tables = {table: by_document(unpacked(data), chunk.names) for table, data in chunk.inputs.items()}
    documents = [{table: rows[name] for table, rows in tables.items()} for name in chunk.names]
    errors: dict[str, str] = {}
    stuck: set[str] = set()
    with _clock(job.settings.article_seconds, deadly) as tick:
        try:
            made = [_frames(job, list(_each(job, documents, tick)))]
        except Exception:
            made = [_frames(job, ())]
            for name, document in zip(chunk.names, documents, strict=True):
                try:
                    made.append(_frames(job, list(_each(job, [document], tick))))
                except Exception as error:
                    errors[name] = f"{type(error).__name__}: {one_line(str(error))}"
                    if isinstance(error, TooSlow):
                        stuck.add(name)
    outputs = {name: packed(pl.concat([frames[name] for frames in made])) for name in job.stage.writes}
    return Made(chunk.names, outputs, errors, frozenset(stuck))


def _frames(job: Job, made: Sequence[Rows]) -> dict[str, pl.DataFrame]:
    """Documents' rows as one frame a table. Raises where a row is not as the contract says."""
    found = {}
    for name in job.stage.writes:
        if any(name not in rows for rows in made):
            raise ValueError(f"the stage {job.stage.name} gave no rows of its table {name}")
        rows = [row for document in made for row in document[name]]
        columns = BY_NAME[name].stored
        firsts = {column for document in made for row in document[name][:1] for column in row}
        unknown = firsts - {column.name for column in columns}
        if unknown:
            raise ValueError(f"{name}: the contract has no column {', '.join(sorted(unknown))}")
        found[name] = frame(columns, rows)
    return found


def _each(job: Job, documents: Sequence[Rows], tick: Callable[[], None]) -> Iterator[Rows]:
    tick()
    for outputs in job.stage.run(documents, job.settings):
        yield outputs
        tick()


@contextmanager
def _clock(seconds: int, deadly: bool) -> Iterator[Callable[[], None]]:
    """A clock that rings when nothing ticks for so long (SIGALRM).

    Where it is deadly the kernel ends the process, whatever the code hangs in. Elsewhere it raises TooSlow as soon as
    Python looks up from what it is doing: a regular expression does, a C extension may not. Only a main thread has
    signals: in another one there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise TooSlow(f"took longer than {seconds} s")

    def tick() -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)

    before = signal.signal(signal.SIGALRM, signal.SIG_DFL if deadly else ring)
    try:
        yield tick
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
