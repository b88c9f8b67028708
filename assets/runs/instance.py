"""Dagster's instance in the warehouse folder (DAGSTER_HOME), so that the UI shows the runs of `build`."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg

from assets.patches import dagster_step_output
from assets.settings import DAGSTER_YAML, POSTGRES, SettingError, Settings, to_environment
from warehouse import files
from warehouse.text import one_line

LOG = logging.getLogger("onrecord")
TEMPLATE = Path(__file__).with_name("dagster.yaml")
# Appended for runs in SQLite files, or in PostgreSQL. The latter's address, with its password, stays in the
# environment.
IN_SQLITE = b"""event_log_storage:
  module: assets.events
  class: EventLog
  config:
    home:
      env: DAGSTER_HOME
"""
IN_POSTGRES = f"storage:\n  postgres:\n    postgres_url:\n      env: {POSTGRES}\n".encode()
# What Dagster raises for a dagster.yaml that is not YAML, or has the wrong content.
_CONFIGURATION = {"YAMLError", "UnicodeDecodeError", "DagsterInvalidConfigError", "DagsterInvariantViolationError"}
DRIVER = "postgresql+psycopg2"
# SHA-256 of earlier versions of the template: an unchanged copy is replaced by the current one.
KNOWN_OLD_CONFIG_DIGESTS = frozenset(
    {
        "9e0321002c27a1781b5bce61a37a3ecb7f21cd3fc1066a87ff0d3e91d285d8e9",
        "bf66ba16f23fdd10968490d6e5b1f13768f1de9d117fd23f2f3a961c7feecf9a",
        "6778c85e1d5c134bfbeb9961899a37efe6f77335ed8564945c8d76fdec2c6eea",
    }
)


# Header of a copy of the operator's own file.
_COPIED = f"# Copied from the file in {DAGSTER_YAML}: change that file, not this one.\n".encode()


def home(warehouse: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Prepare the instance's folder and return it. Its dagster.yaml is ours, or a copy of the file that the operator
    names in the environment. Any other is renamed: Dagster runs code that it names, and the author of a warehouse
    folder may not be trusted. Raises SettingError."""
    folder = warehouse.resolve() / "dagster"
    wanted = _configuration(warehouse.resolve(), environment)
    files.make_private_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    copy = folder / TEMPLATE.name
    found = _content(copy)
    if found == wanted:
        return folder
    if found is None or not _ours(found):
        _rename_foreign_config(copy)
    files.atomic_write(copy, wanted)
    return folder


def _configuration(warehouse: Path, environment: Mapping[str, str]) -> bytes:
    named = environment.get(DAGSTER_YAML)
    if not named:
        return TEMPLATE.read_bytes() + (IN_POSTGRES if environment.get(POSTGRES) else IN_SQLITE)
    path = Path(named).expanduser().absolute().resolve()
    if path.is_relative_to(warehouse):
        raise SettingError(f"{DAGSTER_YAML} names {path}, inside the warehouse: keep the file elsewhere")
    try:
        return _COPIED + files.read(path)
    except OSError as error:
        raise SettingError(f"{DAGSTER_YAML} names {path}, which cannot be read: {error.strerror}") from None


def _content(path: Path) -> bytes | None:
    """Return a regular file's bytes; None if there is none."""
    try:
        return files.read(path)
    except OSError:
        return None


def _ours(found: bytes) -> bool:
    """Return whether a dagster.yaml was written by this program or an earlier version, with or without additions."""
    if found.startswith(_COPIED):
        return True
    plain = found.removesuffix(IN_POSTGRES).removesuffix(IN_SQLITE)
    return plain == TEMPLATE.read_bytes() or hashlib.sha256(plain).hexdigest() in KNOWN_OLD_CONFIG_DIGESTS


def _rename_foreign_config(copy: Path) -> None:
    """Rename the dagster.yaml found, with a warning; do nothing if there is none."""
    if not copy.is_symlink() and not copy.exists():
        return
    number = 1
    while (aside := copy.with_name(f"{copy.name}.changed-{number}")).exists() or aside.is_symlink():
        number += 1
    copy.rename(aside)
    LOG.warning(
        "%s was changed and is ignored, because it could run commands. It was renamed to %s, and onrecord's "
        "own file is used. To use yours, move it out of the warehouse and name it in %s",
        copy,
        aside.name,
        DAGSTER_YAML,
    )


def child_environment(settings: Settings, given: Collection[str] = ()) -> dict[str, str]:
    """Return the environment for Dagster's processes on this warehouse: the settings that were `given`, and the
    warehouse's path. They read the rest from the warehouse's file, which a variable would override. Raises SettingError
    as open_instance does."""
    handed = to_environment(settings, {"warehouse", *given})
    known = {**os.environ, **handed, "DAGSTER_HOME": str(home(settings.warehouse))}
    return known | _postgres(known)


def _postgres(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the address of the runs' database for SQLAlchemy: without a driver's name it would use psycopg 3, whose
    NOTIFY does not work with Dagster's statements."""
    address = environment.get(POSTGRES, "")
    if not address:
        return {}
    if importlib.util.find_spec("dagster_postgres") is None:
        raise SettingError(f"{POSTGRES} is set, and its libraries are not installed: uv sync --extra postgres")
    scheme, _, rest = address.partition("://")
    if scheme not in ("postgres", "postgresql", DRIVER) or not _well_formed(f"postgresql://{rest}"):
        raise SettingError(
            f"{POSTGRES} is no address of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE "
            "(in a password @ is written %40, / %2F, ? %3F, # %23, % %25)"
        )
    return {POSTGRES: f"{DRIVER}://{rest}"}


def _well_formed(address: str) -> bool:
    """Return whether user, password, host and database are each in their part of the address. A piece of the password
    in another part would appear in the driver's errors."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    return port != 0 and parts.netloc.count("@") <= 1 and len(parts.path) > 1 and not parts.fragment


def open_instance(warehouse: Path, *, in_terminal: bool = False) -> dg.DagsterInstance:
    """Open the instance for runs in this process. Raises SettingError if its dagster.yaml is wrong, or if PostgreSQL is
    configured and the address is invalid, nobody answers there, or the libraries are not installed.

    in_terminal   steps print only to the terminal (assets.patches.dagster_step_output)
    """
    os.environ.update(_postgres(os.environ))
    # Dagster writes each of hundreds of events in its own transaction. Its SQLite files are in WAL mode, in which
    # NORMAL waits for the disk at checkpoints only and a crash still leaves the file sound (sqlite.org/wal.html).
    # Imported here, as Dagster does when it opens an instance: definitions load without it.
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    if not event.contains(Engine, "connect", _set_synchronous_normal):
        event.listen(Engine, "connect", _set_synchronous_normal)
    folder = home(warehouse)
    # dagster.yaml reads its own folder from the environment.
    os.environ["DAGSTER_HOME"] = str(folder)
    try:
        return dagster_step_output.in_terminal(folder) if in_terminal else dg.DagsterInstance.from_config(str(folder))
    except Exception as error:
        if _CONFIGURATION & {kind.__name__ for kind in type(error).__mro__}:
            raise SettingError(
                f"{os.environ.get(DAGSTER_YAML) or folder / TEMPLATE.name} is not a valid dagster.yaml: "
                f"{one_line(error)[:240]}. Correct it, or unset {DAGSTER_YAML}"
            ) from None
        # Dagster's error class for PostgreSQL, by name: the extra may be missing. Its cause has the driver's message.
        if type(error).__name__ != "DagsterPostgresException":
            raise
        cause = getattr(error.__cause__, "orig", None) or error
        raise SettingError(f"the database in {POSTGRES} cannot be used: {one_line(cause)}") from None


def _set_synchronous_normal(connection: Any, _: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=NORMAL")
