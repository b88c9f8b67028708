"""Between which days an article was published, by what it speaks of.

Belongs here: the evidence of the text and the interval that it bounds. Does not belong here: a day that is given or
stated (`when`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from pipeline.expressions import Expression, find
from pipeline.publication.when import When, in_range
from pipeline.sentences import Sentence

# Present-tense speech of what is to come. "Would" is none: it reports an older future.
FUTURE = re.compile(
    r"\b(?:will|shall|won’t|won't|(?:is|are|’s|'s|’re|'re)"
    r" (?:due|set|expected|scheduled|slated|planned|going|likely) to"
    r"|(?:is|are) to (?:be|take|begin|start|end|hold|meet|open|expire|visit|travel|vote)|plans? to|hopes? to|wants? to"
    r"|upcoming|deadline|next)\b",
    re.IGNORECASE,
)
# With one of these in its sentence a date is not surely past.
OPEN = re.compile(
    r"\b(?:would|could|should|may|might|can|must|if|until|till|unless|by|before|ahead|through|plan|plans|planned|planning"
    r"|expected|expects?|due|scheduled|deadline|proposed|proposal|projected|forecast|budget|estimated?|target|goal"
    r"|campaign|election|race|cycle|season|term|ballot|bid|Olympics|Games|Cup|model)\b",
    re.IGNORECASE,
)
PAST = re.compile(
    r"\b(?:was|were|had|did|has|have|said|told|came|went|began|met|made|took|held|won|lost|left|fell|rose|led|gave|got|saw"
    r"|wrote|became|found|sent|built|bought|sold|paid|put|set|ran|spoke|stood|struck|withdrew|broke|brought|kept|knew|"
    r"\w{2,20}ed)\b",
    re.IGNORECASE,
)


def inferred(text: str, sentences: Sequence[Sentence]) -> When | None:
    """The latest day that the body speaks of as past bounds from below; None where there is none."""
    latest: tuple[date, Expression] | None = None
    for expression in _past(text, sentences):
        assert expression.interval
        if latest is None or expression.interval[0] > latest[0]:
            latest = (expression.interval[0], expression)
    if latest is None:
        return None
    day, evidence = latest
    return When(day, None, "inferred", text[evidence.start : evidence.end], evidence.start, evidence.end)


def _past(text: str, sentences: Sequence[Sentence]) -> Iterator[Expression]:
    expressions = find(text)
    at = 0
    for sentence in sentences:
        while at < len(expressions) and expressions[at].start < sentence.end:
            expression = expressions[at]
            at += 1
            if sentence.role != "body" or not expression.interval or not in_range(expression.interval):
                continue
            words = text[sentence.start : sentence.end]
            if PAST.search(words) and not FUTURE.search(words) and not OPEN.search(words):
                yield expression
