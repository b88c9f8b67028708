"""Descriptions that no office of the article fits: "the billionaire", "the 69-year-old", "the mother of two".

They mean the main subject of the sentences before (`antecedents.Antecedents.description`), unless the article
contradicts it: another age or party, a conflicting office, an office in another place, an unnamed person of that
office.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.ages import AGED, is_age
from pipeline.mentions.antecedents import SEVERAL, Antecedents, ResolvedChain
from pipeline.mentions.chains import LinkedMention, person_mention
from pipeline.mentions.inhabitants import inhabits
from pipeline.mentions.office_holders import OF_ANY_WORK, REACH, OfficeHolderIndex
from pipeline.mentions.office_places import OfficePlaceIndex
from pipeline.mentions.parties import PARTY_OF, party_of
from pipeline.mentions.parts import ONLY, PART_OF
from pipeline.mentions.roles import BY_ROLE, Roles, is_joined, noun_at
from pipeline.mentions.sentence_ranks import SUBJECTS
from pipeline.mentions.unnamed_persons import is_mistagged_description
from pipeline.mentions.words import OFFICES, ROLES, TITLES

# At most this many words before a name or a noun are read.
MAX_MODIFIERS = 8
OFTEN_UNNAMED = listed("name_words.tsv", "often unnamed")
# Nouns that are persons only behind "the": the former Kiel INTERNATIONAL.
IN_DESCRIPTIONS = listed("name_words.tsv", "person in a description")
IN_A_CONTEST = listed("name_words.tsv", "in a contest")
# Before work that is over: the FORMER goalkeeper.
OVER = listed("name_words.tsv", "role that is over")
HEARERS = frozenset(("him", "her"))
PARENTS = frozenset(("mother", "father", "grandmother", "grandfather"))


@dataclass(frozen=True, slots=True)
class TopicDescriptions:
    """What the article shows about its persons. `held` marks the tokens of names and titles, `named` holds the first
    token of each person's name, `ages` the persons of each age, `parties` the party of each person, `parts` the persons
    of each part (pipeline.mentions.parts), `roles` those of each noun beside a name."""

    doc: Document
    seats: OfficePlaceIndex
    held: bytearray
    named: AbstractSet[int]
    ages: Mapping[str, set[int]]
    parties: Mapping[int, str]
    parts: Mapping[str, AbstractSet[int]]
    roles: Roles
    holders: OfficeHolderIndex
    antecedents: Antecedents

    def of(self, i: int) -> LinkedMention | None:
        """Resolve the description that "the" at token `i` begins."""
        doc = self.doc
        for j in range(i + 1, min(len(doc), i + MAX_MODIFIERS)):
            if not doc.tag[j].startswith(("NN", "JJ", "HYPH", "VBN", "CD")):
                return None
            last = self._last(i, j)
            if last is not None:
                if any(self.held[j:last]) or apposed(doc, last - 1) or named_after(doc, j, self.named):
                    # "the envoy to Tokyo Ana Lume"
                    return None
                answer = self._person(i, j)
                if answer is None:
                    return None
                first = j
                while first > i and not self.held[first - 1]:
                    first -= 1
                return person_mention(doc, first, last, answer.chain, "description", answer.confidence)
        return None

    def _last(self, i: int, j: int) -> int | None:
        """Return the token behind a description if it has the head `j`; None if it has not."""
        doc, noun = self.doc, noun_at(self.doc, j)
        if doc.dep[j] not in SUBJECTS and not is_mistagged_description(doc, j):
            return None
        if noun in PARENTS and doc.lower[j + 1 : j + 2] == ("of",) and doc.tag[j + 2 : j + 3] == ("CD",):
            return j + 3
        # "the Hull MP"
        common = doc.tag[j] in ("NN", "JJ") or (doc.tag[j] == "NNP" and not doc.words[j].istitle())
        if self._part(j) is not None:
            return j + 1
        if inhabits(doc, j):
            return j + 1
        # "The GOP speechwriter"; "the caseworker" alone is often unnamed.
        joined = j > i + 1 and is_joined(noun)
        known = noun in OFFICES or noun in ROLES or noun in IN_DESCRIPTIONS or noun in self.roles.persons or joined
        by_noun = common and known and noun not in OFTEN_UNNAMED
        # "the 34-year-old", "the 34-year-old vendor"
        return j + 1 if by_noun or (is_age(doc, i) and (j == i + 5 or doc.tag[j] == "NN")) else None

    def _person(self, i: int, j: int) -> ResolvedChain | None:
        """Return the person whom the description with the head `j` means."""
        doc, noun = self.doc, noun_at(self.doc, j)
        if (part := self._part(j)) is not None:
            persons = self.parts[part]
            if not self.antecedents.are_several() and not HEARERS.isdisjoint(self._objects(j)):
                # "The accused told him": of two persons, he is the one with a name.
                return None
            return ResolvedChain(next(iter(persons)), ONLY) if len(persons) == 1 else None
        aged = self.ages.get(doc.words[i + 1], set()) if is_age(doc, i) else set()
        if aged:
            return ResolvedChain(next(iter(aged)), AGED) if len(aged) == 1 else None
        places = {word for word in self.seats.words(range(i + 1, j)) if word[:1] == "#"}
        party = party_of(doc.folded[i + 1 : j])

        def excluded(chain: int) -> bool:
            other = party is not None and self.parties.get(chain, party) != party
            return other or self.holders.is_elsewhere(chain, places)

        roles = self.roles.persons.get(noun, {})
        known = {chain for chain in roles if not excluded(chain)}
        contest = noun in IN_A_CONTEST and party is None and self.antecedents.are_several()
        topic = None if contest else self.antecedents.description(j, excluded, noun in ROLES or is_joined(noun))
        if len(known) == 1:
            chain = next(iter(known))
            said = set(doc.folded[i + 1 : j]) - OVER - PARTY_OF.keys() - set(noun.split())
            if said <= roles[chain] or (topic is not None and topic.chain == chain):
                unnamed = self.holders.has_intervening_unnamed_holder(j, noun, self.holders.last_mention(chain))
                two = topic is not None and topic.chain != chain and noun in OF_ANY_WORK
                return None if unnamed or two else ResolvedChain(chain, BY_ROLE)
        answer = topic or self._only_member(j, party)
        if answer is not None and len(known) > 1 and answer.chain not in known:
            # "Surgeon Ana Lume and surgeon Ida Kerr met Jon Berg. The surgeon said"
            return None
        if answer is None or (is_age(doc, i) and any(answer.chain in chains for chains in self.ages.values())):
            return None
        works = noun in OFFICES or noun in ROLES
        former = not OVER.isdisjoint(doc.folded[i + 1 : j])
        conflict = works and self.holders.has_conflicting_office(answer.chain, noun, places, former=former)
        named = self.holders.last_mention(answer.chain)
        unnamed = self.holders.has_intervening_unnamed_holder(j, noun, i - REACH, named)
        return None if conflict or unnamed else answer

    def _objects(self, j: int) -> Iterator[str]:
        """Yield the objects of the verb whose subject is `j`."""
        doc = self.doc
        return (doc.lower[c] for c in doc.children[doc.head[j]] if doc.dep[c] in ("dobj", "dative"))

    def _part(self, noun: int) -> str | None:
        """Return the part that a noun names if the article shows persons of it."""
        part = "winner" if is_elect(self.doc, noun) else PART_OF.get(self.doc.lower[noun])
        return part if part in self.parts else None

    def _only_member(self, token: int, party: str | None) -> ResolvedChain | None:
        """Return the only person of a party in the article, if named shortly before."""
        members = {chain for chain, other in self.parties.items() if other == party}
        near = members & self.antecedents.near(token) if len(members) == 1 else set()
        return ResolvedChain(near.pop(), SEVERAL) if near else None


def named_after(doc: Document, noun: int, named: AbstractSet[int]) -> bool:
    """Whether a name behind the noun can be the person's: not if it only owns the office ("the aide to Mayor Lume")."""
    clauses = [range(doc.left[c], doc.right[c] + 1) for c in doc.children[noun] if doc.dep[c] == "relcl"]
    for k in range(noun + 1, doc.right[noun] + 1):
        if k in named and not any(k in clause for clause in clauses):
            owner = k
            while owner > noun + 1 and doc.folded[owner - 1].rstrip(".") in TITLES | OFFICES.keys():
                owner -= 1
            if owner - 1 != noun + 1 or doc.lower[noun + 1] not in ("to", "of", "for"):
                return True
    return False


def is_elect(doc: Document, noun: int) -> bool:
    """Whether the word ends the office of somebody elected: "the governor-ELECT"."""
    return doc.lower[noun] == "elect" and noun > 1 and doc.words[noun - 1] == "-" and doc.lower[noun - 2] in OFFICES


def apposed(doc: Document, noun: int) -> bool:
    """Whether a name in apposition follows: "the owner, Ana Lume"."""
    comma = noun + 1
    return comma + 1 < len(doc) and doc.words[comma] == "," and doc.tag[comma + 1].startswith("NNP")
