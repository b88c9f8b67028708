"""Names of one article that name the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.spans import PLACES, Name
from pipeline.mentions.words import BODY_HEADS, OFFICES, PRONOUNS_OF, first_names, government_verbs
from pipeline.reference import MOST_WORDS, SMALL, Reference, bag, key

# Of people who share a name, so many are looked at.
MOST_NAMESAKES = 8
SUFFIXES = listed("name_words.tsv", "suffix")

# Letters in which spellings of one foreign name differ.
SOFT = frozenset("aeiouyh")
# Last words of longer names that mean something else by themselves: "House" is not the White House.
NO_SHORT_FORM = listed("general_words.tsv", "not alone")
_HEADS = frozenset(word.casefold() for word in BODY_HEADS)

# What names of one thing share: a kind, and a key of that kind.
type Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Linked:
    """A mention led to a chain (any number that its chain shares)."""

    start: int
    end: int
    first: int
    last: int
    label: str
    chain: int
    resolution: str


def link(doc: Document, names: Sequence[Name], known: Reference) -> list[Linked]:
    """The names in text order, each with its chain."""
    texts = [doc.text[n.start : n.end] for n in names]
    identities = [_identity(text, n.label, known) for text, n in zip(texts, names, strict=True)]
    for i, country in _capitals(doc, names, texts, identities, known):
        identities[i] = country
    _part_namesakes(texts, identities)
    _lead_surnames(doc, names, texts, identities)
    groups = _Groups(identities)
    _join_bracketed(doc, names, texts, identities, groups)
    _join_bodies(names, texts, identities, groups)
    _join_spellings(identities, groups)
    return _resolved(names, texts, [groups.of(identity) for identity in identities], known)


def _identity(text: str, label: str, known: Reference) -> Identity:
    """What the name alone says of whom it names."""
    if label == "NORP":
        code = known.country_of(text)
        return ("country", code) if code else ("NORP", _singular(key(text)))
    entry = known.known(text)
    if label == "ORG" and entry is not None and entry.label == "GPE":
        return "team", entry.name
    if entry is not None and entry.label == label:
        if entry.country and entry == known.countries.get(entry.country):
            return "country", entry.country
        return "known", f"{entry.label} {entry.name}"
    if label == "PERSON":
        return label, " ".join(ends(text))
    if label == "LAW" and (number := resolution_number(text)):
        return "resolution", number
    return "place" if label in PLACES else label, key(text)


def resolution_number(text: str) -> str | None:
    """The number of a resolution: "2231" of "UNSCR 2231"."""
    words = key(text).split(" ")
    if len(words) > 1 and words[-1].isdigit() and {"resolution", "resolutions", "unscr"} & set(words):
        return words[-1]
    return None


def _singular(spelling: str) -> str:
    return spelling[:-1] if spelling.endswith("s") and not spelling.endswith("ss") else spelling


@lru_cache(maxsize=65536)
def ends(text: str) -> tuple[str, ...]:
    """First and last word of a person's name, keyed; suffixes and middle names left out."""
    words = [word for word in key(text).split(" ") if word and word not in SUFFIXES]
    return tuple(words) if len(words) < 3 else (words[0], words[-1])


@lru_cache(maxsize=65536)
def is_acronym(text: str) -> bool:
    """Two to eight letters without a blank, all but one of them capitals at least."""
    letters = [ch for ch in text if ch.isalpha()]
    capitals = sum(ch.isupper() for ch in letters)
    return 2 <= len(letters) <= 8 and " " not in text and capitals >= max(2, len(letters) - 1)


def in_order(acronym: str, name: str) -> bool:
    """Whether the letters stand in the name in their order, the first at its start: enough beside brackets."""
    wanted = "".join(ch for ch in acronym if ch.isalpha()).casefold()
    letters = iter(key(name))
    return bool(wanted) and key(name)[:1] == wanted[:1] and all(ch in letters for ch in wanted)


class _Groups:
    """Identities joined into groups: union-find in which the earlier identity leads."""

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._number: dict[Identity, int] = {}
        for identity in identities:
            self._number.setdefault(identity, len(self._number))
        self._lead = list(range(len(self._number)))

    def of(self, identity: Identity) -> int:
        i = self._number[identity]
        while self._lead[i] != i:
            self._lead[i] = self._lead[self._lead[i]]
            i = self._lead[i]
        return i

    def join(self, a: Identity, b: Identity) -> None:
        low, high = sorted((self.of(a), self.of(b)))
        self._lead[high] = low


def _capitals(
    doc: Document, names: Sequence[Name], texts: Sequence[str], identities: Sequence[Identity], known: Reference
) -> list[tuple[int, Identity]]:
    """Capitals that want or say something stand for their country, where the article speaks of that country too."""
    spoken_of = {code for kind, code in identities if kind == "country"}
    found = []
    for i, (name, text) in enumerate(zip(names, texts, strict=True)):
        code = known.capitals.get(key(text))
        if code not in spoken_of or name.label not in PLACES or identities[i][0] == "country":
            continue
        token = doc.head_of(range(name.first, name.last))
        verb = doc.head[token]
        if doc.dep[token] == "nsubj" and doc.words[verb].casefold() in government_verbs():
            found.append((i, ("country", code)))
    return found


@lru_cache(maxsize=65536)
def middle(text: str) -> str:
    """What stands between first and last word of a person's name, keyed: "hw" of "George H.W. Bush"."""
    words = [word for word in key(text).split(" ") if word and word not in SUFFIXES]
    return "".join(words[1:-1])


def compatible(a: str, b: str) -> bool:
    """Whether two middle names may be one person's: one is missing, or starts the other, or is spelled like it."""
    return a.startswith(b) or b.startswith(a) or near(a, b)


def _part_namesakes(texts: Sequence[str], identities: list[Identity]) -> None:
    """Full names that have different middle names are different people; one without goes to the first of them."""
    middles: defaultdict[Identity, dict[str, None]] = defaultdict(dict)
    for text, identity in zip(texts, identities, strict=True):
        if identity[0] == "PERSON" and (between := middle(text)):
            middles[identity][between] = None
    for identity, found in middles.items():
        kinds: list[str] = []
        for between in islice(found, MOST_NAMESAKES):
            if not any(compatible(between, kind) for kind in kinds):
                kinds.append(between)
        for i, text in enumerate(texts if len(kinds) > 1 else ()):
            if identities[i] == identity and (between := middle(text)):
                kind = next((k for k in kinds if compatible(between, k)), kinds[0])
                if kind != kinds[0]:
                    identities[i] = ("PERSON", f"{identity[1]} {kind}")


def gender(word: str) -> str | None:
    """ "he" or "she", as a title or a given name says."""
    word = word.casefold().rstrip(".")
    return PRONOUNS_OF.get(word) or first_names("mentions").get(word)


def _lead_surnames(doc: Document, names: Sequence[Name], texts: Sequence[str], identities: list[Identity]) -> None:
    """Persons named by one word follow the full name of which it is the last word, else the first, else one between.
    Of several people it is the one whose full name stands most often, then the one named first: whoever else has the
    name is given in full. "Mrs." and the like exclude some."""
    persons = [i for i, name in enumerate(names) if name.label == "PERSON"]
    bearers: list[defaultdict[str, Counter[Identity]]] = [defaultdict(Counter) for _ in range(3)]
    genders: dict[Identity, str | None] = {}
    held: defaultdict[Identity, set[str]] = defaultdict(set)
    for i in persons:
        if len(ends(texts[i])) == 2:
            held[identities[i]] |= _offices_before(doc, names[i])
            genders.setdefault(identities[i], gender(texts[i].split()[0]))
            for found, words in zip(bearers, _ranked_words(texts[i]), strict=True):
                for word in words:
                    found[word][identities[i]] += 1
    for i in persons:
        word = key(texts[i])
        if len(ends(texts[i])) == 2:
            continue
        title = gender(doc.words[names[i].first - 1]) if names[i].first else None
        office = _offices_before(doc, names[i])
        for found in bearers:
            # Counter.most_common keeps the order of first mention among equals.
            nearest = found[word].most_common(MOST_NAMESAKES) if word in found else []
            fits = [who for who, _ in nearest if not title or genders[who] in (None, title)]
            # "Secretary Clinton" is not the former president of that name.
            if office and len(fits) > 1:
                fits = [who for who in fits if held[who] & office] or [who for who in fits if not held[who]] or fits
            if fits:
                identities[i] = fits[0]
                break


def _offices_before(doc: Document, name: Name) -> set[str]:
    """The office right before a name: {"president"} of "former President X"."""
    word = doc.words[name.first - 1].casefold().rstrip(".") if name.first else ""
    return {word} if word in OFFICES else set()


def _ranked_words(text: str) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """The last word of a full name, the first, those between."""
    words = [word for word in key(text).split(" ") if word not in SUFFIXES][:MOST_WORDS]
    return words[-1:], words[:1], [word for word in words[1:-1] if len(word) > 2]


def _join_bracketed(
    doc: Document, names: Sequence[Name], texts: Sequence[str], identities: Sequence[Identity], groups: _Groups
) -> None:
    """ "Long Name (LN)" and "LN (Long Name)"."""
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
    """Bodies and laws: initials of one long name, one long name shortened to its first or last words, the same words
    in another order. What fits two long names stays apart."""
    long: dict[Identity, str] = {}
    for name, text, identity in zip(names, texts, identities, strict=True):
        if name.label in ("ORG", "LAW") and " " in text:
            long.setdefault(identity, text)
    short: defaultdict[str, set[Identity]] = defaultdict(set)
    bags: defaultdict[tuple[str, ...], set[Identity]] = defaultdict(set)
    for identity, text in long.items():
        words = key(text).split(" ")[:MOST_WORDS]
        content = [word for word in words if word not in SMALL]
        initials = {"".join(word[0] for word in words if word), "".join(word[0] for word in content)}
        cuts = {" ".join(words[n:]) for n in range(1, len(words))} - NO_SHORT_FORM
        if sum(word in _HEADS for word in words) < 2:
            # "Columbia" is not the School of Journalism of Columbia University.
            cuts |= {" ".join(words[:n]) for n in range(1, len(words))}
        for spelling in cuts:
            short[spelling].add(identity)
        for letters in initials:
            short["=" + letters].add(identity)
        if len(content) > 2:
            bags[bag(key(text))].add(identity)
    for name, text, identity in zip(names, texts, identities, strict=True):
        if name.label not in ("ORG", "LAW", "PRODUCT", "GPE", "WORK_OF_ART") or identity[0] in ("country", "known"):
            continue
        spelling = key(text)
        fits = short.get("=" + spelling.casefold(), set()) if is_acronym(text) else set()
        if not fits and name.label in ("ORG", "LAW"):
            fits = short.get(spelling, set())
        if len({groups.of(fit) for fit in fits}) == 1:
            groups.join(identity, min(fits))
    for same in bags.values():
        first, *rest = sorted(same)
        for other in rest:
            groups.join(first, other)


def _join_spellings(identities: Sequence[Identity], groups: _Groups) -> None:
    """Persons of one surname whose first names differ by one letter ("Sergey", "Sergei")."""
    by_surname: defaultdict[str, set[str]] = defaultdict(set)
    for kind, spelling in identities:
        if kind == "PERSON" and spelling.count(" ") == 1:
            first, surname = spelling.split(" ", 1)
            by_surname[surname].add(first)
    for surname, found in by_surname.items():
        firsts = sorted(found)[:50]
        for i, a in enumerate(firsts):
            for b in firsts[i + 1 :]:
                if near(a, b):
                    groups.join(("PERSON", f"{a} {surname}"), ("PERSON", f"{b} {surname}"))


def near(a: str, b: str) -> bool:
    """Whether two names of five letters or more may be one in other letters: they differ inside by one vowel or h,
    put in, left out or changed, at the end by i and y, or by a letter that stands twice. "Ivana" and "Ivanka", "Mario"
    and "Maria" are two."""
    if min(len(a), len(b)) < 5 or abs(len(a) - len(b)) > 1 or a[0] != b[0]:
        return False
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    tail_a, tail_b = a[same:], b[same:]
    if tail_a == tail_b:
        return True
    if len(a) == len(b):
        inside = bool(tail_a[1:]) or {tail_a[0], tail_b[0]} == {"i", "y"}
        return tail_a[1:] == tail_b[1:] and inside and tail_a[0] in SOFT and tail_b[0] in SOFT
    long, short = (tail_a, tail_b) if len(a) > len(b) else (tail_b, tail_a)
    more = long[0]
    return long[1:] == short and (more == a[same - 1] or (more in SOFT and bool(short)))


def _resolved(names: Sequence[Name], texts: Sequence[str], chains: Sequence[int], known: Reference) -> list[Linked]:
    """A chain's first name is its name; another spelling is an acronym or an alias; a demonym is one always."""
    first: dict[int, str] = {}
    out = []
    for name, text, chain in zip(names, texts, chains, strict=True):
        spelling = key(text)
        if name.label == "NORP" and known.country_of(text):
            how = "demonym"
        elif first.setdefault(chain, spelling) == spelling:
            how = "name"
        else:
            how = "acronym" if is_acronym(text) else "alias"
        out.append(Linked(name.start, name.end, name.first, name.last, name.label, chain, how))
    return out
