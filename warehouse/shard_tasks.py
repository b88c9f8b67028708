"""A task works on one shard: it reads the rows of the shard's documents, there and in the main file, and writes Parquet
files.

A corpus-wide stage first reads narrow columns this way, because a query over the views of all files needs memory for
each of them, and because engines can run the tasks at once (assets.build.engine.shards). A warehouse of one file is one
task.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import duckdb
import polars as pl

from warehouse import shards
from warehouse.files import set_private_umask
from warehouse.sql import literal
from warehouse.store import Store
from warehouse.temp_database import limit_memory, temporary_database

# The name of the one part of a warehouse of one file.
WHOLE = "all"
# Most partitions of keys. The task for each opens the files of all parts.
MAX_PARTITIONS = 64
# Rows of a group of a file that all tasks read: each skips the groups that have only other documents.
ROW_GROUP = 10_000


class Task(Protocol):
    """A piece of work, on a shard or a release. It can be pickled, and repeated if its worker dies."""

    @property
    def name(self) -> str:
        """What it works on, for messages. No two tasks that run at once have the same."""
        ...

    def run(self, alive: Callable[[object], None]) -> Any:
        """Do the work. Calls `alive` now and then: it raises SystemExit if nobody waits for the result."""
        ...


@runtime_checkable
class DivisibleTask(Task, Protocol):
    """A task that is not simply repeated if its worker dies."""

    def again(self, deaths: int, why: str) -> Sequence[Task]:
        """Return the tasks to run instead, after so many workers died on it, the last one in the way `why`."""
        ...


type RunTasks = Callable[[Sequence[Task]], Iterator[Any]]


def run_here(tasks: Sequence[Task]) -> Iterator[Any]:
    """Run the tasks in this process, one after another."""
    for task in tasks:
        yield task.run(lambda _: None)


@dataclass(frozen=True, slots=True)
class ShardWriter:
    """Writes files of a task's rows. A file that exists is complete, and a repeated task writes the same."""

    folder: Path
    prefix: str

    @property
    def mine(self) -> str:
        """SQL for "`document_id` is of this part"."""
        return "true" if self.prefix == WHOLE else shards.within(self.prefix)

    @property
    def number(self) -> int:
        """The number of this part among the parts of its warehouse."""
        return 0 if self.prefix == WHOLE else int(self.prefix, 16)

    def query(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        number: int = 0,
    ) -> Path:
        """Write the rows of a query, in its order if it has one. `number`: of the batch. Returns the file."""
        with self._new(name, number) as fresh:
            relation = connection.sql(sql, params=dict(parameters or {}))
            relation.write_parquet(str(fresh.path))
        return fresh.target

    def by_key(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        sql: str,
        key: str,
        partitions: int,
        number: int = 0,
    ) -> None:
        """Write the rows of a query in partitions by the hash of a column, of which `partition` reads one. `number`: of
        the batch."""
        rows = f"SELECT *, (hash({key}) % {partitions})::UINTEGER AS partition FROM ({sql}) ORDER BY partition"  # noqa: S608
        with self._new(name, number) as fresh:
            connection.sql(rows).write_parquet(str(fresh.path))

    def partition(self, name: str, number: int) -> str:
        """Return SQL for the rows of a partition that all tasks wrote by key."""
        # Files are sorted by partition: of each, only the groups of rows that have it are read.
        return f"SELECT * EXCLUDE (partition) FROM {self.written(name)} WHERE partition = {number}"  # noqa: S608

    def written(self, name: str) -> str:
        """Return SQL for the rows that all tasks wrote under a name."""
        return source(sorted(self.folder.glob(f"{name}-*.parquet")))

    def rows(self, name: str, rows: pl.DataFrame, number: int = 0) -> None:
        """Write a frame: the batch of that number."""
        with self._new(name, number) as fresh:
            rows.write_parquet(fresh.path)

    def _new(self, name: str, number: int = 0) -> _NewFile:
        return _NewFile(self.folder / f"{name}-{self.prefix}-{number:05}.parquet")


class _NewFile:
    """A file that gets its name when it is complete."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f".{uuid.uuid4().hex}.part")

    def __enter__(self) -> _NewFile:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.path.replace(self.target)
        else:
            self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class ShardTask:
    """Call `function(connection, writer, **given)` on a part of the warehouse."""

    part: Store
    output: Path
    function: Callable[..., Any]
    given: Mapping[str, Any]

    @property
    def prefix(self) -> str:
        """The prefix of the shard, or WHOLE."""
        return WHOLE if self.part.main is None else self.part.folder.name

    @property
    def name(self) -> str:
        """The shard."""
        return f"shard {self.prefix}"

    def run(self, alive: Callable[[object], None]) -> Any:
        """Read the part, and write its files. Raises StoreError."""
        alive(self)
        with self.part.open() as connection:
            if self.part.main is not None:
                shards.gather_corpus(connection, self.prefix)
            with limit_memory(connection):
                return self.function(connection, ShardWriter(self.output, self.prefix), **self.given)


@dataclass(frozen=True, slots=True)
class MatchTask:
    """Call `function(connection, writer, number=number, **given)` with an empty temporary database: it matches rows
    that the tasks on all parts wrote."""

    output: Path
    number: int
    function: Callable[..., Any]
    given: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The number."""
        return f"match {self.number}"

    def run(self, alive: Callable[[object], None]) -> Any:
        """Match the rows, and write files. Raises StoreError."""
        alive(self)
        set_private_umask()
        with temporary_database(self.output / f"{uuid.uuid4().hex}.tmp") as connection:
            return self.function(
                connection, ShardWriter(self.output, f"{self.number:04}"), number=self.number, **self.given
            )


@dataclass(frozen=True, slots=True)
class ShardTasks:
    """The parts of a warehouse, and the folder for what the tasks on them write."""

    store: Store
    folder: Path
    run: RunTasks = run_here

    @staticmethod
    def make(store: Store, run: RunTasks, place: Path | None = None) -> ShardTasks:
        """Return the parts with a new folder in `place`, by default the store's scratch folder, whose owner deletes it.
        A worker of a killed build may still write: to the folder of that build, where nobody reads."""
        folder = (store.scratch if place is None else place) / uuid.uuid4().hex
        set_private_umask()
        folder.mkdir(parents=True)
        return ShardTasks(store, folder, run)

    @property
    def partitions(self) -> int:
        """The number of partitions of keys (ShardWriter.by_key): as many as shards, at most MAX_PARTITIONS; 0 for a
        warehouse of one file."""
        return min(len(self.store.parts), MAX_PARTITIONS)

    def read(self, function: Callable[..., Any], documents: Sequence[str] | None = None, **given: Any) -> list[Any]:
        """Call `function(connection, writer, **given)` on every part; with `documents`, it gets those of the part.

        Returns what the calls returned, in any order. Raises StoreError, EngineError. The function has to be one of a
        module: it is sent to other processes.
        """
        tasks = []
        for part in self.store.parts or (self.store,):
            task = ShardTask(part, self.folder, function, given)
            if documents is not None:
                theirs = list(documents) if task.prefix == WHOLE else shards.of(task.prefix, documents)
                task = replace(task, given={**given, "documents": theirs})
            tasks.append(task)
        return list(self.run(tasks))

    def match(self, function: Callable[..., Any], count: int, **given: Any) -> list[Any]:
        """Call `function(connection, writer, number=number, **given)` for each number below `count`, as in MatchTask.
        Returns what the calls returned, in any order. Raises StoreError, EngineError."""
        return list(self.run([MatchTask(self.folder, number, function, given) for number in range(count)]))

    def load(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Insert the rows of the files of this name into the table of this name, which is created if it does not
        exist."""
        if paths := sorted(self.folder.glob(f"{name}-*.parquet")):
            rows = f"FROM {source(paths)}"
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} AS {rows} LIMIT 0")
            connection.execute(f"INSERT INTO {name} BY NAME {rows}")

    def files(self, name: str) -> str:
        """Return SQL for the rows of the files of this name, of which there is at least one."""
        return source(sorted(self.folder.glob(f"{name}-*.parquet")))

    def write(self, connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> Path:
        """Write the rows of a query to a file that all tasks can read."""
        path = self.folder / f"{name}.parquet"
        connection.sql(sql).write_parquet(str(path), row_group_size=ROW_GROUP)
        return path


def source(paths: Sequence[Path]) -> str:
    """Return SQL for the rows of these files. A folder named `a=b` in their path is no column."""
    return f"read_parquet([{', '.join(literal(path) for path in paths)}], hive_partitioning = false)"
