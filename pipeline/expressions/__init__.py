"""Find temporal expressions of English news, and read them as far as their own words allow, without an anchor.

Belongs here: which words are an expression, its TIMEX3 type, and the meaning of its words. Does not belong here: its
meaning on a given day, which needs the publication and the sentence (pipeline.dates).

Types, values and spans follow TIMEX3 (TimeML annotation guidelines 1.2.1 and the TempEval-3 corpora): a preposition
before an expression is not part of it; a determiner and a modifier are.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.article import Article
from pipeline.data import load
from pipeline.expressions import (
    absolute,
    eras,
    lists,
    named_days,
    parts_of_day,
    parts_of_month,
    parts_of_year,
    posts,
    quantities,
    relative,
    times,
)
from pipeline.expressions.addresses import is_address
from pipeline.expressions.parts_of_year import spelled
from pipeline.expressions.reading import Expression
from pipeline.expressions.tokens import Grammar, Rule, RuleMatch
from pipeline.holidays import HOLIDAYS

__all__ = ["CODE_VERSION", "Expression", "find", "of_article"]
CODE_VERSION = "16"
_MODULES = (absolute, eras, named_days, relative, parts_of_month, parts_of_year, quantities, times)
_READERS = {name: reader for module in _MODULES for name, reader in module.READERS.items()}
_PART = re.compile(r"\{([a-z-]+)\}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of time_expressions.tsv: a rule, or a part of patterns (`kind`)."""

    kind: str
    name: str
    pattern: str
    example: str
    source: str


def _rules() -> Iterator[Rule]:
    """Yield the rules of time_expressions.tsv. Raises KeyError for a rule without a reader or with an unknown part."""
    parts = {"holiday": "|".join(sorted(map(spelled, HOLIDAYS), key=lambda name: (-len(name), name)))}
    for line in load("time_expressions.tsv", Line):
        pattern = _PART.sub(lambda part: parts[part[1]], line.pattern)
        if line.kind == "part":
            parts[line.name] = pattern
        else:
            yield Rule(line.name, pattern, _READERS[line.name])


_GRAMMAR = Grammar(tuple(_rules()))
_WRONG_DAY = next(order for order, rule in enumerate(_GRAMMAR.rules) if rule.name == "wrong-day")


def find(text: str) -> list[Expression]:
    """Return the temporal expressions of a text, in text order, without overlap.

    If rules compete, the one that begins first wins, then the longer, then the first of the table. But none takes a
    part of a written day that cannot be ("early Monday, March 17, 2026"). Linear in the text's length, except for
    sorting.
    """
    hits = [(hit.start, -hit.end, order, hit) for order, hit in _GRAMMAR.hits(text)]
    hits.sort(key=lambda found: found[:3])
    wrong = [(hit.start, hit.end) for *_, order, hit in hits if order == _WRONG_DAY and _read(order, hit)]
    found: list[Expression] = []
    taken = 0
    for start, _, order, hit in hits:
        if start < taken or _cuts((hit.start, hit.end), wrong):
            continue
        for expression in _read(order, hit):
            if not is_address(text, expression):
                found.append(expression)
            taken = max(taken, expression.end)
    return parts_of_day.completed(text, lists.completed(text, found))


def of_article(article: Article) -> Sequence[Expression]:
    """Return the temporal expressions of an article's text and the times of its posts, for `article.cached`."""
    text = article["documents"][0]["text"]
    return posts.completed(text, find(text))


def _read(order: int, hit: RuleMatch) -> Sequence[Expression]:
    read = _GRAMMAR.rules[order].read(hit)
    if read is None:
        return ()
    return (read,) if isinstance(read, Expression) else read


def _cuts(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a span overlaps one of these sorted, disjoint spans without containing it."""
    start, end = span
    first = bisect_right(spans, start, key=lambda other: other[1])
    last = bisect_left(spans, end, key=lambda other: other[0]) - 1
    return first <= last and (spans[first][0] < start or spans[last][1] > end)
