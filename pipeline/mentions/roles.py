"""Descriptions by a noun beside one person's name: "GOP speechwriter Ana Lume ... the speechwriter", "Ana
Lume, a neurosurgeon, ... the neurosurgeon". Offices have their own rules (pipeline.mentions.office_holders)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.chains import LinkedMention
from pipeline.mentions.holders import Days, offices
from pipeline.mentions.sentence_ranks import SUBJECTS
from pipeline.mentions.unnamed_persons import SPEAKING_THINGS
from pipeline.mentions.words import OFFICES, ROLES

# Confidence of a noun beside one person's name.
BY_ROLE = 0.85
# Fewest letters of a noun for work at the end of another one, and before it.
MIN_WORK, MIN_BEFORE = 6, 3
# An office whose noun alone means others.
FIRST_LADY, _FORMER_LADY = "first lady", "former first lady"
# Sentences behind one in which somebody dies; later, an obituary can quote what that person once said.
MAX_SINCE_DEATH = 3
# Most tokens from the verb to "dead".
MAX_TO_DEAD = 8
# Behind a noun, tell which person of several: "the miner BESIDE him".
_PLACING = frozenset(("above", "behind", "below", "beside", "near", "next", "opposite"))
# Verbs whose subject, and whose object, is dead.
_DYING, _KILLING = listed("name_words.tsv", "verb of dying"), listed("name_words.tsv", "verb of killing")
# "Ana Lume IS a speechwriter".
_BEING = frozenset(("is", "was"))


@dataclass(frozen=True, slots=True)
class Roles:
    """The persons of each noun beside their names, with the words before it, and the tokens of these nouns.
    `dead`: the last sentence in which a person is named and dies."""

    persons: dict[str, dict[int, set[str]]]
    tokens: frozenset[int]
    dead: dict[int, int]


def roles_of(doc: Document, names: Iterable[LinkedMention], published: Days = (None, None)) -> Roles:
    """Return the nouns beside names. `published`: the first and last day of publication, by which persons
    are or were first ladies."""
    persons: dict[str, dict[int, set[str]]] = {}
    tokens: set[int] = set()
    dead: dict[int, int] = {}
    for m in names:
        if _dies(doc, m):
            dead[m.chain] = doc.sentence_of[m.first]
        for token in _beside(doc, m):
            noun = noun_at(doc, token)
            tokens.add(token)
            if noun not in OFFICES and noun not in SPEAKING_THINGS:
                persons.setdefault(noun, {}).setdefault(m.chain, set()).update(doc.folded[doc.left[token] : token])
        for held, over in offices(doc.text[m.start : m.end], published):
            if held.office == FIRST_LADY:
                persons.setdefault(_FORMER_LADY if over else FIRST_LADY, {}).setdefault(m.chain, set())
    for lady in (FIRST_LADY, _FORMER_LADY):
        if len(persons.get(lady, ())) > 1:
            del persons[lady]
    return Roles(persons, frozenset(tokens), dead)


def of_same_work(doc: Document, roles: Roles, description: LinkedMention | None) -> LinkedMention | None:
    """Return a description, without one by a noun for work that cannot mean its person: who just died, or words behind
    the noun tell which of several it means, "the miner BESIDE HIM", "the miner WHO left"."""
    if description is None:
        return None
    noun = description.last - 1
    if OFFICES.get(doc.lower[noun]) != "trade" and noun_at(doc, noun) not in roles.persons:
        return description
    died = roles.dead.get(description.chain)
    dead = died is not None and 0 <= doc.sentence_of[noun] - died <= MAX_SINCE_DEATH
    following = doc.lower[noun + 1] if noun + 1 < len(doc) else ""
    clause = any(doc.dep[c] in ("relcl", "acl") and c > noun for c in doc.children[noun])
    return None if dead or following in _PLACING or (clause and following != ",") else description


def _dies(doc: Document, m: LinkedMention) -> bool:
    """Whether the sentence of a name says that the person died: "Ana Lume DROWNED", "the blast KILLED Ana Lume", "Ana
    Lume was found DEAD"."""
    head = doc.head_of(range(m.first, m.last))
    verb, dep = doc.head[head], doc.dep[head]
    killed = doc.folded[verb] in _KILLING and dep in ("nsubjpass", "dobj")
    if killed or dep not in SUBJECTS:
        return killed
    behind = (
        range(verb + 1, min(len(doc), verb + MAX_TO_DEAD)) if dep == "nsubjpass" or doc.lower[verb] == "was" else ()
    )
    # "Pulled from the water DEAD": the parser hangs it on the water.
    hung = (doc.head[t] for t in behind if doc.lower[t] == "dead" and doc.head[t] < t)
    return doc.folded[verb] in _DYING or any(head == verb or doc.tag[head] == "NN" for head in hung)


def _beside(doc: Document, m: LinkedMention) -> Iterator[int]:
    """Yield the nouns that a title, an apposition or "is" gives to the person of a name."""
    head = doc.head_of(range(m.first, m.last))
    verb, before = doc.head[head], m.first - 1
    found = [c for c in doc.children[head] if doc.dep[c] == "appos" and c > m.last and doc.words[m.last] == ","]
    if before >= 0 and (doc.head[before] in range(m.first, m.last) or verb == before):
        found.append(before)
    if doc.dep[head] == "appos" and before > 0 and doc.words[before] == ",":
        found.append(verb)
    if doc.dep[head] in SUBJECTS and doc.lower[verb] in _BEING:
        found += [c for c in doc.children[verb] if doc.dep[c] == "attr"]
    yield from (token for token in found if _is_common(doc, token))


def _is_common(doc: Document, token: int) -> bool:
    """Whether a token is a singular common noun; the tagger reads one that begins a sentence as a name."""
    if noun_at(doc, token) in (FIRST_LADY, _FORMER_LADY):
        # "First Lady Ana Lume"
        return True
    begins = token == doc.sentence_tokens[doc.sentence_of[token]].start and doc.tag[token] == "NNP"
    return begins or (doc.tag[token] == "NN" and doc.words[token].islower())


def noun_at(doc: Document, head: int) -> str:
    """Return a noun in small letters, with what a hyphen joins to it if that is an office or role: "centre-half"."""
    if doc.lower[max(0, head - 1) : head + 1] == ("first", "lady"):
        return _FORMER_LADY if head > 1 and doc.lower[head - 2] == "former" else FIRST_LADY
    joined = f"{doc.lower[head - 2]}-{doc.lower[head]}" if head > 1 and doc.words[head - 1] == "-" else ""
    return joined if joined in OFFICES or joined in ROLES else doc.lower[head]


def is_joined(noun: str) -> bool:
    """Whether a noun ends in one for a person by work: "speechwriter", "neurosurgeon", "superdelegate"."""
    ends = (noun[first:] for first in range(MIN_BEFORE, len(noun) - MIN_WORK + 1))
    return any(end in OFFICES or end in ROLES for end in ends)
