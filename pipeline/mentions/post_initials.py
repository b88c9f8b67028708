"""Descriptions by the initials of a post: "the SP" is the only person whom the article names with words of these
initials before the name, "Superintendent of Police Ana Lume"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.document import Document
from pipeline.mentions.chains import LinkedMention, person_mention

# Small words inside a post.
SMALL = frozenset(("of", "for", "and", "the"))
# Fewest and most initials; most words of a post.
FEWEST, MOST, MAX_WORDS = 2, 5, 8
# Confidence of initials that one person of the article has.
INITIALS = 0.8


def persons_by_initials(doc: Document, names: Iterable[LinkedMention]) -> dict[str, set[int]]:
    """Return the persons by the initials of the words with capitals right before their names."""
    found: dict[str, set[int]] = {}
    for m in names:
        initials, i = "", m.first - 1
        while i >= 0 and m.first - i <= MAX_WORDS and doc.sentence_of[i] == doc.sentence_of[m.first]:
            capital = doc.words[i][:1].isupper()
            if not capital and doc.words[i] not in SMALL:
                break
            initials = doc.words[i][0] + initials if capital else initials
            if capital and FEWEST <= len(initials) <= MOST:
                found.setdefault(initials, set()).add(m.chain)
            i -= 1
    return found


def by_initials(doc: Document, i: int, held: bytearray, persons: Mapping[str, set[int]]) -> LinkedMention | None:
    """Resolve "the SP", which begins at token `i`, to the only person with these initials."""
    chains = persons.get(doc.words[i + 1], set()) if i + 1 < len(doc) else set()
    if len(chains) != 1 or held[i + 1] or (i + 2 < len(doc) and doc.tag[i + 2].startswith("NNP")):
        return None
    return person_mention(doc, i, i + 2, next(iter(chains)), "description", INITIALS)
