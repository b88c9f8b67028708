"""Explanations of values: what the columns `*_basis`, `basis` and `resolution` mean.

A test compares each mapping with the values that the contract allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SPEAKER = {
    "name": "named beside the quotation",
    "description": "described beside the quotation",
    "pronoun": "a pronoun beside the quotation",
    "carried": "carried on from the quotation before",
    "corrected": "corrected by hand",
    "none": "nobody is named",
}
RESOLUTION = {
    "name": "a name of its own",
    "alias": "another or shorter name for it",
    "acronym": "its letters",
    "demonym": "who or what is from there",
    "description": "an office or a description",
    "pronoun": "a pronoun",
}
DATE = {
    "absolute": "names its day",
    "publication": "counted from the publication",
    "quotation": "counted from the day of the quotation",
    "context": "counted from a date before it",
    "corrected": "corrected by hand",
    "corpus": "told by another article",
    "unresolved": "stays open",
}
PUBLISHED = {
    "metadata": "given with the article",
    "stated": "stated in the text",
    "inferred": "inferred from what the text dates",
    "corrected": "corrected by hand",
    "corpus": "told by another article",
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
        why.append("goes on from the fragment before")
    return why
