"""Write index.html: a release's page, a static file, with its search and the pages of speakers and statements.

The page loads only the files under `search/`: its Content-Security-Policy allows its style and script, by their hashes,
and no other. Every word of an article is escaped here, or set as text by the script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from warehouse.release import parts
from warehouse.release.figures import Figures, published
from warehouse.release.formats import exports
from warehouse.release.formats.card import LIMITS, attribution
from warehouse.release.formats.citation import citation, contact, issuer, title_of
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
    search,
)
from warehouse.release.site.charts import Chart
from warehouse.release.site.templates import Markup, render
from warehouse.release.statement_filter import is_statement_sql
from warehouse.release.versions import CHECK_SUMS, RECORD, SUMS, Record
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
    ("figures", "Contents"),
    ("charts", "Charts"),
    ("conflicts", "Conflicts"),
    ("download", "Download"),
    ("queries", "Queries to copy"),
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


@dataclass(frozen=True, slots=True)
class Files:
    """The files that the page refers to: the search's index, pages of speakers and statements, and numbers of files of
    conflicts and quotations."""

    index: search.Index
    pages: profiles.Pages
    conflicts: int
    quotations: int


@dataclass(frozen=True, slots=True)
class Content:
    """What the page shows of the tables: template values of the head, charts, the most quoted speakers as (name, id,
    quotations), and the section on conflicts as HTML, empty if there are none."""

    head: dict[str, Any]
    charts: list[Chart]
    people: list[tuple[str, str, int]]
    conflicts: str


def heading(record: Record, figures: Figures) -> str:
    """Return the heading of all pages."""
    return f"{title_of(record, figures)} · onrecord {record.version}"


def look_up(connection: duckdb.DuckDBPyConnection, _: Path, record: Record, figures: Figures) -> Content:
    """Return what `write` shows. The connection has the release's tables."""
    return Content(
        head.opening(connection, record, figures),
        charts.charts(connection),
        connection.execute(_PEOPLE, [PEOPLE]).fetchall(),
        conflicts.section(connection),
    )


def write_attribution(connection: duckdb.DuckDBPyConnection, folder: Path, heading: str) -> None:
    """Write ATTRIBUTION.md and its page. The connection has the release's tables."""
    (folder / "ATTRIBUTION.md").write_text(attribution(connection), encoding="utf-8")
    prose.write(folder, heading)


def write(
    folder: Path, record: Record, figures: Figures, content: Content, files: Files, digest: Callable[[str], str]
) -> None:
    """Write the card and the changes as pages, dictionary.html and index.html. `digest`: returns the SHA-256 of a
    file."""
    title = heading(record, figures)
    prose.write(folder, title)
    (folder / dictionary.FILE).write_text(dictionary.page(folder, record), encoding="utf-8")
    drawn = content.charts
    # The search suggests the names in the charts.
    known = {chart.head[0]: [row[0] for row in chart.rows if row[0]] for chart in drawn if chart.head[0] in _ASKED}
    there = {"people": bool(content.people), "conflicts": bool(content.conflicts)}
    body = render(
        "index.html",
        record=record,
        issuer=issuer(record),
        head=content.head,
        sections=[(name, title) for name, title in _SECTIONS if there.get(name, True)],
        index=files.index,
        kinds=search.KINDS,
        names=search.NAMES,
        fields=" ".join(search.FIELDS),
        speaker_files=files.pages.speakers,
        statement_files=files.pages.statements,
        conflict_files=files.conflicts,
        quotation_files=files.quotations,
        speakers_of=files.pages.speaker,
        known={name: known.get(name, []) for name in _ASKED},
        people=content.people,
        figures=figures,
        cited=f"{title_of(record, figures)}. onrecord {record.version} (state {record.state[:16]})",
        citation=citation(record, figures),
        counted_as=_counts(figures),
        charts=drawn,
        table_of=_table_of,
        conflicts=Markup(content.conflicts),
        sums=SUMS,
        check_sums=CHECK_SUMS,
        downloads=_downloads(folder, record, digest),
        snippets=SNIPPETS,
        tables=tables_of(record),
        limits=LIMITS,
        contact=contact(record),
    )
    dataset = dataset_json_ld.script(folder, record, figures, digest)
    text = layout.document(title, f"{body}\n{dataset}", Path(__file__).with_name("page.js"))
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


def _downloads(
    folder: Path, record: Record, digest: Callable[[str], str]
) -> list[tuple[str, list[tuple[Markup | str, ...]]]]:
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
        (title, [_file(folder, name, holds, digest) for name, holds in files.items() if (folder / name).exists()])
        for title, files in groups.items()
    ]


def _file(folder: Path, name: str, holds: str, digest: Callable[[str], str]) -> tuple[Markup | str, ...]:
    if (folder / name).is_dir():
        found = [path.stat().st_size for path in (folder / name).iterdir()]
        return f"{name}/", f"{holds}; {counted(len(found), 'part')}", size(sum(found)), f"in {SUMS}"
    link = Markup('<a href="{}" download>{}</a>').format(quote(name), name)
    if name == RECORD:  # The digests of all files are added to it after the page is written.
        return link, holds, "", f"in {SUMS}"
    sum_ = Markup('<code class="sum">{}</code>').format(digest(name))
    return link, holds, size((folder / name).stat().st_size), sum_
