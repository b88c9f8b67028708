"""Feeds: killed fetches, and fetches by the schedule."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets.automation import DAILY
from assets.feeds import FEEDS, feeds_file
from assets.feeds.feeds_file import Feed
from assets.feeds.limits import LIMITS
from assets.feeds.run import fetch
from assets.runs.instance import open_instance
from assets.settings import ROOT, Settings, to_environment
from pipeline import read
from tests.support.feed_server import Reply, feed_settings, serving
from tests.support.processes import daemon

pytestmark = pytest.mark.slow
QUICK = replace(LIMITS, between_seconds=0.0)


def killed(place: Settings, step: int) -> str | None:
    """Kill a fetch at this step; return None, or its output if it ended before."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.feed_kill", str(step)],
        env={**os.environ, **to_environment(place), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.stdout if done.returncode == 0 else None


def records(place: Settings) -> list[str]:
    """Return the URL of every record that intake reads, sorted."""
    found = []
    for entry in read.listing(place.raw):
        for row in read.read_file(place.raw, entry):
            assert isinstance(row, read.Record), row
            found.append(str(row.url))
    return sorted(found)


def said(place: Settings) -> set[str]:
    """Return the direct quotations of the newest release."""
    try:
        # One release, also if the next is made meanwhile.
        folder = (place.warehouse / "releases" / "latest").resolve()
        quotes = pl.read_parquet(folder / "quotes.parquet", columns=["kind", "text"])
    except FileNotFoundError:
        return set()
    return {words.rstrip(",") for kind, words in quotes.iter_rows() if kind == "direct"}


def test_the_schedule_fetches_builds_and_releases(tmp_path: Path) -> None:
    """The feed grows while it is down, and drops its first article. The daemon runs only the schedule."""
    place = replace(feed_settings(tmp_path), publish_text="all")
    with serving() as site:
        paths = []

        def publish(*words: str) -> None:
            for text in words:
                paths.insert(0, f"/{len(paths)}")
                site.article(paths[0], f"Lume{'abcdefgh'[len(paths)]}", text)
            site.feed("/rss", *paths[:3])

        publish("We open gate one", "We open gate two")
        feeds_file.write(feeds_file.path(place), [Feed(f"{site.url}/rss"), Feed(f"{site.url}/none")])
        with daemon(place, tmp_path, DAILY, shown=lambda: said(place)) as wait:
            wait("the first articles", lambda: said(place) == {"We open gate one", "We open gate two"})
            site.replies["/robots.txt"] = Reply(status=500)
            publish("We open gate three", "We open gate four")
            asked = len(site.asked)
            wait("a fetch that fails", lambda: len(site.asked) > asked)
            site.replies.pop("/robots.txt")
            wait("what came meanwhile", lambda: len(said(place)) == 4)
        assert said(place) == {f"We open gate {number}" for number in ("one", "two", "three", "four")}
        assert sorted(path for path in site.paths() if path in paths) == sorted(paths), "each page was asked for once"
    assert records(place) == sorted(f"{site.url}{path}" for path in paths)
    with open_instance(place.warehouse) as instance:
        runs = instance.get_runs()
        assert {run.tags.get("dagster/schedule_name") for run in runs} == {DAILY}
        shown = instance.get_latest_materialization_event(dg.AssetKey(FEEDS))
    assert shown is not None and shown.asset_materialization is not None
    metadata = shown.asset_materialization.metadata
    assert metadata["feeds"].value == 2 and metadata["feeds failed"].value == 1
    table = {row.data["feed"]: row.data for row in metadata["by feed"].value.records}
    assert table[f"{site.url}/rss"]["articles"] == "4"
    assert "FAILED" in table[f"{site.url}/none"]["what happened"]


def test_a_kill_at_any_step_loses_no_article_and_gives_none_twice(tmp_path: Path) -> None:
    with serving() as site:
        site.feed("/rss", "/0", "/1", "/go", ETag='"1"')
        listed = site.replies["/rss"]
        site.replies["/rss"] = lambda headers: Reply(status=304) if headers.get("If-None-Match") else listed
        for number in range(3):
            site.article(f"/{number}", f"Lume{'abc'[number]}")
        site.replies["/go"] = Reply(status=302, headers={"Location": "/2"})
        wanted = [f"{site.url}/{number}" for number in range(3)]
        steps = 0
        for step in range(1, 100):
            place = feed_settings(tmp_path / str(step))
            feeds_file.write(feeds_file.path(place), [Feed(f"{site.url}/rss")])
            whole = killed(place, step)
            if whole is not None:
                break
            # Between the two fetches, intake sees whole articles, each once.
            assert set(records(place)) <= set(wanted) and len(set(records(place))) == len(records(place))
            for torn in (place.raw / "feeds").glob(".*"):
                with torn.open("ab") as file:
                    file.write(b"\x1f\x8b\x08 half a record")
            # The second fetch is killed as well, while it cleans up; the third is not.
            killed(place, 1 + step % 4)
            fetch(place, lambda _: None, QUICK)
            assert records(place) == wanted, f"killed at step {step}"
            assert not list((place.raw / "feeds").glob(".*"))
            steps += 1
        assert whole is not None and steps > 12
        assert records(place) == wanted
