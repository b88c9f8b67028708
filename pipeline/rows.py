"""Convert an article's rows to the values that rules work on (`article.cached(document)`), and values to rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.document import Document
from pipeline.sentences import Sentence, split
from pipeline.stage import Article, Row


def fields(item: Any) -> Row:
    """Return a dataclass's fields by name, without copying their values as `asdict` does."""
    return {name: getattr(item, name) for name in item.__dataclass_fields__}


def text(article: Article) -> str:
    """Return the clean text."""
    (row,) = article["documents"]
    found: str = row["text"]
    return found


def sentences(article: Article) -> Sequence[Sentence]:
    """Return rows of `sentences` as `Sentence`s; if there are none yet, split the text."""
    if "sentences" not in article:
        return split(text(article))
    return [Sentence(s["position"], s["role"], s["start"], s["end"]) for s in article["sentences"]]


def document(article: Article) -> Document:
    """Build the `Document` from rows of `documents`, `sentences` and `parses`."""
    (parse,) = article["parses"]
    return Document(
        start=tuple(parse["token_start"]),
        end=tuple(parse["token_end"]),
        head=tuple(parse["head"]),
        dep=tuple(parse["dep"]),
        tag=tuple(parse["tag"]),
        entities=tuple(zip(parse["entity_start"], parse["entity_end"], parse["entity_label"], strict=True)),
        text=text(article),
        sentences=tuple(article.cached(sentences)),
    )
