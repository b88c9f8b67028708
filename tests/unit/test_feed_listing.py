"""What feeds list: feed formats, and the days that they give."""

from datetime import date

import pytest

from assets.feeds.listing import ListError, Listing, read

BASE = "https://news.example/feeds/all"


def listed(text: str | bytes, media_type: str = "application/xml", most: int = 100) -> Listing:
    return read(text if isinstance(text, bytes) else text.encode(), BASE, media_type, most)


def addresses(text: str) -> dict[str, date | None]:
    return {entry.address: entry.day for entry in listed(text).articles}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "<rss><channel><link>/home</link><item><link>/a</link><pubDate>Sat, 14 Mar 2026 23:30:00 -0500</pubDate>"
            "</item><item><guid>https://news.example/b</guid></item>"
            '<item><guid isPermaLink="false">https://id.example/1</guid><link>/c</link></item></channel></rss>',
            {
                "https://news.example/a": date(2026, 3, 14),
                "https://news.example/b": None,
                "https://news.example/c": None,
            },
        ),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.example/x/"><link href="/home"/>'
            '<entry><link rel="enclosure" href="/film"/><link rel="alternate" href="a"/>'
            "<updated>2026-03-15T00:00:00Z</updated><published>2026-03-14T10:00:00Z</published></entry></feed>",
            {"https://base.example/x/a": date(2026, 3, 14)},
        ),
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="https://news.example/a"><title>A</title>'
            "<dc:date>2026-03-14</dc:date></item></rdf:RDF>",
            {"https://news.example/a": date(2026, 3, 14)},
        ),
        (
            "<rss><channel><item><dc:date>2026-03-14</dc:date><link>/a</link></item>",
            {"https://news.example/a": date(2026, 3, 14)},
        ),
        (
            "<rss><channel><item><link><![CDATA[ /a?x=1&y=2 ]]></link></item></channel></rss>",
            {"https://news.example/a?x=1&y=2": None},
        ),
        ("<urlset><url><loc>/a</loc><lastmod>nonsense</lastmod></url></urlset>", {"https://news.example/a": None}),
        ("<rss><channel/></rss>", {}),
    ],
)
def test_forms_of_feeds(text: str, found: dict[str, date | None]) -> None:
    assert addresses(text) == found


def test_what_is_no_address_is_counted() -> None:
    found = listed("<rss><item><link>mailto:x@y.example</link></item><item/><item><link>/a</link></item></rss>")
    assert [entry.address for entry in found.articles] == ["https://news.example/a"]
    assert (found.unusable, found.reason) == (2, "not an address of http or https: mailto:x@y.example")


def test_so_many_addresses_and_no_more() -> None:
    found = listed("\n".join(f"https://news.example/{n}" for n in range(9)), "text/plain", most=5)
    assert len(found.articles) == 5 and found.reason == "more than 5 addresses: only the first ones are used"


def test_a_file_or_an_address_in_a_document_type_is_not_opened() -> None:
    text = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss><item><link>/a&x;</link></item></rss>'
    assert addresses(text) == {"https://news.example/a": None}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "is empty"),
        (b"<!doctype HTML><title>x</title>", "is a web page"),
        (b"%PDF-1.7", "is no feed"),
        (b"<a><b/></a>", "with the root 'a'"),
        (b'{"items": []}', "is no feed"),
        (b"<rss><channel><item><li", "is damaged"),
    ],
)
def test_what_is_no_feed(text: bytes, says: str) -> None:
    with pytest.raises(ListError, match=says):
        listed(text)
