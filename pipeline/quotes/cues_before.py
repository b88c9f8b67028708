"""Find the verb of saying before quoted words where the nearest one, or the tree, is misleading."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.document import Document
from pipeline.marks import QuotedSpan
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.cues import cue_span
from pipeline.quotes.labels import Attribution
from pipeline.quotes.non_assertive_cues import is_hypothetical_cue, is_negated_cue
from pipeline.quotes.phrases import FINITE, RELATIVES, SUBJECTS, phrase, subject
from pipeline.quotes.words import constructions_of, cue_verbs

# Before or at the beginning of what somebody is called: called it A “joke”, called it “A joke”.
ARTICLES = frozenset(("a", "an"))


def reporting_cues(doc: Document, cues: Sequence[int], near: Sequence[int]) -> list[int]:
    """Return the cues up to the one that reports the words behind the tokens, without those whose object is the noun
    above ("wrote in a letter that I READ") or that only describe it ("a clip of herself SINGING")."""
    found = [t for t in cues if not _describes(doc, t) or (doc.dep[t] == "relcl" and t == cues[0])]
    joined = next((t for t in reversed(near) if doc.lower[t] == "that" and doc.lower[t - 1] == "and"), None)
    first = [t for t in found if joined is not None and t < joined and doc.lower[t + 1] == "that"]
    if not first or any(t > joined for t in found if joined is not None):
        return found
    # "said THAT the council had agreed, AND THAT it was": the verb before the first "that" reports both.
    return found[: found.index(first[-1]) + 1]


def _describes(doc: Document, verb: int) -> bool:
    own = doc.child(verb, *SUBJECTS)
    if own is None or own > verb:
        return False
    read = doc.dep[verb] == "relcl" and doc.lower[own] not in RELATIVES
    return read or (doc.dep[verb] == "pcomp" and doc.lower[doc.head[verb]] == "of")


def by_naming(
    context: QuoteContext, quoted_span: QuotedSpan, tokens: Sequence[int], near: Sequence[int]
) -> Attribution | None:
    """Match a verb of naming whose object has a clause or an infinitive, which the tree can give the quoted words: X
    called the idea that they were to close a “joke”."""
    doc = context.doc
    naming = [t for t in near if "calling" in constructions_of(doc.lower[t]) and doc.is_verb(t)]
    inside = doc.tokens(quoted_span.start, quoted_span.end)
    if not naming or not inside or is_negated_cue(context, naming[-1]) or is_hypothetical_cue(doc, naming[-1]):
        return None
    cue = naming[-1]
    complement = doc.child(cue, "oprd", "ccomp", "xcomp")
    introduces = doc.text[quoted_span.outer_end : quoted_span.outer_end + 1] == ":"
    if complement in inside and doc.dep[cue] != "pcomp" and not introduces:
        # The tree gives the clause, too (`reported`).
        return None
    between = range(cue + 1, near[-1] + 1)
    itself = doc.lower[near[-1]] == "the" and doc.lower[cue + 1].endswith(("self", "selves"))
    article = itself or doc.lower[near[-1]] in ARTICLES or doc.lower[inside[0]] in ARTICLES
    if not article or not between or doc.tag[cue + 1] in ("IN", "RP") or any(doc.tag[t] in (",", ":") for t in between):
        return None
    finite = (t for t in between if doc.tag[t] in FINITE and doc.dep[t] != "relcl")
    if any("quotation" in constructions_of(doc.lower[t]) for t in finite):
        # "called a meeting and said it was a “joke”"
        return None
    head = subject(doc, cue)
    low, high = tokens[0], tokens[-1] + 1
    if head is None or not low <= head < high:
        return None
    return Attribution("inside", phrase(doc, head, low, high), *cue_span(doc, cue), cue_verbs()[doc.lower[cue]])
