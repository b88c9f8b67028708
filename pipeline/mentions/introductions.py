"""Names by which unnamed persons are introduced: "a trader who gave her name only as Iya Lume"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.spans import capital
from pipeline.mentions.words import person_nouns

# Words of the phrases, for all persons.
_OF_ANYBODY = {"his": "her", "their": "her", "himself": "herself", "themselves": "herself"}
# First words of phrases that give names to places, groups and things, too: "the area KNOWN as Lower Lume".
_OF_THINGS = frozenset({"known", "identified", "goes"})
# The person's noun is in this many tokens before the phrase.
REACH = 14


@cache
def _phrases() -> dict[str, list[tuple[str, ...]]]:
    """Return the phrases before a name by their last word."""
    found: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for phrase in listed("name_words.tsv", "gives a name"):
        words = tuple(phrase.split())
        found[words[-1]].append(words)
    return found


def introductions(doc: Document) -> Iterator[tuple[int, int]]:
    """Yield the noun of a person, and the first token of the name that a phrase behind it gives the person."""
    phrases = _phrases()
    for i, word in enumerate(doc.folded[:-1]):
        for phrase in phrases.get(_OF_ANYBODY.get(word, word), ()):
            first = i + 1 - len(phrase)
            said = first > 0 and phrase == tuple(_OF_ANYBODY.get(w, w) for w in doc.folded[first : i + 1])
            if not said or not capital(doc.words[i + 1]) or doc.sentence_of[i + 1] != doc.sentence_of[first]:
                continue
            noun = _person_before(doc, first, of_persons=phrase[0] not in _OF_THINGS)
            if noun is not None and doc.sentence_of[noun] == doc.sentence_of[first]:
                yield noun, i + 1
                break


def _person_before(doc: Document, phrase: int, *, of_persons: bool) -> int | None:
    """Return the noun of the person to whom a phrase gives a name: none if the name can be that of a thing in between,
    "a resident of the AREA known as Lower Lume"."""
    for k in range(phrase - 1, max(-1, phrase - REACH), -1):
        if doc.words[k] in person_nouns() and doc.tag[k] == "NN":
            return k
        proper = doc.tag[k].startswith("NNP")
        if not of_persons and doc.tag[k].startswith("NN") and not (proper and doc.head[phrase] < k):
            return None
    return None
