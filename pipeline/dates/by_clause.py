"""Change the type of an expression by its clause: "starts in two weeks" is a day, "opens at nine every day" is not.

Also changes the direction of seasons: "the summer" in a clause of the past is not a future one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.data import words
from pipeline.dates import tense
from pipeline.document import Document
from pipeline.expressions import Expression
from pipeline.expressions.calendar import SEASON_MONTHS

# Verbs of events in a moment: "opens in two weeks" says when, "is built in two weeks" how long.
_AT_ONCE = words("tense_words.tsv", "at-once")
_BE = words("tense_words.tsv", "be")
_WILL = frozenset(("will", "shall", "'ll"))
# Verbs of acts that fill a time: "will learn it in two years" says how long.
_FILLING = words("tense_words.tsv", "filling")
# After these, "in two years" is the time up to now.
_SUPERLATIVE = words("tense_words.tsv", "in-all-that-time")
# Characters before an expression that are searched for such a word.
_NEAR = 100
_LATER = "later in "
_INEXACT = ("MORE_THAN", "EQUAL_OR_MORE", "LESS_THAN", "EQUAL_OR_LESS")


def read(doc: Document, found: Sequence[Expression], directions: Sequence[int]) -> tuple[list[Expression], list[int]]:
    """Return the expressions as their clauses mean them, and their directions; `directions` come from
    tense.direction."""
    seasonal = [_season_direction(doc, each, direction) for each, direction in zip(found, directions, strict=True)]
    repeated = {doc.sentence_at(each.start) for each in found if each.type == "SET"}
    out = []
    for each, direction in zip(found, directions, strict=True):
        if each.ahead and _is_point(doc, each, direction):
            out.append(replace(each, type="DATE", form="offset", value=None, anchor="speech", exact=True))
        elif each.form == "clock" and repeated and doc.sentence_at(each.start) in repeated:
            out.append(replace(each, form="value", value=each.clock))
        else:
            out.append(each)
    return out, seasonal


def _season_direction(doc: Document, expression: Expression, direction: int) -> int:
    """Return the direction of a season: "the summer" in a clause of the past is not a future one, but "the fall
    debates" and "later in the summer" may be."""
    if expression.part not in SEASON_MONTHS or direction >= tense.UNKNOWN or expression.cut == 1:
        return direction
    later = doc.text[max(0, expression.start - len(_LATER)) : expression.start].lower() == _LATER
    open_ = later or tense.is_modifier(doc, expression.start, expression.end)
    return direction if open_ else tense.PAST * tense.DIRECT


def _is_to_come(doc: Document, verb: int, before: int) -> bool:
    """Whether "will" is beside a verb that does not fill the time ("will ring in a fortnight", not "will learn it in
    two years"), and nothing is counted in its clause ("will see ten towns in a week")."""
    auxiliaries = {tense.word(doc, c) for c in doc.children[verb] if doc.dep[c] in ("aux", "auxpass")}
    passive = any(doc.dep[c] == "auxpass" for c in doc.children[verb])
    if not auxiliaries & _WILL and not (passive and "would" in auxiliaries):
        return False
    counted = any(doc.tag[t] == "CD" for t in doc.tokens(doc.start[verb], before))
    return not counted and tense.word(doc, verb) not in _FILLING


def _is_of_adjective(doc: Document, expression: Expression, verb: int) -> bool:
    """Whether a quantity modifies an adjective of moments: "is due in ten days"."""
    head = tense.modified_head(doc, expression.start, expression.end)
    return (
        head is not None and doc.dep[head] == "acomp" and doc.head[head] == verb and tense.word(doc, head) in _AT_ONCE
    )


def _is_point(doc: Document, expression: Expression, direction: int) -> bool:
    """Whether a quantity after "in" says when something will be, not how long it takes."""
    verb = tense.governing_verb(doc, expression.start, expression.end)
    if verb is None or expression.mod in _INEXACT:
        return False
    at_once = tense.word(doc, verb) in _AT_ONCE and tense.modifies_verb(doc, expression.start, expression.end, verb)
    at_once = at_once or _is_of_adjective(doc, expression, verb)
    if not at_once and not _is_to_come(doc, verb, expression.start):
        return False
    # "The first visit in two years" looks back.
    first = max(doc.sentences[doc.sentence_at(expression.start)].start, expression.start - _NEAR)
    before = doc.tokens(first, expression.start)
    if any(tense.word(doc, t) in _SUPERLATIVE or doc.tag[t] in ("JJS", "RBS") for t in before):
        return False
    is_now = tense.word(doc, verb) in _BE and tense.is_present(doc, expression.start, expression.end)
    return direction > tense.UNKNOWN or is_now
