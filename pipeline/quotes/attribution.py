"""Words in quotation marks -> their speaker and cue.

The order of the rules follows American news style: a quotation ends with a comma before its cue, begins after a comma
or a colon, and continues after the full stop of its first attribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from pipeline.marks import Paragraph, Stretch
from pipeline.quotes.around import around
from pipeline.quotes.behind import attributing
from pipeline.quotes.cue_behind import (
    GOES_ON,
    PERSONAL,
    SHORTEST,
    according_to,
    attribution_behind,
    last_character,
    speaker_behind,
)
from pipeline.quotes.cues import FARTHEST, cue_span, passes_on, quoting_verbs
from pipeline.quotes.denied import imagined, unsaid
from pipeline.quotes.labels import (
    LABEL,
    LABEL_BEFORE,
    LONGEST_LABEL,
    PEOPLE,
    UNSAID,
    Attribution,
    Marked,
    as_put,
    labelled,
    lead_in,
    quoting_lead,
    signed_below,
    signed_inside,
)
from pipeline.quotes.page import Page
from pipeline.quotes.phrases import FINITE, SUBJECTS, phrase, subject, top
from pipeline.quotes.words import (
    ANY_VERB,
    cue_verbs,
)
from pipeline.quotes.works import titled

DASHES = frozenset(("-", "--", "–", "—", "―", "‒"))
# Maximum characters of a quoted name within the narrator's sentence.
LONGEST_NAME = 40
# Conjunctions that begin a separate clause after quoted words.
TURNING = frozenset(("but", "and", "while", "whereas", "though"))
# Words that begin a second clause after quoted words: ..., WHILE she said: “...”
LEADING_ON = frozenset(("and", "but", "while", "whereas", "although", "though"))


def attributed(page: Page) -> list[Marked]:
    """Return the attributed stretches of all paragraphs, in text order."""
    found: list[Marked] = []
    before: Paragraph | None = None
    for paragraph, behind in zip_longest(page.paragraphs, page.paragraphs[1:]):
        _paragraph(page, paragraph, before, behind, found)
        before = paragraph
    return found


def _paragraph(
    page: Page, paragraph: Paragraph, before: Paragraph | None, behind: Paragraph | None, found: list[Marked]
) -> None:
    """Append the paragraph's attributed stretches to `found`; `before` and `behind` are its neighbours."""
    stretches = paragraph.stretches
    direct = [None if s.outer_start in page.unsaid else _own(page, paragraph, i) for i, s in enumerate(stretches)]
    last: int | None = None  # index in `found` of the paragraph's last stretch; a later one may continue it
    for i, stretch in enumerate(stretches):
        attribution = direct[i]
        if stretch.outer_start in page.unsaid or (attribution is not None and attribution.how == "unsaid"):
            continue
        whole = _whole(page, paragraph, i)
        goes_on: int | None = None
        start = stretch.start
        label = LABEL.match(page.doc.text, start, min(stretch.end, start + 80)) if whole else None
        if label and label.end() < stretch.end:
            start = label.end()
            attribution = labelled(page, label.start(1), label.end(1))
        if attribution is None and last is not None and _resumes(page, found[last], stretch):
            attribution, goes_on = replace(found[last].attribution, how="same"), last
        if attribution is None and not whole:
            continue
        if last is not None and attribution is not None and attribution.cue >= 0:
            previous = found[last].attribution
            if attribution.cue == previous.cue:
                goes_on = last
        if attribution is None and whole and last is not None and _follows(page, found[last], stretch):
            attribution = Attribution("same", found[last].attribution.speaker, found[last].attribution.cue,
                                      found[last].attribution.cue_end, found[last].attribution.entry)  # fmt: skip
            goes_on = last
        if attribution is None:
            attribution = _below(page, paragraph, behind, i)
        if attribution is None:
            attribution = around(page, paragraph, before, i, found)
            if stretch.single and attribution.how not in ("colon", "beside"):
                # A line in single marks without a speaker is a subheading.
                continue
            if attribution.how in ("continued", "carried"):
                goes_on = len(found) - 1
        if goes_on is not None and found[goes_on].goes_on_from is not None:
            goes_on = found[goes_on].goes_on_from
        found.append(Marked(start, stretch.end, stretch, attribution, whole, goes_on))
        last = len(found) - 1


def _below(page: Page, paragraph: Paragraph, behind: Paragraph | None, index: int) -> Attribution | None:
    """Return the attribution after the stretch's sentence: in the next sentence or the next paragraph."""
    stretch = paragraph.stretches[index]
    if stretch.outer_end < paragraph.end or behind is None:
        return attributing(page, stretch, _next_start(page.doc.text, paragraph, index))
    end = behind.stretches[0].outer_start if behind.stretches else behind.end
    found = signed_inside(page, stretch, behind) or signed_below(page, behind) or attributing(page, stretch, end)
    if found is None and last_character(page.doc.text, stretch) == "," and not stretch.single:
        found = attribution_behind(page, stretch, end, behind.end, True)
    return None if found is UNSAID else found


def _own(page: Page, paragraph: Paragraph, index: int) -> Attribution | None:
    """Return the attribution in the stretch's sentence."""
    stretch = paragraph.stretches[index]
    text = page.doc.text
    next_start = _next_start(text, paragraph, index)
    last_end = paragraph.stretches[index - 1].outer_end if index else paragraph.start
    begins = _begins(text, stretch, paragraph)
    after = attribution_behind(page, stretch, next_start, paragraph.end, begins) if stretch.closed else None
    if after is not None and after.cue >= 0 and _leads_on(page, stretch, after.cue, next_start, paragraph.end, begins):
        # It read “...”, while she said: “...”
        after = None
    comma = text[stretch.end - 1] in GOES_ON or text[stretch.outer_end : stretch.outer_end + 1] in (",",)
    before = _before(page, stretch, last_end, paragraph)
    if UNSAID in (after, before) and (after is None or before is None or after.how == "unsaid"):
        return UNSAID
    nameless = before is not None and before.how == "label" and before.speaker is None and after is not None
    before = None if before is not None and (before.how == "unsaid" or nameless) else before
    led_in = before is not None and before.how in ("before", "colon") and page.doc.tag[before.cue] in FINITE
    if after is not None and led_in and page.doc.tag[after.cue] == "VBG":
        # X said, "...," adding that
        return before
    if after is not None and comma and passes_on(page.doc, after.speaker, after.cue) and not begins:
        # X said that it was “safe”, the agency reported: the agency is not the speaker.
        start = page.sentence_start(stretch.outer_start, max(paragraph.start, stretch.outer_start - FARTHEST))
        narrated = page.narrator(start, stretch.outer_start)
        if any(page.doc.lower[t] in cue_verbs() and page.doc.is_verb(t) for t in narrated):
            return None
    if after is not None and before is not None and before.how == "before" and _turns(page, stretch, after):
        return before
    if after is not None and comma:
        return after if begins else _closing(page, stretch, paragraph, last_end, after)
    if before is not None and before.how in ("before", "colon", "label"):
        return before
    return after or before


def _turns(page: Page, stretch: Stretch, after: Attribution) -> bool:
    """Return whether the cue after the words is in a separate clause: X told her, “...,” but Y said ..."""
    doc = page.doc
    between = page.narrator(stretch.outer_end, doc.start[after.cue]) if after.cue >= 0 else []
    return bool(between) and doc.lower[between[0]] in TURNING


def _next_start(text: str, paragraph: Paragraph, index: int) -> int:
    """Return where the next quoted words begin. Skip names within the narrator's sentence: “...,” the “Harbour” actor
    said."""
    for stretch in paragraph.stretches[index + 1 :]:
        behind = text[stretch.outer_end : stretch.outer_end + 2]
        name = titled(text, stretch) and stretch.end - stretch.start <= LONGEST_NAME and text[stretch.end - 1].isalnum()
        if not name or behind[:1] != " " or not behind[1:].islower():
            return stretch.outer_start
    return paragraph.end


def _begins(text: str, stretch: Stretch, paragraph: Paragraph) -> bool:
    """Return whether the stretch begins its sentence or follows the narrator's comma, colon or dash."""
    before = text[max(paragraph.start, stretch.outer_start - 8) : stretch.outer_start].rstrip()
    return not before or before[-1] in ".?!…:,—–-" or before[-1] in "”\"»’')]"


def _closing(
    page: Page, stretch: Stretch, paragraph: Paragraph, last_end: int, after: Attribution
) -> Attribution | None:
    """Return the attribution of a whole clause that ends with the quoted words: The plan is “dead on arrival,” he said.

    Return None if a title ends an adverbial phrase (On “Morning in Lund,” he said): the phrase is not said.
    """
    doc = page.doc
    start = page.sentence_start(stretch.outer_start, max(paragraph.start, stretch.outer_start - FARTHEST))
    # Earlier titles of works are part of the clause.
    said = [s.outer_end for s in paragraph.stretches if s.outer_end <= last_end and s.outer_start not in page.unsaid]
    tokens = page.narrator(max(start, *said, paragraph.start), stretch.outer_start)
    if not tokens or after.cue < 0:
        return None
    if doc.dep[after.cue] in ("relcl", "acl") and doc.tag[after.cue] == "VBG":
        # “...,” a series that included one saying so: the cue modifies a noun after the marks.
        return None
    finite = any(doc.tag[t] in FINITE for t in (*tokens, *doc.tokens(stretch.start, stretch.end)))
    if not finite or titled(doc.text, stretch):
        return None
    return replace(after, how="clause", clause=(doc.start[tokens[0]], stretch.outer_end))


def _leads_on(page: Page, stretch: Stretch, cue: int, next_start: int, most: int, begins: bool) -> bool:
    """Return whether the cue is in a second clause: that of the next quoted words, or one without any."""
    tokens = page.narrator(stretch.outer_end, next_start)
    while tokens and page.doc.lower[tokens[0]] == ",":
        tokens = tokens[1:]
    if tokens and page.doc.lower[tokens[0]] in LEADING_ON and not begins and page.doc.head[tokens[0]] != cue:
        # X said that it was “safe” but added
        own = page.doc.child(cue, *SUBJECTS)
        if own is None or own < tokens[0]:
            return True
    if not tokens or next_start == most or not (cue == tokens[-1] or page.doc.lower[tokens[-1]] in (":", ",", "that")):
        return False
    # "adding:" introduces the next words, too.
    return page.doc.lower[tokens[0]] in LEADING_ON or (page.doc.tag[cue] == "VBG" and cue == tokens[0])


def _before(page: Page, stretch: Stretch, least: int, paragraph: Paragraph) -> Attribution | None:
    """Return the attribution before the opening mark. `how`: before, colon (strong), inside (no comma or colon)."""
    doc, text = page.doc, page.doc.text
    start = page.sentence_start(stretch.outer_start, max(paragraph.start, stretch.outer_start - FARTHEST))
    tokens = page.narrator(start, stretch.outer_start)
    if not tokens or doc.end[tokens[-1]] < least - 1:
        return None
    near = [t for t in tokens if doc.start[t] >= least]
    if not near:
        return None
    last = near[-1]
    sign = doc.lower[last] if doc.lower[last] in (",", ":", "that", *DASHES) else ""
    candidates = quoting_verbs(doc, near if sign else tokens)
    if sign == ":":
        label = text[start : doc.end[last]]
        name = LABEL_BEFORE.search(label[-LONGEST_LABEL:])
        topic = name is not None and name[1].startswith("On ")
        if not candidates and name and not topic and (name.start() or len(label) <= LONGEST_LABEL):
            return labelled(page, doc.end[last] - len(name.group(1)) - 1, doc.start[last])
    if not candidates or (sign and doc.lower[candidates[-1]] == "quote"):
        return _according_before(page, near, sign) or _told(page, stretch, near, sign)
    cue = candidates[-1]
    between = [t for t in near if t > cue]
    if sign == ":" and doc.dep[cue] == "relcl" and any(doc.tag[t] in FINITE and doc.dep[t] == "ROOT" for t in between):
        # To critics who say so, Lume has a reply: “...”
        return _told(page, stretch, near, sign)
    if doc.tag[last] != "." and (unsaid(page, cue) or imagined(doc, cue)):
        return UNSAID
    adjacent = not [t for t in between if doc.lower[t] not in (",", ":", "that", "also", "out", "to")]
    if not adjacent and sign != ":" and any(doc.tag[t] in FINITE and doc.dep[t] != "relcl" for t in between):
        return None
    how = "colon" if sign == ":" else "before" if sign or adjacent else "inside"
    if how == "inside" and not all(doc.tag[t][:2] in ("NN", "PR", "IN", "DT", "JJ", "RP", "TO", "CD") for t in between):
        return None
    head = subject(doc, cue)
    low, high = tokens[0], tokens[-1] + 1
    speaker = phrase(doc, head, low, high) if head is not None and low <= head < high else None
    if speaker is None and doc.child(cue, "auxpass") is None:
        nouns = [t for t in tokens if t < cue and doc.is_noun(t) and doc.tag[t] != "DT"]
        if not nouns and between:
            # Said X: "..."
            speaker = speaker_behind(page, [cue, *between], cue)
        elif nouns and cue - nouns[-1] <= 3:
            speaker = phrase(doc, top(doc, nouns[-1], low, cue), low, cue)
    return Attribution(how, speaker, *cue_span(doc, cue), cue_verbs()[doc.lower[cue]])


def _according_before(page: Page, tokens: Sequence[int], sign: str) -> Attribution | None:
    """Match: According to NAME, "..."; as NAME put it, "..."; to quote NAME: "...". The sign is right before the
    mark."""
    if sign not in (",", ":"):
        return None
    put = (according_to(page, tokens) or as_put(page, tokens)) if sign == "," else None
    return put or quoting_lead(page, tokens)


def _told(page: Page, stretch: Stretch, tokens: Sequence[int], sign: str) -> Attribution | None:
    """Match any verb before a comma or colon and a quoted sentence: X shared her fear with the crowd, "I ..."."""
    doc, text = page.doc, page.doc.text
    if sign == ":" and (found := lead_in(page, tokens)) is not None:
        return found
    if not sign or sign not in ",:" or not text[stretch.start].isupper() or last_character(text, stretch) not in ".?!":
        return None
    short = sign == "," and text.count(" ", stretch.start, stretch.end) < SHORTEST
    behind = text[stretch.outer_end : stretch.outer_end + (1 if sign == ":" else 2)]
    if short or (behind and not behind.isspace()):
        return None
    verbs = [t for t in tokens if doc.tag[t] in FINITE and doc.dep[t] in ("ROOT", "conj", "advcl", "ccomp")]
    for told in reversed(verbs):
        who = subject(doc, told)
        if who is None or not tokens[0] <= who < tokens[-1]:
            continue
        person = doc.tag[who].startswith("NNP") or doc.lower[who] in PEOPLE | PERSONAL
        if sign == "," or person:
            return Attribution("told", phrase(doc, who, tokens[0], tokens[-1]), told, told, ANY_VERB)
    return None


def _whole(page: Page, paragraph: Paragraph, index: int) -> bool:
    """Return whether the stretch is one or more whole sentences, with no part of the narrator's before or after it."""
    stretch, text = paragraph.stretches[index], page.doc.text
    before = text[max(paragraph.start, stretch.outer_start - 40) : stretch.outer_start].rstrip()
    begins = not before or before[-1] in ".?!:…" or before[-1] in "”\"»’'"
    behind = text[stretch.outer_end : min(paragraph.end, stretch.outer_end + 40)].lstrip()
    complete = last_character(text, stretch) in ".?!…—–-:" or not stretch.closed
    ends = not behind or behind[0] in "“\"«‘'`" or (complete and not behind[0].islower() and behind[0] not in ",;")
    if not begins or not ends:
        return False
    if not complete and behind and behind[0] not in ".?!":
        return False
    return complete or stretch.outer_start == paragraph.start


def _resumes(page: Page, previous: Marked, stretch: Stretch) -> bool:
    """Return whether the words continue those before, with only the attribution between: “It is,” he paused, “cold.”"""
    text, doc = page.doc.text, page.doc
    between = text[previous.stretch.outer_end : stretch.outer_start].rstrip()
    cue = previous.attribution.cue
    return (
        between.endswith(",")
        and text[stretch.start].islower()
        and previous.attribution.how == "after"
        and previous.stretch.outer_end <= doc.start[cue] < stretch.outer_start
        and page.sentences_from(previous.stretch.outer_end, stretch.outer_start) == 0
    )


def _follows(page: Page, previous: Marked, stretch: Stretch) -> bool:
    """Return whether only the end of the attributing sentence is between two stretches of a paragraph."""
    between = page.doc.text[previous.stretch.outer_end : stretch.outer_start]
    if not between.strip():
        return True
    if between.rstrip().endswith(":"):
        # A sentence that ends with a colon names the speaker of these words.
        return False
    start = previous.stretch.outer_end
    return page.sentences_from(start + 1, stretch.outer_start) <= 1
