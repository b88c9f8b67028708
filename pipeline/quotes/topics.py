"""The persons of an article by its mentions, for "the Democrat" and "the Texan" as speakers: names of groups are
mentions of their own, so the mentions do not resolve them as persons (`speakers` does)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from pipeline.document import Document
from pipeline.mentions import Mention
from pipeline.mentions.antecedents import SEVERAL, Antecedents, ResolvedChain
from pipeline.mentions.chains import LinkedMention, person_mention
from pipeline.mentions.parties import PARTY_OF, parties_of
from pipeline.mentions.unnamed_persons import unnamed

NAMED = frozenset(("name", "alias"))


class Topics:
    """The persons of an article by their mentions."""

    def __init__(self, doc: Document, mentions: Sequence[Mention]) -> None:
        self.doc = doc
        spans = ((m, doc.tokens(m.start, m.end)) for m in mentions if m.label == "PERSON")
        self._spans = [(m, tokens) for m, tokens in spans if tokens]

    @cached_property
    def _persons(self) -> Antecedents:
        doc = self.doc
        found = Antecedents(doc, {}, frozenset())
        heads = {doc.head_of(tokens): m for m, tokens in self._spans}
        for token in range(len(doc)):
            if token in heads:
                found.add_mention(heads[token].chain, token, heads[token].confidence)
            elif unnamed(doc, token):
                found.add_mention(None, token)
        return found

    @cached_property
    def _parties(self) -> dict[int, str]:
        return parties_of(self.doc, self._names())

    def _names(self) -> list[LinkedMention]:
        named = ((m, tokens) for m, tokens in self._spans if m.resolution in NAMED)
        return [person_mention(self.doc, tokens.start, tokens.stop, m.chain) for m, tokens in named]

    def one_of_group(self, token: int) -> ResolvedChain | None:
        """Return the person whom "the Democrat" or "the Texan" at a token means: the main subject before, of no other
        party; else the only person of that party near."""
        party = PARTY_OF.get(self.doc.lower[token])

        def excluded(chain: int) -> bool:
            return party is not None and self._parties.get(chain, party) != party

        topic = self._persons.description(token, excluded)
        members = {chain for chain, other in self._parties.items() if other == party}
        if topic is not None or len(members) != 1:
            return topic
        near = members & self._persons.near(token)
        return ResolvedChain(near.pop(), SEVERAL) if near else None
