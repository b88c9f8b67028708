"""Clauses that date the words before them: "She made the remarks on Monday", "She was speaking in Kiel"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.data import words
from pipeline.dates import tense
from pipeline.document import Document

_WORDS = "saying_words.tsv"
_REMARKS, _MAKING = words("media.tsv", "remark"), words("reporting_verbs.tsv", "making")
# "The remarks came in an interview."
_COMING = words(_WORDS, "coming")
_SPEAKING, _SAME = words(_WORDS, "speaking"), words(_WORDS, "same-occasion")
_BE = words("tense_words.tsv", "be")


def dates_preceding_words(doc: Document, verb: int) -> bool:
    """Whether the clause of a verb only says where or when the words before it were said."""
    word = tense.word(doc, verb)
    if doc.tag[verb] == "VBG" and word in _SPEAKING:
        return any(
            doc.dep[c] == "aux" and doc.tag[c] == "VBD" and tense.word(doc, c) in _BE for c in doc.children[verb]
        )
    made = ("dobj", "nsubjpass") if word in _MAKING else ("nsubj",) if word in _COMING else ()
    return any(doc.dep[c] in made and tense.word(doc, c) in _REMARKS and _is_known(doc, c) for c in doc.children[verb])


def speakers(doc: Document, named: Sequence[int]) -> Iterator[int]:
    """Yield the speakers of remarks, among the tokens in `named`: "Her comments came" names her."""
    for token in named:
        if tense.word(doc, token) not in _REMARKS:
            yield token
        elif (owner := doc.child(token, "poss")) is not None:
            yield owner


def _is_known(doc: Document, noun: int) -> bool:
    """Whether the remarks are already in the text: "the remarks", "his comments", not "a statement"."""
    opening = doc.child(noun, "det", "poss")
    return opening is not None and (doc.dep[opening] == "poss" or tense.word(doc, opening) in _SAME)


def is_reporter(doc: Document, tokens: range) -> bool:
    """Whether an outlet only relays what was said to others: "according to the agency", "the agency reported"."""
    head = doc.head_of(tokens)
    above = doc.head[head]
    return doc.dep[head] == "nsubj" or (
        tense.word(doc, above) == "to" and tense.word(doc, doc.head[above]) == "according"
    )
