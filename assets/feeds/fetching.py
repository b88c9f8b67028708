"""One fetch of all feeds: read their lists, then fetch the new pages, taking turns between hosts."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assets.feeds import archive as archives
from assets.feeds.addresses import AddressError, origin
from assets.feeds.archive import Archive
from assets.feeds.client import Client, FetchedResponse, FetchError, Request
from assets.feeds.feeds_file import Feed
from assets.feeds.hosts import HostDeferred, Hosts
from assets.feeds.limits import Limits
from assets.feeds.listing import FEED_TYPES, Entry, ListError, Listing, read
from assets.feeds.state import FETCHED, SAME, State
from assets.settings import SettingError
from pipeline.read.warc import HTML
from warehouse.text import printable

# The types that intake reads in an archive (pipeline.read.warc).
PAGES = HTML | {"text/plain"}
# Final: the page does not exist. Other errors may pass.
GONE = frozenset({404, 410})
OVER, TOO_MANY = "the time limit of the fetch was reached", "has too many further lists, or too deeply nested ones"
# Maximum reasons named in a report.
NAMED = 3


@dataclass
class FeedReport:
    """Result for a feed: addresses that its lists gave and how many were new; pages fetched, redirected to a known
    page, withdrawn; failed and waiting ones by reason; why its lists could not be read, if so."""

    url: str
    unchanged: bool = False
    listed: int = 0
    new: int = 0
    fetched: int = 0
    same: int = 0
    withdrawn: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    deferred: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether its lists could be read."""
        return not self.problems

    @property
    def read(self) -> str:
        """What its lists gave, or why they could not be read."""
        if self.problems:
            return f"FAILED: {'; '.join(self.problems[:NAMED])}"
        return "not modified" if self.unchanged else f"{self.listed:,} listed, {self.new:,} new"

    @property
    def line(self) -> str:
        """The result in one line."""
        parts = [self.read]
        if self.succeeded or self.fetched:
            parts.append(f"{self.fetched:,} fetched")
        parts += [f"{count:,} {what}" for count, what in ((self.same, "known"), (self.withdrawn, "withdrawn")) if count]
        parts += [_reasons(many, what) for many, what in ((self.failed, "failed"), (self.deferred, "waiting")) if many]
        return printable("; ".join([*parts, *self.notes[:NAMED]]), "?")


def _reasons(reasons: Counter[str], what: str) -> str:
    named = [f"{why} ({count:,})" if count > 1 else why for why, count in reasons.most_common(NAMED)]
    return f"{reasons.total():,} {what}: {', '.join(named)}{', ...' if len(reasons) > NAMED else ''}"


@dataclass
class FetchRun:
    """A fetch. `folder`: where the archives are; `withdrawn`: whether the article at an address was withdrawn; `log`
    receives a line for each feed read and each page that failed."""

    client: Client
    state: State
    limits: Limits
    folder: Path
    withdrawn: Callable[[str], bool]
    log: Callable[[str], None]
    archive: Archive | None = None
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.hosts = Hosts(self.client, self.state, self.limits)

    def run(self, feeds: Sequence[Feed]) -> list[FeedReport]:
        """Fetch what is new. Pages fetched before an error are in an archive. Raises OSError if an archive cannot be
        written, SettingError if their folder is gone."""
        if self.state.archived() and not self.folder.is_dir():
            raise SettingError(
                f"{self.folder}, where archives were written, is gone: mount it again; if it was deleted on "
                "purpose, create it empty"
            )
        self.recover()
        reports = {feed.url: FeedReport(feed.url) for feed in feeds}
        try:
            # Least recently fetched first, in case the time does not suffice for all.
            for feed in sorted(feeds, key=lambda feed: self.state.last(feed.url)):
                if self._time_is_up:
                    reports[feed.url].problems.append(OVER)
                else:
                    self._lists(feed, reports[feed.url])
            self._pages(reports)
        finally:
            self._close()
        for report in reports.values():
            self.state.record_outcome(report.url, report.line, well=report.succeeded)
        return list(reports.values())

    @property
    def _time_is_up(self) -> bool:
        return time.monotonic() - self.began > self.limits.run_seconds

    def recover(self) -> None:
        """Complete or discard the archives of a killed fetch."""
        for name, ends in self.state.unfinished():
            there = ends > 0 and archives.finish(self.folder, name, ends)
            if not there:
                archives.discard(self.folder, name)
            self.state.complete(name, lost=not there)

    # Lists

    def _lists(self, feed: Feed, report: FeedReport) -> None:
        waiting = deque([(feed.url, 0)])
        seen = {feed.url}
        unchanged = 0
        while waiting:
            url, depth = waiting.popleft()
            try:
                found = self._list(feed, url, report)
            except HostDeferred as error:
                report.problems.append(str(error))
                continue
            except (FetchError, ListError, AddressError) as error:
                report.problems.append(f"{url} {error}" if url != feed.url else str(error))
                continue
            if found is None:
                unchanged += 1
                continue
            for entry in found.lists:
                if entry.address in seen or _before(entry, feed):
                    continue
                seen.add(entry.address)
                if depth >= self.limits.depth or len(seen) > self.limits.lists:
                    if TOO_MANY not in report.notes:
                        report.notes.append(TOO_MANY)
                    break
                waiting.append((entry.address, depth + 1))
        report.unchanged = unchanged == len(seen)
        self.log(printable(f"{feed.url}: {report.read}", "?"))

    def _list(self, feed: Feed, url: str, report: FeedReport) -> Listing | None:
        """Return the content of a list and record it in the state; None if it has not changed."""
        limits = self.limits
        known = self.state.validators(feed.url, url)
        moved: list[str] = []

        def step(address: str) -> bool:
            moved.append(address)
            return True

        response = self.hosts.follow(url, Request(limits.list_bytes, known), step)
        if moved:
            report.notes.append(f"has moved to {moved[-1]}")
        if response.status == 304 and known:
            return None
        if response.status != 200:
            raise FetchError(f"answers {response.status}")
        found = read(response.content(limits.list_bytes), response.address, response.media_type, limits.entries)
        if found.reason:
            report.notes.append(f"{found.unusable:,} unusable ({found.reason})" if found.unusable else found.reason)
        pages = [entry.address for entry in found.articles if not _before(entry, feed)]
        kept = [page for page in pages if not self.withdrawn(page)]
        report.listed += len(found.articles)
        report.withdrawn += len(pages) - len(kept)
        # The lists of an index change without the index, so it gets no validators.
        validators = ("", "") if found.lists else (response.header("etag"), response.header("last-modified"))
        report.new += self.state.listed(feed.url, url, kept, *validators)
        return found

    # Pages

    def _pages(self, reports: dict[str, FeedReport]) -> None:
        by_host: dict[str, deque[tuple[str, FeedReport]]] = {}
        for report in reports.values():
            pages = self.state.waiting(report.url, self.limits.pages + 1)
            if len(pages) > self.limits.pages:
                report.notes.append(f"limit of {self.limits.pages:,} pages per fetch reached; the next fetch continues")
            for page in pages[: self.limits.pages]:
                by_host.setdefault(origin(page), deque()).append((page, report))
        while by_host:
            name = min(by_host, key=lambda host: self.hosts.of(f"{host}/").ready)
            page, report = by_host[name].popleft()
            if not by_host[name]:
                del by_host[name]
            if self._time_is_up:
                report.deferred[OVER] += 1
            else:
                self._page(page, report)

    def _page(self, page: str, report: FeedReport) -> None:
        if self.state.status(page) in (FETCHED, SAME):
            return  # another page of this fetch was redirected to it
        final = True
        try:
            self._fetch(page, report)
            return
        except HostDeferred as error:
            report.deferred[str(error)] += 1
            return
        except FetchError as error:
            why, final = str(error), error.final
        except AddressError as error:
            why = f"redirects to {error}"
        given_up = self.state.failed(page, why, self.limits.attempts, final=final)
        report.failed[why] += 1
        self.log(printable(f"{page}: {why}{'; given up' if given_up else ''}", "?"))

    def _fetch(self, page: str, report: FeedReport) -> None:
        """Fetch a page into the archive. Raises HostDeferred, FetchError, AddressError."""
        names = [page]

        def step(address: str) -> bool:
            names.append(address)
            return not self.withdrawn(address) and self.state.status(address) not in (FETCHED, SAME)

        stop = self.withdrawn(page)
        response = (
            None if stop else self.hosts.follow(page, Request(self.limits.page_bytes, check_headers=_is_page), step)
        )
        if stop or self.withdrawn(names[-1]):
            self.state.forget(page)
            report.withdrawn += 1
        elif response is not None and response.address != names[-1]:
            self.state.record_alias(page, names[-1])
            report.same += 1
        elif response is not None:
            if response.status != 200:
                raise FetchError(f"answers {response.status}", final=response.status in GONE)
            if not response.content(self.limits.page_bytes).strip():
                raise FetchError("is empty")
            self._keep(response, names, report)

    def _keep(self, response: FetchedResponse, names: Sequence[str], report: FeedReport) -> None:
        if self.archive is None:
            self.archive = self._new()
        ends = self.archive.add(response, [report.url, *names[:-1]])
        self.state.fetched(names, response.address, report.url, self.archive.archive, ends)
        report.fetched += 1

    def _new(self) -> Archive:
        self.folder.mkdir(parents=True, exist_ok=True)
        at, number = datetime.now(UTC), 0
        while self.state.archive_is_recorded(name := archives.name(number, at)) or (self.folder / name).exists():
            number += 1
        self.state.begin(name)
        return Archive(self.folder, name, self.client.name)

    def _close(self) -> None:
        if self.archive is not None:
            self.archive.close()
            self.state.complete(self.archive.archive)
            self.log(f"written: {self.folder / self.archive.archive}")


def _before(entry: Entry, feed: Feed) -> bool:
    return feed.since is not None and entry.day is not None and entry.day < feed.since


def _is_page(response: FetchedResponse) -> None:
    """Raise FetchError if a response is not a page that intake reads."""
    if response.status != 200 or response.media_type in PAGES:
        return
    what = response.media_type or "without a Content-Type"
    feed = response.media_type in FEED_TYPES
    raise FetchError(
        f"is {what}, a feed: add it with `onrecord feeds add`" if feed else f"is {what}, no page", final=True
    )
