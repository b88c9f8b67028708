"""Infer bounds from offices and their holders: a person who acts in an office holds it, or held it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from pipeline.data import any_of, load, words
from pipeline.documents.metadata.evidence import DatedSentence, PublicationBound
from pipeline.expressions import Expression

_WORDS = "publication_words.tsv"
# A person named after one of these does not hold the office.
NOT_HOLDING = re.compile(
    rf"\b(?:{any_of(words(_WORDS, 'not-holding'))})[ -]"
    r"(?:house |u\.?s\.? |british |u\.?k\.? |u\.?n\.? |state )?$",
    re.IGNORECASE,
)
# "former Vice President" is no former president. At most a country ("U.S.") is between the word and the title.
FORMER = re.compile(rf"\b(?:[Ff]ormer|[Ee]x)[ -](?:(?!(?i:{any_of(words(_WORDS, 'below'))})\b)[A-Z][\w.]{{1,11}} )?$")
BEFORE_TITLE = 24
SUPPOSED = re.compile(r"\b(?:if|would|could|might|were to|had been)\b", re.IGNORECASE)
# Present tense right after the name.
IN_OFFICE = re.compile(rf"(?:, [^,.]{{1,60}},)? (?:{any_of(words(_WORDS, 'in-office'))})\b")
# An act in the past right after the name: the person holds the office, or held it.
ACTED = re.compile(rf"(?:, [^,.]{{1,60}},)? (?:{any_of(words(_WORDS, 'acted'))})\b")
# An act of a president: nobody else signs such orders. The name precedes it.
ORDERED = re.compile(r"\b(?:issu|sign|revok|rescind)(?:ed|ing) (?:[\w-]+ ){0,4}executive orders?\b")
PRESIDENT = "President"


@dataclass(frozen=True, slots=True)
class Term:
    """A term: the first and last day in office (`last` None: still in office), and the first day on which the holder
    could be called "former". Two holders of one name, or two terms of one, are one term, with the time between."""

    title: str
    name: str
    first: date
    former: date
    last: date | None
    example: str
    source: str


def terms() -> tuple[Term, ...]:
    """Return the terms of `terms_of_office.tsv`."""
    return load("terms_of_office.tsv", Term)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Term], ...]:
    """Return the pattern of each term: the title, up to two names, the listed name ("President Barack Obama")."""
    return tuple(
        (re.compile(rf"\b{re.escape(term.title)} (?:[A-Z][\w.’-]{{1,15}} ){{0,2}}{re.escape(term.name)}\b(?!-)"), term)
        for term in terms()
    )


@cache
def _surnames() -> re.Pattern[str]:
    """Return the pattern of any holder's name: a sentence without one is skipped."""
    return re.compile(rf"\b(?:{'|'.join(sorted({re.escape(term.name) for term in terms()}))})\b")


def bounds(sentence: DatedSentence) -> Iterator[PublicationBound]:
    """Yield the bounds of a sentence. A person who acted in an office did so after the first day in it. One who acts on
    a day of this week, or in the present tense, holds it. One who is called "former" no longer holds it."""
    text = sentence.text
    if not _surnames().search(text, sentence.start, sentence.end):
        return
    supposed = bool(SUPPOSED.search(text, sentence.start, sentence.end))
    recent = any(map(_recent, sentence.expressions)) and not any(one.interval for one in sentence.expressions)
    shown = text[sentence.start : sentence.end]
    for pattern, term in _patterns():
        if term.name not in shown:
            continue
        for found in pattern.finditer(text, sentence.start, sentence.end):
            start, end = found.span()
            before = (max(sentence.start, start - BEFORE_TITLE), start)
            if FORMER.search(text, *before):
                yield PublicationBound(True, term.former, True, "no longer in office", start, end)
            if supposed or NOT_HOLDING.search(text, *before):
                continue
            now = recent or bool(IN_OFFICE.match(text, end, sentence.end))
            if now or ACTED.match(text, end, sentence.end):
                yield PublicationBound(True, term.first, True, "in office", start, end)
            if now and term.last:
                yield PublicationBound(False, term.last, True, "in office", start, end)
    ordered = None if supposed else ORDERED.search(text, sentence.start, sentence.end)
    if ordered:
        yield from _ordering(text, sentence.start, ordered.start())


def _ordering(text: str, start: int, end: int) -> Iterator[PublicationBound]:
    """Yield the bound of an executive order: the president named nearest before it signed it."""
    named = [
        (found.end(), found.start(), term)
        for term in terms()
        if term.title == PRESIDENT
        for found in re.finditer(rf"\b{re.escape(term.name)}\b", text[start:end])
    ]
    if named:
        last, first, term = max(named, key=lambda one: one[:2])
        yield PublicationBound(True, term.first, True, "in office", start + first, start + last)


def _recent(one: Expression) -> bool:
    """Whether only a report of the same days uses such an expression: "on Tuesday", "this week"."""
    if one.form == "weekday":
        return True
    return (
        one.form == "offset" and one.anchor == "speech" and one.unit in {"D", "W", "WE"} and abs(one.amount or 0) <= 1
    )
