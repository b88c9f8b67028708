"""Faults in one line: what an error says to a user, and the file that its traceback is written to.

Imports no Dagster: it is there before anything slow is imported.
"""

from __future__ import annotations

import builtins
import errno
import os
import sqlite3
import tempfile
import traceback
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from assets.settings import POSTGRES, WEBHOOK
from warehouse import files
from warehouse.text import printable

# Set to 1, errors end a command with Python's traceback on the terminal.
TRACEBACK = "ONRECORD_TRACEBACK"
FOLDER = "failures"
# Traceback files kept in a warehouse.
KEPT = 100
# Names of errors whose message is written for users: it says what is wrong and what to do. Of an error in a Dagster
# step only the name is known.
EXPLAINED = frozenset(
    {
        *("StoreError", "StoreHeld", "SourcesVanished", "SettingError", "ReleaseRefused", "EngineError"),
        *("AliasError", "CorrectionError", "SheetError", "PublishError", "WebhookError", "ArticleNotFound"),
        *("DamagedRelease", "BrokenTable", "RowsDiffer", "DamagedModel", "ModelError", "ChecksFailed"),
    }
)
# Errors of the machine that name a file or a device; their subclasses are Python's own.
OF_THE_SYSTEM = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, OSError)
)


def explained(name: str) -> bool:
    """Whether the message of an error of this class is enough for a user, without a traceback."""
    return name in EXPLAINED or name in OF_THE_SYSTEM


# What a user does about an error of the system (errno(3)).
CURES = {
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR, errno.EISDIR), "move it away"),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "give this account the right to read and write it"),
    errno.EROFS: "its file system is mounted read-only",
    errno.ENOSPC: "make room",
}


def error_line(error: BaseException) -> str:
    """What is wrong, on one line, without control characters: for an error of the system, file and reason; for an error
    that nobody foresaw, its class as well."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        cure = CURES.get(error.errno or 0)
        text = f"{error.filename}: {error.strerror}{f'; {cure}' if cure else ''}"
    elif foreseen(error):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {error}"
    text = " ".join(text.split()).rstrip(": ") or type(error).__name__
    return without_secrets(printable(text, "?"))[:1000]


def foreseen(error: BaseException) -> bool:
    """Whether the error's line is enough for a user, without a traceback."""
    return any(explained(kind.__name__) for kind in type(error).__mro__)


def write_traceback(text: str, warehouse: Path | None, now: datetime | None = None) -> Path | None:
    """Write a traceback to `<warehouse>/failures/`, or, where there is no warehouse or it cannot be written, to the
    folder for temporary files. Returns the file; None where it cannot be written anywhere."""
    name = f"{now or datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.txt"
    folders = [Path(tempfile.gettempdir()) / "onrecord-failures"]
    # Not into an empty folder: `restore` would then refuse it.
    if warehouse is not None and warehouse.is_dir() and any(warehouse.iterdir()):
        folders.insert(0, warehouse / FOLDER)
    for folder in folders:
        with suppress(OSError):
            files.private()
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.write_text(without_secrets(text), encoding="utf-8", errors="backslashreplace")
            for old in sorted(folder.glob("*.txt"))[:-KEPT]:
                old.unlink(missing_ok=True)
            return path
    return None


def traceback_of(error: BaseException) -> str:
    """An error's traceback, with those of its causes."""
    return "".join(traceback.format_exception(error))


def damaged_history(warehouse: Path) -> str | None:
    """Which of Dagster's SQLite files in the warehouse is damaged, what to do, and what that loses, in one line; None
    where none is."""
    home = warehouse / "dagster"
    for path in sorted(home.rglob("*.db")):
        try:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.OperationalError:  # locked, or not to be opened: no damage
            continue
        except sqlite3.DatabaseError as error:
            said = str(error)
        if said != "ok":
            return (
                f"{path} is damaged ({' '.join(said.split())}). Move the folder {home} away and build again. That "
                "loses Dagster's history of runs, changes that you made in its dagster.yaml, and which schedule and "
                "sensors are started; it loses no article, table or release"
            )
    return None


def without_secrets(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """The text without the addresses and the password that only the environment holds."""
    secrets = [environment.get(WEBHOOK, ""), environment.get(POSTGRES, "")]
    with suppress(ValueError):
        password = urlsplit(secrets[1]).password or ""
        secrets += [password, unquote(password)]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "(secret)")
    return text
