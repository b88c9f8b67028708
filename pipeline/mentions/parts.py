"""Descriptions by a part in what the article tells: "the defendant" is the only person of whom it says that he was
jailed, charged or convicted, "the winner" the only one whom it declares elected."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.chains import LinkedMention

# Confidence of a part that one person of the article has.
ONLY = 0.85
# Part -> its nouns, what is done to such a person, what such a person does.
_PARTS = {
    part: tuple(listed("name_words.tsv", f"{kind} {part}") for kind in ("part of a", "done to a", "done by a"))
    for part in ("defendant", "winner")
}
# Noun -> its part.
PART_OF = {noun: part for part, (nouns, _, _) in _PARTS.items() for noun in nouns}


def persons_of_parts(doc: Document, names: Iterable[LinkedMention]) -> dict[str, set[int]]:
    """Return the persons of each part, by the verbs whose subject or object they are."""
    found: dict[str, set[int]] = {}
    for m in names:
        head = doc.head_of(range(m.first, m.last))
        # "The candidate, Ana Lume, was declared winner"
        head = doc.head[head] if doc.dep[head] == "appos" else head
        verb, dep = doc.lower[doc.head[head]], doc.dep[head]
        for part, (_, done_to, done_by) in _PARTS.items():
            if (dep in ("nsubjpass", "dobj") and verb in done_to) or (dep == "nsubj" and verb in done_by):
                found.setdefault(part, set()).add(m.chain)
    return found
