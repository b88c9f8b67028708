"""Turn layout tables of a page into blocks, and remove data tables.

The cells of a data table would be read as sentences. In doubt a table counts as layout, so that no article is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# HTML Standard, 4.9.1: authors mark layout tables with role="presentation" (WAI-ARIA also has "none").
LAYOUT_ROLES = frozenset({"presentation", "none"})
# A table with one of these in a cell is layout. Lists, paragraphs and divs occur in data cells too.
SECTIONS = frozenset({"article", "main", "section", "nav", "header", "footer", "h1", "h2", "blockquote", "form"})
# Elements that only data tables have (HTML Standard, 4.9).
HEADERS = frozenset({"th", "caption", "thead"})
PARTS = frozenset({"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"})
COLUMNS = frozenset({"col", "colgroup"})
FONTS = frozenset({"font", "center"})
# A text is prose if a sentence ends in it and it has this many words or this many characters.
SENTENCE_WORDS, PROSE_LENGTH = 8, 150
SENTENCE_END = re.compile(r"[.!?][\"”’'»)\]]{0,2}(?=\s|\Z)")
# A block with this share of links is navigation (trafilatura's bound for tables of up to 1,000 characters).
LINK_SHARE = 0.8


@dataclass(slots=True)
class _Cell:
    """A cell, with the characters of its text, of its links, and of its text if that is prose (else 0)."""

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
    """Remove all tables from the tree in place: cells of layout tables become `div` elements, in order; their
    navigation cells and whole data tables are removed. Linear in the size of the tree."""
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
    # A browser shows text around a block in blocks of its own, also inside an inline element.
    for element in list(tree.iter(*FONTS)):
        if element.find(".//div") is not None or element.find(".//p") is not None:
            element.tag = "div"


def _empty(element: Any) -> None:
    """Remove the content of an element; keep its tail."""
    tail = element.tail
    element.clear()
    element.tail = tail


def _tables(tree: Any) -> list[_Table]:
    """Return the tables of a tree, inner ones first. Measure cells only of tables without a nested table, so that each
    character is counted once."""
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
    """Whether a one-line text holds a sentence."""
    if len(text) >= PROSE_LENGTH:
        return len(SENTENCE_END.findall(text)) > 0
    return bool(SENTENCE_END.search(text)) and text.count(" ") >= SENTENCE_WORDS - 1


def _holds_data(table: _Table) -> bool:
    """Whether a table holds data: cells of short text in rows and columns. With header cells, up to half of its text
    may be short sentences (notes below figures); without, none may."""
    role = (table.element.get("role") or "").strip().casefold()
    if table.nested or table.sections or role in LAYOUT_ROLES:
        return False
    filled = [[cell for cell in row if cell.length] for row in table.cells]
    if sum(1 for row in filled if len(row) > 1) < 2:
        return False
    length = sum(cell.length - cell.linked for row in filled for cell in row)
    prose = [cell.prose for row in filled for cell in row if cell.prose]
    return 2 * sum(prose) <= length and max(prose, default=0) < PROSE_LENGTH if table.headers else not prose
