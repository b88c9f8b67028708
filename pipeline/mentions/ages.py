"""Descriptions of a person by age ("the 34-year-old") and by children ("the mother of two")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.document import Document
from pipeline.mentions.antecedents import Antecedents
from pipeline.mentions.chains import LinkedMention, person_mention

PARENTS = frozenset((word,) for word in ("mother", "father", "grandmother", "grandfather"))
# Confidence of an age that one person of the article has.
AGED = 0.9


def ages_of(doc: Document, names: Iterable[LinkedMention]) -> dict[str, set[int]]:
    """Return the persons of each age in the article: "Ana Lume, 34,", "34-year-old Ana Lume"."""
    found: dict[str, set[int]] = {}
    for m in names:
        behind = doc.words[m.last + 1 : m.last + 2] if doc.words[m.last : m.last + 1] == (",",) else ()
        before = doc.folded[max(0, m.first - 5) : m.first]
        age = before[0] if before[1:] == ("-", "year", "-", "old") else "".join(behind)
        if age.isdigit() and len(age) < 3:
            found.setdefault(age, set()).add(m.chain)
    return found


def aged(doc: Document, i: int, held: bytearray, ages: Mapping[str, set[int]]) -> LinkedMention | None:
    """Resolve "the 34-year-old" to the only person of that age."""
    last = i + 6
    if doc.folded[i + 2 : last] != ("-", "year", "-", "old") or any(held[i:last]):
        return None
    chains = ages.get(doc.words[i + 1], set())
    if len(chains) != 1 or (last < len(doc) and doc.tag[last].startswith("NN")):
        return None
    return person_mention(doc, i, last, next(iter(chains)), "description", AGED)


def parent(doc: Document, i: int, held: bytearray, antecedents: Antecedents) -> LinkedMention | None:
    """Resolve "the mother of two" to the subject before."""
    last = i + 4
    if doc.lower[i + 1 : i + 2] not in PARENTS or doc.words[i + 2 : i + 3] != ("of",) or last > len(doc):
        return None
    if doc.tag[last - 1] != "CD" or any(held[i:last]):
        return None
    answer = antecedents.description(i + 1)
    if answer is None:
        return None
    return person_mention(doc, i, last, answer.chain, "description", answer.confidence)
