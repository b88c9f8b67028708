"""What a release's pages share: the HTML document, its content security policy, and tables."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from warehouse.release.site.escape import tag


def document(title: str, body: Iterable[str], script: Path | None = None) -> str:
    """Return a page with its style and script inline. Nothing else may run or be fetched from elsewhere."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    code = script.read_text(encoding="utf-8") if script else None
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; "
        + (f"script-src '{_hash(code)}'; connect-src 'self'; " if code else "")
        + "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{tag(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            # Without an icon here, browsers ask the server for one.
            '<link rel="icon" href="data:,">',
            f"<title>{tag(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *body,
            *([f"<script>{code}</script>"] if code else []),
            "</body>",
            "</html>",
            "",
        ]
    )


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def tabulate(caption: str | None, head: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. `head`: names and whether they are numbers; cells are HTML, the first of a row its heading."""
    top = "".join(f'<th scope="col"{_class(number)}>{tag(name)}</th>' for name, number in head)
    body = "".join(
        f'<tr><th scope="row" class="name">{first}</th>'
        + "".join(f"<td{_class(number)}>{cell}</td>" for cell, (_, number) in zip(rest, head[1:], strict=True))
        + "</tr>"
        for first, *rest in rows
    )
    named = f"<caption>{tag(caption)}</caption>" if caption else ""
    return f"<table>{named}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _class(number: bool) -> str:
    return ' class="number"' if number else ""


def scroll(label: str, content: str) -> str:
    """Put wide content into a box that scrolls separately, also with the keyboard."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{tag(label)}">{content}</div>'
