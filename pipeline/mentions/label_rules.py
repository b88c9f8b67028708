"""Label names by their own words and by their context in the article.

The language model labels each mention separately. Here all mentions of one name are weighed together: the context of
one of them decides for all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from pipeline.data import load, meanings
from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.spans import PARTICLES, PLACES, Name, capital
from pipeline.mentions.words import (
    BODY_HEADS,
    OFFICES,
    TITLES,
    given_names,
    government_verbs,
    is_given_name,
    person_nouns,
)
from pipeline.reference import Reference, key

# Given names that are as often a place's.
LIKE_PLACES = listed("ambiguous_names.tsv", "given name")
# Two words that are a company, a street or a work, although the first is a given name.
LIKE_PERSONS = listed("ambiguous_names.tsv", "not a person")
# Last words of buildings and roads, of landscapes, and of other names that are no person's.
BUILDINGS = listed("place_words.tsv", "building")
LANDSCAPES = listed("place_words.tsv", "landscape")
NO_SURNAMES = listed("place_words.tsv", "no surname") | BUILDINGS | LANDSCAPES | BODY_HEADS
# "the town of X"
TOWNS = listed("place_words.tsv", "kind of place")
# Words before a place.
PLACE_PREPOSITIONS = listed("place_words.tsv", "before a place")
# What companies do, what is done to them, what they have: "X collapsed", "X was sold", "shares in X".
COMPANY_SUBJECT_VERBS = listed("company_words.tsv", "does")
COMPANY_OBJECT_VERBS = listed("company_words.tsv", "is done")
COMPANY_POSSESSED_NOUNS = listed("company_words.tsv", "has")
COMPANY_HEAD_NOUNS = listed("company_words.tsv", "of")
# Nouns of persons that also precede names of firms: its owner Norfolk Group.
SHARED_COMPANY_HEAD_NOUNS = listed("name_words.tsv", "also of firms")
BODY_NOUNS = listed("statement_words.tsv", "led back")
STREETS = frozenset(meanings("time_words.tsv", "street"))
INITIALS = re.compile(r"(?:[A-Z]\.){1,3}")
_RELABELLED = frozenset({"PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "WORK_OF_ART", "PRODUCT", "EVENT", "LAW"})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
# Before a country, and part of its name then.
_POINTS = listed("place_words.tsv", "point of the compass")
# Most tokens between a verb of saying and the subject of its clause.
_NEAR_VERB = 4
# Most words of a person's name.
MAX_OF_PERSON = 4


@dataclass(frozen=True, slots=True)
class Place:
    """A line of `places.tsv`."""

    name: str
    code: str
    example: str
    source: str


@cache
def places() -> dict[str, str | None]:
    """Return the country of each city or region, by key; None if undecided."""
    return {key(line.name): None if line.code == "-" else line.code for line in load("places.tsv", Place)}


def assign_labels(doc: Document, names: Sequence[Name], reference_data: Reference) -> list[Name]:
    """Return the names with the labels that their words and the article give them."""
    names = [_by_words(doc, _branch(doc, name, reference_data), reference_data) for name in names]
    spelled: defaultdict[str, list[Name]] = defaultdict(list)
    for name in names:
        spelled[key(doc.text[name.start : name.end])].append(name)
    surnames = _surnames(doc, names)
    like_places = [n for n in names if n.label != "PERSON" and _is_person(doc, n)]
    acting = _lone_subjects(doc) if like_places else frozenset()
    given = {
        spelling: label
        for spelling, found in spelled.items()
        if (label := _by_context(doc, spelling, found, surnames, reference_data)) is not None
    }
    given |= {key(doc.text[n.start : n.end]): "PERSON" for n in like_places if doc.words[n.last - 1] in acting}
    given |= {key(doc.text[n.start : n.end]): "PERSON" for n in names if _has_person_context(doc, n, reference_data)}
    alone = _speaking_alone(doc) if any(_may_be_person(doc, n) for n in names) else frozenset()
    given |= {
        key(doc.text[n.start : n.end]): "PERSON"
        for n in names
        if doc.words[n.last - 1] in alone
        and _may_be_person(doc, n)
        and reference_data.known(doc.text[n.start : n.end]) is None
    }
    given |= {key(doc.text[a.start : a.end]): "PERSON" for a, b in pairwise(names) if _of_one_surname(doc, a, b)}
    given |= {key(doc.text[n.start : n.end]): "PERSON" for n in names[:1] if _of_herself(doc, n, reference_data)}
    given |= {key(doc.text[n.start : n.end]): "ORG" for n in names if _named_body(doc, n, reference_data)}
    if not given:
        return names
    labels = [given.get(key(doc.text[n.start : n.end]), n.label) for n in names]
    return [n if label == n.label else replace(n, label=label) for n, label in zip(names, labels, strict=True)]


def _branch(doc: Document, name: Name, reference_data: Reference) -> Name:
    """Return the whole firm if the model cut it to the country of its branch: "Domani Pizza UK entered the market"."""
    first, head = name.first, name.last - 1
    if (
        name.label != "GPE"
        or doc.dep[head] not in _SUBJECTS
        or not reference_data.country_of(doc.text[name.start : name.end])
    ):
        return name
    while first > 0 and name.first - first < MAX_OF_PERSON and _of_branch(doc, first - 1, head, reference_data):
        first -= 1
    if first == name.first or doc.folded[first - 1 : first] == ("the",):
        return name
    return Name(doc.start[first], name.end, first, name.last, "ORG")


def _of_branch(doc: Document, i: int, head: int, reference_data: Reference) -> bool:
    """Whether a word before a country is part of a firm's name: no title, other place or point of the compass."""
    word, small = doc.words[i], doc.folded[i]
    plain = capital(word) and doc.tag[i] == "NNP" and word.replace("'", "").replace("’", "").isalpha()
    part = doc.head[i] == head and doc.dep[i] in ("compound", "poss", "nmod")
    apart = (
        small in TITLES
        or small in OFFICES
        or small in _POINTS
        or reference_data.country_of(word)
        or key(word) in places()
    )
    joined = i + 1 == len(doc) or doc.text[doc.end[i] : doc.start[i + 1]] in (" ", "")
    return (part and plain and not apart and joined) or word in ("'s", "’s")


def _surnames(doc: Document, names: Iterable[Name]) -> frozenset[str]:
    """Return the first and last words of persons named in full."""
    full = (n for n in names if n.label == "PERSON" and n.last - n.first > 1)
    return frozenset(key(doc.words[k]) for n in full for k in (n.first, n.last - 1))


def _by_words(doc: Document, name: Name, reference_data: Reference) -> Name:
    """Label a name by its own words: "Dean Kamen" is a person, "Century City Towers" a building."""
    if name.last - name.first == 1 or name.label not in _RELABELLED:
        return name
    words = doc.words[name.first : name.last]
    if name.first and doc.words[name.first - 1].isdigit() and words[-1].casefold() in STREETS:
        # "21 April Lane"
        return replace(name, label="FAC")
    ends = words[-1] in BUILDINGS or words[-1] in LANDSCAPES
    if not ends and (name.label == "PERSON" or words[0].casefold() not in given_names()):
        return name
    if reference_data.known(doc.text[name.start : name.end]) is not None:
        return name
    if name.label in ("ORG", "PERSON", "GPE", "LOC") and words[-1] in BUILDINGS and BODY_HEADS.isdisjoint(words):
        return replace(name, label="FAC")
    if name.label in ("ORG", "PERSON") and words[-1] in LANDSCAPES and BODY_HEADS.isdisjoint(words):
        return replace(name, label="LOC")
    if name.label != "PERSON" and _is_person(doc, name) and words[0].casefold() not in LIKE_PLACES:
        return replace(name, label="PERSON")
    return name


def _is_person(doc: Document, name: Name) -> bool:
    """Whether a name reads like a person's: a given name, and no words of other kinds of names."""
    words = doc.words[name.first : name.last]
    return (
        1 < len(words) <= MAX_OF_PERSON
        and (is_given_name(words[0]) or words[0].casefold() in LIKE_PLACES)
        and doc.text[name.start : name.end].casefold() not in LIKE_PERSONS
        and all(_plain(word) for word in words[1:])
        and all(tag == "NNP" for tag in doc.tag[name.first : name.last])
        and doc.folded[name.first - 1 : name.first] not in (("the",), ("a",), ("an",))
    )


def _may_be_person(doc: Document, name: Name) -> bool:
    """Whether a name of three or four words that the model takes for a body can be a person's: "Le Van Duc Thanh"."""
    words = doc.words[name.first : name.last]
    return (
        name.label in ("ORG", "GPE", "WORK_OF_ART", "PRODUCT")
        and 2 < len(words) <= MAX_OF_PERSON
        and all(map(_plain, words))
        and all(tag == "NNP" for tag in doc.tag[name.first : name.last])
        and doc.folded[name.first - 1 : name.first] not in (("the",), ("a",), ("an",))
    )


def _speaking_alone(doc: Document) -> frozenset[str]:
    """Return the words that by themselves are the subject of a verb of speech or will."""
    return frozenset(
        doc.words[i]
        for i, dep in enumerate(doc.dep)
        if dep == "nsubj" and doc.folded[doc.head[i]] in government_verbs() and not doc.children[i]
    )


def _of_one_surname(doc: Document, name: Name, other: Name) -> bool:
    """Whether a given name shares the surname of the person behind "and": "Grace and Moses Lume"."""
    return (
        name.last - name.first == 1
        and name.label in ("ORG", "GPE", "LOC", "WORK_OF_ART", "PRODUCT")
        and other.label == "PERSON"
        and other.last - other.first == 2
        and doc.folded[name.last : other.first] == ("and",)
        and is_given_name(doc.words[name.first])
    )


def _has_person_context(doc: Document, name: Name, reference_data: Reference) -> bool:
    """Whether the words beside a name of two or more words make it a person's: "prosecutor Ana Lume", "the owner, Ana
    Lume", "J.D. Lume, 40,"."""
    size = name.last - name.first
    words = doc.words[name.first : name.last]
    if name.label == "PERSON" or name.label not in _RELABELLED or not 1 < size <= MAX_OF_PERSON:
        return False
    if words[-1] in BODY_HEADS or words[-1] in BUILDINGS or words[-1] in LANDSCAPES:
        return False
    if not all(_plain(word) or INITIALS.fullmatch(word) or word in PARTICLES for word in words):
        return False
    if reference_data.known(doc.text[name.start : name.end]) is not None:
        return False
    after = doc.words[name.last : name.last + 3]
    if len(after) == 3 and after[0] == after[2] == "," and after[1].isdigit() and len(after[1]) == 2:
        return True
    comma = name.first > 1 and doc.words[name.first - 1] == ","
    noun = name.first - 1 - comma
    if noun < 0 or doc.lower[noun] not in person_nouns() or not doc.words[noun].islower():
        return False
    if doc.sentence_of[noun] != doc.sentence_of[name.first] or doc.tag[noun] != "NN":
        return False
    return after[:1] in ((",",), (".",)) if comma else doc.lower[noun] not in SHARED_COMPANY_HEAD_NOUNS


def _of_herself(doc: Document, name: Name, reference_data: Reference) -> bool:
    """Whether the article's first name is a person who says something about herself: "Whitby says she"."""
    head = doc.head_of(range(name.first, name.last))
    verb = doc.head[head]
    if (
        name.label not in ("ORG", "GPE")
        or doc.dep[head] != "nsubj"
        or reference_data.known(doc.text[name.start : name.end])
    ):
        return False
    subjects = [doc.child(c, "nsubj") for c in doc.children[verb] if doc.dep[c] == "ccomp" and c > verb]
    return any(i is not None and doc.lower[i] in ("he", "she") and i - verb < _NEAR_VERB for i in subjects)


def _named_body(doc: Document, name: Name, reference_data: Reference) -> bool:
    """Whether "the company" or the like is right before a name or in apposition to it: "the ferry company Norfolk",
    "Harrow Textiles, a clothing chain"."""
    if name.label not in ("PERSON", "PRODUCT") or is_given_name(doc.words[name.first]):
        return False
    if reference_data.known(doc.text[name.start : name.end]) is not None or _titled(doc, name):
        return False
    head = doc.head_of(range(name.first, name.last))
    single = name.last - name.first == 1
    nouns = [c for c in doc.children[head] if doc.dep[c] == "appos" and doc.left[c] == name.last + 1 and not single]
    if name.first:
        nouns.append(name.first - 1)
    if name.first > 1 and doc.words[name.first - 1] == "," and not single and doc.head[head] == name.first - 2:
        # "a charity, Warm Homes,"
        nouns.append(name.first - 2)
    bodies = BODY_NOUNS if single else BODY_NOUNS - SHARED_COMPANY_HEAD_NOUNS
    return any(doc.lower[noun] in bodies and doc.words[noun].islower() for noun in nouns)


def _plain(word: str) -> bool:
    """Whether a word can be a surname or an initial."""
    if len(word) == 2 and word[1] == ".":
        return word[0].isupper()
    return capital(word) and word not in NO_SURNAMES and word[1:2].islower() and word.replace("-", "").isalpha()


def _by_context(
    doc: Document, spelling: str, found: Sequence[Name], surnames: AbstractSet[str], reference_data: Reference
) -> str | None:
    """Return the label of all mentions of one name by their context; None if the context is not enough."""
    first = found[0]
    labels = {name.label for name in found}
    single = first.last - first.first == 1
    if (labels <= PLACES and single) or (labels == {"PERSON"} and not single):
        return None
    text = doc.text[first.start : first.end]
    if reference_data.known(text) is not None or reference_data.country_of(text) is not None:
        return None
    person = single and "PERSON" in labels and spelling not in surnames and text.casefold() not in given_names()
    if not labels <= PLACES and spelling not in surnames and text not in BODY_HEADS and (single or not person):
        in_place = spelling in places() and any(_after_in(doc, name) for name in found)
        if in_place or any(_as_place(doc, name, reference_data) for name in found):
            return "GPE"
    if person and not any(_titled(doc, name) for name in found) and any(_as_firm(doc, name) for name in found):
        return "ORG"
    return None


def _after_in(doc: Document, name: Name) -> bool:
    """Whether "in", "from" or the like is right before."""
    return name.first > 0 and doc.folded[name.first - 1] in PLACE_PREPOSITIONS


def _as_place(doc: Document, name: Name, reference_data: Reference) -> bool:
    """Whether the context makes it a place: "the town of X", "in X, Norway"."""
    words = doc.folded
    if name.first > 1 and words[name.first - 1] == "of" and words[name.first - 2] in TOWNS:
        return True
    if not _after_in(doc, name) or doc.words[name.last : name.last + 1] != (",",):
        return False
    after = doc.words[name.last + 1 : name.last + 2]
    return bool(after) and capital(after[0]) and _is_land(after[0], reference_data)


def _is_land(word: str, reference_data: Reference) -> bool:
    spelling = key(word)
    if spelling in reference_data.regions or spelling in places():
        return True
    entry = reference_data.known(word)
    return entry is not None and entry.label == "GPE"


def _titled(doc: Document, name: Name) -> bool:
    """Whether a person's title is right before."""
    word = doc.folded[name.first - 1].rstrip(".") if name.first else ""
    return word in TITLES or word in OFFICES


def _as_firm(doc: Document, name: Name) -> bool:
    """Whether the context makes it a company."""
    token = doc.head_of(range(name.first, name.last))
    head, dep = doc.head[token], doc.dep[token]
    verb = doc.folded[head]
    if dep == "nsubj" and verb in COMPANY_SUBJECT_VERBS:
        return True
    if dep == "nsubjpass" and verb in COMPANY_OBJECT_VERBS:
        return True
    if dep == "poss" and verb in COMPANY_POSSESSED_NOUNS:
        return True
    after = doc.folded[name.last : name.last + 1]
    if after and after[0] in COMPANY_POSSESSED_NOUNS and dep == "compound":
        return True
    before = doc.folded[max(0, name.first - 2) : name.first]
    if len(before) == 2 and before[1] in ("in", "of", "at") and before[0] in COMPANY_HEAD_NOUNS:
        return True
    if doc.folded[name.last + 1 : name.last + 2] == ("its",) and doc.tag[name.last] == "IN":
        # "fined X for its late trains"
        return True
    if dep in _SUBJECTS and _shares(doc, name.last):
        return True
    # "X said its profit fell"
    return dep in _SUBJECTS and _own(doc, head, name.last)


def _shares(doc: Document, first: int) -> bool:
    """Whether "its" and something that only firms have follow in the sentence: "X grows and its shares fell"."""
    sentence = doc.sentence_of[first] if first < len(doc) else -1
    for token in range(first, min(len(doc), first + 20)):
        if doc.sentence_of[token] != sentence or (doc.tag[token] == "NNP" and doc.dep[token] in _SUBJECTS):
            return False
        if doc.folded[token] == "its" and not COMPANY_POSSESSED_NOUNS.isdisjoint(doc.folded[token + 1 : token + 3]):
            return True
    return False


def _own(doc: Document, verb: int, first: int) -> bool:
    """Whether "its" behind a verb can only refer to the verb's subject."""
    for token in range(first, min(len(doc), verb + 4)):
        if doc.folded[token] == "its":
            return True
        if doc.tag[token] in ("NN", "NNS", "NNP", "NNPS"):
            return False
    return False


def _lone_subjects(doc: Document) -> frozenset[str]:
    """Return the words that are subjects by themselves in the article, like persons named by surname."""
    return frozenset(
        doc.words[token]
        for token, dep in enumerate(doc.dep)
        if dep == "nsubj"
        and not any(doc.folded[child] in ("the", "a") or doc.dep[child] == "compound" for child in doc.children[token])
    )
