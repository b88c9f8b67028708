"""Names that the language model gives another label, and that the article shows to be persons'."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache
from itertools import pairwise

from pipeline.data import meanings
from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.person_linking import surname_end
from pipeline.mentions.spans import PARTICLES, Name, capital, of_letters
from pipeline.mentions.words import (
    BODY_HEADS,
    LEGAL_FORMS,
    LIKE_PERSONS,
    PRONOUNS_OF,
    address_titles,
    government_verbs,
    is_given_name,
    person_nouns,
    places,
)
from pipeline.reference import Reference, key

# Given names that are as often a place's.
LIKE_PLACES = listed("ambiguous_names.tsv", "given name")
# Last words of buildings and roads, of landscapes, and of other names that are no person's.
BUILDINGS = listed("place_words.tsv", "building")
LANDSCAPES = listed("place_words.tsv", "landscape")
NO_SURNAMES = listed("place_words.tsv", "no surname") | BUILDINGS | LANDSCAPES | BODY_HEADS
# Nouns of persons that also precede names of firms: its owner Norfolk Group.
SHARED_COMPANY_HEAD_NOUNS = listed("name_words.tsv", "also of firms")
# What a lawyer does in a trial.
COURT_PARTS = listed("name_words.tsv", "part in court")
# Surnames at the head of a name of three words: "Lim Boon Keat".
CHINESE = listed("name_words.tsv", "chinese surname")
STREETS = frozenset(meanings("time_words.tsv", "street"))
INITIALS = re.compile(r"(?:[A-Z]\.){1,3}")
RELABELLED = frozenset({"PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "WORK_OF_ART", "PRODUCT", "EVENT", "LAW"})
# Titles of any person: "Dr".
_FORMS_OF_ADDRESS = frozenset({"Dr", "Mr", "Mrs", "Ms", "Miss", "Prof"})
# Most words of a person's name.
MAX_OF_PERSON = 4
# Labels that the model gives persons' names, of which those without a known place are looked at.
_OFTEN_PERSONS = frozenset({"ORG", "GPE", "LOC", "FAC", "WORK_OF_ART", "PRODUCT", "NORP"})
# What only a person says of herself.
_FIRST_PERSON = frozenset({"i", "my", "me", "myself", "mine"})
_OWNERS = {"he": "he", "his": "he", "she": "she", "her": "she", "it": "it", "its": "it"}
# Tokens before a pronoun in which another person would make unclear who is meant.
_MAX_TO_PRONOUN = 150
# Most tokens read of a relative clause, and words in it that refer to one person.
_MAX_IN_CLAUSE = 12
_OWN = frozenset({"his", "her"})
# Most tokens between a verb of saying and the subject of its clause.
_NEAR_VERB = 4


@cache
def nouns_of_persons_alone() -> frozenset[str]:
    """Return the nouns of persons that precede no name of a firm."""
    return person_nouns() - SHARED_COMPANY_HEAD_NOUNS


def persons_by_context(
    doc: Document, names: Sequence[Name], firms: AbstractSet[str], reference_data: Reference
) -> Iterator[Name]:
    """Yield the names whose context makes them persons', whatever their label.

    `firms`: keys of names that the article uses as a firm's. A title before one of them ("Mr. Norfolk founded Norfolk")
    does not make its other mentions a person's.
    """
    titled = _titled_words(doc)
    persons = {doc.words[n.first] for n in names if n.label == "PERSON" and n.last - n.first == 1}
    full = [n for n in names if n.label == "PERSON" and n.last - n.first > 1]
    surnames = {doc.words[surname_end(doc, n) - 1]: doc.words[n.first] for n in full}
    unknown = [n for n in names if n.label != "PERSON" and not _known(doc, n, reference_data)]
    own = surnames_alone(doc) if unknown else frozenset()
    alone = speaking_alone(doc) if any(_may_be_person(doc, n) for n in unknown) else frozenset()
    for n in unknown:
        first, last = doc.words[n.first], doc.words[n.last - 1]
        if (
            # "prosecutor Ana Lume"
            shows_person(doc, n)
            # "Le Van Duc Thanh", if "Thanh said" is in the article
            or (last in alone and _may_be_person(doc, n))
            # "Dr. Imke Tempel"
            or _is_addressed(doc, n)
            # "Tempel", if "Ms. Tempel" is
            or (last in titled and _may_be_titled(doc, n) and key(doc.text[n.start : n.end]) not in firms)
            # "Le Van Duc Thanh", if the person "Thanh" is
            or (last in persons and _may_be_person(doc, n))
            # "Lim Boon Keat", if the person "Lim" is
            or (first in CHINESE and first in persons and _may_be_person(doc, n))
            # "Isla Lume", if "Morag Lume" is
            or (surnames.get(last, first) != first and _is_namesake(doc, n))
            # "Ana Lume", if “I was late,” Lume said is in the article, or "Lume said that she"
            or (last not in surnames and _is_in_full(doc, n, own))
            # “I was late,” Lume said
            or (n.label in _OFTEN_PERSONS and _may_be_titled(doc, n) and says_i(doc, n.first, n.last))
        ):
            yield n
    yield from (a for a, b in pairwise(names) if _of_one_surname(doc, a, b))
    yield from _taken_up(doc, names, unknown, firms)


def shows_person(doc: Document, name: Name) -> bool:
    """Whether the words right beside a name make it a person's."""
    return (
        _has_person_context(doc, name)
        or _is_apposed(doc, name)
        or _has_part_in_court(doc, name)
        or _of_herself(doc, name)
        or _has_clause_of_person(doc, name)
        or _is_attribute(doc, name)
    )


def _taken_up(doc: Document, names: Sequence[Name], unknown: Sequence[Name], firms: AbstractSet[str]) -> Iterator[Name]:
    """Yield names that act and that only "he" or "she" in one of the next sentences can mean: no other person is named
    or described in the tokens before the pronoun."""
    subjects = {
        n.last - 1: n
        for n in unknown
        if doc.dep[n.last - 1] == "nsubj"
        and not doc.in_marks[n.first]
        and _may_be_titled(doc, n)
        and key(doc.text[n.start : n.end]) not in firms
        and doc.folded[n.last : n.last + 2] != (",", "which")
    }
    if not subjects:
        return
    persons = {n.last - 1 for n in names if n.label == "PERSON"}
    nouns = person_nouns()
    for pronoun, small in enumerate(doc.folded):
        if small not in ("he", "she") or doc.dep[pronoun] != "nsubj" or doc.in_marks[pronoun]:
            continue
        found: Name | None = None
        for token in range(pronoun - 1, max(-1, pronoun - _MAX_TO_PRONOUN), -1):
            if token in persons or (doc.folded[token] in nouns and doc.dep[token] in ("nsubj", "nsubjpass")):
                break
            if token in subjects:
                if found is not None and found != subjects[token]:
                    break
                found = subjects[token]
        else:
            if found is not None:
                yield found


def _known(doc: Document, name: Name, reference_data: Reference) -> bool:
    text = doc.text[name.start : name.end]
    return reference_data.known(text) is not None or reference_data.country_of(text) is not None


def _name_words(doc: Document, name: Name) -> list[str]:
    """Return the words of a name; "Eva-Maria" is one."""
    return doc.text[name.start : name.end].split()


def _proper(doc: Document, name: Name) -> bool:
    tokens = range(name.first, name.last)
    # The model takes "O’Donnal" for an adjective.
    return all(doc.tag[k] == "NNP" or not doc.words[k].isalpha() for k in tokens)


def _titled_words(doc: Document) -> frozenset[str]:
    """Return the words right behind a title that only persons have: "Tempel" of "Ms. Tempel"."""
    titles = address_titles()
    words = doc.words
    return frozenset(
        words[i + 1]
        for i in range(len(doc) - 1)
        if words[i][:1].isupper()
        and doc.folded[i].rstrip(".") in titles
        and doc.tag[i + 1] == "NNP"
        and words[i + 1] not in LEGAL_FORMS
    )


def _may_be_titled(doc: Document, name: Name) -> bool:
    """Whether a name of one to three words can be a person's whom the article calls by a title elsewhere."""
    words = _name_words(doc, name)
    after = doc.tag[name.last : name.last + 1]
    return (
        name.label in ("ORG", "GPE", "WORK_OF_ART", "PRODUCT", "NORP", "FAC", "LOC", "EVENT")
        and len(words) < MAX_OF_PERSON
        and all(map(_plain, words))
        and _proper(doc, name)
        and doc.folded[name.first - 1 : name.first] not in (("the",), ("a",), ("an",), ("of",), ("in",))
        and after not in (("NNP",), ("NNPS",))
    )


def _is_addressed(doc: Document, name: Name) -> bool:
    """Whether a title that only persons have is right before a name of two or three words."""
    before = doc.words[name.first - 1] if name.first else ""
    several = name.last - name.first > 1 and doc.sentence_of[name.first - 1] == doc.sentence_of[name.first]
    return several and before.rstrip(".") in _FORMS_OF_ADDRESS and _may_be_titled(doc, name)


def _is_namesake(doc: Document, name: Name) -> bool:
    """Whether a name of two words that acts can be a person's of whose surname the article names another: "Isla Lume"
    beside "Morag Lume"."""
    acts = doc.dep[name.last - 1] in ("nsubj", "conj") and not doc.in_marks[name.first]
    return acts and name.label == "ORG" and name.last - name.first == 2 and _may_be_titled(doc, name)


def _is_apposed(doc: Document, name: Name) -> bool:
    """Whether a person's work or office in commas follows: "Deb Lume, a nurse,". Firms are leaders and owners, too, so
    such a noun counts only if the name speaks."""
    words = _name_words(doc, name)
    if name.label not in RELABELLED or not len(words) <= MAX_OF_PERSON or not all(map(_plain, words)):
        return False
    head = doc.head_of(range(name.first, name.last))
    if doc.words[name.last : name.last + 1] != (",",) or not _proper(doc, name):
        return False
    speaks = doc.dep[head] == "nsubj" and doc.folded[doc.head[head]] in government_verbs()
    speaks = speaks or doc.folded[max(0, name.first - 2) : name.first] == ("according", "to")
    if len(words) == 1 and not speaks:
        # "In Tulsa, an unarmed man"
        return False
    nouns = person_nouns() if speaks else nouns_of_persons_alone()
    return any(
        doc.dep[c] == "appos"
        and doc.left[c] == name.last + 1
        and doc.tag[c] == "NN"
        and doc.lower[c] in nouns
        and not doc.tag[min(c + 1, len(doc) - 1)].startswith("NNP")
        for c in doc.children[head]
    )


def _has_part_in_court(doc: Document, name: Name) -> bool:
    """Whether a lawyer's part in a trial in commas follows: "Huw Lume, prosecuting,"."""
    comma, part, end = (*doc.folded[name.last : name.last + 3], "", "", "")[:3]
    return comma == end == "," and part in COURT_PARTS and _may_be_titled(doc, name)


def _has_person_context(doc: Document, name: Name) -> bool:
    """Whether the words beside a name of two or more words make it a person's: "prosecutor Ana Lume", "the owner, Ana
    Lume", "J.D. Lume, 40,"."""
    words = _name_words(doc, name)
    size = len(words)
    if name.label == "PERSON" or name.label not in RELABELLED or size > MAX_OF_PERSON:
        return False
    if size == 1:
        aged = _has_age(doc, name) and (_of_longer_name(doc, name) or _may_be_titled(doc, name))
        return aged or _is_relative(doc, name)
    if words[-1] in BODY_HEADS or words[-1] in BUILDINGS or words[-1] in LANDSCAPES:
        return False
    if not all(_plain(word) or INITIALS.fullmatch(word) or word in PARTICLES for word in _name_words(doc, name)):
        return False
    after = doc.words[name.last : name.last + 3]
    if _has_age(doc, name) or _is_of_age(doc, name):
        return True
    comma = name.first > 1 and doc.words[name.first - 1] == ","
    noun = name.first - 1 - comma
    if noun < 0 or doc.lower[noun] not in person_nouns() or not doc.words[noun].islower():
        return False
    if doc.sentence_of[noun] != doc.sentence_of[name.first] or doc.tag[noun] != "NN":
        return False
    return after[:1] in ((",",), (".",)) if comma else doc.lower[noun] not in SHARED_COMPANY_HEAD_NOUNS


def _has_age(doc: Document, name: Name) -> bool:
    """Whether an age in commas follows: "J.D. Lume, 40,"."""
    after = doc.words[name.last : name.last + 3]
    return len(after) == 3 and after[0] == after[2] == "," and after[1].isdigit() and len(after[1]) == 2


def _is_of_age(doc: Document, name: Name) -> bool:
    """Whether an age without an article is right before: "63-year-old Ana Lume", not "a 63-year-old Norfolk Hotel"."""
    before = doc.folded[max(0, name.first - 6) : name.first]
    aged = before[-4:] == ("-", "year", "-", "old") and before[-5:-4] != () and before[-5].isdigit()
    return aged and before[:1] not in (("the",), ("a",), ("an",), ("its",))


def _of_longer_name(doc: Document, name: Name) -> bool:
    """Whether the model left out the given name: "Rodelyn" before "Catubay"."""
    before = name.first - 1
    return before >= 0 and doc.tag[before] == "NNP" and doc.head[before] == name.first and _plain(doc.words[name.first])


def _is_relative(doc: Document, name: Name) -> bool:
    """Whether a name of one word is somebody's relative's in commas: "her eldest son, Wycliffe,"."""
    noun = name.first - 2
    commas = noun > 0 and doc.words[name.first - 1] == "," == "".join(doc.words[name.last : name.last + 1])
    owned = commas and any(doc.dep[c] == "poss" for c in doc.children[noun])
    return owned and doc.tag[noun] == "NN" and doc.lower[noun] in PRONOUNS_OF and _plain(doc.words[name.first])


def says_i(doc: Document, first: int, last: int) -> bool:
    """Whether the tokens [first, last) say quoted words with "I", which no body does: “I was late,” Lume said."""
    verb = doc.head[last - 1]
    if doc.dep[last - 1] != "nsubj" or doc.folded[verb] not in government_verbs() or doc.in_marks[last - 1]:
        return False
    sentence = doc.sentence_tokens[doc.sentence_of[last - 1]]
    near = range(max(sentence.start, first - _MAX_TO_PRONOUN), min(sentence.stop, last + _MAX_TO_PRONOUN))
    # “My family shops here,” Lume said in ITS advert.
    body = any(doc.lower[t] == "its" and t >= last and not doc.in_marks[t] for t in near)
    return not body and any(
        doc.lower[t] in _FIRST_PERSON and doc.in_marks[t] and doc.tag[t].startswith("PRP") for t in near
    )


def _is_attribute(doc: Document, name: Name) -> bool:
    """Whether a name says who somebody is: "The daughter is Ana Lume", "Her name was Ana Lume"."""
    token = name.last - 1
    verb = doc.head[token]
    subject = doc.child(verb, "nsubj") if doc.dep[token] == "attr" and doc.lower[verb] in ("is", "was") else None
    if subject is None or not _may_be_titled(doc, name):
        return False
    owner = doc.child(subject, "poss")
    called = doc.lower[subject] == "name" and owner is not None and doc.lower[owner] in _OWN
    return called or (doc.tag[subject] == "NN" and doc.lower[subject] in PRONOUNS_OF)


def _of_herself(doc: Document, name: Name) -> bool:
    """Whether a name is of a person who says something about herself: "Whitby says she"."""
    if name.label not in ("ORG", "GPE"):
        return False
    head = doc.head_of(range(name.first, name.last))
    verb = doc.head[head]
    if doc.dep[head] != "nsubj":
        return False
    if not _two_words(doc, name) and any(doc.tag[i].startswith("NNP") for i in range(name.first)):
        return False
    subjects = [doc.child(c, "nsubj") for c in doc.children[verb] if doc.dep[c] == "ccomp" and c > verb]
    return any(i is not None and doc.lower[i] in ("he", "she") and i - verb < _NEAR_VERB for i in subjects)


def _has_clause_of_person(doc: Document, name: Name) -> bool:
    """Whether "who" and a verb for one person are behind a name of two or more words, or "who" and "his" or "her".
    Teams and bands are who, too, with a plural or a past tense: "Norfolk Rovers, who lost"."""
    if (
        not _may_be_titled(doc, name)
        or name.last - name.first == 1
        or doc.folded[name.last : name.last + 2] != (",", "who")
    ):
        return False
    who = name.last + 1
    verb = doc.head[who]
    verbs = (verb, *(c for c in doc.children[verb] if doc.dep[c] in ("aux", "auxpass")))
    owners = doc.folded[who : min(doc.right[verb] + 1, who + _MAX_IN_CLAUSE)]
    return doc.dep[verb] == "relcl" and (any(doc.tag[v] == "VBZ" for v in verbs) or not _OWN.isdisjoint(owners))


def _two_words(doc: Document, name: Name) -> bool:
    words = _name_words(doc, name)
    return 1 < len(words) < MAX_OF_PERSON and all(map(_plain, words)) and _proper(doc, name)


def reads_like_person(doc: Document, name: Name) -> bool:
    """Whether a name reads like a person's: a given name, and no words of other kinds of names."""
    words = _name_words(doc, name)
    return (
        1 < len(words) <= MAX_OF_PERSON
        and (all(map(is_given_name, words[0].split("-"))) or words[0].casefold() in LIKE_PLACES)
        and doc.text[name.start : name.end].casefold() not in LIKE_PERSONS
        and all(map(_plain, words[1:]))
        and _proper(doc, name)
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


def speaking_alone(doc: Document) -> frozenset[str]:
    """Return the words that by themselves are the subject of a verb of speech or will."""
    return frozenset(
        doc.words[i]
        for i, dep in enumerate(doc.dep)
        if dep == "nsubj" and doc.folded[doc.head[i]] in government_verbs() and not doc.children[i]
    )


def surnames_alone(doc: Document) -> frozenset[str]:
    """Return the words that alone say "I", or that "he" or "she" takes up and never "it", as in the narrator's words:
    "Lume", "Lume-Berg"."""
    found: dict[int, str] = {}
    for token, dep in enumerate(doc.dep):
        if dep not in ("nsubj", "nsubjpass") or doc.tag[token] != "NNP" or doc.in_marks[token]:
            continue
        parts = doc.children[token]
        hyphened = len(parts) == 2 and parts == (token - 2, token - 1) and doc.words[token - 1] == "-"
        if not parts or hyphened:
            found[token] = doc.text[doc.start[token - 2 * hyphened] : doc.end[token]]
    after = pronouns_after(doc, found.keys())
    things = {found[token] for token in found if "it" in after[token]}
    own = {text for token, text in found.items() if after[token] or says_i(doc, token, token + 1)}
    return frozenset(own - things)


def _is_in_full(doc: Document, name: Name, alone: AbstractSet[str]) -> bool:
    """Whether a name of two words ends in one that the article uses alone as a person's surname."""
    first, *others = _name_words(doc, name)
    surname = others[0] if len(others) == 1 else ""
    plain = surname in alone and surname.casefold() not in doc.vocabulary and key(surname) not in places()
    named_so = plain and name.label in _OFTEN_PERSONS and first not in alone and not doc.in_marks[name.first]
    return named_so and _may_be_titled(doc, name)


def without_body(doc: Document, name: Name, alone: AbstractSet[str]) -> Name:
    """Return a person's name without the body behind "of" that the model joins to it: "Ana Lume" of "Ana Lume of the
    Movement", if `alone` has the surname."""
    behind = name.first + 2
    joined = name.label in _OFTEN_PERSONS and behind < name.last and doc.words[behind] == "of"
    if not joined or doc.words[behind - 1] not in alone:
        return name
    person = replace(name, end=doc.end[behind - 1], last=behind, label="ORG")
    return replace(person, label="PERSON") if _is_in_full(doc, person, alone) else name


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


def _plain(word: str) -> bool:
    """Whether a word can be a surname or an initial."""
    if len(word) == 2 and word[1] == ".":
        return word[0].isupper()
    # "O'Neill"
    word = word[2:] if word[1:2] in ("'", "’") and word[0].isupper() else word
    return capital(word) and word not in NO_SURNAMES and word[1:2].islower() and of_letters(word.replace("-", ""))


def pronouns_after(doc: Document, subjects: AbstractSet[int]) -> dict[int, frozenset[str]]:
    """Return by subject which of he, she and it are subjects or owners behind it in the narrator's words of its
    sentence, and which is the first subject of the next one or owns it. Time is linear in the text."""
    found: dict[int, frozenset[str]] = {}
    for sentence in {doc.sentence_of[token] for token in subjects}:
        behind: set[str] = set()
        for following in doc.sentence_tokens[sentence + 1 : sentence + 2]:
            first = next((t for t in following if doc.dep[t] == "nsubj" and not doc.in_marks[t]), None)
            owners = () if first is None else (first, *(c for c in doc.children[first] if doc.dep[c] == "poss"))
            behind.update(_OWNERS[doc.lower[t]] for t in owners if doc.lower[t] in _OWNERS)
        for token in reversed(doc.sentence_tokens[sentence]):
            if token in subjects:
                found[token] = frozenset(behind)
            refers = doc.lower[token] in _OWNERS and doc.dep[token] in ("nsubj", "nsubjpass", "poss")
            if refers and not doc.in_marks[token]:
                behind.add(_OWNERS[doc.lower[token]])
    return found
