"""Chains across all documents -> the same person, organisation, place.

Belongs here: which candidates are the same (`decisions`); names and attributes of an entity (`descriptions`).
Does not belong here: which forms to decide on (warehouse.corpus.entity_candidates), what an article says about a chain
(chains), who is who inside one article (mentions).

    decide(candidates)                 facet -> entity id
    describe(said)                     the rows of `entities`

Results depend on the set of documents, never on the order of rows. Precision before recall: without evidence, chains
stay separate.
"""

from __future__ import annotations

from pipeline.entities.decisions import Candidates, Facet, decide
from pipeline.entities.descriptions import EntityFrames, describe

CODE_VERSION = "8"

__all__ = ["CODE_VERSION", "Candidates", "EntityFrames", "Facet", "decide", "describe"]
