"""Files of other tools: each field is found under the tool's name for it, or under the one that the user gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from assets.build.intake import field_mapping_notes
from pipeline import read
from pipeline.documents.metadata import publication_date
from pipeline.read.field_names import FieldName, FieldNames, Layout, flat, parsed_names

TEXT = "The ferry line will close in May, the operator said on Monday. “We kept it as long as we could,” she said."
TITLE, WHO, DAY, OUTLET, URL = (
    "Ferry to close",
    "Rosa Frey",
    "2024-05-16",
    "Harbour Gazette",
    "https://gazette.example/1",
)
TIME = "2024-05-16T08:30:00Z"
ALL = {"text": TEXT, "title": TITLE, "author": WHO, "published": DAY, "publisher": OUTLET, "url": URL, "licence": None,
       "language": None}  # fmt: skip


def lines(*records: Mapping[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def whole(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()


def table(delimiter: str, encoding: str = "utf-8", **fields: str) -> bytes:
    quoted = ['"' + value.replace('"', '""') + '"' for value in fields.values()]
    return f"{delimiter.join(fields)}\n{delimiter.join(quoted)}\n".encode(encoding)


def columns(**fields: Any) -> bytes:
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist([fields]), sink)
    return bytes(sink.getvalue())


# Output of each tool: file name, content, and the fields that differ from ALL.
LAYOUTS: dict[str, tuple[str, bytes, dict[str, str | None]]] = {
    "news-please": (
        "a.json",
        whole(
            {
                "authors": [WHO], "date_download": "2026-01-01 00:00:00", "date_modify": None,
                "date_publish": "2024-05-16 08:30:00", "description": "Short.", "filename": "x.json", "language": "en",
                "maintext": TEXT, "source_domain": "gazette.example", "title": TITLE, "url": URL,
            }
        ),
        {"published": "2024-05-16 08:30:00", "publisher": "gazette.example", "language": "en"},
    ),
    "cc_news": (
        "a.parquet",
        columns(
            title=TITLE, text=TEXT, domain="gazette.example", date="2024-05-16 08:30:00", description="Short.", url=URL,
            image_url="https://gazette.example/1.png",
        ),
        {"published": "2024-05-16 08:30:00", "publisher": "gazette.example", "author": None},
    ),
    "newspaper4k": (
        "a.jsonl",
        lines(
            {
                "url": URL, "source_url": "https://gazette.example", "title": TITLE, "authors": [WHO], "text": TEXT,
                "publish_date": TIME, "top_image": "", "keywords": ["ferry"], "summary": "Short.",
            }
        ),
        {"published": TIME, "publisher": None},
    ),
    "trafilatura": (
        "a.json",
        whole(
            {
                "title": TITLE, "author": WHO, "hostname": "gazette.example", "date": DAY, "fingerprint": "a1",
                "id": None, "license": "CC-BY-4.0", "comments": "", "raw_text": TEXT, "text": TEXT, "language": "en",
                "source": URL, "source-hostname": OUTLET, "excerpt": "Short.", "categories": "", "tags": "",
            }
        ),
        {"licence": "CC-BY-4.0", "language": "en"},
    ),
    "Fundus": (
        "a.json",
        whole(
            [
                {
                    "title": TITLE, "authors": [WHO], "publishing_date": TIME, "topics": [], "free_access": True,
                    "publisher": OUTLET, "requested_url": URL,
                    "body": {"summary": [], "sections": [{"headline": [], "paragraphs": TEXT.split(". ", 1)}]},
                }
            ]
        ),
        {"published": TIME, "text": "\n\n".join(TEXT.split(". ", 1))},
    ),
    "NewsAPI": (
        "a.json",
        whole(
            {
                "status": "ok", "totalResults": 1,
                "articles": [
                    {
                        "source": {"id": None, "name": OUTLET}, "author": WHO, "title": TITLE, "description": "Short.",
                        "url": URL, "urlToImage": None, "publishedAt": TIME, "content": TEXT,
                    }
                ],
            }
        ),
        {"published": TIME},
    ),
    "Event Registry": (
        "a.json",
        whole(
            {
                "articles": {
                    "page": 1, "totalResults": 1,
                    "results": [
                        {
                            "uri": "8", "lang": "eng", "isDuplicate": False, "date": DAY, "dateTime": TIME, "url": URL,
                            "title": TITLE, "body": TEXT, "source": {"uri": "gazette.example", "title": OUTLET},
                            "authors": [{"uri": "frey@gazette.example", "name": WHO}], "sentiment": 0.1,
                        }
                    ],
                }
            }
        ),
        {"published": TIME, "language": "eng"},
    ),
    "Media Cloud": (
        "a.csv",
        table(",", id="77", publish_date=DAY, title=TITLE, url=URL, language="en", media_name=OUTLET, text=TEXT),
        {"author": None, "language": "en"},
    ),
    "Zyte": (
        "a.jsonl",
        lines(
            {
                "url": URL,
                "article": {
                    "headline": TITLE, "datePublished": TIME, "authors": [{"name": WHO}], "articleBody": TEXT,
                    "inLanguage": "en", "url": URL,
                },
            }
        ),
        {"published": TIME, "publisher": None, "language": "en"},
    ),
    "schema.org": (
        "a.jsonl",
        lines(
            {
                "@type": "NewsArticle", "headline": TITLE, "datePublished": TIME, "articleBody": TEXT, "url": URL,
                "author": {"@type": "Person", "name": WHO}, "publisher": {"@type": "Organization", "name": OUTLET},
                "license": "https://creativecommons.org/licenses/by/4.0/",
            }
        ),
        {"published": TIME, "licence": "https://creativecommons.org/licenses/by/4.0/"},
    ),
    "The Guardian": (
        "a.json",
        whole(
            {
                "response": {
                    "status": "ok",
                    "results": [
                        {
                            "id": "world/1", "webPublicationDate": TIME, "webTitle": TITLE, "webUrl": URL,
                            "fields": {"byline": WHO, "bodyText": TEXT},
                        }
                    ],
                }
            }
        ),
        {"published": TIME, "publisher": None},
    ),
    "mediastack": (
        "a.json",
        whole(
            {
                "pagination": {"limit": 1},
                "data": [
                    {
                        "author": WHO, "title": TITLE, "content": TEXT, "url": URL, "source": OUTLET, "image": None,
                        "language": "en", "published_at": TIME,
                    }
                ],
            }
        ),
        {"published": TIME, "language": "en"},
    ),
    "JSON Feed": (
        "a.json",
        whole({"version": "1.1", "title": "Feed", "items": [{"id": "1", "url": URL, "title": TITLE,
               "content": TEXT, "date_published": TIME, "authors": [{"name": WHO}]}]}),
        {"published": TIME, "publisher": None},
    ),
    "ProQuest": (
        "a.csv",
        table(",", Title=TITLE, Authors=WHO, publication_title=OUTLET, publication_date=DAY, full_text=TEXT, url=URL),
        {},
    ),
    "semicolons, cp1252": (
        "a.csv",
        table(";", "cp1252", headline="Fähre", byline=WHO, date=DAY, newspaper=OUTLET, link=URL, body=TEXT),
        {"title": "Fähre"},
    ),
    "tabs": ("a.tsv", table("\t", headline=TITLE, byline=WHO, date=DAY, outlet=OUTLET, url=URL, article=TEXT), {}),
    "Readability": (
        "a.jsonl",
        lines({"title": TITLE, "byline": WHO, "siteName": OUTLET, "publishedTime": TIME, "textContent": TEXT,
               "content": "<p>markup</p>", "url": URL}),
        {"published": None},
    ),
    "goose3": (
        "a.jsonl",
        lines({"title": TITLE, "cleaned_text": TEXT, "authors": [WHO], "publish_date": DAY, "canonical_url": URL}),
        {"publisher": None},
    ),
    "All the News": (
        "a.csv",
        table(",", date=DAY, author=WHO, title=TITLE, article=TEXT, url=URL, section="World", publication=OUTLET),
        {},
    ),
    "CNN/Daily Mail": ("a.parquet", columns(article=TEXT, highlights="Short.", id="f1"),
                       dict.fromkeys(("title", "author", "published", "publisher", "url"))),
    "capitals": ("a.csv", table(",", Text=TEXT, TITLE=TITLE, Author=WHO, Date=DAY, Publisher=OUTLET, URL=URL), {}),
    "objects in Parquet": (
        "a.parquet",
        columns(content=TEXT, title=TITLE, author=WHO, publishedAt=TIME, source={"id": None, "name": OUTLET}, url=URL),
        {"published": TIME},
    ),
    "names with dots": (
        "a.csv",
        table(",", **{"source.name": OUTLET, "content": TEXT, "title": TITLE, "author": WHO, "publishedAt": DAY,
                      "url": URL}),
        {},
    ),
    "newsdata.io": (
        "a.json",
        whole(
            {
                "status": "success", "totalResults": 1,
                "results": [
                    {
                        "article_id": "a1", "title": TITLE, "link": URL, "keywords": None, "creator": [WHO],
                        "description": "Short.", "content": TEXT, "pubDate": "2024-05-16 08:30:00",
                        "source_id": "gazette", "source_name": OUTLET, "language": "english",
                    }
                ],
            }
        ),
        {"published": "2024-05-16 08:30:00", "language": "english"},
    ),
    "NewsCatcher": (
        "a.json",
        whole(
            {
                "status": "ok", "total_hits": 1,
                "articles": [
                    {
                        "title": TITLE, "author": WHO, "published_date": TIME, "link": URL,
                        "domain_url": "gazette.example", "name_source": OUTLET, "content": TEXT, "language": "en",
                        "rank": 5, "score": 9.5,
                    }
                ],
            }
        ),
        {"published": TIME, "language": "en"},
    ),
    "Webz.io": (
        "a.json",
        whole(
            {
                "posts": [
                    {
                        "thread": {"uuid": "u", "site": "gazette.example", "site_title": OUTLET, "site_type": "news"},
                        "uuid": "u", "url": URL, "author": WHO, "published": TIME, "title": TITLE, "text": TEXT,
                        "language": "english", "external_links": [],
                    }
                ],
                "totalResults": 1,
            }
        ),
        {"published": TIME, "language": "english"},
    ),
    "NELA-GT": (
        "a.json",
        whole(
            [
                {
                    "id": "gazette--1", "date": DAY, "source": OUTLET, "title": TITLE, "content": TEXT, "author": WHO,
                    "url": URL, "published": "Thu, 16 May 2024 08:30:00 GMT", "published_utc": 1715848200,
                }
            ]
        ),
        {"published": "Thu, 16 May 2024 08:30:00 GMT"},
    ),
    "LexisNexisTools": (
        "a.csv",
        table(",", Source_File="a.txt", Newspaper=OUTLET, Date=DAY, Length="20 words", Author=WHO, Headline=TITLE,
              Article=TEXT),
        {"url": None},
    ),
    "tm.plugin.europresse": (
        "a.csv",
        table(",", datetimestamp=DAY, heading=TITLE, origin=OUTLET, author=WHO, language="en", content=TEXT),
        {"url": None, "language": "en"},
    ),
    "RealNews": (
        "a.jsonl",
        lines(
            {
                "title": TITLE, "text": TEXT, "summary": None, "authors": [WHO], "publish_date": "05-16-2024",
                "status": "success", "url": URL, "domain": "gazette.example", "warc_date": "20240601000000",
            }
        ),
        {"published": "05-16-2024", "publisher": "gazette.example"},
    ),
    "World News API": (
        "a.json",
        whole(
            {
                "offset": 0, "available": 1,
                "news": [{"id": 2, "title": TITLE, "text": TEXT, "url": URL, "publish_date": "2024-05-16 08:30:00",
                          "authors": [WHO], "language": "en"}],
            }
        ),
        {"published": "2024-05-16 08:30:00", "publisher": None, "language": "en"},
    ),
    "Aylien": (
        "a.json",
        whole(
            {
                "stories": [
                    {
                        "id": 1, "title": TITLE, "body": TEXT, "author": {"id": 5, "name": WHO}, "published_at": TIME,
                        "language": "en", "links": {"permalink": URL}, "source": {"id": 3, "name": OUTLET},
                    }
                ]
            }
        ),
        {"published": TIME, "language": "en"},
    ),
    "Diffbot": (
        "a.json",
        whole(
            {
                "request": {"pageUrl": URL, "api": "article"},
                "objects": [
                    {
                        "type": "article", "title": TITLE, "text": TEXT, "author": WHO, "siteName": OUTLET,
                        "date": "Thu, 16 May 2024 00:00:00 GMT", "humanLanguage": "en", "pageUrl": URL,
                    }
                ],
            }
        ),
        {"published": "Thu, 16 May 2024 00:00:00 GMT", "language": "en"},
    ),
    "POLUSA": (
        "a.csv",
        table(",", id="7", date_publish=DAY, outlet=OUTLET, headline=TITLE, lead="Short.", body=TEXT, authors=WHO,
              domain="gazette.example", url=URL, political_leaning="CENTER"),
        {},
    ),
}  # fmt: skip

# As above, preceded by the value of --columns.
GIVEN: dict[str, tuple[str, str, bytes, dict[str, str | None]]] = {
    "text and day": ("text=rumpf,published=tag", "a.csv", table(",", rumpf=TEXT, tag=DAY), {}),
    "all": (
        "text=a,title=b,author=c,published=d,publisher=e,url=f",
        "a.csv",
        table(",", a=TEXT, b=TITLE, c=WHO, d=DAY, e=OUTLET, f=URL),
        {"title": TITLE, "author": WHO, "publisher": OUTLET, "url": URL},
    ),
    "semicolons": ("text=rumpf,published=tag", "a.csv", table(";", rumpf=TEXT, tag=DAY), {}),
    "another wins": ("text=long,published=day", "a.jsonl", lines({"text": "Short.", "long": TEXT, "day": DAY}), {}),
    "an object": ("text=doc.main,published=doc.day", "a.jsonl", lines({"doc": {"main": TEXT, "day": DAY}}), {}),
    "Parquet": ("text=rumpf,published=tag", "a.parquet", columns(rumpf=TEXT, tag=DAY, more=1), {}),
    "struct": ("text=doc.main,published=doc.day", "a.parquet", columns(doc={"main": TEXT, "day": DAY}), {}),
    "case": ("text=RUMPF,published=Tag", "a.csv", table(",", Rumpf=TEXT, TAG=DAY), {}),
    "paragraphs": ("text=parts,published=tag", "a.jsonl", lines({"parts": [TEXT], "tag": DAY}), {}),
    "licence": ("text=rumpf,published=tag,licence=terms", "a.csv", table(",", rumpf=TEXT, tag=DAY, terms="CC0-1.0"),
                {"licence": "CC0-1.0"}),
    "Factiva codes": (
        "text=TD,title=HD,author=BY,published=PD,publisher=SN", "a.csv",
        table(",", HD=TITLE, BY=WHO, WC="20 words", PD=DAY, SN=OUTLET, LP="Short.", TD=TEXT),
        {"title": TITLE, "author": WHO, "publisher": OUTLET},
    ),
    "NYT Archive API": (
        "text=lead_paragraph", "a.json",
        whole(
            {
                "copyright": "c", "response": {"meta": {"hits": 1}, "docs": [
                    {
                        "web_url": URL, "snippet": "Short.", "lead_paragraph": TEXT, "source": OUTLET, "multimedia": [],
                        "headline": {"main": TITLE, "kicker": None}, "pub_date": DAY, "byline": {"original": WHO},
                    }
                ]},
            }
        ),
        {"title": TITLE, "author": WHO, "publisher": OUTLET, "url": URL},
    ),
    "GDELT with texts": (
        "published=seendate,text=fetched", "a.csv",
        table(",", url=URL, title=TITLE, seendate="20240516T083000Z", domain="gazette.example", language="English",
              sourcecountry="United Kingdom", fetched=TEXT),
        {"title": TITLE, "url": URL, "publisher": "gazette.example", "published": "20240516T083000Z",
         "language": "English"},
    ),
    "wrapper": ("text=rumpf,published=tag", "a.json", whole({"results": [{"rumpf": TEXT, "tag": DAY}]}), {}),
}  # fmt: skip
FEW = {**dict.fromkeys(ALL), "text": TEXT, "published": DAY}


def found(folder: Path, name: str, data: bytes, given: str = "") -> tuple[list[Any], list[Layout]]:
    (folder / name).write_bytes(data)
    layouts: list[Layout] = []
    names = FieldNames(parsed_names(given))
    (entry,) = read.listing(folder)
    return list(read.read_file(folder, entry, read.ENGLISH, names, layouts.append)), layouts


def facts(row: Any) -> dict[str, str | None]:
    assert isinstance(row, read.Record), row
    known = ("title", "author", "published", "publisher", "licence", "language")
    return {"text": row.text, "url": row.url, **{name: getattr(row, f"known_{name}") for name in known}}


@pytest.mark.parametrize("tool", LAYOUTS)
def test_the_layout_of_a_tool_is_read_without_a_flag(tmp_path: Path, tool: str) -> None:
    name, data, expected = LAYOUTS[tool]
    (row,), layouts = found(tmp_path, name, data)
    assert facts(row) == {**ALL, **expected}
    assert len(layouts) == 1


@pytest.mark.parametrize("tool", LAYOUTS)
def test_the_day_of_a_layout_is_known(tmp_path: Path, tool: str) -> None:
    name, data, _ = LAYOUTS[tool]
    (row,), _ = found(tmp_path, name, data)
    if row.known_published:
        known = publication_date.date_from_record(row.known_published, None)
        assert known and str(known.earliest) == str(known.latest) == DAY


@pytest.mark.parametrize("case", GIVEN)
def test_the_user_says_which_columns_hold_what(tmp_path: Path, case: str) -> None:
    given, name, data, expected = GIVEN[case]
    (row,), _ = found(tmp_path, name, data, given)
    assert facts(row) == {**FEW, **expected}


def test_what_was_mapped_and_what_was_not_used_is_said_once_a_file(tmp_path: Path) -> None:
    rows, layouts = found(tmp_path, "a.jsonl", lines(*[{"body": TEXT, "date": DAY, "views": n} for n in range(3)]))
    assert len(rows) == 3
    assert layouts == [Layout("a.jsonl", (("text", "body"), ("published", "date")), ("views",))]


def test_files_that_were_read_alike_share_a_line() -> None:
    alike = [Layout(f"{name}.csv", (("text", "body"),), ("views", "x\ny")) for name in "ba"]
    others = [Layout(f"{n}.csv", (("text", f"c{n}"),), ()) for n in range(12)]
    assert list(field_mapping_notes(alike)) == ["2 files (a.csv first): text from body; not used: views, x?y"]
    said = list(field_mapping_notes([*alike, *others]))
    assert len(said) == 11 and said[-1] == "3 more groups of files have other field names"


def test_a_name_is_shown_as_it_is_written(tmp_path: Path) -> None:
    _, (layout,) = found(tmp_path, "a.jsonl", lines({"Body": TEXT, "publishedAt": TIME}))
    assert layout.mapped == (("text", "Body"), ("published", "publishedAt"))


def test_a_file_with_our_names_needs_no_words(tmp_path: Path) -> None:
    _, layouts = found(tmp_path, "a.jsonl", lines({"text": TEXT, "title": TITLE, "license": "CC0-1.0"}))
    assert layouts == []


@pytest.mark.parametrize(
    ("name", "data", "given", "reason", "said"),
    [
        ("a.jsonl", lines({"words": TEXT, "day": DAY}), "", "no-text", ["it has words, day", "--columns text=NAME"]),
        ("a.csv", table(",", body=TEXT), "text=rumpf", "no-text", ["column named rumpf", "it has body"]),
        ("a.jsonl", lines({"text": ["a", 5]}), "", "broken-record", ['"text" is not text']),
        ("a.jsonl", lines({"body": 5}), "text=body", "broken-record", ['"body" is not text']),
        ("a.jsonl", lines({"body": 5}), "", "no-text", ["it has body"]),
        ("a.json", b'[{"text": "', "", "broken-record", ["is not JSON; what follows was not read"]),
        ("a.json", b"\0\1", "", "binary", ["NUL"]),
        ("a.json", b" \n", "", "empty", []),
        ("a.json", b"[]", "", "empty", []),
        ("a.json", b"[5]", "", "broken-record", ["not an object"]),
        ("a.json", b"[" * 100_000, "", "broken-record", ["is not JSON"]),
        ("a.json", b'[{"text": "\xff"}]', "", "broken-record", ["is not JSON"]),
        ("a.json", b'[{"text": "' + b"x" * 5_000_000 + b'"}]', "", "too-large", ["2000000 bytes"]),
    ],
)
def test_a_record_without_a_text_is_refused_with_the_way_out(
    tmp_path: Path, name: str, data: bytes, given: str, reason: str, said: list[str]
) -> None:
    (row,), _ = found(tmp_path, name, data, given)
    assert isinstance(row, read.Refusal) and row.reason == reason
    assert [words for words in said if words not in row.detail] == []


def test_a_broken_end_costs_what_follows_and_not_what_came(tmp_path: Path) -> None:
    rows, _ = found(tmp_path, "a.json", whole([{"text": TEXT}])[:-2] + b", {")
    first, last = rows
    assert facts(first)["text"] == TEXT and last.reason == "broken-record"
    assert [row.source for row in rows] == ["a.json#item-1", "a.json#item-2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text", "not pairs"),
        ("text=", "not pairs"),
        ("text=a,text=b", "not pairs"),
        ("body=text", "no such field: body; known are id, text"),
    ],
)
def test_columns_that_cannot_be_read_are_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parsed_names(text)


def test_the_columns_decide_about_reading() -> None:
    names = [FieldNames(), FieldNames(parsed_names("text=body")), FieldNames(parsed_names("text=story"))]
    assert len({read.read_version(names=one) for one in names}) == 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"name": "Ann"}, "Ann"),
        ([{"name": "Ann"}, {"name": "Bo"}], ["Ann", "Bo"]),
        ({"sections": [{"paragraphs": ["One.", "Two."]}, {"paragraphs": ["Three."]}]}, ["One.", "Two.", "Three."]),
        ({"age": 5}, {"age": 5}),
        ([1, 2], [1, 2]),
        ("a", "a"),
    ],
)
def test_lists_and_objects_of_others(value: object, text: object) -> None:
    assert flat(value) == text


def test_each_line_of_the_table_gives_its_field(tmp_path: Path) -> None:
    """Read the example of each line as a record: it gives the line's field."""
    from pipeline.data import load
    from pipeline.read.field_names import LIST
    from pipeline.read.records import Fields

    get: dict[str, Callable[[Fields], str | None]] = {
        "text": lambda fields: fields.text,
        "url": lambda fields: fields.url,
    }
    for line in load("record_fields.tsv", FieldName):
        if line.field != LIST:
            fields = Fields(json.loads(line.example))
            field = line.field
            assert get.get(field, lambda fields, field=field: fields.known[field])(fields), line  # type: ignore[misc]


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (["02/03/2021", "25/12/2020"], "day-month"),
        (["02/03/2021", "12/25/2020"], "month-day"),
        (["25/12/2020", "02/03/2021"], "day-month"),
        (["02-03-2021 10:30", "25-12-2020 09:00"], "day-month"),
        (["02/03/21", "25/12/20"], "day-month"),
        (["02/03/2021", "03/04/2021"], None),
        (["02/03/2021", "25/12/2020", "12/25/2020"], None),
        (["02/03/2021", "03/03/2021", "2021-12-25"], None),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json", "a.parquet"])
def test_the_order_of_day_and_month_is_read_from_the_file(
    tmp_path: Path, name: str, days: list[str], order: str | None
) -> None:
    records = [{"text": f"{TEXT} {n}", "date": day} for n, day in enumerate(days)]
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(records), sink)
    data = {
        "a.csv": "".join(["text,date\n", *(f'"{row["text"]}","{row["date"]}"\n' for row in records)]).encode(),
        "a.jsonl": lines(*records),
        "a.json": whole(records),
        "a.parquet": bytes(sink.getvalue()),
    }[name]
    rows, _ = found(tmp_path, name, data)
    row = next(row for row in rows if row.known_published.startswith(("02/03", "02-03")))
    known = publication_date.date_from_record(row.known_published, None, row.known_day_order)
    assert row.known_day_order == order and known
    both = ("2021-02-03", "2021-03-02")
    expected = {"day-month": (both[1], both[1]), "month-day": (both[0], both[0]), None: both}[order]
    assert (str(known.earliest), str(known.latest)) == expected


def test_days_that_can_be_read_in_one_way_cost_no_second_reading(tmp_path: Path, monkeypatch: Any) -> None:
    reads: list[str] = []
    opened = read._opened
    monkeypatch.setattr(read, "_opened", lambda root, path: (reads.append(path), opened(root, path))[1])
    found(tmp_path, "a.jsonl", lines({"text": TEXT, "date": "25/12/2020"}, {"text": TEXT, "date": "03/03/2021"}))
    assert reads == ["a.jsonl"]
    found(tmp_path, "a.jsonl", lines(*[{"text": TEXT, "date": "02/03/2021"}] * 3))
    assert reads == ["a.jsonl"] * 3


def test_a_record_whose_hash_rests_on_the_order_changes_with_it(tmp_path: Path) -> None:
    plain, ordered = ({"text": TEXT, "date": day} for day in ("02/03/2021", "25/12/2020"))
    (alone,), _ = found(tmp_path, "a.jsonl", lines(plain))
    (first, _), _ = found(tmp_path, "a.jsonl", lines(plain, ordered))
    assert alone.record_sha256 != first.record_sha256 and alone.content_sha256 == first.content_sha256


@pytest.mark.parametrize(
    ("text", "said", "reason"),
    [
        ("Nein.", "de", "language"),
        ("Nein.", "de-AT", "language"),
        ("Nein.", "deu", "language"),
        ("Nein.", "German", "language"),
        ("No.", "en_GB", None),
        ("No.", "English", None),
        ("No.", "Klingon", None),
        ("No.", ["en"], None),
        ("No.", {"code": 5}, None),
        (TEXT, "de", None),
    ],
)
def test_a_language_that_is_given_counts_where_the_text_does_not_tell(
    tmp_path: Path, text: str, said: object, reason: str | None
) -> None:
    (row,), _ = found(tmp_path, "a.jsonl", lines({"text": text, "language": said}))
    assert (row.reason if isinstance(row, read.Refusal) else None) == reason
