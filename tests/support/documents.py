"""Texts in the form that the rules of mentions, quotations and dates read."""

from __future__ import annotations

from pipeline.document import Document
from pipeline.parses import parses
from pipeline.sentences import split


def read(text: str) -> Document:
    """Return the text with its sentences and its parse."""
    sentences = split(text)
    return Document.of(text, sentences, next(parses([(text, sentences)])))
