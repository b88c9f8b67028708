"""Where names stand and what they name.

Belongs here: the model's entities mended (marks, titles, line breaks, glued words), names that patterns or reference
data are sure of, and the same name read the same way throughout an article.
Does not belong here: which names are the same thing (chains).

Sources, the surer first: patterns of laws and government bodies; reference data; the model; names found elsewhere in
the same article.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.mentions.tokens import Tokens
from pipeline.mentions.words import GOVERNING, LAW_HEADS, OWNED_HEADS, TITLES
from pipeline.reference import MOST_WORDS, Reference, key
from pipeline.tables import LABELS


@dataclass(frozen=True, slots=True)
class Name:
    """A name: code points [start, end), tokens [first, last), OntoNotes label."""

    start: int
    end: int
    first: int
    last: int
    label: str


PERSON_NAME = frozenset({"PERSON"})
# Labels whose names are looked for again in the rest of the article.
REPEATED = frozenset({"PERSON", "ORG", "GPE", "LAW", "FAC", "LOC", "NORP"})
CONNECTING = frozenset({"of", "the", "and", "on", "for", "&", "in", "to"})
# A country here may also be a person's or a state's name: the model decides.
AMBIGUOUS = frozenset({"georgia", "jordan", "chad", "jersey", "guinea", "israel", "dominica", "cyprus", "paris"})

_GLUED = re.compile(r"[a-z](?=[A-Z][a-z]{3})")
_RESOLUTION_NUMBER = re.compile(r"[1-9]\d{0,3}")
_EDGE_MARKS = " \t\r\n\"'“”‘’«»()[]{}.,;:!?-–—*•|/\\"
_ACRONYM = re.compile(r"[A-Z][A-Za-z&.]{0,8}[A-Z.]")


def find(tokens: Tokens, known: Reference) -> list[Name]:
    """The names of an article in text order, without overlap."""
    chosen = _Chosen(len(tokens))
    chosen.take(_resolutions(tokens))
    chosen.take(_laws(tokens))
    model = [name for name in _model(tokens, known) if name.end > name.start]
    model = _extended(tokens, model)
    chosen.take(_owned_bodies(tokens, known))
    reference = list(_known(tokens, known))
    chosen.take(_longest(_relabelled(tokens, model, known), reference))
    chosen.take(_administrations(tokens, chosen.names))
    names = _voted(tokens, chosen.sorted(), known)
    chosen = _Chosen(len(tokens))
    chosen.take(names)
    chosen.take(_repeated(tokens, names, known))
    return chosen.sorted()


class _Chosen:
    """Names without overlap: whoever comes first holds his tokens."""

    def __init__(self, size: int) -> None:
        self.names: list[Name] = []
        self._held = bytearray(size + 1)

    def take(self, names: Iterable[Name]) -> None:
        for name in names:
            if name.first < name.last and not any(self._held[name.first : name.last]):
                self._held[name.first : name.last] = b"\1" * (name.last - name.first)
                self.names.append(name)

    def sorted(self) -> list[Name]:
        return sorted(self.names, key=lambda n: n.start)


def _name(tokens: Tokens, first: int, last: int, label: str) -> Name:
    return Name(tokens.parse.start[first], tokens.parse.end[last - 1], first, last, label)


def _model(tokens: Tokens, known: Reference) -> Iterator[Name]:
    """The model's entities of our labels, cut at line breaks and glued words, without marks, articles and titles."""
    for start, end, label in tokens.parse.entities:
        if label not in LABELS:
            continue
        for piece_start, piece_end, piece_label in _pieces(tokens.text, start, end, label, known):
            name = _trimmed(tokens, piece_start, piece_end, piece_label)
            if name is not None:
                yield name


def _pieces(text: str, start: int, end: int, label: str, known: Reference) -> Iterator[tuple[int, int, str]]:
    at = start
    for line in text[start:end].split("\n"):
        glued = _GLUED.search(line) if label == "PERSON" else None
        tail = known.known(line[glued.end() :]) if glued else None
        if glued and tail:
            yield at, at + glued.end(), label
            yield at + glued.end(), at + len(line), tail.label
        else:
            yield at, at + len(line), label
        at += len(line) + 1


def _trimmed(tokens: Tokens, start: int, end: int, label: str) -> Name | None:
    """The span without articles, marks, possessives and (for persons) titles; None where no name is left."""
    text = tokens.text
    while start < end and text[start] in _EDGE_MARKS:
        start += 1
    while start < end and text[end - 1] in _EDGE_MARKS and not _closes(text, start, end):
        end -= 1
    if text[max(start, end - 2) : end] in ("'s", "’s"):
        end -= 2
    if text[max(start, end - 1) : end] in ("'", "’"):
        end -= 1
    first, last = tokens.span(start, end)
    while first < last and tokens.words[first].casefold() in ("the", "a", "an", "this", "that"):
        first += 1
        start = tokens.parse.start[first] if first < len(tokens) else end
    if label == "PERSON":
        while last - first > 1 and tokens.words[first].casefold().rstrip(".") in TITLES:
            first += 1
            start = tokens.parse.start[first]
    if start >= end or first >= last or not any(ch.isupper() or _caseless(ch) for ch in text[start:end]):
        return None
    return Name(start, end, first, last, label)


def _closes(text: str, start: int, end: int) -> bool:
    """Whether the last character belongs to the name: the dot of "U.S.", the bracket of one that opens in it."""
    last = text[end - 1]
    if last == ".":
        return bool(
            re.fullmatch(
                r"(?:[A-Za-z]\.){2,6}|\S{0,3}\.?[A-Z]\.|(?:Jr|Sr|Inc|Ltd|Corp|Co|St)\.", _word(text, start, end)
            )
        )
    return last == ")" and "(" in text[start:end]


def _word(text: str, start: int, end: int) -> str:
    return text[start:end].rsplit(" ", 1)[-1]


def _caseless(ch: str) -> bool:
    return ch.isalpha() and ch.lower() == ch.upper()


def _capital(word: str) -> bool:
    return bool(word) and (word[0].isupper() or _caseless(word[0]))


def _extended(tokens: Tokens, names: Sequence[Name]) -> list[Name]:
    """Persons cut short by the model: the capitalised word that its tree hangs on the name is taken in."""
    out: list[Name] = []
    for name in names:
        last = name.last
        if (
            name.label == "PERSON"
            and last < len(tokens)
            and tokens.parse.tag[last] == "NNP"
            and tokens.parse.head[name.last - 1] == last
            and tokens.parse.dep[name.last - 1] == "compound"
            and tokens.words[last][1:].islower()
            and _capital(tokens.words[last])
            and tokens.sentence[last] == tokens.sentence[name.first]
        ):
            name = Name(name.start, tokens.parse.end[last], name.first, last + 1, name.label)
        if not out or out[-1].last <= name.first:
            out.append(name)
    return out


def _resolutions(tokens: Tokens) -> Iterator[Name]:
    """ "(UN) (Security Council) Resolution (UNSCR) 2231", "UNSCR 1929", "Resolution 2231"."""
    words = tokens.words
    for i, word in enumerate(words):
        if not _RESOLUTION_NUMBER.fullmatch(word) or i == 0:
            continue
        first = i
        if words[first - 1] in ("No.", "no.", "No", "number") and first > 1:
            first -= 1
        if words[first - 1] == ")" and first > 3 and words[first - 3] == "(" and words[first - 2].isupper():
            first -= 3
        head = words[first - 1]
        if head in ("UNSCR", "UNGAR"):
            yield _name(tokens, first - 1, i + 1, "LAW")
        elif head in ("Resolution", "resolution", "Resolutions", "resolutions"):
            first -= 1
            if head.startswith("r") and len(word) < 3:
                continue
            for body in (("Security", "Council"), ("General", "Assembly")):
                if first >= 2 and words[first - 2 : first] == body:
                    first -= 2
                    break
            if first >= 1 and words[first - 1] in ("UN", "U.N."):
                first -= 1
            elif first >= 2 and words[first - 2 : first] == ("United", "Nations"):
                first -= 2
            yield _name(tokens, first, i + 1, "LAW")


def _laws(tokens: Tokens) -> Iterator[Name]:
    """A run of capitalised words that ends in a law's head word: "the Clean Water Act"."""
    words = tokens.words
    for i, word in enumerate(words):
        if word not in LAW_HEADS or tokens.parse.tag[i][:3] != "NNP":
            continue
        first = _run_start(tokens, i)
        if first < i:
            yield _name(tokens, first, i + 1, "LAW")


def _run_start(tokens: Tokens, i: int) -> int:
    """The first token of the run of capitalised words that ends before token i, with "of" and the like inside."""
    first = j = i
    words = tokens.words
    while j > 0 and i - j < MOST_WORDS and tokens.sentence[j - 1] == tokens.sentence[i]:
        j -= 1
        if _capital(words[j]) and words[j][:1].isalpha() and words[j] not in ("The", "A", "This"):
            first = j
        elif not (words[j] in CONNECTING or re.fullmatch(r"\d(?:\.\d)?", words[j])):
            break
    return first


def _owned_bodies(tokens: Tokens, known: Reference) -> Iterator[Name]:
    """A country's ministry, with its country: "Iran's Foreign Ministry", "the Russian Defense Ministry",
    "the Ministry of Health of Kenya" is left to the model."""
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
        if owner >= 1 and words[owner] in ("'s", "’s", "'", "’"):
            owner -= 1
        if owner >= 0 and known.country_of(words[owner]) and tokens.sentence[owner] == tokens.sentence[i]:
            yield _name(tokens, owner, i + 1, "ORG")
        elif first < i or word == "Parliament":
            yield _name(tokens, first, i + 1, "ORG")


def _known(tokens: Tokens, known: Reference) -> Iterator[Name]:
    """Names of the reference data: the longest at each word. A capital letter must stand at its start."""
    words = tokens.words
    firsts = _first_words(known)
    i = 0
    while i < len(words):
        longest = firsts.get(key(words[i]), 0) if _capital(words[i]) else 0
        for last in range(min(len(words), i + longest), i, -1):
            start, end = tokens.parse.start[i], tokens.parse.end[last - 1]
            entry = known.known(tokens.text[start:end]) if "\n" not in tokens.text[start:end] else None
            label = entry.label if entry else "NORP" if known.country_of(tokens.text[start:end]) else None
            if (
                label
                and _written(tokens.text[start:end])
                and any(ch.isalnum() for ch in words[last - 1])
                and (words[last - 1] not in ("'s", "’s"))
            ):
                yield Name(start, end, i, last, label)
                i = last
                break
        else:
            i += 1


def _written(name: str) -> bool:
    """Whether the words are capitalised as a name is: "Security Council", not "Security council"."""
    return all(
        _capital(word) or word in CONNECTING or not word[:1].isalpha() for word in re.split(r"[ -]", name) if word
    )


_FIRSTS: dict[int, dict[str, int]] = {}


def _first_words(known: Reference) -> dict[str, int]:
    """First word of a known name -> how many tokens its longest name can take."""
    firsts = _FIRSTS.get(id(known))
    if firsts is None:
        firsts = {}
        for spelling in (*known.names, *known.demonyms):
            parts = spelling.split(" ")
            size = min(MOST_WORDS, 2 * len(parts))
            first = parts[0]
            firsts[first] = max(firsts.get(first, 0), size)
        _FIRSTS[id(known)] = firsts
    return firsts


def _relabelled(tokens: Tokens, names: Iterable[Name], known: Reference) -> Iterator[Name]:
    """The model's names with the label of the reference data where that knows the whole name."""
    for name in names:
        text = tokens.text[name.start : name.end]
        entry = known.known(text)
        if entry is not None and not (key(text) in AMBIGUOUS and name.label == "PERSON"):
            yield Name(name.start, name.end, name.first, name.last, entry.label)
        elif name.label not in ("LANGUAGE",) and entry is None and known.country_of(text):
            yield Name(name.start, name.end, name.first, name.last, "NORP")
        else:
            yield name


def _longest(model: Iterable[Name], reference: Iterable[Name]) -> list[Name]:
    """Both sources, the longer name first; of equal ones the reference's."""
    ranked = [(n.first - n.last, 0, n.first, n) for n in reference] + [(n.first - n.last, 1, n.first, n) for n in model]
    return [name for *_, name in sorted(ranked, key=lambda r: r[:3])]


def _administrations(tokens: Tokens, names: Sequence[Name]) -> list[Name]:
    """ "the Trump administration": with its word, the name is a body."""
    out = []
    for k, name in enumerate(names):
        if name.label in ("PERSON", "ORG") and name.last < len(tokens) and tokens.words[name.last] in GOVERNING:
            out.append((k, Name(name.start, tokens.parse.end[name.last], name.first, name.last + 1, "ORG")))
    for k, name in out:
        names[k] = name  # type: ignore[index]
    return []


def _voted(tokens: Tokens, names: Sequence[Name], known: Reference) -> list[Name]:
    """One label a name: the reference's, else the most frequent in the article (ties: the first). A lone surname
    follows the full name."""
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    surnames: set[str] = set()
    for name in names:
        votes[key(tokens.text[name.start : name.end])][name.label] += 1
        if name.label == "PERSON" and name.last - name.first > 1:
            surnames.add(key(tokens.words[name.last - 1]))
    out = []
    for name in names:
        spelling = key(tokens.text[name.start : name.end])
        entry = known.known(tokens.text[name.start : name.end])
        label = name.label
        if entry is None and label in REPEATED and not known.country_of(tokens.text[name.start : name.end]):
            label = votes[spelling].most_common(1)[0][0]
            if name.last - name.first == 1 and spelling in surnames:
                label = "PERSON"
        out.append(Name(name.start, name.end, name.first, name.last, label))
    return out


def _repeated(tokens: Tokens, names: Sequence[Name], known: Reference) -> Iterator[Name]:
    """Names found once, wherever else they stand in the article; persons also by surname, and by a first name that
    no other person of the article has. A lone word must be tagged as a proper noun."""
    labels: dict[tuple[str, ...], str] = {}
    firsts: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        words = tokens.words[name.first : name.last]
        if name.label not in REPEATED or len(words) > MOST_WORDS or len("".join(words)) < 2:
            continue
        labels.setdefault(words, name.label)
        if name.label == "PERSON" and len(words) > 1:
            labels.setdefault(words[-1:], "PERSON")
            firsts[words[0]].add(words[-1])
    for first, lasts in firsts.items():
        if len(lasts) == 1 and len(first) > 2:
            labels.setdefault((first,), "PERSON")
    sizes: defaultdict[str, set[int]] = defaultdict(set)
    for words in labels:
        sizes[words[0]].add(len(words))
    lower = {word for word in tokens.words if word.islower()}
    for i, word in enumerate(tokens.words):
        for size in sorted(sizes.get(word, ()), reverse=True):
            words = tokens.words[i : i + size]
            label = labels.get(words)
            if label is None or tokens.sentence[i] != tokens.sentence[i + size - 1]:
                continue
            if size == 1 and not (
                _capital(word) and tokens.parse.tag[i].startswith("NNP") and word.lower() not in lower
            ):
                continue
            yield _name(tokens, i, i + size, label)
            break
