"""Texts as the rules of mentions, quotations and dates read them."""

from __future__ import annotations

from pipeline.document import Document
from pipeline.parses import parses
from pipeline.sentences import split


def read(text: str) -> Document:
    """The text with its sentences and its parse."""
    sentences = split(text)
    return Document.of(text, sentences, next(parses([(text, sentences)])))
