"""Descriptions of a person by age: "the 34-year-old"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.document import Document
from pipeline.mentions.chains import LinkedMention, person_mention

# Confidence of an age that one person of the article has.
AGED = 0.9


def ages_of(doc: Document, names: Iterable[LinkedMention]) -> dict[str, set[int]]:
    """Return the persons of each age in the article: "Ana Lume, 34,", "34-year-old Ana Lume"."""
    found: dict[str, set[int]] = {}
    for m in names:
        after = doc.words[m.last + 1 : m.last + 2] if doc.words[m.last : m.last + 1] == (",",) else ()
        before = m.first - 6
        age = doc.words[m.first - 5] if before >= -1 and is_age(doc, before) else "".join(after)
        if age.isdigit() and len(age) < 3:
            found.setdefault(age, set()).add(m.chain)
    return found


def is_age(doc: Document, i: int) -> bool:
    """Whether an age follows token `i`: the 34-YEAR-OLD."""
    return doc.folded[i + 2 : i + 6] == ("-", "year", "-", "old")


def aged(doc: Document, i: int, held: bytearray, ages: Mapping[str, set[int]]) -> LinkedMention | None:
    """Resolve "the 34-year-old" to the only person of that age."""
    last = i + 6
    if not is_age(doc, i) or any(held[i:last]):
        return None
    chains = ages.get(doc.words[i + 1], set())
    if len(chains) != 1 or (last < len(doc) and doc.tag[last].startswith("NN")):
        return None
    return person_mention(doc, i, last, next(iter(chains)), "description", AGED)
