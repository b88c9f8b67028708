"""Words that classify names, from the tables of `pipeline.data`: titles, offices, first names, heads of bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.data import load, words
from pipeline.people import OFFICES as OFFICES
from pipeline.people import PEOPLE
from pipeline.people import PRONOUNS_OF as PRONOUNS_OF
from pipeline.people import ROLES as ROLES
from pipeline.people import person_nouns as person_nouns
from pipeline.reference import key


@dataclass(frozen=True, slots=True)
class FirstName:
    """A line of `first_names.tsv`."""

    name: str
    pronoun: str
    used_for: str
    example: str
    source: str


@cache
def first_names(use: str) -> Mapping[str, str]:
    """Return he or she by name, for the use `mentions` or `speakers`."""
    lines = load("first_names.tsv", FirstName)
    uses = (use, "both", "pronoun") if use == "speakers" else (use, "both")
    return {line.name: line.pronoun for line in lines if line.used_for in uses}


def pronoun_of_first_name(name: str) -> str | None:
    """Return he or she by a first name, with or without its accents; None if it does not tell."""
    word, pronouns = name.casefold(), first_names("speakers")
    return pronouns.get(word) or pronouns.get(key(word))


@dataclass(frozen=True, slots=True)
class GivenName:
    """A line of `given_names.tsv`."""

    name: str
    example: str
    source: str


@cache
def given_names() -> frozenset[str]:
    """Return given names in small letters. They distinguish a person from a body or a place."""
    return frozenset(line.name for line in load("given_names.tsv", GivenName)) | frozenset(
        line.name for line in load("first_names.tsv", FirstName) if line.used_for != "pronoun"
    )


def is_given_name(word: str) -> bool:
    """Whether the word is a given name, written with a capital and small letters."""
    return word[1:].islower() and word.casefold() in given_names()


@dataclass(frozen=True, slots=True)
class Place:
    """A line of `places.tsv`."""

    name: str
    code: str
    example: str
    source: str


@cache
def places() -> dict[str, str | None]:
    """Return the country of each city or region, by key; None if undecided."""
    return {key(line.name): None if line.code == "-" else line.code for line in load("places.tsv", Place)}


TITLES = frozenset(line.word for line in PEOPLE if line.before_name == "title")
ROYAL = frozenset(line.word for line in PEOPLE if line.before_name == "royal")


@dataclass(frozen=True, slots=True)
class ShortTitle:
    """A line of `short_titles.tsv`."""

    title: str
    nouns: tuple[str, ...]
    example: str
    source: str


@cache
def address_titles() -> frozenset[str]:
    """Return titles and offices used to address persons: "President Obi"."""
    return words("name_words.tsv", "address")


_HONORIFICS = words("name_words.tsv", "honorific")


def is_honorific(word: str) -> bool:
    """Whether a word with a capital goes before a given name or a surname alone: "Dame Ana", "Lady Lume"."""
    return word[:1].isupper() and word.casefold() in _HONORIFICS


# Beside an office, in small letters: the DEMOCRATIC senator.
OF_A_PARTY = frozenset(word.casefold() for word in words("name_words.tsv", "of a party"))
_RANKS = words("name_words.tsv", "rank")


def is_rank(word: str) -> bool:
    """Whether a word with a capital is an honorific that is part of a name: "Lady Lume" is not Ana Lume."""
    return word[:1].isupper() and word.casefold() in _RANKS


@cache
def nouns_of_titles() -> Mapping[str, tuple[str, ...]]:
    """Return the nouns that can take up each title before a name: sen, senator."""
    return {line.title: line.nouns for line in load("short_titles.tsv", ShortTitle)}


@dataclass(frozen=True, slots=True)
class GovernmentVerb:
    """A line of `government_verbs.tsv`."""

    verb: str
    present: str
    past: str
    example: str
    source: str


@cache
def government_verbs() -> frozenset[str]:
    """Return the forms of the verbs of will and speech. A capital that is their subject means its government."""
    lines = load("government_verbs.tsv", GovernmentVerb)
    return frozenset(form for line in lines for form in (line.verb, line.present, line.past))


# Words of bodies: last; first before "of"; of bodies named with their country; small ones that make a name a body.
BODY_HEADS = words("bodies.tsv", "last word")
BODY_STARTS = words("bodies.tsv", "first word")
OWNED_HEADS = words("bodies.tsv", "of a country")
OWNED_SMALL = words("bodies.tsv", "of a country, small")
OF_PERSONS = words("bodies.tsv", "of a person")
GOVERNING = words("bodies.tsv", "government")
MEMBERS = words("bodies.tsv", "members")
# The legal form of a company: "Inc".
LEGAL_FORMS = words("bodies.tsv", "legal form")
# Two words that are a company, a street or a work, although the first is a given name.
LIKE_PERSONS = words("ambiguous_names.tsv", "not a person")
