"""Read files of the raw folder into staged chunks: the work of a task of intake.

A task is some files. It runs in this process or on a worker, which writes rows to Parquet files beside the store; no
rows pass through the driver. If a worker dies, its files are read one by one; a file on which two workers died is
refused.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assets.settings import Settings
from pipeline import read
from pipeline.contract.schema import frame
from pipeline.rows import fields
from warehouse.files import set_private_umask
from warehouse.intake.staging import TABLES, TOUCHED, StagedChunk
from warehouse.withdrawal.texts import Index, WithdrawalMatch, index

# Files of a task, and their bytes: a second of work, and several tasks for each worker of a folder worth workers.
FILES, BYTES = 500, 5_000_000
# Records of a chunk, and their characters, which bound its memory.
CHUNK_RECORDS, CHUNK_CHARACTERS = 2_000, 20_000_000
# Bytes that take as long to read as a further file does (0.2 ms).
FILE_BYTES = 2_000
# Workers die on a lone file so many times before it is refused: the first time, memory may have run out elsewhere.
DEATHS = 2


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """What a task has read: its first file's number, how many files it has, and their chunks in order."""

    first: int
    files: int
    chunks: Sequence[StagedChunk]


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Read files into chunks in `folder`.

    first         the number of its first file, among those of all tasks
    hashes        path -> SHA-256 of the bytes that were last read with this reader
    read_version  of the settings: it takes longer than reading an article
    most_records  maximum records of a chunk
    limit         maximum records of all files
    elsewhere     whether a worker runs it, whose machine may have other files under these paths
    crash         how the workers died that read the file; it is refused
    """

    first: int
    entries: tuple[read.Entry, ...]
    hashes: Mapping[str, str]
    settings: Settings
    read_version: str
    folder: Path
    most_records: int
    limit: int | None = None
    elsewhere: bool = False
    crash: str | None = None

    @property
    def name(self) -> str:
        """The files, for messages."""
        more = f" and the next {len(self.entries) - 1}" if len(self.entries) > 1 else ""
        return f"{self.entries[0].path}{more}"

    def again(self, deaths: int, why: str) -> Sequence[ReadTask]:
        """Return a task for each file, or for a lone file the same task, and then one that refuses it."""
        if len(self.entries) == 1:
            return [self if deaths < DEATHS else replace(self, crash=why)]
        parts = [
            replace(self, first=number, entries=(entry,), hashes=_known(self.hashes, (entry,)))
            for number, entry in enumerate(self.entries, self.first)
        ]
        # Deadly files are often neighbours. Sound ones between them show the engine that not all workers die.
        return sorted(parts, key=lambda part: hashlib.sha256(os.fsencode(part.name)).digest())

    def run(self, alive: Callable[[object], None]) -> ReadFiles | ReadTask:
        """Read the files. Returns the task for the driver to run if the files are not as the driver listed them: they
        have changed since, or are those of another machine. Raises StoreError."""
        root = self.settings.raw
        if self.elsewhere and not all(read.unchanged(root, entry) for entry in self.entries):
            return replace(self, elsewhere=False)
        set_private_umask()
        chunks = []
        for chunk in _chunks(self, index(self.settings.warehouse)):
            alive(self)
            # A worker that counts as lost may still write: to files of its own.
            chunks.append(chunk.staged(self.folder, uuid.uuid4().hex))
        return ReadFiles(self.first, len(self.entries), chunks)


def tasks(
    entries: Sequence[read.Entry], hashes: Mapping[str, str], make: Callable[..., ReadTask]
) -> Iterator[ReadTask]:
    """Yield a task for each FILES files or BYTES bytes, in order. `make` gets the fields `first`, `entries` and
    `hashes`."""
    first, size = 0, 0
    for number, entry in enumerate(entries, 1):
        size += entry.bytes
        if number - first >= FILES or size >= BYTES or number == len(entries):
            mine = tuple(entries[first:number])
            yield make(first=first, entries=mine, hashes=_known(hashes, mine))
            first, size = number, 0


def work(entries: Sequence[read.Entry]) -> int:
    """Return how long it takes to read these files, in small files."""
    return len(entries) + sum(entry.bytes for entry in entries) // FILE_BYTES


def in_order(results: Iterator[ReadFiles | ReadTask]) -> Iterator[ReadFiles]:
    """Yield the results by the numbers of their files, each as soon as those before it are there. Runs the tasks among
    them in this process."""
    waiting: dict[int, ReadFiles] = {}
    due = 0
    for result in results:
        found = result.run(lambda _: None) if isinstance(result, ReadTask) else result
        assert isinstance(found, ReadFiles)
        waiting[found.first] = found
        while (found_next := waiting.pop(due, None)) is not None:
            due += found_next.files
            yield found_next


def _known(hashes: Mapping[str, str], entries: Sequence[read.Entry]) -> dict[str, str]:
    return {entry.path: hashes[entry.path] for entry in entries if entry.path in hashes}


@dataclass
class _Chunk:
    """Rows of some files; `touched`: lines of files with a new time and the same bytes."""

    replaced: list[str] = field(default_factory=list)
    raws: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    touched: list[dict[str, Any]] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    layouts: list[read.Layout] = field(default_factory=list)
    characters: int = 0

    def full(self, task: ReadTask) -> bool:
        """Return whether the chunk is at its limit."""
        rows = len(self.raws) + len(self.refusals) + len(self.touched)
        return rows >= task.most_records or self.characters >= CHUNK_CHARACTERS

    def staged(self, folder: Path, name: str) -> StagedChunk:
        """Write the rows. Raises StoreError if the disk is full."""
        tables = {**{table: getattr(self, table) for table in TABLES}, TOUCHED: self.touched}
        rows = {table: len(found) for table, found in tables.items() if found}
        chunk = StagedChunk(folder, name, rows, self.characters, self.replaced, self.near, self.layouts)
        for table in rows:
            chunk.write(table, frame(TABLES["files" if table == TOUCHED else table], tables[table]))
        return chunk


def _chunks(task: ReadTask, withdrawn: Index) -> Iterator[_Chunk]:
    """Read the files of a task into chunks. A file may fill several chunks; its row of `files` is in the chunk of its
    last record."""
    chunk = _Chunk()
    root, left = task.settings.raw, task.limit
    for entry in task.entries:
        if left is not None and left <= 0:
            break
        # A file that is refused by its name or size is not read.
        sha = read.file_sha256(root, entry) if read.takes(root, entry) else None
        line = {
            "path": entry.path,
            "bytes": entry.bytes,
            "modified_ns": entry.modified_ns,
            "content_sha256": sha,
            "read_version": task.read_version,
        }
        if sha is not None and task.hashes.get(entry.path) == sha:
            chunk.touched.append(line)
        else:
            chunk.replaced.append(entry.path)
            whole = True
            for item in _items(task, entry, chunk.layouts):
                if isinstance(item, read.Refusal):
                    chunk.refusals.append(fields(item))
                elif held := withdrawn.held(item.origin, item.document_id, item.source, item.url, item.text):
                    chunk.refusals.append(fields(_withdrawn(item, held)))
                    chunk.near += [item.origin] if held.nearly_same else []
                elif left is not None and left <= 0:
                    whole = False  # no row in files: the next build without a limit reads it again
                    break
                else:
                    chunk.raws.append(fields(item))
                    chunk.characters += len(item.text)
                    left = None if left is None else left - 1
                if chunk.full(task):
                    yield chunk
                    chunk = _Chunk()
            if whole:
                chunk.files.append(line)
        if chunk.full(task):
            yield chunk
            chunk = _Chunk()
    if chunk.replaced or chunk.raws or chunk.refusals or chunk.files or chunk.touched:
        yield chunk


def _items(task: ReadTask, entry: read.Entry, layouts: list[read.Layout]) -> Iterator[read.Record | read.Refusal]:
    if task.crash is not None:
        return iter([read.crashed(entry, task.crash)])
    settings = task.settings
    return read.read_file(settings.raw, entry, settings.languages.split(","), settings.field_names, layouts.append)


def _withdrawn(record: read.Record, why: WithdrawalMatch) -> read.Refusal:
    """Return the refusal of a record that is held back: its text is not kept."""
    return read.Refusal(
        source=record.origin,
        path=record.path,
        content_sha256=None,
        bytes=record.bytes,
        reason="withdrawn",
        detail=f"{record.origin}: {why.detail}",
    )
