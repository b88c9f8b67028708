"""Words in quotation marks -> their speaker and cue.

The order of the rules follows American news style: a quotation ends with a comma before its cue, begins after a comma
or a colon, and continues after the full stop of its first attribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from pipeline.document import Document
from pipeline.marks import Paragraph, QuotedSpan
from pipeline.mentions.name_boundaries import DAYS
from pipeline.quotes.clauses import finite
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.context_attribution import as_reply, attribute_from_context
from pipeline.quotes.cue_after import (
    CONTINUATION_MARKS,
    MAX_TOKENS_AFTER_STOP,
    PERSONAL,
    according_to,
    attribution_after,
    last_character,
    speaker_after,
)
from pipeline.quotes.cues import FARTHEST, cue_span, passes_on, quoting_verbs
from pipeline.quotes.cues_before import by_naming, reporting_cues
from pipeline.quotes.labels import (
    LABEL,
    LABEL_BEFORE,
    MAX_LABEL_LENGTH,
    NEGATED_ATTRIBUTION,
    PEOPLE,
    AttributedSpan,
    Attribution,
    labelled,
    parse_as_x_put_it,
    parse_lead_in_line,
    parse_signature_below,
    parse_signature_inside,
    quoting_lead,
)
from pipeline.quotes.non_assertive_cues import is_hypothetical_cue, is_negated_cue
from pipeline.quotes.phrases import FINITE, SUBJECTS, noun_heads, phrase, subject, top
from pipeline.quotes.span_ends import goes_on_as_narration, is_balanced, is_spoken, is_whole
from pipeline.quotes.trailing_attribution import attribution_in_following_sentence
from pipeline.quotes.words import (
    ANY_VERB,
    INDEFINITE,
    cue_verbs,
)
from pipeline.quotes.works import titled

DASHES = frozenset(("-", "--", "–", "—", "―", "‒"))
# Maximum characters of a quoted name within the narrator's sentence.
MAX_NAME_LENGTH = 40
# Most quoted names in a row before a cue: more are no names, and each span would look at all later ones.
MAX_NAMES_SKIPPED = 2
# Words between a cue and the quoted words that it reports.
ADJACENT = frozenset((",", ":", "that", "also", "out", "to", "only", "simply", "merely", "just"))
CLAUSES = frozenset(("ROOT", "conj", "advcl", "ccomp"))
RECALLING = frozenset(("recall", "remember", "recount"))
# Conjunctions that begin a separate clause after quoted words.
CONTRAST_CONJUNCTIONS = frozenset(("but", "and", "while", "whereas", "though"))
# Conjunctions of clauses that say when.
TIME_CONJUNCTIONS = frozenset(("when", "whenever", "after", "before", "as"))
# Words that begin a second clause after quoted words: ..., WHILE she said: “...”
CLAUSE_LINKING_CONJUNCTIONS = frozenset(("and", "but", "while", "whereas", "although", "though"))


def attributed(context: QuoteContext) -> list[AttributedSpan]:
    """Return the attributed quoted spans of all paragraphs, in text order."""
    found: list[AttributedSpan] = []
    before: Paragraph | None = None
    for paragraph, following in zip_longest(context.paragraphs, context.paragraphs[1:]):
        _paragraph(context, paragraph, before, following, found)
        before = paragraph
    return found


def _paragraph(
    context: QuoteContext,
    paragraph: Paragraph,
    before: Paragraph | None,
    following: Paragraph | None,
    found: list[AttributedSpan],
) -> None:
    """Append the paragraph's attributed quoted spans to `found`; `before` and `following` are its neighbours."""
    quoted_spans = paragraph.quoted_spans
    direct = [
        None if s.outer_start in context.non_quotation_starts else _attribution_in_own_sentence(context, paragraph, i)
        for i, s in enumerate(quoted_spans)
    ]
    last: int | None = None  # index in `found` of the paragraph's last quoted span; a later one may continue it
    for i, quoted_span in enumerate(quoted_spans):
        attribution = direct[i]
        if quoted_span.outer_start in context.non_quotation_starts or (
            attribution is not None and attribution.construction == "not said"
        ):
            continue
        if not is_balanced(context, quoted_span, attribution):
            continue
        whole = is_whole(context, paragraph, i)
        continues: int | None = None
        start = quoted_span.start
        label = LABEL.match(context.doc.text, start, min(quoted_span.end, start + 80)) if whole else None
        if label and label.end() < quoted_span.end:
            start = label.end()
            attribution = labelled(context, label.start(1), label.end(1))
        if attribution is None and last is not None and _resumes(context, found[last], quoted_span):
            attribution, continues = replace(found[last].attribution, construction="same"), last
        if attribution is None and not whole:
            if last is None or not goes_on_as_narration(context, paragraph, quoted_span):
                continue
            attribution = Attribution("carried", found[last].attribution.speaker)
        if last is not None and attribution is not None and attribution.cue >= 0:
            previous = found[last].attribution
            if attribution.cue == previous.cue:
                continues = last
        if attribution is None and whole and last is not None and _follows(context, found[last], quoted_span):
            attribution = Attribution("same", found[last].attribution.speaker, found[last].attribution.cue,
                                      found[last].attribution.cue_end, found[last].attribution.cue_entry)  # fmt: skip
            continues = last
        if attribution is None:
            attribution = _below(context, paragraph, following, i)
        if attribution is None:
            attribution = attribute_from_context(context, paragraph, before, i, found)
            sourced = attribution.construction in ("colon", "beside", "continued")
            if quoted_span.single and not sourced and not is_spoken(context, quoted_span):
                # A line in single marks without a speaker is a subheading.
                continue
            if attribution.construction in ("continued", "carried"):
                continues = len(found) - 1
        attribution = as_reply(context, attribution, paragraph, found) or attribution
        if continues is not None and found[continues].continues_index is not None:
            continues = found[continues].continues_index
        found.append(AttributedSpan(start, quoted_span.end, quoted_span, attribution, whole, continues))
        last = len(found) - 1


def _below(context: QuoteContext, paragraph: Paragraph, following: Paragraph | None, index: int) -> Attribution | None:
    """Return the attribution after the quoted span's sentence: in the next sentence or the next paragraph."""
    quoted_span = paragraph.quoted_spans[index]
    if quoted_span.outer_end < paragraph.end or following is None:
        return attribution_in_following_sentence(context, quoted_span, _next_start(context.doc.text, paragraph, index))
    end = following.quoted_spans[0].outer_start if following.quoted_spans else following.end
    found = (
        parse_signature_inside(context, quoted_span, following)
        or parse_signature_below(context, following)
        or attribution_in_following_sentence(context, quoted_span, end)
    )
    if found is None and last_character(context.doc.text, quoted_span) == "," and not quoted_span.single:
        found = attribution_after(context, quoted_span, end, following.end, True)
    return None if found is NEGATED_ATTRIBUTION else found


def _attribution_in_own_sentence(context: QuoteContext, paragraph: Paragraph, index: int) -> Attribution | None:
    """Return the attribution in the quoted span's sentence."""
    quoted_span = paragraph.quoted_spans[index]
    text = context.doc.text
    next_start = _next_start(text, paragraph, index)
    last_end = paragraph.quoted_spans[index - 1].outer_end if index else paragraph.start
    begins = _begins(text, quoted_span, paragraph)
    after = attribution_after(context, quoted_span, next_start, paragraph.end, begins) if quoted_span.closed else None
    if (
        after is not None
        and after.cue >= 0
        and _leads_on(context, quoted_span, after.cue, next_start, paragraph.end, begins)
    ):
        # It read “...”, while she said: “...”
        after = None
    comma = text[quoted_span.end - 1] in CONTINUATION_MARKS or text[
        quoted_span.outer_end : quoted_span.outer_end + 1
    ] in (",",)
    before = _before(context, quoted_span, last_end, paragraph)
    if NEGATED_ATTRIBUTION in (after, before) and (after is None or before is None or after.construction == "not said"):
        return NEGATED_ATTRIBUTION
    nameless = before is not None and before.construction == "label" and before.speaker is None and after is not None
    before = None if before is not None and (before.construction == "not said" or nameless) else before
    led_in = before is not None and before.construction in ("before", "colon") and context.doc.tag[before.cue] in FINITE
    if after is not None and led_in and context.doc.tag[after.cue] == "VBG":
        # X said, "...," adding that
        return before
    if after is not None and before is not None and _is_of_other(context, after, before, comma and not begins):
        return before
    if after is not None and comma and passes_on(context.doc, after.speaker, after.cue) and not begins:
        # X said that it was “safe”, the agency reported: the agency is not the speaker.
        start = context.sentence_start(
            quoted_span.outer_start, max(paragraph.start, quoted_span.outer_start - FARTHEST)
        )
        narrated = context.narrator_tokens(start, quoted_span.outer_start)
        if any(context.doc.lower[t] in cue_verbs() and context.doc.is_verb(t) for t in narrated):
            return None
    if (
        after is not None
        and before is not None
        and before.construction == "before"
        and (
            _starts_new_clause(context, quoted_span, after)
            or _in_time_clause(context, before.cue)
            or _modifies_noun(context.doc, after)
        )
    ):
        return before
    if after is not None and comma:
        return after if begins else _closing(context, quoted_span, paragraph, last_end, after)
    if before is not None and before.construction in ("before", "colon", "label"):
        return before
    return after or before


def _is_of_other(context: QuoteContext, after: Attribution, before: Attribution, closes: bool) -> bool:
    """Return whether a cue behind the words of `before` introduces other ones (X called the idea a “joke,” adding that)
    or, if it `closes` their clause, only remembers them (X said it was “safe,” recalled one guest)."""
    doc, cue, who = context.doc, after.cue, after.speaker
    participle = before.construction == "inside" and cue > 1 and doc.tag[cue] == "VBG"
    if participle and "," in doc.lower[cue - 2 : cue] and doc.child(cue, "ccomp") is not None:
        return True
    recalls = closes and after.cue_entry is not None and after.cue_entry.lemma in RECALLING
    unnamed = recalls and who is not None and doc.lower[who.first] in INDEFINITE
    return unnamed and before.construction in ("before", "inside") and before.speaker is not None


def _starts_new_clause(context: QuoteContext, quoted_span: QuotedSpan, after: Attribution) -> bool:
    """Return whether the cue after the words is in a separate clause: X told her, “...,” but Y said ..."""
    doc = context.doc
    between = context.narrator_tokens(quoted_span.outer_end, doc.start[after.cue]) if after.cue >= 0 else []
    return bool(between) and doc.lower[between[0]] in CONTRAST_CONJUNCTIONS


def _modifies_noun(doc: Document, after: Attribution) -> bool:
    """Return whether the cue behind the words is the participle of a noun: signs demanding “Freedom,” the cry CHANTED
    in Lund."""
    cue = after.cue
    return cue >= 0 and doc.tag[cue] == "VBN" and doc.dep[cue] == "acl" and doc.child(cue, *SUBJECTS) is None


def _in_time_clause(context: QuoteContext, cue: int) -> bool:
    """Return whether a cue is in a clause that begins its sentence and says when: WHEN somebody shouted, “No,” Lume
    smiled."""
    doc = context.doc
    start = context.sentence_start(doc.start[cue], max(0, doc.start[cue] - FARTHEST))
    opening = context.narrator_tokens(start, doc.start[cue])
    return bool(opening) and doc.lower[opening[0]] in TIME_CONJUNCTIONS and all(doc.lower[t] != "," for t in opening)


def _next_start(text: str, paragraph: Paragraph, index: int) -> int:
    """Return where the next quoted words begin. Skip names within the narrator's sentence (“...,” the “Harbour” actor
    said) and within a name (“...,” Jo “Bell” Lume said), at most MAX_NAMES_SKIPPED of them."""
    following_spans = paragraph.quoted_spans[index + 1 : index + 2 + MAX_NAMES_SKIPPED]
    for skipped, quoted_span in enumerate(following_spans):
        if skipped == MAX_NAMES_SKIPPED:
            return quoted_span.outer_start
        following = text[quoted_span.outer_end : quoted_span.outer_end + 2]
        name = (
            titled(text, quoted_span)
            and quoted_span.end - quoted_span.start <= MAX_NAME_LENGTH
            and text[quoted_span.end - 1].isalnum()
        )
        before = text[max(0, quoted_span.outer_start - MAX_NAME_LENGTH) : quoted_span.outer_start].split()
        inside = following[1:].isupper() and " " not in text[quoted_span.start : quoted_span.end] and bool(before)
        inside = inside and before[-1][0].isupper() and before[-1].isalpha()
        if not name or following[:1] != " " or not (following[1:].islower() or inside):
            return quoted_span.outer_start
    return paragraph.end


def _begins(text: str, quoted_span: QuotedSpan, paragraph: Paragraph) -> bool:
    """Return whether the quoted span begins its sentence or follows the narrator's comma, colon or dash."""
    before = text[max(paragraph.start, quoted_span.outer_start - 8) : quoted_span.outer_start].rstrip()
    bracketed = before[-1:] in ("(", "[") and text[quoted_span.outer_end : quoted_span.outer_end + 1] not in (")", "]")
    return not before or bracketed or before[-1] in ".?!…:,—–-" or before[-1] in "”\"»’')]"


def _closing(
    context: QuoteContext, quoted_span: QuotedSpan, paragraph: Paragraph, last_end: int, after: Attribution
) -> Attribution | None:
    """Return the attribution of a whole clause that ends with the quoted words: The plan is “dead on arrival,” he said.

    Return None if a title ends an adverbial phrase (On “Morning in Lund,” he said): the phrase is not said.
    """
    doc = context.doc
    start = context.sentence_start(quoted_span.outer_start, max(paragraph.start, quoted_span.outer_start - FARTHEST))
    # Earlier titles of works are part of the clause.
    said = [
        s.outer_end
        for s in paragraph.quoted_spans
        if s.outer_end <= last_end and s.outer_start not in context.non_quotation_starts
    ]
    tokens = context.narrator_tokens(max(start, *said, paragraph.start), quoted_span.outer_start)
    if not tokens or after.cue < 0:
        return None
    if doc.dep[after.cue] in ("relcl", "acl") and doc.tag[after.cue] == "VBG":
        # “...,” a series that included one saying so: the cue modifies a noun after the marks.
        return None
    finite = any(doc.tag[t] in FINITE for t in (*tokens, *doc.tokens(quoted_span.start, quoted_span.end)))
    if not finite or titled(doc.text, quoted_span):
        return None
    return replace(after, construction="clause", clause=(doc.start[tokens[0]], quoted_span.outer_end))


def _leads_on(
    context: QuoteContext, quoted_span: QuotedSpan, cue: int, next_start: int, most: int, begins: bool
) -> bool:
    """Return whether the cue is in a second clause: that of the next quoted words, or one without any."""
    tokens = context.narrator_tokens(quoted_span.outer_end, next_start)
    while tokens and context.doc.lower[tokens[0]] == ",":
        tokens = tokens[1:]
    if (
        tokens
        and context.doc.lower[tokens[0]] in CLAUSE_LINKING_CONJUNCTIONS
        and not begins
        and context.doc.head[tokens[0]] != cue
    ):
        # X said that it was “safe” but added
        own = context.doc.child(cue, *SUBJECTS)
        if own is None or own < tokens[0]:
            return True
    if (
        not tokens
        or next_start == most
        or not (cue == tokens[-1] or context.doc.lower[tokens[-1]] in (":", ",", "that"))
    ):
        return False
    # "adding:" introduces the next words, too.
    return context.doc.lower[tokens[0]] in CLAUSE_LINKING_CONJUNCTIONS or (
        context.doc.tag[cue] == "VBG" and cue == tokens[0]
    )


def _before(context: QuoteContext, quoted_span: QuotedSpan, least: int, paragraph: Paragraph) -> Attribution | None:
    """Return the attribution before the opening mark: before, colon (strong) or inside (no comma or colon)."""
    doc, text = context.doc, context.doc.text
    start = context.sentence_start(quoted_span.outer_start, max(paragraph.start, quoted_span.outer_start - FARTHEST))
    tokens = context.narrator_tokens(start, quoted_span.outer_start)
    if not tokens or doc.end[tokens[-1]] < least - 1:
        return None
    near = [t for t in tokens if doc.start[t] >= least]
    if not near:
        return None
    last = near[-1]
    sign = doc.lower[last] if doc.lower[last] in (",", ":", "that", *DASHES) else ""
    candidates = reporting_cues(doc, quoting_verbs(doc, near if sign else tokens), near)
    if not sign and (named := by_naming(context, quoted_span, tokens, near)) is not None:
        return named
    if sign == ":":
        label = text[start : doc.end[last]]
        name = LABEL_BEFORE.search(label[-MAX_LABEL_LENGTH:])
        topic = name is not None and name[1].startswith("On ")
        if not candidates and name and not topic and (name.start() or len(label) <= MAX_LABEL_LENGTH):
            return labelled(context, doc.end[last] - len(name.group(1)) - 1, doc.start[last])
    if not candidates or (sign and doc.lower[candidates[-1]] == "quote"):
        return _according_before(context, near, sign) or _before_colon_sentence(context, quoted_span, near, sign)
    cue = candidates[-1]
    between = [t for t in near if t > cue]
    if sign == ":" and doc.dep[cue] == "relcl" and any(doc.tag[t] in FINITE and doc.dep[t] == "ROOT" for t in between):
        # To critics who say so, Lume has a reply: “...”
        return _before_colon_sentence(context, quoted_span, near, sign)
    if doc.tag[last] != "." and (is_negated_cue(context, cue) or is_hypothetical_cue(doc, cue)):
        return NEGATED_ATTRIBUTION
    adjacent = not [t for t in between if doc.lower[t] not in ADJACENT]
    if not adjacent and sign != ":" and any(doc.tag[t] in FINITE and doc.dep[t] != "relcl" for t in between):
        return None
    construction = "colon" if sign == ":" else "before" if sign or adjacent else "inside"
    if construction == "inside" and not all(
        doc.tag[t][:2] in ("NN", "PR", "IN", "DT", "JJ", "RP", "TO", "CD") for t in between
    ):
        return None
    head = subject(doc, cue)
    low, high = tokens[0], tokens[-1] + 1
    speaker = phrase(doc, head, low, high) if head is not None and low <= head < high else None
    if speaker is None and doc.child(cue, "auxpass") is None:
        nouns = noun_heads(doc, (t for t in tokens if t < cue))
        if not nouns and between:
            # Said X: "..."
            speaker = speaker_after(context, [cue, *between], cue)
        elif nouns and cue - nouns[-1] <= 3 and doc.words[nouns[-1]] not in DAYS:
            speaker = phrase(doc, top(doc, nouns[-1], low, cue), low, cue)
    return Attribution(construction, speaker, *cue_span(doc, cue), cue_verbs()[doc.lower[cue]])


def _according_before(context: QuoteContext, tokens: Sequence[int], sign: str) -> Attribution | None:
    """Match: According to NAME, "..."; as NAME put it, "..."; to quote NAME: "...". The sign is right before the
    mark."""
    if sign not in (",", ":"):
        return None
    put = (according_to(context, tokens) or parse_as_x_put_it(context, tokens)) if sign == "," else None
    return put or quoting_lead(context, tokens) or _by_quoting(context, tokens)


def _by_quoting(context: QuoteContext, tokens: Sequence[int]) -> Attribution | None:
    """Match: she ended by QUOTING Lume: "..."."""
    doc = context.doc
    quoting = next((t for t in reversed(tokens) if doc.lower[t] == "quoting"), None)
    quoted = None if quoting is None else doc.child(quoting, "dobj")
    if quoting is None or quoted is None or doc.tag[quoted] != "NNP" or quoted not in tokens:
        return None
    return Attribution("before", phrase(doc, quoted, quoting + 1, tokens[-1] + 1), quoting, quoting, ANY_VERB)


def _before_colon_sentence(
    context: QuoteContext, quoted_span: QuotedSpan, tokens: Sequence[int], sign: str
) -> Attribution | None:
    """Match any verb before a comma or colon and a quoted sentence: X shared her fear with the crowd, "I ..."."""
    doc, text = context.doc, context.doc.text
    if sign == ":" and (found := parse_lead_in_line(context, tokens)) is not None:
        return found
    if (
        not sign
        or sign not in ",:"
        or not text[quoted_span.start].isupper()
        or last_character(text, quoted_span) not in ".?!"
    ):
        return None
    short = sign == "," and text.count(" ", quoted_span.start, quoted_span.end) < MAX_TOKENS_AFTER_STOP
    following = text[quoted_span.outer_end : quoted_span.outer_end + (1 if sign == ":" else 2)]
    if short or (following and not following.isspace()):
        return None
    verbs = [t for t in tokens if doc.dep[t] in CLAUSES and doc.is_verb(t) and finite(doc, t)]
    for verb in reversed(verbs):
        who = subject(doc, verb)
        if who is None or not tokens[0] <= who < tokens[-1]:
            continue
        person = doc.tag[who].startswith("NNP") or doc.lower[who] in PEOPLE | PERSONAL
        if sign == "," or person:
            return Attribution("told", phrase(doc, who, tokens[0], tokens[-1]), verb, verb, ANY_VERB)
    return None


def _resumes(context: QuoteContext, previous: AttributedSpan, quoted_span: QuotedSpan) -> bool:
    """Return whether the words continue those before, with only the attribution between: “It is,” he paused, “cold.”"""
    text, doc = context.doc.text, context.doc
    between = text[previous.quoted_span.outer_end : quoted_span.outer_start].rstrip()
    cue = previous.attribution.cue
    return (
        between.endswith(",")
        and text[quoted_span.start].islower()
        and previous.attribution.construction == "after"
        and previous.quoted_span.outer_end <= doc.start[cue] < quoted_span.outer_start
        and context.sentences_from(previous.quoted_span.outer_end, quoted_span.outer_start) == 0
    )


def _follows(context: QuoteContext, previous: AttributedSpan, quoted_span: QuotedSpan) -> bool:
    """Return whether only the end of the attributing sentence is between two quoted spans of a paragraph."""
    between = context.doc.text[previous.quoted_span.outer_end : quoted_span.outer_start]
    if not between.strip():
        return True
    if between.rstrip().endswith(":"):
        # A sentence that ends with a colon names the speaker of these words.
        return False
    start = previous.quoted_span.outer_end
    return context.sentences_from(start + 1, quoted_span.outer_start) <= 1
