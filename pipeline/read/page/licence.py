"""Find the licence that a page names for its article.

In doubt the article is not open: different licences are joined to a string that no code recognizes as a licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pipeline.read.page.parts import PICTURES, Parts
from pipeline.read.page.words import has_class_prefix, line_of, of_kind

WORD = re.compile(r"\w+")
# A licence line is a sentence or two; longer text is about other things.
# A page with more licence links is a gallery of works.
MAX_LENGTH, MAX_LINKS = 600, 50
BLOCKS = ("p", "div", "li", "td", "section", "footer", "header", "address", "small", "dd", "article", "body")
ADDRESS = re.compile(
    r"(?:https?:)?//(?:www\.)?(?P<rest>[^?#]*?)(?:/(?:deed|legalcode)(?:\.[\w-]{2,7})?)?/?(?:[?#].*)?", re.I
)


def links(tree: Any, parts: Parts) -> list[str]:
    """Return the addresses of the links with rel=license that license the page."""
    found = [one for one in tree.iter("a", "link") if "license" in (one.get("rel") or "").casefold().split()]
    return [one.get("href") or "" for one in found if _of_page(one, parts)] if len(found) <= MAX_LINKS else []


def together(licences: Iterable[str]) -> str | None:
    """Return the licence if all are the same; else all joined, which is no valid licence; None if there are none."""
    different = {_key(one): one for one in reversed(list(licences))}
    return "; ".join(sorted(different.values())) or None


def reserves(rights: str) -> bool:
    """Whether a rights notice reserves all rights."""
    return any(words in rights.casefold() for words in of_kind("reserved"))


def _key(licence: str) -> str:
    found = ADDRESS.fullmatch(licence.strip())
    return (found["rest"] if found else licence).casefold().strip()


def pictured(element: Any, parts: Parts) -> bool:
    """Whether an element belongs to a picture or to another work."""
    return any(
        isinstance(one.tag, str)
        and (
            one.tag in PICTURES | {"aside", "blockquote", "nav", "form"}
            or (one.tag == "article" and one is not parts.article)
            or (one not in parts.around and (has_class_prefix(one, "picture") or has_class_prefix(one, "outside")))
        )
        for one in (element, *element.iterancestors())
    )


def _of_page(link: Any, parts: Parts) -> bool:
    """Whether a link with rel=license licenses the page's article: it is in the head, the footer, a licence box or a
    sentence about this work, but not in a picture, another work or a sentence that names one."""
    above = list(link.iterancestors())
    if link.tag == "link":
        return any(one.tag == "head" for one in above) or not pictured(link, parts)
    if pictured(link, parts):
        return False
    block = next((one for one in above if one.tag in BLOCKS), None)
    words = line_of(block) if block is not None else ""
    if block is None or block.tag in {"body", "article"} or len(words) > MAX_LENGTH:
        words = _around(link)
    spoken = {word.casefold() for word in WORD.findall(words)}
    if spoken & of_kind("other-work"):
        return False
    if spoken & of_kind("own-work"):
        return True
    return any(
        one.tag in {"footer", "header"} or has_class_prefix(one, "footer") or has_class_prefix(one, "licence")
        for one in above
    )


def _around(link: Any) -> str:
    """Return the words around a link in a long block."""
    before = link.getprevious()
    text = (before.tail if before is not None else link.getparent().text) or ""
    return f"{text[-MAX_LENGTH:]} {line_of(link)} {(link.tail or '')[:MAX_LENGTH]}"
