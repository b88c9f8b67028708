"""What was fetched and what is still to be fetched: a SQLite file beside the list of feeds.

It survives a kill at any moment. A page is first written to its archive, then recorded as fetched; the archive gets its
final name when it is complete. The next fetch completes what a killed one left (`unfinished`): it truncates the archive
after the last recorded page, and renames it. So a page that was written but not recorded is fetched again, and a
recorded one is in the archive.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assets.settings import SettingError
from warehouse.text import one_line

STATE_FORMAT = "1"
# A page waits; is in an archive; is another address of a page in one; was given up.
WAITING, FETCHED, SAME, GIVEN_UP = "waiting", "fetched", "same", "given up"
_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS feeds (url TEXT PRIMARY KEY, at TEXT NOT NULL, well_at TEXT, failures INTEGER NOT NULL,
    outcome TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lists (feed TEXT NOT NULL, url TEXT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
    PRIMARY KEY (feed, url));
CREATE TABLE IF NOT EXISTS pages (url TEXT PRIMARY KEY, feed TEXT NOT NULL, status TEXT NOT NULL,
    tries INTEGER NOT NULL, reason TEXT NOT NULL, archive TEXT, ends INTEGER, at TEXT);
CREATE INDEX IF NOT EXISTS pages_waiting ON pages (status, feed);
CREATE TABLE IF NOT EXISTS archives (name TEXT PRIMARY KEY, complete INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS hosts (origin TEXT PRIMARY KEY, until REAL NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed's last fetch, its last successful one, the failures since, and the outcome of the last one; the number of
    its pages by status. Times are ISO 8601, UTC."""

    url: str
    at: str
    last_success_at: str | None
    failures: int
    outcome: str
    fetched: int
    waiting: int
    given_up: int


def state_path(file: Path) -> Path:
    """Return the state file of a list of feeds."""
    return file.with_name(f"{file.name}.state")


class State:
    """The open file. Raises SettingError if it cannot be used."""

    def __init__(self, file: Path, raw: Path) -> None:
        """Open or create the file. `raw` is the folder that the archives are in; a state of another is refused."""
        self.file = file
        with self._usable():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # No WAL: the state is one file, which may be copied. FULL: what is recorded is on disk.
            self._db = sqlite3.connect(file, isolation_level=None, timeout=30.0)
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_TABLES)
            for name, value in (("form", STATE_FORMAT), ("raw", str(raw))):
                self._db.execute("INSERT OR IGNORE INTO about VALUES (?, ?)", (name, value))
            known = dict(self._db.execute("SELECT name, value FROM about"))
        if known["form"] != STATE_FORMAT:
            raise SettingError(
                f"{file}: written by another version of onrecord; move it away to fetch everything again"
            )
        if known["raw"] != str(raw):
            raise SettingError(
                f"{file}: belongs to the raw folder {known['raw']}; choose another list with --feeds for "
                f"{raw}; if the folder was moved, move this file away, and everything that the feeds still "
                "list is fetched again"
            )

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            why = getattr(error, "strerror", None) or one_line(error)
            raise SettingError(
                f"{self.file}: cannot be used: {why}. If it is damaged, move it away: everything that the "
                "feeds still list is fetched again"
            ) from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._usable():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def validators(self, feed: str, url: str) -> dict[str, str]:
        """Return the headers that make a request for a list conditional (RFC 9110, 13.1)."""
        row = self._db.execute("SELECT etag, modified FROM lists WHERE feed = ? AND url = ?", (feed, url)).fetchone()
        etag, modified = row or ("", "")
        return {k: v for k, v in (("If-None-Match", etag), ("If-Modified-Since", modified)) if v}

    def listed(self, feed: str, url: str, pages: Sequence[str], etag: str, modified: str) -> int:
        """Record the pages and validators of a list, in one transaction. Returns how many pages are new."""
        with self._transaction():
            before = self._db.total_changes
            self._db.executemany(
                "INSERT OR IGNORE INTO pages (url, feed, status, tries, reason) VALUES (?, ?, ?, 0, '')",
                [(page, feed, WAITING) for page in pages],
            )
            new = self._db.total_changes - before
            self._db.execute("INSERT OR REPLACE INTO lists VALUES (?, ?, ?, ?)", (feed, url, etag, modified))
        return new

    def waiting(self, feed: str, most: int) -> list[str]:
        """Return pages of a feed that are to be fetched, the first found first."""
        sql = "SELECT url FROM pages WHERE status = ? AND feed = ? ORDER BY rowid LIMIT ?"
        return [str(row[0]) for row in self._db.execute(sql, (WAITING, feed, most))]

    def status(self, page: str) -> str | None:
        """Return the status of a page; None if it is unknown."""
        row = self._db.execute("SELECT status FROM pages WHERE url = ?", (page,)).fetchone()
        return str(row[0]) if row else None

    def begin(self, archive: str) -> None:
        """Record that an archive is being written."""
        with self._transaction():
            self._db.execute("INSERT INTO archives VALUES (?, 0)", (archive,))

    def fetched(self, names: Iterable[str], page: str, feed: str, archive: str, ends: int) -> None:
        """Record that a page is in the archive, up to this offset; `names`: other addresses redirected to it."""
        with self._transaction():
            sql = "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, 0, ?, ?, ?, ?)"
            for name in names:
                if name != page:
                    self._db.execute(sql, (name, feed, SAME, page, archive, ends, _now()))
            self._db.execute(sql, (page, feed, FETCHED, "", archive, ends, _now()))

    def record_alias(self, page: str, as_page: str) -> None:
        """Record that a page is another address of a known one."""
        with self._transaction():
            self._db.execute("UPDATE pages SET status = ?, reason = ? WHERE url = ?", (SAME, as_page, page))

    def failed(self, page: str, reason: str, most: int, *, final: bool) -> bool:
        """Record a failed attempt. Returns whether the page is given up: after `most` attempts, or if `final`."""
        with self._transaction():
            self._db.execute(
                "UPDATE pages SET tries = tries + 1, reason = ?, "
                "status = CASE WHEN ? OR tries + 1 >= ? THEN ? ELSE status END WHERE url = ?",
                (reason, final, most, GIVEN_UP, page),
            )
        return self.status(page) == GIVEN_UP

    def forget(self, page: str) -> None:
        """Delete a page that is not to be fetched."""
        with self._transaction():
            self._db.execute("DELETE FROM pages WHERE url = ? AND status = ?", (page, WAITING))

    def removed(self, feed: str) -> None:
        """Delete the waiting pages of a feed that is no longer listed, and every list's validators, so that pages that
        other feeds list, too, are found again."""
        with self._transaction():
            self._db.execute("DELETE FROM pages WHERE feed = ? AND status = ?", (feed, WAITING))
            self._db.execute("DELETE FROM feeds WHERE url = ?", (feed,))
            self._db.execute("DELETE FROM lists")

    def unfinished(self) -> list[tuple[str, int]]:
        """Return archives that a killed fetch left, each with the offset after its last recorded page, or 0."""
        return [
            (str(name), int(ends))
            for name, ends in self._db.execute(
                "SELECT name, coalesce((SELECT max(ends) FROM pages WHERE archive = name), 0) FROM archives "
                "WHERE NOT complete"
            )
        ]

    def complete(self, archive: str, *, lost: bool = False) -> None:
        """Record that an archive is complete, or that it is `lost`: its pages are to be fetched again."""
        with self._transaction():
            if lost:
                self._db.execute(
                    "UPDATE pages SET status = ?, archive = NULL, ends = NULL WHERE archive = ?", (WAITING, archive)
                )
            self._db.execute("UPDATE archives SET complete = 1 WHERE name = ?", (archive,))

    def archive_is_recorded(self, archive: str) -> bool:
        """Return whether an archive with this name was recorded."""
        return self._db.execute("SELECT 1 FROM archives WHERE name = ?", (archive,)).fetchone() is not None

    def archived(self) -> bool:
        """Return whether any archive was completed."""
        return self._db.execute("SELECT 1 FROM archives WHERE complete LIMIT 1").fetchone() is not None

    def last(self, feed: str) -> str:
        """Return when a feed was last fetched; empty if never."""
        row = self._db.execute("SELECT at FROM feeds WHERE url = ?", (feed,)).fetchone()
        return str(row[0]) if row else ""

    def pause(self, origin: str, until: float) -> None:
        """Record until when (seconds since 1970) a host gets no requests."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO hosts VALUES (?, ?)", (origin, until))

    def paused(self, origin: str) -> float:
        """Return until when a host gets no requests; 0 if it does."""
        row = self._db.execute("SELECT until FROM hosts WHERE origin = ?", (origin,)).fetchone()
        return float(row[0]) if row else 0.0

    def record_outcome(self, feed: str, outcome: str, *, well: bool) -> None:
        """Record the outcome of a feed's fetch, now."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO feeds VALUES ($url, $now, $well, $bad, $said) ON CONFLICT (url) DO UPDATE SET at = $now, "
                "well_at = coalesce($well, well_at), failures = CASE WHEN $bad THEN failures + 1 ELSE 0 END, "
                "outcome = $said",
                {"url": feed, "now": _now(), "well": _now() if well else None, "bad": int(not well), "said": outcome},
            )

    def feed(self, url: str) -> FeedState | None:
        """Return the state of a feed; None if it was never fetched."""
        with self._usable():
            row = self._db.execute("SELECT at, well_at, failures, outcome FROM feeds WHERE url = ?", (url,)).fetchone()
            counts = dict(self._db.execute("SELECT status, count(*) FROM pages WHERE feed = ? GROUP BY 1", (url,)))
        if row is None:
            return None
        return FeedState(url, *row, *(counts.get(status, 0) for status in (FETCHED, WAITING, GIVEN_UP)))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
