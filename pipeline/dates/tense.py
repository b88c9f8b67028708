"""Decide whether the clause around an expression is about the past or the future."""

from __future__ import annotations

from functools import partial

from pipeline.data import words
from pipeline.document import Document
from pipeline.expressions.words import MONTHS

_words = partial(words, "tense_words.tsv")

PAST, UNKNOWN, FUTURE = -1, 0, 1
# Factor if the expression modifies the verb itself, not a noun phrase below it.
DIRECT = 2
# The most steps up the tree to a verb: deeper trees are parser errors.
_MAX_STEPS = 40
# Verbs and adjectives that look ahead, in any tense ("scheduled for Sunday", "agreed to meet on Sunday").
FUTURE_LOOKING_VERBS = _words("ahead")
# The past participle of these also looks ahead ("scheduled for Sunday"), and before "for" the past tense.
_SCHEDULED, _PLANNED, _SET_BEFORE = _words("scheduled"), _words("planned"), _words("set-before")
# Words and phrases right before an expression that only the future follows.
_AHEAD_BEFORE, _BOUNDS = _words("ahead-before"), _words("bound")
# In the present tense these report what was said; other verbs state a plan ("they meet on Monday").
_SAYING = _words("saying")
# Verbs with the same form in past and present.
_SAME_IN_PAST = _words("same-in-past")
_MAX_VERBS = 6
# Names whose words the parser may read as verbs.
_TITLES = ("WORK_OF_ART", "ORG")
_MODALS_OF_PAST, _BE, _HAVE = _words("past-modal"), _words("be"), _words("have")


def governing_verb(doc: Document, start: int, end: int) -> int | None:
    """Return the verb that governs these characters: the first above them in the tree."""
    tokens = doc.tokens(start, end)
    return verb_above(doc, _top(doc, tokens)) if tokens else None


def is_plain_present(doc: Document, start: int, end: int) -> bool:
    """Whether the governing verb is in the plain present and does not look ahead ("argues")."""
    verb = governing_verb(doc, start, end)
    if verb is None or _auxiliaries(doc, verb):
        return False
    return doc.tag[verb] in ("VBZ", "VBP") and word(doc, verb) not in FUTURE_LOOKING_VERBS


def is_present(doc: Document, start: int, end: int) -> bool:
    """Whether the governing verb is in the plain present, including "is" ("is open")."""
    verb = governing_verb(doc, start, end)
    if verb is None:
        return False
    aux = _auxiliaries(doc, verb)
    if doc.tag[verb] == "VBN":  # "is closed"
        return any(doc.tag[a] in ("VBZ", "VBP") and word(doc, a) in _BE for a in aux)
    return doc.tag[verb] in ("VBZ", "VBP") and not aux


def direction(doc: Document, start: int, end: int) -> int:
    """Return a negative number for the past, a positive one for the future, and UNKNOWN (0); times DIRECT if the tense
    surely applies to these characters."""
    tokens = doc.tokens(start, end)
    if not tokens:
        return UNKNOWN
    before = tuple(word(doc, t) for t in range(max(0, tokens.start - 3), tokens.start))
    verb = governing_verb(doc, start, end)
    looks_ahead = " ".join(before[-1:]) in _AHEAD_BEFORE or " ".join(before[-2:]) in _AHEAD_BEFORE
    if looks_ahead and not _is_over(doc, verb):
        # "was due on the 7th" may be over.
        was_due = "due" in before[-2:] and verb is not None and doc.tag[verb] == "VBD" and word(doc, verb) in _BE
        return UNKNOWN if was_due else FUTURE * DIRECT
    attribute = doc.text[end : end + 2] in ("'s", "’s")
    # What lasts or moves "to" or "through" a day can end after the time of the verb.
    direct = _hangs_on(doc, tokens, verb) and " ".join(before[-1:]) not in _BOUNDS
    if verb is not None and not attribute and ((direct and _is_set(doc, tokens, verb)) or _is_there(doc, tokens, verb)):
        return FUTURE * DIRECT
    for _ in range(_MAX_VERBS):
        if verb is None:
            break
        found = _of_verb(doc, verb, before, direct and not attribute)
        if found is not None:
            # "Wednesday's ruling" is not part of what the clause predicts, unless it is where one takes part.
            if found == FUTURE and attribute and not _takes_part(doc, tokens, verb):
                return UNKNOWN
            if found == FUTURE and _is_of_old(doc, tokens):
                return PAST * DIRECT
            if found == PAST and attribute and word(doc, tokens[-1]) in MONTHS:
                return UNKNOWN  # "praised November's vote" may be long before it
            if _is_before_event(doc, tokens):
                # The event may be over: "she was ahead before Tuesday's vote".
                return UNKNOWN if found == PAST and not _is_perfect(doc, verb) else FUTURE * DIRECT
            if found == FUTURE and not direct and _is_possible(doc, verb):
                return UNKNOWN  # "a warning on Thursday that it could harm her"
            if found == FUTURE and direct and before[-1:] == ("after",) and is_plain_present(doc, start, end):
                return UNKNOWN  # "after Tuesday her chance rests on it"
            if found == UNKNOWN and (" ".join(before[-2:]) in _AHEAD_OF or _is_in_event(doc, tokens, verb)):
                return FUTURE * DIRECT
            if found == FUTURE and direct and _is_loose(doc, tokens, verb):
                return FUTURE  # "it echoes a row in June" may be of any June
            return found * DIRECT if direct else found
        verb, direct = verb_above(doc, verb) if doc.head[verb] != verb else None, False
    return UNKNOWN


# Behind these is what there already is: "to sell itself under a June agreement".
_GIVEN = _words("given")


def _is_of_old(doc: Document, tokens: range) -> bool:
    """Whether these tokens modify a noun that the clause takes as given."""
    if doc.dep[tokens[-1]] not in ("compound", "nmod", "amod") or doc.head[tokens[-1]] <= tokens[-1]:
        return False
    noun = doc.head[tokens[-1]]
    return doc.dep[noun] == "pobj" and word(doc, doc.head[noun]) in _GIVEN


# With these one takes part in an event: "will win Monday's debate".
_TAKING_PART = _words("taking-part")
# The most prepositions and nouns between "is at risk" and "in the vote".
_MAX_NOUNS_BETWEEN = 4
_EVENTS, _AT_ONCE = _words("event"), _words("at-once")
_FINITE = ("VBD", "VBZ", "VBP", "MD")
# In the present tense these look ahead to an event: "lead the polls ahead of Monday's vote".
_AHEAD_OF = _words("ahead-of")


def _takes_part(doc: Document, tokens: range, verb: int) -> bool:
    """Whether a day owns the object of a verb of taking part."""
    noun = doc.head[_top(doc, tokens)]
    prep = doc.head[noun]
    inside = doc.dep[noun] == "pobj" and word(doc, prep) == "in" and doc.head[prep] == verb
    is_object = doc.dep[noun] == "dobj" and prep == verb
    return word(doc, verb) in _TAKING_PART and (is_object or inside)


def _is_in_event(doc: Document, tokens: range, verb: int) -> bool:
    """Whether a day is that of an event in which a clause of the plain present is: "In the primary on Tuesday she
    faces", "her seat is at risk in the vote on Tuesday"."""
    event = _event_of(doc, tokens)
    says = word(doc, verb) in _SAYING and word(doc, verb) not in _BE
    if doc.tag[verb] not in ("VBZ", "VBP") or says or _auxiliaries(doc, verb):
        return False
    if event is None or event > tokens.start or word(doc, doc.head[event]) != "in":
        return False
    above = doc.head[doc.head[event]]
    for _ in range(_MAX_NOUNS_BETWEEN):
        if above == verb or doc.dep[above] not in ("prep", "pobj"):
            break
        above = doc.head[above]
    return above == verb


def _is_before_event(doc: Document, tokens: range) -> bool:
    """Whether a day is that of an event before which something is: "before Tuesday's vote", "ahead of the primary on
    Tuesday". Looks at the words, since parsers take "before" for the start of a clause."""
    event = _event_of(doc, tokens)
    if event is None:
        return False
    first = min(event, tokens.start)
    near = range(max(0, first - _MAX_NOUNS_BETWEEN), first)
    opening = max((t for t in near if _opens_event(doc, t, first)), default=None)
    return opening is not None and not any(doc.tag[t] in _FINITE or doc.tag[t] == "," for t in range(opening, first))


def _opens_event(doc: Document, token: int, first: int) -> bool:
    """Whether a phrase that may end in an event at `first` opens here: "before", "before the", "before their", "ahead
    of"."""
    if word(doc, token) == "before":
        return token + 1 == first or word(doc, token + 1) == "the" or doc.tag[token + 1] == "PRP$"
    return word(doc, token) == "ahead" and word(doc, token + 1) == "of"


def is_of_unplanned_event(doc: Document, start: int, end: int) -> bool:
    """Whether a day modifies a noun that is not a scheduled event: "the Friday fire", "Friday's loss"."""
    tokens = doc.tokens(start, end)
    noun = _noun_after(doc, tokens) if tokens else None
    if noun is None or doc.tag[noun] in ("NNP", "NNPS"):  # "On Tuesday Ana Lume said"
        return False
    return word(doc, noun) not in _EVENTS


def _noun_after(doc: Document, tokens: range) -> int | None:
    """Return the word after a day that the day modifies: "Tuesday's vote", "the May 3 vote"."""
    top = _top(doc, tokens)
    attributive = doc.dep[top] in ("compound", "nmod", "nummod") and doc.head[top] >= tokens.stop
    return doc.head[top] if attributive or doc.dep[top] == "poss" else None


def _event_of(doc: Document, tokens: range) -> int | None:
    """Return the noun of an event that has this day: "Tuesday's vote", "the vote on Tuesday", "the May 3 vote"."""
    # The parser may attach "on" to the verb.
    on = tokens.start > 1 and word(doc, tokens.start - 1) == "on"
    noun = tokens.start - 2 if on else _noun_after(doc, tokens)
    return noun if noun is not None and doc.tag[noun].startswith("NN") and word(doc, noun) in _EVENTS else None


def _is_loose(doc: Document, tokens: range, verb: int) -> bool:
    """Whether the tense says little of a month's year: a plain present, or an infinitive behind a noun ("her decision
    to meet him in June")."""
    if not any(word(doc, t) in MONTHS for t in tokens) or word(doc, verb) in FUTURE_LOOKING_VERBS | _SCHEDULED:
        return False
    if doc.tag[verb] in ("VBZ", "VBP"):
        return not _auxiliaries(doc, verb) and word(doc, verb) not in _AT_ONCE | _BE
    return doc.tag[verb] == "VB" and doc.dep[verb] == "acl" and word(doc, doc.head[verb]) not in FUTURE_LOOKING_VERBS


def _is_there(doc: Document, tokens: range, verb: int) -> bool:
    """Whether a clause only says that something is on a day: "There is a vote on Tuesday"."""
    if doc.tag[verb] != "VBZ" or word(doc, verb) not in _BE or doc.child(verb, "expl") is None:
        return False
    head = doc.head[_top(doc, tokens)]
    noun = doc.head[head] if doc.dep[head] == "prep" else head
    return noun == verb or (doc.dep[noun] == "attr" and doc.head[noun] == verb)


def _is_set(doc: Document, tokens: range, verb: int) -> bool:
    """Whether a clause only dates its subject: "The hearing is on Friday", not "is angry on Friday"."""
    if doc.tag[verb] not in ("VBZ", "VBP") or word(doc, verb) not in _BE or verb > tokens.start:
        return False
    subject = doc.child(verb, "nsubj")
    others = [c for c in doc.children[verb] if doc.dep[c] in ("attr", "acomp", "advmod", "aux") and c not in tokens]
    preps = [c for c in doc.children[verb] if doc.dep[c] == "prep" and c < tokens.start - 1]
    return subject is not None and doc.tag[subject].startswith("NN") and not others and not preps


def modifies_verb(doc: Document, start: int, end: int, verb: int) -> bool:
    """Whether these characters modify the verb itself."""
    tokens = doc.tokens(start, end)
    return bool(tokens) and _hangs_on(doc, tokens, verb)


def is_modifier(doc: Document, start: int, end: int) -> bool:
    """Whether these characters modify the noun after them: "the fall debates"."""
    tokens = doc.tokens(start, end)
    return bool(tokens) and doc.dep[tokens[-1]] in ("compound", "nmod", "amod") and doc.head[tokens[-1]] > tokens[-1]


def modified_head(doc: Document, start: int, end: int) -> int | None:
    """Return the verb or noun that these characters modify, with or without a preposition."""
    tokens = doc.tokens(start, end)
    if not tokens:
        return None
    top = _top(doc, tokens)
    head = doc.head[top]
    return doc.head[head] if doc.dep[head] == "prep" else head if head != top else None


def word(doc: Document, token: int) -> str:
    """Return a word in the spelling of the word lists."""
    return doc.text[doc.start[token] : doc.end[token]].lower().replace("’", "'")


def _top(doc: Document, tokens: range) -> int:
    """Return the first of some tokens with its head outside them, else the last."""
    for token in tokens:
        if doc.head[token] not in tokens:
            return token
    return tokens[-1]


def verb_above(doc: Document, token: int) -> int | None:
    """Return the first verb above a token in the tree, or the token itself if it is the root and a verb."""
    first = token
    for _ in range(_MAX_STEPS):
        head = doc.head[token]
        if head == token:
            return token if _is_verb(doc, token) else None
        token = head
        if _is_verb(doc, token):
            # Words before "that" are outside its clause, regardless of the parser.
            opening = max((c for c in doc.children[token] if doc.dep[c] == "mark"), default=first)
            if not first < opening < token:
                return token
    return None


def _is_verb(doc: Document, token: int) -> bool:
    return (doc.is_verb(token) and not is_of_title(doc, token)) or doc.tag[token] == "MD"


def is_of_title(doc: Document, token: int) -> bool:
    """Whether a token is a capitalised word of a title or a body's name: "told Meet the Press on Sunday"."""
    if not doc.text[doc.start[token]].isupper():
        return False
    entity = doc.entity_at(doc.start[token])
    return entity is not None and entity[2] in _TITLES


def _hangs_on(doc: Document, tokens: range, verb: int | None) -> bool:
    """Whether the expression modifies the verb itself, with or without a preposition."""
    if verb is None:
        return False
    head = doc.head[_top(doc, tokens)]
    above = doc.head[head]
    after_title = is_of_title(doc, above) and verb_above(doc, above) == verb
    return (
        head == verb
        or (doc.dep[head] == "prep" and (above == verb or after_title))
        or is_misattached_to_name(doc, tokens, verb)
    )


def is_misattached_to_name(doc: Document, tokens: range, verb: int) -> bool:
    """Whether the parser reads a day as the start of the name after it: "On Tuesday Ana Lume said"."""
    top, prep = _top(doc, tokens), tokens.start - 1
    if prep < 0 or doc.dep[top] not in ("compound", "nmod") or not tokens.stop <= doc.head[top] <= tokens.stop + 3:
        return False
    return word(doc, prep) == "on" and doc.head[prep] == verb and doc.tag[doc.head[top]] in ("NNP", "NNPS")


def _is_possible(doc: Document, verb: int) -> bool:
    """Whether a clause only says what is possible: "could lose"."""
    return any(word(doc, a) in _MODALS_OF_PAST for a in _auxiliaries(doc, verb))


def _is_perfect(doc: Document, verb: int) -> bool:
    """Whether a verb is in the present perfect: "has lost"."""
    return any(word(doc, a) in ("has", "have", "'ve") for a in _auxiliaries(doc, verb))


def _auxiliaries(doc: Document, verb: int) -> list[int]:
    return [child for child in doc.children[verb] if doc.dep[child] in ("aux", "auxpass")]


def _is_negated(doc: Document, verb: int) -> bool:
    """Whether a verb is negated: by "not", or by "neither" or "nor" among its dependents."""
    if doc.child(verb, "neg") is not None:
        return True
    beside = [*doc.children[verb], *([verb] if doc.head[verb] == verb else [])]
    opening = [c for token in beside for c in doc.children[token] if doc.dep[c] in ("cc", "preconj")]
    return any(word(doc, c) in ("neither", "nor") for c in opening)


def _is_over(doc: Document, verb: int | None) -> bool:
    """Whether a verb is in the past perfect or negated: "until Thursday they had not ..."."""
    return verb is not None and (_is_negated(doc, verb) or any(word(doc, a) == "had" for a in _auxiliaries(doc, verb)))


def _is_plan(doc: Document, verb: int, before: tuple[str, ...]) -> bool:
    """Whether a verb of planning is about the future: "set for Sunday", not "a record set on"."""
    tag = doc.tag[verb]
    if tag == "VBN":
        return word(doc, verb) != "set" or (verb + 1 < len(doc) and word(doc, verb + 1) in _SET_BEFORE)
    return tag == "VBD" and (word(doc, verb) in _PLANNED or before[-1:] == ("for",))


# Behind these a participle is of the past.
_DONE_BEFORE = ("after", "despite", "since")


def _of_verb(doc: Document, verb: int, before: tuple[str, ...], direct: bool) -> int | None:
    """Return the direction of a verb with its auxiliaries; None if the verb above decides."""
    tag = doc.tag[verb]
    aux = _auxiliaries(doc, verb)
    words = {word(doc, a) for a in aux}
    modals = {word(doc, a) for a in aux if doc.tag[a] == "MD"}
    was = any(doc.tag[a] == "VBD" for a in aux)
    if modals:
        if modals & _MODALS_OF_PAST and (words & _HAVE - modals or _is_negated(doc, verb)):
            return PAST
        return FUTURE
    if word(doc, verb) in _SCHEDULED and _is_plan(doc, verb, before):
        return PAST if was and words & _HAVE else FUTURE
    if tag == "VBD":
        return PAST
    if tag == "VBN":
        return PAST if words & _HAVE or was or not aux else UNKNOWN
    if tag == "VBG":
        if was or words & _HAVE:
            return PAST
        if not aux and doc.dep[verb] == "pcomp" and word(doc, doc.head[verb]) in _DONE_BEFORE:
            return PAST  # "despite winning it in February"
        return FUTURE if aux else None
    if tag in ("VBZ", "VBP"):
        past = word(doc, verb) in _SAYING or word(doc, verb) in _SAME_IN_PAST
        return FUTURE if direct and not past else UNKNOWN
    if tag == "VB" and any(doc.tag[a] == "TO" for a in aux):
        head = doc.head[verb]
        above = word(doc, head)
        if doc.dep[verb] == "xcomp" and above in _BE:
            return FUTURE
        if above in FUTURE_LOOKING_VERBS and doc.tag[head] in ("VB", "VBP", "VBZ"):
            return FUTURE
        if _is_over(doc, head) or _is_over(doc, doc.head[head]):
            return PAST
        return FUTURE if above in FUTURE_LOOKING_VERBS or not _is_verb(doc, head) else None
    return None
