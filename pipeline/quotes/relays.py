"""Find outlets that relay words: in "X said that ..., the agency reported", X speaks and the agency is the venue."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from pipeline.document import Document
from pipeline.quotes.cues import is_outlet, passes_on
from pipeline.quotes.fragments import MIN_CLAUSE_LENGTH
from pipeline.quotes.phrases import SUBJECTS, Phrase, phrase
from pipeline.quotes.reported_utterance import Reported
from pipeline.quotes.words import PAPERS, RELAYING

# Constructions of a verb that reports what its subject says.
BY_VERB = frozenset(("after", "ahead", "parenthesis", "clause", "infinitive", "naming"))
# Most tokens of an outlet with its verb of relaying and a day.
MAX_RELAY_LENGTH = 8


def drop_relay_attributions(doc: Document, every: Sequence[Reported]) -> list[Reported]:
    """Return the reported clauses without those that only relay another; their outlets become the others' venues."""
    cues = sorted(doc.start[r.cue] for r in every)
    verbs = sorted(doc.start[r.cue] for r in every if r.construction in BY_VERB and r.entry.cue_class != "attitude")
    kept: list[Reported] = []
    relays: list[Reported] = []
    for r in every:
        (relays if _only_relays(doc, r, cues, verbs) else kept).append(r)
    found = [_cut_relay(doc, r) for r in kept]
    order = sorted((doc.start[r.cue], k) for k, r in enumerate(found))
    for relay in relays:
        first, last = relay.spans[0][0], relay.spans[-1][1]
        inside = [k for _, k in order[bisect_left(order, (first, 0)) : bisect_left(order, (last, 0))]]
        if not inside:
            continue
        inner = min(inside)
        if found[inner].via is None:
            found[inner] = replace(found[inner], via=relay.speaker)
        if relay.speaker is None:
            continue
        # "The board met, calling it late, the Norfolk Post reported": the parser gives "calling" to the paper.
        head = relay.speaker.head
        passed = [k for k in inside if (own := found[k].speaker) is not None and own.head == head]
        said_by = _own_speaker(doc, [found[k] for k in inside], relay) if passed else None
        for k in passed:
            found[k] = replace(found[k], speaker=said_by)
    return found


def _own_speaker(doc: Document, found: Sequence[Reported], relay: Reported) -> Phrase | None:
    """Return who speaks in a relayed clause: the speaker of another of its cues, else its first subject."""
    assert relay.speaker is not None
    first, last = relay.spans[0][0], relay.spans[-1][1]
    for r in found:
        if r.speaker is not None and r.speaker.head != relay.speaker.head:
            return r.speaker
    tokens = doc.tokens(first, last)
    head = next((t for t in tokens if doc.dep[t] in SUBJECTS and doc.is_noun(t)), None)
    return None if head is None else phrase(doc, head, tokens.start, tokens.stop)


def _only_relays(doc: Document, r: Reported, cues: Sequence[int], verbs: Sequence[int]) -> bool:
    """Whether an outlet only relays what another says in the clause, or the clause is only such an outlet with its
    verb. `cues`: the offsets of the cues of all clauses; `verbs`: of those with a verb of speech."""
    first, last = r.spans[0][0], r.spans[-1][1]
    if r.construction == "according" and r.speaker is not None and is_outlet(doc, r.speaker, alone=True):
        i = bisect_left(verbs, first)
        # It relays another's words only if the other's verb is in the first half of the clause.
        return i < len(verbs) and verbs[i] < first + (last - first) // 2
    if r.speaker is not None and passes_on(doc, r.speaker, r.cue):
        cues = verbs if doc.words[r.speaker.last] in PAPERS else cues
        i = bisect_left(cues, first)
        return i < len(cues) and cues[i] < last
    tokens = doc.tokens(first, last)
    if len(tokens) > MAX_RELAY_LENGTH or tokens[0] < r.cue:
        return False
    return _outlet(doc, tokens[0], tokens[-1]) is not None


def _outlet(doc: Document, first: int, last: int) -> Phrase | None:
    """Return the outlet before a verb of relaying among the tokens [first, last]."""
    verb = next((t for t in range(first, last + 1) if doc.lower[t] in RELAYING), None)
    if verb is None or verb == first:
        return None
    outlet = Phrase(first, verb - 1, verb - 1)
    return outlet if passes_on(doc, outlet, verb) else None


def _cut_relay(doc: Document, r: Reported) -> Reported:
    """Cut an outlet with its verb ("..., the agency reported") off the clause's end, and make it the venue."""
    start, end = r.spans[-1]
    tokens = doc.tokens(start, end)
    commas = [t for t in tokens[-MAX_RELAY_LENGTH:] if doc.lower[t] == "," and t > tokens[0]]
    for comma in commas:
        outlet = _outlet(doc, comma + 1, tokens[-1]) if comma < tokens[-1] else None
        if outlet is not None:
            return replace(r, spans=(*r.spans[:-1], (start, doc.end[comma - 1])), via=outlet)
    return r


def is_relay(doc: Document, r: Reported, relayed: Sequence[int]) -> bool:
    """Whether the speaker or the clause is only the outlet that relays a quotation. `relayed`: the sorted offsets of
    such outlets."""
    if r.speaker is not None:
        at = doc.start[r.speaker.head]
        i = bisect_left(relayed, at)
        if relayed[i : i + 1] == [at]:
            return True
    i = bisect_left(relayed, r.spans[0][0])
    return i < len(relayed) and relayed[i] < r.spans[-1][1] and r.spans[-1][1] - r.spans[0][0] < MIN_CLAUSE_LENGTH
