"""documents, sentences -> parses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline import parses, quotes
from pipeline.contract import PARSES
from pipeline.options import Options
from pipeline.quotes.selection import sentences_to_parse
from pipeline.rows import sentences, text
from pipeline.stage import Article, Rows, Rules


def run(articles: Sequence[Article], options: Options) -> Iterator[Rows]:
    """Parse the articles in batches. With `parse_sentences` "quoted", only sentences that may hold a quotation or a
    date get a tree."""
    texts = ((text(article), article.cached(sentences)) for article in articles)
    choice = sentences_to_parse if options.parse_sentences == "quoted" else None
    for article, parse in zip(articles, parses.parses(texts, options.model, choice), strict=True):
        starts, ends, labels = zip(*parse.entities, strict=True) if parse.entities else ((), (), ())
        row = {
            "document_id": article["documents"][0]["document_id"],
            "token_start": list(parse.start),
            "token_end": list(parse.end),
            "head": list(parse.head),
            "dep": list(parse.dep),
            "tag": list(parse.tag),
            "entity_start": list(starts),
            "entity_end": list(ends),
            "entity_label": list(labels),
        }
        assert row.keys() == {c.name for c in PARSES.columns}
        yield {"parses": [row]}


def key(options: Options) -> str:
    """Return the model, and the choice of sentences unless it is "all"."""
    model = parses.model_version(options.model)
    if options.parse_sentences == "all":
        return model
    return f"{model} {options.parse_sentences} {quotes.CODE_VERSION}"


RULES = Rules(version=parses.CODE_VERSION, run=run, key=key)
