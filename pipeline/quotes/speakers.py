"""The words that name a speaker -> who in the article that is.

Belongs here: from the speaker's phrase to a chain of `mentions`, and how it was known. A pronoun or a description
that the mentions leave open is led on only where the quotations themselves tell. Precision first: null when unsure.
Does not belong here: which phrase is the speaker's (phrases), who that is across articles (entities).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.mentions import Mention
from pipeline.quotes.phrases import Phrase
from pipeline.quotes.syntax import Tree

SPEAKING = frozenset(("PERSON", "ORG", "GPE", "NORP", "LAW", "WORK_OF_ART", "FAC", "LOC", "PRODUCT", "EVENT"))
# A country, a group or a work speaks less often than a person: when a phrase holds several names, this is the order.
RANK = {"PERSON": 0, "ORG": 1, "GPE": 2, "NORP": 3}
NAMED = frozenset(("name", "alias", "acronym", "demonym"))
PERSONAL = frozenset(("he", "she"))


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks: [start, end) of the words, how they stand (speaker_basis), the chain where it is known."""

    start: int
    end: int
    basis: str
    chain: int | None


class Cast:
    """The mentions of an article, found by place."""

    def __init__(self, tree: Tree, mentions: Sequence[Mention]) -> None:
        self.tree = tree
        self.mentions = sorted(mentions, key=lambda m: (m.start, m.end))
        self.starts = [m.start for m in self.mentions]

    def at(self, start: int, end: int) -> list[Mention]:
        """The mentions that overlap the characters [start, end)."""
        i = bisect_right(self.starts, start) - 1
        found = []
        while i > 0 and self.mentions[i - 1].end > start:
            i -= 1
        for mention in self.mentions[max(0, i) :]:
            if mention.start >= end:
                break
            if mention.end > start:
                found.append(mention)
        return found

    def speaker(self, phrase: Phrase) -> Speaker:
        """The speaker of a phrase, as far as the mentions tell."""
        tree = self.tree
        start, end = tree.start(phrase.first), tree.end(phrase.last)
        head_start, head_end = tree.start(phrase.head), tree.end(phrase.head)
        held = self.at(head_start, head_end)
        if tree.tag(phrase.head).startswith("PRP") or tree.words[phrase.head] in ("who", "that", "which", "one"):
            return Speaker(start, end, "pronoun", held[0].chain if held else None)
        named = [m for m in held if m.label in SPEAKING]
        if named:
            best = min(named, key=lambda m: (RANK.get(m.label, 4), m.start))
            how = "name" if best.resolution in NAMED else "description"
            return Speaker(min(start, best.start), max(end, best.end), how, best.chain)
        # A description that holds its bearer's name: "the spokesman, John Doe" (not "Trump's lawyer").
        appositions = [c for c in tree.children[phrase.head] if tree.dep(c) == "appos"]
        for child in appositions:
            people = [m for m in self.at(tree.start(child), tree.end(child)) if m.label == "PERSON"]
            if people:
                return Speaker(start, end, "description", people[0].chain)
        basis = "name" if tree.tag(phrase.head).startswith("NNP") else "description"
        return Speaker(start, end, basis, None)

    def chain_of(self, phrase: Phrase) -> int | None:
        """The chain of the name that heads a phrase."""
        tree = self.tree
        held = [m for m in self.at(tree.start(phrase.head), tree.end(phrase.head)) if m.label in SPEAKING]
        return held[0].chain if held else None
