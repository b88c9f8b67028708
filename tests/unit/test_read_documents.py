"""PDF, Word, Markdown and feeds: their content, and the reasons for refusals."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import read
from pipeline.documents.clean import apply, clean, pages
from pipeline.read import document_process, documents, html_text
from tests.support.pdfs import column, docx, many_pages, paragraph, pdf

DOCUMENT = "word/document.xml"
SAID = "“We kept it as long as we could,” said Rosa Frey, who runs the ferry."


def rows(folder: Path, name: str, data: bytes, beside: dict[str, str] | None = None) -> list[Any]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    if beside:
        (folder / name).with_suffix(".json").write_text(json.dumps(beside))
    (entry,) = read.listing(folder)
    return list(read.read_file(folder, entry))


def one(folder: Path, name: str, data: bytes, beside: dict[str, str] | None = None) -> Any:
    (row,) = rows(folder, name, data, beside)
    return row


def cleaned(row: Any) -> str:
    """Return the cleaned text of a record; check that its edits match the raw text."""
    assert isinstance(row, read.Record), row
    edits = clean(row.text, row.extractor)
    assert all(row.text[edit.raw_start : edit.raw_end] == edit.original for edit in edits)
    return apply(row.text, edits)


LEFT = (
    "The harbour authority said on Monday that",
    "it would extend the govern-",
    "ment contract for the ferry by another",
)
RIGHT = (
    "seven years. The mayor called it a well-",
    "known compromise that nobody had wanted",
    "and everybody had come to expect.",
)
ARTICLE = (
    "The harbour authority said on Monday that it would extend the government contract for the ferry by another "
    "seven years. The mayor called it a well-known compromise that nobody had wanted and everybody had come to expect."
)


def page(number: int, *lines: Any) -> list[Any]:
    return [(20, 12, "Harbour Gazette, 16 May 2024"), *lines, (105, 290, str(number))]


def test_a_pdf_is_read_in_the_order_of_its_columns(tmp_path: Path) -> None:
    data = pdf([column(20, 40, *LEFT) + column(110, 40, *RIGHT)])
    row = one(tmp_path, "a.pdf", data)
    assert cleaned(row) == ARTICLE
    assert (row.extractor, row.encoding) == ("pypdfium2", "utf-8") and row.extractor in pages.READERS


def test_lines_that_a_pdf_draws_across_its_columns_are_split(tmp_path: Path) -> None:
    left, right = (*LEFT, "or so it hoped."), (*RIGHT, "It said no more.")
    lines = [line for pair in zip(column(20, 40, *left), column(110, 40, *right), strict=True) for line in pair]
    text = cleaned(one(tmp_path, "a.pdf", pdf([lines])))
    assert text.index("or so it hoped") < text.index("seven years") < text.index("It said no more")


def test_a_wide_blank_in_a_line_makes_no_columns(tmp_path: Path) -> None:
    lines = [
        line
        for row in range(6)
        for line in ((20, 40 + 5 * row, "word " * (row + 2)), (60 + 9 * row, 40 + 5 * row, "end"))
    ]
    assert cleaned(one(tmp_path, "a.pdf", pdf([lines]))).split() == [
        w for row in range(6) for w in ["word"] * (row + 2) + ["end"]
    ]


def test_heads_and_numbers_of_pages_go_and_sentences_run_across_pages(tmp_path: Path) -> None:
    data = pdf([page(3, *column(20, 40, *LEFT)), page(4, *column(20, 40, *RIGHT))])
    row = one(tmp_path, "a.pdf", data)
    assert cleaned(row) == ARTICLE
    rules = {edit.rule for edit in clean(row.text, row.extractor)}
    assert rules == {"running-head", "page-number", "hyphenation", "hard-wrap", "outer-blanks"}


def test_numbers_and_lines_that_are_no_furniture_stay(tmp_path: Path) -> None:
    first, second = column(20, 40, "The count was", "17"), column(20, 40, "42", "was the answer, they said.")
    text = cleaned(one(tmp_path, "a.pdf", pdf([first, second])))
    assert text.split() == ["The", "count", "was", "17", "42", "was", "the", "answer,", "they", "said."]


def test_the_words_of_a_text_tell_whether_a_hyphen_stays() -> None:
    text = "The co-\noperation and the north-\nsouth line; the north-south axis; cooperation; an aero-\nplane."
    edits = pages.edits(text)
    assert (
        apply(text, edits)
        == "The cooperation and the north-south line; the north-south axis; cooperation; an aeroplane."
    )


def test_paragraphs_of_a_pdf_are_kept(tmp_path: Path) -> None:
    lines = [*column(20, 40, *LEFT[:1], "it would go on."), *column(20, 58, "Nobody was surprised", "by the news.")]
    assert cleaned(one(tmp_path, "a.pdf", pdf([lines]))).split("\n\n") == [
        "The harbour authority said on Monday that it would go on.",
        "Nobody was surprised by the news.",
    ]


def test_other_texts_with_form_feeds_are_cleaned_as_before() -> None:
    raw = "One line\nand another.\n\f\n3\n\nMore."
    assert apply(raw, clean(raw)) == apply(raw, clean(raw, "text"))
    assert "3" in apply(raw, clean(raw))


def test_metadata_beside_a_pdf_tell_what_it_is(tmp_path: Path) -> None:
    row = one(tmp_path, "a.pdf", pdf([column(20, 40, *LEFT)]), {"title": "Ferry", "published": "2024-05-16"})
    assert (row.known_title, row.known_published) == ("Ferry", "2024-05-16")


def test_a_document_reads_the_same_every_time(tmp_path: Path) -> None:
    data = pdf([page(1, *column(20, 40, *LEFT), *column(110, 40, *RIGHT))])
    assert one(tmp_path / "a", "a.pdf", data) == one(tmp_path / "b", "a.pdf", data)


HIDDEN = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
REFUSED: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "a scan": ("a.pdf", lambda: pdf([[], []]), "no-text", "is a scan: 2 pages without a text layer"),
    "encrypted": ("a.pdf", lambda: pdf([[]], password="secret"), "unsupported", "is encrypted: a password is required"),
    "a PDF without objects": ("a.pdf", lambda: b"%PDF-1.4\nnothing", "broken-record", "is not a readable PDF"),
    "no PDF": ("a.pdf", lambda: b"words", "broken-record", "is not a readable PDF"),
    "an empty PDF": ("a.pdf", lambda: b"", "empty", "is empty"),
    "5,000 pages": ("a.pdf", lambda: many_pages(5_000), "too-large", "has 5000 pages, more than 500"),
    "no Word file": ("a.docx", lambda: b"words", "broken-record", "is not a readable Word file"),
    "an empty Word file": ("a.docx", lambda: b"", "empty", "is empty"),
    "OLE": ("a.docx", lambda: document_process.OLE + b"\0" * 600, "unsupported", "or a file of Word 97"),
    "a cut Word file": (
        "a.docx",
        lambda: docx(paragraph("A text."))[:-40],
        "broken-record",
        "is not a readable Word file",
    ),
    "no words": ("a.docx", lambda: docx(""), "no-text", "holds no text"),
    "a zip bomb": ("a.docx", lambda: docx("", {DOCUMENT: " " * 101_000_000}), "too-large", "decompresses to far more"),
    "a deep file": ("a.docx", lambda: docx("", {DOCUMENT: "<a>" * 100_000}), "broken-record", "cannot be read"),
    "entities": ("a.docx", lambda: docx("", {DOCUMENT: HIDDEN}), "broken-record", f"declares entities in {DOCUMENT}"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_without_a_text_is_refused(tmp_path: Path, case: str) -> None:
    name, data, reason, said = REFUSED[case]
    row = one(tmp_path, name, data())
    assert isinstance(row, read.Refusal) and (row.reason, said in row.detail) == (reason, True), row


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_cut_pdf_gives_one_row(tmp_path: Path, share: float) -> None:
    data = pdf([page(number, *column(20, 40, *LEFT)) for number in range(1, 4)])
    row = one(tmp_path, "a.pdf", data[: int(share * len(data))])
    assert isinstance(row, read.Record) or row.reason in ("broken-record", "no-text")


def test_damage_anywhere_gives_one_row(tmp_path: Path) -> None:
    chance = random.Random(7)
    data = docx(paragraph(SAID))
    for number in range(4):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= 0xFF
        assert len(rows(tmp_path / str(number), "a.docx", bytes(damaged))) == 1


@pytest.mark.parametrize(
    ("signal", "reason", "said"),
    [
        ("SIGSEGV", "broken-record", "crashed its parser (status -11)"),
        ("SIGXCPU", "too-large", "takes more than 60 seconds to read"),
        ("SIGKILL", "too-large", "takes more than 60 seconds to read"),
    ],
)
def test_a_file_that_ends_its_reader_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: str, reason: str, said: str
) -> None:
    ends = tmp_path / "ends.py"
    ends.write_text(f"import os, signal\nos.kill(os.getpid(), signal.{signal})\n")
    monkeypatch.setattr(document_process, "__file__", str(ends))
    row = one(tmp_path / "raw", "a.pdf", b"%PDF")
    assert row.reason == reason and said in row.detail


def test_limits_reach_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdf([column(20, 40, *LEFT)] * 3)
    monkeypatch.setattr(documents, "MAX_PAGES", 2)
    assert one(tmp_path, "a.pdf", data).reason == "too-large"
    monkeypatch.setattr(documents, "MAX_PAGES", 3)
    assert isinstance(one(tmp_path, "a.pdf", data), read.Record)
    monkeypatch.setattr(documents.limits, "MAX_DOCUMENT_BYTES", 100)
    assert one(tmp_path, "a.pdf", data).reason == "too-large"


@pytest.mark.parametrize("name", ["a.pdf", "a.docx"])
def test_without_the_parsers_the_way_to_them_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with_them = read.read_version()
    monkeypatch.setattr(documents, "installed", lambda _: None)
    monkeypatch.setattr(read, "installed", lambda _: None)
    row = one(tmp_path, name, b"any")
    assert row.reason == "unsupported" and "uv sync --extra documents" in row.detail
    assert read.read_version() != with_them


def test_a_word_file_has_what_was_inserted_and_not_what_was_deleted(tmp_path: Path) -> None:
    body = "".join(
        (
            paragraph("Ferry to close"),
            paragraph("By Rosa Frey", "<w:r><w:br/></w:r>", "Olhao, 16 May"),
            paragraph("The line will ", "<w:ins><w:r><w:t>not </w:t></w:r></w:ins>", "close, ",
                      "<w:del><w:r><w:delText>perhaps</w:delText></w:r></w:del>", "she said."),
            "<w:sdt><w:sdtContent>" + paragraph("In a control.") + "</w:sdtContent></w:sdt>",
            "<w:tbl><w:tr><w:tc>" + paragraph("1") + "</w:tc><w:tc>" + paragraph("2") + "</w:tc></w:tr></w:tbl>",
        )
    )  # fmt: skip
    row = one(tmp_path, "a.docx", docx(body))
    assert row.text.split("\n\n") == [
        "Ferry to close",
        "By Rosa Frey\nOlhao, 16 May",
        "The line will not close, she said.",
        "In a control.",
        "1",
        "2",
    ]
    assert row.extractor == "mammoth"


MARKDOWN = """---
title: "Ferry to close"
date: 2024-05-16
author: Rosa Frey
tags: [a, b]
---
# Ferry to close

The *line* will **close** in [May](https://gazette.example/may), the `operator` said.
It is the last one.

> “We kept it,” she said.

- One
- Two

![A ferry](ferry.png)

<script>alert(1)</script>
"""


def test_markdown_gives_its_words_and_what_its_head_says(tmp_path: Path) -> None:
    row = one(tmp_path, "a.md", MARKDOWN.encode())
    assert row.text.split("\n\n") == [
        "Ferry to close",
        "The line will close in May, the operator said. It is the last one.",
        "“We kept it,” she said.",
        "One",
        "Two",
    ]
    assert (row.known_title, row.known_published, row.known_author) == ("Ferry to close", "2024-05-16", "Rosa Frey")


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("---\nNo head here, only a line.\n\nMore.", "More."),
        ("[" * 100_000 + " said Ann.", "said Ann."),
        ("**a *b " * 20_000, "a"),
        (">" * 5_000 + "\n\nThe end, she said.", "The end, she said."),
    ],
)
def test_markdown_that_is_odd_is_still_read(tmp_path: Path, content: str, kept: str) -> None:
    assert kept in one(tmp_path, "a.md", content.encode()).text


RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Harbour Gazette</title><link>https://gazette.example/</link><language>en-gb</language>
<item><title>Ferry &amp;amp; bridge</title><link>https://gazette.example/1</link><guid isPermaLink="false">7</guid>
<pubDate>Thu, 16 May 2024 08:30:00 GMT</pubDate><dc:creator>Rosa Frey</dc:creator><description>Short.</description>
<content:encoded><![CDATA[<p>The line will close.</p>
<p>“We kept it,” she said.<br>Then she left.</p><style>p{}</style>]]></content:encoded></item>
<item><title>Another</title><link>https://gazette.example/2</link><author>desk@gazette.example (Ann Lee)</author>
<description>Only &lt;b&gt;a teaser&lt;/b&gt; of it.</description></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour Gazette</title>
<updated>2024-05-17T00:00:00Z</updated>
<entry><title type="html">Ferry</title><id>urn:1</id><link rel="alternate" href="https://gazette.example/1"/>
<link rel="license" href="https://creativecommons.org/licenses/by/4.0/"/>
<link rel="edit" href="https://gazette.example/x"/>
<published>2024-05-16T08:30:00Z</published><updated>2024-05-17T00:00:00Z</updated>
<author><name>Rosa Frey</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>The line will close.</p>
<p>She said so.</p></div></content>
</entry>
<entry><title>Plain</title><id>urn:2</id><updated>2024-05-17T00:00:00Z</updated>
<source><title>Other Paper</title></source>
<content type="text">It costs &lt; 5 euros.</content></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Harbour Gazette</title></channel>
<item rdf:about="y"><title>Ferry</title><link>https://gazette.example/1</link><dc:date>2024-05-16</dc:date>
<description>The line will close.</description></item></rdf:RDF>"""


def test_an_rss_file_is_an_article_an_item(tmp_path: Path) -> None:
    first, second = rows(tmp_path, "a.rss", RSS.encode())
    assert first.text == "The line will close.\n\n“We kept it,” she said.\nThen she left."
    assert (first.known_title, first.known_author, first.known_publisher) == (
        "Ferry & bridge",
        "Rosa Frey",
        "Harbour Gazette",
    )
    assert (first.known_published, first.known_language) == ("Thu, 16 May 2024 08:30:00 GMT", "en-gb")
    assert (first.url, first.source) == ("https://gazette.example/1", "a.rss#7")
    assert (second.text, second.known_author, second.known_published) == ("Only a teaser of it.", "Ann Lee", None)


def test_an_atom_file_is_an_article_an_entry(tmp_path: Path) -> None:
    first, second = rows(tmp_path, "a.atom", ATOM.encode())
    assert first.text == "The line will close.\n\nShe said so."
    assert (first.url, first.known_author) == ("https://gazette.example/1", "Rosa Frey")
    assert first.known_published == "2024-05-16T08:30:00Z"
    assert first.known_licence == "https://creativecommons.org/licenses/by/4.0/"
    assert (second.text, second.url, second.known_publisher) == ("It costs < 5 euros.", None, "Other Paper")


def test_an_rdf_file_is_a_feed(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "a.xml", RDF.encode())
    assert (row.text, row.known_publisher, row.known_published) == (
        "The line will close.",
        "Harbour Gazette",
        "2024-05-16",
    )


def test_a_feed_that_is_not_well_formed_is_read(tmp_path: Path) -> None:
    first, second = rows(tmp_path, "a.rss", RSS.replace("<dc:creator>", "&nbsp; & <dc:creator>").encode())
    assert first.known_author == "Rosa Frey" and second.text == "Only a teaser of it."


LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{LAUGHS}]>'
BOMB += "<rss><channel><item><description>&e11;</description></item></channel></rss>"


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        (RSS[:-150].encode(), "broken-record", "is truncated"),
        (b"<html><body><p>A page.</p></body></html>", "unsupported", "no RSS or Atom feed"),
        (b"<rss><channel></channel></rss>", "empty", "holds no item"),
        (b"words", "broken-record", "not XML"),
        (b"", "empty", ""),
        (b"\0\1", "binary", ""),
        (BOMB.encode(), "broken-record", "declares XML entities"),
        (b"<rss><channel><item><description>" + b"x" * 5_000_000, "too-large", ""),
        (b"<rss>" + b"<a>" * 100_000, "broken-record", "not XML"),
    ],
    ids=["cut", "page", "empty feed", "words", "empty", "binary", "bomb", "large", "deep"],
)
def test_a_feed_that_cannot_be_read_is_refused(tmp_path: Path, data: bytes, reason: str, said: str) -> None:
    *_, row = rows(tmp_path, "a.xml", data)
    assert isinstance(row, read.Refusal) and (row.reason, said in row.detail) == (reason, True), row


def test_an_entity_of_a_file_is_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    late = "<!--" + " " * 9_000 + "-->"
    outside = f'{late}<!DOCTYPE rss [<!ENTITY e11 SYSTEM "file://{tmp_path}/secret">]>'
    outside += "<rss><channel><item><description>Known: &e11;</description></item></channel></rss>"
    for name, content in (("a", late + BOMB), ("b", outside)):
        row = one(tmp_path / name, "a.xml", content.encode())
        assert row.text.endswith("&e11;")


@pytest.mark.parametrize("place", range(4_060, 4_100))
def test_a_reference_is_mended_wherever_it_is(tmp_path: Path, place: int) -> None:
    head = "<rss><channel><item><description>"
    content = (
        head
        + "x" * (place - len(head))
        + "a&nbsp;b &amp;amp; c & d &#233; &hellip;</description></item></channel></rss>"
    )
    assert one(tmp_path, "a.xml", content.encode()).text.endswith("a\xa0b & c & d é …")


def test_a_feed_may_be_of_any_size_and_an_item_may_not(tmp_path: Path) -> None:
    item = f"<item><description>{'The line will close. ' * 3_000}</description></item>"
    found = rows(tmp_path, "a.rss", f"<rss><channel>{item * 100}</channel></rss>".encode())
    assert sum(isinstance(row, read.Record) for row in found) == 100


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("One<br/>two", "One\ntwo"),
        ("<div>a<div>b</div>c</div>", "a\n\nb\n\nc"),
        ("a <b>b</b>\n c<!-- d -->", "a b c"),
        ("<nav>menu</nav>text", "text"),
        ("", ""),
        ("<div>" * 100 + "deep", "deep"),
    ],
)
def test_paragraphs_of_html(content: str, text: str) -> None:
    assert html_text.text(content) == text
