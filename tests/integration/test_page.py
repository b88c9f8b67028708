"""The page: escaped, closed to every other host, and a search that finds what the files hold."""

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
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract import PUBLISHED
from tests.integration.test_descriptions import HOSTILE
from tests.integration.test_release import judged_store, read, release
from tests.support import factory
from warehouse.release import parquet, versions
from warehouse.release.publish import Release
from warehouse.release.rights import Terms
from warehouse.release.said import said
from warehouse.release.site import search


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
    assert {tag for tag, _ in parsed(hostile, "dictionary.html").found} <= {tag for tag, _ in parsed(made).found}
    page = parsed(hostile)
    assert sum(tag == "script" for tag, _ in page.found) == 1
    assert not [name for _, attributes in page.found for name in attributes if name.startswith("on")]
    # They are there, as words.
    assert "<script>document.title='owned'</script>" in "".join(page.text)
    assert not set("\u202e\x00\x1b") & set("".join(page.text))


@pytest.mark.parametrize("name", ["index.html", "dictionary.html"])
@pytest.mark.parametrize("which", ["made", "hostile"])
def test_the_pages_refer_only_to_files_of_their_release(which: str, name: str, request: pytest.FixtureRequest) -> None:
    release_ = request.getfixturevalue(which)
    present = {*versions.contents(release_.folder), versions.SUMS}
    page = parsed(release_, name)
    places = {attributes.get("id") for _, attributes in page.found}
    for tag, attributes in page.found:
        for key in ("href", "src", "action", "data", "poster", "srcset", "xlink:href"):
            value = attributes.get(key)
            if value is None or value == "data:,":
                continue
            if value.startswith(("#speaker=", "#outlet=")):
                assert re.fullmatch(r"#\w+=[\w%/~.-]+", value), value
            elif value.startswith("#"):
                assert value[1:] in places, value
            else:
                assert value in present, (tag, value)


@pytest.mark.parametrize("name", ["index.html", "dictionary.html"])
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
            # release.json holds the digest of the page, and so cannot be on it.
            assert (versions.sha256(path) in text) == (path.name != versions.RECORD)
    for table in PUBLISHED:
        name = f"{table.name}.parquet"
        assert f'<a href="{name}" download>{name}</a>' in text
        assert f'<section id="{table.name}">' in dictionary
        for column in table.published:
            assert f"<code>{column.name}</code>" in text
            assert f'id="{table.name}.{column.name}"' in dictionary


def test_conflicts_have_a_section_with_both_days(made: Release) -> None:
    page = (made.folder / "index.html").read_text(encoding="utf-8")
    (section,) = re.findall(r'<section id="conflicts">.*?</section>', page)
    (row,) = read(made, "date_conflicts").to_dicts()
    assert [f">{row[f'{side}_earliest']}<" in section for side in ("first", "second")] == [True, True]
    assert all(words in section for words in ("return: Ana Lume", "Friday", "14 March 2026"))
    assert '<a href="#conflicts">' in page


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
    fields = {attributes.get("id") for tag, attributes in page.found if tag == "input"}
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


# --- the search's files


def unpacked(folder: Path, name: str) -> Any:
    return json.loads(gzip.decompress((folder / "search" / f"{name}.json.gz").read_bytes()))


def found(folder: Path, index: search.Index, term: str) -> tuple[int, list[int]]:
    """A term's total and positions, as the page reads them."""
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
    columns = {"w": ("text",), "s": ("speaker_name", "speaker"), "o": ("publisher",)}
    for kind, word in sorted(terms):
        expected = [
            i for i, quote in enumerate(quotes) if any(word in search.words(quote[name]) for name in columns[kind])
        ]
        assert found(tmp_path, index, f"{kind}:{word}") == (len(expected), expected)


def test_a_common_word_keeps_its_newest_quotations_and_its_count(made: Release, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    with attached(made) as connection:
        index = search.write(connection, tmp_path, most=2)
        whole = search.write(connection, tmp_path / "whole")
    total, places = found(tmp_path, index, "s:ana")
    assert total > 2
    assert places == found(tmp_path / "whole", whole, "s:ana")[1][:2]


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
        # Words that go on into the next sentence, and words that are not where they should be.
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
    days = unpacked(made.folder, "days")
    named = [day for day, _ in days if day is not None]
    assert named == sorted(named, reverse=True)
    assert [day for day, _ in days].index(None) == len(days) - 1
    assert [at for _, at in days] == sorted(at for _, at in days)


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
        found = connection.execute(f"FROM ({row}) AS q WHERE {said('q')}", [kind, what, confidence])
        assert bool(found.fetchall()) is counts


@given(st.text())
def test_words_have_no_case_and_no_marks(text: str) -> None:
    for word in search.words(text):
        assert word == word.lower()
        assert re.fullmatch(r"[^\W_]+", word)


SAMPLES = (
    *("Café déjà-vu", "We open AGAIN", "it’s 3.5 %", "İstanbul", "Москва́ — Ёлка", "北京市", "عَرَبِيّ", "x_y", "ﬁn"),
    *("a" * 130, "\U0001f6a2 quay", "Ⅷ ½ ²", "ǅ ß ẞ", ""),
)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_page_and_index_cut_and_place_words_alike() -> None:
    """The same functions stand in Python and in the page's script."""
    script = Path(search.__file__).with_name("page.js").read_text(encoding="utf-8")
    parts = [re.search(rf"^function {name}\(.*?^}}$", script, re.MULTILINE | re.DOTALL) for name in ("words", "bucket")]
    code = "const size = {buckets: 97};\n" + "\n".join(part[0] for part in parts if part)
    code += "\nconst s = JSON.parse(require('fs').readFileSync(0));"
    code += "console.log(JSON.stringify(s.map((t) => [words(t), words(t).map((w) => bucket('w:' + w))])));"
    answer = subprocess.run(
        ["node", "-e", code], input=json.dumps(SAMPLES), capture_output=True, text=True, check=True, timeout=60
    )
    expected = [[search.words(t), [search.hashed(f"w:{w}") % 97 for w in search.words(t)]] for t in SAMPLES]
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
    """The page as the browser has it after its script has run."""
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
    # Nothing asked for: the newest five.
    assert sum("data-quote" in attributes for _, attributes in page.found) == (expected if asked else 5)
    assert ("No quotation found." if expected == 0 else f"{expected} quotation") in "".join(page.text)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
@pytest.mark.parametrize(("asked", "shown"), [("", 5), ("#from=2026-03-14", 6)])
def test_hostile_words_do_nothing_in_a_browser(hostile: Release, tmp_path: Path, asked: str, shown: int) -> None:
    with served(hostile.folder) as address:
        page = seen(f"{address}{asked}", tmp_path)
    assert sum("data-quote" in attributes for _, attributes in page.found) == shown
    assert sum(tag in ("script", "img", "iframe") for tag, _ in page.found) == 1
    assert not [a["href"] for tag, a in page.found if tag == "a" and (a.get("href") or "").startswith("javascript")]
    assert "onrecord 2026.11.22" in "".join(page.text)
