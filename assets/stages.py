"""The road: every stage, what it stands on and what it writes.

Belongs here: the declarations. Does not belong here: how a stage is run (assets.derive), what Dagster shows of it
(assets.articles, assets.language, assets.corpus), the rules (pipeline).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets import compute
from assets.compute import known_names
from assets.derive import Stage
from assets.settings import Settings
from pipeline import (
    clean,
    dates,
    duplicates,
    entities,
    expressions,
    mentions,
    parse,
    publication,
    quotes,
    statements,
)
from pipeline import sentences as sentences_module
from pipeline.corrections import aliases
from pipeline.entities.profiles import CODE_VERSION as CHAINS_VERSION
from pipeline.ids import digest
from warehouse import resolution
from warehouse.ledger import CorpusPending, Patch
from warehouse.store import Store

DOCUMENT_COLUMNS = "document_id, source, published_earliest, published_latest"


def _aliases(settings: Settings) -> str:
    """What the aliases are, for the ledger; a file that cannot be used is found out before any document is."""
    known_names(settings)
    own = "" if settings.aliases is None else settings.aliases.read_text(encoding="utf-8")
    same = aliases(compute.corrections(settings))
    return "\n".join([digest(text) for text in (own, "\n".join(filter(None, same))) if text])


def _duplicates(store: Store, _: Settings) -> Mapping[str, pl.DataFrame]:
    documents = store.read(f"SELECT {DOCUMENT_COLUMNS}, text FROM stored.documents ORDER BY document_id")  # noqa: S608
    return {"duplicates": duplicates.duplicates(documents)}


def _entities(store: Store, _: Settings, pending: CorpusPending) -> Mapping[str, Patch]:
    return resolution.resolve(store.open, pending)


def _statements(store: Store, _: Settings) -> Mapping[str, pl.DataFrame]:
    said = store.read(
        "SELECT q.quote_id, q.document_id, q.start, q.kind, q.part_of, q.text, r.entity_id AS speaker_entity_id "
        "FROM stored.quotes AS q LEFT JOIN stored.resolutions AS r "
        "ON r.document_id = q.document_id AND r.chain = q.speaker_chain ORDER BY q.document_id, q.start, q.quote_id"
    )
    documents = store.read(f"SELECT {DOCUMENT_COLUMNS} FROM stored.documents ORDER BY document_id")  # noqa: S608
    found, utterances = statements.group(said, documents)
    return {"statements": found, "utterances": utterances}


ARTICLES = Stage(
    writes=("documents", "edits"),
    reads=("raws",),
    inputs=("raws",),
    compute=compute.ARTICLES,
    code_version=f"{clean.CODE_VERSION}.{publication.CODE_VERSION}.{expressions.CODE_VERSION}",
    modules=("pipeline.clean", "pipeline.publication", "pipeline.expressions", "pipeline.sentences"),
    libraries=("ftfy", "py3langid"),
)
SENTENCES = Stage(
    writes=("sentences",),
    reads=("documents",),
    inputs=("documents",),
    compute=compute.SENTENCES,
    code_version=sentences_module.CODE_VERSION,
    modules=("pipeline.sentences",),
)
PARSES = Stage(
    writes=("parses",),
    reads=("documents", "sentences"),
    inputs=("documents", "sentences"),
    compute=compute.parses,
    code_version=parse.CODE_VERSION,
    modules=("pipeline.parse",),
    settings=lambda settings: parse.model_version(settings.model),
)
MENTIONS = Stage(
    writes=("mentions",),
    reads=("documents", "sentences", "parses"),
    inputs=("documents", "sentences", "parses"),
    compute=compute.mentions,
    settings=_aliases,
    code_version=mentions.CODE_VERSION,
    modules=("pipeline.mentions", "pipeline.reference"),
)
CHAINS = Stage(
    writes=("chains",),
    reads=("mentions",),
    inputs=("mentions",),
    compute=compute.chains,
    settings=_aliases,
    code_version=CHAINS_VERSION,
    modules=("pipeline.entities.profiles", "pipeline.mentions", "pipeline.reference"),
)
QUOTES = Stage(
    writes=("quotes",),
    reads=("documents", "sentences", "parses", "mentions"),
    inputs=("documents", "sentences", "parses", "mentions"),
    compute=compute.QUOTES,
    code_version=quotes.CODE_VERSION,
    modules=("pipeline.quotes",),
)
DATES = Stage(
    writes=("dates",),
    reads=("documents", "sentences", "parses", "quotes"),
    inputs=("documents", "sentences", "parses", "quotes"),
    compute=compute.DATES,
    code_version=f"{expressions.CODE_VERSION}.{dates.CODE_VERSION}",
    modules=("pipeline.expressions", "pipeline.dates"),
)
DUPLICATES = Stage(
    writes=("duplicates",),
    reads=("documents",),
    corpus=_duplicates,
    code_version=duplicates.CODE_VERSION,
    modules=("pipeline.duplicates",),
    libraries=("rensa",),
)
ENTITIES = Stage(
    writes=("entities", "resolutions"),
    reads=("documents", "chains"),
    update=_entities,
    code_version=entities.CODE_VERSION,
    modules=("pipeline.entities", "pipeline.mentions", "warehouse.candidates", "warehouse.resolution"),
)
STATEMENTS = Stage(
    writes=("statements", "utterances"),
    reads=("documents", "quotes", "entities"),
    corpus=_statements,
    code_version=statements.CODE_VERSION,
    modules=("pipeline.statements",),
    libraries=("rensa",),
)

DOCUMENT_STAGES: tuple[Stage, ...] = (ARTICLES, SENTENCES, PARSES, MENTIONS, CHAINS, QUOTES, DATES)
CORPUS_STAGES: tuple[Stage, ...] = (DUPLICATES, ENTITIES, STATEMENTS)
STAGES: tuple[Stage, ...] = (*DOCUMENT_STAGES, *CORPUS_STAGES)
