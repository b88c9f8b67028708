"""How files of a warehouse are opened, and who may read them.

Modes, for any umask that the program started with:

    the warehouse folder            0711: its names are not listed, the releases below it can be reached
    releases                        folders 0755, files 0444: any account may read them, as a web server does
    data_docs                       0700 and 0600; if its folder has the set-group-ID bit, its group may read
    everything else                 0700 and 0600
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

RELEASES, DATA_DOCS = "releases", "data_docs"
# Limit for lists of checksums and descriptions: a release of a thousand files has 100 kB of checksums.
MAX_BYTES = 64_000_000
# Names in a warehouse folder that are made private: files, folders.
_OWN_FILES = re.compile(
    r"onrecord\..+|.+\.(?:lock|holder)|withdrawn\..+|(?:allowed|history|audit)\.(?:csv|json)"
    r"|\.(?:onrecord|withdrawn|allowed|history|audit|under-way).*"
)
_FOLDERS = frozenset(
    {DATA_DOCS, "dagster", "failures", "shards", "reshard.tmp", "reshard.ready"}
    | {"intake.tmp", "checks.tmp", "scratch.tmp", "onrecord.duckdb.tmp"}
)
_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def kind(mode: int) -> str:
    """Return the kind of a file by its st_mode: "" for a regular file, else a description."""
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "no file")


def entries(folder: Path) -> dict[str, str]:
    """Return everything below the folder as posix path -> kind ("" for a regular file), sorted. Follows no link.

    Raises OSError if a folder cannot be read.
    """
    found = {}
    waiting = [""]
    while waiting:
        above = waiting.pop()
        with os.scandir(folder / above) as inside:
            for entry in inside:
                what = kind(entry.stat(follow_symlinks=False).st_mode)
                found[f"{above}{entry.name}"] = what
                if what == "a folder":
                    waiting.append(f"{above}{entry.name}/")
    return dict(sorted(found.items()))


@contextmanager
def open_regular(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file for reading. Raises OSError at once for anything else: waits for no pipe, follows no link."""
    what = kind(path.lstat().st_mode)
    if not what:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            what = kind(os.fstat(handle).st_mode)
            if not what:
                yield file
                return
    raise OSError(errno.EINVAL, f"{what}, not a file", str(path))


def read(path: Path, most: int = MAX_BYTES) -> bytes:
    """Return the bytes of a regular file. Raises OSError as `open_regular` does, and if it has more than `most`
    bytes."""
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"larger than {most / 1e6:,.0f} MB", str(path))
    return content


def sha256(path: Path) -> str:
    """Return the SHA-256 of a regular file's bytes, as hex. Raises OSError as `open_regular` does."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` another name of a file, or a copy where the file system has no hard links. Raises OSError."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def atomic_write(path: Path, content: str | bytes) -> None:
    """Write a file completely or not at all: as `.<name>.partial` beside it, then renamed. Raises OSError."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)  # a link is not followed
    partial.write_bytes(content.encode() if isinstance(content, str) else content)
    partial.replace(path)


def make_private_folder(folder: Path) -> None:
    """Create a warehouse folder if it is missing, and make what this process writes private. Raises OSError."""
    set_private_umask()
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in missing:
        set_mode(place, 0o711 if place == folder else 0o755)


def set_private_umask() -> None:
    """Make everything that this process and its children create readable for their account only. Set per process,
    because DuckDB and SQLite create files beside their databases at any time. `make_world_readable` opens what others
    may read."""
    os.umask(os.umask(0o077) | 0o077)


def make_world_readable(folder: Path) -> None:
    """Let any account read what is below the folder, and nobody write to its files."""
    for name, what in entries(folder).items():
        if what == "a folder":
            (folder / name).chmod(0o755)
        elif not what:
            (folder / name).chmod(0o444)
    folder.chmod(0o755)


def restrict_permissions(warehouse: Path) -> None:
    """Give our files in the warehouse folder the modes above, if this account owns them. Skips links and files with
    other names."""
    about = warehouse.stat()
    if not about.st_mode & stat.S_ISVTX:  # a folder for all, as /tmp is
        set_mode(warehouse, stat.S_IMODE(about.st_mode) & ~0o077 | 0o011)
    for top in sorted(warehouse.iterdir()):
        what = kind(top.lstat().st_mode)
        if what == "" and _OWN_FILES.fullmatch(top.name):
            set_mode(top, 0o600)
        elif what == "a folder" and top.name == RELEASES:
            _open_releases(top)
        elif what == "a folder" and top.name in _FOLDERS:
            restrict_to_owner(top, shared=top.name == DATA_DOCS and is_shared(top))


def _open_releases(releases: Path) -> None:
    set_mode(releases, 0o755)
    for version in sorted(releases.iterdir()):
        # A hidden release is still being written.
        if not version.name.startswith(".") and kind(version.lstat().st_mode) == "a folder":
            with suppress(OSError):
                make_world_readable(version)


def is_shared(folder: Path) -> bool:
    """Whether the folder's group may read it: an operator has set its set-group-ID bit."""
    return folder.is_dir() and bool(folder.lstat().st_mode & stat.S_ISGID)


def restrict_to_owner(folder: Path, *, shared: bool = False, group: int | None = None) -> None:
    """Let only the owner read what is below the folder; with `shared` a group as well (default: the folder's)."""
    if group is None:
        group = folder.lstat().st_gid
    elif shared:
        with suppress(OSError):
            os.chown(folder, -1, group, follow_symlinks=False)
    with suppress(OSError):  # deleted meanwhile, or owned by another account
        for name, what in entries(folder).items():
            path = folder / name
            if shared:
                with suppress(OSError):
                    os.chown(path, -1, group, follow_symlinks=False)
            if what == "a folder":
                set_mode(path, 0o2750 if shared else 0o700)
            elif not what:
                set_mode(path, 0o640 if shared else 0o600)
    set_mode(folder, 0o2750 if shared else 0o700)


def set_mode(path: Path, mode: int) -> None:
    """Change a mode if it differs. Does nothing if another account owns the file."""
    with suppress(OSError):
        if stat.S_IMODE(path.lstat().st_mode) != mode:
            path.chmod(mode)
