"""`exports/`: each file is valid for the readers of its format, and holds what the release holds, and no more."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from followthemoney import model
from pyld import jsonld

from tests.integration.test_release import judged_store, release
from tests.support import factory
from warehouse.release.formats import exports
from warehouse.release.formats.exports import csv_file, follow_the_money, json_ld
from warehouse.release.formats.exports.csv_file import cell
from warehouse.release.formats.exports.rows import fetched
from warehouse.release.publish import Release
from warehouse.release.rights import Terms

# How the two contexts define the terms that are used: a processor that has them needs no network.
CONTEXTS: Mapping[str, dict[str, Any]] = {
    json_ld.QUOTATIONS_CONTEXT: {
        "@vocab": "http://schema.org/",
        "sameAs": {"@type": "@id"},
        "url": {"@type": "@id"},
        "contentUrl": {"@type": "@id"},
    },
    json_ld.ANNOTATIONS_CONTEXT: {
        "@vocab": "http://www.w3.org/ns/oa#",
        "id": "@id",
        "type": "@type",
        "body": {"@id": "http://www.w3.org/ns/oa#hasBody", "@type": "@id"},
        "target": {"@id": "http://www.w3.org/ns/oa#hasTarget", "@type": "@id"},
        "source": {"@id": "http://www.w3.org/ns/oa#hasSource", "@type": "@id"},
        "selector": {"@id": "http://www.w3.org/ns/oa#hasSelector", "@type": "@id"},
    },
}


def loaded(url: str, _: Any) -> dict[str, Any]:
    """Return a context from CONTEXTS, as a document loader of pyld does."""
    document = {"@context": CONTEXTS[url.rstrip("/")]}
    return {"contextUrl": None, "documentUrl": url, "document": document, "contentType": "application/ld+json"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return release(judged_store(tmp_path_factory.mktemp("exports")), Terms("all"))


def lines(made: Release, name: str) -> list[dict[str, Any]]:
    text = (made.folder / exports.FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def said(made: Release) -> list[dict[str, Any]]:
    """Return the quotations that count as said, in the order of the exports."""
    with duckdb.connect(str(made.folder / "onrecord.duckdb"), read_only=True) as connection:
        return list(fetched(connection, "FROM who_said_what ORDER BY quote_id"))


def test_every_file_is_written_and_named_on_the_card(made: Release) -> None:
    assert {path.name for path in (made.folder / exports.FOLDER).iterdir()} == exports.FILES.keys()
    card = (made.folder / "README.md").read_text(encoding="utf-8")
    assert [name for name in exports.FILES if f"`exports/{name}`" not in card] == []


def test_the_csv_has_the_rows_of_who_said_what(made: Release) -> None:
    path = made.folder / exports.FOLDER / csv_file.FILE
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    read = pl.read_csv(path, infer_schema=False)
    assert tuple(read.columns) == csv_file.COLUMNS
    for name in ("quote_id", "text", "speaker_name"):
        assert read[name].to_list() == [row[name] for row in said(made)]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        (" \n@SUM(A1)", "' \n@SUM(A1)"),
        ("+49 30", "'+49 30"),
        ("-5 degrees", "'-5 degrees"),
        ("\tcmd", "'\tcmd"),
        ("a = b", "a = b"),
        (0.5, 0.5),
        (None, None),
    ],
)
def test_a_formula_is_made_harmless(value: object, shown: object) -> None:
    assert cell(value) == shown


def test_a_line_break_or_a_quotation_mark_stays_in_its_cell(tmp_path: Path) -> None:
    text = 'We said: "no",\nand left.'
    article = factory.ARTICLES[0]
    article = replace(article, document={**article.document, "title": text})
    made = release(judged_store(tmp_path, factory.rows((article, *factory.ARTICLES[1:]))), Terms("all"))
    with (made.folder / exports.FOLDER / csv_file.FILE).open(encoding="utf-8-sig", newline="") as file:
        titles = {row["title"] for row in csv.DictReader(file)}
    assert text in titles


def test_quotations_are_linked_data_of_schema_org(made: Release) -> None:
    rows, known = lines(made, json_ld.QUOTATIONS_FILE), said(made)
    assert [row["@id"] for row in rows] == [f"urn:onrecord:quote:{quote['quote_id']}" for quote in known]
    for row, quote in zip(rows, known, strict=True):
        (node,) = jsonld.expand(row, {"documentLoader": loaded})
        assert node["@type"] == ["http://schema.org/Quotation"]
        assert node["http://schema.org/text"] == [{"@value": quote["text"]}]
        (article,) = node["http://schema.org/isPartOf"]
        assert article["@id"] == f"urn:onrecord:document:{quote['document_id']}"
        speaker = node.get("http://schema.org/spokenByCharacter")
        assert (speaker is None) == (quote["speaker_name"] is None and quote["speaker"] is None)


def test_annotations_point_to_the_characters_of_the_article(made: Release) -> None:
    documents = pl.read_parquet(made.folder / "documents.parquet")
    texts = dict(documents.select("document_id", "text").iter_rows())
    rows = lines(made, json_ld.ANNOTATIONS)
    assert len(rows) == len(said(made))
    for row, quote in zip(rows, said(made), strict=True):
        (node,) = jsonld.expand(row, {"documentLoader": loaded})
        assert node["http://www.w3.org/ns/oa#hasBody"] == [{"@id": f"urn:onrecord:quote:{quote['quote_id']}"}]
        position, words = row["target"]["selector"]
        text = texts[quote["document_id"]]
        assert text[position["start"] : position["end"]] == words["exact"]
        begin = position["start"] - len(words.get("prefix", ""))
        assert text[begin : position["start"]] == words.get("prefix", "")
        assert text[position["end"] :].startswith(words.get("suffix", ""))


def test_words_around_a_quotation_are_withheld_with_the_article(tmp_path: Path) -> None:
    made = release(judged_store(tmp_path), Terms("none"))
    selectors = [s for row in lines(made, json_ld.ANNOTATIONS) for s in row["target"]["selector"]]
    assert [s for s in selectors if {"prefix", "suffix"} & s.keys()] == []
    assert [s for s in selectors if s["type"] == "TextPositionSelector"]


def test_entities_are_valid_in_follow_the_money(made: Release) -> None:
    rows = lines(made, follow_the_money.FILE)
    assert {row["schema"] for row in rows} >= {"Person", "Article", "Documentation"}
    known = {row["id"] for row in rows}
    assert len(known) == len(rows)
    for row in rows:
        proxy = model.get_proxy(row, cleaned=False)
        assert proxy.schema is not None
        proxy.schema.validate(row)
        kept = {name: sorted(proxy.get(name)) for name in row["properties"]}
        assert all(kept.values()), f"{row['id']}: a value was dropped as invalid: {kept}"
        if row["schema"] == "Documentation":
            (document,), (entity,) = row["properties"]["document"], row["properties"]["entity"]
            assert {document, entity} <= known


@pytest.mark.parametrize(
    ("earliest", "latest", "shown"),
    [
        (None, None, None),
        ("2026-03-01", "2026-03-01", "2026-03-01"),
        ("2026-03-01", "2026-03-04", "2026-03-01/2026-03-04"),
        (None, "2026-03-04", "../2026-03-04"),
        ("2026-03-01", None, "2026-03-01/.."),
    ],
)
def test_a_said_day_is_an_interval_of_iso_8601(earliest: str | None, latest: str | None, shown: str | None) -> None:
    days = [None if day is None else date.fromisoformat(day) for day in (earliest, latest)]
    assert json_ld.interval(*days) == shown
