"""The persons of an article by its mentions, for "the Democrat" and "the Texan" as speakers: names of groups are
mentions of their own, so the mentions do not resolve them as persons (`speakers` does)."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.document import Document
from pipeline.mentions import Mention
from pipeline.mentions.antecedents import Antecedents
from pipeline.mentions.unnamed_persons import unnamed


def persons_of(doc: Document, mentions: Sequence[Mention]) -> Antecedents:
    """Return the persons of an article by their mentions, in text order."""
    found = Antecedents(doc, {}, frozenset())
    heads = {doc.head_of(tokens): m for m in mentions if m.label == "PERSON" and (tokens := doc.tokens(m.start, m.end))}
    for token in range(len(doc)):
        if token in heads:
            found.add_mention(heads[token].chain, token, heads[token].confidence)
        elif unnamed(doc, token):
            found.add_mention(None, token)
    return found
