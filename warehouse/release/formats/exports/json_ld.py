"""Quotations as linked data: schema.org `Quotation` (https://schema.org/Quotation), and their places in the articles as
Web Annotations (https://www.w3.org/TR/annotation-model/).

Both name a quotation `urn:onrecord:quote:<quote_id>`. The words around a quotation are included only if the release
holds the article's text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from warehouse.release.formats.exports.rows import QUOTATIONS, fetched, without_nulls, write_lines
from warehouse.release.site.escape import plain_url

QUOTATIONS_CONTEXT, ANNOTATIONS_CONTEXT = "https://schema.org", "http://www.w3.org/ns/anno.jsonld"
ANNOTATIONS = "annotations.jsonl"
QUOTATIONS_FILE = "quotations.jsonl"
_TYPES = {"PERSON": "Person", "ORG": "Organization", "NORP": "Organization", "GPE": "AdministrativeArea"}


def write_quotations(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write one schema.org Quotation a line, in the order of `quote_id`."""
    write_lines(path, map(quotation, fetched(connection, QUOTATIONS)))


def write_annotations(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write one Web Annotation a line, in the order of `quote_id`."""
    write_lines(path, map(annotation, fetched(connection, QUOTATIONS)))


def urn(kind: str, name: str) -> str:
    """Return the identifier of a row outside the dataset."""
    return f"urn:onrecord:{kind}:{name}"


def quotation(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of QUOTATIONS as a schema.org Quotation. `temporalCoverage`: when it was said, a closed interval."""
    return without_nulls(
        {
            "@context": QUOTATIONS_CONTEXT,
            "@type": "Quotation",
            "@id": urn("quote", row["quote_id"]),
            "text": row["text"],
            "spokenByCharacter": _speaker(row),
            "temporalCoverage": interval(row["said_earliest"], row["said_latest"]),
            "isPartOf": without_nulls(
                {
                    "@type": "NewsArticle",
                    "@id": urn("document", row["document_id"]),
                    "headline": row["title"],
                    "url": plain_url(row["url"]),
                    "publisher": {"@type": "Organization", "name": row["publisher"]} if row["publisher"] else None,
                    "datePublished": _day(row["published_on"]),
                    "license": row["licence"],
                }
            ),
            "additionalType": row["kind"],
        }
    )


def _speaker(row: dict[str, Any]) -> dict[str, Any] | None:
    name = row["speaker_name"] or row["speaker"]
    if name is None:
        return None
    entity, wikidata = row["speaker_entity_id"], row["speaker_wikidata"]
    return without_nulls(
        {
            "@type": _TYPES.get(row["speaker_label"] or "", "Thing"),
            "@id": urn("entity", entity) if entity else None,
            "name": name,
            # schema.org defines it for persons only.
            "jobTitle": row["speaker_role"] if row["speaker_label"] == "PERSON" else None,
            "sameAs": f"http://www.wikidata.org/entity/{wikidata}" if wikidata else None,
        }
    )


def annotation(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of QUOTATIONS as a Web Annotation that identifies its span, in code points of `documents.text`."""
    selectors: list[dict[str, Any]] = [{"type": "TextPositionSelector", "start": row["start"], "end": row["end"]}]
    if row["text"] is not None:
        quote = {"exact": row["text"], "prefix": row["before"], "suffix": row["after"]}
        selectors.append({"type": "TextQuoteSelector", **without_nulls(quote)})
    return {
        "@context": ANNOTATIONS_CONTEXT,
        "id": urn("annotation", row["quote_id"]),
        "type": "Annotation",
        "motivation": "identifying",
        "body": urn("quote", row["quote_id"]),
        "target": {"source": plain_url(row["url"]) or urn("document", row["document_id"]), "selector": selectors},
    }


def interval(earliest: Any, latest: Any) -> str | None:
    """Return a closed interval of days in ISO 8601; an open end is `..` (ISO 8601-2). None if neither end is known."""
    if earliest is None and latest is None:
        return None
    if earliest == latest:
        return _day(earliest)
    return f"{_day(earliest) or '..'}/{_day(latest) or '..'}"


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()
