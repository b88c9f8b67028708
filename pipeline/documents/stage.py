"""raws -> documents, edits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from pipeline import corrections, expressions
from pipeline.documents import clean, metadata
from pipeline.expressions import posts
from pipeline.options import Options, corrections_by_document
from pipeline.read.language import identifier
from pipeline.rows import fields, sentences
from pipeline.sentences import Sentence, split
from pipeline.stage import Article, Row, Rows, Rules

_WORD = re.compile(r"\w+")


def run(articles: Sequence[Article], options: Options) -> Iterator[Rows]:
    """Yield each article's `documents` row (clean text and metadata) and its edits."""
    known = corrections_by_document(options)
    for article in articles:
        (raw,) = article["raws"]
        edits = clean.clean(raw["text"], raw["extractor"])
        numbered = [
            {"document_id": raw["document_id"], "position": position, **fields(edit)}
            for position, edit in enumerate(edits)
        ]
        text = clean.apply(raw["text"], edits)
        found: Sequence[Sentence] = split(text)
        article.set_cached(sentences, found)
        facts = metadata.facts(_known(raw), raw["text"], edits, text, found, partial(_expressions, article, text))
        row = corrections.article(_document(raw, text, facts), known.get(raw["document_id"], ()))
        yield {"documents": [row], "edits": numbered}


def _expressions(article: Article, text: str, words: str) -> Sequence[expressions.Expression]:
    """Find the temporal expressions of some words of an article; keep those of its whole text for `dates`."""
    found: Sequence[expressions.Expression] = expressions.find(words)
    if words == text:
        whole: Sequence[expressions.Expression] = posts.completed(text, found)
        article.set_cached(expressions.of_article, whole)
    return found


def _known(raw: Row) -> metadata.RecordMetadata:
    return metadata.RecordMetadata(
        title=raw["known_title"],
        author=raw["known_author"],
        publisher=raw["known_publisher"],
        published=raw["known_published"],
        licence=raw["known_licence"],
        archived=raw["known_archived"],
        url=raw["url"],
        day_order=raw["known_day_order"],
    )


def _document(raw: Row, text: str, facts: metadata.Facts) -> Row:
    return {
        **{name: raw[name] for name in ("document_id", "source", "url", "content_sha256", "encoding")},
        **fields(facts),
        "characters": len(text),
        "words": len(_WORD.findall(text)),
        "text": text,
    }


RULES = Rules(
    version=f"{clean.CODE_VERSION}.{metadata.CODE_VERSION}.{expressions.CODE_VERSION}",
    run=run,
    libraries=("ftfy", "py3langid"),
    close=identifier.cache_clear,  # the language identifier takes 70 MB
)
