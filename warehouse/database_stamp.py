"""Detect whether a database file is as onrecord left it.

A stamp is inode, size and change time (ctime, stat(2)) of the database and of its write-ahead log. It differs after a
write by another program, a killed process, a copy or a restore. `request_comparison` leaves a mark, which stays
until the rows were compared.
"""

from __future__ import annotations

import os
from pathlib import Path

# Characters of the stamp's file: room for six 64-bit numbers.
_WIDTH = 128


def current_stamp(database: Path) -> str:
    """Return the current stamp of the file."""
    files = (database, database.with_name(f"{database.name}.wal"))
    found = [file.stat() if file.exists() else None for file in files]
    return " ".join(f"{f.st_ino} {f.st_size} {f.st_ctime_ns}" if f else "-" for f in found)


def write(database: Path) -> str:
    """Write the current stamp of the file, and return it. Call with the store's lock, when the connection is closed."""
    stamp = current_stamp(database)
    # Overwrite, do not truncate: ext4 flushes a truncated file at once, which takes a millisecond each time.
    handle = os.open(_beside(database, "stamp"), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, stamp.ljust(_WIDTH).encode("ascii"))
    finally:
        os.close(handle)
    return stamp


def changed(database: Path) -> bool:
    """Whether the file differs from what the last process of onrecord left."""
    try:
        return _beside(database, "stamp").read_text(encoding="ascii").rstrip() != current_stamp(database)
    except (OSError, UnicodeDecodeError):
        return True


def request_comparison(database: Path) -> None:
    """Note that the rows have to be compared with their digests."""
    _beside(database, "unverified").touch(0o600)


def clear_comparison(database: Path) -> None:
    """Note that the rows were compared, or that the database is new."""
    _beside(database, "unverified").unlink(missing_ok=True)


def comparison_requested(database: Path) -> bool:
    """Whether the rows have to be compared with their digests."""
    return _beside(database, "unverified").exists()


def _beside(database: Path, kind: str) -> Path:
    return database.with_suffix(f".{kind}")
