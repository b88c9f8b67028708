"""Find the cue behind quoted words: “...,” said Ana Lume."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.marks import QuotedSpan
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.cues import FARTHEST, cue_span, noun_for_cue, quoting_verbs
from pipeline.quotes.labels import NEGATED_ATTRIBUTION, PEOPLE, Attribution, parse_signature
from pipeline.quotes.non_assertive_cues import is_hypothetical_cue, is_negated_cue
from pipeline.quotes.phrases import FINITE, SUBJECTS, Phrase, noun_heads, phrase, subject, top
from pipeline.quotes.trailing_attribution import attribution_in_trailing_clause
from pipeline.quotes.words import ALWAYS, ANY_VERB, AUXILIARIES, QUOTING, RELAYING, CueEntry, cue_verbs
from pipeline.quotes.works import titled

# Speakers in a line that ends in a colon, with any verb: she shrugged: “...”
PERSONAL = frozenset(("he", "she", "they", "i", "we"))
# A comma inside or behind the marks means that the sentence continues with its cue.
CONTINUATION_MARKS = frozenset(",—–-―")
ENDS = frozenset(".?!…")
# Most tokens of an attribution in a separate sentence ("Why not?" Smith asked.) ...
MAX_CUE_SENTENCE_TOKENS = 14
# ... and behind a full stop, where it is rarer.
MAX_TOKENS_AFTER_STOP = 5
# Most tokens of a name before its verb.
MAX_NAME_TOKENS = 3
# “No,” CHIPPED IN Berg.
JOINING_IN = frozenset((verb, "in") for verb in ("chimed", "chimes", "chipped", "chips"))
WANTING = frozenset(("wanted", "wants", "want", "demanded", "demands"))
# What nobody does to words: “Help!” the swimmer DROWNED.
ENDING = listed("reporting_verbs.tsv", "ending")
# Words for a person without a noun: “...,” wrote one.
ONE = frozenset(("one", "another", "many", "others", "several", "some"))


def attribution_after(
    context: QuoteContext, quoted_span: QuotedSpan, next_start: int, most: int, begins: bool
) -> Attribution | None:
    """Return the attribution by a cue behind the closing mark. `begins`: the words begin their sentence."""
    doc, text = context.doc, context.doc.text
    at = quoted_span.outer_end
    while at < next_start and text[at].isspace():
        at += 1
    end = context.sentence_end(at, next_start)
    tokens = context.narrator_tokens(at, min(end, at + FARTHEST))
    if not tokens:
        return None
    if next_start >= most and (name := parse_signature(context, at, most)) is not None:
        return name
    if (put := attribution_in_trailing_clause(context, quoted_span, next_start)) is not None:
        return put
    while tokens and doc.tag[tokens[0]] in (",", ":", "HYPH", "."):
        tokens = tokens[1:]
    if not tokens:
        return None
    first = tokens[0]
    closing = last_character(text, quoted_span)
    sign = text[quoted_span.outer_end : quoted_span.outer_end + 1]
    goes_on = closing in CONTINUATION_MARKS or sign in (",", "—", "–")
    attached = goes_on or doc.lower[first] == doc.words[first]
    cue = _first_cue(context, tokens)
    if cue is None and closing in CONTINUATION_MARKS:
        cue = noun_for_cue(context.doc, tokens, MAX_TOKENS_AFTER_STOP)
    named = titled(text, quoted_span) and doc.tag[first] in ("NN", "NNS")
    unmarked = not goes_on and closing not in ENDS
    sure = cue is not None and (doc.lower[cue] in ALWAYS or _reports_clause(doc, quoted_span, first, cue))
    if unmarked and (not sure or not begins or named):
        # A title or a term has no comma: "The Long Way Home" opened in June, “Low Bridge” star Ana Lume said.
        return None
    if doc.lower[first] == "according" or (cue is None and attached):
        # Also before a cue: "according to his landlord, who asked not to be named".
        found = according_to(context, tokens)
        if found is not None or closing not in ",?!" or not text[quoted_span.start].isupper():
            return found
        cue = _main_verb(context, tokens)
    elif cue is None and closing in "?!":
        cue = _any_verb(context, tokens)
    if cue is None or (not attached and not _only_attributes(context, tokens, cue, closing)):
        return None
    return _by_cue(context, quoted_span, tokens, cue, attached)


def _reports_clause(doc: Document, quoted_span: QuotedSpan, first: int, cue: int) -> bool:
    """Whether the tree takes the words as a clause that the cue reports, and a name alone is before the cue: “It was
    wet and nobody came” Lume told the paper."""
    named = first < cue <= first + MAX_NAME_TOKENS and all(doc.tag[t] == "NNP" for t in range(first, cue))
    clauses = (c for c in doc.children[cue] if doc.dep[c] == "ccomp" and doc.child(c, *SUBJECTS) is not None)
    said = any(quoted_span.start <= doc.start[c] < quoted_span.end and doc.tag[c] in FINITE for c in clauses)
    return named and said and not titled(doc.text, quoted_span)


def _by_cue(
    context: QuoteContext, quoted_span: QuotedSpan, tokens: Sequence[int], cue: int, attached: bool
) -> Attribution | None:
    """Return the attribution by a cue among the tokens behind quoted words. `attached`: they are in one sentence."""
    doc, text = context.doc, context.doc.text
    if is_negated_cue(context, cue) or is_hypothetical_cue(doc, cue, after_words=True):
        return NEGATED_ATTRIBUTION if attached else None
    speaker = speaker_after(context, tokens, cue)
    if doc.lower[cue] not in cue_verbs():
        exclaimed = last_character(text, quoted_span) in "?!"
        if speaker is None or (exclaimed and not _only_speaker(context, tokens, cue, speaker)):
            return None
    entry = cue_verbs().get(doc.lower[cue], ANY_VERB)
    quoted = doc.child(cue, "dobj") if doc.lower[cue] in QUOTING else None
    if quoted is not None and speaker is not None and quoted != speaker.head:
        return Attribution("after", phrase(doc, quoted, cue, tokens[-1] + 1), cue, cue, entry, speaker)
    if speaker is not None and (retold := _retold(context.doc, cue)) is not None:
        return Attribution("after", *retold)
    return Attribution("after", speaker, *cue_span(doc, cue), entry, _via(context, tokens, cue))


def _retold(doc: Document, cue: int) -> tuple[Phrase, int, int, CueEntry] | None:
    """Return the speaker, the cue and its entry if another's words are retold: “Wait,” Berg recalled LUME TELLING
    him."""
    for verb in (t for t in doc.children[cue] if t > cue + 1 and doc.tag[t] == "VBG"):
        if "," in doc.lower[cue:verb]:
            break
        entry = cue_verbs().get(doc.lower[verb])
        who = doc.child(verb, *SUBJECTS)
        if who is None and doc.head[verb - 1] == cue and doc.dep[verb - 1] == "dobj":
            who = verb - 1
        if entry is not None and who is not None and cue < who < verb:
            return phrase(doc, who, cue + 1, verb), verb, verb, entry
    return None


def _main_verb(context: QuoteContext, tokens: Sequence[int]) -> int | None:
    """Return the first finite verb that is no cue, for words that end in a comma; None if it is an auxiliary."""
    doc = context.doc
    finite = any(doc.tag[t] in FINITE for t in tokens)
    verbs = [
        t
        for t in tokens
        if (doc.tag[t] in ("VBD", "VBZ") and doc.dep[t] not in ("relcl", "acl"))
        # "the pilot described in a letter", "beamed the pilot": the tagger reads the verb as a participle.
        or (doc.tag[t] == "VBN" and (t == tokens[0] or (t - 1 in tokens and doc.is_noun(t - 1))) and not finite)
    ]
    return verbs[0] if verbs and doc.lower[verbs[0]] not in AUXILIARIES else None


def _via(context: QuoteContext, tokens: Sequence[int], cue: int) -> Phrase | None:
    """Return the outlet behind the cue that relays the words: "according to NAME", "as reported by NAME"."""
    doc = context.doc
    after = [t for t in tokens if t > cue]
    found = according_to(context, after)
    if found is not None:
        return found.speaker
    for token in tokens:
        relays = token > cue and doc.lower[token] in RELAYING
        if (relays or (token < cue and doc.lower[token] in QUOTING)) and doc.is_verb(token):
            head = subject(doc, token)
            if head is None or not tokens[0] <= head <= tokens[-1] or not doc.is_noun(head):
                continue
            if head > cue or not relays:
                return phrase(doc, head, tokens[0], tokens[-1] + 1)
    return None


def _any_verb(context: QuoteContext, tokens: Sequence[int]) -> int | None:
    """Return the verb of a sentence that is only a name and a verb: “Honestly?” Bell grins."""
    doc = context.doc
    words = [t for t in tokens if doc.tag[t] != "."]
    apposed = [i for i, t in enumerate(words) if doc.lower[t] == ","]
    if len(apposed) == 2 and apposed[1] == len(words) - 2:
        # “Honestly?” Ana Bell, the engineer, grins.
        words = [*words[: apposed[0]], words[-1]]
    if not 1 < len(words) <= MAX_TOKENS_AFTER_STOP or doc.tag[words[-1]] not in ("VBD", "VBZ", "NNS"):
        # "Bell grins": the tagger reads two nouns.
        return None
    return words[-1] if _person(doc, words[-2]) and not any(doc.is_verb(t) for t in words[:-1]) else None


def _only_speaker(context: QuoteContext, tokens: Sequence[int], verb: int, speaker: Phrase) -> bool:
    """Whether a person is right beside an unlisted verb, and nothing else that it needs: “Never!” huffled the mayor.
    Not “Help!” made the singer rich, nor “Help!” the swimmer drowned."""
    doc = context.doc
    if not _person(doc, speaker.head) or doc.lower[verb] in ENDING:
        return False
    if speaker.last < verb:
        return speaker.first == tokens[0]
    behind = doc.tag[speaker.last + 1 : speaker.last + 2]
    described = all(doc.tag[t].startswith(("NN", "JJ", "DT")) for t in range(verb + 1, speaker.first))
    return verb == tokens[0] and described and behind in ((), (",",), (".",), ("IN",), ("RB",), ("CC",))


def _person(doc: Document, token: int) -> bool:
    """Whether a noun is a name, a personal pronoun or a word for a person."""
    return doc.tag[token].startswith("NNP") or doc.lower[token] in PEOPLE | PERSONAL


def _only_attributes(context: QuoteContext, tokens: Sequence[int], cue: int, closing: str) -> bool:
    """Whether a sentence behind a finished quotation only names the speaker, and reports nothing more."""
    doc = context.doc
    if len(tokens) > MAX_CUE_SENTENCE_TOKENS and closing not in "?!":
        return False
    if closing == "." and len(tokens) > MAX_TOKENS_AFTER_STOP:
        return False
    if any(doc.tag[t] in FINITE for t in tokens if t < cue) or cue - tokens[0] > MAX_CUE_SENTENCE_TOKENS:
        return False
    after = [t for t in tokens if t > cue]
    if after and doc.lower[after[-1]] in (":", ","):
        return False
    if after and doc.lower[after[0]] in (":", "that", "he", "she", "they", "it"):
        return False
    own = (c for c in doc.children[cue] if doc.dep[c] in ("ccomp", "xcomp") and not context.token_in_marks[c])
    return closing in "?!" or next(own, None) is None


def _first_cue(context: QuoteContext, tokens: Sequence[int]) -> int | None:
    """Return the first verb of saying among the narrator's tokens that is not inside the speaker's description."""
    doc = context.doc
    fallback: int | None = None
    for token in tokens:
        if doc.lower[token] in WANTING and doc.lower[token + 1 : token + 3] == ("to", "know"):
            # “Why now?” she wanted to know.
            return token
        if not quoting_verbs(doc, (token,)):
            continue
        if doc.words[token][:1].isupper() and doc.lower[token + 1 : token + 2] and doc.lower[token + 1] in cue_verbs():
            # A name that is spelled like a verb: Said says.
            continue
        if doc.dep[token] in ("relcl", "acl") and token != tokens[0] and doc.head[token] in tokens:
            fallback = token if fallback is None else fallback
            continue
        return token
    return fallback


def speaker_after(context: QuoteContext, tokens: Sequence[int], cue: int) -> Phrase | None:
    """Return the speaker in the words behind a quotation: "said NAME" or "NAME said"."""
    doc = context.doc
    low, high = tokens[0], tokens[-1] + 1
    leading = noun_heads(doc, (t for t in tokens if t < cue))
    own = subject(doc, cue)
    if own is not None and low <= own < high and not context.token_in_marks[own]:
        return phrase(doc, own, low, high)
    if leading:
        return phrase(doc, top(doc, leading[0], low, cue), low, cue)
    for token in tokens:
        if token > cue and doc.tag[token + 1 : token + 2] == ("HYPH",):
            # said co-author Ana Lume
            continue
        if token > cue and doc.is_noun(token) and (doc.tag[token] not in ("DT", "CD") or doc.lower[token] in ONE):
            return phrase(doc, top(doc, token, cue + 1, high), cue + 1, high)
        if token == cue + 1 and (doc.lower[cue], doc.lower[token]) in JOINING_IN:
            continue
        if token > cue and (doc.is_verb(token) or doc.tag[token] in (",", ".", "IN")):
            break
    return None


def according_to(context: QuoteContext, tokens: Sequence[int]) -> Attribution | None:
    """Attribute by "according to NAME"."""
    doc = context.doc
    for token in tokens:
        if doc.lower[token] == "according" and token + 2 < len(doc) and doc.lower[token + 1] == "to":
            for other in tokens:
                if other > token + 1 and doc.is_noun(other) and doc.tag[other] != "DT":
                    speaker = phrase(doc, top(doc, other, token + 2, tokens[-1] + 1), token + 2, tokens[-1] + 1)
                    return Attribution("after", speaker, token, token + 1, cue_verbs()["said"])
    return None


def last_character(text: str, quoted_span: QuotedSpan) -> str:
    """Return the last character of the words, except the marks and brackets of quotations inside them."""
    words = text[max(quoted_span.start, quoted_span.end - 8) : quoted_span.end].rstrip("’'\"”)] \xa0")
    return words[-1:] or text[quoted_span.end - 1]
