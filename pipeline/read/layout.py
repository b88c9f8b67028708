"""Tables of a page: those that only lay it out become blocks, those that hold data are taken out.

A table of data has no sentences of its own; its cells in a text would be read as sentences. So it is left out. In
doubt a table lays the page out, so that no article is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# HTML Standard, 4.9.1: authors mark layout tables with role="presentation" (WAI-ARIA also has "none").
LAYOUT_ROLES = frozenset({"presentation", "none"})
# A cell that holds one of these lays out a page. Lists, paragraphs and divs come in cells of data as well.
SECTIONS = frozenset({"article", "main", "section", "nav", "header", "footer", "h1", "h2", "blockquote", "form"})
# Elements that only tables of data have (HTML Standard, 4.9).
HEADERS = frozenset({"th", "caption", "thead"})
PARTS = frozenset({"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"})
COLUMNS = frozenset({"col", "colgroup"})
# A text of so many words that ends like a sentence is one; without an end, one of so many characters is prose as well.
SENTENCE_WORDS, PROSE_LENGTH = 8, 150
SENTENCE_END = re.compile(r"[.!?][\"”’'»)\]]{0,2}(?=\s|\Z)")
# A block of which this share is links is navigation (trafilatura's own bound for tables of up to 1,000 characters).
LINK_SHARE = 0.8


@dataclass(slots=True)
class _Cell:
    """What a cell holds: characters of its text, of links in it, of the text if it is prose (else 0)."""

    element: Any
    length: int
    linked: int
    prose: int


@dataclass(slots=True)
class _Table:
    element: Any
    cells: list[list[_Cell]] = field(default_factory=list)
    nested: bool = False
    sections: bool = False
    headers: bool = False


def without_tables(tree: Any) -> None:
    """Change the tree so that no table is left: cells of a layout table become `div` elements in their order, its
    navigation cells and whole tables of data are removed. Takes time linear in the size of the tree."""
    for table in _tables(tree):
        if _holds_data(table):
            table.element.tag = "div"
            _empty(table.element)
        elif any(cell.prose for row in table.cells for cell in row):
            for cell in (cell for row in table.cells for cell in row if not cell.prose):
                if not cell.length or cell.linked >= LINK_SHARE * cell.length:
                    _empty(cell.element)
    for element in list(tree.iter(*PARTS, *COLUMNS)):
        element.tag = "div"


def _empty(element: Any) -> None:
    """Remove what an element holds; what follows it stays."""
    tail = element.tail
    element.clear()
    element.tail = tail


def _tables(tree: Any) -> list[_Table]:
    """The tables of a tree, inner ones first. Only those without a table inside have their cells measured, so that
    each character is counted once."""
    from lxml import etree

    done: list[_Table] = []
    inside: list[_Table] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if element.tag == "table":
            if event == "start":
                if inside:
                    inside[-1].nested = True
                inside.append(_Table(element))
            else:
                done.append(inside.pop())
        elif inside and event == "end":
            table = inside[-1]
            table.sections |= element.tag in SECTIONS
            table.headers |= element.tag in HEADERS
            if element.tag == "tr":
                table.cells.append([_cell(one) for one in element.iterchildren("td", "th")] if not table.nested else [])
    return done


def _cell(element: Any) -> _Cell:
    text = " ".join(" ".join(element.itertext()).split())
    linked = sum(len(" ".join(" ".join(link.itertext()).split())) for link in element.iter("a"))
    return _Cell(element, len(text), linked, len(text) if is_prose(text) else 0)


def is_prose(text: str) -> bool:
    """Whether a text of one line holds a sentence."""
    if len(text) >= PROSE_LENGTH:
        return len(SENTENCE_END.findall(text)) > 0
    return bool(SENTENCE_END.search(text)) and text.count(" ") >= SENTENCE_WORDS - 1


def _holds_data(table: _Table) -> bool:
    """Whether a table is one of data: cells of short text in rows and columns. With header cells, short sentences
    may be up to half of its text (notes below figures); without, there are none."""
    role = (table.element.get("role") or "").strip().casefold()
    if table.nested or table.sections or role in LAYOUT_ROLES:
        return False
    filled = [[cell for cell in row if cell.length] for row in table.cells]
    if sum(1 for row in filled if len(row) > 1) < 2:
        return False
    length = sum(cell.length - cell.linked for row in filled for cell in row)
    prose = [cell.prose for row in filled for cell in row if cell.prose]
    return 2 * sum(prose) <= length and max(prose, default=0) < PROSE_LENGTH if table.headers else not prose
