"""Find the speaker of quoted words without a verb of saying in their sentence, from the sentences around them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.data import words
from pipeline.marks import Paragraph
from pipeline.quotes.cues import FARTHEST, cue_span, quoting_verbs
from pipeline.quotes.labels import Attribution, Marked, lead_in
from pipeline.quotes.page import Page
from pipeline.quotes.phrases import SUBJECTS, phrase, subject
from pipeline.quotes.words import cue_verbs

# Subjects that do not speak: one THING is certain: “It rains.”
THINGS = words("statement_words.tsv", "thing")
IMPERSONAL = frozenset(("it", "that", "this", "there", "which", "what"))


def around(
    page: Page, paragraph: Paragraph, before: Paragraph | None, index: int, found: Sequence[Marked]
) -> Attribution:
    """Return the attribution of a whole stretch without a cue in its sentence: from its paragraph or the one before."""
    doc = page.doc
    stretch = paragraph.stretches[index]
    previous = found[-1] if found else None
    gap_start = paragraph.stretches[index - 1].outer_end if index else paragraph.start
    narrator = page.narrator(gap_start, stretch.outer_start)
    if any(doc.is_noun(t) for t in narrator):
        start = page.sentence_start(doc.end[narrator[-1]], paragraph.start)
        return beside(page, start, stretch.outer_start)
    if before is None:
        return Attribution("alone")
    unclosed = previous is not None and previous.stretch.outer_end == before.end and not previous.stretch.closed
    if unclosed and previous is not None:
        a = previous.attribution
        return Attribution("continued", a.speaker, a.cue, a.cue_end, a.entry)
    if doc.text[before.end - 1] == ":":
        return beside(page, page.sentence_start(before.end, before.start), before.end)
    if previous is not None and previous.stretch.outer_start >= before.start:
        a = previous.attribution
        return Attribution("carried", a.speaker)
    return beside(page, page.sentence_start(before.end, before.start), before.end)


def beside(page: Page, start: int, end: int) -> Attribution:
    """Attribute by a sentence beside the quotation: its last cue's subject, else the subject of its main verb."""
    doc = page.doc
    tokens = page.narrator(max(start, end - FARTHEST), end)
    if not tokens:
        return Attribution("alone")
    low, high = tokens[0], tokens[-1] + 1
    cues = quoting_verbs(doc, tokens)
    if doc.lower[tokens[-1]] == ":" and not cues and (found := lead_in(page, tokens)) is not None:
        return found
    for cue in reversed(cues):
        head = subject(doc, cue)
        if head is not None and low <= head < high:
            colon = doc.text[doc.end[tokens[-1]] - 1] == ":"
            span = cue_span(doc, cue) if colon else (-1, -1)
            entry = cue_verbs()[doc.lower[cue]]
            return Attribution("colon" if colon else "beside", phrase(doc, head, low, high), *span, entry)
    roots = [t for t in tokens if doc.head[t] == t and doc.is_verb(t)]
    if doc.lower[tokens[-1]] == ":":
        # The parser can attach the sentence before a colon to the quoted words behind it.
        hung = [t for t in tokens if doc.is_verb(t) and doc.head[t] >= high]
        roots += [
            t for t in hung if (s := doc.child(t, *SUBJECTS)) is not None and doc.tag[s].startswith(("PRP", "NNP"))
        ]
    for root in roots:
        head = subject(doc, root)
        thing = head is not None and doc.lower[head] in THINGS | IMPERSONAL and doc.child(head, "poss") is None
        if head is not None and low <= head < high and not thing:
            return Attribution("beside", phrase(doc, head, low, high))
    return Attribution("alone")
