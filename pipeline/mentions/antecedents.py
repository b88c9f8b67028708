"""The only place that resolves "he", "she" and "the mayor", for mentions and for speakers of quotations.

The candidates are persons whom the narrator named shortly before; a name inside quotation marks was said by the
speaker. A pronoun means the subject of the latest sentence that has a fitting one. A person named in passing (the owner
of something, in a headline or a list, behind "about") is no candidate. A description without a name ("a neighbour
said") is an unknown person.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.spans import is_mistagged_subject
from pipeline.mentions.words import PRONOUNS_OF, government_verbs, person_nouns

SUBJECTS = frozenset(("nsubj", "nsubjpass"))
# Clauses whose subject is not the topic.
SIDE_CLAUSES = frozenset(("advcl", "relcl", "acl", "pcomp"))
# A pronoun reaches back over this many sentences of the narrator, and this many mentions of persons.
REACH = 6
MAX_MENTIONS = 40
# A description of a person whose office was not named reaches back over this many sentences.
NEAR = 2
# Steps up the tree: from a name to its verb, and from a verb to the main one.
MAX_STEPS = 6
# Prepositions before a person who is only a topic: a book ABOUT Ana Lume.
TOPIC_PREPOSITIONS = listed("function_words.tsv", "in passing")
INDEFINITE = listed("function_words.tsv", "indefinite")
# "Footage of Ana Lume appears. She says": the one who speaks in it.
RECORDINGS = frozenset(("footage", "video", "clip", "recording", "audio"))
# "Ana Lume asked Jon Berg": he answers.
ASKING = frozenset(("asked", "asks", "questioned"))
ASKERS = frozenset(("questioner", "interviewer", "moderator", "heckler"))
# Most tokens of a description and the name behind it.
MAX_DESCRIPTION_TOKENS = 20
# A name coordinated with at least this many others is in a list.
LIST = 2
# The role of a person in a sentence.
PASSING, BESIDE, SUBJECT, MAIN = range(4)
# Confidence of a pronoun: one fitting person; one, of unknown gender; one, not a subject; several. In US news of 2015
# and 2016 (PolNeAR dev, half of the training sample) 54 of 55, 13 of 14, 2 of 2 and 17 of 20 speakers given as pronouns
# and descriptions were right by eye. The last value is low on purpose: users who want certain names filter by it.
ALONE, ALONE_UNKNOWN, ALONE_BESIDE, SEVERAL = 0.97, 0.85, 0.75, 0.5


@dataclass(frozen=True, slots=True)
class ResolvedChain:
    """A chain, and the confidence in it, 0 to 1."""

    chain: int
    confidence: float


@dataclass(frozen=True, slots=True)
class _PersonMention:
    """A mention of a person by the narrator. `chain` is None for an unnamed person; `pronoun` is what fits that one."""

    chain: int | None
    token: int
    sentence: int
    rank: int
    confidence: float
    pronoun: str | None = None


class Antecedents:
    """The persons of an article in the order of their mentions.

    `pronouns` maps a chain to he, she or they, as far as names and titles show it; the class adds to it. `vague` holds
    chains that may be no persons: one word, and nothing that a person does or is.
    """

    def __init__(self, doc: Document, pronouns: dict[int, str], vague: AbstractSet[int]) -> None:
        self.doc = doc
        self.pronouns = pronouns
        self.vague = vague
        self._mentions: list[_PersonMention] = []
        self._quoted: list[_PersonMention] = []
        self._narrated = _narrated(doc)
        self._paragraph = _paragraphs(doc)

    def add_mention(self, chain: int | None, token: int, confidence: float = 1.0, pronoun: str | None = None) -> None:
        """Record a name, description or pronoun whose head is `token`. Call it in text order."""
        quoted = self.doc.in_marks[token]
        at = self._paragraph[token] if quoted else self._narrated[token]
        role = PASSING if chain in self.vague else rank(self.doc, token)
        mention = _PersonMention(chain, token, at, role, confidence, pronoun)
        mentions = self._quoted if quoted else self._mentions
        if mentions and mentions[-1].chain is None and mentions[-1].token == token:
            # This name belongs to the office recorded for an unknown person.
            mentions.pop()
        mentions.append(mention)

    def are_several(self) -> bool:
        """Whether several persons were named."""
        return len({mention.chain for mention in self._mentions[-MAX_MENTIONS:]} - {None}) > 1

    def pronoun(self, token: int, word: str) -> ResolvedChain | None:
        """Return the person whom he or she at `token` means; None if unnamed or undecided."""
        if self.doc.in_marks[token]:
            return self._inside(token, word)
        best = self._best(token, word)
        if best is None or best.chain is None:
            return None
        known = self.pronouns.get(best.chain) == word
        rivals = self._has_competing_candidate(best, word)
        if rivals and best.rank < SUBJECT:
            return None
        sure = SEVERAL if rivals else ALONE_BESIDE if best.rank < SUBJECT else ALONE if known else ALONE_UNKNOWN
        if not known and not self._has_known_candidate(token, word):
            self.pronouns[best.chain] = word
        return ResolvedChain(best.chain, min(sure, best.confidence))

    def _has_known_candidate(self, token: int, word: str) -> bool:
        """Whether the pronoun is known to fit a person within reach."""
        return any(p.chain is not None and self.pronouns.get(p.chain) == word for p in self._within_reach(token))

    def description(self, token: int, excluded: Callable[[int], bool] = lambda _: False) -> ResolvedChain | None:
        """Resolve "the Ohio senator" at `token` if the article has named no such office: return the main subject of the
        sentence before. Other subjects since then, except those of adverbial and relative clauses and the chains that
        are `excluded`, make it undecided."""
        if self.doc.in_marks[token] or self.doc.dep[token] not in SUBJECTS:
            return None
        pronoun = PRONOUNS_OF.get(self.doc.lower[token])
        subjects = [p for p in self._within_reach(token) if p.rank >= SUBJECT]
        subjects = [p for p in subjects if p.sentence == subjects[0].sentence]
        best = next((p for p in subjects if p.rank == MAIN), None)
        if best is None or best.chain is None or self._narrated[token] - best.sentence > NEAR:
            return None
        if (pronoun and not self._fits(best, pronoun)) or excluded(best.chain):
            return None
        others = {p.chain for p in subjects if p.chain != best.chain and not self._in_side_clause(p.token)}
        others = {chain for chain in others if chain is None or not excluded(chain)}
        beside = [p for p in self._within_reach(token) if p.sentence == best.sentence and p.rank == BESIDE]
        here = self._narrated[token]
        if best.sentence == here and any(p.chain != best.chain and p.token > best.token for p in beside):
            # "Graham asked them to leave Lume after the mogul claimed"
            return None
        if any(self.doc.dep[p.token] == "conj" and self.doc.head[p.token] == best.token for p in beside):
            # "Ana Lume and Jon Berg left"
            return None
        return None if others else ResolvedChain(best.chain, min(SEVERAL, best.confidence))

    def near(self, token: int) -> set[int]:
        """Return the persons whom the narrator named shortly before a token outside quotation marks."""
        if self.doc.in_marks[token]:
            return set()
        return {p.chain for p in self._within_reach(token) if p.chain is not None}

    def _in_side_clause(self, token: int) -> bool:
        """Whether the subject `token` is that of an adverbial or relative clause: Lume left AFTER BERG came."""
        doc, verb = self.doc, self.doc.head[token]
        for _ in range(MAX_STEPS):
            if doc.dep[verb] in SIDE_CLAUSES or doc.head[verb] == verb:
                break
            verb = doc.head[verb]
        return doc.dep[verb] in SIDE_CLAUSES

    def _inside(self, token: int, word: str) -> ResolvedChain | None:
        """Inside quotation marks: return the only fitting person named in the same paragraph's quotations."""
        here = self._paragraph[token]
        fits = {p.chain for p in reversed(self._quoted[-MAX_MENTIONS:]) if p.sentence == here and self._fits(p, word)}
        chain = fits.pop() if len(fits) == 1 else None
        return None if chain is None else ResolvedChain(chain, ALONE_BESIDE)

    def _within_reach(self, token: int) -> Iterator[_PersonMention]:
        here = self._narrated[token]
        for mention in reversed(self._mentions[-MAX_MENTIONS:]):
            if here - mention.sentence > REACH:
                return
            if mention.token < token:
                yield mention

    def _best(self, token: int, word: str) -> _PersonMention | None:
        """Return the highest subject of the latest sentence with a fitting one, else the latest fitting non-subject."""
        best: _PersonMention | None = None
        beside: _PersonMention | None = None
        for mention in self._within_reach(token):
            if best is not None and mention.sentence != best.sentence:
                break
            if mention.rank == PASSING or not self._fits(mention, word):
                continue
            if mention.rank == BESIDE:
                beside = beside or mention
            elif best is None or mention.rank > best.rank or (best.chain is None and self._leads(mention, best)):
                best = mention
        return best or beside

    def _leads(self, mention: _PersonMention, other: _PersonMention) -> bool:
        """Whether a person is the main subject like another of the same sentence, and was one before."""
        before = (
            p for p in self._mentions[-MAX_MENTIONS:] if p.chain == mention.chain and p.sentence < mention.sentence
        )
        return mention.rank == other.rank and mention.chain is not None and any(p.rank == MAIN for p in before)

    def _has_competing_candidate(self, best: _PersonMention, word: str) -> bool:
        """Whether another person mentioned in the sentence of `best` or later fits."""
        return any(
            mention.chain != best.chain and mention.rank > PASSING and self._fits(mention, word)
            for mention in reversed(self._mentions[-MAX_MENTIONS:])
            if mention.sentence >= best.sentence
        )

    def _fits(self, mention: _PersonMention, word: str) -> bool:
        known = mention.pronoun if mention.chain is None else self.pronouns.get(mention.chain)
        # "They" is one person only if the article declares it.
        return known == word or (known is None and word != "they")


def rank(doc: Document, token: int) -> int:
    """Return the role in the sentence of the person whose name has the head `token`."""
    if doc.sentences and doc.sentences[doc.sentence_of[token]].role != "body":
        return PASSING
    others, apposed = 0, False
    for _ in range(MAX_STEPS):
        dep, head = doc.dep[token], doc.head[token]
        if dep in ("dobj", "dative") and doc.lower[head] in ASKING and not others:
            return _of_main_verb(doc, head)
        if is_mistagged_subject(doc, token) or (dep == "attr" and _is_cleft(doc, token)):
            return MAIN
        if dep in SUBJECTS or doc.lower[token] in ("he", "she"):
            asks = dep == "nsubj" and doc.lower[head] in ASKING and _asks_person(doc, head)
            return BESIDE if others else min(_of_main_verb(doc, head), SUBJECT if asks else MAIN)
        if head == token:
            return BESIDE
        if dep == "compound" and not others and _read_as_noun(doc, token):
            return MAIN
        if dep == "poss":
            # "Lume's goal": she may be meant by the next "she".
            return (
                BESIDE
                if doc.dep[head] in SUBJECTS and doc.lower[head] not in person_nouns() and not others
                else PASSING
            )
        if dep == "conj":
            others += 1
        elif dep == "pobj" and apposed and doc.lower[doc.head[head]] in person_nouns():
            # "the mayor of Kiel, Ana Lume": the parser attaches the name to the town.
            head = doc.head[head]
        elif dep == "pobj" and doc.dep[head] == "agent":
            # "He was joined by Ana Lume": she is the next one to speak.
            return BESIDE if others else SUBJECT
        elif dep == "pobj":
            if doc.lower[head] == "to" and doc.lower[doc.head[head]] == "according":
                return SUBJECT
            if not others and _stands_for_subject(doc, head):
                return SUBJECT
            if doc.lower[head] == "to" and not others and _is_introduced(doc, token):
                # "It was little comfort to Ana Lume, a nurse who walks to her shift": she is the next one to speak.
                return SUBJECT
            return PASSING if doc.lower[head] in TOPIC_PREPOSITIONS else BESIDE
        elif dep not in ("appos", "compound", "flat", "nmod") or (dep != "appos" and not _introduces(doc, head)):
            return PASSING if dep in ("compound", "nmod", "amod") else BESIDE
        apposed = dep == "appos" or (apposed and dep == "pobj")
        if others > LIST - 1:
            return PASSING
        token = head
    return BESIDE


def _read_as_noun(doc: Document, token: int) -> bool:
    """Whether the tagger reads the verb behind a subject as a noun: "Lume charges that ..."."""
    verb = token + 1
    root = doc.head[token] == verb < len(doc) and doc.head[verb] == verb and doc.tag[verb] == "NNS"
    return root and (doc.lower[verb] in government_verbs() or doc.lower[verb + 1 : verb + 2] == ("that",))


def _stands_for_subject(doc: Document, preposition: int) -> bool:
    """Whether a name behind a preposition is an example or the content of a subject: "Some, LIKE Lume, say so",
    "footage OF Lume appears"."""
    noun = doc.head[preposition]
    example = doc.lower[preposition] == "like" and doc.words[preposition - 1 : preposition] == (",",)
    shown = doc.lower[preposition] == "of" and doc.lower[noun] in RECORDINGS
    return (example or shown) and doc.dep[noun] in SUBJECTS


def _is_introduced(doc: Document, token: int) -> bool:
    """Whether a comma and words that say who it is follow a name: "Ana Lume, a nurse", "Ana Lume, who has"."""
    behind = [c for c in doc.children[token] if c > token and doc.dep[c] in ("appos", "relcl")]
    nouns = person_nouns()
    return any(
        doc.dep[c] == "relcl"
        or (doc.tag[c] == "NN" and (doc.lower[c] in nouns or any(doc.dep[r] == "relcl" for r in doc.children[c])))
        for c in behind
    )


def _is_cleft(doc: Document, token: int) -> bool:
    """Whether "it is" is before a person and "who" behind: "It was Ana Lume who broke the silence"."""
    subject = doc.child(doc.head[token], "nsubj")
    clauses = [c for c in doc.children[token] if doc.dep[c] == "relcl"]
    who = any(doc.lower[s] == "who" for c in clauses if (s := doc.child(c, "nsubj")) is not None)
    return who and subject is not None and doc.lower[subject] == "it"


def _asks_person(doc: Document, verb: int) -> bool:
    """Whether somebody is asked: a name, he or she."""
    asked = [c for c in doc.children[verb] if doc.dep[c] in ("dobj", "dative")]
    return any(doc.tag[c] == "NNP" or doc.lower[c] in ("him", "her") for c in asked)


def _introduces(doc: Document, noun: int) -> bool:
    """Whether a noun describes a person, so that a name attached to it is a person's."""
    return doc.lower[noun] in person_nouns() or doc.tag[noun].startswith("NNP")


def _of_main_verb(doc: Document, verb: int) -> int:
    for _ in range(MAX_STEPS):
        head = doc.head[verb]
        if head == verb or doc.in_marks[head] or doc.dep[verb] == "parataxis":
            return MAIN
        if doc.dep[verb] == "ccomp" and head > verb and True in doc.in_marks[verb:head]:
            # "Lume defends it: "I closed the mine," the senator says": the clause is no part of what is said.
            return MAIN
        if doc.dep[verb] != "conj":
            return SUBJECT
        verb = head
    return SUBJECT


def unnamed(doc: Document, token: int) -> bool:
    """Whether a singular noun is an unnamed person who does or says something: "a neighbour said"."""
    return (
        doc.tag[token] == "NN"
        and doc.dep[token] in SUBJECTS
        and (doc.lower[token] in person_nouns() or _one_speaks(doc, token))
        and not any(doc.dep[c] in ("appos", "cc") for c in doc.children[token])
        and not _apposed(doc, token)
    )


def _one_speaks(doc: Document, token: int) -> bool:
    """Whether a noun of any kind says something as one of several: "one California delegate said"."""
    speaks = doc.dep[token] == "nsubj" and doc.folded[doc.head[token]] in government_verbs()
    speaks = speaks and doc.lower[token] not in ASKERS
    return speaks and any(doc.lower[c] in INDEFINITE for c in doc.children[token])


def _apposed(doc: Document, token: int) -> bool:
    """Whether a name in commas ends the noun's phrase: "the mayor of Kiel, Ana Lume,"."""
    after = range(token + 1, min(doc.right[token] + 1, token + MAX_DESCRIPTION_TOKENS))
    return any(doc.dep[c] == "appos" and doc.tag[c].startswith("NNP") for c in after)


def _narrated(doc: Document) -> list[int]:
    """For each token, return how many of the narrator's sentences have begun."""
    found, number, before, in_marks = [], 0, -1, doc.in_marks
    for token, sentence in enumerate(doc.sentence_of):
        if sentence != before:
            number += not (in_marks[token] and token and in_marks[token - 1])
            before = sentence
        found.append(number)
    return found


def _paragraphs(doc: Document) -> list[int]:
    """Return the paragraph of each token."""
    begins = [paragraph.start for paragraph in doc.paragraphs[1:]]
    return [bisect_right(begins, start) for start in doc.start]
