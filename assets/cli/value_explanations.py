"""Explanations of values: what the columns `*_basis`, `basis` and `resolution` mean.

A test compares each mapping with the values that the contract allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SPEAKER = {
    "name": "by name, next to the quotation",
    "description": "by a description, next to the quotation",
    "pronoun": "by a pronoun, next to the quotation",
    "carried": "same speaker as the quotation before",
    "corrected": "corrected by hand",
    "none": "no speaker is named",
}
RESOLUTION = {
    "name": "its own name",
    "alias": "another or shorter name for it",
    "acronym": "its letters",
    "demonym": "a demonym: named after its country or place",
    "description": "an office or a description",
    "pronoun": "a pronoun",
}
DATE = {
    "absolute": "an absolute date",
    "publication": "relative to the publication",
    "quotation": "relative to the day of the quotation",
    "context": "relative to an earlier date in the text",
    "corrected": "corrected by hand",
    "corpus": "from another article",
    "unresolved": "not resolved",
}
PUBLISHED = {
    "metadata": "given with the article",
    "stated": "stated in the text",
    "inferred": "inferred from what the text dates",
    "corrected": "corrected by hand",
    "corpus": "from another article",
    "unknown": "not known",
}
LICENCE = {
    "metadata": "given with the article",
    "stated": "stated in the text",
    "unknown": "not known",
}


def of_quote(quote: Mapping[str, Any]) -> list[str]:
    """Return why a quotation has its speaker: how the speaker is named, the words, cue, venue, and fragment before."""
    why = [SPEAKER[quote["speaker_basis"]]]
    if quote["speaker"]:
        why[0] += f" ({quote['speaker']})"
    if quote["cue"]:
        why.append(f"cue: {quote['cue']} ({quote['cue_class']})")
    if quote["venue"]:
        why.append(f"to or through: {quote['venue']}")
    if quote["part_of"]:
        why.append("continues the fragment before")
    return why
