"""The shards of a warehouse as partitions of its article-wise assets.

Partitions are the shards' prefixes, as they are when the definitions are loaded. One run updates a range of them
(BackfillPolicy.single_run): a build is one run for all. A warehouse of one file has no partitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import dagster as dg

from warehouse import shards
from warehouse.sql import StoreError

# Dagster's tags of a run for a range of partitions, both ends included; those of its own single-run backfills.
FIRST_TAG, LAST_TAG = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_RELOAD = "Reload definitions in the UI, or restart it, and start the run again"


def shard_partitions(warehouse: Path) -> dg.StaticPartitionsDefinition | None:
    """Return the shards as partitions; None for one file, or if the manifest is damaged, which a run reports."""
    with suppress(StoreError):
        if prefixes := shards.layout(warehouse).prefixes:
            return dg.StaticPartitionsDefinition(prefixes)
    return None


def all_shards(warehouse: Path) -> Mapping[str, str]:
    """Return the tags of a run for all shards; none for one file, or if the manifest is damaged."""
    with suppress(StoreError):
        if prefixes := shards.layout(warehouse).prefixes:
            return {FIRST_TAG: prefixes[0], LAST_TAG: prefixes[-1]}
    return {}


def shards_of_run(context: dg.AssetExecutionContext, warehouse: Path) -> Sequence[str] | None:
    """Return the prefixes of the shards that a run is for; None if it is for the whole warehouse.

    Raises StoreError if the definitions were loaded before `reshard` changed the number of shards.
    """
    known = shards.layout(warehouse).prefixes
    files = f"{len(known)} shards" if known else "one database file"
    if not (context.has_partition_key or context.has_partition_key_range):
        if context.assets_def.partitions_def is not None:
            raise StoreError(f"the run names no shards, and the warehouse has {files}. {_RELOAD}")
        return None
    asked = context.partition_key_range
    if not {asked.start, asked.end} <= set(known):
        raise StoreError(
            f"the run is for shards {asked.start} to {asked.end}, and the warehouse has {files}. {_RELOAD}"
        )
    return [prefix for prefix in known if asked.start <= prefix <= asked.end]


def last_partition(context: dg.AssetExecutionContext) -> str:
    """Return the partition of this run that Dagster materializes last: it keeps partitions in a set, whose order
    differs between processes."""
    partitions = context.assets_def.partitions_def
    if partitions is None:
        raise ValueError("the asset has no partitions")
    subset = partitions.empty_subset().with_partition_key_range(partitions, context.partition_key_range)
    return str(list(subset.get_partition_keys())[-1])
