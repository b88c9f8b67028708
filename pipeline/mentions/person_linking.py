"""Link the persons of one article: by full names, surnames, given names, nicknames and generations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice, pairwise

from pipeline.data import load
from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.spans import Name
from pipeline.mentions.words import (
    OFFICES,
    PRONOUNS_OF,
    TITLES,
    first_names,
    is_given_name,
    is_honorific,
    pronoun_of_first_name,
)
from pipeline.reference import MAX_WORDS, key

# Most people of one name that are compared.
MAX_NAMESAKES = 8
# A lone surname is unsure unless one person of it is named in full this many times as often as the next.
MUCH_MORE_OFTEN = 2
# Words that can begin a surname of several words.
SURNAME_PARTICLES = listed("name_words.tsv", "particle of a surname")
GENERATIONS = listed("name_words.tsv", "generation")
# The group of trades, of which some are given names, too.
TRADE = "trade"
# Written-out generations, and their short forms.
_WRITTEN_OUT = {"senior": "sr", "junior": "jr"}
# Letters by which spellings of one foreign name differ.
OPTIONAL_SPELLING_LETTERS = frozenset("aeiouyh")
# Marks of a nickname: Ana "Effie" Lume.
_OPENING, _CLOSING = frozenset("\"“'‘"), frozenset("\"”'’")
# Words before a name that hold no office and fit anybody.
_OF_ANYBODY = frozenset({"mr", "mrs", "ms", "miss", "former", "acting", "deputy", "senior", "vice"})

# The kind of a name, and its key in that kind. Names of one thing share both.
type Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Nickname:
    """A line of `nicknames.tsv`."""

    nickname: str
    names: tuple[str, ...]
    example: str
    source: str


@cache
def _nicknames() -> Mapping[str, tuple[str, ...]]:
    return {line.nickname: line.names for line in load("nicknames.tsv", Nickname)}


def written_out(first: str) -> tuple[str, ...]:
    """Return the first names that a keyed first name can be short for, and itself: bill, william."""
    return (first, *_nicknames().get(first, ()))


@lru_cache(maxsize=65536)
def _words(text: str) -> tuple[tuple[str, ...], str]:
    """Return the words of a person's name, keyed, without its generation and a nickname in marks; the generation."""
    named = [word for word in text.split() if not (word[0] in _OPENING and word[-1] in _CLOSING)]
    words = tuple(word for word in key(" ".join(named) if len(named) > 1 else text).replace(",", "").split(" ") if word)
    last = words[-1] if words else ""
    # "Vinicius Junior" has no other surname.
    if last in GENERATIONS and len(words) > (2 if last in _WRITTEN_OUT else 1):
        return words[:-1], _WRITTEN_OUT.get(last, last)
    return words, ""


def surname_end(doc: Document, name: Name) -> int:
    """Return the token behind the surname of a person's full name: before "Jr." and a comma."""
    last = name.last
    while last - name.first > 2 and (key(doc.words[last - 1]) in GENERATIONS or doc.words[last - 1] == ","):
        last -= 1
    return last


@lru_cache(maxsize=65536)
def ends(text: str) -> tuple[str, ...]:
    """Return the first and last word of a person's name, keyed, without generation and middle names."""
    words, _ = _words(text)
    return words if len(words) < 3 else (words[0], words[-1])


def generation(text: str) -> str:
    """Return the generation: "jr" of "Ana Lume Jr."; "" if none."""
    return _words(text)[1]


@lru_cache(maxsize=65536)
def middle(text: str) -> str:
    """Return the words between the first and the last of a person's name, as a key: "hw" of "George H.W. Bush"."""
    words, _ = _words(text)
    return "".join(words[1:-1])


def in_full(names: Iterable[str]) -> list[str]:
    """Return the full names among a person's names: first name and surname, but not the end of a longer name ("Hawk
    Soyer" of "Karen Hawk Soyer")."""
    full = [name for name in names if len(ends(name)) == 2]
    words = {name: _words(name)[0] for name in full}
    return [
        a
        for a in full
        if not _begins_surname(words[a][0])
        or not any(len(b) > len(words[a]) and b[-len(words[a]) :] == words[a] for b in words.values())
    ]


def _begins_surname(word: str) -> bool:
    """Whether a keyed word can begin a surname of two words: no given name, unless it is also a trade ("baker")."""
    return word in SURNAME_PARTICLES or OFFICES.get(word) == TRADE or not is_given_name(word.title())


def identity(text: str) -> Identity:
    """Return the identity that a person's name alone gives."""
    return "PERSON", " ".join(filter(None, (*ends(text), generation(text))))


def compatible(a: str, b: str) -> bool:
    """Whether two middle names can be one person's: one is missing, begins the other, or is spelled like it."""
    return a.startswith(b) or b.startswith(a) or is_spelling_variant(a, b)


def is_spelling_variant(a: str, b: str) -> bool:
    """Whether two names of five or more letters can be spellings of one: they differ inside by one vowel or h (added,
    removed or changed), at the end by i and y, or by a doubled letter. "Ivana" and "Ivanka", "Mario" and "Maria" are
    two."""
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
        return (
            tail_a[1:] == tail_b[1:]
            and inside
            and tail_a[0] in OPTIONAL_SPELLING_LETTERS
            and tail_b[0] in OPTIONAL_SPELLING_LETTERS
        )
    long, short = (tail_a, tail_b) if len(a) > len(b) else (tail_b, tail_a)
    more = long[0]
    return long[1:] == short and (more == a[same - 1] or (more in OPTIONAL_SPELLING_LETTERS and bool(short)))


def one_first_name(a: str, b: str) -> bool:
    """Whether two keyed first names are one: spelled alike, or one is a nickname of the other."""
    return a == b or is_spelling_variant(a, b) or not set(written_out(a)).isdisjoint(written_out(b))


def gender(word: str) -> str | None:
    """Return "he" or "she" by a title or a given name; None if unknown."""
    word = word.casefold().rstrip(".")
    return PRONOUNS_OF.get(word) or first_names("mentions").get(word)


def link_person_names(
    doc: Document, names: Sequence[Name], texts: Sequence[str], identities: list[Identity]
) -> set[int]:
    """Change the identities of persons in place: names of one person get one. Return the indices of names that fit
    several persons."""
    persons = [i for i, name in enumerate(names) if name.label == "PERSON"]
    _join_tails(persons, texts, identities)
    _split_namesakes(texts, identities)
    _join_first_names(persons, identities)
    _share_surname(doc, names, persons, texts, identities)
    surnames = _Surnames(doc, names, texts, identities)
    surnames.link(persons)
    return surnames.unsure


def _join_tails(persons: Sequence[int], texts: Sequence[str], identities: list[Identity]) -> None:
    """Link surnames of several words to the full name before that ends in them: "Hawk Soyer" to "Karen Hawk Soyer",
    "Baker Soyer", of which the first is a trade and a given name, to "Karen Baker Soyer"."""
    tails: defaultdict[tuple[str, ...], dict[Identity, None]] = defaultdict(dict)
    for i in persons:
        words, born = _words(texts[i])
        found = tails.get(words, {}) if len(words) > 1 and not born else {}
        if len(found) == 1 and _begins_surname(words[0]):
            (identities[i],) = found
        else:
            for n in range(1, min(len(words), MAX_WORDS) - 1):
                tails[words[n:]][identities[i]] = None


def _split_namesakes(texts: Sequence[str], identities: list[Identity]) -> None:
    """Separate full names with different middle names; a name without one goes to the first person."""
    middles: defaultdict[Identity, dict[str, None]] = defaultdict(dict)
    for text, who in zip(texts, identities, strict=True):
        if who[0] == "PERSON" and who == identity(text) and (between := middle(text)):
            middles[who][between] = None
    for who, found in middles.items():
        kinds: list[str] = []
        for between in islice(found, MAX_NAMESAKES):
            if not any(compatible(between, kind) for kind in kinds):
                kinds.append(between)
        for i, text in enumerate(texts if len(kinds) > 1 else ()):
            if identities[i] == who and (between := middle(text)):
                kind = next((k for k in kinds if compatible(between, k)), kinds[0])
                if kind != kinds[0]:
                    identities[i] = ("PERSON", f"{who[1]} {kind}")


def _join_first_names(persons: Sequence[int], identities: list[Identity]) -> None:
    """Join full names of one surname and generation whose first names match: by spelling ("Sergey", "Sergei"), as a
    nickname ("Bill", "William"), or as an initial that no other person of the surname has."""
    by_surname: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for i in persons:
        first, _, rest = identities[i][1].partition(" ")
        if rest:
            by_surname[rest][first] = None
    joined: dict[Identity, Identity] = {}
    for rest, firsts in by_surname.items():
        whole = [first for first in islice(firsts, 50) if len(first) > 1]
        groups: list[list[str]] = []
        for first in whole:
            fits = [group for group in groups if all(one_first_name(first, other) for other in group)]
            if len(fits) == 1:
                fits[0].append(first)
            else:
                groups.append([first])
        for initial in (first for first in firsts if len(first) == 1):
            fits = [group for group in groups if group[0][0] == initial]
            if len(fits) == 1:
                fits[0].append(initial)
        for first, *others in groups:
            joined |= {("PERSON", f"{other} {rest}"): ("PERSON", f"{first} {rest}") for other in others}
    for i in persons:
        identities[i] = joined.get(identities[i], identities[i])


def _share_surname(
    doc: Document, names: Sequence[Name], persons: Sequence[int], texts: Sequence[str], identities: list[Identity]
) -> None:
    """Give both persons of "Jack and Henry Boden" the surname."""
    for i, k in pairwise(persons):
        between = doc.folded[names[i].last : names[k].first]
        words, _ = _words(texts[k])
        if between == ("and",) and len(words) == 2 and len(ends(texts[i])) == 1 and is_given_name(texts[i]):
            identities[i] = ("PERSON", f"{key(texts[i])} {words[1]}")


def _is_relative(doc: Document, name: Name) -> bool:
    """Whether a relative's noun with its owner is before a name: "her daughter, Ana Lume"."""
    noun = name.first - 1 - (name.first > 1 and doc.words[name.first - 1] == ",")
    return noun > 0 and doc.lower[noun] in PRONOUNS_OF and doc.tag[noun - 1] in ("PRP$", "POS", "JJ", "JJS")


@dataclass(slots=True)
class _NamedPerson:
    """A person named in full, or by a surname with an office.

    times     mentions in the article
    held      titles and offices
    gender    he or she
    relative  introduced as somebody's: "her daughter, Ana Lume"
    called    mentions up to here by surname alone
    so_far    mentions up to here, also by surname
    sentence  the last mention's sentence
    """

    times: int = 0
    held: set[str] = field(default_factory=set)
    gender: str | None = None
    relative: bool = False
    called: int = 0
    so_far: int = 0
    sentence: int = -1


class _Surnames:
    """Link a one-word name of a person to the full name with it as the last word, else the first, else a middle one.

    If several fit: the person with the name's title or office; else the one most often named in full; else the one most
    often called so before; else the one most often mentioned so far; else the one mentioned last, unless another is in
    the same sentence; else none.
    """

    def __init__(self, doc: Document, names: Sequence[Name], texts: Sequence[str], identities: list[Identity]) -> None:
        self.doc, self.names, self.texts, self.identities = doc, names, texts, identities
        self.persons: dict[Identity, _NamedPerson] = {}
        # The names that fit several persons, none of them named much more often.
        self.unsure: set[int] = set()
        self._sexes = self._of_titles()
        # By rank: a word that is a full name's last, first, middle one.
        self.ranked: list[defaultdict[str, dict[Identity, None]]] = [defaultdict(dict) for _ in range(3)]

    def _of_titles(self) -> dict[str, set[str]]:
        """Return he or she of the titles right before each lone word: {"khan": {"he", "she"}} if the article has a Mr.
        and a Ms. Khan."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for name, text in zip(self.names, self.texts, strict=True):
            if name.label == "PERSON" and " " not in text and (sex := self._sex(name)):
                found[key(text)].add(sex)
        return found

    def _sex(self, name: Name) -> str | None:
        return gender(self.doc.words[name.first - 1]) if name.first else None

    def link(self, persons: Sequence[int]) -> None:
        """Change the identities of these persons in place."""
        for i in persons:
            self._learn(i)
        for i in persons:
            who = self.identities[i]
            if who not in self.persons:
                found = self._person_of(i)
                if found is None:
                    continue
                who = self.identities[i] = found
                self.persons.setdefault(who, _NamedPerson()).called += who[1].endswith(f" {key(self.texts[i])}")
            person = self.persons.setdefault(who, _NamedPerson())
            person.sentence = self.doc.sentence_of[self.names[i].first]
            person.so_far += 1

    def _learn(self, i: int) -> None:
        """Record a person who is named in full, or by surname and office before anybody of that surname."""
        who, text = self.identities[i], self.texts[i]
        full = len(ends(text)) == 2
        shared = not full and who != identity(text) and " " in who[1]
        titles = self._titles(i)
        known = key(text) in self.ranked[0] or any(
            # "Pastor Ruth" behind "Pastor Ruth Lume"
            self.persons[held].held & titles
            for held in self.ranked[1].get(key(text), ())
        )
        if not full and not shared and not (titles & OFFICES.keys() and not known):
            if who in self.persons:
                self.persons[who].times += 1
            return
        person = self.persons.setdefault(who, _NamedPerson())
        person.times += 1
        person.held |= titles
        if full and person.times == 1:
            person.relative = _is_relative(self.doc, self.names[i])
        if full or shared:
            first = text.split()[0]
            person.gender = person.gender or gender(first) or pronoun_of_first_name(first)
        words, _ = _words(text)
        words = words[:MAX_WORDS] if full else tuple(who[1].split(" "))
        for found, some in zip(self.ranked, (words[-1:], words[:1], words[1:-1]), strict=True):
            for word in some:
                if len(word) > 2 or found is not self.ranked[2]:
                    found[word][who] = None

    def _titles(self, i: int) -> set[str]:
        """Return the title or office right before a name: {"president"} of "former President X"."""
        first = self.names[i].first
        before = self.doc.words[first - 1] if first else ""
        word = before.casefold().rstrip(".")
        titled = word in OFFICES or word in TITLES or is_honorific(before)
        return {word} if titled and word not in _OF_ANYBODY else set()

    def _person_of(self, i: int) -> Identity | None:
        """Return the person whom a lone word names; None if nobody fits, or several equally well."""
        words, born = _words(self.texts[i])
        word = words[0] if len(words) == 1 else key(self.texts[i])
        sex = self._sex(self.names[i])
        several = len(self._sexes.get(word, ())) > 1
        titles = self._titles(i)
        for found in self.ranked:
            fits = list(islice(found.get(word, ()), 5 * MAX_NAMESAKES))
            if sex:
                # If Michelle Obama is named, "Mrs. Obama" is not a person of unknown gender.
                fits = [who for who in fits if self.persons[who].gender in (None, sex)]
                # Of Mr. and Ms. Khan, a person of unknown gender can be either.
                fits = [who for who in fits if self.persons[who].gender] or ([] if several else fits)
                if any(not self.persons[who].relative for who in fits):
                    # "Ms. Lume" is not her daughter of the same surname.
                    fits = [who for who in fits if not self.persons[who].relative]
            if born:
                fits = [who for who in fits if who[1].endswith(f" {born}")]
            if fits:
                return self._one_of(i, fits, titles)
        return ("PERSON", f"{word} {sex}") if several and sex else None

    def _one_of(self, i: int, fits: list[Identity], titles: set[str]) -> Identity | None:
        persons = self.persons
        if titles and len(fits) > 1:
            # "Secretary Clinton" is not the former president of that name.
            held = [who for who in fits if persons[who].held & titles]
            fits = held or [who for who in fits if not persons[who].held] or fits
        if len(fits) == 1:
            return fits[0]
        times = sorted((persons[who].times for who in fits), reverse=True)
        if times[0] < MUCH_MORE_OFTEN * times[1]:
            self.unsure.add(i)
        # If nobody was named yet: the person named first.
        fits = [who for who in fits if persons[who].so_far] or fits[:1]
        for weight in ("times", "called", "so_far", "sentence"):
            weights = {who: getattr(persons[who], weight) for who in fits}
            fits = [who for who in fits if weights[who] == max(weights.values())]
        return fits[0] if len(fits) == 1 else None
