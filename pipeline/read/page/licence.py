"""The licence that a page names for its article.

Closed in doubt: several different licences are kept side by side, and no reader of licences takes them for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pipeline.read.page.parts import PICTURES, Parts, line_of
from pipeline.read.page.words import begins, of_kind

WORD = re.compile(r"\w+")
# A licence line is a sentence or two; more text speaks of other things.
# A page with more links to licences is a gallery of works.
MOST_LENGTH, MOST_LINKS = 600, 50
BLOCKS = ("p", "div", "li", "td", "section", "footer", "header", "address", "small", "dd", "article", "body")
ADDRESS = re.compile(
    r"(?:https?:)?//(?:www\.)?(?P<rest>[^?#]*?)(?:/(?:deed|legalcode)(?:\.[\w-]{2,7})?)?/?(?:[?#].*)?", re.I
)


def links(tree: Any, parts: Parts) -> list[str]:
    """The addresses of the links with rel=license that speak of the page."""
    found = [one for one in tree.iter("a", "link") if "license" in (one.get("rel") or "").casefold().split()]
    return [one.get("href") or "" for one in found if _of_page(one, parts)] if len(found) <= MOST_LINKS else []


def together(licences: Iterable[str]) -> str | None:
    """One licence where all are the same; else all of them, which names none; None where there are none."""
    different = {_key(one): one for one in reversed(list(licences))}
    return "; ".join(sorted(different.values())) or None


def reserves(rights: str) -> bool:
    """Whether a notice of rights reserves all of them."""
    return any(words in rights.casefold() for words in of_kind("reserved"))


def _key(licence: str) -> str:
    found = ADDRESS.fullmatch(licence.strip())
    return (found["rest"] if found else licence).casefold().strip()


def pictured(element: Any, parts: Parts) -> bool:
    """Whether an element is a picture's, or in a part of the page that is another work's."""
    return any(
        isinstance(one.tag, str)
        and (
            one.tag in PICTURES | {"aside", "blockquote", "nav", "form"}
            or (one.tag == "article" and one is not parts.article)
            or (one not in parts.around and (begins(one, "picture") or begins(one, "outside")))
        )
        for one in (element, *element.iterancestors())
    )


def _of_page(link: Any, parts: Parts) -> bool:
    """Whether a link with rel=license speaks of the page's article: in its head; or in its foot, in a licence box, or
    in a sentence about this work; nowhere in a picture or another work, nor in a sentence that names one."""
    above = list(link.iterancestors())
    if link.tag == "link":
        return any(one.tag == "head" for one in above) or not pictured(link, parts)
    if pictured(link, parts):
        return False
    block = next((one for one in above if one.tag in BLOCKS), None)
    words = line_of(block) if block is not None else ""
    if block is None or block.tag in {"body", "article"} or len(words) > MOST_LENGTH:
        words = _around(link)
    spoken = {word.casefold() for word in WORD.findall(words)}
    if spoken & of_kind("other-work"):
        return False
    if spoken & of_kind("own-work"):
        return True
    return any(one.tag in {"footer", "header"} or begins(one, "footer") or begins(one, "licence") for one in above)


def _around(link: Any) -> str:
    """The words before and after a link that shares its block with much else."""
    before = link.getprevious()
    text = (before.tail if before is not None else link.getparent().text) or ""
    return f"{text[-MOST_LENGTH:]} {line_of(link)} {(link.tail or '')[:MOST_LENGTH]}"
