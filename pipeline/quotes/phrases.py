"""Noun phrases and subjects: who stands with a verb."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.quotes.syntax import Tree
from pipeline.quotes.words import BY_FORM, DOCUMENTS, QUOTING

# What follows the head of a description and belongs to it: "a spokesman for the ministry", "the chief of staff".
TIGHT = frozenset(("of", "for", "at", "to", "with", "from", "in", "on"))
SUBJECTS = ("nsubj", "nsubjpass", "csubj")
RELATIVES = frozenset(("who", "which", "that", "whom"))
# How far up a verb looks for the subject that it shares.
MOST_STEPS = 6
# A phrase longer than this many tokens is a parser's mistake.
MOST_TOKENS = 30


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens [first, last] of a noun phrase and its head."""

    first: int
    last: int
    head: int


def phrase(tree: Tree, head: int, low: int = 0, high: int | None = None) -> Phrase:
    """The noun phrase of a head without its relative clauses and appositions, inside the tokens [low, high)."""
    high = len(tree) if high is None else high
    first = last = head
    for child in reversed(tree.children[head]):
        if child < head and tree.dep(child) not in (
            "punct",
            "cc",
            "preconj",
            "mark",
            "advcl",
            "prep",
            "appos",
            "relcl",
        ):
            if tree.left[child] < low or tree.right[child] + 1 != first:
                break
            first = tree.left[child]
    name = tree.tag(head).startswith("NNP")
    for child in tree.children[head]:
        if child <= head or child >= high:
            continue
        dep = tree.dep(child)
        if dep in ("case", "compound", "nummod", "npadvmod") and child == last + 1:
            last = child
        elif (
            dep == "prep"
            and child == last + 1
            and tree.words[child] in TIGHT
            and not (name and tree.words[child] != "of")
            and tree.right[child] < high
        ):
            end = tree.right[child]
            if end - child <= 12 and not any(tree.dep(t) in ("relcl", "acl", "advcl") for t in range(child, end + 1)):
                last = end
            else:
                break
        elif dep == "conj" and child - last <= 6 and not name and tree.right[child] < high:
            last = max(last, child)
        else:
            break
    if last - first > MOST_TOKENS:
        first = last = head
    while last > head and tree.tag(last) in (",", ".", ":", "-RRB-", "-LRB-", "POS", "IN"):
        last -= 1
    return Phrase(first, last, head)


def top(tree: Tree, token: int, low: int, high: int) -> int:
    """The head of the noun phrase that the token is part of, inside [low, high)."""
    for _ in range(MOST_STEPS):
        head = tree.head(token)
        if head == token or not low <= head < high or not tree.noun(head):
            break
        if tree.dep(token) in ("conj", "appos", "relcl", "acl"):
            break
        token = head
    return token


def _reports(tree: Tree, verb: int) -> bool:
    entry = BY_FORM.get(tree.words[verb])
    return entry is not None and "q" in entry.frames


def _comma_before(tree: Tree, token: int) -> bool:
    left = tree.left[token]
    return left > 0 and tree.words[left - 1] == ","


def _clause_of(tree: Tree, noun: int) -> int | None:
    """The verb above a noun that is not its subject."""
    for _ in range(MOST_STEPS):
        if tree.verb(noun):
            return noun
        if tree.dep(noun) in (*SUBJECTS, "appos") or tree.head(noun) == noun:
            return None
        noun = tree.head(noun)
    return None


def subject(tree: Tree, verb: int) -> int | None:
    """The head of the verb's subject: its own, or one that it shares with the verb or noun it hangs on."""
    token = verb
    for _ in range(MOST_STEPS):
        own = tree.child(token, *SUBJECTS)
        agent = tree.child(token, "agent")
        if agent is not None and token == verb:
            return tree.child(agent, "pobj")
        if own is not None and token == verb and tree.dep(own) == "nsubjpass":
            # "it was agreed", "is expected": who agrees or expects is not said.
            return None
        if own is not None:
            if tree.words[own] not in RELATIVES or tree.dep(token) not in ("relcl", "acl", "ccomp"):
                return own
            # "released a video that said": whoever released it says so.
            noun = tree.head(token)
            released = tree.words[noun] in DOCUMENTS and tree.dep(noun) == "dobj" and tree.head(noun) != verb
            return subject(tree, tree.head(noun)) or noun if released else own
        dep, head = tree.dep(token), tree.head(token)
        if head == token:
            return None
        if dep in ("acl", "relcl") and tree.noun(head):
            # "..., telling the crowd" hangs on the clause, however near a noun stands.
            clause = _clause_of(tree, head) if tree.tag(token) == "VBG" and _comma_before(tree, token) else None
            # "released a statement saying": whoever released it says so.
            if clause is None and tree.words[head] in DOCUMENTS and tree.dep(head) in ("dobj", "pobj"):
                clause = _clause_of(tree, head)
            if clause is None:
                return head
            token = clause
            continue
        if dep == "pcomp" and tree.words[head] == "as" and tree.words[tree.head(head)] in QUOTING:
            # "quoted her as saying", "she was quoted as saying"
            quoting = tree.head(head)
            return tree.child(quoting, "dobj", "nsubjpass")
        if dep in ("advcl", "conj") and tree.dep(head) == "ccomp" and _reports(tree, tree.head(head)):
            # "X said that ... but added", "X said ..., explaining": the cue hangs on the clause, and is X's.
            token = tree.head(head)
            continue
        prompted = tree.child(head, "dobj") if dep in ("xcomp", "ccomp") else None
        if prompted is not None and (token != verb or (dep == "xcomp" and tree.tag(token) == "VB")):
            # "prompted Iran to issue": the object of the verb above is the subject.
            return prompted
        if dep in ("conj", "advcl", "xcomp", "aux", "auxpass", "prep", "pcomp", "ccomp", "dep", "parataxis"):
            token = head
            continue
        return None
    return None


def antecedent(tree: Tree, relative: int) -> int | None:
    """The noun that a relative pronoun (the subject of its clause) takes up."""
    if tree.words[relative] not in RELATIVES or tree.dep(relative) not in SUBJECTS:
        return None
    clause = tree.head(relative)
    for _ in range(MOST_STEPS):
        head = tree.head(clause)
        if tree.dep(clause) in ("relcl", "acl"):
            return head if tree.noun(head) else None
        if tree.dep(clause) not in ("ccomp", "conj", "xcomp") or head == clause:
            return None
        clause = head
    return None
