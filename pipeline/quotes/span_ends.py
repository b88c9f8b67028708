"""Whether words in marks are whole sentences, end as the narrator's, or lack one of their marks."""

from __future__ import annotations

from pipeline.marks import Paragraph, QuotedSpan
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.cue_after import CONTINUATION_MARKS, ENDS, last_character
from pipeline.quotes.cues import quoting_verbs
from pipeline.quotes.labels import AttributedSpan, Attribution
from pipeline.quotes.phrases import FINITE
from pipeline.quotes.words import ANY_VERB, cue_verbs

# Most tokens from a comma to a cue behind its speaker.
MAX_SPEAKER = 7
# Fewest words of a sentence that is no heading.
MIN_SPOKEN_WORDS = 6


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


def is_spoken(context: QuoteContext, quoted_span: QuotedSpan) -> bool:
    """Return whether words are longer than a heading: they end a sentence, and are several or of this many words."""
    text = context.doc.text
    if text[quoted_span.end - 1] not in ENDS:
        return False
    several = any(text[i] in ".?!" for i in range(quoted_span.start, quoted_span.end - 1))
    return several or text.count(" ", quoted_span.start, quoted_span.end) >= MIN_SPOKEN_WORDS


def goes_on_as_narration(context: QuoteContext, paragraph: Paragraph, quoted_span: QuotedSpan) -> bool:
    """Return whether the narrator ends the sentence that quoted words begin (“It would help if he came,” and then
    stayed), or words of his begin one that is followed by whole ones: Its “lock was old. We knew that.”"""
    doc, text = context.doc, context.doc.text
    if not quoted_span.closed or quoted_span.single:
        return False
    tokens = doc.tokens(quoted_span.start, quoted_span.end)
    finite = any(doc.tag[t] in FINITE for t in tokens)
    if any(doc.tag[t] == "." for t in tokens[:-1]) and text[quoted_span.end - 1] in ENDS:
        start = context.sentence_start(quoted_span.outer_start, paragraph.start)
        return finite and not quoting_verbs(doc, context.narrator_tokens(start, quoted_span.outer_start))
    before = text[max(paragraph.start, quoted_span.outer_start - 8) : quoted_span.outer_start].rstrip()
    begins = before[-1:] in (".", "?", "!", "”", '"') or before.endswith("''")
    following = text[quoted_span.outer_end : quoted_span.outer_end + 2].lstrip()
    return begins and finite and text[quoted_span.start].isupper() and following[:1].islower()


def lacks_subject(context: QuoteContext, quoted_span: QuotedSpan) -> bool:
    """Return whether words begin with the verb of a clause whose subject is the narrator's: A slump, he said, “could be
    a good time to borrow.”"""
    doc, text = context.doc, context.doc.text
    first = doc.tokens(quoted_span.start, quoted_span.end)[:1]
    verb = any(doc.tag[t] in FINITE and text[doc.start[t]].islower() for t in first)
    return verb and last_character(text, quoted_span) not in "?!"


def goes_on_before_cue(context: QuoteContext, marked: AttributedSpan) -> bool:
    """Return whether the narrator ends the sentence before the cue: “We are happy” about the ruling, said Lume."""
    doc, text, quoted_span = context.doc, context.doc.text, marked.quoted_span
    a, end = marked.attribution, quoted_span.outer_end
    closed = last_character(text, quoted_span) in CONTINUATION_MARKS or last_character(text, quoted_span) in ENDS
    if a.construction != "after" or a.cue < 0 or closed or text[end : end + 1] != " " or not text[end + 1].islower():
        return False
    first = a.cue if a.speaker is None else min(a.cue, a.speaker.first)
    between = context.narrator_tokens(end, doc.start[first])
    return len(between) > 1 and doc.lower[between[-1]] == "," and doc.tag[between[0]] != "CC"


def is_balanced(context: QuoteContext, quoted_span: QuotedSpan, attribution: Attribution | None) -> bool:
    """Return whether words that lack one of their marks can be a quotation: they contain none of the narrator's (“It is
    late, Lume said. The mayor left.), or have a verb of saying right behind (We left,” Lume said)."""
    if quoted_span.opening < 0:
        listed = attribution is not None and attribution.cue_entry not in (None, ANY_VERB)
        return listed and attribution is not None and attribution.construction == "after"
    tokens = context.doc.tokens(quoted_span.start, quoted_span.end)
    return quoted_span.closed or not any(_attributes(context, t, tokens) for t in tokens)


def _attributes(context: QuoteContext, cue: int, tokens: range) -> bool:
    """Return whether a verb of saying among quoted words attributes those before: It is late, LUME SAID."""
    doc = context.doc
    entry = cue_verbs().get(doc.lower[cue])
    if doc.lower[cue] == "according" and doc.lower[cue - 1] == ",":
        return True
    if entry is None or "quotation" not in entry.constructions or doc.tag[cue] not in ("VBD", "VBZ"):
        return False
    first = max(tokens[0], cue - MAX_SPEAKER)
    sign = next((t for t in range(cue - 1, first - 1, -1) if doc.lower[t] in (",", "!", "?")), None)
    if sign is None:
        return False
    between = range(sign + 1, cue)
    told = any(doc.tag[t] in ("CC", "IN", "WDT", "WP", "WRB", "VBD", "VBZ", "MD") for t in between)
    near = (*doc.lower[sign + 1 : cue], *doc.lower[cue + 1 : cue + 2])
    return not told and {"i", "we", "you", "that"}.isdisjoint(near)
