"""Write index.html: a release's page, a static file, with its search and the pages of speakers and statements.

The page loads only the files under `search/`: its Content-Security-Policy allows its style and script, by their hashes,
and no other. Every word of an article is escaped here, or set as text by the script.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from warehouse.release.figures import Figures, published
from warehouse.release.formats import exports
from warehouse.release.formats.card import LIMITS
from warehouse.release.formats.citation import citation, contact, issuer
from warehouse.release.formats.descriptions import tables_of
from warehouse.release.formats.snippets import SNIPPETS
from warehouse.release.said import said
from warehouse.release.site import (
    charts,
    conflicts,
    dataset_json_ld,
    dictionary,
    head,
    layout,
    profiles,
    prose,
    quotations,
    search,
)
from warehouse.release.site.charts import Chart
from warehouse.release.site.escape import tag
from warehouse.release.site.layout import scroll, tabulate
from warehouse.release.site.templates import Markup, render
from warehouse.release.versions import RECORD, Record, sha256
from warehouse.text import count, counted, share, shortened, size, visible

# Descriptions of the files other than tables; other files are listed without one.
HOLDS: dict[str, str] = {
    "onrecord.duckdb": "all tables in one DuckDB file, with comments, views and macros",
    "changes.parquet": "every row that came, went or changed since the release before",
    "README.md": "the dataset card",
    "CHANGES.md": "what changed since the release before",
    "ATTRIBUTION.md": "articles whose text stands here under an open licence",
    "CITATION.cff": "how to cite the release, for machines",
    "datapackage.json": "tables, keys, licences and sources, as Frictionless has it",
    "croissant.json": "record sets, as MLCommons has it",
    "validation.json": "what was judged before the release, and what came of it",
    "release.json": "what the release says of itself",
    "dictionary.html": "the data dictionary",
    "README.html": "the dataset card as a page",
    "CHANGES.html": "what changed, as a page",
    "ATTRIBUTION.html": "the attributions as a page",
}
_SECTIONS = (
    ("find", "Search"),
    ("people", "Speakers"),
    ("figures", "Figures"),
    ("charts", "Charts"),
    ("conflicts", "Conflicts"),
    ("download", "Download"),
    ("queries", "First queries"),
    ("tables", "Tables"),
    ("rights", "Rights and limits"),
)
# Columns of charts' tables whose names link to a search.
_ASKED = {"speaker": "speaker", "outlet": "outlet"}


# Speakers named on the page.
PEOPLE = 48
_PEOPLE = f"""
SELECT any_value(e.name), e.entity_id, count(*)
FROM quotes AS q JOIN entities AS e ON e.entity_id = q.speaker_entity_id
WHERE {said("q")}
GROUP BY e.entity_id ORDER BY 3 DESC, 1, 2 LIMIT ?
"""  # noqa: S608


def write(connection: duckdb.DuckDBPyConnection, folder: Path, record: Record, figures: Figures) -> None:
    """Write the search, the pages of speakers and statements, the card and the changes as pages, dictionary.html and
    index.html. The connection has the release's tables."""
    index = search.write(connection, folder)
    opening = head.opening(connection, record, figures)
    heading = f"{opening['heading']} · onrecord {record.version}"
    cited = citation(record, figures)
    pages = profiles.write(connection, folder, cited, heading)
    prose.write(folder, heading)
    (folder / dictionary.FILE).write_text(dictionary.page(folder, record), encoding="utf-8")
    drawn = charts.charts(connection)
    # The search suggests the names in the charts.
    known = {chart.head[0]: [row[0] for row in chart.rows if row[0]] for chart in drawn if chart.head[0] in _ASKED}
    people = connection.execute(_PEOPLE, [PEOPLE]).fetchall()
    conflicting = conflicts.section(connection)
    conflict_files = conflicts.write(connection, folder, cited, heading)
    quotation_files = quotations.write(connection, folder, cited, heading, pages)
    there = {"people": bool(people), "conflicts": bool(conflicting)}
    body = render(
        "index.html",
        record=record,
        issuer=issuer(record),
        head=opening,
        sections=[(name, title) for name, title in _SECTIONS if there.get(name, True)],
        index=index,
        kinds=search.KINDS,
        names=search.NAMES,
        fields=" ".join(search.FIELDS),
        speaker_files=pages.speakers,
        statement_files=pages.statements,
        conflict_files=conflict_files,
        quotation_files=quotation_files,
        speakers_of=pages.speaker,
        known={name: known.get(name, []) for name in _ASKED},
        people=people,
        figures=figures,
        cited=f"{opening['heading']}. onrecord {record.version} (state {record.state[:16]})",
        citation=cited,
        rest=Markup(_sections(folder, record, figures, drawn, conflicting)),
    )
    dataset = dataset_json_ld.script(folder, record, figures)
    text = layout.document(heading, [body, dataset], Path(__file__).with_name("page.js"))
    (folder / "index.html").write_text(text, encoding="utf-8")


def _sections(folder: Path, record: Record, figures: Figures, drawn: Sequence[Chart], conflicting: str) -> str:
    """Return the sections after the search, with words of articles escaped. `conflicting`: the section on conflicts."""
    parts = (
        _figures(figures),
        _charts(drawn),
        conflicting,
        _downloads(folder, record),
        _snippets(),
        _tables(record),
        _rights(record, figures),
    )
    return "".join(parts)


def _figures(f: Figures) -> str:
    rows = [
        ("articles", count(f.articles)),
        ("of these with their text withheld", f"{count(f.closed)} ({share(f.closed, f.articles)})"),
        *published(f),
        ("outlets known", count(f.outlets)),
        ("quotations said or written", count(f.said)),
        ("of these with a speaker known by name", f"{count(f.named)} ({share(f.named, f.said)})"),
        ("speakers known by name", count(f.speakers)),
        ("statements", count(f.statements)),
        ("of these reported by several articles", f"{count(f.travelling)} ({share(f.travelling, f.statements)})"),
        ("temporal expressions", count(f.dates)),
        ("of these led to days of the calendar", f"{count(f.resolved)} ({share(f.resolved, f.dates)})"),
        ("days that another article narrows", count(f.narrowed)),
        ("events and utterances dated differently", count(f.conflicts)),
    ]
    body = "".join(f'<tr><th scope="row">{tag(a)}</th><td class="number">{tag(b)}</td></tr>' for a, b in rows)
    return (
        '<section id="figures"><h2>In figures</h2><table><caption>What the release holds</caption>'
        f"<tbody>{body}</tbody></table></section>"
    )


def _charts(drawn: Sequence[Chart]) -> str:
    return f'<section id="charts"><h2>Charts</h2><div class="charts">{"".join(map(_chart, drawn))}</div></section>'


def _chart(chart: Chart) -> str:
    title, note = tag(chart.title), f'<p class="soft">{tag(chart.note)}</p>'
    if chart.svg is None:
        return f'<figure><h3>{title}</h3>{note}<p class="soft">Nothing to show.</p></figure>'
    legend = ""
    if chart.legend:
        strong, light = chart.legend
        legend = f'<p class="soft"><span class="key"></span>{strong}<span class="key light"></span>{light}</p>'
    rows = [[_cell(name, value) for name, value in zip(chart.head, row, strict=True)] for row in chart.rows]
    table = tabulate(chart.title, [(name, any(isinstance(r[i], int) for r in chart.rows)) for i, name in
                     enumerate(chart.head)], rows)  # fmt: skip
    return (
        f"<figure><h3>{title}</h3>{note}{chart.svg}{legend}"
        f"<details><summary>As a table</summary>{scroll(chart.title, table)}</details></figure>"
    )


def _cell(column: str, value: Any) -> str:
    if value is None:
        return "<em>not known</em>"
    if isinstance(value, int):
        return count(value)
    words = tag(shortened(visible(str(value)), 300))
    asked = _ASKED.get(column)
    return f'<a href="#{asked}={quote(visible(str(value)))}">{words}</a>' if asked else words


def _downloads(folder: Path, record: Record) -> str:
    grains = {name: f"one row is {t.grain}" for t in tables_of(record) for name in record.files[t.name]}
    first = [*grains, "onrecord.duckdb", "changes.parquet"]
    others = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name not in first)
    exported = {f"{exports.FOLDER}/{name}": holds.replace("`", "") for name, holds in exports.FILES.items()}
    rows = [
        [
            f'<a href="{tag(quote(name))}" download>{tag(name)}</a>',
            tag(grains.get(name) or exported.get(name) or HOLDS.get(name, "")),
            # The digests of all files are added to the record after the page is written.
            "" if name == RECORD else size((folder / name).stat().st_size),
            "in SHA256SUMS" if name == RECORD else f'<code class="sum">{sha256(folder / name)}</code>',
        ]
        for name in [*(name for name in [*first, *exported] if (folder / name).is_file()), *others]
    ]
    table = tabulate(None, [("file", False), ("holds", False), ("size", True), ("SHA-256", False)], rows)
    return (
        '<section id="download"><h2>Download</h2><p>All checksums, those of the search’s files too, are in '
        '<a href="SHA256SUMS">SHA256SUMS</a>: <code>sha256sum --ignore-missing -c SHA256SUMS</code>.</p>'
        f"{scroll('Files', table)}</section>"
    )


def _snippets() -> str:
    blocks = "".join(
        f"<h3>{tag(s.tool)}</h3>{f'<p class="soft">{tag(s.note)}</p>' if s.note else ''}"
        f'<pre tabindex="0" role="region" aria-label="Code: {tag(s.tool)}"><code id="code-{number}">'
        f"{html.escape(s.code)}</code></pre>"
        f'<button class="copy" type="button" data-code="code-{number}" aria-label="Copy: {tag(s.tool)}" hidden>Copy'
        "</button>"
        for number, s in enumerate(SNIPPETS)
    )
    return (
        '<section id="queries"><h2>First queries</h2><p>As they stand, in the folder of the downloaded files.</p>'
        f"{blocks}</section>"
    )


def _tables(record: Record) -> str:
    return (
        '<section id="tables"><h2>Tables and columns</h2><p>Offsets count Unicode code points, start inclusive, end '
        'exclusive. What is not known is null. The <a href="dictionary.html">data dictionary</a> has types, examples '
        "and how many values are there.</p>"
        + "".join(
            f"<details><summary>{t.name}: one row is {tag(t.grain)} ({count(record.rows[t.name])})</summary>"
            f"<p>{tag(t.description)}</p>"
            + scroll(
                f"Columns of {t.name}",
                tabulate(
                    None,
                    [("column", False), ("kind", False), ("meaning", False)],
                    [[f"<code>{c.name}</code>", tag(c.kind), dictionary.meaning(c)] for c in t.published],
                ),
            )
            + "</details>"
            for t in tables_of(record)
        )
        + "</section>"
    )


def _rights(record: Record, f: Figures) -> str:
    licences = ", ".join(f"{count(number)} {tag(name or 'without a known licence')}" for name, number in f.licences)
    limits = "".join(f"<li>{tag(limit).replace('`', '')}</li>" for limit in LIMITS)
    withheld = "".join(f"<li><code>{tag(name)}</code>: {count(n)}</li>" for name, n in record.withheld.items())
    held = f"<p>Values withheld because of rights:</p><ul>{withheld}</ul>" if withheld else ""
    return (
        '<section id="rights"><h2>Rights and limits</h2><p>The articles belong to their publishers; the '
        '<a href="ATTRIBUTION.html">attribution page</a> names those whose text stands here under an open licence. The '
        '<a href="README.html">dataset card</a> says what is withheld and why, and how often the rules err.</p>'
        f"<p>The text of {count(f.articles - f.closed)} of {counted(f.articles, 'article')} is in this release. "
        f"Licences of the articles: {licences or 'none'}. For the compilation, no licence is stated.</p>"
        f"{held}<ul>{limits}</ul><p>An error? Tell {tag(contact(record)) or 'whoever gave you this release'}, with the "
        "version and the id of the row: every row can be traced to characters of its article.</p></section>"
    )
