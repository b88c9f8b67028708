"""The party that the words beside a person's name give: "Democrat Ana Lume", "Ana Lume (R-Ohio)", "Ana Lume, the
Democratic nominee"."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from pipeline.data import meanings
from pipeline.document import Document
from pipeline.mentions.chains import LinkedMention

# A word in small letters -> its party.
PARTY_OF = {word.casefold(): party for word, party in meanings("parties.tsv", "party").items()}
# Most words before a name that are read.
MAX_BEFORE = 5


def party_of(words: Iterable[str]) -> str | None:
    """Return the party of the first word that names one."""
    return next((PARTY_OF[word] for word in words if word in PARTY_OF), None)


def parties_of(doc: Document, names: Iterable[LinkedMention]) -> dict[int, str]:
    """Return the party of each person to whom the article gives one."""
    found: dict[int, str] = {}
    named = sorted(names, key=lambda m: m.first)
    firsts = {m.first for m in named}
    for m in named:
        before = m.first
        while before > 0 and m.first - before < MAX_BEFORE and doc.tag[before - 1][:2] in ("NN", "JJ"):
            before -= 1
        letter = doc.words[m.last + 1 : m.last + 2] if doc.words[m.last : m.last + 1] == ("(",) else ()
        party = party_of(
            (
                *reversed(doc.folded[before : m.first]),
                *(word.partition("-")[0].lower() for word in letter),
                *_apposition(doc, m, firsts),
            )
        )
        if party is not None:
            found.setdefault(m.chain, party)
    return found


def _apposition(doc: Document, m: LinkedMention, names: AbstractSet[int]) -> tuple[str, ...]:
    """Return the words of "Ana Lume, the Democratic nominee,"; none of "the Democrat Jon Berg" and "the Democrat's
    rival" behind another name."""
    first = m.last + 2
    if doc.words[m.last : m.last + 1] != (",",) or doc.lower[m.last + 1 : first] not in (("a",), ("an",), ("the",)):
        return ()
    end = first
    while end < min(len(doc), first + MAX_BEFORE) and doc.tag[end].startswith(("NN", "JJ", "HYPH")):
        end += 1
    other = doc.tag[end : end + 1] == ("POS",) or any(token in names for token in range(first, end))
    return () if other else doc.folded[first:end]
