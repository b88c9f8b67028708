"""Parse a feed: addresses of articles, or of further lists.

RSS, RDF, Atom, sitemaps, their indexes, OPML and plain lists. Only links and days are read, by lxml, in linear time:
feedparser took 14 s for 20,000 items, and 5 s for an entity bomb of 600 bytes. Reading raises only ListError, which
says what the content is instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

from assets.feeds.addresses import AddressError, cleaned
from warehouse.text import one_line

# Root elements: of articles, and of lists.
FEEDS = frozenset({"rss", "feed", "rdf"})
SITEMAP, INDEX, OPML = "urlset", "sitemapindex", "opml"
# Types of links from a page to its feeds (RSS autodiscovery; HTML Standard, 4.6.7.1).
FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+xml"})
# Elements for an entry's day, the most likely day of publication first.
DATES = ("pubDate", "published", "date", "issued", "updated", "modified")
HEAD = 512
_PAGE = re.compile(rb"<!doctype html|<html\b", re.IGNORECASE)


class ListError(ValueError):
    """Not a feed, sitemap or list; the message says what it is, in a few words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An address of a list, cleaned, and the day listed with it."""

    address: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The articles, the further lists, the number of unusable addresses, and the first reason for one."""

    articles: tuple[Entry, ...]
    lists: tuple[Entry, ...] = ()
    unusable: int = 0
    reason: str = ""


def read(content: bytes, address: str, media_type: str, most: int) -> Listing:
    """Parse the list at this address: at most `most` addresses, each once. Raises ListError."""
    if not content.strip():
        raise ListError("is empty")
    if _plain(content, media_type):
        return _listing(((line, None) for line in _lines(content)), address, most)
    if _PAGE.search(content, 0, HEAD):
        raise ListError(_page(content, address))
    root, damage = _root(content)
    found = _document(root, address, most)
    if damage and not (found.articles or found.lists):
        raise ListError(f"is damaged: {damage}")
    return found


def _document(root: Any, address: str, most: int) -> Listing:
    kind = _name(root).lower()
    if kind in (SITEMAP, INDEX):
        found = _listing(_locations(root), address, most)
        return found if kind == SITEMAP else Listing((), found.articles, found.unusable, found.reason)
    if kind == OPML:
        lists = _listing(
            ((line.get("xmlUrl"), None) for line in root.iter("{*}outline") if line.get("xmlUrl")), address, most
        )
        return Listing((), lists.articles, lists.unusable, lists.reason)
    if kind in FEEDS:
        return _listing(_entries(root), address, most)
    raise ListError(f"is XML with the root {kind!r}, which is no feed or sitemap")


def _plain(content: bytes, media_type: str) -> bool:
    """Return whether it is a list of addresses, one per line."""
    head = content[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith((b"http://", b"https://", b"#")) or (
        media_type == "text/plain" and b"<" not in content[:HEAD]
    )


def _lines(content: bytes) -> Iterator[str]:
    for line in content.decode("utf-8-sig", "replace").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()


def _root(content: bytes) -> tuple[Any, str]:
    """Return the root element of what can be read, and the first error, if any. No entity is resolved, no file or
    address opened."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content.lstrip(), parser, base_url="")
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise ListError("is no feed, sitemap or list of addresses")
    errors = [error.message for error in parser.error_log if error.level >= etree.ErrorLevels.ERROR]
    return root, one_line(errors[0])[:100] if errors else ""


def _locations(root: Any) -> Iterator[tuple[str | None, date | None]]:
    """Yield the `loc` of each entry with its day: of the news sitemap, else of the last change."""
    for item in root.iterchildren("{*}url", "{*}sitemap"):
        stated = item.findtext("{*}news/{*}publication_date") or item.findtext("{*}lastmod")
        yield item.findtext("{*}loc"), _day(stated)


def _day(text: str | None) -> date | None:
    """Return the day of an ISO 8601 or RFC 5322 date."""
    text = (text or "").strip()[:100]
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).date()
    except ValueError:
        return None


def _entries(root: Any) -> Iterator[tuple[str | None, date | None]]:
    """Yield the link of each item (RSS, RDF) or entry (Atom) with its day."""
    for item in root.iter("{*}item", "{*}entry"):
        links: dict[str, str] = {}
        stated: dict[str, str] = {}
        for child in item.iterchildren(tag=etree.Element):
            name, text = _name(child), (child.text or "").strip()
            if name == "link" and child.get("rel", "alternate") == "alternate":
                links.setdefault("link", _based(child, child.get("href") or text))
            elif name == "guid" and child.get("isPermaLink", "true") == "true" and text.startswith("http"):
                links.setdefault("guid", text)
            elif name in DATES:
                stated.setdefault(name, text)
        about = next((value for key, value in item.attrib.items() if key.rpartition("}")[2] == "about"), None)
        day = next((_day(stated[name]) for name in DATES if name in stated), None)
        yield links.get("link") or links.get("guid") or about, day


def _name(element: Any) -> str:
    """Return the local name, also without a prefix that is bound to no namespace."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _based(element: Any, link: str) -> str:
    """Return a link resolved against xml:base (RFC 4287, 2)."""
    try:
        return urljoin(element.base, link) if element.base else link
    except ValueError:
        return link


def _listing(found: Iterator[tuple[str | None, date | None]], base: str, most: int) -> Listing:
    articles: dict[str, Entry] = {}
    unusable, reason = 0, ""
    for link, day in found:
        if len(articles) >= most:
            reason = reason or f"more than {most:,} addresses: only the first ones are used"
            break
        try:
            if not link:
                raise AddressError("an entry has no link")
            address = cleaned(link, base)
        except AddressError as error:
            unusable, reason = unusable + 1, reason or str(error)
        else:
            articles.setdefault(address, Entry(address, day))
    return Listing(tuple(articles.values()), (), unusable, reason)


def _page(content: bytes, address: str) -> str:
    """Return a message that the content is a web page, and which feeds it names."""
    try:
        links = html.fromstring(content).iter("link")
        feeds = [cleaned(x.get("href"), address) for x in links if x.get("type") in FEED_TYPES and x.get("href")]
    except (etree.ParserError, ValueError):
        feeds = []
    return f"is a web page, not a feed; it names {', '.join(feeds[:3])}" if feeds else "is a web page, not a feed"
