"""Names that their own words give away.

Belongs here: laws and resolutions, government bodies, names of the reference data, acronyms in brackets, datelines.
Does not belong here: the model's names (spans), which of two readings wins (names).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.mentions.chains import in_order, is_acronym
from pipeline.mentions.spans import CONNECTING, Name, capital, named
from pipeline.mentions.tokens import Tokens
from pipeline.mentions.words import GOVERNING, LAW_HEADS, OWNED_HEADS
from pipeline.reference import MOST_WORDS, Reference, key

POSSESSIVES = frozenset({"'s", "’s", "'", "’"})
DASHES = frozenset({"–", "—", "-", "--", "―"})
_RESOLUTION_NUMBER = re.compile(r"[1-9]\d{0,3}")


def resolutions(tokens: Tokens) -> Iterator[Name]:
    """ "(UN) (Security Council) Resolution (UNSCR) 2231", "UNSCR 1929", "Resolution 2231"."""
    words = tokens.words
    for i, word in enumerate(words):
        if not _RESOLUTION_NUMBER.fullmatch(word) or i == 0:
            continue
        first = i
        if first > 1 and words[first - 1] in ("No.", "no.", "No", "number"):
            first -= 1
        if first > 3 and words[first - 1] == ")" and words[first - 3] == "(" and words[first - 2].isupper():
            first -= 3
        head = words[first - 1]
        if head in ("UNSCR", "UNGAR"):
            yield named(tokens, first - 1, i + 1, "LAW")
        elif head in ("Resolution", "Resolutions") or (head in ("resolution", "resolutions") and len(word) > 2):
            yield named(tokens, _body_before(words, first - 1), i + 1, "LAW")


def _body_before(words: Sequence[str], first: int) -> int:
    """Where the body that passed a resolution starts, if it stands before token `first`."""
    if tuple(words[max(0, first - 2) : first]) in (("Security", "Council"), ("General", "Assembly")):
        first -= 2
    if first >= 1 and words[first - 1] in ("UN", "U.N."):
        return first - 1
    return first - 2 if tuple(words[max(0, first - 2) : first]) == ("United", "Nations") else first


def laws(tokens: Tokens) -> Iterator[Name]:
    """A run of capitalised words that ends in a law's head word: "the Clean Water Act"."""
    for i, word in enumerate(tokens.words):
        if word in LAW_HEADS and tokens.parse.tag[i].startswith("NNP"):
            first = _run_start(tokens, i)
            if first < i:
                yield named(tokens, first, i + 1, "LAW")


def _run_start(tokens: Tokens, i: int) -> int:
    """The first token of the run of capitalised words that ends before token i, with "of" and the like inside."""
    first = j = i
    words = tokens.words
    while j > 0 and i - j < MOST_WORDS and tokens.sentence[j - 1] == tokens.sentence[i]:
        j -= 1
        if capital(words[j]) and words[j] not in ("The", "A", "This"):
            first = j
        elif not (words[j] in CONNECTING or re.fullmatch(r"\d(?:\.\d)?", words[j])):
            break
    return first


def owned_bodies(tokens: Tokens, known: Reference) -> Iterator[Name]:
    """A country's ministry or parliament, with its country: "Iran's Foreign Ministry", "the Russian Defense Ministry";
    "Parliament" alone too."""
    words = tokens.words
    for i, word in enumerate(words):
        if word not in OWNED_HEADS or i == 0:
            continue
        first = i
        while first > 0 and i - first < 4 and words[first - 1][:1].isupper() and words[first - 1][1:].islower():
            if tokens.sentence[first - 1] != tokens.sentence[i] or known.country_of(words[first - 1]):
                break
            first -= 1
        owner = first - 1
        if owner >= 1 and words[owner] in POSSESSIVES:
            owner -= 1
        if owner >= 0 and known.country_of(words[owner]) and tokens.sentence[owner] == tokens.sentence[i]:
            yield named(tokens, owner, i + 1, "ORG")
        elif first < i or word == "Parliament":
            yield named(tokens, first, i + 1, "ORG")


def of_reference(tokens: Tokens, known: Reference) -> Iterator[Name]:
    """Names of the reference data and demonyms: the longest at each word, capitalised as names are."""
    words, text = tokens.words, tokens.text
    i = 0
    while i < len(words):
        size = known.sizes.get(key(words[i]).casefold(), 0) if capital(words[i]) else 0
        # Hyphens, dots and possessives are tokens of their own.
        longest = min(MOST_WORDS, 2 * size)
        for last in range(min(len(words), i + longest), i, -1):
            start, end = tokens.parse.start[i], tokens.parse.end[last - 1]
            if words[last - 1] in POSSESSIVES or not any(ch.isalnum() for ch in words[last - 1]):
                continue
            entry = known.known(text[start:end])
            label = entry.label if entry else "NORP" if known.country_of(text[start:end]) else None
            if label and _written(text[start:end]) and tokens.sentence[i] == tokens.sentence[last - 1]:
                yield Name(start, end, i, last, label)
                i = last
                break
        else:
            i += 1


def _written(name: str) -> bool:
    """Whether the words are capitalised as a name is: "Security Council", not "Security council"."""
    words = re.split(r"[ -]", name)
    return "\n" not in name and all(capital(w) or w in CONNECTING or not w[:1].isalpha() for w in words if w)


def widened(tokens: Tokens, names: Sequence[Name]) -> list[Name]:
    """Names that the small word after them makes another: "the Trump administration" is a body, "the United Nations'
    charter" a law."""
    out = []
    words = tokens.words
    for name in names:
        last = name.last
        if name.label in ("PERSON", "ORG") and words[last : last + 1] and words[last] in GOVERNING:
            name = named(tokens, name.first, last + 1, "ORG")
        elif name.label == "ORG" and words[last + 1 : last + 2] == ("charter",) and words[last] in POSSESSIVES:
            name = named(tokens, name.first, last + 2, "LAW")
        out.append(name)
    return out


def bracketed(tokens: Tokens, names: Sequence[Name]) -> Iterator[Name]:
    """The acronym in brackets right after the name that it stands for."""
    words = tokens.words
    for name in names:
        opening = name.last + (1 if words[name.last : name.last + 1] and words[name.last] in POSSESSIVES else 0)
        if words[opening : opening + 1] != ("(",) or words[opening + 2 : opening + 3] not in ((")",), (";",), (",",)):
            continue
        short = words[opening + 1]
        long = tokens.text[name.start : name.end]
        if name.label not in ("PERSON", "GPE", "NORP") and is_acronym(short) and in_order(short, long):
            yield named(tokens, opening + 1, opening + 2, name.label)


def datelines(tokens: Tokens, known: Reference) -> Iterator[Name]:
    """The place in capitals that opens a report: "TEHRAN – ", "LONDON (Reuters) -", "CHICO, Calif. -". Alone before
    the dash it must be a capital or a state."""
    words = tokens.words
    for i, word in enumerate(words[:-1]):
        if not (word.isupper() and len(word) > 2) or (i and tokens.sentence[i - 1] == tokens.sentence[i]):
            continue
        last = i + 1
        while last < len(tokens) - 1 and last - i < 4 and words[last].isupper() and words[last].isalpha():
            last += 1
        place = key(" ".join(words[i:last]))
        followed = words[last] in ("(", ",") and not DASHES.isdisjoint(words[last + 1 : last + 8])
        if followed or (words[last] in DASHES and (place in known.capitals or place in known.regions)):
            yield named(tokens, i, last, "GPE")
