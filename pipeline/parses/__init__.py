"""Run the language model once per document: tokens, trees, tags and names.

    columns               `Text` and `Parse`: input and output of the model
    model                 the model and its two readers: the fast one if it equals stock spaCy, else stock spaCy
    fast                  the fast reader: columns from batches of texts
    tokenizer             spaCy's tokenizer in linear time
    tok2vec               the model's token-to-vector layers on numpy, with a table of words
    deterministic_matmul  matrix products that are the same in any batch

Belongs here: texts in batches by words, long ones in pieces. Does not belong here: the meaning of tokens in news
(mentions, quotes), which documents are pending (assets.build.incremental).

Sentence boundaries are ours (`sentences`): the parser receives the sentence starts and cannot move them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pipeline.parses.columns import Parse, Text
from pipeline.parses.model import MODELS, Reader, load, model_version
from pipeline.sentences import Sentence

__all__ = ["CODE_VERSION", "MODELS", "Parse", "load", "model_version", "parses"]

CODE_VERSION = "2"
# Words and marks per batch: more make larger tables, fewer make the parser's steps small (measured).
BATCH_WORDS = 20_000
_MARK = re.compile(r"[^\w\s]")
# About ten thousand words: ten times a long article. Longer texts are parsed in pieces, to bound memory.
PIECE_CHARACTERS = 60_000
PIECE_WORDS = 20_000


# Which sentences get a tree.
type Wanted = Callable[[str, Sequence[Sentence]], Sequence[bool]]


def parses(
    texts: Iterable[tuple[str, Sequence[Sentence]]], model: str = "sm", wanted: Wanted | None = None
) -> Iterator[Parse]:
    """Yield the parse of each (text, sentences), in order. `wanted` selects the sentences that get a tree (default:
    all). A text longer than PIECE_CHARACTERS is parsed in pieces, smaller ones if it has many marks."""
    pieces = ((text, sentences, list(_pieces(text, sentences))) for text, sentences in texts)
    waiting: list[int] = []

    def cut() -> Iterator[Text]:
        for text, sentences, spans in pieces:
            waiting.append(len(spans))
            trees = list(wanted(text, sentences)) if wanted and sentences else None
            first = [s.start for s in sentences]
            for start, end, starts in spans:
                inside = trees and [trees[max(0, bisect_right(first, at) - 1)] for at in starts]
                yield Text(text[start:end], [at - start for at in starts], inside)

    parsed: list[tuple[str, Parse]] = []
    for text, parse in _read(load(model), cut()):
        parsed.append((text, parse))
        if len(parsed) == waiting[0]:
            waiting.pop(0)
            yield _joined(parsed)
            parsed = []


def _pieces(text: str, sentences: Sequence[Sentence]) -> Iterator[tuple[int, int, list[int]]]:
    """Yield spans that cover the text, each with its sentence starts. Cut before a sentence; inside one only if it is
    longer than a piece."""
    starts = [s.start for s in sentences] or [0]
    most = PIECE_CHARACTERS
    if len(text) > PIECE_WORDS:
        # A text of only marks has as many tokens as characters.
        most = min(most, PIECE_WORDS * len(text) // _words(text))
    begin = 0
    inside: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if inside and end - begin > most:
            yield begin, start, inside
            begin, inside = start, []
        inside.append(start)
        while end - begin > most:
            blank = text.rfind(" ", begin + 1, begin + most)
            stop = blank if blank > 0 else begin + most
            yield begin, stop, inside
            begin, inside = stop, [stop]
    yield begin, len(text), inside


def _joined(parsed: Sequence[tuple[str, Parse]]) -> Parse:
    """Join the pieces of one text to one parse."""
    if len(parsed) == 1:
        return parsed[0][1]
    whole: dict[str, list[Any]] = {f: [] for f in Parse.__dataclass_fields__}
    offset = 0
    for text, piece in parsed:
        tokens = len(whole["start"])
        whole["start"] += [offset + at for at in piece.start]
        whole["end"] += [offset + at for at in piece.end]
        whole["head"] += [tokens + at for at in piece.head]
        whole["dep"] += piece.dep
        whole["tag"] += piece.tag
        whole["entities"] += [(offset + start, offset + end, label) for start, end, label in piece.entities]
        offset += len(text)
    return Parse(**{name: tuple(values) for name, values in whole.items()})


def _read(read: Reader, pieces: Iterable[Text]) -> Iterator[tuple[str, Parse]]:
    for batch in _batches(pieces):
        yield from zip((text.text for text in batch), read(batch), strict=True)


def _words(text: str) -> int:
    """Estimate the tokens of a text: each mark is one, and a text without blanks has many."""
    return max(text.count(" ") + 1 + len(_MARK.findall(text)), len(text) // 6)


def _batches(pieces: Iterable[Text]) -> Iterator[list[Text]]:
    batch: list[Text] = []
    words = 0
    for piece in pieces:
        batch.append(piece)
        words += _words(piece.text)
        if words >= BATCH_WORDS:
            yield batch
            batch, words = [], 0
    if batch:
        yield batch
