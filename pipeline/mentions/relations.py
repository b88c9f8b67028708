"""Descriptions by a relation: "his wife" is Ana Lume if the article says "his wife, Ana Lume", "her daughter" and "the
daughter" if it names one daughter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.antecedents import UNNAMED
from pipeline.mentions.chains import LinkedMention, person_mention
from pipeline.mentions.sentence_ranks import SUBJECTS

# Relations of which a person has one at a time.
SINGLE = listed("name_words.tsv", "single relation")
# Relations of which a person can have several.
KIN = listed("name_words.tsv", "relation")
CHILDREN = frozenset(("son", "daughter"))
# The relation of a parent and of a spouse, by he or she.
FATHER = "father"
PARENTS = {"he": FATHER, "she": "mother"}
SPOUSES = {"he": "husband", "she": "wife"}
WEDDINGS = frozenset(("married", "wed"))
END_OF_MARRIAGE = listed("name_words.tsv", "end of a marriage")
# "The father" beside one of them can be that person.
PRIESTS = frozenset(("priest", "bishop", "monk", "friar"))
# Tags of a word before it: "his RUNNING mate", "his LATE wife", "his ELDEST son".
MODIFIERS = frozenset(("VBG", "JJ", "JJR", "JJS", "NN"))
# Confidence of a relation that one person of the article has.
RELATED = 0.85
# The same of a relation of which a person can have several.
ONE_OF_KIN = 0.6


def owned_nouns(doc: Document, m: LinkedMention) -> Iterator[tuple[int, int]]:
    """Yield the nouns for a person that have an owner, each with the token of the owner: "HIS WIFE, Ana", "Ana, HIS
    running MATE", "chose Ana as HIS running MATE"."""
    before = m.first - 1 - (m.first > 1 and doc.words[m.first - 1] == ",")
    after = range(m.last + 2, min(len(doc), m.last + 5)) if doc.words[m.last : m.last + 1] == (",",) else range(0)
    head = doc.head_of(range(m.first, m.last))
    verb = doc.head[head] if doc.dep[head] == "dobj" else head
    chosen = [doc.child(c, "pobj") or 0 for c in doc.children[verb] if doc.lower[c] == "as" and c > head]
    for noun in (before, *after, *chosen):
        owner = noun - 1 - (noun > 1 and doc.tag[noun - 1] in MODIFIERS)
        if owner >= 0 and doc.tag[owner] in ("PRP$", "POS") and doc.tag[noun] == "NN":
            yield noun, owner


def relations_of(doc: Document, names: Sequence[LinkedMention], pronouns: Mapping[int, str]) -> dict[str, set[int]]:
    """Return the persons of each relation in the article. `pronouns`: he or she of persons, as far as known."""
    found: dict[str, set[int]] = {}
    chains = {m.last: m.chain for m in names}
    others, over = _other_parents(doc), _is_over(doc)
    for m in names:
        for noun, owner in owned_nouns(doc, m):
            relation = doc.folded[noun]
            if relation in SINGLE or relation in KIN:
                found.setdefault(relation, set()).add(m.chain)
            parent = chains.get(owner) if relation in CHILDREN else None
            kin = PARENTS.get(pronouns.get(parent, "")) if parent is not None else None
            if parent is not None and kin is not None and kin not in others:
                # "Lume's daughter, Ida": Lume is her mother.
                found.setdefault(kin, set()).add(parent)
        if (spouse := SPOUSES.get(pronouns.get(m.chain, ""))) and not over and _is_married(doc, m):
            found.setdefault(spouse, set()).add(m.chain)
    return found


def _other_parents(doc: Document) -> set[str]:
    """Return "mother" and "father" if the article has one who is described, not named by a child: "the driver, a
    MOTHER of two", "the priest", whom "the father" means."""
    found = {FATHER} if not PRIESTS.isdisjoint(doc.folded) else set()
    for token, word in enumerate(doc.folded):
        if word in PARENTS.values():
            indefinite = any(doc.lower[c] == "a" for c in doc.children[token])
            if indefinite or doc.dep[token] == "attr":
                found.add(word)
    return found


def _is_over(doc: Document) -> bool:
    """Whether the article tells of a second marriage, or of the end of one: "Ana married Jon. The couple SPLIT"."""
    weddings = sum(word in WEDDINGS for word in doc.folded)
    if not weddings:
        return False
    left = (doc.child(token, "dobj") for token, word in enumerate(doc.folded) if word == "left")
    return (
        weddings > 1
        or not END_OF_MARRIAGE.isdisjoint(doc.folded)
        or any(t is not None and doc.lower[t] in ("him", "her") for t in left)
    )


def _is_married(doc: Document, m: LinkedMention) -> bool:
    """Whether somebody married a person: "In 1958 she MARRIED Jon Lume"."""
    head = doc.head_of(range(m.first, m.last))
    return doc.dep[head] == "dobj" and doc.folded[doc.head[head]] in WEDDINGS


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose relatives an article names. `named`: the owners by relation, as names, "his" and "her" have shown them;
    `words`: "his" or "her" by relation; `pronouns`: the relation by the token of "his" or "her"."""

    named: dict[str, set[int]]
    words: dict[str, set[str]]
    pronouns: dict[int, str]

    def tell(self, token: int, word: str, owner: int | None) -> None:
        """Record the person whom "his" or "her" at a token means, if a relative is named beside it."""
        relation = self.pronouns.get(token)
        if relation is not None:
            self.words.setdefault(relation, set()).add(word)
            if owner is not None:
                self.named.setdefault(relation, set()).add(owner)

    def may_own(self, relation: str, word: str, owner: int | None) -> bool:
        """Whether `owner`, whom "his" or "her" means, can have that relative: no other owner is known."""
        named, words = self.named.get(relation, set()), self.words.get(relation, set())
        if relation in SINGLE and not named:
            return True
        if owner is None or not named:
            return owner != UNNAMED and (word in words or not words)
        return owner in named


def owners_of(doc: Document, names: Sequence[LinkedMention]) -> Owners:
    """Return who owns the relations of the article's persons, as far as names show it."""
    chains = {m.last: m.chain for m in names}
    owners = Owners({}, {}, {})
    for m in names:
        for noun, owner in owned_nouns(doc, m):
            if doc.tag[owner] == "PRP$":
                owners.pronouns[owner] = doc.folded[noun]
            elif owner in chains:
                owners.named.setdefault(doc.folded[noun], set()).add(chains[owner])
                for parent in PARENTS.values() if doc.folded[noun] in CHILDREN else ():
                    owners.named.setdefault(parent, set()).add(m.chain)
        if _is_married(doc, m):
            subject = doc.child(doc.head[doc.head_of(range(m.first, m.last))], *SUBJECTS)
            for spouse in SPOUSES.values() if subject is not None and subject + 1 in chains else ():
                owners.named.setdefault(spouse, set()).add(chains[(subject or 0) + 1])
    return owners


def related(
    doc: Document,
    i: int,
    held: bytearray,
    relations: Mapping[str, set[int]],
    may_own: Callable[[str], bool] = lambda _: True,
) -> LinkedMention | None:
    """Resolve "his wife" or "the wife", which begins at token `i`, to the only person of that relation; one of which a
    person can have several only if `may_own` allows it."""
    noun = next((k for k in range(i + 1, min(len(doc), i + 3)) if doc.folded[k] in relations), None)
    if noun is None or (noun == i + 2 and doc.tag[i + 1] not in MODIFIERS):
        return None
    chains = relations[doc.folded[noun]]
    # "her husband, now 93, said" has no name beside it.
    apposed = any(doc.dep[c] == "appos" and doc.tag[c] not in ("CD", "RB") for c in doc.children[noun])
    if len(chains) != 1 or any(held[i : noun + 1]) or apposed:
        return None
    if doc.dep[noun] == "compound" and doc.head[noun] > noun:
        # "his wife Ana"
        return None
    single = doc.folded[noun] in SINGLE
    if not may_own(doc.folded[noun]) or (not single and (doc.dep[noun] not in SUBJECTS or noun > i + 1)):
        # "The other son", "without her daughter"
        return None
    # "The mother" can be any child's.
    sure = single and not (doc.lower[i] == "the" and doc.folded[noun] in PARENTS.values())
    return person_mention(doc, i, noun + 1, next(iter(chains)), "description", RELATED if sure else ONE_OF_KIN)
