"""Remove from the text of a web page what it shows twice: pull quotes, teasers of paragraphs, repeated paragraphs.

A removed line is whole in another one, so that no words are lost. The first paragraph and what is above it stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pipeline.documents.clean.lines import Line

READERS = frozenset({"trafilatura"})
# A pull quote has at least this many words (more without marks or a stop), a repeated paragraph more: short answers are
# repeated in interviews.
MIN_QUOTE, MIN_LONG, MIN_TEASER, MIN_REPEATED = 6, 10, 8, 12
# A line of this length is a paragraph, a longer one no pull quote; of longer texts, only the beginning is compared.
PARAGRAPH, MAX_QUOTE, MAX_LINES, MAX_TEXT = 100, 300, 1_000, 200_000
# Most lines that a line is compared with, so that the time is linear.
MAX_COMPARED = 20
SENTENCE = re.compile(r"[.!?…](?:[\"”’»)]{0,2})\s+")
ENDED = re.compile(r"[.!?…][\"”’»)]{0,2}$")
CUT = re.compile(r"(?:…|\.\.\.)[\"”’»)\]]{0,2}$")
APOSTROPHE = re.compile(r"[’'\u00ad]")
# Between the words of lines, so that no match spans two.
BETWEEN = " \n "


def removals(lines: Sequence[Line]) -> list[tuple[int, int, str]]:
    """Return (start, end, rule) of each line that is also in another one."""
    lines = lines[:MAX_LINES]
    first = next((index for index, line in enumerate(lines) if len(line.text) >= PARAGRAPH), len(lines))
    words = [_words(line.text) for line in lines]
    body = BETWEEN.join(("", *words[first:], ""))[:MAX_TEXT]
    seen: set[str] = set()
    out = []
    for line, own in zip(lines[first:], words[first:], strict=True):
        count = own.count(" ") + 1
        if CUT.search(line.text) and count >= MIN_TEASER and f"\n {own} " in body:
            out.append((line.start, line.end, "teaser"))
        elif own in seen and count >= MIN_REPEATED:
            out.append((line.start, line.end, "repeated-paragraph"))
        elif _is_sentence(line.text, count) and _is_within(line.text, own, body):
            out.append((line.start, line.end, "pull-quote"))
        seen.add(own)
    return out


def _is_sentence(text: str, count: int) -> bool:
    """Whether a line can be a pull quote: a sentence or words in marks, not an item of a list."""
    said = count >= MIN_QUOTE and (ENDED.search(text) is not None or text[0] in "\"“‘'«")
    return (said or count >= MIN_LONG) and len(text) <= MAX_QUOTE


def _is_within(text: str, own: str, body: str) -> bool:
    """Whether another, longer line of the body has each sentence of a line: one of the first with the longest
    sentence."""
    parts = [part for one in SENTENCE.split(text) if (part := _words(one))]
    held = islice(_lines_with(max(parts, key=len), body), MAX_COMPARED)
    return any(len(line) > len(own) + 2 and all(f" {part} " in line for part in parts) for line in held)


def _lines_with(words: str, body: str) -> Iterator[str]:
    """Yield the lines of the body that have some words."""
    at = -1
    while (at := body.find(f" {words} ", at + 1)) >= 0:
        start, end = body.rfind("\n", 0, at + 1), body.find("\n", at)
        yield body[start + 1 : end]
        at = end if end >= 0 else len(body)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", APOSTROPHE.sub("", text.casefold())))
