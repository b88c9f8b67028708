"""Find where a reported clause that contains quoted words begins and ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.marks import QuotedSpan
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.labels import AttributedSpan
from pipeline.quotes.reported_utterance import Reported

# Words after a comma or "that" that end a sentence are a separate clause if longer than this (characters).
MIN_CLAUSE_LENGTH = 25
# Quoted words with one of these at the end finish a sentence or a part of it.
ENDS = frozenset(",.?!…—–-")
# The text between two fragments of one list: “cold”, “wet” and a “disgrace”.
BETWEEN = re.compile(r",?[ \u00a0](?:(?:and|or|but|nor|as well as|even) )?(?:(?:an?|the|as|to|of) ){0,2}")


def outside(span: tuple[int, int], own: Sequence[QuotedSpan]) -> tuple[int, int] | None:
    """Cut separate quotations off the ends of a clause. Return what is left; None if one fills the clause."""
    start, end = span
    for s in own:
        if s.outer_start <= start < s.outer_end:
            start = s.outer_end
        elif start < s.outer_start < end:
            end = s.outer_start
            break
    return (start, end) if end - start > MIN_CLAUSE_LENGTH or (start, end) == span else None


def over_marks(span: tuple[int, int], held: Sequence[QuotedSpan]) -> tuple[int, int]:
    """Extend a clause that begins or ends with quoted words over their marks."""
    start, end = span
    for s in held:
        if s.outer_start < start <= s.start or s.start < start < s.end <= end:
            start = s.outer_start
        if s.end <= end < s.outer_end or s.start < end < s.end:
            end = s.outer_end
    return start, end


def over_list(text: str, span: tuple[int, int], after: Sequence[QuotedSpan]) -> tuple[int, int]:
    """Extend a clause that ends with quoted words to the last fragment that continues their list. `after`: the
    quoted spans that begin at or after the clause's end."""
    start, end = span
    for s in after:
        if not BETWEEN.fullmatch(text, end, s.outer_start) or not s.closed:
            break
        end = s.outer_end
    return start, end


def shared(spans: Sequence[tuple[int, int]], quoted_spans: Sequence[QuotedSpan]) -> int:
    """Count the characters of the spans inside the quoted spans, marks included."""
    return sum(max(0, min(b, s.outer_end) - max(a, s.outer_start)) for a, b in spans for s in quoted_spans)


def continued(context: QuoteContext, marked: AttributedSpan) -> Reported | None:
    """Return the clause that begins with quoted words right behind their cue and continues in the reporter's words: she
    said “the lock is safe” for boats of all sizes. None if what follows is not part of what was said."""
    doc, a, quoted_span = context.doc, marked.attribution, marked.quoted_span
    ended = not quoted_span.closed or doc.text[quoted_span.end - 1] in ENDS
    if a.construction not in ("before", "inside") or a.cue_entry is None or a.cue < 0 or ended:
        return None
    end = context.sentence_end(quoted_span.outer_start, len(doc.text))
    tokens = context.narrator_tokens(quoted_span.outer_end, end)
    if not tokens or doc.start[tokens[0]] > quoted_span.outer_end + 1 or not doc.words[tokens[0]].islower():
        return None
    top = tokens[0]
    while doc.head[top] != top and not quoted_span.start <= doc.start[doc.head[top]] < quoted_span.end:
        top = doc.head[top]
        if doc.start[top] < quoted_span.start:
            return None
    if doc.head[top] == top or doc.end[doc.right[top]] > end:
        return None
    if doc.tag[min(doc.right[top], tokens[-1])] == "CC":
        # chanted “Out” and “Now”
        return None
    span = (quoted_span.outer_start, doc.end[min(doc.right[top], tokens[-1])])
    return Reported((span,), a.cue, a.cue_end, a.cue_entry, a.speaker, "clause")
