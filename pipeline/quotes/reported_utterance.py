"""Make one reported utterance from a construction: its words, trimmed, and its speaker."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.document import Document
from pipeline.quotes.clauses import CLAUSE_END_TAGS, before_aside
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.phrases import FINITE, SUBJECTS, Phrase, phrase, subject
from pipeline.quotes.words import CueEntry
from pipeline.sentences.head import dateline

# Constructions that report even without a speaker ("it was agreed that", "they are expected to"). Of the others fewer
# than one in five were right without one (PolNeAR, training sample).
SPEAKER_OPTIONAL_CONSTRUCTIONS = frozenset(("after", "infinitive", "deed"))
# Behind a comma and "asked", these begin a question put to the subject by others.
INDIRECT_QUESTION_WORDS = frozenset(("about", "by", "how", "if", "what", "when", "whether", "which", "who", "why"))


@dataclass(frozen=True, slots=True)
class Reported:
    """One reported utterance: the character spans of what was said (two if the cue interrupts them), cue and speaker.
    `construction` names the construction, a key of `confidence.REPORTED`. `via` is the outlet that relays it."""

    spans: tuple[tuple[int, int], ...]
    cue: int
    cue_end: int
    entry: CueEntry
    speaker: Phrase | None
    construction: str
    via: Phrase | None = None


def make_utterance(
    context: QuoteContext,
    cue: int,
    cue_end: int,
    entry: CueEntry,
    span: tuple[int, int],
    construction: str,
    speaker: Phrase | None = None,
) -> Reported | None:
    """Return the utterance over the tokens [first, last], trimmed; None if no words or no required speaker are left."""
    doc = context.doc
    first, last = span
    if first > cue:
        end = context.sentence_end(doc.start[cue], len(doc.text))
        while last >= first and doc.start[last] >= end:
            # The parser joins the next sentence to a cue before quoted words.
            last -= 1
    while first <= last and (doc.tag[first] in CLAUSE_END_TAGS or doc.lower[first].isspace()):
        first += 1
    while last >= first and (doc.tag[last] in CLAUSE_END_TAGS or doc.tag[last] == "CC" or doc.lower[last].isspace()):
        last -= 1
    if construction not in ("ahead", "headline"):
        last = before_aside(doc, first, last)
    if first > last or first <= cue <= last:
        return None
    # A dateline is not part of what was said.
    place = dateline(doc.text, doc.start[first], doc.end[last]) if doc.words[first].isupper() else None
    if place is not None:
        first = next((t for t in doc.tokens(place.end(), doc.end[last]) if not doc.words[t].isspace()), last)
    start, end = doc.start[first], doc.end[last]
    if speaker is None and construction not in ("noun", "headline") and not _said_to_subject(doc, cue):
        head = subject(doc, cue)
        if head is None and doc.tag[cue] in FINITE and doc.dep[cue] != "acl" and doc.tag[cue - 1] == "NNP":
            # "the commissioner (north) R. Venkatesan said": the parser finds no subject.
            head = cue - 1
        if head is not None and not first <= head <= last and not _hyphenated(doc, head, cue):
            speaker = phrase(doc, head)
            # “Low Bridge” star Ana Lume
            own = next(
                (t for t in range(speaker.first, head + 1) if not context.token_in_marks[t] and doc.tag[t] != "''"),
                head,
            )
            speaker = replace(speaker, first=own)
    if speaker is None and construction not in SPEAKER_OPTIONAL_CONSTRUCTIONS:
        return None
    return Reported(((start, end),), cue, cue_end, entry, speaker, construction)


def _said_to_subject(doc: Document, cue: int) -> bool:
    """Whether the cue reports what was said to the subject: ASKED whether he would go, he left."""
    if (
        doc.lower[cue] == "asked"
        and doc.lower[cue - 1] == ","
        and not INDIRECT_QUESTION_WORDS.isdisjoint(doc.lower[cue + 1 : cue + 2])
    ):
        return True
    return (
        doc.tag[cue] == "VBN"
        and doc.dep[cue] in ("acl", "advcl", "csubj", "dep", "ROOT")
        and not any(doc.dep[c] in ("agent", "aux", "auxpass", *SUBJECTS) for c in doc.children[cue])
    )


def _hyphenated(doc: Document, head: int, cue: int) -> bool:
    """Whether a subject right before its verb is the end of an adverb: "flat-out denied"."""
    return (
        head > 1 and head == cue - 1 and doc.tag[head - 1] == "HYPH" and not doc.tag[head - 2].startswith(("NN", "VB"))
    )
