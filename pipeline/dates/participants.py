"""Who takes part in a dated event, and whether the possessor of an event ("his arrest") can be one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.dates import tense
from pipeline.document import Document
from pipeline.people import PRONOUNS_OF, person_nouns

_SUBJECTS = ("nsubj", "nsubjpass")
_AFFECTED = ("nsubjpass", "dobj")
# The most verbs up a coordination to the subject of its first.
_MAX_VERBS = 4
_PRONOUNS = {
    "his": ("he", "him"),
    "her": ("she", "her"),
    "its": ("it",),
    "their": ("they", "them"),
    "my": ("i", "me"),
    "our": ("we", "us"),
    "your": ("you",),
}
_OF_TIME = ("DATE", "TIME")
# Labels of names that a personal pronoun does not refer to.
_THINGS = ("ORG", "GPE", "LOC", "FAC", "NORP", "EVENT", "LAW", "PRODUCT", "WORK_OF_ART")


def possessor(doc: Document, noun: int) -> int | None:
    """Return the possessor before an event's noun ("his arrest", "Berg's arrest"), or None; a day is not one."""
    found = next((t for t in doc.children[noun] if doc.dep[t] == "poss"), None)
    return None if found is None or _label(doc, found) in _OF_TIME else found


def of(doc: Document, event: int) -> list[int]:
    """Return the heads of the subjects and objects of an event's verb, or of the phrases that its noun belongs to."""
    return _beside_noun(doc, event) if doc.is_noun(event) else [*_arguments(doc, event, (*_SUBJECTS, "dobj"))]


def affected(doc: Document, event: int) -> list[int]:
    """Return the heads of those that an event happens to: the object of its verb, or the subject of its passive."""
    return _beside_noun(doc, event) if doc.is_noun(event) else [*_arguments(doc, event, _AFFECTED)]


def agrees(doc: Document, owner: int, heads: Sequence[int]) -> bool:
    """Whether a possessor can be one of these phrases: a pronoun by number, person and gender, a name by its words. A
    personal pronoun among the phrases fits any name."""
    pronoun = tense.word(doc, owner)
    if pronoun in _PRONOUNS:
        return any(_takes(doc, head, pronoun) for head in heads)
    names = {tense.word(doc, owner)}
    return any(doc.tag[head] == "PRP" or names & {tense.word(doc, t) for t in _phrase(doc, head)} for head in heads)


def _takes(doc: Document, head: int, pronoun: str) -> bool:
    """Whether a possessive pronoun can refer to a phrase."""
    if doc.tag[head] == "PRP":
        return tense.word(doc, head) in _PRONOUNS[pronoun]
    phrase = [*_phrase(doc, head)]
    several = doc.tag[head] in ("NNS", "NNPS", "CD") or any(doc.dep[t] == "conj" for t in phrase)
    if pronoun in ("their", "our"):
        return several or _label(doc, head) == "ORG"
    if several:
        return False
    person = any(_is_person(doc, t) for t in phrase)
    if pronoun == "its":
        return not person
    others = {PRONOUNS_OF[w] for t in phrase if (w := tense.word(doc, t)) in PRONOUNS_OF}
    return person and (pronoun not in ("his", "her") or not others or _PRONOUNS[pronoun][0] in others)


def _is_person(doc: Document, token: int) -> bool:
    """Whether a word names a person or is a noun for one."""
    if doc.tag[token] == "NNP":
        return _label(doc, token) not in _THINGS
    return tense.word(doc, token) in person_nouns()


def _label(doc: Document, token: int) -> str | None:
    """Return the label of the name that contains a word, or None."""
    entity = doc.entity_at(doc.start[token])
    return None if entity is None else entity[2]


def _phrase(doc: Document, head: int) -> Iterator[int]:
    """Yield a noun with its compounds, appositions and the nouns that are coordinated with it."""
    yield head
    for token in doc.children[head]:
        if doc.dep[token] in ("compound", "appos", "conj"):
            yield token


def _beside_noun(doc: Document, noun: int) -> list[int]:
    """Return the possessor of a noun, and what follows "of"."""
    of_it = [t for t in doc.children[noun] if doc.dep[t] == "prep" and tense.word(doc, t) == "of"]
    owner = possessor(doc, noun)
    objects = [t for prep in of_it for t in doc.children[prep] if doc.dep[t] == "pobj"]
    return objects if owner is None else [owner, *objects]


def _arguments(doc: Document, verb: int, labels: tuple[str, ...]) -> Iterator[int]:
    """Yield the dependents of a verb with these labels. A coordinated or dependent verb without a subject has that of
    the verb above it: "was found and TAKEN home"."""
    for _ in range(_MAX_VERBS):
        for token in doc.children[verb]:
            if doc.dep[token] in labels:
                relative = doc.tag[token] in ("WP", "WDT") and doc.dep[verb] == "relcl"
                yield doc.head[verb] if relative else token
        passive = doc.tag[verb] == "VBN"
        if doc.dep[verb] == "acl" and passive:
            yield doc.head[verb]  # "a man arrested on Monday"
        if any(doc.dep[t] in _SUBJECTS for t in doc.children[verb]) or doc.dep[verb] not in ("conj", "advcl", "xcomp"):
            return
        verb, labels = doc.head[verb], _SUBJECTS if passive or "nsubj" in labels else ()
