"""A document's rows -> the values that rules work on, and values -> rows."""

from __future__ import annotations

from typing import Any

from pipeline.document import Document
from pipeline.sentences import Sentence
from pipeline.stage import Row, Rows


def fields(item: Any) -> Row:
    """A dataclass's fields by name, as they are: `asdict` copies all that they hold."""
    return {name: getattr(item, name) for name in item.__dataclass_fields__}


def sentences(rows: Rows) -> list[Sentence]:
    """Rows of `sentences` -> what the rules read."""
    return [Sentence(s["position"], s["role"], s["start"], s["end"]) for s in rows["sentences"]]


def document(rows: Rows) -> Document:
    """Rows of `documents`, `sentences` and `parses` -> what the rules read."""
    (article,) = rows["documents"]
    (parse,) = rows["parses"]
    return Document(
        start=tuple(parse["token_start"]),
        end=tuple(parse["token_end"]),
        head=tuple(parse["head"]),
        dep=tuple(parse["dep"]),
        tag=tuple(parse["tag"]),
        entities=tuple(zip(parse["entity_start"], parse["entity_end"], parse["entity_label"], strict=True)),
        text=article["text"],
        sentences=tuple(sentences(rows)),
    )
