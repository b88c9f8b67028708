"""Web pages: layout tables, a page's metadata, and the page's licence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trafilatura import load_html

from pipeline import read
from pipeline.data import Word, load
from pipeline.documents.clean.notices import licence_of_record
from pipeline.read import html
from pipeline.read.page.fields import READERS, fields
from pipeline.read.page.words import Place, has_class_prefix, has_class_word, places
from tests.support.time_limit import cpu_limit

FIRST = (
    "The mill on the river Aare will close in June, its owner said on Monday, after three summers without enough water."
)
SECOND = "It has ground the valley's rye since 1874 and employs forty people, some of whom were born beside it."
QUOTE = "“We waited for rain until we could wait no more,” said the owner, Lena Moser. “Nobody is to blame.”"
SHORT = "“Nobody is to blame,” she said."
PROSE = [FIRST, SECOND, QUOTE]
TEXT = "".join(f"<p>{one}</p>" for one in PROSE)
BREAKS = "<br><br>".join(PROSE)
MENU = "<a href=/>Home</a><br><a href=/news>News</a><br><a href=/old>Archive</a>"
DATA = "<table><tr><th>Year</th><th>Sacks of rye</th></tr><tr><td>1990</td><td>8,100</td></tr>"
DATA += "<tr><td>2020</td><td>2,300</td></tr></table>"
TITLE = "Mill on the Aare to close"
H1 = f"<h1>{TITLE}</h1>"
BY = "https://creativecommons.org/licenses/by/4.0/"
NC = "https://creativecommons.org/licenses/by-nc/4.0/"


def page(body: str, head: str = "") -> str:
    title = "" if "<title>" in head else f"<title>{TITLE} | Valley Courier</title>"
    return f"<!doctype html><html lang=en><head>{title}{head}</head><body>{body}</body></html>"


def record(body: str, head: str = "") -> read.Record:
    row = html.record(page(body, head).encode(), path="a.html", origin="a.html", source="a.html")
    assert isinstance(row, read.Record), row
    return row


LAYOUTS = {
    "one cell of paragraphs": f"<table><tr><td>{TEXT}</td></tr></table>",
    "one cell with breaks": f"<table><tr><td>{BREAKS}</td></tr></table>",
    "a row for each paragraph": "<table>" + "".join(f"<tr><td>{one}</td></tr>" for one in PROSE) + "</table>",
    "a quotation among breaks": f"<table><tr><td>{FIRST}<br><br>{SECOND}<br><blockquote>{QUOTE}</blockquote></table>",
    "menu of links beside": f"<table><tr><td>{MENU}</td><td>{TEXT}</td></tr></table>",
    "menu of words beside": f"<table><tr><td>Menu<br>Home<br>Archive</td><td>{TEXT}</td></tr></table>",
    "menu of words above": f"<table><tr><td>Home Archive</td></tr><tr><td>{BREAKS}</td></tr></table>",
    "bar of links above": "<table><tr><td><a href=/>Home</a> | <a href=/old>Archive</a></td></tr>"
    f"<tr><td>{BREAKS}</td></tr></table>",
    "tables in tables": "<table><tr><td colspan=2><b>Valley Courier</b></td></tr><tr><td><table>"
    "<tr><td><a href=/>Home</a></td></tr><tr><td><a href=/old>Archive</a></td></tr></table></td>"
    f"<td><table><tr><td>{TEXT}</td></tr></table></td></tr></table>",
    "two columns of text": f"<table><tr><td><p>{FIRST}</p><p>{SECOND}</p></td><td><p>{QUOTE}</p></td></tr></table>",
    "spacer cells": "<table>" + "".join(f"<tr><td>&nbsp;<td>{one}" for one in PROSE) + "</table>",
    "header cells that hold the article": f"<table><tr><th>Home Archive</th><th>News</th></tr>"
    f"<tr><td>1874</td><td>{TEXT}</td></tr></table>",
    "header cells of a menu": "<table><tr><th>Valley Courier</th><th>News from the valley, the towns, the hills"
    f"</th></tr><tr><td>{MENU}</td><td>{BREAKS}</td></tr></table>",
    "marked as presentation": f"<table role=presentation><tr><td>{FIRST}</td></tr>"
    f"<tr><td>{SECOND}</td></tr><tr><td>{QUOTE}</td></tr></table>",
    "figures inside": f"<table><tr><td><p>{FIRST}</p>{DATA}<p>{SECOND}</p><p>{QUOTE}</p></td></tr></table>",
    "figures in an article": f"<article>{H1}<p>{FIRST}</p>{DATA}<p>{SECOND}</p><p>{QUOTE}</p></article>",
    "figures without header cells": f"<article><p>{FIRST}</p>{DATA.replace('th>', 'td>')}<p>{SECOND}</p><p>{QUOTE}</p>",
    "no table": f"<article>{H1}{TEXT}</article>",
}


@pytest.mark.parametrize("body", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_paragraphs_of_a_page_stay_and_its_tables_leave_no_trace(body: str) -> None:
    lines = record(body).text.splitlines()
    assert [line for line in lines if line.strip() and line != TITLE] == PROSE


def test_short_paragraphs_in_rows_are_no_figures() -> None:
    assert SHORT in record(f"<table><tr><td>{FIRST}</td></tr><tr><td>{SHORT}</td></tr><tr><td>{SECOND}</table>").text


def test_a_table_of_answers_keeps_its_words() -> None:
    rows = "<tr><th>Asked</th><th>Said</th></tr>"
    rows += f"<tr><td>Moser</td><td>{QUOTE}</td></tr><tr><td>Frey</td><td>{FIRST}</td></tr>"
    text = record(f"<article><p>{SECOND}</p><table>{rows}</table></article>").text
    assert QUOTE in text and FIRST in text and "|" not in text


@pytest.mark.parametrize("place", places(), ids=lambda place: f"{place.field} {place.place} {place.name}")
def test_each_place_gives_its_field(place: Place) -> None:
    in_head = place.example.startswith(("<meta", "<link", "<script", "<title"))
    shown = "" if place.field == "title" else H1
    body = f"<article>{shown}{{}}{TEXT}</article>"
    head = place.example if in_head else ""
    with_it = load_html(page(body.format("" if in_head else place.example), head or "<title></title>"))
    without = load_html(page(body.format(""), "<title></title>"))
    assert fields(with_it)[place.field] and not fields(without)[place.field]


def test_each_kind_of_place_has_its_reader() -> None:
    assert {place.place for place in places()} == READERS.keys()


@pytest.mark.parametrize("word", load("page_words.tsv", Word), ids=lambda word: f"{word.kind} {word.word}")
def test_each_word_is_in_its_example(word: Word) -> None:
    if "=" in word.example:
        element: Any = load_html(page(f"<p {word.example}>a</p>")).find(".//p")
        assert (has_class_word if word.kind in {"published", "updated", "byline", "dated"} else has_class_prefix)(
            element, word.kind
        )
    else:
        assert word.word in word.example.casefold().split() or word.word == word.example.casefold()


def head_of(lines: str) -> str:
    return f"<article>{H1}{lines}{TEXT}</article>"


WORDPRESS = (
    '<article class="post hentry comments-open"><header><h1>Mill on the Aare to close</h1><div class="entry-meta">'
    '<span class="posted-on">Posted on <a href="/x" rel="bookmark"><time class="entry-date published" '
    'datetime="2016-04-12T09:00:00+00:00">April 12, 2016</time><time class="updated" '
    'datetime="2016-04-15T09:00:00+00:00">April 15, 2016</time></a></span><span class="byline"> by '
    '<span class="author vcard"><a class="url fn n" href="/author/r">Rosa Frey</a></span></span></div></header>'
    f"{TEXT}</article>"
)
SCOPE = '<article itemscope itemtype="https://schema.org/NewsArticle">'
HEADS = {
    "byline with a day": (
        head_of("<p>By Rosa Frey | April 12, 2016 | <a href=/e>Email</a></p>"),
        "Rosa Frey",
        "April 12, 2016",
    ),
    "day first": (head_of("<p>12 April 2016</p><p>By Rosa Frey</p>"), "Rosa Frey", "12 April 2016"),
    "two names and an office": (
        head_of("<p>By Rosa Frey and Urs Imhof, Staff Writers</p>"),
        "Rosa Frey, Urs Imhof",
        None,
    ),
    "pieces without blanks": (
        head_of("<div><span>By</span><a href=x>Rosa Frey</a><span>12 April 2016</span></div>"),
        "Rosa Frey",
        "12 April 2016",
    ),
    "WordPress": (WORDPRESS, "Rosa Frey", "2016-04-12T09:00:00+00:00"),
    "old page": (
        f"<table><tr><td>Valley Courier<br>Friday, March 1, 2024</td></tr><tr><td><font size=5>{TITLE}</font><br>"
        f"By Rosa Frey, 12 April 2016<br><br>{BREAKS}</td></tr></table>",
        "Rosa Frey",
        "12 April 2016",
    ),
    "name of the site above": (
        f"<header><h1>Valley Courier</h1><p>1 March 2024</p></header><article><h2>{TITLE}</h2><p>By Rosa Frey</p>"
        f"<p>12 April 2016</p>{TEXT}</article>",
        "Rosa Frey",
        "12 April 2016",
    ),
    "first published": (
        head_of("<p class=byline>Rosa Frey</p><p>Updated April 15, 2016 - First published April 12, 2016</p>"),
        "Rosa Frey",
        "April 12, 2016",
    ),
    "time elements with labels": (
        head_of("<p>Published <time datetime=2016-04-12>x</time> | Updated <time datetime=2016-04-15>y</time></p>"),
        None,
        "2016-04-12",
    ),
    "rel author": (head_of("<p>From Bern <a rel=author href=/r>Rosa Frey</a></p>"), "Rosa Frey", None),
    "microdata": (
        f"{SCOPE}{H1}<span itemprop=author>Rosa Frey</span><meta itemprop=datePublished content=2016-04-12>"
        f"{TEXT}</article>",
        "Rosa Frey",
        "2016-04-12",
    ),
    "summary above the byline": (head_of(f"<p>{SECOND}</p><p>By Rosa Frey</p>"), "Rosa Frey", None),
    "heading of the fourth rank": (
        head_of("<h4>By <a href=/r>Rosa Frey</a></h4><p class=date>Tuesday 12 April 2016, 9:30 am</p>"),
        "Rosa Frey",
        "12 April 2016",
    ),
    "microdata without a scope": (
        head_of("<span itemprop=author>Rosa Frey</span><meta itemprop=datePublished content=2016-04-12>"),
        "Rosa Frey",
        "2016-04-12",
    ),
    "microdata of the page": (
        f'<div itemscope itemtype="https://schema.org/WebPage">{H1}<b itemprop=author>Rosa Frey</b>{TEXT}</div>',
        "Rosa Frey",
        None,
    ),
    "foot of the article": (
        f"<article>{H1}{TEXT}<footer>Posted by <a rel=author href=/r>Rosa Frey</a> "
        "<time pubdate datetime=2016-04-12>x</time></footer></article>",
        "Rosa Frey",
        "2016-04-12",
    ),
    "name of the paper": (head_of("<p>By Rosa Frey, Valley Courier</p>"), "Rosa Frey", None),
    "day with stops": (head_of("<p>By Rosa Frey | Apr. 12, 2016 9:30 a.m. ET</p>"), "Rosa Frey", "Apr. 12, 2016"),
    # None below is the page's own author or day, or it is ambiguous.
    "only updated": (head_of("<p>Updated <time datetime=2016-04-12>x</time></p>"), None, None),
    "two days": (head_of("<p><time datetime=2016-04-12>x</time> <time datetime=2016-04-15>y</time></p>"), None, None),
    "day in a sentence": (
        head_of("<p>The mill that opened on <time datetime=1874-03-03>3 March 1874</time> will close, she said.</p>"),
        None,
        None,
    ),
    "day of something else": (head_of("<p>Born 12 May 2012</p>"), None, None),
    "related article": (
        f"{head_of('')}<div class=related-stories><p class=byline>By Urs Imhof</p>"
        "<time class=published datetime=2016-05-01>x</time></div>",
        None,
        None,
    ),
    "comment": (
        head_of("").replace(
            "</article>",
            "<section id=comments><article><a rel=author href=/u>Urs Imhof</a> "
            "<time pubdate datetime=2016-05-01>x</time></article></section></article>",
        ),
        None,
        None,
    ),
    "caption": (head_of("<div class=wp-caption>By Urs Imhof, 1 May 2012</div>"), None, None),
    "list of articles": (
        "<h1>News</h1><div><h2><a href=/a>Mill</a></h2><time datetime=2016-04-12>x</time><p>By Rosa Frey</p></div>"
        f"<div><h2><a href=/b>Dam</a></h2></div>{TEXT}",
        None,
        None,
    ),
    "articles side by side": (
        "<article><h2>Mill</h2><time pubdate datetime=2016-04-12>x</time></article>"
        f"<article><h2>Dam</h2><time pubdate datetime=2016-04-11>x</time></article>{TEXT}",
        None,
        None,
    ),
    "microdata of another article": (
        f'{head_of("")}<div class=related itemscope itemtype="https://schema.org/NewsArticle">'
        "<meta itemprop=datePublished content=2016-05-01><b itemprop=author>Urs Imhof</b></div>",
        None,
        None,
    ),
    "subhead": (head_of("<h2>By Land And Sea</h2>"), None, None),
    "an office only": (head_of("<p>By Staff Writer</p>"), None, None),
}


@pytest.mark.parametrize(("body", "author", "published"), HEADS.values(), ids=HEADS.keys())
def test_author_and_day_of_the_page(body: str, author: str | None, published: str | None) -> None:
    row = record(body)
    assert (row.known_author, row.known_published) == (author, published)


META = '<meta property="article:published_time" content="2016-04-12T09:00:00Z"><meta name="author" content="Rosa Frey">'
GRAPH = '{"@graph":[{"@type":"NewsArticle","author":{"@id":"#a"}},{"@type":"Person","@id":"#a","name":"Rosa Frey"}]}'


@pytest.mark.parametrize(
    ("head", "author", "published"),
    [
        (META, "Rosa Frey", "2016-04-12T09:00:00Z"),
        ('<meta name="citation_author" content="Frey, Rosa"><meta name="citation_author" content="Imhof, Urs">',
         "Rosa Frey, Urs Imhof", "1 May 2016"),
        ('<meta name="author" content="https://social.example/r"><meta name="dc.creator" content="Rosa Frey">',
         "Rosa Frey", "1 May 2016"),
        ('<meta name="pubdate" content="2016-04-12"><meta name="pubdate" content="2016-04-13">',
         "Urs Imhof", "1 May 2016"),
        ('<meta property="og:updated_time" content="2016-04-12">', "Urs Imhof", "1 May 2016"),
        (f'<script type="application/ld+json">{GRAPH}</script>', "Rosa Frey", "1 May 2016"),
    ],
)  # fmt: skip
def test_the_pages_head_wins_over_its_byline(head: str, author: str, published: str) -> None:
    row = record(head_of("<p>By Urs Imhof, 1 May 2016</p>"), head)
    assert (row.known_author, row.known_published) == (author, published)


def link(address: str = BY) -> str:
    return f'<a rel="license" href="{address}">CC BY</a>'


LICENCES = {
    "foot of the page": (f"<footer>Text: {link()}</footer>", "", "CC-BY-4.0"),
    "foot by its id": (f"<div id=colophon>{link()}</div>", "", "CC-BY-4.0"),
    "licence box": (f"<div class=license>{link()}</div>", "", "CC-BY-4.0"),
    "Creative Commons chooser": (
        f'<a rel="license" href="{BY}"><img src=x></a><br>This work is licensed under a {link()}.',
        "",
        "CC-BY-4.0",
    ),
    "the same twice": (f"<footer>{link(BY + 'deed.en')}</footer>", f'<link rel="license" href="{BY}">', "CC-BY-4.0"),
    "a licence and a notice of rights": (
        "",
        f'<meta name="dcterms.license" content="{BY}"><meta name="dc.rights" content="© Valley Courier">',
        "CC-BY-4.0",
    ),
    # No licence: rights reserved, or not known to be the page's.
    "a licence, and all rights reserved": (
        f"<footer>{link()}</footer>",
        '<meta name="dc.rights" content="© Valley Courier. All rights reserved.">',
        None,
    ),
    "figure": (f"<figure><img src=x><figcaption>Urs Imhof, {link()}</figcaption></figure>", "", None),
    "credit of a photo": (f"<div class=photo-credit>{link()}</div>", "", None),
    "line about a photo": (f"<p>Photo: Urs Imhof, {link()}</p>", "", None),
    "photo in the foot": (f"<footer>Photos on this page: {link()}</footer>", "", None),
    "theme in the foot": (f"<footer>Theme by Urs, {link()}</footer>", "", None),
    "another work": (f"<p>The study is out under {link()}, the group said.</p>", "", None),
    "quoted": (f"<blockquote>This article is licensed under {link()}</blockquote>", "", None),
    "related article": (f"<div class=related-posts>This article: {link()}</div>", "", None),
    "alone": (f"<p>{link()}</p>", "", None),
    "two in the page": (f"<footer>{link()} {link(NC)}</footer>", "", None),
    "link and foot differ": (f"<footer>{link()}</footer>", f'<link rel="license" href="{NC}">', None),
    "JSON-LD and link differ": (
        "",
        f'<link rel="license" href="{BY}"><script type="application/ld+json">'
        f'{{"@type":"Article","license":"{NC}"}}</script>',
        None,
    ),
    "microdata of a picture": (
        f'<figure itemprop=image itemscope itemtype="https://schema.org/ImageObject">'
        f'<a itemprop=license href="{BY}">x</a></figure>',
        "",
        None,
    ),
    "picture without a scope of its own": (f'<figure><a itemprop=license href="{BY}">x</a></figure>', "", None),
}


@pytest.mark.parametrize(("below", "head", "spdx"), LICENCES.values(), ids=LICENCES.keys())
def test_the_licence_is_the_pages_own(below: str, head: str, spdx: str | None) -> None:
    row = record(f"{SCOPE}{H1}{TEXT}{below}</article>", head)
    assert (licence_of_record(row.known_licence) if row.known_licence else None) == spdx


TAGS = ["table", "tr", "td", "th", "div", "p", "br", "span", "article", "h1", "time", "a", "figure", "aside", "footer"]
ATTRIBUTES = ["", " class=byline", " rel=author", " rel=license", " pubdate"]
TEXTS = ["", "By Rosa Frey", "12 April 2016", FIRST, "|"]
PIECES = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES), st.sampled_from(TEXTS)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(PIECES)
def test_any_page_gives_fields_and_its_sentences(pieces: list[tuple[str, str, str]]) -> None:
    body = "".join(f"<{tag}{attribute}>{text}" for tag, attribute, text in pieces)
    tree = load_html(page(body))
    found = fields(tree)
    assert found.keys() >= {"title", "author", "published", "publisher", "licence", "url"}
    html.without_tables(tree)
    assert tree.find(".//table") is None
    assert "".join(tree.itertext()).count(FIRST) == sum(FIRST in text for _, _, text in pieces)


@pytest.mark.parametrize(
    "piece",
    [
        "<table><tr><td>a <a href=x>b</a></td><td>2</td></tr><tr><td>c</td><td>3</td></tr></table>",
        "<time class=published datetime=2016-04-12>x</time>",
        "<a rel=author href=x>Rosa Frey</a> ",
        "<h1>x</h1>",
        "<b>x</b> ",
    ],
)
@pytest.mark.slow
def test_parts_of_large_pages_are_found_in_linear_time(piece: str) -> None:
    tree = load_html(page(piece * 16_000))
    with cpu_limit():
        fields(tree)
        html.without_tables(tree)
