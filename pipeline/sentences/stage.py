"""documents -> sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.contract import ids
from pipeline.options import Options
from pipeline.rows import fields, sentences, text
from pipeline.sentences import CODE_VERSION
from pipeline.stage import Article, Rows, Rules


def run(articles: Sequence[Article], _: Options) -> Iterator[Rows]:
    """Split each text into sentences with roles."""
    for article in articles:
        name, words = article["documents"][0]["document_id"], text(article)
        rows = [
            {
                "sentence_id": ids.sentence_id(name, s.start, s.end),
                "document_id": name,
                **fields(s),
                "text": words[s.start : s.end],
            }
            for s in article.cached(sentences)
        ]
        yield {"sentences": rows}


RULES = Rules(version=CODE_VERSION, run=run)
