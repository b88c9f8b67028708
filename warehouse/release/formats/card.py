"""The dataset card (README.md) and the attributions (ATTRIBUTION.md), generated from the released files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from warehouse.release import audit, parts
from warehouse.release.figures import MAX_LISTED, Figures, published
from warehouse.release.formats import benchmark_scores, exports
from warehouse.release.formats.changes_table import CHANGES, CHANGES_FILE
from warehouse.release.formats.citation import citation, contact, title_of
from warehouse.release.formats.descriptions import DESCRIPTION, RESPONSIBLE, required, tables_of
from warehouse.release.formats.snippets import SNIPPETS
from warehouse.release.rights import MAX_HEADLINE_LENGTH, MAX_NAME_LENGTH
from warehouse.release.site.templates import markdown
from warehouse.release.versions import CHECK_SUMS, Record
from warehouse.text import size

# Why each column can be withheld, for the card.
REASONS: dict[str, str] = {
    "documents.text": "the article's prose",
    "sentences.text": "the article's prose",
    "edits.original": "the raw article's prose",
    "edits.replacement": "original text longer than a typical repair",
    "quotes.text": "reported speech in the reporter's own words, or quoted words longer than the limit",
    "statements.text": "no article shows these words",
}
LIMITS: tuple[str, ...] = (
    "Every row was found by rules and a language model (spaCy's small English model), not by people. A quotation "
    "can be missed, have wrong boundaries, or have the wrong speaker; see `quotes.confidence`.",
    "A quotation is a report, not proof: the dataset records who, according to an article, said what.",
    "Names are assigned to persons and organisations by spelling and context. Two people of one name can be merged, "
    "and one person with two spellings can be split.",
    "A publication day that no record and no text states is an interval (`published_earliest`, "
    "`published_latest`) or null: see `published_basis`. What is not known is null, never a guess.",
    "Impossible or contradictory dates are kept as the article has them, with the reason in `dates.problem`.",
    "Articles in languages other than English are cleaned and listed, but few of their quotations are found.",
    "The licence of an article is the one given in its record or text; nobody has verified that the source was "
    "entitled to grant it.",
    "The short quotations of an interview can together be a large part of the article, even if each is within the "
    "limit.",
)


def card(folder: Path, record: Record, figures: Figures, verdicts: Sequence[dict[str, Any]]) -> str:
    """Return README.md: front matter for the Hugging Face Hub, then the card."""
    found = audit.read(folder)
    return markdown(
        "card.md",
        front_matter=_front_matter(record, figures),
        title=title_of(record, figures),
        description=DESCRIPTION,
        record=record,
        files=list(_files(folder, record)),
        in_parts=any(map(parts.in_parts, record.files.values())),
        exports=exports.FILES,
        check_sums=CHECK_SUMS,
        f=figures,
        published=published(figures),
        most=MAX_LISTED,
        snippets=SNIPPETS,
        verdicts=verdicts,
        failed=[verdict for verdict in verdicts if not verdict["passed"]],
        longest_headline=MAX_HEADLINE_LENGTH,
        longest_name=MAX_NAME_LENGTH,
        reasons=REASONS,
        limits=LIMITS,
        scores=benchmark_scores.table(benchmark_scores.read()),
        audited=audit.section(found, record.state) if found else None,
        responsible=RESPONSIBLE,
        citation=citation(record, figures),
        contact=contact(record),
        tables=(*tables_of(record), CHANGES),
        required=required,
    )


# From https://huggingface.co/docs/hub/datasets-cards: bounds of `size_categories`.
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
)


def _front_matter(record: Record, figures: Figures) -> str:
    """Return the front matter. The title is a JSON string: YAML reads it the same for any content."""
    languages = sorted({str(name) for name, _ in figures.languages if name and name.isascii() and name.isalpha()})
    biggest = max(record.rows.values(), default=0)
    category = next((name for most, name in _SIZES if biggest < most), "n>1T")
    lines = [
        "---",
        f"pretty_name: {json.dumps(_plain(title_of(record, figures)))}",
        "license: other",
        "license_name: per-article",
        "license_link: README.md",
    ]
    # Quoted: `no` (Norwegian) is a truth value in YAML.
    lines += ["language:", *[f'- "{name}"' for name in languages or ["en"]]]
    lines += ["tags:", "- news", "- quotations", "- attribution", f"size_categories:\n- {category}", "configs:"]
    for table, files in record.files.items():
        lines.append(f"- config_name: {table}")
        if table == "quotes":
            lines.append("  default: true")
        lines += ["  data_files:", f"  - {parts.pattern(table, files)}"]
    lines += [f"- config_name: {CHANGES.name}", "  data_files:", f"  - {CHANGES_FILE}"]
    return "\n".join([*lines, "---", ""])


def _plain(title: str) -> str:
    """Return a title without characters of Markdown and HTML: sites show the front matter in several ways."""
    return " ".join(re.sub(r"[^\w\s.,;'’“”&()–-]", " ", title).split())


def _files(folder: Path, record: Record) -> Iterator[tuple[str, str, int, str]]:
    """Yield each table's file, or its folder with a slash at the end: its name, grain, rows, and size."""
    for table in tables_of(record):
        names = record.files[table.name]
        name, grain = parts.file_name(table.name, ""), table.grain
        if parts.in_parts(names):
            name, grain = f"{name}/", f"{grain} ({len(names):,} parts)"
        yield name, grain, record.rows[table.name], size(sum((folder / name).stat().st_size for name in names))
    path = folder / CHANGES_FILE
    yield CHANGES_FILE, CHANGES.grain, pq.read_metadata(path).num_rows, size(path.stat().st_size)


def attribution(connection: duckdb.DuckDBPyConnection) -> str:
    """Return ATTRIBUTION.md: the articles whose text is in the release and that name a licence, as CC BY requires."""
    rows = connection.execute(
        "SELECT title, author, publisher, url, source, licence FROM documents "
        "WHERE text IS NOT NULL AND licence IS NOT NULL ORDER BY publisher NULLS LAST, source"
    ).fetchall()
    return markdown("attribution.md", articles=rows)
