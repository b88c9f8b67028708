"""Resolve descriptions by an office or work ("the mayor") to the person to whom the article gives it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.antecedents import ResolvedChain
from pipeline.mentions.chains import LinkedMention
from pipeline.mentions.holders import TABLED
from pipeline.mentions.office_places import OfficePlaceIndex
from pipeline.mentions.sentence_ranks import SUBJECTS
from pipeline.mentions.spans import PLACES
from pipeline.mentions.unnamed_persons import INDEFINITE
from pipeline.mentions.words import OFFICES, government_verbs

type Office = tuple[str, frozenset[str]]

# A description means one of the persons mentioned last, this many at most.
MAX_PERSONS = 40
# Another person of that office is searched for in this many tokens before.
REACH = 150
# "The chief Russian diplomat" is the foreign minister.
DIPLOMATIC = listed("name_words.tsv", "diplomatic")
# Groups whose words are not interchangeable: an actor is no singer, a plumber no driver.
NON_INTERCHANGEABLE_GROUPS = frozenset({"post", "artist", "sport", "trade", "writer", "scholar", "clergy", "doctor"})
# Words that distinguish an office from one above it or before it.
DISTINGUISHING_OFFICE_WORDS = listed("name_words.tsv", "office of another")
# Goes with any other work of its group: the goalkeeper is the CAPTAIN.
OF_ANY_OF_ITS_GROUP = listed("name_words.tsv", "beside any of its group")
# "The gaffer" and "the boss" of a team are its manager or coach.
TEAM_HEADS = listed("name_words.tsv", "head of a team")
TEAM_OFFICES = frozenset({"manager", "coach"})
# Before a name alone an honorific, no office: CHIEF Lume.
HONORIFIC_OFFICES = frozenset({"chief"})
# Groups of work that a doctor does not do.
HANDS = frozenset({"trade", "sport", "post", "doctor", "clergy"})
# Groups of which a person holds only one office.
HIGH = frozenset({"president", "monarch", "head", "governor", "mayor", "lawmaker", "judge", "clergy"})
# "The author" can be the novelist.
OF_ITS_GROUP = listed("name_words.tsv", "of its group")
# "The star" can be an actor or a bowler.
OF_ANY_WORK = listed("name_words.tsv", "of any work")
# Groups of offices that a region or a town has.
REGIONAL = frozenset({"governor", "mayor", "lawmaker"})
FORMER = "former"
# Nouns of bodies that have a spokesperson: "the council said".
BODIES = listed("statement_words.tsv", "body")
# Tokens behind a description in which he or she takes it up.
_NEAR_PRONOUN = 4
# Confidence of a description (the share that is right): same words, one person; words of one group; several persons.
SAME, ALIKE, SEVERAL = 0.9, 0.7, 0.5


class OfficeHolderIndex:
    """The persons of an article by office: nouns with their modifiers, in the order of the text."""

    def __init__(
        self,
        doc: Document,
        linked: Sequence[LinkedMention],
        titles: Sequence[LinkedMention],
        offices: Mapping[int, Sequence[Office]],
        seats: OfficePlaceIndex,
        genders: Mapping[int, str],
        beside: AbstractSet[int] = frozenset(),
    ) -> None:
        self.doc = doc
        # Words of offices beside a name are that person's; `beside` has other nouns.
        self._named = {m.last - 1 for m in titles} | beside
        self.offices = offices
        self._genders = genders
        self._sentences: defaultdict[int, set[int]] = defaultdict(set)
        # Sign of a place -> sentences that name it, except as an office's ("the Texas governor"), and those beside.
        self._near: defaultdict[str, set[int]] = defaultdict(set)
        for m in linked:
            sentence = doc.sentence_of[m.first]
            if m.label == "PERSON":
                self._sentences[m.chain].add(sentence)
            elif m.label in PLACES and doc.lower[doc.head[m.last - 1]] not in OFFICES:
                self._near[seats.word(m.first)].update((sentence - 1, sentence, sentence + 1))
        self._beside: dict[tuple[int, str], bool] = {}
        self._holders: defaultdict[str, set[int]] = defaultdict(set)
        for chain, held in offices.items():
            for office, _ in held:
                self._holders[office].add(chain)
        self._last: dict[int, int] = {}
        self._bodies = [m.last - 1 for m in linked if m.label in ("ORG", "GPE", "NORP")]

    def see(self, chain: int, token: int) -> None:
        """Record a mention of a person at `token`. Call it in text order."""
        self._last.pop(chain, None)
        self._last[chain] = token

    def of(self, token: int, noun: str, modifiers: frozenset[str], idle: AbstractSet[str]) -> ResolvedChain | None:
        """Return the person whose office the noun at `token` with these modifiers is; None if unknown, or if an unnamed
        person of that office came since. `idle`: modifiers that do not identify the office."""
        former = FORMER in modifiers
        found = self._of(token, noun, modifiers, former)
        if found is None and not idle.isdisjoint(modifiers) and len(self._holders[noun]) == 1:
            found = self._of(token, noun, modifiers - idle, former)
            return found and ResolvedChain(found.chain, min(found.confidence, ALIKE))
        places = {word for word in modifiers if word[:1] == "#"}
        if found is None and places and OFFICES.get(noun) in REGIONAL and not self._holds_elsewhere(noun):
            # "The Florida governor" is the governor of whom the article gives no place, if it names Florida beside.
            found = self._of(token, noun, modifiers - places - idle, former)
            if found is None or self._is_other(token, found.chain):
                return None
            beside = all(self._named_beside(found.chain, place) for place in places)
            return ResolvedChain(found.chain, min(found.confidence, ALIKE)) if beside else None
        return found

    def _named_beside(self, chain: int, place: str) -> bool:
        """Whether a place is named in a sentence that names the person, or in the one before or behind."""
        if (chain, place) not in self._beside:
            self._beside[chain, place] = not self._near[place].isdisjoint(self._sentences[chain])
        return self._beside[chain, place]

    def _is_other(self, token: int, chain: int) -> bool:
        """Whether he or she right behind a description is not the person: "the Texas governor said he would"."""
        doc = self.doc
        after = range(token + 1, min(len(doc), token + 1 + _NEAR_PRONOUN))
        words = (doc.lower[i] for i in after if doc.sentence_of[i] == doc.sentence_of[token])
        pronoun = next((word for word in words if word in ("he", "she")), None)
        return pronoun is not None and self._genders.get(chain, pronoun) != pronoun

    def _holds_elsewhere(self, noun: str) -> bool:
        """Whether several persons hold an office, or one whose place is known."""
        holders = self._holders[noun]
        held = [words for chain in holders for office, words in self.offices[chain] if office == noun]
        return len(holders) != 1 or any(word[:1] == "#" for words in held for word in words)

    def _of(self, token: int, noun: str, modifiers: frozenset[str], former: bool) -> ResolvedChain | None:
        scores: defaultdict[int, tuple[int, bool]] = defaultdict(lambda: (0, False))
        apart = modifiers & DISTINGUISHING_OFFICE_WORDS
        modifiers -= {FORMER}
        for chain in islice(reversed(self._last), MAX_PERSONS):
            for office, words in self.offices.get(chain, ()):
                if TABLED in words and not _may_mean(modifiers, words, former):
                    continue
                same = noun == office or (noun in OF_ITS_GROUP and OFFICES[noun] == OFFICES.get(office))
                same = same or (noun in TEAM_HEADS and office in TEAM_OFFICES)
                # "The leader" alone is not the press secretary, though both are heads of something.
                fits = same or (modifiers and _alike(noun, office, words))
                if fits and modifiers <= words | {office}:
                    # "The mayor" is rather not the former one or the deputy, and "the former mayor" is.
                    scores[chain] = max(
                        scores[chain],
                        (2 + same + len(modifiers) + (apart == words & DISTINGUISHING_OFFICE_WORDS), same),
                    )
        if not scores:
            return None
        best = max(scores.values())
        chains = [chain for chain, score in scores.items() if score == best]
        chain = max(chains, key=self._last.__getitem__)
        if self.has_intervening_unnamed_holder(token, noun, self._last[chain]):
            return None
        if len(chains) > 1 and chain != next(reversed(self._last)):
            # Of several senators, only the person mentioned last can be meant.
            return None
        return ResolvedChain(chain, SEVERAL if len(chains) > 1 else SAME if best[1] else ALIKE)

    def has_conflicting_office(self, chain: int, noun: str, seats: AbstractSet[str], *, former: bool = False) -> bool:
        """Whether the article gives the person another office or work of the same group, a trade or a high office, or
        gives the noun's office to another person. `seats`: the places beside the noun; `former`: the work is over, and
        goes with any other."""
        group = OFFICES.get(noun)
        offices = [
            (office, words) for office, words in self.offices.get(chain, ()) if office not in OF_ANY_OF_ITS_GROUP
        ]
        held = {OFFICES[office] for office, words in offices if words or office not in HONORIFIC_OFFICES}
        if group not in HANDS:
            # "Dr" is a scholar, too.
            held.discard("doctor")
        if noun in TEAM_HEADS and any(office in TEAM_OFFICES for office, _ in offices):
            return False
        if chain in self._holders[noun] and not seats:
            return False
        if any(self._may_hold(other, noun, seats) for other in self._holders[noun] - {chain}):
            return True
        if former and group not in HIGH:
            return False
        if group in HIGH and not held.isdisjoint(HIGH):
            return True
        return (group in held and noun not in OF_ANY_OF_ITS_GROUP) or (
            noun not in OF_ANY_WORK and not held.isdisjoint(NON_INTERCHANGEABLE_GROUPS)
        )

    def is_elsewhere(self, chain: int, places: AbstractSet[str]) -> bool:
        """Whether all offices of a person whose place is known are in other places."""
        seats = [word for _, words in self.offices.get(chain, ()) for word in words if word[:1] == "#"]
        return bool(places) and bool(seats) and places.isdisjoint(seats)

    def _may_hold(self, chain: int, noun: str, seats: AbstractSet[str]) -> bool:
        """Whether a person may have the noun's office here: not only elsewhere."""
        words = [held for office, held in self.offices[chain] if office == noun]
        elsewhere = (bool(seats) and any(word[:1] == "#" for word in held) and seats.isdisjoint(held) for held in words)
        return not all(elsewhere)

    def last_mention(self, chain: int) -> int:
        """Return the token of the person's last mention, -1 without one."""
        return self._last.get(chain, -1)

    def has_intervening_unnamed_holder(self, token: int, noun: str, since: int, named: int = -1) -> bool:
        """Whether an unnamed person of that office came between: "a Mexican official ... the official", "the mayor's
        spokesman ... the spokesman"; for a spokesperson also a body that spoke. `named`: the last mention of the person
        meant, whom "their manager" before it announces."""
        doc = self.doc
        for i in range(max(0, since + 1, token - REACH), token):
            if i in self._named or doc.lower[i] != noun:
                continue
            if any(doc.lower[c] in INDEFINITE or (doc.dep[c] == "poss" and i > named) for c in doc.children[i]):
                return True
        if OFFICES.get(noun) != "spokesperson":
            return False
        small = (i for i in range(max(0, since + 1, token - REACH), token) if doc.lower[i] in BODIES)
        named_bodies = self._bodies[bisect_right(self._bodies, since) : bisect_left(self._bodies, token)]
        return any(
            doc.dep[i] in SUBJECTS and doc.folded[doc.head[i]] in government_verbs() and not doc.in_marks[i]
            for i in (*named_bodies, *small)
        )


def given_as_former(offices: Mapping[int, Sequence[Office]]) -> dict[tuple[str, str], set[int]]:
    """Return the persons of each former office that the article gives, by its noun and each of its other words; "" if
    it has none."""
    found: dict[tuple[str, str], set[int]] = {}
    for chain, held in offices.items():
        for noun, words in held:
            for word in (words - {FORMER} or {""}) if FORMER in words else ():
                found.setdefault((noun, word), set()).add(chain)
    return found


def _may_mean(modifiers: AbstractSet[str], words: AbstractSet[str], former: bool) -> bool:
    """Whether modifiers tell the place or the field of an office that only the table gives, and whether it is over."""
    placed = any(word[:1] == "#" for word in modifiers)
    return (placed or words - {TABLED, FORMER} <= modifiers) and (FORMER in words) == former


def _alike(noun: str, office: str, words: frozenset[str]) -> bool:
    """Whether a noun can describe an office whose words are `words`."""
    group = OFFICES.get(office)
    if group is not None and OFFICES[noun] == group and group not in NON_INTERCHANGEABLE_GROUPS:
        return True
    if noun == "leader":
        # "The Argentine leader" is the president.
        return group in ("president", "monarch")
    return noun in ("diplomat", "official") and bool(words & DIPLOMATIC)
