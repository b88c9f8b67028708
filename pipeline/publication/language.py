"""The language of a text.

Belongs here: telling it. Does not belong here: what is done about it.
"""

from __future__ import annotations

from pipeline.read.language import identifier, lettered

# The identifier's model was trained on more than a line; with fewer letters it guesses.
LEAST_LETTERS = 40
# A head of this length has the language of 4,000 characters in each of 726 articles (annotated news and our sample).
SAMPLE = 1_500


def language(text: str) -> str | None:
    """ISO 639-1, by py3langid (Naive Bayes on byte n-grams; the same text always gives the same answer). None where
    there is too little to tell."""
    sample = text[:SAMPLE]
    if not lettered(sample, LEAST_LETTERS):
        return None
    code = str(identifier().classify(sample)[0])
    return code if len(code) == 2 and code.isascii() and code.islower() else None
