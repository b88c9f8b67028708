"""documents, sentences, parses, quotes -> dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline import corrections, dates, expressions
from pipeline.contract import ids
from pipeline.document import Document
from pipeline.options import Options, corrections_by_document
from pipeline.quotes import Quote
from pipeline.rows import document, fields
from pipeline.stage import Article, Row, Rows, Rules


def run(articles: Sequence[Article], options: Options) -> Iterator[Rows]:
    """Find the temporal expressions of each article and the days that they mean."""
    known = corrections_by_document(options)
    for article in articles:
        doc, (row,) = article.once(document), article["documents"]
        read = article.once(expressions.of_article)
        found = dates.dates(doc, _quotes(article), row["published_earliest"], row["published_latest"], read)
        yield {"dates": corrections.dates(_rows(article, doc, found), known.get(row["document_id"], ()))}


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


RULES = Rules(version=f"{expressions.CODE_VERSION}.{dates.CODE_VERSION}", run=run)
