"""`Document`: the text, sentences and parse of one article, with the lookups that rules need.

Belongs here: what the three give by themselves (words, the tree, tokens and sentences by offset). Does not belong
here: what words mean (mentions, quotes, dates).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pipeline.marks import Paragraph, paragraphs
from pipeline.parses import Parse
from pipeline.sentences import Sentence

# Beyond so many children a head is a parser's error: the rest are left out, so that rules stay linear.
MOST_CHILDREN = 100
_NOMINAL = ("NN", "PRP", "CD", "DT", "WP", "EX", "FW", "JJ")


@dataclass(frozen=True)
class Document(Parse):
    """The columns of a parse with the text and the sentences that it was made of. What takes time is computed once, at
    its first use, in time linear in the tokens.

    Offsets are code points of the text. A token is an index into the columns, a sentence one into `sentences`.
    """

    text: str
    sentences: tuple[Sentence, ...]

    @classmethod
    def of(cls, text: str, sentences: Iterable[Sentence], parse: Parse) -> Document:
        """The document of a text, its sentences in text order, and its parse."""
        columns = (parse.start, parse.end, parse.head, parse.dep, parse.tag, parse.entities)
        return cls(*columns, text, tuple(sentences))

    def __len__(self) -> int:
        """The number of tokens."""
        return len(self.start)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The tokens as written."""
        text = self.text
        return tuple([text[start:end] for start, end in zip(self.start, self.end, strict=True)])

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The different tokens: a rule whose words are none of them has nothing to do."""
        return frozenset(self.words)

    @cached_property
    def lower(self) -> tuple[str, ...]:
        """The tokens in lower case."""
        return tuple(map(str.lower, self.words))

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The tokens casefolded: unlike `lower`, ligatures become letters."""
        return tuple(map(str.casefold, self.words))

    @cached_property
    def sentence_of(self) -> tuple[int, ...]:
        """The sentence of each token; 0 where there are no sentences."""
        return tuple([number for number, tokens in enumerate(self.sentence_tokens) for _ in tokens])

    @cached_property
    def sentence_tokens(self) -> tuple[range, ...]:
        """The tokens of each sentence; all tokens where there are no sentences."""
        firsts = [0, *[bisect_left(self.start, start) for start in self._sentence_starts[1:]], len(self)]
        return tuple(map(range, firsts, firsts[1:]))

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The children of each token in text order, MOST_CHILDREN at most."""
        children: list[tuple[int, ...]] = [()] * len(self)
        for token, head in enumerate(self.head):
            if head != token and len(children[head]) < MOST_CHILDREN:
                children[head] += (token,)
        return tuple(children)

    @cached_property
    def left(self) -> tuple[int, ...]:
        """The first token of each token's subtree."""
        left = list(range(len(self)))
        for token, head in enumerate(self.head):
            # A head with an earlier token has passed it on to all heads above.
            while left[head] > token:
                left[head] = token
                head = self.head[head]
        return tuple(left)

    @cached_property
    def right(self) -> tuple[int, ...]:
        """The last token of each token's subtree."""
        right = list(range(len(self)))
        for token in reversed(range(len(self))):
            head = self.head[token]
            while right[head] < token:
                right[head] = token
                head = self.head[head]
        return tuple(right)

    @cached_property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """The lines of the text, each with its words in quotation marks."""
        return tuple(paragraphs(self.text))

    @cached_property
    def in_marks(self) -> tuple[bool, ...]:
        """Whether each token is in quotation marks, and so is not the narrator's."""
        inside = [False] * len(self)
        for paragraph in self.paragraphs:
            for stretch in paragraph.stretches:
                for token in self.whole_tokens(stretch.outer_start, stretch.outer_end):
                    inside[token] = True
        return tuple(inside)

    def whole_tokens(self, start: int, end: int) -> list[int]:
        """The tokens that lie wholly in [start, end): where the tokenizer glues a mark to the word behind it
        (”―Padilla), the token is part neither of the words in marks nor of those beside them."""
        return [t for t in self.tokens(start, end) if start <= self.start[t] and self.end[t] <= end]

    def tokens(self, start: int, end: int) -> range:
        """The tokens that share a character with [start, end): those that lie in it wholly or partly.

        Empty for an empty span, and for one that lies between two tokens.
        """
        first = bisect_right(self.end, start)
        return range(first, bisect_left(self.start, end, first) if start < end else first)

    def sentence_at(self, offset: int) -> int:
        """The last sentence that starts at or before an offset: blanks belong to the sentence before them. 0 where
        none does."""
        return max(0, bisect_right(self._sentence_starts, offset) - 1)

    @cached_property
    def _sentence_starts(self) -> tuple[int, ...]:
        return tuple(sentence.start for sentence in self.sentences)

    def is_verb(self, token: int) -> bool:
        """Whether the token is a verb in any form; modal verbs are none."""
        return self.tag[token].startswith("VB")

    def is_noun(self, token: int) -> bool:
        """Whether the token can head a noun phrase."""
        return self.tag[token].startswith(_NOMINAL)

    def child(self, token: int, *deps: str) -> int | None:
        """The first child with one of the labels; None where there is none."""
        return next((child for child in self.children[token] if self.dep[child] in deps), None)

    def head_of(self, tokens: range) -> int:
        """The first of some tokens, one at least, whose head lies outside or that is a root; the last where none is."""
        return next((t for t in tokens if self.head[t] == t or self.head[t] not in tokens), tokens[-1])
