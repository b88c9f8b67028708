"""Column lineage: the columns that a column is made from, shown with every materialization.

A column's own line of SOURCES comes first, then its reference to another table's key, then the table's `*`.
"""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from pipeline.contract import BY_NAME, Column, Table

_IDENTITY = "chains.form chains.facet chains.blocks"
_TREE = "parses.token_start parses.token_end parses.head parses.dep parses.tag"
_NAME_SPANS = "parses.entity_start parses.entity_end parses.entity_label"
_CHAINS = "mentions.start mentions.end mentions.chain"
_DAYS = "documents.published_earliest documents.published_latest"
_EVIDENCE = "events.event events.nouns events.chains utterances.statement_id resolutions.entity_id quotes.text"
_SENTENCES = "sentences.start sentences.end sentences.role"

# Table -> column -> the columns it is made from, separated by spaces.
SOURCES: Mapping[str, Mapping[str, str]] = {
    "documents": {
        "*": "raws.text",
        "document_id": "raws.document_id",
        "source": "raws.source",
        "url": "raws.url",
        "content_sha256": "raws.content_sha256",
        "encoding": "raws.encoding",
        "publisher": "raws.known_publisher raws.text",
        "author": "raws.known_author raws.text",
        "title": "raws.known_title raws.text",
        "published_on": "raws.known_published raws.known_day_order raws.text",
        "published_earliest": "raws.known_published raws.known_day_order raws.text",
        "published_latest": "raws.known_published raws.known_day_order raws.known_archived raws.text",
        "published_evidence": "raws.known_archived raws.text",
        "published_basis": "raws.known_published raws.text",
        "published_text": "raws.known_published raws.text",
        "licence": "raws.known_licence raws.text",
        "licence_basis": "raws.known_licence raws.text",
    },
    "edits": {"*": "raws.text", "document_id": "raws.document_id"},
    "sentences": {"*": "documents.text", "sentence_id": "documents.document_id documents.text"},
    "parses": {"*": "documents.text sentences.start sentences.end"},
    "mentions": {
        "*": f"documents.text {_NAME_SPANS}",
        "mention_id": f"documents.document_id {_NAME_SPANS}",
        "label": "parses.entity_label",
        "chain": f"documents.text {_SENTENCES} {_NAME_SPANS} {_TREE}",
        "resolution": f"documents.text {_SENTENCES} {_NAME_SPANS} {_TREE}",
    },
    "quotes": {
        "*": f"documents.text {_SENTENCES} {_TREE}",
        "quote_id": "documents.document_id documents.text",
        "text": "documents.text",
        "speaker": f"documents.text {_SENTENCES} {_TREE} {_CHAINS}",
        "speaker_start": f"documents.text {_SENTENCES} {_TREE} {_CHAINS}",
        "speaker_end": f"documents.text {_SENTENCES} {_TREE} {_CHAINS}",
        "speaker_basis": f"{_SENTENCES} {_TREE} mentions.resolution",
        "speaker_chain": "mentions.chain",
        "speaker_role": f"documents.text sentences.start {_CHAINS} mentions.resolution",
        "speaker_role_basis": "documents.text sentences.start mentions.start mentions.chain",
        "venue_chain": "mentions.chain",
    },
    "dates": {
        "*": "documents.text",
        "date_id": "documents.document_id documents.text",
        "relation": f"{_TREE} quotes.start quotes.end quotes.cue_start quotes.cue_end",
        "value": f"documents.text {_DAYS} {_TREE}",
        "earliest": f"documents.text {_DAYS} {_TREE}",
        "latest": f"documents.text {_DAYS} {_TREE}",
        "basis": f"documents.text {_DAYS} quotes.start quotes.end",
        "problem": f"documents.text {_DAYS} {_TREE}",
    },
    "said_days": {
        "*": f"{_TREE} dates.relation dates.earliest quotes.speaker_chain quotes.cue_start quotes.venue_start",
        "quote_id": "quotes.quote_id",
        "document_id": "documents.document_id",
        "date_id": "dates.date_id",
        "latest": "dates.latest documents.published_latest",
    },
    "duplicates": {"*": "documents.text documents.published_earliest"},
    "chains": {
        "*": "mentions.text mentions.label mentions.chain mentions.resolution mentions.start mentions.end",
        "document_id": "mentions.document_id",
        "chain": "mentions.chain",
        "mentions": "mentions.chain",
    },
    "entities": {
        "*": f"{_IDENTITY} chains.names chains.label",
        "entity_id": f"{_IDENTITY} documents.published_earliest",
        "country": f"{_IDENTITY} chains.country",
        "wikidata": f"{_IDENTITY} chains.wikidata",
        "roles": f"{_IDENTITY} chains.roles chains.role_mentions",
        "roles_mentions": f"{_IDENTITY} chains.role_mentions",
        "roles_first": f"{_IDENTITY} chains.roles documents.published_earliest documents.published_latest",
        "roles_last": f"{_IDENTITY} chains.roles documents.published_earliest documents.published_latest",
        "aliases": f"{_IDENTITY} chains.names chains.name_mentions",
        "aliases_mentions": f"{_IDENTITY} chains.name_mentions",
        **{pronoun: f"{_IDENTITY} chains.{pronoun}" for pronoun in ("he", "she", "they")},
        "mentions": f"{_IDENTITY} chains.mentions",
        "documents": f"{_IDENTITY} chains.document_id",
        "first_published": f"{_IDENTITY} documents.published_earliest documents.published_latest",
        "last_published": f"{_IDENTITY} documents.published_earliest documents.published_latest",
    },
    "resolutions": {
        "document_id": "chains.document_id",
        "chain": "chains.chain",
        "form": "chains.form",
        "blocks": "chains.blocks",
        "entity_id": f"{_IDENTITY} documents.published_earliest",
    },
    "statements": {
        "*": "quotes.text quotes.speaker_chain entities.entity_id",
        "text": "quotes.text",
        "quotes": "quotes.quote_id",
        "documents": "quotes.document_id",
        "first_published_earliest": "documents.published_earliest",
    },
    "utterances": {
        "*": "quotes.text quotes.speaker_chain entities.entity_id",
        "quote_id": "quotes.quote_id",
        "document_id": "documents.document_id",
        "statement_id": "quotes.text quotes.speaker_chain entities.entity_id",
    },
    "events": {
        "*": f"documents.text {_TREE} dates.start dates.end",
        "date_id": "dates.date_id",
        "document_id": "dates.document_id",
        "chains": f"{_CHAINS} {_SENTENCES}",
        "beside": f"{_CHAINS} {_SENTENCES}",
    },
    "date_bounds": {"*": f"{_EVIDENCE} {_DAYS} dates.earliest dates.latest dates.relation"},
    "date_conflicts": {"*": f"{_EVIDENCE} dates.earliest dates.latest dates.relation"},
}


def made_from(table: Table, column: Column) -> tuple[str, ...]:
    """Return the columns that a stored column is made from, as `table.column`; none for the raw folder's columns."""
    own = SOURCES.get(table.name, {})
    if column.name not in own and column.refers_to and _refers_elsewhere(table, column.refers_to):
        return (column.refers_to,)
    return tuple(own.get(column.name, own.get("*", "")).split())


def _refers_elsewhere(table: Table, reference: str) -> bool:
    """Return whether a reference points to another table; a table's own rows are no source."""
    return reference.split(".")[0] != table.name


def origin(table: Table, column: Column) -> str:
    """Return the lineage in words for a column's description: Dagster's open-source UI does not draw it."""
    by_table: dict[str, list[str]] = {}
    for source in made_from(table, column):
        by_table.setdefault(source.split(".")[0], []).append(source)
    # The table's name is enough if it gives more than two columns.
    named = [name if len(sources) > 2 else " and ".join(sources) for name, sources in by_table.items()]
    return f" From {', '.join(named)}." if named else ""


def lineage(table: Table) -> dg.TableColumnLineage | None:
    """Return a table's column lineage in Dagster's form; None for tables read from the raw folder."""
    if table.name not in SOURCES:
        return None
    return dg.TableColumnLineage(
        {
            column.name: [
                dg.TableColumnDep(asset_key=dg.AssetKey(name), column_name=other)
                for name, other in (source.split(".") for source in made_from(table, column))
            ]
            for column in table.stored
        }
    )


assert all(BY_NAME[name] for name in SOURCES)
