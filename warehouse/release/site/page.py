"""Write index.html: a release's page, a static file, with its search and the pages of speakers and statements.

The page loads only the files under `search/`: its Content-Security-Policy allows its style and script, by their hashes,
and no other. Every word of an article is escaped here, or set as text by the script.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from warehouse.release import parts
from warehouse.release.figures import Figures, published
from warehouse.release.formats import exports
from warehouse.release.formats.card import LIMITS
from warehouse.release.formats.citation import citation, contact, issuer
from warehouse.release.formats.descriptions import tables_of
from warehouse.release.formats.snippets import SNIPPETS
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
from warehouse.release.site.templates import Markup, render
from warehouse.release.statement_filter import is_statement_sql
from warehouse.release.versions import CHECK_SUMS, RECORD, SUMS, Record, sha256
from warehouse.text import count, counted, share, shortened, size, visible

# Descriptions of the files other than tables; other files are listed without one.
FILE_DESCRIPTIONS: dict[str, str] = {
    "onrecord.duckdb": "all tables in one DuckDB file, with comments, views and macros",
    "changes.parquet": "every row that was added, removed or changed since the previous release",
    "README.md": "the dataset card",
    "CHANGES.md": "what changed since the previous release",
    "ATTRIBUTION.md": "articles whose text is included under an open licence",
    "CITATION.cff": "how to cite the release, for machines",
    "datapackage.json": "tables, keys, licences and sources, as a Frictionless data package",
    "croissant.json": "record sets, as MLCommons Croissant",
    "validation.json": "the checks run before the release, and their results",
    "release.json": "version, rows, files and terms of the release",
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
WHERE {is_statement_sql("q")}
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
        counted_as=_counts(figures),
        charts=drawn,
        table_of=_table_of,
        conflicts=Markup(conflicting),
        sums=SUMS,
        check_sums=CHECK_SUMS,
        downloads=_downloads(folder, record),
        snippets=SNIPPETS,
        tables=tables_of(record),
        limits=LIMITS,
        contact=contact(record),
    )
    dataset = dataset_json_ld.script(folder, record, figures)
    text = layout.document(heading, f"{body}\n{dataset}", Path(__file__).with_name("page.js"))
    (folder / "index.html").write_text(text, encoding="utf-8")


def _counts(f: Figures) -> list[tuple[str, str]]:
    return [
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
        ("of these with days of the calendar", f"{count(f.resolved)} ({share(f.resolved, f.dates)})"),
        ("days that another article narrows", count(f.narrowed)),
        ("events and utterances dated differently", count(f.conflicts)),
    ]


def _table_of(chart: Chart) -> tuple[list[tuple[str, bool]], list[list[Markup | str]]]:
    """Return a chart's columns, and whether they are numbers, and its cells."""
    head = [(name, any(isinstance(row[i], int) for row in chart.rows)) for i, name in enumerate(chart.head)]
    return head, [[_cell(name, value) for name, value in zip(chart.head, row, strict=True)] for row in chart.rows]


def _cell(column: str, value: Any) -> Markup | str:
    if value is None:
        return Markup("<em>not known</em>")
    if isinstance(value, int):
        return count(value)
    words = visible(str(value))
    asked, shown = _ASKED.get(column), shortened(words, 300)
    return Markup('<a href="#{}={}">{}</a>').format(asked, quote(words), shown) if asked else shown


def _downloads(folder: Path, record: Record) -> list[tuple[str, list[tuple[Markup | str, ...]]]]:
    """Return groups of files: (title, rows of name, content, size and digest)."""
    tables = {parts.file_name(t.name, ""): f"one row is {t.grain}" for t in tables_of(record)}
    tables |= {name: FILE_DESCRIPTIONS[name] for name in ("onrecord.duckdb", "changes.parquet")}
    exported = {f"{exports.FOLDER}/{name}": holds.replace("`", "") for name, holds in exports.FILES.items()}
    others = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name not in tables)
    groups = {
        "Tables": tables,
        "Exports for other tools": exported,
        "Descriptions and pages": {name: FILE_DESCRIPTIONS.get(name, "") for name in others},
    }
    return [
        (title, [_file(folder, name, holds) for name, holds in files.items() if (folder / name).exists()])
        for title, files in groups.items()
    ]


def _file(folder: Path, name: str, holds: str) -> tuple[Markup | str, ...]:
    if (folder / name).is_dir():
        found = [path.stat().st_size for path in (folder / name).iterdir()]
        return f"{name}/", f"{holds}; {counted(len(found), 'part')}", size(sum(found)), f"in {SUMS}"
    link = Markup('<a href="{}" download>{}</a>').format(quote(name), name)
    if name == RECORD:  # The digests of all files are added to it after the page is written.
        return link, holds, "", f"in {SUMS}"
    digest = Markup('<code class="sum">{}</code>').format(sha256(folder / name))
    return link, holds, size((folder / name).stat().st_size), digest
