"""Find by word order the reported clauses that the tree misses: cut the sentence at its cue.

The parser attaches long subjects, brackets and fronted adverbials wrongly; then a cue has no clause. If the cue's
subject is next to it, what was said is the rest of the sentence.
"""

from __future__ import annotations

from pipeline.document import Document
from pipeline.quotes.clauses import RELATIVE
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.phrases import FINITE, SUBJECTS, Phrase, nearest_subject, phrase, top
from pipeline.quotes.words import CALENDAR, VERBS_WITH_ADDRESSEE, constructions_of, cue_verbs

# Most tokens of a cue with its subject and adverbs between commas.
MAX_CUE_TOKENS = 14
# Most tokens of an adverbial between a cue and its clause ("said on Monday at the hall").
MAX_ADVERBIAL_LENGTH = 8
# Tags and words that can begin a clause.
BEGINS = ("DT", "NN", "PRP", "JJ", "CD", "EX", "PDT", "WRB", "VBG")
LEADING = frozenset(("that", "if", "whether", "both", "either", "neither"))
# Tags of the words for a speaker behind the cue.
SPEAKER = ("NN", "PRP", "DT", "JJ", "CD", "IN", "POS", "HYPH")
# Relations of a cue whose clause is the rest of the sentence.
MAIN = frozenset(("ROOT", "conj", "ccomp", "parataxis"))
# Behind a cue in commas these begin the speaker's next action or an aside, not words said.
NEXT = frozenset(
    ("who", "which", "whose", "whom", "according", "as", "after", "before", "while", "when", "citing", "and")
)


def span_after_cue(context: QuoteContext, verb: int) -> tuple[int, int] | None:
    """Return the tokens [first, last] from behind a finite cue to the end of its sentence, if a clause begins there."""
    doc = context.doc
    if doc.tag[verb] not in FINITE or doc.dep[verb] not in MAIN or doc.tag[doc.left[verb]] in RELATIVE:
        return None
    own, thing = doc.child(verb, *SUBJECTS), doc.child(verb, "dobj")
    if (
        own is None
        or own > verb
        or context.token_in_marks[own]
        or (thing is not None and doc.lower[verb] not in VERBS_WITH_ADDRESSEE)
    ):
        return None
    first = _after_adverbials(context, verb)
    last = last_token(context, verb)
    if (
        first > last
        or not (doc.tag[first].startswith(BEGINS) or doc.lower[first] in LEADING)
        or context.token_in_marks[first]
    ):
        return None
    finite = next((t for t in range(first, last + 1) if doc.tag[t] in FINITE and not context.token_in_marks[t]), None)
    return (first, last) if finite is not None and finite > first and _has_subject(doc, first, finite) else None


def _has_subject(doc: Document, first: int, finite: int) -> bool:
    """Whether a noun is before the finite verb, with no comma and no relative pronoun between."""
    between = range(first + (doc.lower[first] == "that"), finite)
    apart = any(doc.lower[t] == "," or doc.tag[t] in RELATIVE for t in between)
    return not apart and any(doc.is_noun(t) for t in between)


def _after_adverbials(context: QuoteContext, verb: int) -> int:
    """Return the first token behind a cue's adverbials and hearer: said ON MONDAY, told THEM."""
    doc = context.doc
    token = verb + 1
    hearer = doc.child(verb, "dobj", "dative") if doc.lower[verb] in VERBS_WITH_ADDRESSEE else None
    if hearer is not None and hearer > verb:
        after_hearer = range(hearer, last_token(context, verb))
        begins = (t for t in after_hearer if doc.lower[t] == "that" and (doc.tag[t] == "IN" or doc.tag[t + 1] == "PRP"))
        return next(begins, doc.right[hearer] + 1)
    while token < len(doc):
        adverb = doc.tag[token] in ("RB", "RP") or doc.lower[token] in CALENDAR
        if adverb and doc.head[token] == verb:
            token += 1
        elif doc.dep[token] == "prep" and doc.head[token] == verb:
            last = doc.right[token]
            that = next((t for t in range(token, last) if doc.lower[t] == "that" and not doc.is_verb(t + 1)), None)
            if that is not None and doc.tag[that + 1] != "MD":
                return that
            if last - token >= MAX_ADVERBIAL_LENGTH:
                break
            token = last + 1
        else:
            break
    return token


def last_token(context: QuoteContext, verb: int) -> int:
    """Return the last token of the narrator's sentence with the cue."""
    doc = context.doc
    end = context.sentence_end(doc.start[verb], len(doc.text))
    token = verb
    while token + 1 < len(doc) and doc.end[token + 1] <= end:
        token += 1
    return token


def first_token(context: QuoteContext, verb: int) -> int:
    """Return the first token of the narrator's sentence with the cue."""
    doc = context.doc
    start = context.sentence_start(doc.start[verb] + 1, 0)
    token = verb
    while token and doc.start[token - 1] >= start:
        token -= 1
    return token


def spans_around_cue(context: QuoteContext, verb: int) -> tuple[tuple[int, int], tuple[int, int] | None] | None:
    """Return the tokens before a cue that is in commas or ends its sentence, and those behind its second comma: IN BOTH
    CASES, she said, THE LOCK WAS SAFE. None for any other cue, or if nothing with a verb is left."""
    doc = context.doc
    begin, last = first_token(context, verb), last_token(context, verb)
    comma = next((t for t in range(verb - 1, max(begin, verb - MAX_CUE_TOKENS), -1) if doc.lower[t] == ","), None)
    if comma is None or any(context.token_in_marks[t] for t in (begin, comma - 1, *range(comma, verb))):
        return None
    end = _block_end(context, comma, verb)
    if end is None:
        return None
    rest = None
    if end < last and doc.lower[end] == ",":
        if context.token_in_marks[end + 1]:
            return None
        continues = doc.lower[end + 1] not in NEXT and doc.tag[end + 1] != "VBG"
        # The tagger reads "paid" in "those gifts paid for rooms" as a participle.
        verbs = any(doc.tag[t] in FINITE or doc.tag[t] == "VBN" for t in range(end + 1, last))
        rest = (end + 1, last) if continues and verbs else None
    elif end < last and doc.tag[end] not in (".", "_SP"):
        return None
    fronted = doc.tag[begin] in ("IN", "WRB") or (doc.tag[begin] == "CC" and doc.tag[begin + 1] in ("IN", "WRB"))
    if rest is None and fronted and all(doc.lower[t] != "," for t in range(begin, comma)):
        return None
    if rest is None and all(
        doc.tag[t] not in FINITE or "quotation" in constructions_of(doc.lower[t]) for t in range(begin, comma)
    ):
        return None
    return (begin, comma - 1), rest


def inverted_subject(context: QuoteContext, verb: int) -> Phrase | None:
    """Return the speaker behind a cue in commas, up to the next comma or the end: ..., said LUME, ..."""
    doc = context.doc
    before = verb - 1
    while before > 0 and doc.tag[before] == "RB":
        before -= 1
    if doc.lower[before] != ",":
        return None
    last = verb
    while last + 1 < len(doc) and last - verb < MAX_CUE_TOKENS and doc.tag[last + 1].startswith(SPEAKER):
        last += 1
    ended = last + 1 < len(doc) and doc.tag[last + 1] in (",", ".")
    nouns = [t for t in range(verb + 1, last + 1) if doc.tag[t].startswith(("NN", "PRP")) and doc.tag[t] != "PRP$"]
    if not ended or not nouns or context.token_in_marks[last]:
        return None
    return phrase(doc, top(doc, nouns[0], verb + 1, last + 1), verb + 1, last + 1)


def _block_end(context: QuoteContext, comma: int, verb: int) -> int | None:
    """Return the token behind a cue with its subject and adverbials, if nothing else is behind the comma."""
    doc = context.doc
    own = nearest_subject(doc, verb)
    between = range(comma + 1, verb)
    who = inverted_subject(context, verb)
    if who is not None:
        return who.last + 1
    if own is None or context.token_in_marks[own]:
        return None
    if own not in between or any(
        (doc.tag[t] in FINITE and doc.dep[t] != "compound") or doc.tag[t] in ("WDT", "WP", "CC") for t in between
    ):
        return None
    return _after_adverbials(context, verb)


def extend_over_parser_gap(context: QuoteContext, verb: int, end: int) -> int:
    """Return the end of a clause behind a cue; the end of the sentence if the parser ends the clause between a subject
    and its verb: "said that attempts to enter the plan | were made"."""
    doc = context.doc
    follows = end + 1
    if follows >= len(doc) or context.token_in_marks[follows] or doc.sentence_of[follows] != doc.sentence_of[verb]:
        return end
    if doc.dep[verb] not in (*MAIN, "advcl", "xcomp") or doc.tag[follows] not in (*FINITE, "POS"):
        return end
    entry = cue_verbs().get(doc.lower[follows])
    if entry is not None and entry.cue_class == "speech":
        return end
    return max(end, last_token(context, verb))
