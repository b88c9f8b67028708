"""Whether words in marks are whole sentences, end as the narrator's, or lack one of their marks."""

from __future__ import annotations

from pipeline.marks import Paragraph, QuotedSpan
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.cue_after import ENDS, MAX_TOKENS_AFTER_STOP, last_character
from pipeline.quotes.cues import quoting_verbs
from pipeline.quotes.labels import Attribution
from pipeline.quotes.phrases import FINITE
from pipeline.quotes.words import ANY_VERB, PLAIN, cue_verbs


def is_whole(context: QuoteContext, paragraph: Paragraph, index: int) -> bool:
    """Return whether the quoted span is one or more whole sentences, with no part of the narrator's before or after
    it."""
    quoted_span, text = paragraph.quoted_spans[index], context.doc.text
    before = text[max(paragraph.start, quoted_span.outer_start - 40) : quoted_span.outer_start].rstrip()
    begins = not before or before[-1] in ".?!:…" or before[-1] in "”\"»’'"
    following = text[quoted_span.outer_end : min(paragraph.end, quoted_span.outer_end + 40)].lstrip()
    complete = last_character(text, quoted_span) in ".?!…—–-:" or not quoted_span.closed
    ends = (
        not following
        or following[0] in "“\"«‘'`"
        or (complete and not following[0].islower() and following[0] not in ",;")
    )
    if not begins or not ends:
        return False
    if not complete and following and following[0] not in ".?!":
        return False
    return complete or quoted_span.outer_start == paragraph.start


def goes_on_as_narration(context: QuoteContext, paragraph: Paragraph, quoted_span: QuotedSpan) -> bool:
    """Return whether the narrator ends the sentence that quoted words begin (“It would help if he came,” and then
    stayed), or words of his begin one that is followed by whole ones: Its “lock was old. We knew that.”"""
    doc, text = context.doc, context.doc.text
    if not quoted_span.closed or quoted_span.single:
        return False
    words = doc.tokens(quoted_span.start, quoted_span.end)
    finite = any(doc.tag[t] in FINITE for t in words)
    if any(doc.tag[t] == "." for t in words[:-1]) and text[quoted_span.end - 1] in ENDS:
        start = context.sentence_start(quoted_span.outer_start, paragraph.start)
        return finite and not quoting_verbs(doc, context.narrator_tokens(start, quoted_span.outer_start))
    before = text[max(paragraph.start, quoted_span.outer_start - 8) : quoted_span.outer_start].rstrip()
    begins = before[-1:] in (".", "?", "!", "”", '"') or before.endswith("''")
    following = text[quoted_span.outer_end : quoted_span.outer_end + 2].lstrip()
    return begins and finite and text[quoted_span.start].isupper() and following[:1].islower()


def is_balanced(context: QuoteContext, quoted_span: QuotedSpan, attribution: Attribution | None) -> bool:
    """Return whether words that lack one of their marks can still be a quotation.

    They contain no attribution: “It is late, Lume said. The mayor left. Words that lack the opening mark have a verb of
    saying right behind: It is late,” Lume said.
    """
    doc = context.doc
    if quoted_span.opening >= 0 and quoted_span.closed:
        return True
    words = doc.tokens(quoted_span.start, quoted_span.end)
    if any(_attributes(context, t, words) for t in words):
        return False
    if quoted_span.opening >= 0:
        return True
    if attribution is None or attribution.construction != "after" or attribution.cue < 0:
        return False
    if attribution.cue_entry in (None, ANY_VERB):
        return False
    between = context.narrator_tokens(quoted_span.outer_end, doc.start[attribution.cue])
    return not between or doc.tag[between[0]] not in ("CC", "RB")


def _attributes(context: QuoteContext, cue: int, words: range) -> bool:
    """Return whether a verb of saying among quoted words attributes those before: It is late, LUME SAID."""
    doc = context.doc
    entry = cue_verbs().get(doc.lower[cue])
    if entry is None or entry.lemma not in PLAIN or doc.tag[cue] not in ("VBD", "VBZ") or cue + 1 not in words:
        return False
    comma = next((t for t in range(cue, max(words[0], cue - MAX_TOKENS_AFTER_STOP), -1) if doc.lower[t] == ","), None)
    if comma is None or any(doc.lower[t] in ("that", "and", "but") for t in range(comma, cue)):
        return False
    end = next(
        (t for t in range(cue + 1, min(words[-1], cue + MAX_TOKENS_AFTER_STOP) + 1) if doc.tag[t] in (",", ".")), None
    )
    first_person = any(doc.lower[t] in ("i", "we", "you") for t in range(comma, cue))
    return end is not None and not first_person
