"""A fetch under the settings: its requirements, the user agent, and the lock."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from assets.feeds import feeds_file
from assets.feeds.feeds_file import Feed
from assets.feeds.limits import LIMITS, Limits
from assets.feeds.state import FeedState, State, state_path
from assets.settings import SAMPLE, SettingError, Settings, is_folder
from pipeline.contract import ids
from warehouse.lock import hold_lock
from warehouse.withdrawal import lists

if TYPE_CHECKING:
    from assets.feeds.fetching import FeedReport

# Failed fetches after which a feed is a problem: with one a day, an outage over a weekend is none.
FAILURES = 3
PACKAGES = ("httpcore", "protego")


def agent(settings: Settings) -> str:
    """Return the user agent of requests. Raises SettingError if there is no contact."""
    if not settings.contact:
        raise SettingError(
            "hosts must be able to contact the operator of the fetcher: give --contact with an e-mail or web "
            "address, or store it: onrecord config set contact you@example.org"
        )
    if not settings.contact.isascii():
        raise SettingError("--contact: only ASCII characters are allowed")
    return f"onrecord/{version('onrecord')} (+{settings.contact})"


def fetch(settings: Settings, log: Callable[[str], None], limits: Limits = LIMITS) -> list[FeedReport]:
    """Fetch what is new in the feeds of this warehouse. Raises SettingError, StoreError; OSError if an archive cannot
    be written."""
    file = feeds_file.path(settings)
    feeds = feeds_file.load(file)
    if not feeds:
        return []
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise SettingError(f"feeds need {', '.join(missing)}: uv sync --extra feeds")
    name = agent(settings)
    if settings.raw == SAMPLE:
        raise SettingError("feeds cannot be fetched into the sample: give your own raw folder, --raw FOLDER")
    if not is_folder(settings.raw):
        raise SettingError(f"the raw folder {settings.raw} does not exist or is not a folder")
    from assets.feeds.archive import FOLDER
    from assets.feeds.client import Client
    from assets.feeds.fetching import FetchRun

    gone = lists.withdrawn(settings.warehouse)
    state = state_path(file)
    with (
        hold_lock(state.with_name(f"{state.name}.lock"), 0.0, "the fetch of feeds"),
        State(state, settings.raw) as known,
        Client(name, limits, private=settings.allow_private) as client,
    ):
        fetching = FetchRun(
            client,
            known,
            limits,
            settings.raw / FOLDER,
            withdrawn=lambda address: ids.document_id(address) in gone,
            log=log,
        )
        return fetching.run(feeds)


def states(settings: Settings, feeds: list[Feed]) -> list[tuple[Feed, FeedState | None]]:
    """Return each feed with the state of its fetches. Raises SettingError."""
    file = state_path(feeds_file.path(settings))
    if not file.exists():
        return [(feed, None) for feed in feeds]
    with State(file, settings.raw) as state:
        return [(feed, state.feed(feed.url)) for feed in feeds]


def summary(settings: Settings) -> tuple[dict[str, int], list[str]]:
    """Return numbers of feeds, of feeds never fetched, of feeds whose last fetch failed, and of articles that wait; and
    a line for each feed whose last FAILURES fetches or more failed. Raises SettingError."""
    feeds = states(settings, feeds_file.load(feeds_file.path(settings)))
    known = [(feed, state) for feed, state in feeds if state is not None]
    counts = {
        "feeds": len(feeds),
        "never fetched": len(feeds) - len(known),
        "failing": sum(state.failures > 0 for _, state in known),
        "articles waiting": sum(state.waiting for _, state in known),
    }
    return counts, [
        f"the feed {feed.url} has failed {state.failures:,} times one after the other: {state.outcome}"
        for feed, state in known
        if state.failures >= FAILURES
    ]
