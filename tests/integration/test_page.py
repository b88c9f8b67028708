"""The page: escaped, without requests to other hosts, and with a search that finds what the files hold."""

from __future__ import annotations

import base64
import contextlib
import functools
import gzip
import hashlib
import html
import http.server
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from pipeline.contract import PUBLISHED
from tests.integration.test_descriptions import HOSTILE
from tests.integration.test_exports import loaded
from tests.integration.test_release import judged_store, read, release
from tests.support import factory
from warehouse.release import figures, parquet, versions
from warehouse.release.formats import citation, exports
from warehouse.release.publish import Release
from warehouse.release.rights import Terms
from warehouse.release.site import charts, conflicts, days, head, profiles, quotations, search, stems
from warehouse.release.site.differences import compared
from warehouse.release.site.templates import render
from warehouse.release.statement_filter import is_statement_sql


class Tags(HTMLParser):
    """Every element with its attributes, and all text outside script and style."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] not in ("script", "style"):
            self.text.append(data)


def parsed(made: Release, name: str = "index.html") -> Tags:
    tags = Tags()
    tags.feed((made.folder / name).read_text(encoding="utf-8"))
    return tags


def pages(made: Release, folder: str) -> list[str]:
    found = [f"{folder}/{path.name}" for path in sorted((made.folder / folder).iterdir())]
    assert found
    return found


PAGES = ("index.html", "dictionary.html", "README.html", "CHANGES.html", "ATTRIBUTION.html", "speakers/0.html",
         "statements/0.html")  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return release(judged_store(tmp_path_factory.mktemp("page")))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Release:
    rows = factory.rows()
    for number, row in enumerate(rows["documents"]):
        row["title"], row["publisher"] = HOSTILE[number], f"{HOSTILE[number + 1]} {HOSTILE[number + 3]}"
        row["url"], row["licence"] = "javascript:alert(1)", "<script>alert(1)</script>"
        row["source"] = f"'\"><script>alert({number})</script>"
    for row, words in zip(rows["entities"], HOSTILE, strict=False):
        row["name"] = words
    for row in rows["quotes"]:
        row["text"] = row["speaker"] = row["cue"] = row["venue"] = "</script><script>document.title='owned'</script>"
    for row in rows["statements"]:
        row["text"] = "</script><script>document.title='owned'</script>"
    return release(judged_store(tmp_path_factory.mktemp("hostile"), rows), Terms("all"))


# --- the page


def test_words_of_articles_add_no_element(made: Release, hostile: Release) -> None:
    assert {tag for tag, _ in parsed(hostile).found} <= {tag for tag, _ in parsed(made).found} | {"em"}
    for folder in (profiles.SPEAKERS, profiles.STATEMENTS, conflicts.FOLDER, quotations.FOLDER):
        plain, others = (
            {tag for path in pages(which, folder) for tag, _ in parsed(which, path).found} for which in (made, hostile)
        )
        assert others <= plain | {"em", "del"}
    assert {tag for tag, _ in parsed(hostile, "dictionary.html").found} <= {tag for tag, _ in parsed(made).found}
    page = parsed(hostile)
    # The data block that describes the dataset, and the page's own script.
    assert [a.get("type") for tag, a in page.found if tag == "script"] == ["application/ld+json", None]
    assert not [name for _, attributes in page.found for name in attributes if name.startswith("on")]
    # They are there, as text.
    assert "<script>document.title='owned'</script>" in "".join(page.text)
    assert not set("\u202e\x00\x1b") & set("".join(page.text))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("which", ["made", "hostile"])
def test_the_pages_refer_only_to_files_of_their_release(which: str, name: str, request: pytest.FixtureRequest) -> None:
    release_ = request.getfixturevalue(which)
    present = {*versions.contents(release_.folder), versions.SUMS}
    page = parsed(release_, name)

    @functools.cache
    def places(target: str) -> set[str | None]:
        return {others.get("id") for _, others in parsed(release_, target).found}

    for tag, attributes in page.found:
        for key in ("href", "src", "action", "data", "poster", "srcset", "xlink:href"):
            value = attributes.get(key)
            if value is None or value == "data:,":
                continue
            if tag == "a" and value.startswith("https://") and attributes.get("rel", "").startswith("noopener"):
                continue
            file, _, place = value.partition("#")
            path = (release_.folder / name).parent.joinpath(file or Path(name).name).resolve()
            target = path.relative_to(release_.folder.resolve()).as_posix()
            assert target in present, (tag, value)
            if re.fullmatch(r"(speaker|outlet|e|p|q|speaker_id|statement_id|conflict_id)=[\w%/~.-]+", place):
                assert target == "index.html", value
            elif place:
                assert place in places(target), value


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_allows_this_script_and_style_and_nothing_else(made: Release, name: str) -> None:
    text = (made.folder / name).read_text(encoding="utf-8")
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])  # type: ignore[index]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        found = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert len(found) == (directive in policy)
        for content in found:
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{directive} 'sha256-{digest}';" in policy
    assert not [a for _, a in parsed(made, name).found if "style" in a]


def test_the_page_shows_every_file_with_its_checksum_and_every_column(made: Release) -> None:
    text = (made.folder / "index.html").read_text(encoding="utf-8")
    dictionary = (made.folder / "dictionary.html").read_text(encoding="utf-8")
    for path in made.folder.iterdir():
        if path.is_file() and path.name not in ("index.html", versions.SUMS):
            assert f'<a href="{path.name}" download>' in text
            # release.json holds the digest of the page, and so the page cannot have its digest.
            assert (versions.sha256(path) in text) == (path.name != versions.RECORD)
    for name in exports.FILES:
        path = made.folder / exports.FOLDER / name
        assert f'<a href="exports/{name}" download>' in text and versions.sha256(path) in text
    for table in PUBLISHED:
        name = f"{table.name}.parquet"
        assert f'<a href="{name}" download>{name}</a>' in text
        assert f'<section id="{table.name}">' in dictionary
        for column in table.published:
            assert f"<code>{column.name}</code>" in text
            assert f'id="{table.name}.{column.name}"' in dictionary


def test_the_page_counts_texts_and_licences(made: Release) -> None:
    text = "".join(parsed(made).text)
    documents = read(made, "documents")
    shown = documents["text"].drop_nulls().len()
    assert shown < documents.height
    assert f"The text of {shown} of {documents.height} articles is in this release." in text
    without = documents["licence"].null_count()
    assert without and f"{without} without a known licence" in text


def test_conflicts_have_a_section_with_both_days(made: Release) -> None:
    page = (made.folder / "index.html").read_text(encoding="utf-8")
    (section,) = re.findall(r'<section id="conflicts">.*?</section>', page, re.DOTALL)
    (row,) = read(made, "date_conflicts").to_dicts()
    for side in ("first", "second"):
        assert f"<dt>{days.between(row[f'{side}_earliest'], row[f'{side}_latest'])}</dt>" in section
    assert all(words in section for words in ("Return", "Ana Lume", "“Friday”", "“14 March 2026”"))
    assert '<a href="#conflicts">' in page


def test_a_conflict_has_a_permalink_and_a_citation(made: Release) -> None:
    page = page_of(made)
    (address,) = set(re.findall(r'href="(conflicts/[^"]+)"', page))
    file, _, name = address.partition("#")
    (row,) = read(made, "date_conflicts").to_dicts()
    # The id depends only on what the conflict is between, so that it stays from release to release.
    assert name == hashlib.sha256(f"{row['first_id']} {row['second_id']}".encode()).hexdigest()[:16]
    text = (made.folder / file).read_text(encoding="utf-8")
    assert f'<section class="profile" id="{name}">' in text
    assert f"../index.html#conflict_id={name}" in text and f"Cite as: conflict {name}" in text


def test_every_quotation_has_an_entry_that_needs_no_search(made: Release) -> None:
    quotes = all_quotes(made.folder)
    pages = sorted((made.folder / "quotations").iterdir())
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    for quote in quotes:
        assert f'id="{quote["quote_id"]}"' in text
        assert f"../index.html#q={quote['quote_id']}" in text
    assert text.count("A quotation whose words are withheld") == sum(quote["text"] is None for quote in quotes) > 0


def test_the_entry_of_a_quotation_says_by_which_words_its_day_is_known(made: Release) -> None:
    dated = read(made, "quotes").join(read(made, "dates"), left_on="said_date_id", right_on="date_id", suffix="_dates")
    text = "\n".join(page.read_text(encoding="utf-8") for page in (made.folder / "quotations").iterdir())
    assert dated.height
    for row in dated.iter_rows(named=True):
        (entry,) = re.findall(f'id="{row["quote_id"]}">.*?</section>', text, re.DOTALL)
        assert f"“{html.escape(row['text_dates'])}” in this article" in entry
    for row in read(made, "date_bounds").filter(pl.col("target") == "said").iter_rows(named=True):
        (entry,) = re.findall(f'id="{row["target_id"]}">.*?</section>', text, re.DOTALL)
        assert "“Friday” in Delta News" in entry and "which reports the same utterance" in entry


def test_withheld_words_are_in_no_entry(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    words = store.read("SELECT text FROM stored.quotes WHERE kind = 'indirect'")["text"].to_list()
    made = release(store, Terms("none"))
    text = "".join(p.read_text(encoding="utf-8") for p in (made.folder / "quotations").iterdir())
    assert words and not [one for one in words if html.escape(one) in text]


def test_large_releases_have_no_entries_of_single_quotations(made: Release, tmp_path: Path) -> None:
    with attached(made) as connection:
        assert quotations.write(connection, tmp_path, "", "", profiles.Pages(1, 1), most=1) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_view_of_conflicts_withholds_what_the_release_does(made: Release) -> None:
    with duckdb.connect(made.folder / "onrecord.duckdb", read_only=True) as connection:
        found = connection.execute("FROM dates_in_conflict")
        names = [column[0] for column in found.description or ()]
        (row,) = found.fetchall()
    known = dict(zip(names, row, strict=True))
    assert (known["first_text"], known["second_text"], known["entities"]) == ("Friday", "14 March 2026", ["Ana Lume"])
    # Neither article has an open licence.
    assert known["first_sentence"] is None and known["second_sentence"] is None


def test_without_a_conflict_there_is_no_section(tmp_path: Path) -> None:
    rows = factory.rows()
    rows["date_conflicts"] = []
    page = (release(judged_store(tmp_path, rows)).folder / "index.html").read_text(encoding="utf-8")
    assert "conflicts" not in re.findall(r'id="([a-z]+)"', page) and "#conflicts" not in page


def test_every_field_has_a_label_and_the_page_is_small(made: Release) -> None:
    page = parsed(made)
    labels = {attributes.get("for") for tag, attributes in page.found if tag == "label"}
    fields = {a.get("id") for tag, a in page.found if tag in ("input", "select") and a.get("type") != "hidden"}
    assert fields
    assert fields <= labels
    assert ("html", {"lang": "en"}) in page.found
    assert (made.folder / "index.html").stat().st_size < 300_000


def test_the_figures_are_those_of_the_files(made: Release) -> None:
    text = "".join(parsed(made).text)
    said = read(made, "quotes").filter(
        pl.col("class") == "statement", (pl.col("kind") != "indirect") | (pl.col("confidence") >= 0.6)
    )
    assert f"quotations said or written{said.height}" in text
    assert "Ana Lume" in text


# --- the head, the figures and the pages of speakers and statements


def with_speaker(rows: factory.Rows, **changes: Any) -> str:
    """Change Ana Lume's entity. Return its id."""
    speaker = next(row for row in rows["entities"] if row["name"] == "Ana Lume")
    speaker |= changes
    return str(speaker["entity_id"])


def test_the_page_says_which_corpus_and_whose(made: Release, tmp_path: Path) -> None:
    text = "".join(parsed(made).text)
    assert "Who said what in Delta News" in text
    assert "issued by" not in text
    owned = release(judged_store(tmp_path), Terms(issuer="The Harbour <Archive>"))
    page = (owned.folder / "index.html").read_text(encoding="utf-8")
    assert "issued by The Harbour &lt;Archive&gt;" in page
    assert f"<title>Who said what in Delta News · onrecord {owned.version}</title>" in page


@pytest.mark.parametrize(
    ("outlets", "expected"),
    [
        ([], "84 news articles"),
        (["A"], "A"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D"], "A, B and 2 other outlets"),
        (["A", None, "B"], "A and B"),
    ],
)
def test_the_heading_names_outlets(made: Release, outlets: list[str | None], expected: str) -> None:
    with attached(made) as connection:
        counted = figures.figures(connection)
    known = [name for name in outlets if name]
    changed = replace(counted, articles=84, top_outlets=[(name, 1) for name in outlets], outlets=len(known))
    record = versions.record(made.folder)
    assert citation.title_of(record, changed) == f"Who said what in {expected}"
    named = replace(record, terms={**record.terms, "title": "The harbour\tpapers"})
    assert citation.title_of(named, changed) == "The harbour papers"


def test_the_dataset_is_described_in_its_page(made: Release) -> None:
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page_of(made), re.DOTALL)
    (node,) = jsonld.expand(json.loads(block), {"documentLoader": loaded, "base": "https://data.example/r/"})
    schema = "http://schema.org/"
    assert node["@type"] == [schema + "Dataset"]
    files = {d[schema + "contentUrl"][0]["@id"]: d for d in node[schema + "distribution"]}
    for table in versions.record(made.folder).files:
        content = (made.folder / f"{table}.parquet").read_bytes()
        told = files[f"https://data.example/r/{table}.parquet"]
        assert told[schema + "sha256"] == [{"@value": hashlib.sha256(content).hexdigest()}]
    assert "https://data.example/r/changes.parquet" in files


def test_a_title_that_is_hostile_stays_words(tmp_path: Path) -> None:
    title = '</script><script>alert(1)</script> & <!-- "x": [y](javascript:1)'
    made = release(judged_store(tmp_path), Terms(title=title, issuer="</SCRIPT>"))
    text = page_of(made)
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert json.loads(block)["name"] == title and json.loads(block)["publisher"]["name"] == "</SCRIPT>"
    assert "<script>alert" not in text and "<!--" not in text
    assert text.count("</script>") == 2
    card = (made.folder / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(card.split("---\n")[1])
    assert front["pretty_name"] == "script script alert(1) script & -- x y (javascript 1)"
    assert "[y](javascript" not in card.split("---\n")[2]
    for name, field in (("datapackage.json", "title"), ("croissant.json", "name")):
        assert json.loads((made.folder / name).read_text(encoding="utf-8"))[field] == title
    assert title in yaml.safe_load((made.folder / "CITATION.cff").read_text(encoding="utf-8"))["title"]


def page_of(made: Release) -> str:
    return (made.folder / "index.html").read_text(encoding="utf-8")


def test_days_and_bounds_are_counted_apart_and_as_the_check_counts(tmp_path: Path) -> None:
    rows = factory.rows()
    first, second, third = rows["documents"][:3]
    nothing = dict.fromkeys(("published_on", "published_earliest", "published_latest", "published_text"))
    nothing |= dict.fromkeys(("raw_published_start", "raw_published_end"))
    first |= nothing | {"published_basis": "unknown"}
    second |= nothing | {"published_basis": "inferred", "published_earliest": date(1939, 1, 1)}
    with attached(release(judged_store(tmp_path, rows))) as connection:
        counted = figures.figures(connection)
    assert (counted.undated, counted.unbounded, counted.not_before, counted.not_after) == (2, 1, 1, 0)
    assert counted.first == counted.last == third["published_on"]
    lines = dict(figures.published(counted))
    assert "1939" not in lines["published, where the day is known"]
    assert lines["of these with a first possible day"] == "1 (from 1939-01-01 on)"
    assert lines["of these with neither"] == "1"
    assert not [value for value in lines.values() if "?" in value]


@pytest.mark.parametrize(
    ("basis", "published", "expected"),
    [
        ("stated", None, "12 March 2026, {}"),
        ("story", None, "likely 12 March 2026, {}"),
        ("publication", None, "12 March 2026, {}"),
        ("publication", "latest", "likely 12 March 2026, {}"),
        ("corpus", "latest", "12 March 2026, {}; here “on Thursday”"),
        ("unknown", None, "Day not known"),
    ],
)
def test_likely_days_are_marked_and_an_article_keeps_its_own(basis: str, published: str | None, expected: str) -> None:
    quote = dict.fromkeys(("said_earliest", "said_latest"), date(2026, 3, 12))
    row = {**quote, "said_basis": basis, "published_likely": published, "said_words": "on Thursday"}
    assert days.said(row) == expected.format(days.SAID_BY.get(basis))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 3, 12), date(2026, 3, 12), "published 12 March 2026"),
        (date(2026, 3, 10), date(2026, 3, 16), "published between 10 March 2026 and 16 March 2026"),
        (None, date(2026, 3, 16), "published 16 March 2026 or earlier"),
        (None, None, "day of publication not known"),
    ],
)
def test_days_of_publication_say_that_they_are(first: date | None, last: date | None, expected: str) -> None:
    assert days.published_between(first, last, None) == expected


def test_striking_quotations_are_direct_sure_and_readable(made: Release) -> None:
    columns = "quote_id VARCHAR, text VARCHAR, kind VARCHAR, class VARCHAR, confidence DOUBLE, part_of VARCHAR"
    words = "The harbour stays open for every ship of the coast,"
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE documents AS SELECT 'd' || i AS document_id, 'Outlet ' || i AS publisher, 'Title' AS title, "
            "i || '.txt' AS source, NULL::DATE AS published_earliest, DATE '2026-03-14' AS published_latest, "
            "NULL AS duplicate_of, "
            "['not after 2026-03-14 (likely: season): this spring'] AS published_evidence "
            "FROM range(9) AS t(i)"
        )
        connection.execute(
            "CREATE TABLE entities AS SELECT 'e' || i AS entity_id, 'Speaker ' || i AS name, []::VARCHAR[] AS roles, "
            "if(i = 8, 'ORG', 'PERSON') AS label FROM range(9) AS t(i)"
        )
        connection.execute(
            f"CREATE TABLE quotes ({columns}, document_id VARCHAR, speaker_entity_id VARCHAR, statement_id VARCHAR)"
        )
        connection.execute("ALTER TABLE quotes ADD COLUMN speaker_role VARCHAR")
        rows = [
            ("sure", words, "direct", "statement", 0.95, None, "d1", "e1", "s1"),
            ("again", words, "direct", "statement", 0.95, None, "d2", "e1", "s1"),
            ("alone", words, "direct", "statement", 0.99, None, "d3", "e2", "s2"),
            ("withheld", None, "direct", "statement", 0.95, None, "d3", "e3", None),
            ("reported", words, "indirect", "statement", 0.95, None, "d3", "e4", None),
            ("unsure", words, "direct", "statement", 0.8, None, "d3", "e5", None),
            ("short", "We open.", "direct", "statement", 0.95, None, "d3", "e6", None),
            ("middle", words.lower(), "direct", "statement", 0.95, None, "d3", "e7", None),
            ("company", words, "direct", "statement", 0.95, None, "d3", "e8", None),
        ]
        connection.executemany("INSERT INTO quotes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", rows)
        shown = head.featured_quotes(connection)
    # Quotations of several outlets come first, one per speaker; the comma behind the words is the article's.
    assert [(one.quote_id, one.others) for one in shown] == [("again", "Outlet 1"), ("alone", "")]
    assert shown[0].text == words.removesuffix(",")
    assert shown[0].published == "published likely 14 March 2026 or earlier"


def test_a_speaker_has_a_page_with_names_roles_days_and_outlets(tmp_path: Path) -> None:
    rows = factory.rows()
    day = date(2026, 3, 14)
    roles = {"roles": ["mayor"], "roles_mentions": [2], "roles_first": [day], "roles_last": [day]}
    who = with_speaker(rows, aliases=["A. L. <b>", "Ana"], aliases_mentions=[3, 1], **roles)
    made = release(judged_store(tmp_path, rows))
    assert f'href="speakers/0.html#{who}"' in (made.folder / "index.html").read_text(encoding="utf-8")
    page = parsed(made, "speakers/0.html")
    assert who in {attributes.get("id") for _, attributes in page.found}
    text = "".join(page.text)
    assert "Also called A. L. <b> (3), Ana (1)." in text
    assert "mayor" in text
    assert "13 March 2026, stated in the article" in text
    assert "Delta News" in text
    assert "(words withheld" in text
    theirs = [q["quote_id"] for q in all_quotes(made.folder) if q["speaker_entity_id"] == who]
    assert {f"q-{quote_id}" for quote_id in theirs} <= {attributes.get("id") for _, attributes in page.found}


def test_a_statement_has_a_page_with_its_reports_first_to_last(made: Release) -> None:
    reports = read(made, "quotes").group_by("statement_id").len().filter(pl.col("len") > 1).drop_nulls()
    assert reports.height
    page = parsed(made, "statements/0.html")
    assert set(reports["statement_id"]) <= {attributes.get("id") for _, attributes in page.found}
    theirs = read(made, "quotes").filter(pl.col("statement_id").is_in(reports["statement_id"].to_list()))
    assert {f"q-{name}" for name in theirs["quote_id"]} <= {attributes.get("id") for _, attributes in page.found}


@pytest.mark.parametrize(
    ("first", "other", "expected"),
    [
        ("We open again", "We open again,", [("same", "We open again,")]),
        ("We open again", "We may open", [("same", "We"), ("more", "may"), ("same", "open"), ("less", "again")]),
        ("We open again", "Nothing like it at all", [("same", "Nothing like it at all")]),
        ("a " * 200, "a", [("same", "a")]),
    ],
)
def test_differences_of_wordings_are_marked(first: str, other: str, expected: list[tuple[str, str]]) -> None:
    assert compared(first, other) == expected


def test_the_card_and_the_changes_are_pages_without_markdown(made: Release) -> None:
    for name in ("README.html", "CHANGES.html"):
        text = "".join(parsed(made, name).text)
        assert not re.search(r"\]\(|^\| |^---$|^## ", text, re.MULTILINE), name
    links = {a.get("href") for tag, a in parsed(made).found if tag == "a" and "download" not in a}
    assert not [link for link in links if link and link.endswith(".md")]


def test_templates_escape_what_they_are_given() -> None:
    nasty = "<img src=x onerror=alert(1)>\u202e'\""
    nobody = {"entity_id": "0" * 16, "label": nasty, "country": nasty, "wikidata": None, "quotes": 0, "articles": 0}
    nobody |= {"outlets": 0, "aliases": [(nasty, 1)], "roles": [(nasty, 1, None, None)], "reporters": [(nasty, 1)]}
    text = render(
        "speakers.html", heading=nasty, citation=nasty, people=[{**nobody, "name": nasty, "said": [], "days": []}]
    )
    assert "<img" not in text
    assert "\u202e" not in text


def test_words_of_a_statement_stay_apart() -> None:
    report = dict.fromkeys(("publisher", "title", "duplicate_of", "speaker", "cue", "url"))
    report |= {"quote_id": "q", "kind": "direct", "confidence": 0.95, "source": "a.txt", "published": "14 March 2026"}
    report |= {"parts": compared("We open again", "We may open"), "said": "Day not known"}
    statement = {
        "statement_id": "0" * 16,
        "text": "We open again",
        "direct": False,
        "speaker": None,
        "entity_id": None,
        "articles": 1,
        "outlets": 0,
        "left_out": 0,
        "alike": False,
    }
    statement |= {"reports": [report], "marked": True}
    text = render("statements.html", heading="", citation="", statements=[statement])
    assert "“We <ins>may</ins> open <del>again</del>”" in text
    # The fullest wording is not in quotation marks in any article.
    assert "<h2>We open again</h2>" in text
    same = {**statement, "direct": True, "marked": False, "alike": True}
    text = render("statements.html", heading="", citation="", statements=[same])
    assert "<h2>“We open again”</h2>" in text and "All have the same words." in text


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("A", 3), ("B", 1)], ("A is", 3)),
        ([("A", 2), ("B", 2)], ("A and B are each", 2)),
        ([("A", 2), ("B", 2), ("C", 2)], ("A and 2 others are each", 2)),
    ],
)
def test_titles_of_charts_name_who_comes_first(rows: list[tuple[str, int]], expected: tuple[str, int]) -> None:
    assert charts.most(rows) == expected


@pytest.mark.parametrize(
    ("stretch", "words"),
    [("2020-12-29", "29 December 2020"), ("2020-01", "January 2020"), ("2020", "2020"), ("1990s", "1990s")],
)
def test_titles_of_charts_write_days_out(stretch: str, words: str) -> None:
    assert charts.in_words(stretch) == words


def test_the_highest_column_has_its_label() -> None:
    rows = [(str(year), 0) for year in range(1990, 2021)]
    rows[18] = ("2008", 9)
    shown = charts.labelled(rows)
    assert "2008" in shown
    assert len(shown) < 8
    assert charts.labelled(rows[15:20]) == [name for name, _ in rows[15:20]]


# --- the search's files


def unpacked(folder: Path, name: str) -> Any:
    return json.loads(gzip.decompress((folder / "search" / f"{name}.json.gz").read_bytes()))


def found(folder: Path, index: search.Index, term: str) -> tuple[int, list[int]]:
    """Return a term's total and positions, as the page reads them."""
    entry = unpacked(folder, f"words-{search.hashed(term) % index.buckets}").get(term, [0])
    places, at = [], 0
    for step in entry[1:]:
        at += step
        places.append(at)
    return entry[0], places


@contextlib.contextmanager
def attached(made: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        parquet.attach(connection, made.folder, versions.record(made.folder).files)
        yield connection


def all_quotes(folder: Path) -> list[dict[str, str | None]]:
    many = len(list((folder / "search").glob("quotes-*.json.gz")))
    return [dict(zip(search.FIELDS, row, strict=True)) for n in range(many) for row in unpacked(folder, f"quotes-{n}")]


@pytest.mark.parametrize(
    ("shard", "chunk", "bucket"), [(1, 1, 50), (3, 2, 200), (4, 100, 1), (8, 3, 10**6), (100, 7, 90)]
)
def test_the_index_leads_to_every_quotation_that_has_the_word(
    made: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shard: int, chunk: int, bucket: int
) -> None:
    monkeypatch.setattr(search, "CHUNK", chunk)
    monkeypatch.setattr(search, "BUCKET_BYTES", bucket)
    with attached(made) as connection:
        index = search.write(connection, tmp_path, shard=shard)
    quotes = all_quotes(tmp_path)
    released = read(made, "quotes").filter(
        pl.col("class") == "statement", (pl.col("kind") != "indirect") | (pl.col("confidence") >= 0.6)
    )
    assert {q["quote_id"] for q in quotes} == set(released["quote_id"].to_list())
    assert index.quotes == len(quotes)
    assert len(list((tmp_path / "search").glob("quotes-*.json.gz"))) == -(-len(quotes) // shard)
    terms = {(kind, word) for kind in "wso" for word in ("open", "ana", "delta", "harbour", "absent")}
    columns = {"w": "text", "s": "speaker_name", "o": "publisher"}
    for kind, word in sorted(terms):
        expected = [i for i, quote in enumerate(quotes) if word in stems.words(quote[columns[kind]])]
        assert found(tmp_path, index, f"{kind}:{word}") == (len(expected), expected)
    for i, quote in enumerate(quotes):
        assert found(tmp_path, index, f"q:{quote['quote_id']}") == (1, [i])
        if quote["publisher"]:
            assert i in found(tmp_path, index, f"p:{quote['publisher']}")[1]


def test_a_common_word_keeps_its_newest_quotations_and_its_count(made: Release, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    with attached(made) as connection:
        index = search.write(connection, tmp_path, most=2)
        whole = search.write(connection, tmp_path / "whole")
    total, places = found(tmp_path, index, "s:ana")
    assert total > 2
    assert places == found(tmp_path / "whole", whole, "s:ana")[1][:2]


def test_aliases_find_a_speaker_and_descriptions_do_not(tmp_path: Path) -> None:
    rows = factory.rows()
    who = with_speaker(rows, aliases=["A. Portmaster"], aliases_mentions=[1])
    folder = release(judged_store(tmp_path, rows)).folder
    quotes = all_quotes(folder)
    theirs = [i for i, quote in enumerate(quotes) if quote["speaker_entity_id"] == who]
    index = indexed(folder)
    assert theirs
    assert found(folder, index, "s:portmaster")[1] == theirs
    # Ana Lume is "harbour master Ana Lume" in the text.
    assert found(folder, index, "s:master") == (0, [])
    assert found(folder, index, f"e:{who}") == (len(theirs), theirs)


def indexed(folder: Path) -> search.Index:
    """Return the index as the page reads it."""
    form = re.search(r'<form id="search"[^>]*>', (folder / "index.html").read_text(encoding="utf-8"))
    assert form
    numbers = dict(re.findall(r'data-(\w+)="(\d+)"', form[0]))
    return search.Index(*(int(numbers[name]) for name in ("quotes", "readable", "shard", "buckets", "most")))


def test_readable_quotations_come_first_and_the_others_are_counted(made: Release) -> None:
    quotes = all_quotes(made.folder)
    readable = indexed(made.folder).readable
    assert 0 < readable < len(quotes)
    assert [quote["text"] is not None for quote in quotes] == [True] * readable + [False] * (len(quotes) - readable)


def test_facets_are_those_of_the_quotations(made: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "KINDS", 3)
    monkeypatch.setattr(search, "NAMES", 2)
    with attached(made) as connection:
        search.write(connection, tmp_path)
    quotes = all_quotes(tmp_path)
    files = range(len(list((tmp_path / "search").glob("kinds-*.json.gz"))))
    letters = "".join(unpacked(tmp_path, f"kinds-{n}") for n in files)
    assert letters == "".join(search.confidence_grade(str(q["kind"]), float(q["confidence"] or 0)) for q in quotes)
    for i, quote in enumerate(quotes):
        block = unpacked(tmp_path, f"names-{i // 2}")
        who, outlet = block["speaker"][i % 2], block["outlet"][i % 2]
        entity = (quote["speaker_entity_id"], quote["speaker_name"])
        assert (tuple(block["speakers"][who]) if who >= 0 else (None, None)) == entity
        assert (block["outlets"][outlet] if outlet >= 0 else None) == quote["publisher"]


def test_the_sentence_stands_around_the_words(made: Release) -> None:
    shown = {(q["text"], q["before"], q["after"]) for q in all_quotes(made.folder)}
    assert [(b, a) for text, b, a in shown if text and text.startswith("The vote")] == [(None, ", officials said.")]
    withheld = {q["quote_id"] for q in all_quotes(made.folder) if q["before"] is None and q["after"] is None}
    closed = read(made, "sentences").filter(pl.col("text").is_null())["sentence_id"].to_list()
    assert withheld >= set(read(made, "quotes").filter(pl.col("sentence_id").is_in(closed))["quote_id"].to_list())


def quoted(**changes: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(search.FIELDS)
    return {**nothing, "text": "said", "sentence": "x “said” y", "first": 3, "last": 7, **changes}


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        (quoted(), ("said", "x “", "” y")),
        (quoted(sentence=None), ("said", None, None)),
        (quoted(text=None), (None, None, None)),
        # Words that continue into the next sentence, and words that are not at their span.
        (quoted(text="said” y. And more", last=20), ("said” y. And more", "x “", None)),
        (quoted(first=4, last=8), ("said", None, None)),
        (
            quoted(sentence="a" * 300 + "said" + "b" * 300, first=300, last=304),
            ("said", "…" + "a" * 240, "b" * 240 + "…"),
        ),
        (quoted(text="c" * 1200, sentence="“" + "c" * 1200 + "” y", first=1, last=1201), ("c" * 1000 + "…", "“", None)),
    ],
)
def test_what_stands_around_is_cut_to_its_length(quote: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    shown = dict(zip(search.FIELDS, search._shown(quote), strict=True))
    assert (shown["text"], shown["before"], shown["after"]) == expected


def test_days_are_in_order_newest_first_and_undated_last(made: Release) -> None:
    days, readable = unpacked(made.folder, "days"), indexed(made.folder).readable
    assert [at for _, at in days] == sorted({at for _, at in days})
    assert readable in [at for _, at in days]
    for half in ([d for d, at in days if at < readable], [d for d, at in days if at >= readable]):
        named = [day for day in half if day is not None]
        assert half == [*sorted(named, reverse=True), *([None] if None in half else [])]


def test_attitudes_are_not_found(made: Release) -> None:
    assert "a long night" not in {q["text"] for q in all_quotes(made.folder)}


@pytest.mark.parametrize(
    ("kind", "what", "confidence", "counts"),
    [
        ("direct", "statement", 0.1, True),
        ("mixed", "statement", 0.2, True),
        ("mixed", "attitude", 0.9, False),
        ("indirect", "statement", 0.6, True),
        ("indirect", "statement", 0.59, False),
        ("indirect", "nominal", 0.9, False),
        ("indirect", "attitude", 0.9, False),
    ],
)
def test_what_counts_as_said(kind: str, what: str, confidence: float, counts: bool) -> None:
    row = "SELECT $1 AS kind, $2 AS class, $3 AS confidence"
    with duckdb.connect() as connection:
        found = connection.execute(f"FROM ({row}) AS q WHERE {is_statement_sql('q')}", [kind, what, confidence])
        assert bool(found.fetchall()) is counts


@given(st.text())
def test_words_have_no_case_and_no_marks(text: str) -> None:
    for word in stems.words(text):
        assert word == word.lower()
        assert re.fullmatch(r"[^\W_]+", word)


SAMPLES = (
    *("Café déjà-vu", "We open AGAIN", "it’s 3.5 %", "İstanbul", "Москва́ — Ёлка", "北京市", "عَرَبِيّ", "x_y", "ﬁn"),
    *("Sanctions sanctioned policies agreed says hopping dies hundred used", "pressed falls needed being played"),
    *("a" * 130, "\U0001f6a2 quay", "Ⅷ ½ ²", "ǅ ß ẞ", ""),
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sanction", "sanctions"),
        ("sanction", "sanctioned"),
        ("policy", "policies"),
        ("agree", "agreed"),
        ("make", "making"),
        ("press", "pressed"),
        ("plan", "planning"),
    ],
)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert stems.stem(one) == stems.stem(other)


@pytest.mark.parametrize(("one", "other"), [("king", "k"), ("red", "r"), ("string", "str"), ("boss", "bo")])
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert stems.stem(one) != stems.stem(other)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_page_and_index_cut_and_place_words_alike() -> None:
    """Python and the page's script have the same functions."""
    script = Path(search.__file__).with_name("page.js").read_text(encoding="utf-8")
    names = ("words", "stem", "bucket")
    parts = [re.search(rf"^function {name}\(.*?^}}$", script, re.MULTILINE | re.DOTALL) for name in names]
    code = "const size = {buckets: 97};\n" + "\n".join(part[0] for part in parts if part)
    code += "\nconst s = JSON.parse(require('fs').readFileSync(0));"
    code += "const all = (w) => [w, w.map(stem), w.map((one) => bucket('w:' + one))];"
    code += "console.log(JSON.stringify(s.map((t) => all(words(t)))));"
    answer = subprocess.run(
        ["node", "-e", code], input=json.dumps(SAMPLES), capture_output=True, text=True, check=True, timeout=60
    )
    expected = [
        [w, [stems.stem(one) for one in w], [search.hashed(f"w:{one}") % 97 for one in w]]
        for w in map(stems.words, SAMPLES)
    ]
    assert json.loads(answer.stdout) == expected


# --- in a browser


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return None


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def seen(address: str, profile: Path) -> Tags:
    """Return the page as the browser has it after its script has run."""
    answer = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=8000"),
            *(f"--user-data-dir={profile}", "--dump-dom", address),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    tags = Tags()
    tags.feed(answer.stdout)
    return tags


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"words": "OPEN again"}, 2),
        ({"words": "stay", "speaker": "lume", "outlet": "delta"}, 2),
        ({"words": "stay", "speaker": "nobody"}, 0),
        ({"from": "2026-03-14", "to": "2026-03-14"}, 6),
        ({"from": "2026-03-15"}, 0),
        ({"words": "vote"}, 1),
        ({}, 7),
    ],
)
def test_the_search_finds_in_a_browser(made: Release, tmp_path: Path, asked: dict[str, str], expected: int) -> None:
    with served(made.folder) as address:
        page = seen(f"{address}#{urlencode(asked)}", tmp_path)
    # Without a query: the newest five.
    assert sum("data-quote" in attributes for _, attributes in page.found) == (expected if asked else 5)
    assert ("No quotation found." if expected == 0 else f"{expected} quotation") in "".join(page.text)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ({"words": "stay", "speaker": "nobody"}, "Each field alone finds: words 2, speaker 0."),
        ({"words": "Lume nowhere"}, "“Lume” is in the name of a speaker: enter it under Speaker."),
        ({"words": "nowhere"}, None),
    ],
)
def test_an_empty_search_says_what_to_change(
    made: Release, tmp_path: Path, asked: dict[str, str], hint: str | None
) -> None:
    with served(made.folder) as address:
        text = "".join(seen(f"{address}#{urlencode(asked)}", tmp_path).text)
    (note,) = re.findall(r"No quotation found\.[^\n]*", text)
    assert note.strip().startswith(f"No quotation found. {hint}" if hint else "No quotation found.")
    assert ("alone" in note or "name of a speaker" in note) == bool(hint)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
@pytest.mark.parametrize(("asked", "shown"), [("", 5), ("#from=2026-03-14", 6)])
def test_hostile_words_do_nothing_in_a_browser(hostile: Release, tmp_path: Path, asked: str, shown: int) -> None:
    with served(hostile.folder) as address:
        page = seen(f"{address}{asked}", tmp_path)
    assert sum("data-quote" in attributes for _, attributes in page.found) == shown
    # The page's own script, and the description of the dataset.
    assert [attributes.get("type") for tag, attributes in page.found if tag in ("script", "img", "iframe")] == [
        "application/ld+json",
        None,
    ]
    assert not [a["href"] for tag, a in page.found if tag == "a" and (a.get("href") or "").startswith("javascript")]
    assert "onrecord 2026.11.22" in "".join(page.text)
