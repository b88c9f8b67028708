"""Edits: apply and compose them, and map offsets through them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Edit:
    """`rule` replaces the raw code points [raw_start, raw_end), which are `original`, by `replacement`. An empty
    `replacement` is a removal, an empty `original` an insertion."""

    raw_start: int
    raw_end: int
    original: str
    replacement: str
    rule: str


def apply(raw: str, edits: Sequence[Edit]) -> str:
    """Apply edits to a raw text. They must be in order and not overlap."""
    pieces = []
    at = 0
    for edit in edits:
        pieces.append(raw[at : edit.raw_start])
        pieces.append(edit.replacement)
        at = edit.raw_end
    pieces.append(raw[at:])
    return "".join(pieces)


def minimal_edit(raw: str, start: int, end: int, replacement: str, rule: str) -> Edit | None:
    """Return the edit without the characters that both ends share with the replacement; None if nothing is left."""
    while start < end and replacement and raw[start] == replacement[0]:
        start, replacement = start + 1, replacement[1:]
    while start < end and replacement and raw[end - 1] == replacement[-1]:
        end, replacement = end - 1, replacement[:-1]
    if start == end and not replacement:
        return None
    return Edit(start, end, raw[start:end], replacement, rule)


def composed(raw: str, first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """Return the edits of the raw text equal to `first` followed by `second` on its result. Edits of both that touch
    the same characters become one, with the second one's rule if it removes all of them."""
    if not first:
        return list(second)
    text = apply(raw, first)
    # The span of each first edit in that text, and the shift of the raw offsets after it.
    spans: list[tuple[int, int]] = []
    shifts: list[int] = []
    shift = 0
    for edit in first:
        start = edit.raw_start - shift
        spans.append((start, start + len(edit.replacement)))
        shift += len(edit.original) - len(edit.replacement)
        shifts.append(shift)
    starts = [start for start, _ in spans]
    ends = [end for _, end in spans]

    def raw_offset(place: int, before: int) -> int:
        """Map an offset. `before`: the number of first edits before it."""
        return place + (shifts[before - 1] if before else 0)

    out: list[Edit] = []
    used = 0
    index = 0
    while index < len(second):
        begin, stop = second[index].raw_start, second[index].raw_end
        last = index + 1
        low = bisect_right(ends, begin)
        # A second edit absorbs the first edits inside it, but not those at its edge.
        high = max(low, bisect_left(starts, stop))
        while high > low and last < len(second) and second[last].raw_start < ends[high - 1]:
            # Another second edit touches the same replacement.
            stop = max(stop, second[last].raw_end)
            last += 1
            high = bisect_left(starts, stop)
        out.extend(first[used:low])
        used = max(used, high)
        if high == low:
            out.append(_moved(second[index], raw_offset(begin, low)))
            index += 1
            continue
        begin, stop = min(begin, starts[low]), max(stop, ends[high - 1])
        pieces: list[str] = []
        at = begin
        for edit in second[index:last]:
            pieces.extend((text[at : edit.raw_start], edit.replacement))
            at = edit.raw_end
        pieces.append(text[at:stop])
        one = second[index]
        removed = last == index + 1 and not one.replacement and (one.raw_start, one.raw_end) == (begin, stop)
        rule = one.rule if removed else first[low].rule
        whole = minimal_edit(raw, raw_offset(begin, low), raw_offset(stop, high), "".join(pieces), rule)
        if whole:
            out.append(whole)
        index = last
    return [*out, *first[used:]]


def _moved(edit: Edit, start: int) -> Edit:
    return replace(edit, raw_start=start, raw_end=start + len(edit.original))


class Offsets:
    """Map offsets of a document's text to its raw text, through its edits."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        # A piece is kept text or a replacement: (text start, raw start, raw end, kept).
        pieces: list[tuple[int, int, int, bool]] = []
        text = raw = 0
        for edit in edits:
            if edit.raw_start > raw:
                pieces.append((text, raw, edit.raw_start, True))
                text += edit.raw_start - raw
            if edit.replacement:
                pieces.append((text, edit.raw_start, edit.raw_end, False))
                text += len(edit.replacement)
            raw = edit.raw_end
        # The last piece is open: it ends with the text.
        pieces.append((text, raw, -1, True))
        self._pieces = pieces
        self._texts = [piece[0] for piece in pieces]

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """Return the raw span of text[start:end] (start < end). A replacement maps to all that it replaced."""
        return self._character(start)[0], self._character(end - 1)[1]

    def _character(self, offset: int) -> tuple[int, int]:
        text, raw, end, kept = self._pieces[bisect_right(self._texts, offset) - 1]
        return (raw + offset - text, raw + offset - text + 1) if kept else (raw, end)
