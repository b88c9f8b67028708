"""To whom, or through what, it was said: "told Sputnik", "in an interview with Interfax", "in a statement"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.quotes.attribution import Page
from pipeline.quotes.phrases import Phrase, phrase, subject
from pipeline.quotes.syntax import Tree
from pipeline.quotes.words import CALENDAR, MAKING, MEDIA, OUTLET_NOUNS, REMARKS, TALKS

HEARD = frozenset(
    ("tell", "told", "tells", "telling", "inform", "informed", "informs", "assured", "advised", "reminded")
)
# A name behind the kind of outlet ("the news agency ICANA") has no more tokens than this.
LONGEST_NAME = 3
# Prepositions that lead from a cue to its venue.
# A hearer stands within this many tokens of the cue.
FARTHEST = 14
LEADING = frozenset(("in", "on", "to", "during", "at", "with", "via", "through", "by", "from", "before", "after"))


def venue(tree: Tree, cue: int, cue_end: int) -> Phrase | None:
    """The venue on a cue: the one it was told to, else the talk, text or outlet behind a preposition."""
    if cue < 0:
        return None
    if tree.words[cue] in HEARD:
        hearer = tree.child(cue, "dative", "dobj")
        near = hearer is not None and cue < hearer <= cue_end + FARTHEST
        if hearer is not None and near and tree.noun(hearer) and not tree.tag(hearer).startswith(("PRP", "DT", "WP")):
            return _outlet(tree, hearer)
    for child in _prepositions(tree, cue):
        found = _through(tree, child)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Remarks:
    """A sentence that only tells where words were said: "X made the remarks in an interview with Y"."""

    at: int
    speaker: Phrase
    venue: Phrase


def remarks(page: Page) -> list[Remarks]:
    """Such sentences of the narrator's text, in text order."""
    tree = page.tree
    found = []
    for token, word in enumerate(tree.words):
        if word not in REMARKS or page.inside[token] or tree.dep(token) not in ("dobj", "nsubjpass"):
            continue
        verb = tree.head(token)
        if tree.words[verb] not in MAKING:
            continue
        who = subject(tree, verb)
        where = next((v for t in (verb, token) if (v := venue(tree, t, t)) is not None), None)
        if who is not None and where is not None:
            found.append(Remarks(tree.start(token), phrase(tree, who), where))
    return found


def _prepositions(tree: Tree, cue: int) -> Iterator[int]:
    """The prepositions on the cue, those on its object and on its speaker's other phrases too, nearest first."""
    for child in tree.children[cue]:
        if tree.dep(child) in ("prep", "dative") and tree.words[child] in LEADING:
            yield child
        elif tree.dep(child) in ("dobj", "npadvmod", "nsubj") and child > cue:
            for grandchild in tree.children[child]:
                if tree.dep(grandchild) == "prep" and tree.words[grandchild] in LEADING:
                    yield grandchild


def _through(tree: Tree, preposition: int) -> Phrase | None:
    """The medium behind a preposition: the outlet of a talk where it is named, else the talk or text itself."""
    inner = tree.child(preposition, "pobj")
    if inner is None:
        return None
    word = tree.words[inner]
    if word in TALKS:
        for child in tree.children[inner]:
            if tree.dep(child) == "prep" and tree.words[child] in ("with", "to", "on", "for", "by"):
                outlet = tree.child(child, "pobj")
                if outlet is not None:
                    return _outlet(tree, outlet)
        for child in tree.children[inner]:
            if tree.dep(child) in ("compound", "poss") and tree.tag(child).startswith("NNP"):
                return phrase(tree, child)
        return _outlet(tree, inner)
    if word in MEDIA:
        return _outlet(tree, inner)
    if tree.words[preposition] in ("to", "on", "via", "through") and (
        tree.tag(inner).startswith("NNP") or word in OUTLET_NOUNS
    ):
        return None if word in CALENDAR else _outlet(tree, inner)
    return None


def _outlet(tree: Tree, head: int) -> Phrase:
    """The phrase with the name behind it ("the news agency ICANA") and without what hangs on it ("on Monday")."""
    found = phrase(tree, head)
    last = found.last
    for child in tree.children[head]:
        if child > head and tree.dep(child) == "prep" and tree.words[child] != "of":
            last = min(last, child - 1)
        if child == last + 1 and tree.dep(child) == "appos" and tree.tag(child).startswith("NNP"):
            last = tree.right[child] if tree.right[child] - child <= 3 else child
    last = max(last, head)
    # "the news agency ICANA": the name goes on with capitals, whatever the tagger takes them for.
    for _ in range(LONGEST_NAME):
        follows = last + 1 < len(tree) and tree.text[tree.start(last + 1)].isupper()
        if follows and tree.words[last + 1] not in CALENDAR and tree.start(last + 1) - tree.end(last) == 1:
            last += 1
    return Phrase(found.first, last, head)
