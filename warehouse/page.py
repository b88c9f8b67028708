"""index.html: a release's page, one static file with its search beside it.

Belongs here: the page's HTML, made from the released files. Does not belong here: figures (warehouse.figures), the
search's files (warehouse.search), look and behaviour (page.css, page.js, which are put into the page).

The page asks nobody for anything but the files under `search/`: its Content-Security-Policy allows its own style and
script, by their hashes, and no other. Every word of an article is escaped here, or set as text by the script.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipeline.tables import Column, Table
from warehouse import search
from warehouse.card import LIMITS, citation
from warehouse.describe import DESCRIPTION, TITLE, required, tables_of
from warehouse.figures import MOST, Figures
from warehouse.markup import count, share, shortened, size, tag, visible
from warehouse.search import Index
from warehouse.shelf import Record, sha256
from warehouse.snippets import SNIPPETS

# Statements and months in a table of the page.
STATEMENTS = 10
MONTHS = 36


def write(connection: duckdb.DuckDBPyConnection, folder: Path, record: Record, figures: Figures) -> None:
    """Write `search/` and index.html. The release's tables stand in the connection under their names."""
    index = search.write(connection, folder)
    (folder / "index.html").write_text(page(connection, folder, record, figures, index), encoding="utf-8")


def page(connection: duckdb.DuckDBPyConnection, folder: Path, record: Record, figures: Figures, index: Index) -> str:
    """The page's HTML."""
    here = Path(__file__)
    style = here.with_name("page.css").read_text(encoding="utf-8")
    script = here.with_name("page.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
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
            # An icon of its own, or browsers ask the server for one.
            '<link rel="icon" href="data:,">',
            f"<title>onrecord {tag(record.version)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            '<a class="skip" href="#search">To the search</a>',
            f"<header><h1>{tag(TITLE)}</h1>",
            f"<p>{tag(DESCRIPTION)}</p>",
            f'<p class="soft">Release {tag(record.version)} of {tag(record.released_on)} · schema '
            f'{tag(record.schema_version)} · <a href="README.md">dataset card</a> · <a href="CHANGES.md">changes</a> '
            f'· <a href="datapackage.json">data package</a> · <a href="croissant.json">Croissant</a></p></header>',
            "<main>",
            _search(index),
            _figures(figures),
            _charts(connection, figures),
            _statements(connection),
            _downloads(folder, record),
            _snippets(),
            _columns(record),
            _rights(record),
            "</main>",
            f"<footer><p>{tag(citation(record))}</p></footer>",
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _search(index: Index) -> str:
    fields = (
        ("words", "Words said", "search"),
        ("speaker", "Speaker", "search"),
        ("outlet", "Outlet", "search"),
        ("from", "Published from", "date"),
        ("to", "until", "date"),
    )
    inputs = "".join(
        f'<div><label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="off"></div>'
        for name, label, kind in fields
    )
    return (
        "<section><h2>Who said what</h2>"
        f'<form id="search" role="search" data-quotes="{index.quotes}" data-shard="{index.shard}" '
        f'data-buckets="{index.buckets}" data-most="{index.most}">{inputs}<div><button>Search</button></div></form>'
        '<p class="soft">Whole words, in any order, accents and capitals aside. Newest articles first.</p>'
        '<p id="note" role="status"></p><ol id="results"></ol><button id="more" type="button" hidden>More</button>'
        "<noscript><p>Search needs JavaScript; the tables below do not.</p></noscript></section>"
    )


def _figures(f: Figures) -> str:
    span = f"{f.first} to {f.last}" if f.first and f.last else "not known"
    rows = [
        ("articles", count(f.articles)),
        ("of these with their text withheld", f"{count(f.closed)} ({share(f.closed, f.articles)})"),
        ("published", span),
        ("outlets known", count(f.outlets)),
        ("quotations said or written", count(f.said)),
        ("of these with a speaker known by name", f"{count(f.named)} ({share(f.named, f.said)})"),
        ("speakers known by name", count(f.speakers)),
        ("statements", count(f.statements)),
        ("of these reported by several articles", f"{count(f.travelling)} ({share(f.travelling, f.statements)})"),
        ("temporal expressions", count(f.dates)),
    ]
    body = "".join(f'<tr><th scope="row">{tag(a)}</th><td class="number">{tag(b)}</td></tr>' for a, b in rows)
    return f"<section><h2>In figures</h2><table><caption>What the release holds</caption>{body}</table></section>"


def _charts(connection: duckdb.DuckDBPyConnection, f: Figures) -> str:
    months = connection.execute(
        "SELECT strftime(published_on, '%Y-%m'), count(*) FROM documents WHERE published_on IS NOT NULL "
        "GROUP BY 1 ORDER BY 1 DESC LIMIT ?",
        [MONTHS],
    ).fetchall()
    said = connection.execute(
        "SELECT publisher, count(*) FROM quotes JOIN documents USING (document_id) "
        "WHERE cue_class IS DISTINCT FROM 'attitude' GROUP BY publisher ORDER BY 2 DESC, 1 NULLS LAST LIMIT ?",
        [MOST],
    ).fetchall()
    through = connection.execute(
        "SELECT speaker_name || ' → ' || venue, count(*) FROM quotes WHERE speaker_name IS NOT NULL "
        "AND venue IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
        [MOST],
    ).fetchall()
    charts = (
        ("Who is quoted most", "speaker", "quotations", [(name, quotes) for name, quotes, _ in f.top_speakers]),
        ("Which outlets quote", "outlet", "quotations", said),
        ("Articles by month", "month", "articles", months),
        ("Who speaks through whom", "speaker and venue", "quotations", through),
    )
    return "<section><h2>Charts</h2>" + "".join(_bars(*chart) for chart in charts) + "</section>"


def _bars(title: str, what: str, how_many: str, pairs: Sequence[tuple[str | None, int]]) -> str:
    """A table whose last column is the chart, so that nobody is shut out."""
    most = max((number for _, number in pairs), default=0)
    body = "".join(
        f'<tr><th scope="row">{tag(shortened(visible(name), 80)) if name else "<em>not known</em>"}</th>'
        f'<td class="number">{count(number)}</td><td class="chart" aria-hidden="true">'
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none"><rect width="{100 * number / most:.1f}" height="10"/>'
        "</svg></td></tr>"
        for name, number in pairs
    )
    if not body:
        return f'<h3>{tag(title)}</h3><p class="soft">Nothing to show.</p>'
    head = f'<tr><th scope="col">{tag(what)}</th><th scope="col" class="number">{tag(how_many)}</th><td></td></tr>'
    return (
        f"<h3>{tag(title)}</h3><table><caption>{tag(how_many)} by {tag(what)}</caption>"
        f"<thead>{head}</thead><tbody>{body}</tbody></table>"
    )


def _statements(connection: duckdb.DuckDBPyConnection) -> str:
    rows = connection.execute(
        """
        SELECT s.text, e.name, count(DISTINCT q.document_id) AS articles, count(DISTINCT d.publisher) AS outlets
        FROM statements AS s JOIN quotes AS q ON q.statement_id = s.statement_id
        JOIN documents AS d ON d.document_id = q.document_id
        LEFT JOIN entities AS e ON e.entity_id = s.speaker_entity_id
        WHERE s.text IS NOT NULL AND s.documents > 1 AND q.cue_class IS DISTINCT FROM 'attitude'
        GROUP BY s.statement_id, s.text, e.name ORDER BY outlets DESC, articles DESC, s.statement_id LIMIT ?
        """,
        [STATEMENTS],
    ).fetchall()
    if not rows:
        return ""
    body = "".join(
        f"<tr><td>{tag(shortened(visible(text), 300))}</td><td>{tag(name or 'not known')}</td>"
        f'<td class="number">{count(articles)}</td><td class="number">{count(outlets)}</td></tr>'
        for text, name, articles, outlets in rows
    )
    head = (
        '<tr><th scope="col">words</th><th scope="col">speaker</th><th scope="col" class="number">articles</th>'
        '<th scope="col" class="number">outlets</th></tr>'
    )
    return (
        '<section><h2>Statements that travel</h2><div class="scroll" tabindex="0"><table><caption>Reported by several '
        f"articles</caption><thead>{head}</thead><tbody>{body}</tbody></table></div></section>"
    )


def _downloads(folder: Path, record: Record) -> str:
    names = [*(name for files in record.files.values() for name in files), "onrecord.duckdb", "changes.parquet"]
    grains = {name: table.grain for table in tables_of(record) for name in record.files[table.name]}
    more = {"onrecord.duckdb": "all tables in one DuckDB file, with views", "changes.parquet": "what changed"}
    body = "".join(
        f'<tr><th scope="row"><a href="{name}" download>{name}</a></th>'
        f"<td>{tag(f'one row is {grains[name]}' if name in grains else more[name])}</td>"
        f'<td class="number">{size((folder / name).stat().st_size)}</td>'
        f'<td class="sum"><code>{sha256(folder / name)}</code></td></tr>'
        for name in names
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("file", "holds", "size", "SHA-256"))
    return (
        '<section><h2>Download</h2><div class="scroll" tabindex="0"><table><caption>All checksums are in '
        f'<a href="SHA256SUMS">SHA256SUMS</a></caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div></section>"
    )


def _snippets() -> str:
    blocks = "".join(
        f'<h3>{tag(s.tool)}</h3><pre tabindex="0"><code>{html.escape(s.code)}</code></pre>' for s in SNIPPETS
    )
    return f"<section><h2>First queries</h2>{blocks}</section>"


def _columns(record: Record) -> str:
    return (
        "<section><h2>Tables and columns</h2><p>Offsets count Unicode code points, start inclusive, end exclusive. "
        "What is not known is null.</p>" + "".join(_dictionary(table) for table in tables_of(record)) + "</section>"
    )


def _dictionary(table: Table) -> str:
    body = "".join(
        f'<tr><th scope="row"><code>{c.name}</code></th><td>{c.kind}</td>'
        f"<td>{'always' if required(c) else 'or null'}</td><td>{_meaning(c)}</td></tr>"
        for c in table.published
    )
    return (
        f"<details><summary>{table.name}: one row is {tag(table.grain)}</summary><p>{tag(table.description)}</p>"
        f'<div class="scroll" tabindex="0"><table><tbody>{body}</tbody></table></div></details>'
    )


def _meaning(column: Column) -> str:
    values = f" One of {', '.join(column.enum)}." if column.enum else ""
    refers = f" Refers to {column.refers_to}." if column.refers_to else ""
    return tag(f"{column.description}{values}{refers}")


def _rights(record: Record) -> str:
    limits = "".join(f"<li>{tag(limit).replace('`', '')}</li>" for limit in LIMITS)
    withheld = "".join(f"<li><code>{tag(name)}</code>: {count(n)}</li>" for name, n in record.withheld.items())
    held = f"<p>Values withheld because of rights:</p><ul>{withheld}</ul>" if withheld else ""
    return (
        "<section><h2>Rights and limits</h2><p>The articles belong to their publishers; "
        '<a href="ATTRIBUTION.md">ATTRIBUTION.md</a> names those whose text stands here under an open licence. The '
        f'<a href="README.md">dataset card</a> says what is withheld and why.</p>{held}<ul>{limits}</ul></section>'
    )
