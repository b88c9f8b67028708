"""Find dated events that happen once, and what they happen to: the end of an embargo, a death, a vote.

Belongs here: which temporal expressions date such an event, its class, what it happened to, and what the expression's
own words say of its day. Does not belong here: finding expressions (expressions), their days (dates), matching events
of several articles (date_bounds).

Only the classes of single_events.tsv are kept, because everyday acts ("said", "met", "won") date nothing in other
articles. Some are one event only together with their place: a primary in Ohio, a shooting in Kiel.
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

CODE_VERSION = "7"
TABLE = "single_events.tsv"
_VOTE = "vote"
# More of them in one sentence are a list, which identifies no event.
MAX_NOUNS = 12
MAX_CHAINS = 8
# Words that refer to a noun above or beside their clause: "which is due to expire".
_WH = ("WDT", "WP", "WRB")
# Labels of places, and prepositions between an event and its place.
_PLACES = ("GPE", "LOC", "FAC")
_AT = ("in", "at")
# Prepositions before an event at whose time something is done.
_DURING = ("in", "at", "during", "through")
# Relations of an event's noun to the verb that is dated: "won the primary on Tuesday".
_HAPPENS = ("nsubj", "nsubjpass", "dobj")
_WHO = ("nsubj", "nsubjpass", "dobj", "poss", "agent", "prep")
# Within this many sentences, a day of saying in the same words makes it unclear which of the two is meant.
_NEAR = 2
_ARGUMENTS = ("nsubj", "nsubjpass", "dobj", "attr", "compound", "poss", "amod")


@dataclass(frozen=True, slots=True)
class Event:
    """The event that an expression, characters [start, end) of the text, dates; columns of the table `events`.

    themes      stems of the nouns that it happened to
    nouns       stems of the common nouns around it, including the themes
    chains      chains of the mentions in its sentence
    beside      chains of the mentions in the sentences before and after it
    direction   negative for the past, positive for the future, 0 if unknown
    year, month, month_day, weekday   in the words of the expression (Monday is 0)
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
    """Return kind of an event's word (pipeline.dates.events.kind) -> its class."""
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
    """Yield the events that the rows of `dates` date, in text order."""
    found = {(e.start, e.end): e for e in expressions}
    dates = list(dates)
    places = {doc.head_of(tokens): m["chain"] for m in mentions if (tokens := _place(doc, m))}
    for row in dates:
        expression = found.get((row["start"], row["end"]))
        if row["type"] not in ("DATE", "TIME") or row["problem"] is not None:
            continue
        holder = tense.modified_head(doc, row["start"], row["end"])
        if holder is None or _is_denied(doc, holder) or (doc.is_noun(holder) and _is_of_saying(doc, row, dates)):
            continue
        local = _local(doc, holder, places)
        event = _class(doc, row["start"], row["end"]) if local is None else local[0]
        if event is None or (event == _VOTE and _is_of_electorate(doc, holder)):
            continue
        if local is None:
            around = _named_around(doc, event, holder, row["start"], mentions)
        else:
            around = (event,), (event,), local[1], ()
        if around is not None:
            direction = tense.direction(doc, row["start"], row["end"])
            yield Event(row["start"], row["end"], event, *around, direction, *calendar_parts(expression))


type _Named = tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...], tuple[int, ...]]


def _named_around(
    doc: Document, event: str, holder: int, start: int, mentions: Sequence[Mapping[str, Any]]
) -> _Named | None:
    """Return themes, nouns, chains and chains beside of an event; None if they do not identify it."""
    first, last = _around(doc, holder, start)
    themes = sorted({*_themes(doc, holder)} - _vague())
    common = {kind(doc.lower[t]) for t in doc.tokens(first, last) if doc.tag[t] in ("NN", "NNS")}
    nouns = sorted(common - _vague() - _classes().keys())
    chains, beside = _chains(mentions, first, last), list[int]()
    if event in _personal():
        chains = sorted(set(chains) & _taking_part(doc, holder, mentions))
    else:
        beside = [chain for chain in _chains(mentions, *_wider(doc, first, last)) if chain not in chains]
    if not (chains or beside) or not (themes or nouns):
        return None
    return tuple(themes), tuple(nouns[:MAX_NOUNS]), tuple(chains[:MAX_CHAINS]), tuple(beside[:MAX_CHAINS])


@cache
def _personal() -> frozenset[str]:
    """Return classes of events that people do or undergo themselves; bystanders do not identify these."""
    return frozenset(meanings(TABLE, "personal"))


def _taking_part(doc: Document, holder: int, mentions: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return chains of the mentions that are subject or object of an event's verb or noun, or of the verb above it:
    "ended his bid and suspended his campaign"."""
    verb = holder
    while doc.dep[verb] in ("conj", "xcomp", "advcl") and doc.head[verb] != verb:
        verb = doc.head[verb]
    heads = [c for t in (holder, verb) for c in doc.children[t] if doc.dep[c] in _WHO]
    if doc.dep[holder] in ("relcl", "acl"):
        heads.append(doc.head[holder])
    agents = [c for t in heads if doc.dep[t] in ("agent", "prep") for c in doc.children[t] if doc.dep[c] == "pobj"]
    taking = {*heads, *agents}
    for other in (c for t in sorted(taking) for c in doc.children[t] if doc.dep[c] == "conj"):
        while other not in taking:  # "Morocco, Portugal and Spain signed"
            taking.add(other)
            other = next((c for c in doc.children[other] if doc.dep[c] == "conj"), other)
    return {
        m["chain"] for m in mentions if (tokens := doc.tokens(m["start"], m["end"])) and doc.head_of(tokens) in taking
    }


@cache
def _local_classes() -> Mapping[str, str]:
    """Return noun of an event that is identified by its place -> its class."""
    return meanings(TABLE, "local")


def _place(doc: Document, mention: Mapping[str, Any]) -> range:
    """Return the tokens of a mention if it is a place, else none."""
    return doc.tokens(mention["start"], mention["end"]) if mention["label"] in _PLACES else range(0)


def _local(doc: Document, holder: int, places: Mapping[int, int]) -> tuple[str, tuple[int, ...]] | None:
    """Return the class of a dated event and the chains of its places ("the primary in Ohio on Tuesday"), or None."""
    for noun in [holder] if doc.is_noun(holder) else [*_happening(doc, holder)]:
        name = _local_classes().get(doc.lower[noun])
        if name is None:
            continue
        beside = [c for c in doc.children[noun] if doc.dep[c] in ("compound", "nmod", "poss", "amod")]
        following = [c for t in (noun, *((holder,) if noun != holder else ())) for c in doc.children[t]]
        beside += [
            c
            for prep in following
            if doc.dep[prep] == "prep" and doc.lower[prep] in _AT
            for c in doc.children[prep]
            if doc.dep[c] == "pobj"
        ]
        chains = sorted({places[token] for token in beside if token in places})
        if chains:
            return name, tuple(chains[:MAX_CHAINS])
    return None


def _happening(doc: Document, verb: int) -> Iterator[int]:
    """Yield the nouns of which a dated verb may tell that they happened: "won the primary", "won in the primary"."""
    yield from (c for c in doc.children[verb] if doc.dep[c] in _HAPPENS)
    for prep in doc.children[verb]:
        if doc.dep[prep] == "prep" and doc.lower[prep] in _DURING:
            yield from (c for c in doc.children[prep] if doc.dep[c] == "pobj")


def _is_of_saying(doc: Document, row: Mapping[str, Any], dates: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the same words nearby date a saying. In "she had said that it would be so after the end of the ban in
    May. “...,” she said in May" the first May also dates her saying."""
    at = doc.sentence_at(row["start"])
    return any(
        other["relation"] == "when_said"
        and other["text"].casefold() == row["text"].casefold()
        and abs(doc.sentence_at(other["start"]) - at) <= _NEAR
        for other in dates
    )


def _class(doc: Document, start: int, end: int) -> str | None:
    for word in happening(doc, start, end):
        if word in _classes():
            return _classes()[word]
    holder = tense.modified_head(doc, start, end)
    # "the expiration of the embargo in September": the parser may attach the date to either noun.
    above = None if holder is None or doc.dep[holder] != "pobj" else doc.head[holder]
    if above is None or doc.lower[above] != "of" or not doc.is_noun(doc.head[above]):
        return None
    return _classes().get(kind(doc.lower[doc.head[above]]))


def _is_of_electorate(doc: Document, holder: int) -> bool:
    """Whether a verb of voting is about voters, who vote on many days: "states voting on Tuesday"."""
    subjects = [c for c in doc.children[holder] if doc.dep[c] in ("nsubj", "nsubjpass")]
    if doc.dep[holder] in ("acl", "relcl"):
        subjects.append(doc.head[holder])
    # "The United States" is one voter.
    return any(doc.lower[t] in _electorate() and doc.lower[t - 1 : t] != ("united",) for t in subjects)


@cache
def _electorate() -> frozenset[str]:
    return frozenset(meanings(TABLE, "electorate"))


def _is_denied(doc: Document, holder: int) -> bool:
    return any(doc.dep[child] == "neg" for child in doc.children[holder])


def _around(doc: Document, holder: int, start: int) -> tuple[int, int]:
    """Return the span of the sentence, and of the one before if the event has no subject ("at 4 a.m. were resumed")."""
    at = doc.sentence_at(start)
    sentence = doc.sentences[at]
    first = sentence.start
    subject = any(doc.dep[child] in ("nsubj", "nsubjpass") for child in doc.children[holder])
    if at and doc.is_verb(holder) and not subject and sentence.role == doc.sentences[at - 1].role:
        first = doc.sentences[at - 1].start
    return first, sentence.end


def _wider(doc: Document, first: int, last: int) -> tuple[int, int]:
    """Return the characters from the sentence before these characters to the one after them."""
    before, after = doc.sentence_at(first) - 1, doc.sentence_at(last - 1) + 1
    start = doc.sentences[before].start if before >= 0 else first
    return start, doc.sentences[after].end if after < len(doc.sentences) else last


def _chains(mentions: Sequence[Mapping[str, Any]], first: int, last: int) -> list[int]:
    """Return chains of the mentions that start in [first, last), in order of their number."""
    return sorted({m["chain"] for m in mentions if first <= m["start"] < last})


def _themes(doc: Document, holder: int) -> Iterator[str]:
    """Yield stems of the nouns that an event's verb or noun is about."""
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


def calendar_parts(expression: Expression | None) -> tuple[int | None, int | None, int | None, int | None]:
    """Return year, month, day of the month and weekday in the words; none for a weekday of another week ("last Sunday",
    "Sunday week")."""
    if expression is None:
        return None, None, None, None
    days = expression.interval
    if days is not None and days[0] == days[1]:
        return days[0].year, days[0].month, days[0].day, days[0].weekday()
    moved = expression.amount is not None or expression.steps or expression.toward is not None
    if moved or expression.pick is not None:
        return None, None, None, None
    return expression.year, expression.month, expression.day, expression.weekday
