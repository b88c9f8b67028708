"""Build the rows of `dates` and `said_days` of one article."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from pipeline import corrections, dates, expressions
from pipeline.contract import ids
from pipeline.corrections import Correction
from pipeline.document import Document
from pipeline.quotes import Quote
from pipeline.rows import document, fields
from pipeline.stage import Article, Row, Rows


def of_article(article: Article, corrected: Sequence[Correction], known: Sequence[datetime.date] = ()) -> Rows:
    """Return the rows of one article. `corrected`: its `corrections`; `known`: days that it may name without a year."""
    doc, (row,) = article.cached(document), article["documents"]
    read, quotes = article.cached(expressions.of_article), _quotes(article)
    found = dates.dates(doc, quotes, row["published_earliest"], row["published_latest"], read, known)
    rows = corrections.dates(_rows(article, doc, found), corrected)
    # A corrected day also dates the quotation.
    found = [_corrected(date, each) for date, each in zip(found, rows, strict=True)]
    named = [dates.Named(each["start"], each["end"], each["chain"]) for each in article["mentions"]]
    published = row["published_earliest"], row["published_latest"]
    days_of_saying = dates.said_days(doc, quotes, found, published, named)
    return {"dates": rows, "said_days": _said_rows(article, rows, days_of_saying)}


def _corrected(date: dates.Date, row: Row) -> dates.Date:
    return replace(date, earliest=row["earliest"], latest=row["latest"], problem=row["problem"])


def _said_rows(article: Article, rows: Sequence[Row], days_of_saying: Sequence[dates.SaidDay]) -> list[Row]:
    return [
        {
            "quote_id": article["quotes"][each.quote]["quote_id"],
            "document_id": article["documents"][0]["document_id"],
            "date_id": rows[each.date]["date_id"],
            "basis": each.basis,
            "earliest": each.earliest,
            "latest": each.latest,
            "confidence": each.confidence,
        }
        for each in days_of_saying
    ]


def _rows(article: Article, doc: Document, found: Sequence[dates.Date]) -> list[Row]:
    name = article["documents"][0]["document_id"]
    rows = []
    for date in found:
        row = fields(date)
        quote = row.pop("quote")
        row |= {
            "date_id": ids.date_id(name, date.start, date.end),
            "document_id": name,
            "sentence_id": article["sentences"][doc.sentence_at(date.start)]["sentence_id"],
            "quote_id": None if quote is None else article["quotes"][quote]["quote_id"],
            "text": doc.text[date.start : date.end],
        }
        rows.append(row)
    return rows


def _quotes(article: Article) -> list[Quote]:
    places = {row["quote_id"]: i for i, row in enumerate(article["quotes"])}
    columns = Quote.__dataclass_fields__.keys() - {"part_of"}
    return [
        Quote(part_of=None if row["part_of"] is None else places[row["part_of"]], **{c: row[c] for c in columns})
        for row in article["quotes"]
    ]
