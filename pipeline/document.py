"""`Document`: the text, sentences and parse of one article, with the lookups that rules need.

It holds words, the tree, and tokens and sentences by offset; not what words mean (mentions, quotes, dates).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pipeline.marks import Paragraph, paragraphs
from pipeline.parses import Parse
from pipeline.sentences import Sentence

# A head with more children is a parser's error. The rest are left out, so that rules stay linear.
MAX_CHILDREN = 100
_NOMINAL = ("NN", "PRP", "CD", "DT", "WP", "EX", "FW", "JJ")


@dataclass(frozen=True)
class Document(Parse):
    """The columns of a parse, with its text and sentences. Costly properties are computed once, at first use, in time
    linear in the tokens.

    Offsets are code points of the text. A token is an index into the columns; a sentence is an index into `sentences`.
    """

    text: str
    sentences: tuple[Sentence, ...]

    @classmethod
    def of(cls, text: str, sentences: Iterable[Sentence], parse: Parse) -> Document:
        """Build the document from a text, its sentences in text order, and its parse."""
        columns = (parse.start, parse.end, parse.head, parse.dep, parse.tag, parse.entities)
        return cls(*columns, text, tuple(sentences))

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.start)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The tokens as written."""
        text = self.text
        return tuple([text[start:end] for start, end in zip(self.start, self.end, strict=True)])

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The distinct tokens. A rule that finds none of its words here can return at once."""
        return frozenset(self.words)

    @cached_property
    def lower(self) -> tuple[str, ...]:
        """The tokens in lower case."""
        return tuple(map(str.lower, self.words))

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The tokens casefolded. Unlike `lower`, this turns ligatures into letters."""
        return tuple(map(str.casefold, self.words))

    @cached_property
    def sentence_of(self) -> tuple[int, ...]:
        """The sentence of each token; 0 if there are no sentences."""
        return tuple([number for number, tokens in enumerate(self.sentence_tokens) for _ in tokens])

    @cached_property
    def sentence_tokens(self) -> tuple[range, ...]:
        """The tokens of each sentence; all tokens if there are no sentences."""
        firsts = [0, *[bisect_left(self.start, start) for start in self._sentence_starts[1:]], len(self)]
        return tuple(map(range, firsts, firsts[1:]))

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The children of each token in text order, at most MAX_CHILDREN."""
        children: list[tuple[int, ...]] = [()] * len(self)
        for token, head in enumerate(self.head):
            if head != token and len(children[head]) < MAX_CHILDREN:
                children[head] += (token,)
        return tuple(children)

    @cached_property
    def left(self) -> tuple[int, ...]:
        """The first token of each token's subtree."""
        left = list(range(len(self)))
        for token, head in enumerate(self.head):
            # A head that already has an earlier token has also passed it to all heads above.
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
        """The lines of the text, each with its quoted words."""
        return tuple(paragraphs(self.text))

    @cached_property
    def in_marks(self) -> tuple[bool, ...]:
        """Whether each token is in quotation marks, and so not in the narrator's words."""
        inside = [False] * len(self)
        for paragraph in self.paragraphs:
            for quoted_span in paragraph.quoted_spans:
                for token in self.whole_tokens(quoted_span.outer_start, quoted_span.outer_end):
                    inside[token] = True
        return tuple(inside)

    def whole_tokens(self, start: int, end: int) -> list[int]:
        """Return the tokens that lie wholly in [start, end). If the tokenizer glues a mark to the next word
        (”―Padilla), the token belongs neither to the quoted words nor to those beside them."""
        return [t for t in self.tokens(start, end) if start <= self.start[t] and self.end[t] <= end]

    def tokens(self, start: int, end: int) -> range:
        """Return the tokens that share a character with [start, end).

        The range is empty for an empty span, and for a span between two tokens.
        """
        first = bisect_right(self.end, start)
        return range(first, bisect_left(self.start, end, first) if start < end else first)

    def sentence_at(self, offset: int) -> int:
        """Return the last sentence that starts at or before an offset, or 0. Blanks belong to the sentence before."""
        return max(0, bisect_right(self._sentence_starts, offset) - 1)

    @cached_property
    def _sentence_starts(self) -> tuple[int, ...]:
        return tuple(sentence.start for sentence in self.sentences)

    def entity_at(self, offset: int) -> tuple[int, int, str] | None:
        """Return start, end and label of the named entity that contains a character, or None."""
        at = bisect_right(self.entities, offset, key=lambda entity: entity[0]) - 1
        return self.entities[at] if at >= 0 and self.entities[at][1] > offset else None

    def is_verb(self, token: int) -> bool:
        """Whether the token is a verb in any form, except a modal verb."""
        return self.tag[token].startswith("VB")

    def is_noun(self, token: int) -> bool:
        """Whether the token can head a noun phrase."""
        return self.tag[token].startswith(_NOMINAL)

    def child(self, token: int, *deps: str) -> int | None:
        """Return the first child with one of the labels, or None."""
        # Called a thousand times in an article: a loop takes half the time of a generator.
        for child in self.children[token]:
            if self.dep[child] in deps:
                return child
        return None

    def head_of(self, tokens: range) -> int:
        """Return the first of `tokens` (at least one) that is a root or has its head outside them; else the last."""
        for token in tokens:
            head = self.head[token]
            if head == token or head not in tokens:
                return token
        return tokens[-1]
