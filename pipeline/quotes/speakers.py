"""The words that name a speaker -> who in the article that is.

Pronouns are led to the narrator's latest subject or speaker that they fit (names inside marks are not the narrator's),
documents to those who issued them, "the official" to the speaker before. Precision first: null when unsure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.mentions import Mention
from pipeline.mentions.words import FEMALE as FEMALE_TITLES
from pipeline.mentions.words import MALE as MALE_TITLES
from pipeline.mentions.words import OFFICES
from pipeline.quotes.attribution import Page
from pipeline.quotes.firstnames import FEMALE, MALE
from pipeline.quotes.phrases import SUBJECTS, Phrase, antecedent, subject
from pipeline.quotes.phrases import phrase as noun_phrase
from pipeline.quotes.words import DOCUMENTS, OUTLETS, ROLES

SPEAKING = frozenset(("PERSON", "ORG", "GPE", "NORP", "LAW", "WORK_OF_ART", "FAC", "LOC", "PRODUCT", "EVENT"))
# A country, a group or a work speaks less often than a person: when a phrase holds several names, this is the order.
RANK = {"PERSON": 0, "ORG": 1, "GPE": 2, "NORP": 3}
NAMED = frozenset(("name", "alias", "acronym", "demonym"))
PERSONAL = frozenset(("he", "she"))
PRONOUNS = frozenset(("who", "that", "which", "one"))
# A pronoun or "the official" reaches back this many of the narrator's sentences.
REACH = 6
# ... and over this many persons.
MOST_PERSONS = 40
# A name behind a description has no more tokens than this.
LONGEST_NAME = 8
IN_A_NAME = ("NN", "JJ", "HYPH", "CD", "IN", "TO")
INDEFINITE = frozenset(("a", "an", "one", "another", "some"))
# A document's issuer is looked for among this many tokens before it.
ISSUED_WITHIN = 150


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks: [start, end) of the words, how they stand (speaker_basis), the chain where it is known."""

    start: int
    end: int
    basis: str
    chain: int | None


@dataclass(frozen=True, slots=True)
class _Person:
    """A place where the narrator names a person: its offset and sentence; `subject` of the sentence's main verb (2),
    of another one (1), or neither (0)."""

    at: int
    sentence: int
    chain: int
    subject: int


class Cast:
    """The mentions of an article, found by place, and what the article tells about its persons."""

    def __init__(self, page: Page, mentions: Sequence[Mention]) -> None:
        self.page = page
        self.tree = page.tree
        self.mentions = sorted(mentions, key=lambda m: (m.start, m.end))
        self.starts = [m.start for m in self.mentions]
        self.genders = self._genders()
        self.persons: list[_Person] = []
        self._narrate()

    def at(self, start: int, end: int) -> list[Mention]:
        """The mentions that overlap the characters [start, end); mentions do not overlap each other."""
        i = max(0, bisect_right(self.starts, start) - 1)
        found = []
        while i < len(self.mentions) and self.mentions[i].start < end:
            if self.mentions[i].end > start:
                found.append(self.mentions[i])
            i += 1
        return found

    def chain_of(self, phrase: Phrase) -> int | None:
        """The chain of the name that heads a phrase, else of the one organisation that it holds."""
        tree = self.tree
        # "the news agency ICANA": the name at the end, unless the head is one.
        held = [m for t in (phrase.last, phrase.head) for m in self._at_token(t) if m.label in SPEAKING]
        if held:
            return held[0].chain
        bodies = {m.chain for m in self.at(tree.start(phrase.first), tree.end(phrase.last)) if m.label == "ORG"}
        return bodies.pop() if len(bodies) == 1 else None

    def speaker(self, phrase: Phrase) -> Speaker:
        """The speaker of a phrase."""
        tree = self.tree
        taken_up = antecedent(tree, phrase.head)
        if taken_up is not None:
            whole = self.speaker(noun_phrase(tree, taken_up))
            # "Keller, who said": the pronoun stands for a name; "some who said": the words before say more.
            if whole.chain is None or whole.basis == "pronoun":
                return whole
            return Speaker(tree.start(phrase.head), tree.end(phrase.head), "pronoun", whole.chain)
        start, end = tree.start(phrase.first), tree.end(phrase.last)
        held = self._at_token(phrase.head)
        if tree.tag(phrase.head).startswith("PRP") or tree.words[phrase.head] in PRONOUNS:
            chain = held[0].chain if held else None
            if tree.words[phrase.head] in PERSONAL:
                chain = self._taken_up(start, tree.words[phrase.head], chain)
            return Speaker(start, end, "pronoun", chain)
        named = [m for m in held if m.label in SPEAKING]
        if named:
            best = min(named, key=lambda m: (RANK.get(m.label, 4), m.start))
            how = "name" if best.resolution in NAMED else "description"
            return Speaker(min(start, best.start), max(end, best.end), how, best.chain)
        beside = self._beside(phrase)
        if beside is not None:
            return Speaker(min(start, beside.start), max(end, beside.end), "name", beside.chain)
        capital = tree.text[start].isupper() and phrase.first == phrase.head and tree.tag(phrase.head).startswith("NN")
        basis = "name" if capital or tree.tag(phrase.head).startswith("NNP") else "description"
        return Speaker(start, end, basis, self._described(phrase))

    def _at_token(self, token: int) -> list[Mention]:
        return self.at(self.tree.start(token), self.tree.end(token))

    def _beside(self, phrase: Phrase) -> Mention | None:
        """The person whose name ends a description without a comma: "the envoy to Moscow Jane Doe", or follows it as
        an apposition: "its spokesman, John Doe"."""
        tree = self.tree
        for child in tree.children[phrase.head]:
            if child > phrase.head and tree.dep(child) == "appos":
                people = [m for m in self._at_token(child) if m.label == "PERSON"]
                if people:
                    return people[0]
        last = phrase.last
        while last + 1 < len(tree) and last < phrase.last + LONGEST_NAME and tree.tag(last + 1).startswith(IN_A_NAME):
            last += 1
        people = [m for m in self.at(tree.end(phrase.last), tree.end(last)) if m.label == "PERSON"]
        if not people or people[-1].start < tree.end(phrase.last) or people[-1].end < tree.end(last):
            return None
        before = tree.tokens(tree.start(phrase.head), people[-1].start)
        return people[-1] if len(before) and tree.tag(before[-1]).startswith(("NN", "JJ")) else None

    def _described(self, phrase: Phrase) -> int | None:
        """Who a description without a name means: the issuer of a document, the outlet named before, the official
        who spoke before."""
        tree, noun = self.tree, self.tree.words[phrase.head]
        if noun in DOCUMENTS:
            return self._issuer(phrase)
        if noun in OUTLETS:
            held = {m.chain for m in self.at(tree.start(phrase.first), tree.end(phrase.last)) if m.label == "ORG"}
            return held.pop() if len(held) == 1 else None
        if (noun in OFFICES or noun in ROLES) and tree.words[phrase.first] == "the" and tree.tag(phrase.head) == "NN":
            others = [m for m in self.at(tree.start(phrase.first), tree.end(phrase.last)) if m.label == "PERSON"]
            if not others and not self._unnamed(phrase):
                return self._latest(tree.start(phrase.first), _sex(noun), nearest=True)
        return None

    def _unnamed(self, phrase: Phrase) -> bool:
        """Whether a nameless bearer of the description came shortly before: "a Mexican official ... the official",
        "the mayor's spokesman ... the spokesman"."""
        tree = self.tree
        for token in range(phrase.first - 1, max(-1, phrase.first - ISSUED_WITHIN), -1):
            if tree.words[token] == tree.words[phrase.head] and any(
                tree.words[c] in INDEFINITE or tree.dep(c) == "poss" for c in tree.children[token]
            ):
                return True
        return False

    def _issuer(self, phrase: Phrase) -> int | None:
        """Who gave out a document: its owner, or whoever issued one of that name shortly before."""
        tree, noun = self.tree, self.tree.words[phrase.head]
        for token in range(phrase.head, max(-1, phrase.head - ISSUED_WITHIN), -1):
            if tree.words[token] != noun or (token != phrase.head and self.page.inside[token]):
                continue
            owner = tree.child(token, "poss")
            if owner is None:
                by = [c for c in tree.children[token] if tree.words[c] in ("by", "from", "of")]
                owner = tree.child(by[0], "pobj") if by else None
            if owner is None and token != phrase.head:
                head = tree.head(token)
                head = tree.head(head) if tree.dep(head) == "prep" else head
                if tree.verb(head):
                    owner = subject(tree, head)
            if owner is not None and owner != token:
                held = [m for m in self._at_token(owner) if m.label in ("PERSON", "ORG", "GPE")]
                if held:
                    return held[0].chain
        return None

    def _taken_up(self, at: int, word: str, known: int | None) -> int | None:
        """Who the narrator's he (she) at `at` is; `known` is what the mentions say."""
        i = bisect_left(self.persons, at, key=lambda p: p.at)
        if i < len(self.persons) and self.persons[i].at == at:
            return self.persons[i].chain
        found = self._latest(at, word)
        return known if found is None else found

    def _latest(self, at: int, word: str, nearest: bool = False) -> int | None:
        """The narrator's latest subject before `at` that may be he (she; '' for either), who is of all the subjects
        of a sentence that of its main verb. `nearest`: only the latest sentence with such a subject counts.
        """
        sentence = self._sentence(at)
        last = bisect_left(self.persons, at, key=lambda p: p.at) - 1
        best: _Person | None = None
        for i in range(last, max(-1, last - MOST_PERSONS), -1):
            person = self.persons[i]
            if sentence - person.sentence > REACH or (best is not None and person.sentence != best.sentence):
                break
            if not person.subject:
                continue
            if not word or self.genders.get(person.chain, word) == word:
                if best is None or person.subject > best.subject:
                    best = person
            elif nearest and best is None:
                break
        return best.chain if best is not None else None

    def _sentence(self, at: int) -> int:
        return bisect_right(self.page.breaks, at)

    def _narrate(self) -> None:
        """Fill `persons`: where the narrator names persons, or takes them up by he and she, in text order."""
        tree = self.tree
        names = {m.start: m for m in self.mentions if m.label == "PERSON" and m.resolution != "pronoun"}
        for token, start in enumerate(tree.parse.start):
            if (tree.words[token] not in PERSONAL and start not in names) or self.page.inside[token]:
                continue
            if tree.words[token] in PERSONAL and tree.dep(token) in SUBJECTS:
                chain = self._latest(start, tree.words[token])
                if chain is None:
                    held = self._at_token(token)
                    chain = held[0].chain if held else None
                head = token
            elif start in names:
                chain = names[start].chain
                last = tree.tokens(start, names[start].end)[-1:] or [token]
                head = last[0]
                while head > token and token <= tree.head(head) <= last[0] and tree.head(head) != head:
                    head = tree.head(head)
            else:
                continue
            if chain is not None:
                self.persons.append(_Person(start, self._sentence(start), chain, self._subject(head)))

    def _subject(self, token: int) -> int:
        if self.tree.dep(token) not in SUBJECTS:
            return 0
        verb = self.tree.head(token)
        return 2 if self.tree.head(verb) == verb else 1

    def _genders(self) -> dict[int, str]:
        """he or she for the chains whose names or titles tell."""
        votes: dict[int, int] = {}
        text, tree = self.tree.text, self.tree
        for m in self.mentions:
            if m.label != "PERSON" or m.resolution == "pronoun":
                continue
            words = text[m.start : m.end].lower().replace(".", "").split()
            tokens = tree.tokens(max(0, m.start - 1), m.end)
            before = tokens[0] - 1 if len(tokens) else -1
            if before >= 0 and tree.words[before].rstrip(".") in MALE_TITLES | FEMALE_TITLES:
                words.insert(0, tree.words[before].rstrip("."))
            said = _sex(words[0]) if words else ""
            if not said and len(words) > 1:
                said = "he" if words[0] in MALE else "she" if words[0] in FEMALE else ""
            votes[m.chain] = votes.get(m.chain, 0) + (said == "he") - (said == "she")
        return {chain: "he" if vote > 0 else "she" for chain, vote in votes.items() if vote}


def _sex(word: str) -> str:
    """he, she or nothing for a title or an office."""
    return "he" if word in MALE_TITLES else "she" if word in FEMALE_TITLES else ""
