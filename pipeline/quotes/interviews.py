"""Find interviews in question and answer: paragraphs without quotation marks that begin with a speaker and a colon.

"ANA LUME: It was cold." A label counts if it begins several paragraphs of the article and there is another label, or
a paragraph that is a question. Initials ("AL:") are the label whose words they begin.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

from pipeline.data import words
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.phrases import Phrase
from pipeline.quotes.reported_utterance import Reported
from pipeline.quotes.words import ANY_VERB

# Markdown sets the label in bold: **Ana Lume:** It was cold.
LABEL = re.compile(
    r"(?P<bold>\*\*|__)?(?P<name>[A-Z][\w.’'-]{0,20}(?: [A-Z][\w.’'-]{0,20}){0,3}):(?(bold)(?:\*\*|__))"
    r"[ \t\u00a0]{1,3}(?=\S)"
)
# "Q. Was it cold?"
INITIAL = re.compile(r"(?P<name>[QA])\.[ \t\u00a0]{1,3}(?=\S)")
# A label counts if it begins at least this many paragraphs.
MIN_LABELLED_PARAGRAPHS = 2
# Labels of questions, which are skipped, and of answers, which name no speaker.
QUESTION = words("statement_words.tsv", "question label")
ANSWER = words("statement_words.tsv", "answer label")
MAX_INITIALS_LENGTH = 4
# Most initials whose name is searched for, so that the time is linear.
MAX_SPEAKERS = 50


def interviews(context: QuoteContext) -> list[Reported]:
    """Return the answers of an interview in text order: each paragraph behind its label."""
    doc = context.doc
    labels = [(p, m) for p in context.paragraphs if not p.quoted_spans and (m := LABEL.match(doc.text, p.start, p.end))]
    initials = [
        (p, m) for p in context.paragraphs if not p.quoted_spans and (m := INITIAL.match(doc.text, p.start, p.end))
    ]
    if len({m["name"] for _, m in initials}) > 1:
        labels = sorted([*labels, *initials], key=lambda each: each[0].start)
    full = _by_initials(m["name"] for _, m in labels)
    counts = Counter(full.get(m["name"], m["name"]) for _, m in labels)
    asks = any(doc.text[p.end - 1] == "?" for p in context.paragraphs)
    questions = _only_asking([(full.get(m["name"], m["name"]), doc.text[p.end - 1]) for p, m in labels])
    frequent = (name for name, count in counts.items() if count >= MIN_LABELLED_PARAGRAPHS and _are_initials(name))
    spelled = ((name, _spelled_out(context, name)) for name in islice(frequent, MAX_SPEAKERS))
    first = {name: who for name, who in spelled if who is not None}
    found = []
    for paragraph, label in labels:
        name = full.get(label["name"], label["name"])
        tokens = doc.tokens(label.start("name"), label.end("name"))
        if counts[name] < MIN_LABELLED_PARAGRAPHS or name.casefold() in QUESTION or name in questions:
            continue
        # The full stop is part of its label's token.
        colon = [t for t in doc.tokens(label.end("name"), label.end()) if doc.lower[t].startswith((":", "a."))]
        if not tokens or not colon or not (asks or len(counts) > 1):
            continue
        speaker = Phrase(tokens[0], tokens[-1], tokens[-1])
        # The first label is the name, even if it is only initials.
        speaker = first.setdefault(name, speaker)
        who = None if name.casefold() in ANSWER else speaker
        found.append(Reported(((label.end(), paragraph.end),), colon[0], colon[0], ANY_VERB, who, "label"))
    return found


def _by_initials(names: Iterable[str]) -> Mapping[str, str]:
    """Map initials to the only label of several words that they abbreviate: CB is Clara Benning."""
    found: dict[str, set[str]] = {}
    every = set(names)
    for name in every:
        if " " in name:
            found.setdefault("".join(word[0] for word in name.split()).upper(), set()).add(name)
    return {
        name: next(iter(found[name]))
        for name in every
        if name.isupper() and len(name) <= MAX_INITIALS_LENGTH and len(found.get(name, ())) == 1
    }


def _are_initials(label: str) -> bool:
    return 1 < len(label) <= MAX_INITIALS_LENGTH and label.isalpha() and label.isupper()


def _spelled_out(context: QuoteContext, name: str) -> Phrase | None:
    """Return the first mention of the only name in the text with these initials."""
    pattern = r"\b" + " ".join(rf"{letter}[^\W\d_A-Z][\w’'-]{{1,20}}" for letter in name) + r"\b"
    found = list(re.finditer(pattern, context.doc.text))
    tokens = context.doc.whole_tokens(*found[0].span()) if len({m[0] for m in found}) == 1 else []
    return Phrase(tokens[0], tokens[-1], tokens[-1]) if tokens else None


def _only_asking(ends: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the labels whose paragraphs are all questions. `ends`: label and last character of each paragraph."""
    asked: dict[str, set[str]] = {}
    for name, end in ends:
        asked.setdefault(name, set()).add(end)
    return frozenset(name for name, found in asked.items() if found == {"?"})
