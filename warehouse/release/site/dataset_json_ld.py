"""The release as a schema.org Dataset in its page, for dataset searches
(https://developers.google.com/search/docs/appearance/structured-data/dataset)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from warehouse.release import parts
from warehouse.release.figures import Figures
from warehouse.release.formats.changes_table import CHANGES_FILE
from warehouse.release.formats.citation import citation, issuer, title_of
from warehouse.release.formats.descriptions import (
    DESCRIPTION,
    KEYWORDS,
    MEDIA_TYPE,
    licence_page,
    open_licences,
    tables_of,
)
from warehouse.release.versions import Record
from warehouse.text import visible

CONTEXT = "https://schema.org"
# Files other than tables -> media type.
_OTHERS = {
    CHANGES_FILE: MEDIA_TYPE,
    "onrecord.duckdb": "application/vnd.duckdb",
    "croissant.json": "application/ld+json",
    "datapackage.json": "application/json",
}


def dataset(folder: Path, record: Record, figures: Figures, digest: Callable[[str], str]) -> dict[str, Any]:
    """Return the release as a schema.org Dataset. Addresses of files are relative to the page. `digest`: returns the
    SHA-256 of a file."""
    publisher = {"@type": "Organization", "name": issuer(record)} if issuer(record) else None
    languages = sorted({str(name) for name, _ in figures.languages if name})
    days = f"{figures.first}/{figures.last}" if figures.first and figures.last else None
    # croissant.json has the parts of tables.
    whole = [names[0] for names in record.files.values() if not parts.in_parts(names)]
    files = dict.fromkeys(whole, MEDIA_TYPE) | _OTHERS
    known = {
        "@context": CONTEXT,
        "@type": "Dataset",
        "name": title_of(record, figures),
        "description": DESCRIPTION,
        "version": record.version,
        "datePublished": record.released_on,
        "identifier": f"sha256:{record.state}",
        "keywords": list(KEYWORDS),
        "inLanguage": languages,
        "license": [licence_page(name) for name in open_licences(figures)],
        "publisher": publisher,
        "creator": publisher,
        "creditText": visible(citation(record, figures)),
        "temporalCoverage": days,
        "measurementTechnique": "Rules and a language model find quotations, speakers, dates and names in articles",
        "variableMeasured": [
            {"@type": "PropertyValue", "name": table.name, "description": f"One row is {table.grain}."}
            for table in tables_of(record)
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": name,
                "contentUrl": name,
                "encodingFormat": kind,
                "contentSize": f"{(folder / name).stat().st_size} B",
                "sha256": digest(name),
            }
            for name, kind in files.items()
        ],
    }
    return {name: value for name, value in known.items() if value not in (None, [])}


def script(folder: Path, record: Record, figures: Figures, digest: Callable[[str], str]) -> str:
    """Return the data block of the page. It is not run, and no text can end it: `<`, `>` and `&` are JSON escapes."""
    content = json.dumps(dataset(folder, record, figures, digest), ensure_ascii=True)
    for letter in "<>&":
        content = content.replace(letter, f"\\u{ord(letter):04x}")
    return f'<script type="application/ld+json">{content}</script>'
