"""Decide whether an expression is the day on which something was said.

It is if it modifies the verb of saying itself, or the occasion that the verb names ("said in an interview on Monday",
"told a crowd in Kiel on Monday"). It is not if it belongs to the speaker's description, to the object of the verb, or
to another clause.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.data import meanings, words
from pipeline.dates import tense
from pipeline.document import Document

_WORDS = "saying_words.tsv"
# Prepositions that say when, and those that lead from a verb of saying to its occasion.
_WHEN, _LEADING = words(_WORDS, "when"), words(_WORDS, "leading")
# Occasions of saying. Among them are documents, which can be the speaker ("a report of 2009 found").
_DOCUMENTS = words(_WORDS, "document")
_OCCASIONS = words(_WORDS, "occasion") | _DOCUMENTS | words(_WORDS, "audience")
# Parts of a clause that do not date the verb's own act.
_APART = frozenset(("appos", "conj", "relcl", "acl", "advcl", "ccomp", "pcomp", "csubj", "parataxis", "agent"))
_SUBJECT = frozenset(("nsubj", "nsubjpass"))
_MAX_STEPS = 12
_MAX_NOUNS = 3
# A participle of these before a verb of saying is the same act: "speaking on Monday, the mayor said".
_SPEAKING = words(_WORDS, "speaking")
# Any subject of these speaks: "the ministry on Monday said".
_PLAIN = words(_WORDS, "plain")
# "An interview aired on Monday", "a statement released on Monday".
_SHOWN = words(_WORDS, "shown")
_SIDES = meanings("event_words.tsv", "side").keys()


class SayingEvent(NamedTuple):
    """`verb`: the verb that an expression modifies; `saying_verb`: the verb of the act, mostly the same. If `verb`
    dates an occasion ("in an interview aired on Monday"), `occasion` is its noun."""

    verb: int
    saying_verb: int
    occasion: int | None = None


def act_of(doc: Document, start: int, end: int) -> SayingEvent | None:
    """Return the act that the characters [start, end) modify, or None if there is no verb."""
    verb = tense.governing_verb(doc, start, end)
    if verb is None:
        return None
    head, word = doc.head[verb], tense.word(doc, verb)
    if doc.tag[verb] == "VBG" and word in _SPEAKING:
        if doc.dep[verb] in ("advcl", "csubj"):
            return SayingEvent(verb, head)
        if doc.dep[verb] == "acl" and doc.dep[head] in _SUBJECT:
            return SayingEvent(verb, doc.head[head])
    head = _occasion_above(doc, head)
    if doc.dep[verb] == "acl" and word in _SHOWN and tense.word(doc, head) in _OCCASIONS:
        saying_verb = tense.verb_above(doc, head)
        return None if saying_verb is None else SayingEvent(verb, saying_verb, head)
    return SayingEvent(verb, verb)


def _occasion_above(doc: Document, noun: int) -> int:
    """Return the noun that a participle describes, past nouns of its own: "a letter to the board dated May 8"."""
    for _ in range(_MAX_NOUNS):
        prep = doc.head[noun]
        if tense.word(doc, noun) in _OCCASIONS or doc.dep[noun] != "pobj" or not doc.is_noun(doc.head[prep]):
            break
        noun = doc.head[prep]
    return noun


def is_led_to(doc: Document, occasion: int, verb: int) -> bool:
    """Whether the occasion of a verb is where it says something: "promised in a circular", not "read from a letter"."""
    prep = doc.head[occasion]
    side = doc.head[prep]
    beside = side == verb or (doc.dep[side] in _SUBJECT and doc.head[side] == verb)
    return beside and tense.word(doc, prep) in _LEADING


def is_when(doc: Document, start: int, end: int) -> bool:
    """Whether the characters [start, end) say when something was: without a preposition, or after "on" and the like,
    not after "before", "after", "since" or "by"."""
    tokens = doc.tokens(start, end)
    if not tokens:
        return False
    before = doc.head[doc.head_of(tokens)]
    return doc.dep[before] != "prep" or doc.tag[before].startswith("N") or tense.word(doc, before) in _WHEN


def is_day_of(doc: Document, start: int, end: int, act: SayingEvent, speaker: range, venue: range) -> bool:
    """Whether the characters [start, end) date an act of saying. `speaker` and `venue` are the tokens of speaker and
    hearer, or empty."""
    tokens = doc.tokens(start, end)
    if not tokens:
        return False
    token = next((t for t in tokens if doc.head[t] not in tokens), tokens[-1])
    if act.verb != act.saying_verb:
        beside = _is_attached_to_verb(doc, token, act.verb, venue)
        return beside and (act.occasion is None or _is_attached_to_verb(doc, act.occasion, act.saying_verb, venue))
    if _is_beside(doc, tokens, token, act.verb) or _is_after(doc, tokens, venue):
        return True
    if tense.is_misattached_to_name(doc, tokens, act.verb):
        return True
    if _is_of_object(doc, tokens, act.verb):
        return False
    if token in speaker:
        # "A 2009 report found": the speaker is the document, not a person connected with it.
        named = doc.head[token]
        return tense.word(doc, named) in _DOCUMENTS and doc.head[named] not in speaker
    side = doc.head[token]
    if side == tokens[-1] + 1 and doc.head[side] == act.verb and tense.word(doc, side) in _SIDES:
        return True  # "a day after the expiration he said": counted from the event (events)
    return _is_attached_to_verb(doc, token, act.verb, venue)


def _is_attached_to_verb(doc: Document, token: int, verb: int, venue: range) -> bool:
    """Whether the path from a day or an occasion up to a verb contains nothing else that the day modifies."""
    first = token
    for _ in range(_MAX_STEPS):
        head = doc.head[token]
        if (doc.dep[token] in _APART and not tense.is_of_title(doc, token)) or head == token:
            return False
        inverted = doc.dep[head] in _SUBJECT and doc.head[head] == verb < head
        if head == verb or (inverted and token != first and tense.word(doc, token) in _LEADING):
            # "said the council in a report": the parser may attach the occasion to the subject.
            return _can_lead(doc, token, first)
        if not _leads(doc, token, head, is_first=token == first, venue=venue):
            return False
        token = head
    return False


def _is_beside(doc: Document, tokens: range, token: int, verb: int) -> bool:
    """Whether a day is right before the verb, or after a comma after its subject, though the parser attaches it to the
    subject: "residents on Monday said", "said the director, Lena Brandt, on Monday"."""
    prep = doc.head[token]
    if tense.word(doc, prep) != "on" or prep != tokens.start - 1:
        return False
    subject = doc.head[prep]
    if tokens.stop <= verb <= tokens.stop + 1:
        named = doc.tag[subject] in ("NNP", "NNPS", "NNS") or tense.word(doc, verb) in _PLAIN
        return named and doc.head[subject] == verb and doc.dep[subject] in _SUBJECT
    after_comma = verb < prep and tense.word(doc, prep - 1) == ","
    return after_comma and not any(doc.is_verb(t) for t in range(verb + 1, prep)) and prep - verb <= _MAX_STEPS


def _is_after(doc: Document, tokens: range, venue: range) -> bool:
    """Whether a day is right after the hearer, wherever the parser attaches it: "told Face the Nation on Sunday"."""
    prep = tokens.start - 1 if tense.word(doc, tokens.start - 1) == "on" else tokens.start
    return bool(venue) and prep == venue.stop


def _is_of_object(doc: Document, tokens: range, verb: int) -> bool:
    """Whether a day is right after the topic of the verb: "said of the fire on 2 November"."""
    prep = tokens.start - 1
    if prep < 1 or doc.dep[prep] != "prep" or doc.head[prep] != verb or not doc.tag[prep - 1].startswith("NN"):
        return False
    about = (t for t in doc.children[verb] if verb < t < prep and tense.word(doc, t) in ("of", "about"))
    return any(doc.right[t] == prep - 1 for t in about)


def _can_lead(doc: Document, token: int, first: int) -> bool:
    """Whether the verb's dependent with the expression may date the saying: any but a subject, except a document."""
    is_day = token == first and tense.word(doc, token) not in _OCCASIONS
    return is_day or doc.dep[token] not in _SUBJECT or tense.word(doc, token) in _DOCUMENTS


def _leads(doc: Document, token: int, head: int, *, is_first: bool, venue: range) -> bool:
    """Whether the path from an expression up to its verb may go from a token to its head."""
    word = tense.word(doc, head)
    if doc.tag[head] == "RB":
        return True  # "back in October"
    if doc.dep[head] in ("prep", "dative") and not doc.tag[head].startswith("N"):
        return word in (_WHEN if is_first else _LEADING)
    if tense.is_of_title(doc, head):
        return True
    if doc.is_verb(head) or (doc.dep[token] == "poss" and not is_first):
        return False
    return word in _OCCASIONS or head in venue or doc.tag[head] in ("NNP", "NNPS")
