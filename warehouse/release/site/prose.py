"""README.html, CHANGES.html and ATTRIBUTION.html: the Markdown files of a release as pages."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from markdown_it import MarkdownIt

from warehouse.release.site import layout
from warehouse.release.site.templates import Markup, render

FILES = ("README.md", "CHANGES.md", "ATTRIBUTION.md")
# Tables with more rows are folded.
LONG = 13
_TABLE = re.compile(r'<div class="scroll" [^>]*><table>.*?</table></div>', re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_LINK = re.compile(rf'href="({"|".join(re.escape(name) for name in FILES)})"')


def write(folder: Path, heading: str) -> None:
    """Write a page for each Markdown file in the folder that has none."""
    for name in FILES:
        if (folder / name).is_file() and not (folder / name).with_suffix(".html").exists():
            text = page((folder / name).read_text(encoding="utf-8"), heading)
            (folder / name).with_suffix(".html").write_text(text, encoding="utf-8")


def _opened(tag: str, number: int) -> str:
    """Return the start of a table or code block in a labelled box that scrolls separately, also with the keyboard."""
    box = f'tabindex="0" role="region" aria-label="{"Table" if tag == "<table>" else "Code"} {number}"'
    return f'<div class="scroll" {box}><table>' if tag == "<table>" else f"<pre {box}>"


def _folded(table: re.Match[str]) -> str:
    """Return a table; a long one is folded."""
    rows = table[0].count("<tr>") - 1
    return table[0] if rows <= LONG else f"<details><summary>Table of {rows} rows</summary>{table[0]}</details>"


def page(text: str, heading: str) -> str:
    """Return a page of Markdown without its front matter. HTML in the Markdown is shown as text."""
    # No autolinks and no images of other hosts: CommonMark with tables, HTML off.
    made = (
        MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(_FRONT_MATTER.sub("", text))
    )
    # The policy allows no style attributes.
    made = made.replace(' style="text-align:right"', ' class="number"')
    numbers = count(1)
    made = re.sub("<table>|<pre>", lambda found: _opened(found[0], next(numbers)), made)
    made = made.replace("</table>", "</table></div>")
    made = _TABLE.sub(_folded, made)
    made = made.replace('<a href="http', '<a rel="noopener noreferrer nofollow" href="http')
    made = _LINK.sub(lambda found: f'href="{found[1].removesuffix(".md")}.html"', made)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    body = render("prose.html", heading=heading, text=Markup(made))
    return layout.document(f"{title[1] if title else 'onrecord'} · {heading}", body)
