"""Recognise verbs of saying that report no words: negated, refused, imagined, or a deed."""

from __future__ import annotations

from pipeline.data import words
from pipeline.document import Document
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.labels import PEOPLE
from pipeline.quotes.phrases import SUBJECTS, TAKING, infinitive_noun
from pipeline.quotes.words import cue_verbs

NOBODY = words("statement_words.tsv", "nobody")
REFUSING = words("statement_words.tsv", "refusing")
SILENT = words("statement_words.tsv", "silent")
NEAR_SPEECH_VERBS = words("statement_words.tsv", "short of")
HYPOTHETICAL = words("statement_words.tsv", "hypothetical")
ACTION_VERBS = words("statement_words.tsv", "deed")
IMAGINED_SPEECH_PREDICATES = words("statement_words.tsv", "left to")
IMAGINING = words("statement_words.tsv", "imagining")
ANONYMOUS = words("statement_words.tsv", "anonymous")
UNSAID_NOUNS = words("statement_words.tsv", "not said")
UNREACHED = words("statement_words.tsv", "unreached")
NOT_HESITATING = words("statement_words.tsv", "not hesitating")
NEVER = frozenset(("not", "n't", "n’t", "never", "neither", "nor"))
WILL = frozenset(("will", "’ll", "'ll"))
# With "will" these say that somebody is expected to say it.
EXPECTED = frozenset(("doubt", "doubtless", "undoubtedly", "surely", "probably", "soon", "someday"))
BE = frozenset(("is", "are", "was", "were"))
OWING = frozenset(("have", "has", "need", "needs", "ought", "were"))
DID = frozenset(("do", "does", "did"))
# Before "to" and a verb of saying: it was not said yet.
NOT_YET = frozenset(("yet", "still"))
# Perception of what could be heard: you can almost HEAR them groan.
PERCEIVING = frozenset(("hear", "see", "picture", "imagine"))
ANYONE = frozenset(("you", "one", "we"))
INDEFINITE = frozenset(("some", "many", "anyone", "anybody", "one", "you"))
# With "would" or "could": it was said later, or only that, or often.
NARRATING = frozenset(("later", "only", "every"))
# Right before a cue: INSTEAD OF saying.
INSTEAD_OF = frozenset((("rather", "than"), ("instead", "of"), ("short", "of"), ("far", "from")))
# "had the courage to say": the words were said.
COURAGE = frozenset(("courage", "nerve"))
HAVING = frozenset(("had", "has", "have", "having", "found", "mustered", "summoned"))
MAX_STEPS = 3
# Most verbs joined before a cue that can share a negation or an auxiliary with it.
MAX_JOINED = 10
# Relations by which a cue depends on a word that is negated, or that means not saying.
CLIMBED = frozenset(("xcomp", "pcomp", "prep", "ccomp", "acomp", "advmod", "advcl", "relcl", "acl", "attr"))


def is_negated_cue(context: QuoteContext, cue: int) -> bool:
    """Whether the cue is negated ("did not say", "nobody said", "has yet to say"), or depends on a verb of refusing or
    failing."""
    doc = context.doc
    for _ in range(MAX_JOINED):
        if _negated(context, cue) or _in_yes_no_question(context, cue) or _not_yet(doc, cue) or _excluded(context, cue):
            return True
        if (first := _negated_before(context, cue)) is None:
            return _depends_on_negation(context, cue)
        cue = first
    return False


def _depends_on_negation(context: QuoteContext, cue: int) -> bool:
    """Whether a cue depends on a verb of refusing or failing, or on a negated verb."""
    doc = context.doc
    verb = cue
    for _ in range(MAX_STEPS):
        head = doc.head[verb]
        if head == verb or doc.dep[verb] not in CLIMBED or context.token_in_marks[head]:
            return False
        if doc.dep[verb] == "ccomp" and doc.child(verb, *SUBJECTS) is not None:
            return False
        negated = doc.is_verb(head) and doc.lower[head] not in NOT_HESITATING and _negated(context, head)
        if doc.dep[verb] in ("advcl", "relcl", "acl") and not _depends_as_infinitive(doc, verb, negated):
            return False
        if doc.lower[head] in REFUSING or doc.lower[head] in NEAR_SPEECH_VERBS or negated:
            return not _hesitates(context, head)
        verb = head
    return False


def _hesitates(context: QuoteContext, verb: int) -> bool:
    """Whether a verb of failing is negated itself, so that the words were said: "did not fail to mention"."""
    return context.doc.lower[verb] in NOT_HESITATING and _negated(context, verb)


def _depends_as_infinitive(doc: Document, verb: int, negated: bool) -> bool:
    """Whether an infinitive shares the negation above it: "is not one to say", "could not be reached to explain"."""
    if doc.tag[verb] != "VB" or doc.child(verb, *SUBJECTS) is not None:
        return False
    head = doc.head[verb]
    return (negated and doc.lower[head] in UNREACHED) if doc.dep[verb] == "advcl" else doc.dep[head] == "attr"


def _not_yet(doc: Document, cue: int) -> bool:
    """Whether "yet to" or "still to" is right before the cue: they have YET TO explain the loss."""
    before = cue - 1
    while before > 0 and doc.tag[before] == "RB" and doc.lower[before] not in NOT_YET:
        before -= 1
    return before > 0 and doc.lower[before] == "to" and doc.lower[before - 1] in NOT_YET and doc.tag[cue] == "VB"


def _excluded(context: QuoteContext, cue: int) -> bool:
    """Whether the words before a cue say that it did not happen, or not yet: "rather than say", "without saying", "his
    refusal to say", "has two days to say", "until he says"."""
    doc = context.doc
    before = [doc.lower[t] for t in range(max(0, cue - 2), cue)]
    if before[-1:] == ["without"] or tuple(before) in INSTEAD_OF:
        return True
    mark = doc.child(cue, "mark")
    if mark is not None and doc.lower[mark] in ("until", "unless", "lest") and doc.tag[cue] in ("VBZ", "VBP"):
        return True
    noun = infinitive_noun(doc, cue)
    if noun is None or doc.lower[noun] not in UNSAID_NOUNS:
        return False
    # "took the opportunity to say": the words were said.
    verb = doc.head[noun]
    acted = doc.lower[verb] in TAKING or (doc.lower[noun] in COURAGE and doc.lower[verb] in HAVING)
    return not (doc.dep[noun] == "dobj" and acted) or _negated(context, verb)


def _negated_before(context: QuoteContext, cue: int) -> int | None:
    """Return the verb whose negation also holds for a cue joined to it: did not name the driver OR SAY why, neither
    confirmed NOR DENIED it."""
    doc = context.doc
    head = doc.head[cue]
    if doc.dep[cue] != "conj" or head >= cue or any(doc.dep[c] in (*SUBJECTS, "aux") for c in doc.children[cue]):
        return None
    joined = {doc.lower[c] for c in doc.children[head] if doc.dep[c] == "cc" and c < cue}
    bare = doc.tag[cue] == "VB" and doc.tag[head] == "VB"
    return head if bare or not joined.isdisjoint(("or", "nor")) else None


def _in_yes_no_question(context: QuoteContext, cue: int) -> bool:
    """Whether the cue is in a yes-no question: Did the mayor say that? Would she say “never”?"""
    doc = context.doc
    own = doc.child(cue, *SUBJECTS)
    helper = doc.child(cue, "aux")
    if own is None or helper is None or helper > own:
        return False
    # "Can Demir said": the tagger reads a name as a modal verb.
    modal = doc.tag[helper] == "MD" and doc.left[cue] == helper and doc.tag[cue] == "VB"
    return doc.lower[helper] in DID or modal


def _negated(context: QuoteContext, verb: int) -> bool:
    doc = context.doc
    for child in doc.children[verb]:
        if context.token_in_marks[child]:
            continue
        if (
            (child < verb or doc.lower[verb] in BE)
            and (doc.dep[child] == "neg" or doc.lower[child] in NEVER)
            and doc.dep[child] in ("neg", "advmod", "preconj", "cc")
        ):
            return True
        if doc.dep[child] in SUBJECTS and child < verb:
            if doc.lower[child] in NOBODY:
                return True
            first = doc.left[child]
            if doc.lower[first] in ("no", "neither", "nobody", "none"):
                return True
    return False


def is_hypothetical_cue(doc: Document, cue: int, after_words: bool = False) -> bool:
    """Whether words beside the cue are only imagined: "might ask", "will no doubt say", "will be left to
    wonder", "if he had asked, she would have said". `after_words`: the cue is behind whole quoted words, where "could"
    tells what somebody did: “It was a blur,” she could recall."""
    verb = _first_with_helper(doc, cue)
    children = [c for c in doc.children[verb] if not doc.in_marks[c]]
    # "May Lume said" begins with a name.
    name = doc.tag[verb] in ("VBD", "VBZ") and doc.words[doc.left[verb]][:1].isupper()
    helpers = {doc.lower[c] for c in children if doc.dep[c] == "aux" and not (name and c == doc.left[verb])}
    supposed = any(_supposed(doc, c) for c in children)
    told = any(_tells(doc, c) for c in children)
    if "could" in helpers and (told or after_words) and "have" not in helpers:
        helpers.remove("could")
    if not helpers.isdisjoint(HYPOTHETICAL) or _owed(doc, cue):
        return True
    if not helpers.isdisjoint(WILL) and (supposed or any(_expected(doc, c) for c in children)):
        # "If the court agrees, they will say"
        return True
    # Without these, "would" can tell of a habit, or of what came later.
    anyone = not told and any(_anyone(doc, c) for c in children)
    if "would" in helpers and (supposed or "have" in helpers or anyone):
        return True
    return _imagined(doc, cue)


def _first_with_helper(doc: Document, cue: int) -> int:
    """Return the verb whose auxiliary a cue shares, or the cue: will HOLD a glass and declare."""
    verb = cue
    for _ in range(MAX_JOINED):
        shares = doc.dep[verb] == "conj" and doc.head[verb] < verb and doc.child(verb, *SUBJECTS, "aux") is None
        if not shares or doc.tag[verb] != "VB" or doc.tag[doc.head[verb]] != "VB":
            break
        verb = doc.head[verb]
    return verb


def _tells(doc: Document, adverb: int) -> bool:
    """Whether an adverbial beside "would" or "could" belongs to narration: would LATER say, would ONLY say, would say
    EVERY MORNING."""
    return doc.lower[adverb] in NARRATING or (
        doc.dep[adverb] not in SUBJECTS and doc.lower[doc.left[adverb]] in NARRATING
    )


def _owed(doc: Document, cue: int) -> bool:
    """Whether the words are only what somebody has to say, or is made to: "will have to say", "needs to say", "if he
    were to say", "the script had him say"."""
    head = doc.head[cue]
    if doc.tag[cue] != "VB" or doc.dep[cue] not in ("xcomp", "ccomp"):
        return False
    made = doc.dep[cue] == "ccomp" and doc.child(cue, "aux") is None and doc.lower[head] in ("had", "has", "have")
    return made or (doc.dep[cue] == "xcomp" and doc.lower[head] in OWING)


def _anyone(doc: Document, subject: int) -> bool:
    """Whether a subject is nobody in particular: "a cynic", "anyone"; not "a spokesman", "one witness"."""
    if doc.dep[subject] not in SUBJECTS:
        return False
    described = doc.lower[doc.left[subject]] in ("a", "an", "any") and doc.lower[subject] not in PEOPLE
    return doc.lower[subject] in INDEFINITE or described


def _expected(doc: Document, adverb: int) -> bool:
    """Whether an adverb beside "will" or its last word says what is only expected: "no doubt", "one day"."""
    return doc.lower[adverb] in EXPECTED or (doc.lower[adverb] == "day" and doc.lower[adverb - 1] == "one")


def _imagined(doc: Document, cue: int) -> bool:
    """Whether a cue without a finite form depends on words of imagining: they may find themselves ASKING, it is
    tempting to SAY, imagine a doctor SAYING."""
    head = doc.head[cue]
    if head == cue or doc.in_marks[head] or doc.tag[cue] not in ("VB", "VBG"):
        return False
    modal = any(doc.tag[c] == "MD" for c in doc.children[head])
    if doc.tag[cue] == "VBG" and doc.lower[head] == "find" and modal:
        return True
    if doc.dep[cue] not in ("xcomp", "advcl", "ccomp", "acl"):
        return False
    if doc.dep[cue] == "acl" and doc.dep[head] == "dobj":
        head = doc.head[head]
    own = doc.child(head, *SUBJECTS)
    if doc.lower[head] in PERCEIVING and modal and own is not None and doc.lower[own] in ANYONE:
        return True
    if doc.lower[head] in IMAGINING:
        return True
    return doc.tag[cue] == "VB" and doc.lower[head] in IMAGINED_SPEECH_PREDICATES


def _supposed(doc: Document, clause: int) -> bool:
    """Whether an adverbial clause is a condition: "if the court agrees", "had she lived"."""
    if doc.dep[clause] != "advcl":
        return False
    mark, helper = doc.child(clause, "mark"), doc.child(clause, "aux")
    own = doc.child(clause, *SUBJECTS)
    inverted = (
        helper is not None and own is not None and helper < own and doc.lower[helper] in ("had", "should", "were")
    )
    return inverted or (mark is not None and doc.lower[mark] in ("if", "unless"))


def is_refusal_to_comment(doc: Document, verb: int, complement: int) -> bool:
    """Whether the verb and its infinitive mean that nothing was said: "declined to comment", "refused to be
    drawn"."""
    word, pair = doc.lower[complement], " ".join(doc.lower[complement : complement + 2])
    if word in ANONYMOUS or pair in ANONYMOUS:
        # "asked not to be named", "did not want to be identified"
        return doc.child(complement, "auxpass") is not None or word == "remain"
    return doc.lower[verb] in REFUSING and (word in SILENT or pair in SILENT)


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
