"""Make stock spaCy's annotations at several times its speed.

The token-to-vector layers run on numpy with a table of words (tok2vec.py). Parser and names are spaCy's transition
systems, run on pieces of the texts cut between sentences. No arc and no name crosses our sentence starts, so a piece
needs only its vectors, which are made from the whole text, and the next two words. Many short pieces run in step, with
one product per step for all of them; a few long texts would need many small products.

The parser skips sentences that get no tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.parses.columns import Parse, Text, columns, flags, unwanted
from pipeline.parses.deterministic_matmul import BLOCK, DeterministicMatmul, Floats, Ints, blocks
from pipeline.parses.tok2vec import COLUMNS, GAP, Encoder, Words
from pipeline.parses.tokenizer import note_only, tokenized

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

# Least tokens of a piece, and tokens run together: 33 MB of the parser's features. Three times as many take 90 MB and
# 3 % longer; fewer are no faster.
PIECE = 60
TOGETHER = 8_000
# The parser reads the next two words.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens: a table (tokens, COLUMNS), the flags of sentence starts, whether each token gets no tree, and
    the row of the first token."""

    table: Any
    starts: Any
    unwanted: Any
    row: int

    def __len__(self) -> int:
        return len(self.table)


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens [first, last) of a text, either all with a tree or all without."""

    tokens: Tokens
    first: int
    last: int

    @property
    def end(self) -> int:
        """The end of the tokens that the parser may read."""
        return min(self.last + AHEAD, len(self.tokens))

    @property
    def rows(self) -> tuple[int, int]:
        """The rows [first, last) of the tokens that the parser may read."""
        return self.tokens.row + self.first, self.tokens.row + self.end

    @property
    def wanted(self) -> bool:
        """Whether the piece gets a tree."""
        return not self.tokens.unwanted[self.first]


class TransitionRunner:
    """A transition component of spaCy that receives its features: it would compute more of them than needed."""

    def __init__(self, pipe: Any) -> None:
        from thinc.api import Model

        model = pipe.model
        reduce, expand = model.get_ref("tok2vec"), model.get_ref("lower")
        (linear,) = (node for node in reduce.walk() if node.name == "linear")
        self._pipe = pipe
        self._reduce, self._bias = np.ascontiguousarray(linear.get_param("W").T), linear.get_param("b")
        self._shape = tuple(expand.get_dim(name) for name in ("nF", "nO", "nP"))
        self._expand = np.ascontiguousarray(expand.get_param("W").reshape(-1, expand.get_dim("nI")).T)
        self._padding = expand.get_param("pad").reshape(-1)
        self.matrices = (self._reduce, self._expand)
        self._features = np.empty((0, len(self._padding)), dtype="float32")
        self._rows = 0
        none = np.empty((0, linear.get_dim("nO")), dtype="float32")
        model.replace_node(reduce, Model("handed", lambda model, X, is_train: (none, None)))
        dims = {name: expand.get_dim(name) for name in ("nF", "nO", "nP", "nI")}
        model.replace_node(expand, Model("handed", self._handed, dims=dims, params={"b": expand.get_param("b")}))

    def _handed(self, model: Any, X: Any, is_train: bool) -> tuple[Floats, None]:
        return self._features[: self._rows].reshape(self._rows, *self._shape), None

    def annotate(
        self, docs: Sequence[Doc], vectors: Floats, spans: Sequence[tuple[int, int]], matmul: DeterministicMatmul
    ) -> None:
        """Annotate the documents. `spans` are their rows [first, last) in `vectors`, whose length is a multiple of
        BLOCK."""
        copies: dict[int, list[tuple[int, int, int]]] = {}
        self._rows = 1
        for first, last in spans:
            while first < last:
                block = first // BLOCK * BLOCK
                end = min(last, block + BLOCK)
                copies.setdefault(block, []).append((first - block, end - block, self._rows))
                self._rows += end - first
                first = end
        if len(self._features) < self._rows:
            self._features = np.empty((self._rows, self._features.shape[1]), dtype="float32")
        self._features[0] = self._padding
        reduced = np.empty((BLOCK, self._reduce.shape[1]), dtype="float32")
        expanded = np.empty((BLOCK, self._expand.shape[1]), dtype="float32")
        for block, parts in copies.items():
            matmul.multiply(vectors[block : block + BLOCK], self._reduce, reduced)
            reduced += self._bias
            matmul.multiply(reduced, self._expand, expanded)
            for first, end, to in parts:
                self._features[to : to + end - first] = expanded[first:end]
        self._pipe.set_annotations(docs, self._pipe.predict(docs))


class Fast:
    """The fast reader of a model, which it modifies. Raises errors of many classes on a model with other layers."""

    def __init__(self, nlp: Language) -> None:
        from spacy.attrs import IDS

        self._nlp = nlp
        tagger, parser, names = (nlp.get_pipe(name) for name in ("tagger", "parser", "ner"))
        self._shared = Encoder(nlp.get_pipe("tok2vec").model, nlp.vocab.vectors)
        self._own = Encoder(names.model.get_ref("tok2vec").layers[0], nlp.vocab.vectors)
        softmax = tagger.model.get_ref("softmax")
        self._tag, self._tag_bias = np.ascontiguousarray(softmax.get_param("W").T), softmax.get_param("b")
        self._tags = list(tagger.labels)
        self._parser, self._names = TransitionRunner(parser), TransitionRunner(names)
        parts = (self._shared, self._own, self._parser, self._names)
        self._sums = DeterministicMatmul(
            softmax.ops, [self._tag, *(matrix for part in parts for matrix in part.matrices)]
        )
        self._words = Words((self._shared, self._own), self._sums)
        note_only(nlp, [IDS[name] for name in COLUMNS])

    def __call__(self, texts: Sequence[Text]) -> list[Parse]:
        """Parse one batch."""
        step = self._sums.step
        row = step
        batch: list[Tokens] = []
        for text in texts:
            tokens = self._tokens(text, row)
            row = -(-(row + len(tokens) + GAP) // step) * step
            batch.append(tokens)
        known = self._words.rows(np.concatenate([tokens.table for tokens in batch]))
        places = np.concatenate([np.arange(t.row, t.row + len(t)) for t in batch])
        words = np.zeros(-(-row // BLOCK) * BLOCK, dtype="int64")
        words[places] = known
        shared, own = self._shared.run(words, self._sums), self._own.run(words, self._sums)
        tags = self._tagged(shared)
        pieces = [piece for tokens in batch for piece in _pieces(tokens)]
        walked = {id(tokens): [] for tokens in batch}  # type: dict[int, list[Ints]]
        for piece, table in self._walked(pieces, shared, own):
            walked[id(piece.tokens)].append(table)
        strings = self._nlp.vocab.strings
        return [
            columns(
                tokens.table[:, COLUMNS.index("IDX")],
                tokens.table[:, COLUMNS.index("LENGTH")],
                [self._tags[tag] for tag in tags[tokens.row : tokens.row + len(tokens)].tolist()],
                np.concatenate([np.empty((0, 4), dtype="int64"), *walked[id(tokens)]]),
                strings,
            )
            for tokens in batch
        ]

    def _tokens(self, text: Text, row: int) -> Tokens:
        table = tokenized(self._nlp, text.text).to_array(COLUMNS)
        start = table[:, COLUMNS.index("IDX")].astype("int64")
        return Tokens(table, flags(start, text.starts), unwanted(start, text), row)

    def _tagged(self, vectors: Floats) -> Ints:
        found = np.empty(len(vectors), dtype="int64")
        scores = np.empty((BLOCK, len(self._tags)), dtype="float32")
        for at in blocks(len(vectors)):
            self._sums.multiply(vectors[at], self._tag, scores)
            scores += self._tag_bias
            found[at] = scores.argmax(axis=1)
        return found

    def _walked(self, pieces: Sequence[Piece], shared: Floats, own: Floats) -> Iterator[tuple[Piece, Ints]]:
        """Yield each piece with a table (tokens, 4): head as a token of the text, its label, place in a name, label of
        the name."""
        from spacy.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD

        for group in _groups(pieces):
            docs = [self._doc(piece) for piece in group]
            trees = [(doc, piece.rows) for doc, piece in zip(docs, group, strict=True) if piece.wanted]
            if trees:
                self._parser.annotate([doc for doc, _ in trees], shared, [rows for _, rows in trees], self._sums)
            self._names.annotate(docs, own, [piece.rows for piece in group], self._sums)
            for piece, doc in zip(group, docs, strict=True):
                table = doc.to_array([HEAD, DEP, ENT_IOB, ENT_TYPE])[: piece.last - piece.first].astype("int64")
                table[:, 0] += np.arange(piece.first, piece.last)
                yield piece, table

    def _doc(self, piece: Piece) -> Doc:
        from spacy.attrs import SENT_START
        from spacy.tokens import Doc

        inside = slice(piece.first, piece.end)
        words, spaces = (piece.tokens.table[inside, COLUMNS.index(name)].tolist() for name in ("ORTH", "SPACY"))
        doc = Doc(self._nlp.vocab, words=words, spaces=spaces)
        doc.from_array([SENT_START], piece.tokens.starts[inside].reshape(-1, 1))
        return doc


def _pieces(tokens: Tokens) -> Iterator[Piece]:
    """Yield pieces of whole sentences that cover the text, each of at least PIECE tokens; shorter if the next sentence
    differs in whether it gets a tree."""
    first = 0
    for start in np.flatnonzero(tokens.starts == 1).tolist():
        if start - first >= PIECE or tokens.unwanted[start] != tokens.unwanted[first]:
            yield Piece(tokens, first, start)
            first = start
    if len(tokens):
        yield Piece(tokens, first, len(tokens))


def _groups(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    group: list[Piece] = []
    tokens = 0
    for piece in pieces:
        group.append(piece)
        tokens += piece.last - piece.first
        if tokens >= TOGETHER:
            yield group
            group, tokens = [], 0
    if group:
        yield group
