"""Reading other formats than plain text and JSON lines: pages, tables, web archives, packed files, metadata."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from assets.build.incremental import update_from_raw_folder
from assets.settings import SettingError, Settings, with_values
from pipeline import read
from pipeline.contract import REFUSAL_REASONS, ids
from pipeline.documents.clean.licences import spdx
from pipeline.read import limits
from pipeline.read.records import Fields
from tests.support.time_limit import cpu_limit
from warehouse.store import Store

BODY = [
    "The minister said on Monday that the bridge would stay shut for the rest of the winter.",
    "“Nobody asked us,” the owner of the café beside it told the Harbour Gazette.",
    "The council will meet again on Thursday, and it wants to hear from the engineers first.",
    "The bridge was built in 1931 and was last repaired after the flood of 1994.",
]
PARAGRAPHS = "".join(f"<p>{paragraph}</p>" for paragraph in BODY)
HEAD = """<meta property="og:site_name" content="Harbour Gazette"><meta name="author" content="Ann Lee">
<meta property="article:published_time" content="2025-03-18T09:00:00+01:00">
<link rel="canonical" href="https://gazette.example/2025/bridge">
<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">"""
PAGE = (
    f"<!doctype html><html><head><title>Bridge stays shut | Gazette</title>{HEAD}</head><body>"
    "<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
    f"<article><h1>Bridge stays shut</h1>{PARAGRAPHS}</article>"
    "<aside><h3>Related</h3><time datetime='2025-03-21'>March 21, 2025</time> <a href='/x'>Ferry sails</a></aside>"
    "<footer>© Gazette</footer></body></html>"
)
STORY = "\n".join(BODY)


def everything(root: Path, languages: tuple[str, ...] = ("en",)) -> list[read.Record | read.Refusal]:
    rows = [row for entry in read.listing(root) for row in read.read_file(root, entry, languages)]
    for row in rows:
        if isinstance(row, read.Refusal):
            assert row.reason in REFUSAL_REASONS and row.detail.isprintable() and row.detail.startswith(row.source)
    sources = [row.source for row in rows if isinstance(row, read.Refusal)]
    assert len(sources) == len(set(sources))
    return rows


def records(root: Path) -> list[read.Record]:
    rows = everything(root)
    found = [row for row in rows if isinstance(row, read.Record)]
    assert len(found) == len(rows), rows
    return found


def outcome(row: read.Record | read.Refusal) -> str:
    return row.text if isinstance(row, read.Record) else row.reason


def test_a_page_and_what_it_says_of_itself(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    (row,) = records(tmp_path)
    assert all(paragraph in row.text for paragraph in BODY)
    assert not any(word in row.text for word in ("Sport", "Ferry", "©"))
    assert (row.known_title, row.known_author, row.known_publisher) == (
        "Bridge stays shut",
        "Ann Lee",
        "Harbour Gazette",
    )
    assert row.known_published == "2025-03-18T09:00:00+01:00"
    assert row.known_licence == "https://creativecommons.org/licenses/by/4.0/"
    assert (row.url, row.document_id) == (
        "https://gazette.example/2025/bridge",
        ids.document_id("https://gazette.example/2025/bridge"),
    )
    assert (row.extractor, row.extractor_version) == ("trafilatura", version("trafilatura"))
    assert (row.encoding, row.source) == ("utf-8", "page.html")


def test_only_what_names_itself_is_the_pages_own(tmp_path: Path) -> None:
    bare = PAGE.replace(HEAD, '<link rel="canonical" href="https://gazette.example/">')
    (tmp_path / "page.htm").write_text(bare, encoding="utf-8")
    (row,) = records(tmp_path)
    # Not the day of the related article or the address of the front page.
    assert (row.known_published, row.known_author, row.url) == (None, None, None)


@pytest.mark.parametrize(
    ("described", "published"),
    [
        ({"@type": "NewsArticle", "datePublished": "2025-03-17", "author": [{"name": "Bo"}, "Cy"]}, "2025-03-17"),
        ({"@graph": [{"@type": ["Thing"]}, {"@type": "Article", "datePublished": "2025-03-17"}]}, "2025-03-17"),
        ({"@type": "ItemList", "itemListElement": [{"@type": "Article", "datePublished": "2025-03-20"}]}, None),
        (
            [{"@type": "Article", "datePublished": "2025-03-17"}, {"@type": "Article", "datePublished": "2025-03-20"}],
            None,
        ),
    ],
)
def test_json_ld(tmp_path: Path, described: object, published: str | None) -> None:
    script = f'<script type="application/ld+json">{json.dumps(described)}</script>'
    (tmp_path / "page.html").write_text(PAGE.replace(HEAD, script), encoding="utf-8")
    (row,) = records(tmp_path)
    assert row.known_published == published
    assert row.known_author == ("Bo, Cy" if "Cy" in script else None)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PAGE.encode("utf-8-sig"), "utf-8 with byte-order mark"),
        (PAGE.encode("utf-16"), "utf-16"),
        (PAGE.encode("utf-16-le"), "utf-16-le without byte-order mark"),
        (PAGE.replace("<head>", '<head><meta charset="iso-8859-1">').encode("cp1252"), "cp1252 (declared)"),
        (PAGE.replace("<head>", "<head><meta charset='no-such'>").encode("cp1252"), "cp1252"),
        (PAGE.replace("<head>", '<head><meta charset="iso-8859-1">').encode(), "utf-8"),
    ],
)
def test_encodings_of_pages(tmp_path: Path, data: bytes, encoding: str) -> None:
    (tmp_path / "page.html").write_bytes(data)
    (row,) = records(tmp_path)
    assert row.encoding == encoding and BODY[1] in row.text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<html><head><script>var a = 1;</script></head><body>" + b"<script>f()</script>" * 500, "no-text"),
        (b"<p>" * 5_000, "no-text"),
        (b"", "empty"),
        (b"<html>\0\1\2\3" * 50, "binary"),
        (b"x" * 200_001, "too-large"),
        (
            "<p>Der Minister erklärte am Montag, die Brücke müsse den ganzen Winter gesperrt bleiben.</p>" * 9,
            "language",
        ),
    ],
)
def test_pages_that_are_refused(
    tmp_path: Path, data: bytes | str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 200_000)
    (tmp_path / "page.html").write_bytes(data if isinstance(data, bytes) else data.encode())
    (row,) = everything(tmp_path)
    assert outcome(row) == reason


@pytest.mark.parametrize("piece", ["<table><tr><td>a b c</td></tr></table>", "<li>a b c", "<div><p>a b c</p></div>"])
@pytest.mark.slow
def test_large_pages_take_linear_time(tmp_path: Path, piece: str) -> None:
    (tmp_path / "page.html").write_text("<html><body>" + piece * 16_000)
    with cpu_limit():
        assert len(everything(tmp_path)) == 1


def pack_gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def pack_zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


LINE = json.dumps({"id": "1", "text": STORY}).encode() + b"\n"


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", pack_gzip), (".zst", pack_zstd)])
def test_packed_files_read_as_what_they_hold(tmp_path: Path, suffix: str, pack: object) -> None:
    assert callable(pack)
    table = io.BytesIO()
    parquet.write_table(pa.table({"text": [STORY], "id": ["1"]}), table)
    contents = {
        "a.txt": STORY.encode(),
        "b.jsonl": LINE,
        "c.html": PAGE.encode(),
        "d.csv": f'id,text\n1,"{STORY.replace(chr(10), " ")}"\n'.encode(),
        "e.parquet": table.getvalue(),
        "f.warc": response(b"https://a.example/1", PAGE.encode()),
    }
    for name, data in contents.items():
        (tmp_path / f"{name}{suffix}").write_bytes(pack(data))
        (tmp_path / name).write_bytes(data)
    rows = records(tmp_path)
    assert len(rows) == 2 * len(contents)
    for plain, packed in zip(rows[::2], rows[1::2], strict=True):
        assert packed.path == plain.path + suffix
        assert (packed.text, packed.known_title, packed.encoding) == (plain.text, plain.known_title, plain.encoding)


def test_packed_files_that_are_refused(tmp_path: Path) -> None:
    noise = "".join(f"{number * 7919 % 104729} " for number in range(60_000)).encode()
    bomb = b"\0" * 200_000_000
    files = {
        "bomb.jsonl.gz": (pack_gzip(bomb), "too-large"),
        "bomb.txt.zst": (pack_zstd(bomb), "too-large"),
        "bomb.csv.zst": (pack_zstd(b"text\n" + b"a" * 100_000_000), "too-large"),
        "cut.txt.gz": (pack_gzip(noise)[:-2_000], "broken-record"),
        "cut.txt.zst": (pack_zstd(noise)[:-2_000], "broken-record"),
        "no.txt.gz": (b"no gzip", "broken-record"),
        "no.txt.zst": (b"no zstd", "broken-record"),
        "empty.txt.gz": (pack_gzip(b""), "empty"),
        "nothing.txt.gz": (b"", "empty"),
        "twice.txt.gz": (pack_gzip(pack_gzip(b"text")), "unsupported"),
        "twice.txt.gz.gz": (pack_gzip(pack_gzip(b"text")), "unsupported"),
        "zip.jsonl.gz": (pack_gzip(b"PK\x03\x04rest"), "unsupported"),
        "many.tar.gz": (pack_gzip(b"x" * 257 + b"ustar" + b"y" * 300), "unsupported"),
        "tar.txt.gz": (pack_gzip(b"x" * 257 + b"ustar" + b"y" * 300), "unsupported"),
    }
    for name, (data, _) in files.items():
        (tmp_path / name).write_bytes(data)
    last = {row.path: outcome(row) for row in everything(tmp_path)}
    assert last == {name: reason for name, (_, reason) in files.items()}


def test_csv(tmp_path: Path) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(
        [
            ["ID", "Title", "text", "url", "published"],
            ["7", "Bridge", STORY, "https://a.example/7", "2025-03-18"],
            ["8", "", "", "", ""],
            [],
            ["9", "", "Short.", "", ""],
            ["10", "", "Too", "many", "of", "them"],
        ]
    )
    (tmp_path / "a.csv").write_text(out.getvalue(), encoding="utf-8-sig", newline="")
    first, second, third, fourth = everything(tmp_path)
    assert isinstance(first, read.Record)
    assert (first.text, first.known_title, first.known_published) == (STORY, "Bridge", "2025-03-18")
    assert (first.source, first.origin, first.url) == ("a.csv#7", "a.csv#row-2", "https://a.example/7")
    assert [outcome(row) for row in (second, third, fourth)] == ["no-text", "Short.", "broken-record"]


@pytest.mark.parametrize(
    ("data", "outcomes"),
    [
        (b"", ["empty"]),
        (b"id,text\n", ["empty"]),
        (b"id,words\n1,x\n", ["no-text"]),
        (b"id;text\n1;One; two.\n", ["broken-record"]),
        (b"id;text\n1;One, two.\n", ["One, two."]),
        (b"id\ttext\r\n1\tOne.\r\n2\tTwo.\r\n", ["One.", "Two."]),
        (b'id,text\n1,One.\n2,"open\n' + b"x\n" * 60_000, ["One.", "broken-record"]),
        (b"id,text\n1,One.\n" + b"x" * 100_001, ["One.", "too-large"]),
        (
            f"id,text\n1,“The café stays shut” {'he said ' * 9}\n".encode("cp1252"),
            [f"“The café stays shut” {'he said ' * 9}"],
        ),
        ("id,text\n1,Ein Café.\n".encode("utf-16"), ["Ein Café."]),
        ("id\ttext\r\n1\t“So” 日本.\r\n".encode("utf-16-be"), ["“So” 日本."]),
        ("id,text\n1,One.\n2,Two.".encode("utf-16-le")[:-1], ["One.", "Two\ufffd"]),
        (b"\xff\xfe", ["empty"]),
        (b"id,text\n1,a\0b\n", ["binary"]),
    ],
)
def test_kinds_of_csv(tmp_path: Path, data: bytes, outcomes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 100_000)
    (tmp_path / "a.csv").write_bytes(data)
    assert [outcome(row) for row in everything(tmp_path)] == outcomes


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("utf-16-le", "utf-16-le without byte-order mark"),
        ("utf-16-be", "utf-16-be without byte-order mark"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_records_in_wide_encodings(tmp_path: Path, codec: str, name: str, packed: bool) -> None:
    lines = [
        json.dumps({"id": number, "text": f"{STORY} 日本 🙂 {number}"}, ensure_ascii=False) for number in range(400)
    ]
    data = "\n".join(lines).encode(codec)
    (tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")).write_bytes(gzip.compress(data) if packed else data)
    rows = everything(tmp_path)
    assert [outcome(row) for row in rows] == [f"{STORY} 日本 🙂 {number}" for number in range(400)]
    assert {row.encoding for row in rows if isinstance(row, read.Record)} == {name}


def test_a_half_character_in_utf_16_costs_itself_alone(tmp_path: Path) -> None:
    lines = ['{"text": "One."}', '{"text": "Two\ud83d."}', '{"text": "Three."}']
    (tmp_path / "a.jsonl").write_bytes("\n".join(lines).encode("utf-16-le", "surrogatepass"))
    rows = everything(tmp_path)
    assert [outcome(row) for row in rows] == ["One.", "Two\ufffd.", "Three."]
    encodings = [row.encoding for row in rows if isinstance(row, read.Record)]
    assert ["broken characters replaced" in encoding for encoding in encodings] == [False, True, False]


def test_a_line_in_a_code_page_is_read(tmp_path: Path) -> None:
    text = f"“The café stays shut” {'he said ' * 9}".strip()
    (tmp_path / "a.jsonl").write_bytes(
        b'{"text": "One."}\n' + json.dumps({"text": text}, ensure_ascii=False).encode("cp1252")
    )
    first, second = everything(tmp_path)
    assert (outcome(first), outcome(second)) == ("One.", text)
    assert isinstance(second, read.Record) and second.encoding == "cp1252"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_metadata_in_other_encodings(tmp_path: Path, codec: str) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    record = {"title": "“Café” – “Hôtel”", "published": "2021-03-04", "author": "Ann Lee of the Harbour Gazette"}
    (tmp_path / "a.json").write_bytes(json.dumps(record, ensure_ascii=False).encode(codec))
    (row,) = everything(tmp_path)
    assert isinstance(row, read.Record)
    assert (row.known_title, row.known_published) == (record["title"], record["published"])


def test_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": [1, 2, 3],
            "text": [STORY, None, "Short."],
            "published": [datetime.date(2025, 3, 18), None, None],
            "other": [[1], [2], [3]],
            "author": [["Ann", "Bo"], None, None],
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    first, second, third = everything(tmp_path)
    assert isinstance(first, read.Record)
    assert (first.text, first.known_published, first.known_author) == (STORY, "2025-03-18", "Ann, Bo")
    assert (first.source, first.origin) == ("a.parquet#1", "a.parquet#row-1")
    assert (outcome(second), outcome(third)) == ("no-text", "Short.")


def test_parquet_of_one_text_in_any_number_of_rows_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", len(STORY))
    monkeypatch.setattr(limits, "MAX_RATIO", 2)
    column = pa.array([STORY] * 100).dictionary_encode()
    parquet.write_table(pa.table({"text": column}), tmp_path / "a.parquet")
    *texts, end = everything(tmp_path)
    assert outcome(end) == "too-large"
    assert all(isinstance(row, read.Record) for row in texts)
    assert 8 <= len(texts) < 50


def test_parquet_that_is_refused(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"words": ["x"]}), tmp_path / "words.parquet")
    parquet.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "empty.parquet")
    parquet.write_table(pa.table({"text": [1, 2]}), tmp_path / "numbers.parquet")
    parquet.write_table(pa.table({"text": [STORY] * 50}), tmp_path / "whole.parquet")
    data = (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "whole.parquet").unlink()
    (tmp_path / "cut.parquet").write_bytes(data[:-50])
    (tmp_path / "hole.parquet").write_bytes(data[:8] + b"\xff" * 60 + data[68:])
    (tmp_path / "none.parquet").write_bytes(b"none")
    reasons = {row.path: outcome(row) for row in everything(tmp_path)}
    assert reasons == {
        "cut.parquet": "broken-record",
        "empty.parquet": "empty",
        "hole.parquet": "broken-record",
        "none.parquet": "broken-record",
        "numbers.parquet": "broken-record",
        "words.parquet": "no-text",
    }


def response(
    url: bytes,
    body: bytes,
    *,
    status: bytes = b"200 OK",
    kind: bytes = b"text/html; charset=utf-8",
    record: bytes = b"response",
    more: bytes = b"",
    length: int | None = None,
) -> bytes:
    http = b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\n" + more + b"\r\n" + body
    head = (
        b"WARC/1.0\r\nWARC-Type: " + record + b"\r\nWARC-Target-URI: " + url + b"\r\n"
        b"WARC-Date: 2025-03-19T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:0>\r\n"
        b"Content-Type: application/http; msgtype=response\r\n"
    )
    size = len(http) if length is None else length
    return head + b"Content-Length: " + str(size).encode() + b"\r\n\r\n" + http + b"\r\n\r\n"


def test_web_archives(tmp_path: Path) -> None:
    page = PAGE.encode()
    chunked = b"%x\r\n" % len(page) + page + b"\r\n0\r\n\r\n"
    parts = [
        response(b"https://a.example/0", b"GET / HTTP/1.1", record=b"request"),
        response(b"https://a.example/1", page),
        response(b"https://a.example/2", pack_gzip(page), more=b"Content-Encoding: gzip\r\n"),
        response(b"https://a.example/3", chunked, more=b"Transfer-Encoding: chunked\r\n"),
        response(b"https://a.example/4", STORY.encode("cp1252"), kind=b"text/plain; charset=windows-1252"),
        response(b"https://a.example/5", page, status=b"404 Not Found"),
        response(b"https://a.example/6", b"\x89PNG", kind=b"image/png"),
        response(b"https://a.example/7", b"<script></script>"),
    ]
    (tmp_path / "a.warc").write_bytes(b"".join(parts))
    # As in CC-NEWS: each record is compressed separately.
    (tmp_path / "b.warc.gz").write_bytes(b"".join(pack_gzip(part) for part in parts))
    rows = everything(tmp_path)
    half = len(rows) // 2
    assert [outcome(row) for row in rows[:half]] == [outcome(row) for row in rows[half:]]
    taken, refused = rows[:4], rows[4:half]
    for number, row in enumerate(taken, start=1):
        assert isinstance(row, read.Record)
        assert row.url == f"https://a.example/{number}" and row.document_id == ids.document_id(row.url)
        assert row.source == f"a.warc#{row.url}" and row.origin == f"a.warc#record-{number + 1}"
        assert all(paragraph in row.text for paragraph in BODY)
    assert isinstance(taken[0], read.Record) and taken[0].known_published == "2025-03-18T09:00:00+01:00"
    assert {row.known_archived for row in taken if isinstance(row, read.Record)} == {datetime.date(2025, 3, 19)}
    assert [outcome(row) for row in refused] == ["no-text", "unsupported", "no-text"]


GOOD = response(b"https://a.example/good", PAGE.encode())
BROKEN = {
    "too short": response(b"https://a.example/x", b"x" * 50, length=90),
    "too long": response(b"https://a.example/x", b"x" * 50, length=100_000),
    "negative": response(b"https://a.example/x", b"x" * 50, length=-5),
    "garbage": b"garbage\r\n\r\nmore\r\n",
    "half a header": b"WARC/1.0\r\nWARC-Type: response\r\n",
    "no header": b"WARC/1.0\r\nnonsense\r\n\r\n\r\n\r\n",
    "no HTTP": b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 5\r\n\r\nhello\r\n\r\n",
    "a bomb": response(b"https://a.example/x", pack_gzip(b"\0" * 5_000_000), more=b"Content-Encoding: gzip\r\n"),
    "no gzip": response(b"https://a.example/x", b"none", more=b"Content-Encoding: gzip\r\n"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_record_costs_itself_alone(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "a.warc").write_bytes(GOOD + broken + GOOD)
    first, *refused, last = everything(tmp_path)
    assert isinstance(first, read.Record) and isinstance(last, read.Record)
    assert first.text == last.text
    # A body without a length is refused as data between two records.
    assert 1 <= len(refused) <= 2 and all(isinstance(row, read.Refusal) for row in refused)


def test_an_archive_that_is_cut_off(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(GOOD + GOOD[:-300])
    (tmp_path / "b.warc").write_bytes(b"")
    (tmp_path / "c.warc.gz").write_bytes(pack_gzip(GOOD) + pack_gzip(GOOD)[:-50])
    outcomes = [outcome(row) if isinstance(row, read.Refusal) else row.path for row in everything(tmp_path)]
    assert outcomes == ["a.warc", "broken-record", "empty", "c.warc.gz", "broken-record"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([GOOD, *BROKEN.values()]), st.binary(max_size=60)), max_size=6))
def test_any_archive_is_read_to_its_end(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("raw")
    (folder / "a.warc").write_bytes(b"".join(parts))
    assert everything(folder)


@settings(max_examples=60, deadline=None)
@example(b"\xd7\xb5", "csv")  # an unassigned character as the name of a column
@given(st.binary(max_size=300), st.sampled_from(["html", "csv", "parquet", "txt.gz", "jsonl.zst", "warc.gz"]))
def test_any_bytes_give_a_row(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    folder = tmp_path_factory.mktemp("raw")
    (folder / f"a.{suffix}").write_bytes(data)
    assert everything(folder)


def test_metadata_beside_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    (tmp_path / "b.html").write_text(PAGE)
    (tmp_path / "c.txt.gz").write_bytes(pack_gzip(STORY.encode()))
    for name in ("a", "b", "c"):
        facts = {"title": f"Title {name}", "published": "2025-01-01", "url": f"https://a.example/{name}", "text": 5}
        (tmp_path / f"{name}.json").write_text(json.dumps(facts))
    rows = records(tmp_path)
    assert [(row.path, row.known_title, row.known_published) for row in rows] == [
        ("a.txt", "Title a", "2025-01-01"),
        ("b.html", "Title b", "2025-01-01"),
        ("c.txt.gz", "Title c", "2025-01-01"),
    ]
    assert [row.document_id for row in rows] == [ids.document_id(f"https://a.example/{name}") for name in "abc"]
    # The page gives what the metadata leave out.
    assert rows[1].known_publisher == "Harbour Gazette"


def test_changed_metadata_change_the_entry(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    seen = []
    for content in (None, '{"title": "One"}', '{"title": "Two"}', "{}", None):
        beside = tmp_path / "a.json"
        if content is None:
            beside.unlink(missing_ok=True)
        else:
            beside.write_text(content)
            os.utime(beside, ns=(1_000, 1_000 + len(seen)))
        (entry,) = read.listing(tmp_path)
        seen.append((entry, read.file_sha256(tmp_path, entry)))
    assert len({entry for entry, _ in seen}) == len({sha for _, sha in seen}) == 4
    assert seen[0] == seen[-1]


def test_metadata_that_cannot_be_read_are_refused_and_the_text_is_not(tmp_path: Path) -> None:
    for name, content in {"a": b"{broken", "b": b"[1]", "c": b"\xff\xfe", "d": b'{"title": 5}'}.items():
        (tmp_path / f"{name}.txt").write_text(STORY)
        (tmp_path / f"{name}.json").write_bytes(content)
    rows = everything(tmp_path)
    assert [(row.source, outcome(row)) for row in rows] == [
        pair for name in "abcd" for pair in ((f"{name}.txt#metadata", "broken-record"), (f"{name}.txt", STORY))
    ]


def test_json_beside_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.jsonl").write_bytes(LINE)
    (tmp_path / "b.json").write_text("{}")
    assert [(row.source, outcome(row)) for row in everything(tmp_path)] == [
        ("a.json#item-1", "no-text"),
        ("b.json#item-1", "no-text"),
        ("b.jsonl#1", STORY),
    ]


GERMAN = "Der Minister erklärte am Montag, die Brücke müsse den ganzen Winter über gesperrt bleiben. " * 5


@pytest.mark.parametrize(
    ("text", "languages", "taken"),
    [
        (GERMAN, ("en",), False),
        (GERMAN, ("de",), True),
        (GERMAN, ("de", "en"), True),
        (STORY, ("en",), True),
        (STORY, ("de",), False),
        (
            "Le ministre a déclaré lundi que le pont resterait fermé jusqu’à la fin de l’hiver. " * 5,
            ("en", "de"),
            False,
        ),
        ("وزیر روز دوشنبه گفت که این پل تا پایان زمستان بسته خواهد ماند و کسی دلیل آن را نپرسید. " * 5, ("en",), False),
        # A Persian word, a German quotation, names and figures: still English, or undecided.
        (STORY + " The word وزیر means minister, and “der Winter ist lang” is what he said.", ("en",), True),
        ("Der Minister schweigt.", ("en",), True),
        ("Oslo 3 Bergen 2 Trondheim 1 Stavanger 0 " * 20, ("en",), True),
    ],
)
def test_languages(tmp_path: Path, text: str, languages: tuple[str, ...], taken: bool) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    (row,) = everything(tmp_path, languages)
    assert outcome(row) == (text if taken else "language")
    if isinstance(row, read.Refusal):
        assert "is not one of --languages" in row.detail


def test_what_is_asked_for_is_part_of_the_version() -> None:
    assert read.read_version(["en"]) == read.read_version() != read.read_version(["de", "en"])
    assert f"trafilatura=={version('trafilatura')}" in read.read_version()


def test_reading_is_imported_without_what_only_some_files_need() -> None:
    code = (
        "import sys, pipeline.read; "
        "print([m for m in ('trafilatura', 'lxml', 'fastwarc', 'pyarrow', 'numpy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_metadata_and_languages_are_taken_in_anew_when_they_change(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.txt").write_text(STORY)
    (raw / "b.txt").write_text(GERMAN)
    place = Settings(raw=raw, warehouse=tmp_path / "warehouse")

    def take(asked: Settings) -> tuple[int, int]:
        outcome = update_from_raw_folder(Store(asked.warehouse), asked, lambda _: None)
        return outcome.computed, outcome.failed

    assert take(place) == (1, 1)
    assert take(place) == (0, 0)
    (raw / "a.json").write_text('{"title": "One"}')
    assert take(place) == (1, 0)
    assert take(with_values(place, {"languages": "de, en"})) == (2, 0)
    assert take(place) == (1, 1)
    with pytest.raises(SettingError, match="--languages"):
        with_values(place, {"languages": "English"})


@pytest.mark.parametrize("field", ["title", "author", "publisher", "published", "url", "id"])
def test_a_field_that_is_too_long_is_unknown(field: str) -> None:
    long = "https://a.example/" + "b" * limits.MAX_FIELD
    fields = Fields({"text": "Words.", field: long})
    assert {**fields.known, "url": fields.url, "id": fields.id}[field] is None


def test_a_licence_that_is_too_long_names_none() -> None:
    fields = Fields({"text": "Words.", "licence": "CC-BY-4.0" + " " * limits.MAX_FIELD + "not"})
    assert spdx(fields.known["licence"] or "") is None


COLUMNS = {
    "few": (["id", "words", "headline"], ["id", "words", "headline"]),
    "many": ([f"c{n}" for n in range(500)], ["c0", "c9", "…"]),
    "long": (["x" * 5_000, "words"], ["x" * 40 + "…", "words"]),
    "hostile": (["a\x1b[31m\u202eb", "words"], ["words"]),
    "nameless": ([" ", "  "], ["no names"]),
}


@pytest.mark.parametrize("form", ["csv", "semicolons", "parquet"])
@pytest.mark.parametrize("case", COLUMNS)
def test_a_table_without_a_text_column_is_refused_with_the_columns_that_it_has(
    tmp_path: Path, case: str, form: str
) -> None:
    names, said = COLUMNS[case]
    if form == "parquet":
        parquet.write_table(pa.table({name: ["x"] for name in names}), tmp_path / "a.parquet")
    else:
        (tmp_path / "a.csv").write_text((";" if form == "semicolons" else ",").join(names) + "\n", encoding="utf-8")
    (row,) = everything(tmp_path)
    assert isinstance(row, read.Refusal) and row.reason == "no-text"
    assert [words for words in (*said, "--columns text=NAME") if words not in row.detail] == []
    assert row.detail.isprintable() and len(row.detail) < 700
    assert "c10" not in row.detail and "x" * 41 not in row.detail


def test_a_text_column_of_lists_is_refused(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"text": [{"a": "x"}]}), tmp_path / "a.parquet")
    (row,) = everything(tmp_path)
    assert outcome(row) == "no-text"


@pytest.mark.parametrize("line", ['{"text": "a\tb"}', '{"text": "open', '{"text": "\\x"}', '{"text" 1}', "{", "[1,]"])
def test_the_place_of_a_fault_in_json_follows_its_name(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.jsonl").write_text(line + "\n", encoding="utf-8")
    (row,) = everything(tmp_path)
    assert isinstance(row, read.Refusal)
    assert re.search(r"is not JSON: [A-Z].*[a-z], character \d+$", row.detail), row.detail
    assert " at," not in row.detail
