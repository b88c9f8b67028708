"""The input of the rules of quotations: an article with its quotation marks and the narrator's sentences."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.document import Document
from pipeline.marks import Paragraph
from pipeline.quotes.works import crosshead, works


@dataclass(frozen=True, slots=True)
class QuoteContext:
    """The tree, the marks, and for each token whether it is inside marks."""

    doc: Document
    paragraphs: Sequence[Paragraph]
    token_in_marks: Sequence[bool]
    narrator_sentence_starts: Sequence[int]  # where narrator's sentences begin
    titles: Sequence[tuple[int, int]] = ()
    # The opening offsets of quoted words that nobody says: titles of works, slogans, words of crossheads.
    non_quotation_starts: frozenset[int] = frozenset()
    # Headings between paragraphs, [start, end) each.
    crossheads: Sequence[tuple[int, int]] = ()

    def paragraph_start(self, at: int) -> int:
        """Return where the paragraph that contains offset `at` begins."""
        i = bisect_right(self.paragraphs, at, key=lambda paragraph: paragraph.start) - 1
        return self.paragraphs[i].start if i >= 0 else 0

    def narrator_tokens(self, start: int, end: int) -> list[int]:
        """Return the narrator's tokens in the characters [start, end), without blanks."""
        return [
            t
            for t in self.doc.whole_tokens(start, end)
            if not self.token_in_marks[t] and not self.doc.lower[t].isspace()
        ]

    def sentence_end(self, at: int, most: int) -> int:
        """Return where the narrator's sentence at offset `at` ends, `most` at the latest."""
        i = bisect_right(self.narrator_sentence_starts, at)
        return min(most, self.narrator_sentence_starts[i]) if i < len(self.narrator_sentence_starts) else most

    def sentence_start(self, at: int, least: int) -> int:
        """Return where the narrator's sentence that ends at offset `at` begins, `least` at the earliest."""
        i = bisect_right(self.narrator_sentence_starts, at - 1) - 1
        return max(least, self.narrator_sentence_starts[i]) if i >= 0 else least

    def sentences_from(self, start: int, end: int) -> int:
        """Count the narrator's sentences that begin behind offset `start`, up to `end`."""
        return bisect_right(self.narrator_sentence_starts, end) - bisect_right(self.narrator_sentence_starts, start)


def quote_context(doc: Document) -> QuoteContext:
    """Return the `QuoteContext` of a document. Sentence starts inside marks are not the narrator's."""
    found = doc.paragraphs
    spans = [(s.outer_start, s.outer_end) for p in found for s in p.quoted_spans]
    breaks = []
    i = 0
    for sentence in doc.sentences:
        while i < len(spans) and spans[i][1] <= sentence.start:
            i += 1
        if i == len(spans) or sentence.start <= spans[i][0]:
            breaks.append(sentence.start)
    titles = [(s.start, s.end) for s in doc.sentences if s.role == "title"]
    not_said: set[int] = set()
    crossheads = []
    above = {start for start, _ in titles}
    for number, paragraph in enumerate(found):
        between = 0 < number < len(found) - 1 and doc.text[found[number - 1].end - 1] != ":"
        if paragraph.start not in above and between and crosshead(doc.text, paragraph):
            crossheads.append((paragraph.start, paragraph.end))
            not_said.update(s.outer_start for s in paragraph.quoted_spans)
        elif paragraph.quoted_spans:
            not_said |= works(doc, paragraph)
    return QuoteContext(doc, found, doc.in_marks, breaks, titles, frozenset(not_said), crossheads)
