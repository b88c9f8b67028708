"""Words of articles inside Markdown and HTML, so that they are read and never obeyed."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence

# CommonMark 0.31, 2.4: a backslash before any ASCII punctuation makes it literal. All of it, so that no extension's
# autolinks, mathematics, tables or mentions are left.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# As entities, for whoever renders Markdown with less care.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Joiners that scripts need inside words; every other invisible or direction-changing character goes.
_JOINERS = frozenset("\u200c\u200d")
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%/?=+,;:@!$&*-]{0,1500})?")


def visible(text: str) -> str:
    """On one line, without control, format and unassigned characters (a text must not turn round what follows it)."""
    kept = (ch if ch in _JOINERS or unicodedata.category(ch)[0] != "C" else " " for ch in text)
    return " ".join("".join(kept).split())


def shortened(text: str, most: int) -> str:
    """At most so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


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


def count(number: int) -> str:
    """12,345"""
    return f"{number:,}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """1 article, 12,345 articles. `plural` is `noun` with an s where it is not given."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def share(part: int, whole: int) -> str:
    """12.3 %; a dash where there is nothing to share."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def size(number: int) -> str:
    """Bytes for people: 12 B, 3.4 kB, 5.6 MB (powers of 1,000)."""
    value = float(number)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def plain_url(url: str | None) -> str | None:
    """The address when it is an ordinary web address that can stand as a link; else None."""
    return url if url and _PLAIN_URL.fullmatch(url) else None


def tag(text: object) -> str:
    """As words or an attribute's value in HTML."""
    return html.escape(visible(str(text)), quote=True)
