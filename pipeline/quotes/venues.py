"""Find to whom, or through what, words were said: "told Sputnik", "in an interview with Interfax", "in a statement"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.data import words
from pipeline.document import Document
from pipeline.expressions import find
from pipeline.holidays import tokens_of_holiday
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.phrases import Phrase, phrase, subject
from pipeline.quotes.words import CALENDAR, MAKING, MEDIA, OUTLET_NOUNS, REMARKS, TALKS, VERBS_WITH_ADDRESSEE

# Most tokens read from the head of a venue to see whether it is a day.
_MAX_OF_DAY = 4
# Most tokens of a name behind the kind of outlet ("the news agency ICANA").
MAX_NAME_LENGTH = 3
# A hearer is within this many tokens of the cue.
FARTHEST = 14
# Prepositions between a cue and its venue.
VENUE_PREPOSITIONS = words("function_words.tsv", "to venue")
TO_OUTLET = words("function_words.tsv", "to outlet")
WITH_OUTLET = words("function_words.tsv", "with outlet")


def venue(doc: Document, cue: int, cue_end: int) -> Phrase | None:
    """Return the venue of a cue: its hearer, else the talk, text or outlet behind a preposition."""
    if cue < 0:
        return None
    if doc.lower[cue] in VERBS_WITH_ADDRESSEE:
        hearer = doc.child(cue, "dative", "dobj")
        near = hearer is not None and cue < hearer <= cue_end + FARTHEST
        if hearer is not None and near and doc.is_noun(hearer) and not doc.tag[hearer].startswith(("PRP", "DT", "WP")):
            return _with_name(doc, hearer)
    for child in _prepositions(doc, cue):
        found = _medium(doc, child)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Remarks:
    """A sentence that only gives the venue of words: "X made the remarks in an interview with Y"."""

    at: int
    speaker: Phrase
    venue: Phrase


def remarks(context: QuoteContext) -> list[Remarks]:
    """Return the sentences outside quotation marks that only give the venue of words, in text order."""
    doc = context.doc
    found = []
    for token, word in enumerate(doc.lower):
        if word not in REMARKS or context.token_in_marks[token] or doc.dep[token] not in ("dobj", "nsubjpass"):
            continue
        verb = doc.head[token]
        if doc.lower[verb] not in MAKING:
            continue
        who = subject(doc, verb)
        where = next((v for t in (verb, token) if (v := venue(doc, t, t)) is not None), None)
        if who is not None and where is not None:
            found.append(Remarks(doc.start[token], phrase(doc, who), where))
    return found


def _prepositions(doc: Document, cue: int) -> Iterator[int]:
    """Yield the prepositions on the cue, and those on its object and other phrases behind it, nearest first."""
    for child in doc.children[cue]:
        if doc.dep[child] in ("prep", "dative") and doc.lower[child] in VENUE_PREPOSITIONS:
            yield child
        elif doc.dep[child] in ("dobj", "npadvmod", "nsubj") and child > cue:
            for grandchild in doc.children[child]:
                if doc.dep[grandchild] == "prep" and doc.lower[grandchild] in VENUE_PREPOSITIONS:
                    yield grandchild


def _medium(doc: Document, preposition: int) -> Phrase | None:
    """Return the medium behind a preposition: a talk's outlet if it is named, else the talk or text."""
    inner = doc.child(preposition, "pobj")
    if inner is None:
        return None
    word = doc.lower[inner]
    if word in TALKS:
        for child in doc.children[inner]:
            if doc.dep[child] == "prep" and doc.lower[child] in WITH_OUTLET:
                outlet = doc.child(child, "pobj")
                if outlet is not None and not _is_day(doc, outlet):
                    return _with_name(doc, outlet)
        for child in doc.children[inner]:
            if doc.dep[child] in ("compound", "poss") and doc.tag[child].startswith("NNP") and not _is_day(doc, child):
                return phrase(doc, child)
        return _with_name(doc, inner)
    if word in MEDIA:
        return _with_name(doc, inner)
    if doc.lower[preposition] in TO_OUTLET and (doc.tag[inner].startswith("NNP") or word in OUTLET_NOUNS):
        return None if _is_day(doc, inner) else _with_name(doc, inner)
    return None


def _is_day(doc: Document, token: int) -> bool:
    """Whether a token is a day or part of one: "on Dec 19", "on February 32nd", "on Halloween"."""
    if doc.lower[token] in CALENDAR or tokens_of_holiday(doc, token):
        return True
    first, last = max(0, token - 1), min(len(doc), token + _MAX_OF_DAY)
    start = doc.start[first]
    place = range(doc.start[token] - start, doc.end[token] - start)
    words = doc.text[start : doc.end[last - 1]]
    # A date has a digit or is a word of the calendar.
    return any(c.isdigit() for c in words) and any(
        e.type == "DATE" and e.start < place.stop and place.start < e.end for e in find(words)
    )


def _with_name(doc: Document, head: int) -> Phrase:
    """Return the phrase with the name behind it ("the news agency ICANA"), without its modifiers ("on Monday")."""
    found = phrase(doc, head)
    last = found.last
    for child in doc.children[head]:
        if child > head and doc.dep[child] == "prep" and doc.lower[child] != "of":
            last = min(last, child - 1)
        if child == last + 1 and doc.dep[child] == "appos" and doc.tag[child].startswith("NNP"):
            last = doc.right[child] if doc.right[child] - child <= 3 else child
    last = max(last, head)
    # "the news agency ICANA": the name continues with capitals, regardless of the tags.
    for _ in range(MAX_NAME_LENGTH):
        follows = last + 1 < len(doc) and doc.text[doc.start[last + 1]].isupper()
        if follows and doc.lower[last + 1] not in CALENDAR and doc.start[last + 1] - doc.end[last] == 1:
            last += 1
    return Phrase(found.first, last, head)
