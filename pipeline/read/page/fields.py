"""Read a page's metadata: title, author, publisher, day of publication, licence, address.

Only metadata of the page's own article count. If a place is ambiguous, the next place in page_fields.tsv is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.read import limits
from pipeline.read.decoding import without_surrogates
from pipeline.read.names import one_line
from pipeline.read.page import licence
from pipeline.read.page.head import Head, head, people
from pipeline.read.page.parts import HEADINGS, Parts, parts
from pipeline.read.page.site import Site, same, site
from pipeline.read.page.words import line_of, of_kind, places
from pipeline.read.records import URL

# Types of schema.org objects that are articles; how many are read, and how deep.
ARTICLE = re.compile(r"(?:https?://schema\.org/)?(?:[A-Za-z]{0,30}Article|(?:Live)?BlogPosting|Report)")
MAX_OBJECTS, MAX_DEPTH = 200, 6
MAX_FACT = 500
# Google Scholar and DCMI also allow names as "Austen, Chris".
SURNAMES = frozenset({"citation_author", "dc.creator"})
SITE_NAMES = ("og:site_name", "application-name", "dc.publisher", "citation_publisher")
SURNAME_FIRST = re.compile(r"^([^,]{1,60}), ([^,]{1,60})$")
MAIL = re.compile(r"[(<]?[\w.+-]{1,60}@[\w.-]{1,60}[)>]?")
BY = re.compile(r"^by:? +", re.IGNORECASE)
# "Ann Lee,Bo Berg", "Ann Lee; Bo Berg".
LISTED = re.compile(r"(?<=[^\W\d_]),(?=[^\W\d_])|\s?;\s?")
# The number or name of an account: "1044", "lume3".
ACCOUNT = re.compile(r"[^\s\d]*\d\S*|[\W\d_]+")
TIME_OF_DAY = re.compile(r"\d{1,2}[:.]\d\d(?::\d\d)?(?: ?[ap]\.?m\.?)?", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """A parsed page and its parts. `named`: the contents of its meta elements, by lower-case name."""

    tree: Any
    named: dict[str, list[str]]

    @cached_property
    def given_titles(self) -> tuple[str, ...]:
        """The page's titles in its head."""
        first = (_fact(line_of(one)) for one in self.tree.iter("title"))
        return tuple(filter(None, (*self.named.get("og:title", ()), next(first, None))))

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """The page's titles in its head, first without the name of its site."""
        return tuple(filter(None, (*map(self.site.headline, self.given_titles), *self.given_titles)))

    @cached_property
    def site(self) -> Site:
        stated = (value for name in SITE_NAMES for value in self.named.get(name, ()))
        # A source is the site if it ends the page's title; else it may be an agency.
        sources = (one for one in self.named.get("source", ()) if any(t.endswith(f" {one}") for t in self.given_titles))
        return site(self.tree, self.given_titles, (*stated, *sources, *_all_names(self.described.get("publisher"))))

    @cached_property
    def headings(self) -> frozenset[str]:
        """The words of the page's headings, without those of other articles."""
        return frozenset(same(line_of(one)) for one in self.tree.iter(*HEADINGS) if self.parts.own(one)) - {""}

    @cached_property
    def text(self) -> str:
        return " ".join(self.tree.itertext())

    @cached_property
    def parts(self) -> Parts:
        return parts(self.tree, self.titles, self.site)

    @cached_property
    def head(self) -> Head:
        return head(self.tree, self.parts, self.titles)

    @cached_property
    def described(self) -> dict[str, Any]:
        return _described(self.tree)

    @cached_property
    def scopes(self) -> frozenset[Any]:
        """The elements whose microdata properties are the article's. If none is marked as an article: those around its
        headline, and None for properties outside any."""
        scopes = [
            one
            for one in self.tree.iter()
            if isinstance(one.tag, str)
            and one.get("itemscope") is not None
            and ARTICLE.fullmatch((one.get("itemtype") or "").strip())
            and not any(self.parts.outside(above) for above in (one, *one.iterancestors()))
        ]
        if not scopes:
            return frozenset({None}) if self.parts.several else self.parts.around | {None}
        headline = self.parts.headline
        if len(scopes) > 1 and headline is not None:
            above = list(headline.iterancestors())
            scopes = [one for one in scopes if one in above][-1:]
        return frozenset(scopes) if len(scopes) == 1 else frozenset()


def parsed(tree: Any) -> Page:
    """Return the page of a tree."""
    named: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or ""
        content = _fact(element.get("content"))
        if content:
            named.setdefault(name.strip().casefold(), []).append(content)
    return Page(tree, named)


def fields(page: Page) -> dict[str, str | None]:
    """Return the page's metadata by names of `rows.METADATA_FIELDS` and `url`; None if missing."""
    out: dict[str, str | None] = {}
    licences: list[str] = []
    for place in places():
        if place.field == "licence":
            found = READERS[place.place](page, place.name, place.field)
            # A rights notice beside a licence names the owner; only one that reserves all rights contradicts it.
            rights = licences and place.name.endswith(".rights")
            licences += [one for one in found if _fact(one) and not (rights and not licence.reserves(one))]
        elif not out.get(place.field):
            found = READERS[place.place](page, place.name, place.field)
            values = [one for value in found if (one := _fact(value))]
            out[place.field] = TOGETHER.get(place.field, _first)(page, values)
    return {**out, "licence": licence.together(licences)}


def _meta(page: Page, name: str, field: str) -> list[str]:
    values = page.named.get(name, [])
    return [SURNAME_FIRST.sub(r"\2 \1", value) for value in values] if name in SURNAMES else values


def _json_ld(page: Page, name: str, field: str) -> list[str]:
    value = page.described.get(name)
    if field in {"author", "publisher"}:
        return _all_names(value)
    values = value if isinstance(value, list) else [value]
    return [text for one in values[:MAX_OBJECTS] if (text := _text(one))]


def _microdata(page: Page, name: str, field: str) -> list[str]:
    """Return the values of a microdata property of the page's article."""
    out: list[str] = []
    for one in page.tree.iter():
        if isinstance(one.tag, str) and name in (one.get("itemprop") or "").split() and _scope(one) in page.scopes:
            above = (one, *one.iterancestors())
            if field == "licence" and licence.pictured(one, page.parts):
                continue
            if not any(page.parts.outside(up) for up in above):
                out.extend(_values(one))
    return out


def _scope(element: Any) -> Any | None:
    """Return the nearest ancestor with itemscope."""
    return next((one for one in element.iterancestors() if one.get("itemscope") is not None), None)


def _values(element: Any) -> Iterator[str]:
    """Yield the value of a microdata property: its attribute, its object's name or its text (HTML Standard, 5.2.4)."""
    if element.get("itemscope") is not None:
        for one in element.iter():
            if isinstance(one.tag, str) and one.get("itemprop") == "name" and _scope(one) is element:
                yield one.get("content") or line_of(one)
        return
    attribute = "href" if element.tag in {"a", "link"} and element.get("itemprop") in {"license", "url"} else "datetime"
    yield element.get("content") or element.get(attribute) or line_of(element)


def _link(page: Page, name: str, field: str) -> list[str]:
    if field == "author":
        return [page.head.author] if page.head.author else []
    if field == "licence":
        return licence.links(page.tree, page.parts)
    found = (one for one in page.tree.iter("link") if name in (one.get("rel") or "").casefold().split())
    return [one.get("href") or "" for one in found][:1]


def _byline(page: Page, name: str, field: str) -> list[str]:
    found = {"names": page.head.byline, "day": page.head.day, "headline": page.head.headline}[name]
    return [found] if found else []


def _time(page: Page, name: str, field: str) -> list[str]:
    return [page.head.marked_day] if page.head.marked_day else []


def _element(page: Page, name: str, field: str) -> list[str]:
    found = [line_of(one) for one in page.tree.iter(name)]
    if name == "h1":
        headline, article = page.parts.headline, page.parts.article
        if headline is not None:
            return [line_of(headline)]
        # A heading above the article that is not its headline is the site's name.
        return found if len(found) == 1 and article is None else []
    # "Harbour Post - News since 1889": behind the site's name, only what the page shows is the headline.
    shown = same(" ".join(page.tree.find(".//body").itertext())) if page.tree.find(".//body") is not None else ""
    return [
        title for title in found[:1] if not page.site.begins(title) or same(page.site.headline(title) or "") in shown
    ]


def _labelled(page: Page, name: str, field: str) -> list[str]:
    """Return the values of `twitter:data` elements whose `twitter:label` is the name."""
    labels = (page.named.get(f"twitter:label{number}", [""])[0].casefold() for number in ("1", "2"))
    return [value for number, label in zip("12", labels, strict=True) if label == name
            for value in page.named.get(f"twitter:data{number}", [])]  # fmt: skip


def _rdfa(page: Page, name: str, field: str) -> list[str]:
    """Return the values of an RDFa property of the page's article."""
    found = (one for one in page.tree.iter() if isinstance(one.tag, str) and one.tag != "meta")
    named = (one for one in found if name in (one.get("property") or "").split() and page.parts.own(one))
    return [one.get("content") or line_of(one) for one in named]


def _site(page: Page, name: str, field: str) -> list[str]:
    return [page.site.name] if page.site.name else []


READERS: dict[str, Callable[[Page, str, str], list[str]]] = {
    "meta": _meta,
    "json-ld": _json_ld,
    "microdata": _microdata,
    "link": _link,
    "byline": _byline,
    "time": _time,
    "element": _element,
    "label": _labelled,
    "rdfa": _rdfa,
    "site": _site,
}


def _first(page: Page, values: list[str]) -> str | None:
    return values[0] if values else None


def _title(page: Page, values: list[str]) -> str | None:
    """Return the first title without the site's name, if anything is left of it."""
    return page.site.headline(values[0], page.headings) if values else None


def _one_day(page: Page, values: list[str]) -> str | None:
    """Return the first value if all name the same day. A time alone is none: Blogger marks "10:52" as datePublished."""
    dated = [value for value in values if not TIME_OF_DAY.fullmatch(value)]
    return dated[0] if len({value[:10] for value in dated}) == 1 else None


def _authors(page: Page, values: list[str]) -> str | None:
    """Return the names joined with commas, without the site's name, addresses, and what is in place of a name: offices,
    public bodies."""
    read = (value for value in values[:MAX_OBJECTS] if not URL.fullmatch(value))
    given = (LISTED.sub(", ", MAIL.sub("", value).strip(" ,;")) for value in read)
    names = [name for value in given if value for name in people(_without_place(page, BY.sub("", value, count=1)))]
    kept = [_cased(page, name) for name in names if not page.site.is_name(name) and not ACCOUNT.fullmatch(name)]
    return _fact(
        ", ".join(
            dict.fromkeys(one for one in kept if one.casefold() not in of_kind("no-author") and not _is_body(one))
        )
    )


def _without_place(page: Page, names: str) -> str:
    """Return the names of an author field without the place behind them: "Ann Lee, Bern", if the page has "in Bern".
    "Van Lee, Ann" stays."""
    before, comma, place = names.rpartition(", ")
    return before if comma and " " in before and place.isalpha() and f" in {place}" in page.text else names


def _is_body(name: str) -> bool:
    """Whether a name is that of a public body or a part of it: "Ministry of Ports, Press Section"."""
    parts = re.findall(r"[\w-]+", name.casefold())
    pairs = zip(parts, [*parts[1:], ""], strict=True)
    return any(one in of_kind("body") and behind in {"", "of", "for"} for one, behind in pairs)


def _cased(page: Page, name: str) -> str:
    """Return a name in capitals as the page writes it elsewhere, else with capitals where its words begin."""
    if not name.isupper() or " " not in name:
        return name
    found = re.finditer(re.escape(name), page.text, re.IGNORECASE)
    spelled = next((one[0] for one in found if not one[0].isupper() and not one[0].islower()), None)
    return spelled or re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name)


def _address(page: Page, values: list[str]) -> str | None:
    """Return the address unless it is a site's front page, which would merge all its articles."""
    address = values[0] if values else ""
    pieces = address.split("/", 3)
    named = address.casefold().startswith("http") and len(pieces) == 4 and bool(pieces[3].strip("/"))
    return address if named and URL.fullmatch(address) else None


TOGETHER: dict[str, Callable[[Page, list[str]], str | None]] = {
    "title": _title,
    "published": _one_day,
    "author": _authors,
    "url": _address,
}


def _described(tree: Any) -> dict[str, Any]:
    """Return the article that the page's JSON-LD describes, with the objects that it names by `@id`; {} if there is
    none, or if articles disagree on the day (lists of other articles)."""
    found: list[dict[str, Any]] = []
    known: dict[str, Any] = {}
    for element in tree.iter("script"):
        if (element.get("type") or "").strip().casefold() == "application/ld+json":
            try:
                value = json.loads(element.text or "")
            except (ValueError, RecursionError):
                continue
            found.extend(_articles(value, MAX_DEPTH, known))
    found = found[:MAX_OBJECTS]
    days = {str(one.get("datePublished"))[:10] for one in found if one.get("datePublished")}
    if not found or len(days) > 1:
        return {}
    return {key: _resolved(value, known) for key, value in found[0].items()}


def _articles(value: Any, depth: int, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield articles at the top, in lists, in `@graph` and as `mainEntity`, not those that another object links to. Add
    other objects there to `known` by their `@id`."""
    if depth and isinstance(value, list):
        for one in value[:MAX_OBJECTS]:
            yield from _articles(one, depth - 1, known)
    elif depth and isinstance(value, dict):
        kinds = value.get("@type")
        if any(isinstance(k, str) and ARTICLE.fullmatch(k) for k in (kinds if isinstance(kinds, list) else [kinds])):
            yield value
        else:
            if isinstance(value.get("@id"), str) and value.get("name"):
                known.setdefault(value["@id"], value)
            for key in ("@graph", "mainEntity", "mainEntityOfPage"):
                yield from _articles(value.get(key), depth - 1, known)


def _resolved(value: Any, known: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_resolved(one, known) for one in value[:MAX_OBJECTS]]
    if isinstance(value, dict) and not value.get("name") and isinstance(value.get("@id"), str):
        return known.get(value["@id"], value)
    return value


def _all_names(value: Any) -> list[str]:
    """Return the names of persons or organisations in JSON-LD."""
    if isinstance(value, list):
        return [name for one in value[:20] for name in _all_names(one)]
    name = _text(value.get("name") if isinstance(value, dict) else value)
    return [name] if name else []


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("url") or value.get("name")
    return _fact(value) if isinstance(value, str) else None


def _fact(value: str | None) -> str | None:
    """Return a value on one line; None if it is empty or longer than MAX_FACT."""
    line = one_line(without_surrogates(value)[0]) if value and len(value) <= limits.MAX_BYTES else ""
    return line if 0 < len(line) <= MAX_FACT else None
