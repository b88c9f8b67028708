"""Find the speaker of quoted words from what follows: the next paragraph, or a sentence that only attributes them."""

from __future__ import annotations

import re

from pipeline.data import any_of
from pipeline.marks import QuotedSpan
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.cues import FARTHEST
from pipeline.quotes.labels import PUT_VERBS, Attribution
from pipeline.quotes.phrases import Phrase, noun_heads, phrase, top
from pipeline.quotes.words import ANY_VERB, WORDS_OF, cue_verbs

_WORDS = any_of(WORDS_OF)

# Before the name: "That was how X put it", "So said X", "Those were the words of X".
ATTRIBUTING = re.compile(
    r"\s{0,3}(?:(?:that|this|those|these|such) (?:is|was|are|were) (?:also |just )?"
    r"(?:how|what|the way|according to"
    rf"|(?:the |an? )(?:\w{{2,20}} )?(?:{_WORDS}) (?:of|from|by))"
    r"|so (?:said|says|wrote|declared|warned))\s",
    re.IGNORECASE,
)

# The same within the sentence: “No,” was how X put it; “no”, as X put it.
WITHIN = re.compile(
    r"(?:,? (?:is|was|are|were) (?:(?:also |just )?(?:how|what)"
    rf"|(?P<noun>(?:the |an? )(?:\w{{2,20}} )?(?:{_WORDS}) (?:of|from)))"
    r"|,? as)\s",
    re.IGNORECASE,
)
# “No,” was the mayor's curt reply.
OWNED = re.compile(
    r",? (?:is|was|came|ran) (?P<owner>[^.,;:“”\"]{2,60}?)(?:[’']s?|(?<=\bhis)|(?<=\bher)|(?<=\btheir)) "
    rf"(?:[\w-]{{2,20}} ){{0,2}}(?:{_WORDS})\b",
    re.IGNORECASE,
)
# “No,” was all that the mayor would say.
ALL = re.compile(
    r",? (?:is|was) (?:all|the only thing)(?: that)? (?P<owner>[^.,;:“”\"]{2,60}?) "
    r"(?:would|could|can|will|had to|has to|was willing to|managed to|cared to|was prepared to) (?:say|offer|add)\b",
    re.IGNORECASE,
)


def attribution_in_trailing_clause(context: QuoteContext, quoted_span: QuotedSpan, end: int) -> Attribution | None:
    """Return the attribution in the quoted span's own sentence: "was how X put it", "as X put it"."""
    doc = context.doc
    span = quoted_span.outer_end, min(end, quoted_span.outer_end + FARTHEST)
    owned = OWNED.match(doc.text, *span) or ALL.match(doc.text, *span)
    if owned is not None and (owner := doc.whole_tokens(*owned.span("owner"))):
        # The head of the whole phrase: "the MINISTER of trade's answer".
        noun = next(iter(noun_heads(doc, owner)), owner[-1])
        return Attribution("told", Phrase(owner[0], owner[-1], top(doc, noun, owner[0], owner[-1] + 1)))
    lead = WITHIN.match(doc.text, *span)
    tokens = context.narrator_tokens(lead.end(), context.sentence_end(lead.end(), end)) if lead else []
    if lead is not None and lead["noun"] and (nouns := noun_heads(doc, tokens)):
        return Attribution(
            "told", phrase(doc, top(doc, nouns[0], tokens[0], tokens[-1] + 1), tokens[0], tokens[-1] + 1)
        )
    verb = next((t for t in tokens if doc.lower[t] in PUT_VERBS or doc.lower[t] in cue_verbs()), None)
    if lead is None or verb is None or doc.lower[verb + 1 : verb + 2] not in (("it",), ("them",), ("her",), ("him",)):
        return None
    nouns = noun_heads(doc, (t for t in tokens if t < verb))
    if not nouns:
        return None
    speaker = phrase(doc, top(doc, nouns[0], tokens[0], verb), tokens[0], verb)
    return Attribution("after", speaker, verb, verb, cue_verbs().get(doc.lower[verb], ANY_VERB))


def attribution_in_following_sentence(context: QuoteContext, quoted_span: QuotedSpan, end: int) -> Attribution | None:
    """Return the attribution in a separate sentence right behind the words, up to the offset `end`."""
    doc = context.doc
    lead = ATTRIBUTING.match(doc.text, quoted_span.outer_end, min(end, quoted_span.outer_end + FARTHEST))
    if lead is None:
        return None
    at = lead.end()
    tokens = context.narrator_tokens(at, context.sentence_end(at, end))
    nouns = noun_heads(doc, tokens)
    if not nouns:
        return None
    low, high = tokens[0], tokens[-1] + 1
    speaker = phrase(doc, top(doc, nouns[0], low, high), low, high)
    cue = next(
        (t for t in tokens if t > speaker.last and (doc.lower[t] in cue_verbs() or doc.lower[t] in PUT_VERBS)), -1
    )
    return Attribution("told", speaker, cue, cue, cue_verbs().get(doc.lower[cue], ANY_VERB) if cue >= 0 else None)
