"""A web page -> the article on it, and what the page says of itself.

Belongs here: the page's encoding, its body by trafilatura, and its own metadata: meta elements, JSON-LD, links. Only
what names itself is taken: no date or name is looked for in running text, where related articles have theirs.
Does not belong here: cleaning of the text that comes out (clean).
"""

from __future__ import annotations

import datetime
import json
import logging
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from pipeline.read import limits, rows
from pipeline.read.decoding import BOMS, Binary, Decoded, Undecodable, decode, without_surrogates
from pipeline.read.mixed import mixed
from pipeline.read.names import one_line
from pipeline.read.opened import visible
from pipeline.read.records import URL
from pipeline.read.rows import Record, Refusal, refusal

EXTRACTOR = "trafilatura"
# A page of more elements is no usual article (those have one to three thousand), and trafilatura's second opinions
# take quadratic time (measured: 10,000 tables 11 s, 20,000 tables 40 s): such a page is read without them.
MOST_ELEMENTS = 5_000
CHARSET = re.compile(rb"""<meta[^>]{1,200}?charset\s{0,5}=\s{0,5}["']?([A-Za-z0-9_:.-]{2,30})""", re.IGNORECASE)
CHARSET_WITHIN = 4_096
# Kinds of JSON-LD objects that are articles, and how many of them and how deep are looked at.
ARTICLE = re.compile(r"(?:[A-Za-z]{0,30}Article|BlogPosting|Report)")
MOST_OBJECTS, MOST_DEPTH = 200, 6
MOST_FACT = 500
TITLES = ("og:title", "twitter:title", "dc.title", "citation_title")
AUTHORS = ("author", "article:author", "dc.creator", "parsely-author", "citation_author")
PUBLISHERS = ("og:site_name", "dc.publisher", "citation_publisher", "application-name")
PUBLISHED = (
    "article:published_time",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "publishdate",
    "publish-date",
    "publish_date",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
    "citation_publication_date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date",
    "date",
)
LICENCES = ("dc.rights.license", "dcterms.license", "license", "licence", "dc.rights", "dcterms.rights")


def record(
    data: bytes,
    *,
    path: str,
    origin: str,
    source: str,
    charset: str | None = None,
    url: str | None = None,
    beside: Mapping[str, str | None] | None = None,
    archived: datetime.date | None = None,
) -> Record | Refusal:
    """The article of a page. `charset` and `url` are what it was delivered with, `beside` what metadata beside it say
    (which win over its own), `archived` the day on which an archive took it."""
    try:
        read = decoded(data, charset)
    except Binary as error:
        return refusal(origin, path, "binary", str(error), data)
    except Undecodable as error:
        return refusal(origin, path, "undecodable", str(error), data)
    try:
        text, own = _page(read.text)
    except MemoryError:
        raise
    except Exception as error:  # a parser fed with anything can raise anything
        return refusal(origin, path, "broken-record", f"cannot be read as HTML ({type(error).__name__})", data)
    if not text or not visible(text):
        return refusal(origin, path, "no-text", "is a page without an article", data)
    known = {**own, **{name: value for name, value in (beside or {}).items() if value}}
    return rows.record(
        path=path,
        origin=origin,
        source=source,
        text=text,
        encoding=read.encoding,
        size=len(data),
        extractor=EXTRACTOR,
        version=extractor_version(),
        url=(beside or {}).get("url") or url or known.get("url"),
        known=known,
        archived=archived,
    )


@cache
def extractor_version() -> str:
    """trafilatura's version: another one may give another text."""
    return version(EXTRACTOR)


def decoded(data: bytes, charset: str | None = None) -> Decoded:
    """By its mark, as UTF-8, as delivered, as declared, else by likelihood. Raises Binary or Undecodable."""
    marked = any(data.startswith(bom) for bom, _ in BOMS)
    if not marked and not _is_utf8(data):
        both = mixed(data)
        if both and both.good >= max(1, both.western):
            # Mostly UTF-8, whatever it says.
            return decode(data)
        declared = CHARSET.search(data, 0, CHARSET_WITHIN)
        for name in (charset, declared[1].decode("ascii") if declared else None):
            if name and (found := _as_declared(data, name)):
                return found
    return decode(data)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_declared(data: bytes, name: str) -> Decoded | None:
    # Browsers read Latin-1 and ASCII as Windows' Western page; UTF-8 it is not, whatever it says.
    plain = name.casefold().replace("_", "-")
    name = "cp1252" if plain in {"iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii", "windows-1252"} else plain
    if name.replace("-", "").startswith("utf"):
        return None
    try:
        text = data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if "\0" in text else Decoded(text, f"{name} (declared)")


def _page(content: str) -> tuple[str | None, dict[str, str | None]]:
    """The text of the body and what the page says of itself. Raises what parsers raise."""
    from trafilatura import bare_extraction, load_html

    # It logs an error for every page without an article; here that is a refusal.
    logging.getLogger(EXTRACTOR).setLevel(logging.CRITICAL)
    tree = load_html(content)
    if tree is None:
        return None, {}
    known = _metadata(tree)
    large = sum(1 for _ in tree.iter()) > MOST_ELEMENTS
    found = bare_extraction(tree, include_comments=False, include_tables=not large, fast=large, with_metadata=False)
    text = getattr(found, "text", None)
    return (without_surrogates(text)[0].replace("\0", "") if isinstance(text, str) else None), known


def _metadata(tree: Any) -> dict[str, str | None]:
    """What the page says of itself, by names of `rows.KNOWN` and `url`; None where it does not."""
    named: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = _fact(element.get("content"))
        if content:
            named.setdefault(name.strip().casefold(), content)
    links = {rel: _fact(link.get("href")) for link in tree.iter("link") for rel in (link.get("rel") or "").split()}
    article = _article(tree)
    address = links.get("canonical") or named.get("og:url")
    heading = [_fact(" ".join(h.itertext())) for h in tree.iter("h1")]
    title = next((_fact(" ".join(t.itertext())) for t in tree.iter("title")), None)
    author = _names(article.get("author")) or _first(named, AUTHORS)
    return {
        "title": _text(article.get("headline"))
        or _first(named, TITLES)
        or (heading[0] if len(heading) == 1 else None)
        or title,
        # Some name the author's page instead.
        "author": author if author and not URL.fullmatch(author) else None,
        "publisher": _first(named, PUBLISHERS[:1]) or _names(article.get("publisher")) or _first(named, PUBLISHERS),
        "published": _text(article.get("datePublished")) or _first(named, PUBLISHED) or _marked_time(tree),
        "licence": links.get("license") or _text(article.get("license")) or _first(named, LICENCES) or _licence(tree),
        "url": address if address and _names_a_page(address) else None,
    }


def _article(tree: Any) -> dict[str, Any]:
    """The one article that the page's JSON-LD describes; empty where there is none, or where they disagree on the day
    (lists of other articles)."""
    found: list[dict[str, Any]] = []
    for element in tree.iter("script"):
        if (element.get("type") or "").strip().casefold() == "application/ld+json":
            try:
                value = json.loads(element.text or "")
            except (ValueError, RecursionError):
                continue
            found.extend(_articles(value, MOST_DEPTH))
    found = found[:MOST_OBJECTS]
    days = {str(one.get("datePublished"))[:10] for one in found if one.get("datePublished")}
    return found[0] if found and len(days) <= 1 else {}


def _articles(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Articles at the top, in lists, in `@graph` and as `mainEntity`: not those that another object links to."""
    if depth and isinstance(value, list):
        for one in value[:MOST_OBJECTS]:
            yield from _articles(one, depth - 1)
    elif depth and isinstance(value, dict):
        kinds = value.get("@type")
        if any(isinstance(k, str) and ARTICLE.fullmatch(k) for k in (kinds if isinstance(kinds, list) else [kinds])):
            yield value
        else:
            for key in ("@graph", "mainEntity", "mainEntityOfPage"):
                yield from _articles(value.get(key), depth - 1)


def _marked_time(tree: Any) -> str | None:
    """The day of a `time` element that is marked as the article's own."""
    for element in tree.iter("time"):
        if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
            return _fact(element.get("datetime"))
    return None


def _licence(tree: Any) -> str | None:
    """The licence that the page's links name, where they name one: pictures have theirs."""
    named = {_fact(a.get("href")) for a in tree.iter("a") if "license" in (a.get("rel") or "").split()}
    return named.pop() if len(named) == 1 else None


def _names_a_page(address: str) -> bool:
    """Whether an address leads to more than a site's front page, which would make all its articles one."""
    found = URL.fullmatch(address)
    parts = address.split("/", 3)
    return bool(found) and address.casefold().startswith("http") and len(parts) == 4 and bool(parts[3].strip("/"))


def _first(named: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((named[name] for name in names if name in named), None)


def _names(value: Any) -> str | None:
    """The name of a person or organisation in JSON-LD, or of several."""
    if isinstance(value, list):
        return ", ".join(name for one in value[:20] if (name := _names(one))) or None
    return _text(value.get("name") if isinstance(value, dict) else value)


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("url") or value.get("name")
    return _fact(value) if isinstance(value, str) else None


def _fact(value: str | None) -> str | None:
    """On one line; None where nothing is left, or where it is too long for a fact."""
    line = one_line(without_surrogates(value)[0]) if value and len(value) <= limits.MOST_BYTES else ""
    return line if 0 < len(line) <= MOST_FACT else None
