"""The raw folder as an observed asset at the head of the lineage: its data version changes with its files."""

import warnings
from collections.abc import Sequence
from typing import Any

import dagster as dg

from assets.feeds import FEEDS
from assets.run_settings import RunSettings
from assets.settings import Settings
from pipeline.contract.ids import digest
from pipeline.read import Entry, listing

RAW_FOLDER = "raw_folder"
# Dagster's tag for the version of an observation that no asset function made.
_DATA_VERSION = "dagster/data_version"
# Version of a folder that cannot be listed: intake reports why, and stops.
_UNREADABLE = "unreadable"


def fingerprint(entries: Sequence[Entry]) -> str:
    """Return a digest of the paths, sizes and times of the raw files."""
    return digest(*(part for e in entries for part in (e.path, str(e.bytes), str(e.modified_ns))))


def observation(entries: Sequence[Entry]) -> dg.AssetObservation:
    """Return a sensor's observation of the folder, which makes `raws` stale before a build has read it."""
    return dg.AssetObservation(RAW_FOLDER, metadata=_counts(entries), tags={_DATA_VERSION: fingerprint(entries)})


def _counts(entries: Sequence[Entry]) -> dict[str, int]:
    return {"files": len(entries), "bytes": sum(e.bytes for e in entries)}


def raw_folder(settings: Settings, group: str, owners: Sequence[str]) -> dg.AssetsDefinition:
    """Return the asset that observes the number, bytes and version of the raw files, without reading them."""
    spec = dg.AssetSpec(
        RAW_FOLDER,
        deps=[FEEDS],
        description="The raw files. The data version changes if a file is new, gone, or has another size or "
        "modification time; `raws` is stale until the next build reads the files.",
        group_name=group,
        kinds={"filesystem"},
        owners=list(owners),
    )

    def observe(run_settings: RunSettings) -> dg.ObserveResult:
        raw = run_settings.applied(settings).raw
        try:
            entries = listing(raw)
        except OSError:
            return dg.ObserveResult(RAW_FOLDER, data_version=dg.DataVersion(_UNREADABLE))
        return dg.ObserveResult(
            RAW_FOLDER,
            data_version=dg.DataVersion(fingerprint(entries)),
            metadata={"folder": dg.MetadataValue.path(raw), **_counts(entries)},
        )

    with warnings.catch_warnings():
        # Beta, but the only public way to observe an asset that a spec describes. Tests check what we use of it.
        warnings.simplefilter("ignore", dg.BetaWarning)
        observed: Any = dg.multi_observable_source_asset(name="observe_raw_folder", specs=[spec])
    definition: dg.AssetsDefinition = observed(observe)
    return definition
