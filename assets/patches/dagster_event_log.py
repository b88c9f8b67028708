"""Dagster's event log in SQLite, with persistent connections.

A build logs some thousand events. For each, Dagster opens its SQLite files two or three times, and compiles every
statement again: a fifth of a small build's time. The files, their tables and the rows are unchanged.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import StringSource
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from assets.patches import DAGSTER, PatchMismatch, apply_or_fall_back

if TYPE_CHECKING:
    from dagster._serdes import ConfigurableClassData

# The index, the current run, and runs on the UI's pages; each is an open file.
MAX_ENGINES = 8
# Dagster's own timeout while another process writes.
BUSY_SECONDS = 30
# Methods overridden here: Dagster must have and call them.
_OVERRIDDEN = ("_connect", "_initdb", "conn_string_for_shard", "has_table", "delete_events", "wipe", "dispose")


class EventLog(SqliteEventLogStorage):
    """Dagster's SqliteEventLogStorage, configured in dagster.yaml by `home`: DAGSTER_HOME."""

    def __init__(self, home: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(str(Path(home, "history", "runs")), inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return the schema of the settings in dagster.yaml."""
        return {"home": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> EventLog:
        """Return the configured storage, with persistent connections if they work with this version of Dagster."""
        return apply_or_fall_back(
            "the event log with persistent connections",
            DAGSTER,
            lambda: _tried(PooledEventLog(inst_data=inst_data, **config_value)),
            lambda: EventLog(inst_data=inst_data, **config_value),
        )


class PooledEventLog(EventLog):
    """An event log with one connection per file."""

    def __init__(self, home: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(home, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        # One user at a time, as in Dagster: the lock lets threads share the connection.
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        """Return the engine of a run's file, or of the index; the least recently used one over the limit closes."""
        if shard in self._engines:
            self._engines.move_to_end(shard)
            return self._engines[shard]
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _overwrite)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        self._engines[shard] = engine
        if len(self._engines) > MAX_ENGINES:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def has_table(self, table_name: str) -> bool:
        """Return whether the index has the table; Dagster asks before each check's event."""
        # Dagster's own check opens the file again, and the caller may hold the connection: cache the answer.
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def delete_events(self, run_id: str) -> None:
        """Delete a run's file and close its connection."""
        super().delete_events(run_id)
        self._close(run_id)

    def wipe(self) -> None:
        """Delete all files."""
        self.dispose()
        super().wipe()

    def dispose(self) -> None:
        """Close all connections."""
        self.close()
        super().dispose()

    def close(self) -> None:
        """Checkpoint the write-ahead logs and close the connections; they open again when needed."""
        for shard in list(self._engines):
            self._close(shard)

    def _close(self, shard: str) -> None:
        with self._db_lock:
            engine = self._engines.pop(shard, None)
            if engine is not None:
                # Another process that has the file open would otherwise keep its log.
                with suppress(SQLAlchemyError), engine.connect() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                        "PRAGMA wal_checkpoint(TRUNCATE)"
                    )
                engine.dispose()


def _tried(log: PooledEventLog) -> PooledEventLog:
    """Return the log if a connection that Dagster requested came from it. Raises PatchMismatch."""
    missing = [name for name in _OVERRIDDEN if not hasattr(SqliteEventLogStorage, name)]
    with log.index_connection() as connection:
        connection.exec_driver_sql("SELECT 1")
    if missing or not log._engines:
        raise PatchMismatch(f"its connections are opened elsewhere{f'; it has no {missing[0]}' if missing else ''}")
    return log


def _overwrite(connection: Any, _: Any) -> None:
    """Overwrite deleted rows, not only free them: events may hold words of withdrawn articles."""
    connection.execute("PRAGMA secure_delete=ON")
