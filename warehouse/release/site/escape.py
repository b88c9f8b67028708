"""Words of articles inside Markdown and HTML, so that they are read and never obeyed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from warehouse.text import visible

# CommonMark 0.31, 2.4: a backslash before any ASCII punctuation makes it literal. All of it, so that no extension's
# autolinks, mathematics, tables or mentions are left.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# As entities, for whoever renders Markdown with less care.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%/?=+,;:@!$&*-]{0,1500})?")


def md(text: object) -> str:
    """As literal words in Markdown, also inside a table's cell."""
    return _PUNCTUATION.sub(lambda found: _ENTITIES.get(found[1], "\\" + found[1]), visible(str(text)))


def md_code(text: str) -> str:
    """As code in Markdown: names of ours, not words of articles. Backticks, bars and line ends are left out."""
    return "`" + re.sub(r"[`|\s]", " ", text) + "`"


def md_table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[int] = ()) -> str:
    """A Markdown table; cells are Markdown already. `numbers` are the columns set to the right."""
    right = set(numbers)
    rule = ["---:" if i in right else "---" for i in range(len(head))]
    lines = [head, rule, *([str(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain_url(url: str | None) -> str | None:
    """The address when it is an ordinary web address that can stand as a link; else None."""
    return url if url and _PLAIN_URL.fullmatch(url) else None


def tag(text: object) -> str:
    """As words or an attribute's value in HTML."""
    return html.escape(visible(str(text)), quote=True)
