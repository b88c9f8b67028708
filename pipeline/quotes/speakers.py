"""Resolve the words that name a speaker to a chain of the article.

The mentions resolve he, she and descriptions (pipeline.mentions.antecedents). This module adds the name behind a
description, the issuer of a document, and the body meant by "it" or "the company". Precision first: the chain is None
if uncertain.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.data import words as listed
from pipeline.mentions import Mention
from pipeline.mentions.antecedents import ResolvedChain
from pipeline.mentions.introductions import introductions
from pipeline.mentions.name_boundaries import DAYS, LETTERS, MONTHS, POST_ABBREVIATIONS, TIMES
from pipeline.mentions.unnamed_persons import OWNERS
from pipeline.mentions.words import OF_PERSONS, OFFICES, ROLES, TITLES, person_nouns
from pipeline.quotes import names_behind
from pipeline.quotes.bodies import PLACE_NOUNS, OrganisationResolver
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.documents import READ, IssuerResolver
from pipeline.quotes.phrases import Phrase, antecedent
from pipeline.quotes.phrases import phrase as noun_phrase
from pipeline.quotes.topics import Topics
from pipeline.quotes.words import ANAPHORIC_BODY_NOUNS, DOCUMENTS, INDEFINITE, OUTLETS, THINGS, WORDS_OF, cue_verbs

# A law or resolution is a document, which does not speak.
SPEAKING = frozenset(("PERSON", "ORG", "GPE", "NORP", "WORK_OF_ART", "FAC", "LOC", "PRODUCT", "EVENT"))
# A person speaks more often than a country, group or work: the order of preference among names in one phrase.
RANK = {"PERSON": 0, "ORG": 1, "GPE": 2, "NORP": 3}
NAMED = frozenset(("name", "alias", "acronym", "demonym"))
PRONOUNS = listed("function_words.tsv", "pronoun")
# Steps up the tree from a place to the person from there.
MAX_STEPS = 4
# Most tokens of a name behind a description.
MAX_NAME_LENGTH = 8
NAME_TAGS = ("NN", "JJ", "VBN", "HYPH", "CD", "IN", "TO", "CC")
# "ranking Democrat Ana Lume"
RANKING = frozenset(("ranking", "leading", "managing", "acting", "sitting", "presiding"))
# Tags of a description behind its head, this many tokens at most.
IN_DESCRIPTION = ("NN", "JJ", "IN", "DT", "CC", "HYPH", "CD", "POS", "PRP", "VBG")
MAX_AFTER = 12
CLOCK = re.compile(r"\d{1,2}[.:]\d{2}(?:am|pm)?")
# Tags of a clause in a description of one of several: "the first of them to sign".
IN_CLAUSE = ("TO", "VB", "RP", "RB", "MD")
# Nouns for those who can be bodies: her PUBLISHER, Norfolk Press.
OF_BODIES = ANAPHORIC_BODY_NOUNS | listed("name_words.tsv", "also of firms") | {"employer"}
# A boy NAMED Lume, a man calling HIMSELF Lume.
NAMING = frozenset(("named", "called", "himself", "herself"))
# Texts in which a body says what it wants, and which can be other things.
MANIFESTOS = frozenset(("platform",))
# Texts by which a body tells others what to do: "its guidance says".
RULES = frozenset(("advice", "charter", "code", "constitution", "guidance", "manifesto", "policy"))
# Documents that mostly speak for the topic of the sentence before.
OWN_DOCUMENTS = frozenset(("statement", "release", "tweet", "post", "message", "email", "e-mail", "note"))
# Words that tell two of one name apart.
OF_TWO = frozenset(("older", "elder", "younger"))
SINGLING = frozenset(("one", "first", "last", "second", "third", "only", "next"))
DETERMINERS = frozenset(("a", "an", "the", "some", "every", "no"))
CHIEFS = frozenset(("ceo", "cfo", "coo"))
# Most titles in a list before a name.
MAX_TITLES = 5
PERSONS = listed("statement_words.tsv", "person") | OFFICES.keys() | ROLES
BESIDE_NAME = listed("statement_words.tsv", "beside a name")
ENDS_APPOSITION = frozenset((",", ".", "”", '"', ":", ";", "(", "-", "–", "—", "who", "''"))
BODY_ENDS = listed("statement_words.tsv", "body") | listed("bodies.tsv", "last word")
# Confidence of a speaker by a part of a name; by "his" or "her".
SPELLED, OWNER = 0.8, 0.75


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker: [start, end) of the words, their kind (speaker_basis), the chain if known, and the confidence in that
    chain."""

    start: int
    end: int
    basis: str
    chain: int | None
    confidence: float = 1.0


class SpeakerResolver:
    """The mentions of an article by place, and what the article shows about its persons."""

    def __init__(self, context: QuoteContext, mentions: Sequence[Mention]) -> None:
        self.doc = context.doc
        self.mentions = sorted(mentions, key=lambda m: (m.start, m.end))
        self.starts = [m.start for m in self.mentions]
        self.bodies = OrganisationResolver(context, self.mentions)
        self._documents = IssuerResolver(context, self._at_token, self._body, self.bodies.it)

    @cached_property
    def _topics(self) -> Topics:
        return Topics(self.doc, self.mentions)

    def at(self, start: int, end: int) -> list[Mention]:
        """Return the mentions that overlap the characters [start, end). Mentions do not overlap each other."""
        i = max(0, bisect_right(self.starts, start) - 1)
        found = []
        while i < len(self.mentions) and self.mentions[i].start < end:
            if self.mentions[i].end > start:
                found.append(self.mentions[i])
            i += 1
        return found

    def chain_of(self, phrase: Phrase) -> int | None:
        """Return the chain of the name that heads a phrase, else of the only organisation in it."""
        doc = self.doc
        # "the news agency ICANA": the name at the end, unless the head is one.
        held = [m for t in (phrase.last, phrase.head) for m in self._at_token(t) if m.label in SPEAKING]
        if held:
            return held[0].chain
        bodies = {m.chain for m in self.at(doc.start[phrase.first], doc.end[phrase.last]) if m.label == "ORG"}
        return bodies.pop() if len(bodies) == 1 else None

    def speaker(self, phrase: Phrase) -> Speaker:
        """Return the speaker of a phrase."""
        doc = self.doc
        if (taken_up := antecedent(doc, phrase.head)) is not None:
            return self._of_relative(phrase.head, taken_up)
        first = phrase.first
        while first < phrase.head and (
            doc.words[first] in DAYS or doc.lower[first] in TIMES or CLOCK.fullmatch(doc.words[first])
        ):
            # "Last night Farid Anwar said"; in a live blog "14.40 Moyes says"
            first += 1
        start, end = doc.start[first], doc.end[phrase.last]
        # "(CNN)President Lume": the bracket belongs to the outlet.
        start += doc.text[start:end].find(")") + 1 if "(" not in doc.text[start:end] else 0
        if (seated := self._after_seat(phrase)) is not None:
            return self._said_by(start, max(end, seated.end), "name", seated)
        held = self._at_token(phrase.head) or self._after_rank(phrase)
        if doc.lower[phrase.head] in PRONOUNS and (apposed := self._apposed(phrase)) is not None:
            # "one of the residents, Ana Lume"
            return apposed
        if doc.lower[phrase.head] == "it":
            document = doc.lower[doc.head[phrase.head]] in READ
            found = (None if document else self.bodies.it(phrase.head)) or self._documents.it(phrase.head)
            return self._said_by(start, end, "pronoun", found)
        if doc.lower[phrase.head] in OWNERS and doc.tag[phrase.head] == "PRP$":
            return self._said_by(start, end, "pronoun", self._owner(phrase.head))
        if doc.tag[phrase.head].startswith("PRP") or doc.lower[phrase.head] in PRONOUNS:
            return self._said_by(start, end, "pronoun", held[0] if held else None)
        named = [m for m in held if m.label in SPEAKING]
        if all(m.resolution not in NAMED for m in named) and (apposed := self._apposed(phrase)) is not None:
            return apposed
        if named:
            best = min(named, key=lambda m: (RANK.get(m.label, 4), m.start))
            if best.label != "PERSON" and (officer := names_behind.officer(doc, self._at_token, best)) is not None:
                return self._said_by(min(start, best.start), max(end, officer.end), "name", officer)
            if all(word in DAYS or word in MONTHS for word in doc.text[start : best.start].split()):
                # "On Tuesday Farid Anwar said"
                start = max(start, best.start)
            basis = "name" if best.resolution in NAMED else "description"
            if best.label == "NORP" and (doc.lower[phrase.first] in INDEFINITE or self._one_of_people(phrase)):
                # "one senior Democrat", "the Serbian": not the party, nor the country
                one = self._topics.one_of_group(phrase.head) if doc.lower[phrase.first] == "the" else None
                return self._said_by(min(start, best.start), max(end, best.end), "description", one)
            return self._said_by(min(start, best.start), max(end, best.end), basis, self._unless_of_two(phrase, best))
        beside = self._beside(phrase) or names_behind.body(doc, self._at_token, phrase)
        if beside is not None:
            return self._said_by(min(start, beside.start), max(end, beside.end), "name", beside)
        if held and held[0].label == "LAW":
            start, end = min(start, held[0].start), max(end, held[0].end)
        capital = doc.text[start].isupper() and phrase.first == phrase.head
        # A name inside a sentence can be tagged otherwise: "Asked again, Early said".
        opens = doc.sentence_tokens[doc.sentence_of[first]].start == first
        capital = capital and (doc.tag[phrase.head].startswith("NN") or not opens)
        basis = "name" if capital or doc.tag[phrase.head].startswith("NNP") else "description"
        found = self._described(phrase)
        if found is None and basis == "name":
            found = self._spelled(phrase)
        return self._said_by(start, end, basis, found)

    def _of_relative(self, relative: int, taken_up: int) -> Speaker:
        """Return the speaker of a relative pronoun that takes up a noun."""
        doc = self.doc
        aide = doc.dep[taken_up] == "pobj" and doc.lower[doc.head[doc.head[taken_up]]] in PERSONS
        if aide and any(m.label == "PERSON" for m in self._at_token(taken_up)):
            # "an aide to Lume, who asked not to be named": it is the aide who asks.
            return Speaker(doc.start[relative], doc.end[relative], "pronoun", None)
        taken_up = self._behind_place(taken_up) if doc.lower[relative] == "who" else taken_up
        whole = self.speaker(noun_phrase(doc, taken_up))
        # "Keller, who said": the pronoun refers to a name; in "some who said" the words before are more specific.
        if whole.chain is None or whole.basis == "pronoun":
            return whole
        return Speaker(doc.start[relative], doc.end[relative], "pronoun", whole.chain, whole.confidence)

    def _behind_place(self, token: int) -> int:
        """Return the person whom "who" takes up, instead of the place to which the parser attaches its clause: "Ana
        Lume, a member from KIEL, who said"."""
        doc, noun = self.doc, token
        for _ in range(MAX_STEPS):
            labels = {m.label for m in self._at_token(noun)}
            if "PERSON" in labels or ("ORG" in labels and doc.dep[noun] != "pobj"):
                return noun
            if doc.dep[noun] == "appos" and any(m.label == "PERSON" for m in self._at_token(doc.head[noun])):
                return doc.head[noun]
            if doc.lower[noun] in person_nouns():
                return noun
            if doc.dep[noun] != "pobj":
                break
            noun = doc.head[doc.head[noun]]
        return token

    def _owner(self, token: int) -> ResolvedChain | None:
        """Return the only person before "his" or "her" in its sentence who can be he or she: "Lume's past remarks,
        including HER promise to be “fair”"."""
        doc, word = self.doc, OWNERS[self.doc.lower[token]]
        sentence = doc.sentence_tokens[doc.sentence_of[token]]
        held = self.at(doc.start[sentence.start], doc.start[token])
        held = [m for m in held if m.label == "PERSON" and m.end <= doc.start[token]]
        chains = {m.chain: m for m in held if self._pronouns.get(m.chain, word) == word}
        if len(chains) != 1:
            return None
        ((chain, mention),) = chains.items()
        return ResolvedChain(chain, min(mention.confidence, OWNER))

    @cached_property
    def _pronouns(self) -> dict[int, str]:
        """He or she by chain, as far as the article says it of a person."""
        said = ((m, self.doc.text[m.start : m.end].lower()) for m in self.mentions if m.resolution == "pronoun")
        return {m.chain: word for m, word in said if word in OWNERS.values()}

    def _unless_of_two(self, phrase: Phrase, mention: Mention) -> Mention | None:
        """Return the mention; None for "the older Lume", who is not the Lume named so far."""
        first, second = (*self.doc.lower[phrase.first : phrase.first + 2], "", "")[:2]
        return None if first == "the" and second in OF_TWO else mention

    def _spelled(self, phrase: Phrase) -> ResolvedChain | None:
        """Return the only person or body whose name ends or begins with these words in any case: the label "LUME" if
        Ana Lume is named, "Norfolk" if Norfolk Coal is."""
        words = tuple(self.doc.lower[phrase.first : phrase.last + 1])
        chains = {chain for name, chain in self._names if words in (name[-len(words) :], name[: len(words)])}
        return ResolvedChain(chains.pop(), SPELLED) if len(chains) == 1 else None

    @cached_property
    def _names(self) -> list[tuple[tuple[str, ...], int]]:
        """The words in small letters and the chain of each name of a person or body."""
        named = (m for m in self.mentions if m.label in ("PERSON", "ORG") and m.resolution in NAMED)
        return [(tuple(self.doc.text[m.start : m.end].lower().split()), m.chain) for m in named]

    def _one_of_people(self, phrase: Phrase) -> bool:
        """Whether a demonym with "the" is one person: "the Serbian said", not "the Serbs said"."""
        doc, head = self.doc, phrase.head
        return (
            doc.lower[phrase.first] == "the"
            and head > phrase.first
            and not doc.lower[head].endswith(("s", "ese", "sh"))
        )

    @staticmethod
    def _said_by(start: int, end: int, basis: str, who: Mention | ResolvedChain | None) -> Speaker:
        """Return the speaker, with the chain and the confidence of the mention or resolved chain."""
        if who is None:
            return Speaker(start, end, basis, None)
        return Speaker(start, end, basis, who.chain, who.confidence)

    def _at_token(self, token: int) -> list[Mention]:
        if token and self.doc.lower[self.doc.left[token]] != "the" and self.doc.words[token] in LETTERS:
            # "Richard Fletcher KC": the letters are not part of the name, but its head in the tree.
            token -= 1
        return self.at(self.doc.start[token], self.doc.end[token])

    def _after_rank(self, phrase: Phrase) -> list[Mention]:
        """Return the person behind a rank that the tree has as the subject: "Lance Cpl. Ana Lume"."""
        doc = self.doc
        if doc.lower[phrase.head].rstrip(".") not in TITLES or doc.words[phrase.head].islower():
            return []
        name = phrase.last + 1 + (doc.words[phrase.last + 1 : phrase.last + 2] == (".",))
        return [m for m in self.at(doc.start[name], doc.end[name]) if m.label == "PERSON"] if name < len(doc) else []

    def _beside(self, phrase: Phrase) -> Mention | None:
        """Return the person whose name ends a description without a comma ("the envoy to Moscow Jane Doe"), or is in
        apposition to it ("its spokesman, John Doe")."""
        doc = self.doc
        for child in doc.children[phrase.head]:
            if child > phrase.head and doc.dep[child] == "appos" and not self._of_another(phrase.head, child):
                people = [m for m in self._at_token(child) if m.label == "PERSON"]
                if people:
                    return people[0]
        if (listed_person := self._joined(phrase) or self._called(phrase)) is not None:
            return listed_person
        last = phrase.last
        while last + 1 < len(doc) and last < phrase.last + MAX_NAME_LENGTH:
            if not doc.tag[last + 1].startswith(NAME_TAGS) and doc.lower[last + 1] not in RANKING:
                break
            last += 1
        while last > phrase.last and doc.tag[last] == "VBN":
            last -= 1
        people = [m for m in self.at(doc.end[phrase.last], doc.end[last]) if m.label == "PERSON"]
        if not people or people[-1].start < doc.end[phrase.last] or people[-1].end < doc.end[last]:
            return None
        before = doc.tokens(doc.start[phrase.head], people[-1].start)
        if not len(before) or not doc.tag[before[-1]].startswith(("NN", "JJ")):
            return None
        several = any(doc.tag[t] == "CC" for t in before)
        return None if several and not self._titles(phrase, before[-1]) else people[-1]

    def _titles(self, phrase: Phrase, last: int) -> bool:
        """Whether the nouns of a list up to `last` are the titles of one person: "the actor and singer Ana Lume"; not
        "the council and Mayor Lume", nor "the coach and President Lume"."""
        doc, head = self.doc, phrase.head
        titles = PERSONS | TITLES | CHIEFS | BESIDE_NAME
        named = all(doc.lower[t].rstrip(".") in titles for t in (head, last))
        one = doc.tag[head] in ("NN", "NNP") and named
        capital = doc.words[last][:1].isupper() and not doc.words[last].isupper()
        return one and not (capital and doc.lower[phrase.first] in DETERMINERS)

    def _joined(self, phrase: Phrase) -> Mention | None:
        """Return the person whose name ends a list of titles without an article: "founder, bus driver and choirmaster
        Ana Lume"; not "teacher Tom Okoye and Ana Lume", nor "pupils, parents and teacher Ana Lume"."""
        doc, token = self.doc, phrase.head
        begins = doc.tag[token] == "NNP" and doc.lower[token] in PERSONS and phrase.first == phrase.head
        if doc.lower[doc.left[token]] in DETERMINERS or not (doc.tag[token] == "NN" or begins):
            return None
        for _ in range(MAX_TITLES):
            # The tree can hang a second title on the first one as an apposition, and the name beside the last one.
            following = max((c for c in doc.children[token] if doc.dep[c] in ("conj", "appos")), default=None)
            if following is None or doc.lower[doc.left[following]] in DETERMINERS:
                return None
            token = following
            if doc.tag[token] != "NN":
                break
        people = [m for m in self._at_token(token) if m.label == "PERSON" and m.resolution in NAMED]
        if not people:
            return None
        title = doc.tokens(people[0].start, people[0].end).start - 1
        return people[0] if doc.tag[title] == "NN" and doc.words[title].islower() else None

    def _after_seat(self, phrase: Phrase) -> Mention | None:
        """Return the person whose name ends the phrase right behind a seat: "the envoy to Tokyo Ana Lume", "councillor
        for Quarry Shore Ana Lume", "Superintendent of Police Ana Lume"; not "an aide to Mayor Ana Lume"."""
        doc, head = self.doc, phrase.head
        if doc.lower[head] not in PERSONS and doc.words[head] not in POST_ABBREVIATIONS:
            return None
        last = max(phrase.last, min(doc.right[head], head + MAX_NAME_LENGTH))
        after = doc.lower[head + 1 : head + 2]
        seated = after in (("to",), ("for",), ("in",), ("from",)) or (after == ("of",) and doc.lower[head] in OFFICES)
        name = self._at_token(last)[:1] if seated else []
        if not name or name[0].label != "PERSON" or name[0].end != doc.end[last]:
            return None
        # "Leader of the Opposition Ana Lume"
        the = after == ("of",) and doc.words[head + 2 : head + 3] == ("the",)
        seat = range(head + 2 + the, doc.tokens(name[0].start, name[0].end).start)
        named = all(
            (doc.words[t][:1].isupper() and doc.lower[t].rstrip(".") not in TITLES | PERSONS)
            or (doc.lower[t] in ("and", ",", "&") and t > seat[0])
            for t in seat
        )
        return name[0] if len(seat) and named else None

    def _called(self, phrase: Phrase) -> Mention | None:
        """Return the person whose name a description gives: "an academic named Ana Lume", "a man calling himself Lume
        Lume"."""
        doc, after = self.doc, phrase.last + 1
        after += doc.lower[after : after + 2] in (("calling", "himself"), ("calling", "herself"))
        naming = after < len(doc) - 1 and doc.lower[after] in NAMING
        people = [m for m in self._at_token(after + 1) if m.label == "PERSON"] if naming else []
        one = doc.tag[phrase.head] == "NN" and bool(people) and people[0].start == doc.start[after + 1]
        # "Its founder, a former banker called Ana Lume,"
        noun = doc.child(phrase.head, "appos")
        inner = None if one or noun is None or noun < phrase.head else self._called(noun_phrase(doc, noun))
        return people[0] if one else inner or self._introduced.get(phrase.head)

    @cached_property
    def _introduced(self) -> dict[int, Mention]:
        """Nouns of persons -> the names that a phrase gives them: "a trader who gave her name as Ana Lume"."""
        found = ((noun, self._at_token(name)) for noun, name in introductions(self.doc))
        return {noun: held[0] for noun, held in found if held and held[0].label == "PERSON"}

    def _of_another(self, head: int, name: int) -> bool:
        """Whether the name behind a comma belongs to an office inside the description: "a spokesman for the president,
        Ana Lume"."""
        doc = self.doc
        noun = doc.left[name] - 2 if name < len(doc) else -1
        return noun > head and doc.lower[noun + 1] == "," and doc.lower[noun] in OFFICES and doc.tag[noun] == "NN"

    def _apposed(self, phrase: Phrase) -> Speaker | None:
        """Return the name behind a description and a comma as the speaker, whatever its label: "the mayor of Kiel, Ana
        Lume,". The chain is None if the name is no mention."""
        doc = self.doc
        head, last = phrase.head, max(phrase.head, phrase.last)
        if (doc.tag[head].startswith(("NNP", "PRP")) and doc.lower[head] not in PERSONS) or doc.tag[head] == "NNS":
            return None
        if doc.lower[head] in (DOCUMENTS | THINGS) - ANAPHORIC_BODY_NOUNS:
            return None
        comma = head + 1
        # Skip what belongs to the head: "deputy director of public prosecutions at the ministry".
        tags = IN_DESCRIPTION + IN_CLAUSE if self._one_of_several(head) else IN_DESCRIPTION
        while comma < len(doc) and comma - head <= MAX_AFTER and doc.tag[comma].startswith(tags):
            comma += 1
        if self._of_another(head, comma + 1):
            return None
        joined = self._after_joined_titles(phrase)
        if joined > head + 1:
            # "chairman and CEO Ana Lume"
            comma, first = head + 1, joined
        else:
            first = self._after_titles(comma + 1)
            # "Its owner, the Norfolk Trust,"
            first += doc.lower[head] in OF_BODIES and doc.lower[first : first + 1] == ("the",)
        if (
            first >= len(doc)
            or (joined == head + 1 and doc.lower[comma] != ",")
            or not doc.tag[first].startswith("NNP")
        ):
            return None
        end = self._name_end(first)
        after = doc.lower[end] if end < len(doc) else "."
        if after not in ENDS_APPOSITION and not (after in cue_verbs() and doc.lower[head] in PERSONS):
            return None
        size = sum(1 for t in range(first, end) if doc.tag[t] != "HYPH")
        held = [m for m in self.at(doc.start[first], doc.end[end - 1]) if m.resolution in NAMED]
        person = next((m for m in held if m.label == "PERSON"), None)
        if person is not None:
            best: Mention | None = person
        elif doc.lower[head] in OF_BODIES and held and held[0].label == "ORG":
            # "her publisher, Cormorant Press"
            best = held[0]
        elif (
            (doc.lower[head] in PERSONS or self._one_of_several(head))
            and 2 <= size <= 4
            and doc.lower[end - 1] not in BODY_ENDS
        ):
            best = held[0] if held else None
            if best is not None and best.label == "GPE" and comma - head > 1:
                # "the mayor of Kiel, Schleswig Holstein"
                return None
        else:
            return None
        low = doc.start[phrase.first]
        high = max(doc.end[last], best.end if best else doc.end[end - 1])
        return self._said_by(min(low, best.start if best else low), high, "name", best)

    def _name_end(self, first: int) -> int:
        """Return the token behind the proper nouns that begin at a token."""
        doc, end = self.doc, first
        while end < len(doc) and end - first < MAX_NAME_LENGTH and doc.tag[end].startswith(("NNP", "HYPH")):
            end += 1
        # The tagger reads some surnames as plurals: "one of the parents, Ana Greaves".
        ends = [m.end for m in self._at_token(first) if m.label == "PERSON" and m.resolution in NAMED]
        while end < len(doc) and ends and doc.end[end] <= ends[0]:
            end += 1
        return end

    def _one_of_several(self, head: int) -> bool:
        """Whether a word without a noun picks one person of several: "the LAST of the nine to come up"."""
        doc = self.doc
        behind = doc.lower[head + 1 : head + 2] in (("of",), ("to",), ("among",))
        return behind and (doc.lower[head] in SINGLING or doc.tag[head] == "JJS")

    def _after_joined_titles(self, phrase: Phrase) -> int:
        """Return the first token behind the titles joined to a head that is one itself; not "a spokesman and Mayor
        Lume"."""
        doc, after = self.doc, phrase.head + 1
        joined = self._after_titles(after) if doc.lower[phrase.head] in PERSONS else after
        several = any(doc.tag[t] == "CC" for t in range(after, joined))
        return after if several and not self._titles(phrase, joined - 1) else joined

    def _after_titles(self, token: int) -> int:
        """Return the first token from `token` on that is no title: "chairman, CEO and president Ana Lume"."""
        doc, at, title = self.doc, token, False
        while at < len(doc) and doc.lower[at] in (",", "and", "&") and doc.lower[at - 1] in PERSONS:
            at += 1
        while at < len(doc) and at - token <= MAX_NAME_LENGTH:
            word = doc.lower[at].rstrip(".")
            if word in TITLES or (word in PERSONS and not doc.tag[at].startswith("NNP")) or word in CHIEFS:
                title = True
            elif not (title and word in (",", "and", "&")):
                break
            at += 1
        return at if title else token

    def _described(self, phrase: Phrase) -> ResolvedChain | None:
        """Resolve a description without a name: the owner of words, the issuer of a document, the only outlet in the
        phrase, the country of a government, else a body named before."""
        doc, noun = self.doc, self.doc.lower[phrase.head]
        if doc.tag[phrase.last + 1 : phrase.last + 2] == ("NNP",):
            # "the campaign group Norfolk Awake": not a body named before
            return None
        owner = doc.child(phrase.head, "poss")
        if noun in WORDS_OF and owner is not None:
            # "Lume's response was: “...”"
            said = [m for m in self._at_token(owner) if m.label in ("PERSON", "ORG")]
            return ResolvedChain(said[0].chain, said[0].confidence) if said else None
        if owner is not None and noun in OF_PERSONS and doc.tag[owner] == "PRP$":
            return self._body(phrase)
        if owner is not None and doc.lower[owner] == "its" and noun in DOCUMENTS | OUTLETS | RULES:
            # "its website said", "its guidance tells"; its rival is another body
            return self.bodies.it(owner)
        if noun in DOCUMENTS | MANIFESTOS:
            issuer = self._documents.issuer(phrase)
            if issuer is None and noun in OWN_DOCUMENTS:
                # "Norfolk Rail closed. A statement said ..."
                return self.bodies.it(phrase.head)
            return self._body(phrase) if issuer is None else ResolvedChain(issuer, 1.0)
        held = self.at(doc.start[phrase.first], doc.end[phrase.last])
        if noun in OUTLETS or (noun in ("board", "page") and doc.lower[phrase.head - 1] == "editorial"):
            outlets = {m.chain for m in held if m.label == "ORG"}
            if outlets:
                return ResolvedChain(outlets.pop(), 1.0) if len(outlets) == 1 else None
        if noun == "government" and len(held) == 1 and held[0].label in ("GPE", "NORP"):
            # "the Danish government"
            return ResolvedChain(held[0].chain, held[0].confidence)
        if noun == "government" and (named_so := self.bodies.noun(phrase)) is not None:
            # "Lume's government"
            return named_so
        if noun in PLACE_NOUNS and phrase.last == phrase.head == phrase.first + 1 and doc.lower[phrase.first] == "the":
            return self.bodies.place(phrase.head)
        return self._body(phrase)

    def _body(self, phrase: Phrase) -> ResolvedChain | None:
        """Return the body that a noun phrase without a name means: "the council", "his campaign"."""
        doc, owner = self.doc, self.doc.child(phrase.head, "poss")
        if owner is None or doc.lower[phrase.head] not in OF_PERSONS or doc.tag[owner] != "PRP$":
            return self.bodies.noun(phrase)
        last = bisect_right(self.starts, doc.start[owner])
        before = self.mentions[max(0, last - names_behind.MAX_MENTIONS) : last]
        return names_behind.campaign(doc, before, self._names, self._pronouns, owner)
