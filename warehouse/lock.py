"""Lock files that name their holder."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse import files
from warehouse.sql import StoreError, StoreLocked
from warehouse.text import one_line

LOG = logging.getLogger("onrecord")
# Log after this time who has a lock or a database open.
LOG_WAIT_AFTER_SECONDS = 2.0


def _holder(path: Path) -> str:
    """Return the name of a lock's holder, from the file that it wrote."""
    try:
        who = files.read(path, 100).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        who = ""
    return who if who.isprintable() and who else "another process"


@contextmanager
def hold_lock(lock: Path, seconds: float, what: str) -> Iterator[None]:
    """Hold a lock file that names its holder. Raises StoreLocked, which names the holder, if it is not free in time,
    and StoreError if it cannot be locked."""
    holder = lock.with_suffix(".holder")
    quietly = min(seconds, LOG_WAIT_AFTER_SECONDS)
    try:
        file_lock = FileLock(lock)
        try:
            file_lock.acquire(timeout=quietly)
        except Timeout:
            if seconds <= quietly:
                raise
            LOG.warning("%s is locked by %s; waiting for up to %.0f s more", what, _holder(holder), seconds - quietly)
            file_lock.acquire(timeout=seconds - quietly)
    except Timeout:
        raise StoreLocked(f"{what} is locked by {_holder(holder)} (waited {seconds:g} s for {lock})") from None
    except (OSError, NotImplementedError) as error:
        why = getattr(error, "strerror", None) or one_line(error)
        cure = "Give this account the right to write it"
        if lock.is_dir():
            cure = "Move it away"
        elif getattr(error, "errno", None) == errno.EROFS:
            cure = "Mount it writable; check, show, verify and similar commands also work read-only"
        raise StoreError(f"{what} cannot be locked: {lock}: {why}. {cure}") from error
    try:
        with suppress(OSError):  # a full disk prevents writing the name, not locking
            holder.write_text(f"process {os.getpid()}\n", encoding="utf-8")
        yield
    finally:
        file_lock.release()
