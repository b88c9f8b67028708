"""Classify reported words: a statement, an attitude, or only named by the reporter."""

from __future__ import annotations

from pipeline.document import Document
from pipeline.quotes.non_assertive_cues import ACTION_VERBS
from pipeline.quotes.reported_utterance import Reported
from pipeline.quotes.words import DOCUMENTS, THINGS

# Verbs whose clause is what the speaker denies.
DENYING = frozenset(("deny",))


def utterance_class(doc: Document, r: Reported) -> str:
    """Return the column `class` of a reported clause, as the contract describes it."""
    if r.entry.cue_class == "attitude" or (r.construction == "deed" and r.entry.lemma in ACTION_VERBS):
        return "attitude"
    if r.construction in ("object", "noun") or r.entry.lemma in DENYING or _shown(doc, r):
        return "nominal"
    return "statement"


def _shown(doc: Document, r: Reported) -> bool:
    """Whether a thing or an event shows what the clause says: the figures suggest that prices fall."""
    if r.speaker is None or r.construction in ("according", "label", "headline"):
        return False
    head = doc.lower[r.speaker.head]
    if doc.tag[r.speaker.head].startswith("NNP") or doc.tag[r.speaker.last] == "CD":
        # Number 10
        return False
    return head not in DOCUMENTS and (head in THINGS or head.removesuffix("s") in THINGS)
