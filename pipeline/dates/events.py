"""Days counted from an event that the text itself dates: "a day after the expiration", "two days before the vote".

Precision comes first: the event must be dated to the day, in another clause, and always to the same day. Otherwise the
expression keeps the meaning of its own words.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.data import meanings
from pipeline.dates import participants, same_day, tense
from pipeline.dates.rows import Date
from pipeline.document import Document
from pipeline.expressions import Expression, calendar

_DAYS = {"D": 1, "W": 7}
_SIDES = {word: int(sign) for word, sign in meanings("event_words.tsv", "side").items()}
# "within five days after": a length, not a day.
_LENGTHS = meanings("event_words.tsv", "length-before")
# The most characters of " before " or " after the " between an expression and its anchor.
_GAP = 12
# The largest distance between a word and its dependent.
_MAX_WORDS = 40
# With more dated clauses of one kind of event it is unclear which is meant.
_MAX_DATED = 30
# Verbs that only say that their subject or object happened.
_LIGHT = meanings("event_words.tsv", "light")
_LIGHT_BESIDE = ("nsubj", "nsubjpass", "dobj", "prep")
# Conjunctions of one time, and adverbs that put "after" or "before" within a day.
_AS, _SOON = meanings("event_words.tsv", "as"), meanings("event_words.tsv", "soon")
# Words for one kind of event without a common stem, and the endings to remove from others.
_KIND = meanings("event_words.tsv", "event")
_ENDINGS = tuple(meanings("event_words.tsv", "ending"))
_MIN_STEM = 4
# Kind of event -> the kind of what brings it about at once.
_CAUSES = {"die": "kill"}


@dataclass(frozen=True, slots=True)
class _Event:
    """The event that an expression is counted from: its kind, and the noun that identifies it ("of the embargo") or the
    token of its possessor ("his arrest")."""

    kind: str
    of: str | None
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class _Dated:
    """A dated event: its day, the index of its sentence, and the token of its verb or noun."""

    day: datetime.date
    sentence: int
    token: int


def kind(word: str) -> str:
    """Return one key for an event's noun and the forms of its verb ("arrest", "arrested"; "election", "elected")."""
    if word in _KIND:
        return _KIND[word]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            word = word.removesuffix(ending)
            # "announcement" and "announced" have one key.
            word = word if ending.startswith("e") else word.removesuffix("e")
            break
    return word[:-1] if word[-1:] == word[-2:-1] else word


def asked(doc: Document, found: Sequence[Expression]) -> bool:
    """Whether any expression is counted from an event."""
    return any(_side(doc, expression) for expression in found)


def counted(
    doc: Document,
    found: Sequence[Expression],
    read: Sequence[Date | None],
) -> Mapping[int, Expression]:
    """Return index -> day, for expressions counted from an event. `read` holds what each means by its words, or None if
    that is not certain yet."""
    events = {
        index: (sign, event)
        for index, expression in enumerate(found)
        if (sign := _side(doc, expression)) and (event := _event(doc, expression))
    }
    if not events:
        return {}
    wanted = {event.kind for _, event in events.values()}
    caused = wanted & _CAUSES.keys()
    # An event with a verb of its own in the article ("died after a long illness") is not the result of another.
    verbs = [t for t in range(len(doc)) if doc.is_verb(t)] if caused else []
    stated = caused.intersection(kind(doc.lower[t]) for t in verbs)
    dated = _dated(doc, read, wanted | {_CAUSES[name] for name in caused})
    words: dict[int, frozenset[str]] = {}
    out: dict[int, Expression] = {}
    for index, (sign, event) in events.items():
        named = _named(found[index], read[index + 1] if index + 1 < len(read) else None)
        before = read[index - 1] if same_day.is_apposed(doc, found, index) else None
        if before is not None and before.earliest is not None and before.earliest == before.latest:
            out[index] = _on(found[index], before.earliest, 0)
            continue
        if named is not None:
            out[index] = _on(found[index], named, sign)
            continue
        places = dated.get(event.kind, [])
        caused_by = [] if places or event.kind in stated else dated.get(_CAUSES.get(event.kind, ""), [])
        if len(places) + len(caused_by) > _MAX_DATED:
            continue
        places = [place for place in places if _is_owned(doc, event, participants.of(doc, place.token))]
        places += [place for place in caused_by if _is_affected(doc, event, participants.affected(doc, place.token))]
        for place in places:
            if place.sentence not in words:
                sentence = doc.sentences[place.sentence]
                words[place.sentence] = frozenset(tense.word(doc, t) for t in doc.tokens(sentence.start, sentence.end))
        days = {place.day for place in places if event.of is None or event.of in words[place.sentence]}
        if len(days) == 1:
            out[index] = _on(found[index], days.pop(), sign)
    return out


def _dated(doc: Document, read: Sequence[Date | None], wanted: set[str]) -> Mapping[str, list[_Dated]]:
    """Return kind -> the events of these kinds that a date of one day dates."""
    out: dict[str, list[_Dated]] = {}
    for row in read:
        if row is None or row.earliest is None or row.earliest != row.latest:
            continue
        holders = {*_holders(doc, row.start, row.end), *_at_the_time(doc, row.start, row.end)}
        for token in sorted(holders):
            key = kind(tense.word(doc, token))
            if key in wanted:
                out.setdefault(key, []).append(_Dated(row.earliest, doc.sentence_at(row.start), token))
    return out


def _is_owned(doc: Document, event: _Event, heads: Sequence[int]) -> bool:
    """Whether an event can be one with these participants; without a possessor or participants, it can."""
    return event.owner is None or not heads or participants.agrees(doc, event.owner, heads)


def _is_affected(doc: Document, event: _Event, heads: Sequence[int]) -> bool:
    """Whether an event happens to one of these, by its possessor or the noun after "of"."""
    if event.owner is not None:
        return participants.agrees(doc, event.owner, heads)
    return event.of is not None and any(event.of == tense.word(doc, head) for head in heads)


def _named(expression: Expression, following: Date | None) -> datetime.date | None:
    """Return the date that follows: "the day after Thanksgiving". As in TIMEX3, "two days before Thanksgiving" stays a
    quantity."""
    if expression.anchor != "event" or following is None or following.start - expression.end > _GAP:
        return None
    return following.earliest if following.earliest == following.latest else None


def _on(expression: Expression, day: datetime.date, sign: int) -> Expression:
    """Return the expression as a date, its number of days or weeks before or after `day`."""
    step = sign * abs(expression.amount or 0) * _DAYS[expression.unit or ""]
    try:
        moved = day + datetime.timedelta(step)
    except OverflowError:
        return expression
    if not calendar.within((moved, moved)):
        return expression
    return replace(
        expression, type="DATE", form="value", value=moved.isoformat(), interval=(moved, moved), anchor="context"
    )


def _side(doc: Document, expression: Expression) -> int:
    """Return 1 for a number of days after what follows it, -1 for before, and 0 for other expressions."""
    counts = expression.anchor == "event" or (expression.type == "DURATION" and expression.toward is None)
    if not counts or expression.unit not in _DAYS or not expression.amount or expression.mod is not None:
        return 0
    tokens = doc.tokens(expression.start, expression.end)
    if not tokens or tokens.stop >= len(doc):
        return 0
    if tokens.start > 0 and tense.word(doc, tokens.start - 1) in _LENGTHS:
        return 0
    return _SIDES.get(tense.word(doc, tokens.stop), 0)


def _event(doc: Document, expression: Expression) -> _Event | None:
    """Return the event behind "after" or "before": a noun ("the vote"), or the verb of a clause ("he was arrested")."""
    after = doc.tokens(expression.start, expression.end).stop
    if doc.dep[after] == "mark":
        verb = doc.head[after]
        return _Event(kind(tense.word(doc, verb)), None) if doc.tag[verb].startswith("VB") and verb > after else None
    noun = next(_dependents(doc, after, "pobj"), None)
    if noun is None or not doc.tag[noun].startswith("NN"):
        return None
    of = next((t for t in _dependents(doc, noun, "prep") if tense.word(doc, t) == "of"), None)
    whose = None if of is None else next(_dependents(doc, of, "pobj"), None)
    of_whom = None if whose is None else tense.word(doc, whose)
    return _Event(kind(tense.word(doc, noun)), of_whom, participants.possessor(doc, noun))


def happening(doc: Document, start: int, end: int) -> Iterator[str]:
    """Yield the kinds of event that a date dates: of the verb or noun that it modifies."""
    return (kind(tense.word(doc, token)) for token in _holders(doc, start, end))


def _holders(doc: Document, start: int, end: int) -> Iterator[int]:
    """Yield the verb or noun that a date modifies, and the nouns of which a light verb only says that they happened."""
    head = tense.modified_head(doc, start, end)
    if head is None:
        return
    yield head
    beside = [t for dep in _LIGHT_BESIDE for t in _dependents(doc, head, dep)]
    if tense.word(doc, head) in _LIGHT:
        for token in beside:
            inner = next(_dependents(doc, token, "pobj"), token)
            if doc.tag[inner].startswith("NN"):
                yield inner


def _at_the_time(doc: Document, start: int, end: int) -> Iterator[int]:
    """Yield the verb of the event at whose time a dated clause is: "was shot as he left on Sunday", "was shot shortly
    after he left on Sunday"."""
    verb = tense.modified_head(doc, start, end)
    if verb is None or doc.dep[verb] != "advcl":
        return
    opening = {tense.word(doc, c) for c in doc.children[verb] if doc.dep[c] in ("mark", "advmod")}
    beside = (verb, *(c for c in doc.children[verb] if doc.dep[c] == "mark"))
    soon = any(tense.word(doc, c) in _SOON for t in beside for c in doc.children[t])
    if opening & _AS.keys() or (soon and opening & _SIDES.keys()):
        yield doc.head[verb]


def _dependents(doc: Document, head: int, dep: str) -> Iterator[int]:
    """Yield the nearby dependents of a word with this label, from left to right."""
    for token in doc.children[head]:
        if doc.dep[token] == dep and -_MAX_WORDS <= token - head < _MAX_WORDS:
            yield token
