"""The command `feeds`: the list of feeds, fetching, and results."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from assets.cli.options import given_settings, options
from assets.feeds import feeds_file
from assets.feeds.addresses import AddressError, cleaned
from assets.feeds.feeds_file import Feed
from assets.feeds.state import FeedState, State, state_path
from assets.settings import Settings, variable
from warehouse.text import counted, printable

FLAGS = ("raw", "warehouse", "feeds")


@click.group()
def feeds() -> None:
    """Feeds that are fetched into the raw folder: RSS, Atom, sitemaps, lists of addresses (docs/feeds.md).

    The daily schedule fetches them before it builds; `feeds fetch` does now.
    """


@feeds.command()
@click.argument("url", nargs=-1, required=True)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="skip articles that the feed dates before this day")
@options(*FLAGS, "allow_private")
def add(url: tuple[str, ...], since: datetime | None, **given: Any) -> None:
    """Add feeds to the list."""
    settings, known = _listed(given)
    file = feeds_file.path(settings)
    fresh = {}
    for text in url:
        address = cleaned(text)
        fresh[address] = Feed(address, since.date() if since else None)
    feeds_file.write(file, [*(feed for feed in known if feed.url not in fresh), *fresh.values()])
    for feed in fresh.values():
        from_day = f", from {feed.since} on" if feed.since else ""
        click.echo(f"{feed.url} was added to {file}{from_day}")
    if settings.allow_private:
        variables = f"where {variable('allow_private')} is 1"
        click.echo(f"`onrecord feeds fetch --allow-private` fetches it now, the daily schedule once a day {variables}.")
    else:
        click.echo("`onrecord feeds fetch` fetches it now, the daily schedule once a day.")
    if not settings.contact:
        click.echo("Hosts must be able to contact you: first run onrecord config set contact you@example.org")


@feeds.command()
@click.argument("url", nargs=-1, required=True)
@options(*FLAGS)
def remove(url: tuple[str, ...], **given: Any) -> None:
    """Remove feeds from the list. Articles that were fetched stay."""
    settings, known = _listed(given)
    file = feeds_file.path(settings)
    gone = []
    for text in url:
        found = [feed for feed in known if feed.url == text or feed.url == _cleaned(text)]
        if not found:
            raise click.ClickException(f"{printable(text)} is not in {file}; `onrecord feeds list` shows the feeds")
        gone += found
    feeds_file.write(file, [feed for feed in known if feed not in gone])
    if state_path(file).exists():
        with State(state_path(file), settings.raw) as state:
            for feed in gone:
                state.removed(feed.url)
    for feed in gone:
        click.echo(f"{feed.url} was removed from {file}; articles fetched from it are kept")


@feeds.command("list")
@options(*FLAGS)
def list_(**given: Any) -> None:
    """List the feeds: when each was last fetched, and what came."""
    settings, known = _listed(given)
    file = feeds_file.path(settings)
    click.echo(f"{file}: {counted(len(known), 'feed')}")
    if not known:
        click.echo("`onrecord feeds add URL` adds one.")
        return
    from assets.feeds.run import states

    for feed, state in states(settings, known):
        for line in _shown(feed, state):
            click.echo(printable(line, "?"))


@feeds.command()
@options(*FLAGS, "contact", "allow_private")
def fetch(**given: Any) -> None:
    """Fetch new articles into the raw folder, as web archives. The next build processes them."""
    settings, known = _listed(given)
    if not known:
        raise click.ClickException(f"{feeds_file.path(settings)} lists no feed; `onrecord feeds add URL` adds one")
    from assets.feeds.run import fetch as fetch_feeds

    reports = fetch_feeds(settings, lambda line: click.echo(printable(line, "?")))
    for report in reports:
        if report.succeeded or report.fetched:
            click.echo(f"{report.url}: {report.line}")
    pages = sum(report.fetched for report in reports)
    failed = [report for report in reports if not report.succeeded]
    click.echo(
        f"{counted(pages, 'article')} fetched from {counted(len(reports), 'feed')}, {len(failed)} of them failed"
    )
    if failed and len(failed) == len(reports):
        raise click.exceptions.Exit(1)


def _shown(feed: Feed, state: FeedState | None) -> list[str]:
    since: date | None = feed.since
    head = f"  {feed.url}" + (f" (from {since} on)" if since else "")
    if state is None:
        return [head, "      never fetched"]
    bad = f", failed {counted(state.failures, 'time')} since" if state.failures else ""
    waiting = f", {state.waiting:,} waiting" if state.waiting else ""
    given_up = f", {state.given_up:,} given up" if state.given_up else ""
    return [
        head,
        f"      {counted(state.fetched, 'article')}{waiting}{given_up}; "
        f"last read {state.last_success_at or 'never'}{bad}",
        f"      {state.at}: {state.outcome}",
    ]


def _listed(given: dict[str, Any]) -> tuple[Settings, list[Feed]]:
    """Return the settings and the list. Raises SettingError."""
    settings = given_settings(given)
    return settings, feeds_file.load(feeds_file.path(settings))


def _cleaned(text: str) -> str | None:
    try:
        return cleaned(text)
    except AddressError:
        return None
