"""documents, sentences, parses, mentions, dates -> events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline import dates, events, expressions
from pipeline.contract import ids
from pipeline.options import Options
from pipeline.rows import document, fields
from pipeline.stage import Article, Rows, Rules


def run(articles: Sequence[Article], options: Options) -> Iterator[Rows]:
    """Find the events that the temporal expressions of each article date."""
    for article in articles:
        name = article["documents"][0]["document_id"]
        read = article.cached(expressions.of_article)
        found = events.events(article.cached(document), read, article["dates"], article["mentions"])
        rows = [{"document_id": name, "date_id": ids.date_id(name, e.start, e.end), **fields(e)} for e in found]
        yield {"events": rows}


RULES = Rules(version=f"{expressions.CODE_VERSION}.{dates.CODE_VERSION}.{events.CODE_VERSION}", run=run)
