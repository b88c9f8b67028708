"""Temporal expressions of English news, found and read as far as the words alone allow; nothing anchored.

Belongs here: which words are an expression, its TIMEX3 type, and what they say by themselves. Does not belong here:
what an expression means on a given day, which needs the publication and the sentence (pipeline.dates).

Types, values and spans follow TIMEX3 (TimeML annotation guidelines 1.2.1 and the TempEval-3 corpora): a preposition
before an expression is not part of it, a determiner and a modifier are.
"""

from __future__ import annotations

from pipeline.expressions import absolute, quantities, relative, times
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Grammar

__all__ = ["CODE_VERSION", "Expression", "find"]
CODE_VERSION = "1"
_GRAMMAR = Grammar((*absolute.RULES, *relative.RULES, *quantities.RULES, *times.RULES))


def find(text: str) -> list[Expression]:
    """The temporal expressions of a text, in text order, without overlap.

    Where rules compete the one that begins first wins, then the longer, then the one listed first. Linear in the
    text's length.
    """
    hits = [(hit.start, -hit.end, order, hit) for order, hit in _GRAMMAR.hits(text)]
    hits.sort(key=lambda found: found[:3])
    found: list[Expression] = []
    taken = 0
    for start, _, order, hit in hits:
        if start < taken:
            continue
        for expression in _GRAMMAR.rules[order].read(hit):
            found.append(expression)
            taken = max(taken, expression.end)
    return found
