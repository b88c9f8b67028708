"""Which articles are taken, by the language that they are in.

Belongs here: refusing an article that is surely in another language. Does not belong here: the language as a fact
about a document (publication).
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from itertools import islice
from typing import Any

from pipeline.read.rows import Record, Refusal, refusal

ENGLISH = frozenset({"en"})
# What is looked at: the head, and as much from the middle, since a page may begin in another language.
SAMPLE = 4_000
# With fewer letters nobody is sure.
LEAST_LETTERS = 200
# The identifier's probability, near 1 for running text of such a length, lower for lists and names.
LEAST_SURE = 0.9
# English has a quarter to half of its words from this list, other languages hardly any ("in", "on", "a", "me" happen
# to be words elsewhere: the others decide). A text of names and figures, or half in English, lies above the bound.
_COMMON = (
    "the of and to in that is was for it with as his he be by had not are but from have they which you were her all "
    "she there would their been has when who will more no if out said what its about than into them can only other "
    "time these may after at this on"
)
COMMON = frozenset(_COMMON.split())
LEAST_COMMON = 0.12


def admitted(record: Record, languages: Collection[str]) -> Record | Refusal:
    """The record, or its refusal where it is surely in a language that is not among `languages` (ISO 639-1)."""
    text = record.text
    middle = len(text) // 2
    sample = text[:SAMPLE] if len(text) <= 2 * SAMPLE else f"{text[:SAMPLE]}\n{text[middle : middle + SAMPLE]}"
    words = sample.lower().split()
    # A cheap look that nearly all English articles pass; the identifier is dear.
    if "en" in languages and sum(map(COMMON.__contains__, words)) >= LEAST_COMMON * len(words):
        return record
    if not lettered(sample, LEAST_LETTERS):
        return record
    code, sure = identifier().classify(sample)
    if code in languages or sure < LEAST_SURE:
        return record
    why = f"is in another language than asked for: {code}, sure to {int(100 * sure)} of 100"
    return refusal(record.origin, record.path, "language", why, text.encode("utf-8"))


def lettered(text: str, least: int) -> bool:
    """Whether a text has so many letters; it is read no further than needed to tell."""
    return next(islice(filter(str.isalpha, text), least - 1, None), None) is not None


@cache
def identifier() -> Any:
    """py3langid (Naive Bayes on byte n-grams) with probabilities: the same text always gives the same answer."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
