"""Dated clauses -> events that happen once to what they happen to: the end of an embargo, a death, a vote.

Belongs here: which temporal expressions date such an event, its class, what it happened to, and what the expression
says of its day by its own words. Does not belong here: finding expressions (expressions), their days (dates), which
events of many articles are one (date_bounds).

Only the classes of single_events.tsv are kept: what people do every day ("said", "met", "won") dates nothing elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipeline.data import meanings
from pipeline.dates import tense
from pipeline.dates.events import happening, kind
from pipeline.document import Document
from pipeline.expressions import Expression

CODE_VERSION = "1"
TABLE = "single_events.tsv"
# More of them in one sentence are a list, which says little of one event.
MOST_NOUNS = 12
MOST_CHAINS = 8
# Words that stand for what the clause above or beside names: "which is due to expire".
_WH = ("WDT", "WP", "WRB")
_ARGUMENTS = ("nsubj", "nsubjpass", "dobj", "attr", "compound", "poss", "amod")


@dataclass(frozen=True, slots=True)
class Event:
    """What an expression, characters [start, end) of the text, dates; columns of the table `events`.

    themes      stems of the nouns that it happened to
    nouns       stems of the common nouns around it, the themes among them
    chains      chains of the mentions in its sentence
    beside      chains of the mentions in the sentences before and after it
    direction   negative where it has happened, positive where it is to come, 0 where nothing tells
    year, month, month_day, weekday   what the words of the expression say (Monday is 0)
    """

    start: int
    end: int
    event: str
    themes: tuple[str, ...]
    nouns: tuple[str, ...]
    chains: tuple[int, ...]
    beside: tuple[int, ...]
    direction: int
    year: int | None
    month: int | None
    month_day: int | None
    weekday: int | None


@cache
def _classes() -> Mapping[str, str]:
    """Kind of an event's word (pipeline.dates.events.kind) -> its class."""
    return {kind(word): name for word, name in meanings(TABLE, "class").items()}


@cache
def _vague() -> frozenset[str]:
    return frozenset(kind(word) for word in meanings(TABLE, "vague"))


def events(
    doc: Document,
    expressions: Sequence[Expression],
    dates: Iterable[Mapping[str, Any]],
    mentions: Sequence[Mapping[str, Any]],
) -> Iterator[Event]:
    """The events that the rows of `dates` date, in text order."""
    found = {(e.start, e.end): e for e in expressions}
    for row in dates:
        expression = found.get((row["start"], row["end"]))
        if row["type"] not in ("DATE", "TIME") or row["problem"] is not None:
            continue
        holder = tense.holder(doc, row["start"], row["end"])
        event = _class(doc, row["start"], row["end"])
        if holder is None or event is None or _is_denied(doc, holder):
            continue
        first, last = _around(doc, holder, row["start"])
        around = doc.tokens(first, last)
        themes = sorted({*_themes(doc, holder)} - _vague())
        nouns = sorted(
            {kind(doc.lower[t]) for t in around if doc.tag[t] in ("NN", "NNS")} - _vague() - _classes().keys()
        )
        chains = _chains(mentions, first, last)
        beside = [chain for chain in _chains(mentions, *_wider(doc, first, last)) if chain not in chains]
        if not (chains or beside) or not (themes or nouns):
            continue
        yield Event(
            row["start"],
            row["end"],
            event,
            tuple(themes),
            tuple(nouns[:MOST_NOUNS]),
            tuple(chains[:MOST_CHAINS]),
            tuple(beside[:MOST_CHAINS]),
            tense.direction(doc, row["start"], row["end"]),
            *_said(expression),
        )


def _class(doc: Document, start: int, end: int) -> str | None:
    for word in happening(doc, start, end):
        if word in _classes():
            return _classes()[word]
    holder = tense.holder(doc, start, end)
    # "the expiration of the embargo in September": the parser may hang the date on either noun.
    above = None if holder is None or doc.dep[holder] != "pobj" else doc.head[holder]
    if above is None or doc.lower[above] != "of" or not doc.is_noun(doc.head[above]):
        return None
    return _classes().get(kind(doc.lower[doc.head[above]]))


def _is_denied(doc: Document, holder: int) -> bool:
    return any(doc.dep[child] == "neg" for child in doc.children[holder])


def _around(doc: Document, holder: int, start: int) -> tuple[int, int]:
    """The characters of the sentence, with the one before where the event has no subject in its own ("at 4 a.m. were
    resumed")."""
    at = doc.sentence_at(start)
    sentence = doc.sentences[at]
    first = sentence.start
    subject = any(doc.dep[child] in ("nsubj", "nsubjpass") for child in doc.children[holder])
    if at and doc.is_verb(holder) and not subject and sentence.role == doc.sentences[at - 1].role:
        first = doc.sentences[at - 1].start
    return first, sentence.end


def _wider(doc: Document, first: int, last: int) -> tuple[int, int]:
    """The characters from the sentence before some characters to the one after them."""
    before, after = doc.sentence_at(first) - 1, doc.sentence_at(last - 1) + 1
    start = doc.sentences[before].start if before >= 0 else first
    return start, doc.sentences[after].end if after < len(doc.sentences) else last


def _chains(mentions: Sequence[Mapping[str, Any]], first: int, last: int) -> list[int]:
    """Chains of the mentions that start in [first, last), in order of their number."""
    return sorted({m["chain"] for m in mentions if first <= m["start"] < last})


def _themes(doc: Document, holder: int) -> Iterator[str]:
    """Stems of the nouns that a verb or noun of an event is about."""
    if doc.is_noun(holder) and kind(doc.lower[holder]) not in _classes():
        yield from _heads(doc, holder)
    for token in (holder, *doc.children[holder]):
        if doc.dep[token] in _ARGUMENTS and token != holder:
            yield from _heads(doc, token)
        elif doc.dep[token] == "prep" and doc.lower[token] == "of":
            for child in doc.children[token]:
                yield from _heads(doc, child)
    if doc.dep[holder] == "relcl":
        yield from _heads(doc, doc.head[holder])
    if doc.dep[holder] == "csubj":
        # "What expired was an embargo"
        for child in doc.children[doc.head[holder]]:
            if doc.dep[child] == "attr":
                yield from _heads(doc, child)


def _heads(doc: Document, token: int) -> Iterator[str]:
    if doc.tag[token] in ("NN", "NNS"):
        yield kind(doc.lower[token])
    elif doc.tag[token] in _WH and doc.dep[doc.head[token]] == "relcl":
        above = doc.head[doc.head[token]]
        if doc.tag[above] in ("NN", "NNS"):
            yield kind(doc.lower[above])


def _said(expression: Expression | None) -> tuple[int | None, int | None, int | None, int | None]:
    """Year, month, day of the month and weekday that the words say; nothing of a weekday of another week ("last
    Sunday", "Sunday week")."""
    if expression is None:
        return None, None, None, None
    days = expression.interval
    if days is not None and days[0] == days[1]:
        return days[0].year, days[0].month, days[0].day, days[0].weekday()
    moved = expression.amount is not None or expression.steps or expression.toward is not None
    if moved or expression.pick is not None:
        return None, None, None, None
    return expression.year, expression.month, expression.day, expression.weekday
