"""Find verbs of saying beside quoted words."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.quotes.phrases import Phrase, is_event
from pipeline.quotes.words import ALWAYS, OUTLETS, PAPERS, RELAYING, constructions_of, cue_verbs

# Most characters between a cue and its quotation.
FARTHEST = 1500
# Lume WENT WITH a plan, TO a school: nothing was said.
NOT_GOING_ON = (("with",), ("to",), ("into",), ("from",), ("in",), ("there",), ("home",))
AGENCIES = listed("news_agencies.tsv", "agency")
# Verbs of saying that also tell how something goes on: work BEGAN.
PHASES = frozenset(("begin", "continue", "go", "open", "start"))


def verbal(doc: Document, token: int) -> bool:
    """Whether a token is a verb: by its tag, or as one of the words that are always one ("said")."""
    return doc.is_verb(token) or doc.lower[token] in ALWAYS


def quoting_verbs(doc: Document, tokens: Sequence[int]) -> list[int]:
    """Return the verbs among the tokens that introduce quoted words."""
    return [
        t
        for t in tokens
        if (e := cue_verbs().get(doc.lower[t])) is not None
        and "quotation" in e.constructions
        and verbal(doc, t)
        # "the latest RULING"
        and not (doc.dep[t] == "amod" and doc.tag[t - 1] in ("DT", "JJ", "JJS"))
        and not (e.lemma == "go" and doc.lower[t + 1 : t + 2] in NOT_GOING_ON)
        and not (e.lemma in PHASES and _goes_on(doc, t))
    ]


def _goes_on(doc: Document, verb: int) -> bool:
    """Whether a verb says how an event or a state goes on: "the talks began well", "it went unnoticed"."""
    own = doc.child(verb, "nsubj")
    return doc.child(verb, "acomp") is not None or (own is not None and is_event(doc, own))


def noun_for_cue(doc: Document, tokens: Sequence[int], most: int) -> int | None:
    """Return the cue that the tagger calls a noun ("the two WRITE"), or None if the tokens up to a comma or stop are
    more than it and its speaker, or more than `most` words."""
    first = next((i for i, t in enumerate(tokens) if doc.lower[t] == "," or doc.tag[t] == "."), len(tokens))
    words = [t for t in tokens[:first] if doc.tag[t] not in ("RB", "HYPH")]
    if not 1 < len(words) <= most or any(doc.is_verb(t) for t in words):
        return None
    return words[-1] if "quotation" in constructions_of(doc.lower[words[-1]]) else None


def cue_span(doc: Document, cue: int) -> tuple[int, int]:
    """Return the cue with its particle: "pointed out", "went on"."""
    child = doc.child(cue, "prt")
    return (cue, child) if child == cue + 1 else (cue, cue)


def passes_on(doc: Document, speaker: Phrase | None, cue: int) -> bool:
    """Whether the cue is a verb of relaying and the speaker an outlet: the agency reported."""
    if speaker is None or cue < 0 or doc.lower[cue] not in RELAYING:
        return False
    return is_outlet(doc, speaker)


def is_outlet(doc: Document, speaker: Phrase, alone: bool = False) -> bool:
    """Whether a phrase names an outlet: an agency, "the newspaper", "the Norfolk Courier". `alone`: it must be the
    phrase's head, not "a survey by Reuters"."""
    held = range(speaker.head if alone else speaker.first, speaker.last + 1)
    if alone and speaker.head != speaker.last:
        return False
    if doc.words[speaker.last] in PAPERS and speaker.last > speaker.first and doc.words[speaker.last - 1][:1].isupper():
        return True
    return any(doc.lower[t] in OUTLETS or doc.words[t] in AGENCIES for t in held) or (
        doc.text[doc.start[speaker.first] : doc.end[speaker.last]] in AGENCIES
    )
