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
from dataclasses import dataclass, replace

from pipeline.document import Document
from pipeline.mentions.sentence_ranks import BESIDE, MAIN, MAX_STEPS, PASSING, SUBJECT, SUBJECTS, rank
from pipeline.mentions.unnamed_persons import (
    is_asked_about,
    is_mistagged_description,
    is_of_outlet,
    is_silent_relative,
    is_unnamed_object,
)
from pipeline.mentions.words import PRONOUNS_OF

# Clauses whose subject is not the topic.
SIDE_CLAUSES = frozenset(("advcl", "relcl", "acl", "pcomp"))
# A pronoun reaches back over this many sentences of the narrator, and this many mentions of persons.
REACH = 6
MAX_MENTIONS = 40
# A description of a person whose office was not named reaches back over this many sentences.
NEAR = 2
# Pronouns at the head of a sentence, which are no names.
PRONOUN_WORDS = frozenset(("He", "She", "They"))
# "His" and "her" of he and she; they are of nobody's.
OWN_WORDS = {"he": ("his",), "she": ("her",), "they": ()}
# Tags of marks and stops; most words that only say who else spoke.
MARKS = frozenset((",", ".", ":", "``", "''", "-LRB-", "-RRB-", "HYPH"))
MAX_OF_OTHER = 4
PERSONAL = frozenset(("he", "she"))
# Parts of a sentence by which a plural can be "they".
OF_SEVERAL = SUBJECTS | {"dobj", "pobj"}
# Words of one speaker; most tokens beside "they said" that show them; most tokens since a person in which a plural is
# searched for.
ONE = frozenset(("i", "me", "my"))
MAX_BESIDE, MAX_SINCE = 60, 200
# Stands for a person without a name.
UNNAMED = -1
# Confidence of a pronoun: one fitting person; one, of unknown gender; one, not a subject; several. In US news of 2015
# and 2016 (PolNeAR dev, half of the training sample) 54 of 55, 13 of 14, 2 of 2 and 17 of 20 speakers given as pronouns
# and descriptions were right by eye. In 144 articles of many kinds and countries, by which the rules were written, 366
# of 370 pronouns of quotations at 0.9 and more were right, and 116 of 124 below 0.6. The last value is low on purpose:
# users who want certain names filter by it.
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
        # He or she of persons whom a pronoun was resolved to before, where nothing else shows it.
        self._guesses: dict[int, str] = {}
        self._mentions: list[_PersonMention] = []
        self._quoted: list[_PersonMention] = []
        self._narrated = _narrated(doc)
        self._paragraph = _paragraphs(doc)

    def add_mention(self, chain: int | None, token: int, confidence: float = 1.0, pronoun: str | None = None) -> None:
        """Record a name, description or pronoun whose head is `token`. Call it in text order."""
        quoted = self.doc.in_marks[token]
        at = self._paragraph[token] if quoted else self._narrated[token]
        role = PASSING if chain in self.vague or is_of_outlet(self.doc, token) else rank(self.doc, token)
        if chain is None and is_unnamed_object(self.doc, token):
            role = MAIN
        if chain is None and pronoun is not None and is_silent_relative(self.doc, token, pronoun):
            role = min(role, BESIDE)
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
        if best is None and word == "they":
            return self._one_as_they(token)
        if best is not None and best.chain is None and best.pronoun is None:
            recent = self._mentions[-MAX_MENTIONS:]
            self._mentions[recent.index(best) - len(recent)] = replace(best, pronoun=word)
        if best is None or best.chain is None or self._is_far(token, best, word):
            return None
        known = self._is_known(best, word)
        if not known and best.rank < SUBJECT and self._narrated[token] - best.sentence > 1:
            return None
        rivals = self._has_competing_candidate(best, word)
        if rivals and best.rank < SUBJECT:
            return None
        others = self._has_known_candidate(token, word)
        # An unknown person in an inner clause is as often not meant as one who is known to be he or she.
        rivals = rivals or (others and not known and best.rank == SUBJECT)
        sure = SEVERAL if rivals else ALONE_BESIDE if best.rank < SUBJECT else ALONE if known else ALONE_UNKNOWN
        if not known and not others:
            self.pronouns[best.chain] = word
        if sure >= ALONE_UNKNOWN and (not others or best.sentence < self._narrated[token]):
            self._guesses.setdefault(best.chain, word)
        return ResolvedChain(best.chain, min(sure, best.confidence))

    def _one_as_they(self, token: int) -> ResolvedChain | None:
        """Return the person named last, of unknown gender, the main subject of a sentence just before, as the one who
        says words with "I": "Robin Lume winced. “That is on me,” they said."""
        last = next((p for p in self._within_reach(token) if p.rank != PASSING), None)
        if last is None or last.chain is None or last.rank != MAIN or self._narrated[token] - last.sentence > NEAR:
            return None
        doc, here = self.doc, self._paragraph[token]
        beside = range(max(0, token - MAX_BESIDE), min(len(doc), token + MAX_BESIDE))
        said = (doc.lower[t] for t in beside if doc.in_marks[t] and self._paragraph[t] == here)
        since = range(max(last.token + 1, token - MAX_SINCE), token)
        plural = any(doc.tag[t] in ("NNS", "NNPS") and doc.dep[t] in OF_SEVERAL and not doc.in_marks[t] for t in since)
        if plural or last.chain in self.pronouns or last.chain in self._guesses or ONE.isdisjoint(said):
            return None
        self.pronouns[last.chain] = "they"
        return ResolvedChain(last.chain, min(SEVERAL, last.confidence))

    def _is_far(self, token: int, mention: _PersonMention, word: str) -> bool:
        """Whether a paragraph of the narrator that does not name the person is between the mention and `token`. Of a
        person who alone is he or she, a paragraph with "his" or "her" tells, too, and one of few words only says who
        else spoke: “...,” he said."""
        doc, paragraph = self.doc, self._paragraph
        if paragraph[token] - paragraph[mention.token] < 2:
            return False
        between = range(mention.token, token)
        names = {doc.words[p.token] for p in self._mentions[-MAX_MENTIONS:] if p.chain == mention.chain}
        names = {name for name in names if name.istitle()} - PRONOUN_WORDS
        if any(doc.words[t] in names and paragraph[t] > paragraph[mention.token] for t in between):
            return False
        narrated = {paragraph[t] for t in between if not doc.in_marks[t] and doc.is_verb(t)}
        narrated -= {paragraph[token], paragraph[mention.token]}
        if not narrated or not self._is_known(mention, word):
            return bool(narrated)
        told = [t for t in between if paragraph[t] in narrated and not doc.in_marks[t] and doc.tag[t] not in MARKS]
        own = any(doc.lower[t] in OWN_WORDS[word] and doc.dep[t] == "poss" for t in told)
        few = len(told) <= MAX_OF_OTHER and any(doc.lower[t] in PERSONAL - {word} for t in told)
        return not (own or few) or self._has_competing_candidate(mention, word)

    def _is_known(self, mention: _PersonMention, word: str) -> bool:
        return mention.chain is not None and self.pronouns.get(mention.chain) == word

    def _has_known_candidate(self, token: int, word: str) -> bool:
        """Whether the pronoun is known to fit a person within reach."""
        return any(self._is_known(p, word) for p in self._within_reach(token))

    def description(
        self, token: int, excluded: Callable[[int], bool] = lambda _: False, lone: bool = False
    ) -> ResolvedChain | None:
        """Resolve "the Ohio senator" at `token` if the article has named no such office: return the main subject of the
        sentence before, with `lone` also its only subject that is a person. Other subjects since then, except those of
        adverbial and relative clauses and the chains that are `excluded`, make it undecided."""
        subject = self.doc.dep[token] in SUBJECTS or is_mistagged_description(self.doc, token)
        if self.doc.in_marks[token] or not subject or is_asked_about(self.doc, token):
            return None
        pronoun = PRONOUNS_OF.get(self.doc.lower[token])
        here = self._narrated[token]
        subjects = [p for p in self._within_reach(token) if p.rank >= SUBJECT]
        # "Asked whether Berg was fit, the manager said": not Berg.
        subjects = [p for p in subjects if p.sentence < here or not self._in_side_clause(p.token)]
        subjects = [p for p in subjects if p.sentence == subjects[0].sentence]
        best = next((p for p in subjects if p.rank == MAIN), None)
        if best is None and lone and len({p.chain for p in subjects}) == 1:
            # "Fans cheered when Ana Lume came. The Kiel native smiled."
            best = subjects[0]
        if best is None or best.chain is None or self._narrated[token] - best.sentence > NEAR:
            return None
        if (pronoun and not self._fits(best, pronoun)) or excluded(best.chain):
            return None
        others = {p.chain for p in subjects if p.chain != best.chain and not self._in_side_clause(p.token)}
        others = {chain for chain in others if chain is None or not excluded(chain)}
        beside = [p for p in self._within_reach(token) if p.sentence == best.sentence and p.rank == BESIDE]
        if best.sentence == here and any(p.chain != best.chain and p.token > best.token for p in beside):
            # "Graham asked them to leave Lume after the mogul claimed"
            return None
        behind = (p for p in self._within_reach(token) if p.sentence == best.sentence and p.token > best.token)
        if any(p.chain != best.chain and self.doc.lower[p.token + 1 : p.token + 3] == (",", "who") for p in behind):
            # "Lume likes the face of Berg, who was a nurse."
            return None
        if any(self.doc.dep[p.token] == "conj" and self.doc.head[p.token] == best.token for p in beside):
            # "Ana Lume and Jon Berg left"
            return None
        return None if others else ResolvedChain(best.chain, min(SEVERAL, best.confidence))

    def owner(self, token: int, word: str, relatives: AbstractSet[int]) -> int | None:
        """Return the person whom "his" or "her" at `token` means, as he or she in `word`, other than the relatives it
        owns: the highest subject of the latest sentence; `UNNAMED` for an unnamed person, None if there is nobody."""
        fitting = (p for p in self._within_reach(token) if p.rank >= SUBJECT and self._fits(p, word))
        latest: list[_PersonMention] = []
        for p in fitting:
            if p.chain not in relatives and (not latest or p.sentence == latest[0].sentence):
                latest.append(p)
        best = max(latest, key=lambda p: p.rank, default=None)
        return None if best is None else UNNAMED if best.chain is None else best.chain

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
            if beside is not None and beside.sentence - mention.sentence > NEAR and self._is_known(beside, word):
                break
            if mention.chain is None and self._encloses(mention.token, token):
                continue
            if mention.rank == PASSING or not self._fits(mention, word):
                continue
            if beside is not None and self._returns(beside, mention, word):
                return replace(beside, rank=SUBJECT)
            if mention.rank == BESIDE:
                beside = beside or mention
            elif best is None or mention.rank > best.rank or (best.chain is None and self._leads(mention, best)):
                best = mention
        return best or beside

    def _returns(self, owner: _PersonMention, other: _PersonMention, word: str) -> bool:
        """Whether the owner of a subject is a main person of before, to whom the article comes back in a paragraph
        behind the other's: "Ana Lume died. Her daughter, Ida, said so. Lume's houses had no doors. She said"."""
        owns = self.doc.dep[owner.token] == "poss" and self._paragraph[owner.token] > self._paragraph[other.token]
        before = (p for p in self._mentions[-MAX_MENTIONS:] if p.token < other.token and p.chain == owner.chain)
        return owns and self._is_known(owner, word) and any(p.rank == MAIN for p in before)

    def _encloses(self, subject: int, pronoun: int) -> bool:
        """Whether a subject's clause is what "he" says in a parenthesis: "One reviewer, he says, had asked"."""
        doc, verb = self.doc, self.doc.head[pronoun]
        inner = doc.head[subject]
        return (
            doc.dep[pronoun] == "nsubj"
            and subject < pronoun
            and (
                (doc.dep[verb] == "parataxis" and doc.head[verb] == inner)
                or (doc.dep[inner] == "ccomp" and doc.head[inner] == verb)
            )
        )

    def _leads(self, mention: _PersonMention, other: _PersonMention) -> bool:
        """Whether a person is the main subject like another of the same sentence, and was one before."""
        before = (
            p for p in self._mentions[-MAX_MENTIONS:] if p.chain == mention.chain and p.sentence < mention.sentence
        )
        return mention.rank == other.rank and mention.chain is not None and any(p.rank == MAIN for p in before)

    def _has_competing_candidate(self, best: _PersonMention, word: str) -> bool:
        """Whether another person mentioned in the sentence of `best` or later fits; if `best` is no subject, also
        shortly before."""
        since = best.sentence - (NEAR if best.rank < SUBJECT else 0)
        return any(
            mention.chain != best.chain and mention.rank > PASSING and self._fits(mention, word)
            for mention in reversed(self._mentions[-MAX_MENTIONS:])
            if mention.sentence >= since
        )

    def _fits(self, mention: _PersonMention, word: str) -> bool:
        if mention.chain is None:
            known = mention.pronoun
        else:
            known = self.pronouns.get(mention.chain) or self._guesses.get(mention.chain)
        # "They" is one person only if the article declares it.
        return known == word or (known is None and word != "they")


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
