"""Interviews in question and answer: paragraphs that begin with their speaker and a colon, and stand without marks.

"ANA LUME: It was cold." A label counts where it begins several paragraphs of the article and another one does, too, or
where questions stand between its paragraphs.
"""

from __future__ import annotations

import re
from collections import Counter

from pipeline.quotes.page import Page
from pipeline.quotes.phrases import Phrase
from pipeline.quotes.reported import Reported
from pipeline.quotes.words import ANY_VERB

LABEL = re.compile(r"(?P<name>[A-Z][\w.’'-]{0,20}(?: [A-Z][\w.’'-]{0,20}){0,3}):[ \t\u00a0]{1,3}(?=\S)")
# A label begins this many paragraphs at least.
LEAST = 2
# Whose words follow is not known from these; of a question nobody is the source.
QUESTION = frozenset(("q", "question", "interviewer"))
ANSWER = frozenset(("a", "answer"))


def interviews(page: Page) -> list[Reported]:
    """The answers of an interview, in text order: each paragraph behind its label."""
    doc = page.doc
    labels = [(p, m) for p in page.paragraphs if not p.stretches and (m := LABEL.match(doc.text, p.start, p.end))]
    counts = Counter(m["name"] for _, m in labels)
    asked = any(p.end > p.start and doc.text[p.end - 1] == "?" for p in page.paragraphs)
    found = []
    for paragraph, label in labels:
        name = label["name"].casefold()
        if counts[label["name"]] < LEAST or name in QUESTION or not (asked or len(counts) > 1):
            continue
        tokens = doc.whole_tokens(label.start("name"), label.end("name"))
        colon = [t for t in doc.whole_tokens(label.end("name"), label.end()) if doc.lower[t] == ":"]
        if not tokens or not colon:
            continue
        speaker = None if name in ANSWER else Phrase(tokens[0], tokens[-1], tokens[-1])
        span = (label.end(), paragraph.end)
        found.append(Reported((span,), colon[0], colon[0], ANY_VERB, speaker, "label"))
    return found
