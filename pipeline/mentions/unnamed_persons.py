"""Persons whom the narrator describes without a name: "a neighbour said"."""

from __future__ import annotations

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.sentence_ranks import INTRODUCING, SUBJECTS, leads_clause, with_who
from pipeline.mentions.words import government_verbs, person_nouns

INDEFINITE = listed("function_words.tsv", "indefinite")
ASKERS = frozenset(("questioner", "interviewer", "moderator", "heckler"))
REPORTERS = frozenset(("reporter", "correspondent", "editor"))
OWNERS = {"his": "he", "her": "she"}
# Subjects of verbs of saying that are no persons: "a report said".
SPEAKING_THINGS = (
    listed("statement_words.tsv", "thing") | listed("statement_words.tsv", "body") | listed("media.tsv", "document")
)
# Most tokens of a description and the name behind it.
MAX_DESCRIPTION_TOKENS = 20


def is_mistagged_description(doc: Document, noun: int) -> bool:
    """Whether a description is the subject beside quoted words and a verb, although the parser takes it for something
    else: “No,” grinned the 34-year-old; “No,” the 34-year-old said."""
    verb = doc.head[noun]
    if verb == noun + 1:
        # The front-runner said
        joined = doc.words[noun - 1] == "-" and doc.dep[noun] == "compound"
        return doc.is_verb(verb) and (joined or (doc.lower[noun] == "old" and doc.dep[noun] == "amod"))
    behind = 0 < verb == doc.left[noun] - 1 and doc.is_verb(verb) and doc.in_marks[verb - 1]
    return behind and doc.dep[noun] in ("dobj", "attr", "dep", "oprd")


def unnamed(doc: Document, token: int) -> bool:
    """Whether a singular noun is an unnamed person who does or says something: "a neighbour said"."""
    if is_unnamed_object(doc, token):
        return True
    if doc.dep[token] not in SUBJECTS or doc.tag[token] not in ("NN", "JJS"):
        return False
    if doc.tag[token] == "JJS":
        # "her eldest"
        return doc.child(token, "poss") is not None
    if not (doc.lower[token] in person_nouns() or _one_speaks(doc, token)) or _apposed(doc, token):
        return False
    # "Lume's grandmother, 94,": but "the actor, 52," may be named before.
    known = doc.lower[doc.left[token]] == "the"
    return not any(
        (doc.dep[c] == "conj" and doc.is_noun(c)) or (doc.dep[c] == "appos" and (known or doc.tag[c] != "CD"))
        for c in doc.children[token]
    )


def is_unnamed_object(doc: Document, token: int) -> bool:
    """Whether a description is the only person of its clause without being its subject: "It came too late for the
    victim. He said"."""
    described = doc.tag[token] == "NN" and doc.lower[token] in person_nouns() and doc.lower[doc.left[token]] == "the"
    if not described or doc.right[token] != token:
        return False
    verb = doc.head[doc.head[token]] if doc.dep[token] == "pobj" else doc.head[token]
    if any(doc.lower[c] in ("him", "her") for t in (verb, doc.head[verb]) for c in doc.children[t]):
        # "It earned him a warning from the umpire."
        return False
    if doc.dep[token] == "pobj":
        return doc.lower[doc.head[token]] in INTRODUCING and leads_clause(doc, doc.head[token])
    return doc.dep[token] == "dobj" and leads_clause(doc, token)


def is_asked_about(doc: Document, token: int) -> bool:
    """Whether somebody is asked about a subject: "Asked whether THE FORWARD had trained, he smiled"."""
    return any(doc.dep[c] == "mark" and doc.lower[c] in ("whether", "if") for c in doc.children[doc.head[token]])


def is_of_outlet(doc: Document, token: int) -> bool:
    """Whether a person is the outlet's own: "Our reporter Ana Lume is there", "our reporter"."""
    nouns = (token, *(c for c in doc.children[token] if doc.dep[c] in ("compound", "nmod")))
    ours = any(doc.lower[c] == "our" for n in nouns for c in (n - 1, *doc.children[n]) if c >= 0)
    return ours and any(doc.lower[n] in REPORTERS for n in nouns)


def is_silent_relative(doc: Document, token: int, pronoun: str) -> bool:
    """Whether a relative of a person who takes the same pronoun says nothing: "His father was a miner. He said": the
    son said it."""
    owner = doc.child(token, "poss")
    same = owner is not None and OWNERS.get(doc.lower[owner]) == pronoun
    return same and doc.folded[doc.head[token]] not in government_verbs()


def _one_speaks(doc: Document, token: int) -> bool:
    """Whether a noun of any kind says something as one of several: "one California delegate said", "a lockkeeper
    said"."""
    speaks = doc.dep[token] == "nsubj" and doc.folded[doc.head[token]] in government_verbs()
    if not speaks or doc.lower[token] in ASKERS:
        return False
    if any(doc.lower[c] in INDEFINITE for c in doc.children[token]):
        return True
    if doc.left[token] == token or doc.lower[doc.left[token]] not in ("a", "an"):
        return False
    return doc.lower[token] not in SPEAKING_THINGS or with_who(doc, token)


def _apposed(doc: Document, token: int) -> bool:
    """Whether a name in commas ends the noun's phrase: "the mayor of Kiel, Ana Lume,"."""
    after = range(token + 1, min(doc.right[token] + 1, token + MAX_DESCRIPTION_TOKENS))
    return any(doc.dep[c] == "appos" and doc.tag[c].startswith("NNP") for c in after)
