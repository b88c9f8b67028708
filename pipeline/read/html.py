"""Extract the article and the metadata of a web page."""

from __future__ import annotations

import datetime
import logging
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from itertools import takewhile

from pipeline.read import rows
from pipeline.read.decoding import BOMS, Decoded, NotText, decode, without_surrogates
from pipeline.read.layout import is_prose, without_tables
from pipeline.read.mixed_encoding import mixed
from pipeline.read.page.fields import Page, fields, parsed
from pipeline.read.page.furniture import mark_article, without_furniture
from pipeline.read.page.parts import names_page
from pipeline.read.page.site import Site, same
from pipeline.read.page.words import line_of
from pipeline.read.rows import Record, Refusal, refusal
from pipeline.read.source_file import visible

EXTRACTOR = "trafilatura"
# Usual articles have one to three thousand elements. trafilatura's fallbacks take quadratic time: skip them on larger
# pages.
MAX_ELEMENTS = 5_000
CHARSET = re.compile(rb"""<meta[^>]{1,200}?charset\s{0,5}=\s{0,5}["']?([A-Za-z0-9_:.-]{2,30})""", re.IGNORECASE)
CHARSET_WITHIN = 4_096
# A line above the headline with at most this many words names a section, a kind of text or its number.
MAX_KICKER = 5
# The end of a sentence, not of a label ("Exclusive!") or a short form ("Ferries Inc.").
SENTENCE = re.compile(r" [a-z]{2,20}[.!?][\"”’]?\Z")


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
    """Return the article of a page. `charset` and `url` are those of its delivery; `beside` is its metadata file, which
    wins over its own metadata; `archived` is the day on which an archive took it."""
    try:
        read = decoded(data, charset)
    except NotText as error:
        return refusal(origin, path, error.reason, str(error), data)
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
    """Return trafilatura's version: another version may extract another text."""
    return version(EXTRACTOR)


def decoded(data: bytes, charset: str | None = None) -> Decoded:
    """Decode by byte-order mark, as UTF-8, as delivered, as declared, else by likelihood. Raises Binary or
    Undecodable."""
    marked = any(data.startswith(bom) for bom, _ in BOMS)
    if not marked and not _is_utf8(data):
        both = mixed(data)
        if both and both.good >= max(1, both.western):
            # Mostly UTF-8, despite its declaration.
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
    # Browsers read Latin-1 and ASCII as Windows' Western page. The data are known not to be UTF-8.
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
    """Return the text of the body and the page's metadata. Raises what parsers raise."""
    from trafilatura import bare_extraction, load_html

    # trafilatura logs an error for each page without an article; here that is a refusal.
    logging.getLogger(EXTRACTOR).setLevel(logging.CRITICAL)
    tree = load_html(content)
    if tree is None:
        return None, {}
    page = parsed(tree)
    known = fields(page)
    stated, headline = page.head.lines, _headline(page)
    without_furniture(tree, page.parts)
    without_tables(tree)
    mark_article(tree)
    large = sum(1 for _ in tree.iter()) > MAX_ELEMENTS
    found = bare_extraction(tree, include_comments=False, include_tables=False, fast=large, with_metadata=False)
    text = getattr(found, "text", None)
    if not isinstance(text, str):
        return None, known
    return _without_head(without_surrogates(text)[0].replace("\0", ""), stated, headline, page.site), known


def _headline(page: Page) -> str | None:
    """Return the page's headline, if the page's title agrees with it."""
    found = page.parts.headline
    return line_of(found) if found is not None and names_page(found, page.titles) else None


def _without_head(text: str, stated: Sequence[str], headline: str | None, site: Site) -> str:
    """Remove section and kicker above the headline, byline and date line above the first sentence, and a byline below
    the last. `stated`: these lines, from which the record's fields are read."""
    lines = text.split("\n")
    above = len(list(takewhile(lambda line: not is_prose(line.strip()), lines)))
    titles = [index for index, line in enumerate(lines[:above]) if headline and same(line) == same(headline)]
    over = titles[0] if titles else 0
    head = [line for line in lines[:over] if len(line.split()) > MAX_KICKER or SENTENCE.search(line)]
    known = sorted({f" {same(line)} " for line in stated}, key=len, reverse=True)
    names = [f" {name} " for name in sorted(site.names, key=len, reverse=True) if name]
    head += [line for line in lines[over:above] if not line.strip() or _says(line, known, names)]
    return "\n".join((*head, *(line for line in lines[above:] if f" {same(line)} " not in known)))


def _says(line: str, known: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a line of the head says anything but byline and day; "&" between two names does not."""
    return any(map(str.isalnum, line)) and not _is_stated(line, known, names)


def _is_stated(line: str, known: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a line of the head is a part of the known lines, or a byline that lists only them and names of the site.
    `known`, `names`: as `same` writes them, between blanks, the longest first."""
    words = f" {same(line)} "
    if any(words in one for one in known):
        return True
    if not words.startswith(" by "):
        return False
    for one in (*known, *names):
        words = words.replace(one, " ")
    return not set(words.split()) - {"by", "and", "for"}
