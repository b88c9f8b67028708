"""Find the name of the site that a page belongs to, and take it off the page's titles.

A part of a page's title is the site's name if another place of the page names the site so: its metadata, the picture or
link to its front page, a copyright line, its host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from pipeline.data import any_of, words
from pipeline.read.page.words import has_class_word, line_of, of_kind, tokens

# Between the parts of a title: "Ferry line to close | Harbour Post", "Harbour Post » Print » Ferry line to close".
SEPARATOR = re.compile(r"\s+(?:[-–—·•>/\\~]|::)\s+|\s*[|«»›]\s*")
# Also between an outlet's name and the title behind it: "Harbour Post: Ferry line to close".
AFTER_NAME = re.compile(r"\s*:\s+")
# These do not occur in headlines, the other separators do.
STRONG = re.compile(r"\s*[|«»›]\s*")
BYLINE = re.compile(r"by [^\W\d_].{2,60}", re.IGNORECASE)
MONTH = re.compile(r"[A-Z][a-z]{2,8},? (?:19|20)\d\d")
# "Ferry line to close (Published 2018)".
DATED = re.compile(r" \((?:published|updated) \d{4}\)", re.IGNORECASE)
PAPER = re.compile(rf"(?:{any_of(words('media.tsv', 'paper'))})s?", re.IGNORECASE)
FRONT_PAGE = re.compile(r"(?:https?://[^/?#]+)?/?(?:(?:index|home|default)\.\w{3,5})?", re.IGNORECASE)
HOST = re.compile(r"https?://(?:www\d?\.)?([^/:?#]+)", re.IGNORECASE)
OWNER = re.compile(
    r"(?:©|\(c\)|copyright)(?: ?(?:©|\(c\)))?(?: ?\d{4}(?: ?[-–] ?\d{2,4})?,?)?(?: by)? "
    r"(?P<name>[^\W\d_][^.,;|\n©]{1,60})",
    re.IGNORECASE,
)
ONLINE = re.compile(r" (?:on-?line|on the web|website|home ?page)$", re.IGNORECASE)
# "harbourpost.com", and what is before its last dot.
DOMAIN = re.compile(r"(?<=\w)\.(?:co\.)?[a-z]{2,10}$", re.IGNORECASE)
PUBLISHED_BY = re.compile(
    r"(?P<name>(?:[A-Z][\w’'&-]{0,20} ){1,6})is (?:published|produced|owned|proudly powered|powered) by"
)
SIGNS = re.compile(r"©|\(c\)|copyright| by\b", re.IGNORECASE)
MAX_TITLE, MAX_LINKS, MAX_OWNERS, MAX_NAME, MIN_HOST = 500, 60, 20, 80, 6
# A headline has at least this many words, a site's name at most, if nothing else tells one from the other.
MIN_WORDS, MAX_WORDS = 3, 5


@dataclass(frozen=True, slots=True)
class Site:
    """`name`: the site's name if certain. `names`: all the names that the page gives to the site."""

    name: str | None
    names: frozenset[str]

    def is_name(self, text: str) -> bool:
        """Whether a text is only the site's name."""
        return same(text) in self.names

    def begins(self, title: str) -> bool:
        """Whether a title is the site's name and one more part behind it."""
        parts = _parts(title)
        return len(parts) == 2 and self.is_name(parts[0][0]) and not self.is_name(parts[-1][0])

    def headline(self, title: str, headings: frozenset[str] = frozenset()) -> str | None:
        """Return a title without the site's name, sections and bylines; None if nothing else is in it. `headings` are
        those of the page (`same`): parts of the title that are one of them are the headline."""
        title = DATED.sub("", title[:MAX_TITLE])
        parts = _parts(title)
        ends = [(i, j) for i in range(len(parts)) for j in range(len(parts), i, -1)] if headings else []
        runs = (_joined(title, parts[i:j]) for i, j in ends)
        agreed = next((run for run in runs if same(run) in headings and not self.is_name(run)), None)
        if agreed:
            return agreed
        while parts and (self._drops(parts[-1][0]) or (len(parts) > 1 and _is_credit(parts[-1][0]))):
            parts.pop()
        while parts and self._drops(parts[0][0]):
            parts.pop(0)
        if len(parts) > 1 and _is_paper(parts[-1][0]):
            parts.pop()
        left = _joined(title, parts)
        if STRONG.search(left):
            long = [part for part in STRONG.split(left) if len(part.split()) > MAX_WORDS]
            return long[0] if len(long) == 1 else None
        prefixes = (found for found in islice(AFTER_NAME.finditer(left), 2) if self.is_name(left[: found.start()]))
        named = next(prefixes, None)
        return (left[named.end() :] if named else left) or None

    def _drops(self, part: str) -> bool:
        return self.is_name(part) or part.casefold() in of_kind("title-label")


def site(tree: Any, titles: Sequence[str], stated: Iterable[str]) -> Site:
    """Return the name of a page's site. `titles` are those of the page; `stated` are the names of the site and its
    publisher in its metadata."""
    given = frozenset(map(same, stated)) - {""}
    shown = [name for name in _front_page(tree) if name.casefold() not in of_kind("title-label")]
    owners = list(islice(_owners(tree), MAX_OWNERS))
    hosts = {label for label in _hosts(tree) if len(label) >= MIN_HOST}
    known = given | frozenset(map(same, shown))
    found = [
        (whole, part)
        for title in titles
        for whole in _ends(title)
        for part in dict.fromkeys((whole, whole.split(", ")[0], DOMAIN.sub("", whole), ONLINE.sub("", whole)))
        if same(part) in known or any(_owns(owner, part) for owner in owners) or _compact(part) in hosts
    ]
    certain = [part for _, part in found]
    name = (
        certain[0]
        if certain
        else next((both for one in shown for owner in owners if (both := _common(one, owner))), None)
    )
    # A title that is nothing but a name which the page shows elsewhere.
    alone = [title for title in titles if known & {same(title), same(ONLINE.sub("", title))}]
    # "Harbour Post Online" of the Harbour Post.
    shorter = ONLINE.sub("", name) if name else None
    if name and shorter != name and any(_owns(owner, shorter or name) for owner in owners):
        certain, name = [*certain, name], shorter
    return Site(
        name,
        given
        | frozenset(same(one) for one in (*certain, *(whole for whole, _ in found), *alone, *([name] if name else []))),
    )


def is_front_page_link(element: Any) -> bool:
    """Whether an element holds nothing but a link to the site's front page."""
    links = list(islice(element.iter("a"), 2))
    return (
        len(links) == 1
        and FRONT_PAGE.fullmatch((links[0].get("href") or "#").strip()) is not None
        and line_of(links[0]) == line_of(element)
    )


def same(name: str) -> str:
    """Return a name without case, signs and its article, for comparison."""
    words_ = re.findall(r"\w+", name.casefold())
    return " ".join(words_[1:] if words_[:1] == ["the"] else words_)


def _compact(name: str) -> str:
    return same(name).replace(" ", "")


def _parts(title: str) -> list[re.Match[str]]:
    """Return the parts of a title as matches, so that their offsets are known."""
    title = title[:MAX_TITLE]
    bounds = [(found.start(), found.end()) for found in SEPARATOR.finditer(title)]
    starts, ends = [0, *(end for _, end in bounds)], [*(start for start, _ in bounds), len(title)]
    found = (re.compile(r"\S(?:.*\S)?").search(title, start, end) for start, end in zip(starts, ends, strict=True))
    return [part for part in found if part]


def _is_credit(part: str) -> bool:
    return BYLINE.fullmatch(part) is not None or MONTH.fullmatch(part) is not None


def _is_paper(part: str) -> bool:
    """Whether a part of a title reads like the name of a paper: "Valley Courier", "The Evening Post"."""
    found = part.split()
    paper = PAPER.fullmatch(found[-1]) or PAPER.fullmatch(found[0])
    return 2 <= len(found) <= MAX_WORDS and paper is not None and all(one[0].isupper() for one in found if len(one) > 3)


def _joined(title: str, parts: Sequence[re.Match[str]]) -> str:
    return title[parts[0].start() : parts[-1].end()] if parts else ""


def _ends(title: str) -> list[str]:
    """Return the parts of a title that may be the site's name: the last, the first, and what is before a colon."""
    parts = [part[0] for part in _parts(title) if not _is_credit(part[0])]
    colons = [title[: found.start()] for found in islice(AFTER_NAME.finditer(title[:MAX_TITLE]), 2)]
    ends = [*parts[:0:-1], *parts[:1], *colons] if len(parts) > 1 else colons
    return [one for one in ends if len(one) <= MAX_NAME]


def _front_page(tree: Any) -> Iterator[str]:
    """Yield the texts and pictures of links to the front page, and the pictures of the masthead."""
    for link in islice(tree.iter("a"), MAX_LINKS):
        if "home" in tokens(link) or FRONT_PAGE.fullmatch((link.get("href") or "#").strip()):
            yield from filter(None, (line_of(link), *_pictured(link)))
    for element in tree.iter("div", "header", "td", "h1", "p", "span"):
        if has_class_word(element, "masthead"):
            yield from _pictured(element)
    # The caption of a picture may be the headline.
    yield from (name for name in _pictured(tree, 3) if len(name.split()) <= MAX_WORDS)


def _pictured(element: Any, most: int = 2) -> Iterator[str]:
    for image in islice(element.iter("img", "amp-img"), most):
        name = " ".join((image.get("alt") or "").split())
        if 2 < len(name) <= MAX_NAME:
            yield name


def _owners(tree: Any) -> Iterator[str]:
    """Yield the owners that copyright lines name."""
    for element in tree.iter():
        if isinstance(element.tag, str) and element.tag not in {"script", "style"}:
            for text in (element.text, element.tail):
                if text and SIGNS.search(text[:MAX_TITLE]):
                    line = " ".join(text[:MAX_TITLE].split())
                    found = (*OWNER.finditer(line), *PUBLISHED_BY.finditer(line))
                    yield from (one["name"].strip() for one in found)


def _owns(owner: str, part: str) -> bool:
    """Whether the owner in a copyright line begins with a part of a title: "Harbour Post Publishing Ltd"."""
    whole, name = same(owner).split(), same(part).split()
    rest = whole[len(name) :]
    return bool(name) and whole[: len(name)] == name and (len(name) > 1 or not rest or rest[0] in of_kind("company"))


def _common(shown: str, owner: str) -> str | None:
    """Return the words with which a name that the page shows and its owner's name both begin, if at least two: of
    "Harbour Post On-Line" and "Harbour Post Ltd"."""
    pairs = zip(shown.split(), owner.split(), strict=False)
    both = [one for one, _ in takewhile(lambda pair: pair[0].casefold() == pair[1].casefold(), pairs)]
    return " ".join(both) if len(both) > 1 else None


def _hosts(tree: Any) -> Iterator[str]:
    """Yield the parts of the page's host."""
    links = [one.get("href") for one in tree.iter("link") if "canonical" in tokens(one)]
    metas = [one.get("content") for one in tree.iter("meta") if one.get("property") == "og:url"]
    for address in filter(None, (*links, *metas)):
        if found := HOST.match(address):
            for label in found[1].casefold().split("."):
                yield label.replace("-", "")
                yield label.replace("-", "").removeprefix("the")
