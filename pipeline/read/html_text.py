"""Convert HTML that holds only an article (from a feed, a Word file, Markdown) to text. `html` reads whole pages."""

from __future__ import annotations

import re
from typing import Any

from pipeline.read.layout import without_tables

# Elements that begin and end a paragraph (HTML Standard, 15.3: display: block, list-item, table).
BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "center", "dd", "details", "dialog", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"),
        *("li", "main", "nav", "ol", "p", "pre", "section", "summary", "ul"),
    )
)
# Elements that are not shown, or are no text of the article.
HIDDEN = frozenset("button form head iframe nav noscript script select style svg template".split())  # noqa: SIM905
BLANKS = re.compile(r"[ \t\r\n\f]+")
# mammoth's ids of notes and of references to them.
NOTE = re.compile(r"#?(?:foot|end)note")


def text(content: str) -> str:
    """Return the paragraphs, separated by blank lines; a `br` ends a line. "" if there are none."""
    from lxml import html

    if not content.strip():
        return ""
    tree = html.document_fromstring(f"<div>{content}</div>")
    without_tables(tree)
    pieces: list[str] = []
    _walk(tree, pieces)
    paragraphs = (
        "\n".join(line.strip() for line in BLANKS.sub(" ", part.replace("\v", "\0")).split("\0")).strip()
        for part in "".join(pieces).split("\x1d")
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _walk(tree: Any, pieces: list[str]) -> None:
    """Append the text of a tree in order, without recursion. \\x1d separates paragraphs, \\v lines."""
    stack: list[tuple[Any, bool]] = [(tree, False)]
    while stack:
        element, left = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else None
        block = tag in BLOCKS
        if left:
            pieces.append("\x1d" if block else "")
            pieces.append(_plain(element.tail))
            continue
        if tag is None or tag in HIDDEN or _note(element):
            pieces.append(_plain(element.tail))
            continue
        pieces.append("\x1d" if block else "\v" if tag == "br" else "")
        pieces.append(_plain(element.text))
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))


def _plain(words: str | None) -> str:
    return words.replace("\x1d", " ").replace("\v", " ").replace("\0", "") if words else ""


def _note(element: Any) -> bool:
    """Whether an element is a note of a Word file or a reference to one."""
    place = element.get("href") if element.tag == "a" else element.get("id") if element.tag == "li" else None
    return place is not None and NOTE.match(place) is not None
