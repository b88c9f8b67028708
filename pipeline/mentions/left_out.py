"""Find names that the language model left out, by what the article says beside them: of persons by an age, "who", a
relative, work or office, words with "I"; of bodies by a noun for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.document import Document
from pipeline.mentions.label_rules import is_named_body
from pipeline.mentions.name_boundaries import DAYS, MONTHS, after_time
from pipeline.mentions.person_context import MAX_OF_PERSON, says_i, shows_person
from pipeline.mentions.person_patterns import free_before, is_hyphen, name_start, of_name
from pipeline.mentions.spans import Name, capital, named
from pipeline.mentions.words import LEGAL_FORMS, LIKE_PERSONS, TITLES, given_names, government_verbs, places
from pipeline.reference import Reference, key

# The tagger reads surnames like Timmons as plurals.
_TAGS = ("NNP", "NNPS")
# Relations of such a name in its clause.
_POSITIONS = frozenset({"nsubj", "nsubjpass", "dobj", "pobj", "appos", "attr", "conj", "ROOT"})


def persons(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield one to four proper nouns that the words beside them show to be a person's: "Ponnammal, 71, said", "her
    brother, Moses, who is 5,", "To Ana Lume-Berg, the charity's manager,", “I was late,” Moses said."""
    for token, tag in enumerate(doc.tag):
        if tag not in _TAGS:
            continue
        if doc.dep[token] not in _POSITIONS or not of_name(doc, token, of=_TAGS):
            continue
        first = name_start(doc, token)
        if not free_before(doc, first) or after_time(doc, first, token + 1) > first or is_hyphen(doc, token + 1):
            continue
        text = doc.text[doc.start[first] : doc.end[token]]
        ends = "\n" not in text and doc.tag[token + 1 : token + 2] not in (("NNP",), ("POS",))
        if not ends or text.casefold() in LIKE_PERSONS:
            continue
        if reference_data.known(text) is not None or reference_data.country_of(text) is not None:
            continue
        if first == token and not _may_stand_alone(doc, token):
            continue
        # The rules for the words beside a name ask only about names that are no persons' yet.
        name = named(doc, first, token + 1, "ORG")
        if len(text.split()) <= MAX_OF_PERSON and (shows_person(doc, name) or says_i(doc, first, token + 1)):
            yield named(doc, first, token + 1, "PERSON")


def bodies_with_noun(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield two to four proper nouns before a noun for bodies in commas: "the pro-Lume Harbour Leader, the county's
    largest newspaper,"."""
    for token, tag in enumerate(doc.tag):
        if not tag.startswith("NNP") or doc.words[token + 1 : token + 2] != (",",) or not capital(doc.words[token]):
            continue
        first = token
        while first > 0 and token - first < MAX_OF_PERSON - 1 and _joined(doc, first - 1, token):
            first -= 1
        name = named(doc, first, token + 1, "PERSON")
        if first < token and is_named_body(doc, name, reference_data):
            yield named(doc, first, token + 1, "ORG")


def short_bodies(doc: Document, names: Sequence[Name]) -> Iterator[Name]:
    """Yield the first word of a company's name of several words where it alone says something: "Norfolk said", if
    "Norfolk Rings Limited" is in the article."""
    firms = {doc.words[n.first] for n in names if n.label == "ORG" and doc.words[n.last - 1].rstrip(".") in LEGAL_FORMS}
    firms -= {doc.words[k] for n in names if n.label == "PERSON" for k in (n.first, n.last - 1)}
    for token, dep in enumerate(doc.dep) if firms else ():
        alone = dep == "nsubj" and doc.words[token] in firms and not doc.children[token]
        if alone and doc.folded[doc.head[token]] in government_verbs():
            yield named(doc, token, token + 1, "ORG")


def _joined(doc: Document, i: int, last: int) -> bool:
    """Whether a proper noun belongs to the name that ends at `last`: not "Lume" of "pro-Lume"."""
    plain = doc.tag[i].startswith("NNP") and doc.head[i] == last and doc.dep[i] == "compound" and capital(doc.words[i])
    return plain and doc.words[i - 1 : i] != ("-",) and doc.folded[i] not in TITLES


def _may_stand_alone(doc: Document, i: int) -> bool:
    """Whether one word can be a person's name: a given name, or no known place, day or word of the article. Before a
    comma at the head of a sentence it can be any word: "Responding, the mayor said"."""
    word, small = doc.words[i], doc.folded[i]
    opens = i == 0 or doc.sentence_of[i - 1] != doc.sentence_of[i]
    if opens and doc.words[i + 1 : i + 2] == (",",) and not "".join(doc.words[i + 2 : i + 3])[:1].isdigit():
        return small in given_names()
    common = small in doc.vocabulary or key(word) in places() or word in DAYS or word in MONTHS
    return small in given_names() or not common
