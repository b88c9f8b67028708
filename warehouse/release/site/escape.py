"""Escape words of articles in Markdown, so that they are shown as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from warehouse.text import visible

# CommonMark 0.31, 2.4: a backslash before any ASCII punctuation makes it literal. Escape all of it, against extensions
# with autolinks, mathematics, tables or mentions.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Entities, for renderers of Markdown that ignore backslashes.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%/?=+,;:@!$&*-]{0,1500})?")


def md(text: object) -> str:
    """Return text as literal words in Markdown, also inside a table's cell."""
    return _PUNCTUATION.sub(lambda found: _ENTITIES.get(found[1], "\\" + found[1]), visible(str(text)))


def md_code(text: str) -> str:
    """Return our names (not words of articles) as code in Markdown. Backticks, bars and line ends are removed."""
    return "`" + re.sub(r"[`|\s]", " ", text) + "`"


def md_table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[int] = ()) -> str:
    """Return a Markdown table; cells are Markdown already. The columns in `numbers` are right-aligned."""
    right = set(numbers)
    rule = ["---:" if i in right else "---" for i in range(len(head))]
    lines = [head, rule, *([str(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain_url(url: str | None) -> str | None:
    """Return the address if it is an ordinary web address that can be a link, else None."""
    return url if url and _PLAIN_URL.fullmatch(url) else None
