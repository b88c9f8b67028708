"""Remove old releases, and estimate how long the disk will last.

Data docs need no retention: each run of the checks replaces them.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from warehouse.lock import hold_lock
from warehouse.release import versions
from warehouse.store import Store


def outdated(releases: Path, keep: int) -> list[str]:
    """Return the releases to remove, oldest first: all but the newest `keep` and the last one of every month.

    The newest undamaged release and all later ones are always kept.
    """
    known = versions.versions(releases)
    last_of_month = {place[:2]: version for version in known if (place := versions.order(version)) is not None}
    going = [v for v in known[:-keep] if v not in last_of_month.values()]
    if not going:
        return []
    undamaged = next((v for v in reversed(known) if not versions.verify(releases / v)), known[0])
    return [v for v in going if known.index(v) < known.index(undamaged)]


def remove_outdated_releases(store: Store, keep: int) -> list[str]:
    """Remove the outdated releases. Returns their versions. Raises StoreError when the folder is held, OSError."""
    releases = store.releases
    if len(versions.versions(releases)) <= keep:
        return []
    with hold_lock(store.folder / "releases.lock", store.lock_seconds, "the releases folder"):
        going = outdated(releases, keep)
        for version in going:
            # Hidden at once; the next release deletes what a kill leaves.
            hidden = releases / f".{version}.partial-{os.getpid()}"
            (releases / version).rename(hidden)
            shutil.rmtree(hidden)
        versions.link_latest(releases)
    return going


@dataclass(frozen=True, slots=True)
class Space:
    """Disk space in bytes: of the database, of the newest release, free; and the number of articles in them.

    shared  bytes of the newest release that are also files of another one: parts that did not change
    """

    articles: int
    database: int
    release: int
    free: int
    shared: int = 0

    @property
    def an_article(self) -> float:
        """Bytes per article so far, in database and release."""
        return (self.database + self.release) / max(self.articles, 1)

    @property
    def fits(self) -> int:
        """Articles that still fit. The next release is written beside this one, so what this one had to write is
        subtracted first."""
        return max(int((self.free - self.release + self.shared) / max(self.an_article, 1.0)), 0)


def space(store: Store, release: Path, articles: int) -> Space:
    """Return the disk space with this release as the newest."""
    found = [path.stat() for path in release.rglob("*") if path.is_file()]
    shared = sum(file.st_size for file in found if file.st_nlink > 1)
    size = sum(file.st_size for file in found)
    return Space(articles, store.size, size, shutil.disk_usage(store.folder).free, shared)
