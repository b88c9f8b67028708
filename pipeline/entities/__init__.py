"""Chains across all documents -> the same person, organisation, place.

Belongs here: what an article says of a chain (`profiles`), which candidate pairs are the same (`decisions`), what an
entity is called and what it is known to be (`descriptions`).
Does not belong here: which pairs are worth deciding on (warehouse.candidates), who is who inside one article
(mentions).

    chains(mentions)                     one row a chain of a document, with the keys that candidates are found by
    resolve(chains, pairs, documents)    -> entities, resolutions

Everything depends on the set of documents, never on the order of rows. Precision goes before recall: what is not
proved the same stays apart.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline import reference
from pipeline.entities.decisions import decide
from pipeline.entities.descriptions import entities
from pipeline.entities.profiles import COLUMNS, Profile, profiles
from pipeline.reference import Reference
from pipeline.schema import frame
from pipeline.tables import RESOLUTIONS_TABLE

CODE_VERSION = f"1.{reference.CODE_VERSION}"

# Candidate pairs as `warehouse.candidates.pairs` gives them.
PAIRS = {"document_id": pl.String(), "chain": pl.Int64(), "other_document_id": pl.String(), "other_chain": pl.Int64()}


def chains(mentions: pl.DataFrame, known: Reference | None = None) -> pl.DataFrame:
    """One row a (document_id, chain) from the stored mentions (document_id, start, end, text, label, chain,
    resolution): the columns of `profiles.COLUMNS`, sorted by document_id and chain."""
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for row in profiles(mentions, known or reference.builtin()):
        for name, values in columns.items():
            values.append(getattr(row, name))
    # Arrow makes lists of strings ten times faster than Polars does; it is slow to import.
    import pyarrow as pa

    arrow = pl.DataFrame(schema=COLUMNS).to_arrow().schema
    arrays = {name: pa.array(values, arrow.field(name).type) for name, values in columns.items()}
    return pl.DataFrame(pa.table(arrays)).cast(pl.Schema(COLUMNS))


def resolve(chains: pl.DataFrame, pairs: pl.DataFrame, documents: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Chains, candidate pairs (PAIRS) and documents (document_id, published_earliest, published_latest) -> the rows
    of `entities` and of `resolutions`. Every chain gets an entity."""
    rows = [Profile.of(row) for row in chains.select(list(COLUMNS)).sort("document_id", "chain").iter_rows()]
    found = decide(rows, sorted(pairs.select(list(PAIRS)).iter_rows()))
    described, ids = entities(rows, found, documents)
    resolutions = frame(
        RESOLUTIONS_TABLE.stored,
        (
            {"document_id": row.document_id, "chain": row.chain, "entity_id": entity_id}
            for row, entity_id in zip(rows, ids, strict=True)
        ),
    )
    return described, resolutions
