"""Find quotations and reported speech: who said what, by which cue, to whom.

Belongs here: quoted words that somebody says (direct, mixed), reported clauses (indirect), the cue and its class, the
speaker with offsets and chain, the venue, the fragments of an utterance, the confidence of the rules.
Does not belong here: quoted words that nobody says (they are no quotes), when it was said (dates), the same utterance
in other articles (statements).

    words        verbs and nouns of saying, as data
    phrases      noun phrases and subjects
    works        titles, slogans and headings: quoted words that nobody says
    denied       cues that say that nothing was said
    attribution  stretches -> speakers; labels (without a verb), around (from sentences beside), cues
    reported     cues -> what they report; clauses: where that begins and ends
    surface      the same by word order, if the tree has no clause
    relays       outlets that pass on what another says
    classes      reported clauses -> statement, attitude or nominal
    behind       quoted words -> speakers, from what follows
    fragments    reported clauses that contain quoted words
    speakers     phrases -> chains of the article
    roles        the role in which a speaker speaks
    bodies       it, the ministry, the paper -> bodies of the article
    interviews   paragraphs behind the label of their speaker
    venues       to whom, through what
    confidence   the share of such quotations that is right
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.document import Document
from pipeline.marks import Stretch
from pipeline.mentions import Mention
from pipeline.quotes.attribution import attributed
from pipeline.quotes.classes import DENYING, utterance_class
from pipeline.quotes.confidence import of_marked, of_reported
from pipeline.quotes.fragments import SHORTEST_CLAUSE, continued, outside, over_list, over_marks, shared
from pipeline.quotes.interviews import interviews
from pipeline.quotes.labels import Marked
from pipeline.quotes.page import Page, page
from pipeline.quotes.phrases import Phrase
from pipeline.quotes.relays import is_relay, without_relays
from pipeline.quotes.reported import Reported, reported
from pipeline.quotes.speakers import Cast, Speaker
from pipeline.quotes.venues import remarks, venue
from pipeline.quotes.words import CARRYING, DOCUMENTS, THINKING, Entry

CODE_VERSION = "18"
# Drop an indirect quote if this share of its characters is in quoted words already attributed.
MOST_SHARED = 0.8
# Most stretches read inside one clause.
MOST_HELD = 100
# Most fragments that continue a list.
MOST_LISTED = 8


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
class _Draft:
    """A quotation before its final index is known; `part_of` is an index in the list of drafts."""

    quote: Utterance
    part_of: int | None


def quotes(doc: Document, mentions: Sequence[Mention]) -> list[Utterance]:
    """Return the quotations of one article in text order. Quotes of one kind do not overlap; an indirect one can hold
    mixed ones. Time is linear in the text."""
    sheet = page(doc)
    cast = Cast(sheet, mentions)
    marked = attributed(sheet)
    drafts = _marked(sheet, cast, marked)
    drafts.extend(_indirect(sheet, cast, marked, drafts))
    return _carried_venues(sheet, cast, _ordered(drafts))


def _ordered(drafts: Sequence[_Draft]) -> list[Utterance]:
    """Sort in text order. An utterance's other fragments become parts of its first one in that order."""
    order = sorted(range(len(drafts)), key=lambda i: (drafts[i].quote.start, -drafts[i].quote.end, i))
    first: dict[int, int] = {}
    found = []
    for place, i in enumerate(order):
        draft = drafts[i]
        group = i if draft.part_of is None else draft.part_of
        if group in first:
            found.append(replace(draft.quote, part_of=first[group]))
        else:
            first[group] = place
            found.append(draft.quote)
    return found


def _carried_venues(sheet: Page, cast: Cast, found: list[Utterance]) -> list[Utterance]:
    """Add venues from other sentences. "X made the remarks in ..." gives the venue to X's quotations around it, up to
    another speaker's. "X added" keeps the venue of X's quotation before."""
    told = [(r.at, cast.speaker(r.speaker).chain, r.venue) for r in remarks(sheet)]
    done = list(found)
    for at, chain, where in told:
        if chain is None:
            continue
        i = bisect_left(done, at, key=lambda q: q.start)
        for way in (range(i - 1, -1, -1), range(i, len(done))):
            for k in way:
                if done[k].speaker_chain != chain or done[k].venue_start is not None:
                    break
                done[k] = _with_venue(sheet, cast, done[k], where)
    for k in range(1, len(done)):
        last, quote = done[k - 1], done[k]
        if quote.venue_start is not None or last.venue_start is None or quote.cue_start is None:
            continue
        cue = sheet.doc.text[quote.cue_start : quote.cue_end].lower()
        if (
            cue.split(" ")[0] in CARRYING
            and quote.speaker_chain is not None
            and quote.speaker_chain == last.speaker_chain
        ):
            done[k] = replace(
                quote, venue_start=last.venue_start, venue_end=last.venue_end, venue_chain=last.venue_chain
            )
    return done


def _with_venue(sheet: Page, cast: Cast, quote: Utterance, where: Phrase) -> Utterance:
    """Return the quotation with a venue, unless the venue is inside its words."""
    start, end = sheet.doc.start[where.first], sheet.doc.end[where.last]
    if start < quote.end and quote.start < end:
        return quote
    return replace(quote, venue_start=start, venue_end=end, venue_chain=cast.chain_of(where))


def _marked(sheet: Page, cast: Cast, marked: Sequence[Marked]) -> list[_Draft]:
    """Return a draft for each attributed stretch of quoted words."""
    drafts: list[_Draft] = []
    for m in marked:
        a = m.attribution
        speaker = cast.speaker(a.speaker) if a.speaker else None
        if speaker and a.how in ("carried", "same", "continued"):
            speaker = replace(speaker, basis="carried" if a.how == "carried" else speaker.basis)
        whole = m.whole or (_complete(sheet, m) and not continued(sheet, m)) or _goes_on_directly(drafts, m)
        quote = Utterance(
            start=m.start,
            end=_without_comma(sheet.doc.text, m.start, m.end),
            kind="direct" if whole else "mixed",
            utterance_class="attitude" if _thought(a.entry, whole) else "statement",
            confidence=of_marked(a.how, whole, speaker.confidence if speaker else None),
        )
        quote = _with_cue(
            sheet, cast, quote, a.cue, a.cue_end, a.entry.cue_class if a.entry else None, a.speaker, a.via
        )
        drafts.append(_Draft(_with_speaker(quote, speaker), m.goes_on_from))
    return drafts


def _thought(entry: Entry | None, whole: bool) -> bool:
    """Whether quoted words were only thought or felt. A whole quotation that a court "held" was said."""
    if entry is None or entry.cue_class != "attitude":
        return False
    return not whole or entry.lemma in THINKING


def _without_comma(text: str, start: int, end: int) -> int:
    """Return the end of quoted words without the comma that American style puts before the closing mark."""
    bare = len(text[start:end].rstrip(", "))
    return start + bare if bare else end


def _goes_on_directly(drafts: Sequence[_Draft], m: Marked) -> bool:
    """Whether the words continue a direct quotation: "The bridge," she said, "is safe." """
    return m.goes_on_from is not None and drafts[m.goes_on_from].quote.kind == "direct"


def _complete(sheet: Page, m: Marked) -> bool:
    """Whether quoted words inside the narrator's sentence are all that the cue reports."""
    text = sheet.doc.text
    before = text[max(sheet.paragraph_start(m.start), m.stretch.outer_start - 40) : m.stretch.outer_start].rstrip()
    if m.attribution.how in ("after", "same", "told"):
        return not before or before[-1] in ".?!:,”\"»’'"
    led_in = before.endswith((",", ":", "that"))
    return m.attribution.how in ("colon", "label", "dash") or (
        led_in and (text[m.start].isupper() or (text[m.end - 1] in ".?!," and m.end - m.start > SHORTEST_CLAUSE))
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
    sheet: Page,
    cast: Cast,
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
    doc = sheet.doc
    quote = replace(quote, cue_start=doc.start[cue], cue_end=doc.end[cue_end], cue_class=cue_class)
    where = venue(doc, cue, cue_end) or via
    if where is None and speaker is not None and doc.lower[speaker.head] in DOCUMENTS:
        where = speaker
    elif where is None or (speaker is not None and where.head == speaker.head):
        return quote
    return _with_venue(sheet, cast, quote, where)


def _indirect(sheet: Page, cast: Cast, marked: Sequence[Marked], drafts: list[_Draft]) -> list[_Draft]:
    """Return reported clauses, except those that only repeat quoted words. Of two that overlap, the outer one is kept.

    Quoted words inside a clause are part of it. Those that are mixed quotations already are changed in place in
    `drafts`; the others are returned with the clause.
    """
    doc = sheet.doc
    stretches = [s for p in sheet.paragraphs for s in p.stretches]
    known = {m.stretch.outer_start: i for i, m in enumerate(marked)}
    found: list[_Draft] = []
    taken = -1
    i = 0
    relayed = sorted(doc.start[m.attribution.via.head] for m in marked if m.attribution.via)
    for candidate in sorted(_candidates(sheet, marked), key=lambda r: (r.spans[0][0], -r.spans[-1][1])):
        if candidate.spans[0][0] < taken or is_relay(doc, candidate, relayed):
            continue
        while i < len(stretches) and stretches[i].outer_end <= candidate.spans[0][0]:
            i += 1
        held = _held(stretches, i, candidate.spans[-1][1])
        own = [s for s in held if (k := known.get(s.outer_start)) is not None and drafts[k].quote.kind == "direct"]
        spans = [span for span in (outside(span, own) for span in candidate.spans) if span is not None]
        if not spans:
            continue
        r = replace(candidate, spans=_with_marks(doc.text, spans, stretches, i))
        held = _held(stretches, i, max(candidate.spans[-1][1], r.spans[-1][1]))
        index = len(drafts) + len(found)
        if _narrates(doc, r, held) or _titles(sheet, r, held) or _prompts(sheet, r, stretches[i : i + 1]):
            continue
        taken = r.spans[-1][1]
        inner = [
            s
            for s in held
            if s not in own
            and s.outer_start not in sheet.unsaid
            and any(a <= s.start and s.end <= b for a, b in r.spans)
        ]
        fill = shared(r.spans, inner) > MOST_SHARED * sum(b - a for a, b in r.spans)
        if not fill:
            found.extend(_clause(sheet, cast, r, index))
        first: int | None = None if fill else index
        for s in inner:
            k = known.get(s.outer_start)
            if k is not None:
                if not fill and drafts[k].part_of is None:
                    drafts[k] = replace(drafts[k], part_of=index)
            elif r.entry.cue_class != "attitude" and r.how != "noun" and r.entry.lemma not in DENYING:
                place = len(drafts) + len(found)
                quote = _clause(
                    sheet, cast, replace(r, spans=((s.start, _without_comma(doc.text, s.start, s.end)),)), index
                )[0].quote
                found.append(_Draft(replace(quote, kind="mixed", utterance_class="statement"), first))
                first = place if first is None else first
    return found


def _narrates(doc: Document, r: Reported, held: Sequence[Stretch]) -> bool:
    """Whether a clause before its cue ends in a colon and quoted words: it then says how the words came about."""
    end = r.spans[-1][1]
    if r.how not in ("ahead", "parenthesis", "clause"):
        # "He said the mayor had told him: “...”" introduces what the mayor said.
        return doc.text[r.spans[-1][0] : end].rstrip().endswith(":")
    return doc.text[max(0, end - 2) : end + 1].rstrip().endswith(":") or (
        bool(held)
        and doc.text[r.spans[-1][0] : held[-1].outer_start].rstrip().endswith(":")
        and end >= held[-1].outer_start
    )


def _prompts(sheet: Page, r: Reported, behind: Sequence[Stretch]) -> bool:
    """Whether a clause is only the question that leads in quoted words: Asked how she slept, she yawned: “Badly.”"""
    if sheet.doc.words[r.cue] != "Asked" or not behind:
        return False
    start, end = r.spans[-1][1], behind[0].outer_start
    return sheet.doc.text[start:end].rstrip().endswith(":") and sheet.sentences_from(start, end - 1) == 0


def _titles(sheet: Page, r: Reported, held: Sequence[Stretch]) -> bool:
    """Whether a clause begins with the title of a work: announced “Low Bridge”, a film."""
    titles = [s for s in held if s.outer_start in sheet.unsaid]
    return r.how in ("object", "naming") and bool(titles) and any(s.outer_start <= r.spans[0][0] + 1 for s in titles)


def _candidates(sheet: Page, marked: Sequence[Marked]) -> list[Reported]:
    """Return the reported clauses. A clause that quoted words end replaces what the tree gives for its cue."""
    ended = {
        a.cue: Reported((a.clause,), a.cue, a.cue_end, a.entry, a.speaker, "clause")
        for a in (m.attribution for m in marked)
        if a.clause is not None and a.entry is not None
    }
    clauses = [r for r in reported(sheet) if r.cue not in ended]
    known = {*ended, *(r.cue for r in clauses)}
    going_on = [r for m in marked if not m.whole and (r := continued(sheet, m)) is not None and r.cue not in known]
    every = [*interviews(sheet), *ended.values(), *going_on, *clauses]
    return without_relays(sheet.doc, every)


def _with_marks(
    text: str, spans: Sequence[tuple[int, int]], stretches: Sequence[Stretch], first: int
) -> tuple[tuple[int, int], ...]:
    """Extend the spans of a clause over the stretches in which they begin or end, and the last one over a list of
    fragments. `first`: the first stretch that ends behind their beginning."""
    held = _held(stretches, first, spans[-1][1])
    found = [over_marks(span, held) for span in spans]
    last = found[-1][1]
    if any(s.outer_end == last for s in held):
        behind = first + len(held)
        found[-1] = over_list(text, found[-1], stretches[behind : behind + MOST_LISTED])
    return tuple(found)


def _held(stretches: Sequence[Stretch], first: int, end: int) -> list[Stretch]:
    """Return the stretches from the index `first` on that begin before the offset `end`, MOST_HELD at most."""
    held: list[Stretch] = []
    while first < len(stretches) and stretches[first].outer_start < end and len(held) < MOST_HELD:
        held.append(stretches[first])
        first += 1
    return held


def _clause(sheet: Page, cast: Cast, r: Reported, index: int) -> list[_Draft]:
    """Return the drafts of one reported utterance, one for each of its spans."""
    speaker = cast.speaker(r.speaker) if r.speaker else None
    parts = []
    for k, (start, end) in enumerate(r.spans):
        quote = Utterance(
            start=start,
            end=end,
            kind="indirect",
            utterance_class=utterance_class(sheet.doc, r),
            confidence=of_reported(r.how, r.entry.cue_class == "attitude", speaker.confidence if speaker else None),
        )
        quote = _with_cue(sheet, cast, quote, r.cue, r.cue_end, r.entry.cue_class, r.speaker, r.via)
        parts.append(_Draft(_with_speaker(quote, speaker), None if k == 0 else index))
    return parts
