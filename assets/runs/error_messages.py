"""Errors in one line for users, and the files with their tracebacks.

Imports no Dagster: it is available before anything slow is imported.
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

# If set to 1, errors end a command with Python's traceback on the terminal.
TRACEBACK = "ONRECORD_TRACEBACK"
FOLDER = "failures"
# Maximum traceback files in a warehouse.
KEPT = 100
# Names of errors whose message is written for users: it says what is wrong and what to do. Names, because that is all
# that is known of an error in a Dagster step.
EXPLAINED = frozenset(
    {
        *("StoreError", "StoreLocked", "SourcesVanished", "SettingError", "ReleaseRefused", "EngineError"),
        *("AliasError", "CorrectionError", "SheetError", "PublishError", "WebhookError", "ArticleNotFound"),
        *("DamagedRelease", "BrokenTable", "RowsDiffer", "DamagedModel", "ModelError", "ChecksFailed"),
        *("AddressError", "DataError"),
    }
)
# Operating system errors that name a file or a device: OSError and its subclasses.
OF_THE_SYSTEM = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, OSError)
)


def is_explained_error(name: str) -> bool:
    """Return whether the message of an error of this class is enough for a user, without a traceback."""
    return name in EXPLAINED or name in OF_THE_SYSTEM


# What a user can do about an operating system error (errno(3)).
ERRNO_HINTS = {
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR, errno.EISDIR), "move it away"),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "give this account the right to read and write it"),
    errno.EROFS: "its file system is mounted read-only",
    errno.ENOSPC: "make room",
}


def error_line(error: BaseException) -> str:
    """Return what is wrong, on one line, without control characters: file and reason for an operating system error;
    class and message for an unexpected one."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        cure = ERRNO_HINTS.get(error.errno or 0)
        text = f"{error.filename}: {error.strerror}{f'; {cure}' if cure else ''}"
    elif needs_no_traceback(error):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {error}"
    text = " ".join(text.split()).rstrip(": ") or type(error).__name__
    return without_secrets(printable(text, "?"))[:1000]


def needs_no_traceback(error: BaseException) -> bool:
    """Return whether the error's line is enough for a user, without a traceback."""
    return any(is_explained_error(kind.__name__) for kind in type(error).__mro__)


def write_traceback(text: str, warehouse: Path | None, now: datetime | None = None) -> Path | None:
    """Write a traceback to `<warehouse>/failures/`, or, if there is no warehouse or it is not writable, to the folder
    for temporary files. Returns the file; None if it cannot be written anywhere."""
    name = f"{now or datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.txt"
    folders = [Path(tempfile.gettempdir()) / "onrecord-failures"]
    # Not into an empty folder: `restore` would then refuse it.
    if warehouse is not None and warehouse.is_dir() and any(warehouse.iterdir()):
        folders.insert(0, warehouse / FOLDER)
    for folder in folders:
        with suppress(OSError):
            files.set_private_umask()
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.write_text(without_secrets(text), encoding="utf-8", errors="backslashreplace")
            for old in sorted(folder.glob("*.txt"))[:-KEPT]:
                old.unlink(missing_ok=True)
            return path
    return None


def traceback_of(error: BaseException) -> str:
    """Return an error's traceback, with those of its causes."""
    return "".join(traceback.format_exception(error))


def damaged_history(warehouse: Path) -> str | None:
    """Return one line on a damaged SQLite file of Dagster in the warehouse: which, what to do, and what that loses;
    None if none is damaged."""
    home = warehouse / "dagster"
    for path in sorted(home.rglob("*.db")):
        try:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                answer = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.OperationalError:  # locked, or cannot be opened: not damaged
            continue
        except sqlite3.DatabaseError as error:
            answer = str(error)
        if answer != "ok":
            return (
                f"{path} is damaged ({' '.join(answer.split())}). Move the folder {home} away and build again. That "
                "loses Dagster's history of runs, changes that you made in its dagster.yaml, and which schedule and "
                "sensors are started; it loses no article, table or release"
            )
    return None


def without_secrets(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Replace the addresses and the password that only the environment holds."""
    secrets = [environment.get(WEBHOOK, ""), environment.get(POSTGRES, "")]
    with suppress(ValueError):
        password = urlsplit(secrets[1]).password or ""
        secrets += [password, unquote(password)]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "(secret)")
    return text
