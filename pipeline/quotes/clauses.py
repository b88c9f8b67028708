"""Find where a reported clause begins and ends in the tree."""

from __future__ import annotations

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.phrases import FINITE, MAX_STEPS, SUBJECTS
from pipeline.quotes.words import CALENDAR, OUTLET_NOUNS, constructions_of, cue_verbs

# Tags of marks and blanks at the ends of a clause.
CLAUSE_END_TAGS = frozenset((",", ".", ":", "-RRB-", "-LRB-", "``", "''", "HYPH", "_SP", "NFP"))
# The words that begin an aside behind a comma, and its relation to the clause: a relative clause, an apposition.
ASIDE_MARKERS = {
    **dict.fromkeys(("which", "who", "whose", "whom"), "relcl"),
    **dict.fromkeys(("a", "an", "the"), "appos"),
    **dict.fromkeys(("although", "though", "even"), "advcl"),
}
# Words that begin a clause with another cue, with or without a comma: while the mayor declined to comment.
CONTRASTS = frozenset(("while", "whereas"))
# What a speaker does when he has spoken, behind a clause with one of these: said he WAS tired and LEFT.
LEAVING = listed("reporting_verbs.tsv", "leaving")
# ... whose subject can be the speaker: not "said the man was armed and ran".
SPEAKERS = frozenset(("he", "she", "they", "it"))
GESTURES = frozenset(("bowed", "hung", "nodded", "sat", "shrugged"))
STATES = frozenset(("was", "were", "had"))
# Before a day of saying.
DAY_OF_SAYING = ("on", "last", "late", "early")
RELATIVE = frozenset(("WDT", "WP", "WP$"))
# Prepositions behind a cue's object that continue what was said.
OF_OBJECT = frozenset(("as", "for", "from", "including", "over", "to", "with"))
# Tags between the infinitives of a list; most infinitives, and most tokens between two.
JOINING = frozenset((",", "CC", "RB", "TO"))
MAX_LISTED, FARTHEST_LISTED = 6, 4
# "that" is within this many tokens of its cue.
MAX_THAT_DISTANCE = 14


def clause_end(doc: Document, verb: int, clause: int) -> int:
    """Return the last token of a reported clause behind its cue.

    What the parser attaches to the cue behind the clause mostly belongs to the clause: adverbials, and a second clause
    with a subject or modal ("and would go on"). A second cue ("and noted that") ends it.
    """
    high = doc.right[clause]
    for child in doc.children[clause]:
        if child > clause and doc.dep[child] == "conj" and doc.child(child, *SUBJECTS) is None:
            if "quotation" in constructions_of(doc.lower[child]) and doc.child(child, "ccomp") is not None:
                return _before_conjunction(doc, doc.left[child])
            if _of_cue(doc, verb, clause, child) or _agrees_with_cue(doc, verb, clause, child):
                return _before_conjunction(doc, doc.left[child])
    for child in doc.children[verb]:
        adverbial = doc.dep[child] in ("advcl", "prep")
        second = doc.dep[child] == "conj" and (
            (doc.lower[child] not in cue_verbs() and doc.child(child, *SUBJECTS) is not None)
            or any(doc.tag[c] == "MD" for c in doc.children[child])
            or _of_clause(doc, verb, clause, child)
        )
        if child > high and (second or (adverbial and doc.left[child] == high + 1)):
            high = doc.right[child]
    return _before_next_cue(doc, clause, high)


def _of_clause(doc: Document, cue: int, clause: int, verb: int) -> bool:
    """Whether a verb that the parser joins to the cue continues the clause: it has the clause's tense and not the cue's
    ("says the tram was late and was full"), or the clause's subject as a pronoun."""
    own, other = doc.child(verb, *SUBJECTS), doc.child(clause, *SUBJECTS)
    if own is not None:
        return other is not None and doc.lower[own] == doc.lower[other] and doc.tag[own] == "PRP"
    forms = {doc.tag[t] for t in (clause, *doc.children[clause]) if doc.tag[t] in FINITE}
    return doc.tag[verb] in forms and doc.tag[verb] != doc.tag[cue] and doc.tag[cue] in FINITE


def _of_cue(doc: Document, cue: int, clause: int, verb: int) -> bool:
    """Whether a verb joined to the clause shares the cue's subject: it has the cue's form, and the clause another one
    ("agree that the tram was late and back the mayor")."""
    forms = [doc.tag[t] for t in (clause, *doc.children[clause]) if doc.tag[t] in FINITE and t <= clause]
    own = [t for t in doc.children[verb] if doc.dep[t] in ("aux", "auxpass")]
    return (
        bool(forms)
        and not own
        and doc.tag[verb] in (doc.tag[cue], "VBP" if doc.tag[cue] == "VBP" else "")
        and (doc.tag[verb] not in forms)
    ) or (doc.tag[cue] == "VBP" and doc.tag[verb] == "VB" and "VBZ" in forms and not own)


def _agrees_with_cue(doc: Document, cue: int, clause: int, verb: int) -> bool:
    """Whether a verb joined to the clause agrees with the cue's subject and not with the clause's: the GOVERNORS insist
    the school is safe and HAVE hired a guard."""
    between = range(clause + 1, doc.left[verb])
    joined = between and doc.tag[between[-1]] == "CC" and doc.child(verb, "mark", "expl") is None
    if not joined or any(doc.tag[t] in RELATIVE for t in between):
        return False
    stative = doc.lower[clause] in STATES or any(
        doc.dep[c] in ("aux", "auxpass") and doc.lower[c] in STATES for c in doc.children[clause]
    )
    alone = doc.lower[verb] in LEAVING and doc.tag[verb] == "VBD" and doc.left[verb] == verb
    own_subject = doc.child(clause, *SUBJECTS)
    speaker = own_subject is not None and doc.lower[own_subject] in SPEAKERS
    # "argued his client was insane and sat down": speakers do so when they have spoken.
    speaker = speaker or (doc.lower[verb] in GESTURES and doc.right[verb] <= verb + 1)
    if doc.tag[cue] == "VBD" and stative and alone and speaker:
        # "said he was tired and walked off"
        return True
    number, own, other = (_number(doc, v) for v in (verb, clause, cue))
    if number is not None and own is not None and number != own:
        return other in (number, None)
    if doc.tag[cue] in ("VBP", "VBZ") and _perfect(doc, verb) and _perfect(doc, verb) == _perfect(doc, clause):
        # "admit that crowds have abused umpires and have hired guards": a clause of one subject has one "have".
        return True
    # "said prices had risen and cut its forecast"
    target = doc.child(verb, "dobj")
    owner = doc.child(target, "poss") if target is not None else None
    nouns = [t for t in range(doc.left[clause], verb) if doc.tag[t] in ("NN", "NNP")]
    return own == "plural" and owner is not None and doc.lower[owner] in ("its", "his", "her") and not nouns


def _perfect(doc: Document, verb: int) -> str:
    """Return the verb's own "has" or "have", else an empty string."""
    return next(
        (doc.lower[c] for c in doc.children[verb] if doc.dep[c] == "aux" and doc.lower[c] in ("has", "have")), ""
    )


def _number(doc: Document, verb: int) -> str | None:
    """Return "singular" or "plural" as the finite form says it, else the subject; None if neither does."""
    for token in (verb, *(c for c in doc.children[verb] if doc.dep[c] in ("aux", "auxpass") and c < verb)):
        if doc.tag[token] == "VBZ" or doc.lower[token] == "was":
            return "singular"
        if doc.tag[token] == "VBP" or doc.lower[token] == "were":
            return None if doc.lower[token] in ("am", "’m", "'m") else "plural"
    own = doc.child(verb, *SUBJECTS)
    if own is None or any(doc.dep[c] == "conj" for c in doc.children[own]):
        return None if own is None else "plural"
    plural = doc.tag[own] in ("NNS", "NNPS") or doc.lower[own] in ("they", "we", "these", "those")
    singular = doc.tag[own] in ("NN", "NNP") or doc.lower[own] in ("he", "she", "it", "this", "that")
    return "plural" if plural else "singular" if singular else None


def _before_conjunction(doc: Document, at: int) -> int:
    """Return the token before `at`, and before an "and" there."""
    return at - 2 if doc.tag[at - 1] == "CC" else at - 1


def _before_next_cue(doc: Document, clause: int, high: int) -> int:
    """Return the last token of a clause without a participle behind a comma that reports, too: "that it was late,
    adding that it was full"."""
    for child in (*doc.children[clause], *doc.children[doc.head[clause]]):
        if clause < child <= high and doc.tag[child] == "VBG" and doc.dep[child] in ("advcl", "conj"):
            entry = cue_verbs().get(doc.lower[child])
            comma = doc.left[child] - 1
            if entry is not None and entry.cue_class == "speech" and doc.lower[comma] == ",":
                return comma - 1
    return high


def that_after(context: QuoteContext, verb: int) -> int | None:
    """Return the "that" behind a cue and its hearer or adverbial if the parser attaches its clause to a noun between:
    told the meeting in Lund that it was late."""
    doc = context.doc
    if doc.lower[verb + 1 : verb + 2] == ("that",) and doc.tag[verb + 1] == "IN" and doc.head[verb + 1] == verb:
        return verb + 1
    for token in range(verb + 2, min(verb + MAX_THAT_DISTANCE, len(doc))):
        if doc.is_verb(token) or doc.tag[token] in ("MD", ".", ":") or context.token_in_marks[token]:
            return None
        if doc.lower[token] == "that" and doc.dep[token] == "mark":
            if doc.lower[token - 1] == "and" and any(doc.lower[c] == "that" for c in doc.children[verb] if c < verb):
                # "said THAT they had agreed to it, AND THAT it was late": the verb above both reports it.
                return None
            return token if doc.head[token] > token and doc.sentence_of[token] == doc.sentence_of[verb] else None
    return None


def first_word(doc: Document, head: int) -> int:
    """Return the first token of a subtree that is no mark."""
    first = doc.left[head]
    while first < head and doc.tag[first] in CLAUSE_END_TAGS:
        first += 1
    return first


def finite(doc: Document, verb: int) -> bool:
    """Whether a verb or its auxiliary, also a short form ("'s", "'ll"), is finite."""
    return doc.tag[verb] in FINITE or any(
        doc.tag[c] in FINITE or doc.lower[c] in ("’s", "'s", "’re", "'re", "’ll", "’d") for c in doc.children[verb]
    )


def whole_clause(doc: Document, verb: int) -> int:
    """Return the verb of the clause that contains a verb without a subject: would see the price GO up."""
    for _ in range(MAX_STEPS):
        shares = doc.dep[verb] == "conj" and doc.child(verb, *SUBJECTS) is None
        head = doc.head[verb]
        reports = "clause" in constructions_of(doc.lower[head])
        if not (shares or doc.dep[verb] in ("xcomp", "ccomp")) or head > verb or reports or not doc.is_verb(head):
            break
        verb = head
    return verb


def after_day(doc: Document, clause: int) -> int:
    """Return the first token of a clause behind its cue without the day of saying, which the parser gives to the
    clause: said ON TUESDAY it would close."""
    first = doc.left[clause]
    for child in doc.children[clause]:
        if doc.left[child] == first and child < clause and doc.dep[child] in ("prep", "npadvmod", "nmod"):
            # "in May", "from Monday" are the times of what was said.
            of_saying = doc.lower[first] in (*DAY_OF_SAYING, *CALENDAR)
            named = of_saying and any(doc.lower[t] in CALENDAR for t in range(first, doc.right[child] + 1))
            begins = doc.right[child] + 1
            subject = doc.child(clause, *SUBJECTS, "expl")
            if named and subject is not None and doc.left[subject] == begins and doc.right[child] - first <= 2:
                return begins
    return first


def infinitive_end(doc: Document, verb: int) -> int:
    """Return the last token of an infinitive without a finite verb that is joined to it: promised to build ten AND HAVE
    BUILT one."""
    for child in doc.children[verb]:
        finite_helper = any(doc.tag[c] in FINITE and doc.dep[c] == "aux" for c in doc.children[child])
        if child > verb and doc.dep[child] == "conj" and finite_helper and doc.child(child, *SUBJECTS) is None:
            return _before_conjunction(doc, doc.left[child])
    return doc.right[verb]


def listed_verbs(doc: Document, high: int, end: int) -> int:
    """Return the last token of an infinitive with those listed behind it, however the parser attaches them: to raise
    taxes, cut spending and close the port. `end`: the end of the sentence."""
    token = high + 1
    for _ in range(MAX_LISTED):
        joined = False
        while token < len(doc) and token <= high + FARTHEST_LISTED and doc.tag[token] in JOINING:
            joined |= doc.tag[token] in (",", "CC")
            token += 1
        if not joined or token >= len(doc) or doc.tag[token] != "VB" or doc.end[token] > end:
            break
        if any(doc.dep[c] in ("aux", *SUBJECTS) for c in doc.children[token]):
            break
        high = max(high, doc.right[token])
        token = high + 1
    return high


def object_end(doc: Document, verb: int, target: int) -> int:
    """Return the last token of an object with the reason or name behind it: "blamed the crew for the delay"."""
    high = doc.right[target]
    for child in doc.children[target]:
        if doc.right[child] == high and _to_hearer(doc, child):
            # "confirmed the incident to newsmen"
            return child - 1
    for child in doc.children[verb]:
        after = child == high + 1 or (child == high + 2 and doc.lower[high + 1] == ",")
        if after and doc.dep[child] == "prep" and doc.lower[child] in OF_OBJECT and not _to_hearer(doc, child):
            high = doc.right[child]
    return high


def _to_hearer(doc: Document, preposition: int) -> bool:
    """Whether a preposition leads to those who heard the words: confirmed it TO NEWSMEN; not "elected to it"."""
    noun = doc.child(preposition, "pobj") if doc.lower[preposition] == "to" else None
    return (
        noun is not None and doc.lower[noun] in OUTLET_NOUNS and (doc.tag[noun] == "NNS" or doc.lower[noun] == "press")
    )


def before_aside(doc: Document, first: int, last: int) -> int:
    """Return the last token of what was said if the reporter ends the sentence with an aside: "she backs the plan,
    which voters rejected"."""
    for token in range(last - 1, first + 1, -1):
        dep = ASIDE_MARKERS.get(doc.lower[token])
        if dep is None or doc.lower[token - 1] != ",":
            other = doc.head[token]
            contrast = doc.lower[token] in CONTRASTS and doc.dep[other] == "advcl" and doc.lower[other] in cue_verbs()
            if contrast and doc.right[other] >= last and doc.child(other, *SUBJECTS) is not None:
                return token - 2 if doc.lower[token - 1] == "," else token - 1
            continue
        clause = token
        while doc.dep[clause] != dep and first < doc.head[clause] <= last and doc.head[clause] != clause:
            clause = doc.head[clause]
        if doc.dep[clause] == dep and doc.right[clause] >= last and doc.left[clause] >= token - 1:
            return token - 2
    return last
