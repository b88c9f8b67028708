"""Recognise verbs of saying that report no words: negated, refused, imagined, or a deed."""

from __future__ import annotations

from pipeline.data import words
from pipeline.document import Document
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.phrases import SUBJECTS
from pipeline.quotes.words import cue_verbs

NOBODY = words("statement_words.tsv", "nobody")
REFUSING = words("statement_words.tsv", "refusing")
SILENT = words("statement_words.tsv", "silent")
NEAR_SPEECH_VERBS = words("statement_words.tsv", "short of")
HYPOTHETICAL = words("statement_words.tsv", "hypothetical")
ACTION_VERBS = words("statement_words.tsv", "deed")
IMAGINED_SPEECH_PREDICATES = words("statement_words.tsv", "left to")
NEVER = frozenset(("not", "n't", "n’t", "never"))
WILL = frozenset(("will", "’ll", "'ll"))
DID = frozenset(("do", "does", "did"))
MAX_STEPS = 3


def is_negated_cue(context: QuoteContext, cue: int) -> bool:
    """Whether the cue is negated ("did not say", "nobody said"), or depends on a verb of refusing or failing."""
    doc = context.doc
    if _negated(context, cue) or _in_yes_no_question(context, cue):
        return True
    verb = cue
    for _ in range(MAX_STEPS):
        head = doc.head[verb]
        if head == verb or doc.dep[verb] not in ("xcomp", "pcomp", "prep", "ccomp", "acomp", "advmod"):
            return False
        if doc.dep[verb] == "ccomp" and doc.child(verb, *SUBJECTS) is not None:
            return False
        if (
            doc.lower[head] in REFUSING
            or doc.lower[head] in NEAR_SPEECH_VERBS
            or (doc.is_verb(head) and _negated(context, head))
        ):
            return True
        verb = head
    return False


def _in_yes_no_question(context: QuoteContext, cue: int) -> bool:
    """Whether the cue is in a yes-no question: Did the mayor say that?"""
    doc = context.doc
    own = doc.child(cue, *SUBJECTS)
    helper = doc.child(cue, "aux")
    return own is not None and helper is not None and doc.lower[helper] in DID and helper < own


def _negated(context: QuoteContext, verb: int) -> bool:
    doc = context.doc
    for child in doc.children[verb]:
        if context.token_in_marks[child]:
            continue
        if (
            child < verb
            and (doc.dep[child] == "neg" or doc.lower[child] in NEVER)
            and doc.dep[child] in ("neg", "advmod", "preconj")
        ):
            return True
        if doc.dep[child] in SUBJECTS and child < verb:
            if doc.lower[child] in NOBODY:
                return True
            first = doc.left[child]
            if doc.lower[first] in ("no", "neither", "nobody", "none"):
                return True
    return False


def is_hypothetical_quote(doc: Document, cue: int) -> bool:
    """Whether quoted words behind the cue are only imagined: "might ask", "will be left to wonder"."""
    if any(doc.lower[c] in HYPOTHETICAL and doc.tag[c] == "MD" for c in doc.children[cue]):
        return True
    head = doc.head[cue]
    helpers = {doc.lower[c] for c in doc.children[cue] if doc.tag[c] == "MD"}
    if not helpers.isdisjoint(WILL) and any(_supposed(doc, c) for c in doc.children[cue]):
        # "If the court agrees, they will say"
        return True
    if doc.tag[cue] == "VBG" and doc.lower[head] == "find" and any(doc.tag[c] == "MD" for c in doc.children[head]):
        # "They may find themselves asking"
        return True
    return (
        doc.tag[cue] == "VB"
        and head != cue
        and doc.lower[head] in IMAGINED_SPEECH_PREDICATES
        and doc.dep[cue] in ("xcomp", "advcl", "ccomp")
    )


def _supposed(doc: Document, clause: int) -> bool:
    """Whether an adverbial clause is a condition: "if the court agrees"."""
    mark = doc.child(clause, "mark")
    return doc.dep[clause] == "advcl" and mark is not None and doc.lower[mark] in ("if", "unless")


def is_refusal_to_comment(doc: Document, verb: int, complement: int) -> bool:
    """Whether the verb and its infinitive mean that nothing was said: "declined to comment"."""
    return doc.lower[verb] in REFUSING and doc.lower[complement] in SILENT


def reports_action(doc: Document, verb: int, lemma: str) -> bool:
    """Whether a verb with an infinitive reports a deed, not words: "agreed to pay", "police say she asked him to stay",
    "may pledge to go", "a letter urging them to go".

    On PolNeAR a finite cue that heads its sentence was an attribution in 55 of 62 cases, a cue inside what another says
    in 5 of 21, a cue on a noun in 1 of 6.
    """
    if lemma in ACTION_VERBS or doc.dep[verb] in ("acl", "pcomp") or doc.tag[verb] == "VB":
        return True
    token = verb
    for _ in range(MAX_STEPS):
        head = doc.head[token]
        if doc.dep[token] == "ccomp" and head != token and doc.lower[head] in cue_verbs():
            return True
        token = head
    return False
