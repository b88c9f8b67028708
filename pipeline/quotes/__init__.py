"""Find quotations and reported speech: who said what, by which cue, to whom.

Belongs here: quoted words that somebody says (direct, mixed), reported clauses (indirect), the cue and its class, the
speaker with offsets and chain, the venue, the fragments of an utterance, the confidence of the rules.
Does not belong here: quoted words that nobody says (they are no quotes), when it was said (dates), the same utterance
in other articles (statements).

    words                 verbs and nouns of saying, as data
    cues                  verbs of saying beside quoted words
    context               the input of the rules: an article with its marks and the narrator's sentences
    phrases               noun phrases and subjects
    works                 titles, slogans and headings: quoted words that nobody says
    non_assertive_cues    cues that report no words: negated, refused, imagined
    attribution           quoted spans -> speakers: the order of the rules
    cue_after            the same by a cue behind the words
    labels                the same without a verb of saying
    context_attribution   the same from the sentences around
    trailing_attribution  the same from the next paragraph, or a sentence that only attributes
    reported              cues -> what they report
    reported_utterance    one reported utterance: its words and its speaker
    clauses               where a reported clause begins and ends
    word_order_clauses    reported clauses by word order, if the tree has none
    word_order_fragments  fragments in marks by word order, if no other rule attributes them
    span_ends             words in marks: whole sentences, parts of the narrator's, without one of their marks
    relays                outlets that pass on what another says
    classes               reported clauses -> statement, attitude or nominal
    fragments             reported clauses that contain quoted words
    speakers              phrases -> chains of the article
    names_behind          names right behind the noun or body that heads a phrase
    roles                 the role in which a speaker speaks
    bodies                it, the ministry, the paper -> bodies of the article
    documents             the report, the letter -> their issuers
    topics                the persons that "the Democrat" and "the Texan" can mean
    interviews            paragraphs behind the label of their speaker
    venues                to whom, through what
    confidence            the share of such quotations that is right
    selection             the sentences whose tree these rules read
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.document import Document
from pipeline.marks import QuotedSpan
from pipeline.mentions import Mention
from pipeline.mentions.antecedents import SEVERAL
from pipeline.quotes.attribution import attributed
from pipeline.quotes.classes import DENYING, utterance_class
from pipeline.quotes.confidence import of_marked, of_reported
from pipeline.quotes.context import QuoteContext, quote_context
from pipeline.quotes.context_attribution import asks
from pipeline.quotes.cue_after import last_character
from pipeline.quotes.fragments import MIN_CLAUSE_LENGTH, continued, outside, over_list, over_marks, shared
from pipeline.quotes.interviews import interviews
from pipeline.quotes.labels import AttributedSpan
from pipeline.quotes.phrases import Phrase
from pipeline.quotes.relays import drop_relay_attributions, is_relay
from pipeline.quotes.reported import reported
from pipeline.quotes.reported_utterance import Reported
from pipeline.quotes.span_ends import goes_on_before_cue, lacks_subject
from pipeline.quotes.speakers import Speaker, SpeakerResolver
from pipeline.quotes.venues import remarks, venue
from pipeline.quotes.word_order_fragments import word_order_fragments
from pipeline.quotes.words import ANY_VERB, CONTINUATION_VERBS, DOCUMENTS, THINKING, CueEntry

CODE_VERSION = "64"
# Drop an indirect quote if this share of its characters is in quoted words already attributed.
MAX_SHARED = 0.8
# Most quoted spans read inside one clause.
MAX_SPANS_PER_CLAUSE = 100
# Words that begin an answer.
ANSWER = re.compile(r"(?:No|Yes|Yeah|Nope)[.,!]")
# Turns of a conversation that show its two partners.
MAX_TURNS = 3
# Most fragments that continue a list.
MAX_LISTED = 8


@dataclass(frozen=True, slots=True)
class Quote:
    """One quotation or one fragment of one. Offsets are code points of the text; None if unknown.

    `part_of` is the index in the returned list of the utterance's first fragment; None for that one. A mixed quotation
    inside a reported clause is part of the clause. The other fields are columns of `quotes`.
    """

    start: int
    end: int
    kind: str
    part_of: int | None = None
    speaker_start: int | None = None
    speaker_end: int | None = None
    speaker_basis: str = "none"
    speaker_chain: int | None = None
    cue_start: int | None = None
    cue_end: int | None = None
    cue_class: str | None = None
    venue_start: int | None = None
    venue_end: int | None = None
    venue_chain: int | None = None
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Utterance(Quote):
    """A quotation with its column `class`, a Python keyword that cannot be a field's name."""

    utterance_class: str = "statement"


@dataclass(frozen=True, slots=True)
class _PendingQuote:
    """A quotation before its final index is known; `part_of` is an index in the list of pending quotations."""

    quote: Utterance
    part_of: int | None


def quotes(doc: Document, mentions: Sequence[Mention]) -> list[Utterance]:
    """Return the quotations of one article in text order. Quotes of one kind do not overlap; an indirect one can hold
    mixed ones. Time is linear in the text."""
    context = quote_context(doc)
    resolver = SpeakerResolver(context, mentions)
    marked = attributed(context)
    pending = _marked(context, resolver, marked)
    pending.extend(_indirect(context, resolver, marked, pending))
    pending.extend(_by_word_order(context, resolver, pending))
    return _carried_venues(context, resolver, _ordered(pending))


def _ordered(pending: Sequence[_PendingQuote]) -> list[Utterance]:
    """Sort in text order. An utterance's other fragments become parts of its first one in that order."""
    order = sorted(range(len(pending)), key=lambda i: (pending[i].quote.start, -pending[i].quote.end, i))
    first: dict[int, int] = {}
    found = []
    for place, i in enumerate(order):
        pending_quote = pending[i]
        group = i if pending_quote.part_of is None else pending_quote.part_of
        if group in first:
            found.append(replace(pending_quote.quote, part_of=first[group]))
        else:
            first[group] = place
            found.append(pending_quote.quote)
    return found


def _carried_venues(context: QuoteContext, resolver: SpeakerResolver, found: list[Utterance]) -> list[Utterance]:
    """Add venues from other sentences. "X made the remarks in ..." gives the venue to X's quotations around it, up to
    another speaker's. "X added" keeps the venue of X's quotation before."""
    named_venues = [(r.at, resolver.speaker(r.speaker).chain, r.venue) for r in remarks(context)]
    done = list(found)
    for at, chain, where in named_venues:
        if chain is None:
            continue
        i = bisect_left(done, at, key=lambda q: q.start)
        for way in (range(i - 1, -1, -1), range(i, len(done))):
            for k in way:
                if done[k].speaker_chain != chain or done[k].venue_start is not None:
                    break
                done[k] = _with_venue(context, resolver, done[k], where)
    for k in range(1, len(done)):
        last, quote = done[k - 1], done[k]
        if quote.venue_start is not None or last.venue_start is None or quote.cue_start is None:
            continue
        cue = context.doc.text[quote.cue_start : quote.cue_end].lower()
        if (
            cue.split(" ")[0] in CONTINUATION_VERBS
            and quote.speaker_chain is not None
            and quote.speaker_chain == last.speaker_chain
        ):
            done[k] = replace(
                quote, venue_start=last.venue_start, venue_end=last.venue_end, venue_chain=last.venue_chain
            )
    return done


def _with_venue(context: QuoteContext, resolver: SpeakerResolver, quote: Utterance, where: Phrase) -> Utterance:
    """Return the quotation with a venue, unless the venue is inside its words."""
    start, end = context.doc.start[where.first], context.doc.end[where.last]
    if start < quote.end and quote.start < end:
        return quote
    return replace(quote, venue_start=start, venue_end=end, venue_chain=resolver.chain_of(where))


def _marked(context: QuoteContext, resolver: SpeakerResolver, marked: Sequence[AttributedSpan]) -> list[_PendingQuote]:
    """Return a pending quotation for each attributed quoted span of quoted words."""
    pending: list[_PendingQuote] = []
    for i, m in enumerate(marked):
        a = m.attribution
        speaker = resolver.speaker(a.speaker) if a.speaker else None
        if a.construction == "reply" and speaker is None:
            speaker = _partner(pending)
        answers = a.construction == "carried" and ANSWER.match(context.doc.text, m.start)
        if answers and asks(context.doc, marked[i - 1]) and (partner := _partner(pending)) is not None:
            # “That is not what I asked,” Lume said. “No. It was not.”
            speaker, m = partner, replace(m, continues_index=None)
        if speaker and a.construction in ("carried", "answer", "reply"):
            speaker = replace(speaker, basis="carried")
        whole = m.whole or (_complete(context, m) and not continued(context, m)) or _continues_directly(pending, m)
        quote = Utterance(
            start=m.start,
            end=_without_comma(context.doc.text, m.start, m.end),
            kind="direct" if whole else "mixed",
            utterance_class="attitude" if _is_thought_not_speech(a.cue_entry, whole) else "statement",
            confidence=of_marked(
                _rule(context, m),
                whole,
                speaker.confidence if speaker else None,
            ),
        )
        quote = _with_cue(
            context,
            resolver,
            quote,
            a.cue,
            a.cue_end,
            a.cue_entry.cue_class if a.cue_entry else None,
            a.speaker,
            a.relaying_outlet,
        )
        pending.append(_PendingQuote(_with_speaker(quote, speaker), m.continues_index))
    return pending


def _partner(pending: Sequence[_PendingQuote]) -> Speaker | None:
    """Return the partner in a conversation of who spoke last, if of the latest quotations only two persons are the
    speakers."""
    turns = [p.quote for p in pending[-MAX_TURNS:]]
    last = turns[-1].speaker_chain if turns else None
    others = [q for q in turns if q.speaker_chain not in (None, last)]
    if last is None or not others or len({q.speaker_chain for q in others}) > 1:
        return None
    other = others[-1]
    assert other.speaker_start is not None and other.speaker_end is not None
    return Speaker(other.speaker_start, other.speaker_end, "carried", other.speaker_chain, SEVERAL)


def _rule(context: QuoteContext, m: AttributedSpan) -> str:
    """Return the rule whose confidence the words have: its construction, or the kind of a verb that is in no table."""
    a, doc = m.attribution, context.doc
    if a.construction != "after" or a.cue_entry is not ANY_VERB:
        return a.construction
    exclaimed = last_character(doc.text, m.quoted_span) in "?!"
    head = a.speaker.head if a.speaker is not None else 0
    described = a.speaker is not None and doc.tag[head].startswith("NN") and doc.words[head].islower()
    return "any verb of a description" if exclaimed and described else "any verb"


def _is_thought_not_speech(entry: CueEntry | None, whole: bool) -> bool:
    """Whether quoted words were only thought or felt. A whole quotation that a court "held" was said."""
    if entry is None or entry.cue_class != "attitude":
        return False
    return not whole or entry.lemma in THINKING


def _without_comma(text: str, start: int, end: int) -> int:
    """Return the end of quoted words without the comma that American style puts before the closing mark."""
    bare = len(text[start:end].rstrip(", "))
    return start + bare if bare else end


def _continues_directly(pending: Sequence[_PendingQuote], m: AttributedSpan) -> bool:
    """Whether the words continue a direct quotation: "The bridge," she said, "is safe." """
    return m.continues_index is not None and pending[m.continues_index].quote.kind == "direct"


def _complete(context: QuoteContext, m: AttributedSpan) -> bool:
    """Whether quoted words inside the narrator's sentence are all that the cue reports."""
    text = context.doc.text
    before = text[
        max(context.paragraph_start(m.start), m.quoted_span.outer_start - 40) : m.quoted_span.outer_start
    ].rstrip()
    if lacks_subject(context, m.quoted_span) or goes_on_before_cue(context, m):
        return False
    if m.attribution.construction in ("after", "same", "told", "answer", "reply"):
        return not before or before[-1] in ".?!:,”\"»’'"
    led_in = before.endswith((",", ":", "that"))
    return m.attribution.construction in ("colon", "label", "dash") or (
        led_in and (text[m.start].isupper() or (text[m.end - 1] in ".?!," and m.end - m.start > MIN_CLAUSE_LENGTH))
    )


def _with_speaker(quote: Utterance, speaker: Speaker | None) -> Utterance:
    if speaker is None:
        return quote
    return replace(
        quote,
        speaker_start=speaker.start,
        speaker_end=speaker.end,
        speaker_basis=speaker.basis,
        speaker_chain=speaker.chain,
    )


def _with_cue(
    context: QuoteContext,
    resolver: SpeakerResolver,
    quote: Utterance,
    cue: int,
    cue_end: int,
    cue_class: str | None,
    speaker: Phrase | None,
    via: Phrase | None = None,
) -> Utterance:
    """Return the quotation with its cue and the venue beside the cue."""
    if cue < 0:
        return quote
    doc = context.doc
    quote = replace(quote, cue_start=doc.start[cue], cue_end=doc.end[cue_end], cue_class=cue_class)
    where = venue(doc, cue, cue_end) or via
    if where is None and speaker is not None and doc.lower[speaker.head] in DOCUMENTS:
        where = speaker
    elif where is None or (speaker is not None and where.head == speaker.head):
        return quote
    return _with_venue(context, resolver, quote, where)


def _indirect(
    context: QuoteContext, resolver: SpeakerResolver, marked: Sequence[AttributedSpan], pending: list[_PendingQuote]
) -> list[_PendingQuote]:
    """Return reported clauses, except those that only repeat quoted words. Of two that overlap, the outer one is kept.

    Quoted words inside a clause are part of it. Those that are mixed quotations already are changed in place in
    `pending`; the others are returned with the clause.
    """
    doc = context.doc
    quoted_spans = [s for p in context.paragraphs for s in p.quoted_spans]
    known = {m.quoted_span.outer_start: i for i, m in enumerate(marked)}
    found: list[_PendingQuote] = []
    taken = -1
    i = 0
    relayed = sorted(doc.start[m.attribution.relaying_outlet.head] for m in marked if m.attribution.relaying_outlet)
    candidates = sorted(_candidates(context, marked), key=lambda r: (r.spans[0][0], -r.spans[-1][1]))
    namings = [r for r in candidates if r.construction == "naming" and r.speaker is not None]
    for candidate in candidates:
        if candidate.spans[0][0] < taken or is_relay(doc, candidate, relayed):
            continue
        while i < len(quoted_spans) and quoted_spans[i].outer_end <= candidate.spans[0][0]:
            i += 1
        held = _marked_spans_within(quoted_spans, i, candidate.spans[-1][1])
        own = [s for s in held if (k := known.get(s.outer_start)) is not None and pending[k].quote.kind == "direct"]
        spans = [span for span in (outside(span, own) for span in candidate.spans) if span is not None]
        if not spans:
            continue
        r = replace(candidate, spans=_with_marks(doc.text, spans, quoted_spans, i))
        held = _marked_spans_within(quoted_spans, i, max(candidate.spans[-1][1], r.spans[-1][1]))
        index = len(pending) + len(found)
        if _narrates(doc, r, held) or _titles(context, r, held) or _prompts(context, r, quoted_spans[i : i + 1]):
            continue
        taken = r.spans[-1][1]
        inner = [
            s
            for s in held
            if s not in own
            and s.outer_start not in context.non_quotation_starts
            and any(a <= s.start and s.end <= b for a, b in r.spans)
        ]
        fill = shared(r.spans, inner) > MAX_SHARED * sum(b - a for a, b in r.spans)
        if not fill:
            found.extend(_clause(context, resolver, r, index))
        first: int | None = None if fill else index
        for s in inner:
            k = known.get(s.outer_start)
            if k is not None:
                if not fill and pending[k].part_of is None:
                    pending[k] = replace(pending[k], part_of=index)
                if pending[k].quote.speaker_basis == "none":
                    # "The union said growers were asked to “go without”"
                    pending[k] = _as_clause(context, resolver, pending[k], _reporting(r, namings, s), index)
            elif (words := _reporting(r, namings, s)) is not None:
                place = len(pending) + len(found)
                words = replace(words, spans=((s.start, _without_comma(doc.text, s.start, s.end)),))
                quote = _clause(context, resolver, words, index)[0].quote
                part_of = first if words.cue == r.cue else None
                found.append(_PendingQuote(replace(quote, kind="mixed", utterance_class="statement"), part_of))
                first = place if first is None and words.cue == r.cue else first
    return found


def _by_word_order(
    context: QuoteContext, resolver: SpeakerResolver, pending: Sequence[_PendingQuote]
) -> list[_PendingQuote]:
    """Return the fragments that only word order attributes, as parts of their cue's clause where there is one."""
    marked = _by_quoted_span(context, pending)
    clauses = {p.quote.cue_start: i for i, p in reversed(list(enumerate(pending))) if p.part_of is None}
    every = list(pending)
    for quoted_span, by in word_order_fragments(context, marked):
        place, end = len(every), _without_comma(context.doc.text, quoted_span.start, quoted_span.end)
        if isinstance(by, QuotedSpan):
            listed = marked[by.outer_start]
            quote, first = every[listed].quote, every[listed].part_of
            first = listed if first is None else first
        else:
            quote = _clause(context, resolver, by, place)[0].quote
            first = place if quote.cue_start is None else clauses.setdefault(quote.cue_start, place)
        quote = replace(quote, start=quoted_span.start, end=end, kind="mixed", utterance_class="statement")
        every.append(_PendingQuote(quote, None if first == place else first))
        marked[quoted_span.outer_start] = place
    return every[len(pending) :]


def _by_quoted_span(context: QuoteContext, pending: Sequence[_PendingQuote]) -> dict[int, int]:
    """Map the opening offset of each quoted span in which a direct or mixed quotation begins to that quotation."""
    starts = sorted((p.quote.start, i) for i, p in enumerate(pending) if p.quote.kind != "indirect")
    found: dict[int, int] = {}
    for quoted_span in (s for p in context.paragraphs for s in p.quoted_spans):
        k = bisect_left(starts, (quoted_span.outer_start, 0))
        if k < len(starts) and starts[k][0] < quoted_span.outer_end:
            found[quoted_span.outer_start] = starts[k][1]
    return found


def _as_clause(
    context: QuoteContext, resolver: SpeakerResolver, words: _PendingQuote, outer: Reported | None, index: int
) -> _PendingQuote:
    """Return quoted words of nobody inside a reported clause, as words of those whom the clause reports."""
    if outer is None or outer.speaker is None:
        return words
    quote = _clause(context, resolver, outer, index)[0].quote
    return replace(words, quote=replace(quote, start=words.quote.start, end=words.quote.end, kind=words.quote.kind))


def _reporting(outer: Reported, namings: Sequence[Reported], quoted_span: QuotedSpan) -> Reported | None:
    """Return what reports quoted words inside a clause: another one in it that calls something by them ("reported what
    Berg called “a scandal”": Berg), else the clause; None if its cue reports no words."""
    for r in namings:
        begins = quoted_span.outer_start <= r.spans[0][0] + len("as ") and r.spans[0][0] < quoted_span.end
        if r.cue != outer.cue and begins and outer.spans[0][0] < r.spans[0][0]:
            return r
    no_words = outer.entry.cue_class == "attitude" or outer.construction == "noun" or outer.entry.lemma in DENYING
    return None if no_words else outer


def _narrates(doc: Document, r: Reported, held: Sequence[QuotedSpan]) -> bool:
    """Whether a clause before its cue ends in a colon and quoted words: it then says how the words came about."""
    end = r.spans[-1][1]
    if r.construction not in ("ahead", "parenthesis", "clause"):
        # "He said the mayor had told him: “...”" introduces what the mayor said.
        return doc.text[r.spans[-1][0] : end].rstrip().endswith(":")
    return doc.text[max(0, end - 2) : end + 1].rstrip().endswith(":") or (
        bool(held)
        and doc.text[r.spans[-1][0] : held[-1].outer_start].rstrip().endswith(":")
        and end >= held[-1].outer_start
    )


def _prompts(context: QuoteContext, r: Reported, after: Sequence[QuotedSpan]) -> bool:
    """Whether a clause is only the question that leads in quoted words: Asked how she slept, she yawned: “Badly.”"""
    if context.doc.words[r.cue] != "Asked" or not after:
        return False
    start, end = r.spans[-1][1], after[0].outer_start
    return context.doc.text[start:end].rstrip().endswith(":") and context.sentences_from(start, end - 1) == 0


def _titles(context: QuoteContext, r: Reported, held: Sequence[QuotedSpan]) -> bool:
    """Whether a clause begins with the title of a work: announced “Low Bridge”, a film."""
    titles = [s for s in held if s.outer_start in context.non_quotation_starts]
    return r.construction in ("object", "naming") and any(s.outer_start <= r.spans[0][0] + 1 for s in titles)


def _candidates(context: QuoteContext, marked: Sequence[AttributedSpan]) -> list[Reported]:
    """Return the reported clauses. A clause that quoted words end replaces what the tree gives for its cue."""
    ended = {
        a.cue: Reported((a.clause,), a.cue, a.cue_end, a.cue_entry, a.speaker, "clause")
        for a in (m.attribution for m in marked)
        if a.clause is not None and a.cue_entry is not None
    }
    clauses = [r for r in reported(context) if r.cue not in ended]
    known = {*ended, *(r.cue for r in clauses)}
    going_on = [r for m in marked if not m.whole and (r := continued(context, m)) is not None and r.cue not in known]
    every = [*interviews(context), *ended.values(), *going_on, *clauses]
    return drop_relay_attributions(context.doc, every)


def _with_marks(
    text: str, spans: Sequence[tuple[int, int]], quoted_spans: Sequence[QuotedSpan], first: int
) -> tuple[tuple[int, int], ...]:
    """Extend the spans of a clause over the quoted spans in which they begin or end, and the last one over a list of
    fragments. `first`: the first quoted span that ends behind their beginning."""
    held = _marked_spans_within(quoted_spans, first, spans[-1][1])
    found = [over_marks(span, held) for span in spans]
    last = found[-1][1]
    if any(s.outer_end == last for s in held):
        after = first + len(held)
        found[-1] = over_list(text, found[-1], quoted_spans[after : after + MAX_LISTED])
    return tuple(found)


def _marked_spans_within(quoted_spans: Sequence[QuotedSpan], first: int, end: int) -> list[QuotedSpan]:
    """Return the quoted spans from the index `first` on that begin before the offset `end`, MAX_SPANS_PER_CLAUSE at
    most."""
    held: list[QuotedSpan] = []
    while first < len(quoted_spans) and quoted_spans[first].outer_start < end and len(held) < MAX_SPANS_PER_CLAUSE:
        held.append(quoted_spans[first])
        first += 1
    return held


def _clause(context: QuoteContext, resolver: SpeakerResolver, r: Reported, index: int) -> list[_PendingQuote]:
    """Return the pending quotations of one reported utterance, one for each of its spans."""
    speaker = resolver.speaker(r.speaker) if r.speaker else None
    parts = []
    for k, (start, end) in enumerate(r.spans):
        quote = Utterance(
            start=start,
            end=end,
            kind="indirect",
            utterance_class=utterance_class(context.doc, r),
            confidence=of_reported(
                r.construction, r.entry.cue_class == "attitude", speaker.confidence if speaker else None
            ),
        )
        quote = _with_cue(context, resolver, quote, r.cue, r.cue_end, r.entry.cue_class, r.speaker, r.via)
        parts.append(_PendingQuote(_with_speaker(quote, speaker), None if k == 0 else index))
    return parts
