"""Chains across all documents -> the same person, organisation, place.

Belongs here: which candidates are the same (`decisions`), what an entity is called and what it is known to be
(`descriptions`). Does not belong here: which forms are worth deciding on (warehouse.corpus.entity_candidates), what an
article says of a chain (chains), who is who inside one article (mentions).

    decide(candidates)                       facet -> entity id
    describe(said)                           the rows of `entities`

Everything depends on the set of documents, never on the order of rows. Precision goes before recall: what is not
proved the same stays apart.
"""

from __future__ import annotations

from pipeline.entities.decisions import Candidates, Facet, decide
from pipeline.entities.descriptions import Said, describe

CODE_VERSION = "5"

__all__ = ["CODE_VERSION", "Candidates", "Facet", "Said", "decide", "describe"]
