"""Find names of persons behind an office and its seat or field."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.name_boundaries import POST_ABBREVIATIONS
from pipeline.mentions.person_context import INITIALS, MAX_OF_PERSON
from pipeline.mentions.person_patterns import is_hyphen, of_name, proper
from pipeline.mentions.spans import Name, capital, named
from pipeline.mentions.words import OFFICES, first_names, is_given_name, person_nouns, places
from pipeline.reference import Reference, key

# Words between an office and its seat; most words of seat and name.
SEAT_PREPOSITIONS = frozenset(("to", "for", "in", "from"))
MAX_OF_SEAT = 6
# Groups of offices that have a seat: the MP for Harbour East.
SEATED = frozenset(("post", "lawmaker"))
# Fields of offices: Minister of HEALTH; most words of several.
FIELDS = listed("bodies.tsv", "field") | {"Police", "State", "Staff", "Prosecutions", "Parliament"}
# Bodies that follow "of the": Leader of the OPPOSITION.
_OF_THE = frozenset({"Opposition", "House", "Senate", "Assembly", "Council", "Court", "Board", "Police", "Union"})
MAX_OF_FIELDS = 8


def names_after_office_seat(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield the name behind an office and its seat: "Ambassador to Moscow Ana Lume", "MP for Harbour East Ana Lume";
    also the seat if it is a known place."""
    words = doc.words
    for i in range(1, len(doc) - 3):
        if doc.folded[i] not in SEAT_PREPOSITIONS or not capital(words[i + 1]):
            continue
        if doc.folded[i - 1] not in person_nouns() and words[i - 1] not in POST_ABBREVIATIONS:
            continue
        end = i + 1
        while end < len(doc) and end - i <= MAX_OF_SEAT and proper(doc, end, i) and words[end].isalpha():
            end += 1
        for first in range(i + 2, end - 1):
            seat = doc.text[doc.start[i + 1] : doc.end[first - 1]]
            name = key(seat)
            place = name in places() or name in reference_data.capitals or reference_data.known(seat) is not None
            given = is_given_name(words[first]) or doc.folded[first] in first_names("speakers")
            if given and not place and is_given_name(words[first + 1]) and first + 2 < end:
                # "member for Upper Murray Jack Lume"
                continue
            if given or (place and end - first == MAX_OF_PERSON // 2):
                if place:
                    yield named(doc, i + 1, first, "GPE")
                yield named(doc, first, end, "PERSON")
                break
        else:
            # "councillor for Deganwy Shore Rhodri Bevan said"
            first = end - MAX_OF_PERSON // 2
            seat_in = OFFICES.get(doc.folded[i - 1], "post") in SEATED and doc.folded[doc.left[i - 1]] != "the"
            plain = all(of_name(doc, k) for k in range(first, end))
            verb = end < len(doc) and doc.is_verb(end) and words[end].islower()
            if first > i + 1 and seat_in and plain and verb:
                yield named(doc, first, end, "PERSON")


def after_field(doc: Document) -> Iterator[Name]:
    """Yield the name behind an office and its field: "Superintendent of Police Ana Lume", "Minister for Water and Sport
    Ana Lume"."""
    for i in range(1, len(doc) - 3):
        the = doc.words[i + 1] == "the" and doc.words[i + 2] in _OF_THE
        if doc.folded[i] not in ("of", "for") or not (capital(doc.words[i + 1]) or the):
            continue
        if doc.folded[i - 1] not in OFFICES and doc.words[i - 1] not in POST_ABBREVIATIONS:
            continue
        field = i + 2 * the
        for k in range(field + 1, min(len(doc), i + MAX_OF_FIELDS)):
            if doc.words[k] in FIELDS:
                field = k
            elif doc.folded[k] not in ("and", ",", "&", "public", "of"):
                break
        first, last = field + 1, field + 1
        while field > i and last < len(doc) and last - first < MAX_OF_PERSON and _of_name(doc, first, last):
            last += 1 + 2 * is_hyphen(doc, last + 1)
        ends = last <= len(doc) and not doc.tag[min(last, len(doc) - 1)].startswith("NNP")
        if last - first > 1 and ends and doc.sentence_of[last - 1] == doc.sentence_of[i]:
            yield named(doc, first, last, "PERSON")


def _of_name(doc: Document, first: int, i: int) -> bool:
    """Whether a token is part of a name that begins at `first`; the tagger reads a surname like Timmons as a plural,
    and initials without a blank as one word."""
    initials = i == first and INITIALS.fullmatch(doc.words[i]) is not None
    return initials or of_name(doc, i, of=("NNP", "NNPS") if i > first else ("NNP",))
