"""The rank of a person in a sentence: who of its persons the next "he" or "she" most likely means."""

from __future__ import annotations

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.spans import is_mistagged_subject
from pipeline.mentions.words import PRONOUNS_OF, government_verbs, person_nouns

SUBJECTS = frozenset(("nsubj", "nsubjpass"))
LETTERS = listed("name_words.tsv", "letters")
# Steps up the tree: from a name to its verb, and from a verb to the main one.
MAX_STEPS = 6
# Prepositions before a person who is only a topic: a book ABOUT Ana Lume.
TOPIC_PREPOSITIONS = listed("function_words.tsv", "in passing")
# "Footage of Ana Lume appears. She says": the one who speaks in it.
RECORDINGS = frozenset(("footage", "video", "clip", "recording", "audio"))
# "Ana Lume asked Jon Berg": he answers.
ASKING = frozenset(("asked", "asks", "questioned"))
# Prepositions whose person a comma and words about that person make the next one to speak.
INTRODUCING = frozenset(("to", "from", "for", "with"))
# "The girl is PLAYED by Ana Lume": the next "she" is the actress.
PLAYED = frozenset(("played", "portrayed", "voiced"))
PERSONAL = frozenset(("he", "she", "who"))
# Most tokens in brackets before and behind a name.
MAX_IN_BRACKETS = 8
# A name coordinated with at least this many others is in a list.
LIST = 2
# The role of a person in a sentence.
PASSING, BESIDE, SUBJECT, MAIN = range(4)
# Verbs by which a text tells its readers of somebody.
PRESENTING = frozenset(("ask", "consider", "meet", "take"))


def rank(doc: Document, token: int) -> int:
    """Return the role in the sentence of the person whose name has the head `token`."""
    if doc.sentences and doc.sentences[doc.sentence_of[token]].role != "body":
        return PASSING
    if (opening := _bracket(doc, token)) is not None:
        return PASSING if "," in doc.words[opening:token] else BESIDE
    if (verb := _ends_subject(doc, token)) is not None:
        return _of_main_verb(doc, verb)
    return _rank_in_tree(doc, _with_letters(doc, token))


def _rank_in_tree(doc: Document, token: int) -> int:
    """Return the role of a person by the steps from the name's head up the tree."""
    others, apposed, name = 0, False, token
    for _ in range(MAX_STEPS):
        dep, head = doc.dep[token], doc.head[token]
        if dep in ("dobj", "dative") and doc.lower[head] in ASKING and not others:
            return _of_main_verb(doc, head)
        if (
            _says(doc, name)
            or is_mistagged_subject(doc, token)
            or (dep == "attr" and not others and _is_presented(doc, token))
            or (dep == "dobj" and not others and _is_told_to(doc, head))
        ):
            return MAIN
        if dep == "nsubj" and any(doc.tag[c] == "POS" for c in doc.children[token]):
            # "Lume's free dropped short": the parser takes the noun for an adverb.
            return BESIDE
        if dep in SUBJECTS or doc.lower[token] in ("he", "she"):
            asks = dep == "nsubj" and doc.lower[head] in ASKING and _asks_person(doc, head)
            return BESIDE if others else min(_of_main_verb(doc, head), SUBJECT if asks else MAIN)
        if head == token:
            return MAIN if not others and _stands_alone(doc, token) else BESIDE
        if dep == "poss":
            # "Lume's goal", "Lume's brother": she may be meant by the next "she".
            thing = doc.lower[head] not in person_nouns() or doc.lower[head] in PRONOUNS_OF
            return BESIDE if doc.dep[head] in SUBJECTS and thing and not others else PASSING
        if dep == "conj":
            others += 1
        elif dep == "pobj" and apposed and doc.lower[doc.head[head]] in person_nouns():
            # "the mayor of Kiel, Ana Lume": the parser attaches the name to the town.
            head = doc.head[head]
        elif dep == "pobj" and doc.dep[head] == "agent":
            # "He was joined by Ana Lume": she is the next one to speak.
            leads = _is_introduced(doc, token) and not _named_subject(doc, head)
            plays = doc.lower[doc.head[head]] in PLAYED
            return BESIDE if others else MAIN if leads or plays else SUBJECT
        elif dep == "pobj" and (noun := _called_so(doc, head)) is not None:
            head = noun
        elif dep == "pobj":
            return _rank_behind_preposition(doc, token, name, others, apposed)
        elif (
            dep == "dobj"
            and not others
            and (_is_introduced(doc, name) or (apposed and with_who(doc, token)))
            and leads_clause(doc, token)
        ):
            # "The answer did not satisfy Ana Lume, who led the march": she is the next one to speak.
            return MAIN
        elif dep not in ("appos", "compound", "flat", "nmod") or (dep != "appos" and not _introduces(doc, head)):
            return PASSING if dep in ("compound", "nmod", "amod") else BESIDE
        apposed = dep == "appos" or (apposed and dep == "pobj")
        if others > LIST - 1:
            return PASSING
        token = head
    return BESIDE


def _called_so(doc: Document, preposition: int) -> int | None:
    """Return the noun of which a clause gives the name behind "as": "his SISTER, who is known as Ana Lume"."""
    verb = doc.head[preposition]
    named = doc.lower[preposition] == "as" and doc.lower[verb] == "known" and doc.dep[verb] in ("relcl", "acl")
    return doc.head[verb] if named else None


def _ends_subject(doc: Document, name: int) -> int | None:
    """Return the verb right behind a name in commas that ends its subject, of which the parser attaches the name to
    something else: "The head of the works in Dar, Ana LUME, SAID"."""
    verb = name + 2
    if verb >= len(doc) or doc.words[name + 1] != "," or doc.dep[name] != "appos" or not doc.is_verb(verb):
        return None
    own = doc.child(verb, "nsubj")
    described = own is not None and doc.tag[own] == "NN" and doc.lower[own] in person_nouns()
    ends = own is not None and doc.left[own] <= name and name <= doc.right[own] <= name + 1
    return verb if described and ends and doc.words[doc.left[name] - 1] == "," else None


def _says(doc: Document, name: int) -> bool:
    """Whether a verb of speech without a subject is right behind a name or its comma: the parser attached the name to
    something else."""
    verb = name + 1 + (doc.words[name + 1 : name + 2] == (",",))
    says = verb < len(doc) and doc.tag[verb] in ("VBD", "VBZ") and doc.lower[verb] in government_verbs()
    return says and doc.child(verb, *SUBJECTS) is None and doc.head[verb] == verb


def _rank_behind_preposition(doc: Document, token: int, name: int, others: int, apposed: bool) -> int:
    """Return the rank of the person `name` if `token`, which is the name or what it is in apposition to, is behind a
    preposition."""
    preposition = doc.head[token]
    if doc.lower[preposition] == "to" and doc.lower[doc.head[preposition]] == "according":
        return SUBJECT if _named_subject(doc, doc.head[preposition]) else MAIN
    if not others and _stands_for_subject(doc, preposition):
        return SUBJECT
    if doc.lower[preposition] == "for" and doc.lower[preposition - 1] == "as" and not others:
        # "As for Ana Lume, she left."
        return MAIN if leads_clause(doc, preposition) or _is_taken_up(doc, token) else BESIDE
    introduced = _is_introduced(doc, name) or _is_introduced(doc, token)
    if doc.lower[preposition] in INTRODUCING and not others and introduced:
        # "It was little comfort to Ana Lume, a nurse who walks to her shift": she is the next one to speak.
        led = doc.lower[preposition] == "to" and not apposed
        return MAIN if leads_clause(doc, preposition) else SUBJECT if led else BESIDE
    return PASSING if doc.lower[preposition] in TOPIC_PREPOSITIONS else BESIDE


def _is_taken_up(doc: Document, token: int) -> bool:
    """Whether a comma and he or she are behind a name."""
    return doc.words[token + 1 : token + 2] == (",",) and doc.lower[token + 2 : token + 3] in (("he",), ("she",))


def _bracket(doc: Document, token: int) -> int | None:
    """Return the opening bracket of brackets that hold a name and no clause: "Ana Lume (Ind, Beck Side)", "a nurse (Ana
    Lume)"."""
    sentence = doc.sentence_of[token]
    for k in range(token, max(-1, token - MAX_IN_BRACKETS), -1):
        if doc.words[k] == ")" or doc.sentence_of[k] != sentence:
            return None
        if doc.words[k] == "(":
            behind = range(token, min(len(doc), token + MAX_IN_BRACKETS))
            end = next((i for i in behind if doc.words[i] == ")" and doc.sentence_of[i] == sentence), None)
            return None if end is None or any(doc.is_verb(i) for i in range(k, end)) else k
    return None


def _stands_for_subject(doc: Document, preposition: int) -> bool:
    """Whether a name behind a preposition is an example or the content of a subject: "Some, LIKE Lume, say so",
    "footage OF Lume appears"."""
    noun = doc.head[preposition]
    example = doc.lower[preposition] == "like" and doc.words[preposition - 1 : preposition] == (",",)
    shown = doc.lower[preposition] == "of" and doc.lower[noun] in RECORDINGS
    return (example or shown) and doc.dep[noun] in SUBJECTS


def _is_introduced(doc: Document, token: int) -> bool:
    """Whether a comma and words that say who it is follow a name: "Ana Lume, a nurse", "Ana Lume, who has"."""
    behind = [c for c in doc.children[token] if c > token and doc.dep[c] in ("appos", "relcl")]
    nouns = person_nouns()
    return any(
        doc.dep[c] == "relcl" or (doc.tag[c] == "NN" and (doc.lower[c] in nouns or _with_article(doc, c)))
        for c in behind
    )


def _with_article(doc: Document, noun: int) -> bool:
    """Whether a description begins with "a" ("a former wool classer"), or a clause describes it."""
    article = doc.left[noun] < noun and doc.lower[doc.left[noun]] in ("a", "an")
    return article or any(doc.dep[c] == "relcl" for c in doc.children[noun])


def _is_presented(doc: Document, token: int) -> bool:
    """Whether "is" presents a person: "It was Ana Lume who broke the silence", "There is Ana Lume", "The girl is Ana
    Lume"; not "He is Ana Lume"."""
    verb = doc.head[token]
    subject = doc.child(verb, "nsubj")
    if subject is None or doc.lower[subject] != "it":
        there = doc.child(verb, "expl") is not None
        return there or (subject is not None and subject < verb < token and doc.tag[subject] == "NN")
    return with_who(doc, token)


def with_who(doc: Document, token: int) -> bool:
    """Whether a clause with "who" as its subject describes a noun."""
    clauses = [c for c in doc.children[token] if doc.dep[c] == "relcl"]
    return any(doc.lower[s] == "who" for c in clauses if (s := doc.child(c, "nsubj")) is not None)


def _with_letters(doc: Document, token: int) -> int:
    """Return the letters behind a name if the parser takes them for its head: "Ana Lume KC"."""
    head = doc.head[token]
    return head if doc.dep[token] == "compound" and head > token and doc.words[head] in LETTERS else token


def _stands_alone(doc: Document, token: int) -> bool:
    """Whether a name is all of a sentence, as a question ("And Ana Lume?") or with a clause ("Ana Lume, who left."), or
    its verb is read as a participle ("Its barrister, Ana Lume KC, asked for time.")."""
    if any(doc.dep[c] == "acl" and doc.tag[c] in ("VBD", "VBZ") for c in doc.children[token]):
        return True
    end = doc.right[token]
    return doc.words[end] == "?" or any(
        doc.dep[c] == "relcl" and doc.lower[token + 1 : token + 3] == (",", "who") for c in doc.children[token]
    )


def _subject_above(doc: Document, token: int) -> int | None:
    """Return the subject of the innermost clause with one around an object or a preposition."""
    for _ in range(MAX_STEPS):
        subject = doc.child(token, *SUBJECTS) if doc.is_verb(token) else None
        if subject is not None or doc.head[token] == token:
            return subject
        token = doc.head[token]
    return None


def _named_subject(doc: Document, token: int) -> bool:
    """Whether the subject of the clause around `token` is a name, he or she."""
    subject = _subject_above(doc, doc.head[token])
    if subject is None:
        return False
    # The tagger reads some surnames as plurals: "Sanders".
    alone = doc.tag[subject] == "NNS" and doc.words[subject].istitle() and not doc.children[subject]
    return alone or doc.tag[subject].startswith("NNP") or doc.lower[subject] in PERSONAL


def leads_clause(doc: Document, token: int) -> bool:
    """Whether an object or a preposition is in the main clause, whose subject is no person."""
    verb = doc.head[token]
    while not doc.is_verb(verb) and doc.head[verb] != verb:
        verb = doc.head[verb]
    return doc.dep[verb] == "csubj" or (_of_main_verb(doc, verb) == MAIN and not _of_person(doc, token))


def _of_person(doc: Document, token: int) -> bool:
    """Whether the subject of the clause around `token` may be the next "he" or "she": a name, a noun for a person, he
    or she."""
    subject = _subject_above(doc, doc.head[token])
    return _named_subject(doc, token) or (subject is not None and doc.lower[subject] in person_nouns())


def _asks_person(doc: Document, verb: int) -> bool:
    """Whether somebody is asked: a name, he or she."""
    asked = [c for c in doc.children[verb] if doc.dep[c] in ("dobj", "dative")]
    return any(doc.tag[c] == "NNP" or doc.lower[c] in ("him", "her") for c in asked)


def _introduces(doc: Document, noun: int) -> bool:
    """Whether a noun describes a person, so that a name attached to it is a person's."""
    return doc.lower[noun] in person_nouns() or doc.tag[noun].startswith("NNP")


def _of_main_verb(doc: Document, verb: int) -> int:
    for _ in range(MAX_STEPS):
        head = doc.head[verb]
        if head == verb or doc.dep[verb] == "parataxis":
            return MAIN
        if doc.in_marks[head]:
            # "no idea" whether Lume will: the clause belongs to what somebody says.
            return SUBJECT if any(doc.dep[c] == "mark" for c in doc.children[verb]) else MAIN
        if doc.dep[verb] == "ccomp" and head > verb and True in doc.in_marks[verb:head]:
            # "Lume defends it: "I closed the mine," the senator says": the clause is no part of what is said.
            return MAIN
        if doc.dep[verb] != "conj":
            return SUBJECT
        verb = head
    return SUBJECT


def _is_told_to(doc: Document, verb: int) -> bool:
    """Whether the text asks the reader to look at somebody: "Just ASK Ana Lume."."""
    alone = doc.head[verb] == verb and doc.tag[verb] == "VB" and not doc.in_marks[verb]
    return alone and doc.lower[verb] in PRESENTING and doc.child(verb, *SUBJECTS, "aux", "neg") is None
