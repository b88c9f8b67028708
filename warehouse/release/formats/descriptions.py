"""Machine-readable descriptions of a release: datapackage.json, croissant.json, validation.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.contract import BY_NAME, PUBLISHED, Column, Kind, Table
from pipeline.contract.schema import LISTS
from warehouse.release import parts, rights
from warehouse.release.figures import Figures
from warehouse.release.formats.changes_table import CHANGES, CHANGES_FILE
from warehouse.release.formats.citation import issuer, title_of
from warehouse.release.site.escape import plain_url
from warehouse.release.versions import Record
from warehouse.text import shortened, visible
from warehouse.verdicts import counts

NAME = "onrecord"
DESCRIPTION = (
    "Quotations found in news articles, with speaker, words, date and source, each with its position in the "
    "article; with the people, organisations and places that the articles name, the dates that they mention, "
    "and the statements that several of them report."
)
KEYWORDS = ("news", "quotations", "attribution", "provenance")
MEDIA_TYPE = "application/vnd.apache.parquet"
# A list is `any`: Parquet readers return lists as their own arrays, which validators of `array` (JSON text) reject.
FRICTIONLESS: dict[Kind, str] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "strings": "any",
    "integers": "any",
    "dates": "any",
}
CROISSANT: dict[Kind, str] = {
    "string": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "strings": "sc:Text",
    "integers": "sc:Integer",
    "dates": "sc:Date",
}
# Columns in standard vocabularies, so that programs find licence and source of each article.
PROPERTIES: dict[tuple[str, str], str] = {
    ("documents", "licence"): "http://purl.org/dc/terms/license",
    ("documents", "source"): "http://purl.org/dc/terms/source",
    ("documents", "url"): "https://schema.org/url",
    ("documents", "publisher"): "http://purl.org/dc/terms/publisher",
    ("documents", "author"): "http://purl.org/dc/terms/creator",
    ("documents", "title"): "http://purl.org/dc/terms/title",
    ("documents", "language"): "http://purl.org/dc/terms/language",
    ("documents", "published_on"): "http://purl.org/dc/terms/issued",
}


def required(column: Column) -> bool:
    """Whether every row of a release has a value: prose may be withheld."""
    return column.required and not column.prose


def open_licences(figures: Figures) -> list[str]:
    """Return the names (SPDX) of the articles' open licences."""
    return [name for name, _ in figures.licences if name in rights.OPEN]


def licence_page(name: str) -> str:
    """Return the address of SPDX's page on a licence."""
    return f"https://spdx.org/licenses/{name}.html"


def datapackage(record: Record, figures: Figures, digests: Mapping[str, str]) -> dict[str, Any]:
    """Return a Data Package v2 (https://datapackage.org/standard/data-package/): one resource per file, with keys.

    `digests`: file -> SHA-256, of the tables and of the changes.
    """
    licences = [{"name": name, "path": licence_page(name), "title": name} for name in open_licences(figures)]
    sources = [{"title": visible(name)} for name, _ in figures.top_outlets if name and visible(name)]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": NAME,
        "title": title_of(record, figures),
        "description": DESCRIPTION,
        "version": record.version,
        "created": f"{record.released_on}T00:00:00Z",
        **({"contributors": [{"title": issuer(record), "roles": ["publisher"]}]} if issuer(record) else {}),
        "keywords": list(KEYWORDS),
        **({"licenses": licences} if licences else {}),
        **({"sources": sources} if sources else {}),
        "resources": [
            _resource(record, BY_NAME[table], name, digests[name])
            | (_documents(figures, licences) if table == "documents" else {})
            for table, names in record.files.items()
            for name in names
        ]
        + [_resource(record, CHANGES, CHANGES_FILE, digests[CHANGES_FILE])],
    }


def _documents(figures: Figures, licences: list[dict[str, str]]) -> dict[str, Any]:
    """Return licences and sources of the articles whose text is released. Each row of the table names its licence."""
    sources = []
    for title, publisher, url, licence in figures.sources:
        link = plain_url(url)
        named = ". ".join(shortened(visible(words), 200) for words in (title, publisher) if words) or "(untitled)"
        sources.append({"title": f"{named} ({visible(licence)})", **({"path": link} if link else {})})
    return {**({"licenses": licences} if licences else {}), **({"sources": sources} if sources else {})}


def _resource(record: Record, table: Table, file: str, digest: str) -> dict[str, Any]:
    whole = {name for name, files in record.files.items() if not parts.in_parts(files)}
    keys = [
        {
            "fields": [column.name],
            # The empty name is the resource itself.
            "reference": {"resource": "" if parent == table.name else parent, "fields": [field]},
        }
        for column in table.published
        if column.refers_to
        for parent, _, field in [column.refers_to.partition(".")]
        # A key cannot refer to a table in parts: it is no single resource, because a resource of several files is read
        # by putting their bytes together.
        if parent in whole and (parent != table.name or table.name in whole)
    ]
    return {
        "name": "-".join(end.removesuffix(".parquet") for end in file.split("/")),
        "type": "table",
        "title": table.name,
        "description": f"{table.description} One row is {table.grain}.",
        "path": file,
        "scheme": "file",
        "format": "parquet",
        "mediatype": MEDIA_TYPE,
        "hash": f"sha256:{digest}",
        "schema": {
            "fields": [_field(table, column) for column in table.published],
            # Parquet has nulls; an empty string is a value.
            "missingValues": [],
            **({"primaryKey": list(table.key)} if table.key else {}),
            **({"foreignKeys": keys} if keys else {}),
        },
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if required(column):
        constraints["required"] = True
    if column.unique and table.key != (column.name,):
        constraints["unique"] = True
    if column.kind not in LISTS:
        if column.enum:
            constraints["enum"] = list(column.enum)
        if column.pattern:
            constraints["pattern"] = column.pattern
        for bound in ("minimum", "maximum"):
            value = getattr(column, bound)
            if value is not None:
                constraints[bound] = int(value) if column.kind == "integer" else value
    numeric = column.kind in ("integer", "number")
    return {
        "name": column.name,
        "type": FRICTIONLESS[column.kind],
        "description": column.description,
        **({"rdfType": meant} if (meant := PROPERTIES.get((table.name, column.name))) else {}),
        **({"example": column.example} if column.example is not None else {}),
        # pandas reads a missing number as NaN.
        **({"missingValues": ["nan"]} if numeric and not required(column) else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def validation(record: Record, verdicts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return each check with its result. Examples are left out: they quote the store."""
    shown = ("check", "table", "promise", "severity", "passed", "found", "judged", "detail")
    return {
        "version": record.version,
        "state": record.state,
        "judged": len(verdicts),
        **asdict(counts((v["passed"], v["severity"]) for v in verdicts)),
        "stale": sum(v["state"] != record.state for v in verdicts),
        "checks": [{**{name: v[name] for name in shown}, "current": v["state"] == record.state} for v in verdicts],
    }


# The context that Croissant 1.1 prescribes (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html).
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


# Properties of the RAI vocabulary (https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html), in short.
RESPONSIBLE: dict[str, str] = {
    "rai:dataCollection": "News articles that the issuer collected. Rules and a language model, not people, found the "
    "rows; each can be traced to characters of its article.",
    "rai:dataLimitations": "Quotations can be missed, have wrong boundaries or the wrong speaker; see "
    "`quotes.confidence`. A reported statement is not proof that it was made.",
    "rai:dataBiases": "The outlets, days and subjects are those of the collected articles. The rules are for English "
    "and are measured on US and international news.",
    "rai:personalSensitiveInformation": "Persons are named with what articles report that they said, their roles, and "
    "the pronouns that articles use for them. What is said can show political opinions, religion or health.",
    "rai:dataUseCases": "Following who said what about whom and when, across articles and outlets; checking quotations "
    "against their sources. Not for decisions about the persons named, nor as proof that words were said.",
}


def croissant(
    folder: Path, record: Record, figures: Figures, digests: Mapping[str, str], citation: str
) -> dict[str, Any]:
    """Return Croissant 1.1: a file object per Parquet file, a record set per table, a file set per table in parts."""
    files = [(BY_NAME[table], name) for table, names in record.files.items() for name in names]
    files.append((CHANGES, CHANGES_FILE))
    licences = [licence_page(name) for name in open_licences(figures)]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": title_of(record, figures),
        "alternateName": NAME,
        "description": DESCRIPTION,
        "version": record.version,
        "datePublished": record.released_on,
        "citeAs": citation,
        **({"publisher": {"@type": "sc:Organization", "name": issuer(record)}} if issuer(record) else {}),
        "keywords": list(KEYWORDS),
        "isLiveDataset": False,
        **({"license": licences} if licences else {}),
        **RESPONSIBLE,
        "distribution": [
            *(
                {
                    "@type": "cr:FileObject",
                    "@id": name,
                    "name": name,
                    "description": table.description,
                    "contentUrl": name,
                    "contentSize": f"{(folder / name).stat().st_size} B",
                    "encodingFormat": "application/x-parquet",
                    "sha256": digests[name],
                }
                for table, name in files
            ),
            *(
                {
                    "@type": "cr:FileSet",
                    "@id": _file_set(table),
                    "name": _file_set(table),
                    "description": f"The parts of the table {table}, in order.",
                    "encodingFormat": "application/x-parquet",
                    "includes": parts.pattern(table, names),
                }
                for table, names in record.files.items()
                if parts.in_parts(names)
            ),
        ],
        "recordSet": [
            *(_record_set(table, record.files[table.name]) for table in tables_of(record)),
            _record_set(CHANGES, [CHANGES_FILE]),
        ],
    }


def _file_set(table: str) -> str:
    return f"{table}-parts"


def _record_set(table: Table, files: Sequence[str]) -> dict[str, Any]:
    name = table.name
    source = {"fileSet": {"@id": _file_set(name)}} if parts.in_parts(files) else {"fileObject": {"@id": files[0]}}
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{table.description} One record is {table.grain}.",
        **({"key": [{"@id": f"{name}/{column}"} for column in table.key]} if table.key else {}),
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column.name}",
                "name": column.name,
                "description": column.description,
                "dataType": CROISSANT[column.kind],
                **({"equivalentProperty": meant} if (meant := PROPERTIES.get((table.name, column.name))) else {}),
                **({"repeated": True} if column.kind in LISTS else {}),
                **_reference(table, column),
                "source": {**source, "extract": {"column": column.name}},
            }
            for column in table.published
        ],
    }


@cache
def _references() -> frozenset[tuple[str, str]]:
    """Return the columns (table, column) whose reference Croissant gets, in the contract's order: mlcroissant reads
    tables one after the other, and rejects circular references."""
    leads: dict[str, set[str]] = {table.name: {table.name} for table in PUBLISHED}
    kept = set()
    for table in PUBLISHED:
        for column in table.published:
            parent = (column.refers_to or "").partition(".")[0]
            if not parent or table.name in leads[parent]:
                continue
            kept.add((table.name, column.name))
            for reached in leads.values():
                if table.name in reached:
                    reached |= leads[parent]
    return frozenset(kept)


def _reference(table: Table, column: Column) -> dict[str, Any]:
    if not column.refers_to:
        return {}
    parent, _, field = column.refers_to.partition(".")
    if (table.name, column.name) not in _references():
        return {}
    return {"references": {"field": {"@id": f"{parent}/{field}"}}}


def tables_of(record: Record) -> list[Table]:
    """Return the release's tables, in the contract's order."""
    return [table for table in PUBLISHED if table.name in record.files]
