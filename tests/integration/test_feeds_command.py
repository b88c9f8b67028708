"""`onrecord feeds` and the asset `feeds`: the list is written, read and never taken from a warehouse; which runs fetch;
wrong input gives one line.
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner, Result

from assets.cli import app
from assets.definitions import build_definitions
from assets.feeds import FEEDS, feeds_file
from assets.feeds.state import state_path
from assets.runs.instance import open_instance
from assets.runs.retries import TERMINAL_RUN_TAG
from assets.settings import Settings
from tests.support.feed_server import Site, serving
from warehouse.lock import hold_lock


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "raw").mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ONRECORD_RAW", str(tmp_path / "raw"))
    monkeypatch.setenv("ONRECORD_WAREHOUSE", str(tmp_path / "warehouse"))

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["feeds", *words])

    return run


def test_add_fetch_list_remove(run, site: Site, tmp_path: Path) -> None:
    site.feed("/rss", "/a", "/no")
    site.article("/a")
    added = run("add", f"{site.url}/rss?utm_source=x", "--since", "2026-01-01")
    assert added.exit_code == 0 and "first run onrecord config set contact" in added.output
    (file,) = (tmp_path / "config" / "onrecord").glob("feeds-warehouse-*.toml")
    assert "never fetched" in run("list").output
    done = run("fetch", "--contact", "desk@news.example", "--allow-private")
    assert done.exit_code == 0, done.output
    assert f"{site.url}/rss: 2 listed, 2 new; 1 fetched; 1 failed: answers 404" in done.output
    assert done.output.splitlines()[-1] == "1 article fetched from 1 feed, 0 of them failed"
    listed = run("list").output
    assert "(from 2026-01-01 on)" in listed
    assert "1 article, 1 given up; last read 20" in listed
    assert run("remove", f"{site.url}/rss").exit_code == 0
    assert feeds_file.load(file) == []
    assert run("fetch").exit_code == 1
    assert len(list((tmp_path / "raw" / "feeds").iterdir())) == 1


def test_a_feed_that_fails_is_said(run, site: Site) -> None:
    run("add", f"{site.url}/none", f"{site.url}/rss")
    site.feed("/rss")
    done = run("fetch", "--contact", "desk@news.example", "--allow-private")
    assert done.exit_code == 0
    assert f"{site.url}/none: FAILED: answers 404" in done.output
    assert "failed 1 time since" in run("list").output
    run("remove", f"{site.url}/rss")
    assert run("fetch", "--contact", "desk@news.example", "--allow-private").exit_code == 1, "all of them failed"


def test_a_private_feed_is_added_with_the_flag_that_its_fetch_needs(run) -> None:
    added = run("add", "http://intranet.example/rss", "--allow-private")
    assert added.exit_code == 0, added.output
    assert "`onrecord feeds fetch --allow-private`" in added.output
    assert "ONRECORD_ALLOW_PRIVATE is 1" in added.output
    assert "allow-private" not in run("add", "http://news.example/rss").output


def test_without_the_flag_nothing_private_is_asked(run, site: Site) -> None:
    run("add", f"{site.url}/rss")
    done = run("fetch", "--contact", "desk@news.example")
    assert done.exit_code == 1
    assert "127.0.0.1 has the address 127.0.0.1, which is not public (--allow-private" in done.output
    assert site.asked == []


def test_without_a_contact_nothing_is_asked(run, site: Site) -> None:
    run("add", f"{site.url}/rss")
    done = run("fetch", "--allow-private")
    assert done.exit_code == 1 and "onrecord config set contact" in done.output
    assert site.asked == []


def test_without_the_packages_it_says_how_to_get_them(run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "https://news.example/rss")
    monkeypatch.setattr("assets.feeds.run.find_spec", lambda name: None if name == "protego" else name)
    done = run("fetch", "--contact", "desk@news.example")
    assert done.exit_code == 1 and "feeds need protego: uv sync --extra feeds" in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "news.example/rss"), "not an address of http or https: news.example/rss"),
        (("add", "file:///etc/passwd"), "not an address of http or https"),
        (("add", "https://user:secret@news.example/"), "a user name or password"),
        (("add", "https://news.example/", "--since", "March"), "Invalid value for '--since'"),
        (("remove", "https://news.example/"), "is not in"),
        (("fetch",), "lists no feed"),
    ],
)
def test_wrong_input_is_one_line(run, words: tuple[str, ...], says: str) -> None:
    done = run(*words)
    assert done.exit_code != 0
    assert says in done.output
    assert "Traceback" not in done.output and "secret" not in done.output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[feed]\n", "cannot be read"),
        ("url = 1\n", "holds something else than"),
        ("[[feed]]\nadress = 'x'\n", "feed 1: there is no 'adress'"),
        ("[[feed]]\nsince = 2026-01-01\n", "feed 1: has no url"),
        ("[[feed]]\nurl = 'https://a.example/'\nsince = 2026\n", "feed 1: since is not a day"),
        ("[[feed]]\nurl = 'https://a.example/'\n[[feed]]\nurl = 'file:///x'\n", "feed 2: not an address of http"),
    ],
)
def test_a_wrong_list_is_named(run, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    for words in ("list",), ("fetch",), ("add", "https://b.example/"):
        done = run(*words, "--feeds", str(file))
        assert done.exit_code == 1
        assert str(file) in done.output and says in done.output
    assert file.read_text(encoding="utf-8") == text


def test_each_warehouse_has_a_list_of_its_own_and_a_copy_has_none(run, tmp_path: Path) -> None:
    run("add", "https://news.example/rss")
    own = feeds_file.path(Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse"))
    assert [feed.url for feed in feeds_file.load(own)] == ["https://news.example/rss"]
    restored = feeds_file.path(Settings(raw=tmp_path / "raw", warehouse=tmp_path / "restored"))
    assert feeds_file.load(restored) == []
    for folder in "raw", "warehouse":
        done = run("list", "--feeds", str(tmp_path / folder / "feeds.toml"))
        assert done.exit_code == 1 and "must not decide which hosts are contacted" in done.output


def test_a_feed_that_two_list_is_found_again_when_one_is_removed(run, site: Site, tmp_path: Path) -> None:
    for path in "/one", "/two":
        site.feed(path, "/a", ETag='"1"')
    site.replies["/robots.txt"] = type(site.replies["/one"])(b"User-agent: *\nDisallow: /a\n", media_type="text/plain")
    run("add", f"{site.url}/one", f"{site.url}/two")
    asks = ("fetch", "--contact", "desk@news.example", "--allow-private")
    run(*asks)
    run("remove", f"{site.url}/one")
    site.replies["/robots.txt"] = type(site.replies["/one"])(b"", media_type="text/plain")
    site.article("/a")
    assert "1 article fetched" in run(*asks).output
    assert state_path(feeds_file.path(Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse"))).exists()


@pytest.mark.parametrize(
    ("tags", "fetches"),
    [
        ({}, True),
        ({TERMINAL_RUN_TAG: "true"}, False),
        pytest.param({"dagster/sensor_name": "raw_folder"}, False, marks=pytest.mark.slow),
    ],
)
def test_runs_of_the_schedule_and_of_the_ui_fetch(run, site: Site, tmp_path: Path, tags, fetches: bool) -> None:
    site.feed("/rss", "/a", "/none")
    site.article("/a")
    run("add", f"{site.url}/rss")
    place = Settings(
        raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", contact="desk@news.example", allow_private=True
    )
    metadata = materialized(place, tags)
    assert bool(site.asked) is fetches
    assert metadata["fetched in this run"].value == ("yes" if fetches else "no")
    (row,) = metadata["by feed"].value.records
    assert row.data["feed"] == f"{site.url}/rss"
    assert row.data["articles"] == ("1" if fetches else "")
    if fetches:
        assert (metadata["articles fetched"].value, metadata["articles failed"].value) == (1, 1)


def test_a_build_goes_on_without_feeds_and_beside_another_fetch(run, site: Site, tmp_path: Path) -> None:
    place = Settings(
        raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", contact="desk@news.example", allow_private=True
    )
    assert materialized(place, {})["feeds"].value == 0
    run("add", f"{site.url}/rss")
    state = state_path(feeds_file.path(place))
    with hold_lock(state.with_name(f"{state.name}.lock"), 0.0, "the fetch of feeds"):
        assert materialized(place, {})["fetched in this run"].value == "no"
    assert site.asked == []


def materialized(place: Settings, tags: dict[str, str]) -> dict[str, dg.MetadataValue]:
    """Return the metadata of the asset after a run of it alone."""
    with open_instance(place.warehouse) as instance:
        done = (
            build_definitions(place)
            .resolve_job_def("build")
            .execute_in_process(instance=instance, tags=tags, asset_selection=[dg.AssetKey(FEEDS)])
        )
        (event,) = done.get_asset_materialization_events()
        return dict(event.materialization.metadata)
