"""Where names stand and what they name.

The surer comes first: patterns of laws and bodies; the longer of the model's and the reference data's names; names
found elsewhere in the same article.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions import patterns
from pipeline.mentions.spans import AMBIGUOUS, PLACES, Name, capital, mended, named
from pipeline.reference import MOST_WORDS, Reference, key

# Labels whose names are looked for again in the rest of the article.
REPEATED = frozenset({"PERSON", "ORG", "GPE", "LAW", "FAC", "LOC", "NORP"})
# They play without being countries of ISO 3166.
NATIONS = listed("sport.tsv", "nation")
SPORT = listed("sport.tsv", "word of play")
# Capitals that are as often somebody's name.
AMBIGUOUS_CAPITALS = listed("ambiguous_names.tsv", "capital")
# An article with so many different words of play is a match report: countries play in it.
SPORTING = 8


def find(doc: Document, known: Reference) -> list[Name]:
    """The names of an article in text order, without overlap."""
    chosen = _Chosen(len(doc))
    chosen.take(patterns.resolutions(doc))
    chosen.take(patterns.laws(doc))
    chosen.take(patterns.owned_bodies(doc, known))
    chosen.take(patterns.datelines(doc, known))
    agencies = list(patterns.credited(doc, known))
    chosen.take(agencies)
    chosen.take(patterns.weapons(doc))
    model = [_relabelled(doc, name, known) for name in _as_elsewhere(doc, mended(doc, known))]
    chosen.take(_longest(patterns.widened(doc, model), patterns.of_reference(doc, known)))
    chosen.take(patterns.bracketed(doc, chosen.sorted()))
    names = _voted(doc, chosen.sorted(), known, {key(doc.text[n.start : n.end]) for n in agencies})
    chosen = _Chosen(len(doc))
    chosen.take(patterns.widened(doc, names))
    chosen.take(_repeated(doc, names))
    return _playing(doc, chosen.sorted(), known)


class _Chosen:
    """Names without overlap: whoever comes first holds his tokens."""

    def __init__(self, size: int) -> None:
        self._names: list[Name] = []
        self._held = bytearray(size)

    def take(self, names: Iterable[Name]) -> None:
        for name in names:
            if not any(self._held[name.first : name.last]):
                self._held[name.first : name.last] = b"\1" * (name.last - name.first)
                self._names.append(name)

    def sorted(self) -> list[Name]:
        return sorted(self._names, key=lambda n: n.start)


def _as_elsewhere(doc: Document, names: Sequence[Name]) -> Iterator[Name]:
    """Headlines have capitals everywhere: a person in one ends where the article's full name ends ("Anna Berg Wins
    Vote")."""
    full = {doc.words[n.first : n.last] for n in names if n.label == "PERSON" and 1 < n.last - n.first < MOST_WORDS}
    for n in names:
        sentence = doc.sentence_of[n.first]
        if n.label == "PERSON" and (sentence == 0 or doc.sentences[sentence].role == "title"):
            lasts = range(min(n.last - 1, n.first + MOST_WORDS), n.first + 1, -1)
            last = next((last for last in lasts if doc.words[n.first : last] in full), n.last)
            n = n if last == n.last else named(doc, n.first, last, n.label)
        yield n


def _relabelled(doc: Document, name: Name, known: Reference) -> Name:
    """The name with the label of the reference data where that knows the whole of it."""
    text = doc.text[name.start : name.end]
    entry = known.known(text)
    if entry is not None:
        return name if key(text) in AMBIGUOUS and name.label == "PERSON" else replace(name, label=entry.label)
    return replace(name, label="NORP") if name.label != "LANGUAGE" and known.country_of(text) else name


def _longest(model: Iterable[Name], reference: Iterable[Name]) -> list[Name]:
    """Both sources, the longer name first; of equal ones the reference's, but for what may be a person."""
    model = list(model)
    persons = {(n.first, n.last) for n in model if n.label == "PERSON"}
    ranked = [(n.first - n.last, (n.first, n.last) in persons, n.first, n) for n in reference]
    ranked += [(n.first - n.last, n.label != "PERSON", n.first, n) for n in model]
    return [name for *_, name in sorted(ranked, key=lambda r: r[:3])]


def _voted(doc: Document, names: Sequence[Name], known: Reference, agencies: AbstractSet[str]) -> list[Name]:
    """One label a name: the reference's, else the most frequent in the article (ties: the first). A lone surname
    or given name follows the full name; a capital that is nobody's name in the article is a place, and the agency that
    the dateline credits is one wherever it stands."""
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    of_persons: set[str] = set()
    for name in names:
        votes[key(doc.text[name.start : name.end])][name.label] += 1
        if name.label == "PERSON" and name.last - name.first > 1:
            of_persons |= {key(doc.words[name.first]), key(doc.words[name.last - 1])}
    out = []
    for name in names:
        text = doc.text[name.start : name.end]
        spelling = key(text)
        if name.last - name.first == 1 and spelling in of_persons and not known.known(text):
            name = replace(name, label="PERSON")
        elif spelling in agencies and not known.known(text):
            name = replace(name, label="ORG")
        elif name.label == "PERSON" and _is_capital(spelling, known) and spelling not in of_persons:
            name = replace(name, label="GPE")
        elif name.label in REPEATED and not known.known(text) and not known.country_of(text):
            name = replace(name, label=votes[spelling].most_common(1)[0][0])
        out.append(name)
    return out


def _is_capital(spelling: str, known: Reference) -> bool:
    return spelling in known.capitals and spelling not in AMBIGUOUS_CAPITALS


def _repeated(doc: Document, names: Sequence[Name]) -> Iterator[Name]:
    """Names found once, wherever else they stand in the article; persons also by surname, and by a first name that
    no other person of the article has. A lone word must be tagged as a proper noun (a surname as a noun), and never
    stand in small letters."""
    labels: dict[tuple[str, ...], str] = {}
    firsts: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        words = doc.words[name.first : name.last]
        if name.label not in REPEATED or len(words) > MOST_WORDS or len("".join(words)) < 2:
            continue
        labels.setdefault(words, name.label)
        if name.label == "PERSON" and len(words) > 1:
            labels.setdefault(words[-1:], "PERSON")
            firsts[words[0]].add(words[-1])
    for first, lasts in firsts.items():
        if len(lasts) == 1 and len(first) > 2:
            labels.setdefault((first,), "PERSON")
    found: defaultdict[str, set[int]] = defaultdict(set)
    for words in labels:
        found[words[0]].add(len(words))
    sizes = {word: sorted(lengths, reverse=True) for word, lengths in found.items()}
    lower = {word for word in doc.words if word.islower()}
    for i, word in enumerate(doc.words):
        for size in sizes.get(word, ()):
            words = doc.words[i : i + size]
            label = labels.get(words)
            if label is None or len(words) < size or doc.sentence_of[i] != doc.sentence_of[i + size - 1]:
                continue
            if size > 1 or (
                capital(word)
                and doc.tag[i].startswith("NNP" if label != "PERSON" else "NN")
                and word.lower() not in lower
                and not _hyphened(doc, i)
            ):
                yield named(doc, i, i + size, label)
                break


def _hyphened(doc: Document, i: int) -> bool:
    """Whether the word is a part of a longer one: "Mayer" in "Metro-Goldwyn-Mayer"."""
    start, end = doc.start[i], doc.end[i]
    return doc.text[max(0, start - 1) : start] == "-" or doc.text[end : end + 1] == "-"


def _playing(doc: Document, names: Sequence[Name], known: Reference) -> list[Name]:
    """In a match report a country is its team (a body), except where it is the place of something ("in Russia")."""
    if len(SPORT.intersection(doc.folded)) < SPORTING:
        return list(names)
    return [
        replace(name, label="ORG")
        if name.label in PLACES and _plays(doc, name) and _is_country(doc, name, known)
        else name
        for name in names
    ]


def _is_country(doc: Document, name: Name, known: Reference) -> bool:
    text = doc.text[name.start : name.end]
    return bool(known.country_of(text)) or key(text) in NATIONS


def _plays(doc: Document, name: Name) -> bool:
    token = doc.head_of(range(name.first, name.last))
    head = doc.words[doc.head[token]].casefold()
    return not (doc.dep[token] == "pobj" and head in ("in", "from", "to", "across", "near", "at", "into"))
