"""Descriptions by a part in what the article tells: "the defendant" is the only person of whom it says that he was
jailed, charged or convicted, "the winner" the only one whom it declares elected."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.antecedents import UNNAMED
from pipeline.mentions.chains import LinkedMention
from pipeline.mentions.sentence_ranks import SUBJECTS
from pipeline.mentions.words import person_nouns

# Confidence of a part that one person of the article has.
ONLY = 0.85
# Part -> its nouns, what is done to such a person, what such a person does.
_PARTS = {
    part: tuple(listed("name_words.tsv", f"{kind} {part}") for kind in ("part of a", "done to a", "done by a"))
    for part in ("defendant", "winner")
}
DEFENDANT = "defendant"
# Before a person of whom the article has not told.
INDEFINITE = frozenset(("a", "an", "another"))
# Noun -> its part.
PART_OF = {noun: part for part, (nouns, _, _) in _PARTS.items() for noun in nouns}


def persons_of_parts(doc: Document, names: Iterable[LinkedMention]) -> dict[str, set[int]]:
    """Return the persons of each part, by the verbs whose subject or object they are; `UNNAMED` stands for others."""
    found: dict[str, set[int]] = {}
    first = len(doc)
    for m in names:
        head = doc.head_of(range(m.first, m.last))
        # "The candidate, Ana Lume, was declared winner"
        head = doc.head[head] if doc.dep[head] == "appos" else head
        for part in _PARTS:
            if _has(doc, head, part):
                found.setdefault(part, set()).add(m.chain)
                first = min(first, head) if part == DEFENDANT else first
    if any(_is_another(doc, token) for token in range(first, len(doc))):
        found[DEFENDANT].add(UNNAMED)
    return found


def _has(doc: Document, head: int, part: str) -> bool:
    """Whether the person whose head is a token has a part: "Lume was JAILED", "Lume PLEADED guilty"."""
    verb, dep = doc.head[head], doc.dep[head]
    _, done_to, done_by = _PARTS[part]
    if dep in ("nsubjpass", "dobj"):
        return doc.lower[verb] in done_to
    # "Lume pleaded with the court"
    pleads = part != DEFENDANT or "guilty" in doc.lower[verb + 1 : verb + 4]
    return dep == "nsubj" and doc.lower[verb] in done_by and pleads


def _is_another(doc: Document, noun: int) -> bool:
    """Whether a noun is another, unnamed person on trial: "A BOY, who cannot be named, is on trial, too"."""
    if doc.tag[noun] != "NN" or doc.lower[noun] not in person_nouns() or doc.in_marks[noun]:
        return False
    verb = doc.head[noun]
    tried = doc.dep[noun] in SUBJECTS and "trial" in doc.lower[verb + 1 : verb + 4]
    return doc.lower[doc.left[noun]] in INDEFINITE and (tried or _has(doc, noun, DEFENDANT))
