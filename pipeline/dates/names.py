"""Words of time in names ("60 Minutes", "April Jones", "USA TODAY") are no expressions; holidays are."""

from __future__ import annotations

from bisect import bisect_right

from pipeline.document import Document
from pipeline.expressions import Expression
from pipeline.expressions.words import meanings
from pipeline.holidays import tokens_of_holiday

# Labels of names that may contain words of time.
_NAMES = frozenset(("PERSON", "ORG", "WORK_OF_ART", "PRODUCT", "FAC"))
# Words that make a person's name of one word a day.
_BEFORE_HOLIDAY = meanings("before-holiday").keys()
_OPENING, _CLOSING = "\"“‘'", "\"”’'"


def is_name(doc: Document, expression: Expression) -> bool:
    """Whether words of time are part of a longer name ("60 Minutes", "April Jones") or a verb ("May I"). A date with a
    problem never is, so that it is flagged everywhere."""
    if expression.problem is not None:
        return False
    at = bisect_right(doc.entities, expression.start, key=lambda entity: entity[0]) - 1
    if at >= 0:
        start, end, label = doc.entities[at]
        longer = end - start > expression.end - expression.start
        if _is_holiday(doc, doc.tokens(start, end)):
            return False
        if end >= expression.end and label in _NAMES and (longer or label == "PERSON"):
            return True
    tokens = doc.tokens(expression.start, expression.end)
    if _is_paper(doc, expression, tokens) or _is_show(doc, expression, tokens):
        return True
    if expression.month is None or expression.day is not None or expression.year is not None:
        return False
    named = len(tokens) == 1 and tokens.start > 0 and doc.tag[tokens.start - 1] == "NNP"
    joined = named and doc.end[tokens.start - 1] + 1 == expression.start
    return joined or any(doc.tag[t] == "MD" for t in tokens)


def _is_holiday(doc: Document, name: range) -> bool:
    """Whether the tokens of a name of the model are a listed holiday, with or without "the". One of a single
    word may be a person, whose full name the article has ("Anna Easter ... at Easter"), or who does something."""
    holiday = tokens_of_holiday(doc, name[-1]) if name else range(0)
    if not holiday or any(doc.folded[t] != "the" for t in name if t not in holiday):
        return False
    if len(holiday) > 1:
        return True
    (token,) = holiday
    return doc.folded[token - 1] in _BEFORE_HOLIDAY and not any(
        label == "PERSON" and end - start > len(doc.words[token]) and doc.words[token] in doc.text[start:end].split()
        for start, end, label in doc.entities
    )


def _is_paper(doc: Document, expression: Expression, tokens: range) -> bool:
    """Whether "today" ends a name: "USA TODAY", "Russia Today"."""
    if expression.unit != "D" or expression.amount != 0 or len(tokens) != 1 or tokens.start == 0:
        return False
    before = tokens.start - 1
    named = doc.tag[before] in ("NNP", "NNPS") and doc.text[doc.start[before]].isupper()
    return named and doc.text[expression.start].isupper() and doc.end[before] + 1 == expression.start


def _is_show(doc: Document, expression: Expression, tokens: range) -> bool:
    """Whether words of time name a broadcast: capitalised after a name or in quotation marks ("told “This Morning”",
    "told CBS This Morning")."""
    if len(tokens) < 2 or expression.day is not None or expression.year is not None:
        return False
    if expression.form not in ("offset", "calendar") or not all(doc.words[t][:1].isupper() for t in tokens):
        return False
    before, after = (
        doc.text[max(0, expression.start - 1) : expression.start],
        doc.text[expression.end : expression.end + 2],
    )
    closing = after.lstrip(",.")[:1]
    if before and before in _OPENING and closing and closing in _CLOSING:
        return True
    last = tokens.start - 1
    return last >= 0 and doc.tag[last] in ("NNP", "NNPS") and doc.end[last] + 1 == expression.start
