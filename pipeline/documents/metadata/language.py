"""The language of a text."""

from __future__ import annotations

from pipeline.read.language import language as told


def language(raw: str) -> str | None:
    """Return the language of the raw text (ISO 639-1) by the reader's function, so that no document has a language that
    the reader refuses. None if uncertain, or without a code in ISO 639-1."""
    code = told(raw)
    return code if code and len(code) == 2 else None
