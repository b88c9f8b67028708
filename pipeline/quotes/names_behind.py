"""Names right behind the noun or body that heads a speaker's phrase; the campaign of "his campaign"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions import Mention
from pipeline.mentions.antecedents import ResolvedChain
from pipeline.mentions.words import person_nouns
from pipeline.quotes.phrases import FINITE, Phrase

# Most words of a title before a name.
MAX_TITLE = 5
# Most names and pronouns before "his campaign" among which its owner is.
MAX_MENTIONS = 20
_PRONOUNS = {"his": "he", "her": "she"}
_BODY_NOUNS = listed("statement_words.tsv", "led back")


def officer(doc: Document, named_at: Callable[[int], Sequence[Mention]], body: Mention) -> Mention | None:
    """Return the person whose name, behind a title in small letters, is right behind a body's name that the parser
    takes for the subject: "Norfolk for All executive director Ana Lume said"."""
    first = at = doc.tokens(body.start, body.end).stop
    while at < len(doc) and at - first < MAX_TITLE and doc.tag[at] in ("NN", "JJ") and doc.words[at].islower():
        at += 1
    held = named_at(at) if first < at < len(doc) and doc.lower[at - 1] in person_nouns() else ()
    return next((m for m in held if m.label == "PERSON" and m.start == doc.start[at]), None)


def body(doc: Document, named_at: Callable[[int], Sequence[Mention]], phrase: Phrase) -> Mention | None:
    """Return the body whose name is right behind a noun for bodies: "the charity the Norfolk League"."""
    after = phrase.head + 1
    if doc.lower[phrase.head] not in _BODY_NOUNS or doc.tag[phrase.head] != "NN":
        return None
    after += doc.lower[after : after + 1] == ("the",)
    held = named_at(after) if after < len(doc) else ()
    found = next((m for m in held if m.label == "ORG" and m.start == doc.start[after]), None)
    behind = len(doc) if found is None else doc.tokens(found.start, found.end).stop
    # "The company Norfolk Rail hired said": the other company
    hires = behind < len(doc) and doc.dep[behind] in ("acl", "relcl") and doc.tag[behind] in FINITE
    return None if hires else found


def campaign(
    doc: Document,
    near: Sequence[Mention],
    names: Sequence[tuple[tuple[str, ...], int]],
    pronouns: Mapping[int, str],
    owner: int,
) -> ResolvedChain | None:
    """Return the campaign or office that the article names with the person who is the last one before "his" or "her"
    and who is he or she elsewhere: "Lume stayed away. His campaign said".

    `near`: the last mentions that begin before the possessive pronoun `owner`; `names` and `pronouns`: names and
    pronouns by chain.
    """
    noun = doc.lower[doc.head[owner]]
    last = next((m for m in reversed(near) if m.label == "PERSON"), None)
    if last is None or doc.sentence_at(last.start) < doc.sentence_of[owner] - 1:
        return None
    surnames = {words[-1] for words, chain in names if chain == last.chain}
    owners = surnames | {f"{name}'s" for name in surnames} | {f"{name}’s" for name in surnames}
    found = {chain for words, chain in names if words[-1] == noun and not owners.isdisjoint(words[:-1])}
    known = pronouns.get(last.chain) == _PRONOUNS.get(doc.lower[owner], "")
    return ResolvedChain(found.pop(), last.confidence) if known and len(found) == 1 else None
