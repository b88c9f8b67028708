"""The language of a text."""

from __future__ import annotations

from pipeline.read.language import language as told


def language(raw: str) -> str | None:
    """ISO 639-1, as the reader tells it of the raw text: a document is never in a language that the reader refuses.
    None where nobody can be sure, or where ISO 639-1 has no code."""
    code = told(raw)
    return code if code and len(code) == 2 else None
