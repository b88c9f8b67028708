"""documents, sentences, parses, mentions, quotes -> dates, said_days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline import dates, expressions
from pipeline.dates.article import of_article
from pipeline.options import Options, corrections_by_document
from pipeline.stage import Article, Rows, Rules


def run(articles: Sequence[Article], options: Options) -> Iterator[Rows]:
    """Find the temporal expressions of each article and their days, and the days of its quotations."""
    known = corrections_by_document(options)
    for article in articles:
        yield of_article(article, known.get(article["documents"][0]["document_id"], ()))


RULES = Rules(version=f"{expressions.CODE_VERSION}.{dates.CODE_VERSION}", run=run)
