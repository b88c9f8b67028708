"""The language model, run once a document -> tokens.

    columns   `Parse`: what the model is read for
    model     the model and its two readers: the fast one where it reads as stock spaCy does, else stock's
    fast      the fast reader: columns from batches of texts
    tokenizer spaCy's tokenizer in linear time
    vectors   the model's token-to-vector layers on numpy, with a table of words
    sums      products that are the same in any batch

Belongs here: texts in batches by words, long ones in pieces. Does not belong here: what tokens mean to news
(mentions, quotes), which documents are due (assets.build.incremental).

Sentence boundaries are ours (`sentences`): the parser is told where sentences start and may not move them.
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
# Words and marks a batch: more of them make larger tables, fewer make the steps of the parser small (measured).
BATCH_WORDS = 20_000
_MARK = re.compile(r"[^\w\s]")
# Some ten thousand words: ten times a long article. A longer text is parsed in pieces, so that memory stays flat.
PIECE_CHARACTERS = 60_000
PIECE_WORDS = 20_000


# Which sentences' trees are wanted.
type Wanted = Callable[[str, Sequence[Sentence]], Sequence[bool]]


def parses(
    texts: Iterable[tuple[str, Sequence[Sentence]]], model: str = "sm", wanted: Wanted | None = None
) -> Iterator[Parse]:
    """(text, its sentences) -> its parse, in order; with `wanted`, with the trees of some sentences only. A text longer
    than PIECE_CHARACTERS is parsed in pieces, one of many marks in smaller ones."""
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
    """Spans that cover the text, each with the sentence starts in it: cut before a sentence, and inside one only
    where it is longer than a piece by itself."""
    starts = [s.start for s in sentences] or [0]
    most = PIECE_CHARACTERS
    if len(text) > PIECE_WORDS:
        # A text of marks alone has as many tokens as characters.
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
    """The pieces of one text as one parse."""
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
    """About how many tokens a text has: each mark is one, too, and a text without blanks is many."""
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
