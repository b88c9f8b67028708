"""Find noun phrases, and the subjects of verbs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.data import words
from pipeline.document import Document
from pipeline.quotes.words import DOCUMENTS, QUOTING, SPEAKERS, TALKS, constructions_of

# Prepositions that continue a description behind its head: "a spokesman for the ministry", "the chief of staff".
TIGHT = words("function_words.tsv", "in phrase")
FINITE = frozenset(("VBD", "VBP", "VBZ", "MD"))
SUBJECTS = ("nsubj", "nsubjpass", "csubj")
# Before a place at the head of a sentence: OUTSIDE court.
PLACING = frozenset(("outside", "inside"))
RELATIVES = words("function_words.tsv", "relative")
# Objects whose infinitive has the subject of their verb: "had the COURAGE to say"; verbs whose objects all have.
OCCASIONS = frozenset(("chance", "courage", "moment", "nerve", "occasion", "opportunity", "time"))
TAKING = frozenset(("take", "took", "taken", "takes", "taking", "use", "used", "uses", "using", "seized"))
# Steps up the tree from a verb to a subject that it shares.
MAX_STEPS = 6
# Ends of nouns for events, which do not speak, apart from the texts and bodies in SPEAKERS, and the talks.
EVENTS = ("ing", "ings", "ion", "ions", "ment", "ments", "ence", "ity", "out", "outs")
# A longer phrase is a parser's mistake.
MAX_TOKENS = 30


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens [first, last] of a noun phrase, and its head."""

    first: int
    last: int
    head: int


def is_last_named(doc: Document, thing: int, pronoun: int, but: int | None = None) -> bool:
    """Whether no other noun in the singular (`but` one) is the subject or object of a clause between a thing and
    "it"."""
    return not any(
        doc.tag[t] == "NN"
        and doc.dep[t] in (*SUBJECTS, "dobj", "attr")
        and (doc.dep[doc.head[t]] in ("conj", "advcl") or doc.head[doc.head[t]] == doc.head[t])
        and not doc.in_marks[t]
        and t != but
        for t in range(thing + 1, pronoun)
    )


def phrase(doc: Document, head: int, low: int = 0, high: int | None = None) -> Phrase:
    """Return the noun phrase of a head inside the tokens [low, high), without relative clauses and appositions."""
    high = len(doc) if high is None else high
    first = last = head
    for child in reversed(doc.children[head]):
        if (
            child < head
            and (doc.dep[child] != "punct" or doc.tag[child] == "HYPH")
            and doc.dep[child]
            not in (
                "cc",
                "preconj",
                "mark",
                "advcl",
                "prep",
                "appos",
                "relcl",
            )
        ):
            if doc.left[child] < low or doc.right[child] + 1 != first:
                break
            first = doc.left[child]
    name = doc.tag[head].startswith("NNP")
    for child in doc.children[head]:
        if child <= head or child >= high:
            continue
        dep = doc.dep[child]
        if dep in ("case", "compound", "nummod", "npadvmod") and child == last + 1:
            last = child
        elif (
            dep == "prep"
            and child == last + 1
            and doc.lower[child] in TIGHT
            and not (name and doc.lower[child] != "of")
            and doc.right[child] < high
        ):
            end = doc.right[child]
            if end - child <= 12 and not any(doc.dep[t] in ("relcl", "acl", "advcl") for t in range(child, end + 1)):
                last = end
            else:
                break
        elif dep == "conj" and child - last <= 6 and not name and doc.right[child] < high:
            last = max(last, child)
        else:
            break
    if last - first > MAX_TOKENS:
        first = last = head
    while last > head and doc.tag[last] in (",", ".", ":", "-RRB-", "-LRB-", "POS", "IN"):
        last -= 1
    return Phrase(first, last, head)


def noun_heads(doc: Document, tokens: Iterable[int]) -> list[int]:
    """Return the tokens that can head a noun phrase, without determiners."""
    return [t for t in tokens if doc.is_noun(t) and doc.tag[t] != "DT"]


def top(doc: Document, token: int, low: int, high: int) -> int:
    """Return the head of the noun phrase that contains the token, inside [low, high)."""
    for _ in range(MAX_STEPS):
        head = doc.head[token]
        if head == token or not low <= head < high or not doc.is_noun(head):
            break
        if doc.dep[token] in ("conj", "appos", "relcl", "acl"):
            break
        token = head
    return token


def _comma_before(doc: Document, token: int) -> bool:
    left = doc.left[token]
    return left > 0 and doc.lower[left - 1] == ","


def infinitive_noun(doc: Document, verb: int) -> int | None:
    """Return the noun on which an infinitive depends, or the object before it that the tree gives to the verb above:
    lacked the COURAGE to say."""
    if doc.tag[verb] != "VB":
        return None
    if doc.dep[verb] in ("acl", "relcl"):
        return doc.head[verb]
    beside = doc.dep[verb] in ("xcomp", "advcl") and verb > 1 and doc.lower[verb - 1] == "to"
    return verb - 2 if beside and doc.dep[verb - 2] == "dobj" and doc.head[verb - 2] == doc.head[verb] else None


def _is_occasion(doc: Document, noun: int) -> bool:
    """Whether the infinitive of an object has the subject of the verb above: TOOK two days to say, had the COURAGE to
    say."""
    return doc.dep[noun] == "dobj" and (doc.lower[noun] in OCCASIONS or doc.lower[doc.head[noun]] in TAKING)


def _clause_of(doc: Document, noun: int) -> int | None:
    """Return the verb above a noun that is not its subject."""
    for _ in range(MAX_STEPS):
        if doc.is_verb(noun):
            return noun
        if doc.dep[noun] in (*SUBJECTS, "appos") or doc.head[noun] == noun:
            return None
        noun = doc.head[noun]
    return None


def nearest_subject(doc: Document, verb: int) -> int | None:
    """Return the verb's own subject. Of two before it, the parser gives the first to the wrong verb: The ship, the
    MINISTRY said, was old. It can also read the second as an apposition, which a second comma would end: The ship,
    mayor Ana LUME said, was old."""
    own = doc.child(verb, *SUBJECTS)
    if own is not None and own > verb and doc.in_marks[own] and not doc.in_marks[verb]:
        # telling reporters, “A LOT of people ...”
        return None
    if own is not None and own < verb and doc.lower[doc.left[own]] in PLACING:
        return _behind_place(doc, own, verb)
    if own is None or own > verb or doc.lower[verb - 1] == ",":
        return own
    nearer = [c for c in doc.children[verb] if own < c < verb and doc.dep[c] in SUBJECTS]
    if not nearer and doc.tag[own].startswith("NN") and not doc.tag[own].startswith("NNP"):
        nearer = [c for c in doc.children[own] if doc.dep[c] == "appos" and doc.tag[c] == "NNP"]
    last = nearer[-1] if nearer else own
    open_end = doc.right[last] < verb and "," not in doc.lower[doc.right[last] + 1 : verb]
    return last if last != own and doc.lower[doc.left[last] - 1] == "," and open_end else own


def _behind_place(doc: Document, place: int, verb: int) -> int:
    """Return the subject behind a place that the parser takes for it: "Outside court, his father, Jon Lume, said"."""
    subjects = [c for c in doc.children[verb] if place < c < verb and doc.dep[c] in SUBJECTS]
    found = subjects[-1] if subjects else place
    while not subjects and (apposed := [c for c in doc.children[found] if found < c < verb and doc.dep[c] == "appos"]):
        found = apposed[-1]
    return found


def _clause_above(doc: Document, verb: int) -> int | None:
    """Return the verb whose subject a verb that depends on a noun shares."""
    noun = doc.head[verb]
    if doc.dep[verb] == "conj":
        # "took a breath and joked": the parser joins the verb to the noun.
        return _clause_of(doc, noun)
    # "..., telling the crowd" depends on the clause, even if a noun is nearer.
    clause = _clause_of(doc, noun) if doc.tag[verb] == "VBG" and _comma_before(doc, verb) else None
    if clause is None and doc.lower[noun] in DOCUMENTS and doc.dep[noun] in ("dobj", "pobj"):
        # "released a statement saying": the subject of "released" said it.
        clause = _clause_of(doc, noun)
    return doc.head[noun] if clause is None and doc.tag[verb] == "VB" and _is_occasion(doc, noun) else clause


def _named_before(doc: Document, verb: int) -> int | None:
    """Return the name behind "of" and right before a participle: it reminds me of LUME saying so."""
    name = verb - 1
    named = verb > 0 and doc.tag[verb] == "VBG" and doc.tag[name] == "NNP"
    of = doc.dep[name] == "pobj" and doc.lower[doc.head[name]] == "of"
    return name if named and of and doc.dep[verb] in ("advcl", "acl", "pcomp") else None


def _object_above(doc: Document, token: int, verb: int) -> int | None:
    """Return the object of the verb above that is the subject of a cue `verb`, or of `token` between them: quoted HER
    as saying, mocked LUME for calling herself a queen, prompted IRAN to issue."""
    dep, head = doc.dep[token], doc.head[token]
    above = doc.head[head]
    if dep == "pcomp" and doc.lower[head] == "as" and doc.lower[above] in QUOTING:
        return doc.child(above, "dobj", "nsubjpass")
    if dep == "pcomp" and doc.lower[head] == "for" and token == verb and doc.tag[verb] == "VBG":
        blamed = doc.child(above, "dobj")
        person = blamed is not None and blamed < head and doc.tag[blamed] in ("NNP", "PRP")
        return blamed if person else None
    prompted = doc.child(head, "dobj") if dep in ("xcomp", "ccomp") else None
    if prompted is None or _is_occasion(doc, prompted):
        return None
    return prompted if token != verb or (dep == "xcomp" and doc.tag[token] == "VB") else None


def _misread(doc: Document, name: int) -> bool:
    return doc.dep[name] == "advmod" or (doc.dep[name] == "compound" and doc.head[name] == name + 1)


def _is_name_as_adverb(doc: Document, verb: int) -> bool:
    """Whether a word with a capital right before a verb, inside its sentence, is a name that the tagger reads as an
    adverb or adjective: When told so, EARLY described it as a joke."""
    name = verb - 1
    if name < 1 or doc.tag[name] not in ("RB", "JJ") or not doc.words[name].istitle():
        return False
    return doc.sentence_of[name] == doc.sentence_of[name - 1] and not doc.in_marks[name]


def subject(doc: Document, verb: int) -> int | None:
    """Return the head of the verb's subject: its own, or that of the verb or noun on which it depends."""
    token = verb
    for _ in range(MAX_STEPS):
        own = nearest_subject(doc, token) if token == verb else doc.child(token, *SUBJECTS)
        agent = doc.child(token, "agent")
        if agent is not None and token == verb:
            return doc.child(agent, "pobj")
        if own is None and token == verb and doc.tag[verb - 1] == "NNP" and _misread(doc, verb - 1):
            # "Long said": the tagger reads the name as an adverb, or as part of the verb.
            return verb - 1 if verb else None
        if own is None and token == verb and _is_name_as_adverb(doc, verb):
            return verb - 1
        if own is not None and doc.tag[own] == "CD" and doc.words[own - 1 : own] == ("(",):
            # "Brandt et al. (2011) found": the year does not speak.
            return None
        if own is not None and token == verb and doc.dep[own] == "nsubjpass":
            # "it was agreed", "is expected": the sentence does not name who agrees or expects.
            return None
        if own is not None:
            if token != verb and doc.dep[token] == "advcl" and is_event(doc, own):
                # "Lume left as the meeting began, saying so"
                token = doc.head[token]
                continue
            if doc.lower[own] not in RELATIVES or doc.dep[token] not in ("relcl", "acl", "ccomp"):
                return own
            # "released a video that said": the subject of "released" said it.
            noun = doc.head[token]
            released = doc.lower[noun] in DOCUMENTS and doc.dep[noun] == "dobj" and doc.head[noun] != verb
            return subject(doc, doc.head[noun]) or noun if released else own
        dep, head = doc.dep[token], doc.head[token]
        if head == token:
            return None
        if token == verb and (reminded := _named_before(doc, verb)) is not None:
            return reminded
        if doc.is_noun(head) and (dep in ("acl", "relcl") or (dep == "conj" and doc.is_verb(token))):
            clause = _clause_above(doc, token)
            if clause is None:
                return None if dep == "conj" else head
            token = clause
            continue
        outer = doc.head[head]
        outside = doc.in_marks[outer] <= doc.in_marks[verb] and "quotation" in constructions_of(doc.lower[outer])
        if dep in ("advcl", "conj") and doc.dep[head] == "ccomp" and outside:
            # "X said that ... but added", "X said ..., explaining": the cue depends on the clause, but is X's.
            token = outer
            continue
        if (beside := _object_above(doc, token, verb)) is not None:
            return beside
        if dep in ("conj", "advcl", "xcomp", "aux", "auxpass", "prep", "pcomp", "ccomp", "dep", "parataxis"):
            token = head
            continue
        return None
    return None


def is_event(doc: Document, noun: int) -> bool:
    """Whether a common noun is an event that does not speak: "the committee MEETING"; not "the STATEMENT"."""
    word = doc.lower[noun]
    return (
        doc.tag[noun] in ("NN", "NNS")
        and word.endswith(EVENTS)
        and not {word, word.removesuffix("s")} & (SPEAKERS - TALKS)
    )


def antecedent(doc: Document, relative: int) -> int | None:
    """Return the noun to which a relative pronoun (the subject of its clause) refers."""
    if doc.lower[relative] not in RELATIVES or doc.dep[relative] not in SUBJECTS:
        return None
    clause = doc.head[relative]
    for _ in range(MAX_STEPS):
        head = doc.head[clause]
        if doc.dep[clause] in ("relcl", "acl"):
            return head if doc.is_noun(head) else None
        if doc.dep[clause] not in ("ccomp", "conj", "xcomp") or head == clause:
            return None
        clause = head
    return None
