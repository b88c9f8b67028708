"""Find names of persons that the language model left out, by what the article says beside them: an age, "who", a
relative, work or office, words with "I"."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.document import Document
from pipeline.mentions.name_boundaries import DAYS, MONTHS, after_time
from pipeline.mentions.person_context import MAX_OF_PERSON, says_i, shows_person
from pipeline.mentions.person_patterns import free_before, is_hyphen, name_start, of_name
from pipeline.mentions.spans import Name, named
from pipeline.mentions.words import LIKE_PERSONS, given_names, places
from pipeline.reference import Reference, key

# The tagger reads surnames like Timmons as plurals.
_TAGS = ("NNP", "NNPS")
# Where such a name stands in its clause.
_POSITIONS = frozenset({"nsubj", "nsubjpass", "dobj", "pobj", "appos", "attr", "conj", "ROOT"})


def unfound_persons(doc: Document, reference_data: Reference) -> Iterator[Name]:
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
        name = named(doc, first, token + 1, "ORG")
        if len(text.split()) <= MAX_OF_PERSON and (shows_person(doc, name) or says_i(doc, first, token + 1)):
            yield named(doc, first, token + 1, "PERSON")


def _may_stand_alone(doc: Document, i: int) -> bool:
    """Whether one word can be a person's name: a given name, or no known place, day or word of the article. Before a
    comma at the head of a sentence it can be any word: "Responding, the mayor said"."""
    word, small = doc.words[i], doc.folded[i]
    opens = i == 0 or doc.sentence_of[i - 1] != doc.sentence_of[i]
    if opens and doc.words[i + 1 : i + 2] == (",",) and not doc.words[i + 2][:1].isdigit():
        return small in given_names()
    common = small in doc.vocabulary or key(word) in places() or word in DAYS or word in MONTHS
    return small in given_names() or not common
