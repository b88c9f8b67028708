"""Find the speaker of quoted words without a verb of saying in their sentence, from the sentences around them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.document import Document
from pipeline.marks import Paragraph
from pipeline.people import person_nouns
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.cues import FARTHEST, cue_span, quoting_verbs
from pipeline.quotes.labels import AttributedSpan, Attribution, parse_lead_in_line
from pipeline.quotes.phrases import SUBJECTS, Phrase, phrase, subject
from pipeline.quotes.words import AUXILIARIES, THINGS, cue_verbs

# Verbs of turns in a conversation: a next paragraph without a speaker is mostly the other one's.
ANSWERING = frozenset(("ask", "answer", "reply", "retort", "respond", "counter"))
THEY = frozenset(("they", "these", "those"))
# Most tokens from the verb of a question to the head of its subject.
MAX_TO_SUBJECT = 5
REPLIES = frozenset(("answer", "reply", "response", "retort"))
ASKING = frozenset(("ask", "asked", "asking", "asks", "pressed", "quizzed"))
ASKED = frozenset(("asked", "pressed", "questioned"))
SOMETHING = frozenset(("something", "anything", "nothing"))
PERSONS = person_nouns()
IMPERSONAL = frozenset(("it", "that", "this", "there", "which", "what"))


def attribute_from_context(
    context: QuoteContext, paragraph: Paragraph, before: Paragraph | None, index: int, found: Sequence[AttributedSpan]
) -> Attribution:
    """Return the attribution of a whole quoted span without a cue in its sentence: from its paragraph or the one
    before."""
    doc = context.doc
    quoted_span = paragraph.quoted_spans[index]
    previous = found[-1] if found else None
    gap_start = paragraph.quoted_spans[index - 1].outer_end if index else paragraph.start
    narrator_tokens = context.narrator_tokens(gap_start, quoted_span.outer_start)
    if any(doc.is_noun(t) for t in narrator_tokens):
        start = context.sentence_start(doc.end[narrator_tokens[-1]], paragraph.start)
        beside = attribute_from_adjacent_sentence(context, start, quoted_span.outer_start)
        spoken = index and previous is not None and previous.quoted_span.outer_start >= paragraph.start
        if spoken and previous and beside.speaker and beside.cue < 0 and doc.lower[beside.speaker.head] in THEY:
            # “...,” Lume said. They lie far apart. “...”
            return Attribution("carried", previous.attribution.speaker)
        if doc.words[narrator_tokens[-1]] == "?":
            return _to_narrator(context, narrator_tokens, before or paragraph, previous, start)
        if spoken and previous and beside.construction == "alone" and not _is_narrated_on(context, paragraph, index):
            # “...,” Lume said. It rained. “...”, not “...,” Lume said. It rained. “...” The sign was new.
            return Attribution("answer", previous.attribution.speaker)
        return beside
    if before is None:
        return Attribution("alone")
    unclosed = previous is not None and previous.quoted_span.outer_end == before.end and not previous.quoted_span.closed
    if unclosed and previous is not None:
        a = previous.attribution
        return Attribution("continued", a.speaker, a.cue, a.cue_end, a.cue_entry)
    if doc.text[before.end - 1] == ":":
        return attribute_from_adjacent_sentence(context, context.sentence_start(before.end, before.start), before.end)
    if previous is not None and previous.quoted_span.outer_start >= before.start:
        a = previous.attribution
        asked = doc.text[previous.quoted_span.end - 1] == "?"
        replies = a.cue_entry is not None and a.cue_entry.lemma in ANSWERING
        if a.construction == "reply" or (replies and a.cue_entry is not None and (asked or a.cue_entry.lemma != "ask")):
            # “I will,” Lume replied. “And now?” is the other one's.
            return Attribution("reply", hearer(doc, a.cue))
        return Attribution("carried", a.speaker)
    return attribute_from_adjacent_sentence(context, context.sentence_start(before.end, before.start), before.end)


def _is_narrated_on(context: QuoteContext, paragraph: Paragraph, index: int) -> bool:
    """Whether the narrator goes on between a quoted span and the next one or the end of the paragraph."""
    low = paragraph.quoted_spans[index].outer_end
    following = paragraph.quoted_spans[index + 1 : index + 2]
    high = min(following[0].outer_start if following else paragraph.end, low + FARTHEST)
    return any(context.doc.is_noun(t) for t in context.narrator_tokens(low, high))


def _to_narrator(
    context: QuoteContext, tokens: Sequence[int], before: Paragraph, previous: AttributedSpan | None, start: int
) -> Attribution:
    """Attribute words behind a question of the narrator to its subject if that is a person ("Did Lume know? “No.”"),
    else to who spoke last in the same paragraph or the one before ("Was it worth it? “No.”")."""
    doc = context.doc
    question = [t for t in tokens if doc.start[t] >= start]
    subjects = [t for t in question if doc.dep[t] == "nsubj"]
    described = [t for t in subjects if doc.lower[t] in PERSONS and doc.head[doc.head[t]] == doc.head[t]]
    if described:
        # "What did his wife see? “Blood.”"
        return Attribution("beside", phrase(doc, described[0], question[0], question[-1]))
    subjects = [t for t in subjects if doc.tag[t] == "NNP" or doc.lower[t] in ("he", "she")]
    yes_or_no = doc.lower[question[0]] in AUXILIARIES or doc.tag[question[0]] == "MD"
    if subjects and yes_or_no and subjects[0] - question[0] <= MAX_TO_SUBJECT:
        return Attribution("beside", phrase(doc, subjects[0], question[0], question[-1]))
    if previous is None or previous.quoted_span.outer_start < before.start:
        return Attribution("alone")
    return Attribution("answer", previous.attribution.speaker)


def hearer(doc: Document, cue: int) -> Phrase | None:
    """Return the person to whom the words of a cue are said by name: asked LUME."""
    asked = doc.child(cue, "dobj", "dative") if cue >= 0 else None
    return phrase(doc, asked) if asked is not None and doc.tag[asked] == "NNP" else None


def asks(doc: Document, said: AttributedSpan) -> bool:
    """Whether quoted words ask, by their last mark or cue, or have a verb of asking: “That is not what I ASKED.”"""
    span, cue = said.quoted_span, said.attribution.cue
    if doc.text[span.end - 1] == "?" or (cue >= 0 and doc.lower[cue] in ASKING):
        return True
    return any(doc.lower[t] in ASKING for t in doc.tokens(max(span.start, span.end - FARTHEST), span.end))


def as_reply(
    context: QuoteContext, attribution: Attribution, paragraph: Paragraph, found: Sequence[AttributedSpan]
) -> Attribution | None:
    """Return the attribution of words with "came the reply" behind them: to the one whom the last speaker asked, to
    the partner of who spoke last, or to who spoke last if the narrator tells that another one asks; None for other
    words, or if the reply has an owner."""
    doc, said = context.doc, attribution.speaker
    if said is None or attribution.cue < 0 or doc.lower[said.head] not in REPLIES or not found:
        return None
    owned = doc.child(said.head, "poss", "prep") is not None
    if owned or doc.lower[attribution.cue] not in ("came", "comes") or said.last != said.head:
        return None
    last, end = found[-1].attribution, found[-1].quoted_span.outer_end
    told = context.narrator_tokens(max(paragraph.start, end), doc.start[attribution.cue])
    asking = [t for t in told if doc.lower[t] in ASKING and t != last.cue]
    if asking:
        who = subject(doc, asking[-1])
        same = last.speaker is not None and who is not None and doc.lower[who] == doc.lower[last.speaker.head]
        other = who is not None and doc.tag[who].startswith("NN") and not same
        return Attribution("answer", last.speaker) if other else None
    if last.cue < 0 or doc.lower[last.cue] not in ASKING:
        return Attribution("reply")
    # “Are you sure?” Lume asked Berg. “I am,” came the reply.
    asked = doc.child(last.cue, "nsubjpass")
    answering = hearer(doc, last.cue) if asked is None else phrase(doc, asked)
    return None if answering is None else Attribution("reply", answering)


def _by_person(doc: Document, cue: int) -> bool:
    """Whether a cue's subject is a name or a personal pronoun."""
    own = subject(doc, cue)
    return own is not None and (doc.tag[own] == "NNP" or doc.lower[own] in ("he", "she"))


def _is_thing(doc: Document, noun: int) -> bool:
    """Whether the subject of a verb of saying is a thing or a time of day: "something to say", "where the money
    went"."""
    return (
        doc.tag[noun] == "CD" or doc.lower[noun] in SOMETHING or (doc.lower[noun] in THINGS and doc.tag[noun] == "NN")
    )


def attribute_from_adjacent_sentence(context: QuoteContext, start: int, end: int) -> Attribution:
    """Attribute by a sentence beside the quotation: its last cue's subject, else the subject of its main verb."""
    doc = context.doc
    tokens = context.narrator_tokens(max(start, end - FARTHEST), end)
    if not tokens:
        return Attribution("alone")
    low, high = tokens[0], tokens[-1] + 1
    cues = quoting_verbs(doc, tokens)
    if doc.lower[tokens[-1]] == ":" and not cues and (found := parse_lead_in_line(context, tokens)) is not None:
        return found
    # "Lume wrote that it was late before the fair began": she speaks, not the fair.
    main = [] if doc.lower[tokens[-1]] == ":" else [t for t in cues if doc.head[t] == t and _by_person(doc, t)]
    # "The union, she told the radio, had never asked to see them": she speaks, not the union.
    aside = [t for t in cues if doc.dep[t] == "parataxis" and _by_person(doc, t)]
    question = doc.right[tokens[0]] if doc.lower[tokens[0]] == "asked" and doc.tag[tokens[0]] == "VBN" else low
    for cue in (*main, *aside, *(t for t in reversed(cues) if t >= question)):
        head = subject(doc, cue)
        if head is not None and low <= head < high and not _is_thing(doc, head):
            colon = doc.text[doc.end[tokens[-1]] - 1] == ":"
            span = cue_span(doc, cue) if colon else (-1, -1)
            entry = cue_verbs()[doc.lower[cue]]
            return Attribution("colon" if colon else "beside", phrase(doc, head, low, high), *span, entry)
    for noun in (t for t in tokens if doc.lower[t] in REPLIES):
        # "That drew a short answer from Ana Lume."
        owner = doc.child(noun + 1, "pobj") if doc.lower[noun + 1 : noun + 2] == ("from",) else None
        if owner is not None and doc.tag[owner] == "NNP":
            return Attribution("beside", phrase(doc, owner, low, high))
    roots = [t for t in tokens if doc.head[t] == t and doc.is_verb(t)]
    if doc.lower[tokens[-1]] == ":":
        # The parser can attach the sentence before a colon to the quoted words behind it.
        hung = [t for t in tokens if doc.is_verb(t) and doc.head[t] >= high]
        roots += [
            t for t in hung if (s := doc.child(t, *SUBJECTS)) is not None and doc.tag[s].startswith(("PRP", "NNP"))
        ]
    for root in roots:
        # "She is asked whether she has boats.": she answers.
        asked = doc.child(root, "nsubjpass") if doc.lower[root] in ASKED else None
        head = subject(doc, root) if asked is None else asked
        thing = head is not None and doc.lower[head] in THINGS | IMPERSONAL and doc.child(head, "poss") is None
        if head is not None and low <= head < high and not thing and doc.tag[head] != "CD":
            return Attribution("beside", phrase(doc, head, low, high))
    return Attribution("alone")
