"""Feeds, from a server on loopback: what is fetched, what is not, and what the fetch reports."""

import gzip
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from assets.feeds import feeds_file
from assets.feeds.feeds_file import Feed
from assets.feeds.fetching import FeedReport
from assets.feeds.limits import LIMITS, Limits
from assets.feeds.robots import Rules
from assets.feeds.run import FAILURES, fetch
from assets.feeds.state import State, state_path
from assets.settings import SettingError, Settings
from assets.status import status
from pipeline import read
from pipeline.contract import ids
from tests.support.feed_server import Reply, Site, feed_settings, page
from warehouse.withdrawal import lists
from warehouse.withdrawal.lists import Withdrawal

QUICK = replace(LIMITS, between_seconds=0.0, request_seconds=5.0, read_seconds=2.0)


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    (tmp_path / "warehouse").mkdir()
    return feed_settings(tmp_path)


def add(place: Settings, *urls: str) -> None:
    file = feeds_file.path(place)
    feeds_file.write(file, [*feeds_file.load(file), *map(Feed, urls)])


def fetched(place: Settings, limits: Limits = QUICK) -> FeedReport:
    """Return a fetch of the only feed."""
    (report,) = fetch(place, lambda _: None, limits)
    return report


def archives(place: Settings) -> list[Path]:
    return sorted((place.raw / "feeds").glob("*"))


def taken_in(place: Settings) -> dict[str, str]:
    """Return URL -> text, of all records that intake reads."""
    found = {}
    for entry in read.listing(place.raw):
        for row in read.read_file(place.raw, entry):
            assert isinstance(row, read.Record), row
            assert row.url is not None and row.url not in found, "an article comes twice"
            found[row.url] = row.text
    return found


def test_new_articles_come_once_as_an_archive_that_intake_reads(site: Site, place: Settings) -> None:
    site.feed("/rss", f"{site.url}/a", "/b")
    site.article("/a", "Lume")
    site.article("/b", "Orr", "We sail at noon")
    add(place, f"{site.url}/rss")
    report = fetched(place)
    assert (report.listed, report.new, report.fetched, report.problems) == (2, 2, 2, [])
    assert "We sail at noon" in taken_in(place)[f"{site.url}/b"]
    # The second fetch requests the feed alone, and writes nothing.
    before = len(site.asked)
    assert fetched(place).fetched == 0
    assert [path for path, _ in site.asked[before:]] == ["/robots.txt", "/rss"]
    assert len(archives(place)) == 1
    site.feed("/rss", "/c", f"{site.url}/a")
    site.article("/c", "Ito")
    assert fetched(place).fetched == 1
    assert len(archives(place)) == 2
    assert taken_in(place).keys() == {f"{site.url}/{name}" for name in "abc"}


def test_an_archive_holds_answer_request_and_what_led_to_it(site: Site, place: Settings) -> None:
    site.feed("/rss", "/a?utm_source=rss")
    site.replies["/a"] = Reply(gzip.compress(page()), headers={"Content-Encoding": "gzip"})
    add(place, f"{site.url}/rss")
    fetched(place)
    (file,) = archives(place)
    with file.open("rb") as stream:
        records = []
        for record in ArchiveIterator(stream, record_types=WarcRecordType.any_type, parse_http=False):
            assert not record.headers.get("WARC-Block-Digest") or record.verify_block_digest()
            records.append((record.record_type, dict(record.headers), record.reader.read()))
    kinds = [kind for kind, _, _ in records]
    assert kinds == [
        WarcRecordType.warcinfo,
        WarcRecordType.response,
        WarcRecordType.request,
        WarcRecordType.metadata,
    ]
    _, answer, body = records[1]
    assert answer["WARC-Target-URI"] == f"{site.url}/a"
    assert answer["WARC-IP-Address"] == "127.0.0.1"
    assert body.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"User-Agent: onrecord/" in records[2][2] and b"(+desk@news.example)" in records[2][2]
    assert records[2][1]["WARC-Concurrent-To"] == answer["WARC-Record-ID"]
    assert f"via: {site.url}/rss".encode() in records[3][2]
    assert taken_in(place).keys() == {f"{site.url}/a"}


def test_a_request_is_conditional(site: Site, place: Settings) -> None:
    def rss(headers) -> Reply:
        if headers.get("If-None-Match") == '"1"' and headers.get("If-Modified-Since"):
            return Reply(status=304)
        return listed

    site.feed("/rss", "/a", ETag='"1"', **{"Last-Modified": "Sat, 14 Mar 2026 10:00:00 GMT"})
    listed = site.replies["/rss"]
    site.replies["/rss"] = rss
    site.article("/a")
    add(place, f"{site.url}/rss")
    assert fetched(place).fetched == 1
    report = fetched(place)
    assert report.unchanged and report.succeeded and "not modified" in report.line


def test_rules_that_cannot_be_read_allow_nothing() -> None:
    assert Rules().allows("https://news.example/a")
    assert not Rules(problem="answers 500").allows("https://news.example/a")


def test_robots_txt_is_obeyed(site: Site, place: Settings) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: onrecord\nDisallow: /no\n", media_type="text/plain")
    site.feed("/rss", "/no/a", "/yes")
    site.article("/no/a")
    site.article("/yes")
    add(place, f"{site.url}/rss")
    report = fetched(place)
    assert report.fetched == 1
    assert "is forbidden by robots.txt" in report.line
    assert "/no/a" not in site.paths()
    # The feed itself.
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /\n", media_type="text/plain")
    report = fetched(place)
    assert report.problems == ["is forbidden by robots.txt"] and not report.succeeded


@pytest.mark.parametrize(("status", "asks"), [(404, True), (403, True), (500, False), (503, False)])
def test_without_rules_all_is_allowed_and_with_rules_out_of_reach_nothing(
    site: Site, place: Settings, status: int, asks: bool
) -> None:
    site.replies["/robots.txt"] = Reply(status=status)
    site.feed("/rss")
    add(place, f"{site.url}/rss")
    report = fetched(place)
    assert (site.paths() == ["/rss"]) is asks
    assert report.succeeded is asks


def test_retry_after_is_waited_for(site: Site, place: Settings) -> None:
    site.feed("/rss", "/a", "/b", "/c")
    site.article("/a")
    site.replies["/b"] = Reply(status=429, headers={"Retry-After": "2"})
    site.article("/c")
    add(place, f"{site.url}/rss")
    report = fetched(place)
    assert (report.fetched, report.deferred.total(), report.failed.total()) == (1, 2, 0)
    assert "answers 429" in report.line
    before = len(site.asked)
    assert "asks for no requests until" in fetched(place).line
    assert len(site.asked) == before, "the host is left alone"
    with State(state_path(feeds_file.path(place)), place.raw) as state:
        state.pause(site.url, time.time() - 1)
    site.article("/b")
    assert fetched(place).fetched == 2


def test_hosts_are_asked_slowly(site: Site, place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    site.feed("/rss", "/a")
    site.article("/a")
    add(place, f"{site.url}/rss")
    waited: list[float] = []
    monkeypatch.setattr("assets.feeds.hosts.time.sleep", waited.append)
    fetched(place, replace(QUICK, between_seconds=600.0, host_seconds=5000.0))
    assert [round(seconds, -2) for seconds in waited] == [0.0, 600.0, 600.0], "before the feed, and before the page"
    # The delay that robots.txt demands uses up the host's time: only the feed fits.
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 60\n", media_type="text/plain")
    report = fetched(place, replace(QUICK, host_seconds=30.0))
    assert report.problems == [f"{site.url} has used its 30 seconds of this fetch"]


def test_one_page_under_several_addresses_is_one(site: Site, place: Settings) -> None:
    site.feed(
        "/rss", "/a?utm_source=rss&id=7", "/a?id=7&fbclid=x#top", "/go/1", f"{site.url.upper()}/a?id=7", "/go/2", "/b"
    )
    site.article("/a?id=7")
    site.article("/b")
    site.replies["/go/1"] = Reply(status=302, headers={"Location": "/a?id=7&utm_medium=feed"})
    site.replies["/go/2"] = Reply(status=301, headers={"Location": "/b"})
    add(place, f"{site.url}/rss")
    report = fetched(place)
    assert (report.listed, report.fetched, report.same) == (4, 2, 1)
    assert taken_in(place).keys() == {f"{site.url}/a?id=7", f"{site.url}/b"}
    before = len(site.asked)
    fetched(place)
    assert [path for path, _ in site.asked[before:]] == ["/robots.txt", "/rss"]


def test_withdrawn_articles_are_not_fetched(site: Site, place: Settings) -> None:
    site.feed("/rss", "/a", "/b", "/go")
    for path in "/a", "/b":
        site.article(path)
    site.replies["/go"] = Reply(status=302, headers={"Location": "/a"})
    gone = f"{site.url}/a"
    name = ids.document_id(gone)
    lists.write_withdrawn_list(place.warehouse, {name: Withdrawal(name, gone, "2026-03-14", "asked")})
    add(place, f"{site.url}/rss")
    report = fetched(place)
    assert (report.fetched, report.withdrawn) == (1, 2)
    assert "/a" not in site.paths()


def test_sitemaps_and_their_indexes(site: Site, place: Settings) -> None:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    index = (
        f"<sitemapindex {space}><sitemap><loc>{site.url}/news.xml</loc></sitemap>"
        f"<sitemap><loc>{site.url}/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap>"
        f"<sitemap><loc>{site.url}/packed.xml.gz</loc></sitemap>"
        f"<sitemap><loc>{site.url}/index.xml</loc></sitemap></sitemapindex>"
    )
    news = (
        f"<urlset {space}><url><loc>{site.url}/a</loc><news:news><news:publication_date>2026-03-14T10:00:00Z"
        f"</news:publication_date></news:news></url><url><loc>{site.url}/older</loc><lastmod>2025-12-31</lastmod></url>"
        "</urlset>"
    )
    packed = gzip.compress(f"<urlset {space}><url><loc>{site.url}/b</loc></url></urlset>".encode())
    site.replies["/index.xml"] = Reply(index.encode(), media_type="application/xml")
    site.replies["/news.xml"] = Reply(news.encode(), media_type="application/xml")
    site.replies["/packed.xml.gz"] = Reply(packed, media_type="application/gzip")
    site.article("/a")
    site.article("/b")
    feeds_file.write(feeds_file.path(place), [Feed(f"{site.url}/index.xml", since=_day("2026-01-01"))])
    report = fetched(place)
    assert report.problems == []
    assert taken_in(place).keys() == {f"{site.url}/a", f"{site.url}/b"}
    assert not {"/older", "/old.xml"} & set(site.paths())


def _day(text: str):
    from datetime import date

    return date.fromisoformat(text)


def test_lists_of_addresses_and_of_feeds(site: Site, place: Settings) -> None:
    site.replies["/urls.txt"] = Reply(b"# ours\r\n/a\r\nfile:///etc/passwd\r\n", media_type="text/plain")
    opml = f'<opml version="2.0"><body><outline text="x" xmlUrl="{site.url}/rss"/><outline text="y"/></body></opml>'
    site.replies["/opml"] = Reply(opml.encode(), media_type="text/x-opml")
    site.feed("/rss", "/b")
    site.article("/a")
    site.article("/b")
    add(place, f"{site.url}/urls.txt", f"{site.url}/opml")
    one, other = fetch(place, lambda _: None, QUICK)
    assert (one.fetched, other.fetched) == (1, 1)
    assert "1 unusable (not an address of http or https: file:///etc/passwd)" in one.line


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252", "utf-8-sig", "iso-8859-15"])
def test_a_feed_in_any_encoding(site: Site, place: Settings, encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?><rss version="2.0"><channel>'
        "<title>Café</title><item><title>Café</title><link>/caf\xe9</link></item></channel></rss>"
    )
    site.replies["/rss"] = Reply(text.encode(encoding), media_type="application/rss+xml")
    site.article("/caf%C3%A9")
    add(place, f"{site.url}/rss")
    assert fetched(place).fetched == 1
    assert taken_in(place).keys() == {f"{site.url}/caf%C3%A9"}


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY x SYSTEM "file:///etc/passwd">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]><rss><channel><title>&j;</title><item><title>&x;</title><link>/a</link></item></channel></rss>"
)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(status=302, headers={"Location": "/rss"}), "redirects in a circle"),
        (Reply(status=301, headers={"Location": "file:///etc/passwd"}), "not an address of http or https: file:"),
        (Reply(status=301, headers={}), "not an address"),
        (Reply(page()), "is a web page, not a feed"),
        (Reply(b'<html><link rel="alternate" type="application/rss+xml" href="/real">'), "it names {}/real"),
        (Reply(b"<note><to>you</to></note>"), "is XML with the root 'note'"),
        (Reply(b"\x00\x01\x02" * 50), "is no feed, sitemap or list"),
        (Reply(b"  "), "is empty"),
        (Reply(b"x", status=410), "answers 410"),
        (Reply(b"x", status=500), "answers 500"),
        (Reply(b"x" * 1000, times=1000, length=60_000_000), "has more than 52,428,800 bytes"),
        (Reply(b"<rss>", length=500), "cannot be reached"),
        (
            Reply(b"\x1f\x8b\x08\x00broken", headers={"Content-Encoding": "gzip"}),
            "is compressed, but truncated",
        ),
    ],
)
def test_what_is_no_feed_is_said(site: Site, place: Settings, reply: Reply, says: str) -> None:
    site.replies["/rss"] = reply
    add(place, f"{site.url}/rss")
    report = fetched(place)
    assert not report.succeeded and report.fetched == 0
    assert says.format(site.url) in report.line
    assert archives(place) == []
    # It does not erase earlier results, nor leave out other feeds.
    site.feed("/rss", "/a")
    site.article("/a")
    assert fetched(place).fetched == 1


def test_nothing_leads_into_a_private_network(site: Site, place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server on loopback represents a public one."""
    monkeypatch.setattr("assets.feeds.connection.is_public", lambda address: str(address) == "127.0.0.1")
    places = [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::1]/",
    ]
    site.feed("/rss", *places, "/go", "/a")
    site.replies["/go"] = Reply(status=302, headers={"Location": places[0]})
    site.replies["/moved"] = Reply(status=301, headers={"Location": places[1]})
    site.article("/a")
    add(place, f"{site.url}/rss", f"{site.url}/moved")
    public = replace(place, allow_private=False)
    one, other = fetch(public, lambda _: None, QUICK)
    assert (one.fetched, one.failed.total(), one.deferred.total()) == (1, 5, 0)
    assert all("which is not public" in why for why in one.failed)
    assert "10.0.0.1, which is not public" in other.line


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<!-- -->" * 10_000, times=30_000, length=-1, media_type="application/rss+xml"),
        Reply(gzip.compress(b"<rss>" + b" " * 20_000_000), headers={"Content-Encoding": "gzip"}),
        Reply(gzip.compress(b"<urlset>" + b" " * 20_000_000), media_type="application/gzip"),
    ],
)
def test_a_feed_without_an_end_is_read_up_to_the_limit(site: Site, place: Settings, reply: Reply) -> None:
    site.replies["/rss"] = reply
    add(place, f"{site.url}/rss")
    report = fetched(place, replace(QUICK, list_bytes=1_000_000))
    assert "more than 1,000,000 bytes" in report.line
    assert site.sent < 20_000_000, "of 2.4 GB so much was read as fits into the buffers"


def test_redirects_end(site: Site, place: Settings) -> None:
    for number in range(50):
        site.replies[f"/{number}"] = Reply(status=302, headers={"Location": f"/{number + 1}"})
    add(place, f"{site.url}/0")
    assert "redirects more than 5 times" in fetched(place).line
    assert len(site.paths()) == 6


def test_an_entity_bomb_is_not_expanded_and_of_malformed_xml_is_read_what_can_be(site: Site, place: Settings) -> None:
    site.replies["/bomb"] = Reply(BOMB.encode(), media_type="application/rss+xml")
    broken = b"<rss><channel><item><title>A & B</title><link>/b</link></item><item><link>/c</link>"
    site.replies["/broken"] = Reply(broken, media_type="application/rss+xml")
    for path in "/a", "/b", "/c":
        site.article(path)
    add(place, f"{site.url}/bomb", f"{site.url}/broken")
    bomb, found = fetch(place, lambda _: None, QUICK)
    assert "is damaged" in bomb.line
    assert found.fetched == 2
    assert "root:" not in "".join(taken_in(place).values())


def test_large_and_odd_pages_are_given_up(site: Site, place: Settings) -> None:
    site.feed("/rss", "/bomb", "/large", "/endless", "/film", "/gone", "/feed", "/good")
    site.replies["/bomb"] = Reply(gzip.compress(b"0" * 50_000_000), headers={"Content-Encoding": "gzip"})
    site.replies["/large"] = Reply(b"x", length=2_000_000_000)
    site.replies["/endless"] = Reply(b"x" * 100_000, times=20_000, length=-1)
    site.replies["/film"] = Reply(b"x" * 1000, media_type="video/mp4")
    site.replies["/gone"] = Reply(status=410)
    site.feed("/feed")
    site.article("/good")
    add(place, f"{site.url}/rss")
    said: list[str] = []
    (report,) = fetch(place, said.append, QUICK)
    assert report.fetched == 1 and report.failed.total() == 6
    assert sum("; given up" in line for line in said) == 6
    assert site.sent < 30_000_000, "of 2 GB so much was read as fits into the buffers"
    text = "\n".join(said)
    assert "/bomb: decompresses to more than 2,000,000 bytes" in text
    assert "/endless: has more than 2,000,000 bytes" in text
    assert "/film: is video/mp4, no page" in text
    assert "/feed: is application/rss+xml, a feed: add it with `onrecord feeds add`" in text
    before = len(site.asked)
    assert fetched(place).failed.total() == 0
    assert [path for path, _ in site.asked[before:]] == ["/robots.txt", "/rss"]


def test_what_drips_ends(site: Site, place: Settings) -> None:
    site.feed("/rss", "/slow", "/good")
    site.replies["/slow"] = Reply(page(), delay_between_bytes=0.1)
    site.article("/good")
    add(place, f"{site.url}/rss")
    report = fetched(place, replace(QUICK, request_seconds=1.0))
    assert (report.fetched, dict(report.failed)) == (1, {"takes too long": 1})


def test_a_host_that_is_down_costs_no_page(site: Site, place: Settings) -> None:
    site.feed("/rss", *(f"http://127.0.0.1:9/{number}" for number in range(9)))
    add(place, f"{site.url}/rss")
    for _ in range(QUICK.attempts + 1):
        report = fetched(place)
        assert report.deferred.total() == 9 and not report.failed
    assert "http://127.0.0.1:9 cannot be reached" in report.line


def test_a_page_that_fails_is_tried_again_and_then_given_up(site: Site, place: Settings) -> None:
    site.feed("/rss", "/a", "/b")
    site.replies["/a"] = Reply(status=500)
    site.replies["/b"] = Reply(status=500)
    add(place, f"{site.url}/rss")
    for _ in range(QUICK.attempts - 1):
        assert fetched(place).failed.total() == 2
    site.article("/b")
    assert fetched(place).fetched == 1
    assert fetched(place).failed.total() == 0
    with State(state_path(feeds_file.path(place)), place.raw) as state:
        known = state.feed(f"{site.url}/rss")
    assert known is not None and (known.fetched, known.given_up, known.waiting) == (1, 1, 0)


def test_too_many_pages_come_with_the_next_fetch(site: Site, place: Settings) -> None:
    site.feed("/rss", *(f"/{number}" for number in range(5)))
    for number in range(5):
        site.article(f"/{number}")
    add(place, f"{site.url}/rss")
    few = replace(QUICK, pages=2)
    assert [fetched(place, few).fetched for _ in range(4)] == [2, 2, 1, 0]
    assert len(taken_in(place)) == 5


def test_an_archive_gets_its_name_when_the_fetch_ends_early(site: Site, place: Settings) -> None:
    site.feed("/rss", "/a", "/b")
    site.article("/a")

    site.article("/b")
    add(place, f"{site.url}/rss")

    def say(line: str) -> None:
        if "/b" in line:
            raise KeyboardInterrupt

    site.replies["/b"] = Reply(status=500)
    with pytest.raises(KeyboardInterrupt):
        fetch(place, say, QUICK)
    assert taken_in(place).keys() == {f"{site.url}/a"}


def test_a_feed_that_goes_on_failing_is_a_problem(site: Site, place: Settings) -> None:
    add(place, f"{site.url}/rss")
    for _ in range(FAILURES - 1):
        fetched(place)
    assert status(place, None).problems == ()
    fetched(place)
    (problem,) = status(place, None).problems
    assert problem == f"the feed {site.url}/rss has failed 3 times one after the other: FAILED: answers 404"
    site.feed("/rss")
    fetched(place)
    assert status(place, None).problems == ()


def test_a_lost_mount_is_not_written_to(site: Site, place: Settings, tmp_path: Path) -> None:
    site.feed("/rss", "/a")
    site.article("/a")
    add(place, f"{site.url}/rss")
    fetched(place)
    place.raw.rename(tmp_path / "elsewhere")
    place.raw.mkdir()
    with pytest.raises(SettingError, match="mount it again"):
        fetched(place)
    place.raw.rmdir()
    (tmp_path / "elsewhere").rename(place.raw)
    assert fetched(place).succeeded


def test_when_the_time_is_over_the_rest_comes_first_the_next_time(site: Site, place: Settings) -> None:
    urls = [f"{site.url}/{name}" for name in ("one", "two")]
    for url in urls:
        site.feed(url.removeprefix(site.url))
    add(place, *urls)
    reports = fetch(place, lambda _: None, replace(QUICK, run_seconds=-1.0))
    assert [report.problems for report in reports] == [["the time limit of the fetch was reached"]] * 2
    with State(state_path(feeds_file.path(place)), place.raw) as state:
        state._db.execute("UPDATE feeds SET at = '2026-01-01T00:00:00Z' WHERE url = ?", (urls[1],))
    fetch(place, lambda _: None, QUICK)
    assert site.paths() == ["/two", "/one"]


def test_lists_of_lists_end(site: Site, place: Settings) -> None:
    def index(number: int) -> Reply:
        lines = "".join(f"<sitemap><loc>/i{number * 3 + n}</loc></sitemap>" for n in range(1, 4))
        return Reply(f"<sitemapindex>{lines}</sitemapindex>".encode(), media_type="application/xml")

    for number in range(200):
        site.replies[f"/i{number}"] = index(number)
    add(place, f"{site.url}/i0")
    report = fetched(place)
    assert report.succeeded and "too deeply nested" in report.line
    assert len(site.paths()) == 1 + 3 + 9 + 27
    site.asked.clear()
    assert len(fetched(place, replace(QUICK, lists=10)).notes) == 1
    assert len(site.paths()) == 10


def test_what_has_to_be_there(site: Site, place: Settings, tmp_path: Path) -> None:
    add(place, f"{site.url}/rss")
    with pytest.raises(SettingError, match="give --contact"):
        fetch(replace(place, contact=""), print, QUICK)
    with pytest.raises(SettingError, match="only ASCII characters"):
        fetch(replace(place, contact="Zoë"), print, QUICK)
    with pytest.raises(SettingError, match="does not exist or is not a folder"):
        fetch(replace(place, raw=tmp_path / "none"), print, QUICK)
    with pytest.raises(SettingError, match="cannot be fetched into the sample"):
        fetch(replace(place, raw=Settings().raw), print, QUICK)
    for folder in place.warehouse, place.raw:
        with pytest.raises(SettingError, match="must not decide which hosts are contacted"):
            fetch(replace(place, feeds=folder / "feeds.toml"), print, QUICK)
    (tmp_path / "other").mkdir()
    fetch(place, print, QUICK)
    with pytest.raises(SettingError, match="belongs to the raw folder"):
        fetch(replace(place, raw=tmp_path / "other"), print, QUICK)
    assert all(agent.startswith("onrecord/") for _, headers in site.asked for agent in [headers["User-Agent"]])


def test_a_damaged_state_is_said(site: Site, place: Settings) -> None:
    add(place, f"{site.url}/rss")
    state_path(feeds_file.path(place)).write_bytes(b"no database" * 100)
    with pytest.raises(SettingError, match="move it away"):
        fetch(place, print, QUICK)
