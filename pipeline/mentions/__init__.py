"""Tokens -> names, and who is who inside one article (chains).

Belongs here: which spans name, describe or point at something, and which of them are the same in this article.
Does not belong here: the same across articles (entities), who speaks (quotes).

    names      where names stand and what they name: the steps below in their order
    mending    the model's entities, cut and joined; spans: their ends; edges: days, posts, letters and places there
    patterns   names that their own words give away: laws, weapons, date lines; bodies; people
    kinds      the label of a name, by its words and its context
    chains     names of one article that name the same; persons: by surname, given name, nickname, generation
    described  descriptions and pronouns that lead to a person of the article; whom they mean is decided in
               antecedents (he, she) and bearers (offices); seats: the places of offices

Labels are OntoNotes'. A team that is called by its country or city is a body (ORG), as there: in a match report
(sport.tsv) a country that plays is one, and so are "the Belgians"; the place of a match stays a place (GPE). Elsewhere
a country is a GPE. A team is never the same entity as its country (chains.form TEAM).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline import reference
from pipeline.document import Document
from pipeline.mentions.chains import Linked, link
from pipeline.mentions.described import described
from pipeline.mentions.names import find
from pipeline.reference import Reference

CODE_VERSION = f"9.{reference.CODE_VERSION}"


@dataclass(frozen=True, slots=True)
class Mention:
    """Code points [start, end) of the text; label, chain, resolution and confidence as in the contract."""

    start: int
    end: int
    label: str
    chain: int
    resolution: str
    confidence: float = 1.0


def mentions(doc: Document, known: Reference | None = None) -> list[Mention]:
    """The mentions of one article in text order, without overlap. Chains are numbered by first mention from 0.

    `known` is the reference data (ours where None); time is linear in the text.
    """
    known = known or reference.builtin()
    linked = link(doc, find(doc, known), known)
    linked = sorted([*linked, *described(doc, linked)], key=lambda m: (m.start, m.end))
    return _numbered(linked)


def _numbered(linked: Sequence[Linked]) -> list[Mention]:
    numbers: dict[int, int] = {}
    return [
        Mention(m.start, m.end, m.label, numbers.setdefault(m.chain, len(numbers)), m.resolution, m.confidence)
        for m in linked
    ]
