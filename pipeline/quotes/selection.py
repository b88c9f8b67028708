"""Select the sentences whose tree later stages read: with quoted words, words of saying, days or months.

Measured in benchmarks/parse_speed.md.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from pipeline.data import words
from pipeline.marks import paragraphs
from pipeline.quotes.words import CALENDAR, cues
from pipeline.sentences import Sentence

_WORD = re.compile(r"[\w'’-]+")
# Periods without a year: the tense decides which one is meant.
_PERIODS = words("periods.tsv", "period")
_DATES = frozenset((*(word.rstrip(".") for word in CALENDAR), *_PERIODS))


def sentences_to_parse(text: str, sentences: Sequence[Sentence]) -> list[bool]:
    """Return, per sentence, whether it has quoted words, a word of saying, a day or a month. Linear in the text."""
    starts, ends = [s.start for s in sentences], [s.end for s in sentences]
    found = [False] * len(sentences)
    for paragraph in paragraphs(text):
        for quoted_span in paragraph.quoted_spans:
            first, last = bisect_right(ends, quoted_span.outer_start), bisect_left(starts, quoted_span.outer_end)
            found[first:last] = [True] * (last - first)
    wanted = cues() | _DATES
    return [
        marked or not wanted.isdisjoint(_WORD.findall(text[s.start : s.end].casefold()))
        for marked, s in zip(found, sentences, strict=True)
    ]
