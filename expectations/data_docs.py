"""The data docs: our index, and Great Expectations' pages without other hosts.

Great Expectations' pages load styles and scripts from other hosts, and its index fills its list by a script; without a
network they are bare. They get our stylesheet instead. All scripts are removed, and a policy forbids any, so that no
text of an article can run as one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from expectations.check import Verdict
from warehouse import files
from warehouse.text import counted, printable
from warehouse.verdicts import counts

STYLE, STYLE_SOURCE = "onrecord.css", "data_docs.css"
INDEX = "index.html"
_POLICY = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; base-uri 'none'"
# Elements as Great Expectations writes them. Each pattern is linear: no repetition inside a repetition.
_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script\s*>", re.S | re.I)
_EXTERNAL_LINK = re.compile(r"<(?:a|link|img|iframe)\b[^>]*\b(?:href|src)=[\"'](?:https?:)?//[^>]*>", re.I)
_HEAD = re.compile(r"<head[^>]*>", re.I)
# No page may contain this after the removal.
_LEFT = re.compile(r"<script\b|<[^>]*\b(?:href|src)=[\"'](?:https?:)?//", re.I)
LOG = logging.getLogger("onrecord")


def make_offline(site: Path) -> None:
    """Make every page below `site` work without a network and without scripts. Leave a page that does not fit the
    patterns as it is, and log how many."""
    (site / STYLE).write_text(Path(__file__).with_name(STYLE_SOURCE).read_text(encoding="utf-8"), encoding="utf-8")
    strange = 0
    for page in sorted(site.rglob("*.html")):
        polished = _polished(page.read_text(encoding="utf-8"), "../" * (len(page.relative_to(site).parts) - 1))
        if polished is None:
            strange += 1
        else:
            page.write_text(polished, encoding="utf-8")
    if strange:
        LOG.warning(
            "data docs: %s in an unknown format, left unchanged as Great Expectations wrote them",
            counted(strange, "page"),
        )


def _polished(text: str, up: str) -> str | None:
    """Return a page with our policy and our stylesheet (`up` is the path to it); None if the patterns do not fit it."""
    text = _EXTERNAL_LINK.sub("", _SCRIPT.sub("", text))
    start = _HEAD.search(text)
    if start is None or _LEFT.search(text):
        return None
    policy = f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    return f'{text[: start.end()]}{policy}<link rel="stylesheet" href="{up}{STYLE}">{text[start.end() :]}'


def write_index(site: Path, verdicts: Sequence[Verdict], state: str) -> None:
    """Write `index.html`: failed checks, then every table with its checks and links to Great Expectations' pages."""
    failed = [v for v in verdicts if not v.passed]
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>onrecord: checks</title>",
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name=viewport content="width=device-width"><link rel=icon href="data:,">',
        f'<link rel=stylesheet href="{STYLE}"></head><body><h1>Checks</h1>',
        f"<p>{len(verdicts)} checks: {counts((v.passed, v.severity) for v in verdicts)}. ",
        "An <span class=error>error</span> stops the release; a <span class=warn>warning</span> should be "
        "reviewed.</p>",
        f"<p class=quiet>State of the tables, as in validation.json: {_text(state)}</p>",
        "<h2>Failed checks</h2>",
        _table(sorted(failed, key=lambda v: v.severity != "error")) if failed else "<p class=passed>None.</p>",
    ]
    for table in dict.fromkeys(v.table for v in verdicts):
        of = [v for v in verdicts if v.table == table]
        passed = sum(v.passed for v in of)
        parts += [
            f'<h2 id="{_text(table)}">{_text(table)}</h2>',
            f"<p>{passed} of {len(of)} passed.{_links(site, table)}</p>",
            f"<details><summary>{counted(len(of), 'check')}</summary>{_table(of)}</details>",
        ]
    files.atomic_write(site / INDEX, "".join([*parts, "</body></html>\n"]))


def _table(verdicts: Sequence[Verdict]) -> str:
    rows = []
    for v in verdicts:
        word, style = ("holds", "passed") if v.passed else (v.severity, v.severity)
        examples = "\n".join(", ".join(f"{name} = {value}" for name, value in row.items()) for row in v.examples)
        shown = f'<pre class="rows">{_text(examples, lines=True)}</pre>' if examples else ""
        rows.append(
            f"<tr><td class={style}>{word}</td><td><code>{_text(v.check)}</code></td><td>{_text(v.promise)}"
            f"<br><span class=quiet>{_text(v.detail)}</span>{shown}</td></tr>"
        )
    return f"<table><tr><th>verdict</th><th>check</th><th>description, result</th></tr>{''.join(rows)}</table>"


def _links(site: Path, table: str) -> str:
    """Return links to Great Expectations' pages on a table's suites, as far as they exist."""
    out = []
    for suite, what in ((table, "rows"), (f"{table}_facts", "tables")):
        for kind, pattern in (("expected", f"expectations/{suite}.html"), ("found", f"validations/{suite}/*/*/*.html")):
            out += [
                f' <a href="{_text(page.relative_to(site).as_posix())}">{what}: {kind}</a>'
                for page in sorted(site.glob(pattern))[:1]
            ]
    return f" Great Expectations:{' ·'.join(out)}" if out else ""


def _text(text: str, *, lines: bool = False) -> str:
    """Escape a text: it becomes neither HTML nor a change of writing direction."""
    return escape(printable(text, keep="\n" if lines else ""))
