"""Link the names of one article that name the same thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.person_linking import Identity, identity, link_person_names
from pipeline.mentions.spans import PLACES, Name
from pipeline.mentions.words import BODY_HEADS, OF_PERSONS, government_verbs
from pipeline.reference import MAX_WORDS, SMALL, Reference, key, sorted_words_key

# Last words of longer names that mean something else alone: "House" is not the White House.
NO_SHORT_FORM = listed("general_words.tsv", "not alone")
# Confidence of a surname that fits several persons of the article.
SEVERAL = 0.5
# States that share a name with a city in them.
STATES_LIKE_CITIES = listed("ambiguous_names.tsv", "state like a city")
_HEADS = frozenset(word.casefold() for word in BODY_HEADS)
# First words of a part of a long name that can replace it: "Supreme Court".
_GENERIC = listed("general_words.tsv", "body")


@dataclass(frozen=True, slots=True)
class LinkedMention:
    """A mention, its chain (any number that the chain's mentions share), and the confidence in it."""

    start: int
    end: int
    first: int
    last: int
    label: str
    chain: int
    resolution: str
    confidence: float = 1.0


def person_mention(
    doc: Document, first: int, last: int, chain: int, resolution: str = "description", confidence: float = 1.0
) -> LinkedMention:
    """Return a mention of a person, the tokens [first, last)."""
    return LinkedMention(doc.start[first], doc.end[last - 1], first, last, "PERSON", chain, resolution, confidence)


def link(doc: Document, names: Sequence[Name], reference_data: Reference) -> list[LinkedMention]:
    """Return the names in text order, each with its chain."""
    texts = [doc.text[n.start : n.end] for n in names]
    identities = [_identity(text, n.label, reference_data) for text, n in zip(texts, names, strict=True)]
    for i, country in _resolve_divided_countries(texts, identities, names):
        identities[i] = country
    for i, country in _capitals(doc, names, texts, identities, reference_data):
        identities[i] = country
    unsure = link_person_names(doc, names, texts, identities)
    for i, apart in _places_apart(doc, names, identities):
        identities[i] = apart
    groups = _Groups(identities)
    _join_bracketed(doc, names, texts, identities, groups)
    _join_bodies(names, texts, identities, groups)
    return _resolved(names, texts, [groups.of(identity) for identity in identities], unsure, reference_data)


def _identity(text: str, label: str, reference_data: Reference) -> Identity:
    """Return the identity that the name alone gives."""
    if label == "NORP":
        code = reference_data.country_of(text)
        return ("country", code) if code else ("NORP", _singular(key(text)))
    entry = reference_data.known(text)
    if label == "ORG" and (team := reference_data.country_of(text)):
        # "Belgium" and "the Belgians" as teams (mentions.names).
        return "team", reference_data.countries[team].name
    if label == "ORG" and entry is not None and entry.label == "GPE":
        return "team", entry.name
    if entry is not None and entry.label == label:
        if entry.country and entry == reference_data.countries.get(entry.country):
            return "country", entry.country
        return "known", f"{entry.label} {entry.name}"
    if label == "PERSON":
        return identity(text)
    if label == "ORG" and len(words := text.split()) > 1 and words[-1] in OF_PERSONS:
        # "Clinton campaign", "Hillary Clinton's campaign", "Clinton's camp"
        kind = "campaign" if words[-1] == "camp" else words[-1]
        return label, key(f"{words[-2].removesuffix("'s").removesuffix('’s')} {kind}")
    if label == "LAW" and (number := resolution_number(text)):
        return "resolution", number
    return "place" if label in PLACES else label, key(text)


def resolution_number(text: str) -> str | None:
    """Return the number of a resolution: "2231" of "UNSCR 2231"."""
    words = key(text).split(" ")
    if len(words) > 1 and words[-1].isdigit() and {"resolution", "resolutions", "unscr"} & set(words):
        return words[-1]
    return None


def _singular(spelling: str) -> str:
    return spelling[:-1] if spelling.endswith("s") and not spelling.endswith("ss") else spelling


def _places_apart(doc: Document, names: Sequence[Name], identities: Sequence[Identity]) -> list[tuple[int, Identity]]:
    """Return separate identities for a state with the name of a city, behind a place in it ("Saratoga Springs, New
    York"), and for universities of one name in several towns ("University of North Carolina at Chapel Hill")."""
    found: list[tuple[int, Identity]] = []
    towns: defaultdict[Identity, dict[int, str]] = defaultdict(dict)
    for i, (before, name) in enumerate(pairwise(names)):
        who, there = identities[i], identities[i + 1]
        if before.label in PLACES and there[1] in STATES_LIKE_CITIES and name.start - before.end == len(", "):
            found.append((i + 1, (there[0], f"{there[1]} state")))
        elif (
            name.label in PLACES
            and who[0] == "ORG"
            and who[1].startswith("university of ")
            and doc.folded[before.last : name.first] == ("at",)
        ):
            towns[who][i] = there[1]
    for who, at in towns.items():
        if len(set(at.values())) > 1:
            found += [(i, ("ORG", f"{who[1]} at {town}")) for i, town in at.items()]
    return found


def _resolve_divided_countries(
    texts: Sequence[str], identities: Sequence[Identity], names: Sequence[Name]
) -> list[tuple[int, Identity]]:
    """Resolve "the North" to North Korea if the article names that."""
    named = {key(text): who for text, who in zip(texts, identities, strict=True) if who[0] == "country"}
    halves = {half: named[f"{half} korea"] for half in ("north", "south") if f"{half} korea" in named}
    return [
        (i, halves[key(text)])
        for i, text in enumerate(texts)
        if halves and names[i].label in ("GPE", "LOC", "ORG") and key(text) in halves
    ]


@lru_cache(maxsize=65536)
def is_acronym(text: str) -> bool:
    """Whether a text has two to eight letters, all but at most one of them capitals (two at least), and no blank."""
    letters = [ch for ch in text if ch.isalpha()]
    capitals = sum(ch.isupper() for ch in letters)
    return 2 <= len(letters) <= 8 and " " not in text and capitals >= max(2, len(letters) - 1)


def in_order(acronym: str, name: str) -> bool:
    """Whether the acronym's letters occur in the name in order, the first at its start. Enough beside brackets."""
    wanted = "".join(ch for ch in acronym if ch.isalpha()).casefold()
    letters = iter(key(name))
    return bool(wanted) and key(name)[:1] == wanted[:1] and all(ch in letters for ch in wanted)


class _Groups:
    """Identities joined into groups: union-find in which the earlier identity is the root."""

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._number: dict[Identity, int] = {}
        for who in identities:
            self._number.setdefault(who, len(self._number))
        self._lead = list(range(len(self._number)))

    def of(self, who: Identity) -> int:
        i = self._number[who]
        while self._lead[i] != i:
            self._lead[i] = self._lead[self._lead[i]]
            i = self._lead[i]
        return i

    def join(self, a: Identity, b: Identity) -> None:
        low, high = sorted((self.of(a), self.of(b)))
        self._lead[high] = low


def _capitals(
    doc: Document,
    names: Sequence[Name],
    texts: Sequence[str],
    identities: Sequence[Identity],
    reference_data: Reference,
) -> list[tuple[int, Identity]]:
    """Resolve capitals that want or say something to their country, if the article names the country too."""
    spoken_of = {code for kind, code in identities if kind == "country"}
    found = []
    for i, (name, text) in enumerate(zip(names, texts, strict=True)):
        code = reference_data.capitals.get(key(text))
        if code not in spoken_of or name.label not in PLACES or identities[i][0] == "country":
            continue
        token = doc.head_of(range(name.first, name.last))
        verb = doc.head[token]
        if doc.dep[token] == "nsubj" and doc.words[verb].casefold() in government_verbs():
            found.append((i, ("country", code)))
    return found


def _join_bracketed(
    doc: Document, names: Sequence[Name], texts: Sequence[str], identities: Sequence[Identity], groups: _Groups
) -> None:
    """Join "Long Name (LN)" and "LN (Long Name)"."""
    for i in range(len(names) - 1):
        a, b = names[i], names[i + 1]
        between = doc.text[a.end : b.start].strip().removeprefix("'s").removeprefix("’s").strip()
        if between.strip('"“ ') != "(" or doc.text[b.end : b.end + 2].strip('"” ')[:1] != ")":
            continue
        if "PERSON" in (a.label, b.label):
            continue
        short, long = (texts[i + 1], texts[i]) if is_acronym(texts[i + 1]) else (texts[i], texts[i + 1])
        if is_acronym(short) and in_order(short, long):
            groups.join(identities[i], identities[i + 1])


def _join_bodies(names: Sequence[Name], texts: Sequence[str], identities: Sequence[Identity], groups: _Groups) -> None:
    """Join bodies and laws: initials of one long name, its first or last words, the same words in another order. A
    name that fits two long names is not joined."""
    long: dict[Identity, str] = {}
    for name, text, who in zip(names, texts, identities, strict=True):
        if name.label in ("ORG", "LAW") and " " in text:
            long.setdefault(who, text)
    short: defaultdict[str, set[Identity]] = defaultdict(set)
    inside: defaultdict[str, set[Identity]] = defaultdict(set)
    bags: defaultdict[tuple[str, ...], set[Identity]] = defaultdict(set)
    for who, text in long.items():
        words = key(text).split(" ")[:MAX_WORDS]
        content = [word for word in words if word not in SMALL]
        initials = {"".join(word[0] for word in words if word), "".join(word[0] for word in content)}
        cuts = {" ".join(words[n:]) for n in range(1, len(words))} - NO_SHORT_FORM
        if sum(word in _HEADS for word in words) < 2:
            # "Columbia" is not the School of Journalism of Columbia University.
            cuts |= {" ".join(words[:n]) for n in range(1, len(words))}
        for spelling in cuts:
            short[spelling].add(who)
        for start in range(1, len(words) - 2):
            for end in range(start + 2, len(words) if words[start] in _GENERIC else 0):
                if words[end - 1] in _HEADS:
                    inside[" ".join(words[start:end])].add(who)
        for letters in initials:
            short["=" + letters].add(who)
        if len(content) > 2 and who[1] == key(text):
            # In another order, or in the plural: "New People's Party", "New People Party".
            bags[tuple(sorted(map(_singular, sorted_words_key(key(text)))))].add(who)
    for same in bags.values():
        first, *rest = sorted(same)
        for other in rest:
            groups.join(first, other)
    for name, text, who in zip(names, texts, identities, strict=True):
        if name.label not in ("ORG", "LAW", "PRODUCT", "GPE", "WORK_OF_ART") or who[0] in ("country", "known"):
            continue
        spelling = key(text)
        fits = short.get("=" + spelling.casefold(), set()) if is_acronym(text) else set()
        if not fits and name.label in ("ORG", "LAW"):
            fits = short.get(spelling, set())
        if not fits and name.label == "ORG" and " " in spelling:
            # "Supreme Court" of the "Italian Supreme Court of Cassation".
            fits = inside.get(spelling, set())
        if len({groups.of(fit) for fit in fits}) == 1:
            groups.join(who, min(fits))


def _resolved(
    names: Sequence[Name],
    texts: Sequence[str],
    chains: Sequence[int],
    unsure: AbstractSet[int],
    reference_data: Reference,
) -> list[LinkedMention]:
    """Set `resolution`: a chain's first spelling is its name, another an acronym or an alias; a demonym always one."""
    first: dict[int, str] = {}
    out = []
    for i, (name, text, chain) in enumerate(zip(names, texts, chains, strict=True)):
        spelling = key(text)
        if name.label == "NORP" and reference_data.country_of(text):
            resolution = "demonym"
        elif first.setdefault(chain, spelling) == spelling:
            resolution = "name"
        else:
            resolution = "acronym" if is_acronym(text) else "alias"
        sure = SEVERAL if i in unsure else 1.0
        out.append(LinkedMention(name.start, name.end, name.first, name.last, name.label, chain, resolution, sure))
    return out
