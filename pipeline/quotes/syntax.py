"""The dependency tree of a parse, in the form that the rules on quotations ask for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from pipeline.parses import Parse

NOMINAL = ("NN", "PRP", "CD", "DT", "WP", "EX", "FW", "JJ")
# A token with more children than this is no word of a sentence; the rest are left out, to stay linear.
MOST_CHILDREN = 100
FINITE = frozenset(("VBD", "VBP", "VBZ", "MD"))


@dataclass(frozen=True, slots=True)
class Tree:
    """A parse with, for each token, its children in text order and the token range [left, right] of its subtree."""

    text: str
    parse: Parse
    words: tuple[str, ...]
    children: tuple[tuple[int, ...], ...]
    left: tuple[int, ...]
    right: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.words)

    def dep(self, token: int) -> str:
        """The token's dependency label."""
        return self.parse.dep[token]

    def tag(self, token: int) -> str:
        """The token's part of speech."""
        return self.parse.tag[token]

    def head(self, token: int) -> int:
        """The token's head; a root's is itself."""
        return self.parse.head[token]

    def start(self, token: int) -> int:
        """Where the token starts in the text."""
        return self.parse.start[token]

    def end(self, token: int) -> int:
        """Where the token ends in the text, exclusive."""
        return self.parse.end[token]

    def verb(self, token: int) -> bool:
        """Whether the token is a verb in any form."""
        return self.parse.tag[token].startswith("VB")

    def noun(self, token: int) -> bool:
        """Whether the token can head a noun phrase."""
        return self.parse.tag[token].startswith(NOMINAL)

    def child(self, token: int, *deps: str) -> int | None:
        """The first child with one of the labels."""
        for child in self.children[token]:
            if self.parse.dep[child] in deps:
                return child
        return None

    def tokens(self, start: int, end: int) -> range:
        """The tokens that lie wholly in the characters [start, end)."""
        first = bisect_left(self.parse.start, start)
        last = bisect_right(self.parse.end, end)
        return range(first, max(first, last))


def tree(text: str, parse: Parse) -> Tree:
    """Linear in the tokens."""
    heads = parse.head
    children: list[list[int]] = [[] for _ in heads]
    left, right = list(range(len(heads))), list(range(len(heads)))
    for token, head in enumerate(heads):
        if head != token and len(children[head]) < MOST_CHILDREN:
            children[head].append(token)
        # Whoever is told of a token here has told all above of it: nobody is told twice.
        while left[head] > token:
            left[head] = token
            head = heads[head]
    for token in reversed(range(len(heads))):
        head = heads[token]
        while right[head] < token:
            right[head] = token
            head = heads[head]
    return Tree(
        text=text,
        parse=parse,
        words=tuple(map(str.lower, map(text.__getitem__, map(slice, parse.start, parse.end)))),
        children=tuple(map(tuple, children)),
        left=tuple(left),
        right=tuple(right),
    )
