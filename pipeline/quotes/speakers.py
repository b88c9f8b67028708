"""The words that name a speaker -> who in the article that is.

Pronouns are led to the narrator's latest subject or speaker that they fit (names inside marks are not the narrator's),
documents to those who issued them, "the official" to the speaker before. Precision first: null when unsure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.data import words as listed
from pipeline.mentions import Mention
from pipeline.mentions.edges import DAYS, LETTERS, MONTHS, TIMES
from pipeline.mentions.words import OFFICES, PRONOUNS_OF, ROLES, first_names
from pipeline.quotes.page import Page, whole_tokens
from pipeline.quotes.phrases import SUBJECTS, Phrase, antecedent, subject
from pipeline.quotes.phrases import phrase as noun_phrase
from pipeline.quotes.words import DOCUMENTS, OUTLETS

SPEAKING = frozenset(("PERSON", "ORG", "GPE", "NORP", "LAW", "WORK_OF_ART", "FAC", "LOC", "PRODUCT", "EVENT"))
# A country, a group or a work speaks less often than a person: when a phrase holds several names, this is the order.
RANK = {"PERSON": 0, "ORG": 1, "GPE": 2, "NORP": 3}
NAMED = frozenset(("name", "alias", "acronym", "demonym"))
PERSONAL = listed("function_words.tsv", "personal")
PRONOUNS = listed("function_words.tsv", "pronoun")
# A pronoun or "the official" reaches back this many of the narrator's sentences.
REACH = 6
# ... and over this many persons.
MOST_PERSONS = 40
# A name behind a description has no more tokens than this.
LONGEST_NAME = 8
IN_A_NAME = ("NN", "JJ", "HYPH", "CD", "IN", "TO")
INDEFINITE = listed("function_words.tsv", "indefinite")
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
        self.doc = page.doc
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
        doc = self.doc
        # "the news agency ICANA": the name at the end, unless the head is one.
        held = [m for t in (phrase.last, phrase.head) for m in self._at_token(t) if m.label in SPEAKING]
        if held:
            return held[0].chain
        bodies = {m.chain for m in self.at(doc.start[phrase.first], doc.end[phrase.last]) if m.label == "ORG"}
        return bodies.pop() if len(bodies) == 1 else None

    def speaker(self, phrase: Phrase) -> Speaker:
        """The speaker of a phrase."""
        doc = self.doc
        taken_up = antecedent(doc, phrase.head)
        if taken_up is not None:
            whole = self.speaker(noun_phrase(doc, taken_up))
            # "Keller, who said": the pronoun stands for a name; "some who said": the words before say more.
            if whole.chain is None or whole.basis == "pronoun":
                return whole
            return Speaker(doc.start[phrase.head], doc.end[phrase.head], "pronoun", whole.chain)
        first = phrase.first
        while first < phrase.head and (doc.words[first] in DAYS or doc.lower[first] in TIMES):
            # "Last night Farid Anwar said"
            first += 1
        start, end = doc.start[first], doc.end[phrase.last]
        held = self._at_token(phrase.head)
        if doc.tag[phrase.head].startswith("PRP") or doc.lower[phrase.head] in PRONOUNS:
            chain = held[0].chain if held else None
            if doc.lower[phrase.head] in PERSONAL:
                chain = self._taken_up(start, doc.lower[phrase.head], chain)
            return Speaker(start, end, "pronoun", chain)
        named = [m for m in held if m.label in SPEAKING]
        if named:
            best = min(named, key=lambda m: (RANK.get(m.label, 4), m.start))
            if all(word in DAYS or word in MONTHS for word in doc.text[start : best.start].split()):
                # "On Tuesday Farid Anwar said"
                start = max(start, best.start)
            how = "name" if best.resolution in NAMED else "description"
            return Speaker(min(start, best.start), max(end, best.end), how, best.chain)
        beside = self._beside(phrase)
        if beside is not None:
            return Speaker(min(start, beside.start), max(end, beside.end), "name", beside.chain)
        capital = doc.text[start].isupper() and phrase.first == phrase.head and doc.tag[phrase.head].startswith("NN")
        basis = "name" if capital or doc.tag[phrase.head].startswith("NNP") else "description"
        return Speaker(start, end, basis, self._described(phrase))

    def _at_token(self, token: int) -> list[Mention]:
        if token and self.doc.words[token] in LETTERS:
            # "Richard Fletcher KC": the letters are no part of the name, but its head in the tree.
            token -= 1
        return self.at(self.doc.start[token], self.doc.end[token])

    def _beside(self, phrase: Phrase) -> Mention | None:
        """The person whose name ends a description without a comma: "the envoy to Moscow Jane Doe", or follows it as
        an apposition: "its spokesman, John Doe"."""
        doc = self.doc
        for child in doc.children[phrase.head]:
            if child > phrase.head and doc.dep[child] == "appos":
                people = [m for m in self._at_token(child) if m.label == "PERSON"]
                if people:
                    return people[0]
        last = phrase.last
        while last + 1 < len(doc) and last < phrase.last + LONGEST_NAME and doc.tag[last + 1].startswith(IN_A_NAME):
            last += 1
        people = [m for m in self.at(doc.end[phrase.last], doc.end[last]) if m.label == "PERSON"]
        if not people or people[-1].start < doc.end[phrase.last] or people[-1].end < doc.end[last]:
            return None
        before = doc.tokens(doc.start[phrase.head], people[-1].start)
        return people[-1] if len(before) and doc.tag[before[-1]].startswith(("NN", "JJ")) else None

    def _described(self, phrase: Phrase) -> int | None:
        """Who a description without a name means: the issuer of a document, the outlet named before, the official
        who spoke before."""
        doc, noun = self.doc, self.doc.lower[phrase.head]
        if noun in DOCUMENTS:
            return self._issuer(phrase)
        if noun in OUTLETS:
            held = {m.chain for m in self.at(doc.start[phrase.first], doc.end[phrase.last]) if m.label == "ORG"}
            return held.pop() if len(held) == 1 else None
        if (noun in OFFICES or noun in ROLES) and doc.lower[phrase.first] == "the" and doc.tag[phrase.head] == "NN":
            others = [m for m in self.at(doc.start[phrase.first], doc.end[phrase.last]) if m.label == "PERSON"]
            if not others and not self._unnamed(phrase):
                return self._latest(doc.start[phrase.first], PRONOUNS_OF.get(noun, ""), nearest=True)
        return None

    def _unnamed(self, phrase: Phrase) -> bool:
        """Whether a nameless bearer of the description came shortly before: "a Mexican official ... the official",
        "the mayor's spokesman ... the spokesman"."""
        doc = self.doc
        for token in range(phrase.first - 1, max(-1, phrase.first - ISSUED_WITHIN), -1):
            if doc.lower[token] == doc.lower[phrase.head] and any(
                doc.lower[c] in INDEFINITE or doc.dep[c] == "poss" for c in doc.children[token]
            ):
                return True
        return False

    def _issuer(self, phrase: Phrase) -> int | None:
        """Who gave out a document: its owner, or whoever issued one of that name shortly before."""
        doc, noun = self.doc, self.doc.lower[phrase.head]
        for token in range(phrase.head, max(-1, phrase.head - ISSUED_WITHIN), -1):
            if doc.lower[token] != noun or (token != phrase.head and self.page.inside[token]):
                continue
            owner = doc.child(token, "poss")
            if owner is None:
                by = [c for c in doc.children[token] if doc.lower[c] in ("by", "from", "of")]
                owner = doc.child(by[0], "pobj") if by else None
            if owner is None and token != phrase.head:
                head = doc.head[token]
                head = doc.head[head] if doc.dep[head] == "prep" else head
                if doc.is_verb(head):
                    owner = subject(doc, head)
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
        doc = self.doc
        names = {m.start: m for m in self.mentions if m.label == "PERSON" and m.resolution != "pronoun"}
        for token, start in enumerate(doc.start):
            if (doc.lower[token] not in PERSONAL and start not in names) or self.page.inside[token]:
                continue
            if doc.lower[token] in PERSONAL and doc.dep[token] in SUBJECTS:
                chain = self._latest(start, doc.lower[token])
                if chain is None:
                    held = self._at_token(token)
                    chain = held[0].chain if held else None
                head = token
            elif start in names:
                chain = names[start].chain
                head = last = doc.tokens(start, names[start].end)[-1]
                while head > token and token <= doc.head[head] <= last and doc.head[head] != head:
                    head = doc.head[head]
            else:
                continue
            if chain is not None:
                self.persons.append(_Person(start, self._sentence(start), chain, self._subject(head)))

    def _subject(self, token: int) -> int:
        if self.doc.dep[token] not in SUBJECTS:
            return 0
        verb = self.doc.head[token]
        return 2 if self.doc.head[verb] == verb else 1

    def _genders(self) -> dict[int, str]:
        """he or she for the chains whose names or titles tell."""
        votes: dict[int, int] = {}
        text, doc = self.doc.text, self.doc
        for m in self.mentions:
            if m.label != "PERSON" or m.resolution == "pronoun":
                continue
            words = text[m.start : m.end].lower().replace(".", "").split()
            tokens = whole_tokens(doc, max(0, m.start - 1), m.end)
            before = tokens[0] - 1 if tokens else -1
            if before >= 0 and doc.lower[before].rstrip(".") in PRONOUNS_OF:
                words.insert(0, doc.lower[before].rstrip("."))
            said = PRONOUNS_OF.get(words[0], "") if words else ""
            if not said and len(words) > 1:
                said = first_names("speakers").get(words[0], "")
            votes[m.chain] = votes.get(m.chain, 0) + (said == "he") - (said == "she")
        return {chain: "he" if vote > 0 else "she" for chain, vote in votes.items() if vote}
