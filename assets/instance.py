"""Dagster's instance of a warehouse folder: DAGSTER_HOME, so that the UI shows the runs that `build` made.

Belongs here: where the instance stands and how it is opened. Does not belong here: what its settings are
(dagster.yaml beside this file).
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import dagster as dg
from sqlalchemy import event
from sqlalchemy.engine import Engine

TEMPLATE = Path(__file__).with_name("dagster.yaml")
# SHA-256 of templates of former versions: a copy that nobody has changed is brought up to date.
FORMER = frozenset({"9e0321002c27a1781b5bce61a37a3ecb7f21cd3fc1066a87ff0d3e91d285d8e9"})


def home(warehouse: Path) -> Path:
    """The instance's folder, made ready. A dagster.yaml that somebody has written there stays."""
    folder = warehouse.resolve() / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / TEMPLATE.name
    if not copy.exists() or hashlib.sha256(copy.read_bytes()).hexdigest() in FORMER:
        shutil.copyfile(TEMPLATE, copy)
    return folder


def open_instance(warehouse: Path) -> dg.DagsterInstance:
    """The instance, for runs in this process."""
    # Dagster writes each of hundreds of events in a transaction of its own. Its SQLite files are in WAL mode, in which
    # NORMAL waits for the disk at checkpoints only and a crash still leaves the file sound (sqlite.org/wal.html).
    if not event.contains(Engine, "connect", _relax):
        event.listen(Engine, "connect", _relax)
    return dg.DagsterInstance.from_config(str(home(warehouse)))


def _relax(connection: Any, _: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=NORMAL")
