"""Bodies that the language model misses, or takes for persons, and that act as only bodies do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.person_context import NO_SURNAMES, SHARED_COMPANY_HEAD_NOUNS
from pipeline.mentions.spans import Name, capital, named
from pipeline.mentions.words import (
    BODY_HEADS,
    LEGAL_FORMS,
    OFFICES,
    TITLES,
    government_verbs,
    is_given_name,
    person_nouns,
)
from pipeline.reference import MAX_WORDS, Reference, key

# Nouns for bodies of which none is a person's: the CHARITY Rooftop.
NOUNS = listed("statement_words.tsv", "led back") - SHARED_COMPANY_HEAD_NOUNS
# Last words of firms and teams: "Rovers".
ACTING = listed("bodies.tsv", "acting")
# Shorter legal forms are other letters, too: "SA".
MIN_FORM = 3
# Points of the compass, which can be the last word: "Fire Service Northern".
POINTS = listed("place_words.tsv", "point of the compass")
# Forms of verbs that a singular name has no part in: "Norfolk HAVE won".
PLURAL_FORMS = frozenset({"have", "are", "were", "do"})
# Labels that the model gives such bodies.
_LABELS = frozenset({"PERSON", "GPE", "LOC", "PRODUCT", "WORK_OF_ART", "NORP", "FAC"})
# Words right behind a body's name.
SPOKESPERSONS = frozenset({("spokesman",), ("spokeswoman",), ("spokesperson",)})
_JOINING = frozenset({"and", "or", "nor", "&"})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})


def acting(doc: Document) -> Iterator[Name]:
    """Yield two or more capitalised words that are a subject and end like a firm's or a team's name: "Norfolk Rovers
    lost", "South Western Rail has posted"."""
    for token, dep in enumerate(doc.dep):
        if dep not in _SUBJECTS or doc.words[token] not in ACTING or not doc.tag[token].startswith("NNP"):
            continue
        first = _start(doc, token)
        if first < token and not is_given_name(doc.words[first]):
            yield named(doc, first, token + 1, "ORG")


def with_form(doc: Document) -> Iterator[Name]:
    """Yield capitalised words up to the legal form of a company: "Norfolk & Harrow Foods Inc."."""
    for i, word in enumerate(doc.words):
        if word.rstrip(".") not in LEGAL_FORMS or len(word) < MIN_FORM or not doc.tag[i].startswith("NNP"):
            continue
        first = i
        while first > 0 and i - first < MAX_WORDS and _before_form(doc, first - 1):
            first -= 1
        if first < i and doc.words[first] != "&" and doc.folded[first] not in TITLES:
            yield named(doc, first, i + 1, "ORG")


def _before_form(doc: Document, i: int) -> bool:
    word = doc.words[i]
    return (
        (word == "&" or (capital(word) and word[0].isalpha() and doc.tag[i].startswith("NNP")))
        and doc.sentence_of[i] == doc.sentence_of[i + 1]
        and doc.text[doc.end[i] : doc.start[i + 1]] == " "
    )


def beside_noun(doc: Document) -> Iterator[Name]:
    """Yield proper nouns that a noun for bodies introduces: "the housing charity Rooftop", "the agency, Te Awa
    Rural,"."""
    for token, tag in enumerate(doc.tag):
        if tag != "NNP":
            continue
        first = _start(doc, token)
        noun = first - 1 - (first > 1 and doc.words[first - 1] == ",")
        introduced = noun >= 0 and doc.lower[noun] in NOUNS and doc.words[noun].islower() and doc.tag[noun] == "NN"
        if noun == first - 1:
            joined = introduced and doc.head[noun] == token and doc.dep[noun] == "compound"
        else:
            # "the health agency, Te Awa Rural,"
            joined = introduced and doc.head[token] == noun and doc.dep[token] == "appos" and first < token
        ends = doc.tag[token + 1 : token + 2] not in (("NNP",), ("NNPS",), ("HYPH",), ("NN",), ("NNS",))
        if joined and ends and doc.sentence_of[noun] == doc.sentence_of[token] and not is_given_name(doc.words[first]):
            yield named(doc, first, token + 1, "ORG")


def without_noun(doc: Document, name: Name) -> Name:
    """Return a body's name without the noun that introduces it: "Rooftop" of "Housing charity Rooftop"."""
    nouns = range(name.first + 1, name.last - 1)
    noun = next((k for k in nouns if doc.words[k] in NOUNS and capital(doc.words[k + 1])), None) if nouns else None
    begins = name.first == 0 or doc.sentence_of[name.first - 1] != doc.sentence_of[name.first]
    plain = noun is not None and begins and all(doc.words[k].islower() for k in range(name.first + 1, noun))
    return named(doc, noun + 1, name.last, "ORG") if noun is not None and plain else name


def speaking(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield two or more capitalised words that say something, with a word that no person's name has: "Te Awa Health
    says", "Fire Service Northern has posted"."""
    for token, dep in enumerate(doc.dep):
        if (
            dep != "nsubj"
            or not doc.tag[token].startswith("NNP")
            or doc.folded[doc.head[token]] not in government_verbs()
        ):
            continue
        first = _start(doc, token)
        words = doc.words[first : token + 1]
        body = words[-1] in NO_SURNAMES or not BODY_HEADS.isdisjoint(words) or words[-1].casefold() in POINTS
        if first < token and body and reference_data.known(doc.text[doc.start[first] : doc.end[token]]) is None:
            yield named(doc, first, token + 1, "ORG")


def _start(doc: Document, last: int) -> int:
    """Return where the run of capitalised words that the tree joins to its last word starts."""
    first = last
    while first > 0 and last - first < MAX_WORDS and _joined(doc, first - 1, last):
        first -= 1
    while first < last and (doc.folded[first] in TITLES or doc.folded[first] in OFFICES):
        first += 1
    return first


def _joined(doc: Document, i: int, last: int) -> bool:
    return (
        i < doc.head[i] <= last
        and doc.dep[i] in ("compound", "nmod", "amod")
        and capital(doc.words[i])
        and doc.words[i][0].isalpha()
        and doc.sentence_of[i] == doc.sentence_of[last]
        and doc.text[doc.end[i] : doc.start[i + 1]] == " "
    )


def bodies_by_context(doc: Document, names: Sequence[Name], surnames: AbstractSet[str]) -> Iterator[Name]:
    """Yield the names that the model takes for persons or places and that act as only bodies do.

    `surnames`: keys of the first and last words of the article's persons.
    """
    firms = {
        doc.folded[n.first]
        for n in names
        if n.label == "ORG" and n.last - n.first > 1 and doc.words[n.last - 1].rstrip(".") in LEGAL_FORMS
    }
    for n in names:
        single = n.last - n.first == 1
        if n.label not in _LABELS or is_given_name(doc.words[n.first]) or _addressed(doc, n):
            continue
        if single and key(doc.words[n.first]) in surnames:
            continue
        person = n.label == "PERSON"
        if (
            # "Norfolk", if "Norfolk Ferry Inc." is in the article
            (single and n.label in ("PERSON", "GPE") and doc.folded[n.first] in firms)
            # "a Harbour Link spokeswoman"
            or (not single and person and doc.lower[n.last : n.last + 1] in SPOKESPERSONS)
            or (not single and doc.words[n.last - 1] in ACTING)
            or (person and _in_plural(doc, n))
        ):
            yield n


def _addressed(doc: Document, name: Name) -> bool:
    """Whether a title or a person's noun is right before."""
    before = doc.folded[name.first - 1].rstrip(".") if name.first else ""
    return before in TITLES or before in person_nouns()


def _in_plural(doc: Document, name: Name) -> bool:
    """Whether a name alone is the subject of a verb in the plural, like a team: "Norfolk have won"."""
    head = doc.head_of(range(name.first, name.last))
    verb = doc.head[head]
    alone = doc.dep[head] in _SUBJECTS and not any(doc.dep[c] in ("cc", "conj") for c in doc.children[head])
    if not alone or head > verb or doc.in_marks[head] or doc.tag[name.last - 1] in ("NNPS", "NNS"):
        return False
    if doc.folded[name.first - 1 : name.first] in (("and",), ("or",), ("the",), ("nor",), (",",)):
        return False
    before = doc.folded[doc.sentence_tokens[doc.sentence_of[head]].start : name.first]
    if not _JOINING.isdisjoint(before):
        # "Ana Lume of Norfolk and the group's Jon Berg were elected"
        return False
    helpers = [c for c in doc.children[verb] if doc.dep[c] in ("aux", "auxpass") and head < c < verb]
    finite = helpers[0] if helpers else verb
    # A verb without a form of its own ("insist") is tagged VBP; the tagger is less sure of it in a headline.
    shaped = doc.lower[finite] in PLURAL_FORMS or (doc.tag[finite] == "VBP" and finite == verb)
    return shaped and doc.sentences[doc.sentence_of[head]].role == "body"
