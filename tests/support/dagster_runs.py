"""Helpers for runs of single assets, and the assets that Dagster calls stale."""

from __future__ import annotations

from typing import Any

import dagster as dg

from assets.run_settings import RESOURCE, RunSettings

RESOURCES = {RESOURCE: RunSettings()}


def stale(definitions: dg.Definitions, instance: dg.DagsterInstance) -> set[str]:
    """Return the assets that Dagster's UI marks as stale."""
    from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
    from dagster._core.loader import LoadingContext

    class Context(LoadingContext):
        """The loaders of one query."""

        def __init__(self) -> None:
            self._known: dict[Any, Any] = {}

        @property
        def instance(self) -> dg.DagsterInstance:
            return instance

        @property
        def loaders(self) -> dict[Any, Any]:
            return self._known

    graph = definitions.resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, Context())
    keys = graph.get_all_asset_keys()
    return {key.to_user_string() for key in keys if resolver.get_status(key) == StaleStatus.STALE}
