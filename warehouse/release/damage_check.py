"""Check the newest release before a build relies on it."""

from __future__ import annotations

import re
from pathlib import Path

from warehouse import files
from warehouse.release import versions

# Bytes that a build hashes: about a second on a slow processor, and a release of some 10,000 articles. In larger
# releases it hashes the smaller files, and checks the first and last bytes of the others.
READ_BYTES = 256_000_000
_PARQUET = b"PAR1"
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def first_damage(folder: Path, read_bytes: int = READ_BYTES) -> str | None:
    """Return the first damage found in a release's files, in one line, or None.

    Every file of SHA256SUMS has to exist. Files are compared with their checksums, the smallest first, up to
    `read_bytes` in total; of the others, Parquet files have to begin and end with the format's mark.
    """
    try:
        lines = files.read(folder / versions.SUMS).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return f"{versions.SUMS} cannot be read: {error}"
    listed = [match.groups() for line in lines if (match := _LINE.fullmatch(line))]
    if len(listed) != len(lines) or not any(name == versions.RECORD for _, name in listed):
        return f"{versions.SUMS} is not the list of checksums of a release"
    try:
        sizes = {}
        for _, name in listed:
            if (folder / name).is_symlink() or not (folder / name).is_file():
                return f"{name} is missing"
            sizes[name] = (folder / name).stat().st_size
        for digest, name in sorted(listed, key=lambda line: (sizes[line[1]], line[1])):
            read_bytes -= sizes[name]
            sound = versions.sha256(folder / name) == digest if read_bytes >= 0 else _has_parquet_magic(folder / name)
            if not sound:
                return f"{name} was changed since the release"
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    return None


def _has_parquet_magic(path: Path) -> bool:
    """Whether a Parquet file begins and ends with the format's mark; true for other files."""
    if path.suffix != ".parquet":
        return True
    with path.open("rb") as file:
        head = file.read(len(_PARQUET))
        file.seek(-len(_PARQUET), 2)
        return head == file.read() == _PARQUET
