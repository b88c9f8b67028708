"""Nouns for persons, from `pipeline.data`: offices, work, family, and the pronoun that a noun requires."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipeline.data import load, words


@dataclass(frozen=True, slots=True)
class Person:
    """A line of `people.tsv`."""

    word: str
    before_name: str | None
    office: str | None
    pronoun: str | None
    example: str
    source: str


PEOPLE = load("people.tsv", Person)
# Noun -> its group.
OFFICES = {line.word: line.office for line in PEOPLE if line.office not in (None, "other")}
# Words other than offices by which a quotation is linked to a person.
ROLES = frozenset(line.word for line in PEOPLE if line.office == "other")
# Word -> he or she.
PRONOUNS_OF: dict[str, str] = {line.word: line.pronoun for line in PEOPLE if line.pronoun}


@cache
def person_nouns() -> frozenset[str]:
    """Return the nouns for persons by work, office or family."""
    return words("statement_words.tsv", "person") | OFFICES.keys() | ROLES | PRONOUNS_OF.keys()
