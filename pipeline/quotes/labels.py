"""Attribute quoted words without a verb of saying: labels, signatures, lines that lead in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.data import any_of
from pipeline.data import words as listed
from pipeline.marks import Paragraph, QuotedSpan
from pipeline.mentions.words import OFFICES, ROLES, TITLES
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.phrases import FINITE, Phrase, noun_heads, phrase, subject, top
from pipeline.quotes.words import ANY_VERB, AUXILIARIES, CALENDAR, DOCUMENTS, WORDS_OF, CueEntry, cue_verbs

LABEL = re.compile(r"([A-Z][\w.'’-]{0,30}(?: [A-Z][\w.'’-]{0,30}){0,4}):\s+")
SIGNATURE = re.compile(
    r"[-–—―‒]{1,2}\s{0,2}(?P<name>(?:(?P<title>[^\W\d_][\w’'-]{1,20}(?:\s[a-z][\w’'-]{1,20}){0,4})\s)??[^\W\d_a-z][\w.'’-]{0,30}(?:\s(?:[a-z]{1,3}\s)?[^\W\d_a-z][\w.'’-]{0,30}){0,5})"
    r"(?:\.|,[^.]{1,90}\.?)?"
)
# A name, with a description of the person, before the closing mark of the words above.
PULL_QUOTE_SIGNATURE = re.compile(
    r"(?:(?P<title>[^\W\d_][\w’'-]{1,20}(?: [\w’'-]{2,20}){0,3} [a-z][\w’'-]{1,20}) )?"
    r"(?P<name>[^\W\d_a-z][\w.'’-]{0,30}(?: (?:[a-z]{1,3} )?[^\W\d_a-z][\w.'’-]{0,30}){1,4})"
    r"(?:, [^.”\"]{1,90})?\.?[”\"]"
)
# A name and a colon before the opening mark, at the beginning of a sentence or behind a dash.
LABEL_BEFORE = re.compile(r"(?:^|[-–—―] ?)([A-Z][\w.'’]{0,30}(?: (?:and |of )?[A-Z][\w.'’]{0,30}){0,5}):$")
MAX_LABEL_LENGTH = 120
# As she PUT it, ... with at most this many tokens behind, up to the mark.
PUT_VERBS = frozenset(("put", "puts"))
MAX_TOKENS_AFTER_PUT = 5
# Before the name of the speaker, in a phrase of its own: "To quote Orr, ...", "In the words of Orr: ...".
_WORDS = any_of(WORDS_OF)
QUOTING_LEAD = re.compile(
    rf"(?:^|[,;] )(?:and |but )?(?:to quote|in the (?:[\w’-]{{2,20}} )?(?:{_WORDS}) of) ",
    re.IGNORECASE,
)
# Most tokens of a line that names the speaker of the words below.
MAX_LEAD_IN = 24
# Most words of a name.
MAX_NAMES = 4
# Nouns of persons.
PEOPLE = listed("statement_words.tsv", "person") | TITLES | ROLES | frozenset(OFFICES)
SITES = listed("statement_words.tsv", "site")
# Labels that name nobody: Q, A.
NAMELESS = listed("statement_words.tsv", "question label") | listed("statement_words.tsv", "answer label")


@dataclass(frozen=True, slots=True)
class Attribution:
    """How a quoted span is attributed. `construction` names the rule: after, before, label, dash, inside, colon, same,
    carried, beside, told, continued, clause, alone; answer: to a question of the narrator, by who spoke last; reply: by
    the partner of who spoke last, or by `speaker`; not said: the words were not said. `cue` is the first token of the
    cue (-1: none), `cue_end` its last. `relaying_outlet` is the outlet that relays the words: "..., he said, according
    to TASS". `clause` is the span, in characters, of the reported clause that the words end."""

    construction: str
    speaker: Phrase | None = None
    cue: int = -1
    cue_end: int = -1
    cue_entry: CueEntry | None = None
    relaying_outlet: Phrase | None = None
    clause: tuple[int, int] | None = None


NEGATED_ATTRIBUTION = Attribution("not said")


@dataclass(frozen=True, slots=True)
class AttributedSpan:
    """A quoted span that somebody says: its words, its attribution, and the index, in the same list, of the quoted span
    that it continues."""

    start: int
    end: int
    quoted_span: QuotedSpan
    attribution: Attribution
    whole: bool
    continues_index: int | None = None


def parse_signature(context: QuoteContext, start: int, end: int) -> Attribution | None:
    """Parse the line "- Name" over [start, end), regardless of the tags."""
    if end - start > MAX_LABEL_LENGTH:
        return None
    found = SIGNATURE.fullmatch(context.doc.text, start, end)
    name = _signed(context, found)
    if found is None or name is None:
        return None
    # A dash joined to the mark before it is no token.
    cue = next(iter(context.doc.whole_tokens(start, found.start("name"))), -1)
    return Attribution("dash", name, cue, cue, cue_verbs()["said"])


def _signed(context: QuoteContext, found: re.Match[str] | None) -> Phrase | None:
    """Return the name in a signature; None if the words before it are no description of a person."""
    if found is None or (found["title"] and not _is_title(context, *found.span("title"))):
        return None
    tokens = context.doc.whole_tokens(*found.span("name"))
    if len(tokens) > 1 and context.doc.tag[tokens[-1]] == ".":
        tokens = tokens[:-1]
    return Phrase(tokens[0], tokens[-1], tokens[-1]) if tokens else None


def _is_title(context: QuoteContext, start: int, end: int) -> bool:
    """Whether the words before a name in a signature describe the person: former minister Jo Lake."""
    doc = context.doc
    tokens = doc.whole_tokens(start, end)
    return any(doc.lower[t] in PEOPLE or doc.words[t][:1].isupper() for t in tokens) and all(
        doc.tag[t].startswith(("NN", "JJ", "IN", "DT", "HYPH", "VBG")) for t in tokens
    )


def parse_signature_below(context: QuoteContext, below: Paragraph) -> Attribution | None:
    """Parse the line "- Name" in a separate paragraph below the quotation's."""
    return None if below.quoted_spans else parse_signature(context, below.start, below.end)


def parse_signature_inside(context: QuoteContext, quoted_span: QuotedSpan, below: Paragraph) -> Attribution | None:
    """Parse a name with a description as the last line of quoted words that are set off from the text: "It is late."
    above "Ana Lume, head of Lund Rail”, or above "Former rail director Ana Lume.”."""
    if quoted_span.closed or below.quoted_spans:
        return None
    name = _signed(context, PULL_QUOTE_SIGNATURE.fullmatch(context.doc.text, below.start, below.end))
    return None if name is None else Attribution("label", name)


def parse_as_x_put_it(context: QuoteContext, tokens: Sequence[int]) -> Attribution | None:
    """Parse 'As NAME put it, "..."' over the tokens up to the mark."""
    doc = context.doc
    puts = [t for t in tokens if doc.lower[t] in PUT_VERBS and doc.lower[t + 1 : t + 2] == ("it",)]
    if (
        not puts
        or not any(doc.lower[t] == "as" and t < puts[-1] for t in tokens)
        or tokens[-1] - puts[-1] > MAX_TOKENS_AFTER_PUT
    ):
        return None
    head = subject(doc, puts[-1])
    if head is None or not tokens[0] <= head < puts[-1]:
        return None
    cue = puts[-1]
    return Attribution("before", phrase(doc, head, tokens[0], cue), cue, cue, ANY_VERB)


def quoting_lead(context: QuoteContext, tokens: Sequence[int]) -> Attribution | None:
    """Parse 'To quote NAME, "..."' and 'In the words of NAME: "..."' over the tokens up to the mark."""
    doc = context.doc
    start = doc.start[tokens[0]]
    found = list(QUOTING_LEAD.finditer(doc.text[start : doc.end[tokens[-1]]]))
    after = [t for t in tokens if found and doc.start[t] >= start + found[-1].end()]
    nouns = noun_heads(doc, after)
    if not nouns or len(after) > MAX_LEAD_IN or any(doc.tag[t] in FINITE for t in after):
        return None
    speaker = phrase(doc, top(doc, nouns[0], after[0], tokens[-1] + 1), after[0], tokens[-1] + 1)
    # "quote", or the noun before "of"
    cue = next(t for t in tokens if doc.end[t] >= start + found[-1].end() - 1)
    cue -= doc.lower[cue] == "of"
    return Attribution("before", speaker, cue, cue, ANY_VERB)


def _after_owner(context: QuoteContext, tokens: Sequence[int]) -> Sequence[int]:
    """Return the tokens behind "The union's" at the beginning, if only a name follows: the union's Joan Peat."""
    doc = context.doc
    owners = [i for i, t in enumerate(tokens) if doc.lower[t] in ("'s", "’s")]
    if len(owners) != 1 or doc.tag[tokens[0]] not in ("DT", "PRP$"):
        return ()
    after = tokens[owners[0] + 1 :]
    return after if all(doc.words[t][:1].isupper() for t in after[:-1]) else ()


def parse_lead_in_line(context: QuoteContext, tokens: Sequence[int]) -> Attribution | None:
    """Parse a line without a verb that ends in a colon: "And from Mayor Lume:", "Here is Lume after the game:", "Lume,
    in a statement:". The speaker is the first name in it, else the noun before the colon."""
    doc = context.doc
    on = next((i for i, t in enumerate(tokens) if doc.lower[t] == "on"), 0)
    if doc.lower[tokens[0]] == "on":
        # The topic of the words: "On taxes:"
        return None
    if (topic := _on_topic(context, tokens, on)) is not None:
        return topic
    verbs = (t for t in tokens if doc.is_verb(t) and doc.lower[t] not in AUXILIARIES)
    if any(not _is_aside(context, t) and doc.dep[t] != "compound" for t in verbs):
        # "Managing director Ana Lume, in a letter:" has no verb.
        return None
    owned = _after_owner(context, tokens)
    if owned:
        tokens = owned
    # Not the 's of "a statement from the owner's lawyer".
    issued = any(doc.lower[t] in DOCUMENTS for t in tokens)
    auxiliary = any(doc.lower[t] in AUXILIARIES and not (issued and doc.tag[t] == "POS") for t in tokens)
    if auxiliary and doc.lower[tokens[0]] not in ("here", "now"):
        return None
    aside = next((i for i, t in enumerate(tokens) if _is_aside(context, t)), None)
    # "The judge, addressing Tom Berg:": the names in the aside are those of others.
    short = tokens[-MAX_LEAD_IN:] if aside is None else [*tokens[: max(0, aside - 1)][-MAX_LEAD_IN:], tokens[-1]]
    to = next((i for i, t in enumerate(short) if doc.lower[t] == "to"), 0)
    if to and all(doc.words[t][:1].isupper() for t in short[:to]) and doc.words[short[to + 1]][:1].isupper():
        # "Lume to Lund Radio:"
        via = Phrase(short[to + 1], short[-2], short[-2])
        return Attribution("label", Phrase(short[0], short[to - 1], short[to - 1]), short[-1], short[-1], ANY_VERB, via)
    names = [t for t in short if doc.tag[t].startswith("NNP") and doc.lower[t] not in DOCUMENTS | CALENDAR | SITES]
    if names:
        last = names[0]
        while last + 1 in names:
            last += 1
        return Attribution("label", Phrase(names[0], last, last), tokens[-1], tokens[-1], ANY_VERB)
    nouns = [t for t in short if doc.is_noun(t) and doc.lower[t] not in SITES]
    if not nouns or (tokens[-1] - nouns[-1] != 1 and aside is None):
        return None
    return Attribution("label", phrase(doc, nouns[-1], tokens[0], tokens[-1]), tokens[-1], tokens[-1], ANY_VERB)


def _is_aside(context: QuoteContext, verb: int) -> bool:
    """Whether a participle behind a comma only says when or how: The judge, ADDRESSING the dock:"""
    doc = context.doc
    return doc.tag[verb] == "VBG" and doc.lower[verb - 1] == ","


def _on_topic(context: QuoteContext, tokens: Sequence[int], on: int) -> Attribution | None:
    """Parse "Lume on why she rows:", "Ana Lume, the mayor, on the lock:"; `on` is the index of that word."""
    doc = context.doc
    name = on
    if on > 1 and doc.lower[tokens[on - 1]] == ",":
        # A description in commas is between the name and the topic.
        name = next((i for i in range(1, on - 1) if doc.lower[tokens[i]] == ","), 0)
    if not 0 < name <= MAX_NAMES or not all(
        doc.tag[t].startswith("NN") and doc.words[t][:1].isupper() for t in tokens[:name]
    ):
        return None
    return Attribution("label", Phrase(tokens[0], tokens[name - 1], tokens[name - 1]), tokens[-1], tokens[-1], ANY_VERB)


def labelled(context: QuoteContext, start: int, end: int) -> Attribution:
    """Attribute the words behind a label "NAME:" to the name."""
    tokens = context.doc.tokens(start, end)
    if not len(tokens):
        return Attribution("label")
    name = None if context.doc.text[start:end].casefold() in NAMELESS else Phrase(tokens[0], tokens[-1], tokens[-1])
    return Attribution("label", name, tokens[-1] + 1, tokens[-1] + 1, cue_verbs()["said"])
