"""Find where a reported clause that contains quoted words begins and ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.marks import Stretch
from pipeline.quotes.labels import Marked
from pipeline.quotes.page import Page
from pipeline.quotes.reported import Reported

# Words after a comma or "that" that end a sentence are a separate clause if longer than this (characters).
SHORTEST_CLAUSE = 25
# Quoted words with one of these at the end finish a sentence or a part of it.
ENDS = frozenset(",.?!…—–-")
# The text between two fragments of one list: “cold”, “wet” and a “disgrace”.
BETWEEN = re.compile(r",?[ \u00a0](?:(?:and|or|but|nor|as well as|even) )?(?:(?:an?|the|as|to|of) ){0,2}")


def outside(span: tuple[int, int], own: Sequence[Stretch]) -> tuple[int, int] | None:
    """Cut separate quotations off the ends of a clause. Return what is left; None if one fills the clause."""
    start, end = span
    for s in own:
        if s.outer_start <= start < s.outer_end:
            start = s.outer_end
        elif start < s.outer_start < end:
            end = s.outer_start
            break
    return (start, end) if end - start > SHORTEST_CLAUSE or (start, end) == span else None


def over_marks(span: tuple[int, int], held: Sequence[Stretch]) -> tuple[int, int]:
    """Extend a clause that begins or ends with quoted words over their marks."""
    start, end = span
    for s in held:
        if s.outer_start < start <= s.start:
            start = s.outer_start
        if s.end <= end < s.outer_end or s.start < end < s.end:
            end = s.outer_end
    return start, end


def over_list(text: str, span: tuple[int, int], behind: Sequence[Stretch]) -> tuple[int, int]:
    """Extend a clause that ends with quoted words to the last fragment that continues their list. `behind`: the
    stretches that begin at or after the clause's end."""
    start, end = span
    for s in behind:
        if not BETWEEN.fullmatch(text, end, s.outer_start) or not s.closed:
            break
        end = s.outer_end
    return start, end


def shared(spans: Sequence[tuple[int, int]], stretches: Sequence[Stretch]) -> int:
    """Count the characters of the spans inside the stretches, marks included."""
    return sum(max(0, min(b, s.outer_end) - max(a, s.outer_start)) for a, b in spans for s in stretches)


def continued(page: Page, marked: Marked) -> Reported | None:
    """Return the clause that begins with quoted words right behind their cue and continues in the reporter's words: she
    said “the lock is safe” for boats of all sizes. None if what follows is not part of what was said."""
    doc, a, stretch = page.doc, marked.attribution, marked.stretch
    ended = not stretch.closed or doc.text[stretch.end - 1] in ENDS
    if a.how not in ("before", "inside") or a.entry is None or a.cue < 0 or ended:
        return None
    end = page.sentence_end(stretch.outer_start, len(doc.text))
    tokens = page.narrator(stretch.outer_end, end)
    if not tokens or doc.start[tokens[0]] > stretch.outer_end + 1 or not doc.words[tokens[0]].islower():
        return None
    top = tokens[0]
    while doc.head[top] != top and not stretch.start <= doc.start[doc.head[top]] < stretch.end:
        top = doc.head[top]
        if doc.start[top] < stretch.start:
            return None
    if doc.head[top] == top or doc.end[doc.right[top]] > end:
        return None
    span = (stretch.outer_start, doc.end[min(doc.right[top], tokens[-1])])
    return Reported((span,), a.cue, a.cue_end, a.entry, a.speaker, "clause")
