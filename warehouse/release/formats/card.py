"""The dataset card (README.md) and the attributions (ATTRIBUTION.md), generated from the released files."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from pipeline.contract import Column, Table
from warehouse.release import audit
from warehouse.release.figures import MOST, Figures, published
from warehouse.release.formats import benchmark_scores, exports
from warehouse.release.formats.changes_table import CHANGES, CHANGES_FILE
from warehouse.release.formats.citation import citation, contact, title_of
from warehouse.release.formats.descriptions import DESCRIPTION, RESPONSIBLE, required, tables_of
from warehouse.release.formats.snippets import SNIPPETS
from warehouse.release.rights import LONGEST_HEADLINE, LONGEST_NAME
from warehouse.release.site.escape import md, md_code, md_table, plain_url
from warehouse.release.versions import Record
from warehouse.text import count, shortened, size, visible
from warehouse.text import share as percent

# Why each column can be withheld, for the card.
REASONS: dict[str, str] = {
    "documents.text": "the article's prose",
    "sentences.text": "the article's prose",
    "edits.original": "the raw article's prose",
    "edits.replacement": "longer than a repair",
    "quotes.text": "reported speech in the reporter's own words, or quoted words longer than the limit",
    "statements.text": "no article shows these words",
}
LIMITS: tuple[str, ...] = (
    "Every row was found by rules and a language model (spaCy's small English model), not by people. A quotation "
    "can be missed, cut wrongly, or given to the wrong speaker; `quotes.confidence` says how sure the rules are.",
    "That an article reports words does not mean that they were said: the dataset says who is said, by whom, to "
    "have said what.",
    "Names are led to persons and organisations by their spelling and what stands around them. Two people of one "
    "name can be taken for one, and one person under two spellings for two.",
    "A publication day that no record and no text states is an interval (`published_earliest`, "
    "`published_latest`) or null: see `published_basis`. What is not known is null, never a guess.",
    "Dates that cannot be true are kept as the article has them, with the reason in `dates.problem`.",
    "Articles in languages other than English are cleaned and listed, but their quotations are hardly found.",
    "An article's licence is what its record or its own text says; nobody has checked that whoever says so could "
    "grant it.",
    "Of an interview, the short quoted words together can be a large part of the article, though each is within "
    "the limit.",
)

MEASURED = (
    "How often the rules are right, on annotated news that is not part of this dataset, beside other programs on the "
    "same articles; on articles of another kind they can be better or worse:\n"
)


def card(folder: Path, record: Record, figures: Figures, verdicts: Sequence[dict[str, Any]]) -> str:
    """Return README.md: front matter for the Hugging Face Hub, then the card."""
    return "\n".join(
        [
            _front_matter(record, figures),
            f"# {md(title_of(record, figures))}\n",
            f"{DESCRIPTION}\n",
            f"Release **{record.version}** of {record.released_on}, schema {record.schema_version}, made "
            f"by {record.made_by}. What changed since the release before: [CHANGES.md](CHANGES.md). "
            "A page to look around and search in: `index.html`.\n",
            "## What is in it\n",
            _tables(folder, record),
            "`onrecord.duckdb` holds the same tables with comments, the views `who_said_what`, `speakers`, `roles`, "
            "`aliases` and `statements_across_outlets`, and the macros `said_by('name')` and `quotes_with('words')`. "
            f"{_exports()}\n",
            "`SHA256SUMS` has a checksum for every file (`sha256sum -c SHA256SUMS`).\n",
            "## In figures\n",
            _figures(figures),
            "## First queries\n",
            _snippets(),
            "## How it was made\n",
            _making(verdicts),
            "## What is withheld, and why\n",
            _withheld(record),
            "## Known limits\n",
            "".join(f"- {limit}\n" for limit in LIMITS),
            MEASURED,
            benchmark_scores.table(benchmark_scores.read()),
            *_audited(folder, record),
            "## Who is named in it, and what it is for\n",
            _responsible(),
            "## Licence\n",
            _licences(figures),
            "## How to cite\n",
            f"> {md(citation(record, figures))}\n",
            "`CITATION.cff` says the same for machines.\n",
            "## How to report an error\n",
            f"Tell {md(contact(record)) or 'whoever gave you this release'}, with the version and the id of the row "
            "(`quote_id`, `document_id` ...): every row can be traced to characters of its article.\n",
            "## Columns\n",
            "Offsets count Unicode code points, start inclusive, end exclusive, into `documents.text`; those named "
            "`raw_*` into the raw text. Dates are calendar dates, intervals closed.\n",
            *[_dictionary(table) for table in (*tables_of(record), CHANGES)],
        ]
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
        lines += ["  data_files:", *[f"  - {name}" for name in files]]
    lines += [f"- config_name: {CHANGES.name}", "  data_files:", f"  - {CHANGES_FILE}"]
    return "\n".join([*lines, "---", ""])


def _plain(title: str) -> str:
    """Return a title without characters of Markdown and HTML: sites show the front matter in several ways."""
    return " ".join(re.sub(r"[^\w\s.,;'’“”&()–-]", " ", title).split())


def _tables(folder: Path, record: Record) -> str:
    rows = [
        (
            f"[{file}]({file})",
            f"one row is {table.grain}",
            count(record.rows[table.name]) if number == 0 else "(continued)",
            size((folder / file).stat().st_size),
        )
        for table in tables_of(record)
        for number, file in enumerate(record.files[table.name])
    ]
    rows.append((f"[{CHANGES_FILE}]({CHANGES_FILE})", f"one row is {CHANGES.grain}", *_changed(folder)))
    return md_table(("file", "grain", "rows", "size"), rows, numbers=(2, 3))


def _changed(folder: Path) -> tuple[str, str]:
    """Return rows and size of the changes."""
    path = folder / CHANGES_FILE
    return count(pq.read_metadata(path).num_rows), size(path.stat().st_size)


def _exports() -> str:
    lines = [f"- `{exports.FOLDER}/{name}`: {what}" for name, what in exports.FILES.items()]
    return "\n".join(["\nFor other tools, what counts as said (as in the view `who_said_what`):\n", *lines, ""])


def _figures(f: Figures) -> str:
    facts = [
        ("articles", count(f.articles)),
        ("of these repeating another one", f"{count(f.repeats)} ({percent(f.repeats, f.articles)})"),
        ("words in them", count(f.words)),
        ("outlets known", count(f.outlets)),
        *published(f),
        ("quotations", count(f.quotes)),
        *((f"of these {md_code(kind)}", f"{count(n)} ({percent(n, f.quotes)})") for kind, n in f.kinds),
        ("said or written (not: felt or wanted)", f"{count(f.said)} ({percent(f.said, f.quotes)})"),
        ("of these with a speaker in the text", f"{count(f.attributed)} ({percent(f.attributed, f.said)})"),
        ("of these with a speaker known by name", f"{count(f.named)} ({percent(f.named, f.said)})"),
        ("speakers known by name", count(f.speakers)),
        ("statements", count(f.statements)),
        ("of these reported by several articles", f"{count(f.travelling)} ({percent(f.travelling, f.statements)})"),
        ("persons, organisations, places ...", count(f.entities)),
        ("temporal expressions", count(f.dates)),
        ("of these led to days of the calendar", f"{count(f.resolved)} ({percent(f.resolved, f.dates)})"),
        *((f"of these {md_code(problem)}", count(n)) for problem, n in f.problems),
        ("days that another article narrows (`date_bounds`)", count(f.narrowed)),
        ("events and utterances dated differently (`date_conflicts`)", count(f.conflicts)),
    ]
    parts = [md_table(("what", "how many"), facts, numbers=(1,))]
    if f.top_speakers:
        parts.append(f"The speakers most often quoted (at most {MOST}):\n")
        names = [(md(shortened(visible(name), 80)), count(q), count(d)) for name, q, d in f.top_speakers]
        parts.append(md_table(("speaker", "quotations", "articles"), names, numbers=(1, 2)))
    if f.top_outlets:
        parts.append(f"The outlets with most articles (at most {MOST}):\n")
        outlets = [(_or_unknown(name), count(n)) for name, n in f.top_outlets]
        parts.append(md_table(("outlet", "articles"), outlets, numbers=(1,)))
    if f.refusals:
        parts.append("Files and records that were not taken in (table `refusals`):\n")
        parts.append(md_table(("reason", "how many"), [(md_code(r), count(n)) for r, n in f.refusals], numbers=(1,)))
    return "\n".join(parts)


def _or_unknown(name: str | None) -> str:
    return md(shortened(visible(name), 80)) if name else "*not known*"


def _snippets() -> str:
    return "\n".join(
        f"{s.tool}{f' ({s.note})' if s.note else ''}:\n\n```{s.language}\n{s.code}\n```\n" for s in SNIPPETS
    )


def _making(verdicts: Sequence[dict[str, Any]]) -> str:
    failed = [v for v in verdicts if not v["passed"]]
    said = (
        f"{count(len(verdicts))} promises about the tables were judged before the release was made, and "
        f"{count(len(verdicts) - len(failed))} of them held; each is in `validation.json`."
    )
    warned = "".join(f"- {md_code(v['check'])}: {count(v['found'])} of {count(v['judged'])} rows\n" for v in failed)
    return (
        "Raw articles are read and cleaned (every change is a row of `edits`), cut into sentences, and read by a "
        "language model once. Rules then find names, quotations with cue, speaker and venue, and dates, and lead "
        "them to persons, days and statements across articles. The same articles and settings give the same bytes.\n"
        f"\n{said}\n" + (f"\nThese did not hold, and are warnings:\n\n{warned}" if warned else "")
    )


def _withheld(record: Record) -> str:
    mode = record.terms["publish_text"]
    everything = "Nothing is withheld: this release was made to hold the text of every article, whatever its licence.\n"
    if mode == "all":
        return everything
    closed, articles = record.articles["closed"], record.articles["all"]
    which = (
        "have no licence that lets anyone publish them again (the licences that the Open Definition lists do)"
        if mode == "licensed"
        else "are published without their prose: this release was made to hold none"
    )
    text = (
        f"{count(closed)} of {count(articles)} articles {which}. Of these the release holds facts about the text "
        f"(names, dates, offsets, headline) and quoted words of at most {count(record.terms['longest_quote'])} "
        f"characters, attributed; never the article itself. A headline is withheld beyond {LONGEST_HEADLINE} "
        f"characters, a name or speaker beyond {LONGEST_NAME}. A withheld value is null.\n"
    )
    if not record.withheld:
        return text
    rows = [
        (f"`{name}`", count(number), REASONS.get(name, "longer than a name, a headline or an expression"))
        for name, number in record.withheld.items()
    ]
    return f"{text}\n{md_table(('column', 'values withheld', 'why'), rows, numbers=(1,))}"


def _audited(folder: Path, record: Record) -> list[str]:
    found = audit.read(folder)
    return [] if found is None else ["## Marked by hand on this corpus\n", audit.section(found, record.state)]


def _responsible() -> str:
    heads = {
        "rai:personalSensitiveInformation": "Personal data",
        "rai:dataUseCases": "Intended use",
        "rai:dataBiases": "Where it is lopsided",
    }
    lines = [f"- **{head}.** {RESPONSIBLE[name]}" for name, head in heads.items()]
    return "\n".join(
        [
            *lines,
            "- **Out of scope.** Profiles of private persons, automated decisions about anybody, training of models "
            "on texts whose licence does not allow it.",
            "- **To be taken out.** An article can be withdrawn: its rows leave the next release and a tombstone takes "
            "the place of earlier ones. A wrong row can be corrected.",
            "",
        ]
    )


def _licences(f: Figures) -> str:
    rows = [(md(name) if name else "*none known*", count(number)) for name, number in f.licences]
    return (
        "The articles belong to their publishers. Each one's licence is in `documents.licence` (SPDX), and how it is "
        "known in `licence_basis`. [ATTRIBUTION.md](ATTRIBUTION.md) names the articles whose text stands here under "
        "an open licence. For the compilation, no licence is stated.\n"
        + (f"\n{md_table(('licence', 'articles'), rows, numbers=(1,))}" if rows else "")
    )


def _dictionary(table: Table) -> str:
    rows = [(f"`{c.name}`", c.kind, "always" if required(c) else "or null", _meaning(c)) for c in table.published]
    key = f"; key: {', '.join(f'`{name}`' for name in table.key)}" if table.key else ""
    columns = md_table(("column", "kind", "there", "meaning"), rows)
    return f"### {table.name}\n\n{table.description} One row is {table.grain}{key}.\n\n{columns}"


def _meaning(column: Column) -> str:
    parts = [column.description.replace("|", "\\|")]
    if column.enum:
        parts.append("One of " + ", ".join(f"`{value}`" for value in column.enum) + ".")
    if column.refers_to:
        parts.append(f"Refers to `{column.refers_to}`.")
    return " ".join(parts)


def attribution(connection: duckdb.DuckDBPyConnection) -> str:
    """Return ATTRIBUTION.md: the articles whose text is in the release and that name a licence, as CC BY requires."""
    rows = connection.execute(
        "SELECT title, author, publisher, url, source, licence FROM documents "
        "WHERE text IS NOT NULL AND licence IS NOT NULL ORDER BY publisher NULLS LAST, source"
    ).fetchall()
    head = (
        "# Attribution\n\nArticles whose text stands in this release, with the licence that they name. The texts were "
        "cleaned: each change is a row of `edits`.\n\n"
    )
    lines = []
    for title, author, publisher, url, source, licence in rows:
        link = plain_url(url)
        named = [md(shortened(visible(v), 200)) for v in (title, author, publisher) if v]
        place = f"<{link}>" if link else md(shortened(visible(source), 300))
        lines.append(f"- {'. '.join([*named, place, md(licence)])}\n")
    return head + ("".join(lines) or "None.\n")
