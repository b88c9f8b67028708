"""A parse with its words and sentences at hand.

Belongs here: looking up tokens by place, and small questions to the tree. Does not belong here: what a name is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.parse import Parse
from pipeline.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Tokens:
    """Columns of equal length; `sentence` is the index of each token's sentence, `folded` its word casefolded."""

    text: str
    parse: Parse
    words: tuple[str, ...]
    folded: tuple[str, ...]
    sentence: tuple[int, ...]
    roles: tuple[str, ...]

    @classmethod
    def of(cls, text: str, sentences: Sequence[Sentence], parse: Parse) -> Tokens:
        """The tokens of one document."""
        starts = [s.start for s in sentences]
        sentence = tuple(max(0, bisect_right(starts, start) - 1) for start in parse.start)
        words = tuple(text[s:e] for s, e in zip(parse.start, parse.end, strict=True))
        folded = tuple(map(str.casefold, words))
        return cls(text, parse, words, folded, sentence, tuple(s.role for s in sentences))

    def __len__(self) -> int:
        return len(self.words)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The tokens [first, last) that lie wholly or partly in the characters [start, end)."""
        return bisect_right(self.parse.end, start), bisect_left(self.parse.start, end)

    def head_of(self, first: int, last: int) -> int:
        """The token of [first, last) whose head lies outside; the last one where none does."""
        for i in range(first, last):
            head = self.parse.head[i]
            if head == i or not first <= head < last:
                return i
        return max(first, last - 1)
