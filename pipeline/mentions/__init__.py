"""Find the names in one article, and link the mentions of one person, body or place (chains).

Belongs here: which spans are a name, description or pronoun, and which of them are one chain of the article.
Does not belong here: entities across articles (entities), who speaks (quotes).

    names            find and label the names: the steps below in their order
    span_repairs     cut and join the model's entities
    spans            where names end
    name_boundaries  days, posts, letters and places at the ends of names
    acting_bodies    bodies that the model misses, by their last words and by what they do
    person_offices   names behind an office and its seat or field
    introductions    names that unnamed persons give: "who gave her name as"
    patterns         names recognised by their own words: laws, weapons, datelines; also bodies, person_patterns
    left_out         persons and bodies that the model left out, by the words beside them
    label_rules      the label of a name, by its words and its context
    person_context   names that the article shows to be persons'
    chains           link the names of one thing
    person_linking   link persons by surname, given name, nickname, generation
    run_ons          names of the model that run on into other words
    signatures       names of persons who sign quoted words
    described        descriptions and pronouns of a person of the article
    topic_descriptions  descriptions that no office of the article fits
    ages             descriptions by age
    parties          the party that the words beside a name give
    relations        descriptions by a relation: "his wife"
    inhabitants      descriptions by where somebody is from: "the Ulsterman"
    leads            descriptions in the first sentence of persons named later: "a judge", "a carer"
    parts            descriptions by a part in a trial or an election: "the defendant", "the winner"
    antecedents      resolve he, she and descriptions
    sentence_ranks   who of a sentence's persons the next "he" most likely means
    unnamed_persons  descriptions that name nobody
    office_holders   resolve descriptions by an office
    office_places    the places of offices
    holders          who holds an office by public record

Labels are OntoNotes'. A team called by its country or city is an ORG, as there: in a match report (sport.tsv) a
country that plays is one, and so are "the Belgians"; the place of a match stays a GPE. Elsewhere a country is a GPE.
A team and its country are never one entity (chains.form TEAM).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline import reference
from pipeline.document import Document
from pipeline.mentions.bodies import is_committee
from pipeline.mentions.chains import LinkedMention, link
from pipeline.mentions.described import described
from pipeline.mentions.holders import Days
from pipeline.mentions.inhabitants import is_inhabitant
from pipeline.mentions.names import find
from pipeline.reference import Reference

CODE_VERSION = f"54.{reference.CODE_VERSION}"


@dataclass(frozen=True, slots=True)
class Mention:
    """Code points [start, end) of the text; the other fields are columns of the contract."""

    start: int
    end: int
    label: str
    chain: int
    resolution: str
    confidence: float = 1.0


def mentions(doc: Document, reference_data: Reference | None = None, published: Days = (None, None)) -> list[Mention]:
    """Return the mentions of one article in text order, without overlap. Chains count from 0, by first mention.

    `reference_data`: None for the built-in one, `published` the first and last day of publication. Time is
    linear in the text.
    """
    reference_data = reference_data or reference.builtin()
    found = find(doc, reference_data)
    named = [name for name in found if not (is_inhabitant(doc, name) or is_committee(doc, name))]
    linked = link(doc, named, reference_data)
    linked = sorted([*linked, *described(doc, linked, published)], key=lambda m: (m.start, m.end))
    return _numbered(linked)


def _numbered(linked: Sequence[LinkedMention]) -> list[Mention]:
    numbers: dict[int, int] = {}
    return [
        Mention(m.start, m.end, m.label, numbers.setdefault(m.chain, len(numbers)), m.resolution, m.confidence)
        for m in linked
    ]
