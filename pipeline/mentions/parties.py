"""The party that the words beside a person's name give: "Democrat Ana Lume", "Ana Lume (R-Ohio)"."""

from __future__ import annotations

from collections.abc import Iterable

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
    for m in names:
        before = m.first
        while before > 0 and m.first - before < MAX_BEFORE and doc.tag[before - 1][:2] in ("NN", "JJ"):
            before -= 1
        letter = doc.words[m.last + 1 : m.last + 2] if doc.words[m.last : m.last + 1] == ("(",) else ()
        party = party_of(
            (*reversed(doc.folded[before : m.first]), *(word.partition("-")[0].lower() for word in letter))
        )
        if party is not None:
            found.setdefault(m.chain, party)
    return found
