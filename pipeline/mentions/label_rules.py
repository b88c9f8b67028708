"""Label names by their own words and by their context in the article.

The language model labels each mention separately. Here all mentions of one name are weighed together: the context of
one of them decides for all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.acting_bodies import BODY_NOUNS, NOUNS, POINTS, bodies_by_context
from pipeline.mentions.person_context import (
    BUILDINGS,
    LANDSCAPES,
    LIKE_PLACES,
    MAX_OF_PERSON,
    RELABELLED,
    STREETS,
    persons_by_context,
    reads_like_person,
)
from pipeline.mentions.person_linking import surname_end
from pipeline.mentions.spans import PLACES, Name, capital, named, trimmed
from pipeline.mentions.words import (
    BODY_HEADS,
    OFFICES,
    TITLES,
    given_names,
    government_verbs,
    is_given_name,
    places,
)
from pipeline.reference import Reference, key

# "the town of X"
TOWNS = listed("place_words.tsv", "kind of place")
# Words before a place.
PLACE_PREPOSITIONS = listed("place_words.tsv", "before a place")
# What companies do, what is done to them, what they have: "X collapsed", "X was sold", "shares in X".
COMPANY_SUBJECT_VERBS = listed("company_words.tsv", "does")
COMPANY_OBJECT_VERBS = listed("company_words.tsv", "is done")
COMPANY_POSSESSED_NOUNS = listed("company_words.tsv", "has")
COMPANY_HEAD_NOUNS = listed("company_words.tsv", "of")
# "X went into ADMINISTRATION"
COMPANY_STATES = listed("company_words.tsv", "state")
TEAM_NOUNS = listed("sport.tsv", "before a team")
_INTRODUCING = TEAM_NOUNS | NOUNS
# Nouns behind the name of a medium.
_PAPERS = frozenset((word,) for word in ("newspaper", "daily", "weekly", "magazine", "tabloid", "broadcaster"))
# Most mentions of one name whose context is read.
MAX_NAMED = 200
# Verbs with an object whose subject "it" can be nothing.
IMPERSONAL = frozenset({"take", "make", "mean", "cost"})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})


def assign_labels(doc: Document, names: Sequence[Name], reference_data: Reference) -> list[Name]:
    """Return the names with the labels that their words and the article give them."""
    names = [_by_words(doc, _branch(doc, name, reference_data), reference_data) for name in names]
    spelled: defaultdict[str, list[Name]] = defaultdict(list)
    lone = {doc.words[n.first] for n in names if n.label == "PERSON" and n.last - n.first == 1}
    for name in names:
        spelled[key(doc.text[name.start : name.end])].append(name)
    for i, word in enumerate(doc.words):
        # The model may label a firm in one sentence only, and there as a person.
        if word in lone and doc.tag[i] == "NNP" and len(spelled[key(word)]) < MAX_NAMED:
            spelled[key(word)].append(named(doc, i, i + 1, "PERSON"))
    surnames = _surnames(doc, names)
    like_places = [n for n in names if n.label != "PERSON" and reads_like_person(doc, n)]
    acting = _lone_subjects(doc) if like_places else frozenset()
    given = {
        spelling: label
        for spelling, found in spelled.items()
        if (label := _by_context(doc, spelling, found, surnames, reference_data)) is not None
    }
    given |= {
        key(doc.text[n.start : n.end]): "PERSON"
        for n in like_places
        if doc.words[n.last - 1] in acting or _two_given_names_speak(doc, n)
    }
    firms = {
        spelling for spelling, found in spelled.items() if any(_as_firm(doc, n) or _says_it(doc, n) for n in found)
    }
    persons = persons_by_context(doc, names, firms, reference_data)
    given |= {key(doc.text[n.start : n.end]): "PERSON" for n in persons}
    given |= {key(doc.text[n.start : n.end]): "ORG" for n in names if is_named_body(doc, n, reference_data)}
    texts = (doc.text[n.start : n.end] for n in bodies_by_context(doc, names, surnames))
    given |= {key(text): "ORG" for text in texts if not _is_known_place(text, reference_data)}
    if not given:
        return names
    labels = [given.get(key(doc.text[n.start : n.end]), n.label) for n in names]
    return [n if label == n.label else _relabelled(doc, n, label) for n, label in zip(names, labels, strict=True)]


def _is_known_place(text: str, reference_data: Reference) -> bool:
    spelling = key(text)
    known = spelling in places() or spelling in reference_data.capitals or spelling in reference_data.regions
    return known or reference_data.country_of(text) is not None


def _relabelled(doc: Document, name: Name, label: str) -> Name:
    """Return the name with the label, without the titles before a person's."""
    person = trimmed(doc, name.start, name.end, label) if label == "PERSON" else None
    return person or replace(name, label=label)


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
        or small in POINTS
        or reference_data.country_of(word)
        or key(word) in places()
    )
    joined = i + 1 == len(doc) or doc.text[doc.end[i] : doc.start[i + 1]] in (" ", "")
    return (part and plain and not apart and joined) or word in ("'s", "’s")


def _surnames(doc: Document, names: Iterable[Name]) -> frozenset[str]:
    """Return the first and last words of persons named in full."""
    full = (n for n in names if n.label == "PERSON" and n.last - n.first > 1)
    return frozenset(key(doc.words[k]) for n in full for k in (n.first, surname_end(doc, n) - 1))


def _by_words(doc: Document, name: Name, reference_data: Reference) -> Name:
    """Label a name by its own words: "Dean Kamen" is a person, "Century City Towers" a building."""
    if name.last - name.first == 1 or name.label not in RELABELLED:
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
    if name.label != "PERSON" and reads_like_person(doc, name) and words[0].casefold() not in LIKE_PLACES:
        return replace(name, label="PERSON")
    return name


def is_named_body(doc: Document, name: Name, reference_data: Reference) -> bool:
    """Whether "the company" or the like is right before a name or in apposition to it: "the ferry company Norfolk",
    "Harrow Textiles, a clothing chain"."""
    introduced = name.first > 0 and doc.lower[name.first - 1] in _INTRODUCING
    place = name.label in PLACES and introduced and key(doc.text[name.start : name.end]) not in places()
    if not (place or name.label in ("PERSON", "PRODUCT", "WORK_OF_ART")) or is_given_name(doc.words[name.first]):
        return False
    if reference_data.known(doc.text[name.start : name.end]) is not None or _titled(doc, name):
        return False
    head = doc.head_of(range(name.first, name.last))
    single = name.last - name.first == 1
    if doc.lower[name.last : name.last + 1] in _PAPERS and doc.head[head] == name.last:
        # "the Norfolk newspaper"
        return doc.folded[name.first - 1 : name.first] == ("the",)
    nouns = [c for c in doc.children[head] if doc.dep[c] == "appos" and doc.left[c] == name.last + 1 and not single]
    if name.first:
        nouns.append(name.first - 1)
    if name.first > 1 and doc.words[name.first - 1] == "," and not single and doc.head[head] == name.first - 2:
        # "a charity, Warm Homes,"
        nouns.append(name.first - 2)
    introducing = _INTRODUCING | BODY_NOUNS if single else _INTRODUCING
    return any(doc.lower[noun] in introducing and doc.words[noun].islower() for noun in nouns)


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
    if dep == "nsubj" and (verb in COMPANY_SUBJECT_VERBS or _insolvent(doc, head)):
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
    if dep in _SUBJECTS and any(doc.lower[c] == "itself" for c in doc.children[head]):
        # "a chip that X designed itself"
        return True
    # "X said its profit fell"
    return dep in _SUBJECTS and _own(doc, head, name.last)


def _says_it(doc: Document, name: Name) -> bool:
    """Whether a name is of a firm that says what it does: "Norfolk said that it would cut jobs"."""
    token = name.last - 1
    verb = doc.head[token]
    if doc.dep[token] != "nsubj" or doc.folded[verb] not in government_verbs():
        return False
    for clause in doc.children[verb]:
        subject = doc.child(clause, "nsubj") if doc.dep[clause] == "ccomp" and clause > verb else None
        # "It would rain", "it would take months" say nothing of a firm.
        acts = doc.child(clause, "dobj") is not None and doc.lower[clause] not in IMPERSONAL
        if subject is not None and doc.lower[subject] == "it" and acts and doc.child(clause, "aux") is not None:
            return True
    return False


def _insolvent(doc: Document, verb: int) -> bool:
    """Whether a verb and the words behind it say that a firm failed: "went into administration"."""
    behind = doc.folded[verb + 1 : verb + 4]
    return behind[:1] in (("into",), ("in",)) and not COMPANY_STATES.isdisjoint(behind)


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


def _two_given_names_speak(doc: Document, name: Name) -> bool:
    """Whether a name of two given names says something: "Savannah Brooke said"."""
    head = name.last - 1
    speaks = doc.dep[head] == "nsubj" and doc.folded[doc.head[head]] in government_verbs()
    return speaks and name.last - name.first == 2 and is_given_name(doc.words[head])


def _lone_subjects(doc: Document) -> frozenset[str]:
    """Return the words that are subjects by themselves in the article, like persons named by surname."""
    return frozenset(
        doc.words[token]
        for token, dep in enumerate(doc.dep)
        if dep == "nsubj"
        and not any(doc.folded[child] in ("the", "a") or doc.dep[child] == "compound" for child in doc.children[token])
    )
