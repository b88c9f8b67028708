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
from pipeline.read.layout import without_tables
from pipeline.read.page.fields import READERS, fields, parsed
from pipeline.read.page.furniture import Furniture, mark_article, without_furniture
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


FURNITURE = load("page_furniture.tsv", Furniture)


@pytest.mark.parametrize("line", FURNITURE, ids=lambda line: f"{line.kind} {line.where} {line.pattern[:30]}")
def test_furniture_goes_and_what_is_like_it_stays(line: Furniture) -> None:
    for shown, stays in ((line.example, False), (line.kept, True)):
        tree: Any = load_html(page(f"<article>{H1}<p>{FIRST}</p><p>{SECOND}</p>{shown}<p>{QUOTE}</p></article>"))
        words = " ".join(" ".join(load_html(page(shown)).find(".//body").itertext()).split())
        without_furniture(tree, parsed(tree).parts)
        left = " ".join(" ".join(tree.itertext()).split())
        assert (words in left) is stays and all(one in left for one in PROSE)


@pytest.mark.parametrize("place", places(), ids=lambda place: f"{place.field} {place.place} {place.name}")
def test_each_place_gives_its_field(place: Place) -> None:
    in_head = place.example.startswith(("<meta", "<link", "<script", "<title"))
    shown = "" if place.field == "title" else H1
    body = f"<article>{shown}{{}}{TEXT}</article>"
    head = place.example if in_head else ""
    with_it = load_html(page(body.format("" if in_head else place.example), head or "<title></title>"))
    without = load_html(page(body.format(""), "<title></title>"))
    assert fields(parsed(with_it))[place.field] and not fields(parsed(without))[place.field]


def test_each_kind_of_place_has_its_reader() -> None:
    assert {place.place for place in places()} == READERS.keys()


@pytest.mark.parametrize("word", load("page_words.tsv", Word), ids=lambda word: f"{word.kind} {word.word}")
def test_each_word_is_in_its_example(word: Word) -> None:
    if "=" in word.example:
        element: Any = load_html(page(f"<p {word.example}>a</p>")).find(".//p")
        whole = {"published", "updated", "byline", "dated", "masthead", "headline"}
        assert (has_class_word if word.kind in whole else has_class_prefix)(element, word.kind)
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
    "foot of a weblog": (
        f"{H1}{TEXT}<p class=posted>Posted by Rosa Frey at April 12, 2016 09:12 AM</p>",
        "Rosa Frey",
        "April 12, 2016",
    ),
    "weblog": (
        f"<h2>Tuesday, April 12, 2016</h2><div><a name=1></a>{H1}{TEXT}</div><p class=post-footers>Posted by Rosa Frey",
        "Rosa Frey",
        "April 12, 2016",
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
    "day before the byline": (
        head_of("<small>April 12th, 2016 by Rosa Frey, Chief Reporter</small>"),
        "Rosa Frey",
        "April 12th, 2016",
    ),
    "weekday and time before the byline": (
        head_of("<small>Tuesday, 12 April 2016 at 9:14 am by Rosa Frey</small>"),
        "Rosa Frey",
        "12 April 2016",
    ),
    "stamp before the byline": (
        head_of("<p>Posted on April 12, 2016, by Rosa Frey</p>"),
        "Rosa Frey",
        "April 12, 2016",
    ),
    "by a person behind a time": (head_of("<p>At 9:14 by the mill</p>"), None, None),
    "correspondent": (
        head_of("<p>From our Olten correspondent, Rosa Frey<br>Published: 12 April 2016 at 18.25 BST</p>"),
        "Rosa Frey",
        "12 April 2016",
    ),
    "correspondent in a town": (head_of("<p>By our own correspondent in Olten, Rosa Frey</p>"), "Rosa Frey", None),
    "reporter": (head_of("<p>By a staff reporter: Rosa Frey</p>"), "Rosa Frey", None),
    "initials": (
        head_of("<p>By O’Rosa van Frey and R. J. Imhof | 12 April 2016</p>"),
        "O’Rosa van Frey, R. J. Imhof",
        "12 April 2016",
    ),
    "correspondent without a name": (head_of("<p>From our own correspondent</p>"), None, None),
    "sentence about a correspondent": (
        head_of("<p>From our correspondent Rosa Frey nobody had heard for a week.</p>"),
        None,
        None,
    ),
    "names with prefixes": (
        head_of("<p>By Rosa d’Alençon, Urs al-Imhof and Jo dell’Orto</p>"),
        "Rosa d’Alençon, Urs al-Imhof, Jo dell’Orto",
        None,
    ),
    "outlet between byline and day": (
        head_of("<p>By Rosa Frey<br>Valley Courier<br>Tuesday, April 12, 2016 - Posted 10:48 PM MDT</p>"),
        "Rosa Frey",
        "April 12, 2016",
    ),
    "office between byline and day": (
        head_of("<div>By Rosa Frey</div><div>Staff Writer</div><div>12 April 2016</div>"),
        "Rosa Frey",
        "12 April 2016",
    ),
    "summary between byline and day": (
        head_of("<p>By Rosa Frey</p><p>How the mill of the valley lost its water</p><p>12 April 1950</p>"),
        "Rosa Frey",
        None,
    ),
    "an element for each name": (
        head_of(
            "<div>By <span class=byline__name>Rosa Frey</span>, <span class=byline__name>Urs Imhof</span> and "
            "<span class=byline__name>Jo Day</span>, Valley Courier</div>"
        ),
        "Rosa Frey, Urs Imhof, Jo Day",
        None,
    ),
    "bylines of text and pictures": (
        head_of("<p class=byline>Rosa Frey</p><p>Pictures</p><p class=byline>Urs Imhof</p>"),
        None,
        None,
    ),
    "labels between strokes": (
        head_of("<p>Published: 12 April 2016 | Words: Rosa Frey | Reading time: some two or three minutes</p>"),
        "Rosa Frey",
        "12 April 2016",
    ),
    "labels of words and pictures": (
        head_of("<p class=byline>Words: Rosa Frey Pictures: Urs Imhof</p>"),
        "Rosa Frey",
        None,
    ),
    "author of a book": (head_of("<p>Author: Rosa Frey</p><p>Publisher: Aare Press</p>"), None, None),
    "day with dots": (head_of("<p class=date>12.04.2016 - 23:40</p><p>By Rosa Frey</p>"), "Rosa Frey", "12.04.2016"),
    "WordPress blocks": (
        f"<main><h1>{TITLE}</h1><div class=wp-block-group><p class=wp-block-post-author__byline>by</p>"
        f"<p class=wp-block-post-author__name>Rosa Frey</p></div>{TEXT}</main>",
        "Rosa Frey",
        None,
    ),
    "aside below the headline": (
        f"{SCOPE}{H1}<aside class=article-aside><p itemprop=author>Rosa Frey</p><time itemprop=datePublished "
        f"datetime=2016-04-12>x</time></aside>{TEXT}</article>",
        "Rosa Frey",
        "2016-04-12",
    ),
    "aside of another kind": (
        f"{SCOPE}{H1}<aside><p itemprop=author>Rosa Frey</p><time itemprop=datePublished datetime=2016-04-12>x</time>"
        f"</aside>{TEXT}</article>",
        None,
        None,
    ),
    "time of day as the day": (
        f"{SCOPE}{H1}{TEXT}<abbr class=published itemprop=datePublished title=2016-04-12T10:52:00Z>10:52</abbr>"
        "</article>",
        None,
        "2016-04-12T10:52:00Z",
    ),
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
        ('<script type="application/ld+json">{"@type":"LiveBlogPosting","datePublished":"2016-04-12","liveBlogUpdate":'
         '[{"@type":"BlogPosting","datePublished":"2016-04-13"}]}</script>', "Urs Imhof", "2016-04-12"),
    ],
)  # fmt: skip
def test_the_pages_head_wins_over_its_byline(head: str, author: str, published: str) -> None:
    row = record(head_of("<p>By Urs Imhof, 1 May 2016</p>"), head)
    assert (row.known_author, row.known_published) == (author, published)


COPYRIGHT = "<footer>© 2016 Valley Courier Ltd. All rights reserved.</footer>"
CANONICAL = '<link rel=canonical href="https://www.valleycourier.example/mill">'
HOME = "<a href=/>Valley Courier</a>"
# Body and head of a page; its title and publisher. Of an unknown outlet nothing is certain.
TITLES = {
    "owner of the copyright": (COPYRIGHT, f"<title>{TITLE} | Valley Courier</title>", TITLE, "Valley Courier"),
    "host": ("", f"<title>{TITLE} - Valley Courier</title>{CANONICAL}", TITLE, "Valley Courier"),
    "name first": (f"<h1>{HOME}</h1>", f"<title>Valley Courier: {TITLE}</title>", TITLE, "Valley Courier"),
    "print version": (COPYRIGHT, f"<title>Valley Courier > Print > {TITLE}</title>", TITLE, "Valley Courier"),
    "name of the site as heading": (
        f"<h1>{HOME}</h1><h2>{TITLE}</h2>", f"<title>{TITLE} « Valley Courier</title>", TITLE, "Valley Courier",
    ),
    "name and motto": ("", f"<title>{TITLE} - Valleycourier, all news</title>{CANONICAL}", TITLE, "Valleycourier"),
    "address as name": ("", f"<title>{TITLE} | ValleyCourier.example</title>{CANONICAL}", TITLE, "ValleyCourier"),
    "name of an edition": (
        COPYRIGHT, f"<title>{TITLE} - Valley Courier Online</title>", TITLE, "Valley Courier",
    ),
    "name in the metadata": (
        "", f'<meta property="og:site_name" content="Courier"><meta property="og:title" content="{TITLE} – Courier">',
        TITLE, "Courier",
    ),
    "name only": (f"<img src=a.gif alt='Valley Courier'><h2>{TITLE}</h2>", "<title>Valley Courier</title>", None, None),
    "picture and copyright": (
        f"<img src=a.gif alt='Valley Courier On-Line'>{COPYRIGHT}", "<title>Valley Courier On-Line</title>", None,
        "Valley Courier",
    ),
    "line that is the title": (
        f"<h1>{HOME}</h1><div><span>{TITLE}</span></div>", f"<title>{TITLE} | Aare Online</title>", TITLE, None,
    ),
    "year of publication": ("", f"<title>{TITLE} (Published 2018) | by Rosa Frey</title>", TITLE, None),
    "byline and section": ("", f"<title>{TITLE} | by Rosa Frey | News | Aare Today</title>", TITLE, None),
    "paper that nothing else names": ("", f"<title>{TITLE} - The Aare Courier</title>", TITLE, None),
    "edition as the title": (
        f"<a href=/><img src=a.gif alt='The Valley Courier'></a><br><font size=5>{TITLE}</font><br><font size=3>Owner "
        f"tells workers</font><br><font size=2>By Rosa Frey</font><br>{COPYRIGHT}",
        "<title>Valley Courier Online</title>", TITLE, None,
    ),
    "slogan of the site": (
        COPYRIGHT, "<title>Valley Courier – Mills and Rivers since 1889</title>", None, "Valley Courier",
    ),
    "headline by its class": (
        f"<div class=headline>{TITLE}</div>{COPYRIGHT}", "<title>Valley Courier – Mills and Rivers since 1889</title>",
        TITLE, "Valley Courier",
    ),
    "headline as a caption": (
        f"<h1>{TITLE}</h1><img src=a.jpg alt='{TITLE}'>",
        f'<title>{TITLE} - Aare News | Valley Post</title><meta property="og:title" content="{TITLE}">'
        '<meta property="og:site_name" content="Valley Post">', TITLE, "Valley Post",
    ),
    "title of a print version": (
        f"<a href=/p>Print this page</a><div>METRO</div><div>{TITLE}</div><div>By Rosa Frey</div>{COPYRIGHT}",
        "<title>Print article - Valley Courier</title>", TITLE, "Valley Courier",
    ),
    "source that ends the title": (
        "", f'<title>{TITLE} - Aare Daily</title><meta name=source content="Aare Daily">', TITLE, "Aare Daily",
    ),
    "source that is an agency": (
        "", f'<title>{TITLE}</title><meta name=source content="Aare Wire">', TITLE, None,
    ),
    "a headline with a dash": ("", "<title>Rain, sun - mill on the Aare to close</title>",
                               "Rain, sun - mill on the Aare to close", None),
    "a headline with a colon": ("", f"<title>Aare: {TITLE}</title>", f"Aare: {TITLE}", None),
}  # fmt: skip


@pytest.mark.parametrize(("body", "head", "title", "publisher"), TITLES.values(), ids=TITLES.keys())
def test_title_and_publisher_of_the_page(body: str, head: str, title: str | None, publisher: str | None) -> None:
    row = record(f"{body}<div>{TEXT}</div>", head if "<title>" in head else f"<title></title>{head}")
    assert (row.known_title, row.known_publisher) == (title, publisher)


@pytest.mark.parametrize(
    ("lines", "head", "author"),
    [
        ("<p>By Rosa Frey</p>", '<meta name="author" content="Valley Courier">', "Rosa Frey"),
        ("<p>By Rosa Frey</p>", '<meta name="author" content="admin">', "Rosa Frey"),
        ("", '<meta name="author" content="By Rosa Frey and Urs Imhof">', "Rosa Frey, Urs Imhof"),
        ("", '<meta name="author" content="Rosa Frey rfrey@valley.example">', "Rosa Frey"),
        ("<p>By Rosa Frey and political reporter Urs Imhof</p>", "", "Rosa Frey, Urs Imhof"),
        ("", '<meta name="author" content="ROSA FREY-O’HARA">', "Rosa Frey-O’Hara"),
        ("<p>Rosa van Frey wrote this.</p>", '<meta name="author" content="ROSA VAN FREY">', "Rosa van Frey"),
        ("<p>Submitted by Rosa Frey on Tue, 04/12/2016 - 11:20</p>", "", "Rosa Frey"),
        ("<p>By Rosa Frey On 12 April 2016 @ 5:02 pm In Mills, The Aare, Business | No Comments</p>", "", "Rosa Frey"),
        ("<div class=block-post-author-name><a href=/r>Rosa Frey</a></div>", "", "Rosa Frey"),
        ("<div class=post-author>Posted by <span class=fn>Rosa Frey</span> at 10:14</div>", "", "Rosa Frey"),
        ("<p>By Rosa Frey</p>", '<meta name="author" content="Super User">', "Rosa Frey"),
        ("<p>By Rosa Frey</p>", '<meta name="dc.creator" content="Canton of Aare, Ministry of Mills, Press Section">',
         "Rosa Frey"),
        ("", '<meta name="author" content="Rosa Frey, Court Reporter">', "Rosa Frey"),
        ("<p>The mill in Olten is shut.</p>", '<meta name="author" content="Rosa Frey, Olten">', "Rosa Frey"),
        ("", '<meta name="author" content="van Frey, Rosa">', "van Frey, Rosa"),
        ("", '<meta name="author" content="Rosa Frey,Urs Imhof">', "Rosa Frey, Urs Imhof"),
        ("", '<meta name="author" content="Rosa Frey; Urs Imhof;Jo Day">', "Rosa Frey, Urs Imhof, Jo Day"),
        ("<p>By Rosa Frey</p>", '<meta name="author" content="1044">', "Rosa Frey"),
        ("<p>By Rosa Frey</p>", '<meta name="author" content="editor_7">', "Rosa Frey"),
        ("", '<meta name="author" content="Rosa Frey 3rd">', "Rosa Frey 3rd"),
    ],
)  # fmt: skip
def test_authors_are_people_and_each_is_written_once(lines: str, head: str, author: str) -> None:
    row = record(f"{head_of(lines)}{COPYRIGHT}", f"<title>{TITLE} | Valley Courier</title>{head}")
    assert (row.known_author, row.known_publisher) == (author, "Valley Courier")


def test_byline_and_date_line_of_the_head_are_no_text() -> None:
    text = record(head_of("<p>By Rosa Frey, Staff Writer</p><p>12 April 2016</p><p>A valley without water</p>")).text
    assert text.split("\n") == [TITLE, "A valley without water", *PROSE]


@pytest.mark.parametrize(
    ("byline", "left"),
    [
        ("By <b class=byline-name>Rosa Frey</b> and <b class=byline-name>Urs Imhof</b>, Valley Courier", []),
        ("By Rosa Frey and Urs Imhof, Court Reporter", []),
        ("<span class=author-name>Rosa Frey</span><p>&amp;</p><span class=author-name>Urs Imhof</span>", []),
        ("By land and sea", ["By land and sea"]),
    ],
)
def test_a_byline_of_several_names_is_no_text(byline: str, left: list[str]) -> None:
    row = record(f"{head_of(f'<div>{byline}</div>')}{COPYRIGHT}", f"<title>{TITLE} | Valley Courier</title>")
    assert row.text.split("\n") == [TITLE, *left, *PROSE]


@pytest.mark.parametrize(
    ("over", "left"),
    [
        ("<span>Courier Premium</span>", []),
        ("<p>PRESS RELEASE No. 12/2016</p>", []),
        ("<p>The owner says that nobody is to blame</p>", ["The owner says that nobody is to blame"]),
    ],
)
def test_a_kicker_above_the_headline_is_no_text(over: str, left: list[str]) -> None:
    assert record(f"<main>{over}{H1}{TEXT}</main>").text.split("\n") == [*left, TITLE, *PROSE]


@pytest.mark.parametrize(
    ("over", "left"),
    [("He drained it.", ["He drained it."]), ("Exclusive!", []), ("From the Courier.", []), ("Aare Mills Inc.", [])],
)
def test_a_sentence_above_the_headline_stays_and_a_label_with_a_stop_does_not(over: str, left: list[str]) -> None:
    assert record(f"<main><p>{over}</p>{H1}{TEXT}</main>").text.split("\n") == [*left, TITLE, *PROSE]


def test_a_line_above_a_heading_that_is_not_the_title_stays() -> None:
    assert record(f"<main><p>Water and rye</p><h1>Aare news</h1>{TEXT}</main>").text.startswith("Water and rye\n")


@pytest.mark.parametrize(
    "letter",
    [
        "<p class=has-drop-cap>T{}",
        "<p class='intro first-cap'>T{}",
        "<p><span class=lc_cap>T</span>{}",
        "<p><span class=dropcap aria-hidden=true>T</span>{}",
        "<p><font size=7 class=caption>T</font>{}",
        "<p><img src=t.gif alt=T>{}",
    ],
)
def test_a_large_first_letter_is_a_part_of_its_word(letter: str) -> None:
    text = record(head_of(f"{letter.format(FIRST[1:])}</p>").replace(f"<p>{FIRST}</p>", "")).text
    assert text.split("\n") == [TITLE, *PROSE]


def test_a_picture_of_a_word_is_not_joined_to_the_next() -> None:
    line = "<p><img src=t.gif alt=The>wheel of the mill, which has turned since 1874, stood still on Sunday.</p>"
    assert "Thewheel" not in record(head_of(line)).text


@pytest.mark.parametrize("letters", ["<span class=lc_cap>A</span> mill", "<span class=lc_cap>Th</span>e mill"])
def test_letters_in_an_element_of_captions_stay(letters: str) -> None:
    whole = "A mill" if ">A<" in letters else "The mill"
    row = record(head_of(f"<p>{letters} on the Aare has one wheel, she said on Sunday.</p>"))
    assert f"\n{whole} on the Aare" in row.text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("<p class=lc-cap>The wheel of the mill, which has turned since 1874, on Sunday.</p>", "wheel of the mill"),
        ("<p><img src=a.gif alt=A> mill on the Aare, or what is left of its wheel and of its house.</p>", "A mill on"),
    ],
)
def test_a_caption_and_a_picture_are_no_first_letter(line: str, words: str) -> None:
    assert words not in record(head_of(line)).text


@pytest.mark.parametrize(
    ("block", "stays"),
    [
        ("<div class=lc-teaser><p>{}</p></div>", True),
        ("<section id=paywallTeaser><p>{}</p></section>", True),
        ("<p class=teaser>{}</p>", True),
        ("<div class=teaser><p>{}</p><a href=/dam>Read on</a></div>", False),
        ("<div class=teaser><h3>Dam to be built</h3><p>{}</p></div>", False),
        ("<div class=teaser onclick=go()><p>{}</p></div>", False),
    ],
)
def test_the_beginning_of_an_article_for_subscribers_stays(block: str, stays: bool) -> None:
    opening = (
        "The wheel stopped at noon, and Rosa Lang, who has kept the mill for thirty years, went out to look at it."
    )
    assert (opening in record(f"<main>{H1}{block.format(opening)}{TEXT}</main>").text) is stays


@pytest.mark.parametrize(
    ("box", "stays"),
    [
        ("<button>All</button><button>Catch up</button><span>24 posts</span><label>Sort by latest</label>", False),
        ("<button>Share</button><button>Save</button>", False),
        ("<span>The wheel turns again</span><button>Share</button><button>Save</button>", True),
        ("<p>24 posts</p><button>Share</button>", True),
        ("<button>Share</button><button>Save</button><p>Moser wept.</p>", True),
        ("<button>Share</button><button>Save</button><p>24 posts</p>", False),
    ],
)
def test_a_box_of_buttons_is_no_text(box: str, stays: bool) -> None:
    tree: Any = load_html(page(head_of(f"<div id=box>{box}</div>")))
    without_furniture(tree, parsed(tree).parts)
    assert (tree.find(".//div[@id='box']") is not None) is stays


def test_byline_below_the_text_is_no_text() -> None:
    row = record(
        f"{H1}{TEXT}<p class=posted>Posted by Rosa Frey at April 12, 2016 09:12 AM</p><h2>Comments</h2><p>{SHORT}</p>"
    )
    assert row.text.endswith(QUOTE)


@pytest.mark.parametrize("heading", ["Reactions", "Responses:", "Comments", "Reactions to the closure"])
def test_a_paragraph_below_a_heading_that_articles_have_stays(heading: str) -> None:
    assert record(f"{H1}{TEXT * 3}<h2>{heading}</h2><p>{FIRST}</p>").text.count(FIRST) == 4


def test_the_line_above_the_byline_is_the_title_if_no_other_can_be() -> None:
    above = "<table><tr><td><a href=/>Home</a><br>Weather</td><td><b>{}</b><br>By Rosa Frey<br>12 April 2016<br>"
    head = "<title>Valley Courier</title>"
    logo = "<img src=a.gif alt='Valley Courier'>"
    assert record(f"{logo}{above.format(TITLE)}{TEXT}</table>", head).known_title == TITLE
    assert (
        record(f"{logo}{above.format(TITLE + '<br>Nobody is to blame, she says')}{TEXT}</table>", head).known_title
        is None
    )


def test_a_form_around_the_page_is_no_form() -> None:
    row = record(f"<form><div><span>{TITLE}</span></div><div>By Rosa Frey<br>12 April 2016</div>{TEXT}</form>")
    assert (row.known_author, row.known_published) == ("Rosa Frey", "12 April 2016")


LIST = "<ul><li>nets are to be taken in by noon on the first of May;</li><li>barges may pass by night.</li></ul>"
LINKS = "<ul><li><a href=/n>Nets to be taken in by noon</a></li><li><a href=/b>Barges may pass</a></li></ul>"


@pytest.mark.parametrize(
    ("between", "left"),
    [
        (LIST, ["- nets are to be taken in by noon on the first of May;", "- barges may pass by night."]),
        ("<h3>Rye and water</h3>", ["Rye and water"]),
        (LINKS, []),
    ],
)
@pytest.mark.parametrize("around", ["<form><div>{}</div><input type=hidden></form>", "<div id=x7><div>{}</div></div>"])
def test_lists_and_subheads_of_a_page_without_a_marked_article_stay(around: str, between: str, left: list[str]) -> None:
    row = record(f"{H1}{around.format(f'<p>{FIRST}</p>{between}<p>{SECOND}</p><p>{QUOTE}</p>')}")
    assert row.text.split("\n") == [FIRST, *left, SECOND, QUOTE]


@pytest.mark.parametrize(
    ("body", "marked"),
    [
        ("<div id=x><p>{0}</p>{1}<p>{2}</p></div>", ["x"]),
        ("<div id=x class=article-body><p>{0}</p>{1}<p>{2}</p></div>", []),
        ("<div id=x><p>{0}</p>{1}<p>{2}</p></div><p>The rest of it is read here, by nobody but you.</p>", []),
        ("<div id=x><div id=y><p>{0}</p><p>{2}</p></div>{1}<p>The rest of it is read here, by you.</p></div>", []),
    ],
)
def test_only_an_unmarked_element_with_all_sentences_is_marked(body: str, marked: list[str]) -> None:
    tree: Any = load_html(page(f"{H1}{body.format(FIRST, LIST, SECOND)}"))
    mark_article(tree)
    assert [one.get("id") for one in tree.iter() if one.get("itemprop") == "articleBody"] == marked


def test_a_section_of_the_article_that_begins_with_a_label_stays() -> None:
    half = f"<div><p>Advertisement</p><p>{SHORT}</p></div>"
    assert SHORT in record(f"<article>{H1}<p>{FIRST}</p>{half}<p>{SECOND}</p></article>").text


@pytest.mark.parametrize(
    "around", ["<div class=read-more>{}</div>", "<section><h2>Subscribe to what?</h2>{}</section>"]
)
def test_the_end_of_an_article_stays(around: str) -> None:
    text = "".join(f"<p>{FIRST}</p>" for _ in range(5))
    assert SECOND in record(f"<article>{H1}{text}{around.format(f'<p>{SECOND}</p>')}</article>").text


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("<p>The survey<sup>1</sup> was lost.<sup>2</sup> Nobody<sup>1</sup> looked.</p>",
         "The survey was lost. Nobody looked."),
        ("<p>It covers 4 km<sup>2</sup> of the valley near Olten.</p>", "It covers 4 km2 of the valley near Olten."),
        ("<p>The survey<sup>1</sup> covers 4 km<sup>2</sup> of land.</p>", "The survey covers 4 km2 of land."),
        ("<p>It is 10<sup>1</sup> or 10<sup>2</sup> metres deep.</p>", "It is 101 or 102 metres deep."),
    ],
)  # fmt: skip
def test_marks_of_notes_are_no_text_and_powers_are(lines: str, words: str) -> None:
    assert words in record(head_of(lines)).text


def test_a_box_of_facts_with_a_quotation_stays() -> None:
    box = f"<div class=info-box><p>{QUOTE}</p></div>"
    assert QUOTE in record(f"<article>{H1}<p>{FIRST}</p><p>{SECOND}</p>{box}<p>{FIRST}</p></article>").text


@pytest.mark.parametrize(
    ("box", "stays"),
    [
        ("<div class=mill-tools><p>“The axle was as loose as a tooth,” Urs Imhof said on Monday.</p></div>", True),
        ("<div class=lc-tools><p>Tell all of your friends about the mill.</p><button>Mail</button></div>", False),
        ("<div class=readers-letters><p>“We wrote to the mill twice,” Urs Imhof said on Monday.</p></div>", True),
        ("<div class=lc-letters><p>“We wrote to the mill and heard nothing.” – Urs Imhof, Olten</p></div>", False),
        ("<div class=love-letters><p>In one of them the owner asks Rosa Frey to come to the mill.</p></div>", True),
    ],
)
def test_a_box_about_tools_or_letters_stays(box: str, stays: bool) -> None:
    tree: Any = load_html(page(f"<article>{H1}<p>{FIRST}</p>{box}<p>{SECOND}</p><p>{QUOTE}</p></article>"))
    without_furniture(tree, parsed(tree).parts)
    assert ((len(tree.findall(".//article/div"))) == 1) is stays


def test_a_linked_number_between_words_is_no_mark() -> None:
    assert "ran on 12 days" in record(f"{H1}{TEXT}<p>The mill ran on <a href=#n1>12</a> days of the year.</p>").text


@pytest.mark.parametrize(
    "post",
    [
        "The mill sent a newsletter to its workers on Friday, and Jon Orrin said that the wheel would not turn in May.",
        "Workers were told to sign up for a seat on the bus. “It leaves at six and it will not wait,” said Jon Orrin.",
    ],
)
def test_a_post_with_a_button_is_no_prompt(post: str) -> None:
    posts = "".join(f"<div><p>{text}</p><button>Share</button></div>" for text in (FIRST, post, SECOND, FIRST, FIRST))
    assert post in record(f"<article>{H1}{posts}</article>").text


def test_an_article_in_a_box_of_furniture_stays() -> None:
    assert record(f"{H1}<div class=newsletter-post><p>{FIRST}</p><p>{SECOND}</p></div>").text.endswith(SECOND)


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
    found = fields(parsed(tree))
    assert found.keys() >= {"title", "author", "published", "publisher", "licence", "url"}
    without_tables(tree)
    assert tree.find(".//table") is None
    assert "".join(tree.itertext()).count(FIRST) == sum(FIRST in text for _, _, text in pieces)


@pytest.mark.slow
def test_thousands_of_titles_and_authors_take_linear_time() -> None:
    title = " | ".join(f"Lock {number % 10}" for number in range(60))
    titles = "".join(f'<meta property="og:title" content="{title} {number}">' for number in range(3_000))
    letters = [chr(65 + number) for number in range(26)]
    names = "".join(
        f'<meta name="author" content="ANN LEE{a}{b}{c}">' for a in letters for b in letters for c in letters
    )
    tree = load_html(page("<p>The lock and the mill are shut.</p>" * 20_000, titles + names))
    with cpu_limit():
        assert fields(parsed(tree))["author"] is None


@pytest.mark.parametrize(
    "piece",
    [
        "<table><tr><td>a <a href=x>b</a></td><td>2</td></tr><tr><td>c</td><td>3</td></tr></table>",
        "<time class=published datetime=2016-04-12>x</time>",
        "<a rel=author href=x>Rosa Frey</a> ",
        "<h1>x</h1>",
        "<b>x</b> ",
        "<div class=newsletter><p>x</p></div>",
        "<div class=pull-quote><p>a lock and a mill</p></div>",
        "<div><h3>Read next</h3><button>x</button>in your inbox</div>",
        "<h2>2 Comments</h2><p>x</p>",
    ],
)
@pytest.mark.slow
def test_parts_of_large_pages_are_found_in_linear_time(piece: str) -> None:
    tree = load_html(page(piece * 16_000))
    with cpu_limit():
        page_ = parsed(tree)
        fields(page_)
        without_furniture(tree, page_.parts)
        without_tables(tree)
