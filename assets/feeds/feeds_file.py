"""The operator's list of feeds: a TOML file, written by `onrecord feeds add` or by hand.

    [[feed]]
    url = "https://news.example/rss"
    since = 2026-11-01

It is never in the warehouse folder or the raw folder. Without --feeds, it is in the account's configuration folder, one
file per warehouse: a warehouse that is restored elsewhere has no feeds until its operator adds them.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from assets.feeds.addresses import AddressError, cleaned
from assets.settings import SettingError, Settings
from pipeline.contract.ids import digest
from warehouse import files

MAX_BYTES = 10_000_000
HEAD = """\
# The feeds that onrecord fetches: RSS, Atom, sitemaps, lists of addresses. `onrecord feeds add` and `remove` write it.
# since: articles to which the feed gives an earlier day are not fetched.
"""
_KEYS = frozenset({"url", "since"})


@dataclass(frozen=True, slots=True)
class Feed:
    """The address of a feed, and the first day from which its articles are fetched."""

    url: str
    since: date | None = None


def path(settings: Settings) -> Path:
    """Return the path of this warehouse's list. Raises SettingError if it is inside the warehouse or the raw folder."""
    file = settings.feeds or _own(settings.warehouse)
    real = Path(os.path.realpath(file))
    for folder, what in ((settings.warehouse, "warehouse"), (settings.raw, "raw folder")):
        if real.is_relative_to(os.path.realpath(folder)):
            raise SettingError(
                f"--feeds {file}: is inside the {what}, where others may write, so it must not decide which "
                "hosts are contacted; move it"
            )
    return file


def _own(warehouse: Path) -> Path:
    """Return the file in the account's configuration folder (XDG base directory specification)."""
    given = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(given) if given.startswith("/") else Path("~/.config").expanduser()
    real = os.path.realpath(warehouse)
    return folder / "onrecord" / f"feeds-{Path(real).name}-{digest(real)[:8]}.toml"


def load(file: Path) -> list[Feed]:
    """Return the feeds of the list; empty if there is no file. Raises SettingError that names file and feed."""
    try:
        content = tomllib.loads(files.read(file, MAX_BYTES).decode("utf-8-sig"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SettingError(f"{file}: cannot be read: {why}; correct it, or move it away") from None
    listed = content.get("feed", [])
    if content.keys() - {"feed"} or not isinstance(listed, list) or not all(isinstance(line, dict) for line in listed):
        raise SettingError(f"{file}: holds something else than [[feed]] tables; delete it")
    return [_feed(file, number, line) for number, line in enumerate(listed, start=1)]


def _feed(file: Path, number: int, line: dict[str, object]) -> Feed:
    where = f"{file}: feed {number}"
    if unknown := line.keys() - _KEYS:
        raise SettingError(f"{where}: there is no {min(unknown)!r}; there are url and since")
    url, since = line.get("url"), line.get("since")
    if not isinstance(url, str):
        raise SettingError(f"{where}: has no url")
    if since is not None and (not isinstance(since, date) or isinstance(since, datetime)):
        raise SettingError(f"{where}: since is not a day such as 2026-11-28")
    try:
        return Feed(cleaned(url), since)
    except AddressError as error:
        raise SettingError(f"{where}: {error}") from None


def write(file: Path, feeds: Iterable[Feed]) -> None:
    """Write the list atomically. Raises SettingError."""
    lines = [HEAD]
    for feed in feeds:
        # An address is ASCII without quotation marks, backslashes and control characters (addresses.cleaned).
        lines += ["[[feed]]", f'url = "{feed.url}"', *([f"since = {feed.since}"] if feed.since else []), ""]
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.atomic_write(file, "\n".join(lines))
    except OSError as error:
        raise SettingError(f"{file}: cannot be written: {error.strerror}; choose another one with --feeds") from None
