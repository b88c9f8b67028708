"""Read RSS and Atom files item by item: one article per item. A file may have any size; an item may not.

Nothing is fetched, no DTD is loaded, and no entity that a file declares is resolved: references to entities other than
those of XML and HTML reach the parser as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from html.entities import html5
from typing import Any

from pipeline.read import html_text, limits
from pipeline.read.field_names import FieldNames, Usage
from pipeline.read.records import URL, not_records, record
from pipeline.read.rows import Record, Refusal, read_or_refuse, refusal
from pipeline.read.source_file import OpenFile, RecordSizeLimiter, RecordTooLarge

# RSS 0.9 to 2.0, Atom 0.3 and 1.0.
ROOTS = frozenset({"rss", "feed", "rdf"})
ITEMS = frozenset({"item", "entry"})
# Fields of an item, in order of preference. `updated` is the only day that Atom requires.
TEXTS = ("encoded", "content", "description", "summary")
DAYS = ("pubdate", "published", "issued", "date", "created", "updated")
AUTHORS = ("creator", "author")
LICENCES = ("license", "licence", "rights")
# RSS 2.0 has addresses as authors: `desk@gazette.example (Rosa Frey)`.
MAILED = re.compile(r"\S{1,100}@\S{1,100}\s*\(([^()]{1,200})\)")
# Feeds contain HTML entities and bare ampersands, which are not XML, and controls, which XML forbids. In the HTML of a
# CDATA section a character and its reference mean the same.
REFERENCE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)([A-Za-z][A-Za-z0-9]{1,31};)?")
CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
MAX_REFERENCE_LENGTH = 40


def items(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read the items of a feed: `.rss`, `.atom`, `.rdf`, `.xml`."""
    from lxml import etree

    path = opened.path
    # The format fixes the names of the fields: there is no usage to report.
    opened = replace(opened, names=FieldNames(), usage=Usage())
    head = opened.file.read(limits.HEAD_BYTES)
    if problem := not_records(head) or (None if head.strip() else ("empty", "holds no record")):
        yield refusal(path, path, *problem, size=opened.size)
        return
    if b"<!ENTITY" in head:
        yield refusal(path, path, "broken-record", "declares XML entities of its own", size=opened.size)
        return
    file = RecordSizeLimiter(opened.file, head)
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    events = ("start", "end")
    parser = etree.iterparse(_Mended(file), events=events, remove_comments=True, remove_pis=True, **options)
    number = 0
    try:
        for value in _articles(parser, file.begin):
            if value is None:
                yield refusal(path, path, "unsupported", "is XML, but no RSS or Atom feed", size=opened.size)
                return
            number += 1
            origin = f"{path}#item-{number}"
            yield read_or_refuse(origin, path, partial(record, value, opened, origin=origin))
    except RecordTooLarge:
        why = f"has more than {limits.MAX_BYTES} bytes; reading stopped there"
        yield refusal(f"{path}#item-{number + 1}", path, "too-large", why)
        return
    except etree.XMLSyntaxError:
        why = "is truncated or not XML; the rest was not read"
        yield refusal(f"{path}#item-{number + 1}" if number else path, path, "broken-record", why, size=opened.size)
        return
    if not number:
        yield refusal(path, path, "empty", "holds no item", size=opened.size)


class _Mended:
    """A file with its references and controls changed to valid XML. Reading raises RecordTooLarge."""

    def __init__(self, file: RecordSizeLimiter) -> None:
        self._file = file
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; more than `size` if a reference became longer."""
        data = self._left + self._file.read(size)
        at = data.rfind(b"&", max(0, len(data) - MAX_REFERENCE_LENGTH))
        # A reference may continue in the next bytes.
        whole = at <= 0 or b";" in data[at:]
        data, self._left = (data, b"") if whole else (data[:at], data[at:])
        return REFERENCE.sub(_reference, data.translate(None, CONTROLS))


def _reference(found: re.Match[bytes]) -> bytes:
    """Replace an HTML reference by numeric ones; any other by text."""
    characters = html5.get(found[1].decode("ascii")) if found[1] else None
    return "".join(f"&#{ord(ch)};" for ch in characters).encode() if characters else b"&amp;" + (found[1] or b"")


def _articles(events: Any, begin: Callable[[], None]) -> Iterator[dict[str, Any] | None]:
    """Yield the items as records, in order; one None if the file is no feed. Call `begin` after each."""
    feed: dict[str, str] = {}
    depth = item = 0
    for event, element in events:
        name = _name(element)
        if event == "start":
            depth += 1
            if depth == 1 and name not in ROOTS:
                yield None
                return
            if not item and name in ITEMS:
                item = depth
            continue
        if not item and name in ("title", "language", "license") and depth <= 3:
            feed.setdefault(name, _words(element) or element.get("resource") or "")
        if item == depth:
            item = 0
            yield _article(element, feed)
            begin()
        depth -= 1
        if not item and depth > 1:
            # Free what has been read.
            element.clear(keep_tail=False)
            while element.getprevious() is not None:
                del element.getparent()[0]


def _article(item: Any, feed: dict[str, str]) -> dict[str, Any]:
    """Return an item as a record under our names."""
    children: dict[str, list[Any]] = {}
    for child in item:
        children.setdefault(_name(child), []).append(child)

    def first(names: tuple[str, ...], read: Callable[[Any], str | None]) -> str | None:
        return next((words for name in names for child in children.get(name, ()) if (words := read(child))), None)

    licence = first(LICENCES, lambda one: _words(one) or _resource(one)) or first(("link",), _licence)
    return {
        "id": first(("guid", "id"), _words),
        "text": first(TEXTS, _html),
        "title": first(("title",), _html),
        "author": first(AUTHORS, _author),
        "published": first(DAYS, _words),
        "publisher": first(("source",), _source) or feed.get("title"),
        "url": first(("link",), _link) or first(("guid", "id"), _address),
        "licence": licence or feed.get("license"),
        "language": feed.get("language"),
    }


def _name(element: Any) -> str:
    """Return the lower-case name without its namespace; "" for comments and the like."""
    return element.tag.rpartition("}")[2].casefold() if isinstance(element.tag, str) else ""


def _words(element: Any) -> str | None:
    return " ".join("".join(element.itertext(with_tail=False)).split()) or None


def _html(element: Any) -> str | None:
    """Return the text of an element whose content is HTML (RSS) or one of Atom's types."""
    from lxml import etree

    if element.get("type") in ("text", "text/plain"):
        return "".join(element.itertext()).strip() or None
    if len(element):
        # XHTML, or unescaped HTML.
        return html_text.text(etree.tostring(element, encoding="unicode", with_tail=False)) or None
    return html_text.text(element.text or "") or None


def _author(element: Any) -> str | None:
    name = next((child for child in element if _name(child) == "name"), element)
    words = _words(name)
    mailed = MAILED.fullmatch(words) if words else None
    return mailed[1] if mailed else words


def _source(element: Any) -> str | None:
    """Return the feed that an item was taken from: its title in Atom, the words themselves in RSS."""
    return next((_words(child) for child in element if _name(child) == "title"), _words(element))


def _link(element: Any) -> str | None:
    if element.get("rel") not in (None, "alternate"):
        return None
    return element.get("href") or _words(element)


def _address(element: Any) -> str | None:
    """Return the item's id if it is an address."""
    words = _words(element)
    return words if words and element.get("isPermaLink") != "false" and URL.fullmatch(words) else None


def _licence(element: Any) -> str | None:
    href: str | None = element.get("href") if element.get("rel") == "license" else None
    return href


def _resource(element: Any) -> str | None:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == "resource"), None)
