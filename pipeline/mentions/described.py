"""Descriptions and pronouns that lead to a person of the article.

Amir Hatami"), descriptions that take them up ("the defense minister", "the defense chief"), he and she as subjects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pipeline.contract.values import PRONOUNS
from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.chains import Linked
from pipeline.mentions.edges import DAYS, TIMES
from pipeline.mentions.persons import gender
from pipeline.mentions.words import OFFICES, PRONOUNS_OF, TITLES

SUBJECTS = frozenset({"nsubj", "nsubjpass"})
# A pronoun reaches back this many sentences; a description any number.
REACH = 3
# Words before a name or a noun are looked at no farther than this.
MOST_MODIFIERS = 8
# Words that say nothing of who is meant.
IDLE = listed("name_words.tsv", "idle")
# "The chief Russian diplomat" is the foreign minister.
DIPLOMATIC = listed("name_words.tsv", "diplomatic")
# Groups in which one word does not stand for another: an actor is no singer, a plumber no driver.
UNLIKE = frozenset({"artist", "sport", "trade", "writer"})
# A description is one of the persons named last; of each so many offices are remembered.
MOST_PERSONS = 40
MOST_OFFICES = 12


@dataclass(slots=True)
class _Person:
    """What the article has said of a person so far: offices with the words beside them, and he or she."""

    chain: int
    offices: dict[tuple[str, frozenset[str]], None] = field(default_factory=dict)
    gender: str | None = None


def described(doc: Document, linked: Sequence[Linked]) -> list[Linked]:
    """Titles beside names, descriptions and pronouns, each with its person's chain; none overlaps a name."""
    held = bytearray(len(doc) + 1)
    for m in linked:
        held[m.first : m.last] = b"\1" * (m.last - m.first)
    persons: dict[int, _Person] = {}
    titles = list(_titles(doc, linked, held, persons))
    _declared(doc, linked, persons)
    for m in titles:
        held[m.first : m.last] = b"\1" * (m.last - m.first)
    return [*titles, *_followers(doc, linked, held, persons)]


def _declared(doc: Document, linked: Sequence[Linked], persons: Mapping[int, _Person]) -> None:
    """Who uses they, as the article says: "Ana Lume, who uses they/them pronouns"."""
    said = [i for i in range(2, len(doc)) if doc.folded[i - 2 : i + 1] == ("they", "/", "them")]
    if said:
        first_named = {doc.sentence_of[m.first]: m.chain for m in reversed(linked) if m.label == "PERSON"}
        for sentence in first_named.keys() & {doc.sentence_of[i] for i in said}:
            persons[first_named[sentence]].gender = "they"


def _titles(doc: Document, linked: Sequence[Linked], held: bytearray, persons: dict[int, _Person]) -> Iterator[Linked]:
    """Runs of titles right before a name, and appositions behind it."""
    places = {m.first: m for m in linked if m.label == "GPE"}
    for m in linked:
        if m.label != "PERSON":
            continue
        person = persons.setdefault(m.chain, _Person(m.chain))
        if m.last - m.first > 1 and person.gender is None:
            person.gender = gender(doc.words[m.first])
        first = m.first
        while first > 0 and m.first - first < MOST_MODIFIERS and _may_be_title(doc, first - 1, m.first, held):
            first -= 1
        words = [word.casefold().rstrip(".") for word in doc.words[first : m.first]]
        if any(word in OFFICES or word in TITLES for word in words):
            _learn(person, words, _owners(doc, first))
            if any(word in OFFICES for word in words):
                yield _mention(doc, first, m.first, m.chain)
        yield from _apposition(doc, m, held, person)
        yield from _owned(doc, m, places, held, person)


def _may_be_title(doc: Document, i: int, name: int, held: bytearray) -> bool:
    word = doc.words[i]
    return (
        not held[i]
        and doc.sentence_of[i] == doc.sentence_of[name]
        and (word.casefold().rstrip(".") in TITLES or word.casefold() in OFFICES or _modifies(doc, i, name))
    )


def _modifies(doc: Document, i: int, name: int) -> bool:
    """A noun or adjective that the tree hangs into the words before the name: "defense" in "defense minister X"."""
    head = doc.head[i]
    return (
        doc.dep[i] in ("compound", "amod", "nmod")
        and i < head <= name + 4
        and doc.words[i][:1].isalpha()
        and doc.words[i] not in DAYS
        and doc.folded[i] not in TIMES
        and doc.tag[i][:2] in ("NN", "JJ")
    )


def _owners(doc: Document, first: int) -> list[str]:
    """The words whose office it is: "Iran's" or "Iranian" right before the title."""
    owner = first - 1
    if owner >= 1 and doc.words[owner] in ("'s", "’s", "'", "’"):
        owner -= 1
    return [doc.words[owner].casefold()] if owner >= 0 and doc.words[owner][:1].isupper() else []


def _apposition(doc: Document, m: Linked, held: bytearray, person: _Person) -> Iterator[Linked]:
    """ "X, the chairman of Y,": the words up to the office."""
    i = m.last
    if i + 1 >= len(doc) or doc.words[i] != ",":
        return
    first = i + 1
    for last in range(first, min(len(doc), first + MOST_MODIFIERS)):
        word = doc.words[last].casefold()
        if held[last] or doc.sentence_of[last] != doc.sentence_of[i] or word in (",", ".", ";"):
            return
        if word in OFFICES and doc.dep[last] in ("appos", "conj") and doc.head[last] in range(m.first, m.last):
            words = [w.casefold() for w in doc.words[first : last + 1]]
            _learn(person, words, [w.casefold() for w in doc.words[last + 1 : last + 4] if w[:1].isupper()])
            yield _mention(doc, first, last + 1, m.chain)
            return


def _owned(
    doc: Document, m: Linked, places: Mapping[int, Linked], held: bytearray, person: _Person
) -> Iterator[Linked]:
    """ "X, Russia's foreign minister": the words up to the office. Translations and glued words lose the comma."""
    comma = m.last < len(doc) and doc.words[m.last] == ","
    place = places.get(m.last + comma)
    if place is None or place.last + 1 >= len(doc) or doc.words[place.last] not in ("'s", "’s"):
        return
    first = place.last + 1
    for last in range(first, min(len(doc), first + MOST_MODIFIERS)):
        if held[last] or doc.sentence_of[last] != doc.sentence_of[m.first] or doc.tag[last][:2] not in ("NN", "JJ"):
            return
        if doc.words[last].casefold() in OFFICES and not _goes_on(doc, last) and not held[last + 1]:
            beside = doc.dep[last] in ("appos", "conj") and doc.head[last] in range(m.first, m.last)
            if not comma or beside:
                words = [w.casefold() for w in doc.words[first : last + 1]]
                _learn(person, words, [w.casefold() for w in doc.words[place.first : place.last]])
                yield _mention(doc, first, last + 1, m.chain)
            return


def _goes_on(doc: Document, i: int) -> bool:
    """Whether the noun belongs to one behind it: "the defense secretary post"."""
    return doc.dep[i] == "compound" and doc.head[i] > i


def _learn(person: _Person, words: Sequence[str], owners: Sequence[str]) -> None:
    for k, word in enumerate(words):
        person.gender = PRONOUNS_OF.get(word, person.gender)
        if word in OFFICES and len(person.offices) < MOST_OFFICES:
            person.offices[word, frozenset((*words[:k], *owners)) - IDLE] = None


def _mention(doc: Document, first: int, last: int, chain: int, how: str = "description") -> Linked:
    return Linked(doc.start[first], doc.end[last - 1], first, last, "PERSON", chain, how)


def _followers(
    doc: Document, linked: Sequence[Linked], held: bytearray, persons: dict[int, _Person]
) -> Iterator[Linked]:
    """Descriptions and pronouns in text order: each may lead the next."""
    names = {m.first: m for m in linked if m.label == "PERSON"}
    recent = _Recent()
    i, size = 0, len(doc)
    while i < size:
        name = names.get(i)
        if name is not None:
            recent.see(name.chain, doc, doc.head_of(range(name.first, name.last)))
            i = name.last
            continue
        word = doc.folded[i]
        found: Linked | None = None
        if word in PRONOUNS and doc.dep[i] in SUBJECTS and not held[i]:
            chain = recent.for_pronoun(doc, i, word, persons)
            if chain is not None:
                persons[chain].gender = persons[chain].gender or word
                found = _mention(doc, i, i + 1, chain, "pronoun")
        elif word == "the" and not held[i]:
            found = _description(doc, i, held, persons, recent)
        if found is not None:
            recent.see(found.chain, doc, found.last - 1)
            yield found
            i = found.last
        else:
            i += 1


class _Recent:
    """Who was spoken of last: the order of chains, and subjects by sentence."""

    def __init__(self) -> None:
        self.order: dict[int, int] = {}
        self._seen: list[tuple[int, int, bool]] = []

    def see(self, chain: int, doc: Document, token: int) -> None:
        self.order.pop(chain, None)
        self.order[chain] = token
        self._seen.append((chain, doc.sentence_of[token], doc.dep[token] in SUBJECTS))

    def for_pronoun(self, doc: Document, i: int, word: str, persons: dict[int, _Person]) -> int | None:
        """The latest subject within reach that may be he (she), else the latest person at all."""
        here = doc.sentence_of[i]
        fits = []
        for chain, sentence, subject in reversed(self._seen[-4 * REACH :]):
            if here - sentence > REACH:
                break
            # "They" is one person only where the article says so.
            if persons[chain].gender == word or (persons[chain].gender is None and word != "they"):
                fits.append((chain, subject))
        subjects = [chain for chain, subject in fits if subject]
        return subjects[0] if subjects else fits[0][0] if fits else None


def _description(doc: Document, i: int, held: bytearray, persons: dict[int, _Person], recent: _Recent) -> Linked | None:
    """ "the (senior Russian) defense chief": the person whose office it is; of two, the one named last."""
    words: list[str] = []
    j = i + 1
    while j < len(doc) and j - i <= MOST_MODIFIERS and doc.sentence_of[j] == doc.sentence_of[i]:
        word = doc.folded[j]
        ends = word in OFFICES and (doc.dep[j] != "compound" or doc.head[j] <= j)
        if not (word[:1].isalpha() or word in ("'s", "’s")) or (held[j] and ends):
            return None
        words.append(word)
        if ends and doc.tag[j] in ("NN", "NNP"):
            break
        j += 1
    else:
        return None
    if any(held[k] and doc.words[k].casefold() not in words for k in range(i, j + 1)):
        return None
    chain = _holder(words[-1], frozenset(words[:-1]) - IDLE - {"'s", "’s"}, persons, recent)
    if chain is None:
        return None
    first = i
    while any(held[first : j + 1]):
        first += 1
    return _mention(doc, first, j + 1, chain)


def _holder(noun: str, modifiers: frozenset[str], persons: dict[int, _Person], recent: _Recent) -> int | None:
    scores: defaultdict[int, int] = defaultdict(int)
    for chain in islice(reversed(recent.order), MOST_PERSONS):
        for office, words in persons[chain].offices:
            if not _same_office(noun, office, words):
                continue
            # "The leader" alone is not the press secretary, though both are heads of something.
            if modifiers <= words | {office} and (noun == office or modifiers):
                scores[chain] = max(scores[chain], 2 + (noun == office) + len(modifiers))
    if not scores:
        return None
    best = max(scores.values())
    return max((chain for chain, score in scores.items() if score == best), key=lambda chain: recent.order[chain])


def _same_office(noun: str, office: str, words: frozenset[str]) -> bool:
    if noun == office or (OFFICES[noun] == OFFICES[office] and OFFICES[noun] not in UNLIKE):
        return True
    return noun in ("diplomat", "official") and bool(words & DIPLOMATIC)
