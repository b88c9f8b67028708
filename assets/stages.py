"""The road: every stage, what it stands on and what it writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import polars as pl

from assets import compute
from assets.build.incremental import Stage
from assets.compute import known_names
from assets.settings import Settings
from pipeline import dates, duplicates, entities, expressions, mentions, parses, quotes, statements
from pipeline import sentences as sentences_module
from pipeline.chains.profiles import CODE_VERSION as CHAINS_VERSION
from pipeline.contract.ids import digest
from pipeline.corrections import aliases
from pipeline.documents import clean, metadata
from warehouse.corpus import duplicates as repeats
from warehouse.corpus import entities as resolution
from warehouse.corpus import statements as statements_of
from warehouse.ledger import CorpusPending, Patch
from warehouse.store import Store


def _aliases(settings: Settings) -> str:
    """What the aliases are, for the ledger; a file that cannot be used is found out before any document is."""
    known_names(settings)
    own = "" if settings.aliases is None else settings.aliases.read_text(encoding="utf-8")
    same = aliases(compute.corrections(settings))
    return "\n".join([digest(text) for text in (own, "\n".join(filter(None, same))) if text])


def _parsed(settings: Settings) -> str:
    """What parses are made with, for the ledger: the model, and the choice of sentences where it is one."""
    model = parses.model_version(settings.model)
    if settings.parse_sentences == "all":
        return model
    return f"{model} {settings.parse_sentences} {quotes.CODE_VERSION}"


@contextmanager
def _duplicates(store: Store, _: Settings) -> Iterator[Mapping[str, Iterable[pl.DataFrame]]]:
    yield {"duplicates": [repeats.find(store.open, store.scratch)]}


def _entities(store: Store, _: Settings, pending: CorpusPending) -> Mapping[str, Patch]:
    return resolution.resolve(store.open, pending)


def _statements(store: Store, _: Settings) -> AbstractContextManager[Mapping[str, Iterable[pl.DataFrame]]]:
    return statements_of.find(store.open, store.scratch)


ARTICLES = Stage(
    writes=("documents", "edits"),
    reads=("raws",),
    inputs=("raws",),
    compute=compute.ARTICLES,
    code_version=f"{clean.CODE_VERSION}.{metadata.CODE_VERSION}.{expressions.CODE_VERSION}",
    modules=("pipeline.documents.clean", "pipeline.documents.metadata", "pipeline.expressions", "pipeline.sentences"),
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
    code_version=parses.CODE_VERSION,
    modules=("pipeline.parses",),
    settings=_parsed,
)
MENTIONS = Stage(
    writes=("mentions",),
    reads=("documents", "sentences", "parses"),
    inputs=("documents", "sentences", "parses"),
    compute=compute.mentions,
    settings=_aliases,
    code_version=mentions.CODE_VERSION,
    modules=("pipeline.document", "pipeline.mentions", "pipeline.reference"),
)
CHAINS = Stage(
    writes=("chains",),
    reads=("mentions",),
    inputs=("mentions",),
    compute=compute.chains,
    settings=_aliases,
    code_version=CHAINS_VERSION,
    modules=("pipeline.chains.profiles", "pipeline.mentions", "pipeline.reference"),
)
QUOTES = Stage(
    writes=("quotes",),
    reads=("documents", "sentences", "parses", "mentions"),
    inputs=("documents", "sentences", "parses", "mentions"),
    compute=compute.QUOTES,
    code_version=quotes.CODE_VERSION,
    modules=("pipeline.document", "pipeline.quotes"),
)
DATES = Stage(
    writes=("dates",),
    reads=("documents", "sentences", "parses", "quotes"),
    inputs=("documents", "sentences", "parses", "quotes"),
    compute=compute.DATES,
    code_version=f"{expressions.CODE_VERSION}.{dates.CODE_VERSION}",
    modules=("pipeline.document", "pipeline.expressions", "pipeline.dates"),
)
DUPLICATES = Stage(
    writes=("duplicates",),
    reads=("documents",),
    corpus=_duplicates,
    code_version=duplicates.CODE_VERSION,
    modules=("pipeline.duplicates.copies", "pipeline.duplicates", "warehouse.corpus.duplicates"),
)
ENTITIES = Stage(
    writes=("entities", "resolutions"),
    reads=("documents", "chains"),
    update=_entities,
    code_version=entities.CODE_VERSION,
    modules=(
        "pipeline.entities",
        "pipeline.mentions",
        "warehouse.corpus.entity_candidates",
        "warehouse.corpus.entities",
    ),
)
STATEMENTS = Stage(
    writes=("statements", "utterances"),
    reads=("documents", "quotes", "entities"),
    corpus=_statements,
    code_version=statements.CODE_VERSION,
    modules=("pipeline.statements", "warehouse.corpus.statements"),
)

DOCUMENT_STAGES: tuple[Stage, ...] = (ARTICLES, SENTENCES, PARSES, MENTIONS, CHAINS, QUOTES, DATES)
CORPUS_STAGES: tuple[Stage, ...] = (DUPLICATES, ENTITIES, STATEMENTS)
STAGES: tuple[Stage, ...] = (*DOCUMENT_STAGES, *CORPUS_STAGES)
