"""Clean the paged text of a PDF: remove running heads and page numbers, join lines to paragraphs.

A page ends with a form feed, a paragraph with a blank line, a line with a line end.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

from pipeline.data import words
from pipeline.documents.clean.edits import Edit, apply, composed, minimal_edit

# The readers (raws.extractor) of such texts.
READERS = frozenset({"pypdfium2"})
# Lines at the top and at the foot of a page that may not belong to the article.
EDGE = 3
# The minimum number and share of pages with a running head: left and right pages have different ones.
MIN_PAGES, MIN_SHARE = 2, 0.4
MAX_HEAD_LENGTH = 120
PAGE_LINE = re.compile(r"[^\n\f]+")
DIGITS = re.compile(r"\d+")
NUMBER = re.compile(r"(?:page |p\. ?)?[-–—|• ]{0,3}(\d{1,4})[-–—|• ]{0,3}(?P<of>(?:of|/) ?\d{1,4})?", re.IGNORECASE)
BLANKS = re.compile(r"[ \n\f]+")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.!?:…][\"'”’)\]]{0,2}$")
FIRST_PART, SECOND_PART = re.compile(r"([^\W\d_]+)-$"), re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line at the edge of a page: text[start:end]. `page` counts from 0."""

    page: int
    start: int
    end: int
    words: str


def edits(text: str) -> list[Edit]:
    """Return the edits of a paged text, in order."""
    removed = [Edit(line.start, line.end, text[line.start : line.end], "", rule) for line, rule in _running_heads(text)]
    return composed(text, removed, list(_joins(apply(text, removed))))


def _running_heads(text: str) -> list[tuple[_Line, str]]:
    """Return the running heads and page numbers, in order, each with its rule."""
    count = text.count("\f") + 1
    found: dict[int, tuple[_Line, str]] = {}
    alike: defaultdict[str, list[_Line]] = defaultdict(list)
    numbers: defaultdict[int, list[_Line]] = defaultdict(list)
    for line in _edges(text):
        number = NUMBER.fullmatch(line.words)
        if number:
            # A page number has the same offset on several pages, or names the total ("3 of 7").
            numbers[int(number[1]) - line.page].append(line)
            if number["of"]:
                found[line.start] = line, "page-number"
        elif any(ch.isalpha() for ch in line.words) and not SENTENCE_END.search(line.words):
            alike[DIGITS.sub("#", " ".join(line.words.casefold().split()))].append(line)
    for offset, lines in numbers.items():
        if len({line.page for line in lines}) >= MIN_PAGES or (count == 1 and offset == 1):
            found |= {line.start: (line, "page-number") for line in lines}
    for head, lines in alike.items():
        pages = {line.page for line in lines}
        if len(head) <= MAX_HEAD_LENGTH and len(pages) >= max(MIN_PAGES, MIN_SHARE * count):
            found |= {line.start: (line, "running-head") for line in lines}
    return [found[line.start] for line in _edges(text, found)]


def _edges(text: str, only: Container[int] | None = None) -> Iterator[_Line]:
    """Yield the first and last lines of each page, in order. With `only`, stop from each edge inwards at the first line
    that does not start at one of these offsets."""
    start = 0
    for page, content in enumerate(text.split("\f")):
        lines = [
            _Line(page, start + found.start(), start + found.end(), found[0].strip())
            for found in PAGE_LINE.finditer(content)
            if found[0].strip()
        ]
        top, foot = lines[:EDGE], lines[: -EDGE - 1 : -1]
        if only is not None:
            top, foot = (list(takewhile(lambda line: line.start in only, part)) for part in (top, foot))
        yield from sorted({*top, *foot}, key=lambda line: line.start)
        start += len(content) + 1


def _joins(text: str) -> Iterator[Edit]:
    """Join lines inside paragraphs, sentences across pages and columns, and hyphenated words."""
    known = frozenset(WORD.findall(text.casefold()))
    for found in BLANKS.finditer(text):
        start, end = found.span()
        if not start or end == len(text) or not ("\n" in found[0] or "\f" in found[0]):
            continue
        before, after = text[max(0, start - 60) : start], text[end : end + 60]
        paragraph = found[0].count("\n") > 1 or "\f" in found[0]
        continues = after[0].islower() and not SENTENCE_END.search(before)
        if before[-1] == "-" and after[0].islower():
            hyphen = 0 if _compound(before, after, known) else 1
            edit = minimal_edit(text, start - hyphen, end, "", "hyphenation")
        elif not paragraph or continues:
            edit = minimal_edit(text, start, end, " ", "hard-wrap")
        else:
            edit = minimal_edit(text, start, end, "\n\n", "blank-lines")
        if edit:
            yield edit


def _compound(before: str, after: str, known: Container[str]) -> bool:
    """Whether a hyphen at a line end belongs to the word: by the words elsewhere in the text, else by the part before
    it."""
    first, second = FIRST_PART.search(before), SECOND_PART.match(after)
    if not first or not second:
        return True
    head, tail = first[1].casefold(), second[0].casefold()
    return f"{head}{tail}" not in known and (head in _compounds() or f"{head}-{tail}" in known)


@cache
def _compounds() -> frozenset[str]:
    return words("hyphen_words.tsv", "first")
