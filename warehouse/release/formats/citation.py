"""How a release is cited: the line for readers, and CITATION.cff."""

from __future__ import annotations

import json

from warehouse.release.versions import Record
from warehouse.text import visible

FILE = "CITATION.cff"


def issuer(record: Record) -> str:
    """Who issues the release, or an empty text."""
    return visible(str(record.terms.get("issuer") or ""))


def contact(record: Record) -> str:
    """Where errors are reported, or an empty text."""
    return visible(str(record.terms.get("contact") or ""))


def citation(record: Record) -> str:
    """How to cite the release, in one line."""
    by = f"{issuer(record)}: " if issuer(record) else ""
    return (
        f"{by}onrecord {record.version} (schema {record.schema_version}; made by {record.made_by}; "
        f"state {record.state[:16]}), released {record.released_on}."
    )


def cff(record: Record, title: str, abstract: str) -> str:
    """CITATION.cff 1.2.0 (https://github.com/citation-file-format/citation-file-format). Values are JSON strings,
    which YAML reads alike, whatever stands in them."""
    # The form wants an author: whoever issues the release, else the program that made it.
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
