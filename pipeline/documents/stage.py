"""raws -> documents, edits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline import corrections, expressions
from pipeline.documents import clean, metadata
from pipeline.options import Options, corrections_by_document
from pipeline.read.language import identifier
from pipeline.rows import fields, sentences
from pipeline.sentences import Sentence, split
from pipeline.stage import Article, Row, Rows, Rules

_WORD = re.compile(r"\w+")


def run(articles: Sequence[Article], options: Options) -> Iterator[Rows]:
    """Make the clean text of each article, the edits that led to it, and what is known of its publication."""
    known = corrections_by_document(options)
    for article in articles:
        (raw,) = article["raws"]
        edits = clean.clean(raw["text"])
        numbered = [
            {"document_id": raw["document_id"], "position": position, **fields(edit)}
            for position, edit in enumerate(edits)
        ]
        text = clean.apply(raw["text"], edits)
        found: Sequence[Sentence] = split(text)
        article.keep(sentences, found)
        row = corrections.article(_document(raw, edits, text, found), known.get(raw["document_id"], ()))
        yield {"documents": [row], "edits": numbered}


def _document(raw: Row, edits: Sequence[clean.Edit], text: str, found: Sequence[Sentence]) -> Row:
    known = metadata.Known(
        title=raw["known_title"],
        author=raw["known_author"],
        publisher=raw["known_publisher"],
        published=raw["known_published"],
        licence=raw["known_licence"],
        archived=raw["known_archived"],
        url=raw["url"],
    )
    return {
        **{name: raw[name] for name in ("document_id", "source", "url", "content_sha256", "encoding")},
        **fields(metadata.facts(known, raw["text"], edits, text, found)),
        "characters": len(text),
        "words": sum(1 for _ in _WORD.finditer(text)),
        "text": text,
    }


RULES = Rules(
    version=f"{clean.CODE_VERSION}.{metadata.CODE_VERSION}.{expressions.CODE_VERSION}",
    run=run,
    libraries=("ftfy", "py3langid"),
    close=identifier.cache_clear,  # the identifier of languages takes 70 MB
)
