"""The HTML document of a release's pages, with its content security policy."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from warehouse.release.site.templates import Markup, render


def document(title: str, body: str, script: Path | None = None) -> str:
    """Return a page with its style and script inline. Nothing else may run or be fetched from elsewhere. `body` is
    HTML."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    code = script.read_text(encoding="utf-8") if script else None
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; "
        + (f"script-src '{_hash(code)}'; connect-src 'self'; " if code else "")
        + "img-src data:; base-uri 'none'; form-action 'none'"
    )
    # Files of ours; a template makes the body.
    style, body, code = Markup(style), Markup(body), Markup(code or "")
    return render("document.html", title=title, policy=policy, style=style, body=body, script=code)


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
