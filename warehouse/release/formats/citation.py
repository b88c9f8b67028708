"""How to cite a release: one line for readers, and CITATION.cff."""

from __future__ import annotations

import json
from collections.abc import Sequence

from warehouse.release.figures import Figures
from warehouse.release.versions import Record
from warehouse.text import counted, shortened, visible

FILE = "CITATION.cff"
# Outlets named in a title; the others are counted.
NAMED = 3


def title_of(record: Record, figures: Figures) -> str:
    """Return the dataset's title: from the setting, else from its outlets, else from its number of articles."""
    given = visible(str(record.terms.get("title") or ""))
    if given:
        return given
    names = [shortened(visible(name), 60) for name, _ in figures.top_outlets if name]
    if not names:
        return f"Who said what in {counted(figures.articles, 'news article')}"
    shown = names if len(names) == figures.outlets <= NAMED else names[: NAMED - 1]
    more = figures.outlets - len(shown)
    return "Who said what in " + _listed([*shown, *([counted(more, "other outlet")] if more else [])])


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def issuer(record: Record) -> str:
    """Return who issues the release, or an empty text."""
    return visible(str(record.terms.get("issuer") or ""))


def contact(record: Record) -> str:
    """Return where to report errors, or an empty text."""
    return visible(str(record.terms.get("contact") or ""))


def citation(record: Record, figures: Figures) -> str:
    """Return how to cite the release, in one line."""
    by = f"{issuer(record)}: " if issuer(record) else ""
    return (
        f"{by}{title_of(record, figures)}. onrecord {record.version} (schema {record.schema_version}; made by "
        f"{record.made_by}; state {record.state[:16]}), released {record.released_on}."
    )


def cff(record: Record, title: str, abstract: str) -> str:
    """Return CITATION.cff 1.2.0 (https://github.com/citation-file-format/citation-file-format). Values are JSON
    strings: YAML reads them the same for any content."""
    # The format requires an author: the issuer of the release, else the program that made it.
    values = {
        "cff-version": "1.2.0",
        "type": "dataset",
        "message": "If you use this dataset, cite this version of it.",
        "title": title,
        "version": record.version,
        "date-released": record.released_on,
        "abstract": abstract,
        "keywords": ["news", "quotations", "attribution", "provenance"],
        "authors": [{"name": issuer(record) or "onrecord"}],
        "identifiers": [{"type": "other", "value": f"sha256:{record.state}", "description": "the state of the tables"}],
    }
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=True)}\n" for name, value in values.items())
