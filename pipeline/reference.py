"""Names known in advance: countries with their demonyms and capitals, bodies, agreements.

It holds the tables `countries.tsv`, `regions.tsv`, `names.tsv` and `wikidata.tsv`, a user's alias file, and the lookup
of names. Finding names in a text is in mentions, merging chains in entities.

An alias file has one alias a line, with its source: the columns of `names.tsv` without the example, and optionally the
Wikidata item. An alias that contradicts the built-in tables is an error with the line number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from types import MappingProxyType

from pipeline.contract import LABELS, QID
from pipeline.data import load, words

CODE_VERSION = "3"
# Longer names are not looked up. This bounds the work at each word of a text.
MAX_WORDS = 9
# Words that do not distinguish long names.
SMALL = words("general_words.tsv", "small")

_DOTS = re.compile(r"(?<=[A-Za-z])\.")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ReferenceEntity:
    """One known thing: canonical name, label, and its country (ISO 3166-1 alpha-2), if it belongs to one."""

    name: str
    label: str
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Country:
    """A line of `countries.tsv`."""

    code: str
    name: str
    other_names: tuple[str, ...]
    demonyms: tuple[str, ...]
    capitals: tuple[str, ...]
    example: str
    source: str


@dataclass(frozen=True, slots=True)
class Region:
    """A line of `regions.tsv`."""

    name: str
    code: str
    example: str
    source: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A line of `names.tsv`."""

    label: str
    name: str
    alias: str
    country: str
    example: str
    source: str


@dataclass(frozen=True, slots=True)
class WikidataLine:
    """A line of `wikidata.tsv`."""

    label: str
    name: str
    qid: str
    example: str
    source: str


class AliasError(ValueError):
    """Raised for an invalid alias file; the message names the line and the reason."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`names`: key of an alias -> what it names. `demonyms`, `capitals`, `regions` (first-level parts of the United
    States and Canada): key -> country code. `countries`: code -> the country. `bags`: words of a name in any order ->
    what it names. `sizes`: first word of a name -> how many words its longest name has. `items`: label and canonical
    name -> item of Wikidata."""

    names: Mapping[str, ReferenceEntity]
    demonyms: Mapping[str, str]
    capitals: Mapping[str, str]
    regions: Mapping[str, str]
    countries: Mapping[str, ReferenceEntity]
    bags: Mapping[tuple[str, ...], ReferenceEntity]
    sizes: Mapping[str, int]
    items: Mapping[tuple[str, str], str]

    def item(self, entry: ReferenceEntity) -> str | None:
        """Return the Wikidata item of a known thing, or None if no table gives one."""
        return self.items.get((entry.label, entry.name))

    def known(self, name: str) -> ReferenceEntity | None:
        """Return what a name by itself names; demonyms are excluded. The words of a name of three or more may be in
        another order, as in translations: "Comprehensive Joint Action Plan"."""
        spelling = key(name)
        found = self.names.get(spelling)
        if found is not None or spelling.count(" ") < 2:
            return found
        first, *_, last = spelling.split(" ")
        return None if first in SMALL or last in SMALL else self.bags.get(sorted_words_key(spelling))

    def country_of(self, name: str) -> str | None:
        """Return the country of a country's name or of a demonym."""
        known = self.names.get(key(name))
        if known is not None:
            return known.country if known.country and known == self.countries.get(known.country) else None
        return self.demonyms.get(key(name))


@lru_cache(maxsize=262144)
def key(name: str) -> str:
    """Return the key that spellings of one name share: no marks, dots, article or possessive, single blanks,
    casefolded. A name of at most three capitals keeps its case: "US" is not "us"."""
    plain = name
    if not name.isascii():
        plain = "".join(ch for ch in unicodedata.normalize("NFKD", name) if not unicodedata.combining(ch))
    plain = _BLANKS.sub(" ", _DOTS.sub("", plain.replace("’", "'"))).strip(" .,'\"")
    if plain[:4].casefold() == "the ":
        plain = plain[4:]
    plain = plain.removesuffix("'s")
    if plain.isupper() and len(plain) <= 3 and " " not in plain:
        return plain
    return " ".join(plain.replace("'", "").replace("-", " ").casefold().split())


def sorted_words_key(spelling: str) -> tuple[str, ...]:
    """Return the words of a key in alphabetical order, without small words."""
    return tuple(sorted(word for word in spelling.split(" ") if word not in SMALL))


def parse(
    lines: Iterable[str],
    base: Mapping[str, ReferenceEntity] | None = None,
    items: dict[tuple[str, str], str] | None = None,
) -> dict[str, ReferenceEntity]:
    """Parse an alias file (label, canonical name, alias, country or -, source, and optionally a Wikidata item or -;
    separated by tabs) into key -> what it names. Add the items to `items`, by label and canonical name.

    Skip empty lines and lines that start with #. Raises AliasError with the line number if a line is malformed, if an
    alias already names something else (in this file or in `base`), if one item names two things, or if one thing has
    two items.
    """
    names: dict[str, ReferenceEntity] = {}
    items = {} if items is None else items
    entities = {qid: entity for entity, qid in items.items()}
    taken = dict(base or {})
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) not in (5, 6) or not all(fields):
            raise AliasError(f"line {number}: expected five or six tab-separated fields, found {len(fields)}")
        label, name, alias, country, _, qid = (*fields, "-")[:6]
        if label not in LABELS:
            raise AliasError(f"line {number}: {label} is not one of {', '.join(LABELS)}")
        if country != "-" and not re.fullmatch("[A-Z]{2}", country):
            raise AliasError(f"line {number}: {country} is neither a two-letter country code nor -")
        if qid != "-":
            _item(label, name, qid, items, entities, number)
        entry = ReferenceEntity(name, label, None if country == "-" else country)
        for spelling in dict.fromkeys((key(alias), key(name))):
            other = taken.get(spelling)
            if other is not None and other != entry:
                raise AliasError(f"line {number}: {alias} names {name} here and {other.name} elsewhere")
            taken[spelling] = names[spelling] = entry
    return names


def _item(
    label: str,
    name: str,
    qid: str,
    items: dict[tuple[str, str], str],
    entities: dict[str, tuple[str, str]],
    number: int,
) -> None:
    """Record the item of a thing. Raises AliasError."""
    if not re.fullmatch(QID, qid):
        raise AliasError(f"line {number}: {qid} is neither an item of Wikidata, as in Q30, nor -")
    other = items.setdefault((label, name), qid)
    if other != qid:
        raise AliasError(f"line {number}: {name} has the item {qid} here and {other} elsewhere")
    entity = entities.setdefault(qid, (label, name))
    if entity != (label, name):
        raise AliasError(f"line {number}: {qid} is {name} ({label}) here and {entity[1]} ({entity[0]}) elsewhere")


@cache
def builtin() -> Reference:
    """Return the built-in tables."""
    own = parse("\t".join((a.label, a.name, a.alias, a.country, a.source)) for a in load("names.tsv", Alias))
    names: dict[str, ReferenceEntity] = {}
    demonyms: dict[str, str] = {}
    capitals: dict[str, str] = {}
    countries: dict[str, ReferenceEntity] = {}
    for line in load("countries.tsv", Country):
        country = countries[line.code] = ReferenceEntity(line.name, "GPE", line.code)
        # Articles do not write inverted names ("Virgin Islands, British").
        names.update((key(name), country) for name in (line.name, *line.other_names) if "," not in name)
        capitals.update((key(capital), line.code) for capital in line.capitals)
        for demonym in line.demonyms:
            _demonym(demonyms, demonym, line.code)
    for spelling, entry in own.items():
        if entry.label == "NORP" and entry.country:
            _demonym(demonyms, spelling, entry.country)
        else:
            country = countries.get(entry.country or "", entry)
            same = entry.label == "GPE" and key(country.name) == key(entry.name)
            names[spelling] = country if same else entry
    return Reference(
        MappingProxyType(names),
        MappingProxyType(demonyms),
        MappingProxyType(capitals),
        MappingProxyType({key(region.name): region.code for region in load("regions.tsv", Region)}),
        MappingProxyType(countries),
        _bags(names),
        _sizes((*names, *demonyms)),
        MappingProxyType({(item.label, item.name): item.qid for item in load("wikidata.tsv", WikidataLine)}),
    )


def extended(*files: Iterable[str]) -> Reference:
    """Return the built-in tables extended by a user's alias files, given as lines. Raises AliasError."""
    base = builtin()
    known, items = dict(base.names), dict(base.items)
    for lines in files:
        known.update(parse(lines, known, items))
    names = MappingProxyType(known)
    sizes = _sizes((*names, *base.demonyms))
    return replace(base, names=names, bags=_bags(names), sizes=sizes, items=MappingProxyType(items))


def _sizes(spellings: Iterable[str]) -> Mapping[str, int]:
    sizes: dict[str, int] = {}
    for spelling in spellings:
        parts = spelling.casefold().split(" ")
        sizes[parts[0]] = max(sizes.get(parts[0], 0), len(parts))
    return MappingProxyType(sizes)


def _bags(names: Mapping[str, ReferenceEntity]) -> Mapping[tuple[str, ...], ReferenceEntity]:
    """Index laws and bodies of three or more words by their words; leave out what two names share."""
    found: dict[tuple[str, ...], ReferenceEntity] = {}
    shared = set()
    for spelling, entry in names.items():
        words = sorted_words_key(spelling)
        if len(words) > 2 and entry.label in ("LAW", "ORG") and found.setdefault(words, entry) != entry:
            shared.add(words)
    return MappingProxyType({words: entry for words, entry in found.items() if words not in shared})


def _demonym(demonyms: dict[str, str], word: str, code: str) -> None:
    """Add a demonym and its plural ("Iranians"); those in -ese, -ish, -ch and -ss have no plural."""
    if len(word) < 3:
        return
    spelling = key(word)
    demonyms.setdefault(spelling, code)
    if not spelling.endswith(("ese", "ish", "ch", "ss", "s")):
        demonyms.setdefault(spelling + "s", code)
