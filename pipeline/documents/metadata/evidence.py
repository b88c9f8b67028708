"""Evidence of the day of publication: a bound, and the signs of past and future in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pipeline.data import any_of, words
from pipeline.expressions import Expression
from pipeline.sentences import Sentence

_WORDS = "publication_words.tsv"
# Words of the future in the present tense. Not "would": it reports an older future.
FUTURE = re.compile(
    r"\b(?:will|shall|(?:is|are) (?:due|set|expected|scheduled|slated|going) to|(?:is|are) to be)\b", re.IGNORECASE
)
# A day in a sentence with one of these is not surely past.
UNSURE = re.compile(rf"\b(?:{any_of(words(_WORDS, 'unsure'))})\b")
# "Won’t" is not past.
PAST = re.compile(
    rf"\b(?:{any_of(words(_WORDS, 'past'))}|won(?![’'])"
    rf"|(?!(?:{any_of(words(_WORDS, 'not-past'))})\b)[a-z]{{2,20}}ed)\b"
)
# Most characters between a verb in the past and the day or year after it on which something happened. A date that opens
# its sentence has its verb within NEAR_AFTER.
NEAR_DAY, NEAR_YEAR = 120, 70
NEAR_AFTER = 160
# The aim of a past verb ("told to appear", "payable until") is later than the verb.
AIM = re.compile(
    r"\b(?:to (?!the\b|a\b|an\b|his\b|her\b|their\b|its\b)[a-z]{2,}|payable|until|through|for (?=\w+ing\b))"
)
OPENING = 24
PRESENT = re.compile(rf"\b(?:{any_of(words(_WORDS, 'present'))})\b")
COMES_IN = re.compile(r"\b(?:in|on|by|until|before|through)(?: the)? ?$", re.IGNORECASE)
QUOTED = re.compile(r"[“”\"]|''|``")


@dataclass(frozen=True, slots=True)
class PublicationBound:
    """`day` bounds publication from below (`lower`) or from above, by text[start:end]. `hard`: the text proves it; else
    it only suggests it. `kind` names the kind of evidence in a few words."""

    lower: bool
    day: date
    hard: bool
    kind: str
    start: int
    end: int


class DatedSentence:
    """One sentence with its expressions. Properties are cached, since a sentence may be as long as the text."""

    def __init__(self, text: str, sentence: Sentence, expressions: Sequence[Expression]) -> None:
        self.text = text
        self.start, self.end, self.role = sentence.start, sentence.end, sentence.role
        self.expressions = expressions

    @cached_property
    def words(self) -> str:
        """The sentence without its temporal expressions, in which "May" is a month."""
        pieces = []
        at = self.start
        for one in self.expressions:
            pieces.append(self.text[at : one.start])
            at = max(at, one.end)
        return " ".join([*pieces, self.text[at : self.end]])

    @cached_property
    def unsure(self) -> bool:
        return bool(UNSURE.search(self.words))

    @cached_property
    def quoted(self) -> bool:
        return bool(QUOTED.search(self.words))

    @cached_property
    def past(self) -> bool:
        return bool(PAST.search(self.words))

    @cached_property
    def present(self) -> bool:
        return bool(PRESENT.search(self.text, self.start, self.end))

    @cached_property
    def future(self) -> int | None:
        """The offset of the first words of the future."""
        found = FUTURE.search(self.text, self.start, self.end)
        return found.start() if found else None

    def is_preceded_by(self, pattern: re.Pattern[str], one: Expression, most: int = 12) -> bool:
        """Whether the words right before an expression match."""
        return bool(pattern.search(self.text, max(self.start, one.start - most), one.start))

    def ahead(self, one: Expression) -> bool:
        """Whether an expression follows words of the future."""
        return self.future is not None and self.future < one.start

    def happened(self, one: Expression, near: int) -> bool:
        """Whether the verb nearest to a date is in the past: before it, or after it if the date opens the sentence.
        False for "ordered to appear on May 4": the date belongs to the infinitive between them."""
        before = self.text[max(self.start, one.start - near) : one.start]
        verbs = [found.end() for found in PAST.finditer(before)]
        if verbs:
            return not AIM.search(before, verbs[-1])
        opens = one.start - self.start <= OPENING
        return opens and bool(PAST.search(self.text, one.end, min(self.end, one.end + NEAR_AFTER)))
