"""Parts of a text that a model reads at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.sentences import Sentence


def parts(text: str, sentences: Sequence[Sentence], most: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences as code points [start, end). Cut those longer than `most`, at blanks if there are any."""
    for start, end in [(s.start, s.end) for s in sentences] or [(0, len(text))]:
        while end - start > most:
            blank = text.rfind(" ", start + 1, start + most)
            stop = blank if blank > 0 else start + most
            yield start, stop
            start = stop
        if text[start:end].strip():
            yield start, end


def together(spans: Iterator[tuple[int, int]], most: int) -> Iterator[tuple[int, int, list[int]]]:
    """Group consecutive spans into parts of about `most` code points: start, end, and the start of each span."""
    starts: list[int] = []
    stop = 0
    for start, end in spans:
        if starts and end - starts[0] > most:
            yield starts[0], stop, starts
            starts = []
        starts.append(start)
        stop = end
    if starts:
        yield starts[0], stop, starts
