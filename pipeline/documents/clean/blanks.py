"""Normalize blanks: one between words, a line break or a blank line between paragraphs, none at the ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

type Change = tuple[int, int, str, str]

# A run of blanks other than one space, one line break or one blank line. Any three blanks in a row match an
# alternative, which bounds backtracking.
UNEVEN = re.compile(r"\s*(?:[^\S \n]|  | \n|\n |\n\n\n)\s*")
BREAKS = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
# Hard-wrapped text has the width of mail and wire copy, which nearly all breaks inside paragraphs keep, and most breaks
# are inside sentences. Fewer than MIN_BREAKS prove nothing.
NARROWEST, WIDEST = 45, 100
MIN_BREAKS = 4
MIN_KEPT = 0.9
MAX_ENDS = 0.5
# A break within a sentence: the next line continues with a small letter.
BROKEN = re.compile(r"(?<=[a-z,])\n{1,2}(?=[a-z])")
SENTENCE_END = re.compile(r"[.!?:…][\"”’)\]]{0,2}$")


def normalize_blanks(text: str) -> Iterator[Change]:
    """Yield (start, end, replacement, rule) for each irregular run of blanks, and for those at both ends."""
    stripped = len(text) - len(text.lstrip())
    stop = len(text.rstrip())
    if stripped:
        yield 0, stripped, "", "outer-blanks"
    for found in UNEVEN.finditer(text, stripped, stop):
        breaks = sum(1 for _ in BREAKS.finditer(found[0]))
        wanted = ("", "\n", "\n\n")[min(breaks, 2)] or " "
        if wanted != found[0]:
            yield found.start(), found.end(), wanted, _rule(found[0], breaks)
    if stop < len(text) and stop > stripped:
        yield stop, len(text), "", "outer-blanks"


def _rule(run: str, breaks: int) -> str:
    if breaks > 2:
        return "blank-lines"
    return "line-blanks" if breaks else "blank-run"


def unwrapped(text: str) -> Iterator[Change]:
    """Replace line breaks inside sentences by a space (by nothing after a hyphen) if the text is clearly hard-wrapped:
    the next line's first word would not have fitted."""
    breaks = _inner_breaks(text)
    if len(breaks) < MIN_BREAKS:
        return
    width = max(end - start for start, end, _, _ in breaks)
    if not NARROWEST <= width <= WIDEST:
        return
    full = [one for one in breaks if one[1] - one[0] + 1 + one[3] > width]
    ends = sum(bool(SENTENCE_END.search(text, max(start, end - 4), end)) for start, end, _, _ in full)
    if len(full) < MIN_KEPT * len(breaks) or ends > MAX_ENDS * len(full):
        return
    for start, end, after, _ in full:
        hyphen = text[end - 1] == "-" and text[after].islower()
        # A headline or byline is not joined: it is too short, or a blank line follows it.
        if end > start:
            yield end, after, "" if hyphen else " ", "hard-wrap"


def _open(line: str) -> bool:
    """Whether a line ends within quotation marks."""
    return line.rfind("“") > line.rfind("”") or line.count('"') % 2 == 1


def _closed(line: str) -> bool:
    """Whether the first quotation mark of a line is a closing one."""
    at = min((place for mark in '“”"' if (place := line.find(mark)) >= 0), default=-1)
    return at > 0 and line[at] != "“"


def within_marks(text: str) -> Iterator[Change]:
    """Join lines within quotation marks: a line opens them, the next one continues with a small letter and closes
    them."""
    for found in BROKEN.finditer(text):
        start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
        line, below = text[start : found.start()], text[found.end() : end if end >= 0 else len(text)]
        if _open(line) and _closed(below):
            yield found.start(), found.end(), " ", "hard-wrap"


def _inner_breaks(text: str) -> list[tuple[int, int, int, int]]:
    """Return (line start, line end, next line's start, length of its first word) for breaks between lines of words."""
    out: list[tuple[int, int, int, int]] = []
    start = 0
    while True:
        end = text.find("\n", start)
        if end < 0:
            return out
        after = end + 1
        if end > start and after < len(text) and not text[after].isspace():
            stop = after
            while stop < len(text) and stop - after <= WIDEST and not text[stop].isspace():
                stop += 1
            out.append((start, end, after, stop - after))
        start = after
