"""A parse with its words and sentences at hand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.parses import Parse
from pipeline.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Tokens:
    """Columns of equal length; `small` are the words casefolded, `sentence` is the index of each token's sentence.
    `roles` are those of the sentences."""

    text: str
    parse: Parse
    words: tuple[str, ...]
    small: tuple[str, ...]
    sentence: tuple[int, ...]
    roles: tuple[str, ...]

    @classmethod
    def of(cls, text: str, sentences: Sequence[Sentence], parse: Parse) -> Tokens:
        """The tokens of one document."""
        words = tuple(map(text.__getitem__, map(slice, parse.start, parse.end)))
        sentence: list[int] = []
        for number, following in enumerate(sentences[1:]):
            sentence += [number] * (bisect_left(parse.start, following.start) - len(sentence))
        sentence += [max(0, len(sentences) - 1)] * (len(words) - len(sentence))
        roles = tuple(s.role for s in sentences)
        return cls(text, parse, words, tuple(map(str.casefold, words)), tuple(sentence), roles)

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
